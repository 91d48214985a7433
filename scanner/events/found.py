"""What rules find in records, gathered a stretch of records at a time."""

from array import array
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from scanner.events.deduplication import fingerprints
from scanner.events.details import Details
from scanner.events.matching import Matches, RuleSet
from scanner.events.plans import Records
from scanner.events.projection import Record
from scanner.pattern.match import MISSING

Key = tuple[int, str]
"""The number of a condition, and an account."""

_NO_ACCOUNT = frozenset({None, MISSING, ""})


@dataclass(slots=True)
class Found:
    """What was found in some records, which are numbered from 0.

    ``hits`` are (record, condition, account), in order of the records. ``prints`` are the numbers of the ``eventID`` of all
    records, ``accounts`` how many each account has. ``heads`` are those of records that matched and of which more will be
    asked; ``unreadable`` are the records that are no JSON object.
    """

    hits: list[tuple[int, int, str]] = field(default_factory=list)
    prints: "array[int]" = field(default_factory=lambda: array("Q"))
    accounts: Counter[str] = field(default_factory=Counter)
    heads: dict[int, Any] = field(default_factory=dict)
    unreadable: list[int] = field(default_factory=list)


class Finder:
    """Judges records and gathers what it finds; of hits that are ``settled`` nothing more will be asked."""

    def __init__(self, rules: RuleSet, details: Details, settled: Collection[Key]) -> None:
        self.rules: Final = rules
        self._details: Final = details
        self._settled: Final = settled

    def judge_heads(self, heads: Sequence[Any], records: Records, found: Found) -> None:
        """Judge records whose heads are decoded; a record itself is only read where its head does not do."""
        self._gather(self.rules.scan_heads(heads, records), heads, records, found)

    def judge(self, records: Sequence[Record], found: Found) -> None:
        """Judge records of any kind."""
        self._gather(self.rules.scan(records), None, records, found)

    def _gather(self, matches: Matches, heads: Sequence[Any] | None, records: Records, found: Found) -> None:
        start = len(found.prints)
        found.prints.extend(fingerprints(matches.ids))
        accounts = self._accounts(matches, heads, records)
        found.accounts.update(accounts)
        settled = self._settled
        for at, number in matches.hits:
            account = accounts[at]
            found.hits.append((start + at, number, account))
            if heads is not None and (number, account) not in settled:
                found.heads[start + at] = heads[at]
        found.unreadable += [start + at for at in matches.unreadable]

    def _accounts(self, matches: Matches, heads: Sequence[Any] | None, records: Records) -> Sequence[str]:
        """The account of every record: the one that received it, else the one that acted, else ""."""
        accounts = matches.accounts
        if not _NO_ACCOUNT.isdisjoint(accounts):
            for at, account in enumerate(accounts):
                if account is MISSING or not account:
                    head = heads[at] if heads is not None else None
                    accounts[at] = self._details.read(head, records, at, ("", 0, "")).acting_account
        return accounts
