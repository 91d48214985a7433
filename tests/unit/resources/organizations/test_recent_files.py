"""How old the newest log file of an account is, where the snapshot's accounts were not collected at the same time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from scanner.audit_path.stores import visible_trails
from scanner.facts.uses import Look
from scanner.resources.organizations.recent_files import RECENT_FILE_CALLS, RecentFiles
from scanner.snapshot.answers import Snapshot

ACCOUNT = "111122223333"
TRAIL = {
    "Name": "own",
    "TrailARN": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/own",
    "HomeRegion": "us-east-1",
    "S3BucketName": "logs",
}
CALLS = (
    ("cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": [TRAIL]}),
    ("s3.ListBuckets", {"MaxBuckets": 1000}, {"Buckets": [{"Name": "logs", "BucketRegion": "us-east-1"}]}),
)
Make = Callable[..., Snapshot]


def at(snapshot: Snapshot, when: str) -> Snapshot:
    snapshot.run["scope"]["accounts"][ACCOUNT]["started"] = when
    return snapshot


def markers(snapshot: Snapshot) -> list[Any]:
    (asked,) = (use for use in RECENT_FILE_CALLS if use.per.name == "account-log-files")
    return [thing.besides["Marker"].rpartition("_")[2] for thing in Look(snapshot, ACCOUNT).each(asked.per)]


def test_no_file_that_is_asked_for_is_older_than_a_day(snapshot_of: Make) -> None:
    assert markers(at(snapshot_of(*CALLS), "2026-11-20T07:00:45Z")) == ["20261119T0701Z"]
    assert markers(at(snapshot_of(*CALLS), "2026-11-20T07:00:00Z")) == ["20261119T0700Z"]


def test_what_came_after_the_owner_was_asked_is_not_known(snapshot_of: Make) -> None:
    snapshot = at(snapshot_of(*CALLS), "2026-11-20T07:00:00Z")
    now = snapshot.time_of(ACCOUNT)
    trails = visible_trails(snapshot, ACCOUNT).trails
    later = RecentFiles(snapshot).of(ACCOUNT, trails, now + timedelta(hours=22)).gap
    assert later is not None
    assert later.reason.endswith(f"it is not known what was delivered after that: collect account {ACCOUNT} again")
    now_gap = RecentFiles(snapshot).of(ACCOUNT, trails, now).gap
    assert now_gap is not None
    assert "collect account" not in now_gap.reason
