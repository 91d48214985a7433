"""Records delivered more than once, recognized by ``eventID`` in a fixed amount of memory.

Ids are remembered as the numbers of ``scanner.events.reading.fields.event_ids``.
"""

from array import array
from collections.abc import Sequence

_BLOCK = 1 << 16
_STEP = 4096

SLOTS = (1 << 21) - 9
"""Places of one generation, a prime number, so that numbers with few differing bits spread too; two take 32 MB."""


class Seen:
    """Remembers numbers: exactly while they are few, and after that at least the most recent ones.

    Memory is fixed: two generations of ``slots`` places, of which three quarters are used. When one is
    full the older is forgotten; ``exact`` then turns false, because something forgotten may come again.
    """

    def __init__(self, slots: int = SLOTS) -> None:
        self._slots = slots
        self._young = array("Q", (0,)) * slots
        self._old = array("Q", (0,)) * slots  # made at once, so that memory does not grow later
        self._used = 0
        self._full = slots * 3 // 4
        self._turned = False
        self.exact = True

    def repeated(self, numbers: Sequence[int]) -> list[int]:
        """Remember ``numbers``; the positions of those that were known already. 0 is never known."""
        known: list[int] = []
        for start in range(0, len(numbers), _STEP):
            some = numbers[start : start + _STEP]
            if self._turned or self._used + len(some) >= self._full:
                known += self._repeated_late(start, some)
            else:
                before = len(known)
                self._repeated_early(start, some, known)
                self._used += len(some) - some.count(0) - (len(known) - before)
        return known

    def _repeated_early(self, start: int, numbers: Sequence[int], known: list[int]) -> None:
        """While one generation holds everything. Writing 0 into an empty place changes nothing."""
        size, young = self._slots, self._young
        for position, number in enumerate(numbers, start):
            at = number % size
            found = young[at]
            if not found:  # mostly
                young[at] = number
                continue
            while found and found != number:
                at = (at + 1) % size
                found = young[at]
            if found:
                known.append(position)
            else:
                young[at] = number

    def _repeated_late(self, start: int, numbers: Sequence[int]) -> list[int]:
        known: list[int] = []
        size = self._slots
        young = self._young
        for position, number in enumerate(numbers, start):
            at = number % size
            found = young[at]
            while found and found != number:
                at = (at + 1) % size
                found = young[at]
            if found or (number and self._turned and self._in_old(number)):
                known.append(position)
            elif number:
                young[at] = number
                self._used += 1
                if self._used == self._full:
                    self._turn()
                    young = self._young
        return known

    def _in_old(self, number: int) -> bool:
        old, size = self._old, self._slots
        at = number % size
        while (found := old[at]) and found != number:
            at = (at + 1) % size
        return found != 0

    def _turn(self) -> None:
        """The young generation becomes the old one, whose place is cleared for a new one."""
        self.exact = self.exact and not self._turned
        self._turned = True
        self._old, self._young = self._young, self._old
        size = self._young.itemsize * self._slots
        with memoryview(self._young).cast("B") as cleared:
            for start in range(0, size, _BLOCK):
                end = min(start + _BLOCK, size)
                cleared[start:end] = bytes(end - start)
        self._used = 0
