"""What a kind of log source is: how it is named, what it needs of AWS, what chooses among it, and who opens it.

The kinds themselves are declared in ``scanner.log_sources.SOURCES``. Nothing here imports what a kind needs to be read,
so that the command line can name every kind without loading the AWS SDK.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

from scanner.errors import TrailwitnessError
from scanner.files.log_source import LogSource
from scanner.log_sources.access import LogAccess
from scanner.log_sources.window import Window

Say = Callable[[str, str], None]
"""``say(name, why)``: something that was passed over knowingly, so that it is not dropped in silence."""


class Choice(Enum):
    """Options that choose among what a source holds; the value is the option."""

    ACCOUNT = "--account"
    LATE = "--late"


@dataclass(frozen=True, slots=True)
class Option:
    """The option that names sources of a kind, for kinds that no address names.

    ``metavar`` is what the option is given, "" for one that is only set; ``called`` says how what it names is spoken
    of, with ``{}`` for the value; ``hint`` says what to write when the value is empty.
    """

    name: str
    help: str
    called: str
    metavar: str = ""
    hint: str = ""

    @property
    def parameter(self) -> str:
        """The name under which a command gets its value."""
        return self.name.lstrip("-").replace("-", "_")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of all sources. ``say`` is told what is passed over, ``stdin`` is standard input.

    ``insights`` says that Insights events are wanted too, where a source gives them only when asked.
    """

    window: Window
    now: datetime
    say: Say
    aws: LogAccess
    accounts: frozenset[str] = frozenset()
    stdin: BinaryIO | None = None
    insights: bool = False


def _nowhere(_text: str) -> Sequence[Path]:
    """No place on this machine."""
    return ()


def _again(_text: str) -> bool:
    """Whatever is named can be read a second time."""
    return False


@dataclass(frozen=True, slots=True)
class Reader:
    """How sources of a kind are opened.

    ``sources`` gives those that some texts name, in a fixed order; it raises UsageError for a text that names none and
    CollectError when AWS cannot be reached. ``places`` are those on this machine to which a text leads, and
    ``passing`` whether what it names could not be read a second time.
    """

    sources: Callable[[Sequence[str], Wanted], Iterator[LogSource]]
    places: Callable[[str], Sequence[Path]] = _nowhere
    passing: Callable[[str], bool] = _again


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of log source.

    ``noun`` is what one is called. It is named by an address, whose ``forms`` are listed and that begins with
    ``prefix`` ("" takes what no other kind does), or by ``option``. ``calls`` are the operations of
    ``scanner.aws.log_operations`` that read it (none: it lies on this machine), ``choices`` the options that choose
    among what it holds. ``reader`` is where its Reader is, ``module:attribute``.
    """

    noun: str
    reader: str
    forms: tuple[str, ...] = ()
    prefix: str = ""
    option: Option | None = None
    calls: tuple[str, ...] = ()
    choices: frozenset[Choice] = field(default_factory=frozenset)

    @property
    def sign(self) -> str:
        """What tells on the command line that this kind is meant."""
        return self.option.name if self.option else self.prefix

    def called(self, text: str) -> str:
        """What a text of this kind is called in what a run says of itself."""
        return self.option.called.format(text) if self.option else text

    def load(self) -> Reader:
        """Its reader, imported now."""
        module, _, attribute = self.reader.partition(":")
        found = getattr(import_module(module), attribute)
        if not isinstance(found, Reader):
            raise TrailwitnessError(f"{self.reader} does not read log sources.")
        return found
