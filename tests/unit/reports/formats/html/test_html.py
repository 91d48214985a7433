"""The report for a person: one inert file, whatever the account holds, that says all of what was judged."""

import base64
import hashlib
import io
import re
from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from datetime import date
from html.parser import HTMLParser
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.formats import FORMATS
from reports.formats.html import write
from reports.formats.html.rendering import asset, render
from reports.formats.html.views import evidence, places, report, rules
from reports.formats.html.views.marks import CONTROL_MARKS, FINDING_MARKS
from reports.timelines.picture import Marks, Picture
from scanner.assessment.exceptions import failure_of, with_exceptions
from scanner.model import (
    Accounting,
    Assessment,
    Baseline,
    Collected,
    ControlAttestation,
    Exceptions,
    LogRun,
    Outcome,
    Summary,
    Waiver,
    WaiverKind,
    WaiverScope,
)

DAY = date(2026, 11, 20)
HOSTILE = (
    "<script>alert(1)</script>\" onload='x' javascript:x {{ 7*7 }} {% raw %} \u202e\x00\x1b[31m ]]> --> &amp; ${x}"
)


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(data.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"script", "style"}:
            self.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())

    def all(self, name: str) -> list[str]:
        return [value for _, attributes in self.elements if (value := attributes.get(name)) is not None]


@pytest.fixture(scope="module")
def page(assessment: Assessment) -> Page:
    return Page(render(assessment, sealed=True))


def excepted(assessment: Assessment) -> Assessment:
    """The sample with a waiver, an attestation and a baseline."""
    failures = [finding for finding in assessment.findings if finding.outcome is Outcome.FAIL]
    manual = next(control for control in assessment.controls if control.outcome is Outcome.MANUAL)
    waiver = Waiver(
        "W-7", failures[0].rule, WaiverScope(), WaiverKind.RISK_ACCEPTED, "A reason.", "Ann Lee", "SEC-9", DAY, DAY
    )
    stated = ControlAttestation(manual.framework, manual.id, "Jo Roe", "CISO", "We looked.", DAY, DAY)
    known = Baseline(("111122223333",), "2026-10-01T00:00:00Z", frozenset({failure_of(failures[-1])}))
    return with_exceptions(assessment, Exceptions((waiver,), (stated,), known), DAY)


def test_equal_assessments_give_equal_bytes(assessment: Assessment) -> None:
    assert render(assessment, sealed=True) == render(assessment, sealed=True)


def test_everything_judged_is_on_the_page(assessment: Assessment, page: Page) -> None:
    for finding in assessment.findings:
        assert " ".join(finding.reason.split()) in page.words
        for link in finding.links:
            assert link.name in page.words
    for control in assessment.controls:
        assert f"{control.framework}-{control.id}" in page.all("id")
    for rule in assessment.rules:
        assert f"rule-{rule.id}" in page.all("id")
    for gap in assessment.gaps:
        assert (f"{gap.account}/{gap.region}" if gap.region else gap.account) in page.words
    for item in assessment.evidence:
        assert item.id in page.all("id")


def test_every_link_inside_the_page_leads_somewhere(page: Page) -> None:
    ids = page.all("id")
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in page.all("href") if href.startswith("#")} <= set(ids)
    for name in ("aria-labelledby", "for"):
        assert set(page.all(name)) <= set(ids)


def test_a_witness_says_that_it_is_made_up(page: Page) -> None:
    assert "Made-up example of a lost event" in page.words
    assert '"synthetic":true' in page.words


