"""The options that select rules, frameworks and parameters, the same on every command that does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from scanner.cli.options import completing
from scanner.cli.options.once import Command, once, with_options
from scanner.model import Over, Rule
from scanner.runs.exceptions import Stated, with_stated
from scanner.runs.selection import Selection, select


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the options name; nothing is read before ``select`` is called."""

    frameworks: tuple[str, ...]
    rule_ids: tuple[str, ...]
    folders: tuple[Path, ...]
    parameters: tuple[str, ...]
    packs: tuple[str, ...] = ()

    @property
    def given(self) -> bool:
        """Whether any of the options was given."""
        return bool(self.frameworks or self.rule_ids or self.folders or self.parameters or self.packs)

    def select(
        self,
        *,
        over: Over | None = Over.FACTS,
        more: Sequence[Rule] = (),
        declared: Path | None = None,
        stated: Stated | None = None,
    ) -> Selection:
        """The rules, frameworks and parameters, and what is stated beside them.

        See :func:`scanner.runs.selection.select` and :func:`scanner.runs.exceptions.with_stated`.
        """
        selection = select(
            self.frameworks,
            self.rule_ids,
            self.folders,
            self.parameters,
            packs=self.packs,
            over=over,
            more=more,
            declared=declared,
        )
        return selection if stated is None else with_stated(selection, stated)


declared_routes_option = once(
    "--declared-routes",
    "declared",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Judge the routes that this file declares as well: events that reach a place of your own, such as a SIEM.",
)
"""``--declared-routes FILE``, as ``declared``."""


also_option = click.option(
    "--with",
    "also",
    multiple=True,
    type=click.Choice(["alarm-history"]),
    help="Also record what alarms did in the last 30 days, for `trailwitness replay` and `trailwitness assess`.",
)
"""``--with alarm-history``, as ``also``: what no rule of a scan rests on."""


def stated_options(command: Command) -> Command:
    """``--waivers``, ``--attestations`` and ``--baseline``; the command gets them as ``stated``."""

    @wraps(command)
    def with_files(*, waivers: Path | None, attestations: Path | None, baseline: Path | None, **others: Any) -> Any:
        return command(stated=Stated(waivers, attestations, baseline), **others)

    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    options = (
        once(
            "--waivers",
            type=file,
            metavar="FILE",
            help="Failures that somebody accepts until a day: they are judged and reported and do not stop a gate.",
        ),
        once(
            "--attestations",
            type=file,
            metavar="FILE",
            help="What people state of controls that rules do not decide. An attested control is never a pass.",
        ),
        once(
            "--baseline",
            type=file,
            metavar="FILE",
            help="Failures that are known already (`trailwitness baseline create`): reported, they do not stop a gate.",
        ),
    )
    return with_options(with_files, options)


def rules_folder_option(help_text: str) -> Callable[[Command], Command]:
    """``--rules DIR``, as ``folders``; what is done with the folders differs by command."""
    return click.option(
        "--rules",
        "folders",
        multiple=True,
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        metavar="DIR",
        help=help_text,
    )


def selection_options(command: Command) -> Command:
    """``--framework``, ``--rule``, ``--pack``, ``--rules``, ``--parameter``; the command gets them as ``wanted``."""

    @wraps(command)
    def with_wanted(
        *,
        frameworks: tuple[str, ...],
        rule_ids: tuple[str, ...],
        folders: tuple[Path, ...],
        parameters: tuple[str, ...],
        packs: tuple[str, ...],
        **others: Any,
    ) -> Any:
        return command(wanted=Wanted(frameworks, rule_ids, folders, parameters, packs), **others)

    options = (
        click.option(
            "--framework",
            "frameworks",
            multiple=True,
            metavar="ID|FILE",
            shell_complete=completing.frameworks,
            help="Judge the rules of this framework, or of a .yaml file of your own, and report its controls; "
            "--rule adds to them (repeatable).",
        ),
        click.option(
            "--rule",
            "rule_ids",
            multiple=True,
            metavar="ID",
            shell_complete=completing.rules,
            help="Judge this rule, or every rule of an area such as route (repeatable); alone, only these.",
        ),
        click.option(
            "--pack",
            "packs",
            multiple=True,
            metavar="NAME",
            help="Also judge every rule of this pack, such as extended: the rules that a plain run leaves out "
            "(repeatable).",
        ),
        rules_folder_option(
            "Also load the rules in this folder; all of them are judged unless --rule is given (repeatable)."
        ),
        click.option(
            "--parameter",
            "parameters",
            multiple=True,
            metavar="RULE.NAME=VALUE",
            help="Judge a rule with another parameter value (repeatable).",
        ),
    )
    return with_options(with_wanted, options)
