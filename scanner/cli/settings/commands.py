"""What can be set: the options of six commands, by the names they have on the command line."""

from collections.abc import Mapping
from dataclasses import dataclass

import click

COMMANDS = ("scan", "collect", "logs", "integrity", "assess", "verify")
"""The commands whose options can be set, each of which may have a table in the file."""

APART = frozenset({"output", "account", "workers", "logs"})
"""Options whose meaning differs from command to command: each is set for one command only."""

PRESETS = "presets"
PREFIX = "TRAILWITNESS_"
OWN = ("config", "no-config", "preset")
"""Options that choose the configuration and are therefore not in it."""


@dataclass(frozen=True, slots=True)
class Settable:
    """The options of one command by key: ``fail-on`` for ``--fail-on``."""

    command: str
    options: Mapping[str, click.Option]

    def variables(self, key: str) -> tuple[str, ...]:
        """The variables that set an option, that of the command alone first."""
        ending = key.replace("-", "_").upper()
        own = f"{PREFIX}{self.command.upper()}_{ending}"
        return (own,) if key in APART else (own, f"{PREFIX}{ending}")


def key_of(option: click.Option) -> str:
    """The long name of an option without its dashes."""
    return max(option.opts, key=len).lstrip("-")


def settable(name: str, command: click.Command) -> Settable:
    """The options of a command that can be set."""
    options = {key_of(each): each for each in command.params if isinstance(each, click.Option) and not each.hidden}
    return Settable(name, {key: option for key, option in options.items() if key not in OWN})


def all_settable(context: click.Context) -> Mapping[str, Settable]:
    """Every command's options; they are imported for it. ``context`` is that of one of the commands."""
    root = context.find_root().command
    if not isinstance(root, click.Group):
        return {}
    commands = {name: root.get_command(context, name) for name in COMMANDS}
    return {name: settable(name, command) for name, command in commands.items() if command is not None}
