"""The demo's chain: an hour of it is missing, and that is all."""

import shutil
from pathlib import Path

from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.runs.integrity.demonstrating import KEYS, LOGS, demonstrate


def test_the_missing_hour_is_named(tmp_path: Path) -> None:
    missing, closing = demonstrate(tmp_path)
    assert "no digest file covers 2026-05-04T11:17:28Z to 2026-05-04T12:17:28Z: 1 digest file missing" in missing
    assert closing == "1 problem found, and 1 digest file missing; 7 digest files and 14 log files are valid."
    assert missing.replace("  ", "\t") in (tmp_path / "integrity.txt").read_text()
    arguments = ["integrity", str(tmp_path / LOGS), "--public-keys", str(tmp_path / KEYS), "-q"]
    assert run([*arguments, "--since", "2026-05-04T06:17:28Z"]) == Exit.FINDINGS
    shutil.rmtree(tmp_path / LOGS)
