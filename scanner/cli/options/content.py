"""The options that select rules, frameworks and parameters, the same on every command that does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def selection_options(command: Command) -> Command:
    """``--framework``, ``--rule``, ``--rules``, ``--parameter``: the same four on every command that selects."""
    options = (
        click.option(
            "--framework",
            "frameworks",
            multiple=True,
            metavar="ID",
            help="Judge the rules of this framework and report its controls (repeatable); --rule adds to them.",
        ),
        click.option(
            "--rule",
            "rule_ids",
            multiple=True,
            metavar="ID",
            help="Judge this rule, or every rule of an area such as route (repeatable); alone, only these.",
        ),
        click.option(
            "--rules",
            "folders",
            multiple=True,
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            metavar="DIR",
            help="Know the rules in this folder too, and judge them all unless --rule names some (repeatable).",
        ),
        click.option(
            "--parameter",
            "parameters",
            multiple=True,
            metavar="RULE.NAME=VALUE",
            help="Judge a rule with another parameter value (repeatable).",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command
