"""Writing files that are not there yet: what an author has is never written over."""

from collections.abc import Mapping
from pathlib import Path

from scanner.cli.terminal.files import write_file
from scanner.errors import UsageError


def write_new(folder: Path, texts: Mapping[str, str]) -> tuple[list[Path], list[Path]]:
    """Write the files below a folder that are not there; gives those that were written and those that were there.

    Raises UsageError for a place that cannot be written.
    """
    written: list[Path] = []
    kept: list[Path] = []
    for name, text in texts.items():
        path = folder / name
        if path.exists() or path.is_symlink():
            kept.append(path)
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{path.parent} cannot be made: {error.strerror}.", "Name another folder.") from error
        write_file(path, text.encode())
        written.append(path)
    return written, kept
