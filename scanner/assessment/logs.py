"""Findings over log records × frameworks → the assessment: every source is evidence, and what could not be read is a gap."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from scanner import __version__
from scanner.assessment.configuration import parameters_in_force, summary, worst_of
from scanner.events.counting.results import LogResult
from scanner.events.reading.records import RECORDS
from scanner.events.reading.sources.accounting import SourceAccount
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
    JsonValue,
    LogEventsCheck,
    Outcome,
    Rule,
    RuleId,
    Setting,
    Source,
)

KIND = "log-records"
"""What ``run.kind`` says of an assessment over log records."""

_ACCOUNT = re.compile(r"[0-9]{12}")

"""Stands where a snapshot names an API operation: log sources are read."""


@dataclass(frozen=True, slots=True)
class LogRun:
    """What the command knows of a run over log records: the sources asked for, the time window, and when it was.

    ``started`` and ``finished`` are UTC times, ``since`` and ``until`` too ("" where the window is open). ``passed_over``
    are sources that were found and deliberately not read, as (name, why); ``excluded`` are the patterns of names that the
    command was told to leave out.
    """

    asked: tuple[str, ...]
    started: str
    finished: str
    since: str = ""
    until: str = ""
    partition: str = "aws"
    caller: Mapping[str, JsonValue] | None = None
    passed_over: tuple[tuple[str, str], ...] = ()
    excluded: tuple[str, ...] = ()


def assess_logs(
    result: LogResult,
    run: LogRun,
    rules: Sequence[Rule],
    frameworks: Sequence[Framework],
    findings: Iterable[Finding],
    settings: Sequence[Setting] = (),
) -> Assessment:
    """Number the sources as evidence, attach them to the findings, and judge every control that log rules bear on.

    Records say what happened in a period and not whether a control holds: no control is covered in full, and one that
    a scan leaves to a person is supported at most. Controls without log rules are left out.
    """
    frameworks = sorted(frameworks, key=lambda framework: framework.id)
    evidence = tuple(_evidence(number, source, run) for number, source in enumerate(result.sources, start=1))
    numbers = {item.key: item.id for item in evidence}
    shapes = {item.key: source.envelope for source, item in zip(result.sources, evidence, strict=True)}
    judged = tuple(_with_evidence(finding, numbers, shapes) for finding in findings)
    names = {rule.id for rule in rules}
    controls = tuple(
        _judge_control(control, judged, names)
        for framework in frameworks
        for control in framework.controls
        if control.log_rules
    )
    gaps = tuple(_gaps(result))
    return Assessment(
        run=_run(result, run, rules, frameworks, settings, evidence),
        rules=tuple(sorted(rules, key=lambda rule: rule.id)),
        findings=judged,
        controls=controls,
        gaps=gaps,
        evidence=evidence,
        summary={**summary(judged, controls, gaps, evidence), "records": result.records},
    )


def contradictions(assessment: Assessment, frameworks: Sequence[Framework]) -> list[str]:
    """Where an assessment over log records contradicts itself, in words; what only the records could tell is not seen.

    Its findings must follow from the hits that they count, its controls and sums from its findings.
    """
    told = [said for finding in assessment.findings if (said := _contradicted(finding, assessment.rules))]
    names = {rule.id for rule in assessment.rules}
    controls = tuple(
        _judge_control(control, assessment.findings, names)
        for framework in sorted(frameworks, key=lambda framework: framework.id)
        for control in framework.controls
        if control.log_rules
    )
    if controls != assessment.controls:
        differing = [f"{new.framework} {new.id}" for new in controls if new not in assessment.controls]
        told.append(
            f"the controls do not follow from the findings: {', '.join(differing) or 'some are missing or added'}"
        )
    records = assessment.summary.get("records")
    counted = {**summary(assessment.findings, controls, assessment.gaps, assessment.evidence), "records": records}
    if counted != assessment.summary:
        told.append("the counts of the summary are not those of the findings, controls, gaps and evidence")
    accounting, lines = assessment.run["accounting"], assessment.run["sources"]
    sums = {name: sum(line[name] for line in lines) for name in ("records", "duplicates", "matched")}
    if any(accounting[name] != number for name, number in sums.items()) or records != sums["records"]:
        told.append("the sums under run.accounting are not those of run.sources")
    lost = [str(line["source"]) for line in lines if line["cut"] or line["malformed_count"] or line["unread_count"]]
    named = {str(gap.arguments.get("source")) for gap in assessment.gaps}
    told += [f"no gap names {source}, which was not read whole" for source in lost if source not in named]
    if lost:
        told += [
            f"{finding.rule} passes although {lost[0]} was not read whole"
            for finding in assessment.findings
            if finding.outcome is Outcome.PASS and not finding.details.get("hit_count")
        ]
    judged = {finding.rule for finding in assessment.findings}
    told += [f"the rule {rule} has no finding" for rule in sorted(names - judged)]
    return told


def _contradicted(finding: Finding, rules: Sequence[Rule]) -> str:
    """How a finding contradicts the hits that it counts; "" when it does not."""
    rule = next((rule for rule in rules if rule.id == finding.rule), None)
    if rule is None:
        return f"{finding.rule} is not among the rules that were used"
    if (finding.title, finding.severity) != (rule.title, rule.severity):
        return f"{finding.rule} does not have the title and severity of the rule"
    hits = int(finding.details.get("hit_count", 0))
    polarity = rule.check.polarity if isinstance(rule.check, LogEventsCheck) else ""
    expected = {"must_not": Outcome.FAIL, "must": Outcome.PASS}.get(polarity)
    if expected is None or finding.outcome not in _VERDICTS:
        return ""
    if bool(hits) is not (finding.outcome is expected):
        return f"{finding.rule} {_VERDICTS[finding.outcome]}, although it counts {hits} hits"
    return ""


_VERDICTS = {Outcome.PASS: "passes", Outcome.FAIL: "fails"}


def _evidence(number: int, source: SourceAccount, run: LogRun) -> Evidence:
    return Evidence(
        id=EvidenceId(f"EV-{number:04d}"),
        key=CallKey.of_source(source.source),
        file=source.source,
        sha256=source.sha256,
        bytes=source.bytes,
        started=run.started,
        request_ids=(),
        error=source.cut,
    )


def _with_evidence(finding: Finding, numbers: Mapping[CallKey, EvidenceId], shapes: Mapping[CallKey, str]) -> Finding:
    """The finding with its sources in the order of their evidence numbers, and their keys as reports look them up.

    What records give as an account and is no account id names the resource only.
    """
    named = sorted(
        {source for source in finding.sources if source.call in numbers},
        key=lambda source: (numbers[source.call], len(source.pointer), source.pointer),
    )
    cited = tuple(dict.fromkeys(numbers[source.call] for source in named))
    sources = tuple(Source(source.call, _pointer(source, shapes[source.call])) for source in named)
    account = finding.account if _ACCOUNT.fullmatch(finding.account) else ""
    return replace(finding, account=account, sources=sources, evidence=cited)


def _pointer(source: Source, envelope: str) -> str:
    """Where a record stands: below ``Records`` in a log file, else by its place among the items of its source."""
    return f"/Records{source.pointer}" if envelope == RECORDS else source.pointer


def _judge_control(control: Control, findings: Sequence[Finding], judged: set[RuleId]) -> ControlResult:
    """As good as the worst finding of its log rules; one of them that was not judged leaves it unknown at best."""
    relevant = [finding for finding in findings if finding.rule in control.log_rules]
    missing = set(control.log_rules) - ({finding.rule for finding in relevant} & judged)
    coverage = {Coverage.MANUAL: Coverage.SUPPORTING, Coverage.FULL: Coverage.PARTIAL}
    return ControlResult(
        framework=control.framework,
        id=control.id,
        title=control.title,
        coverage=coverage.get(control.coverage, control.coverage),
        outcome=worst_of((finding.outcome for finding in relevant), some_missing=bool(missing)),
        notes=control.notes,
        rules=control.log_rules,
    )


def _gaps(result: LogResult) -> Iterator[Gap]:
    """What of the records could not be judged: sources cut off or unreadable, broken items, passed limits."""
    for source in result.sources:
        for kind, reason in source.losses():
            yield _gap(source.source, kind, reason)
    for rule, bursts in sorted(result.bursts.items()):
        if bursts.undated:
            yield _gap(rule, GapKind.INVALID, f"{rule}: {bursts.undated} matching records have no readable time")
        if bursts.over:
            yield _gap(rule, GapKind.ERROR, f"{rule}: there are more groups or records to count than are kept")


def _gap(source: str, kind: GapKind, reason: str) -> Gap:
    return Gap(key=CallKey.of_source(source), kind=kind, reason=reason)


def _run(
    result: LogResult,
    run: LogRun,
    rules: Sequence[Rule],
    frameworks: Sequence[Framework],
    settings: Sequence[Setting],
    evidence: Sequence[Evidence],
) -> dict[str, JsonValue]:
    return {
        "kind": KIND,
        "tool": {"name": "trailwitness", "version": __version__},
        "collected": {"started": run.started, "finished": run.finished, "tool": {}, "dependencies": {}},
        "caller": dict(run.caller or {}),
        "partition": run.partition,
        "scope": {
            "accounts": {
                account: {"regions": [], "skipped": {}} for account in result.accounts if _ACCOUNT.fullmatch(account)
            },
            "sources": list(run.asked),
            "since": run.since,
            "until": run.until,
            "excluded": list(run.excluded),
        },
        "frameworks": [{"id": item.id, "title": item.title, "version": item.version} for item in frameworks],
        "rules": sorted(rule.id for rule in rules),
        "parameters": parameters_in_force(rules, settings),
        "sources": [_line(source, item.id) for source, item in zip(result.sources, evidence, strict=True)],
        "accounting": _accounting(result, run),
    }


def _line(source: SourceAccount, number: EvidenceId) -> dict[str, JsonValue]:
    return {
        "evidence": number,
        "source": source.source,
        "envelope": source.envelope,
        "records": source.records,
        "duplicates": source.duplicates,
        "matched": source.matched,
        "malformed": [{"at": at, "why": why} for at, why in source.malformed],
        "malformed_count": source.malformed_count,
        "unread": [{"at": at, "why": why} for at, why in source.unread],
        "unread_count": source.unread_count,
        "skipped": source.skipped,
        "cut": source.cut,
        "notes": list(source.notes),
        "bytes": source.bytes,
        "sha256": source.sha256,
    }


def _accounting(result: LogResult, run: LogRun) -> dict[str, JsonValue]:
    """The sums an auditor reconciles: records read are events judged plus repeated deliveries."""
    duplicates = sum(source.duplicates for source in result.sources)
    return {
        "sources": len(result.sources),
        "records": result.records,
        "duplicates": duplicates,
        "duplicates_exact": result.exact,
        "events": result.records - duplicates,
        "matched": sum(source.matched for source in result.sources),
        "malformed": sum(max(source.malformed_count, len(source.malformed)) for source in result.sources),
        "unread": sum(max(source.unread_count, len(source.unread)) for source in result.sources),
        "incomplete": len(result.incomplete),
        "skipped": sum(bool(source.skipped) for source in result.sources),
        "cut": sum(bool(source.cut) for source in result.sources),
        "passed_over": [{"source": name, "why": why} for name, why in run.passed_over],
        "records_by_account": dict(result.accounts),
    }
