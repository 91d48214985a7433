"""Things of other accounts: what their owners' own facts say of them, and what findings come from them."""

from collections.abc import Mapping
from dataclasses import replace

from scanner.arns import parse_arn
from scanner.audit_path.stores import visible_trails
from scanner.checks.sentences import noun
from scanner.facts.rows import ResourceType, Row, View
from scanner.model import Cause, Finding, Outcome
from scanner.resources import RESOURCES
from scanner.snapshot.answers import Snapshot

_MOST_VIEWS = 64
"""Views of owners that are kept: a few accounts of an organization hold what all the others use."""

_OF_WHO_NAMES_IT = frozenset({"sns.audit_topic"})
"""Resource types of rows that say what the account which names a thing has of it, as far as its owner tells.

Their owner's row is about what the owner itself publishes to the topic: it says nothing of the others.
"""

_ABOUT_ACCOUNT = "cloudtrail.coverage"
"""The resource type of rows that say what the trails of an account record between them."""


class HeldThings:
    """What the accounts of one snapshot hold for each other; an assessment makes one."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._views: dict[tuple[str, str], Mapping[str, Row]] = {}

    def told(self, row: Row) -> Row:
        """The row as the account tells it that owns the thing, where that was looked at and ``row`` has gaps.

        A member of an organization cannot look into the log group of its trail: the account that owns it can.
        """
        owner = owner_of(row)
        if row.type in _OF_WHO_NAMES_IT or not row.gaps or owner in ("", row.account) or not self._looked_at(owner):
            return row
        own = self._rows(row.type, owner).get(row.id)
        return row if own is None else replace(own, account=row.account)

    def cause(self, finding: Finding, row: Row) -> Finding:
        """The finding with the thing of another account that it comes from; unchanged where it passes."""
        if finding.outcome not in {Outcome.FAIL, Outcome.UNKNOWN}:
            return finding
        owner = owner_of(row)
        if owner not in ("", row.account):
            return replace(finding, cause=Cause(_called(row), owner, row.id))
        if row.type == _ABOUT_ACCOUNT and finding.outcome is Outcome.FAIL:
            return replace(finding, cause=self._trail(row.account))
        return finding

    def _trail(self, account: str) -> Cause | None:
        """The organization's trail of an account that sees no other trail: what is not recorded comes from it."""
        trails = visible_trails(self._snapshot, account).trails
        if len(trails) != 1 or trails[0].account == account:
            return None
        return Cause("organization trail", trails[0].account, trails[0].arn)

    def _looked_at(self, account: str) -> bool:
        return account in self._snapshot.accounts and bool(self._snapshot.regions(account))

    def _rows(self, kind: str, account: str) -> Mapping[str, Row]:
        asked = (kind, account)
        if asked not in self._views:
            if len(self._views) >= _MOST_VIEWS:
                self._views.clear()
            self._views[asked] = {row.id: row for row in RESOURCES[kind].view(self._snapshot, account).rows}
        return self._views[asked]


class LatestViews:
    """The views of the account that is judged: rules about one resource type share its rows."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._account = ""
        self._views: dict[str, View] = {}

    def of(self, kind: ResourceType, account: str) -> View:
        """The view of a resource type; those of the account before are dropped."""
        if account != self._account:
            self._account, self._views = account, {}
        if kind.name not in self._views:
            self._views[kind.name] = kind.view(self._snapshot, account)
        return self._views[kind.name]


def owner_of(row: Row) -> str:
    """The account that owns what a row is about, by the row's own facts or its ARN; "" where neither tells."""
    if "OwnerAccount" in row.data or "OwnerAccount" in row.gaps:
        owner = row.data.get("OwnerAccount")
        return owner if isinstance(owner, str) else ""
    arn = parse_arn(row.id)
    return arn.account if arn is not None else ""


def _called(row: Row) -> str:
    return "organization trail" if row.type == "cloudtrail.trail" else noun(row.type)
