"""The values that an event pattern consists of, with the pattern taken apart into the fields it asks about."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

Path = str
"""Where a value is in an event: the names from the top, joined by dots, as EventBridge joins them."""


@dataclass(frozen=True, slots=True)
class Same:
    """Exactly this text, or ``true``, ``false`` or ``null``."""

    value: str | bool | None


@dataclass(frozen=True, slots=True)
class SameNumber:
    """A number, however it is spelled. ``value`` is a double, or the spelling of a number that no double holds."""

    value: float | str


@dataclass(frozen=True, slots=True)
class SameText:
    """A text, whatever the case of its letters."""

    text: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """A text that begins so."""

    text: str
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class Suffix:
    """A text that ends so."""

    text: str
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A whole text made of ``pieces`` with any run of characters between each two of them."""

    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumberRange:
    """A JSON number from ``low`` to ``high``, infinite where there is no bound; an open bound does not count."""

    low: float
    high: float
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True, slots=True)
class AddressRange:
    """The text of an IP address, in any spelling, that is in ``network``."""

    network: IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Present:
    """A value of any kind: a text, a number, true, false or null, or an item of an array that is one of them."""


@dataclass(frozen=True, slots=True)
class Absent:
    """No value at all; an object or an empty array counts as none."""


@dataclass(frozen=True, slots=True)
class AnythingBut:
    """A value of which none of ``excluded`` holds; there must be a value."""

    excluded: tuple["Single", ...]


Single = Same | SameNumber | SameText | Prefix | Suffix | Wildcard | NumberRange | AddressRange
Test = Single | Present | Absent | AnythingBut
"""What one value can be asked."""

Fields = Mapping[Path, tuple[Test, ...]]
"""Fields that must all pass, each by one of its tests."""


@dataclass(frozen=True, slots=True)
class EventPattern:
    """An event pattern as EventBridge compiles it.

    ``text`` is the document as read. An event matches when it matches one of ``alternatives``: there is one, and more
    where the pattern has a ``$or``. Source: EventBridge User Guide, "Amazon EventBridge event patterns".
    """

    text: str
    alternatives: tuple[Fields, ...]

    def __hash__(self) -> int:
        return hash(self.text)
