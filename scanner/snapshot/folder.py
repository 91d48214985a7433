"""Snapshot folders on disk: written under a temporary name and renamed when whole, read with every digest checked.

A snapshot holds ``run.json``, ``calls.jsonl`` and ``raw/…``; :mod:`scanner.snapshot.answers` describes them. An evidence bundle
(a folder or zip file with the same three under ``data/``) is read the same way. Nothing here talks to AWS.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

from scanner.errors import SnapshotError, UsageError
from scanner.files.stored_files import Files, FolderFiles, open_files
from scanner.files.unfinished import unfinished_folder
from scanner.model import GAP_KINDS
from scanner.snapshot.answers import ABSENT, SCHEMA, Call, CallError, Snapshot
from scanner.snapshot.raw_json import digest, document, line, plain, raw_file

RUN = "run.json"
CALLS = "calls.jsonl"

_OPERATION = re.compile(r"[a-z][a-z0-9-]*\.[A-Z][A-Za-z0-9]*")
_TAMPERED = "The snapshot was changed after it was collected: collect again or get an untouched copy."
_WRITTEN_WRONG = "Collect again, or use the Trailwitness version that wrote it."
_TEXTS = ("account", "region", "operation", "started", "date", "file", "sha256")
_COUNTS = ("pages", "items", "bytes")
_MOST_NESTED = 64
"""How deep ``run.json`` and a line of ``calls.jsonl`` may be nested; what is written never is deeper than a few levels."""

_LOG_RUN = "trailwitness/log-run/"
"""Beginning of the version in the ``run.json`` of a bundle over log records."""

_FACTS = ("caller", "tool", "dependencies")


def read_snapshot(path: Path) -> Snapshot:
    """A snapshot folder, an evidence bundle folder, or a zip file of either, as a :class:`Snapshot`.

    The size and SHA-256 of every raw file are checked before anything is returned, and again when an answer is read.
    SnapshotError names the first thing that is wrong.
    """
    files = open_files(path, RUN)
    run = _run(files)
    calls = _calls(files)
    sums = {call.file: call for call in calls if call.file}
    for call in sums.values():
        _checked(files, call)

    def read(name: str) -> bytes:
        return _checked(files, sums[name])

    return Snapshot(run, calls, read)


class SnapshotWriter:
    """A snapshot being written beside its final place; a context manager that leaves nothing half-written.

    ``record`` may be called from several threads. ``finish`` renames the folder to ``target``; leaving the context
    without it removes everything. Folders are made 0700 and files 0600, for an answer may hold personal data.
    """

    def __init__(self, target: Path) -> None:
        refuse_existing(target)
        self._target = target
        self._lock = Lock()
        self._disk = Lock()
        self._calls: dict[str, Call] = {}
        self._closed = False
        self._unfinished = ExitStack()
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._folder = self._unfinished.enter_context(unfinished_folder(target))
        except OSError as error:
            raise _unwritable(target, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._disk:  # a file written meanwhile would keep its folder from being removed
            self._closed = True
        self._unfinished.close()

    def record(
        self,
        place: tuple[str, str, str],
        arguments: Mapping[str, Any],
        *,
        started: str,
        date: str = "",
        request_ids: Sequence[str] = (),
        pages: Sequence[Mapping[str, Any]] = (),
        items: int = 0,
        error: CallError | None = None,
    ) -> Call:
        """Write one answered or refused call and return it; ``place`` is account, Region and operation.

        ``pages`` are written only when there is no ``error``. UsageError when the disk refuses.
        """
        account, region, operation = place
        name, content = "", b""
        if error is None:
            name = raw_file(account, region, operation, arguments)
            content = document({"pages": plain(list(pages))})
            self._write(name, content)
        call = Call(
            account=account,
            region=region,
            operation=operation,
            arguments=plain(arguments),
            started=started,
            date=date,
            request_ids=tuple(request_ids),
            pages=len(pages) if error is None else 0,
            items=items if error is None else 0,
            file=name,
            sha256=digest(content) if name else "",
            bytes=len(content),
            error=error,
        )
        with self._lock:
            if call.key in self._calls:
                raise AssertionError(f"{call.key} was recorded twice")
            self._calls[call.key] = call
        return call

    def snapshot(self, run: Mapping[str, Any]) -> Snapshot:
        """What has been recorded so far, for deciding what to ask next."""
        with self._lock:
            calls = tuple(self._calls.values())
        return Snapshot(run, calls, FolderFiles(self._folder).read)

    def finish(self, run: Mapping[str, Any]) -> Snapshot:
        """Write ``run.json`` and ``calls.jsonl``, move the folder to its target and read it back."""
        ordered = sorted(self._calls.values(), key=lambda call: call.key)
        self._write(RUN, document(plain(run)))
        self._write(CALLS, b"".join(line(call_line(call)) for call in ordered))
        refuse_existing(self._target)
        try:
            self._folder.rename(self._target)
        except OSError as error:
            raise _unwritable(self._target, error) from error
        return read_snapshot(self._target)

    def _write(self, name: str, content: bytes) -> None:
        path = self._folder.joinpath(name)
        with self._disk:
            if self._closed:
                raise UsageError(f"{path} is not written: the collection has ended.")
            try:
                for folder in reversed(path.relative_to(self._folder).parents[:-1]):
                    (self._folder / folder).mkdir(mode=0o700, exist_ok=True)
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(content)
            except OSError as error:
                raise _unwritable(path, error) from error


def refuse_existing(target: Path) -> None:
    """UsageError when something stands where a snapshot is to be written."""
    if target.exists() or target.is_symlink():
        raise UsageError(f"{target} already exists; a snapshot is never overwritten.", "Name a new folder.")


def call_line(call: Call) -> dict[str, Any]:
    """A call as a line of ``calls.jsonl``."""
    error = call.error
    return {
        "account": call.account,
        "region": call.region,
        "operation": call.operation,
        "arguments": call.arguments,
        "started": call.started,
        "date": call.date,
        "request_ids": list(call.request_ids),
        "pages": call.pages,
        "items": call.items,
        "file": call.file,
        "sha256": call.sha256,
        "bytes": call.bytes,
        "error": None if error is None else {"kind": error.kind, "code": error.code, "message": error.message},
    }


def _checked(files: Files, call: Call) -> bytes:
    size = files.size(call.file)
    if size != call.bytes:
        raise SnapshotError(f"{call.file} of {files.label} has {size} bytes, recorded were {call.bytes}.", _TAMPERED)
    content = files.read(call.file)
    if digest(content) != call.sha256:
        raise SnapshotError(f"{call.file} of {files.label} does not have its recorded SHA-256.", _TAMPERED)
    return content


def _json(content: bytes, where: str) -> Any:
    try:
        value = json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise SnapshotError(f"{where} is not JSON: {error}.", _TAMPERED) from error
    level = [value]
    for _ in range(_MOST_NESTED):
        level = [item for held in level for item in _parts(held)]
        if not level:
            return value
    raise SnapshotError(f"{where} is nested more than {_MOST_NESTED} deep.", _TAMPERED)


def _parts(value: Any) -> Iterable[Any]:
    """What a list or an object holds."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _run(files: Files) -> Mapping[str, Any]:
    where = f"{RUN} of {files.label}"
    run = _json(files.read(RUN), where)
    if not isinstance(run, dict):
        raise SnapshotError(f"{where} is not a JSON object.", _WRITTEN_WRONG)
    if run.get("schema") != SCHEMA:
        if str(run.get("schema")).startswith(_LOG_RUN):
            raise SnapshotError(
                f"{where} is of version {run['schema']!r}: it holds log records and no snapshot.",
                "Verify it with `trailwitness verify`; `scan --snapshot` judges what `collect` or `scan` recorded.",
            )
        raise SnapshotError(
            f"{where} is of version {run.get('schema')!r}; this Trailwitness reads {SCHEMA!r}.", _WRITTEN_WRONG
        )
    if not _is_time(run.get("started")):
        raise SnapshotError(f"{where} has no time of collection under 'started'.", _WRITTEN_WRONG)
    scope = run.get("scope")
    accounts, asked = (scope.get("accounts"), scope.get("asked", {})) if isinstance(scope, dict) else (None, None)
    if not isinstance(accounts, dict) or not accounts:
        raise SnapshotError(f"{where} names no accounts under 'scope'.", _WRITTEN_WRONG)
    for account, facts in accounts.items():
        regions = facts.get("regions") if isinstance(facts, dict) else None
        if not isinstance(regions, list) or not all(isinstance(region, str) for region in regions):
            raise SnapshotError(f"{where} lists no Regions for account {account!r}.", _WRITTEN_WRONG)
        if not _is_texts_by_name(facts.get("skipped", {})):
            raise SnapshotError(f"{where} gives no reasons under 'skipped' for account {account!r}.", _WRITTEN_WRONG)
    for name in _FACTS:
        if not _is_texts_by_name(run.get(name, {})):
            raise SnapshotError(f"{where} has no object of texts under {name!r}.", _WRITTEN_WRONG)
    for name in ("finished", "partition"):
        if not isinstance(run.get(name, ""), str):
            raise SnapshotError(f"{where} has no text under {name!r}.", _WRITTEN_WRONG)
    if run.get("finished") and not _is_time(run["finished"]):
        raise SnapshotError(f"{where} has no time under 'finished'.", _WRITTEN_WRONG)
    if not isinstance(asked, dict):
        raise SnapshotError(f"{where} has no object under 'asked'.", _WRITTEN_WRONG)
    rules = run.get("rules", [])
    if not isinstance(rules, list) or not all(isinstance(rule, str) for rule in rules):
        raise SnapshotError(f"{where} has no list of texts under 'rules'.", _WRITTEN_WRONG)
    return run


