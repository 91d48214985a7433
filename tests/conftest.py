"""What every test may use: the optional reference corpus and small builders."""

import functools
import gc
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader, Loader, create_loader
from hypothesis import settings

# Each run tries other examples; whoever changes a law tries more of them at once.
settings.register_profile("suite", max_examples=int(os.environ.get("TRAILWITNESS_EXAMPLES", "40")))
settings.load_profile("suite")

# What is made while tests are collected stays to the end: looking through it again and again finds nothing to free.
gc.disable()


def pytest_collection_finish(session: Any) -> None:
    """Set what was collected apart, and look for garbage from here on."""
    del session
    gc.collect()
    gc.freeze()
    gc.enable()


class _ParsedOnce(JSONFileLoader):
    """Reads each file once in this process."""

    parsed = staticmethod(functools.cache(JSONFileLoader().load_file))

    def load_file(self, file_path: str) -> Any:
        return self.parsed(file_path)


@pytest.fixture(scope="session", autouse=True)
def _models_parsed_once() -> Iterator[None]:
    """Tests make hundreds of sessions; each would parse the same models of AWS's services anew.

    Only botocore's own sessions share them: moto's loader writes into the models that it loads.
    """

    def make(search_path: str | None = None) -> Loader:
        loader = create_loader(search_path)
        loader.file_loader = _ParsedOnce()
        return loader

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", make)
        yield


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
