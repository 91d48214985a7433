"""What the findings are to a gate, in words: what stops it, what it passes over, and the one line that says so."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from reports.wording import OUTCOME_ORDER, OUTCOME_WORDS
from scanner.model import Assessment, Finding, Gate, Outcome
from scanner.model.packed import Long

EVERYTHING = Gate()
"""The gate that every failure and every unknown stops."""

_OPEN = frozenset({Outcome.FAIL, Outcome.UNKNOWN})


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
    return Chosen(findings, lambda finding: finding.outcome in _OPEN and not finding.passed_over(gate))


def below_the_bar(findings: Sequence[Finding], gate: Gate) -> Chosen:
    """What a gate passes over although no waiver covers it and no baseline knows it."""
    return Chosen(findings, lambda finding: _below_the_bar(finding, gate))


def _below_the_bar(finding: Finding, gate: Gate) -> bool:
    return bool(finding.passed_over(gate)) and not finding.waiver and not finding.known


@dataclass(slots=True)
class Totals:
    """How many findings there are of each outcome: in all, that stop the gate, and that it passes over for its bar.

    ``waived`` are by the waiver that covers them, ``known`` those that the baseline knows.
    """

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    stops: Counter[Outcome] = field(default_factory=Counter)
    below: Counter[Outcome] = field(default_factory=Counter)
    waived: Counter[str] = field(default_factory=Counter)
    known: int = 0

    @classmethod
    def of(cls, findings: Sequence[Finding], gate: Gate) -> Self:
        """The totals of some findings, which are passed over once."""
        told = cls()
        for finding in findings:
            told.outcomes[finding.outcome] += 1
            if finding.outcome in _OPEN:
                told.stops[finding.outcome] += not finding.passed_over(gate)
                told.below[finding.outcome] += _below_the_bar(finding, gate)
            if finding.waiver:
                told.waived[finding.waiver] += 1
            told.known += finding.known
        return told


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


def headline(assessment: Assessment, totals: Totals, incomplete: str) -> Headline:
    """What a reader is told first; ``incomplete`` is that of a ``GatedWriter``."""
    faults = assessment.exceptions.faults
    if failed := totals.stops[Outcome.FAIL]:
        told = "1 failure stops the gate" if failed == 1 else f"{failed} failures stop the gate"
        return Headline(Verdict.FAILED, f"{'; '.join([told, *faults])}.")
    if faults:
        return Headline(Verdict.FAILED, f"No failure stops the gate, but {'; '.join(faults)}.")
    if incomplete:
        return Headline(Verdict.INCOMPLETE, incomplete)
    if unknown := totals.stops[Outcome.UNKNOWN]:
        told = f"{unknown} {'finding' if unknown == 1 else 'findings'} could not be judged"
        return Headline(Verdict.INCOMPLETE, f"Nothing failed that stops the gate, but {told}. This is not a pass.")
    if not any(totals.outcomes[outcome] for outcome in (Outcome.PASS, *_OPEN)):
        return Headline(Verdict.INCOMPLETE, "Nothing was judged. This is not a pass.")
    return _nothing_stops(assessment, totals)


def _nothing_stops(assessment: Assessment, totals: Totals) -> Headline:
    """What is passed over is told: a gate that lets unknown verdicts pass has not made passes of them."""
    # A Region that is not enabled is out of scope, and its gap names no operation.
    if totals.outcomes[Outcome.UNKNOWN] or any(gap.operation for gap in assessment.gaps):
        why = "Nothing stops the gate, but not everything could be judged. This is not a pass."
        return Headline(Verdict.INCOMPLETE, why)
    if failed := totals.outcomes[Outcome.FAIL]:
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
