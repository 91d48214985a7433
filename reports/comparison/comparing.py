"""What became of every finding between an older assessment and a newer one.

A failure counts as fixed only when the same rule passes on the same resource. Where the newer assessment could not
look, or was not asked to, nothing is known: that is told as a loss of sight, whatever the verdict was before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest

from reports.comparison.settings import SetupChange, setups
from reports.comparison.sides import Side
from scanner.model import Assessment, ControlResult, Finding, Gate, LogRun, Outcome, RuleId

Key = tuple[str, str, str, str]
"""Rule, account, Region and resource: what a finding is told apart by."""


class Change(StrEnum):
    """What became of a finding, the worst first."""

    NEW = "new"
    """Fails now and did not fail before: it passed, was not judged, or was not there."""
    UNWAIVED = "unwaived"
    """Failed before as now, and the waiver that covered it does so no longer."""
    LOST = "lost"
    """Was judged before and is not now: nothing is known of it."""
    FIXED = "fixed"
    """Failed before and passes now."""
    GONE = "gone"
    """Was judged before; the newer assessment looked there and the resource is no longer among what it found."""
    CHANGED = "changed"
    """Has another verdict or another reason."""
    ADDED = "added"
    """Was not judged before, and does not fail."""
    SAME = "same"


@dataclass(frozen=True, slots=True)
class FindingPair:
    """One finding before and after (None where there is none), what became of it, and why it is taken for that."""

    change: Change
    before: Finding | None
    after: Finding | None
    why: str = ""

    @property
    def shown(self) -> Finding:
        """The newer of the two."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a pair has at least one finding")
        return found

    def stops(self, gate: Gate) -> bool:
        """Whether it is worse than before and nothing lets a gate pass over it."""
        worse = self.change in {Change.NEW, Change.UNWAIVED}
        return worse and self.after is not None and not self.after.passed_over(gate)


