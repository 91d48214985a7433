"""The records of all parts as numbers, kept until it is known which of them a later record replaces.

In memory while they are few, then in a nameless temporary file, so that memory does not grow with the records.
"""

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from tempfile import SpooledTemporaryFile
from typing import Final, Self

from scanner.events.reading.fields.replaced import UPDATED
from scanner.events.reading.sources.accounting import SourceAccount

_ID: Final = "Q"
PLACE: Final = "I"
"""The array code of a record's place among those of a part."""

IN_MEMORY: Final = 2_000_000
"""Bytes about records that are remembered in memory, so that a hit can be taken back; more of them go to a file."""


@dataclass(frozen=True, slots=True)
class KeptPart:
    """The ids of some records as numbers, which of them had been delivered before, and where their sources begin."""

    prints: "array[int]"
    repeated: "array[int]"
    first_source: int
    places: "Mapping[tuple[int, str], array[int]]"

    @property
    def arrays(self) -> "tuple[array[int], ...]":
        """All numbers, in the order in which they are remembered."""
        return self.prints, self.repeated, *self.places.values()

    def taken_back(self, originals: Collection[int]) -> frozenset[int]:
        """The places of records that others replace."""
        return frozenset(place for place, number in enumerate(self.prints) if number in originals)


@dataclass(frozen=True, slots=True)
class _Remembered:
    """Where a part is in the file: the keys of its hits and the lengths of its arrays."""

    start: int
    first_source: int
    keys: tuple[tuple[int, str], ...]
    lengths: tuple[int, ...]


class Kept:
    """What is remembered of parts until it is known which records were replaced.

    When it is much it is in a nameless temporary file.

    ``all`` turns false, and nothing is remembered any more, when that file cannot be written.
    """

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._file: Final = SpooledTemporaryFile(max_size=in_memory)  # noqa: SIM115 - closed by __exit__
        self._parts: list[_Remembered] = []
        self.all = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, part: KeptPart) -> None:
        """Remember a part."""
        if not self.all:
            return
        arrays = part.arrays
        try:
            start = self._file.tell()
            for numbers in arrays:
                self._file.write(numbers.tobytes())
        except OSError:
            self.all = False
            self._parts = []
        else:
            lengths = tuple(len(numbers) * numbers.itemsize for numbers in arrays)
            self._parts.append(_Remembered(start, part.first_source, tuple(part.places), lengths))

    def taken_back(self, originals: Collection[int]) -> Iterator[tuple[KeptPart, frozenset[int]]]:
        """The parts that hold replaced records, with the places of those."""
        for remembered in self._parts:
            part = self._read(remembered)
            places = part.taken_back(originals)
            if places:
                yield part, places

    def _read(self, remembered: _Remembered) -> KeptPart:
        self._file.seek(remembered.start)
        prints, repeated, *places = (
            array(_ID if number == 0 else PLACE, self._file.read(length))
            for number, length in enumerate(remembered.lengths)
        )
        return KeptPart(prints, repeated, remembered.first_source, dict(zip(remembered.keys, places, strict=True)))


def with_replaced(sources: list[SourceAccount], part: KeptPart, places: Collection[int]) -> None:
    """Count the replaced records of a part as deliveries of the later events."""
    own = sources[part.first_source :]
    ends = list(accumulate(source.records for source in own))
    counts = Counter(bisect_right(ends, place) for place in set(places).difference(part.repeated))
    for number, count in counts.items():
        source = own[number]
        note = f"{count} record{'' if count == 1 else 's'} replaced by a later one (addendum {UPDATED})"
        changed = replace(source, duplicates=source.duplicates + count, notes=(*source.notes, note))
        sources[part.first_source + number] = changed
