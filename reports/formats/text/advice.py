"""What a reader of the summary should do next, from what is missing to what is broken to what needs a person."""

from collections.abc import Callable, Mapping, Sequence
from typing import assert_never

from reports.characters import visible
from reports.formats.text.tally import Tally
from reports.formats.text.unmade import OTHER_RULES, for_calls_not_made
from reports.wording import gap_place
from scanner.model import READ, Assessment, Gap, GapKind, InForce, Outcome, Over, ScanRun

Listed = Callable[[Sequence[str]], str]
"""Names in one line: all of them, or the first few and how many more there are."""


def next_steps(assessment: Assessment, tally: Tally, listed: Listed, *, by_cause: bool = False) -> list[str]:
    """Sentences in the order they should be acted on; never empty. ``listed`` writes lists of names.

    ``by_cause`` says that the report tells failures by the thing to put right, and not one by one.
    """
    steps = [
        *_for_gaps(assessment, listed),
        *_for_unknown(tally, listed),
        *_for_failures(assessment, tally, listed, by_cause=by_cause),
        *_for_exceptions(assessment),
        *_for_manual(assessment),
    ]
    nothing, sound = _ALL_DONE[assessment.run.over]
    if not assessment.findings:
        return [f"Nothing was judged, so this says nothing about the account: {nothing}.", *steps]
    if _is_settled(assessment, tally, steps):
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
    Over.PERIOD: (
        "choose rules, then assess the period again",
        "Keep the evidence of this period, and assess the next one when it has ended.",
    ),
}
"""What to do when nothing was judged, and when nothing is amiss."""


def _is_settled(assessment: Assessment, tally: Tally, steps: Sequence[str]) -> bool:
    """Whether nothing is left to do; a scan whose controls need a person is settled all the same."""
    match assessment.run.over:
        case Over.FACTS | Over.PERIOD:
            return not (tally.outcomes[Outcome.FAIL] or tally.outcomes[Outcome.UNKNOWN])
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
        case Over.PERIOD:
            return _for_period_gaps(assessment, listed)
        case other:
            assert_never(other)


def _for_period_gaps(assessment: Assessment, listed: Listed) -> list[str]:
    """The same of a period, which rests on calls and on sources."""
    sources = sorted({gap_place(gap) for gap in assessment.gaps if gap.operation == READ})
    again = [visible(f"Get these sources whole and assess the period again: {listed(sources)}.")] if sources else []
    return [*_for_refused_calls(assessment), *again]


def _for_refused_calls(assessment: Assessment) -> list[str]:
    by_kind: dict[GapKind, list[Gap]] = {}
    closed: set[str] = set()
    for gap in assessment.gaps:
        if gap.operation == _ASSUME_ROLE and gap.kind is GapKind.DENIED:
            closed.add(gap.account)
        elif gap.operation not in {"", READ}:
            by_kind.setdefault(gap.kind, []).append(gap)
    steps = [_TO_ENTER.format(", ".join(sorted(closed)))] if closed else []
    for kind, sentence in _AFTER_GAPS.items():
        steps += _for_kind(by_kind.get(kind, ()), sentence, assessment)
    return [visible(step) for step in steps]


def _for_kind(gaps: Sequence[Gap], sentence: str, assessment: Assessment) -> list[str]:
    if not gaps:
        return []
    if gaps[0].kind is GapKind.NOT_COLLECTED and isinstance(assessment.run, ScanRun):
        return for_calls_not_made(gaps, assessment.run)
    return [sentence.format(", ".join(sorted({gap.operation for gap in gaps})))]


_ASSUME_ROLE = "sts.AssumeRole"
_TO_ENTER = "Let your identity assume the role in these accounts (trust policy, external id), then scan again: {}."

_AFTER_GAPS: Mapping[GapKind, str] = {
    GapKind.DENIED: "Allow the caller to make these read calls, then scan again: {}.",
    GapKind.NOT_COLLECTED: OTHER_RULES,
    GapKind.OUT_OF_SCOPE: "Scan without --region, so that no enabled Region is left out; not asked everywhere was: {}.",
    GapKind.NOT_KNOWN: "Judge again when these answers can be told whole; a part of them is not known: {}.",
    GapKind.THROTTLED: "Scan again when AWS is less busy; it throttled: {}.",
    GapKind.REGION_OFF: "Leave out Regions that are not enabled, or enable them; AWS refused: {}.",
    GapKind.ENDPOINT: "Check the network path and the Region names; no endpoint answered: {}.",
    GapKind.INVALID: "Update Trailwitness, then scan again; these answers had no shape it knows: {}.",
    GapKind.ERROR: "Scan again, and look at the error codes above if it recurs; these calls failed: {}.",
}
"""What to do about calls that gave no answer, by why they did not, in the order to act on."""


def _for_unknown(tally: Tally, listed: Listed) -> list[str]:
    steps = []
    if tally.unknown:
        others = listed(sorted(tally.unknown))
        steps.append(f"See what could not be judged: {others}. The line 'why' of each says what was missing.")
    if tally.unseen:
        steps.append(
            "Give logs that hold the records these rules judge by, or have a trail log them: "
            f"{listed(sorted(tally.unseen))}. "
            "Where they are not logged on purpose, say --allow-unseen."
        )
    return [visible(step) for step in steps]


def _for_failures(assessment: Assessment, tally: Tally, listed: Listed, *, by_cause: bool) -> list[str]:
    if not tally.failed:
        return []
    over = assessment.run.over
    named = listed([each.rule for each in tally.gravest])
    return [visible((_AFTER_CAUSES if by_cause else _AFTER_FAILURES)[over].format(named))]


_AFTER_FAILURES: Mapping[Over, str] = {
    Over.FACTS: "Fix what failed, gravest first: {}. The line 'fix' of each says how; then scan again.",
    Over.RECORDS: "Explain or follow up every hit, gravest first: {}. The line 'fix' of each says how.",
    Over.PERIOD: "Explain or put right what failed, gravest first: {}. The line 'fix' of each says how.",
}

_AFTER_CAUSES: Mapping[Over, str] = {
    Over.FACTS: "Put right what failed, in the order above, then scan again. --verbose shows every finding.",
    Over.RECORDS: "Explain or follow up every hit, gravest first: {}. --verbose shows the records of each.",
    Over.PERIOD: "Explain or put right what failed, in the order above. --verbose shows every finding.",
}


def _for_exceptions(assessment: Assessment) -> list[str]:
    """What to do about waivers that no longer count and attestations that are overdue."""
    used = assessment.exceptions
    overdue = [use.attestation for use in used.attestations if use.in_force is InForce.EXPIRED]
    steps = [f"Renew or remove waivers: {'; '.join(used.faults)}."] if used.faults else []
    if overdue:
        named = ", ".join(f"{each.framework} {each.control}" for each in overdue)
        steps.append(f"Have these controls attested again, the attestation is overdue: {named}.")
    return [visible(step) for step in steps]


def _for_manual(assessment: Assessment) -> list[str]:
    manual: dict[str, int] = {}
    for control in assessment.controls:
        if control.outcome is Outcome.MANUAL and control.attested not in {InForce.YES, InForce.EXPIRED}:
            manual[control.framework] = manual.get(control.framework, 0) + 1
    if not manual:
        return []
    named = ", ".join(f"{number} of {framework}" for framework, number in manual.items())
    return [visible(f"Have a person judge the controls that rules cannot: {named}.")]
