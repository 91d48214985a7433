"""Typed views of a record: only the fields that rules name are decoded, straight from the record's bytes.

A view never changes what a condition sees. Where a record does not fit it (a number where a text is expected, a number
too large, text that is not UTF-8), decoding fails and the caller reads the whole record instead.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from operator import attrgetter
from types import GenericAlias
from typing import Any, Literal

import msgspec

from scanner.pattern.language.nodes import Steps
from scanner.pattern.matching.json_reader import read_object
from scanner.pattern.matching.values import MISSING, Finder, find_in_json

Record = msgspec.Raw | bytes | memoryview
"""The JSON text of one record."""

Root = Any
"""A decoded view, or a parsed record."""

MISFITS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises for a record that does not fit a view."""

# A decoder finds keys fastest in the order in which CloudTrail writes them.
_RECORD_ORDER = {
    key: at
    for at, key in enumerate(
        (
            "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress",
            "userAgent", "errorCode", "errorMessage", "requestParameters", "responseElements", "additionalEventData",
            "requestID", "eventID", "readOnly", "resources", "eventType", "managementEvent", "recipientAccountId",
            "sharedEventID", "eventCategory",
        )
    )
}  # fmt: skip
_IDENTITY_ORDER = {
    key: at
    for at, key in enumerate(
        ("type", "principalId", "arn", "accountId", "accessKeyId", "userName", "sessionContext", "invokedBy")
    )
}

_NOTHING = Literal["\0"]
"""A type that practically no value has: a record that has the key at all does not fit."""

_SCALARS = None | str | int | float | bool | list[Any]
"""What may be found where an object is expected; then no key below it leads anywhere."""


def record_text(record: Record) -> str:
    """The record as text; bytes that are not UTF-8 become U+FFFD, as in a log event."""
    return bytes(record).decode("utf-8", "replace")


def parse_record(record: Record) -> dict[str, Any] | None:
    """The whole record, read as the pattern language reads it; None when it is not a JSON object."""
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

    ``whole``: everything below it is wanted as a whole; ``strict``: it must hold a text, null or nothing; ``required``:
    a text; ``refused``: nothing; ``only``: one of these texts, null or nothing; ``present``: it only matters whether it
    is there; ``leads``: something below it is strict.
    """

    whole: bool = False
    strict: bool = False
    required: bool = False
    refused: bool = False
    only: tuple[str, ...] = ()
    present: bool = False
    leads: bool = False
    children: dict[str, "_Node"] = field(default_factory=dict)
    empty: Any = MISSING


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

    ``decode_all`` decodes a list of records. ``find_all`` fetches several fields as a tuple, and one as it is; it
    raises AttributeError when a value that should hold one of them is not an object. ``fields`` are all fields it
    holds.
    """

    decode: Callable[[Record], Root]
    # The structure is made at run time, which no type checker can follow.
    decode_all: Callable[[bytes | memoryview], list[Root]]
    find: Finder
    find_all: Callable[[Sequence[Steps]], Callable[[Root], Any]]
    fields: frozenset[Steps]


