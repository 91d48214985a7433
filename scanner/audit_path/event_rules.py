"""EventBridge rules: whether one can hear of what CloudTrail records.

The question is answered from above: a rule is only ruled out when no event that CloudTrail sends can match it. Sources:
EventBridge User Guide, "AWS service events delivered via AWS CloudTrail" and "Comparison operators for use in event
patterns"; EventBridge API reference, ``Rule``.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scanner.snapshot.answers import Answer
from scanner.texts.globs import pieces_test

DETAIL_TYPES: Mapping[str, str] = {
    "AWS API Call via CloudTrail": "AwsApiCall",
    "AWS Console Action via CloudTrail": "AwsConsoleAction",
    "AWS Console Sign In via CloudTrail": "AwsConsoleSignIn",
    "AWS Insight via CloudTrail": "AwsCloudTrailInsight",
    "AWS Service Event via CloudTrail": "AwsServiceEvent",
}
"""The detail-types of events that come from CloudTrail, with the ``eventType`` of the records in them."""

_OPERATORS = ("prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "exists")


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
    pattern = event_pattern(rule)
    if pattern is None:
        return bool(rule.get("EventPattern")) or not rule.get("ScheduleExpression")
    return any(_hears(fields) for fields in alternatives(pattern))


def alternatives(pattern: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The fields of a pattern, once for each choice of its ``$or``; one not understood leaves its fields open."""
    fields = {name: value for name, value in pattern.items() if name != "$or"}
    choices = pattern.get("$or")
    if isinstance(choices, list) and choices and all(isinstance(choice, Mapping) for choice in choices):
        for choice in choices:
            yield from ({**fields, **further} for further in alternatives(choice))
    else:
        yield fields


def _hears(fields: Mapping[str, Any]) -> bool:
    types = fields.get("detail-type")
    if types is not None and not any(admits(types, name) for name in DETAIL_TYPES):
        return False
    # CloudTrail's events come from AWS services, whose sources begin with "aws."; a custom source never does.
    sources = fields.get("source")
    if not isinstance(sources, list) or not all(isinstance(source, str) for source in sources):
        return True
    return any(source.startswith("aws.") for source in sources)


def admits(matchers: Any, text: str) -> bool:
    """Whether a field's list of matchers may admit a text; only a matcher that is understood can say no."""
    if not isinstance(matchers, list):
        return True
    return any(_admits(matcher, text) for matcher in matchers)


def _admits(matcher: Any, text: str) -> bool:
    if not isinstance(matcher, Mapping):
        return bool(matcher == text)
    operators = [name for name in _OPERATORS if name in matcher]
    if len(operators) != 1 or len(matcher) != 1:
        return True
    return _holds(operators[0], matcher[operators[0]], text)


def _holds(operator: str, value: Any, text: str) -> bool:
    if operator == "exists":
        return value is not False
    if operator == "anything-but":
        return not _all_excluded(value, text)
    if not isinstance(value, str):
        return True
    if operator == "equals-ignore-case":
        return value.lower() == text.lower()
    if operator == "wildcard":
        # An escaped wildcard is too rare to be worth a verdict.
        return "\\" in value or pieces_test(value.split("*"))(text)
    return text.startswith(value) if operator == "prefix" else text.endswith(value)


def _all_excluded(value: Any, text: str) -> bool:
    """Whether ``anything-but`` certainly leaves the text out."""
    values: Sequence[Any] = value if isinstance(value, list) else [value]
    return text in [item for item in values if isinstance(item, str)]
