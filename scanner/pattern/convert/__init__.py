"""A filter pattern said in another language, exactly or not at all.

A language is one module and one line of ``TARGETS``. Exact means: for the records that CloudTrail writes. What a
conversion takes for granted beyond that, it says.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scanner.errors import PatternError
from scanner.eventbridge.nodes import EventPattern
from scanner.pattern.cloudtrail.event_bus import bounds
from scanner.pattern.convert.conditions import Source
from scanner.pattern.convert.contributor_insights import contributor_insights
from scanner.pattern.convert.event_patterns import event_pattern
from scanner.pattern.convert.logs_insights import logs_insights
from scanner.pattern.convert.sigma_rules import sigma_rule
from scanner.pattern.convert.sql import ATHENA, LAKE, query
from scanner.pattern.language.nodes import JsonPattern, Pattern


@dataclass(frozen=True, slots=True)
class Conversion:
    """A pattern in another language; ``notes`` say what it takes for granted, in sentences without a full stop."""

    text: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """A language to convert to: its name as part of a sentence, and how a pattern is written in it."""

    name: str
    write: Callable[[Source], tuple[str, tuple[str, ...]]]


TARGETS: Mapping[str, Target] = {
    "event-pattern": Target("An event pattern", event_pattern),
    "logs-insights": Target("A Logs Insights query", logs_insights),
    "athena": Target(ATHENA.name, lambda source: query(source, ATHENA)),
    "lake": Target(LAKE.name, lambda source: query(source, LAKE)),
    "contributor-insights": Target("A Contributor Insights rule", contributor_insights),
    "sigma": Target("A Sigma rule", sigma_rule),
}
"""The languages by the name that ``trailwitness pattern convert --to`` takes."""


def convert(pattern: Pattern | EventPattern, to: str) -> Conversion:
    """The pattern in one of the languages of ``TARGETS``.

    Raises PatternError, with the place, for what the other language cannot say exactly, and KeyError for a language
    that is not one of them.
    """
    target = TARGETS[to]
    if isinstance(pattern, EventPattern):
        limits = bounds(pattern)
        if limits.surely != limits.at_most:
            message = f"{target.name} cannot say this event pattern: no filter pattern says exactly the same."
            hint = "Use fields that always hold a text, and no numbers, addresses or letters of either case."
            raise PatternError(message, pattern.text, (0, len(pattern.text)), hint)
        pattern = JsonPattern(limits.surely, pattern.text)
    if not isinstance(pattern, JsonPattern):
        message = f"{target.name} cannot say a pattern that looks at the raw text of an event."
        raise PatternError(message, pattern.text, (0, len(pattern.text)), "Write a JSON pattern, { $.field = value }.")
    return Conversion(*target.write(Source(pattern, target.name)))
