"""The reports of an assessment, written to files and to standard output."""

import io
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import click

from scanner.cli.exit_codes import Exit
from scanner.cli.terminal.files import write_into, write_parts
from scanner.cli.terminal.printing import reader_may_leave, say, wants_colour
from scanner.cli.terminal.verdict import judged
from scanner.model import Assessment, Gate


@dataclass(frozen=True, slots=True)
class Output:
    """One report: its format and the file it goes to (None: standard output)."""

    format: str
    path: Path | None

    @property
    def in_parts(self) -> bool:
        """Whether its path is a folder, for readers take it in several files."""
        from reports.formats import FORMATS

        return FORMATS[self.format].write_parts is not None


def render(assessment: Assessment, format_name: str, gate: Gate, left_out: str = "") -> bytes:
    """One report as bytes; a report that stands for the gate says as well why the whole run is not clean."""
    stream = io.BytesIO()
    _put(stream, assessment, format_name, gate, left_out)
    return stream.getvalue()


def _put(stream: IO[bytes], assessment: Assessment, format_name: str, gate: Gate, left_out: str) -> None:
    from reports.formats import FORMATS

    wanted = FORMATS[format_name]
    if wanted.write_gated is not None:
        code, why = judged(assessment, gate, left_out)
        wanted.write_gated(assessment, stream, gate, why if code is Exit.INCOMPLETE else "")
    else:
        wanted.write(assessment, stream)


def _put_parts(folder: Path, assessment: Assessment, format_name: str) -> None:
    from reports.formats import FORMATS

    parts = FORMATS[format_name].write_parts
    write_parts(folder, () if parts is None else parts(assessment))


def write_outputs(
    assessment: Assessment,
    outputs: Sequence[Output],
    gate: Gate,
    *,
    quiet: bool = False,
    verbose: bool = False,
    left_out: str = "",
) -> None:
    """Write every report; the one for standard output last, so that files are safe when a pipe closes.

    ``verbose`` is for a text report on standard output, which else is short. ``left_out`` is that of ``verdict``.
    """
    for output in outputs:
        if output.path is not None and output.in_parts:
            _put_parts(output.path, assessment, output.format)
        elif output.path is not None:
            put = partial(_put, assessment=assessment, format_name=output.format, gate=gate, left_out=left_out)
            write_into(output.path, put)
        if output.path is not None and not quiet:
            say(f"wrote {output.path}")
    for output in outputs:
        if output.path is None and not (quiet and output.format == "text"):
            _print(assessment, output.format, gate, left_out, verbose=verbose)


def _print(assessment: Assessment, format_name: str, gate: Gate, left_out: str, *, verbose: bool) -> None:
    """Bytes, whatever the terminal's encoding; text is as wide as the terminal and in its encoding."""
    if sys.stdout is None:
        return
    with reader_may_leave():
        if format_name == "text":
            from reports.formats.text import DEFAULT_WIDTH, write

            width = shutil.get_terminal_size().columns if sys.stdout.isatty() else DEFAULT_WIDTH
            write(assessment, sys.stdout, colour=wants_colour(), width=width, brief=not verbose)
        else:
            click.echo(render(assessment, format_name, gate, left_out), nl=False)
