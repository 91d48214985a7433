"""Waivers, attestations and a baseline over an assessment: marks on failures, never a verdict."""

import json
from dataclasses import replace
from datetime import date
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from reports.document.reading import read_assessment
from reports.document.writing import document, document_bytes, document_pieces
from scanner.assessment.exceptions import failure_of, with_exceptions
from scanner.model import (
    WORKSHEET,
    AccountScope,
    Assessment,
    AttachedFile,
    Baseline,
    Collected,
    ControlAttestation,
    ControlResult,
    Coverage,
    Exceptions,
    Finding,
    Gate,
    InForce,
    KnownFailure,
    Outcome,
    RuleId,
    ScanRun,
    Severity,
    Summary,
    Waiver,
    WaiverKind,
    WaiverScope,
)
from scanner.model.packed import Packed

KMS, LOGS = RuleId("trail.kms-encrypted"), RuleId("loggroup.retention-min")
ONE, TWO = "111122223333", "222233334444"
DAY = date(2026, 11, 28)
FOREVER = (date(2026, 1, 1), date(2026, 12, 31))


def finding(rule: RuleId, account: str, outcome: Outcome = Outcome.FAIL, resource: str = "a-trail") -> Finding:
    return Finding(rule, outcome, Severity.HIGH, account, "us-east-1", resource, "Because.", "Title")


def waiver(name: str = "W-1", rule: RuleId = KMS, since: date = FOREVER[0], until: date = FOREVER[1]) -> Waiver:
    return Waiver(name, rule, WaiverScope(), WaiverKind.RISK_ACCEPTED, "Accepted.", "Ann Lee", "SEC-1", since, until)


def control(number: str, outcome: Outcome, *rules: RuleId, coverage: Coverage = Coverage.FULL) -> ControlResult:
    return ControlResult("cis", number, "A control", coverage, outcome, "", rules)


FINDINGS = (
    finding(KMS, ONE),
    finding(KMS, TWO),
    finding(LOGS, ONE),
    finding(LOGS, TWO, Outcome.UNKNOWN),
)
CONTROLS = (
    control("1", Outcome.FAIL, KMS),
    control("2", Outcome.FAIL, KMS, LOGS),
    control("3", Outcome.MANUAL, coverage=Coverage.MANUAL),
)


def assessment() -> Assessment:
    scope = {account: AccountScope(("us-east-1",)) for account in (ONE, TWO)}
    collected = Collected("2026-11-28T00:00:00Z", "2026-11-28T00:01:00Z")
    run = ScanRun(collected=collected, accounts=scope, rules=(LOGS, KMS, RuleId("trail.tagged")))
    return Assessment(run, (), FINDINGS, CONTROLS, (), (), Summary())


def waived(exceptions: Exceptions, day: date = DAY) -> list[str]:
    return [item.waiver for item in with_exceptions(assessment(), exceptions, day).findings]


def test_nothing_stated_changes_nothing() -> None:
    plain = assessment()
    assert with_exceptions(plain, Exceptions(texts={"waivers.yaml": ""}), DAY) is plain
    assert "exceptions" not in document(plain)


@pytest.mark.parametrize(
    ("scope", "marks"),
    [
        (WaiverScope(), ["W-1", "W-1", "", ""]),
        (WaiverScope(accounts=(ONE,)), ["W-1", "", "", ""]),
        (WaiverScope(accounts=("2*", "3*")), ["", "W-1", "", ""]),
        (WaiverScope(regions=("eu-*",)), ["", "", "", ""]),
        (WaiverScope(resources=("A-*",)), ["", "", "", ""]),  # names in AWS differ in case
        (WaiverScope(resources=("a-*",)), ["W-1", "W-1", "", ""]),
    ],
)
def test_a_waiver_covers_what_lies_in_its_scope(scope: WaiverScope, marks: list[str]) -> None:
    assert waived(Exceptions(waivers=(replace(waiver(), scope=scope),))) == marks


