"""Typed views of a record: only the fields that rules name are decoded, straight from the record's bytes.

A view never changes what a condition sees. Where a record does not fit it (a number where a text is expected, a number
too large, text that is not UTF-8), decoding fails and the caller reads the whole record instead.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
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
    """One key of the tree of paths.

    ``whole``: everything below it is wanted as it stands; ``strict``: it must hold a text, null or nothing; ``leads``:
    something below it is strict.
    """

    whole: bool = False
    strict: bool = False
    leads: bool = False
    children: dict[str, "_Node"] = field(default_factory=dict)


def view_of(wanted: Iterable[Steps]) -> View:
    """The view that holds the fields ``wanted`` and decodes nothing else; exact for every value they may have."""
    root = _tree(wanted)
    if root.whole:  # a wildcard over the record itself
        return WHOLE
    try:
        decoder = msgspec.json.Decoder(_structure(root, "View"))
    except ValueError:  # a key that no structure can have, such as one with a quote
        return WHOLE
    return View(decode=decoder.decode, find=lambda steps: _finder(root, steps))


@dataclass(frozen=True, slots=True)
class Head:
    """A view in which some fields hold a text, null or nothing; a record in which one holds anything else does not fit.

    ``find_all`` fetches several of those as a tuple, and one as it is; it raises AttributeError when a value that should
    hold one of them is no object. ``fields`` are all fields it holds.
    """

    decode: Callable[[Record], Root]
    find: Finder
    find_all: Callable[[Sequence[Steps]], Callable[[Root], Any]]
    fields: frozenset[Steps]


def head_of(strict: Sequence[Steps], also: Iterable[Steps] = ()) -> Head:
    """The view of ``strict``, whose order is that of the attributes, and of ``also``, which may hold any value.

    The ``strict`` are paths of keys of which none leads through another; what of ``also`` clashes with one is left out.
    """
    further = [steps for steps in also if can_be_attributes(steps) and not _disturbs(steps, strict)]
    root = _tree((*strict, *further))
    for steps in strict:
        node = root
        for step in steps:
            node.leads = True
            node = node.children[str(step)]
        node.strict = True
    return Head(
        decode=msgspec.json.Decoder(_structure(root, "Head")).decode,
        find=lambda steps: _finder(root, steps),
        find_all=lambda several: attrgetter(*(".".join(_attributes(root, steps)[0]) for steps in several)),
        fields=frozenset((*strict, *further)),
    )


def clash(steps: Steps, other: Steps) -> bool:
    """Whether one of two different paths leads through the other."""
    shorter = min(len(steps), len(other))
    return steps != other and steps[:shorter] == other[:shorter]


def _disturbs(steps: Steps, strict: Sequence[Steps]) -> bool:
    """Whether a path, or the value it wants as it stands, clashes with one of ``strict``."""
    keys = tuple(takewhile(lambda step: isinstance(step, str), steps))
    return any(clash(keys, other) or (keys == other and keys != steps) for other in strict)


def can_be_attributes(steps: Steps) -> bool:
    """Whether the path begins with a key, and no key of it is one that a structure cannot have."""
    keys = [step for step in steps if isinstance(step, str)]
    return isinstance(steps[0], str) and all(key.isprintable() and not {'"', "\\"} & set(key) for key in keys)


def _tree(wanted: Iterable[Steps]) -> _Node:
    root = _Node()
    for steps in wanted:
        node = root
        for step in steps:
            if not isinstance(step, str):
                node.whole = True
                break
            node = node.children.setdefault(step, _Node())
    return root


def _structure(node: _Node, name: str) -> type[msgspec.Struct]:
    """A structure with one attribute a key, ``f0`` and on; what a record lacks is MISSING."""
    fields: list[tuple[str, Any, Any]] = []
    keys: dict[str, str] = {}
    for number, (key, child) in enumerate(node.children.items()):
        attribute = f"f{number}"
        keys[attribute] = key
        kind: Any = str | None if child.strict else Any
        missing: Any = MISSING
        if child.children and not child.whole:
            structure = _structure(child, f"{name}_{number}")
            kind = structure | _SCALARS
            # Nobody asks for the object itself then, and an empty one spares asking whether it is there.
            missing = structure() if child.leads else MISSING
        fields.append((attribute, kind, missing))
    return msgspec.defstruct(name, fields, rename=keys, gc=False, frozen=True)


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
