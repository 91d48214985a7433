"""A period judged: configuration, log records and the evidence of the period, put together as one assessment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from pathlib import Path

from scanner.assessment.configuration import settings_in_force, summary, worst_of
from scanner.assessment.exceptions import with_exceptions
from scanner.assessment.logs import LogReading
from scanner.checks.period import judge_all
from scanner.model import (
    Assessment,
    CallKey,
    Control,
    ControlResult,
    Coverage,
    Evidence,
    EvidenceId,
    Finding,
    Framework,
    Gap,
    GapKind,
    Gathered,
    JsonValue,
    LogRun,
    Outcome,
    Over,
    PeriodCheck,
    PeriodRun,
    Rule,
    RuleId,
    ScanRun,
    Source,
)
from scanner.period.evidence import Part, PeriodEvidence
from scanner.period.measures import MEASURES
from scanner.runs.configuration import judge
from scanner.runs.over_logs.evidence import assess_records, read_records
from scanner.runs.periods.alarms import alarms_of
from scanner.runs.periods.configurations import Configurations
from scanner.runs.periods.copies import COPY, check_copies, copied_sources, place_of
from scanner.runs.periods.evidence_buckets import stores_of
from scanner.runs.periods.gathering import KEYS, LISTING, STARTS, STATEMENTS, ReadLogs, gathered
from scanner.runs.periods.held import held_over
from scanner.runs.periods.inputs import Inputs
from scanner.runs.periods.replays import replayed
from scanner.runs.periods.reviews.known import reviews_of
from scanner.runs.selection import Selection
from scanner.runs.watching import Watch, unwatched
from scanner.times import rfc3339


@dataclass(frozen=True, slots=True)
class PeriodJudgement:
    """An assessment of a period with what it rests on; ``replay`` is the whole of it (None: there is none)."""

    assessment: Assessment
    evidence: PeriodEvidence
    inputs: Inputs
    selection: Selection
    replay: JsonValue = None


def assess_period(inputs: Inputs, selection: Selection, workers: int = 1, watch: Watch = unwatched) -> PeriodJudgement:
    """Judge everything of a period: a pure function of the files that are named.

    Raises UsageError for inputs that cannot be used, and SnapshotError for a bundle that is not whole.
    """
    check_copies(inputs)
    configured = judge(inputs.newest.snapshot, _only(selection, Over.FACTS))
    logs, recorded = _records(inputs, _only(selection, Over.RECORDS), workers, watch)
    replay = replayed(inputs, logs, _only(selection, Over.FACTS))
    found = gathered(inputs, logs, Configurations(selection))
    evidence = replace(
        found, replayed=replay.part, alarms=alarms_of(inputs.bundles, selection), reviews=reviews_of(inputs, selection)
    )
    evidence = replace(evidence, stores=stores_of(inputs.newest))
    told = judge_all(_of(selection, Over.PERIOD), evidence, selection.parameters)
    assessment = _together(inputs, selection, evidence, configured, recorded, list(told))
    started = inputs.newest.snapshot.collected_at
    return PeriodJudgement(
        with_exceptions(assessment, selection.exceptions, started.date()), evidence, inputs, selection, replay.told
    )


def _of(selection: Selection, over: Over) -> tuple[Rule, ...]:
    return tuple(rule for rule in selection.rules if rule.check.over is over)


def _only(selection: Selection, over: Over) -> Selection:
    """The part of a selection that is judged over one thing; what people stated is looked at for the whole."""
    rules = _of(selection, over)
    named = {rule.id for rule in rules}
    settings = tuple(each for each in selection.settings if each.rule in named)
    return Selection(rules, selection.frameworks, settings, selection.declared if over is Over.FACTS else None)


def _records(
    inputs: Inputs, selection: Selection, workers: int, watch: Watch
) -> tuple[ReadLogs | None, Assessment | None]:
    """The log records of the copy, judged for the period."""
    if inputs.logs is None:
        return None, None
    sources, passed_over = copied_sources(inputs)
    result = read_records(sources, selection, inputs.since, inputs.until, workers, watch)
    when = rfc3339(inputs.newest.snapshot.collected_at)
    reading = LogReading(
        asked=(COPY,),
        started=when,
        finished=when,
        since=rfc3339(inputs.since),
        until=rfc3339(inputs.until),
        partition=inputs.newest.snapshot.partition,
        passed_over=tuple(passed_over),
    )
    return ReadLogs(result, sources), assess_records(result, reading, selection)


def _together(
    inputs: Inputs,
    selection: Selection,
    evidence: PeriodEvidence,
    configured: Assessment,
    recorded: Assessment | None,
    told: Sequence[Finding],
) -> Assessment:
    before = len(configured.evidence)
    logs = _renumbered(recorded, before) if recorded is not None else None
    files = list(_files(inputs, before + (len(logs.evidence) if logs is not None else 0)))
    known = {item.key: item.id for item in files}
    period = [_cited(finding, known) for finding in told]
    findings = (*configured.findings, *(logs.findings if logs is not None else ()), *period)
    everything = (*configured.evidence, *(logs.evidence if logs is not None else ()), *files)
    gaps = (*configured.gaps, *(logs.gaps if logs is not None else ()), *_gaps(evidence, _of(selection, Over.PERIOD)))
    rules = {rule.id: rule for rule in selection.rules}
    held = held_over(selection, evidence)
    controls = tuple(
        _control(control, findings, rules, held(control))
        for framework in _sorted(selection)
        for control in framework.controls
    )
    records = logs.summary.records if logs is not None else None
    return Assessment(
        run=_run(inputs, evidence, configured, logs, selection),
        rules=tuple(rules[name] for name in sorted(rules)),
        findings=findings,
        controls=controls,
        gaps=gaps,
        evidence=everything,
        summary=summary(findings, controls, gaps, everything, records),
    )


def _sorted(selection: Selection) -> list[Framework]:
    return sorted(selection.frameworks, key=lambda framework: framework.id)


def _renumbered(assessment: Assessment, before: int) -> Assessment:
    """The assessment of the records with its evidence numbered on, each log where a bundle of the period has it."""
    numbers = {item.id: _number(before + place) for place, item in enumerate(assessment.evidence, start=1)}
    evidence = tuple(
        replace(item, id=numbers[item.id], file=place_of(item.file) if item.sha256 else "")
        for item in assessment.evidence
    )
    findings = tuple(
        replace(finding, evidence=tuple(map(numbers.__getitem__, finding.evidence))) for finding in assessment.findings
    )
    run = assessment.run
    if isinstance(run, LogRun):
        run = replace(run, sources=tuple(replace(line, evidence=numbers[line.evidence]) for line in run.sources))
    return replace(assessment, evidence=evidence, findings=findings, run=run)


def _number(number: int) -> EvidenceId:
    return EvidenceId(f"EV-{number:04d}")


def held_files(inputs: Inputs) -> Mapping[str, Path]:
    """The files beside the copy that the evidence was read from, by their names in a bundle."""
    named = {KEYS: inputs.keys, LISTING: inputs.listing, STARTS: inputs.starts, STATEMENTS: inputs.statements}
    return {name: path for name, path in named.items() if path is not None}


def _files(inputs: Inputs, before: int) -> Iterable[Evidence]:
    when = rfc3339(inputs.newest.snapshot.collected_at)
    for number, (name, path) in enumerate(sorted(held_files(inputs).items()), start=before + 1):
        content = path.read_bytes()
        digest = sha256(content).hexdigest()
        yield Evidence(_number(number), CallKey.of_source(name), name, digest, len(content), when, (), "")


def _cited(finding: Finding, known: Mapping[CallKey, EvidenceId]) -> Finding:
    """The finding with the files that it rests on. The copy is many: the keys that prove it are cited for it."""
    keys = CallKey.of_source(KEYS)
    wanted = [keys if source.call == CallKey.of_source(COPY) else source.call for source in finding.sources]
    calls = sorted({call for call in wanted if call in known}, key=known.__getitem__)
    sources = tuple(Source(call, "") for call in calls)
    return replace(finding, sources=sources, evidence=tuple(map(known.__getitem__, calls)))


def parts_of(evidence: PeriodEvidence) -> Mapping[str, Part]:
    """The parts of the evidence by their names."""
    named = {item.name: getattr(evidence, item.name) for item in fields(evidence)}
    return {name: part for name, part in named.items() if isinstance(part, Part)}


def _gaps(evidence: PeriodEvidence, rules: Sequence[Rule]) -> Iterable[Gap]:
    """What could not be looked at of the parts that some rule rests on."""
    wanted: set[str] = set()
    for rule in rules:
        if isinstance(rule.check, PeriodCheck):
            wanted.update(MEASURES[rule.check.measure].rests_on)
    for name, part in parts_of(evidence).items():
        reasons = (part.absent, *(lack.why for lack in part.lacks)) if name in wanted else ()
        for why in dict.fromkeys(filter(None, reasons)):
            yield Gap(key=CallKey.of_source(f"period/{name}"), kind=GapKind.NOT_COLLECTED, reason=why)


def _control(
    control: Control, findings: Sequence[Finding], rules: Mapping[RuleId, Rule], held: Outcome | None
) -> ControlResult:
    """As good as the worst finding of all its rules, with what each thing that is judged says by itself.

    ``held`` is what the period says of a control that asks for nothing of it (None: nothing).
    """
    over: dict[Over, Outcome] = {}
    for what, named in (
        (Over.FACTS, control.rules),
        (Over.RECORDS, control.log_rules),
        (Over.PERIOD, control.period_rules),
    ):
        if named:
            found = [finding for finding in findings if finding.rule in named]
            missing = set(named) - {finding.rule for finding in found}
            over[what] = worst_of((finding.outcome for finding in found), some_missing=bool(missing))
    if held is not None:
        over[Over.PERIOD] = held
    supported = control.coverage is Coverage.MANUAL and over
    return ControlResult(
        framework=control.framework,
        id=control.id,
        title=control.title,
        coverage=Coverage.SUPPORTING if supported else control.coverage,
        outcome=worst_of(over.values(), some_missing=False) if over else Outcome.MANUAL,
        notes=control.notes,
        rules=tuple(name for name in control.all_rules if name in rules),
        over=over,
    )


def _lacking(part: Part) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lack.why for lack in part.lacks))


def _run(
    inputs: Inputs,
    evidence: PeriodEvidence,
    configured: Assessment,
    logs: Assessment | None,
    selection: Selection,
) -> PeriodRun:
    scan = configured.run
    if not isinstance(scan, ScanRun):
        raise TypeError("a snapshot gives a scan")
    common = {item.name: getattr(scan, item.name) for item in fields(scan)}
    common["rules"] = tuple(sorted(rule.id for rule in selection.rules))
    common["settings"] = settings_in_force(selection.rules, selection.settings)
    run = logs.run if logs is not None else None
    parts = parts_of(evidence)
    gathered_from = [Gathered(name, part.source, part.absent, _lacking(part)) for name, part in parts.items()]
    return PeriodRun(
        **common,
        since=rfc3339(inputs.since),
        until=rfc3339(inputs.until),
        as_of=rfc3339(evidence.as_of),
        gathered=tuple(gathered_from),
        logs=run if isinstance(run, LogRun) else None,
    )
