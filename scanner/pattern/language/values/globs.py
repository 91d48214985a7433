"""The ``*`` of JSON and space-delimited values: any run of characters, the empty one included.

Whether a ``*`` between other characters is a wildcard is not settled: AWS's text of 2018 to 2021 calls it a plain
character, the current text does not say, and no measured result covers it. Both readings are therefore available.
"""

from collections.abc import Callable
from typing import Literal

Reading = Literal["wildcard", "literal"]
"""How a ``*`` in the middle of a value is read."""


def glob_pieces(text: str, midglob: Reading = "wildcard") -> tuple[str, ...]:
    """The literal pieces of ``text`` between its wildcards.

    One piece: the value equals it. More: the value begins with the first, ends with the last, and holds the others
    in order between them; an empty first or last piece means a wildcard there.
    """
    if midglob == "wildcard":
        return tuple(text.split("*"))
    inner = text.strip("*")
    if not inner:
        return ("", "") if text else ("",)
    before = ("",) if text.startswith("*") else ()
    after = ("",) if text.endswith("*") else ()
    return (*before, inner, *after)


def has_middle_wildcard(text: str) -> bool:
    """Whether the two readings of ``text`` differ."""
    return "*" in text.strip("*")


def compile_glob(text: str, midglob: Reading = "wildcard") -> Callable[[str], bool]:
    """A test of whole strings against ``text``."""
    pieces = glob_pieces(text, midglob)
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return first.__eq__
    inner = tuple(filter(None, pieces[1:-1]))
    if len(inner) == 1 and not first and not last:
        needle = inner[0]
        return lambda value: needle in value
    return _in_order(first, inner, last) if inner or (first and last) else _at_one_end(first, last)


def _at_one_end(first: str, last: str) -> Callable[[str], bool]:
    """A test for texts that begin with ``first`` or end with ``last``, of which at least one is empty."""
    if first:
        return lambda value: value.startswith(first)
    if last:
        return lambda value: value.endswith(last)
    return lambda _: True


def _in_order(first: str, inner: tuple[str, ...], last: str) -> Callable[[str], bool]:
    """A test for texts that begin with ``first``, end with ``last`` and hold ``inner`` in order between them."""

    def holds(value: str) -> bool:
        end = len(value) - len(last)
        at = len(first)
        if at > end or not value.startswith(first) or not value.endswith(last):
            return False
        for piece in inner:
            found = value.find(piece, at, end)
            if found < 0:
                return False
            at = found + len(piece)
        return True

    return holds
