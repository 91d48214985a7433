"""The types that AWS's service models give the members of answers, read from ``answer_shapes.json``.

The file is made by ``scanner.aws.botocore_tables.answer_members``, whose docstring says how types are written.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_NUMBER = re.compile(r"(int|long|number)(?:\((-?[0-9.]*?)\.\.(-?[0-9.]*)\))?")

_LIMITS: Mapping[str, tuple[float, float]] = {
    "int": (0, 2**31 - 1),
    "long": (0, 2**63 - 1),
    "number": (-(2.0**360), 2.0**360),
}
"""Bounds where the model states none.

The integers of these answers are counts, sizes, spans and times since 1970, which are never negative; the numbers are
those of CloudWatch, which lie within 2 to the power of 360 (API reference, ``MetricDatum``).
"""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value without parts: ``text``, ``bool``, ``time``, ``document``, or a number in bounds.

    Numbers are ``int``, ``long`` or ``number``; a ``document`` is an object, or the JSON text of one.
    """

    kind: str
    least: float = 0
    most: float = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of values of one type."""

    item: "Type"


@dataclass(frozen=True, slots=True)
class Mapped:
    """An object with any names and values of one type."""

    value: "Type"


@dataclass(frozen=True, slots=True)
class Named:
    """A structure, by ``<service>.<name>``."""

    name: str


Type = Scalar | Listed | Mapped | Named


@dataclass(frozen=True, slots=True)
class Structure:
    """The members of a structure with their types, and those that the model requires."""

    members: Mapping[str, Type]
    required: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerShape:
    """What an operation answers: a structure of which every page holds one of ``members`` (none: all are optional).

    ``absent`` are the error codes with which it says that the thing asked about does not exist, ``more`` the names that
    lead to what says of a page that there is one more, which was asked for too.
    """

    structure: str
    members: tuple[str, ...]
    absent: tuple[str, ...] = ()
    more: tuple[str, ...] = ()


@cache
def answer_shape(operation: str) -> AnswerShape | None:
    """The shape of an operation's answers; None for one that is not in the table."""
    text = _table("operations").get(operation)
    if text is None:
        return None
    name, members, absent, more = (*text.split(" "), "", "", "")[:4]
    steps = tuple(more.split(".")) if more else ()
    return AnswerShape(f"{operation.partition('.')[0]}.{name}", _names(members), _names(absent), steps)


def _names(joined: str) -> tuple[str, ...]:
    return tuple(joined.split("|")) if joined else ()


@cache
def structure(name: str) -> Structure:
    """A structure by ``<service>.<name>``."""
    service = name.partition(".")[0]
    members: dict[str, Type] = {}
    required: list[str] = []
    for part in _table("structures")[name].split():
        member, _, written = part.partition(":")
        if member.endswith("!"):
            member = member[:-1]
            required.append(member)
        members[member] = _read(written, service)
    return Structure(members, tuple(required))


@cache
def _table(part: str) -> Mapping[str, str]:
    text = (files("scanner.snapshot.shapes") / "answer_shapes.json").read_text("utf-8")
    table: Mapping[str, str] = json.loads(text)[part]
    return table


def _read(written: str, service: str) -> Type:
    if written.startswith("["):
        return Listed(_read(written[1:-1], service))
    if written.startswith("{"):
        return Mapped(_read(written[1:-1], service))
    if written in {"text", "bool", "time", "document"}:
        return Scalar(written)
    number = _NUMBER.fullmatch(written)
    if number is None:
        return Named(f"{service}.{written}")
    least, most = _LIMITS[number[1]]
    return Scalar(number[1], float(number[2]) if number[2] else least, float(number[3]) if number[3] else most)
