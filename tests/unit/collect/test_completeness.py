"""What ``run.json`` says, against the recorded calls: an edited scope, time or caller is told."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from scanner.collect.completeness import misstatements
from scanner.model import CallKey, GapKind
from scanner.snapshot.answers import SCHEMA, CallError, Reply, Snapshot
from scanner.snapshot.folder import SnapshotWriter

ACCOUNT = "111122223333"
ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/auditor/me"
REGIONS = {"us-east-1": "opt-in-not-required", "eu-west-1": "opt-in-not-required", "me-south-1": "not-opted-in"}


def collected(folder: Path, *, listed: Mapping[str, str] | None = REGIONS, **changes: Any) -> Snapshot:
    run: dict[str, Any] = {
        "schema": SCHEMA,
        "started": "2026-11-20T12:00:00Z",
        "finished": "2026-11-20T12:00:09Z",
        "partition": "aws",
        "caller": {"account": ACCOUNT, "arn": ARN, "user_id": "AROAX:me"},
        "scope": {
            "accounts": {ACCOUNT: {"regions": ["eu-west-1", "us-east-1"], "skipped": {"me-south-1": "not enabled"}}},
            "asked": {"regions": "enabled"},
        },
    }
    refused = None if listed else CallError(GapKind.DENIED, "UnauthorizedOperation", "no")
    regions = [{"RegionName": name, "OptInStatus": status} for name, status in (listed or {}).items()]
    who = {"Account": ACCOUNT, "Arn": ARN, "UserId": "AROAX:me"}
    with SnapshotWriter(folder / "snapshot") as writer:
        begun, later = "2026-11-20T12:00:00Z", "2026-11-20T12:00:09Z"
        place = (ACCOUNT, "us-east-1", "sts.GetCallerIdentity")
        writer.record(CallKey(*place, {}), Reply(pages=(who,), items=1), begun)
        place = (ACCOUNT, "us-east-1", "ec2.DescribeRegions")
        writer.record(CallKey(*place, {"AllRegions": True}), Reply(pages=({"Regions": regions},), error=refused), later)
        return writer.finish({**run, **changes})


def scope(*regions: str, asked: object = "enabled") -> dict[str, Any]:
    return {"accounts": {ACCOUNT: {"regions": list(regions), "skipped": {}}}, "asked": {"regions": asked}}


@pytest.mark.parametrize(
    "make",
    [
        collected,
        lambda folder: collected(folder, scope=scope("us-east-1", asked=["us-east-1"])),
        lambda folder: collected(folder, scope=scope("us-east-1"), listed=None),
        lambda folder: collected(folder, finished=""),
        lambda folder: collected(folder, started="2026-11-20T12:00:59Z", finished="2026-11-20T11:59:59Z"),
    ],
    ids=["whole", "Regions that were named", "Regions that could not be listed", "no end", "a clock put back"],
)
def test_a_run_that_its_calls_bear_out(make: Callable[[Path], Snapshot], tmp_path: Path) -> None:
    assert misstatements(make(tmp_path)) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scope": scope("us-east-1")}, "Region eu-west-1 of account 111122223333 is enabled"),
        ({"started": "2026-11-20T09:00:00Z"}, "began at 2026-11-20T09:00:00Z; its first call was made at"),
        ({"started": "2026-11-20T12:01:01Z"}, "its first call was made at 2026-11-20T12:00:00Z"),
        ({"finished": "2026-11-20T11:59:08Z"}, "its last call was made at 2026-11-20T12:00:09Z"),
        (
            {"caller": {"account": ACCOUNT, "arn": ARN.replace("me", "you"), "user_id": "AROAX:me"}},
            "the caller's arn is",
        ),
        ({"caller": {"account": ACCOUNT, "arn": ARN}}, "the caller's user_id is None"),
    ],
)
def test_a_run_that_its_calls_disprove(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    (told,) = misstatements(collected(tmp_path, **changes))
    assert words in told
