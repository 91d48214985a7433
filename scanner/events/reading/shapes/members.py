"""The members of JSON objects and the elements of arrays, one step at a time and however deep they lie."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from scanner.events.reading.text.broken_json import elements as elements_of
from scanner.events.reading.text.broken_json import members as members_of

Value = bytes | msgspec.Raw
Members = Mapping[str, msgspec.Raw]

BROKEN_VALUE: Final = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
"""What decoding a value raises that is not what it should be."""

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)


def members_in(value: Value) -> Members:
    """The members of an object; one that lies too deep for the decoder is followed without it.

    Raises one of ``BROKEN_VALUE`` for anything else.
    """
    try:
        return _OBJECT.decode(value)
    except RecursionError:
        text = bytes(value)
        found = members_of(text, 0, len(text))
        return {name: msgspec.Raw(text[start:end]) for name, start, end in found if start < end}


def items_in(value: Value) -> Iterable[msgspec.Raw]:
    """The elements of an array, like the members of an object."""
    try:
        return _ARRAY.decode(value)
    except RecursionError:
        text = bytes(value)
        found = elements_of(text, 1, len(text), lambda _: "")
        return [msgspec.Raw(text[each.start : each.end]) for each in found if each.start < each.end]


def text_in(value: msgspec.Raw | None) -> str:
    """The text that a value is; "" for any other, and for none."""
    try:
        return "" if value is None else _TEXT.decode(value)
    except BROKEN_VALUE:
        return ""
