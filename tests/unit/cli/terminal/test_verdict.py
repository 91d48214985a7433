"""The JUnit report is as red as the exit code, whatever was found, was missing, and is allowed."""

import io
import xml.etree.ElementTree as ET
from itertools import combinations_with_replacement, product

import pytest

from scanner.cli.exit_codes import Exit
from scanner.cli.terminal.reports import render
from scanner.cli.terminal.verdict import verdict
from scanner.model import (
    UNREAD,
    UNSEEN,
    Assessment,
    CallKey,
    Collected,
    Finding,
    Gap,
    GapKind,
    Gate,
    LogRun,
    NoHitDetails,
    Outcome,
    RuleId,
    ScanRun,
    Severity,
    Summary,
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
        code = verdict(assessment, gate, quiet=True, left_out=left_out)
        told = capsys.readouterr().err
        expected = Exit.FINDINGS if failures else Exit.INCOMPLETE if errors else Exit.CLEAN
        assert code == expected, (found, gate, told)
        assert told.count("\n") == (code is not Exit.CLEAN)
        assert f"Exit code {code.value}:" in told or code is Exit.CLEAN
