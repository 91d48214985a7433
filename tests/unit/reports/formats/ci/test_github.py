import io
import re
from dataclasses import replace
from datetime import date

import pytest

from reports.formats.ci import github
from reports.formats.ci.gating import EVERYTHING
from scanner.model import (
    Assessment,
    ExceptionsUsed,
    Finding,
    Gate,
    InForce,
    Outcome,
    RuleId,
    Severity,
    Waiver,
    WaiverKind,
    WaiverScope,
    WaiverUse,
)

COMMAND = re.compile("::(error|warning|notice) title=([^:,\r\n]*)::([^\r\n]*)")
HOSTILE = "x\r\n::add-mask::secret\n::error::%0A::set-env name=A::b, title=y\u2028\x85\x1b[0m\ud800##[error]z"


def _written(assessment: Assessment, gate: Gate = EVERYTHING, incomplete: str = "") -> list[tuple[str, ...]]:
    out = io.BytesIO()
    github.write(assessment, out, gate, incomplete)
    lines = out.getvalue().decode().removesuffix("\n").split("\n")
    found = [COMMAND.fullmatch(line) for line in lines]
    assert all(found), lines
    return [each.groups() for each in found if each]


def _of(written: list[tuple[str, ...]], level: str) -> list[tuple[str, ...]]:
    return [(title, message) for kind, title, message in written if kind == level]


def test_an_annotation_is_one_thing_to_put_right(assessment: Assessment) -> None:
    first, *_ = _of(_written(assessment), "error")
    assert first[0] == "critical%3A trail main (111122223333) fails"
    assert first[1].split("%0A") == [
        "1 finding of rule route.cloudtrail-changes.",
        "Controls: hipaa-security-rule 164.312(b), pci-dss-4.0.1 10.2.1.6.",
        "To do: Make metric filter CloudTrailChanges of log group audit match every event of the rule.",
    ]


def test_what_could_not_be_judged_is_an_error_after_the_failures(assessment: Assessment) -> None:
    titles = [title for title, _ in _of(_written(assessment), "error")]
    assert [title.endswith("fails") for title in titles] == [True, True, False, False]
    assert titles[2].endswith("could not be judged")


def test_no_more_than_ten_of_a_kind_and_the_tenth_tells_of_the_rest(assessment: Assessment) -> None:
    failed = [replace(assessment.findings[3], resource=f"trail-{number}") for number in range(25)]
    shown = _of(_written(replace(assessment, findings=failed)), "error")
    assert len(shown) == github.MOST
    assert shown[-1][0] == "16 more"
    exactly = _of(_written(replace(assessment, findings=failed[: github.MOST])), "error")
    assert len(exactly) == github.MOST
    assert not exactly[-1][0].endswith("more")


def test_what_the_gate_passes_over_is_a_warning(assessment: Assessment) -> None:
    written = _written(assessment, Gate(Severity.CRITICAL, allow_incomplete=True))
    assert [title for title, _ in _of(written, "error")] == ["critical%3A trail main (111122223333) fails"]
    assert len(_of(written, "warning")) == 3


def test_waived_and_known_failures_are_told_in_notices_alone(assessment: Assessment) -> None:
    first, other = (finding for finding in assessment.findings if finding.outcome is Outcome.FAIL)
    made = replace(assessment, gaps=(), findings=(replace(first, waiver="W-1"), replace(other, known=True)))
    written = _written(made)
    assert {kind for kind, *_ in written} == {"notice"}
    assert ("Waived", "1 failure is covered by a waiver: W-1.") in _of(written, "notice")
    assert any(title == "Known" for title, _ in _of(written, "notice"))
    assert _of(written, "notice")[0][0] == "Trailwitness%3A passed"


def test_an_expired_waiver_and_an_incomplete_run_are_errors(assessment: Assessment) -> None:
    day = date(2026, 10, 1)
    waiver = Waiver("W-1", RuleId("a.b"), WaiverScope(), WaiverKind.RISK_ACCEPTED, "x", "y", "z", day, day)
    used = ExceptionsUsed(waivers=(WaiverUse(waiver, InForce.EXPIRED, 0),))
    made = replace(assessment, findings=(), exceptions=used)
    assert _of(_written(made), "error") == [("A waiver no longer counts", "waiver W-1 expired on 2026-10-01")]
    bare = replace(assessment, findings=())
    assert _of(_written(bare, incomplete="Exit code 3: why."), "error") == [
        ("Not everything was looked at", "Exit code 3: why.")
    ]


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.UNKNOWN])
def test_no_name_injects_a_command(outcome: Outcome, assessment: Assessment) -> None:
    seen = Finding(RuleId(HOSTILE), outcome, Severity.HIGH, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    rules = (replace(assessment.rules[0], id=RuleId(HOSTILE), remediation=HOSTILE),)
    made = replace(assessment, rules=rules, findings=(seen, replace(seen, waiver=HOSTILE)))
    written = _written(made, incomplete=HOSTILE)
    assert len(written) == (4 if outcome is Outcome.FAIL else 3)
    for _, title, message in written:
        assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\ud800-\udfff]", title + message)
        assert not re.search("%(?!25|0A|3A|2C)", title + message)


@pytest.mark.parametrize("name", ["a, file=b", "a::b", "100%0A::error ::c", "%25", "%3A", "a: b%"])
def test_the_runner_reads_a_name_back_as_it_was(name: str, assessment: Assessment) -> None:
    seen = replace(assessment.findings[0], rule=RuleId(name), resource=name)
    (title, message), *_ = _of(_written(replace(assessment, findings=(seen,))), "error")
    for sign, code in ((":", "%3A"), (",", "%2C"), ("\r", "%0D"), ("\n", "%0A"), ("%", "%25")):
        title = title.replace(code, sign)
        message = message.replace(code, sign) if code not in {"%3A", "%2C"} else message
    assert title == f"critical: {name} (111122223333) fails"
    assert message.splitlines()[0] == f"1 finding of rule {name}."
