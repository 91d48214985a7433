"""One way to write a report, and one for a report of several files: whole or not at all."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

from scanner.errors import UsageError
from scanner.files.unfinished import unfinished_file, unfinished_folder


def write_file(path: Path, content: bytes) -> None:
    """Write a file as ``write_into`` does."""

    def put(stream: IO[bytes]) -> None:
        stream.write(content)

    write_into(path, put)


def write_into(path: Path, put: Callable[[IO[bytes]], None]) -> None:
    """Write a file whole or not at all; a link, a pipe or a device is written to, never replaced.

    ``put`` writes the content. Raises UsageError when the place cannot be written.
    """
    try:
        if is_passage(path):
            with path.open("wb") as stream:
                put(stream)
            return
        with unfinished_file(path) as (handle, temporary):
            with os.fdopen(handle, "wb") as stream:
                put(stream)
            # It is private while it is made; a report is for whoever the directory is for.
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror or error}.", "Choose a path in an existing, writable folder."
        ) from error


def write_parts(folder: Path, parts: Iterable[tuple[str, bytes]]) -> None:
    """Write several files, each given with its name, as a new folder: all of them or none.

    Raises UsageError when the folder cannot be made.
    """
    try:
        with unfinished_folder(folder) as temporary:
            for name, content in parts:
                (temporary / name).write_bytes(content)
            temporary.chmod(0o777 & ~_umask())
            temporary.rename(folder)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written: {error.strerror or error}.", "Choose a new folder in one that is writable."
        ) from error


def is_passage(path: Path) -> bool:
    """Whether what is written at a path lands elsewhere: a link, a pipe, a device such as ``/dev/stdout``."""
    return path.is_symlink() or (path.exists() and not path.is_file())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
