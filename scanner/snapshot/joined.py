"""Several snapshots read as one: the accounts of all of them, as long as they do not contradict each other.

What they hold is not copied. ``run.json`` and ``calls.jsonl`` of the whole are made of theirs; ``joined`` in the first
keeps each ``run.json`` as it was, and every account the time at which its snapshot began.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scanner.errors import SnapshotError, UsageError
from scanner.files.stored_files import Files, open_files
from scanner.model import CallKey
from scanner.snapshot.answers import Call
from scanner.snapshot.call_lines import CALLS, call_line, read_calls
from scanner.snapshot.raw_json import document, line
from scanner.snapshot.run_json import PARTS, RUN, read_run

_EVERYWHERE = "enabled"
_OWNERS = "bucket_owners"
_ONE_OF_EACH = "Judge them apart, or collect the accounts again into one snapshot."


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the snapshots."""

    files: Files
    run: Mapping[str, Any]
    calls: Iterable[Call]


class JoinedFiles:
    """The files of several snapshots as those of one."""

    def __init__(self, label: str, parts: Mapping[str, Files], made: Mapping[str, bytes]) -> None:
        self.label = label
        self._parts = parts
        self._made = made

    def size(self, name: str) -> int:
        """Its size in bytes."""
        made = self._made.get(name)
        return self._of(name).size(name) if made is None else len(made)

    def read(self, name: str) -> bytes:
        """Its content."""
        made = self._made.get(name)
        return self._of(name).read(name) if made is None else made

    def _of(self, name: str) -> Files:
        files = self._parts.get(name)
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
    calls, held = _calls(parts)
    run = _run(parts)
    made = {RUN: document(run), CALLS: b"".join(line(call_line(call)) for call in calls)}
    return JoinedFiles(" and ".join(part.files.label for part in parts), held, made)


def _part(path: Path) -> _Part:
    files = open_files(path, RUN)
    return _Part(files, read_run(files.read(RUN), files.label), read_calls(files.read(CALLS), files.label))


def _calls(parts: Sequence[_Part]) -> tuple[list[Call], dict[str, Files]]:
    """Every call once, in the order of keys, and where its answer is. The first of equal ones counts."""
    found: dict[CallKey, tuple[Call, _Part]] = {}
    for part in parts:
        for call in part.calls:
            known, by = found.setdefault(call.key, (call, part))
            if _said(known) != _said(call):
                raise UsageError(
                    f"{by.files.label} and {part.files.label} hold different answers to the same call: {call.key}.",
                    _ONE_OF_EACH,
                )
    held = {call.file: part.files for call, part in found.values() if call.file}
    return [found[key][0] for key in sorted(found)], held


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
    return {
        "regions": regions,
        "skipped": {region: why for region, why in passed.items() if region not in regions},
        "started": max(known["started"], scope["started"]),
        **({"reason": reason} if reason else {}),
    }


def _asked(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What all were asked to look at: every enabled Region only where each of them was to look at every one."""
    named: set[str] = set()
    for asked in parts:
        regions = asked.get("regions")
        named.update(regions if isinstance(regions, list) else ())
    everywhere = all(asked.get("regions") == _EVERYWHERE for asked in parts)
    owners = {owner for asked in parts for owner in asked.get(_OWNERS, ())}
    return {"regions": _EVERYWHERE if everywhere else sorted(named), **({_OWNERS: sorted(owners)} if owners else {})}
