"""What rules find in records, gathered a stretch of records at a time."""

from array import array
from collections import Counter, defaultdict
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

    ``hits`` are the records that each condition matched in each account, in order. ``prints`` are the numbers of the ``eventID`` of all
    records, ``accounts`` how many each account has. ``heads`` are those of records that matched and of which more will be
    asked; ``unreadable`` are the records that are no JSON object.
    """

    hits: defaultdict[Key, list[int]] = field(default_factory=lambda: defaultdict(list))
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
        accounts = matches.accounts
        different = set(accounts)
        if not _NO_ACCOUNT.isdisjoint(different):
            accounts = self._with_actors(accounts, heads, records)
            different = set(accounts)
        if len(different) == 1:  # mostly
            found.accounts[accounts[0]] += len(accounts)
        else:
            found.accounts.update(accounts)
        settled = self._settled
        hits = found.hits
        for at, number in matches.hits:
            key = (number, accounts[at])
            hits[key].append(start + at)
            if heads is not None and key not in settled:
                found.heads[start + at] = heads[at]
        found.unreadable += [start + at for at in matches.unreadable]

    def _with_actors(self, accounts: Sequence[Any], heads: Sequence[Any] | None, records: Records) -> list[str]:
        """The account of every record: the one that received it, else the one that acted, else ""."""
        known = list(accounts)
        for at, account in enumerate(known):
            if account is MISSING or not account:
                head = heads[at] if heads is not None else None
                known[at] = self._details.read(head, records, at, ("", 0, "")).acting_account
        return known
