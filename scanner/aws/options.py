"""How to reach an AWS account, and how hard to try."""

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[str, int, int], None]
"""``progress(phase, done, total)``, called as calls come back; never from two threads at once."""


SESSION_NAME = "trailwitness"
"""The role session name under which CloudTrail shows our calls, unless another is asked for."""

WORKERS = 16
"""How many calls are under way at once, unless another number is asked for."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Which accounts are looked at in one run: those of some roles, or those of an organization with a role in each.

    ``role_arns`` are roles, one for each account. Otherwise ``role_name`` is the role in every account, with its path
    when it has one; the account whose credentials are used is looked at with these. ``organization`` chooses all
    accounts of the organization, ``units`` those below organizational units (ids, or names from the root down, joined
    by ``/``), and ``named`` accounts by id: beside ``organization`` alone only these. ``excluded`` are left out.
    """

    role_arns: tuple[str, ...] = ()
    role_name: str = ""
    organization: bool = False
    units: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    @property
    def given(self) -> bool:
        """Whether anything was asked for at all."""
        return self != Accounts()

    @property
    def of_organization(self) -> bool:
        """Whether the organization is asked which accounts it has."""
        return bool(self.organization or self.units)


@dataclass(frozen=True, slots=True)
class Account:
    """How an account is reached, and what of it is in scope.

    ``profile`` is an AWS profile (default: the ordinary credential chain), ``role_arn`` a role to assume first, with
    ``external_id`` when it asks for one, under ``session_name``. Without ``regions`` every enabled Region is in scope.
    ``bucket_owners`` are accounts that may own a log bucket besides the scanned one, and ``evidence_buckets`` buckets
    that keep reports. ``accounts`` are those to look at in place of this one alone, with its credentials. ``workers``
    bounds the calls under way at once.
    """

    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    regions: tuple[str, ...] = ()
    bucket_owners: tuple[str, ...] = ()
    evidence_buckets: tuple[str, ...] = ()
    accounts: Accounts = Accounts()
    session_name: str | None = None
    workers: int = WORKERS

    @property
    def given(self) -> bool:
        """Whether anything was asked for at all."""
        return self != Account()


@dataclass(frozen=True, slots=True)
class CollectOptions:
    """The account to look at and the limits of looking.

    Credentials come from the ordinary boto3 chain: never from here. ``role_arn`` is assumed first (with
    ``external_id`` when it asks for one). Without ``regions`` every enabled Region is in scope. ``bucket_owners`` are
    accounts that may own a log bucket besides the scanned one, such as the log archive of the organization,
    and ``evidence_buckets`` those that keep reports.
    ``accounts`` are those to look at instead of one. ``workers`` bounds the calls under way at once, ``attempts`` the
    tries of each (the first included); timeouts are in seconds.
    """

    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    regions: tuple[str, ...] = ()
    bucket_owners: tuple[str, ...] = ()
    evidence_buckets: tuple[str, ...] = ()
    accounts: Accounts = Accounts()
    session_name: str = SESSION_NAME
    workers: int = WORKERS
    attempts: int = 6
    connect_timeout: float = 10
    read_timeout: float = 60
