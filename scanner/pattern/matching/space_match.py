"""Matching space-delimited patterns: how a message is split into fields, and what conditions ask of them."""

from collections.abc import Callable
from functools import partial

from scanner.pattern.language.nodes import Field, FieldAll, FieldCondition, FieldExpr, Number, SpacePattern
from scanner.pattern.language.values.globs import Reading
from scanner.pattern.language.values.numbers import spelled_value
from scanner.pattern.matching.comparisons import BY_VALUE, text_comparison

SEPARATORS = " \t"
_CLOSING = {'"': '"', "[": "]"}
FieldTest = Callable[[str], bool]


def split_fields(message: str) -> list[tuple[str, int]]:
    """The fields of a message, each with the place where it begins.

    Blanks and tabs separate fields. A text in double quotes or square brackets is one field without them; a quote or
    bracket that is never closed is an ordinary character, and so is one inside a word.
    """
    fields: list[tuple[str, int]] = []
    unclosed: set[str] = set()
    at, length = 0, len(message)
    while at < length:
        if message[at] in SEPARATORS:
            at += 1
            continue
        start = at
        closing = _CLOSING.get(message[at])
        end = message.find(closing, at + 1) if closing and closing not in unclosed else -1
        if end >= 0:
            fields.append((message[start + 1 : end], start))
            at = end + 1
            continue
        if closing:
            unclosed.add(closing)
        while at < length and message[at] not in SEPARATORS:
            at += 1
        fields.append((message[start:at], start))
    return fields


def space_test(pattern: SpacePattern, midglob: Reading) -> Callable[[str], bool]:
    """The test of messages against a space-delimited pattern.

    With ``...`` the fields before it are counted from the front and those after it from the back. Without, the last
    field takes the rest of the line. Every listed field must be there; ``[]`` matches every message.
    """
    fields = pattern.fields
    if not fields:
        return lambda _: True
    tests = [(place, _field_test(field, midglob)) for place, field in enumerate(fields)]
    wanted = [(place, test) for place, test in tests if test is not None]
    count, ellipsis = len(fields), pattern.ellipsis

    def holds(message: str) -> bool:
        found = split_fields(message)
        if len(found) < count:
            return False
        if ellipsis is None and len(found) > count:
            start = found[count - 1][1]
            found[count - 1] = (message[start:].rstrip(SEPARATORS), start)
        skipped = len(found) - count if ellipsis is not None else 0
        for place, test in wanted:
            behind = ellipsis is not None and place >= ellipsis
            if not test(found[place + skipped if behind else place][0]):
                return False
        return True

    return holds


def _field_test(field: Field, midglob: Reading) -> FieldTest | None:
    """The test of a field's text, None for a field without a condition."""
    return None if field.condition is None else _condition_test(field.condition, midglob)


def _condition_test(condition: FieldExpr, midglob: Reading) -> FieldTest:
    if isinstance(condition, FieldCondition):
        return _comparison(condition, midglob)
    tests = [_condition_test(part, midglob) for part in condition.parts]
    return partial(_all_hold if isinstance(condition, FieldAll) else _some_holds, tests)


def _all_hold(tests: list[FieldTest], text: str) -> bool:
    return all(test(text) for test in tests)


def _some_holds(tests: list[FieldTest], text: str) -> bool:
    return any(test(text) for test in tests)


def _comparison(condition: FieldCondition, midglob: Reading) -> FieldTest:
    """Fields are texts; one in number spelling is compared with a bare number by value."""
    equal = condition.op == "="
    if not isinstance(condition.value, Number):
        holds = text_comparison(condition.value, midglob)
        return lambda text: holds(text) is equal
    wanted = spelled_value(condition.value.text)
    by_value = BY_VALUE[condition.op]
    unequal = condition.op == "!="

    def compare(text: str) -> bool:
        number = spelled_value(text)
        if number is None or wanted is None:
            return unequal
        return by_value(number, wanted)

    return compare
