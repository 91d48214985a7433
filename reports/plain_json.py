"""Values of the model as JSON text, in the forms that every file and report here shares."""

import json
from collections.abc import Mapping

from reports.characters import escape_json
from scanner.model import JsonValue


def json_bytes(value: JsonValue) -> bytes:
    """``value`` in the one JSON form of all files here; hidden characters become JSON escapes.

    Raises ValueError for numbers that are not finite: JSON has none.
    """
    text = json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False, default=plain)
    return escape_json(text).encode() + b"\n"


def indented(value: JsonValue, depth: int) -> bytes:
    """``value`` in the form of ``json_bytes`` as it is inside ``depth`` others, without what comes before and after."""
    return json_bytes(value)[:-1].replace(b"\n", b"\n" + b"  " * depth)


def compact_json(value: JsonValue) -> str:
    """``value`` as one line of JSON with sorted keys and visible characters."""
    return escape_json(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=plain))


def plain(value: object) -> JsonValue:
    """Any mapping or collection of the model as the dict or list that ``json.dumps`` knows (its ``default``)."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not plain JSON data")
