"""What an alarm tells a topic, and whether a subscription's filter policy lets it through.

Three-valued: a value of the message that depends on when and why the alarm fires leaves a condition on it undecided,
unless every value it can have gives the same answer. Sources: CloudWatch User Guide, "Notifying users on alarm changes"
and the message that alarms publish to Amazon SNS; Amazon SNS Developer Guide, "Amazon SNS subscription filter policies"
(scope, constraints, string, numeric, AND/OR/anything-but matching).
"""

import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from scanner.resources.arns import parse_arn

Decided = bool | None
"""True or False, or None where what is not known decides."""


class Open(Enum):
    """A value of the message that is not known beforehand."""

    TEXT = "some text"
    ANYTHING = "anything, or not there"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several values, which one is not known beforehand."""

    values: tuple[Any, ...]


Message = Mapping[str, Any] | Open
"""A message as far as it is known; ``Open.ANYTHING`` for one of which nothing is."""

_ABSENT: Any = object()
_OPERATOR = Callable[[Any, Any], Decided]
_METRIC_TRIGGER = ("MetricName", "Namespace", "Period", "EvaluationPeriods", "ComparisonOperator", "Threshold")


def alarm_message(alarm: Mapping[str, Any]) -> dict[str, Any]:
    """The message that an alarm publishes when it goes to ALARM, as far as its configuration tells it.

    ``alarm`` is a ``MetricAlarm`` or ``CompositeAlarm`` of the CloudWatch API. Members that AWS does not document are
    taken not to be there.
    """
    arn = parse_arn(alarm.get("AlarmArn"))
    message: dict[str, Any] = {
        "AlarmName": _known(alarm, "AlarmName"),
        "AlarmDescription": alarm.get("AlarmDescription"),
        "AWSAccountId": arn.account if arn else Open.TEXT,
        "AlarmConfigurationUpdatedTimestamp": Open.ANYTHING,
        "NewStateValue": "ALARM",
        "NewStateReason": Open.TEXT,
        "StateChangeTime": Open.TEXT,
        "Region": Open.TEXT,  # the Region's long name, which AWS spells in more than one way
        "AlarmArn": _known(alarm, "AlarmArn"),
        "OldStateValue": OneOf(("OK", "INSUFFICIENT_DATA")),
        **{name: _known(alarm, name) for name in ("OKActions", "AlarmActions", "InsufficientDataActions")},
    }
    if alarm.get("AlarmRule") is not None:
        return {**message, "AlarmRule": _known(alarm, "AlarmRule"), "TriggeringChildren": Open.ANYTHING}
    if alarm.get("MetricName") is None:
        return {**message, "Trigger": Open.ANYTHING}
    trigger = dict.fromkeys(
        ("Statistic", "StatisticType", "Unit", "DatapointsToAlarm", "TreatMissingData"), Open.ANYTHING
    )
    dimensions = alarm.get("Dimensions")
    named = [
        {"name": item.get("Name"), "value": item.get("Value")}
        for item in (dimensions if isinstance(dimensions, list) else ())
        if isinstance(item, Mapping)
    ]
    known = {name: _known(alarm, name) for name in _METRIC_TRIGGER}
    return {**message, "Trigger": _Undocumented({**trigger, **known, "Dimensions": named})}


class _Undocumented(dict[str, Any]):
    """An object of the message that may have members which are not documented."""


def _known(alarm: Mapping[str, Any], name: str) -> Any:
    return alarm.get(name, Open.ANYTHING)


def hears(attributes: Mapping[str, Any], message: Message) -> Decided:
    """Whether a subscription receives the message; ``attributes`` are those of ``GetSubscriptionAttributes``.

    Alarms publish no message attributes, so a policy on them lets a message through only where it accepts their absence.
    None also for a policy that is not the text of a JSON object, or that holds an operator which is not known here.
    """
    text = attributes.get("FilterPolicy")
    if text is None or text == "":
        return True
    try:
        policy = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        policy = None
    if not isinstance(policy, Mapping) or _depth(policy) > _DEEPEST:
        return None
    scope = attributes.get("FilterPolicyScope") or "MessageAttributes"
    if scope not in {"MessageAttributes", "MessageBody"}:
        return None
    return _object_matches(policy, message if scope == "MessageBody" else {})


_DEEPEST = 20
"""SNS takes five levels; what is deeper than this is no policy that it accepted."""


def _depth(value: Any) -> int:
    deepest, waiting = 0, [(value, 1)]
    while waiting and deepest <= _DEEPEST:
        item, level = waiting.pop()
        deepest = max(deepest, level)
        inside = item.values() if isinstance(item, Mapping) else item if isinstance(item, list) else ()
        waiting += [(each, level + 1) for each in inside]
    return deepest


def _all(decided: Iterable[Decided]) -> Decided:
    found = list(decided)
    return False if False in found else None if None in found else True


def _any(decided: Iterable[Decided]) -> Decided:
    found = list(decided)
    return True if True in found else None if None in found else False


def _object_matches(policy: Mapping[str, Any], value: Any) -> Decided:
    """Every key of a policy against an object of the message (or what stands in its place)."""
    return _all(_key_matches(key, wanted, value) for key, wanted in policy.items())


def _key_matches(key: str, wanted: Any, value: Any) -> Decided:
    if key == "$or":
        if not isinstance(wanted, list) or not wanted or not all(isinstance(item, Mapping) for item in wanted):
            return None
        return _any(_object_matches(item, value) for item in wanted)
    member = _member(value, key)
    if isinstance(wanted, Mapping):
        if isinstance(member, list):
            return _any(_object_matches(wanted, item) for item in member)
        return _object_matches(wanted, member)
    if not isinstance(wanted, list):
        return None
    return _any(_matches(matcher, member) for matcher in wanted)


def _member(value: Any, key: str) -> Any:
    if value is Open.ANYTHING:
        return Open.ANYTHING
    if not isinstance(value, Mapping):
        return _ABSENT
    return value.get(key, Open.ANYTHING if isinstance(value, _Undocumented) else _ABSENT)


def _matches(matcher: Any, value: Any) -> Decided:
    """One matcher of a list against a member of the message; of an array, one element is enough."""
    if value is Open.ANYTHING:
        return None
    exists = matcher.get("exists") if isinstance(matcher, Mapping) and set(matcher) == {"exists"} else None
    if exists is not None:
        return (value is not _ABSENT) is exists if isinstance(exists, bool) else None
    if value is _ABSENT:
        return False
    if isinstance(value, OneOf):
        return _agreed(_matches(matcher, each) for each in value.values)
    if isinstance(value, list):
        found = [_matches(matcher, each) for each in value]
        # Of an array that holds some excluded values and some others, AWS's pages do not say what anything-but does.
        mixed = isinstance(matcher, Mapping) and "anything-but" in matcher and True in found and False in found
        return None if mixed else _any(found)
    if isinstance(value, Mapping):
        return False  # an object is no value that a matcher compares with
    return _one_matches(matcher, value)


def _agreed(decided: Iterable[Decided]) -> Decided:
    found = set(decided)
    return found.pop() if len(found) == 1 else None


def _one_matches(matcher: Any, value: Any) -> Decided:
    if not isinstance(matcher, Mapping):
        return _equals(matcher, value)
    if len(matcher) != 1:
        return None
    ((operator, operand),) = matcher.items()
    decide = _OPERATORS.get(operator)
    return None if decide is None else decide(operand, value)


def _equals(wanted: Any, value: Any) -> Decided:
    if value is Open.TEXT:
        return None if isinstance(wanted, str) else False
    if isinstance(wanted, bool) or isinstance(value, bool) or wanted is None or value is None:
        return type(wanted) is type(value) and bool(wanted == value)
    if isinstance(wanted, str | int | float):
        return isinstance(wanted, str) is isinstance(value, str) and bool(wanted == value)
    return None


def _of_text(decide: Callable[[str, str], bool]) -> _OPERATOR:
    """An operator over texts; a value that is no text does not match."""

    def decided(operand: Any, value: Any) -> Decided:
        if not isinstance(operand, str):
            return None
        if value is Open.TEXT:
            return None
        return isinstance(value, str) and decide(operand, value)

    return decided


def _anything_but(operand: Any, value: Any) -> Decided:
    """True for what the operand leaves over: a value, a list of values, or one operator over texts."""
    if isinstance(operand, Mapping):
        if len(operand) != 1:
            return None
        ((operator, inner),) = operand.items()
        if operator not in _NEGATABLE:
            return None
        excluded = _any(_OPERATORS[operator](each, value) for each in (inner if isinstance(inner, list) else [inner]))
    else:
        listed = operand if isinstance(operand, list) else [operand]
        if not listed or not all(isinstance(each, str | int | float) for each in listed):
            return None
        excluded = _any(_equals(each, value) for each in listed)
    return None if excluded is None else not excluded


def _numeric(operand: Any, value: Any) -> Decided:
    """``["<", 5]`` or ``[">=", 0, "<", 10]``."""
    if (
        not isinstance(operand, list)
        or len(operand) not in {2, 4}
        or not all(map(_is_pair, operand[::2], operand[1::2]))
    ):
        return None
    if value is Open.TEXT:
        return False
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return all(_COMPARISONS[sign](value, bound) for sign, bound in zip(operand[::2], operand[1::2], strict=True))


def _is_pair(sign: Any, bound: Any) -> bool:
    return (
        isinstance(sign, str)
        and sign in _COMPARISONS
        and isinstance(bound, int | float)
        and not isinstance(bound, bool)
    )


_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda value, bound: value == bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}


def _cidr(operand: Any, value: Any) -> Decided:
    try:
        network = ipaddress.ip_network(operand, strict=False) if isinstance(operand, str) else None
    except ValueError:
        network = None
    if network is None or value is Open.TEXT:
        return None
    try:
        return isinstance(value, str) and ipaddress.ip_address(value) in network
    except (ValueError, TypeError):
        return False


def _like(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


_OPERATORS: Mapping[str, _OPERATOR] = {
    "prefix": _of_text(lambda operand, text: text.startswith(operand)),
    "suffix": _of_text(lambda operand, text: text.endswith(operand)),
    "equals-ignore-case": _of_text(lambda operand, text: text.lower() == operand.lower()),
    "wildcard": _of_text(_like),
    "anything-but": _anything_but,
    "numeric": _numeric,
    "cidr": _cidr,
}
_NEGATABLE = frozenset({"prefix", "suffix", "equals-ignore-case", "wildcard"})
