"""Where a command may write: refused early, before anything is collected."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from scanner.cli.terminal.files import is_passage
from scanner.cli.terminal.printing import say
from scanner.errors import UsageError
from scanner.files.unfinished import clear, unfinished_folder


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
    if path.exists() and is_passage(path):
        if not os.access(path, os.W_OK):
            raise UsageError(f"{path} cannot be written: no permission.", "Choose another place.")
        return
    check_folder(path.parent, f"{path} cannot be written")
    if not os.access(path.parent, os.W_OK):
        raise UsageError(f"{path} cannot be written: no permission in {path.parent}.", "Choose another place.")
    sweep(path)


def check_outside(written: Mapping[str, Path], *evidence: Path | None) -> None:
    """Refuse files, by what they are called, that would be written over evidence or into a folder of it.

    Raises UsageError.
    """
    for place in (path.resolve() for path in evidence if path is not None):
        for called, path in written.items():
            if place in {path.resolve(), *path.resolve().parents}:
                raise UsageError(
                    f"{called} would be written into the evidence at {place}.", "Choose a path outside of it."
                )


def check_new_folder(path: Path) -> None:
    """Refuse a folder early that holds something: files of an earlier run would be taken for those of this one.

    Raises UsageError when the path is something else than an empty folder, or nothing can be written beside it.
    """
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise UsageError(f"{path} exists already.", "This report is several files: name a new folder for them.")
    check_folder(path.parent, f"{path} cannot be written")
    if not os.access(path.parent, os.W_OK):
        raise UsageError(f"{path} cannot be written: no permission in {path.parent}.", "Choose another place.")
    sweep(path)


def check_bundle_target(target: Path, evidence: Iterable[Path] = ()) -> None:
    """Refuse a bundle path early: evidence is written once, never over something and never into other evidence.

    Raises UsageError when the target exists and is not an empty folder, its parent does not exist, or it lies inside
    one of ``evidence``, or nothing can be written there.
    """
    for place in evidence:
        if place.resolve() in target.resolve().parents:
            raise UsageError(f"--bundle {target} would be written into {place}.", "Choose a path outside of it.")
    sweep(target)
    prepared = target.is_dir() and not any(target.iterdir()) and target.suffix != ".zip"
    if target.exists() and not prepared:
        raise UsageError(f"--bundle {target} exists already.", "Evidence is never overwritten: name a new folder.")
    check_folder(target.parent, f"--bundle {target}")
    try:
        with unfinished_folder(target):
            pass  # what can be made beside the target can be renamed to it
    except OSError as error:
        raise UsageError(
            f"--bundle {target} cannot be written: {error.strerror or error}.", "Choose a path in a writable folder."
        ) from error
