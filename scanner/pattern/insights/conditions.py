"""What a condition of a query says of CloudTrail records, between the records it surely keeps and those it may keep.

Logs Insights compares what it discovers in an event; AWS says of texts how (exactly, with regard to capitals), and not
what becomes of a field that is missing, or of a number that is compared with a text. So a condition is told by two
bounds, when it holds and when it does not, in the language of filter patterns. Source: CloudWatch Logs User Guide,
"filter", "Supported logs and discovered fields" and "Boolean, comparison, numeric, datetime, and other functions".
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from scanner.pattern.cloudtrail.event_bus import EVERYTHING, NOTHING, Bounds
from scanner.pattern.insights.regexes import finds_one_of, values_of
from scanner.pattern.language.nodes import (
    And,
    Compare,
    Expr,
    IsBool,
    IsNull,
    NotExists,
    Number,
    Or,
    Regex,
    Selector,
    Text,
)

_OTHER_KINDS = ("true", "false", "null")
_NUMBER_PART = re.compile(r"[-+.0-9eE]*")
_RAW = re.compile(r"[A-Za-z0-9_.:-]*[A-Za-z]{2}[A-Za-z0-9_.:-]*")
_IN_EVERY_RECORD = (
    ("eventName",),
    ("eventSource",),
    ("eventType",),
    ("errorCode",),
    ("errorMessage",),
    ("userIdentity", "type"),
    ("userIdentity", "arn"),
)
"""Fields whose texts the raw message holds as they are."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Records for which a condition holds, and those for which its negation does, each between two bounds."""

    holds: Bounds
    fails: Bounds

    @property
    def negated(self) -> "Condition":
        """The condition behind ``not``."""
        return Condition(self.fails, self.holds)


_ANYTHING = Bounds(NOTHING, EVERYTHING)
UNTOLD = Condition(_ANYTHING, _ANYTHING)
"""A condition of which nothing is known."""


def both(conditions: Sequence[Condition]) -> Condition:
    """Conditions joined by ``and``."""
    holds = [each.holds for each in conditions]
    fails = [each.fails for each in conditions]
    return Condition(Bounds(*_bounds(holds, every)), Bounds(*_bounds(fails, some)))


def _bounds(each: Sequence[Bounds], join: Callable[[Iterable[Expr]], Expr]) -> tuple[Expr, Expr]:
    surely = join(bounds.surely for bounds in each)
    return surely, join(bounds.at_most for bounds in each)


def either(conditions: Sequence[Condition]) -> Condition:
    """Conditions joined by ``or``."""
    return both([each.negated for each in conditions]).negated


def whichever(first: Condition, second: Condition) -> Condition:
    """A condition that can be read in two ways, as far as both agree."""
    if first == second:
        return first
    return Condition(_whichever(first.holds, second.holds), _whichever(first.fails, second.fails))


def _whichever(first: Bounds, second: Bounds) -> Bounds:
    return Bounds(every([first.surely, second.surely]), some([first.at_most, second.at_most]))


def every(parts: Iterable[Expr]) -> Expr:
    """All of the expressions; EVERYTHING without any."""
    return reduce(_and, parts, EVERYTHING)


def some(parts: Iterable[Expr]) -> Expr:
    """One of the expressions; NOTHING without any."""
    return reduce(_or, parts, NOTHING)


def _and(left: Expr, right: Expr) -> Expr:
    if NOTHING in (left, right):
        return NOTHING
    parts = tuple(dict.fromkeys((*_parts(left, And), *_parts(right, And))))
    return parts[0] if len(parts) == 1 else And(parts)


def _or(left: Expr, right: Expr) -> Expr:
    if EVERYTHING in (left, right):
        return EVERYTHING
    parts = tuple(dict.fromkeys((*_parts(left, Or), *_parts(right, Or))))
    return parts[0] if len(parts) == 1 else Or(parts)


def _parts(expression: Expr, kind: type[And] | type[Or]) -> tuple[Expr, ...]:
    return expression.parts if isinstance(expression, kind) else (expression,)


