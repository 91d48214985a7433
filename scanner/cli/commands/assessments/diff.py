"""`trailwitness diff`: what became of the findings of one assessment in another."""

import shutil
import sys
from pathlib import Path

import click

from reports.comparison.comparing import Comparison
from scanner.cli.exit_codes import Exit
from scanner.cli.options.once import once
from scanner.cli.terminal.printing import WIDEST, say, tell
from scanner.model import Gate, Severity
from scanner.runs.assessments.comparing import compare_files
from scanner.wording import several

_SOURCE = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("old", type=_SOURCE, metavar="OLD")
@click.argument("new", type=_SOURCE, metavar="NEW")
@once("--output", "-o", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Format.")
@once(
    "--fail-on",
    type=click.Choice([str(item) for item in Severity]),
    default="low",
    show_default=True,
    help="Exit 1 on a new failure of this severity or above.",
)
@click.option("--allow-incomplete", is_flag=True, help="Exit 0, not 3, when something is out of sight now.")
def diff(old: Path, new: Path, form: str, fail_on: str, allow_incomplete: bool) -> int:
    """Compare two assessments: what fails anew, what was put right, and what is out of sight.

    OLD and NEW are bundles (folders or .zip files), or files that --output json wrote; both of scans, or both of log
    records. What could not be looked at in NEW is never told as fixed. Rules, parameters, frameworks, scope and
    waivers that changed are listed too, because a verdict may change with them alone.

    Exit codes: 0 the same or better; 1 something fails at or above --fail-on that did not fail before, or that a waiver
    covered; 2 the command could not run; 3 something is out of sight and nothing fails anew.
    """
    comparison = compare_files(old, new)
    if form == "json":
        from reports.comparison.document import document_bytes

        tell(document_bytes(comparison).decode().removesuffix("\n"))
    else:
        from reports.comparison.text import comparison_text

        tell(comparison_text(comparison, _width()).removesuffix("\n"))
    code, why = _judged(comparison, Gate(Severity(fail_on), allow_incomplete))
    say(f"Exit code {int(code)}: {why}.")
    return code


def _width() -> int:
    return min(shutil.get_terminal_size().columns, WIDEST) if sys.stdout.isatty() else WIDEST


def _judged(comparison: Comparison, gate: Gate) -> tuple[Exit, str]:
    stopping = sum(pair.stops(gate) for pair in comparison.pairs)
    lost = len(comparison.out_of_sight)
    if stopping:
        return Exit.FINDINGS, f"{several(stopping, 'new failure')} at or above --fail-on {gate.fail_on}"
    none = f"no new failure at or above --fail-on {gate.fail_on}"
    if lost and not gate.allow_incomplete:
        return Exit.INCOMPLETE, f"{none}, but {several(lost, 'verdict')} cannot be told now"
    return Exit.CLEAN, f"{none}{f'; {lost} out of sight, because --allow-incomplete is given' if lost else ''}"
