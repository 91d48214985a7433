"""Where the reports of an assessment go: ``--output FORMAT[=PATH]``, and what the gate is told."""

from collections.abc import Sequence
from pathlib import Path

import click

from scanner.cli.options import completing
from scanner.cli.options.once import Command, once, with_options
from scanner.cli.terminal.places import check_new_folder, check_outside, check_writable
from scanner.cli.terminal.reports import Output
from scanner.errors import UsageError
from scanner.model import Over, Severity


class _FormatsOption(click.Option):
    """``--output``: its help lists the formats, which are looked up when help is asked for."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The option with its help."""
        from reports.formats import FORMATS

        *names, last = FORMATS
        self.help = f"{', '.join(names)} or {last} (repeatable; default: text on standard output)."
        return super().get_help_record(ctx)


def output_options(command: Command) -> Command:
    """``--output``, ``--fail-on``, ``--allow-incomplete``, ``--quiet``, ``--verbose``: on every command that judges."""
    options = (
        click.option(
            "--output",
            "-o",
            "output_texts",
            multiple=True,
            metavar="FORMAT[=PATH]",
            shell_complete=completing.formats,
            cls=_FormatsOption,
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
            "--quiet", "-q", is_flag=True, help="No text summary: one line with the counts and why the exit code is so."
        ),
        click.option(
            "--verbose",
            "-v",
            is_flag=True,
            help="The whole text summary: each finding with its reason and evidence, what passed, every control.",
        ),
    )
    return with_options(command, options)


def parse_outputs(texts: Sequence[str], over: Over) -> tuple[Output, ...]:
    """Read ``FORMAT[=PATH]`` options; ``-`` or no path is standard output.

    Without any, the text report goes to standard output. Raises UsageError for an unknown format, one that is not
    for what is judged, two reports on standard output, or a path that cannot be written.
    """
    outputs = []
    for text in texts:
        name, given, path = text.partition("=")
        _check_format(text, name, over)
        if given and not path:
            raise UsageError(
                f"--output {text}: the path is empty.", f"Write {name}=FILE, or {name} for standard output."
            )
        target = None if path in {"", "-"} else Path(path)
        _check_possible(name, target)
        output = Output(name, target)
        if target is not None:
            (check_new_folder if output.in_parts else check_writable)(target)
        outputs.append(output)
    if sum(output.path is None for output in outputs) > 1:
        raise UsageError("Two reports would go to standard output.", "Give all but one a path: FORMAT=PATH.")
    files = [output.path.resolve() for output in outputs if output.path is not None]
    if len(set(files)) < len(files):
        raise UsageError("Two reports would be written to the same file.", "Give each its own path.")
    if all(output.path is not None for output in outputs):
        outputs.append(Output("text", None))
    return tuple(outputs)


def _check_format(text: str, name: str, over: Over) -> None:
    import difflib

    from reports.formats import FORMATS

    if name not in FORMATS:
        close = difflib.get_close_matches(name, FORMATS, 1)
        hint = f"Did you mean {close[0]}?" if close else f"Formats: {', '.join(FORMATS)}."
        raise UsageError(f"--output {text}: there is no format {name!r}.", hint)
    if over not in FORMATS[name].over:
        others = ", ".join(each for each, known in FORMATS.items() if over in known.over)
        raise UsageError(
            f"--output {text}: {name} tells what was found in files, and what is judged here is {over.value}.",
            f"Formats: {others}.",
        )


def _check_possible(name: str, target: Path | None) -> None:
    """Refuse, before anything is looked at, a report that could not be written in the end."""
    import sys

    from reports.formats import FORMATS

    wanted = FORMATS[name]
    if wanted.check is not None:
        wanted.check()
    if wanted.binary and target is None and sys.stdout is not None and sys.stdout.isatty():
        raise UsageError(f"A terminal cannot show the format {name}.", f"Give it a path: {name}=FILE.")


def check_apart(outputs: Sequence[Output], *evidence: Path | None) -> None:
    """Refuse reports that would be written over, or into, a bundle, a snapshot or logs: that would be tampering.

    Raises UsageError.
    """
    written = {f"--output {each.format}={each.path}": each.path for each in outputs if each.path is not None}
    check_outside(written, *evidence)
