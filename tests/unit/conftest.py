"""Snapshots made of plain calls, for every room that reads them."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from scanner.snapshot import SCHEMA, Call, CallError, Snapshot

ACCOUNT = "111122223333"

Recorded = tuple[str, str, Mapping[str, Any], Any]
"""Region, operation, arguments and the answer: one page, a list of pages, or a ``CallError``."""

MakeSnapshot = Callable[..., Snapshot]


@pytest.fixture(scope="session")
def make_snapshot() -> MakeSnapshot:
    """``make_snapshot(*calls, regions=…, asked=…, skipped=…, partition=…, others=…)``.

    ``others`` maps further accounts to their calls.
    """
    return _snapshot


def _snapshot(
    *calls: Recorded,
    regions: Sequence[str] = ("us-east-1",),
    asked: Any = "enabled",
    skipped: Mapping[str, str] | None = None,
    partition: str = "aws",
    others: Mapping[str, Sequence[Recorded]] | None = None,
) -> Snapshot:
    raw: dict[str, bytes] = {}
    made = [
        _call(account, recorded, raw)
        for account, listed in {ACCOUNT: calls, **(others or {})}.items()
        for recorded in listed
    ]
    scope = {"regions": list(regions), "skipped": dict(skipped or {})}
    run = {
        "schema": SCHEMA,
        "started": "2026-11-20T07:00:00Z",
        "partition": partition,
        "scope": {"accounts": dict.fromkeys((ACCOUNT, *(others or {})), scope), "asked": {"regions": asked}},
    }
    return Snapshot(run, tuple(made), raw.__getitem__)


def _call(account: str, recorded: Recorded, raw: dict[str, bytes]) -> Call:
    region, operation, arguments, answer = recorded
    error = answer if isinstance(answer, CallError) else None
    file = "" if error else f"raw/{len(raw)}.json"
    if error is None:
        raw[file] = json.dumps({"pages": answer if isinstance(answer, list) else [answer]}).encode()
    return Call(
        account=account,
        region=region,
        operation=operation,
        arguments=arguments,
        started="2026-11-20T07:00:00Z",
        date="",
        request_ids=(),
        pages=1,
        items=0,
        file=file,
        sha256="",
        bytes=0,
        error=error,
    )
