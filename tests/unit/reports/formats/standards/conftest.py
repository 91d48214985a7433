"""Assessments with all that standards are told of: statements beside the evidence, hostile names, log records."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial

import pytest

from scanner.model import (
    Assessment,
    AttachedFile,
    AttestationUse,
    Collected,
    ControlAttestation,
    ControlResult,
    Coverage,
    EvidenceId,
    ExceptionsUsed,
    Finding,
    HitDetails,
    InForce,
    LogEventsCheck,
    LogRun,
    MatchedRecord,
    NoHitDetails,
    Outcome,
    Rule,
    RuleId,
    Severity,
    SourceLine,
    Summary,
    Waiver,
    WaiverKind,
    WaiverScope,
    WaiverUse,
)

HOSTILE = (
    "<script>alert(1)</script> [x](javascript:alert(1)) `{{7*7}}` =cmd|' /C calc'!A0 \x1b[31m\x00\u202e\ud800 %0a"
    '::error:: "quote" \\ ${jndi:ldap://x} \u2028end'
)
"""A text that does harm where it is rendered, run, or taken for a formula, an escape sequence or a template."""


@pytest.fixture(scope="session")
def hostile_text() -> str:
    """``HOSTILE``."""
    return HOSTILE


@pytest.fixture(scope="session")
def stated(assessment: Assessment) -> Assessment:
    """The sample with a waived failure, one that the baseline knows, and an attested control beside a manual one."""
    failures = [finding for finding in assessment.findings if finding.outcome is Outcome.FAIL]
    waived, known = replace(failures[0], waiver="W-1"), replace(failures[1], known=True)
    changed = {id(failures[0]): waived, id(failures[1]): known}
    waiver = Waiver(
        id="W-1",
        rule=waived.rule,
        scope=WaiverScope(),
        kind=WaiverKind.RISK_ACCEPTED,
        justification="The filter is replaced in January.",
        approver="J. Doe, CISO",
        ticket="SEC-7",
        since=date(2026, 10, 1),
        until=date(2026, 12, 31),
    )
    attested = ControlAttestation(
        framework="hipaa-security-rule",
        control="164.308(a)(6)(ii)",
        person="R. Roe",
        role="SOC lead",
        statement="The on-call log of the quarter was reviewed.",
        made=date(2026, 11, 2),
        next_due=date(2027, 2, 2),
        files=(AttachedFile("on-call.pdf", "ab" * 32),),
    )
    unseen = ControlResult("pci-dss-4.0.1", "12.10.1", "A plan", Coverage.MANUAL, Outcome.MANUAL, "A person.", ())
    controls = tuple(
        replace(control, attested=InForce.YES) if control.id == attested.control else control
        for control in assessment.controls
    )
    return replace(
        assessment,
        findings=tuple(changed.get(id(finding), finding) for finding in assessment.findings),
        controls=(*controls, unseen),
        exceptions=ExceptionsUsed(
            waivers=(WaiverUse(waiver, InForce.YES, 1),), attestations=(AttestationUse(attested, InForce.YES),)
        ),
    )


@pytest.fixture(scope="session")
def hostile() -> Callable[[Assessment, str], Assessment]:
    """Puts one text wherever an account, a rule of the user or a statement can hold one."""
    return _hostile


def _hostile(assessment: Assessment, text: str) -> Assessment:
    used = assessment.exceptions
    return replace(
        assessment,
        findings=tuple(map(partial(_hostile_finding, text=text), assessment.findings)),
        controls=tuple(map(partial(_hostile_control, text=text), assessment.controls)),
        rules=tuple(map(partial(_hostile_rule, text=text), assessment.rules)),
        exceptions=replace(
            used,
            waivers=tuple(map(partial(_hostile_waiver, text=text), used.waivers)),
            attestations=tuple(map(partial(_hostile_attestation, text=text), used.attestations)),
        ),
    )


def _hostile_finding(finding: Finding, text: str) -> Finding:
    links = tuple(replace(link, reason=text, candidate=text) for link in finding.links)
    return replace(finding, resource=text, region=text, reason=text, title=text, account=text, links=links)


def _hostile_control(control: ControlResult, text: str) -> ControlResult:
    return replace(control, title=text, notes=text, id=f"{control.id}{text}")


def _hostile_rule(rule: Rule, text: str) -> Rule:
    return replace(rule, title=text, description=text, remediation=text, rationale=text, references=(text,))


def _hostile_waiver(use: WaiverUse, text: str) -> WaiverUse:
    return replace(use, waiver=replace(use.waiver, justification=text, approver=text, ticket=text))


def _hostile_attestation(use: AttestationUse, text: str) -> AttestationUse:
    return replace(use, attestation=replace(use.attestation, person=text, role=text, statement=text))


SEEN, UNSEEN = RuleId("activity.root-use"), RuleId("activity.sign-in-without-mfa")


@pytest.fixture(scope="session")
def records() -> Assessment:
    """An assessment of log records: two hits in one file, one in another, and a rule that saw nothing to judge by."""
    hits = tuple(
        MatchedRecord(
            event_id=f"00000000-0000-4000-8000-00000000000{number}",
            event_time="2026-11-20T06:00:00Z",
            event_name="CreateUser",
            event_source="iam.amazonaws.com",
            region="us-east-1",
            actor="root",
            source_ip="192.0.2.1",
            error="",
            source=source,
            record=number,
        )
        for number, source in enumerate(("logs/a b.json.gz", "logs/a b.json.gz", "s3://trail/AWSLogs/x.json.gz"))
    )
    found = Finding(
        rule=SEEN,
        outcome=Outcome.FAIL,
        severity=Severity.CRITICAL,
        account="111122223333",
        region="",
        resource="111122223333",
        reason="3 records match.",
        title="Nobody uses the root user",
        details=HitDetails(3, 3, exact=True, hits=hits),
    )
    unseen = Finding(
        rule=UNSEEN,
        outcome=Outcome.UNKNOWN,
        severity=Severity.HIGH,
        account="",
        region="",
        resource="",
        reason="No record of a sign-in was read.",
        title="Everybody signs in with MFA",
        details=NoHitDetails(12, ("unseen",)),
    )
    return Assessment(
        run=LogRun(
            collected=Collected("2026-11-20T07:00:00Z", "2026-11-20T07:01:00Z"),
            accounts=("111122223333",),
            sources=(_line("logs/a b.json.gz"), _line("s3://trail/AWSLogs/x.json.gz")),
        ),
        rules=(_rule(SEEN, "Nobody uses the root user"), _rule(UNSEEN, "Everybody signs in with MFA")),
        findings=(found, unseen),
        controls=(),
        gaps=(),
        evidence=(),
        summary=Summary(findings={Outcome.FAIL: 1, Outcome.UNKNOWN: 1}, records=12),
    )


def _line(source: str) -> SourceLine:
    return SourceLine(
        evidence=EvidenceId("EV-0001"),
        source=source,
        envelope="cloudtrail-file",
        records=6,
        duplicates=0,
        matched=2,
        malformed=(),
        malformed_count=0,
        unread=(),
        unread_count=0,
        skipped="",
        cut="",
        notes=(),
        bytes=10,
        sha256="cd" * 32,
    )


def _rule(rule: RuleId, title: str) -> Rule:
    return Rule(
        id=rule,
        title=title,
        severity=Severity.CRITICAL,
        description=f"Judges: {title}.",
        rationale="",
        remediation="Look into it.",
        references=(),
        parameters=(),
        check=LogEventsCheck("{ $.userIdentity.type = Root }"),
        path=f"{rule}.yaml",
        text=f"id: {rule}\n",
    )
