"""A small recorded account for the commands that judge offline, and a forger for the bundles they write."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner import __version__
from scanner.model import CallKey
from scanner.snapshot.answers import SCHEMA, Reply
from scanner.snapshot.folder import SnapshotWriter

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
            CallKey(*(ACCOUNT, "us-east-1", "cloudtrail.DescribeTrails"), {"includeShadowTrails": True}),
            Reply(pages=({"trailList": [trail]},), items=1),
            "2026-11-20T12:00:00Z",
        )
        writer.record(
            CallKey(*(ACCOUNT, "us-east-1", "sts.GetCallerIdentity"), {}),
            Reply(pages=({"Account": ACCOUNT},), items=1),
            "2026-11-20T12:00:00Z",
        )
        writer.finish(
            {
                "schema": SCHEMA,
                "started": "2026-11-20T12:00:00Z",
                "finished": "2026-11-20T12:00:01Z",
                "partition": "aws",
                "tool": {"name": "trailwitness", "version": __version__},
                "rules": ["trail.log-file-validation"],
                "scope": {"accounts": {ACCOUNT: {"regions": ["us-east-1"], "skipped": {}}}},
            }
        )
    return tmp_path / "snapshot"


@pytest.fixture
def reseal() -> Callable[[Path, str, str | bytes], None]:
    """Change a file of a bundle and write every digest anew, as a careful forger would."""

    def change(bundle: Path, name: str, content: str | bytes) -> None:
        (bundle / name).write_bytes(content.encode() if isinstance(content, str) else content)
        payload = sorted(path for path in (bundle / "data").rglob("*") if path.is_file())
        total = f"Payload-Oxum: {sum(path.stat().st_size for path in payload)}.{len(payload)}"
        info = bundle / "bag-info.txt"
        lines = info.read_text(encoding="utf-8").splitlines()
        info.write_text("".join(f"{total if 'Oxum' in line else line}\n" for line in lines), encoding="utf-8")
        tags = [info, bundle / "bagit.txt", bundle / "manifest-sha256.txt"]
        for manifest, listed in (("manifest-sha256.txt", payload), ("tagmanifest-sha256.txt", tags)):
            entries = [
                (hashlib.sha256(path.read_bytes()).hexdigest(), path.relative_to(bundle).as_posix()) for path in listed
            ]
            text = "".join(f"{digest}  {path}\n" for digest, path in entries)
            (bundle / manifest).write_text(text, encoding="utf-8")

    return change
