"""What people state beside the evidence, in the summary: waivers, attestations of manual controls and a baseline."""

from collections.abc import Sequence

from reports.characters import visible
from reports.formats.text.page import Page, counted
from scanner.model import Assessment, AttestationUse, BaselineUse, InForce, WaiverUse

_WAIVER_STATES = {InForce.NOT_YET: "does not count yet", InForce.YES: "in force", InForce.EXPIRED: "EXPIRED"}
_ATTESTED_STATES = {InForce.NOT_YET: "made after the evidence", InForce.YES: "attested", InForce.EXPIRED: "OVERDUE"}


def write_stated(page: Page, assessment: Assessment) -> None:
    """Every waiver and attestation whole, and what became of the baseline; nothing where nothing was stated."""
    used = assessment.exceptions
    _write_waivers(page, used.waivers)
    _write_attestations(page, used.attestations)
    if used.baseline is not None:
        page.heading("Baseline: failures that were known, and do not stop the gate")
        page.paragraph("  ", visible(baseline_words(used.baseline)))
        for gone in used.baseline.gone:
            where = "/".join(part for part in (gone.account, gone.region) if part)
            page.paragraph("  gone     ", visible(f"{gone.rule}: {gone.resource} in {where}"))


def _write_waivers(page: Page, uses: Sequence[WaiverUse]) -> None:
    if not uses:
        return
    page.heading(f"Waivers ({len(uses)}): failures that somebody accepts for a time; they remain failures")
    for use in uses:
        waiver, scope = use.waiver, use.waiver.scope
        page.lines.append("")
        page.paragraph("  ", visible(f"{waiver.id}: {waiver_words(use)}"), "1")
        page.paragraph("    rule     ", visible(waiver.rule))
        places = (("accounts", scope.accounts), ("Regions", scope.regions), ("resources", scope.resources))
        page.paragraph("    scope    ", visible("; ".join(f"{name}: {', '.join(names)}" for name, names in places)))
        page.paragraph("    kind     ", visible(waiver.kind))
        page.paragraph("    why      ", visible(" ".join(waiver.justification.split())))
        for key, text in waiver.worksheet:
            page.paragraph("    ", visible(f"{key.replace('_', ' ')}: {' '.join(text.split())}"))


def _write_attestations(page: Page, uses: Sequence[AttestationUse]) -> None:
    if not uses:
        return
    page.heading(f"Attestations ({len(uses)}): what people state of controls; Trailwitness did not check it")
    for use in uses:
        made = use.attestation
        page.lines.append("")
        state = _ATTESTED_STATES[use.in_force]
        until = f"made {made.made.isoformat()}, next due {made.next_due.isoformat()}"
        page.paragraph("  ", visible(f"{made.framework} {made.control}: {state}, {until}"), "1")
        page.paragraph("    by       ", visible(f"{made.person}, {made.role}"))
        page.paragraph("    says     ", visible(" ".join(made.statement.split())))
        for file in made.files:
            page.paragraph("    file     ", visible(f"{file.name}, SHA-256 {file.sha256}"))


def waiver_words(use: WaiverUse) -> str:
    """Whether a waiver counts, until when, by whose word, and how many failures it covers."""
    waiver = use.waiver
    ticket = f", ticket {waiver.ticket}" if waiver.ticket else ""
    days = f"{waiver.since.isoformat()} to {waiver.until.isoformat()}"
    covered = counted(use.findings, "failure")
    state = _WAIVER_STATES[use.in_force]
    idle = "" if use.concerned else "; it concerns nothing of this run"
    return f"{state}, {days}, approved by {waiver.approver}{ticket}, covers {covered}{idle}"


def baseline_words(use: BaselineUse) -> str:
    """How many of the failures that a baseline knows are still there."""
    gone = f", {len(use.gone)} no longer found: update it" if use.gone else ""
    return f"the baseline of {use.made} knows {counted(use.size, 'failure')}: {use.findings} found again{gone}"


def write_exceptions_in_short(page: Page, assessment: Assessment) -> None:
    """One line each for what is waived, attested and known; what no longer counts is named."""
    used = assessment.exceptions
    for use in used.waivers:
        if use.findings or use.fault:
            page.paragraph(
                "  waiver         ", visible(f"{use.waiver.id} {waiver_words(use)}"), "33" if use.fault else ""
            )
    overdue = [use.attestation for use in used.attestations if use.in_force is InForce.EXPIRED]
    for made in overdue[:8]:
        told = f"{made.framework} {made.control}: OVERDUE since {made.next_due.isoformat()} ({made.person})"
        page.paragraph("  attestation    ", visible(told), "33")
    if used.baseline is not None:
        page.paragraph("  baseline       ", visible(baseline_words(used.baseline)))
