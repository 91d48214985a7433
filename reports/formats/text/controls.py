"""The counts of the summary: findings by outcome, and controls by framework."""

from collections.abc import Mapping, Sequence

from reports.characters import columns, visible
from reports.formats.text.findings import COLOURS
from reports.formats.text.page import Page
from reports.wording import OUTCOME_ORDER, OUTCOME_WORDS
from scanner.model import Assessment, ControlResult, Coverage, Outcome

_OPEN = (Outcome.FAIL, Outcome.UNKNOWN)


def write_counts(page: Page, assessment: Assessment) -> None:
    """How many findings there are of each outcome."""
    page.heading("Findings")
    counts: dict[Outcome, int] = {outcome: 0 for outcome in OUTCOME_ORDER if outcome is not Outcome.MANUAL}
    for finding in assessment.findings:
        counts[finding.outcome] = counts.get(finding.outcome, 0) + 1
    words = ", ".join(f"{number} {OUTCOME_WORDS[outcome]}" for outcome, number in counts.items())
    page.paragraph("  ", f"{len(assessment.findings)}: {words}")


def write_controls(page: Page, assessment: Assessment) -> None:
    """How many controls of each framework have which outcome, and those that failed or could not be judged."""
    controls: dict[str, list[ControlResult]] = {}
    for control in assessment.controls:
        controls.setdefault(control.framework, []).append(control)
    if not controls:
        return
    page.heading("Controls by framework")
    _write_table(page, controls)
    listed: list[ControlResult] = []
    for name, results in controls.items():
        listed += _write_open(page, name, results)
    if any(result.coverage is not Coverage.FULL for result in listed):
        page.lines.append("")
        page.paragraph("  ", "[partial], [supporting]: rules decide only that much of the control, a person the rest")


def _write_table(page: Page, controls: Mapping[str, Sequence[ControlResult]]) -> None:
    width = max(columns(visible(name)) for name in controls)
    head = "".join(f"  {OUTCOME_WORDS[outcome]:>{_cell(outcome)}}" for outcome in OUTCOME_ORDER)
    page.lines.append(f"  {' ' * width}{head}")
    for name, results in controls.items():
        outcomes = [result.outcome for result in results]
        cells = "".join(f"  {outcomes.count(outcome):>{_cell(outcome)}}" for outcome in OUTCOME_ORDER)
        page.lines.append(f"  {visible(name)}{' ' * (width - columns(visible(name)))}{cells}")


def _write_open(page: Page, framework: str, results: Sequence[ControlResult]) -> list[ControlResult]:
    """Write the controls of one framework that failed or could not be judged, failures first, and return them."""
    listed = [result for result in results if result.outcome in _OPEN]
    listed.sort(key=lambda result: _OPEN.index(result.outcome))
    if listed:
        page.lines += ["", f"  {visible(framework)}"]
    for result in listed:
        limit = "" if result.coverage is Coverage.FULL else f" [{result.coverage}]"
        lead = f"    {OUTCOME_WORDS[result.outcome]:8}"
        page.paragraph(lead, visible(f"{result.id} {result.title}{limit}"), COLOURS[result.outcome])
    return listed


def _cell(outcome: Outcome) -> int:
    return max(4, len(OUTCOME_WORDS[outcome]))
