import importlib
import io
import pkgutil
from dataclasses import replace

import pytest

import reports.formats
from reports.bundle.readme import LOGS_README, SCAN_README, SCAN_WITH_DECLARED_README
from reports.formats import FORMATS, Format
from scanner.model import Assessment, Collected, LogRun, Over, PeriodRun, ScanRun, Summary

SEALED = {name: each for name, each in FORMATS.items() if each.sealed_as}


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


PAIRS = [(each, over) for each in FORMATS.values() for over in Over if over in each.over]
EACH_OVER = pytest.mark.parametrize(("each", "over"), PAIRS)
WHEN = Collected("2026-11-20T07:00:00Z", "2026-11-20T07:00:00Z")
RUNS: dict[Over, ScanRun | LogRun] = {
    Over.FACTS: ScanRun(collected=WHEN),
    Over.RECORDS: LogRun(collected=WHEN),
    Over.PERIOD: PeriodRun(collected=WHEN, since="2026-05-01T00:00:00Z", logs=LogRun(collected=WHEN)),
}


@EACH_OVER
def test_every_writer_gives_equal_bytes_twice(each: Format, over: Over, assessment: Assessment) -> None:
    first, second = io.BytesIO(), io.BytesIO()
    run = assessment.run if over is Over.FACTS else RUNS[over]
    each.write(replace(assessment, run=run), first)
    each.write(replace(assessment, run=run), second)
    assert first.getvalue() == second.getvalue() != b""


@EACH_OVER
def test_every_writer_takes_an_assessment_of_nothing(each: Format, over: Over) -> None:
    out = io.BytesIO()
    each.write(Assessment(RUNS[over], (), (), (), (), (), Summary()), out)
    assert each.binary or out.getvalue().endswith(b"\n")
    assert out.getvalue() != b""


@pytest.mark.parametrize("each", [each for each in FORMATS.values() if each.sealed_as])
def test_what_bundles_carry_is_for_every_run(each: Format) -> None:
    assert each.over == set(Over)
