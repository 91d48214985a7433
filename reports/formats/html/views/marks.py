"""Outcomes as a reader sees them: a word, a sign and a colour class, so that no meaning is in the colour alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from reports.wording import OUTCOME_ORDER, OUTCOME_WORDS
from scanner.model import ControlResult, Finding, InForce, Outcome


@dataclass(frozen=True, slots=True)
class Mark:
    """How one state is shown: ``kind`` is its class in the style sheet."""

    kind: str
    word: str
    sign: str


_SIGNS: Mapping[Outcome, str] = {
    Outcome.PASS: "✓",
    Outcome.FAIL: "✗",
    Outcome.UNKNOWN: "?",
    Outcome.NOT_APPLICABLE: "–",
    Outcome.MANUAL: "◇",
}

WAIVED = Mark("waived", "waived", "⊘")
WAIVED_FAILURE = Mark("waived", "fail, waived", "⊘")
ATTESTED = Mark("attested", "attested", "◆")
OVERDUE = Mark("overdue", "attestation overdue", "◇")
NOT_REVIEWED = Mark("manual", "not reviewed", "◇")

MARKS: Mapping[Outcome, Mark] = {
    outcome: Mark(outcome.replace("_", "-"), OUTCOME_WORDS[outcome], _SIGNS[outcome]) for outcome in OUTCOME_ORDER
}

FINDING_MARKS = (
    MARKS[Outcome.FAIL],
    WAIVED_FAILURE,
    MARKS[Outcome.UNKNOWN],
    MARKS[Outcome.PASS],
    MARKS[Outcome.NOT_APPLICABLE],
    MARKS[Outcome.MANUAL],
)
"""Every state of a finding, in the order of a legend."""

CONTROL_MARKS = (
    MARKS[Outcome.FAIL],
    WAIVED,
    MARKS[Outcome.UNKNOWN],
    MARKS[Outcome.PASS],
    MARKS[Outcome.NOT_APPLICABLE],
    OVERDUE,
    ATTESTED,
    NOT_REVIEWED,
)
"""Every state of a control, in the order of a legend."""


def of_finding(finding: Finding) -> Mark:
    """The mark of a finding; a waived failure keeps its verdict in words."""
    if finding.waiver:
        return WAIVED_FAILURE
    return MARKS[finding.outcome]


def of_control(control: ControlResult) -> Mark:
    """The mark of a control: a manual one is attested, overdue or not reviewed, and never a pass."""
    if control.waived:
        return WAIVED
    if control.outcome is not Outcome.MANUAL:
        return MARKS[control.outcome]
    if control.attested is InForce.YES:
        return ATTESTED
    return OVERDUE if control.attested is InForce.EXPIRED else NOT_REVIEWED
