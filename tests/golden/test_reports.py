"""The reports of the sample assessment, byte for byte; TRAILWITNESS_UPDATE_GOLDEN=1 writes them anew."""

import io
import os
import re
from pathlib import Path
from types import ModuleType

import pytest
from rich.console import Console
from rich.text import Text

from reports.bundle.content import Content
from reports.bundle.seal import bundle_files, standard_reports
from reports.formats import FORMATS
from reports.formats.text import summary
from scanner.model import Assessment, Over
from tests.golden.excepted_assessment import excepted

GOLDEN = Path(__file__).parent
UPDATE = os.environ.get("TRAILWITNESS_UPDATE_GOLDEN") == "1"


# The bytes of a workbook depend on the zlib at hand: its own tests read it.
RECORDED = {name: each for name, each in FORMATS.items() if Over.FACTS in each.over and not each.binary}
REPORTS = {each.sealed_as or f"report.{name}": each for name, each in RECORDED.items()}
EXCEPTED = {"json": "json", "text": "txt", "html": "html", "markdown": "md", "junit": "xml"}
"""Formats that are recorded with waivers, attestations and a baseline as well, each with the ending of its file."""
BUNDLED = ("bag-info.txt", "manifest-sha256.txt", "data/index.csv", "data/index.json")


@pytest.fixture(scope="session")
def bundle(assessment: Assessment, sample: ModuleType) -> dict[str, Content]:
    return bundle_files(assessment, sample.snapshot_files(), sample.content_files(), standard_reports(assessment))


def compare(written: Content, path: Path) -> None:
    assert isinstance(written, bytes)
    if UPDATE:
        path.write_bytes(written)
    assert written == path.read_bytes(), "TRAILWITNESS_UPDATE_GOLDEN=1 writes it anew; review the difference"


@pytest.mark.parametrize("name", REPORTS)
def test_report_is_as_recorded(name: str, assessment: Assessment) -> None:
    out = io.BytesIO()
    REPORTS[name].write(assessment, out)
    compare(out.getvalue(), GOLDEN / name)


@pytest.mark.parametrize("name", EXCEPTED)
def test_what_people_state_is_told_as_recorded(name: str, assessment: Assessment) -> None:
    out = io.BytesIO()
    FORMATS[name].write(excepted(assessment), out)
    compare(out.getvalue(), GOLDEN / f"excepted.{EXCEPTED[name]}")


@pytest.mark.parametrize("name", BUNDLED)
def test_bundle_is_as_recorded(name: str, bundle: dict[str, Content]) -> None:
    compare(bundle[name], GOLDEN / f"bundle.{name.removeprefix('data/')}")


def test_the_summary_on_a_screen_is_as_pictured(assessment: Assessment) -> None:
    """The picture is of what is printed: its colours, its width, and no font from elsewhere."""
    printed = summary(assessment, colour=True, width=96, brief=True)
    screen = Console(
        file=io.StringIO(), record=True, width=96, force_terminal=True, color_system="standard", _environ={}
    )
    screen.print(Text.from_ansi(printed))
    picture = screen.export_svg(title="trailwitness scan", unique_id="summary")
    picture = re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL)
    assert "url(" not in picture.replace("url(#summary-", "")
    compare(re.sub(r"[ \t]+$", "", picture, flags=re.MULTILINE).encode(), GOLDEN.parents[1] / "docs/images/summary.svg")
