"""Things of other accounts: what their owners' own facts say of them, and what findings come from them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from scanner.arns import parse_arn
from scanner.audit_path.stores import visible_trails
from scanner.checks.sentences import noun
from scanner.expressions.language import WHOLE_ROW
from scanner.facts.owners import how_looked_at
from scanner.facts.rows import ResourceType, Row, View
from scanner.model import Cause, Finding, Gap, GapKind, Outcome, RuleId
from scanner.resources import RESOURCES
from scanner.snapshot.answers import Snapshot
from scanner.times import parse_time

_MOST_VIEWS = 64
"""Views of owners that are kept: a few accounts of an organization hold what all the others use."""

_MOST_VERDICTS = 4096
"""Verdicts about things of owners that are kept."""

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
        self._hiding: dict[tuple[str, str], str] = {}
        self._verdicts: dict[tuple[RuleId, str, str, str], Outcome | None] = {}

    def told(self, row: Row) -> Row:
        """The row as the account tells it that owns the thing, where that was looked at and ``row`` has gaps.

        A member of an organization cannot look into the log group of its trail: the account that owns it can. What
        the two are told differently is not known.
        """
        own = self.owners(row) if row.gaps and row.type not in _OF_WHO_NAMES_IT else None
        if own is None:
            return row
        here = _only_here(row, own)
        return _doubted(row, own, _with_own(row, own, here), here)

    def owners(self, row: Row) -> Row | None:
        """The row of the account that owns the thing; None where it is this account, was not looked at or has none."""
        owner = owner_of(row)
        if owner in ("", row.account) or not self._looked_at(owner):
            return None
        return self._rows(row.type, owner).get(row.id)

    def judged_there(self, row: Row, fields: Collection[str]) -> Row | None:
        """The owner's row, where it tells all that ``fields`` say of this one: then the owner's verdict is its too."""
        if RESOURCES[row.type].held is None:
            return None
        own = self.owners(row)
        here = frozenset[str]() if own is None else _only_here(row, own)
        return None if here & set(fields) or (here and WHOLE_ROW in fields) else own

    def hidden(self, row: Row) -> str:
        """Why what the owner sees of a thing, an account of the snapshot, is not all known; "" where it is.

        An owner that is not in the snapshot hides nothing that was to be looked at.
        """
        owner = owner_of(row)
        if owner in ("", row.account) or owner not in self._snapshot.accounts:
            return ""
        if not self._looked_at(owner):
            return f"it belongs to account {owner}, {how_looked_at(self._snapshot, owner)}"
        self._rows(row.type, owner)
        return self._hiding[row.type, owner]

    def verdict(self, rule: RuleId, row: Row, judge: Callable[[Row, datetime], Outcome | None]) -> Outcome | None:
        """What a rule says of a row in the account that owns the thing, at that account's time; asked once."""
        asked = (rule, row.account, row.region, row.id)
        if asked not in self._verdicts:
            if len(self._verdicts) >= _MOST_VERDICTS:
                self._verdicts.clear()
            self._verdicts[asked] = judge(row, self._snapshot.time_of(row.account))
        return self._verdicts[asked]

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
                self._hiding.clear()
            view = RESOURCES[kind].view(self._snapshot, account)
            self._views[asked] = {row.id: row for row in view.rows}
            gaps = "; ".join(dict.fromkeys(gap.reason for gap in view.gaps))
            told = f"it belongs to account {account}, of which not everything could be seen: {gaps}" if gaps else ""
            self._hiding[asked] = told
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


def _only_here(row: Row, own: Row) -> frozenset[str]:
    """The fields of a row that the owner's row does not tell: what it says of them is about other uses."""
    held = RESOURCES[row.type].held
    if held is None:
        return frozenset()
    here, there = (each.data.get(held.users) for each in (row, own))
    sees_all = not held.users or (isinstance(here, list) and isinstance(there, list) and set(here) <= set(there))
    return held.of_asker if sees_all else held.of_asker | held.of_users | {held.users}


def _with_own(row: Row, own: Row, names: Collection[str]) -> Row:
    """The owner's row as one of the account that uses the thing, with the fields ``names`` of that account's own."""
    if not names:
        return replace(own, account=row.account)
    data, gaps, cites = ({**theirs} for theirs in (own.data, own.gaps, own.cites))
    for theirs, mine in ((data, row.data), (gaps, row.gaps), (cites, row.cites)):
        for name in names:
            theirs.pop(name, None)
            theirs.update({name: mine[name]} if name in mine else {})
    sources = tuple(dict.fromkeys((*own.sources, *row.sources)))
    return replace(own, account=row.account, data=data, gaps=gaps, cites=cites, sources=sources)


def _doubted(row: Row, own: Row, told: Row, here: frozenset[str]) -> Row:
    """The row as the owner tells it, without the facts that the account itself was told otherwise.

    Times may differ: the accounts were asked one after the other.
    """
    shared = (row.data.keys() & own.data.keys()) - here
    doubts = {name for name in shared if _contradicts(row.data[name], own.data[name])}
    if not doubts:
        return told
    data = {name: value for name, value in told.data.items() if name not in doubts}
    gaps = {name: _contradiction(name, row, own) for name in sorted(doubts)}
    cites = {name: (*row.cites.get(name, ()), *own.cites.get(name, ())) for name in doubts}
    sources = tuple(dict.fromkeys((*told.sources, *row.sources)))
    return replace(told, data=data, gaps={**told.gaps, **gaps}, cites={**told.cites, **cites}, sources=sources)


def _contradicts(mine: Any, theirs: Any) -> bool:
    """Whether two answers about one thing differ in more than the times in them."""
    if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
        return any(
            name not in mine or name not in theirs or _contradicts(mine[name], theirs[name])
            for name in mine.keys() | theirs.keys()
        )
    return bool(mine != theirs) and (parse_time(mine) is None or parse_time(theirs) is None)


def _contradiction(name: str, row: Row, own: Row) -> Gap:
    sources = row.cites.get(name) or row.sources or own.sources
    reason = f"Accounts {row.account} and {own.account}, which owns it, are told {name} of {row.id} differently"
    return Gap(key=sources[0].call, kind=GapKind.ERROR, reason=reason)


def owner_of(row: Row) -> str:
    """The account that owns what a row is about, by the row's own facts or its ARN; "" where neither tells."""
    if "OwnerAccount" in row.data or "OwnerAccount" in row.gaps:
        owner = row.data.get("OwnerAccount")
        return owner if isinstance(owner, str) else ""
    arn = parse_arn(row.id)
    return arn.account if arn is not None else ""


def _called(row: Row) -> str:
    return "organization trail" if row.type == "cloudtrail.trail" else noun(row.type)
