"""A value for an option: as JSON has it in a file, or as the text of a variable."""

import os
import re
import shlex
from pathlib import Path
from typing import Any

import click

from scanner.cli.settings.commands import key_of
from scanner.wording import shown

Value = str | int | bool | tuple[str, ...]

_WORDS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
_ID_OR_FILE = "ID|FILE"
_PATHS = frozenset({"FILE", "DIR", "BUNDLE", _ID_OR_FILE})
_AFTER = re.compile(r"(?P<before>[^=]*=)(?P<path>[^-].*|-.+)")
"""``FORMAT=PATH``, where a path may not be ``-``."""

_SOURCES = frozenset({"logs", "logs-before"})
"""Options that name files, or a bucket."""

_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
"""How the address of a source elsewhere begins: ``s3://``."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:")


class WrongValueError(ValueError):
    """A value that an option cannot have; the text ends a sentence that begins with its key."""


def from_file(option: click.Option, value: Any, folder: Path) -> Value:
    """The value of an option as a file gives it; paths are relative to the file. Raises WrongValueError."""
    if option.is_flag:
        if not isinstance(value, bool):
            raise WrongValueError(f"is true or false, not {shown(value)}")
        return value
    if option.multiple:
        return tuple(_path(option, text, folder) for text in _texts(value))
    if isinstance(option.type, click.types.IntParamType):
        if isinstance(value, bool) or not isinstance(value, int):
            raise WrongValueError(f"is a number, not {shown(value)}")
        return value
    if not isinstance(value, str):
        raise WrongValueError(f"is one text, not {shown(value)}")
    return _path(option, value, folder)


def from_variable(option: click.Option, text: str) -> Value:
    """The value of an option as a variable gives it. Raises WrongValueError.

    For a repeatable option the text is a list, divided at white space as a shell does, quotes included.
    """
    if option.is_flag:
        if text.strip().lower() not in _WORDS:
            raise WrongValueError(f"is true or false, not {shown(text)}")
        return _WORDS[text.strip().lower()]
    if not option.multiple:
        return text
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise WrongValueError(f"is a list divided as in a shell: {error}") from error


def check(option: click.Option, value: Value, context: click.Context) -> None:
    """Raises WrongValueError for a value that the command line would refuse as well."""
    try:
        option.type_cast_value(context, value)
    except click.BadParameter as error:
        raise WrongValueError(f"cannot be {shown(_plain(value))}: {error.message.rstrip('.')}") from error


def _plain(value: Value) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _texts(value: Any) -> list[str]:
    texts = value if isinstance(value, list) else [value]
    for text in texts:
        if not isinstance(text, str):
            raise WrongValueError(f"is a list of texts, not {shown(value)}")
    return texts


def _path(option: click.Option, text: str, folder: Path) -> str:
    """The text, or where it names a path, that path from the present folder."""
    key = key_of(option)
    if key == "output" and option.multiple:
        found = _AFTER.fullmatch(text)
        return f"{found['before']}{_relative(found['path'], folder)}" if found else text
    if key == "sign":
        return text if text == "sshkey" or _SCHEME.match(text) else _relative(text, folder)
    if option.metavar == _ID_OR_FILE and not text.endswith((".yaml", ".yml")):
        return text
    named = isinstance(option.type, click.Path) or option.metavar in _PATHS
    if key in _SOURCES:
        named = not _ELSEWHERE.match(text)
    return _relative(text, folder) if named and text != "-" else text


def _relative(text: str, folder: Path) -> str:
    here = Path.cwd()
    return text if folder == here or Path(text).is_absolute() else os.path.relpath(folder / text, here)
