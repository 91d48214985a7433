"""Which accounts an organization has, as AWS Organizations lists them, now or in what it once answered."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scanner.aws.operations import Operation
from scanner.aws.organization_operations import ORGANIZATION_OPERATIONS
from scanner.errors import CollectError, UsageError
from scanner.model import GapKind
from scanner.snapshot.answers import ABSENT, CallError, Reply
from scanner.snapshot.raw_json import plain
from scanner.snapshot.shapes import examine
from scanner.times import parse_time

Ask = Callable[[Operation, Mapping[str, Any]], Reply]
"""``ask(operation, arguments)``: the reply to a call of the account whose credentials are used."""

_ACCOUNTS = ORGANIZATION_OPERATIONS["organizations.ListAccounts"]
_ROOTS = ORGANIZATION_OPERATIONS["organizations.ListRoots"]
_UNITS_OF = ORGANIZATION_OPERATIONS["organizations.ListOrganizationalUnitsForParent"]
_ACCOUNTS_OF = ORGANIZATION_OPERATIONS["organizations.ListAccountsForParent"]

_ACCOUNT_ID = re.compile(r"[0-9]{12}", re.ASCII)
_PARENT_ID = re.compile(r"r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}")
"""Ids of a root and of an organizational unit (Organizations API reference, ``ListChildren``)."""

_CLOSED: Mapping[str, str] = {"SUSPENDED": "the account is suspended", "CLOSED": "the account is closed"}
"""States in which nobody can act in an account, and the words for them (Organizations API reference, ``Account``)."""

_NOT_YET: Mapping[str, str] = {
    "PENDING_ACTIVATION": "the account is not activated yet",
    "PENDING_CLOSURE": "the account is being closed",
}
"""States in which a role may or may not be assumed: it is tried, and a refusal is told with these words."""


@dataclass(frozen=True, slots=True)
class Member:
    """An account of the organization; ``joined`` is when (None where AWS does not say)."""

    id: str
    state: str
    joined: datetime | None = None

    @property
    def closed(self) -> str:
        """Why nobody can act in the account; "" while somebody can."""
        return _CLOSED.get(self.state, "")

    def doubt(self, now: datetime) -> str:
        """What may explain that a role cannot be assumed there, as the end of a sentence; "" where nothing does."""
        if words := _NOT_YET.get(self.state):
            return words
        if self.joined is not None and (now - self.joined).days < 1:
            return "the account joined the organization less than a day before, so the role may not be there yet"
        return ""


class Organization:
    """The organization of the account whose credentials are used.

    Its methods raise CollectError when AWS refuses the listing or answers something that cannot be believed.
    """

    def __init__(self, ask: Ask, account: str) -> None:
        self._ask = ask
        self._account = account
        self._asked: dict[tuple[str, str], tuple[Mapping[str, Any], ...]] = {}

    def members(self) -> dict[str, Member]:
        """Every account of the organization, by id."""
        listed = self._list(_ACCOUNTS)
        return {member.id: member for member in map(_member, listed)}

    def below(self, unit: str) -> frozenset[str]:
        """The ids of the accounts below a unit, those of the units below it included.

        The unit is the id of an organizational unit or of the root, or its names from the root down, joined by ``/``.
        Raises UsageError when it does not exist.
        """
        found: set[str] = set()
        pending = [unit if _PARENT_ID.fullmatch(unit) else self._named(unit)]
        while pending:
            parent = pending.pop()
            found.update(str(account["Id"]) for account in self._list(_ACCOUNTS_OF, parent, unit))
            pending += (str(each["Id"]) for each in self._list(_UNITS_OF, parent, unit))
        return frozenset(found)

    def _named(self, path: str) -> str:
        """The id of a unit by the names that lead to it from the root."""
        (root,) = self._list(_ROOTS)[:1] or ({},)
        parent = str(root.get("Id", ""))
        for name in path.strip("/").split("/"):
            units = {str(each["Name"]): str(each["Id"]) for each in self._list(_UNITS_OF, parent, path)}
            if name not in units:
                raise _no_unit(path)
            parent = units[name]
        return parent

    def _list(self, operation: Operation, parent: str = "", unit: str = "") -> tuple[Mapping[str, Any], ...]:
        """The items of a listing, which is asked for once."""
        key = (operation.name, parent)
        if key not in self._asked:
            reply = self._ask(operation, {"ParentId": parent} if parent else {})
            if reply.error is not None:
                raise _refused(operation, reply.error, self._account, unit)
            self._asked[key] = _items(operation, reply)
        return self._asked[key]


def _items(operation: Operation, reply: Reply) -> tuple[Mapping[str, Any], ...]:
    (member,) = operation.lists
    pages = plain(list(reply.pages))
    items = [item for page in pages for item in page.get(member, ())]
    if examine(operation.name, pages).faults or not all(_has_id(operation, item) for item in items):
        raise CollectError(
            f"{operation.name} answered something that is not its documented shape, so it cannot be told which "
            "accounts there are.",
            "Update Trailwitness, or name the accounts with --account.",
        )
    return tuple(items)


def _has_id(operation: Operation, item: Mapping[str, Any]) -> bool:
    """Whether an item says who it is; the id of an account names folders of the snapshot."""
    if operation.lists == ("Accounts",):
        return _ACCOUNT_ID.fullmatch(str(item.get("Id"))) is not None
    return bool(item.get("Id") and item.get("Name"))


def _member(item: Mapping[str, Any]) -> Member:
    state = str(item.get("State") or item.get("Status") or "")
    return Member(str(item["Id"]), state, parse_time(item.get("JoinedTimestamp")))


def _refused(operation: Operation, error: CallError, account: str, unit: str) -> CollectError | UsageError:
    if error.kind == ABSENT:
        return _no_unit(unit)
    if error.code == "AWSOrganizationsNotInUseException":
        return CollectError(
            f"Account {account} is in no organization ({error.code}).", "Name the accounts with --account."
        )
    if error.kind is GapKind.DENIED:
        return CollectError(
            f"AWS refuses {operation.name} to account {account} ({error.code}).",
            "Use credentials of the management account or of a delegated administrator that allow it, or name the "
            "accounts with --account, without --organization and --ou.",
        )
    return CollectError(f"{operation.name} failed ({error.code}).", "Run again, or name the accounts with --account.")


def _no_unit(unit: str) -> UsageError:
    return UsageError(
        f"There is no organizational unit {unit!r} in the organization.",
        "Write its id, such as ou-ab12-11111111, or its names from the root down, such as Workloads/Production.",
    )
