"""A comparison as a page: all that differs is on it, and no text of an account becomes markup or runs."""

import base64
import hashlib
import re
from dataclasses import replace
from typing import Any

from reports.comparison.comparing import Change, Comparison, ControlPair, FindingPair, compare
from reports.comparison.page import MOST, comparison_page
from reports.comparison.settings import SetupChange
from reports.comparison.sides import Side
from reports.comparison.telling import told
from scanner.model import Assessment, ControlResult, Finding, Outcome, RuleId

HOSTILE = "<script>alert(1)</script>\" onload='x' {{ 7*7 }} {% raw %} \u202e\x1b[31m --> &amp; ${x}"


def page(comparison: Comparison) -> str:
    return comparison_page(comparison).decode()


def shape(text: str) -> list[str]:
    """The elements of a page with the names of their attributes."""
    return [re.sub(r'"[^"]*"', "", tag) for tag in re.findall(r"<[^>]+>", text.split("</style>")[1])]


def rewritten(comparison: Comparison, text: str) -> Comparison:
    """The comparison with every free text of accounts and of people replaced."""

    def finding(item: Finding | None) -> Finding | None:
        texts: dict[str, Any] = {
            "account": text,
            "region": text,
            "resource": text,
            "reason": text,
            "title": text,
            "waiver": text,
        }
        return None if item is None else replace(item, rule=RuleId(text), links=(), details=None, **texts)

    def control(item: ControlResult | None) -> ControlResult | None:
        return None if item is None else replace(item, framework=text, id=text, title=text)

    def rewrite(pair: FindingPair) -> FindingPair:
        return FindingPair(pair.change, finding(pair.before), finding(pair.after), text)

    controls = tuple(ControlPair(control(pair.before), control(pair.after)) for pair in comparison.controls)
    setups = tuple(SetupChange(setup.kind, text, text, text) for setup in comparison.setups)
    return replace(comparison, pairs=tuple(map(rewrite, comparison.pairs)), controls=controls, setups=setups)


def test_everything_that_differs_is_on_the_page(changed: Comparison) -> None:
    text = page(changed)
    for setup in changed.setups:
        assert f"<td>{setup.kind}</td><td>{setup.name}</td>" in text
    assert "are they swapped?" in text
    assert f"Controls whose result changed ({len(changed.controls)})" in text
    rows = sum(len(told(changed, change)) for change in Change if change is not Change.SAME)
    assert text.count('<tr><td><span class="severity') == rows > 0


def test_no_text_becomes_markup_and_hidden_characters_are_spelled_out(changed: Comparison) -> None:
    hostile = page(rewritten(changed, HOSTILE))
    assert shape(hostile) == shape(page(rewritten(changed, "word")))
    assert "&lt;script&gt;" in hostile
    assert "\\u202e" in hostile
    assert not re.search("[\u202e\x1b]|<script", hostile)
    assert "{{ 7*7 }}" in hostile


def test_a_browser_may_apply_this_style_and_nothing_else(changed: Comparison) -> None:
    text = page(changed)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.replace("&#39;", "'") == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"<script|<link|<img|<iframe|style=|https?://", text)
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'aria-labelledby="([^"]+)"', text)) <= set(ids)
    assert comparison_page(changed) == comparison_page(changed)


def test_an_unknown_is_never_told_as_well(assessment: Assessment) -> None:
    same = page(compare(Side(assessment, {}), Side(assessment, {})))
    assert 'class="verdict pass"' in same
    assert "Judged by the same rules and settings, over the same scope." in same
    lost = tuple(replace(item, outcome=Outcome.UNKNOWN) for item in assessment.findings)
    blind = page(compare(Side(assessment, {}), Side(replace(assessment, findings=lost), {})))
    assert 'class="verdict unknown"' in blind
    assert "something cannot be told now" in blind


def test_one_finding_is_told_as_one(assessment: Assessment) -> None:
    first = replace(assessment, findings=assessment.findings[:1])
    assert "<strong>1</strong> is the same" in page(compare(Side(first, {}), Side(first, {})))


def test_what_is_not_shown_is_counted(assessment: Assessment) -> None:
    first = next(item for item in assessment.findings if item.outcome is Outcome.FAIL)
    many = tuple(replace(first, resource=f"r{number}") for number in range(MOST + 3))
    text = page(compare(Side(replace(assessment, findings=()), {}), Side(replace(assessment, findings=many), {})))
    assert f"Fails now and did not before ({MOST + 3})" in text
    assert "3 more are not listed here" in text
