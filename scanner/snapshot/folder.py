"""Snapshot folders on disk: written under a temporary name and renamed when whole, read with every digest checked.

A snapshot holds ``run.json``, ``calls.jsonl`` and ``raw/…``; :mod:`scanner.snapshot.answers` describes them. An
evidence bundle (a folder or zip file with the same three under ``data/``) is read the same way.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

from scanner.errors import SnapshotError, UsageError
from scanner.files.covered import Cover, CoveredFiles
from scanner.files.stored_files import Files, FolderFiles, open_files
from scanner.files.unfinished import unfinished_folder
from scanner.model import CallKey
from scanner.snapshot.answers import Call, Reply, Snapshot, check_marks
from scanner.snapshot.call_lines import CALLS, read_pieces
from scanner.snapshot.ledger import Ledger
from scanner.snapshot.raw_json import digest, document, plain, raw_file
from scanner.snapshot.run_json import RUN, read_run
from scanner.snapshot.strict_json import TAMPERED

_AWAY = ".calls"
"""Where the calls of accounts that are done lie while others are under way."""


def read_snapshot(path: Path) -> Snapshot:
    """A snapshot folder, an evidence bundle folder, or a zip file of either, as a :class:`Snapshot`.

    The size and SHA-256 of every raw file are checked before anything is returned, and again when an answer is read.
    SnapshotError names the first thing that is wrong.
    """
    return read_files(open_files(path, RUN))


def read_files(files: Files) -> Snapshot:
    """The same of files that are open: of one snapshot, or of several that are joined."""
    run = read_run(files.read(RUN), files.label)
    calls = read_pieces(files.pieces(CALLS), files.label)
    for call in calls:
        if call.file:
            check_marks(call, _checked(files, call))

    def read(name: str) -> bytes:
        call = calls.named(name)
        if call is None:
            raise AssertionError(f"no call has its answer in {name}")
        return _checked(files, call)

    return Snapshot(run, calls, read)


class SnapshotWriter:
    """A snapshot being written beside its final place; a context manager that leaves nothing half-written.

    ``record`` may be called from several threads. ``finish`` renames the folder to ``target``; leaving the context
    without it removes everything. Folders are made 0700 and files 0600, for an answer may hold personal data. Under a
    ``cover`` nobody reads them but whoever holds it.
    """

    def __init__(self, target: Path, cover: Cover | None = None) -> None:
        refuse_existing(target)
        self._target = target
        self._cover = cover
        self._disk = Lock()
        self._closed = False
        self._unfinished = ExitStack()
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._folder = self._unfinished.enter_context(unfinished_folder(target))
        except OSError as error:
            raise _unwritable(target, error) from error
        self._ledger = Ledger(self._folder / _AWAY, cover)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._disk:  # a file written meanwhile would keep its folder from being removed
            self._closed = True
        self._unfinished.close()

    def record(self, key: CallKey, reply: Reply, started: str) -> Call:
        """Write one answered or refused call and return it; ``started`` is RFC 3339. UsageError when the disk refuses.

        Pages are written only when the reply is not an error.
        """
        key = replace(key, arguments=plain(key.arguments))
        call = Call(
            key=key,
            started=started,
            date=reply.date,
            request_ids=reply.request_ids,
            pages=len(reply.pages),
            items=reply.items,
            file=raw_file(key),
            sha256="",
            bytes=0,
            error=reply.error,
            unknown=reply.unknown,
        )
        if reply.error is None:
            content = document({"pages": plain(list(reply.pages))})
            self._write(call.file, [content])
            call = replace(call, sha256=digest(content), bytes=len(content))
        else:
            call = replace(call, pages=0, items=0, file="")
        self._ledger.add(call)
        return call

    def snapshot(self, run: Mapping[str, Any], account: str) -> Snapshot:
        """What has been recorded so far of an account, for deciding what to ask next."""
        return Snapshot(run, self._ledger.of(account), self._below(self._folder).read)

    def put_away(self, account: str) -> None:
        """Hold nothing more of an account, which is done, in memory. UsageError when the disk refuses.

        More may be recorded of it later, and ``snapshot`` still shows all.
        """
        with self._disk:
            if self._closed:
                return
            try:
                self._ledger.put_away(account)
            except OSError as error:
                raise _unwritable(self._folder, error) from error

    def finish(self, run: Mapping[str, Any]) -> Snapshot:
        """Write ``run.json`` and ``calls.jsonl``, move the folder to its target and read it back."""
        self._write(RUN, [document(plain(run))])
        self._write(CALLS, self._ledger.lines())
        shutil.rmtree(self._folder / _AWAY, ignore_errors=True)
        refuse_existing(self._target)
        try:
            self._folder.rename(self._target)
        except OSError as error:
            raise _unwritable(self._target, error) from error
        return read_files(self._below(self._target))

    def _below(self, folder: Path) -> Files:
        files = FolderFiles(folder)
        return files if self._cover is None else CoveredFiles(files, self._cover)

    def _write(self, name: str, content: Iterable[bytes]) -> None:
        path = self._folder.joinpath(name)
        if self._cover is not None:
            path, content = self._folder / self._cover.name(name), [self._cover.covered(b"".join(content))]
        with self._disk:
            if self._closed:
                raise UsageError(f"{path} is not written: the collection has ended.")
            try:
                for folder in reversed(path.relative_to(self._folder).parents[:-1]):
                    (self._folder / folder).mkdir(mode=0o700, exist_ok=True)
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
                with os.fdopen(descriptor, "wb") as stream:
                    stream.writelines(content)
            except OSError as error:
                raise _unwritable(path, error) from error


def refuse_existing(target: Path) -> None:
    """UsageError when there is something where a snapshot is to be written."""
    if target.exists() or target.is_symlink():
        raise UsageError(f"{target} already exists; a snapshot is never overwritten.", "Name a new folder.")


def _checked(files: Files, call: Call) -> bytes:
    size = files.size(call.file)
    if size != call.bytes:
        raise SnapshotError(f"{call.file} of {files.label} has {size} bytes, recorded were {call.bytes}.", TAMPERED)
    content = files.read(call.file)
    if digest(content) != call.sha256:
        raise SnapshotError(f"{call.file} of {files.label} does not have its recorded SHA-256.", TAMPERED)
    return content


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path} cannot be written: {error.strerror or error}.", "Name a folder on a disk that can be.")
