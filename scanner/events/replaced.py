"""Records that a later record replaces: CloudTrail completes an event by another one that names the first.

Such a record has an ``addendum`` whose reason is ``UPDATED_DATA`` and whose ``originalEventID`` is the id of the first. Source:
AWS CloudTrail User Guide, "CloudTrail record contents", addendum.
"""

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, Final

from scanner.events.accounting import SourceAccount
from scanner.events.deduplication import fingerprint

ADDENDUM: Final = "addendum"
_UPDATED = "UPDATED_DATA"

KEPT_RECORDS: Final = 1_000_000
"""Of how many records it is remembered which were hits, so that a hit can be taken back; 16 MB at most."""


def original_of(record: Mapping[str, Any]) -> str:
    """The id of the event that a record replaces; "" for a record that replaces none."""
    addendum = record.get(ADDENDUM)
    if not isinstance(addendum, dict) or addendum.get("reason") != _UPDATED:
        return ""
    original = addendum.get("originalEventID")
    return original if isinstance(original, str) else ""


def update_of(record: Mapping[str, Any]) -> str:
    """What tells a record from the one it replaces when both have the same id, as CloudTrail's often have; else ""."""
    original = original_of(record)
    return f" {_UPDATED}" if original and original == record.get("eventID") else ""


@dataclass(frozen=True, slots=True)
class KeptPart:
    """The ids of some records as numbers, which of them had been delivered before, and where their sources begin."""

    prints: "array[int]"
    repeated: Collection[int]
    first_source: int
    places: Mapping[tuple[int, str], Sequence[int]]

    def taken_back(self, originals: Collection[int]) -> frozenset[int]:
        """The places of records that others replace."""
        return frozenset(place for place, number in enumerate(self.prints) if number in originals)


class Kept:
    """What is remembered of parts until it is known which records were replaced; nothing more when they are too many."""

    def __init__(self, most: int = KEPT_RECORDS) -> None:
        self._most: Final = most
        self._parts: list[KeptPart] = []
        self._records = 0

    @property
    def all(self) -> bool:
        """Whether every part is remembered."""
        return self._records <= self._most

    def add(self, part: KeptPart) -> None:
        """Remember a part while there is room for all."""
        self._records += len(part.prints)
        if self.all:
            self._parts.append(part)
        else:
            self._parts = []

    def taken_back(self, originals: Collection[int]) -> Iterator[tuple[KeptPart, frozenset[int]]]:
        """The parts that hold replaced records, with the places of those."""
        for part in self._parts:
            places = part.taken_back(originals)
            if places:
                yield part, places


def with_replaced(sources: list[SourceAccount], part: KeptPart, places: Collection[int]) -> None:
    """Count the replaced records of a part as deliveries of the later events."""
    own = sources[part.first_source :]
    ends = list(accumulate(source.records for source in own))
    counts = Counter(bisect_right(ends, place) for place in places if place not in part.repeated)
    for number, count in counts.items():
        source = own[number]
        note = f"{count} record{'' if count == 1 else 's'} replaced by a later one (addendum {_UPDATED})"
        changed = replace(source, duplicates=source.duplicates + count, notes=(*source.notes, note))
        sources[part.first_source + number] = changed


def number_of(event_id: str) -> int:
    """The number by which an id is remembered."""
    return fingerprint(event_id)
