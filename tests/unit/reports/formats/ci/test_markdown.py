import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reports.formats.ci import markdown
from reports.formats.ci.gating import EVERYTHING
from reports.formats.ci.inert import code, prose
from scanner.model import (
    Assessment,
    BaselineUse,
    ExceptionsUsed,
    Finding,
    Gate,
    InForce,
    KnownFailure,
    Outcome,
    RuleId,
    Severity,
    Summary,
    Waiver,
    WaiverKind,
    WaiverScope,
    WaiverUse,
)

HOSTILE = (
    "| a \\| `b` ``c`` <img src=x onerror=alert(1)> [x](javascript:alert(1)) ![i](http://e.test/i.png) @octocat #12 "
    "https://evil.test www.evil.test a@evil.test **b** _c_ ~~d~~ $x$ !7 &amp; <!-- -->"
    "\r\n\n# head\n\x1b[0m\u202e\ud800"
)
INERT = {"text", "code_inline", "inline", "softbreak", "strong_open", "strong_close"}


def _written(assessment: Assessment, gate: Gate = EVERYTHING, incomplete: str = "") -> str:
    out = io.BytesIO()
    markdown.write(assessment, out, gate, incomplete)
    return out.getvalue().decode()


def _tokens(text: str) -> Iterator[Token]:
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        yield token
        yield from token.children or ()


def test_parts_come_in_the_order_of_what_matters(assessment: Assessment) -> None:
    text = _written(assessment)
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == [
        "## Trailwitness: failed",
        "### What to put right first",
        "### Controls by framework",
        "### Failed rules",
        "### Could not be judged",
        "### Could not look",
    ]
    assert "**Failed.** 2 failures stop the gate.\n\n2 fail, 2 unknown, 2 pass, 1 not applicable. Accounts: " in text
    assert "| `pci-dss-4.0.1` | 1 | 1 | 1 | 1 | 0 |" in text
    assert "1. **critical** `trail main` of `111122223333`: 1 failure, controls hipaa-security-rule 164.312(b)" in text
    assert "| `sns.ListSubscriptionsByTopic` | denied | 1 | `111122223333/us-east-1` |" in text
    assert "region-off" not in text


@pytest.mark.parametrize(
    ("gate", "incomplete", "line"),
    [
        (Gate(), "", "**Failed.** 2 failures stop the gate."),
        (Gate(Severity.CRITICAL), "", "**Failed.** 1 failure stops the gate."),
        (Gate(Severity.CRITICAL, allow_incomplete=True), "", "**Failed.** 1 failure stops the gate."),
    ],
)
def test_the_verdict_is_that_of_the_gate(gate: Gate, incomplete: str, line: str, assessment: Assessment) -> None:
    assert line in _written(assessment, gate, incomplete)


def test_what_could_not_be_judged_is_never_a_pass(assessment: Assessment) -> None:
    unknown = tuple(finding for finding in assessment.findings if finding.outcome is Outcome.UNKNOWN)
    passed = tuple(finding for finding in assessment.findings if finding.outcome is Outcome.PASS)
    assert "**Incomplete.** Nothing failed" in _written(replace(assessment, findings=(*unknown, *passed)))
    assert "**Incomplete.** Nothing was judged." in _written(replace(assessment, findings=()))
    assert "**Incomplete.** why" in _written(replace(assessment, findings=passed), incomplete="why")
    assert "**Passed.** Nothing failed." in _written(replace(assessment, findings=passed, gaps=()))
    assert "**Incomplete.** Nothing stops the gate, but" in _written(replace(assessment, findings=passed))


def test_waivers_and_the_baseline_are_told(assessment: Assessment) -> None:
    day = date(2026, 10, 1)
    waiver = Waiver("W-1", RuleId("a.b"), WaiverScope(), WaiverKind.RISK_ACCEPTED, "x", "A | B", "T-1", day, day)
    gone = KnownFailure(RuleId("a.b"), "1", "2", "3")
    used = ExceptionsUsed((WaiverUse(waiver, InForce.EXPIRED, 0),), (), BaselineUse(("1",), "then", 5, 4, (gone,)))
    text = _written(replace(assessment, exceptions=used))
    assert "| `W-1` | `a.b` | waiver W-1 expired on 2026-10-01 | 2026-10-01 | 0 | A &#124; B | T-1 |\n" in text
    assert "The baseline of `then` knows 5 failures: 4 of them are here, 1 no longer. Nobody approved them." in text
    assert "**Failed.** 2 failures stop the gate; waiver W-1 expired on 2026-10-01." in text


