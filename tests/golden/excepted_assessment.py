"""The sample assessment with all that people may state beside the evidence, in each state that it can be in."""

from dataclasses import replace
from datetime import date

from scanner.assessment.exceptions import failure_of, with_exceptions
from scanner.model import (
    Assessment,
    AttachedFile,
    Baseline,
    ControlAttestation,
    Coverage,
    Exceptions,
    KnownFailure,
    Outcome,
    RuleId,
    Waiver,
    WaiverKind,
    WaiverScope,
)

DAY = date(2026, 11, 20)
WORKSHEET = {
    "constraints": "The organization's trail is moved in March and may not change before.",
    "definition": "The security team reads the change log of the trail every morning.",
    "objective": "Somebody hears of a change of the trail on the same day.",
    "identified_risk": "A change at night is seen eight hours later.",
    "validation": "The log of the readings was compared with the trail's history in November.",
    "maintenance": "The head of the team looks at the log of the readings each month.",
}


def excepted(assessment: Assessment) -> Assessment:
    """A waived failure, a known one, waivers that expired or fit nothing, and attested, overdue and open controls."""
    waived, known = (finding for finding in assessment.findings if finding.outcome is Outcome.FAIL)
    manual = next(control for control in assessment.controls if control.outcome is Outcome.MANUAL)
    others = tuple(
        replace(manual, id=id_, title=title, coverage=Coverage.MANUAL)
        for id_, title in (("164.308(a)(1)(ii)(D)", "Activity review"), ("164.316(b)(2)(iii)", "Updates"))
    )
    counted = {name: dict(outcomes) for name, outcomes in assessment.summary.controls.items()}
    counted[manual.framework][Outcome.MANUAL] += len(others)
    summary = replace(assessment.summary, controls=counted, gaps=0)
    changed = replace(assessment, controls=(*assessment.controls, *others), gaps=(), summary=summary)
    gone = KnownFailure(RuleId("bucket.versioning"), waived.account, "us-east-1", "old-logs")
    stated = Exceptions(
        (
            _waiver("W-1", waived.rule, date(2026, 12, 31), WaiverKind.COMPENSATING_CONTROL),
            _waiver("W-2", known.rule, date(2026, 10, 31), WaiverKind.RISK_ACCEPTED),
            _waiver("W-3", RuleId("bucket.versioning"), date(2026, 12, 31), WaiverKind.FALSE_POSITIVE),
        ),
        (
            _attestation(manual.framework, manual.id, date(2027, 9, 30)),
            _attestation(manual.framework, others[0].id, date(2026, 11, 1)),
        ),
        Baseline(("111122223333", "444455556666"), "2026-10-01T00:00:00Z", frozenset({failure_of(known), gone})),
    )
    return with_exceptions(changed, stated, DAY)


def _waiver(id_: str, rule: RuleId, until: date, kind: WaiverKind) -> Waiver:
    worksheet = tuple(WORKSHEET.items()) if kind is WaiverKind.COMPENSATING_CONTROL else ()
    words = "Accepted until the organization's trail is moved."
    return Waiver(id_, rule, WaiverScope(), kind, words, "Ann Lee", "SEC-9", date(2026, 9, 1), until, worksheet)


def _attestation(framework: str, control: str, due: date) -> ControlAttestation:
    words = "The incident of 3 October was answered by the plan; its record was read."
    record = AttachedFile("incident-2026-10-03.pdf", "ab" * 32)
    return ControlAttestation(framework, control, "Jo Roe", "CISO", words, date(2025, 11, 1), due, (record,))
