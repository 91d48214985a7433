"""The ``*`` of JSON and space-delimited values: any run of characters, the empty one included.

Whether a ``*`` between other characters is a wildcard is not settled: AWS's text of 2018 to 2021 calls it a plain
character, the current text does not say, and no measured result covers it. Both readings are therefore available.
"""

from collections.abc import Callable
from typing import Literal

from scanner.texts.globs import pieces_test

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
    return pieces_test(glob_pieces(text, midglob))
