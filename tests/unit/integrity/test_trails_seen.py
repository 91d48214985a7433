"""`trailwitness assess`: what the bundles tell of trails, and the Regions in which they could not be listed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scanner.aws.operations import OPERATIONS
from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.model import CallKey, GapKind
from scanner.runs.scanning import scan_snapshot, seal_scan
from scanner.runs.selection import select
from scanner.snapshot.answers import SCHEMA, CallError, Reply
from scanner.snapshot.folder import SnapshotWriter

ACCOUNT = "111122223333"
REGIONS = ("us-east-1", "eu-west-1", "eu-north-1")
DENIED = Reply(error=CallError(GapKind.DENIED, "AccessDeniedException", "no"))
TRAIL: dict[str, Any] = {
    "Name": "main",
    "TrailARN": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main",
    "HomeRegion": "us-east-1",
    "S3BucketName": "logs",
    "IsMultiRegionTrail": False,
}
NO_ALARMS = Reply(pages=({"MetricAlarms": [], "CompositeAlarms": [], "LogAlarms": []},))
LOGS: dict[str, Any] = {"IsLogging": True, "StartLoggingTime": "2025-01-01T00:00:00Z"}


def bundle(
    name: str,
    taken: str,
    refused: tuple[str, ...] = (),
    status: dict[str, Any] | None = LOGS,
    trail: dict[str, Any] = TRAIL,
    regions: tuple[str, ...] = REGIONS,
) -> None:
    with SnapshotWriter(Path(f"{name}-facts")) as writer:

        def record(region: str, operation: str, arguments: Mapping[str, Any], reply: Reply) -> None:
            writer.record(CallKey(ACCOUNT, region, operation, arguments), reply, taken)

        for region in regions:
            shown = [trail] if region == "us-east-1" else []
            listed = DENIED if region in refused else Reply(pages=({"trailList": shown},), items=len(shown))
            record(region, "cloudtrail.DescribeTrails", {"includeShadowTrails": True}, listed)
            record(region, "cloudwatch.DescribeAlarms", OPERATIONS["cloudwatch.DescribeAlarms"].arguments, NO_ALARMS)
        told = Reply(pages=(status,)) if status else DENIED
        record("us-east-1", "cloudtrail.GetTrailStatus", {"Name": trail["TrailARN"]}, told)
        record("us-east-1", "sts.GetCallerIdentity", {}, Reply(pages=({"Account": ACCOUNT},), items=1))
        run_json = {"schema": SCHEMA, "started": taken, "finished": taken, "partition": "aws", "rules": []}
        scope = {"accounts": {ACCOUNT: {"regions": list(regions), "skipped": {}}}}
        writer.finish({**run_json, "tool": {"name": "trailwitness", "version": "1"}, "scope": scope})
    selection = select((), ("trail.log-file-validation",), (), ())
    seal_scan(scan_snapshot(Path(f"{name}-facts"), selection), Path("evidence") / name)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("evidence").mkdir()


def assess(*more: str) -> dict[str, Any]:
    """The assessment of May 2026 by the bundles alone."""
    arguments = ["--bundles", "evidence", "--rule", "evidence.no-logging-gaps", "-o", "json=told.json", "-q", *more]
    run(["assess", "--period", "2026-05-02..2026-05-31", *arguments])
    told: dict[str, Any] = json.loads(Path("told.json").read_text(encoding="utf-8"))
    return told


@pytest.mark.parametrize(
    ("status", "outcome", "why"),
    [
        ({**LOGS, "StopLoggingTime": "2024-06-01T00:00:00Z"}, "pass", "for the whole period"),
        (
            {**LOGS, "StartLoggingTime": "2026-05-09T10:00:00Z", "StopLoggingTime": "2026-05-09T07:00:00Z"},
            "fail",
            "3 hours",
        ),
        ({"IsLogging": False, "StopLoggingTime": "2026-05-30T00:00:00Z"}, "fail", "24 hours"),
        ({**LOGS, "StartLoggingTime": "2026-05-09T10:00:00Z"}, "unknown", "no log records were read"),
        (None, "unknown", "cloudtrail.GetTrailStatus was denied"),
    ],
)
def test_the_status_of_a_trail_is_that_of_the_bundle(status: dict[str, Any] | None, outcome: str, why: str) -> None:
    bundle("june", "2026-06-02T00:00:00Z", status=status)
    (finding,) = assess()["findings"]
    assert (finding["resource"], finding["outcome"]) == (TRAIL["TrailARN"], outcome)
    assert why in finding["reason"]


@pytest.mark.parametrize(
    ("first", "second", "unlisted"),
    [
        ((), ("eu-west-1", "eu-north-1"), ()),
        (("eu-west-1", "eu-north-1"), ("eu-west-1",), ("eu-west-1",)),
    ],
)
def test_trails_that_no_bundle_lists_are_unknown(
    first: tuple[str, ...], second: tuple[str, ...], unlisted: tuple[str, ...]
) -> None:
    bundle("may", "2026-05-01T00:00:00Z", first)
    bundle("june", "2026-06-02T00:00:00Z", second)
    told = assess("--bundle", "sealed")
    found = {(each["resource"], each["outcome"]): each["reason"] for each in told["findings"]}
    trail = (TRAIL["TrailARN"], "pass")
    assert set(found) == ({trail, (ACCOUNT, "unknown")} if unlisted else {trail})
    for region in unlisted:
        why = f"bundle june does not tell which trails there are in {ACCOUNT}/{region}: "
        assert why in found[ACCOUNT, "unknown"]
        assert why in next(gap["reason"] for gap in told["gaps"] if gap["operation"] == "read")
    assert run(["verify", "sealed"]) == 0


def test_the_first_gap_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    bundle("june", "2026-06-02T00:00:00Z", ("eu-west-1", "eu-north-1"), status=None)
    assess()
    places = f"5 gaps (the first: cloudtrail.DescribeTrails in {ACCOUNT}/eu-north-1)"
    assert f"evidence was not read: {places}" in capsys.readouterr().err


def test_what_rests_on_trails_and_logs_passes_where_all_is_sound(copied: Path) -> None:
    logging: dict[str, Any] = {"Name": "audit", "TrailARN": TRAIL["TrailARN"].replace("/main", "/audit")}
    bundle(
        "after", "2026-03-02T01:17:28Z", trail={**TRAIL, **logging, "IsMultiRegionTrail": False}, regions=REGIONS[:1]
    )
    (copied / "trail-logs").mkdir()
    (copied / "AWSLogs").rename(copied / "trail-logs" / "AWSLogs")
    keys = [str(path.relative_to("trail-logs")) for path in sorted(Path("trail-logs").rglob("*.gz"))]
    objects = [{"Key": key, "StorageClass": "STANDARD"} for key in keys]
    Path("listing.json").write_text(json.dumps({"Contents": objects}), encoding="utf-8")
    Path("stated.json").write_text('{"outages": []}', encoding="utf-8")
    names = ("digest-chain-valid", "no-delivery-gaps", "no-logging-gaps", "failure-response", "hot-availability")
    rules = [word for name in (*names, "retention-present") for word in ("--rule", f"evidence.{name}")]
    period = ["--period", "2026-03-01T00:17:28Z..2026-03-01T20:17:28Z", "--bundles", "evidence"]
    given = ["--logs", "trail-logs", "--public-keys", "keys.json", "--listing", "listing.json"]
    days = [f"--parameter=evidence.{name}=1" for name in ("hot-availability.hot_days", "retention-present.min_days")]
    written = ["--statements", "stated.json", "-o", "json=told.json", "-q", "--bundle", "sealed"]
    code = run(["assess", *period, *rules, *given, *days, *written])
    told = json.loads(Path("told.json").read_text(encoding="utf-8"))
    found = {each["rule"]: (each["outcome"], each["reason"]) for each in told["findings"]}
    assert not [each for each in found.items() if each[1][0] != "pass"]
    assert (len(found), code, run(["verify", "sealed"])) == (6, Exit.CLEAN, Exit.CLEAN)
