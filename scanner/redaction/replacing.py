"""Replacing chosen values wherever they are: two places that held the same value hold the same pseudonym."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

_SHORTEST = 6
"""Characters of a value that is replaced inside longer texts too: a shorter one may be part of any word."""


_MARKS = "@+:/."
"""Characters by which values are told apart: a text without the mark of a value does not hold it.

A value that is part of another has the other's mark or a later one, so the whole is replaced before its part.
"""


@dataclass(frozen=True, slots=True)
class _Group:
    """Values that hold the same mark ("" for none), the longest first."""

    mark: str
    values: tuple[str, ...]
    pattern: re.Pattern[str]


def _groups(values: Iterable[str]) -> tuple[_Group, ...]:
    by_mark: dict[str, list[str]] = {mark: [] for mark in (*_MARKS, "")}
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= _SHORTEST:
            by_mark[next((mark for mark in _MARKS if mark in value), "")].append(value)
    found = []
    for mark, alike in by_mark.items():
        words = "|".join(map(re.escape, alike))
        if words:
            found.append(_Group(mark, tuple(alike), re.compile(rf"(?<![A-Za-z0-9])(?:{words})(?![A-Za-z0-9])")))
    return tuple(found)


class Replacement:
    """Replaces values by their pseudonyms, in texts and in plain JSON data."""

    def __init__(self, pseudonyms: Mapping[str, str]) -> None:
        self._pseudonyms = dict(pseudonyms)
        self._groups = _groups(pseudonyms)

    def text(self, text: str) -> str:
        """A text with every value in it replaced."""
        if text in self._pseudonyms:
            return self._pseudonyms[text]
        for group in self._groups:
            if group.mark in text:
                text = group.pattern.sub(lambda found: self._pseudonyms[found[0]], text)
        return text

    def data(self, value: Any) -> Any:
        """The same for plain JSON data; the names of members stay, because rules know them."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {name: self.data(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.data(item) for item in value]
        return value

    def left(self, value: Any) -> str:
        """A value that is still in plain JSON data, names of members included; "" when there is none."""
        return next((text for text in _all_texts(value) if self._is_left(text)), "")

    def _is_left(self, text: str) -> bool:
        marked = (group.values for group in self._groups if group.mark in text)
        return any(value in text for value in chain.from_iterable(marked))


def _all_texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield name
            yield from _all_texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _all_texts(item)
