"""The result of some sources, and how such partial results are merged.

What a part holds depends on its sources alone, and putting parts together depends neither on their number nor on how
the sources were divided among them.
"""

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from scanner.events.counting.kept import PLACE, Kept, KeptPart, with_replaced
from scanner.events.counting.repeats import Seen
from scanner.events.counting.results import Bursts, Hits, LogResult
from scanner.events.counting.thresholds import Windows
from scanner.events.hits import Hit
from scanner.events.matching.conditions.compiled_rules import Judged
from scanner.events.matching.found import Key
from scanner.events.reading.fields.replaced import number_of
from scanner.events.reading.sources.accounting import SourceAccount

SAMPLE = 10
"""Hits of a rule in one account that are shown: the first by source and position, each record once."""


class Sample:
    """The first hits by their places, each record once."""

    def __init__(self) -> None:
        self._first: dict[str, Hit] = {}

    def show(self, hit: Hit) -> None:
        """Keep a hit if it is among the first."""
        identity = hit.identity
        known = self._first.get(identity)
        if known is None or _place(hit) < _place(known):
            self._first[identity] = hit
            if len(self._first) > 2 * SAMPLE:
                self._first = {item.identity: item for item in self.hits()}

    def take_back(self, originals: Collection[int]) -> None:
        """Leave out hits whose records others replace."""
        self._first = {name: hit for name, hit in self._first.items() if number_of(name) not in originals}

    def hits(self) -> tuple[Hit, ...]:
        """The first hits, in order of their places."""
        return tuple(sorted(self._first.values(), key=_place)[:SAMPLE])


def _place(hit: Hit) -> tuple[str, int]:
    return hit.source, hit.position


@dataclass(frozen=True, slots=True)
class Tally:
    """The hits of one rule in one account: the places of matching records among all of the part, and some to show."""

    places: "array[int]" = field(default_factory=lambda: array(PLACE))
    shown: list[Hit] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Part:
    """The result of some of the sources.

    ``prints`` are the numbers of the ``eventID`` of all their records, in order; ``originals`` those of events that
    some of their records replace.
    """

    sources: list[SourceAccount] = field(default_factory=list)
    prints: "array[int]" = field(default_factory=lambda: array("Q"))
    accounts: Counter[str] = field(default_factory=Counter)
    apart: Counter[tuple[str, str]] = field(default_factory=Counter)
    originals: set[int] = field(default_factory=set)
    tallies: dict[Key, Tally] = field(default_factory=dict)
    windows: dict[int, Windows] = field(default_factory=dict)
    seen: set[Key] = field(default_factory=set)


@dataclass(slots=True)
class _Total:
    """The hits of one rule in one account in all parts; ``again`` counts those of records delivered before."""

    records: int = 0
    again: int = 0
    sample: Sample = field(default_factory=Sample)

    def take_back(self, places: Collection[int], replaced: frozenset[int], repeated: Collection[int]) -> None:
        """Leave out the hits at those of ``places`` whose records others replace."""
        gone = replaced.intersection(places)
        self.records -= len(gone)
        self.again -= len(gone.intersection(repeated))

    def hits(self) -> Hits:
        return Hits(max(1, self.records - self.again), self.records, self.sample.hits())


def merge(parts: Iterable[Part], rules: Sequence[Judged], seen: Seen | None = None) -> LogResult:
    """Merge parts, which must come in the order of their sources' names, so that the first delivery is met first."""
    with Kept() as kept:
        return _merged(parts, rules, seen or Seen(), kept)


def _merged(parts: Iterable[Part], rules: Sequence[Judged], known: Seen, kept: Kept) -> LogResult:
    sources: list[SourceAccount] = []
    accounts: Counter[str] = Counter()
    apart: Counter[tuple[str, str]] = Counter()
    totals: dict[Key, _Total] = {}
    windows: dict[int, Windows] = {}
    met: set[Key] = set()
    originals: set[int] = set()
    for part in parts:
        repeated = known.repeated(part.prints)
        places = {key: tally.places for key, tally in part.tallies.items()}
        kept.add(KeptPart(part.prints, array(PLACE, repeated), len(sources), places))
        originals |= part.originals
        sources += _with_duplicates(part.sources, repeated)
        accounts.update(part.accounts)
        apart.update(part.apart)
        met |= part.seen
        _add_tallies(part, set(repeated), totals)
        for number, found in part.windows.items():
            held = windows.setdefault(number, found)
            if held is not found:
                held.merge(found)
    if originals:
        _take_back(originals, kept, totals, windows, sources)
    hits = {(rules[number].rule, account): totals[number, account].hits() for number, account in sorted(totals)}
    limited = [number for number, rule in enumerate(rules) if rule.limit is not None]
    bursts = {rules[number].rule: _bursts(windows.get(number)) for number in limited}
    seen = [(rules[number].rule, account) for number, account in met]
    return LogResult(
        sources=tuple(sources),
        accounts=dict(sorted(accounts.items())),
        apart=dict(sorted(apart.items())),
        hits=hits,
        bursts=bursts,
        seen=frozenset(seen),
        exact=known.exact and (kept.all or not originals),
    )


def _take_back(
    originals: Collection[int],
    kept: Kept,
    totals: dict[Key, _Total],
    windows: Mapping[int, Windows],
    sources: list[SourceAccount],
) -> None:
    """Leave out the hits of records that others replace, and count those records as deliveries of the later events."""
    for part, places in kept.taken_back(originals):
        for key, matched in part.places.items():
            totals[key].take_back(matched, places, part.repeated)
        with_replaced(sources, part, places)
    for key in [key for key, total in totals.items() if not total.records]:
        del totals[key]
    for total in totals.values():
        total.sample.take_back(originals)
    for held in windows.values():
        held.take_back(lambda identity: number_of(identity) in originals)


def _with_duplicates(sources: Sequence[SourceAccount], repeated: Sequence[int]) -> Iterator[SourceAccount]:
    """The accounts of sources with the number of their records that were delivered before."""
    ends = list(accumulate(source.records for source in sources))
    duplicates = Counter(bisect_right(ends, place) for place in repeated)
    for number, source in enumerate(sources):
        yield replace(source, duplicates=duplicates[number]) if number in duplicates else source


def _add_tallies(part: Part, repeated: set[int], totals: dict[Key, _Total]) -> None:
    for key, tally in part.tallies.items():
        total = totals.get(key)
        if total is None:
            total = totals[key] = _Total()
        total.records += len(tally.places)
        if repeated:
            total.again += len(repeated.intersection(tally.places))
        for hit in tally.shown:
            total.sample.show(hit)


def _bursts(windows: Windows | None) -> Bursts:
    if windows is None:
        return Bursts((), 0, over=False)
    return Bursts(windows.bursts(), windows.undated, windows.over, windows.ungrouped)
