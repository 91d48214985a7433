"""What is counted: a record that a rule matched, when it was, and a window that holds too many."""

from dataclasses import dataclass
from typing import NamedTuple

Group = tuple[str, ...]
"""What distinguishes a group: the name of the count, then the values of its paths as JSON texts."""


class Hit(NamedTuple):
    """A record that a rule matched: what it says of itself, and where it is (source, position in it)."""

    time: str
    event_id: str
    name: str
    service: str
    region: str
    account: str
    actor: str
    address: str
    error: str
    source: str
    position: int
    update: str = ""

    @property
    def identity(self) -> str:
        """Its ``eventID``, or its place when it has none: two deliveries of a record have the same.

        ``update`` tells a record that replaces another with the same id.
        """
        return f"{self.event_id}{self.update}" if self.event_id else f"{self.source}#{self.position}"


class Occurrence(NamedTuple):
    """A hit at a time (microseconds since 1970), with its value of the field that is counted ("" if none is)."""

    time: int
    identity: str
    value: str
    hit: Hit


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold with its values: ``count`` occurrences, and ``distinct`` different values, ``within`` seconds."""

    count: int
    within: int
    distinct: int = 0


@dataclass(frozen=True, slots=True)
class Burst:
    """The first window of a group that passes the limit: its records in order, duplicates left out."""

    group: Group
    occurrences: tuple[Occurrence, ...]
