"""Edits of plain data at a JSON Pointer (RFC 6901); a pointer that leads nowhere is an error."""

import copy
from collections.abc import Sequence
from typing import Any

from scanner.wording import did_you_mean, shown

_LONG_NAME = 6


class NoPlaceError(Exception):
    """A pointer leads nowhere; the text says where it breaks off."""


class EmptyListError(NoPlaceError):
    """A pointer leads into a list that holds nothing."""


def split(pointer: str) -> tuple[str, ...]:
    """The steps of a JSON Pointer, unescaped; none for the empty pointer."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def put(data: Any, steps: Sequence[str], value: Any) -> Any:
    """A copy of ``data`` with ``value`` at the place; ``-`` appends to a list.

    The place's parent must exist. A new member must not be a misspelling of one beside it.
    """
    copied = copy.deepcopy(data)
    if not steps:
        return copy.deepcopy(value)
    parent = _follow(copied, steps[:-1])
    last = steps[-1]
    if isinstance(parent, list):
        if last == "-":
            parent.append(copy.deepcopy(value))
        else:
            parent[_index(parent, last)] = copy.deepcopy(value)
    else:
        # A new member that is nearly an old one would change nothing that the rule reads: the case would test nothing.
        for name in parent:
            if last not in parent and _is_misspelling(last, name):
                raise NoPlaceError(f"there is no member {shown(last)}; there is {shown(name)}.")
        parent[last] = copy.deepcopy(value)
    return copied


def remove(data: Any, steps: Sequence[str]) -> Any:
    """A copy of ``data`` without what is at the place."""
    copied = copy.deepcopy(data)
    if not steps:
        raise NoPlaceError("the whole answer cannot be removed; use `without`.")
    parent = _follow(copied, steps[:-1])
    if isinstance(parent, list):
        del parent[_index(parent, steps[-1])]
    else:
        del parent[_member(parent, steps[-1])]
    return copied


def _follow(data: Any, steps: Sequence[str]) -> Any:
    """The list or mapping at the place."""
    for number, step in enumerate(steps, start=1):
        data = data[_index(data, step)] if isinstance(data, list) else data[_member(data, step)]
        if not isinstance(data, list | dict):
            raise NoPlaceError(f"/{'/'.join(steps[:number])} holds {shown(data)}, which has no members.")
    return data


def _member(data: dict[str, Any], name: str) -> str:
    if name not in data:
        members = ", ".join(sorted(data)) or "none"
        raise NoPlaceError(f"there is no member {shown(name)} (its members: {members}).{did_you_mean(name, data)}")
    return name


def _index(data: list[Any], step: str) -> int:
    if not (step.isascii() and step.isdigit()) or int(step) >= len(data):
        kind = NoPlaceError if data else EmptyListError
        raise kind(f"{shown(step)} is not an index of a list of {len(data)}.")
    return int(step)


def _is_misspelling(word: str, name: str) -> bool:
    """Whether two long names differ in capitals only, or by one or two letters."""
    if min(len(word), len(name)) < _LONG_NAME or word == name:
        return False
    return word.casefold() == name.casefold() or _distance(word, name) <= 2


def _distance(one: str, other: str) -> int:
    """The Levenshtein distance."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, right in enumerate(other, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (left != right))
    return row[-1]
