import importlib
import io
import pkgutil

import pytest

import reports.formats
from reports.bundle.readme import LOGS_README, SCAN_README, SCAN_WITH_DECLARED_README
from reports.formats import FORMATS, Format
from scanner.model import Assessment, Collected, ScanRun, Summary

SEALED = {name: each for name, each in FORMATS.items() if each.sealed_as}

EACH = pytest.mark.parametrize("each", FORMATS.values(), ids=FORMATS)


def test_every_module_is_a_format() -> None:
    found = pkgutil.walk_packages(reports.formats.__path__, "reports.formats.")
    modules = {module.name for module in found if _writes(module.name)}
    assert modules == {each.write.__module__ for each in FORMATS.values()}


def _writes(module: str) -> bool:
    """Whether a module is a format: it has a ``write`` of its own."""
    write = getattr(importlib.import_module(module), "write", None)
    return write is not None and write.__module__ == module


def test_no_two_formats_are_sealed_as_one_file() -> None:
    sealed = [each.sealed_as for each in FORMATS.values() if each.sealed_as]
    assert len(set(sealed)) == len(sealed)
    assert "assessment.json" in sealed


@pytest.mark.parametrize("each", SEALED.values(), ids=SEALED)
def test_the_readme_of_a_bundle_tells_of_every_report_inside(each: Format) -> None:
    for readme in (SCAN_README, SCAN_WITH_DECLARED_README, LOGS_README):
        line = next(line for line in readme.splitlines() if f" data/{each.sealed_as} " in line)
        assert each.contents.startswith(line.removeprefix(f"    data/{each.sealed_as}").strip())


@EACH
def test_every_writer_gives_equal_bytes_twice(each: Format, assessment: Assessment) -> None:
    first, second = io.BytesIO(), io.BytesIO()
    each.write(assessment, first)
    each.write(assessment, second)
    assert first.getvalue() == second.getvalue() != b""


@EACH
def test_every_writer_takes_an_assessment_of_nothing(each: Format) -> None:
    run = ScanRun(collected=Collected("2026-11-20T07:00:00Z", "2026-11-20T07:00:00Z"))
    out = io.BytesIO()
    each.write(Assessment(run, (), (), (), (), (), Summary()), out)
    assert each.binary or out.getvalue().endswith(b"\n")
    assert out.getvalue() != b""
