"""Where a command may write its evidence."""

from collections.abc import Iterable
from pathlib import Path

from scanner.cli.terminal import check_folder, sweep
from scanner.errors import UsageError
from scanner.files.unfinished import unfinished_folder


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
