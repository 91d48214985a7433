"""Where the reports of an assessment go: ``--output FORMAT[=PATH]``, the bundle, and the exit code."""

import io
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from scanner.cli import Exit
from scanner.cli.options import once
from scanner.cli.terminal import check_writable, reader_may_leave, say, wants_colour, write_file
from scanner.errors import UsageError
from scanner.model import UNREAD, UNSEEN, Assessment, Gate, Outcome, Severity

Command = TypeVar("Command", bound=Callable[..., Any])


def output_options(command: Command) -> Command:
    """``--output``, ``--fail-on``, ``--allow-incomplete``, ``--quiet``: the same four on every command that judges."""
    options = (
        click.option(
            "--output",
            "-o",
            "output_texts",
            multiple=True,
            metavar="FORMAT[=PATH]",
            help="text, json, junit or csv (repeatable; default: text on standard output).",
        ),
        once(
            "--fail-on",
            type=click.Choice([str(item) for item in Severity]),
            default="low",
            show_default=True,
            help="Exit 1 on a failure of this severity or above.",
        ),
        click.option(
            "--allow-incomplete",
            is_flag=True,
            help="Exit 0, not 3, when something could not be read and nothing failed.",
        ),
        click.option(
            "--quiet", "-q", is_flag=True, help="No text summary; one line says why when the exit code is not 0."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Output:
    """One report: its format and the file it goes to (None: standard output)."""

    format: str
    path: Path | None


def parse_outputs(texts: Sequence[str]) -> tuple[Output, ...]:
    """Read ``FORMAT[=PATH]`` options; ``-`` or no path is standard output.

    Without any, the text report goes to standard output. Raises UsageError for an unknown format, two reports on
    standard output, or a path that cannot be written.
    """
    import difflib

    from reports import WRITERS

    outputs = []
    for text in texts:
        name, given, path = text.partition("=")
        if name not in WRITERS:
            close = difflib.get_close_matches(name, WRITERS, 1)
            hint = f"Did you mean {close[0]}?" if close else f"Formats: {', '.join(WRITERS)}."
            raise UsageError(f"--output {text}: there is no format {name!r}.", hint)
        if given and not path:
            raise UsageError(
                f"--output {text}: the path is empty.", f"Write {name}=FILE, or {name} for standard output."
            )
        target = None if path in {"", "-"} else Path(path)
        if target is not None:
            check_writable(target)
        outputs.append(Output(name, target))
    if sum(output.path is None for output in outputs) > 1:
        raise UsageError("Two reports would go to standard output.", "Give all but one a path: FORMAT=PATH.")
    files = [output.path.resolve() for output in outputs if output.path is not None]
    if len(set(files)) < len(files):
        raise UsageError("Two reports would be written to the same file.", "Give each its own path.")
    if all(output.path is not None for output in outputs):
        outputs.append(Output("text", None))
    return tuple(outputs)


def check_apart(outputs: Sequence[Output], *evidence: Path | None) -> None:
    """Refuse reports that would be written over, or into, a bundle or a snapshot: that would be tampering.

    Raises UsageError.
    """
    for place in (path.resolve() for path in evidence if path is not None):
        for output in outputs:
            path = output.path
            if path is not None and place in {path.resolve(), *path.resolve().parents}:
                raise UsageError(
                    f"--output {output.format}={path} would be written into the evidence at {place}.",
                    "Choose a path outside of it.",
                )


def render(assessment: Assessment, format_name: str, gate: Gate, left_out: str = "") -> bytes:
    """One report as bytes; a report that stands for the gate says as well why the whole run is not clean."""
    from reports import GATED, WRITERS

    stream = io.BytesIO()
    if format_name in GATED:
        code, why = _judged(assessment, gate, left_out)
        GATED[format_name](assessment, stream, gate, why if code is Exit.INCOMPLETE else "")
    else:
        WRITERS[format_name](assessment, stream)
    return stream.getvalue()


def write_outputs(
    assessment: Assessment, outputs: Sequence[Output], gate: Gate, *, quiet: bool = False, left_out: str = ""
) -> None:
    """Write every report; the one for standard output last, so that files are safe when a pipe closes.

    ``left_out`` is that of ``verdict``.
    """
    for output in outputs:
        if output.path is not None:
            write_file(output.path, render(assessment, output.format, gate, left_out))
            if not quiet:
                say(f"wrote {output.path}")
    for output in outputs:
        if output.path is None and not (quiet and output.format == "text"):
            _print(assessment, output.format, gate, left_out)


def _print(assessment: Assessment, format_name: str, gate: Gate, left_out: str) -> None:
    """Bytes, whatever the terminal's encoding; text is as wide as the terminal and in its encoding."""
    if sys.stdout is None:
        return
    with reader_may_leave():
        if format_name == "text":
            from reports.text import DEFAULT_WIDTH, write

            width = shutil.get_terminal_size().columns if sys.stdout.isatty() else DEFAULT_WIDTH
            write(assessment, sys.stdout, colour=wants_colour(), width=width, brief=True)
        else:
            click.echo(render(assessment, format_name, gate, left_out), nl=False)


def verdict(assessment: Assessment, gate: Gate, *, quiet: bool = False, left_out: str = "") -> Exit:
    """What a gate is told, and one closing line that says why: the text report may be long, or not be there at all.

    Failures win over missing evidence, and looking at nothing is never clean. ``left_out`` says what was asked for and
    not judged, as a sentence without its stop ("" when all was). ``quiet`` drops the line when nothing is amiss.
    """
    code, why = _judged(assessment, gate, left_out)
    if code is not Exit.CLEAN or not quiet:
        say(f"{_counts(assessment)}. {why}")
    return code


def _judged(assessment: Assessment, gate: Gate, left_out: str) -> tuple[Exit, str]:
    findings = assessment.findings
    stopping = sum(
        item.outcome is Outcome.FAIL and not gate.passes_over(item.outcome, item.severity) for item in findings
    )
    if stopping:
        named = "finding" if stopping == 1 else "findings"
        return Exit.FINDINGS, f"Exit code 1: {stopping} {named} failed at or above --fail-on {gate.fail_on}."
    if "records" in assessment.summary and not assessment.summary["records"]:
        first = f" {assessment.gaps[0].reason.rstrip('.')}." if assessment.gaps else ""
        return Exit.INCOMPLETE, f"No record was read.{first} Exit code 3: this is not a pass."
    if not any(item.outcome in {Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN} for item in findings):
        return Exit.INCOMPLETE, "Exit code 3: nothing was judged; no rule found anything in scope. This is not a pass."
    below = f"nothing failed at or above --fail-on {gate.fail_on}"
    missed = [(gate.allows(because), words) for because, words in _missed(assessment, left_out)]
    if stopped_by := [words for allowed, words in missed if not allowed]:
        return Exit.INCOMPLETE, f"Exit code 3: {below}, but {'; '.join(stopped_by)}. This is not a pass."
    if missed:
        options = " and ".join(dict.fromkeys(allowed for allowed, _ in missed))
        return (
            Exit.CLEAN,
            f"Exit code 0: {below}; passed over, because {options}: {'; '.join(words for _, words in missed)}.",
        )
    return Exit.CLEAN, f"Exit code 0: {below}, and everything in scope was looked at."


def _missed(assessment: Assessment, left_out: str) -> list[tuple[tuple[str, ...], str]]:
    """What could not be judged, as (reasons in the words of ``BECAUSE``, the end of a sentence)."""
    from reports.wording import LOG_RECORDS

    unknown = [item for item in assessment.findings if item.outcome is Outcome.UNKNOWN]
    # A Region that is not enabled is no hole in the evidence: it is out of scope, and its gap names no operation.
    gaps = [gap for gap in assessment.gaps if gap.operation]
    found: list[tuple[tuple[str, ...], str]] = [((), left_out)] if left_out else []
    if assessment.run.get("kind") != LOG_RECORDS:
        return [*found, ((), "not everything could be looked at")] if (gaps or unknown) and not left_out else found
    if gaps or any(UNREAD in item.because for item in unknown):
        places = sorted({str(gap.arguments.get("source", "")) for gap in gaps})
        first = f" (the first: {places[0]})" if places else ""
        found.append(
            ((UNREAD,), f"evidence was not read: {len(places)} {'gap' if len(places) == 1 else 'gaps'}{first}")
        )
    if unseen := sorted({item.rule for item in unknown if UNSEEN in item.because}):
        told = (
            f"the rule {unseen[0]} saw none of the records it judges by"
            if len(unseen) == 1
            else f"{len(unseen)} rules saw none of the records they judge by (the first: {unseen[0]})"
        )
        found.append(((UNSEEN,), told))
    if any(not item.because for item in unknown):
        found.append(((), "not every rule could be judged"))
    return found


def _counts(assessment: Assessment) -> str:
    """``56 fail, 0 unknown, 89 pass, 1 not applicable``."""
    from reports.wording import OUTCOME_ORDER, OUTCOME_WORDS

    shown = [outcome for outcome in OUTCOME_ORDER if outcome is not Outcome.MANUAL]
    counts = {outcome: sum(item.outcome is outcome for item in assessment.findings) for outcome in shown}
    return ", ".join(f"{number} {OUTCOME_WORDS[outcome]}" for outcome, number in counts.items())
