"""The counts of the summary: findings by outcome, controls by framework, and every control with its outcome."""

from collections.abc import Mapping, Sequence

from reports.characters import columns, visible
from reports.formats.text.findings import COLOURS
from reports.formats.text.page import Page
from reports.formats.text.tally import Tally
from reports.wording import OUTCOME_ORDER, OUTCOME_WORDS, over_words
from scanner.model import Assessment, ControlResult, Coverage, InForce, Outcome

_OPEN = (Outcome.FAIL, Outcome.UNKNOWN)


def write_counts(page: Page, tally: Tally) -> None:
    """How many findings there are of each outcome."""
    page.heading("Findings")
    counted = (outcome for outcome in OUTCOME_ORDER if outcome is not Outcome.MANUAL)
    words = ", ".join(f"{tally.outcomes[outcome]} {OUTCOME_WORDS[outcome]}" for outcome in counted)
    page.paragraph("  ", f"{tally.outcomes.total()}: {words}")
    if tally.waived:
        page.paragraph("  ", f"of the failures, {tally.waived} covered by a waiver: accepted for a time, not put right")
    if tally.known:
        page.paragraph("  ", f"of the failures, {tally.known} known to the baseline")


def write_controls(page: Page, assessment: Assessment) -> None:
    """How many controls of each framework have which outcome, and those that failed or could not be judged."""
    controls = _by_framework(assessment)
    if not controls:
        return
    write_table(page, assessment)
    listed: list[ControlResult] = []
    for name, results in controls.items():
        listed += _write_open(page, name, results)
    if any(result.coverage is not Coverage.FULL for result in listed):
        page.lines.append("")
        page.paragraph("  ", "[partial], [supporting]: rules decide only that much of the control, a person the rest")


def _by_framework(assessment: Assessment) -> dict[str, list[ControlResult]]:
    controls: dict[str, list[ControlResult]] = {}
    for control in assessment.controls:
        controls.setdefault(control.framework, []).append(control)
    return controls


def write_every_control(page: Page, assessment: Assessment) -> None:
    """Each control, passed and manual ones as well: its outcome, its rules and what they leave to a person."""
    for framework, results in _by_framework(assessment).items():
        page.heading(f"Every control of {framework} ({len(results)})")
        for control in results:
            page.lines.append("")
            limit = "" if control.coverage is Coverage.FULL else f" [{control.coverage}]"
            page.paragraph(f"  {outcome_of(control):8} ", visible(f"{control.id} {control.title}{limit}"))
            if control.over:
                page.paragraph("    over   ", over_words(control))
            if control.rules:
                page.paragraph("    rules  ", visible(", ".join(control.rules)))
            if notes := " ".join(control.notes.split()):
                page.paragraph("    notes  ", visible(notes))


def outcome_of(control: ControlResult) -> str:
    """The outcome in words, with what people stated of the control beside it: neither changes the outcome."""
    words = OUTCOME_WORDS[control.outcome]
    if control.waived:
        words += ", waived"
    if control.attested is not None:
        words += f", {_ATTESTED_WORDS[control.attested]}"
    elif control.outcome is Outcome.MANUAL:
        words += ", not reviewed"
    return words


_ATTESTED_WORDS: Mapping[InForce, str] = {
    InForce.NOT_YET: "attested after the evidence",
    InForce.YES: "attested",
    InForce.EXPIRED: "attestation overdue",
}


def write_table(page: Page, assessment: Assessment) -> None:
    """How many controls of each framework have which outcome; nothing where no framework is judged."""
    controls = _by_framework(assessment)
    if not controls:
        return
    page.heading("Controls by framework")
    width = max(columns(visible(name)) for name in controls)
    more = _more_columns(assessment.controls)
    head = "".join(f"  {name:>{_cell(name)}}" for name in (*map(OUTCOME_WORDS.__getitem__, OUTCOME_ORDER), *more))
    page.lines.append(f"  {' ' * width}{head}")
    for name, results in controls.items():
        outcomes = [result.outcome for result in results]
        cells = "".join(f"  {outcomes.count(outcome):>{_cell(OUTCOME_WORDS[outcome])}}" for outcome in OUTCOME_ORDER)
        cells += "".join(f"  {_stated(results, column):>{_cell(column)}}" for column in more)
        page.lines.append(f"  {visible(name)}{' ' * (width - columns(visible(name)))}{cells}")


def _more_columns(controls: Sequence[ControlResult]) -> list[str]:
    """Columns for what people stated, where they did; each control in them is counted by its outcome as well."""
    return [column for column in ("waived", "attested") if _stated(controls, column)]


def _stated(controls: Sequence[ControlResult], column: str) -> int:
    if column == "waived":
        return sum(control.waived for control in controls)
    return sum(control.attested is InForce.YES for control in controls)


def _write_open(page: Page, framework: str, results: Sequence[ControlResult]) -> list[ControlResult]:
    """Write the controls of one framework that failed or could not be judged, failures first, and return them."""
    listed = [result for result in results if result.outcome in _OPEN]
    listed.sort(key=lambda result: _OPEN.index(result.outcome))
    if listed:
        page.lines += ["", f"  {visible(framework)}"]
    for result in listed:
        limit = "" if result.coverage is Coverage.FULL else f" [{result.coverage}]"
        lead = f"    {OUTCOME_WORDS[result.outcome]:8}"
        waived = " (waived)" if result.waived else ""
        over = f" ({over_words(result)})" if result.over else ""
        page.paragraph(lead, visible(f"{result.id} {result.title}{limit}{waived}{over}"), COLOURS[result.outcome])
    return listed


def _cell(name: str) -> int:
    return max(4, len(name))
