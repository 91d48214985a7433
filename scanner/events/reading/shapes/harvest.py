"""What one source gave so far, in order: records, and the account of everything else."""

from dataclasses import dataclass

import msgspec

from scanner.events.reading.sources.limits import Limits

SURROGATES = "halves of surrogate pairs, which no text can hold, are read as U+FFFD"
"""The note on a source with such escapes."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How much of everything there was at a moment."""

    records: int
    malformed: int
    named: int
    unread: int
    unread_named: int
    skips: int
    items: int
    kinds: int
    cut: str


class Harvest:
    """Gathers what one source holds: records, what is malformed or was not read, and what is known to hold none."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.records: list[msgspec.Raw] = []
        self.positions: list[int] = []
        self.malformed: list[tuple[int, str]] = []
        self.malformed_count = 0
        self.unread: list[tuple[int, str]] = []
        self.unread_count = 0
        self.skips: dict[str, int] = {}
        self.notes: dict[str, None] = {}
        self.kinds: dict[str, None] = {}
        self.cut = ""
        self.further = ""  # why the last answer is not all there is
        self._items = 0

    def take(self, record: bytes | msgspec.Raw) -> None:
        """A record."""
        self.records.append(record if isinstance(record, msgspec.Raw) else msgspec.Raw(record))
        self.positions.append(self._next())

    def spoil(self, why: str) -> None:
        """Something that should be a record and cannot be read."""
        position = self._next()
        self.malformed_count += 1
        if len(self.malformed) < self.limits.named:
            self.malformed.append((position, why))

    def miss(self, why: str) -> None:
        """Something in which no record was found, and which is not known to hold none: it was not read."""
        position = self._next()
        self.unread_count += 1
        if len(self.unread) < self.limits.named:
            self.unread.append((position, why))

    def spoil_unread(self) -> None:
        """Whatever else is among the records of a log file should have been one."""
        self.malformed = sorted([*self.malformed, *self.unread])[: self.limits.named]
        self.malformed_count += self.unread_count
        self.unread, self.unread_count = [], 0

    def skip(self, why: str, number: int = 1) -> None:
        """A whole document that is known to hold no records, or several."""
        self.skips[why] = self.skips.get(why, 0) + number
        self._items += number

    def miss_skipped(self, why: str) -> None:
        """What is known to hold no records is where records must be: it was not read after all."""
        for what in self.skips:
            self.miss(f"{why}, but what it holds is a {what}" if what != "empty" else f"{why}, and it is empty")
        self.skips = {}

    def end_early(self, why: str) -> None:
        """The end of the source is missing; the first reason is kept."""
        self.cut = self.cut or why

    @property
    def barren(self) -> bool:
        """Whether there was nothing at all: no record, nothing lost and nothing known."""
        return not (self.records or self.malformed_count or self.unread_count or self.cut or self.skips)

    def mark(self) -> Mark:
        """How much was gathered so far, to go back to."""
        return Mark(
            len(self.records),
            self.malformed_count,
            len(self.malformed),
            self.unread_count,
            len(self.unread),
            sum(self.skips.values()),
            self._items,
            len(self.kinds),
            self.cut,
        )

    def gave(self, mark: Mark) -> bool:
        """Whether since ``mark`` there was a record, or something known to hold none."""
        return len(self.records) > mark.records or sum(self.skips.values()) > mark.skips or self.cut != mark.cut

    def undo(self, mark: Mark) -> tuple[str, bool]:
        """Forget what was malformed or unread since ``mark``: the first reason, and whether something was malformed."""
        spoiled = self.malformed[mark.named :]
        missed = self.unread[mark.unread_named :]
        first = min([*spoiled, *missed], default=(0, ""))
        malformed = self.malformed_count > mark.malformed
        del self.malformed[mark.named :], self.unread[mark.unread_named :]
        self.malformed_count, self.unread_count, self._items = mark.malformed, mark.unread, mark.items
        for kind in list(self.kinds)[mark.kinds :]:
            del self.kinds[kind]
        return first[1], malformed

    def _next(self) -> int:
        self._items += 1
        return self._items - 1
