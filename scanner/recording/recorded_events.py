"""Which management events a trail records, as conditions on the events themselves.

A condition is an expression of the filter-pattern language, ``EVERYTHING`` or ``NOTHING``. Sources: CloudTrail API
reference, ``EventSelector`` and ``AdvancedFieldSelector``; CloudTrail User Guide, "Logging management events" and
"Global service events".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from scanner.pattern import And, Compare, Expr, IsBool, NotExists, Or, Selector, Text


class Whole(Enum):
    """The two conditions that no expression states."""

    EVERYTHING = "everything"
    NOTHING = "nothing"


EVERYTHING, NOTHING = Whole.EVERYTHING, Whole.NOTHING

Condition = Expr | Whole

GLOBAL_SOURCES = (
    "cloudfront.amazonaws.com",
    "iam.amazonaws.com",
    "organizations.amazonaws.com",
    "route53.amazonaws.com",
    "signin.amazonaws.com",
    "sts.amazonaws.com",
)
"""Event sources whose events a trail leaves out when it does not include global service events."""

_READ_ONLY = Selector(("readOnly",))
_SOURCE = Selector(("eventSource",))
_FIELDS: Mapping[str, Selector] = {
    "eventSource": _SOURCE,
    "eventName": Selector(("eventName",)),
    "eventType": Selector(("eventType",)),
    "userIdentity.arn": Selector(("userIdentity", "arn")),
    "sessionCredentialFromConsole": Selector(("sessionCredentialFromConsole",)),
}
_POSITIVE: Mapping[str, tuple[str, str]] = {"Equals": ("", ""), "StartsWith": ("", "*"), "EndsWith": ("*", "")}
_NEGATIVE: Mapping[str, tuple[str, str]] = {
    "NotEquals": ("", ""),
    "NotStartsWith": ("", "*"),
    "NotEndsWith": ("*", ""),
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a trail records for certain, and what it records at most; they differ where a selector is not understood."""

    surely: Condition
    at_most: Condition


def both(*conditions: Condition) -> Condition:
    """All conditions hold."""
    if NOTHING in conditions:
        return NOTHING
    parts: list[Expr] = []
    for condition in conditions:
        if isinstance(condition, And):
            parts += condition.parts
        elif not isinstance(condition, Whole):
            parts.append(condition)
    if not parts:
        return EVERYTHING
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def either(conditions: Iterable[Condition]) -> Condition:
    """Some condition holds."""
    parts: list[Expr] = []
    for condition in conditions:
        if condition is EVERYTHING:
            return EVERYTHING
        if isinstance(condition, Or):
            parts += condition.parts
        elif not isinstance(condition, Whole):
            parts.append(condition)
    if not parts:
        return NOTHING
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def without_global_services() -> Condition:
    """What a trail records that does not include global service events."""
    return both(*(Compare(_SOURCE, "!=", Text(source)) for source in GLOBAL_SOURCES))


def recorded(basic: Any, advanced: Any, *, custom: bool = False) -> Recorded:
    """What the selectors of ``GetEventSelectors`` record of management events.

    ``basic`` and ``advanced`` are its two lists. A trail has one or the other; several selectors add up. Without any
    selector a trail that never had any records all management events (CloudTrail's default); ``custom`` is its
    ``HasCustomEventSelectors``, with which an empty answer means none.
    """
    if isinstance(advanced, list) and advanced:
        return _sum([_advanced(item) for item in advanced if isinstance(item, Mapping)])
    if isinstance(basic, list) and basic:
        return _sum([_basic(item) for item in basic if isinstance(item, Mapping)])
    return Recorded(NOTHING, NOTHING) if custom else Recorded(EVERYTHING, EVERYTHING)


def _sum(parts: Sequence[Recorded]) -> Recorded:
    return Recorded(either(part.surely for part in parts), either(part.at_most for part in parts))


def _basic(selector: Mapping[str, Any]) -> Recorded:
    if selector.get("IncludeManagementEvents", True) is not True:
        return Recorded(NOTHING, NOTHING)
    kind = str(selector.get("ReadWriteType") or "All")
    sides: Mapping[str, Condition] = {
        "All": EVERYTHING,
        "ReadOnly": IsBool(_READ_ONLY, value=True),
        "WriteOnly": IsBool(_READ_ONLY, value=False),
    }
    listed = selector.get("ExcludeManagementEventSources") or []
    excluded = _texts(listed)
    sources = both(*(Compare(_SOURCE, "!=", Text(source)) for source in excluded))
    if kind not in sides or excluded != listed:
        return Recorded(NOTHING, sources)
    condition = both(sides[kind], sources)
    return Recorded(condition, condition)


def _advanced(selector: Mapping[str, Any]) -> Recorded:
    listed = selector.get("FieldSelectors")
    fields = [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
    categories = [item for item in fields if item.get("Field") == "eventCategory"]
    if not categories or not all("Management" in _texts(item.get("Equals")) for item in categories):
        return Recorded(NOTHING, NOTHING)
    parts = [_field(item) for item in fields if item.get("Field") != "eventCategory"]
    known = [part for part in parts if part is not None]
    # A field that is not understood can only narrow: what is left is an upper bound.
    at_most = both(*known)
    return Recorded(at_most if len(known) == len(parts) else NOTHING, at_most)


def _field(item: Mapping[str, Any]) -> Condition | None:
    """The condition of one field; ``None`` when it is not understood."""
    name = str(item.get("Field"))
    operators = {key: values for key, values in item.items() if key != "Field" and values is not None}
    if set(operators) - {*_POSITIVE, *_NEGATIVE} or any(_texts(values) != values for values in operators.values()):
        return None
    if name == "readOnly":
        return _read_only(item)
    if name not in _FIELDS:
        return None
    selector = _FIELDS[name]
    values = [text for operator in (*_POSITIVE, *_NEGATIVE) for text in _texts(item.get(operator))]
    if any("*" in value for value in values):
        return None
    wanted: list[Condition] = [
        Compare(selector, "=", Text(before + text + after))
        for operator, (before, after) in _POSITIVE.items()
        for text in _texts(item.get(operator))
    ]
    unwanted = [
        Compare(selector, "!=", Text(before + text + after))
        for operator, (before, after) in _NEGATIVE.items()
        for text in _texts(item.get(operator))
    ]
    parts: list[Condition] = [either(wanted)] if wanted else []
    if unwanted:
        # "Not equal" also selects events that lack the field; `!=` of the pattern language does not.
        parts.append(either([both(*unwanted), NotExists(selector)]))
    return both(*parts) if parts else None


def _read_only(item: Mapping[str, Any]) -> Condition | None:
    """``readOnly`` takes Equals (and NotEquals) of "true" and "false"."""
    if set(item) - {"Field", "Equals", "NotEquals"}:
        return None
    sides = {"true", "false"}
    if "Equals" in item:
        sides &= set(_texts(item["Equals"]))
    sides -= set(_texts(item.get("NotEquals")))
    return (
        either([IsBool(_READ_ONLY, value=side == "true") for side in sorted(sides)]) if len(sides) < 2 else EVERYTHING
    )


def _texts(listed: Any) -> list[str]:
    return [item for item in listed if isinstance(item, str)] if isinstance(listed, list) else []
