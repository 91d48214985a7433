"""Whether recorded answers have the shape that AWS documents, and where they do not.

Members that a model does not know, and new values of enumerations, are no fault: AWS adds both. Everything else that is not
as the service model says is: a wrong type, a null, a number out of its range, a member that is missing where the model or
the meaning needs it (``scanner.snapshot.shapes.needs``), a document embedded as text that is not JSON.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from scanner.snapshot.shapes.needs import COMPANIONS, DOCUMENTS, MAYBE_EMPTY, NEEDS, NEVER_EMPTY
from scanner.snapshot.shapes.types import Listed, Mapped, Named, Scalar, Type, answer_shape, structure

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
    """One place of an answer that is not of its documented shape; ``problem`` continues "<pointer> …"."""

    pointer: str
    problem: str

    def __str__(self) -> str:
        return f"{self.pointer} {self.problem}"


@dataclass(frozen=True, slots=True)
class Examined:
    """The pages of an answer without what is malformed, and what that was.

    Members are dropped whole, but for lists, of which only the malformed items are dropped: ``kept`` says by page and
    member which indices are left.
    """

    pages: tuple[Page, ...]
    faults: tuple[Fault, ...] = ()
    kept: Mapping[tuple[int, str], tuple[int, ...]] = field(default_factory=dict)


def examine(operation: str, pages: Sequence[Any]) -> Examined:
    """Compare the pages of an answer with the operation's shape; an operation without a known shape is left as it is."""
    faults: list[Fault] = []
    sound: list[Page] = []
    kept: dict[tuple[int, str], tuple[int, ...]] = {}
    for number, page in enumerate(pages):
        place = f"/pages/{number}"
        if not isinstance(page, Mapping):
            faults.append(Fault(place, f"is {_shown(page)}, not an object"))
            sound.append({})
            continue
        before = len(faults)
        left = _page(operation, page, place, faults, kept, number)
        sound.append(page if len(faults) == before else left)
    return Examined(tuple(sound), tuple(faults), kept)


def _page(
    operation: str,
    page: Page,
    place: str,
    faults: list[Fault],
    kept: dict[tuple[int, str], tuple[int, ...]],
    number: int,
) -> Page:
    """The page without its malformed members and items; ``faults`` and ``kept`` are added to."""
    shape = answer_shape(operation)
    if shape is None:
        return page
    if shape.members and not any(name in page for name in shape.members):
        faults.append(Fault(place, f"has no {' or '.join(shape.members)}"))
    left: dict[str, Any] = {}
    known = structure(shape.structure)
    for name, value in page.items():
        kind = known.members.get(name)
        found = list(_member(shape.structure, name, kind, value, place)) if kind is not None else []
        faults += found
        if not found:
            left[name] = value
        elif isinstance(kind, Listed) and isinstance(value, list):
            base = f"{place}/{_escaped(name)}/"
            bad = {fault.pointer.removeprefix(base).split("/", 1)[0] for fault in found}
            indices = tuple(index for index in range(len(value)) if str(index) not in bad)
            left[name] = [value[index] for index in indices]
            kept[number, name] = indices
    faults += _missing(shape.structure, page, place)
    return left


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
            yield Fault(here, "is empty")
        for key, text in value.items():
            within = f"{path}.{key}"
            if within in DOCUMENTS and (text or within not in MAYBE_EMPTY):
                yield from _document(text, f"{here}/{_escaped(key)}")
    elif path in DOCUMENTS:
        yield from _document(value, here)


def _value(kind: Type, value: Any, place: str) -> Iterator[Fault]:
    if isinstance(kind, Scalar):
        problem = _scalar(kind, value)
        if problem:
            yield Fault(place, problem)
    elif isinstance(kind, Named):
        yield from _structure(kind.name, value, place)
    elif isinstance(kind, Listed):
        if not isinstance(value, list):
            yield Fault(place, f"is {_shown(value)}, not a list")
            return
        for index, item in enumerate(value):
            yield from _value(kind.item, item, f"{place}/{index}")
    elif not isinstance(value, Mapping):
        yield Fault(place, f"is {_shown(value)}, not an object")
    else:
        for name, item in value.items():
            yield from _value(kind.value, item, f"{place}/{_escaped(name)}")


def _missing(name: str, value: Mapping[str, Any], place: str) -> Iterator[Fault]:
    """What the model or the meaning needs and the structure lacks; a null there is a fault of its own."""
    for member in structure(name).required:
        if member not in value:
            yield Fault(place, f"has no {member}")
    for choice in NEEDS.get(name, ()):
        if not any(value.get(member, "") not in ("", []) for member in choice):
            yield Fault(place, f"has no {' or '.join(choice)}")
    for first, second in COMPANIONS.get(name, ()):
        if value.get(first) and not value.get(second):
            yield Fault(place, f"has no {second}")


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
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.astimezone(UTC) if moment.tzinfo is not None else moment
    except (ValueError, OverflowError):
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
