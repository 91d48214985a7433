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


def _not_json(name: str) -> NoReturn:
    """Refuse ``NaN``, ``Infinity`` and ``-Infinity``, which are not JSON."""
    raise json.JSONDecodeError(f"{name} is not JSON", name, 0)


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
        value = _read_deep(message)
    return value if isinstance(value, dict) else None


def _tokens(message: str) -> Iterator[tuple[str, str]]:
    """The tokens of ``message`` as (kind, text); the last is ``end``, or ``wrong`` where no token begins."""
    at = 0
    while True:
        found = _TOKEN.match(message, at)
        kind = found.lastgroup if found else None
        if found is None or kind is None:
            yield "wrong", ""
            return
        yield kind, found.group(kind)
        if kind == "end":
            return
        at = found.end()


def _scalar(kind: str, token: str) -> Any:
    """The value of a token that is no mark."""
    if kind == "text":
        return json.loads(token)
    if kind == "decimal":
        return float(token)
    if kind == "integer":
        return int(token) if len(token) < _LONGEST_INT else Decimal(token)
    return _WORDS[token]


def _read_deep(message: str) -> Any:
    """The value of a JSON text, read without recursion; None when it is not JSON (or is ``null``)."""
    top: list[Any] = []
    open_: list[tuple[dict[str, Any] | list[Any], str]] = [(top, "")]
    expected = "value"
    for kind, token in _tokens(message):
        holder, key = open_[-1]
        if kind == "end" and expected == "end":
            return top[0]
        if kind == "mark" and token in "}]" and expected in {"next", "value or ]", "key or }"}:
            if isinstance(holder, dict) is not (token == "}") or expected.startswith("value") and token == "}":
                return None
            open_.pop()
            expected = "next" if len(open_) > 1 else "end"
        elif kind == "mark" and token == "," and expected == "next":
            expected = "key" if isinstance(holder, dict) else "value"
        elif kind == "mark" and token == ":" and expected == ":":
            expected = "value"
        elif kind == "text" and expected.startswith("key"):
            open_[-1] = (holder, json.loads(token))
            expected = ":"
        elif expected.startswith("value") and kind not in {"end", "wrong"} and token not in {"}", "]", ",", ":"}:
            opens = kind == "mark"
            value: Any = ({} if token == "{" else []) if opens else _scalar(kind, token)
            if isinstance(holder, dict):
                holder[key] = value
            else:
                holder.append(value)
            if opens:
                open_.append((value, ""))
                expected = "key or }" if token == "{" else "value or ]"
            else:
                expected = "next" if len(open_) > 1 else "end"
        else:
            return None
    return None
