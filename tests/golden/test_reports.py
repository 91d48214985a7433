"""The reports of the sample assessment, byte for byte; TRAILWITNESS_UPDATE_GOLDEN=1 writes them anew."""

import os
from pathlib import Path
from types import ModuleType

import pytest

from reports.bundle.seal import bundle_files, standard_reports
from scanner.model import Assessment

GOLDEN = Path(__file__).parent
UPDATE = os.environ.get("TRAILWITNESS_UPDATE_GOLDEN") == "1"


@pytest.fixture(scope="session")
def written(assessment: Assessment, sample: ModuleType) -> dict[str, bytes]:
    reports = standard_reports(assessment)
    files = bundle_files(assessment, sample.snapshot_files(), sample.content_files(), reports)
    fixed = {name: files[name] for name in ("bag-info.txt", "manifest-sha256.txt", "data/index.csv", "data/index.json")}
    return {
        "assessment.json": reports["assessment.json"],
        "assessment.junit.xml": reports["junit.xml"],
        "assessment.txt": reports["summary.txt"],
        "assessment.csv": reports["findings.csv"],
        **{f"bundle.{name.removeprefix('data/')}": data for name, data in fixed.items() if isinstance(data, bytes)},
    }


@pytest.mark.parametrize(
    "name",
    [
        "assessment.json",
        "assessment.junit.xml",
        "assessment.txt",
        "assessment.csv",
        "bundle.bag-info.txt",
        "bundle.manifest-sha256.txt",
        "bundle.index.csv",
        "bundle.index.json",
    ],
)
def test_report_is_as_recorded(name: str, written: dict[str, bytes]) -> None:
    path = GOLDEN / name
    if UPDATE:
        path.write_bytes(written[name])
    assert written[name] == path.read_bytes(), "TRAILWITNESS_UPDATE_GOLDEN=1 writes it anew; review the difference"
