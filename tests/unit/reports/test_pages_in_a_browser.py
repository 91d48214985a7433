"""The pages of a replay and of a comparison in a real browser, where one is installed: no complaint, and they print."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from reports.comparison.comparing import compare
from reports.comparison.page import comparison_page
from reports.comparison.sides import Side
from reports.replays.page import replay_page
from scanner.model import Assessment
from tests.unit.reports.replays.test_page import view

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--enable-logging=stderr")


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
@pytest.mark.parametrize("name", ["replay", "diff"])
def test_the_browser_complains_of_nothing_and_prints(tmp_path: Path, assessment: Assessment, name: str) -> None:
    page, target = tmp_path / f"{name}.html", tmp_path / f"{name}.pdf"
    sides = Side(assessment, {}), Side(assessment, {})
    page.write_bytes(replay_page(view()) if name == "replay" else comparison_page(compare(*sides)))
    flags = (f"--user-data-dir={tmp_path / 'profile'}", "--no-pdf-header-footer", f"--print-to-pdf={target}")
    done = subprocess.run([str(CHROMIUM), *FLAGS, *flags, page.as_uri()], capture_output=True, timeout=60, check=True)
    assert b"CONSOLE" not in done.stderr
    assert len(re.findall(rb"/Type\s*/Page\b", target.read_bytes())) >= 1
