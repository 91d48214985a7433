"""How to reach an AWS account, and how hard to try."""

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[str, int, int], None]
"""``progress(phase, done, total)``, called as calls come back; never from two threads at once."""


@dataclass(frozen=True, slots=True)
class Account:
    """How an account is reached, and what of it is in scope.

    ``profile`` is an AWS profile (default: the ordinary credential chain), ``role_arn`` a role to assume first, with
    ``external_id`` when it asks for one. Without ``regions`` every enabled Region is in scope. ``bucket_owners`` are
    accounts that may own a log bucket besides the scanned one.
    """

    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    regions: tuple[str, ...] = ()
    bucket_owners: tuple[str, ...] = ()

    @property
    def given(self) -> bool:
        """Whether anything was asked for at all."""
        return bool(self.profile or self.role_arn or self.external_id or self.regions or self.bucket_owners)


@dataclass(frozen=True, slots=True)
class CollectOptions:
    """The account to look at and the limits of looking.

    Credentials come from the ordinary boto3 chain: never from here. ``role_arn`` is assumed first (with
    ``external_id`` when it asks for one). Without ``regions`` every enabled Region is in scope. ``bucket_owners`` are
    accounts that may own a log bucket besides the scanned one, such as the log archive of the organization. ``workers``
    bounds the calls under way at once, ``attempts`` the tries of each (the first included); timeouts are in seconds.
    """

    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    regions: tuple[str, ...] = ()
    bucket_owners: tuple[str, ...] = ()
    workers: int = 16
    attempts: int = 6
    connect_timeout: float = 10
    read_timeout: float = 60
