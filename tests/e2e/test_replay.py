"""The installed command over a snapshot and log files: what it prints, writes and answers with."""

import json
import subprocess
import sys
from pathlib import Path

from tests.unit.replay.deployments import log_file, record
from tests.unit.replay.folders import write_folder

PROGRAM = Path(sys.executable).parent / "trailwitness"


def test_records_and_files_in_two_processes(tmp_path: Path) -> None:
    write_folder(tmp_path / "snapshot")
    (tmp_path / "AWSLogs").mkdir()
    for number, name in enumerate(["StopLogging", "UpdateTrail"]):
        source = log_file(record(number, 20 * number, eventName=name), at=f"20261120T07{5 + 20 * number:02d}Z")
        (tmp_path / "AWSLogs" / Path(source.name).name).write_bytes(source.data)
    told = ["--rule", "route", "--workers", "2", "-o", "text", "-o", "json=replay.json", "-o", "svg=replay.svg"]
    done = subprocess.run(
        [str(PROGRAM), "replay", "--snapshot", "snapshot", "AWSLogs", *told],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert "2026-11-20T07:26Z alarm audited-alarm told of 1 record, 6 min 0 s after the event" in done.stdout
    document = json.loads((tmp_path / "replay.json").read_text())
    assert (document["schema"], document["result"], document["records"]) == ("trailwitness/replay/v1", "told", 2)
    assert (tmp_path / "replay.svg").read_text().startswith("<?xml")
