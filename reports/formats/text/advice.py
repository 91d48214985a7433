"""What a reader of the summary should do next, from what is missing to what is broken to what needs a person."""

from collections.abc import Callable, Mapping, Sequence
from typing import assert_never

from reports.characters import visible
from reports.wording import gap_place
from scanner.model import UNSEEN, Assessment, Finding, GapKind, Outcome, Over

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
    nothing, sound = _ALL_DONE[assessment.run.over]
    if not assessment.findings:
        return [f"Nothing was judged, so this says nothing about the account: {nothing}.", *steps]
    if _is_settled(assessment, steps):
        steps.append(f"No rule failed. {sound}")
    return steps


_ALL_DONE: Mapping[Over, tuple[str, str]] = {
    Over.FACTS: (
        "choose rules and Regions, scan again",
        "Keep the evidence of this run, and scan again when the configuration changes.",
    ),
    Over.RECORDS: (
        "no record was read",
        "Keep the records and this assessment; the records of other periods say more.",
    ),
}
"""What to do when nothing was judged, and when nothing is amiss."""


def _is_settled(assessment: Assessment, steps: Sequence[str]) -> bool:
    """Whether nothing is left to do; a scan whose controls need a person is settled all the same."""
    match assessment.run.over:
        case Over.FACTS:
            return all(finding.outcome not in {Outcome.FAIL, Outcome.UNKNOWN} for finding in assessment.findings)
        case Over.RECORDS:
            return not steps
        case other:
            assert_never(other)


def _for_gaps(assessment: Assessment, listed: Listed) -> list[str]:
    match assessment.run.over:
        case Over.FACTS:
            return _for_refused_calls(assessment)
        case Over.RECORDS:
            sources = sorted({gap_place(gap) for gap in assessment.gaps})
            return [visible(f"Get these sources whole and judge them again: {listed(sources)}.")] if sources else []
        case other:
            assert_never(other)


def _for_refused_calls(assessment: Assessment) -> list[str]:
    operations: dict[GapKind, set[str]] = {}
    closed: set[str] = set()
    for gap in assessment.gaps:
        if gap.operation == _ASSUME_ROLE and gap.kind is GapKind.DENIED:
            closed.add(gap.account)
        elif gap.operation:
            operations.setdefault(gap.kind, set()).add(gap.operation)
    entering = [_TO_ENTER.format(", ".join(sorted(closed)))] if closed else []
    return entering + [
        visible(sentence.format(", ".join(sorted(operations[kind]))))
        for kind, sentence in _AFTER_GAPS.items()
        if kind in operations
    ]


_ASSUME_ROLE = "sts.AssumeRole"
_TO_ENTER = "Let your identity assume the role in these accounts (trust policy, external id), then scan again: {}."

_AFTER_GAPS: Mapping[GapKind, str] = {
    GapKind.DENIED: "Allow the caller to make these read calls, then scan again: {}.",
    GapKind.NOT_COLLECTED: "Collect again with these rules selected; the snapshot lacks: {}.",
    GapKind.OUT_OF_SCOPE: "Scan without --region, so that no enabled Region is left out; not asked everywhere was: {}.",
    GapKind.NOT_KNOWN: "Judge again when these answers can be told whole; a part of them is not known: {}.",
    GapKind.THROTTLED: "Scan again when AWS is less busy; it throttled: {}.",
    GapKind.REGION_OFF: "Leave out Regions that are not enabled, or enable them; AWS refused: {}.",
    GapKind.ENDPOINT: "Check the network path and the Region names; no endpoint answered: {}.",
    GapKind.INVALID: "Update Trailwitness, then scan again; these answers had no shape it knows: {}.",
    GapKind.ERROR: "Scan again, and look at the error codes above if it recurs; these calls failed: {}.",
}
"""What to do about calls that gave no answer, by why they did not, in the order to act on."""


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
    return [visible(_AFTER_FAILURES[assessment.run.over].format(named))]


_AFTER_FAILURES: Mapping[Over, str] = {
    Over.FACTS: "Fix what failed, gravest first: {}. The line 'fix' of each says how; then scan again.",
    Over.RECORDS: "Explain or follow up every hit, gravest first: {}. The line 'fix' of each says how.",
}


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
