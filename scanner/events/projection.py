"""Typed views of a record: only the fields that rules name are decoded, straight from the record's bytes.

A view never changes what a condition sees. Where a record does not fit it (a number where a text is expected, a number
too large, text that is not UTF-8), decoding fails and the caller reads the whole record instead.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import msgspec

from scanner.events.index import Steps
from scanner.pattern.json_text import read_object
from scanner.pattern.match import MISSING, Finder, find_in_json

Record = msgspec.Raw | bytes | memoryview
"""The JSON text of one record."""

Root = Any
"""A decoded view, or a parsed record."""

MISFITS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises for a record that does not fit a view."""

_SCALARS = None | str | int | float | bool | list[Any]
"""What may stand where an object is expected; then no key below it leads anywhere."""


def record_text(record: Record) -> str:
    """The record as text; bytes that are not UTF-8 become U+FFFD, as in a log event."""
    return bytes(record).decode("utf-8", "replace")


def parse_record(record: Record) -> dict[str, Any] | None:
    """The whole record, read as the pattern language reads it; None when it is no JSON object."""
    return read_object(record_text(record))


@dataclass(frozen=True, slots=True)
class View:
    """How a record is decoded, and how steps lead into what comes out."""

    decode: Callable[[Record], Root]
    find: Finder


WHOLE = View(decode=lambda record: parse_record(record) or {}, find=find_in_json)
"""The view that leaves nothing out."""


@dataclass(slots=True)
class _Node:
    """One key of the tree of paths; ``whole`` when everything below it is wanted as it stands."""

    whole: bool = False
    children: dict[str, "_Node"] = field(default_factory=dict)


def view_of(wanted: Iterable[Steps]) -> View:
    """The view that holds the fields ``wanted`` and decodes nothing else; exact for every value they may have."""
    root = _Node()
    for steps in wanted:
        node = root
        for step in steps:
            if not isinstance(step, str):
                node.whole = True
                break
            node = node.children.setdefault(step, _Node())
    if root.whole:  # a wildcard over the record itself
        return WHOLE
    try:
        decoder = msgspec.json.Decoder(_structure(root, "View"))
    except ValueError:  # a key that no structure can have, such as one with a quote
        return WHOLE
    return View(decode=decoder.decode, find=lambda steps: _finder(root, steps))


@dataclass(frozen=True, slots=True)
class Head:
    """A view of fields that hold a text, null or nothing; a record in which one holds anything else does not fit.

    ``find_all`` fetches several fields as a tuple, and one as it is; it raises AttributeError when a value that should
    hold one of them is no object.
    """

    decode: Callable[[Record], Root]
    find: Finder
    find_all: Callable[[Sequence[Steps]], Callable[[Root], Any]]


def head_of(wanted: Iterable[Steps]) -> Head:
    """The view of ``wanted``, paths of keys of which none leads through another; their order is that of attributes."""
    root = _Node()
    for steps in wanted:
        node = root
        for step in steps:
            node = node.children.setdefault(str(step), _Node())
    return Head(
        decode=msgspec.json.Decoder(_structure(root, "Head", str | None)).decode,
        find=lambda steps: _finder(root, steps),
        find_all=lambda several: attrgetter(*(".".join(_attributes(root, steps)[0]) for steps in several)),
    )


def _structure(node: _Node, name: str, leaf: Any = Any) -> type[msgspec.Struct]:
    """A structure with one attribute a key, ``f0`` and on; what a record lacks is MISSING."""
    fields: list[tuple[str, Any, Any]] = []
    keys: dict[str, str] = {}
    for number, (key, child) in enumerate(node.children.items()):
        attribute = f"f{number}"
        keys[attribute] = key
        kind = leaf
        if child.children and not child.whole:
            kind = _structure(child, f"{name}_{number}", leaf) | _SCALARS
        fields.append((attribute, kind, MISSING))
    return msgspec.defstruct(name, fields, rename=keys, gc=False)


def _attributes(root: _Node, steps: Steps) -> tuple[tuple[str, ...], Steps]:
    """The attributes that ``steps`` lead through, and the steps left for what the last one holds."""
    names: list[str] = []
    node = root
    for at, step in enumerate(steps):
        if node.whole or not isinstance(step, str):
            return tuple(names), steps[at:]
        names.append(f"f{list(node.children).index(step)}")
        node = node.children[step]
    return tuple(names), ()


def _finder(root: _Node, steps: Steps) -> Callable[[Root], Any]:
    """Fetches from a structure what ``steps`` lead to, or MISSING."""
    names, rest = _attributes(root, steps)
    fetch = _fetch(names)
    if not rest:
        return fetch
    below = find_in_json(rest)
    return lambda view: below(fetch(view))


def _fetch(names: tuple[str, ...]) -> Callable[[Root], Any]:
    """Attributes inside each other. A text, a number or a list in between has no such attribute: MISSING."""
    if len(names) == 1:
        return attrgetter(names[0])
    if len(names) == 2:
        get_outer, inner = attrgetter(names[0]), names[1]
        return lambda view: getattr(get_outer(view), inner, MISSING)

    def fetch(view: Root) -> Any:
        for name in names:
            view = getattr(view, name, MISSING)
        return view

    return fetch
