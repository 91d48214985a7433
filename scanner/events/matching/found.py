"""What rules find in records, gathered a stretch of records at a time."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from scanner.events.matching.conditions.documents import DocumentTest
from scanner.events.matching.details import Details
from scanner.events.matching.judging.plans import Records
from scanner.events.matching.judging.rule_set import Matches, RuleSet
from scanner.events.reading.fields.event_ids import fingerprints
from scanner.events.reading.fields.replaced import number_of
from scanner.events.reading.fields.views import Record, parse_record
from scanner.pattern.matching.values import MISSING

Key = tuple[int, str]
"""The number of a condition, and an account."""

_NO_ACCOUNT = frozenset({None, MISSING, ""})


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to become of the hits of a condition.

    They are hits of the condition ``number``, when ``document`` says so, if there is one, and when a record of a
    category apart is of one in ``also``.
    """

    number: int
    also: frozenset[str] = frozenset()
    document: DocumentTest | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in some records, which are numbered from 0.

    ``hits`` are the records that each condition matched in each account, in order. ``prints`` are the numbers of the
    ``eventID`` of all records, ``accounts`` how many each account has, and ``apart`` how many of those are of a
    category apart. ``originals`` are the numbers of events that some of the records replace. ``heads`` are those of
    records that matched and of which more will be asked; ``unreadable`` are the records that are not JSON objects.
    """

    hits: defaultdict[Key, list[int]] = field(default_factory=lambda: defaultdict(list))
    prints: "array[int]" = field(default_factory=lambda: array("Q"))
    accounts: Counter[str] = field(default_factory=Counter)
    apart: Counter[tuple[str, str]] = field(default_factory=Counter)
    originals: set[int] = field(default_factory=set)
    heads: dict[int, Any] = field(default_factory=dict)
    unreadable: list[int] = field(default_factory=list)


class Finder:
    """Judges records and gathers what it finds; of hits that are ``settled`` nothing more will be asked.

    ``asked`` has one entry for each condition of ``rules``; those with documents come after those they count for.
    """

    def __init__(self, rules: RuleSet, details: Details, settled: Collection[Key], asked: Sequence[Asked]) -> None:
        self.rules: Final = rules
        self._details: Final = details
        self._settled: Final = settled
        self._asked: Final = asked
        self._plain: Final = all(each.document is None for each in asked)

    def judge_heads(self, heads: Sequence[Any], records: Records, found: Found) -> None:
        """Judge records whose heads are decoded; a record itself is only read where its head does not do."""
        self._gather(self.rules.scan_heads(heads, records), heads, records, found)

    def judge(self, records: Sequence[Record], found: Found) -> None:
        """Judge records of any kind."""
        self._gather(self.rules.scan(records), None, records, found)

    def _gather(self, matches: Matches, heads: Sequence[Any] | None, records: Records, found: Found) -> None:
        start = len(found.prints)
        accounts, hits, apart = matches.accounts, matches.hits, matches.apart
        found.prints.extend(fingerprints(matches.ids))
        different = set(accounts)
        if not _NO_ACCOUNT.isdisjoint(different):
            accounts = self._with_actors(accounts, heads, records)
            different = set(accounts)
        if len(different) == 1:  # mostly
            found.accounts[accounts[0]] += len(accounts)
        else:
            found.accounts.update(accounts)
        if apart:
            found.apart.update((accounts[at], name) for at, name in apart.items())
        found.originals.update(map(number_of, matches.originals.values()))
        if apart or not self._plain:
            hits = self._confirmed(hits, apart, records)
        self._add(hits, accounts, heads, start, found)
        found.unreadable.extend([start + at for at in matches.unreadable])

    def _add(
        self,
        hits: Iterable[tuple[int, int]],
        accounts: Sequence[str],
        heads: Sequence[Any] | None,
        start: int,
        found: Found,
    ) -> None:
        settled, kept = self._settled, found.hits
        for at, number in hits:
            key = (number, accounts[at])
            kept[key].append(start + at)
            if heads is not None and key not in settled:
                found.heads[start + at] = heads[at]

    def _confirmed(
        self, hits: Iterable[tuple[int, int]], apart: Mapping[int, str], records: Records
    ) -> list[tuple[int, int]]:
        """The confirmed hits, each record once for a condition, by position."""
        confirmed: dict[tuple[int, int], None] = {}
        for at, number in hits:
            asked = self._asked[number]
            if at in apart and apart[at] not in asked.also:
                continue
            if (at, asked.number) not in confirmed and (
                asked.document is None or asked.document(parse_record(records[at]) or {})
            ):
                confirmed[at, asked.number] = None
        return list(confirmed)

    def _with_actors(self, accounts: Sequence[Any], heads: Sequence[Any] | None, records: Records) -> list[str]:
        """The account of every record: the one that received it, else the one that acted, else ""."""
        known = list(accounts)
        for at, account in enumerate(known):
            if account is MISSING or not account:
                head = heads[at] if heads is not None else None
                known[at] = self._details.read(head, records, at, ("", 0, "")).acting_account
        return known
