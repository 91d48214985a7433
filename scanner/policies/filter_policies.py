"""Whether the filter policy of a subscription lets a message through, as far as the message is known beforehand.

Three-valued: a part of the message that is not known leaves a condition on it undecided, unless every value it can have
gives the same answer. What AWS's pages leave open is undecided as well. Sources: Amazon SNS Developer Guide, "Amazon
SNS subscription filter policies", "filter policy scope", "filter policy constraints", "String value matching",
"Numeric value matching", "Key matching" and "AND/OR logic".
"""

import ipaddress
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from scanner.texts.globs import pieces_test

Decided = bool | None
"""True or False, or None where what is not known decides."""


class Open(Enum):
    """A value of a message that is not known beforehand."""

    TEXT = "some text"
    ANYTHING = "anything, or not there"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several values, which one is not known beforehand."""

    values: tuple[Any, ...]


class Partial(dict[str, Any]):
    """An object of a message that may have members beside those that are known."""


Message = Mapping[str, Any] | Open
"""A message as far as it is known; ``Open.ANYTHING`` for one of which nothing is."""

_ABSENT: Any = object()
_DEEPEST = 20
"""SNS takes five levels: it never accepted a policy that is deeper than this."""

KEYWORDS = frozenset(
    {"anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"}
)
"""Names of operators, which name no field inside ``$or``."""

_Operator = Callable[[Any, Any], Decided]


def lets_through(attributes: Mapping[str, Any], message: Message) -> Decided:
    """Whether the filter policy in the attributes of ``GetSubscriptionAttributes`` lets a message through.

    The message carries no message attributes: CloudWatch, EventBridge and CloudTrail publish none. So a policy on them
    lets it through only where it accepts their absence. None also for a policy that is not the text of a JSON object,
    or that holds an operator which is not known here.
    """
    text = attributes.get("FilterPolicy")
    if text is None or text == "":
        return True
    policy = _read(text)
    scope = attributes.get("FilterPolicyScope") or "MessageAttributes"
    if policy is None or scope not in {"MessageAttributes", "MessageBody"}:
        return None
    if scope == "MessageBody":
        return _object_matches(policy, message)
    return None if _nested(policy) else _object_matches(policy, {})


def body_policy(attributes: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The filter policy on the message body as an object; None where there is none, or none that SNS could take."""
    text = attributes.get("FilterPolicy")
    return _read(text) if text and attributes.get("FilterPolicyScope") == "MessageBody" else None


def _read(text: Any) -> Mapping[str, Any] | None:
    """The policy as an object; None when it is none that SNS could have accepted."""
    try:
        policy = json.loads(text, object_pairs_hook=_without_repetition) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    return policy if isinstance(policy, Mapping) and _depth(policy) <= _DEEPEST else None


