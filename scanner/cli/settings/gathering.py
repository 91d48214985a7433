"""The options of a command from everywhere but the command line, each with its origin."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any

import click

from scanner.cli.settings.checking import check_file, presets_of, ways
from scanner.cli.settings.commands import COMMANDS, OWN, PREFIX, Settable, all_settable, settable
from scanner.cli.settings.files import ConfigurationFile, read_file
from scanner.cli.settings.values import Value, WrongValueError, check, from_file, from_variable
from scanner.errors import UsageError
from scanner.wording import did_you_mean, listed

_ELSEWHERE = frozenset(
    {f"{PREFIX}SIGN_PASSWORD", f"{PREFIX}REDACT_KEY", *(f"{PREFIX}{each.replace('-', '_').upper()}" for each in OWN)}
)
"""Variables that are read and set no option of a command."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The value of an option, and where it is from: ``FILE:LINE`` or the name of a variable."""

    value: Value
    origin: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What is set for a command, by the keys of its options. ``notes`` are variables that are nearly one of ours."""

    settable: Settable
    by_key: Mapping[str, Setting] = field(default_factory=dict)
    file: Path | None = None
    preset: str = ""
    notes: tuple[str, ...] = ()

    def values(self) -> dict[str, Any]:
        """What click takes for the options that are not given, by the names of its parameters."""
        return {str(self.settable.options[key].name): each.value for key, each in self.by_key.items()}


def gather(context: click.Context, command: str, found: Path | None, preset: str) -> Settings:
    """The settings of one command, which ``context`` may be that of; ``found`` is the configuration file.

    Raises UsageError for an unknown preset or a value that cannot be, ContentError for mistakes in the file.
    """
    file = read_file(found) if found is not None else None
    if file is None and not any(name.startswith(PREFIX) for name in os.environ):
        _check_preset(preset, file)
        return Settings(settable(command, context.command))
    commands = all_settable(context) or {command: settable(command, context.command)}
    if file is not None:
        check_file(file, commands)
    _check_preset(preset, file)
    of = commands[command]
    by_key = {key: each for key in of.options if (each := _setting(of, key, file, preset)) is not None}
    for key, each in by_key.items():
        try:
            check(of.options[key], each.value, context)
        except WrongValueError as error:
            raise UsageError(f"{each.origin}: {key} {error}.") from error
    return Settings(of, by_key, file.path if file is not None else None, preset, _nearly_ours(commands))


def _check_preset(preset: str, file: ConfigurationFile | None) -> None:
    if not preset:
        return
    if file is None:
        raise UsageError(f"--preset {preset}: there is no configuration file.", "Presets are tables of that file.")
    known = presets_of(file)
    if preset not in known:
        hint = did_you_mean(preset, known).strip() or f"It has {listed(sorted(known), 'and') or 'none'}."
        raise UsageError(f"--preset {preset}: {file.path} has no preset of that name.", hint)


def _setting(of: Settable, key: str, file: ConfigurationFile | None, preset: str) -> Setting | None:
    option = of.options[key]
    for variable in of.variables(key):
        if text := os.environ.get(variable):
            try:
                return Setting(from_variable(option, text), variable)
            except WrongValueError as error:
                raise UsageError(f"{variable}: {key} {error}.") from error
    if file is None:
        return None
    for way in ways(of.command, preset):
        table: Any = reduce(lambda inner, step: inner.get(step, {}), way, file.values)
        if key in table and not (way[-1:] != (of.command,) and key in COMMANDS):
            return _of_file(option, key, table[key], file, way)
    return None


def _of_file(option: click.Option, key: str, value: Any, file: ConfigurationFile, way: tuple[str, ...]) -> Setting:
    place = file.place((*way, key))
    try:
        return Setting(from_file(option, value, file.path.parent), place)
    except WrongValueError as error:
        raise UsageError(f"{place}: {key} {error}.") from error


def _nearly_ours(commands: Mapping[str, Settable]) -> tuple[str, ...]:
    """Variables that set nothing and look like one that does: a typing error would loosen a gate without a word."""
    known = set(_ELSEWHERE)
    for each in commands.values():
        for key in each.options:
            known.update(each.variables(key))
    mistyped = {name: did_you_mean(name, known) for name in sorted(os.environ) if name.startswith(PREFIX)}
    return tuple(f"{name} sets nothing.{near}" for name, near in mistyped.items() if near and name not in known)
