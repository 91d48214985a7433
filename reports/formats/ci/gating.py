"""What the findings are to a gate, in words: what stops it, what it passes over, and the one line that says so."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reports.wording import OUTCOME_ORDER, OUTCOME_WORDS
from scanner.model import Assessment, Finding, Gate, Outcome
from scanner.model.packed import Long

EVERYTHING = Gate()
"""The gate that every failure and every unknown stops."""


class Chosen(Long[Finding]):
    """Some of the findings, chosen anew each time they are passed over: those of thousands of accounts are not held."""

    def __init__(self, findings: Sequence[Finding], wanted: Callable[[Finding], bool]) -> None:
        self._findings, self._wanted = findings, wanted

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[Finding]:
        return filter(self._wanted, self._findings)


def stopping(findings: Sequence[Finding], gate: Gate) -> Chosen:
    """The failures and unknown verdicts that stop a gate."""
    wanted = {Outcome.FAIL, Outcome.UNKNOWN}
    return Chosen(findings, lambda finding: finding.outcome in wanted and not finding.passed_over(gate))


def below_the_bar(findings: Sequence[Finding], gate: Gate) -> Chosen:
    """What a gate passes over although no waiver covers it and no baseline knows it."""
    return Chosen(
        findings, lambda finding: bool(finding.passed_over(gate)) and not finding.waiver and not finding.known
    )


class Verdict(StrEnum):
    """The verdict on a whole run, as a word."""

    FAILED = "failed"
    INCOMPLETE = "incomplete"
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Headline:
    """The verdict on a whole run, and the sentence that says why."""

    verdict: Verdict
    why: str


def headline(assessment: Assessment, gate: Gate, incomplete: str) -> Headline:
    """What a reader is told first; ``incomplete`` is that of a ``GatedWriter``."""
    stops = Counter(finding.outcome for finding in stopping(assessment.findings, gate))
    faults = assessment.exceptions.faults
    if failed := stops[Outcome.FAIL]:
        told = "1 failure stops the gate" if failed == 1 else f"{failed} failures stop the gate"
        return Headline(Verdict.FAILED, f"{'; '.join([told, *faults])}.")
    if faults:
        return Headline(Verdict.FAILED, f"No finding stops the gate, but {'; '.join(faults)}.")
    if incomplete:
        return Headline(Verdict.INCOMPLETE, incomplete)
    if unknown := stops[Outcome.UNKNOWN]:
        told = f"{unknown} {'finding' if unknown == 1 else 'findings'} could not be judged"
        return Headline(Verdict.INCOMPLETE, f"Nothing failed that stops the gate, but {told}. This is not a pass.")
    if not any(item.outcome in {Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN} for item in assessment.findings):
        return Headline(Verdict.INCOMPLETE, "Nothing was judged. This is not a pass.")
    return _nothing_stops(assessment)


def _nothing_stops(assessment: Assessment) -> Headline:
    """What is passed over is told: a gate that lets unknown verdicts pass has not made passes of them."""
    totals = Counter(finding.outcome for finding in assessment.findings)
    # A Region that is not enabled is out of scope, and its gap names no operation.
    if totals[Outcome.UNKNOWN] or any(gap.operation for gap in assessment.gaps):
        why = "Nothing stops the gate, but not everything could be judged. This is not a pass."
        return Headline(Verdict.INCOMPLETE, why)
    if failed := totals[Outcome.FAIL]:
        over = "1 failure is passed over" if failed == 1 else f"{failed} failures are passed over"
        return Headline(Verdict.PASSED, f"Nothing stops the gate; {over}.")
    return Headline(Verdict.PASSED, "Nothing failed.")


def counts(outcomes: Mapping[Outcome, int]) -> str:
    """``2 fail, 0 unknown, 9 pass, 1 not applicable``."""
    return ", ".join(
        f"{outcomes.get(outcome, 0)} {OUTCOME_WORDS[outcome]}"
        for outcome in OUTCOME_ORDER
        if outcome is not Outcome.MANUAL
    )


def some(names: Sequence[str], most: int) -> str:
    """The first of some names, and how many there are beside them."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