def test_it_asks_for_nothing_and_runs_only_what_its_policy_names(page: Page) -> None:
    (policy,) = [each["content"] for tag, each in page.elements if each.get("http-equiv") == "Content-Security-Policy"]
    for directive, name in (("style-src", "report.css"), ("script-src", "report.js")):
        digest = base64.b64encode(hashlib.sha256(asset(name).encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in str(policy)
    assert str(policy).startswith("default-src 'none'")
    assert not page.all("src")
    for tag, attributes in page.elements:
        assert tag not in {"img", "iframe", "object", "embed", "link", "form", "base"}
        assert not [name for name in attributes if name.startswith("on") or name == "style"]


def test_links_out_of_the_page_are_sources_of_rules_and_files_of_the_bundle(page: Page, assessment: Assessment) -> None:
    outside = {href for href in page.all("href") if not href.startswith("#")}
    files = {item.file for item in assessment.evidence if item.file}
    sources = {reference for rule in assessment.rules for reference in rule.references}
    assert outside <= files | sources
    assert files <= outside


def test_a_copy_outside_a_bundle_links_no_file(assessment: Assessment) -> None:
    copy = Page(render(assessment, sealed=False))
    assert not {href for href in copy.all("href") if href.startswith("raw/")}
    assert "proves nothing by itself" in copy.words
    out = io.BytesIO()
    FORMATS["html"].write(assessment, out)
    assert out.getvalue() == render(assessment, sealed=False)


def test_it_names_the_document_that_it_repeats(assessment: Assessment, page: Page) -> None:
    out = io.BytesIO()
    FORMATS["json"].write(assessment, out)
    assert hashlib.sha256(out.getvalue()).hexdigest() in page.words


def test_without_script_everything_shows_and_no_dead_control_does(page: Page) -> None:
    hidden = [attributes.get("id") for _, attributes in page.elements if "hidden" in attributes]
    assert hidden == ["search"]


def _changed(value: Any, text: str) -> Any:
    """A value of the model with every free text in it replaced."""
    if is_dataclass(value) and not isinstance(value, type):
        kept = {"outcome", "severity", "verdict", "rule", "rules", "check", "run", "summary", "sources", "key"}
        names = [each.name for each in fields(value) if each.init and each.name not in kept]
        return replace(value, **{name: _changed(getattr(value, name), text) for name in names})
    if isinstance(value, tuple):
        return tuple(_changed(item, text) for item in value)
    if type(value) is str and value and not re.fullmatch(r"https://.*|EV-\d+|\d{12}|[a-z]{2}-[a-z]+-\d", value):
        return text
    return value


def _shape(data: bytes) -> list[tuple[str, tuple[str, ...]]]:
    return [(tag, tuple(attributes)) for tag, attributes in Page(data).elements]


def _hostile(assessment: Assessment, text: str) -> Assessment:
    return replace(assessment, findings=_changed(assessment.findings, text), gaps=_changed(assessment.gaps, text))


_SHAPES: list[list[tuple[str, tuple[str, ...]]]] = []


def _harmless(assessment: Assessment) -> list[tuple[str, tuple[str, ...]]]:
    if not _SHAPES:
        _SHAPES.append(_shape(render(_hostile(assessment, "word"), sealed=True)))
    return _SHAPES[0]


@settings(max_examples=15, deadline=None)
@given(text=st.text(min_size=1, max_size=40).filter(str.strip) | st.just(HOSTILE))
def test_no_text_of_an_account_becomes_markup(text: str, assessment: Assessment) -> None:
    assert _shape(render(_hostile(assessment, text), sealed=True)) == _harmless(assessment)


def test_hidden_characters_are_spelled_out(assessment: Assessment) -> None:
    data = render(_hostile(assessment, "a\u202eb\x1b[0m\x00"), sealed=True).decode()
    assert "\\u202e" in data
    assert not re.search("[\u202e\x1b\x00]", data)


def test_waivers_attestations_and_a_baseline_are_told_with_their_verdicts(assessment: Assessment) -> None:
    told = Page(render(excepted(assessment), sealed=True))
    for words in ("fail, waived", "Ann Lee", "SEC-9", "Jo Roe", "nobody approved", "The verdict stays fail"):
        assert words.lower() in told.words.lower()
    assert {href[1:] for href in told.all("href") if href.startswith("#")} <= set(told.all("id"))


def test_log_records_have_a_report_too(assessment: Assessment) -> None:
    run = LogRun(collected=Collected("2026-11-20T07:00:00Z"), accounting=Accounting(sources=1, records=2, events=2))
    told = Page(render(replace(assessment, run=run, controls=()), sealed=True)).words
    assert "2 records from 1 source, 2 different events" in told
    assert "the beginning to the end of what was given" in told


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        ((), "Nothing was judged"),
        ((Outcome.PASS,), "everything in scope was looked at"),
        ((Outcome.PASS, Outcome.UNKNOWN), "This is not a pass"),
        ((Outcome.FAIL, Outcome.FAIL), "2 findings failed"),
    ],
)
def test_the_verdict_is_true(outcomes: Iterable[Outcome], words: str, assessment: Assessment) -> None:
    findings = tuple(replace(assessment.findings[0], outcome=outcome) for outcome in outcomes)
    told = Page(render(replace(assessment, findings=findings, gaps=(), summary=Summary()), sealed=True)).words
    assert words in told


