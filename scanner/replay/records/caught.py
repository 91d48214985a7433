"""What was caught of records: one entry each, a few numbers long, put together from any parts in any order.

An event that was delivered more than once counts once, when it first arrived.
"""

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import count
from typing import NamedTuple
from uuid import UUID

from scanner.replay.records.shapes import Shape

NEVER = -1
"""A minute that is not known."""

_TOGETHER = 200_000
"""About how many entries are sorted at a time."""

_HALF = (1 << 64) - 1
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Entry(NamedTuple):
    """A record: the minute in which it arrived and its time in microseconds, its shape, and where it was read."""

    event_id: str
    minute: int
    time: int
    shape: int
    source: int


class Place(NamedTuple):
    """Where a record was read: the number of its source, and a text that tells one without an id from all others."""

    source: int
    text: str


def _empty() -> "tuple[array[int], array[int], array[int], array[int], array[int], array[int]]":
    return (array("Q"), array("Q"), array("q"), array("q"), array("I"), array("I"))


@dataclass(slots=True)
class Catch:
    """The entries of some records, as columns: id (two), minute, time, shape and source.

    ``odd`` has the ids that are not UUIDs. ``busy`` has, by log group, the minutes in which records certainly entered
    it; ``losses`` say by source what was not read, ``undated`` counts the records of which nothing tells when they
    arrived, ``lagged`` those of which only the lag does, and ``first`` is the first minute in which one arrived.
    """

    shapes: dict[Shape, int] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)
    busy: dict[str, set[int]] = field(default_factory=dict)
    losses: list[tuple[str, str]] = field(default_factory=list)
    records: int = 0
    undated: int = 0
    lagged: int = 0
    first: int | None = None
    last: int | None = None
    odd: dict[tuple[int, int], str] = field(default_factory=dict)
    columns: "tuple[array[int], ...]" = field(default_factory=_empty)

    def __len__(self) -> int:
        return len(self.columns[0])

    def arrived(self, minute: int) -> None:
        """Take note that something arrived in a minute."""
        self.first = minute if self.first is None else min(self.first, minute)
        self.last = minute if self.last is None else max(self.last, minute)

    def add(self, event_id: str, place: Place, minute: int, time: int | None, shape: Shape) -> None:
        """Add a record."""
        high, low = self._key(event_id, place.text)
        number = self.shapes.setdefault(shape, len(self.shapes))
        values = (high, low, minute, NEVER if time is None else time, number, place.source)
        for column, value in zip(self.columns, values, strict=True):
            column.append(value)

    def _key(self, event_id: str, place: str) -> tuple[int, int]:
        if _UUID.fullmatch(event_id):
            number = int(event_id.replace("-", ""), 16)
            return number >> 64, number & _HALF
        digest = blake2b((event_id or f"\0{place}").encode("utf-8", "surrogatepass"), digest_size=16).digest()
        key = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big")
        self.odd[key] = event_id
        return key

    def merge(self, other: "Catch") -> None:
        """Add what another part holds."""
        shapes = {number: self.shapes.setdefault(shape, len(self.shapes)) for shape, number in other.shapes.items()}
        moved = len(self.sources)
        self.sources += other.sources
        high, low, minutes, times, numbers, sources = other.columns
        renumbered = map(shapes.__getitem__, numbers)
        moving: Sequence[Iterable[int]] = (high, low, minutes, times, renumbered, map(moved.__add__, sources))
        for mine, its in zip(self.columns, moving, strict=True):
            mine.extend(its)
        for group, found in other.busy.items():
            self.busy.setdefault(group, set()).update(found)
        self.odd |= other.odd
        self.losses += other.losses
        self.records += other.records
        self.undated += other.undated
        self.lagged += other.lagged
        for minute in (other.first, other.last):
            if minute is not None:
                self.arrived(minute)

    def entries(self) -> Iterator[Entry]:
        """Each event once, as it first arrived; in which order parts were put together makes no difference."""
        ranks = self._ranks()
        buckets = len(self) // _TOGETHER + 1
        for bucket in range(buckets):
            yield from self._bucket(bucket, buckets, *ranks)

    def _ranks(self) -> tuple[Mapping[int, int], Mapping[int, int]]:
        """The places of shapes and of sources in an order that depends on nothing but what they are."""
        shapes = {number: repr(shape) for shape, number in self.shapes.items()}
        ordered = sorted(shapes, key=shapes.__getitem__)
        named = sorted(range(len(self.sources)), key=self.sources.__getitem__)
        return dict(zip(ordered, count(), strict=False)), dict(zip(named, count(), strict=False))

    def _bucket(self, bucket: int, of: int, shapes: Mapping[int, int], sources: Mapping[int, int]) -> Iterator[Entry]:
        high, low, minutes, times, numbers, places = self.columns
        rows = [
            (high[at], number, minutes[at], times[at], shapes[numbers[at]], sources[places[at]], at)
            for at, number in enumerate(low)
            if number % of == bucket
        ]
        rows.sort()
        before: tuple[int, int] | None = None
        for row in rows:
            key, at = (row[0], row[1]), row[-1]
            if key != before:
                yield Entry(self._named(key), minutes[at], times[at], numbers[at], places[at])
            before = key

    def _named(self, key: tuple[int, int]) -> str:
        odd = self.odd.get(key)
        return str(UUID(int=key[0] << 64 | key[1])) if odd is None else odd