def _without_repetition(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("an object has the same name twice")
    return found


def _depth(value: Any) -> int:
    deepest, waiting = 0, [(value, 1)]
    while waiting and deepest <= _DEEPEST:
        item, level = waiting.pop()
        deepest = max(deepest, level)
        inside = item.values() if isinstance(item, Mapping) else item if isinstance(item, list) else ()
        waiting += [(each, level + 1) for each in inside]
    return deepest


def _nested(policy: Mapping[str, Any]) -> bool:
    """Whether a policy asks for a member of a member, which message attributes do not have."""
    waiting = [policy]
    while waiting:
        for key, wanted in waiting.pop().items():
            if isinstance(wanted, Mapping):
                return True
            if key == "$or" and isinstance(wanted, list):
                waiting += [each for each in wanted if isinstance(each, Mapping)]
    return False


def _all(decided: Iterable[Decided]) -> Decided:
    found = list(decided)
    return False if False in found else None if None in found else True


def _any(decided: Iterable[Decided]) -> Decided:
    found = list(decided)
    return True if True in found else None if None in found else False


def _agreed(decided: Iterable[Decided]) -> Decided:
    """What all of them say, None when they differ."""
    found = set(decided)
    return found.pop() if len(found) == 1 else None


def _object_matches(policy: Mapping[str, Any], value: Any) -> Decided:
    """Every key of a policy against an object of the message, or what is in its place."""
    return _all(_key_matches(key, wanted, value) for key, wanted in policy.items())


def _key_matches(key: str, wanted: Any, value: Any) -> Decided:
    if key == "$or":
        return _or_matches(wanted, value)
    member = _member(value, key)
    if isinstance(wanted, Mapping):
        return _below(wanted, member)
    if not isinstance(wanted, list) or not wanted:
        return None
    # A list may name every value that a member can have: each value is tried against the whole list.
    values = member.values if isinstance(member, OneOf) else (member,)
    return _agreed(_one_of(wanted, value) for value in values)


def _one_of(wanted: Sequence[Any], value: Any) -> Decided:
    """Whether one of the matchers accepts a value."""
    return _any(_matches(matcher, value) for matcher in wanted)


def _or_matches(wanted: Any, value: Any) -> Decided:
    """``$or`` over two or more objects that name no operator; anything else may be an ordinary key of that name."""
    if (
        not isinstance(wanted, list)
        or len(wanted) < 2
        or not all(isinstance(item, Mapping) and item for item in wanted)
    ):
        return None
    if any(KEYWORDS & set(item) for item in wanted):
        return None
    return _any(_object_matches(item, value) for item in wanted)


def _member(value: Any, key: str) -> Any:
    # Whether a dot in a key leads into an object is not documented; no known member has one.
    if value is Open.ANYTHING or (isinstance(value, Mapping) and value and "." in key):
        return Open.ANYTHING
    if not isinstance(value, Mapping):
        return _ABSENT
    return value.get(key, Open.ANYTHING if isinstance(value, Partial) else _ABSENT)


def _below(wanted: Mapping[str, Any], member: Any) -> Decided:
    """A policy's object against a member of the message; of an array of objects, one is enough."""
    if isinstance(member, OneOf):
        return _agreed(_below(wanted, each) for each in member.values)
    if not isinstance(member, list):
        return _object_matches(wanted, member)
    if not member:
        return None if _object_matches(wanted, _ABSENT) else False
    found = [_object_matches(wanted, item) for item in member]
    if len(set(found)) == 1 and found[0] is not False:
        return found[0]
    # AWS's pages do not say whether several keys may be met by several elements of an array, nor what "not there" and
    # "anything but" mean of one.
    apart = _all(_some_element(key, each, member) for key, each in wanted.items())
    if True in found:
        return None if _negates(wanted) else True
    return False if apart is False else None


def _some_element(key: str, wanted: Any, elements: Sequence[Any]) -> Decided:
    """One key of a policy against the elements of an array: one is enough."""
    return _any(_key_matches(key, wanted, element) for element in elements)


def _negates(wanted: Any) -> bool:
    waiting = [wanted]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Mapping):
            if {"exists", "anything-but"} & set(item):
                return True
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
    return False


def _matches(matcher: Any, value: Any) -> Decided:
    """One matcher of a list against a member of the message; of an array, one element is enough."""
    if value is Open.ANYTHING:
        return None
    if isinstance(value, OneOf):
        return _agreed(_matches(matcher, each) for each in value.values)
    if not _understood(matcher):
        return None
    operator = next(iter(matcher)) if isinstance(matcher, Mapping) else ""
    if operator == "exists":
        return _exists(matcher["exists"], value)
    return False if value is _ABSENT else _value_matches(matcher, value, negated=operator == "anything-but")


def _value_matches(matcher: Any, value: Any, *, negated: bool) -> Decided:
    if isinstance(value, Mapping):
        return None if negated else False  # a matcher compares values, never an object
    if isinstance(value, list):
        found = [_matches(matcher, each) for each in value]
        # Of an array that holds some excluded values and some others, AWS's pages do not say what anything-but does.
        return _agreed(found) if negated else _any(found)
    return _one_matches(matcher, value)


