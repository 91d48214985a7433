"""JSON documents written one entry of a list at a time: those of thousands of accounts do not fit into memory whole."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import cast

from reports.plain_json import indented
from scanner.model import JsonValue


@dataclass(frozen=True, slots=True)
class Listed:
    """A list whose entries are made while they are written. As a member of an object it is left out when empty."""

    entries: "Iterable[Tree]"


Tree = Mapping[str, "Tree"] | Sequence["Tree"] | Listed | str | int | float | bool | None
"""Plain JSON data in which some lists are made while they are written; a list that holds such is a tuple."""


def document_pieces(tree: Tree) -> Iterator[bytes]:
    """A document in pieces, in the form of ``json_bytes``."""
    yield from _pieces(tree, 0)
    yield b"\n"


def _pieces(tree: Tree, depth: int) -> Iterator[bytes]:
    if isinstance(tree, Listed):
        yield from _entries(tree.entries, depth)
        return
    whole = _whole(tree, depth)
    if whole is not None:
        yield whole
    elif isinstance(tree, Mapping):
        yield from _members(tree, depth)
    else:
        yield from _entries(cast("tuple[Tree, ...]", tree), depth)


def _whole(tree: Tree, depth: int) -> bytes | None:
    """What can be written at once, as nearly everything can; None where entries inside are made while it is written."""
    try:
        return indented(cast("JsonValue", tree), depth)
    except TypeError:  # the encoder met a list that it does not know
        if isinstance(tree, Mapping | tuple):
            return None
        raise


def _entries(entries: Iterable[Tree], depth: int) -> Iterator[bytes]:
    line = b"\n" + b"  " * (depth + 1)
    before = b"["
    for entry in entries:
        yield before + line
        yield from _pieces(entry, depth + 1)
        before = b","
    yield b"[]" if before == b"[" else line[:-2] + b"]"


def _members(tree: Mapping[str, Tree], depth: int) -> Iterator[bytes]:
    line = b"\n" + b"  " * (depth + 1)
    before = b"{"
    for name in sorted(tree):
        filled = _filled(tree[name])
        if filled is None:
            continue
        yield before + line + indented(name, 0) + b": "
        yield from _pieces(filled, depth + 1)
        before = b","
    yield b"{}" if before == b"{" else line[:-2] + b"}"


def _filled(value: Tree) -> Tree | None:
    """A member as it is written; None for a list without entries. None itself is never a member of these documents."""
    if not isinstance(value, Listed):
        return value
    entries = iter(value.entries)
    for first in entries:
        return Listed(chain((first,), entries))
    return None
