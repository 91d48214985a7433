"""The top contributors of a Contributor Insights rule over records: the same, however records lie in sources.

Each source gives what its records add, by the number of their ``eventID``; a record that comes again adds nothing.
Amounts are added exactly, so no order of sources or of processes changes a sum.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial

from scanner.errors import SourceError
from scanner.events.reading.fields.event_ids import fingerprint
from scanner.events.reading.fields.period import ALWAYS, Period
from scanner.events.reading.fields.views import parse_record
from scanner.events.reading.records import split
from scanner.events.spreading import spread
from scanner.files.log_source import LogSource
from scanner.pattern.contribution.contribution import Contribution, Left, contribution
from scanner.pattern.contribution.definition import Definition

_NO_ID = 0

Keys = tuple[str, ...]
Entry = tuple[int, Contribution | Left]
"""What one record adds, or why it adds nothing, with the number of its ``eventID``; 0 for one without."""


@dataclass(frozen=True, slots=True)
class Shard:
    """What the records of one source give; those that a filter refuses are only counted."""

    source: str
    records: int = 0
    unreadable: int = 0
    filtered: int = 0
    entries: tuple[Entry, ...] = ()
    losses: tuple[str, ...] = ()


@dataclass(slots=True)
class Contributors:
    """Who contributes how much, over all sources; ``left`` counts the records that add nothing, by the reason."""

    totals: dict[Keys, int | Fraction] = field(default_factory=dict)
    counted: int = 0
    records: int = 0
    unreadable: int = 0
    repeats: int = 0
    left: dict[Left, int] = field(default_factory=lambda: dict.fromkeys(Left, 0))
    losses: list[tuple[str, str]] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)

    def add(self, shard: Shard) -> None:
        """Add one more source."""
        self.records += shard.records
        self.unreadable += shard.unreadable
        self.left[Left.FILTERED] += shard.filtered
        self.losses += [(shard.source, why) for why in shard.losses]
        for number, found in shard.entries:
            if number != _NO_ID and number in self._seen:
                self.repeats += 1
                continue
            self._seen.add(number)
            if isinstance(found, Left):
                self.left[found] += 1
            else:
                self.counted += 1
                self.totals[found.keys] = self.totals.get(found.keys, 0) + found.amount

    def top(self, number: int) -> list[tuple[Keys, int | Fraction]]:
        """The contributors with the highest amounts, by their keys where these are equal."""
        return sorted(self.totals.items(), key=lambda item: (-item[1], item[0]))[:number]

    @property
    def total(self) -> int | Fraction:
        """What all of them contribute together."""
        return sum(self.totals.values(), start=0)


def contributors(
    rule: Definition, sources: Iterable[LogSource], *, workers: int = 1, period: Period = ALWAYS
) -> Iterator[Shard]:
    """What each source gives, in the order of their names, with ``workers`` processes (1: this one)."""
    ordered = sorted(sources, key=lambda source: source.name)
    count = partial(shard_of, rule, period)
    yield from spread(count, ordered, workers)


def shard_of(rule: Definition, period: Period, source: LogSource) -> Shard:
    """What the records of one source give, those outside the period left out."""
    try:
        whole = split(source.read(), source.name)
    except SourceError as error:
        return Shard(source.name, losses=(str(error),))
    entries: list[Entry] = []
    records = unreadable = filtered = 0
    for raw in whole.within(period).records:
        records += 1
        record = parse_record(raw)
        if record is None:
            unreadable += 1
            continue
        found = contribution(rule, record)
        if found is Left.FILTERED:
            filtered += 1
        else:
            number = record.get("eventID")
            entries.append((fingerprint(number) if isinstance(number, str) and number else _NO_ID, found))
    losses = tuple(why for _, why in whole.account().losses())
    return Shard(source.name, records, unreadable, filtered, tuple(entries), losses)
