"""Which rules, frameworks and parameters a command works with; options shared by several commands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import click

from scanner.errors import UsageError
from scanner.model import Framework, JsonValue, LogEventsCheck, Rule, RuleId

Command = TypeVar("Command", bound=Callable[..., Any])

FACTS, RECORDS, ANY = "facts", "records", "any"
"""What rules are judged over: the facts of an account, as a scan does, or log records."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for: the rules to judge, the frameworks to report, the parameters that differ."""

    rules: tuple[Rule, ...]
    frameworks: tuple[Framework, ...]
    parameters: Mapping[RuleId, Mapping[str, JsonValue]]


def selection_options(command: Command) -> Command:
    """``--framework``, ``--rule``, ``--rules``, ``--parameter``: the same four on every command that selects."""
    options = (
        click.option(
            "--framework",
            "frameworks",
            multiple=True,
            metavar="ID",
            help="Judge the rules of this framework (repeatable).",
        ),
        click.option(
            "--rule",
            "rule_ids",
            multiple=True,
            metavar="ID",
            help="Judge this rule, or every rule of an area such as route (repeatable).",
        ),
        click.option(
            "--rules",
            "folders",
            multiple=True,
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            metavar="DIR",
            help="Also judge the rules in this folder (repeatable).",
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


def select(
    frameworks: Sequence[str],
    rule_ids: Sequence[str],
    folders: Sequence[Path],
    parameters: Sequence[str],
    *,
    over: str = FACTS,
    more: Sequence[Rule] = (),
) -> Selection:
    """Load the content and pick what was asked for and is judged over ``facts``, ``records`` or (``any``) either.

    Without ``--framework`` and ``--rule`` every core rule is judged and every shipped framework reported; ``--rule``
    alone reports no framework. The rules of ``--rules`` folders are always judged, and so is every rule of a reported
    framework. ``more`` are rules from elsewhere, judged like those of a folder. Raises UsageError for an id that does not
    exist and ContentError for a file that is wrong.
    """
    from scanner.frameworks import load_frameworks, mapped_rules
    from scanner.parameters import overrides, resolve_parameters
    from scanner.resources import RESOURCES
    from scanner.rules import expected_path, load_rules, select_rules

    fields = {name: kind.fields for name, kind in RESOURCES.items()}
    shipped = load_rules(known_resources=fields)
    found = (*(load_rules(folders, with_shipped=False, known_resources=fields) if folders else ()), *more)
    # Wherever a rule's file lay, in an evidence bundle it stands where its id says.
    own = tuple(replace(rule, path=expected_path(rule.id)) for rule in found)
    replaced = {rule.id for rule in own}
    everything = tuple(rule for rule in shipped if rule.id not in replaced) + own
    known = {rule.id for rule in everything}
    reported = () if rule_ids and not frameworks else load_frameworks(tuple(dict.fromkeys(frameworks)) or None, known)
    wanted = {rule.id for rule in own}
    wanted |= mapped_rules(reported)
    if rule_ids:
        wanted |= {rule.id for rule in select_rules(everything, rule_ids)}
    elif not frameworks:
        wanted |= {rule.id for rule in everything if rule.pack == "core"}
    asked = tuple(rule for rule in everything if rule.id in wanted)
    chosen = tuple(rule for rule in asked if over == ANY or isinstance(rule.check, LogEventsCheck) == (over == RECORDS))
    if not chosen and asked:
        other = "scan" if over == RECORDS else "logs"
        names = ", ".join(rule.id for rule in asked[:3])
        raise UsageError(f"None of these rules is judged here: {names}.", f"Use `trailwitness {other}`.")
    if not chosen:
        raise UsageError("No rule is selected, so nothing would be looked at.", "Name a framework or a rule.")
    return Selection(chosen, reported, overrides(resolve_parameters(chosen, parameters)))
