"""What the commands say on a terminal, as safe text, and in colour where it is wanted."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from scanner.model import JsonValue

WIDEST = 100
"""Columns that a paragraph takes at most: longer lines are hard to read."""


def _colour(context: click.Context, parameter: click.Parameter, without: bool) -> None:
    del parameter
    if without:
        context.color = False


no_color_option = click.option(
    "--no-color", is_flag=True, expose_value=False, callback=_colour, help="No colour, as with the variable NO_COLOR."
)
"""``--no-color``: whatever is printed under this context has no colour."""


def printable(text: str) -> str:
    """Text as it may be shown: control, bidirectional and invisible characters become visible escapes."""
    from reports.characters import visible

    return visible(text, keep="\n")


def printable_line(text: str) -> str:
    """The same for one line: a line break in a name is shown too, so that no name begins a line of its own."""
    from reports.characters import visible

    return visible(text)


def say(text: str) -> None:
    """One line on stderr: everything that is not a result."""
    click.echo(printable(text), err=True)


def tell(text: str) -> None:
    """Result lines on stdout, as they may be shown, whatever a name in them holds.

    A reader that has left (`| head`) ends what is printed and changes no exit code.
    """
    with reader_may_leave():
        click.echo(printable(text))


def tell_wrapped(text: str) -> None:
    """One result as ``tell``; on a terminal broken at spaces, for it would be cut in the middle of words.

    In a pipe it remains one line, which programs look for.
    """
    if sys.stdout is None or not sys.stdout.isatty():
        tell(text)
        return
    tell("\n".join(wrapped(printable(text), further="    ")))


def tell_json(document: "JsonValue") -> None:
    """A result for programs on stdout: indented JSON in ASCII, which every terminal and pipe can carry."""
    with reader_may_leave():
        import json  # late: most commands print none

        click.echo(json.dumps(document, indent=2))


def wants_colour() -> bool:
    """Colour on a terminal, unless ``--no-color`` or ``NO_COLOR`` is given (``FORCE_COLOR`` asks for it in a pipe)."""
    context = click.get_current_context(silent=True)
    if os.environ.get("NO_COLOR") or (context is not None and context.color is False):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return os.environ.get("TERM") != "dumb" and sys.stdout is not None and sys.stdout.isatty()


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """Let a closed pipe (`| head`) end what is printed, and nothing else: the exit code still says the verdict."""
    try:
        yield
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def wrapped(text: str, first: str = "", further: str = "") -> list[str]:
    """A paragraph in lines that fit the terminal, 100 columns at most; ``first`` and ``further`` indent its lines."""
    import shutil  # late: few commands print paragraphs
    import textwrap

    width = min(shutil.get_terminal_size().columns, WIDEST)
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=further, break_long_words=False, break_on_hyphens=False
    )
