"""Whatever text findings hold, the reports that CI servers read lose none of them and stay of their known shape."""

import io
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter

import junitparser.xunit2
import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reports.csv_rows import safe_cell
from reports.formats import FORMATS
from reports.formats.ci.junit import MESSAGE_LIMIT, junit_bytes
from reports.formats.text import summary
from scanner.model import (
    Assessment,
    CallKey,
    Collected,
    Finding,
    Gap,
    GapKind,
    Link,
    Outcome,
    RouteCheck,
    RouteDetails,
    RouteKind,
    Rule,
    RuleId,
    ScanRun,
    Severity,
    Source,
    Summary,
    Tool,
)

MARKS = {
    Outcome.PASS: "system-out",
    Outcome.FAIL: "failure",
    Outcome.UNKNOWN: "error",
    Outcome.NOT_APPLICABLE: "skipped",
}
XML_10 = re.compile("[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
TERMINAL_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

awkward = st.sampled_from(
    [
        *("", " ", "\n", "\r\n", "\x00", "\x1b[31m", "\x1b]0;x\x07", "\ud800", "\udfff", "\ufffe", "\uffff"),
        *("\U0001ffff", "]]>", "<!--", "&#0;", "&amp;", '"', "'", "\u202e", "\u2028", "\x85", "\x0b", "=1+1"),
        *("名前", "x" * 400),
    ]
)
CALL = CallKey("a", "b", "c.D")
characters = st.characters(blacklist_categories=())  # surrogates too
texts = st.lists(st.one_of(awkward, st.text(characters, max_size=12)), max_size=4).map("".join)
places = st.sampled_from(["111122223333", "444455556666"]), st.sampled_from(["eu-west-1", "us-east-1"])
links = st.lists(st.builds(Link, texts, st.sampled_from(list(MARKS)), texts, texts), max_size=3).map(tuple)
findings = st.builds(
    Finding,
    rule=st.one_of(st.just(RuleId("route.one")), texts.map(RuleId)),
    outcome=st.sampled_from(list(MARKS)),
    severity=st.sampled_from(Severity),
    account=st.one_of(places[0], texts),
    region=st.one_of(places[1], texts),
    resource=st.one_of(st.just("trail"), texts),
    reason=texts,
    title=texts,
    links=links,
    witness=st.one_of(st.none(), st.dictionaries(texts, texts, max_size=2)),
    details=st.builds(RouteDetails, lost=st.lists(texts, max_size=2).map(tuple), nearest=texts),
    sources=st.lists(st.builds(Source, st.just(CALL), texts), max_size=1).map(tuple),
)
gaps = st.lists(st.builds(Gap, key=st.just(CALL), kind=st.sampled_from(GapKind), code=texts, reason=texts), max_size=1)


def _assessment(found: list[Finding], gap: list[Gap], remediation: str) -> Assessment:
    check = RouteCheck("{ $.a = b }", None, (RouteKind.METRIC_FILTER,), 1, 60)
    rule = Rule(RuleId("route.one"), "", Severity.LOW, "", "", remediation, (), (), check, "one.yaml", "")
    run = ScanRun(tool=Tool(remediation), collected=Collected(remediation))
    return Assessment(run, (rule,), tuple(found), (), tuple(gap), (), Summary())


@given(st.lists(findings, max_size=8), gaps, texts)
def test_no_finding_is_lost(found: list[Finding], gap: list[Gap], remediation: str) -> None:
    data = junit_bytes(_assessment(found, gap, remediation))
    root = ET.fromstring(data)
    written = Counter(case[0].tag for case in root.iter("testcase"))
    assert written == Counter(MARKS[finding.outcome] for finding in found)
    assert all(len(case) == 1 for case in root.iter("testcase"))
    outcomes = Counter(finding.outcome for finding in found)
    totals = {name: int(root.get(name, "-1")) for name in ("tests", "failures", "errors")}
    assert totals == {
        "tests": len(found),
        "failures": outcomes[Outcome.FAIL],
        "errors": outcomes[Outcome.UNKNOWN],
    }
    assert sum(int(suite.get("skipped", "-1")) for suite in root) == outcomes[Outcome.NOT_APPLICABLE]


@given(st.lists(findings, max_size=8), gaps, texts)
def test_an_independent_reader_counts_the_same(found: list[Finding], gap: list[Gap], remediation: str) -> None:
    data = junit_bytes(_assessment(found, gap, remediation))
    read = junitparser.xunit2.JUnitXml.fromstring(data)
    results = Counter(type(case.result[0]).__name__ if case.result else "" for suite in read for case in suite)
    names = {Outcome.PASS: "", Outcome.FAIL: "Failure", Outcome.UNKNOWN: "Error", Outcome.NOT_APPLICABLE: "Skipped"}
    assert results == Counter(names[finding.outcome] for finding in found)


@given(st.lists(findings, max_size=8), gaps, texts)
def test_shape_and_characters_hold_for_any_text(found: list[Finding], gap: list[Gap], remediation: str) -> None:
    data = junit_bytes(_assessment(found, gap, remediation))
    assert XML_10.fullmatch(data.decode())
    root = ET.fromstring(data)
    cases = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(set(cases)) == len(cases) == len(found)
    for mark in (mark for case in root.iter("testcase") for mark in case):
        assert (mark.text or "").strip()
        if mark.tag != "system-out":
            message = mark.get("message", "")
            assert 0 < len(message) <= MESSAGE_LIMIT
            assert "\n" not in message


@given(st.lists(findings, max_size=4), gaps, texts)
def test_the_same_assessment_gives_the_same_bytes(found: list[Finding], gap: list[Gap], remediation: str) -> None:
    made = _assessment(found, gap, remediation)
    assert junit_bytes(made) == junit_bytes(made)


@given(st.lists(findings, max_size=4), gaps, texts, st.integers(0, 200))
def test_no_text_drives_the_terminal(found: list[Finding], gap: list[Gap], remediation: str, width: int) -> None:
    assert not TERMINAL_CONTROLS.search(summary(_assessment(found, gap, remediation), width=width))


@given(texts)
def test_no_text_becomes_a_formula(text: str) -> None:
    assert not safe_cell(text).lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


@given(st.lists(findings, max_size=6), gaps, texts)
def test_no_text_becomes_a_workflow_command(found: list[Finding], gap: list[Gap], remediation: str) -> None:
    out = io.BytesIO()
    FORMATS["github"].write(_assessment(found, gap, remediation), out)
    lines = out.getvalue().decode().removesuffix("\n").split("\n")
    assert all(re.fullmatch("::(error|notice) title=[^:,]*::[^\r\n]*", line) for line in lines)
    things = {
        (each.account, each.resource, each.outcome) for each in found if MARKS[each.outcome] in {"failure", "error"}
    }
    assert len([line for line in lines if line.startswith("::error ")]) == len(things)


@given(st.lists(findings, max_size=6), gaps, texts)
def test_code_quality_loses_nothing(found: list[Finding], gap: list[Gap], remediation: str) -> None:
    out = io.BytesIO()
    FORMATS["gitlab"].write(_assessment(found, gap, remediation), out)
    issues = json.loads(out.getvalue())
    wanted = [finding for finding in found if MARKS[finding.outcome] in {"failure", "error"}]
    assert len(issues) == len(wanted) == len({issue["fingerprint"] for issue in issues})


@given(st.lists(findings, max_size=6), gaps, texts)
def test_no_text_becomes_markdown(found: list[Finding], gap: list[Gap], remediation: str) -> None:
    out = io.BytesIO()
    FORMATS["markdown"].write(_assessment(found, gap, remediation), out)
    text = out.getvalue().decode()
    assert not TERMINAL_CONTROLS.search(text)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inline = {child.type for token in tokens for child in token.children or ()}
    assert inline <= {"text", "code_inline", "softbreak", "strong_open", "strong_close"}
    rows = Counter(token.type for token in tokens)
    heads = [text.count(f"\n| {first} |") for first in ("Rule", "Call")]
    assert rows["td_open"] + rows["th_open"] == 6 * _rows(text, "Rule") + 4 * _rows(text, "Call")
    assert sum(heads) == rows["table_open"]


def _rows(text: str, first: str) -> int:
    """The rows of all tables whose first column has this name, the head included."""
    parts = re.findall(rf"^\| {first} \|.*\n(?:\|.*\n)+", text, re.MULTILINE)
    return sum(part.count("\n") - 1 for part in parts)


@settings(max_examples=12, deadline=None)
@given(st.lists(findings, max_size=4), gaps, texts)
def test_no_text_of_a_workbook_is_a_formula(found: list[Finding], gap: list[Gap], remediation: str) -> None:
    out = io.BytesIO()
    FORMATS["xlsx"].write(_assessment(found, gap, remediation), out)
    book = openpyxl.load_workbook(out)
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n"}
    assert book["Findings"].max_row == len(found) + 1
    assert book["Gaps"].max_row == len(gap) + 1
