"""Several snapshots read as one: the accounts of all of them, as long as they do not contradict each other.

What they hold is not copied. ``run.json`` and ``calls.jsonl`` of the whole are made of theirs; ``joined`` in the first
keeps each ``run.json`` as it was, and every account the time at which its snapshot began.
"""

import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import merge
from pathlib import Path
from typing import Any

from scanner.errors import SnapshotError, UsageError
from scanner.files.stored_files import PIECE, Files, open_files
from scanner.model import CallKey
from scanner.snapshot.answers import Call
from scanner.snapshot.call_lines import CALLS, call_line, read_pieces
from scanner.snapshot.raw_json import document, line
from scanner.snapshot.run_json import JOINED, PARTS, RUN, read_run

_EVERYWHERE = "enabled"
_OWNERS, _EVIDENCE = "bucket_owners", "evidence_buckets"
_ONE_OF_EACH = "Judge them apart, or collect the accounts again into one snapshot."


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the snapshots."""

    files: Files
    run: Mapping[str, Any]
    calls: Iterable[Call]


class _Places:
    """In which snapshot an answer lies: most lie where the first answer of their account does."""

    def __init__(self) -> None:
        self._folders: dict[str, Files] = {}
        self._apart: dict[str, Files] = {}

    def add(self, file: str, files: Files) -> None:
        if self._folders.setdefault(_folder(file), files) is not files:
            self._apart[file] = files

    def of(self, file: str) -> Files | None:
        return self._apart.get(file) or self._folders.get(_folder(file))


def _folder(file: str) -> str:
    """``raw/<account>`` of the name of an answer."""
    return "/".join(file.split("/", 2)[:2])


class _Made:
    """A file made of those of several snapshots. It lies among the temporary files of the machine, without a name."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        stream = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as this object lives
        weakref.finalize(self, stream.close)
        stream.writelines(pieces)
        self.size = stream.tell()
        self._stream = stream

    def pieces(self) -> Iterator[bytes]:
        for start in range(0, self.size, PIECE):
            self._stream.seek(start)
            yield self._stream.read(PIECE)


class JoinedFiles:
    """The files of several snapshots as those of one."""

    def __init__(self, label: str, places: _Places, made: Mapping[str, _Made]) -> None:
        self.label = label
        self._places = places
        self._made = made

    def size(self, name: str) -> int:
        """Its size in bytes."""
        return self._made[name].size if name in self._made else self._of(name).size(name)

    def read(self, name: str) -> bytes:
        """Its content."""
        return b"".join(self.pieces(name)) if name in self._made else self._of(name).read(name)

    def pieces(self, name: str) -> Iterator[bytes]:
        """Its content, piece by piece."""
        return self._made[name].pieces() if name in self._made else self._of(name).pieces(name)

    def _of(self, name: str) -> Files:
        files = self._places.of(name)
        if files is None:
            raise SnapshotError(f"{name} is in none of {self.label}.")
        return files


def open_snapshots(paths: Sequence[Path]) -> Files:
    """The files of a snapshot or bundle; several are joined.

    UsageError: snapshots of different partitions, or that contradict each other about one account. SnapshotError names
    the first thing that is wrong with one of them.
    """
    if len(paths) == 1:
        return open_files(paths[0], RUN)
    parts = sorted(map(_part, paths), key=lambda part: (part.run["started"], document(part.run), part.files.label))
    partitions = sorted({str(part.run.get("partition", "aws")) for part in parts})
    if len(partitions) > 1:
        raise UsageError(
            f"The snapshots are of different partitions: {', '.join(partitions)}.",
            "Judge those of each partition apart.",
        )
    places = _Places()
    made = {CALLS: _Made(_lines(parts, places)), RUN: _Made([document(_run(parts))])}
    return JoinedFiles(" and ".join(part.files.label for part in parts), places, made)


def _lines(parts: Sequence[_Part], places: _Places) -> Iterator[bytes]:
    """The lines of ``calls.jsonl``; where the answers lie is noted."""
    for call, part in _calls(parts):
        if call.file:
            places.add(call.file, part.files)
        yield line(call_line(call))


