"""Replacing chosen values wherever they are: two places that held the same value hold the same pseudonym."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

_SHORTEST = 6
"""Characters of a value that is replaced inside longer texts too: a shorter one may be part of any word."""


_MARKS = "@+:/."
"""Characters by which values are told apart: a text without the mark of a value does not hold it."""

_WORD = re.compile("[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class _Group:
    """Values that hold the same mark ("" for none)."""

    mark: str
    values: tuple[str, ...]


def _groups(values: Iterable[str]) -> tuple[_Group, ...]:
    by_mark: dict[str, list[str]] = {mark: [] for mark in (*_MARKS, "")}
    for value in values:
        by_mark[next((mark for mark in _MARKS if mark in value), "")].append(value)
    return tuple(_Group(mark, tuple(alike)) for mark, alike in by_mark.items() if alike)


def _by_word(values: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Values by their first word, each with what it has before that, the longest first.

    A value begins and ends with a word or beside one, so a text holds it only where the text has that word.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for value in sorted(values, key=len, reverse=True):
        if first := _WORD.search(value):
            found.setdefault(first[0], []).append((value[: first.start()], value))
    return found


class Replacement:
    """Replaces values by their pseudonyms, in texts and in plain JSON data."""

    def __init__(self, pseudonyms: Mapping[str, str]) -> None:
        self._pseudonyms = dict(pseudonyms)
        long = [value for value in pseudonyms if len(value) >= _SHORTEST]
        self._groups = _groups(long)
        self._by_word = _by_word(long)
        self._wordless = sorted((value for value in long if not _WORD.search(value)), key=len, reverse=True)

    def text(self, text: str) -> str:
        """A text with every value in it replaced: the longest of those that begin at a place.

        In a JSON document, such as a policy or the data of an alarm's history, its texts are, however they are written.
        """
        if text in self._pseudonyms:
            return self._pseudonyms[text]
        if (inner := _document(text)) is not None and (replaced := self.data(inner)) != inner:
            text = json.dumps(replaced, ensure_ascii=False, separators=(",", ":"))
        for value in self._wordless:
            text = text.replace(value, self._pseudonyms[value])
        done = 0
        kept: list[str] = []
        for word in _WORD.finditer(text) if self._by_word else ():
            found = self._at(text, word, done)
            if found is not None:
                start, value = found
                kept += [text[done:start], self._pseudonyms[value]]
                done = start + len(value)
        return "".join((*kept, text[done:])) if kept else text

    def _at(self, text: str, word: re.Match[str], done: int) -> tuple[int, str] | None:
        """The value whose first word is this one, and where it begins, if that is after what was replaced before."""
        for lead, value in self._by_word.get(word[0], ()):
            start = word.start() - len(lead)
            end = start + len(value)
            apart = not _WORD.match(text, end) and not (lead and _WORD.match(text, max(start - 1, 0), start))
            if start >= done and apart and text.startswith(value, start):
                return start, value
        return None

    def data(self, value: Any, *, names: bool = False) -> Any:
        """The same for plain JSON data, with the ``names`` of members or without: rules know those of answers."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(name) if names else name: self.data(item, names=names) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.data(item, names=names) for item in value]
        return value

    def left(self, value: Any) -> str:
        """A value that is still in plain JSON data, names of members included; "" when there is none."""
        return next((text for text in _all_texts(value) if self._is_left(text)), "")

    def _is_left(self, text: str) -> bool:
        marked = (group.values for group in self._groups if group.mark in text)
        return any(value in text for value in chain.from_iterable(marked))


def _document(text: str) -> Any:
    """The object or list that a text is the JSON of; None for any other text."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _all_texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
        yield from _all_texts(_document(value))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield name
            yield from _all_texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _all_texts(item)
