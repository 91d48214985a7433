"""The sample assessment, for the golden tests."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

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
    return _load(Path(__file__).parent / "sample_assessment.py")


@pytest.fixture(scope="session")
def assessment(sample: ModuleType) -> Assessment:
    """A realistic assessment of two accounts."""
    made = sample.assessment()
    assert isinstance(made, Assessment)
    return made
