"""The configuration file as read: its values, and the line that each is written in."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.cli.settings.places import TOML
from scanner.documents import Document, read_document
from scanner.errors import ContentError

_TABLE = ("tool", "trailwitness")
_HEADER = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?")
_KEY = re.compile(r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=")
_PART = re.compile(r"[\w-]+|\"[^\"]*\"|'[^']*'")


@dataclass(frozen=True, slots=True)
class ConfigurationFile:
    """What a file holds. ``lines`` are those of its keys, by the way to each from the top of the configuration."""

    path: Path
    values: Mapping[str, Any]
    lines: Mapping[tuple[str, ...], int]

    def place(self, way: Sequence[str]) -> str:
        """``FILE:LINE`` of a key; the file alone where its line is not known."""
        line = self.lines.get(tuple(way))
        return f"{self.path}:{line}" if line else str(self.path)


def read_file(path: Path) -> ConfigurationFile | None:
    """Read a configuration file; None for a ``pyproject.toml`` without the table. Raises ContentError."""
    if path.suffix == ".toml":
        return _read_toml(path)
    document = read_document(path)
    if document.value is None:
        return ConfigurationFile(path, {}, {})
    if not isinstance(document.value, dict):
        raise ContentError((document.problem((), "the configuration is a mapping of options to values"),))
    return ConfigurationFile(path, document.value, dict(_yaml_lines(document, ())))


def _yaml_lines(document: Document, way: tuple[str, ...]) -> list[tuple[tuple[str, ...], int]]:
    value: Any = document.value
    for step in way:
        value = value[step]
    found = []
    for key, inner in value.items():
        found.append(((*way, key), document.key_mark(way, key).line))
        if isinstance(inner, dict):
            found += _yaml_lines(document, (*way, key))
    return found


def _read_toml(path: Path) -> ConfigurationFile | None:
    try:
        text = path.read_text(encoding="utf-8")
        values: Any = tomllib.loads(text)
    except OSError as error:
        raise ContentError((f"{path}: the file cannot be read: {error.strerror}",)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ContentError((f"{path}: this is not TOML: {error}",)) from error
    if path.name != TOML:
        return ConfigurationFile(path, values, _toml_lines(text, ()))
    for step in _TABLE:
        values = values.get(step) if isinstance(values, dict) else None
    if values is None:
        return None
    if not isinstance(values, dict):
        raise ContentError((f"{path}: tool.trailwitness is not a table",))
    return ConfigurationFile(path, values, _toml_lines(text, _TABLE))


def _toml_lines(text: str, top: tuple[str, ...]) -> Mapping[tuple[str, ...], int]:
    """The line of each key below a table, found by its spelling: the parser does not tell."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.fullmatch(line):
            table = _parts(header[1])
            way = table
        elif key := _KEY.match(line):
            way = (*table, *_parts(key[1]))
        else:
            continue
        if way[: len(top)] == top:
            found.setdefault(way[len(top) :], number)
    return found


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