def _is_texts_by_name(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _is_time(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        moment = datetime.fromisoformat(value)
        return moment.tzinfo is not None and bool(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        return False


def _calls(files: Files) -> tuple[Call, ...]:
    calls: dict[str, Call] = {}
    for number, text in enumerate(files.read(CALLS).split(b"\n"), start=1):
        if not text.strip():
            continue
        where = f"{CALLS}:{number} of {files.label}"
        call = _call(_json(text, where), where)
        if call.key in calls:
            raise SnapshotError(f"{where} repeats the call {call.key}.", _TAMPERED)
        calls[call.key] = call
    return tuple(calls.values())


def _call(entry: Any, where: str) -> Call:
    def wrong(what: str) -> SnapshotError:
        return SnapshotError(f"{where} {what}.", _WRITTEN_WRONG)

    if not isinstance(entry, dict):
        raise wrong("is not a JSON object")
    for name in _TEXTS:
        if not isinstance(entry.get(name), str):
            raise wrong(f"has no text under {name!r}")
    if not _is_time(entry["started"]):
        raise wrong("has no time under 'started'")
    for name in _COUNTS:
        if type(entry.get(name)) is not int or entry[name] < 0:
            raise wrong(f"has no count under {name!r}")
    if not isinstance(entry.get("arguments"), dict):
        raise wrong("has no object under 'arguments'")
    ids = entry.get("request_ids")
    if not isinstance(ids, list) or not all(isinstance(name, str) for name in ids):
        raise wrong("has no list of texts under 'request_ids'")
    if not _OPERATION.fullmatch(entry["operation"]):
        raise wrong(f"names the operation {entry['operation']!r}, which is not of the form service.Operation")
    error = _error(entry.get("error"), wrong)
    expected = raw_file(entry["account"], entry["region"], entry["operation"], entry["arguments"])
    if entry["file"] != ("" if error else expected):
        raise wrong(f"names the file {entry['file']!r} where {'none' if error else repr(expected)} is due")
    names = (*_TEXTS, *_COUNTS)
    return Call(
        **{name: entry[name] for name in names},
        arguments=entry["arguments"],
        request_ids=tuple(ids),
        error=error,
    )


def _error(entry: Any, wrong: Callable[[str], SnapshotError]) -> CallError | None:
    if entry is None:
        return None
    if not isinstance(entry, dict) or not all(isinstance(entry.get(name), str) for name in ("kind", "code", "message")):
        raise wrong("has no kind, code and message under 'error'")
    if entry["kind"] not in {ABSENT, *GAP_KINDS}:
        raise wrong(f"has an error of the unknown kind {entry['kind']!r}")
    return CallError(entry["kind"], entry["code"], entry["message"])


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path} cannot be written: {error.strerror or error}.", "Name a folder on a disk that can be.")
