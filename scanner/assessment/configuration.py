"""Findings × frameworks → the assessment every report is made from."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, groupby
from operator import attrgetter
from typing import Any

from scanner import __version__
from scanner.model import (
    AccountScope,
    Assessment,
    Caller,
    CallKey,
    Collected,
    Control,
    ControlResult,
    Coverage,
    DeclaredRoute,
    Evidence,
    EvidenceId,
    Finding,
    Framework,
    FrameworkVersion,
    Gap,
    GapKind,
    Origin,
    Outcome,
    Rule,
    RuleId,
    ScanRun,
    Setting,
    StatedRoute,
    Summary,
    Tool,
    declared_in,
    worst_outcome,
)
from scanner.model.packed import Derived, Packed
from scanner.snapshot.answers import Call, Snapshot, refusals
from scanner.snapshot.call_index import CallIndex
from scanner.snapshot.run_json import JOINED, redacted_in


def assess(
    snapshot: Snapshot,
    rules: Sequence[Rule],
    frameworks: Sequence[Framework],
    findings: Iterable[Finding],
    settings: Sequence[Setting] = (),
) -> Assessment:
    """Number the evidence, attach it to the findings and give every control its outcome.

    A control is as good as the worst finding of its rules; one without rules is ``manual``. Only what was asked
    of the snapshot enters: two machines that assess the same snapshot get the same assessment. ``settings`` are the
    parameters in force; those left out have the rules' defaults.
    """
    frameworks = sorted(frameworks, key=lambda framework: framework.id)
    evidence = _evidence(snapshot.calls)
    told = _Told(snapshot.index)
    numbered: Sequence[Finding]
    if snapshot.index.is_packed:
        # Findings come by account: each account's are packed when they are all there.
        numbered = Packed(tuple(found) for _, found in groupby(map(told.numbered, findings), attrgetter("account")))
    else:
        numbered = tuple(map(told.numbered, findings))
    controls = tuple(
        _judge_control(control, told.outcomes) for framework in frameworks for control in framework.controls
    )
    gaps = (*_gaps(snapshot), *_in_answers(told.wanted, snapshot), *_never_made(told.wanted, snapshot))
    return Assessment(
        run=_run(snapshot, rules, frameworks, settings),
        rules=tuple(sorted(rules, key=lambda rule: rule.id)),
        findings=numbered,
        controls=controls,
        gaps=gaps,
        evidence=evidence,
        summary=summary(numbered, controls, gaps, evidence),
    )


def _evidence(calls: Sequence[Call]) -> Sequence[Evidence]:
    if isinstance(calls, tuple):
        return tuple(_as_evidence(number, call) for number, call in enumerate(calls, start=1))
    return Derived(calls, _as_evidence)


def _as_evidence(number: int, call: Call) -> Evidence:
    return Evidence(
        id=_evidence_id(number),
        key=call.key,
        file=call.file,
        sha256=call.sha256,
        bytes=call.bytes,
        started=call.started,
        request_ids=call.request_ids,
        error=call.error.code if call.error else "",
    )


def _evidence_id(number: int) -> EvidenceId:
    return EvidenceId(f"EV-{number:04d}")


class _Told:
    """What the findings tell between them, noted while they pass by: outcomes by rule, and what unknown ones want."""

    def __init__(self, index: CallIndex[Call]) -> None:
        self._index = index
        self.outcomes: dict[RuleId, set[Outcome]] = {}
        self.wanted: set[CallKey] = set()

    def numbered(self, finding: Finding) -> Finding:
        """The finding with its sources ordered by evidence number; calls that were never made have none."""
        self.outcomes.setdefault(finding.rule, set()).add(finding.outcome)
        if finding.outcome is Outcome.UNKNOWN:
            self.wanted.update(source.call for source in finding.sources)
        numbers = {source: self._index.number(source.call) for source in finding.sources}
        made = (source for source, number in numbers.items() if number)
        # As texts, which puts EV-10000 before EV-9999: so it has always been.
        sources = sorted(made, key=lambda source: (_evidence_id(numbers[source]), source.pointer))
        cited = dict.fromkeys(_evidence_id(numbers[source]) for source in sources)
        return replace(finding, sources=tuple(sources), evidence=tuple(cited))


def _judge_control(control: Control, outcomes: Mapping[RuleId, set[Outcome]]) -> ControlResult:
    """As good as the worst finding; a rule of the control that was not judged leaves it unknown at best."""
    relevant = [outcomes.get(rule, set()) for rule in control.rules]
    outcome = worst_of(chain.from_iterable(relevant), some_missing=not all(relevant))
    if control.coverage is Coverage.MANUAL:
        outcome = Outcome.MANUAL
    return ControlResult(
        framework=control.framework,
        id=control.id,
        title=control.title,
        coverage=control.coverage,
        outcome=outcome,
        notes=control.notes,
        rules=control.rules,
    )


def worst_of(outcomes: Iterable[Outcome], *, some_missing: bool) -> Outcome:
    """The worst outcome, at best unknown when something was not judged; manual when there is none."""
    return worst_outcome([*outcomes, *([Outcome.UNKNOWN] if some_missing else [])]) or Outcome.MANUAL


def _gaps(snapshot: Snapshot) -> tuple[Gap, ...]:
    gaps = list(refusals(snapshot.calls))
    for account in snapshot.accounts:
        skipped = snapshot.run["scope"]["accounts"][account].get("skipped", {})
        gaps.extend(
            Gap(
                key=CallKey(account, region, ""), kind=GapKind.REGION_OFF, reason=f"Region {region} was left out: {why}"
            )
            for region, why in sorted(skipped.items())
        )
    for account, why in sorted(snapshot.passed_over.items()):
        reason = f"Account {account} was left out: {why}"
        gaps.append(Gap(key=CallKey(account, "", ""), kind=GapKind.OUT_OF_SCOPE, reason=reason))
    return tuple(gaps)


def _in_answers(wanted: Collection[CallKey], snapshot: Snapshot) -> Iterator[Gap]:
    """A gap for every place that is malformed or not known in an answer that an unknown finding rests on."""
    for key in sorted(wanted):
        call = snapshot.index.get(key)
        if call is not None and call.error is None:
            yield from snapshot.answer(key).gaps


def _never_made(wanted: Collection[CallKey], snapshot: Snapshot) -> Iterator[Gap]:
    """A gap for every call that an unknown finding wanted and the snapshot does not hold."""
    chosen = (snapshot.run["scope"].get("asked") or {}).get("regions") != "enabled"
    for key in sorted(key for key in wanted if not snapshot.index.number(key)):
        elsewhere = not key.region
        where = f"in {key.account} outside the Regions in scope" if elsewhere else f"in {key.account}/{key.region}"
        left_out = elsewhere and chosen and key.account in snapshot.accounts and snapshot.regions(key.account)
        kind = GapKind.OUT_OF_SCOPE if left_out else GapKind.NOT_COLLECTED
        yield Gap(key=key, kind=kind, reason=f"{key.operation} {where} was not collected")


def _run(
    snapshot: Snapshot, rules: Sequence[Rule], frameworks: Sequence[Framework], settings: Sequence[Setting]
) -> ScanRun:
    """Who, when, scope, versions and parameters; nothing of the machine that assesses."""
    run = snapshot.run
    declared = [_stated(route, snapshot) for route in declared_in(rules)]
    return ScanRun(
        tool=this_tool(),
        collected=Collected(
            started=run["started"],
            finished=run.get("finished", ""),
            tool=_tool(run.get("tool", {})),
            dependencies=run.get("dependencies", {}),
        ),
        caller=_caller(run.get("caller", {})),
        partition=snapshot.partition,
        accounts=_accounts(run["scope"]["accounts"]),
        asked=run["scope"].get("asked"),
        skipped=snapshot.passed_over,
        frameworks=framework_versions(frameworks),
        rules=tuple(sorted(rule.id for rule in rules)),
        settings=settings_in_force(rules, settings),
        declared=tuple(declared),
        redacted=redacted_in(run),
    )


def _stated(route: DeclaredRoute, snapshot: Snapshot) -> StatedRoute:
    attestation = route.attestation
    return StatedRoute(
        id=route.id,
        through=str(route.through),
        watched_by=route.watched_by,
        owner=attestation.owner,
        proof=attestation.proofs,
        reviewed=attestation.reviewed.isoformat(),
        expires=attestation.expires.isoformat(),
        counts=attestation.counts(snapshot.collected_at.date()),
    )


def this_tool() -> Tool:
    """Trailwitness in its version."""
    return Tool("trailwitness", __version__)


def _accounts(stated: Mapping[str, Any]) -> dict[str, AccountScope]:
    return {
        account: AccountScope(
            regions=tuple(scope["regions"]),
            skipped=scope.get("skipped", {}),
            reason=str(scope.get("reason", "")),
            joined=str(scope.get(JOINED, "")),
        )
        for account, scope in stated.items()
    }


def _tool(stated: Mapping[str, str]) -> Tool:
    return Tool(stated.get("name", ""), stated.get("version", ""))


def _caller(stated: Mapping[str, str]) -> Caller:
    return Caller(stated.get("account", ""), stated.get("arn", ""), stated.get("user_id", ""))


def framework_versions(frameworks: Iterable[Framework]) -> tuple[FrameworkVersion, ...]:
    """The frameworks without their controls."""
    return tuple(FrameworkVersion(item.id, item.title, item.version) for item in frameworks)


def settings_in_force(rules: Sequence[Rule], settings: Sequence[Setting]) -> tuple[Setting, ...]:
    """Every parameter of every rule, by rule, with its value and where that came from."""
    stated = {(setting.rule, setting.name): setting for setting in settings}
    in_force: list[Setting] = []
    for rule in sorted(rules, key=lambda rule: rule.id):
        for parameter in rule.parameters:
            default = Setting(rule.id, parameter.name, parameter.default, Origin.DEFAULT)
            in_force.append(stated.get((rule.id, parameter.name), default))
    return tuple(in_force)


def summary(
    findings: Sequence[Finding],
    controls: Sequence[ControlResult],
    gaps: Sequence[Gap],
    evidence: Sequence[Evidence],
    records: int | None = None,
) -> Summary:
    """Counts that reconcile with the lists of the assessment; ``records`` is how many log records were read."""
    found = Counter(finding.outcome for finding in findings)
    by_framework: dict[str, dict[Outcome, int]] = {}
    for control in controls:
        counts = by_framework.setdefault(control.framework, dict.fromkeys(Outcome, 0))
        counts[control.outcome] += 1
    judged = (Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE)
    return Summary(
        findings={outcome: found[outcome] for outcome in judged},
        controls=by_framework,
        calls=len(evidence),
        gaps=len(gaps),
        records=records,
    )
