"""What a reader of the summary should do next, from what is missing to what is broken to what needs a person."""

from collections.abc import Callable, Sequence

from reports.characters import visible
from reports.wording import gap_place
from scanner.model import UNSEEN, Assessment, Finding, LogRun, Outcome

Listed = Callable[[Sequence[str]], str]
"""Names in one line: all of them, or the first few and how many more there are."""


def next_steps(assessment: Assessment, listed: Listed) -> list[str]:
    """Sentences in the order they should be acted on; never empty. ``listed`` writes lists of names."""
    steps = [
        *_for_gaps(assessment, listed),
        *_for_unknown(assessment, listed),
        *_for_failures(assessment, listed),
        *_for_manual(assessment),
    ]
    over_records = isinstance(assessment.run, LogRun)
    if not assessment.findings:
        what = "no record was read" if over_records else "choose rules and Regions, scan again"
        steps.insert(0, f"Nothing was judged, so this says nothing about the account: {what}.")
    elif over_records and not steps:
        steps.append("No rule failed. Keep the records and this assessment; the records of other periods say more.")
    elif not over_records and not any(
        finding.outcome in {Outcome.FAIL, Outcome.UNKNOWN} for finding in assessment.findings
    ):
        steps.append("No rule failed. Keep the evidence of this run, and scan again when the configuration changes.")
    return steps


def _for_gaps(assessment: Assessment, listed: Listed) -> list[str]:
    operations: dict[str, list[str]] = {}
    for gap in (gap for gap in assessment.gaps if gap.operation):
        operations.setdefault(gap.kind, []).append(gap.operation)
    if isinstance(assessment.run, LogRun):
        sources = sorted({gap_place(gap) for gap in assessment.gaps})
        return [visible(f"Get these sources whole and judge them again: {listed(sources)}.")] if sources else []
    sentences = {
        "denied": "Allow the caller to make these read calls, then scan again: {}.",
        "not-collected": "Collect again with these rules selected; the snapshot lacks: {}.",
        "out-of-scope": "Scan without --region, so that no enabled Region is left out; not asked everywhere was: {}.",
        "not-known": "Judge again when these answers can be told whole; a part of them is not known: {}.",
        "throttled": "Scan again when AWS is less busy; it throttled: {}.",
        "region-off": "Leave out Regions that are not enabled, or enable them; AWS refused: {}.",
        "endpoint": "Check the network path and the Region names; no endpoint answered: {}.",
        "invalid": "Update Trailwitness, then scan again; these answers had no shape it knows: {}.",
        "error": "Scan again, and look at the error codes above if it recurs; these calls failed: {}.",
    }
    return [
        visible(sentence.format(", ".join(sorted(set(operations[kind])))))
        for kind, sentence in sentences.items()
        if kind in operations
    ]


def _for_unknown(assessment: Assessment, listed: Listed) -> list[str]:
    steps = []
    open_ones = [finding for finding in assessment.findings if finding.outcome is Outcome.UNKNOWN]
    unseen = {finding.rule for finding in open_ones if UNSEEN in finding.because}
    if others := sorted({finding.rule for finding in open_ones if set(finding.because) != {UNSEEN}}):
        steps.append(f"See what could not be judged: {listed(others)}. The line 'why' of each says what was missing.")
    if unseen:
        steps.append(
            "Give logs that hold the records these rules judge by, or have a trail log them: "
            f"{listed(sorted(unseen))}. "
            "Where they are not logged on purpose, say --allow-unseen."
        )
    return [visible(step) for step in steps]


def _for_failures(assessment: Assessment, listed: Listed) -> list[str]:
    failed = [finding for finding in assessment.findings if finding.outcome is Outcome.FAIL]
    if not failed:
        return []
    named = listed(_gravest_rules(failed))
    if isinstance(assessment.run, LogRun):
        return [visible(f"Explain or follow up every hit, gravest first: {named}. The line 'fix' of each says how.")]
    return [visible(f"Fix what failed, gravest first: {named}. The line 'fix' of each says how; then scan again.")]


def _for_manual(assessment: Assessment) -> list[str]:
    manual: dict[str, int] = {}
    for control in assessment.controls:
        if control.outcome is Outcome.MANUAL:
            manual[control.framework] = manual.get(control.framework, 0) + 1
    if not manual:
        return []
    named = ", ".join(f"{number} of {framework}" for framework, number in manual.items())
    return [visible(f"Have a person judge the controls that rules cannot: {named}.")]


def _gravest_rules(findings: Sequence[Finding]) -> list[str]:
    ordered = sorted(findings, key=lambda finding: (-finding.severity.rank, finding.rule))
    return list(dict.fromkeys(finding.rule for finding in ordered))