@dataclass(frozen=True, slots=True)
class ControlPair:
    """A control whose outcome changed, or that only one of the two assessments lists."""

    before: ControlResult | None
    after: ControlResult | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two assessments. ``pairs`` are all findings, those that are the same too."""

    old: Assessment
    new: Assessment
    pairs: tuple[FindingPair, ...]
    controls: tuple[ControlPair, ...]
    setups: tuple[SetupChange, ...]

    def of(self, change: Change) -> list[FindingPair]:
        """The findings that became this."""
        return [pair for pair in self.pairs if pair.change is change]

    @property
    def out_of_sight(self) -> list[FindingPair]:
        """What was judged before and is not now, and what appeared and could not be judged."""
        return [pair for pair in self.pairs if pair.change is Change.LOST or _appeared_unknown(pair)]

    @property
    def swapped(self) -> bool:
        """Whether the newer assessment is of older evidence."""
        return self.new.run.collected.started < self.old.run.collected.started


def _appeared_unknown(pair: FindingPair) -> bool:
    return pair.change is Change.ADDED and pair.shown.outcome is Outcome.UNKNOWN


def compare(old: Side, new: Side) -> Comparison:
    """Compare two assessments, of configuration both or of log records both."""
    before, after = _by_key(old.assessment.findings), _by_key(new.assessment.findings)
    sight = _Sight(old.assessment, new.assessment)
    pairs = []
    for key in sorted({*before, *after}):
        for one, other in zip_longest(before.get(key, ()), after.get(key, ())):
            pairs.append(_pair(one, other, sight))
    return Comparison(
        old.assessment,
        new.assessment,
        tuple(pairs),
        _controls(old.assessment.controls, new.assessment.controls),
        setups(old, new),
    )


def _by_key(findings: Iterable[Finding]) -> dict[Key, list[Finding]]:
    """The findings of each key, the worst first."""
    found: dict[Key, list[Finding]] = {}
    for item in findings:
        found.setdefault((item.rule, item.account, item.region, item.resource), []).append(item)
    for alike in found.values():
        alike.sort(key=lambda item: (_WORST.index(item.outcome), item.reason))
    return found


_WORST = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.MANUAL)


class _Sight:
    """What each of the two assessments looked at."""

    def __init__(self, old: Assessment, new: Assessment) -> None:
        self._old, self._new = old, new
        self._unknown_before, self._unknown_now = _unknown(old), _unknown(new)

    def lost(self, finding: Finding) -> str:
        """Why nothing is known now of what ``finding`` was about ("" when the newer assessment looked there)."""
        if reason := _not_looked(self._new, self._old, finding, "this time"):
            return reason
        # The list that it was found on may be what could not be read, so an unknown of another resource counts too.
        unknown = _beside(finding, self._unknown_now)
        return f"it was not found, and the rule could not look everywhere: {unknown.reason}" if unknown else ""

    def first(self, finding: Finding) -> str:
        """Why there is nothing older to compare ``finding`` with."""
        if reason := _not_looked(self._old, self._new, finding, "before"):
            return reason
        unknown = _beside(finding, self._unknown_before)
        return "the rule could not look everywhere before" if unknown else "it was not there before"


def _unknown(assessment: Assessment) -> Mapping[RuleId, Sequence[Finding]]:
    found: dict[RuleId, list[Finding]] = {}
    for item in assessment.findings:
        if item.outcome is Outcome.UNKNOWN:
            found.setdefault(item.rule, []).append(item)
    return found


def _beside(finding: Finding, unknown: Mapping[RuleId, Sequence[Finding]]) -> Finding | None:
    """An unknown verdict of the same rule that may hide the resource of ``finding``, of whichever account."""
    alike = unknown.get(finding.rule, ())
    return next((item for item in alike if item.region == finding.region or not (item.region and finding.region)), None)


def _not_looked(assessment: Assessment, other: Assessment, finding: Finding, when: str) -> str:
    """Why an assessment did not look at what the ``other`` one judged ("" when it did)."""
    run, account = assessment.run, finding.account
    if finding.rule not in run.rules:
        return f"the rule was not judged {when}"
    if isinstance(run, LogRun):
        return "" if account in {"", *run.accounts} else f"no record of its account was read {when}"
    scope = run.accounts.get(account)
    if scope is None:
        # The owner of a bucket, a key or a topic need not be in scope: then it is in that of neither.
        return f"its account was not in scope {when}" if account in other.run.account_ids else ""
    if scope.reason:
        return f"nothing of its account could be looked at {when}: {scope.reason}"
    return "" if finding.region in {"", *scope.regions} else f"its Region was not in scope {when}"


def _pair(before: Finding | None, after: Finding | None, sight: _Sight) -> FindingPair:
    if before is None:
        return _appeared(after, sight)
    if after is None:
        return _disappeared(before, sight)
    was, now = before.outcome, after.outcome
    if now is Outcome.FAIL and was is not Outcome.FAIL:
        return FindingPair(Change.NEW, before, after)
    if now is Outcome.UNKNOWN and was is not Outcome.UNKNOWN:
        return FindingPair(Change.LOST, before, after, after.reason)
    if was is Outcome.FAIL and now is Outcome.PASS:
        return FindingPair(Change.FIXED, before, after)
    if now is Outcome.FAIL and before.waiver and not after.waiver:
        return FindingPair(Change.UNWAIVED, before, after, f"waiver {before.waiver} covered it before")
    same = (was, before.reason, before.waiver) == (now, after.reason, after.waiver)
    return FindingPair(Change.SAME if same else Change.CHANGED, before, after)


def _appeared(after: Finding | None, sight: _Sight) -> FindingPair:
    if after is None:
        raise ValueError("a pair has at least one finding")
    change = Change.NEW if after.outcome is Outcome.FAIL else Change.ADDED
    return FindingPair(change, None, after, sight.first(after))


def _disappeared(before: Finding, sight: _Sight) -> FindingPair:
    why = sight.lost(before)
    if before.outcome in {Outcome.PASS, Outcome.FAIL}:
        return FindingPair(Change.LOST if why else Change.GONE, before, None, why or "it is no longer there")
    # It said that there was nothing to judge, or that nothing was known: neither can be lost.
    return FindingPair(Change.CHANGED if why else Change.GONE, before, None, why)


def _controls(old: Sequence[ControlResult], new: Sequence[ControlResult]) -> tuple[ControlPair, ...]:
    before, after = _named(old), _named(new)
    pairs = (ControlPair(before.get(name), after.get(name)) for name in {**before, **after})
    return tuple(pair for pair in pairs if _state(pair.before) != _state(pair.after))


def _named(controls: Iterable[ControlResult]) -> Mapping[tuple[str, str], ControlResult]:
    return {(control.framework, control.id): control for control in controls}


def _state(control: ControlResult | None) -> object:
    return None if control is None else (control.outcome, control.waived, control.attested)
