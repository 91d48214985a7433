"""EventBridge rules: whether one can hear of what CloudTrail records.

The question is answered from above: a rule is only ruled out when no event that CloudTrail sends can match it. Sources:
EventBridge User Guide, "AWS service events delivered via AWS CloudTrail"; EventBridge API reference, ``Rule``.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from scanner.errors import PatternError
from scanner.eventbridge.cloudtrail_events import can_match
from scanner.eventbridge.parser import parse_event_pattern
from scanner.snapshot.answers import Answer

ENABLED_STATES = frozenset({"ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"})
"""The states in which a rule hears of events; the second one of read-only management events too."""

_DEFAULT = "default"


def heard_rules(answer: Answer) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The enabled rules of a ``ListRules`` answer that CloudTrail's events can match, with their JSON Pointers."""
    for pointer, rule in rules_of(answer):
        if is_enabled(rule) and hears_cloudtrail(rule):
            yield pointer, rule


def rules_of(answer: Answer) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The rules of a ``ListRules`` answer that are on the bus it was asked about, with their JSON Pointers."""
    asked = str(answer.key.arguments.get("EventBusName") or _DEFAULT)
    for pointer, rule in answer.items("Rules"):
        if isinstance(rule, Mapping) and _bus_of(rule, asked) == _bus_name(asked):
            yield pointer, rule


def _bus_of(rule: Mapping[str, Any], asked: str) -> str:
    """The name of the bus that a rule says it is on; the one that was asked about where it does not say so."""
    return _bus_name(str(rule.get("EventBusName") or asked))


def _bus_name(bus: str) -> str:
    """The name of a bus that is named or given by its ARN."""
    return bus.partition(":event-bus/")[2] or bus


def is_enabled(rule: Mapping[str, Any]) -> bool:
    """Whether a rule of ``ListRules`` may be matched at all; one that does not say so may be."""
    return rule.get("State") != "DISABLED"


def event_pattern(rule: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The event pattern of a rule as an object; None when it has none or it is not the text of a JSON object."""
    text = rule.get("EventPattern")
    if not isinstance(text, str):
        return None
    try:
        pattern = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return pattern if isinstance(pattern, dict) else None


def hears_cloudtrail(rule: Mapping[str, Any]) -> bool:
    """Whether an event that CloudTrail sends could match a rule of ``ListRules``, whatever the rule's state.

    A rule that only runs on a schedule hears nothing. A pattern that cannot be read could match.
    """
    text = rule.get("EventPattern")
    if not text:
        return not rule.get("ScheduleExpression")
    return not isinstance(text, str) or _can_match(text)


@lru_cache(maxsize=4096)
def _can_match(text: str) -> bool:
    try:
        return can_match(parse_event_pattern(text))
    except PatternError:
        return True