@pytest.mark.parametrize(
    ("day", "in_force", "counts"),
    [
        (date(2025, 12, 31), InForce.NOT_YET, 0),
        (FOREVER[0], InForce.YES, 2),
        (FOREVER[1], InForce.YES, 2),
        (date(2027, 1, 1), InForce.EXPIRED, 0),
    ],
)
def test_a_waiver_counts_from_its_first_day_to_its_last(day: date, in_force: InForce, counts: int) -> None:
    (use,) = with_exceptions(assessment(), Exceptions(waivers=(waiver(),)), day).exceptions.waivers
    assert (use.in_force, use.findings) == (in_force, counts)


def test_what_could_not_be_judged_is_never_waived_or_known() -> None:
    unknown = failure_of(FINDINGS[3])
    exceptions = Exceptions((waiver(rule=LOGS),), baseline=Baseline((TWO,), "", frozenset({unknown})))
    judged = with_exceptions(assessment(), exceptions, DAY)
    assert [item.waiver for item in judged.findings] == ["", "", "W-1", ""]
    assert not any(item.known for item in judged.findings)


def test_the_first_of_two_waivers_is_named_and_both_are_used() -> None:
    exceptions = Exceptions((waiver("W-2"), waiver("W-1")))
    judged = with_exceptions(assessment(), exceptions, DAY)
    assert [item.waiver for item in judged.findings] == ["W-2", "W-2", "", ""]
    assert judged.exceptions.faults == ()


def test_a_waiver_that_ended_or_covers_nothing_is_a_fault_and_one_to_come_is_not() -> None:
    ended, idle, later = (
        waiver("W-1", until=date(2026, 11, 27)),
        waiver("W-2", RuleId("trail.tagged")),
        waiver("W-3", since=date(2026, 11, 29)),
    )
    judged = with_exceptions(assessment(), Exceptions((ended, idle, later)), DAY)
    assert judged.exceptions.faults == ("waiver W-1 expired on 2026-11-27", "waiver W-2 matches no failure")


@pytest.mark.parametrize(
    ("rule", "scope", "concerned"),
    [
        ("trail.tagged", WaiverScope(), True),
        ("trail.tagged", WaiverScope(regions=("us-*",)), True),
        ("trail.tagged", WaiverScope(accounts=("9" * 12,)), False),
        ("trail.tagged", WaiverScope(regions=("eu-*",)), False),
        ("bucket.tls-only", WaiverScope(), False),  # a rule that was not judged
    ],
)
def test_a_waiver_for_what_was_not_judged_is_idle_and_not_wrong(rule: str, scope: WaiverScope, concerned: bool) -> None:
    idle = replace(waiver(rule=RuleId(rule)), scope=scope)
    judged = with_exceptions(assessment(), Exceptions((idle,)), DAY)
    assert judged.exceptions.waivers[0].concerned is concerned
    assert bool(judged.exceptions.faults) is concerned


def test_a_control_is_waived_when_all_its_failures_are_and_fails_all_the_same() -> None:
    judged = with_exceptions(assessment(), Exceptions((waiver(),)), DAY)
    assert [(item.outcome, item.waived) for item in judged.controls] == [
        (Outcome.FAIL, True),
        (Outcome.FAIL, False),
        (Outcome.MANUAL, False),
    ]


@pytest.mark.parametrize(
    ("others", "is_waived"),
    [
        ((finding(LOGS, ONE, Outcome.PASS),), True),
        ((finding(LOGS, ONE, Outcome.NOT_APPLICABLE),), True),
        ((finding(LOGS, ONE, Outcome.UNKNOWN),), False),
        ((finding(KMS, ONE, Outcome.UNKNOWN, "another"), finding(LOGS, ONE, Outcome.PASS)), False),
        ((), False),  # a rule that says nothing was not judged
    ],
)
def test_a_control_is_not_waived_while_something_of_it_is_unknown(others: tuple[Finding, ...], is_waived: bool) -> None:
    judged = replace(assessment(), findings=(finding(KMS, ONE), *others))
    controls = with_exceptions(judged, Exceptions((waiver(),)), DAY).controls
    assert [(item.outcome, item.waived) for item in controls[1:2]] == [(Outcome.FAIL, is_waived)]


