"""Which management events a trail records, as conditions on the events themselves.

What is known of a trail's selectors is read in ``selectors``. A condition is an expression of the filter-pattern
language, ``EVERYTHING`` or ``NOTHING``. Sources: CloudTrail API reference, ``EventSelector`` and
``AdvancedFieldSelector``; CloudTrail User Guide, "Logging management events" and "Global service events".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from scanner.pattern import And, Compare, Expr, IsBool, NotExists, Or, Text
from scanner.pattern import Selector as Field
from scanner.recording.selected_events import SIDES, Box, FieldCondition
from scanner.recording.selectors import Selector


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

_READ_ONLY = Field(("readOnly",))
_SOURCE = Field(("eventSource",))
_FIELDS: Mapping[str, Field] = {
    "eventSource": _SOURCE,
    "eventName": Field(("eventName",)),
    "eventType": Field(("eventType",)),
    "userIdentity.arn": Field(("userIdentity", "arn")),
    "sessionCredentialFromConsole": Field(("sessionCredentialFromConsole",)),
}
_ALWAYS = frozenset({"eventSource"})
"""Fields that every event has (CloudTrail User Guide, "CloudTrail record contents")."""


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


def recorded(selectors: Iterable[Selector]) -> Recorded:
    """What the selectors of a trail record of management events; several selectors add up."""
    parts = [_bounds(selector.management) for selector in selectors if selector.management is not None]
    surely = either(part.surely for part in parts)
    return Recorded(surely, either(part.at_most for part in parts))


def _bounds(conditions: Box) -> Recorded:
    """The events that all conditions accept; one that is not understood can only narrow them."""
    stated = [_stated(condition) for condition in conditions]
    known = [condition for condition in stated if condition is not None]
    at_most = both(*known)
    return Recorded(at_most if len(known) == len(stated) else NOTHING, at_most)


def _stated(condition: FieldCondition) -> Condition | None:
    """A condition on a field as one on events; ``None`` when it is not understood or the language cannot state it."""
    if not (condition.is_positive or condition.is_negative):
        return None
    if condition.name == "readOnly":
        return _on_side(condition)
    field = _FIELDS.get(condition.name)
    # A star in a pattern is a wildcard, and in a selector a character.
    if field is None or any("*" in text for text in condition.texts):
        return None
    parts: list[Condition] = []
    if condition.is_positive:
        parts.append(either(_compared(field, "=", condition.equals, condition.starts, condition.ends)))
    if condition.is_negative:
        refused = both(*_compared(field, "!=", condition.not_equals, condition.not_starts, condition.not_ends))
        # A Not… operator also selects events that lack the field; `!=` of the pattern language does not.
        parts.append(refused if condition.name in _ALWAYS else either([refused, NotExists(field)]))
    return both(*parts)


def _on_side(condition: FieldCondition) -> Condition | None:
    """``readOnly`` as a condition; AWS documents Equals and NotEquals alone for it."""
    if condition.starts or condition.ends or condition.not_starts or condition.not_ends:
        return None
    sides = [side for side in SIDES.values() if condition.accepts(side)]
    return (
        EVERYTHING if len(sides) == len(SIDES) else either(IsBool(_READ_ONLY, value=side == "true") for side in sides)
    )


def _compared(
    field: Field, operator: str, equals: Iterable[str], starts: Iterable[str], ends: Iterable[str]
) -> Iterator[Expr]:
    for text in equals:
        yield Compare(field, operator, Text(text))
    for text in starts:
        yield Compare(field, operator, Text(f"{text}*"))
    for text in ends:
        yield Compare(field, operator, Text(f"*{text}"))
