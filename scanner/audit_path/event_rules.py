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


def heard_rules(answer: Answer) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The enabled rules of a ``ListRules`` answer that CloudTrail's events can match, with their JSON Pointers."""
    for pointer, rule in answer.items("Rules"):
        if isinstance(rule, Mapping) and is_enabled(rule) and hears_cloudtrail(rule):
            yield pointer, rule


def is_enabled(rule: Mapping[str, Any]) -> bool:
    """Whether a rule of ``ListRules`` is matched at all; one that does not say so counts as enabled."""
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
