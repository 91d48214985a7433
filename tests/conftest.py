"""What every test may use: the optional reference corpus and small builders."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The reference corpus beside the checkout; tests that read it skip when it is absent."""
    folder = Path(__file__).parents[1].parent / "shared" / "corpus"
    if not folder.is_dir():
        pytest.skip("the reference corpus is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def organizations() -> ModuleType:
    """The module that makes snapshots of organizations; test folders are no packages, so it is loaded by its path."""
    path = Path(__file__).parent / "benchmarks" / "organization_generator.py"
    spec = importlib.util.spec_from_file_location("organization_generator", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["organization_generator"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
