"""What a subscription receives of the events that an EventBridge rule publishes to its topic.

A filter policy on the message body asks of the event what an event pattern asks, as far as Amazon SNS documents the
same of both: what it lets through is bounded as an event pattern is. Source: Amazon SNS Developer Guide, "Amazon SNS
subscription filter policies".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.errors import PatternError
from scanner.pattern import parse_event_pattern
from scanner.pattern.cloudtrail.event_bus import bounds
from scanner.policies.filter_policies import KEYWORDS, body_policy
from scanner.recording.recorded_events import EVERYTHING, NOTHING, Recorded, both, either
from scanner.resources.monitoring.audiences import Hearing, Subscriber

ALL = Recorded(EVERYTHING, EVERYTHING)
NONE = Recorded(NOTHING, NOTHING)
UNDECIDED = Recorded(NOTHING, EVERYTHING)

_ENVELOPE, _RECORD = "$", "$.detail"
"""Paths of a target's input at which the whole event is published, and the record of CloudTrail in it."""

_OF_TEXT = frozenset({"cidr", "equals-ignore-case", "prefix", "suffix", "wildcard"})
"""Operators over texts that filter policies and event patterns have in common."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Whether a subscription receives what a rule publishes, and what it receives of it."""

    subscriber: Subscriber
    hearing: Hearing
    lets: Recorded


def delivered(subscriber: Subscriber, attributes: Mapping[str, Any], hearing: Hearing, path: str) -> Delivery:
    """What arrives, where ``hearing`` says as much as the message tells by itself.

    ``path`` is what of the event is published, "" for something that is made of it.
    """
    reach = subscriber.hearing(())
    if hearing.heard is not None or not reach.heard or subscriber.attributes.gap is not None:
        return Delivery(subscriber, hearing, {True: ALL, False: NONE, None: UNDECIDED}[hearing.heard])
    lets = _let_through(body_policy(attributes), path)
    if lets.at_most is NOTHING:
        return Delivery(subscriber, Hearing(False, "has a filter policy that drops the message"), lets)
    return Delivery(subscriber, hearing if lets.surely is NOTHING else Hearing(True), lets)


def together(found: Sequence[Delivery], surely: Sequence[Delivery]) -> Recorded:
    """What several subscriptions receive: for certain by ``surely``, and at most by all that were found."""
    certain = either(each.lets.surely for each in surely)
    return Recorded(certain, either(each.lets.at_most for each in found))


def _let_through(policy: Mapping[str, Any] | None, path: str) -> Recorded:
    if policy is None or path not in {_ENVELOPE, _RECORD}:
        return UNDECIDED
    fields, exact = _common(policy)
    if path == _ENVELOPE and "resources" in fields:
        # CloudTrail's events have no value there: what asking for one means is not documented of filter policies.
        fields, exact = {name: value for name, value in fields.items() if name != "resources"}, False
    if not fields:
        return UNDECIDED
    try:
        limits = bounds(parse_event_pattern({"detail": fields} if path == _RECORD else fields))
    except PatternError:
        return UNDECIDED
    at_most = both(either([limits.at_most]))
    return Recorded(both(either([limits.surely])) if exact else NOTHING, at_most)


def _common(policy: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """What of a policy means the same in an event pattern, and whether that is all of it.

    What is left out of the fields can only narrow what the policy lets through.
    """
    kept: dict[str, Any] = {}
    exact = True
    for key, wanted in policy.items():
        found, same = _alternatives(wanted, set(policy)) if key == "$or" else _field(key, wanted)
        exact = exact and same
        if found:
            kept[key] = found
    return kept, exact


def _field(key: str, wanted: Any) -> tuple[Any, bool]:
    if "." in key:
        return None, False
    if isinstance(wanted, Mapping):
        below, exact = _common(wanted)
        return below, exact and bool(below)
    same = isinstance(wanted, list) and bool(wanted) and all(map(_same_in_both, wanted))
    return (wanted if same else None), same


def _alternatives(wanted: Any, beside: set[str]) -> tuple[Any, bool]:
    """The alternatives of ``$or``; where one asks again of a field beside it, the languages differ."""
    if not isinstance(wanted, list) or len(wanted) < 2:
        return None, False
    found: list[dict[str, Any]] = []
    every = True
    for each in wanted:
        if not isinstance(each, Mapping) or (KEYWORDS | beside) & set(each):
            return None, False
        fields, exact = _common(each)
        every = every and exact
        found.append(fields)
    return (found if all(found) else None), every and all(found)


def _same_in_both(matcher: Any) -> bool:
    """Whether a matcher is a text, or an operator that is documented to mean the same of texts in both languages."""
    if isinstance(matcher, str):
        return True
    if not isinstance(matcher, Mapping) or len(matcher) != 1:
        return False
    ((operator, operand),) = matcher.items()
    if operator == "exists":
        return isinstance(operand, bool)
    if operator == "anything-but":
        return _excludes(operand)
    # A backslash takes the meaning from a star.
    return operator in _OF_TEXT and isinstance(operand, str) and "\\" not in operand


def _excludes(operand: Any) -> bool:
    listed = operand if isinstance(operand, list) else [operand]
    if isinstance(operand, Mapping) and len(operand) == 1:
        ((operator, inner),) = operand.items()
        listed = inner if isinstance(inner, list) and operator in {"prefix", "suffix"} else [inner]
        return operator in {"prefix", "suffix"} and bool(listed) and all(isinstance(each, str) for each in listed)
    return bool(listed) and all(isinstance(each, str) for each in listed)