def _understood(matcher: Any) -> bool:
    if isinstance(matcher, Mapping):
        return len(matcher) == 1 and next(iter(matcher)) in _KNOWN
    return matcher is None or isinstance(matcher, str | int | float)


def _exists(wanted: Any, value: Any) -> Decided:
    """``exists`` asks for a value; what it means of an object, an empty array and null is not documented."""
    if not isinstance(wanted, bool):
        return None
    if value is _ABSENT:
        return not wanted
    if value is None or isinstance(value, Mapping) or (isinstance(value, list) and not _plain(value)):
        return None
    return wanted


def _plain(values: Sequence[Any]) -> bool:
    return bool(values) and not any(item is None or isinstance(item, list | Mapping | OneOf) for item in values)


def _one_matches(matcher: Any, value: Any) -> Decided:
    if not isinstance(matcher, Mapping):
        return _equals(matcher, value)
    ((operator, operand),) = matcher.items()
    return _OPERATORS[operator](operand, value)


def _equals(wanted: Any, value: Any) -> Decided:
    if value is Open.TEXT:
        return None if isinstance(wanted, str) else False
    if wanted is None or value is None or isinstance(wanted, bool) or isinstance(value, bool):
        return wanted is value
    if isinstance(wanted, str) is not isinstance(value, str) or wanted != value:
        return False
    # SNS compares numbers as they are written: 300, 300.0 and 3.0e2 are three.
    return True if json.dumps(wanted) == json.dumps(value) else None


def _of_text(decide: Callable[[str, str], Decided]) -> _Operator:
    """An operator over texts; a value that is not text does not match."""

    def decided(operand: Any, value: Any) -> Decided:
        if not isinstance(operand, str) or value is Open.TEXT:
            return None
        return isinstance(value, str) and decide(operand, value)

    return decided


def _anything_but(operand: Any, value: Any) -> Decided:
    """True for what the operand leaves over: a value, a list of values, or one operator over texts."""
    if value is None:
        return None
    if isinstance(operand, Mapping):
        if len(operand) != 1 or next(iter(operand)) not in _NEGATABLE:
            return None
        ((operator, inner),) = operand.items()
        listed = inner if isinstance(inner, list) else [inner]
        excluded = _any(_OPERATORS[operator](each, value) for each in listed)
    else:
        listed = operand if isinstance(operand, list) else [operand]
        if not all(isinstance(each, str | int | float) for each in listed):
            return None
        excluded = _any(_equals(each, value) for each in listed)
    return None if excluded is None or not listed else not excluded


def _numeric(operand: Any, value: Any) -> Decided:
    """``["<", 5]`` or ``[">=", 0, "<", 10]``."""
    if not isinstance(operand, list) or len(operand) not in {2, 4}:
        return None
    pairs = list(zip(operand[::2], operand[1::2], strict=True))
    if not all(isinstance(sign, str) and sign in _COMPARISONS and _is_number(bound) for sign, bound in pairs):
        return None
    return _is_number(value) and all(_COMPARISONS[sign](value, bound) for sign, bound in pairs)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


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
    except ValueError:
        return False


def _like(pattern: str, text: str) -> Decided:
    if "\\" in pattern:
        return None  # a backslash takes the meaning from a star; no known value holds either
    return pieces_test(pattern.split("*"))(text)


_OPERATORS: Mapping[str, _Operator] = {
    "prefix": _of_text(lambda operand, text: text.startswith(operand)),
    "suffix": _of_text(lambda operand, text: text.endswith(operand)),
    "equals-ignore-case": _of_text(lambda operand, text: text.lower() == operand.lower()),
    "wildcard": _of_text(_like),
    "anything-but": _anything_but,
    "numeric": _numeric,
    "cidr": _cidr,
}
_KNOWN = frozenset({*_OPERATORS, "exists"})
_NEGATABLE = frozenset({"prefix", "suffix", "equals-ignore-case", "wildcard"})
