"""Lays what people state beside the evidence over an assessment: waivers, attestations and a baseline.

Verdicts stay as they are. Everything is judged as of the day of the evidence, so that a bundle gives the same
assessment whenever it is judged again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from scanner.model import (
    Assessment,
    AttestationUse,
    Baseline,
    BaselineUse,
    ControlResult,
    Coverage,
    Exceptions,
    ExceptionsUsed,
    Finding,
    InForce,
    KnownFailure,
    LogRun,
    Outcome,
    RuleId,
    ScanRun,
    Waiver,
    WaiverScope,
    WaiverUse,
)
from scanner.model.packed import Derived
from scanner.texts.globs import glob_match


def with_exceptions(assessment: Assessment, exceptions: Exceptions, day: date) -> Assessment:
    """The assessment with every failure marked that a waiver covers or a baseline knows, on a day."""
    if not (exceptions.waivers or exceptions.attestations or exceptions.baseline):
        return assessment
    marking = _Marking(exceptions, day)
    for finding in assessment.findings:
        marking.count(finding)
    findings: Sequence[Finding]
    if isinstance(assessment.findings, tuple):
        findings = tuple(map(marking.marked, assessment.findings))
    else:
        findings = Derived(assessment.findings, lambda _, finding: marking.marked(finding))
    waivers = [
        WaiverUse(item, item.in_force(day), marking.covered[item.id], _concerns(item, assessment.run))
        for item in exceptions.waivers
    ]
    attestations = [AttestationUse(item, item.in_force(day)) for item in exceptions.attestations]
    baseline = None if exceptions.baseline is None else _used(exceptions.baseline, marking, assessment.run)
    used = ExceptionsUsed(tuple(waivers), tuple(attestations), baseline)
    stated = {(use.attestation.framework, use.attestation.control): use.in_force for use in used.attestations}
    controls = tuple(
        _control(control, marking, stated.get((control.framework, control.id))) for control in assessment.controls
    )
    return replace(assessment, findings=findings, controls=controls, exceptions=used)


def failure_of(finding: Finding) -> KnownFailure:
    """What tells a failure from others, as a baseline keeps it: neither its text nor its number."""
    return KnownFailure(finding.rule, finding.account, finding.region, finding.resource)


def was_judged(failure: KnownFailure, run: ScanRun | LogRun) -> bool:
    """Whether a run looked where a failure was: what another account, Region or rule holds is not gone."""
    if failure.rule not in run.rules or failure.account not in run.account_ids:
        return False
    return isinstance(run, LogRun) or failure.region in {"", *run.accounts[failure.account].regions}


def _concerns(waiver: Waiver, run: ScanRun | LogRun) -> bool:
    """Whether a run judged what a waiver is for; one for other accounts, Regions or rules is idle there, not wrong."""
    accounts = [account for account in run.account_ids if _matches(waiver.scope.accounts, account)]
    if waiver.rule not in run.rules or not accounts:
        return False
    if isinstance(run, LogRun):
        return True
    looked_at = {""}.union(*(run.accounts[account].regions for account in accounts))
    return any(_matches(waiver.scope.regions, region) for region in looked_at)


class _Marking:
    """Marks failures, and counts what waivers cover and a baseline knows.

    Only failures are marked: what could not be judged never hides behind an exception. Where several waivers cover a
    failure, the first of the file is named, and it counts for all of them. ``told`` are the rules that say something,
    ``open`` those of them with a failure that no waiver covers, or with something that could not be judged, and
    ``unknown`` is where a failure may be that could not be looked at.
    """

    def __init__(self, exceptions: Exceptions, day: date) -> None:
        self.covered: Counter[str] = Counter()
        self.known: Counter[KnownFailure] = Counter()
        self.told: set[RuleId] = set()
        self.open: set[RuleId] = set()
        self.unknown: set[KnownFailure] = set()
        self._waivers: dict[RuleId, list[Waiver]] = {}
        for waiver in exceptions.waivers:
            if waiver.in_force(day) is InForce.YES:
                self._waivers.setdefault(waiver.rule, []).append(waiver)
        self._baseline = exceptions.baseline.known if exceptions.baseline is not None else frozenset()

    def count(self, finding: Finding) -> None:
        """Note a finding among what the exceptions are found to be good for."""
        self.told.add(finding.rule)
        if finding.outcome is Outcome.UNKNOWN:
            self.unknown.add(failure_of(finding))
            self.open.add(finding.rule)
        if finding.outcome is not Outcome.FAIL:
            return
        covering = self._covering(finding)
        self.covered.update(covering)
        if not covering:
            self.open.add(finding.rule)
        if (failure := failure_of(finding)) in self._baseline:
            self.known[failure] += 1

    def marked(self, finding: Finding) -> Finding:
        """The finding as it is told."""
        if finding.outcome is not Outcome.FAIL:
            return finding
        waiver = next(iter(self._covering(finding)), "")
        known = failure_of(finding) in self._baseline
        return replace(finding, waiver=waiver, known=known) if waiver or known else finding

    def _covering(self, finding: Finding) -> list[str]:
        return [waiver.id for waiver in self._waivers.get(finding.rule, ()) if _lies_in(waiver.scope, finding)]


def _lies_in(scope: WaiverScope, finding: Finding) -> bool:
    """Whether a finding lies in the scope of a waiver; one about a whole account has the Region ""."""
    return (
        _matches(scope.accounts, finding.account)
        and _matches(scope.regions, finding.region)
        and _matches(scope.resources, finding.resource)
    )


def _matches(globs: Sequence[str], value: str) -> bool:
    return any(glob_match(glob, value) for glob in globs)


def _used(baseline: Baseline, marking: _Marking, run: ScanRun | LogRun) -> BaselineUse:
    """What became of a baseline; only what was judged here and is known not to fail any more is gone."""
    missing = baseline.known - marking.known.keys() - marking.unknown
    gone = sorted((item for item in missing if was_judged(item, run)), key=_place)
    return BaselineUse(
        accounts=baseline.accounts,
        made=baseline.made,
        size=len(baseline.known),
        findings=marking.known.total(),
        gone=tuple(gone),
    )


def _place(failure: KnownFailure) -> tuple[str, str, str, str]:
    return failure.account, failure.rule, failure.region, failure.resource


def _control(control: ControlResult, marking: _Marking, attested: InForce | None) -> ControlResult:
    """The control as it is told. It is waived where nothing but what waivers cover keeps it from passing."""
    settled = marking.told - marking.open
    waived = control.outcome is Outcome.FAIL and settled.issuperset(control.rules)
    told = attested if control.coverage is not Coverage.FULL else None
    return replace(control, waived=waived, attested=told) if waived or told is not None else control
