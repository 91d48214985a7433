"""Findings over log records × frameworks → the assessment: every source is evidence, and what was not read a gap."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from scanner.assessment.configuration import framework_versions, settings_in_force, summary, this_tool, worst_of
from scanner.events.counting.results import LogResult
from scanner.events.reading.shapes.wrappers import RECORDS
from scanner.events.reading.sources.accounting import SourceAccount
from scanner.model import (
    Accounting,
    Assessment,
    Caller,
    CallKey,
    Collected,
    Control,
    ControlResult,
    Coverage,
    Evidence,
    EvidenceId,
    Finding,
    Framework,
    Gap,
    GapKind,
    LogRun,
    Rule,
    RuleId,
    Setting,
    Source,
    SourceLine,
)

_ACCOUNT = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True)
class LogReading:
    """How log records were read: the sources asked for, the time window, and when it was.

    ``started`` and ``finished`` are UTC times, ``since`` and ``until`` too ("" where the window is open).
    ``passed_over`` are sources that were found and deliberately not read, as (name, why); ``excluded`` are the
    patterns of names that were left out on request. ``redacted`` says how many different values of the records were
    replaced by pseudonyms, by the rule that chose them.
    """

    asked: tuple[str, ...]
    started: str
    finished: str
    since: str = ""
    until: str = ""
    partition: str = "aws"
    caller: Caller = field(default_factory=Caller)
    passed_over: tuple[tuple[str, str], ...] = ()
    excluded: tuple[str, ...] = ()
    redacted: Mapping[str, int] = field(default_factory=dict)


def assess_logs(
    result: LogResult,
    run: LogReading,
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
    controls = judge_controls(frameworks, judged, {rule.id for rule in rules})
    gaps = tuple(_gaps(result))
    return Assessment(
        run=_run(result, run, rules, frameworks, settings, evidence),
        rules=tuple(sorted(rules, key=lambda rule: rule.id)),
        findings=judged,
        controls=controls,
        gaps=gaps,
        evidence=evidence,
        summary=summary(judged, controls, gaps, evidence, result.records),
    )


def _evidence(number: int, source: SourceAccount, run: LogReading) -> Evidence:
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

    What records name as an account without being an account id names the resource only.
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
    """Where a record is: below ``Records`` in a log file, else by its place among the items of its source."""
    return f"/Records{source.pointer}" if envelope == RECORDS else source.pointer


def judge_controls(
    frameworks: Iterable[Framework], findings: Sequence[Finding], judged: set[RuleId]
) -> tuple[ControlResult, ...]:
    """The controls that log rules bear on, by framework; ``judged`` are the rules that judged."""
    results: list[ControlResult] = []
    for framework in sorted(frameworks, key=lambda framework: framework.id):
        bearing = (control for control in framework.controls if control.log_rules)
        results.extend(_judge_control(control, findings, judged) for control in bearing)
    return tuple(results)


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
    run: LogReading,
    rules: Sequence[Rule],
    frameworks: Sequence[Framework],
    settings: Sequence[Setting],
    evidence: Sequence[Evidence],
) -> LogRun:
    lines = [_line(source, item.id) for source, item in zip(result.sources, evidence, strict=True)]
    accounts = [account for account in result.accounts if _ACCOUNT.fullmatch(account)]
    return LogRun(
        tool=this_tool(),
        collected=Collected(run.started, run.finished),
        caller=run.caller,
        partition=run.partition,
        accounts=tuple(accounts),
        asked=run.asked,
        since=run.since,
        until=run.until,
        excluded=run.excluded,
        frameworks=framework_versions(frameworks),
        rules=tuple(sorted(rule.id for rule in rules)),
        settings=settings_in_force(rules, settings),
        sources=tuple(lines),
        accounting=_accounting(result, run),
        redacted=run.redacted,
    )


def _line(source: SourceAccount, number: EvidenceId) -> SourceLine:
    return SourceLine(
        evidence=number,
        source=source.source,
        envelope=source.envelope,
        records=source.records,
        duplicates=source.duplicates,
        matched=source.matched,
        malformed=source.malformed,
        malformed_count=source.malformed_count,
        unread=source.unread,
        unread_count=source.unread_count,
        skipped=source.skipped,
        cut=source.cut,
        notes=source.notes,
        bytes=source.bytes,
        sha256=source.sha256,
    )


def _accounting(result: LogResult, run: LogReading) -> Accounting:
    """The sums an auditor reconciles: records read are events judged plus repeated deliveries."""
    sources = result.sources
    duplicates = sum(source.duplicates for source in sources)
    matched = sum(source.matched for source in sources)
    malformed = sum(max(source.malformed_count, len(source.malformed)) for source in sources)
    unread = sum(max(source.unread_count, len(source.unread)) for source in sources)
    skipped = sum(bool(source.skipped) for source in sources)
    cut = sum(bool(source.cut) for source in sources)
    return Accounting(
        sources=len(sources),
        records=result.records,
        duplicates=duplicates,
        duplicates_exact=result.exact,
        events=result.records - duplicates,
        matched=matched,
        malformed=malformed,
        unread=unread,
        incomplete=len(result.incomplete),
        skipped=skipped,
        cut=cut,
        passed_over=run.passed_over,
        records_by_account=dict(result.accounts),
    )
