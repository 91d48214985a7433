"""The sample assessment, and small builders, for the tests of reports."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from reports.bundle.content import Content
from reports.bundle.seal import bundle_files, standard_reports, write_folder
from scanner.model import Assessment


def _load(path: Path) -> ModuleType:
    # By path: test folders are no packages, so one cannot import from another.
    spec = importlib.util.spec_from_file_location("sample_assessment", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """The module that makes the sample assessment and its files."""
    return _load(Path(__file__).parents[2] / "golden" / "sample_assessment.py")


@pytest.fixture(scope="session")
def assessment(sample: ModuleType) -> Assessment:
    """A realistic assessment of two accounts."""
    made = sample.assessment()
    assert isinstance(made, Assessment)
    return made


@pytest.fixture(scope="session")
def files(assessment: Assessment, sample: ModuleType) -> dict[str, Content]:
    """Every file of the sample's evidence bundle, by name in the bag."""
    return bundle_files(
        assessment,
        sample.snapshot_files(),
        sample.content_files(),
        standard_reports(assessment),
    )


@pytest.fixture
def bag(files: dict[str, Content], tmp_path: Path) -> Path:
    """The sample's evidence bundle as a folder, to be tampered with."""
    target = tmp_path / "bundle"
    write_folder(files, target)
    return target