def is_text(name: str, text: str) -> Condition:
    """``name = "text"``."""
    selector = _selector(name)
    if selector is None:
        return UNTOLD
    return _of_values(selector, (_exactly(text),), text in _OTHER_KINDS)


def is_like(name: str, text: str) -> Condition:
    """``name like "text"``: the text is somewhere in the field. What % means in it AWS does not say."""
    if name == "@message":
        return _in_message(text)
    selector = _selector(name)
    if selector is None or not text or "*" in text or "%" in text:
        return UNTOLD
    return _of_values(selector, (Text(f"*{text}*"),), any(text in word for word in _OTHER_KINDS))


def is_found(name: str, source: str) -> Condition:
    """``name like /source/``: a regular expression is found in the field."""
    values = values_of(source)
    if values is None:
        return UNTOLD
    if name == "@message":
        return either([_in_message(_inside(value)) for value in values])
    selector = _selector(name)
    if selector is None:
        return UNTOLD
    return _of_values(selector, values, finds_one_of(source, _OTHER_KINDS))


def is_present(name: str) -> Condition:
    """``ispresent(name)``: surely of a field with a text or a number, perhaps of one that is null."""
    selector = _selector(name)
    if selector is None:
        return UNTOLD
    value = Compare(selector, "=", Text("*"))
    others: list[Expr] = [IsNull(selector), IsBool(selector, True), IsBool(selector, False)]
    return Condition(
        Bounds(value, some([value, *others])),
        Bounds(NotExists(selector), some([NotExists(selector), IsNull(selector)])),
    )


def compares(name: str, operator: str, number: str) -> Condition:
    """``name = 5``, ``name > 5``: surely of a number that compares so, and of a text that is spelled so."""
    selector = _selector(name)
    if selector is None or operator == "!=":
        return UNTOLD
    return Condition(Bounds(Compare(selector, operator, Number(number)), EVERYTHING), _ANYTHING)


def _of_values(selector: Selector, values: Sequence[Text | Regex], other_kinds: bool) -> Condition:
    """A field that is one of these values; ``other_kinds``: true, false or null may be, too."""
    equal = some(Compare(selector, "=", value) for value in values)
    differs = every(Compare(selector, "!=", value) for value in values)
    if other_kinds or any(map(_may_be_number, values)):
        return UNTOLD
    no_value: list[Expr] = [NotExists(selector), IsNull(selector), IsBool(selector, True), IsBool(selector, False)]
    return Condition(Bounds(equal, equal), Bounds(differs, some([differs, *no_value])))


def _in_message(text: str) -> Condition:
    """A text in the raw message, which is there at least when a field holds it."""
    if not _RAW.fullmatch(text):
        return UNTOLD
    held = [is_like(".".join(names), text) for names in _IN_EVERY_RECORD]
    surely = some(each.holds.surely for each in held)
    not_held = every(each.fails.at_most for each in held)
    return Condition(Bounds(surely, EVERYTHING), Bounds(NOTHING, not_held))


def _inside(value: Text | Regex) -> str:
    """The text that a value finds anywhere; "" for a value that says more."""
    if isinstance(value, Text) and value.text.startswith("*") and value.text.endswith("*"):
        return value.text.strip("*")
    return ""


def _exactly(text: str) -> Text | Regex:
    """A text as a value of a filter pattern, in which a plain star would be a wildcard."""
    if "*" not in text:
        return Text(text)
    plain = "".join(letter if letter.isalnum() else f"\\x{ord(letter):02x}" for letter in text)
    return Regex(f"^{plain}$")


def _may_be_number(value: Text | Regex) -> bool:
    """Whether a value may also be how a number is spelled."""
    if isinstance(value, Text):
        return _NUMBER_PART.fullmatch(value.text.strip("*")) is not None
    return not re.search(r"(?<!\\)[A-DF-Za-df-z]", value.source)


def _selector(name: str) -> Selector | None:
    """The field of a record that a name of the query is; None for fields of Logs Insights and elements of arrays."""
    names = name.split(".")
    if name.startswith(("@", "$")) or not all(names) or any(each.isdigit() for each in names):
        return None
    return Selector(tuple(names))