def _part(path: Path) -> _Part:
    files = open_files(path, RUN)
    return _Part(files, read_run(files.read(RUN), files.label), read_pieces(files.pieces(CALLS), files.label))


def _calls(parts: Sequence[_Part]) -> Iterator[tuple[Call, _Part]]:
    """Every call once, in the order of keys, with the snapshot that counts: of equal ones the first."""
    known: tuple[Call, _Part] | None = None
    # Each snapshot gives its calls in the order of keys, so that few of them are at hand at a time.
    for call, part in merge(*map(_with_part, parts), key=_key):
        if known is None or known[0].key != call.key:
            known = call, part
            yield known
        elif _said(known[0]) != _said(call):
            raise UsageError(
                f"{known[1].files.label} and {part.files.label} hold different answers to the same call: {call.key}.",
                _ONE_OF_EACH,
            )


def _with_part(part: _Part) -> Iterator[tuple[Call, _Part]]:
    for call in part.calls:
        yield call, part


def _key(made: tuple[Call, _Part]) -> CallKey:
    return made[0].key


def _said(call: Call) -> Call:
    """What a call gave, whenever it was made."""
    error = None if call.error is None else replace(call.error, message="")
    return replace(call, started="", date="", request_ids=(), error=error)


def _run(parts: Sequence[_Part]) -> dict[str, Any]:
    runs: list[Mapping[str, Any]] = []
    for part in parts:
        runs += (run for run in part.run.get(PARTS) or [part.run] if run not in runs)
    finished = [str(run.get("finished", "")) for run in runs]
    rules: set[str] = set()
    for run in runs:
        rules.update(run.get("rules", ()))
    return {
        "schema": runs[0]["schema"],
        "started": min(run["started"] for run in runs),
        "finished": max(finished) if all(finished) else "",
        "partition": str(runs[0].get("partition", "aws")),
        **_shared(runs),
        "scope": _scope(runs),
        "rules": sorted(rules),
        PARTS: runs,
    }


def _scope(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    accounts: dict[str, dict[str, Any]] = {}
    skipped: dict[str, str] = {}
    for run in runs:
        skipped.update(run["scope"].get("skipped", {}))
        for account, scope in run["scope"]["accounts"].items():
            accounts[account] = _with(accounts.get(account), {**scope, "started": run["started"]})
    left = {account: why for account, why in skipped.items() if account not in accounts}
    asked = [run["scope"].get("asked", {}) for run in runs]
    return {"accounts": accounts, "asked": _asked(asked), **({"skipped": left} if left else {})}


def _shared(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """By whom and with what all were collected, as far as that is the same."""
    shared: dict[str, Any] = {}
    for name in ("caller", "tool", "dependencies"):
        if name in runs[0] and all(run.get(name) == runs[0][name] for run in runs):
            shared[name] = runs[0][name]
    return shared


def _with(known: Mapping[str, Any] | None, scope: Mapping[str, Any]) -> dict[str, Any]:
    """The scope of an account of which two snapshots tell: Regions of both, and the later time.

    A later now makes facts older and never fresher.
    """
    if known is None:
        return dict(scope)
    regions = sorted({*known["regions"], *scope["regions"]})
    passed = {**known.get("skipped", {}), **scope.get("skipped", {})}
    reason = "" if regions else scope.get("reason", "")
    joined = max((known.get(JOINED, ""), scope.get(JOINED, "")))
    return {
        "regions": regions,
        "skipped": {region: why for region, why in passed.items() if region not in regions},
        "started": max(known["started"], scope["started"]),
        **({"reason": reason} if reason else {}),
        **({JOINED: joined} if joined else {}),
    }


def _asked(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What all were asked to look at: every enabled Region only where each of them was to look at every one."""
    named: set[str] = set()
    for asked in parts:
        regions = asked.get("regions")
        named.update(regions if isinstance(regions, list) else ())
    everywhere = all(asked.get("regions") == _EVERYWHERE for asked in parts)
    told: dict[str, Any] = {"regions": _EVERYWHERE if everywhere else sorted(named)}
    for key in (_OWNERS, _EVIDENCE):
        values = {each for asked in parts for each in asked.get(key, ())}
        told |= {key: sorted(values)} if values else {}
    return told