def test_waived_failures_are_no_pass_and_a_waiver_for_nothing_is_told(assessment: Assessment) -> None:
    passed = tuple(each for each in assessment.findings if each.outcome is Outcome.PASS)
    waived = replace(passed[0], outcome=Outcome.FAIL, waiver="W-7")
    told = report.report_view(replace(assessment, findings=(*passed, waived), gaps=()))
    assert (told.verdict.kind, told.sentence) == (
        "waived",
        "Every failure is waived, and everything in scope was looked at.",
    )
    waiver = Waiver(
        "W-8", passed[0].rule, WaiverScope(), WaiverKind.RISK_ACCEPTED, "A reason.", "Ann Lee", "", DAY, DAY
    )
    idle = with_exceptions(replace(assessment, findings=passed, gaps=()), Exceptions((waiver,)), DAY)
    told = report.report_view(idle)
    assert (told.verdict.kind, "waiver W-8 matches no failure" in told.sentence) == ("fail", True)


def test_a_gap_keeps_it_from_being_a_pass(assessment: Assessment) -> None:
    passed = replace(assessment, findings=tuple(f for f in assessment.findings if f.outcome is Outcome.PASS))
    assert passed.gaps
    assert report.report_view(passed).verdict.kind == "unknown"


def test_long_lists_are_cut_and_say_so(assessment: Assessment, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (rules, "OPEN_SHOWN"),
        (rules, "SETTLED_SHOWN"),
        (evidence, "ROWS_SHOWN"),
        (places, "ROWS_SHOWN"),
        (report, "REPAIRS_SHOWN"),
    ):
        monkeypatch.setattr(module, name, 1)
    many = replace(assessment, findings=tuple(assessment.findings) * 3)
    told = Page(render(many, sealed=True)).words
    assert "are not shown here; findings.csv lists all" in told
    assert f"{len(assessment.evidence) - 1} more are not listed here" in told
    assert "more account is not shown here" in told
    assert told.count("findings.csv") > 2


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


PAIRS = [
    ("text", "page"),
    ("text", "panel"),
    ("quiet", "page"),
    ("quiet", "panel"),
    ("link", "page"),
    ("link", "panel"),
]
PAIRS += [(name, f"{name}-back") for name in ("fail", "unknown", "pass", "other", "waived", "attested")]
PAIRS += [("heat-text", f"heat{heat}") for heat in range(1, 5)] + [("text", "fail-back"), ("fail", "page")]


@pytest.mark.parametrize("number", range(3), ids=["light", "dark", "print"])
def test_words_stand_out_from_what_is_behind_them(number: int) -> None:
    """WCAG 2.2, success criterion 1.4.3: a contrast of at least 4.5 to 1."""
    block = re.findall(r":root \{(.*?)\}", asset("report.css"), re.DOTALL)[number]
    colours = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", block))
    weak = [(one, two) for one, two in PAIRS if _contrast(colours[one], colours[two]) < 4.5]
    assert not weak


def test_every_class_on_the_page_that_means_a_verdict_has_a_style(sample: ModuleType, page: Page) -> None:
    assert sample is not None
    styled = set(re.findall(r"\.([a-z][a-z0-9-]*)", asset("report.css")))
    marks = {mark.kind for mark in (*CONTROL_MARKS, *FINDING_MARKS)}
    assert marks <= styled
    assert "route" in " ".join(page.all("class"))


def test_timelines_make_a_section_that_brings_its_style(assessment: Assessment) -> None:
    made = Picture(HOSTILE, 0, 60, ("first", "last"), (Marks(HOSTILE, (3,)),), note="SYNTHETIC")
    out = io.BytesIO()
    write(assessment, out, timelines=(made, replace(made, note="")))
    page, plain = Page(out.getvalue()), Page(render(assessment, sealed=False))
    assert sum(tag == "svg" and given.get("class") == "route-timeline" for tag, given in page.elements) == 2
    assert ("a", {"href": "#timelines"}) in page.elements
    assert not any("timelines" in given.values() or "#timelines" in given.values() for _, given in plain.elements)
    (policy,) = [given["content"] for _, given in page.elements if given.get("http-equiv")]
    (style,) = re.findall(r"<style>(.*?)</style>", out.getvalue().decode(), re.DOTALL)
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in str(policy)
    ids = [given["id"] for _, given in page.elements if "id" in given]
    assert len(ids) == len(set(ids))
    assert "SYNTHETIC" in "".join(page.text)
    assert out.getvalue().count(b"<script") == 1
