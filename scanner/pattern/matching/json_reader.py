"""Reading a log message as one JSON object, at any depth and with numbers of any length."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NoReturn

_TOKEN = re.compile(
    r"[ \t\n\r]*(?:"
    r"(?P<mark>[{}\[\],:])"
    r'|(?P<text>"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")'
    r"|(?P<decimal>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+))"
    r"|(?P<integer>-?(?:0|[1-9][0-9]*))"
    r"|(?P<word>true|false|null)"
    r"|(?P<end>\Z)"
    r")"
)
_WORDS = {"true": True, "false": False, "null": None}
_LONGEST_INT = 4000

# What may come next while a text is read without recursion.
_VALUE = frozenset({"{", "[", "text", "scalar"})
_VALUE_OR_CLOSE = _VALUE | {"]"}
_NAME = frozenset({"text"})
_NAME_OR_CLOSE = frozenset({"text", "}"})
_COLON = frozenset({":"})
_MORE_MEMBERS = frozenset({",", "}"})
_MORE_ITEMS = frozenset({",", "]"})
_END = frozenset({"end"})


def _not_json(name: str) -> NoReturn:
    """Refuse ``NaN``, ``Infinity`` and ``-Infinity``, which are not JSON."""
    raise json.JSONDecodeError("not a JSON value", name, 0)


_DECODER = json.JSONDecoder(parse_constant=_not_json)


def read_object(message: str) -> dict[str, Any] | None:
    """The JSON object that ``message`` is, or None when it is anything else.

    Anything else is a text that is not JSON, a list or a scalar, and an object with text after it. Integers stay exact,
    other numbers are doubles, the last of several equal keys counts. A message nested deeper than Python's own reader
    goes is read by a slower one, so that depth cannot hide an event.
    """
    if message.lstrip(" \t\n\r")[:1] != "{":
        return None
    try:
        value = _DECODER.decode(message)
    except json.JSONDecodeError:
        return None
    except (RecursionError, ValueError):  # nested too deep, or an integer longer than int() reads
        value = read_without_recursion(message)
    return value if isinstance(value, dict) else None


def _tokens(message: str) -> Iterator[tuple[str, Any]]:
    """The tokens of ``message`` as (kind, value); the last is ``end``, or ``wrong`` where no token begins."""
    at = 0
    while True:
        found = _TOKEN.match(message, at)
        kind = found.lastgroup if found else None
        if found is None or kind is None:
            yield "wrong", None
            return
        spelling = found.group(kind)
        at = found.end()
        if kind == "mark":
            yield spelling, {} if spelling == "{" else []
        elif kind in {"text", "end"}:
            yield kind, json.loads(spelling) if spelling else None
        else:
            yield "scalar", _scalar(kind, spelling)
        if kind == "end":
            return


def _scalar(kind: str, spelling: str) -> float | Decimal | bool | None:
    """The value of a number or a word."""
    if kind == "decimal":
        return float(spelling)
    if kind == "integer":
        return int(spelling) if len(spelling) < _LONGEST_INT else Decimal(spelling)
    return _WORDS[spelling]


def read_without_recursion(message: str) -> Any:
    """The value of a JSON text of any depth; None when it is not JSON, and when it is ``null``."""
    top: list[Any] = []
    holders: list[_Holder] = [(top, "")]
    expected = _VALUE
    for kind, value in _tokens(message):
        if kind not in expected:
            return None
        if kind != "end":
            expected = _put(kind, value, holders, is_name=expected is _NAME or expected is _NAME_OR_CLOSE)
    return top[0] if top else None


_Holder = tuple[Any, str]
"""An object or a list that is being read, and for an object the name of the member that comes next."""


def _put(kind: str, value: Any, holders: list[_Holder], *, is_name: bool) -> frozenset[str]:
    """Put a token where it belongs, into the last of ``holders``; returns which tokens may follow it."""
    holder, name = holders[-1]
    if is_name and kind == "text":
        holders[-1] = (holder, value)
        return _COLON
    if kind == ":":
        return _VALUE
    if kind == ",":
        return _NAME if isinstance(holder, dict) else _VALUE
    if kind in {"}", "]"}:
        holders.pop()
        return _after_value(holders)
    if isinstance(holder, dict):
        holder[name] = value
    else:
        holder.append(value)
    if kind in {"{", "["}:
        holders.append((value, ""))
        return _NAME_OR_CLOSE if kind == "{" else _VALUE_OR_CLOSE
    return _after_value(holders)


def _after_value(holders: list[_Holder]) -> frozenset[str]:
    """What may follow a value that lies in the last of ``holders``."""
    if len(holders) == 1:
        return _END
    return _MORE_MEMBERS if isinstance(holders[-1][0], dict) else _MORE_ITEMS
