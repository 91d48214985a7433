"""Replacing chosen values wherever they are: two places that held the same value hold the same pseudonym."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_SHORTEST = 6
"""Characters of a value that is replaced inside longer texts too: a shorter one may be part of any word."""


class Replacement:
    """Replaces values by their pseudonyms, in texts and in plain JSON data."""

    def __init__(self, pseudonyms: Mapping[str, str]) -> None:
        self._pseudonyms = dict(pseudonyms)
        self._long = [value for value in sorted(pseudonyms, key=len, reverse=True) if len(value) >= _SHORTEST]
        words = "|".join(map(re.escape, self._long))
        self._inside = re.compile(rf"(?<![A-Za-z0-9])(?:{words})(?![A-Za-z0-9])") if words else None

    def text(self, text: str) -> str:
        """A text with every value in it replaced."""
        if text in self._pseudonyms:
            return self._pseudonyms[text]
        if self._inside is None:
            return text
        return self._inside.sub(lambda found: self._pseudonyms[found[0]], text)

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
        return any(value in text for value in self._long)


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
