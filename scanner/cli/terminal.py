"""What the commands say on a terminal: safe text, one progress bar, one way to write files."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from scanner.errors import UsageError
from scanner.files.unfinished import clear, unfinished_file
from scanner.runs.watching import Progress


def printable(text: str) -> str:
    """Text as it may be shown: control, bidirectional and invisible characters become visible escapes."""
    from reports.characters import visible

    return visible(text, keep="\n")


def say(text: str) -> None:
    """One line on stderr: everything that is not a result."""
    click.echo(printable(text), err=True)


def tell(text: str) -> None:
    """Result lines on stdout, as they may be shown, whatever a name in them holds.

    A reader that has left (`| head`) ends what is printed and changes no exit code.
    """
    with reader_may_leave():
        click.echo(printable(text))


def wants_colour() -> bool:
    """Colour on a terminal, unless ``NO_COLOR`` says otherwise (``FORCE_COLOR`` asks for it in a pipe)."""
    if os.environ.get("NO_COLOR"):
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


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar with counts on stderr when it is a terminal and not a CI log; silent otherwise."""
    if not sys.stderr.isatty() or os.environ.get("CI"):
        yield lambda _phase, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = bar.add_task(printable(phase), total=total)
            bar.update(tasks[phase], completed=done, total=total)

        yield show


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; a link, a pipe or a device is written to, never replaced.

    Raises UsageError when the place cannot be written.
    """
    try:
        if _is_passage(path):
            path.write_bytes(content)
            return
        with unfinished_file(path) as (handle, temporary):
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            # It is private while it is made; a report is for whoever the directory is for.
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror or error}.", "Choose a path in an existing, writable folder."
        ) from error


def sweep(*targets: Path) -> None:
    """Remove what runs that were killed left beside targets and among the temporary files, and say so."""
    for path in [*(path for target in targets for path in clear(target)), *clear()]:
        say(f"removed {path}, which a run that was killed had left behind")


def check_folder(folder: Path, what: str) -> None:
    """Raises UsageError, which begins with ``what``, when the folder is not there or is something else."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{what}: {folder} is not a folder.", "Choose a path in a folder.")
    if not folder.is_dir():
        raise UsageError(f"{what}: the folder {folder} does not exist.", "Create it first.")


def check_writable(path: Path) -> None:
    """Refuse an output path early, before anything is collected.

    Raises UsageError when the folder does not exist or may not be written, or when the path is a folder.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder.", "Name a file to write to.")
    if path.exists() and _is_passage(path):
        if not os.access(path, os.W_OK):
            raise UsageError(f"{path} cannot be written: no permission.", "Choose another place.")
        return
    check_folder(path.parent, f"{path} cannot be written")
    if not os.access(path.parent, os.W_OK):
        raise UsageError(f"{path} cannot be written: no permission in {path.parent}.", "Choose another place.")
    sweep(path)


def _is_passage(path: Path) -> bool:
    """Whether what is written at a path lands elsewhere: a link, a pipe, a device such as ``/dev/stdout``."""
    return path.is_symlink() or (path.exists() and not path.is_file())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def several(count: int, noun: str) -> str:
    """``1 rule``, ``2 rules``: a count and its noun, which takes an s."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
