"""The words and the choice of what is told of a comparison, the same at a terminal and on a page."""

from collections.abc import Mapping, Sequence

from reports.comparison.comparing import Change, Comparison, FindingPair
from reports.wording import OUTCOME_WORDS
from scanner.model import ControlResult, Outcome

HEADINGS: Mapping[Change, str] = {
    Change.NEW: "Fails now and did not before",
    Change.UNWAIVED: "Fails as before, and no waiver covers it any longer",
    Change.LOST: "Out of sight: was judged before, and nothing is known of it now",
    Change.FIXED: "Failed before and passes now",
    Change.GONE: "Failed before and is no longer there",
    Change.CHANGED: "Another verdict or another reason",
    Change.ADDED: "Cannot be judged, and was not judged before",
}
"""The heading of each kind of change that is told one by one, the worst first."""

COUNTED: Mapping[Change, str] = {
    Change.NEW: "fail now and did not before",
    Change.UNWAIVED: "fail as before and are no longer waived",
    Change.LOST: "were judged before and are out of sight now",
    Change.FIXED: "failed before and pass now",
    Change.GONE: "were there before and are not now",
    Change.CHANGED: "have another verdict or another reason",
    Change.ADDED: "were not judged before and do not fail",
    Change.SAME: "are the same",
}
"""What a count of each kind of change says, after the number."""


_ONE: Mapping[Change, str] = {
    Change.NEW: "fails now and did not before",
    Change.UNWAIVED: "fails as before and is no longer waived",
    Change.LOST: "was judged before and is out of sight now",
    Change.FIXED: "failed before and passes now",
    Change.GONE: "was there before and is not now",
    Change.CHANGED: "has another verdict or another reason",
    Change.ADDED: "was not judged before and does not fail",
    Change.SAME: "is the same",
}


def counted(change: Change, number: int) -> str:
    """What is said of a number of findings that became one thing, after the number."""
    return _ONE[change] if number == 1 else COUNTED[change]


def told(comparison: Comparison, change: Change) -> Sequence[FindingPair]:
    """The findings of a section: what is gone or added and does not fail, or passes as before, is only counted."""
    found = comparison.of(change)
    if change is Change.GONE:
        return [pair for pair in found if pair.before is not None and pair.before.outcome is Outcome.FAIL]
    if change is Change.CHANGED:
        return [pair for pair in found if not _passes_twice(pair)]
    if change is Change.ADDED:
        return [pair for pair in found if pair.shown.outcome is Outcome.UNKNOWN]
    return found


def _passes_twice(pair: FindingPair) -> bool:
    return all(finding is not None and finding.outcome is Outcome.PASS for finding in (pair.before, pair.after))


def reasons(pair: FindingPair) -> list[str]:
    """Why a finding is taken for what it became, and what the newer verdict rests on; each once."""
    why = pair.why if pair.change in {Change.LOST, Change.GONE, Change.UNWAIVED} or not pair.before else ""
    parts = (why, "" if pair.change in {Change.LOST, Change.GONE} else pair.shown.reason)
    return [part for part in dict.fromkeys(parts) if part]


def control_state(control: ControlResult | None) -> str:
    """What became of a control, in words; None where it is not listed."""
    if control is None:
        return "not listed"
    waived = ", waived" if control.waived else ""
    attested = "" if control.attested is None else f", attestation {control.attested}"
    return f"{OUTCOME_WORDS[control.outcome]}{waived}{attested}"
