"""`trailwitness diff`: what became of the findings of one assessment in another."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from reports.comparison.comparing import Comparison
from scanner.cli.exit_codes import Exit
from scanner.cli.options.once import once
from scanner.cli.terminal.files import write_file
from scanner.cli.terminal.places import check_writable
from scanner.cli.terminal.printing import WIDEST, say, tell
from scanner.errors import UsageError
from scanner.model import Gate, Severity
from scanner.runs.assessments.comparing import compare_files
from scanner.wording import did_you_mean, several

_SOURCE = click.Path(exists=True, path_type=Path)
FORMS = ("text", "json", "html")


def _forms(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The formats that begin so."""
    del ctx, param
    return [CompletionItem(form) for form in FORMS if form.startswith(incomplete)]


@click.command()
@click.argument("old", type=_SOURCE, metavar="OLD")
@click.argument("new", type=_SOURCE, metavar="NEW")
@click.option(
    "--output",
    "-o",
    "output_texts",
    multiple=True,
    metavar="FORMAT[=PATH]",
    shell_complete=_forms,
    help=f"{', '.join(FORMS[:-1])} or {FORMS[-1]} (repeatable; default: text on standard output).",
)
@once(
    "--fail-on",
    type=click.Choice([str(item) for item in Severity]),
    default="low",
    show_default=True,
    help="Exit 1 on a new failure of this severity or above.",
)
@click.option("--allow-incomplete", is_flag=True, help="Exit 0, not 3, when something is out of sight now.")
def diff(old: Path, new: Path, output_texts: tuple[str, ...], fail_on: str, allow_incomplete: bool) -> int:
    """Compare two assessments: what fails anew, what was put right, and what is out of sight.

    OLD and NEW are bundles (folders or .zip files), or files that --output json wrote; both of scans, or both of log
    records. What could not be looked at in NEW is never told as fixed. Rules, parameters, frameworks, scope and
    waivers that changed are listed too, because a verdict may change with them alone.

    Exit codes: 0 the same or better; 1 something fails at or above --fail-on that did not fail before, or that a waiver
    covered; 2 the command could not run; 3 something is out of sight and nothing fails anew.
    """
    outputs = _outputs(output_texts)
    comparison = compare_files(old, new)
    for form, path in outputs:
        if path is not None:
            write_file(path, _rendered(comparison, form))
            say(f"wrote {path}")
    shown = next((form for form, path in outputs if path is None), None if outputs else "text")
    if shown is not None:
        tell(_rendered(comparison, shown, _width()).decode().removesuffix("\n"))
    code, why = _judged(comparison, Gate(Severity(fail_on), allow_incomplete))
    say(f"Exit code {int(code)}: {why}.")
    return code


def _outputs(texts: Sequence[str]) -> list[tuple[str, Path | None]]:
    """Formats with the files that they go to (None: standard output). Raises UsageError."""
    outputs = list(map(_output, texts))
    paths = [path.resolve() for _, path in outputs if path is not None]
    if len(outputs) - len(paths) > 1:
        raise UsageError("Two reports would go to standard output.", "Give all but one a path: FORMAT=PATH.")
    if len(set(paths)) < len(paths):
        raise UsageError("Two reports would be written to the same file.", "Give each its own path.")
    return outputs


def _output(text: str) -> tuple[str, Path | None]:
    form, given, path = text.partition("=")
    if form not in FORMS:
        hint = did_you_mean(form, FORMS).strip() or f"Formats: {', '.join(FORMS)}."
        raise UsageError(f"--output {text}: there is no format {form!r}.", hint)
    if given and not path:
        raise UsageError(f"--output {text}: the path is empty.", f"Write {form}=FILE, or {form} for standard output.")
    if path in {"", "-"}:
        return form, None
    check_writable(Path(path))
    return form, Path(path)


def _rendered(comparison: Comparison, form: str, width: int = WIDEST) -> bytes:
    if form == "json":
        from reports.comparison.document import document_bytes

        return document_bytes(comparison)
    if form == "html":
        from reports.comparison.page import comparison_page

        return comparison_page(comparison)
    from reports.comparison.text import comparison_text

    return comparison_text(comparison, width).encode("utf-8", "backslashreplace")


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
