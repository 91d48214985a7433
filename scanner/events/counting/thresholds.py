"""How many matching records lie how close together, by what: exact, however the records are split and in any order.

For each group, only the occurrences that can still matter are kept: all of them until the group has a burst, then those
up to the end of its first one. A group without a burst holds fewer than ``count`` in any window, so what is kept grows
with time and not with the rate of records. The limits below are declared; passing one makes the verdict incomplete.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from scanner.events.hits import Burst, Group, Limit, Occurrence

MAX_GROUPS = 10_000
"""Groups of one rule that are kept; of more, those with the smallest keys."""

MAX_OCCURRENCES = 10_000
"""Occurrences of one group that are kept; of more, the earliest."""

_TIDY_AFTER = 256
_MICROSECONDS = 1_000_000


@dataclass(slots=True)
class _Group:
    """The occurrences of one group.

    ``unsorted`` of them were added since they were last put in order; what is later than ``until`` cannot matter.
    """

    occurrences: list[Occurrence] = field(default_factory=list)
    unsorted: int = 0
    until: int | None = None


class Windows:
    """The occurrences of one rule by group. Adding and merging commute: the outcome depends on the records only."""

    def __init__(self, limit: Limit, max_groups: int = MAX_GROUPS, max_occurrences: int = MAX_OCCURRENCES) -> None:
        self.limit = limit
        self.over = False
        self.undated = 0
        self.ungrouped = 0
        self._groups: dict[Group, _Group] = {}
        self._max_groups = max_groups
        self._max_occurrences = max(max_occurrences, limit.count)

    def add(self, group: Group, occurrence: Occurrence) -> None:
        """Count one occurrence."""
        self._extend(group, (occurrence,))
        if len(self._groups) > 2 * self._max_groups:
            self._drop_groups()

    def take_back(self, replaced: Callable[[str], bool]) -> None:
        """Leave out the occurrences whose identities ``replaced`` names as replaced by others."""
        for held in self._groups.values():
            left = [item for item in held.occurrences if not replaced(item.identity)]
            if len(left) < len(held.occurrences):
                # what came after its burst is gone: whether there is another one cannot be said
                self.over = self.over or held.until is not None
                held.occurrences, held.unsorted, held.until = left, len(left), None

    def merge(self, other: "Windows") -> None:
        """Count what another part of the records held."""
        self.over = self.over or other.over
        self.undated += other.undated
        self.ungrouped += other.ungrouped
        for group, occurrences in other.kept():
            self._extend(group, occurrences)
        if len(self._groups) > self._max_groups:
            self._drop_groups()

    def kept(self) -> Iterator[tuple[Group, Sequence[Occurrence]]]:
        """What is kept of every group."""
        return ((group, held.occurrences) for group, held in self._groups.items())

    def settle(self) -> None:
        """Drop everything that cannot matter any more."""
        for held in self._groups.values():
            self._tidy(held)
        if len(self._groups) > self._max_groups:
            self._drop_groups()

    def bursts(self) -> tuple[Burst, ...]:
        """The first burst of every group that has one, by group."""
        self.settle()
        found: list[Burst] = []
        for group in sorted(self._groups):
            occurrences = self._groups[group].occurrences
            window = self._first_window(occurrences)
            if window is not None:
                found.append(Burst(group, tuple(occurrences[window[0] : window[1]])))
        return tuple(found)

    def _extend(self, group: Group, occurrences: Iterable[Occurrence]) -> None:
        held = self._groups.get(group)
        if held is None:
            held = self._groups[group] = _Group()
        until = held.until
        added = [item for item in occurrences if until is None or item.time <= until]
        held.occurrences += added
        held.unsorted += len(added)
        if held.unsorted > max(_TIDY_AFTER, len(held.occurrences) - held.unsorted):
            self._tidy(held)

    def _drop_groups(self) -> None:
        self.over = True
        self._groups = {group: self._groups[group] for group in sorted(self._groups)[: self._max_groups]}

    def _tidy(self, held: _Group) -> None:
        """Put in order, leave duplicates out, and drop what lies after the end of the first burst."""
        ordered: list[Occurrence] = []
        for occurrence in sorted(held.occurrences):
            last = ordered[-1] if ordered else None
            if last is None or (last.time, last.identity) != (occurrence.time, occurrence.identity):
                ordered.append(occurrence)
        window = self._first_window(ordered)
        if window is not None:
            held.until = ordered[window[0]].time + self.limit.within * _MICROSECONDS
            del ordered[window[1] :]
        if len(ordered) > self._max_occurrences:
            self.over = self.over or window is None
            del ordered[self._max_occurrences :]
        held.occurrences = ordered
        held.unsorted = 0

    def _first_window(self, ordered: Sequence[Occurrence]) -> tuple[int, int] | None:
        """The first and one past the last position of the burst that is complete first; all that lies within counts."""
        width = self.limit.within * _MICROSECONDS
        values: Counter[str] = Counter()
        start = 0
        for end, occurrence in enumerate(ordered):
            values[occurrence.value] += 1
            while occurrence.time - ordered[start].time > width:
                gone = ordered[start].value
                values[gone] -= 1
                if not values[gone]:
                    del values[gone]
                start += 1
            enough = end - start + 1 >= self.limit.count
            if enough and len(values) - ("" in values) >= self.limit.distinct:
                last = ordered[start].time + width
                stop = end + 1
                while stop < len(ordered) and ordered[stop].time <= last:
                    stop += 1
                return start, stop
        return None
