"""A snapshot folder with one whole route, as the cases of rules have it, with answers changed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from scanner.model import CallKey
from scanner.snapshot.answers import SCHEMA, CallError, Reply
from scanner.snapshot.folder import SnapshotWriter

BASE = Path(__file__).parents[3] / "rules" / "route" / "_sound-route.calls.yaml"
ACCOUNT, REGION = "111122223333", "us-east-1"
STARTED = "2026-11-20T12:00:00Z"
CHANGES = (
    "{ ($.eventSource = cloudtrail.amazonaws.com) && (($.eventName = CreateTrail) || ($.eventName = UpdateTrail)"
    " || ($.eventName = DeleteTrail) || ($.eventName = StartLogging) || ($.eventName = StopLogging)) }"
)


def calls() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = yaml.safe_load(BASE.read_text(encoding="utf-8"))["calls"]
    for call in listed:
        if call["call"] == "logs.DescribeMetricFilters":
            call["answer"]["metricFilters"][0]["filterPattern"] = CHANGES
    return listed


def write_folder(
    target: Path,
    *,
    without: Sequence[str] = (),
    denied: Mapping[str, CallError] | None = None,
    more: Sequence[tuple[str, Mapping[str, Any], Any]] = (),
    alarm: Mapping[str, Any] | None = None,
    asked: Mapping[str, Any] | None = None,
) -> Path:
    """Write the folder; ``alarm`` are members of its alarm that differ, ``asked`` more that its run was asked for."""
    run = {
        "schema": SCHEMA,
        "started": STARTED,
        "partition": "aws",
        "scope": {
            "accounts": {ACCOUNT: {"regions": [REGION], "skipped": {}}},
            "asked": {"regions": "enabled", **(asked or {})},
        },
    }
    with SnapshotWriter(target) as writer:
        for call in calls():
            if call["call"] in without:
                continue
            if call["call"] == "cloudwatch.DescribeAlarms":
                call["answer"]["MetricAlarms"][0] |= dict(alarm or {})
            error = (denied or {}).get(call["call"])
            reply = Reply(error=error) if error is not None else Reply(pages=(call["answer"],))
            writer.record(CallKey(ACCOUNT, REGION, call["call"], call.get("arguments", {})), reply, STARTED)
        for operation, arguments, answer in more:
            writer.record(CallKey(ACCOUNT, REGION, operation, arguments), Reply(pages=(answer,)), STARTED)
        writer.finish(run)
    return target
