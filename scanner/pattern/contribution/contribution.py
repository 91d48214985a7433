"""What one record adds to a Contributor Insights rule.

AWS documents what a filter asks of a value of its own kind. What it asks of a field that is not there, or of a value of
another kind, is documented for ``IsPresent`` alone; a record whose place in the report depends on that is *open*.
Source: CloudWatch User Guide, "Contributor Insights rule syntax in CloudWatch".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, Final

from scanner.pattern.contribution.definition import Definition, Filter, Path

_ABSENT: Final = object()


class Left(Enum):
    """Why a record adds nothing."""

    FILTERED = "a filter does not hold"
    OPEN = "AWS does not say whether it counts"
    WITHOUT_KEY = "a key is not in it, or holds no text, number, true or false"
    WITHOUT_VALUE = "the field that is added up holds no number"


@dataclass(frozen=True, slots=True)
class Contribution:
    """Who contributes, by the values of the keys, and how much: 1 where occurrences are counted."""

    keys: tuple[str, ...]
    amount: int | Fraction


def contribution(rule: Definition, record: Mapping[str, Any]) -> Contribution | Left:
    """What a record adds to a rule over JSON logs."""
    held = [_holds(each, _found(record, each.path)) for each in rule.filters]
    if False in held:
        return Left.FILTERED
    keys = [_spelled(_found(record, key.path)) for key in rule.keys]
    names = tuple(key for key in keys if key is not None)
    if len(names) < len(keys):
        return Left.WITHOUT_KEY
    amount = 1 if rule.value_of is None else _number(_found(record, rule.value_of.path))
    if amount is None:
        return Left.WITHOUT_VALUE
    return Left.OPEN if None in held else Contribution(names, amount)


def _found(record: Any, path: Path) -> Any:
    found = record
    for step in path:
        if isinstance(step, int):
            found = found[step] if isinstance(found, list) and step < len(found) else _ABSENT
        else:
            found = found.get(step, _ABSENT) if isinstance(found, Mapping) else _ABSENT
    return found


def _holds(asked: Filter, value: Any) -> bool | None:
    """Whether a filter holds for a value; None where AWS does not say."""
    if asked.operator == "IsPresent":
        if value is None or isinstance(value, Mapping | list):
            return None
        return (value is not _ABSENT) is asked.asked
    if isinstance(asked.asked, tuple):
        return _listed(asked.operator, asked.asked, value)
    return _compared(asked.operator, asked.asked, value)


def _listed(operator: str, texts: tuple[str, ...], value: Any) -> bool | None:
    negated = operator == "NotIn"
    text = value if isinstance(value, str) else _spelled(value)
    if text is None:
        return None if negated else False
    fits = text.startswith(texts) if operator == "StartsWith" else text in texts
    if isinstance(value, str):
        return fits is not negated
    return None if fits else negated


def _compared(operator: str, asked: float, value: Any) -> bool | None:
    negated, wanted = operator == "NotEqualTo", Fraction(asked)
    number = _number(value)
    if number is None:
        return None if negated or _may_be_number(value) else False
    match operator:
        case "GreaterThan":
            return number > wanted
        case "LessThan":
            return number < wanted
        case _:
            return (number == wanted) is not negated


def _may_be_number(value: Any) -> bool:
    """Whether a text is spelled as a number."""
    if not isinstance(value, str):
        return False
    try:
        return Decimal(value).is_finite()
    except ArithmeticError:
        return False


def _spelled(value: Any) -> str | None:
    """A value as the text of a key; None for what is not there, null, an object or an array."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float() | Decimal():
            return str(value)
        case _:
            return None


def _number(value: Any) -> int | Fraction | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    if isinstance(value, int):
        return value
    return Fraction(value) if Decimal(value).is_finite() else None