@pytest.mark.parametrize("write", [code, prose])
def test_a_text_makes_nothing_of_itself(write: Callable[[str], str]) -> None:
    page = f"| h | i |\n| --- | --- |\n| {write(HOSTILE)} | last |\n\nx {write(HOSTILE)}\n"
    tokens = list(_tokens(page))
    assert sum(token.type == "td_open" for token in tokens) == 2
    inline = {child.type for token in tokens for child in token.children or ()}
    assert inline <= {"text", "code_inline"}
    plain = "".join(child.content for token in tokens for child in token.children or () if child.type == "text")
    for sign in ("@octocat", "#12", "://", "www.", "a@evil", "$x", "!7"):
        assert sign not in plain
    shown = "".join(child.content for token in tokens if token.type == "inline" for child in token.children or ())
    assert "onerror=alert(1)" in shown


def test_nothing_of_a_hostile_account_is_more_than_text(assessment: Assessment) -> None:
    seen = Finding(RuleId(HOSTILE), Outcome.FAIL, Severity.HIGH, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    rules = (replace(assessment.rules[0], id=RuleId(HOSTILE), remediation=HOSTILE),)
    gaps = tuple(replace(gap, key=replace(gap.key, region=HOSTILE, operation=HOSTILE)) for gap in assessment.gaps)
    controls = tuple(replace(control, framework=HOSTILE, id=HOSTILE) for control in assessment.controls)
    made = replace(
        assessment,
        rules=rules,
        gaps=gaps,
        controls=controls,
        findings=(seen, replace(seen, outcome=Outcome.UNKNOWN)),
        summary=Summary(controls={HOSTILE: {Outcome.FAIL: 1}}),
    )
    text = _written(made, incomplete=HOSTILE)
    assert not [sign for sign in text if sign != "\n" and not sign.isprintable()]
    kinds = {child.type for token in _tokens(text) for child in token.children or ()}
    assert kinds <= INERT
    blocks = {token.type.removesuffix("_open").removesuffix("_close") for token in _tokens(text)} - INERT
    assert blocks <= {
        *("heading", "paragraph", "ordered_list", "list_item", "table", "thead", "tbody", "tr", "th", "td", "strong")
    }


def test_it_fits_a_comment_whatever_was_found(assessment: Assessment) -> None:
    rules = [RuleId(f"area.rule-{number}-{'|<' * 60}") for number in range(300)]
    failed = [replace(assessment.findings[0], rule=rule, resource=f"{rule}", title="<&|" * 90) for rule in rules]
    gaps = [replace(assessment.gaps[0], key=replace(assessment.gaps[0].key, operation=rule)) for rule in rules]
    text = _written(replace(assessment, findings=failed, gaps=tuple(gaps)))
    assert len(text.encode()) <= markdown.LIMIT
    assert "… and 285 more." in text
    assert text.endswith("\nThe HTML, CSV and JSON reports of the same run hold everything.\n")
    for line in text.splitlines():
        if line.startswith("|"):
            assert line.endswith(" |")


def test_what_could_not_be_judged_says_its_own_reason(assessment: Assessment) -> None:
    """Where no answer was refused, nothing but the reason says why."""
    unknown = next(finding for finding in assessment.findings if finding.outcome is Outcome.UNKNOWN)
    alone = replace(unknown, reason="The period is not covered | at all.", evidence=())
    text = _written(replace(assessment, findings=(alone,), gaps=()))
    row = next(line for line in text.splitlines() if line.startswith(f"| `{alone.rule}`"))
    assert row.endswith("| The period is not covered &#124; at all. |")
