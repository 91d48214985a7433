"""A query of CloudWatch Logs Insights: which log groups it names, and which CloudTrail records it keeps.

Source: CloudWatch Logs User Guide, "CloudWatch Logs Insights language query syntax" and the page of each command. What
a command makes of the events that it is given is said here as far as that page says it; the rest is left open.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from scanner.pattern.cloudtrail.event_bus import EVERYTHING, NOTHING, Bounds
from scanner.pattern.insights.conditions import every
from scanner.pattern.insights.parser import condition
from scanner.pattern.insights.tokens import Command, Kind, Token, commands

_SHOWING = ("fields", "display", "sort", "unmask")
"""Commands that show, order or name, and keep every event."""

_FILTERING = ("filter", "where")
_AS = "as"

_IN_EVERY_EVENT = frozenset(
    {
        "awsRegion",
        "bin",
        "datefloor",
        "dateceil",
        "eventName",
        "eventSource",
        "eventTime",
        "eventType",
        "userIdentity.type",
    }
    | {"@log", "@logStream", "@message", "@timestamp", "eventID", "recipientAccountId", "as"}
)
"""Names behind ``by`` that no CloudTrail event is without, and the functions that count time."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query as far as it is understood.

    ``kept`` bounds the records whose events are in its answer. ``names_groups`` says that a ``SOURCE`` command chooses
    the log groups. ``open_points`` say, as clauses, why it is not known that an event which passes the filters is in
    the answer.
    """

    kept: Bounds
    names_groups: bool = False
    open_points: tuple[str, ...] = ()


def read_query(text: str) -> Query:
    """What a query keeps. Raises PatternError where Logs Insights would not run it."""
    reading = _Reading(text)
    for command in commands(text):
        reading.take(command)
    surely = NOTHING if reading.open_points else every(each.surely for each in reading.filters)
    kept = Bounds(surely, every(each.at_most for each in reading.filters))
    return Query(kept, reading.names_groups, tuple(dict.fromkeys(reading.open_points)))


@dataclass(slots=True)
class _Reading:
    """A query being read, command by command."""

    text: str
    filters: list[Bounds] = field(default_factory=list)
    made: set[str] = field(default_factory=set)
    open_points: list[str] = field(default_factory=list)
    names_groups: bool = False
    changed: bool = False  # the rows are no longer the events, or not only they

    def take(self, command: Command) -> None:
        """Read one more command."""
        first, words = command[0], command[1:]
        name = first.text.lower() if first.kind is Kind.NAME else ""
        if name in _FILTERING:
            self._filter(words)
        elif name == "source":
            self.names_groups = True
        elif name in _SHOWING:
            self.made |= set(_aliases(words))
        elif name == "parse":
            self.made |= set(_extracted(words))
        elif name == "stats":
            self._stats(words)
        else:
            self._narrow(name or first.text, words)

    def _filter(self, words: Command) -> None:
        found = condition(words, self.text, self.made)
        if self.changed:
            self.open_points.append("it filters the rows that an earlier command makes of the events")
            self.filters.append(Bounds(NOTHING, EVERYTHING))
        else:
            self.filters.append(found.holds)

    def _stats(self, words: Command) -> None:
        by = next((number for number, word in enumerate(words) if word.says("by")), len(words))
        known = {*_IN_EVERY_EVENT, *_aliases(words)}
        names = [word.text for word in words[by + 1 :] if word.kind is Kind.NAME and not word.text[0].isdigit()]
        grouped = [name for name in names if name not in known]
        if grouped:
            self.open_points.append(f"what becomes of events without {grouped[0]} in its stats is not documented")
        self.made |= set(_aliases(words))
        self.changed = True

    def _narrow(self, name: str, words: Command) -> None:
        match name:
            case "limit" | "head" | "tail":
                number = words[0].text if words else "some"
                if number.isdigit() and not int(number):
                    self.filters.append(Bounds(NOTHING, NOTHING))
                self.open_points.append(f"it shows {number} rows at most")
            case "dedup":
                self.open_points.append("dedup shows one event of several that agree in some fields")
            case _:
                self.open_points.append(f"what its command {name} leaves of the events is not judged")
                self.changed = True


def _aliases(words: Sequence[Token]) -> Iterator[str]:
    """The names that ``as`` gives."""
    for before, word in pairwise(words):
        if before.says(_AS):
            yield word.text


def _extracted(words: Sequence[Token]) -> Iterator[str]:
    """The names of what ``parse`` takes out of a text: behind ``as``, or of the groups of its regular expression."""
    after = False
    for word in words:
        if word.kind is Kind.REGEX:
            yield from _groups(word.text)
        elif after and word.kind is Kind.NAME:
            yield word.text
        after = after or word.says(_AS)


def _groups(source: str) -> Iterator[str]:
    for piece in source.split("(?<")[1:]:
        yield piece.partition(">")[0]
