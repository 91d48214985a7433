"""Whether recorded answers have the shape that AWS documents, and where they do not.

Members that a model does not know, and new values of enumerations, are not faults: AWS adds both. Everything else that
is not as the service model says is one: a wrong type, a null, a number out of its range, a member that is missing where
the model or the meaning needs it (``scanner.snapshot.shapes.needs``), a document embedded as text that is not JSON.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

from scanner.snapshot.partly import UnknownPlace, blanked, marked_below, partly_known, parts_of
from scanner.snapshot.shapes.needs import COMPANIONS, DOCUMENTS, MAYBE_EMPTY, NEEDS, NEVER_EMPTY
from scanner.snapshot.shapes.types import Listed, Mapped, Named, Scalar, Type, answer_shape, structure
from scanner.times import parse_time

_FIRST_YEAR, _LAST_YEAR = 1970, 2999
"""The years in which a time can lie that AWS writes; a later one is taken for a mistake, not for "never"."""

_EXPECTED: Mapping[str, str] = {
    "text": "a text",
    "bool": "true or false",
    "time": "a time",
    "int": "a whole number",
    "long": "a whole number",
    "number": "a number",
}

Page = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """One place of an answer that is not of its documented shape; ``problem`` continues "<pointer> …".

    ``lacks`` are the members of which one is missing there; ``ANY`` stands for any member at all.
    """

    pointer: str
    problem: str
    lacks: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.pointer} {self.problem}"


ANY = "*"

Kept = Mapping[tuple[int, str], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Examined:
    """The pages of an answer without what is malformed or marked as not known, and what is malformed.

    Members are dropped whole, but for lists, of which only the items concerned are dropped: ``kept`` says by page and
    member which indices are left.
    """

    pages: tuple[Page, ...]
    faults: tuple[Fault, ...] = ()
    kept: Kept = field(default_factory=dict)


def examine(operation: str, pages: Sequence[Any], marks: Sequence[UnknownPlace] = ()) -> Examined:
    """Compare the pages of an answer with the operation's shape; an operation without a known shape is left as it is.

    What is marked as not known is not a fault: a placeholder may be in its place, or nothing.
    """
    faults: list[Fault] = []
    for number, page in enumerate(pages):
        found = _page(operation, page, f"/pages/{number}")
        faults += (fault for fault in found if not _excused(fault, marks))
    places: list[Fault | UnknownPlace] = [*faults, *marks]
    concerned = [place.pointer for place in places]
    left, kept = without(blanked(pages, marks), concerned)
    return Examined(left, tuple(faults), kept)


def goes_on(operation: str, page: Any) -> str:
    """What says of a page, as names joined by dots, that there is one more; "" for the last one."""
    shape = answer_shape(operation)
    if shape is None or not shape.more:
        return ""
    told = page
    for name in shape.more:
        told = told.get(name) if isinstance(told, Mapping) else None
    return ".".join(shape.more) if told is True or (isinstance(told, str) and told) else ""


def _excused(fault: Fault, marks: Sequence[UnknownPlace]) -> bool:
    """Whether a fault is about what is marked: it lies inside a marked place, or a marked member is what it lacks."""
    if any(fault.pointer == mark.pointer or fault.pointer.startswith(f"{mark.pointer}/") for mark in marks):
        return True
    if ANY in fault.lacks:
        return next(marked_below(fault.pointer, marks), None) is not None
    lacking = {f"{fault.pointer}/{_escaped(name)}" for name in fault.lacks}
    return any(next(marked_below(place, marks), None) is not None for place in lacking)


def without(pages: Sequence[Any], pointers: Sequence[str]) -> tuple[tuple[Page, ...], Kept]:
    """The pages without the members, or the items of their lists, that the pointers lead into; which items are left.

    A pointer to a page leaves nothing of it, unless the page is an object: then it tells what is missing there.
    """
    kept: dict[tuple[int, str], tuple[int, ...]] = {}
    left: list[Page] = []
    for number, page in enumerate(pages):
        if not isinstance(page, Mapping):
            left.append({})
            continue
        concerned = [steps[2:] for steps in map(_steps, pointers) if steps[1] == str(number)]
        left.append(_left(page, number, concerned, kept) if concerned else page)
    return tuple(left), kept


def _left(
    page: Page, number: int, concerned: Sequence[Sequence[str]], kept: dict[tuple[int, str], tuple[int, ...]]
) -> Page:
    known, hidden = parts_of(page)
    for name in dict.fromkeys(steps[0] for steps in concerned if steps):
        value = known.pop(name, None)
        bad = {steps[1] if len(steps) > 1 else "" for steps in concerned if steps and steps[0] == name}
        if isinstance(value, list) and "" not in bad:
            kept[number, name] = tuple(index for index in range(len(value)) if str(index) not in bad)
            known[name] = [value[index] for index in kept[number, name]]
    return partly_known(known, hidden)


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _page(operation: str, page: Any, place: str) -> Iterator[Fault]:
    """The faults of one page of an answer."""
    if not isinstance(page, Mapping):
        yield Fault(place, f"is {_shown(page)}, not an object")
        return
    shape = answer_shape(operation)
    if shape is None:
        return
    if shape.members and not any(name in page for name in shape.members):
        yield Fault(place, f"has no {' or '.join(shape.members)}", shape.members)
    known = structure(shape.structure)
    for name, value in page.items():
        kind = known.members.get(name)
        if kind is not None:
            yield from _member(shape.structure, name, kind, value, place)
    yield from _missing(shape.structure, page, place)


def _structure(name: str, value: Any, place: str) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield Fault(place, f"is {_shown(value)}, not an object")
        return
    known = structure(name)
    for member, held in value.items():
        kind = known.members.get(member)
        if kind is not None:
            yield from _member(name, member, kind, held, place)
    yield from _missing(name, value, place)


def _member(owner: str, name: str, kind: Type, value: Any, place: str) -> Iterator[Fault]:
    """The faults of one member of a structure, and of the documents in it."""
    here = f"{place}/{_escaped(name)}"
    path = f"{owner}.{name}"
    faults = list(_value(kind, value, here))
    yield from faults
    if faults:
        return
    if isinstance(kind, Mapped):
        if path in NEVER_EMPTY and not value:
            yield Fault(here, "is empty", (ANY,))
        for key, text in value.items():
            within = f"{path}.{key}"
            if within in DOCUMENTS and (text or within not in MAYBE_EMPTY):
                yield from _document(text, f"{here}/{_escaped(key)}")
    elif path in DOCUMENTS:
        yield from _document(value, here)


def _value(kind: Type, value: Any, place: str) -> Iterator[Fault]:
    match kind:
        case Scalar("document"):
            yield from _document(value, place) if isinstance(value, str) else _mapping(value, place)
        case Scalar():
            problem = _scalar(kind, value)
            if problem:
                yield Fault(place, problem)
        case Named(name):
            yield from _structure(name, value, place)
        case Listed(item):
            yield from _listed(item, value, place)
        case Mapped(held):
            yield from _mapped(held, value, place)
        case _:
            assert_never(kind)


def _mapping(value: Any, place: str) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield Fault(place, f"is {_shown(value)}, not an object")


def _listed(item: Type, value: Any, place: str) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield Fault(place, f"is {_shown(value)}, not a list")
        return
    for index, held in enumerate(value):
        yield from _value(item, held, f"{place}/{index}")


def _mapped(kind: Type, value: Any, place: str) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield from _mapping(value, place)
        return
    for name, held in value.items():
        yield from _value(kind, held, f"{place}/{_escaped(name)}")


def _missing(name: str, value: Mapping[str, Any], place: str) -> Iterator[Fault]:
    """What the model or the meaning needs and the structure lacks; a null there is a fault of its own."""
    for member in structure(name).required:
        if member not in value:
            yield Fault(place, f"has no {member}", (member,))
    for choice in NEEDS.get(name, ()):
        if not any(value.get(member, "") not in ("", []) for member in choice):
            yield Fault(place, f"has no {' or '.join(choice)}", choice)
    for first, second in COMPANIONS.get(name, ()):
        if value.get(first) and not value.get(second):
            yield Fault(place, f"has no {second}", (second,))


def _scalar(kind: Scalar, value: Any) -> str:
    """What is wrong with a value; "" when nothing is."""
    if kind.kind == "text":
        fits = isinstance(value, str)
    elif kind.kind == "bool":
        fits = isinstance(value, bool)
    elif kind.kind == "time":
        return _time(value)
    else:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and isinstance(value, float) and not math.isfinite(value):
            return f"is {value}, not a finite number"
        fits = number and (kind.kind == "number" or isinstance(value, int))
        if fits and not kind.least <= value <= kind.most:
            return f"is {_shown(value)}, which is out of range ({kind.least:.15g} to {kind.most:.15g})"
    return "" if fits else f"is {_shown(value)}, not {_EXPECTED[kind.kind]}"


def _time(value: Any) -> str:
    if not isinstance(value, str):
        return f"is {_shown(value)}, not a time"
    moment = parse_time(value)
    if moment is None:
        return "is a text that is not a time in RFC 3339"
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return f"lies in the year {moment.year}, which is out of range ({_FIRST_YEAR} to {_LAST_YEAR})"
    return ""


def _document(text: str, place: str) -> Iterator[Fault]:
    try:
        value = json.loads(text)
    except RecursionError:
        yield Fault(place, "is a JSON text that is nested too deeply to be read")
        return
    except ValueError:
        yield Fault(place, "is a text that is not JSON")
        return
    if not isinstance(value, dict):
        yield Fault(place, f"is the JSON text of {_shown(value)}, not of an object")


def _shown(value: Any) -> str:
    """What a value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, int):
        # A huge number has too many digits to be written out.
        return (
            str(value) if abs(value) < 10**18 else f"a number of about {int(value.bit_length() * 0.30103) + 1} digits"
        )
    if isinstance(value, float):
        return f"{value:g}"
    return "a list" if isinstance(value, list) else "an object"


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
