"""What every test may use: the optional reference corpus and small builders."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The reference corpus beside the checkout; tests that read it skip when it is absent."""
    folder = Path(__file__).parents[1].parent / "shared" / "corpus"
    if not folder.is_dir():
        pytest.skip("the reference corpus is not beside this checkout")
    return folder
