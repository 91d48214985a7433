"""A source of log bytes, wherever it lies: what can be asked of one, and those whose bytes, or fault, are at hand."""

from dataclasses import dataclass
from typing import Protocol

from scanner.errors import SourceError


class LogSource(Protocol):
    """One file, object or page of an answer that should hold log records."""

    @property
    def name(self) -> str:
        """Stable, and says where the source came from: a path relative to the root that was given, or a URL."""

    def read(self) -> bytes:
        """Its bytes as stored, possibly packed: at most ``SOURCE_LIMIT`` and one more.

        Raises SourceError, and nothing else, when they cannot be had.
        """


@dataclass(frozen=True, slots=True)
class HeldSource:
    """A source whose bytes are at hand: a page of an answer, or standard input."""

    name: str
    data: bytes

    def read(self) -> bytes:
        """The bytes."""
        return self.data


@dataclass(frozen=True, slots=True)
class BrokenSource:
    """A source that could not be listed or read: reading it always fails, so that it is accounted for."""

    name: str
    why: str

    def read(self) -> bytes:
        """Always SourceError."""
        raise SourceError(self.why)


def at_hand(source: LogSource) -> LogSource:
    """The source with what reading it gives now: its bytes, or the reason why there are none."""
    try:
        return HeldSource(source.name, source.read())
    except SourceError as error:
        return BrokenSource(source.name, str(error))
