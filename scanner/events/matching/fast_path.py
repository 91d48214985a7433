"""Sound CloudTrail log files judged while they are read, a stretch at a time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import msgspec

from scanner.events.matching.found import Finder, Found
from scanner.events.reading.fields.period import EVENT_TIME, Period
from scanner.events.reading.fields.views import MISFITS, Record
from scanner.events.reading.log_file import HeadReader, records_of
from scanner.events.reading.text.gzip_pieces import Pieces, unpack


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one pass over a log file gave.

    ``numbers``: which of the ``total`` records lie in the period (None: all). For a large file ``found`` is what was
    found among them; for a small one it is None, and ``heads`` are to be judged together with those of other files.
    """

    total: int
    numbers: Sequence[int] | None
    heads: Sequence[Any]
    found: Found | None
    records: Callable[[], list[msgspec.Raw]]
    notes: tuple[str, ...]


class _RecordsOf:
    """The records of a sound log file; it is unpacked once more when they are asked for, which is seldom."""

    def __init__(self, data: bytes, limit: int) -> None:
        self._data = data
        self._limit = limit
        self._found: list[msgspec.Raw] | None = None

    def __call__(self) -> list[msgspec.Raw]:
        if self._found is None:
            self._found = records_of(unpack(self._data, self._limit).content)
        return self._found


@dataclass(frozen=True, slots=True)
class _Numbered:
    """Some of the records of a file."""

    records: _RecordsOf
    numbers: Sequence[int]

    def __getitem__(self, at: int) -> Record:
        records, number = self.records(), self.numbers[at]
        if number >= len(records):  # the file is broken, which the rest of it will show
            raise msgspec.ValidationError("there is no such record")
        return records[number]


class LogFileScan:
    """Reads log files for one set of rules and one period."""

    def __init__(self, finder: Finder, period: Period) -> None:
        self._finder: Final = finder
        self._period: Final = period
        self._reader: Final = HeadReader(finder.rules.head)
        self._time: Final = finder.rules.head.find(EVENT_TIME)

    def read(self, data: bytes, limit: int) -> Scanned | None:
        """What the records of a sound log file, as it is stored, give; None for a file that deserves a closer look."""
        pieces = Pieces(data, limit)
        records = _RecordsOf(data, limit)
        try:
            stretches = self._reader.heads(pieces, vouched=pieces.packed)
            first = next(stretches)
            second = next(stretches, None)
            if second is None:
                numbers: Sequence[int] | None = self._kept(first)
                heads: list[Any] = first if numbers is None else [first[number] for number in numbers]
                total, found = len(first), None
            else:
                heads = []
                total, numbers, found = self._judged(chain((first, second), stretches), records)
        except MISFITS:
            return None
        return Scanned(total, numbers, heads, found, records, pieces.notes) if pieces.sound else None

    def _judged(self, stretches: Iterable[list[Any]], records: _RecordsOf) -> tuple[int, Sequence[int] | None, Found]:
        found = Found()
        numbers: list[int] = []
        total = 0
        for heads in stretches:
            places: Sequence[int] = range(total, total + len(heads))
            some = heads
            kept = self._kept(heads)
            if kept is not None:
                places = [places[number] for number in kept]
                some = [heads[number] for number in kept]
            if not self._period.everything:
                numbers += places
            total += len(heads)
            self._finder.judge_heads(some, _Numbered(records, places), found)
        return total, None if len(found.prints) == total else numbers, found

    def _kept(self, heads: Sequence[Any]) -> list[int] | None:
        """The numbers of the records that lie in the period; None when all do."""
        if self._period.everything:
            return None
        kept = [number for number, head in enumerate(heads) if self._period.holds(self._time(head))]
        return None if len(kept) == len(heads) else kept
