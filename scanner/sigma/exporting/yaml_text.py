"""A mapping as YAML text that every reader reads alike: texts in quotes, long ones folded."""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping

from scanner.model import JsonValue

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.|-]*")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_./:-]*[A-Za-z0-9_/]|[A-Za-z]{3,}")
_MEANT = re.compile(r"true|false|null|yes|no|on|off|y|n", re.IGNORECASE)
_WIDTH = 118
_LONG = 80


def document(members: Mapping[str, JsonValue]) -> str:
    """A mapping as one YAML document that ends in a line break."""
    return "\n".join(_mapping(members, "")) + "\n"


def _mapping(members: Mapping[str, JsonValue], indent: str) -> Iterator[str]:
    for name, value in members.items():
        key = name if _KEY.fullmatch(name) and not _MEANT.fullmatch(name) else _quoted(name)
        yield from _member(f"{indent}{key}:", value, indent)


def _member(key: str, value: JsonValue, indent: str) -> Iterator[str]:
    """The lines of one member: its value beside the key, or below it."""
    match value:
        case dict() if value:
            yield key
            yield from _mapping(value, f"{indent}    ")
        case list() if value:
            yield key
            for item in value:
                yield from _element(item, f"{indent}    ")
        case str() if len(value) > _LONG and _folds(value):
            yield f"{key} >-"
            yield from textwrap.wrap(
                value,
                _WIDTH,
                initial_indent=f"{indent}    ",
                subsequent_indent=f"{indent}    ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        case _:
            yield f"{key} {_scalar(value)}"


def _element(value: JsonValue, indent: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{indent}- {_scalar(value)}"
        return
    first, *others = _mapping(value, f"{indent}  ")
    yield f"{indent}- {first.lstrip()}"
    yield from others


def _folds(text: str) -> bool:
    """Whether a folded text, whose line breaks are read as blanks, is read as ``text``."""
    return text.isprintable() and text == " ".join(text.split(" ")) and "  " not in text and text == text.strip()


def _scalar(value: JsonValue) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    return value if _WORD.fullmatch(value) and not _MEANT.fullmatch(value) else _quoted(value)


def _quoted(text: str) -> str:
    if text.isprintable():
        return "'{}'".format(text.replace("'", "''"))
    return '"{}"'.format("".join(map(_escaped, text)))


def _escaped(character: str) -> str:
    """A character between double quotes; JSON's pairs of surrogates are not what every YAML reader joins."""
    if character.isprintable():
        return f"\\{character}" if character in '"\\' else character
    return f"\\U{ord(character):08X}"
