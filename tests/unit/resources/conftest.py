"""Snapshots written as lists of calls, for the views over them."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from scanner.snapshot import ABSENT, SCHEMA, Call, CallError, Snapshot

TIME = "2026-11-20T07:00:00Z"
ACCOUNT = "111122223333"

Spoken = tuple[str, Mapping[str, Any], Any] | tuple[str, Mapping[str, Any], Any, str]
SnapshotOf = Callable[..., Snapshot]


@pytest.fixture
def snapshot_of() -> SnapshotOf:
    """``snapshot_of(call, …, regions=…)``; a call is ``(operation, arguments, answer[, region])``.

    An answer is one page, a list of pages, ``"-Code"`` for an absence or ``"!Code"`` for a refusal.
    """

    def build(*spoken: Spoken, regions: tuple[str, ...] = ("us-east-1",)) -> Snapshot:
        files: dict[str, bytes] = {}
        calls = tuple(_call(number, spoken[number], files) for number in range(len(spoken)))
        scope = {"accounts": {ACCOUNT: {"regions": list(regions), "skipped": {}}}}
        run = {"schema": SCHEMA, "started": TIME, "partition": "aws", "scope": scope}
        return Snapshot(run, calls, files.__getitem__)

    return build


def _call(number: int, spoken: Spoken, files: dict[str, bytes]) -> Call:
    operation, arguments, answer = spoken[:3]
    region = spoken[3] if len(spoken) == 4 else "us-east-1"
    error = None
    if isinstance(answer, str):
        error = CallError(ABSENT if answer[0] == "-" else "denied", answer[1:], "")
    else:
        pages = answer if isinstance(answer, list) else [answer]
        files[f"{number}.json"] = json.dumps({"pages": pages}).encode()
    name = "" if error else f"{number}.json"
    return Call(ACCOUNT, region, operation, arguments, TIME, TIME, (), 1, 0, name, "", 0, error)
