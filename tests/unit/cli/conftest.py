"""A small recorded account for the commands that judge offline."""

from pathlib import Path

import pytest

from scanner.collect.folder import SnapshotWriter
from scanner.snapshot import SCHEMA

ACCOUNT = "111122223333"


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """An account with one trail, without log file validation."""
    trail = {
        "Name": "main",
        "TrailARN": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main",
        "HomeRegion": "us-east-1",
        "LogFileValidationEnabled": False,
    }
    with SnapshotWriter(tmp_path / "snapshot") as writer:
        writer.record(
            (ACCOUNT, "us-east-1", "cloudtrail.DescribeTrails"),
            {"includeShadowTrails": True},
            started="2026-11-20T12:00:00Z",
            pages=[{"trailList": [trail]}],
            items=1,
        )
        writer.finish(
            {
                "schema": SCHEMA,
                "started": "2026-11-20T12:00:00Z",
                "finished": "2026-11-20T12:00:01Z",
                "partition": "aws",
                "scope": {"accounts": {ACCOUNT: {"regions": ["us-east-1"], "skipped": {}}}},
            }
        )
    return tmp_path / "snapshot"