@pytest.mark.parametrize(
    ("due", "standing"), [(date(2026, 11, 28), InForce.YES), (DAY.replace(day=1), InForce.EXPIRED)]
)
def test_an_attested_control_stays_manual(due: date, standing: InForce) -> None:
    stated = [
        ControlAttestation("cis", number, "Jo", "CISO", "Seen.", date(2026, 10, 1), due, (AttachedFile("a", "0" * 64),))
        for number in ("1", "3")  # rules decide the first in full: nobody's word counts there
    ]
    judged = with_exceptions(assessment(), Exceptions(attestations=tuple(stated)), DAY)
    assert [(item.outcome, item.attested) for item in judged.controls] == [
        (Outcome.FAIL, None),
        (Outcome.FAIL, None),
        (Outcome.MANUAL, standing),
    ]


def test_a_baseline_knows_failures_and_tells_which_are_gone() -> None:
    gone = KnownFailure(KMS, ONE, "us-east-1", "another-trail")
    known = Baseline((ONE,), "2026-10-01T00:00:00Z", frozenset({failure_of(FINDINGS[0]), gone}))
    judged = with_exceptions(assessment(), Exceptions(baseline=known), DAY)
    assert [item.known for item in judged.findings] == [True, False, False, False]
    assert judged.exceptions.baseline is not None
    assert (judged.exceptions.baseline.findings, judged.exceptions.baseline.gone) == (1, (gone,))


def test_only_what_was_judged_and_is_known_not_to_fail_is_gone() -> None:
    elsewhere = [
        KnownFailure(KMS, "9" * 12, "us-east-1", "a-trail"),
        KnownFailure(KMS, ONE, "eu-west-1", "a-trail"),
        KnownFailure(RuleId("bucket.tls-only"), ONE, "us-east-1", "a-bucket"),
        failure_of(FINDINGS[3]),  # unknown now
    ]
    judged = with_exceptions(assessment(), Exceptions(baseline=Baseline((ONE,), "", frozenset(elsewhere))), DAY)
    assert judged.exceptions.baseline is not None
    assert judged.exceptions.baseline.gone == ()


def test_what_is_waived_or_known_does_not_stop_a_gate() -> None:
    gate = Gate()
    assert finding(KMS, ONE).passed_over(gate) == ""
    assert replace(finding(KMS, ONE), waiver="W-1").passed_over(gate) == "waiver W-1 covers it"
    assert replace(finding(KMS, ONE), known=True).passed_over(gate) == "the baseline knows it"
    assert replace(finding(KMS, ONE, Outcome.UNKNOWN), known=True, waiver="W-1").passed_over(gate) == ""


def test_packed_findings_are_marked_as_well() -> None:
    packed = replace(assessment(), findings=Packed([FINDINGS[:2], FINDINGS[2:]]))
    marked = with_exceptions(packed, Exceptions((waiver(),)), DAY).findings
    assert [item.waiver for item in marked] == ["W-1", "W-1", "", ""]


def test_the_document_holds_all_of_it_and_is_read_back() -> None:
    worksheet = tuple((key, f"About {key}.") for key in WORKSHEET)
    exceptions = Exceptions(
        (waiver(), replace(waiver("W-2"), kind=WaiverKind.COMPENSATING_CONTROL, worksheet=worksheet)),
        (ControlAttestation("cis", "3", "Jo", "CISO", "Seen.", DAY, DAY, (AttachedFile("a.pdf", "0" * 64),)),),
        Baseline((ONE,), "2026-10-01T00:00:00Z", frozenset({failure_of(FINDINGS[2]), failure_of(FINDINGS[3])})),
    )
    judged = with_exceptions(assessment(), exceptions, DAY)
    data = document_bytes(judged)
    assert b"".join(document_pieces(judged)) == data
    assert read_assessment(data, ()) == judged
    schema = json.loads(files("scanner").joinpath("schemas", "assessment.schema.json").read_bytes())
    wrong = [error.json_path for error in Draft202012Validator(schema).iter_errors(json.loads(data))]
    assert not [path for path in wrong if path.startswith(("$.exceptions", "$.findings", "$.controls"))]
