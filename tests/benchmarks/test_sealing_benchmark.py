"""Every report of many findings, at a small size, and JSON against CPython's own writer in the same run."""

import importlib.util
import io
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from reports.document.writing import document
from reports.formats import FORMATS
from reports.plain_json import plain
from scanner.model import Assessment


def _load(path: Path) -> ModuleType:
    # By path: test folders are no packages, so one cannot import from another.
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def sealing_benchmark() -> ModuleType:
    return _load(Path(__file__).with_name("sealing_benchmark.py"))


@pytest.fixture(scope="module")
def many(sealing_benchmark: ModuleType) -> Assessment:
    """The sample assessment with 500 findings."""
    sample = _load(Path(__file__).parents[1] / "golden" / "sample_assessment.py")
    made: Assessment = sealing_benchmark.repeated(sample.assessment(), 500)
    return made


def test_the_findings_are_as_many_as_wanted_and_of_different_resources(many: Assessment) -> None:
    assert len(many.findings) == 500
    assert len({(each.rule, each.account, each.region, each.resource) for each in many.findings}) == 500


def test_every_report_is_written(sealing_benchmark: ModuleType, many: Assessment, tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter")
    names = [name for name, form in FORMATS.items() if many.run.over in form.over]
    assert all(sealing_benchmark.write(name, many, tmp_path) > 0 for name in names)


def test_json_is_not_written_by_the_slow_form_of_the_encoder(many: Assessment) -> None:
    def theirs() -> None:
        json.dumps(document(many), sort_keys=True, indent=2, ensure_ascii=False, default=plain)

    ours = _least(lambda: FORMATS["json"].write(many, io.BytesIO()))
    assert ours < 0.7 * _least(theirs)


def _least(function: Callable[[], None]) -> float:
    spent = []
    for _ in range(5):
        begun = time.process_time()
        function()
        spent.append(time.process_time() - begun)
    return min(spent)
