"""What every standard is told of a finding or a control beside its verdict, in the same words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from reports.characters import visible
from reports.wording import Lookup, gap_kind, lookup, repair_words
from scanner.model import (
    Assessment,
    AttestationUse,
    ControlAttestation,
    ControlResult,
    Finding,
    FrameworkVersion,
    InForce,
    Outcome,
    Waiver,
)


@dataclass(frozen=True, slots=True)
class Stated:
    """What people state beside the evidence, by what it is about."""

    waivers: Mapping[str, Waiver]
    attestations: Mapping[tuple[str, str], AttestationUse]
    frameworks: Mapping[str, FrameworkVersion]
    found: Lookup

    def waiver_of(self, finding: Finding) -> Waiver | None:
        """The waiver in force that covers a failure."""
        return self.waivers.get(finding.waiver) if finding.outcome is Outcome.FAIL and finding.waiver else None

    def attestation_of(self, control: ControlResult) -> AttestationUse | None:
        """What a person states of a control, whether it counts or not."""
        return self.attestations.get((control.framework, control.id))

    def framework_title(self, framework: str) -> str:
        """A framework's title with its version, or its id where the run does not list it."""
        known = self.frameworks.get(framework)
        return visible(f"{known.title} {known.version}".strip() if known is not None else framework)

    def remarks_on(self, finding: Finding) -> list[str]:
        """What is accepted or known of a failure, and why an unknown is unknown; sentences, none for most findings."""
        remarks = []
        if finding.outcome is Outcome.FAIL and finding.waiver:
            waiver = self.waivers.get(finding.waiver)
            remarks.append(waiver_words(waiver) if waiver else f"Waiver {visible(finding.waiver)} covers this failure.")
        if finding.known:
            remarks.append("The baseline knows this failure: it was there before, and nobody approved it.")
        if finding.outcome is Outcome.UNKNOWN:
            remarks.append(f"It could not be decided ({visible(gap_kind(finding, self.found))}). This is not a pass.")
        return remarks

    def review_words(self, control: ControlResult) -> str:
        """What became of a control that a person has to judge, as a sentence."""
        use = self.attestation_of(control)
        return "Not reviewed: a person has to judge this control." if use is None else attestation_words(use)


def stated_in(assessment: Assessment) -> Stated:
    """Index what an assessment was told beside the evidence, once for all of its findings."""
    used = assessment.exceptions
    waivers = {use.waiver.id: use.waiver for use in used.waivers}
    attestations = {(use.attestation.framework, use.attestation.control): use for use in used.attestations}
    frameworks = {framework.id: framework for framework in assessment.run.frameworks}
    return Stated(waivers, attestations, frameworks, lookup(assessment))


def repair_told(finding: Finding, found: Lookup) -> str:
    """How a failure is put right, in visible lines ("" for anything else)."""
    return visible(repair_words(finding, found), keep="\n").strip() if finding.outcome is Outcome.FAIL else ""


def waiver_words(waiver: Waiver) -> str:
    """A waiver as sentences: until when, who approved it, and why."""
    ticket = f", ticket {waiver.ticket}" if waiver.ticket else ""
    return visible(
        f"Waived until {waiver.until.isoformat()} as {waiver.kind} by {waiver.approver} "
        f"(waiver {waiver.id}{ticket}): {waiver.justification} The verdict stays fail."
    )


def attestation_words(use: AttestationUse) -> str:
    """An attestation as sentences, and whether it counts."""
    said = use.attestation
    words = f"{_whose(said)} stated on {said.made.isoformat()}: {said.statement} Nobody checked that."
    match use.in_force:
        case InForce.YES:
            return visible(f"Attested: {words} The next statement is due by {said.next_due.isoformat()}.")
        case InForce.EXPIRED:
            return visible(f"Overdue since {_day(said.next_due)}: {words} That counts no longer.")
        case InForce.NOT_YET:
            return visible(f"Not reviewed: a statement is dated {_day(said.made)}, after the evidence.")


def manual_controls(assessment: Assessment) -> list[ControlResult]:
    """The controls that rest on a person alone."""
    return [control for control in assessment.controls if control.outcome is Outcome.MANUAL]


def control_name(control: ControlResult) -> str:
    """A control as ``framework id``, as findings name it."""
    return visible(f"{control.framework} {control.id}")


def _whose(said: ControlAttestation) -> str:
    return f"{said.person} ({said.role})" if said.role else said.person


def _day(day: date) -> str:
    return day.isoformat()
