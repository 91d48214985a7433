"""The report in a real browser, where one is installed: no complaint, no request, a search that works, a print.

``make docs`` takes the pictures of it that the documentation shows: look at them, and at how they differ.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reports.formats.html.rendering import render
from scanner.model import Assessment, EvidenceId, Outcome

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
)

PICTURES = Path(__file__).parents[5] / "docs" / "images"
WINDOWS = {
    "report-320.png": ("--window-size=320,1400",),
    "report-1280.png": ("--window-size=1280,900",),
    "report-dark.png": ("--window-size=1280,900", "--blink-settings=preferredColorScheme=0"),
}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")

Browse = Callable[..., tuple[str, str]]


@pytest.fixture(scope="module")
def browse(tmp_path_factory: pytest.TempPathFactory, assessment: Assessment) -> Browse:
    """Opens the report under a fragment; gives what the browser printed, and what it complained of."""
    folder = tmp_path_factory.mktemp("browser")
    report = folder / "report.html"
    report.write_bytes(render(assessment, sealed=True))

    def opened(fragment: str, *flags: str, page: Path = report) -> tuple[str, str]:
        command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={folder / 'profile'}", *flags, f"{page.as_uri()}{fragment}"]
        done = subprocess.run(command, capture_output=True, timeout=120, check=True)
        return done.stdout.decode(), done.stderr.decode(errors="replace")

    return opened


def test_the_browser_complains_of_nothing(browse: Browse) -> None:
    document, complaints = browse("", "--dump-dom")
    assert "CONSOLE" not in complaints
    assert '<div class="search" id="search" role="search">' in document  # the script ran and took the hiding away


def test_the_search_hides_what_does_not_fit(browse: Browse, assessment: Assessment) -> None:
    document, complaints = browse("#q=versioning", "--dump-dom")
    assert "CONSOLE" not in complaints
    shown = [each for each in re.findall(r'<li class="finding"[^>]*>', document) if "hidden" not in each]
    assert 0 < len(shown) < len(assessment.findings)
    assert all('id="rule-bucket.versioning' in each for each in shown)
    assert f"{len(shown)} of {len(assessment.findings)} findings on this page" in document


def test_a_deep_link_opens_what_it_leads_to(browse: Browse, assessment: Assessment) -> None:
    control = next(control for control in assessment.controls if control.outcome is Outcome.MANUAL)
    anchor = f"{control.framework}-{control.id}"
    document, _ = browse(f"#{anchor}", "--dump-dom")
    (details,) = re.findall(rf'<details [^>]*id="{re.escape(anchor)}"[^>]*>', document)
    assert " open" in details


def test_it_prints_on_pages(browse: Browse, tmp_path: Path) -> None:
    target = tmp_path / "report.pdf"
    browse("", "--no-pdf-header-footer", f"--print-to-pdf={target}")
    pages = re.findall(rb"/Type\s*/Page\b", target.read_bytes())
    assert 2 <= len(pages) <= 12


@pytest.mark.skipif(os.environ.get("TRAILWITNESS_UPDATE_GOLDEN") != "1", reason="takes the pictures of docs/")
def test_pictures_are_taken(browse: Browse, tmp_path: Path) -> None:
    for name, flags in WINDOWS.items():
        browse("", "--hide-scrollbars", *flags, f"--screenshot={PICTURES / name}")
    target = tmp_path / "report.pdf"
    browse("", "--no-pdf-header-footer", f"--print-to-pdf={target}")
    if shutil.which("pdftoppm") is None or shutil.which("pdftotext") is None:
        pytest.skip("needs poppler for the pictures of printed pages")
    text = subprocess.run(["pdftotext", target, "-"], capture_output=True, check=True).stdout.decode().split("\f")
    route = next(number for number, page in enumerate(text, start=1) if "broken" in page)
    for name, number in (("report-print", 1), ("report-route", route)):
        page = ("-f", str(number), "-l", str(number), "-r", "80", "-singlefile")
        subprocess.run(["pdftoppm", "-png", *page, target, PICTURES / name], check=True)


def test_a_hundred_findings_are_no_more_than_twenty_pages(
    browse: Browse, assessment: Assessment, tmp_path: Path
) -> None:
    findings = [replace(it, resource=f"{it.resource}-{turn}") for turn in range(20) for it in assessment.findings]
    evidence = [replace(it, id=EvidenceId(f"EV-{n:04}")) for n, it in enumerate(tuple(assessment.evidence) * 30)]
    many = replace(assessment, findings=tuple(findings[:100]), evidence=tuple(evidence[:250]))
    page, target = tmp_path / "many.html", tmp_path / "many.pdf"
    page.write_bytes(render(many, sealed=True))
    browse("", "--no-pdf-header-footer", f"--print-to-pdf={target}", page=page)
    assert 5 <= len(re.findall(rb"/Type\s*/Page\b", target.read_bytes())) <= 20
    if shutil.which("pdftotext"):
        told = subprocess.run(["pdftotext", "-layout", target, "-"], capture_output=True, text=True, check=True).stdout
        pages = told.removesuffix("\f").split("\f")
        assert all(f"Page {number} of {len(pages)}" in text for number, text in enumerate(pages, 1))
        tables = [text for text in pages if len(re.findall(r"\bEV-\d{4} +\w+\.\w+", text)) > 80]
        assert tables
        assert all(len(re.findall("Number +Call +Where and when", text)) == 2 for text in tables)  # one a column
