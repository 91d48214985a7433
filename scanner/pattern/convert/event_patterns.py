"""A filter pattern as an event pattern of EventBridge, for the records that CloudTrail sends."""

import json
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, assert_never

from scanner.errors import PatternError
from scanner.eventbridge.parser import MAXIMUM_LENGTH, parse_event_pattern
from scanner.eventbridge.values import address
from scanner.pattern.cloudtrail.record_fields import Field
from scanner.pattern.convert.conditions import (
    Condition,
    Missing,
    NumberIs,
    Source,
    TextIs,
    WordIs,
    assumed_kinds,
    dotted,
    exact_number,
)

Tests = tuple[str, ...]
"""The items of a field's array, as JSON texts."""

Alternative = dict[Field, Tests]

NOTES = (
    "a field that is compared with a text holds a text in every record that has it",
    "rules see read-only calls only in the state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
)

_EVERY_RECORD = {"detail-type": [{"suffix": " via CloudTrail"}]}


def event_pattern(source: Source) -> tuple[str, tuple[str, ...]]:
    """The event pattern and what it takes for granted.

    Raises PatternError where EventBridge cannot say the same of a record.
    """
    asked = source.alternatives()
    found = [_fields(source, each) for each in asked]
    for alternative in found:
        _refuse_both(source, alternative)
    alternatives = _merged(found)
    notes = _notes(chain(*asked))
    if alternatives == [{}]:
        return json.dumps(_EVERY_RECORD, indent=2), notes
    nested = [_nested(each) for each in alternatives]
    detail = nested[0] if len(nested) == 1 else {"$or": nested}
    document = {**_EVERY_RECORD, "detail": detail}
    _checked(source, document)
    text = json.dumps(document, indent=2, ensure_ascii=False)
    if len(text) > MAXIMUM_LENGTH:
        text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return text, notes


def _notes(conditions: Iterable[Condition]) -> tuple[str, ...]:
    found = [condition for condition in conditions if not isinstance(condition, TextIs)]
    compared = [each for each in found if isinstance(each, NumberIs) and each.operator != "="]
    digits = (f"{dotted(each.field)} holds no number of more than 15 digits" for each in compared)
    return tuple(dict.fromkeys((*NOTES, *assumed_kinds(found), *digits)))


def _checked(source: Source, document: dict[str, Any]) -> None:
    """Raise PatternError when EventBridge would reject the pattern: too long, or too many alternatives."""
    compact = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    try:
        parse_event_pattern(compact)
    except PatternError as error:
        raise source.refusal("the whole pattern", error.message.rstrip("."), "Split it into several rules.") from error


def _refuse_both(source: Source, alternative: Alternative) -> None:
    """Raise PatternError when a field is asked for itself and for something inside it."""
    for field in alternative:
        for above in (field[:length] for length in range(1, len(field))):
            if above in alternative:
                why = "an event pattern asks of a field either what it is or what is inside it"
                raise source.refusal(
                    f"conditions on both {dotted(above)} and {dotted(field)}", why, "Leave one of them out."
                )


def _fields(source: Source, conditions: Iterable[Condition]) -> Alternative:
    by_field: dict[Field, list[Condition]] = {}
    for condition in conditions:
        by_field.setdefault(condition.field, []).append(condition)
    return {field: _tests(source, field, found) for field, found in by_field.items()}


def _tests(source: Source, field: Field, conditions: Sequence[Condition]) -> Tests:
    """The items of one field's array that say what all conditions on the field say."""
    if len(conditions) == 1:
        return tuple(map(_text, _items(source, conditions[0])))
    texts = [each for each in conditions if isinstance(each, TextIs) and each.negated]
    if len(texts) == len(conditions):
        kinds = {(each.open_start, each.open_end) for each in texts}
        if len(kinds) == 1:
            return (_text({"anything-but": _excluded(texts)}),)
    numbers = [each for each in conditions if isinstance(each, NumberIs)]
    if len(numbers) == len(conditions) == 2 and {each.operator[0] for each in numbers} == {"<", ">"}:
        low, high = sorted(numbers, key=lambda each: each.operator[0], reverse=True)
        bounds = [low.operator, exact_number(source, low), high.operator, exact_number(source, high)]
        return (_text({"numeric": bounds}),)
    why = f"an array lists what {dotted(field)} may be, not what must hold of it at the same time"
    raise source.refusal(f"several conditions on {dotted(field)} at once", why, "Write one condition for the field.")


def _items(source: Source, condition: Condition) -> list[Any]:
    match condition:
        case TextIs(negated=True):
            return [{"anything-but": _excluded([condition])}]
        case TextIs():
            return [_one_text(condition)]
        case NumberIs(operator="="):
            return [condition.number, exact_number(source, condition)]
        case NumberIs(operator="!="):
            why = "EventBridge excludes either texts or numbers, and a filter pattern excludes both"
            raise source.refusal(f"{dotted(condition.field)} != {condition.number}", why, "Put the value in quotes.")
        case NumberIs():
            return [{"numeric": [condition.operator, exact_number(source, condition)]}]
        case WordIs(word=word):
            return [word]
        case Missing():
            return [{"exists": False}]
        case _:
            assert_never(condition)


def _one_text(condition: TextIs) -> Any:
    if condition.whole:
        # The text of an address alone would mean the address in any spelling.
        return condition.text if address(condition.text) is None else {"wildcard": condition.text}
    if condition.open_start and condition.open_end:
        return {"wildcard": f"*{_escaped(condition.text)}*" if condition.text else "*"}
    return {"suffix" if condition.open_start else "prefix": condition.text}


def _excluded(conditions: Sequence[TextIs]) -> Any:
    texts = [each.text for each in conditions]
    first = conditions[0]
    if first.whole:
        return texts
    if first.open_start and first.open_end:
        return {"wildcard": [f"*{_escaped(text)}*" if text else "*" for text in texts]}
    return {"suffix" if first.open_start else "prefix": texts}


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\")


def _text(item: Any) -> str:
    return json.dumps(item, ensure_ascii=False)


def _merged(alternatives: list[Alternative]) -> list[Alternative]:
    """Alternatives that differ in one field only become one that lists what the field may be."""
    merged = [each for at, each in enumerate(alternatives) if each not in alternatives[:at]]
    joined = True
    while joined:
        joined = False
        kept: list[Alternative] = []
        for each in merged:
            place = next((at for at, other in enumerate(kept) if _differ(each, other) is not None), None)
            if place is None:
                kept.append(each)
                continue
            field = _differ(each, kept[place])
            if field is not None:
                kept[place] = {**kept[place], field: tuple(dict.fromkeys((*kept[place][field], *each[field])))}
                joined = True
        merged = kept
    return merged


def _differ(one: Alternative, other: Alternative) -> Field | None:
    """The only field in which two alternatives differ; None when there is none or there are several."""
    if one.keys() != other.keys():
        return None
    fields = [field for field in one if one[field] != other[field]]
    return fields[0] if len(fields) == 1 else None


def _nested(alternative: Alternative) -> dict[str, Any]:
    """Fields as objects within objects."""
    document: dict[str, Any] = {}
    for field, tests in alternative.items():
        at = document
        for name in field[:-1]:
            at = at.setdefault(name, {})
        at[field[-1]] = [json.loads(test) for test in tests]
    return document