def head_of(
    strict: Sequence[Steps],
    also: Iterable[Steps] = (),
    refused: Sequence[str] = (),
    present: Collection[Steps] = (),
    only: Mapping[Steps, tuple[str, ...]] | None = None,
    required: Collection[Steps] = (),
) -> Head:
    """The view of ``strict``, whose order is that of the attributes, and of ``also``, which may hold any value.

    The ``strict`` are paths of keys of which none leads through another; what of ``also`` disturbs one is left out. A
    record does not fit either when it has one of the keys ``refused``, no text in one of the strict fields ``required``
    (which have one key), or another text in a strict field than those that ``only`` lists for it. For the fields
    ``present`` it only matters whether they are there.
    """
    taken = (*strict, *((key,) for key in refused))
    further = [steps for steps in also if can_be_attributes(steps) and not _disturbs(steps, taken)]
    root = _tree((*strict, *further))
    for steps in strict:
        node = root
        for step in steps:
            node.leads = True
            node = node.children[str(step)]
        node.strict, node.required = True, steps in required
        node.only = (only or {}).get(steps, ())
    fields = frozenset((*strict, *further))
    for steps in present:
        if len(steps) == 1 and steps in fields:
            root.children[str(steps[0])].present = True
    for key in refused:
        root.children[key] = _Node(refused=True)
    _put_in_order(root, _RECORD_ORDER)
    if "userIdentity" in root.children:
        _put_in_order(root.children["userIdentity"], _IDENTITY_ORDER)
    structure = _structure(root, "Head")
    many: Any = GenericAlias(list, (structure,))  # what list[structure] gives, for a structure made here
    decode_all: Callable[[bytes | memoryview], list[Root]] = msgspec.json.Decoder(many).decode
    return Head(
        decode=msgspec.json.Decoder(structure).decode,
        decode_all=decode_all,
        find=lambda steps: _finder(root, steps),
        find_all=lambda several: _fetch_all(root, several),
        fields=fields,
    )


def clash(steps: Steps, other: Steps) -> bool:
    """Whether one of two different paths leads through the other."""
    shorter = min(len(steps), len(other))
    return steps != other and steps[:shorter] == other[:shorter]


def _disturbs(steps: Steps, strict: Sequence[Steps]) -> bool:
    """Whether a path leads through one of ``strict``, or wants as a whole a value through which one of them leads."""
    keys = tuple(takewhile(lambda step: isinstance(step, str), steps))
    if keys == steps:
        return any(steps != other and steps[: len(other)] == other for other in strict)
    return any(clash(keys, other) or keys == other for other in strict)


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


def _put_in_order(node: _Node, order: Mapping[str, int]) -> None:
    node.children = dict(sorted(node.children.items(), key=lambda item: order.get(item[0], len(order))))


def _structure(node: _Node, name: str) -> type[msgspec.Struct]:
    """A structure with one attribute per key, ``f0`` and on; what a record lacks is MISSING."""
    fields: list[tuple[str, Any, Any]] = []
    keys: dict[str, str] = {}
    for number, (key, child) in enumerate(node.children.items()):
        attribute = f"f{number}"
        keys[attribute] = key
        kind: Any = Any
        if child.strict or child.refused:
            kind = (
                str
                if child.required
                else (_one_of(child.only) if child.only else str) | None
                if child.strict
                else _NOTHING
            )
        elif child.present and not child.whole:
            kind = msgspec.Raw
        missing: Any = MISSING
        if child.children and not child.whole:
            structure = _structure(child, f"{name}_{number}")
            kind = structure | _SCALARS
            # An empty object spares asking whether there is one, on the way to what it holds.
            missing = structure() if child.leads else MISSING
            child.empty = missing
        fields.append((attribute, kind, msgspec.NODEFAULT if child.required else missing))
    return msgspec.defstruct(name, fields, rename=keys, gc=False, frozen=True, kw_only=True)


def _one_of(texts: tuple[str, ...]) -> Any:
    """The type of a field that holds one of some texts."""
    return Literal.__getitem__(texts)


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
        empty = _node_at(root, steps).empty
        return fetch if empty is MISSING else _unless(fetch, empty)
    below = find_in_json(rest)
    return lambda view: below(fetch(view))


def _fetch_all(root: _Node, several: Sequence[Steps]) -> Callable[[Root], Any]:
    if len(several) == 1 and _node_at(root, several[0]).empty is not MISSING:
        return _finder(root, several[0])
    return attrgetter(*(".".join(_attributes(root, steps)[0]) for steps in several))


def _node_at(root: _Node, steps: Steps) -> _Node:
    node = root
    for step in steps:
        node = node.children[str(step)]
    return node


def _unless(fetch: Callable[[Root], Any], empty: Any) -> Callable[[Root], Any]:
    """What is fetched, or MISSING where it is the object that means there is none."""

    def find(view: Root) -> Any:
        found = fetch(view)
        return MISSING if found is empty else found

    return find


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
