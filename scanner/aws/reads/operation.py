"""One read operation of the AWS API, as the table of operations declares it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Operation:
    """One read operation of the AWS API.

    ``name`` is ``<boto3 service>.<ApiName>``. ``actions`` are the IAM actions the caller needs, named as in the Service
    Authorization Reference. ``members`` are documented members of the answer of which every page holds at least one
    (none when all are optional); ``lists`` are those that list items. ``arguments`` are its boto3 keyword arguments; a
    value ``$name`` is replaced by that fact of the thing it is called for, and one ``$name?`` is left out for things
    without it. ``next_page`` is the member that names the
    next page, in answer and request, of an operation that botocore cannot page through. ``absent`` are the error codes
    of its API model that mean "does not exist", ``unlisted`` those of this meaning that only AWS's pages, or its
    answers, tell. ``withheld`` are members of the answer that may hold secrets, as names joined by dots, each of every
    item where one is a list: they are recorded empty. So are ``addresses``, URLs of which the scheme and the host are
    recorded and nothing else.
    """

    name: str
    actions: tuple[str, ...]
    members: tuple[str, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    lists: tuple[str, ...] = ()
    paginated: bool = False
    next_page: str = ""
    absent: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    @property
    def absences(self) -> tuple[str, ...]:
        """Every error code that means "does not exist"."""
        return (*self.absent, *self.unlisted)

    @property
    def service(self) -> str:
        """The boto3 client name, for example ``cloudtrail``."""
        return self.name.partition(".")[0]

    @property
    def api(self) -> str:
        """The API name, for example ``DescribeTrails``."""
        return self.name.partition(".")[2]
