"""Values of the model as JSON text, in the forms that every file and report here shares."""

import json
from collections.abc import Mapping
from functools import cache

from reports.characters import escape_json
from scanner.model import JsonValue


def json_bytes(value: JsonValue) -> bytes:
    """``value`` in the one JSON form of all files here; hidden characters become JSON escapes.

    Raises ValueError for numbers that are not finite: JSON has none.
    """
    return _laid_out(escape_json(_encoder().encode(value))) + b"\n"


def _laid_out(text: str) -> bytes:
    """A line of JSON over many lines, two spaces for each depth."""
    from msgspec import DecodeError  # late: the start of the command needs no JSON
    from msgspec.json import format as laid_out

    try:
        return laid_out(text.encode(), indent=2)
    except (DecodeError, RecursionError):
        # Half of a pair of surrogates, as an escape, and very deep nesting are beyond it, and not beyond JSON.
        return escape_json(json.dumps(json.loads(text), indent=2, ensure_ascii=False)).encode()


def indented(value: JsonValue, depth: int) -> bytes:
    """``value`` in the form of ``json_bytes`` as it is inside ``depth`` others, without what comes before and after."""
    return json_bytes(value)[:-1].replace(b"\n", b"\n" + b"  " * depth)


def compact_json(value: JsonValue) -> str:
    """``value`` as one line of JSON with sorted keys and visible characters."""
    return escape_json(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=plain))


@cache
def _encoder() -> json.JSONEncoder:
    # The encoder of CPython is fast for one line alone: what is indented is written by its Python form.
    return json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), default=plain)


def plain(value: object) -> JsonValue:
    """Any mapping or collection of the model as the dict or list that ``json.dumps`` knows (its ``default``)."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not plain JSON data")
