"""Adds files of signatures to a bundle that was sealed before; nothing else in it is touched."""

import os
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

from reports.bundle.archives import zip_entry
from reports.bundle.bag import SIGNATURES
from reports.bundle.readers import ZipReader, open_bag
from scanner.files.unfinished import unfinished_file, unfinished_folder


def add_files(bundle: Path, files: Mapping[str, bytes]) -> None:
    """Add files below ``signatures/`` by their names, to a folder or to a zip archive, all of them or none.

    Raises OSError when the disk refuses, and FileExistsError when one is there.
    """
    if not bundle.is_dir():
        _add_to_archive(bundle, files)
    elif (bundle / SIGNATURES).is_dir():
        _add_to_folder(bundle, files)
    else:
        with unfinished_folder(bundle / SIGNATURES) as temporary:
            for name, data in files.items():
                _write(temporary / name.removeprefix(SIGNATURES), data)
            temporary.rename(bundle / SIGNATURES)


def _add_to_folder(bundle: Path, files: Mapping[str, bytes]) -> None:
    written: list[Path] = []
    try:
        for name, data in files.items():
            _write(bundle / name, data)
            written.append(bundle / name)
    except OSError:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)


def _add_to_archive(bundle: Path, files: Mapping[str, bytes]) -> None:
    with open_bag(bundle) as reader:
        top = reader.top if isinstance(reader, ZipReader) else ""
        taken = set(files) & set(reader.names)
    if taken:
        raise FileExistsError(f"{min(taken)} is in the archive")
    with unfinished_file(bundle) as (descriptor, temporary):
        with os.fdopen(descriptor, "r+b") as stream:
            with bundle.open("rb") as before:
                shutil.copyfileobj(before, stream)
            with zipfile.ZipFile(stream, "a") as archive:
                for name, data in sorted(files.items()):
                    archive.writestr(zip_entry(f"{top}{name}", compress=True), data)
        temporary.chmod(bundle.stat().st_mode & 0o777)
        temporary.replace(bundle)
