"""`trailwitness baseline`: failures that are known already, for a gate on an account that has some."""

from pathlib import Path

import click

from scanner.cli.exit_codes import Exit
from scanner.cli.options.once import once
from scanner.cli.terminal.files import write_file
from scanner.cli.terminal.printing import say
from scanner.runs.assessments.baselines import MadeBaseline, check_new, create_baseline, document_of, update_baseline
from scanner.wording import several

_SOURCE = click.Path(exists=True, path_type=Path)
_BASELINE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def baseline() -> None:
    """Failures that are known already: a gate reports them and stops at new ones alone.

    A baseline is not a waiver. Nobody approved what it holds, and no report counts it as compliant.
    """


@baseline.command()
@click.argument("source", type=_SOURCE, metavar="BUNDLE|ASSESSMENT")
@once("--output", "-o", "target", type=_BASELINE, required=True, metavar="FILE", help="Where to write it.")
def create(source: Path, target: Path) -> int:
    """Write a baseline of every failure that an assessment has and no waiver covers."""
    check_new(target)
    made = create_baseline(document_of(source))
    _write(target, made)
    say(f"wrote {target}: {several(made.known, 'known failure')}")
    return Exit.CLEAN


@baseline.command()
@click.argument("target", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE")
@click.argument("source", type=_SOURCE, metavar="BUNDLE|ASSESSMENT")
@click.option("--add", is_flag=True, help="Let it know the new failures too.")
def update(target: Path, source: Path, add: bool) -> int:
    """Take out of a baseline what an assessment no longer has; what that did not judge stays."""
    made = update_baseline(target, document_of(source), add=add)
    _write(target, made)
    say(f"wrote {target}: {several(made.known, 'known failure')}, {made.gone} gone, {made.added} new")
    return Exit.CLEAN


def _write(target: Path, made: MadeBaseline) -> None:
    write_file(target, made.text.encode())
