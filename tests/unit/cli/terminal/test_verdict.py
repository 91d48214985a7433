"""The JUnit report is as red as the exit code, whatever was found, was missing, and is allowed."""

import io
import json
import xml.etree.ElementTree as ET
from datetime import date
from itertools import combinations_with_replacement, product

import pytest

from scanner.cli.exit_codes import Exit
from scanner.cli.terminal.reports import render
from scanner.cli.terminal.verdict import judged, verdict
from scanner.model import (
    UNREAD,
    UNSEEN,
    Assessment,
    CallKey,
    Collected,
    ExceptionsUsed,
    Finding,
    Gap,
    GapKind,
    Gate,
    InForce,
    LogRun,
    NoHitDetails,
    Outcome,
    RuleId,
    ScanRun,
    Severity,
    Summary,
    Waiver,
    WaiverKind,
    WaiverScope,
    WaiverUse,
)

GAP = Gap(
    key=CallKey("111122223333", "us-east-1", "sns.ListSubscriptionsByTopic"),
    kind=GapKind.DENIED,
    code="AccessDenied",
    reason="It was refused.",
)


def finding(outcome: Outcome, severity: Severity = Severity.HIGH, *because: str) -> Finding:
    details = NoHitDetails(3, because) if because else None
    rule = RuleId("trail.one")
    return Finding(rule, outcome, severity, "111122223333", "us-east-1", "main", "It is so.", details=details)


KINDS = {
    "pass": finding(Outcome.PASS),
    "fail": finding(Outcome.FAIL),
    "low fail": finding(Outcome.FAIL, Severity.LOW),
    "unknown": finding(Outcome.UNKNOWN),
    "unread": finding(Outcome.UNKNOWN, Severity.HIGH, UNREAD),
    "unseen": finding(Outcome.UNKNOWN, Severity.HIGH, UNSEEN),
    "not applicable": finding(Outcome.NOT_APPLICABLE),
}
DAY = date(2026, 10, 1)
WAIVER = Waiver("W-1", RuleId("a.b"), WaiverScope(), WaiverKind.RISK_ACCEPTED, "x", "y", "z", DAY, DAY)
FAULTY = ExceptionsUsed((WaiverUse(WAIVER, InForce.EXPIRED, 0),))
GATES = [
    Gate(Severity.LOW),
    Gate(Severity.HIGH),
    Gate(Severity.HIGH, allow_incomplete=True),
    Gate(Severity.HIGH, allow_unread=True),
    Gate(Severity.HIGH, allow_unseen=True),
    Gate(Severity.CRITICAL, allow_unread=True, allow_unseen=True),
]


@pytest.mark.parametrize("records", [None, 0, 3], ids=["a snapshot", "no record", "records"])
@pytest.mark.parametrize("gap", [(), (GAP,)], ids=["no gap", "a gap"])
@pytest.mark.parametrize("left_out", ["", "some Sigma rules could not be turned into rules"], ids=["whole", "left out"])
def test_the_exit_code_and_junit_agree(
    records: int | None, gap: tuple[Gap, ...], left_out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = (ScanRun if records is None else LogRun)(collected=Collected(""))
    for found, gate in product(combinations_with_replacement(KINDS, 2), GATES):
        assessment = Assessment(run, (), tuple(KINDS[name] for name in found), (), gap, (), Summary(records=records))
        root = ET.parse(io.BytesIO(render(assessment, "junit", gate, left_out))).getroot()
        failures, errors = (int(root.get(name, "0")) for name in ("failures", "errors"))
        capsys.readouterr()
        code = verdict(assessment, gate, left_out=left_out)
        told = capsys.readouterr().err
        expected = Exit.FINDINGS if failures else Exit.INCOMPLETE if errors else Exit.CLEAN
        assert code == expected, (found, gate, told)
        assert told.count("\n") == 1
        assert f"xit code {code.value}: " in told


@pytest.mark.parametrize("records", [None, 0], ids=["a snapshot", "no record"])
@pytest.mark.parametrize("gap", [(), (GAP,)], ids=["no gap", "a gap"])
@pytest.mark.parametrize("used", [ExceptionsUsed(), FAULTY], ids=["no waiver", "an expired waiver"])
def test_every_report_for_ci_agrees_with_the_exit_code(
    records: int | None, gap: tuple[Gap, ...], used: ExceptionsUsed
) -> None:
    run = (ScanRun if records is None else LogRun)(collected=Collected(""))
    for found, gate in product(combinations_with_replacement(KINDS, 2), GATES):
        told = tuple(KINDS[name] for name in found)
        assessment = Assessment(run, (), told, (), gap, (), Summary(records=records), used)
        code, _ = judged(assessment, gate, "")
        assert ("<failure" in render(assessment, "junit", gate).decode()) == (code is Exit.FINDINGS), (found, gate)
        annotations = render(assessment, "github", gate).decode()
        assert ("\n::error " in f"\n{annotations}") == (code is not Exit.CLEAN), (found, gate)
        issues = json.loads(render(assessment, "gitlab", gate))
        assert any(issue["severity"] != "info" for issue in issues) == (code is not Exit.CLEAN), (found, gate)
        page = render(assessment, "markdown", gate).decode()
        assert page.startswith("## Trailwitness: failed\n") == (code is Exit.FINDINGS), (found, gate)
        assert ("Nothing failed." in page or "Nothing stops the gate" in page) == (code is Exit.CLEAN), (found, gate)
        if "unknown" in found or set(found) == {"not applicable"}:
            assert not page.startswith("## Trailwitness: passed\n"), (found, gate)
