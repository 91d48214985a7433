"""Does an event match an event pattern, array by array consistently.

Source: EventBridge User Guide, "Amazon EventBridge event patterns"; where it is silent, aws/event-ruler: an event is a
list of fields, each with the elements of arrays that it lies in, and all fields of a match lie in the same elements.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain
from typing import Any, assert_never

from scanner.eventbridge.nodes import (
    Absent,
    AddressRange,
    AnythingBut,
    EventPattern,
    Fields,
    NumberRange,
    Path,
    Prefix,
    Present,
    Same,
    SameNumber,
    SameText,
    Suffix,
    Test,
    Wildcard,
)
from scanner.eventbridge.values import address, comparable
from scanner.texts.globs import pieces_test

_Scalar = str | int | float | bool | None
_Places = tuple[tuple[int, int], ...]
"""In which element of which array something lies: sorted pairs of an array's number in the event and an index."""

_Chosen = frozenset[tuple[int, int]]
"""The elements of arrays that the fields looked at so far lie in."""


@dataclass(frozen=True, slots=True)
class _Value:
    """A value of a field and the elements of arrays that it lies in."""

    value: _Scalar
    places: _Places


def matches_event(pattern: EventPattern, event: Mapping[str, Any]) -> bool:
    """Whether EventBridge matches an event, a JSON object that was read already, with a pattern."""
    values = _by_path(event)
    return any(_passes(fields, values) for fields in pattern.alternatives)


def _by_path(event: Mapping[str, Any]) -> Mapping[Path, list[_Value]]:
    """The values of an event by their path; objects and arrays are walked through and are not values."""
    found: dict[Path, list[_Value]] = {}
    arrays = 0
    waiting: list[tuple[str, Any, _Places]] = [(name, value, ()) for name, value in event.items()]
    while waiting:
        path, value, places = waiting.pop()
        if isinstance(value, Mapping):
            waiting += [(f"{path}.{name}", inner, places) for name, inner in value.items()]
        elif isinstance(value, list | tuple):
            waiting += list(_elements(path, value, places, arrays))
            arrays += 1
        else:
            found.setdefault(path, []).append(_Value(value, places))
    return found


def _elements(
    path: Path, array: list[Any] | tuple[Any, ...], places: _Places, number: int
) -> Iterator[tuple[str, Any, _Places]]:
    """The elements of an array. A plain value lies in the array, but in no element of it that others could lie in."""
    for index, element in enumerate(array):
        inside = isinstance(element, Mapping | list | tuple)
        yield path, element, (*places, (number, index)) if inside else places


def _passes(fields: Fields, values: Mapping[Path, list[_Value]]) -> bool:
    """Whether each field has a value that passes one of its tests, all of them in the same elements of arrays."""
    reached: set[_Chosen] = {frozenset()}
    for path in sorted(fields):
        step = partial(_after, fields[path], values.get(path, ()))
        reached = set(chain.from_iterable(map(step, reached)))
    return bool(reached)


def _after(tests: tuple[Test, ...], values: Sequence[_Value], places: _Chosen) -> Iterator[_Chosen]:
    """The elements of arrays that a match lies in, once for each way in which one more field passes."""
    here = [value for value in values if _consistent(places, value.places)]
    for value in here:
        if any(passes(test, value.value) for test in tests):
            yield places.union(value.places)
    if not here and Absent() in tests:
        yield places


def _consistent(places: _Chosen, more: _Places) -> bool:
    """Whether nothing lies in two elements of one array."""
    known = dict(places)
    return all(known.get(array, index) == index for array, index in more)


def passes(test: Test, value: _Scalar) -> bool:
    """Whether a value that is there passes a test."""
    match test:
        case Present():
            return True
        case Absent():
            return False
        case AnythingBut(excluded=excluded):
            return not any(passes(each, value) for each in excluded)
        case Same(value=wanted):
            return wanted == value and type(wanted) is type(value)
        case SameNumber() | NumberRange():
            return not isinstance(value, bool) and isinstance(value, int | float) and _number_passes(test, value)
        case SameText() | Prefix() | Suffix() | Wildcard() | AddressRange():
            return isinstance(value, str) and _text_passes(test, value)
        case _:
            assert_never(test)


def _number_passes(test: SameNumber | NumberRange, value: float) -> bool:
    number = comparable(repr(value))
    match test:
        case SameNumber(value=wanted):
            return wanted == (repr(value) if number is None else number)
        case NumberRange():
            if number is None:
                return False
            above = number > test.low if test.low_open else number >= test.low
            return above and (number < test.high if test.high_open else number <= test.high)
        case _:
            assert_never(test)


def _text_passes(test: SameText | Prefix | Suffix | Wildcard | AddressRange, value: str) -> bool:
    match test:
        case SameText(text=text):
            return re.fullmatch(_either_case(text), value) is not None
        case Prefix(text=text, ignore_case=ignore_case):
            return re.match(_either_case(text), value) is not None if ignore_case else value.startswith(text)
        case Suffix(text=text, ignore_case=ignore_case):
            ending = rf"{_either_case(text)}\Z" if ignore_case else ""
            return re.search(ending, value) is not None if ignore_case else value.endswith(text)
        case Wildcard(pieces=pieces):
            return pieces_test(pieces)(value)
        case AddressRange(network=network):
            found = address(value)
            return found is not None and found.version == network.version and found in network
        case _:
            assert_never(test)


@lru_cache(maxsize=512)
def _either_case(text: str) -> str:
    """A regular expression for a text of which each character may be its small or its capital form.

    A form may be longer than the character: the capital of "ß" is "SS". Characters beyond U+FFFF are compared as the
    two question marks that aws/event-ruler, which takes their halves one by one, makes of them: none is ever met.
    """
    return "".join(map(_forms, text))


def _forms(character: str) -> str:
    if character > "\uffff":
        return r"\?\?"
    forms = {re.escape(character.lower()), re.escape(character.upper())}
    return f"(?:{'|'.join(sorted(forms))})" if len(forms) > 1 else forms.pop()
