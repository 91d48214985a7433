"""How an assessment came about and its counts, as ``run`` and ``summary`` of the document, and read back."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import assert_never

from scanner.model import (
    Accounting,
    AccountScope,
    Caller,
    Collected,
    EvidenceId,
    FrameworkVersion,
    Gathered,
    JsonValue,
    LogRun,
    Origin,
    Outcome,
    PeriodRun,
    RuleId,
    ScanRun,
    Setting,
    SourceLine,
    StatedRoute,
    Summary,
    Tool,
)
from scanner.model.json_values import as_flag, as_number, as_object, as_objects, as_text, as_texts, as_texts_by_name

LOG_RECORDS, PERIOD = "log-records", "period"
"""``run.kind`` of an assessment over log records, and of one of a period; that of a scan has none."""

_JOINED = "joined_organization"

Members = dict[str, JsonValue]


def run_members(run: ScanRun | LogRun) -> Members:
    """The members of ``run``."""
    match run:
        case PeriodRun():
            return {**_common(run), "scope": _scan_scope(run), **_declared(run), **_redacted(run), **_period(run)}
        case ScanRun():
            return {**_common(run), "scope": _scan_scope(run), **_declared(run), **_redacted(run)}
        case LogRun():
            return {**_common(run), **_log_members(run), **_redacted(run)}
        case _:
            assert_never(run)


def parameter_members(settings: Iterable[Setting]) -> Members:
    """Every parameter in force by rule and name, with its value and where that came from."""
    members: dict[str, Members] = {}
    for setting in settings:
        members.setdefault(setting.rule, {})[setting.name] = {"value": setting.value, "origin": setting.origin}
    return {**members}


def _common(run: ScanRun | LogRun) -> Members:
    caller: Members = {"account": run.caller.account, "arn": run.caller.arn, "user_id": run.caller.user_id}
    return {
        "tool": _tool(run.tool),
        "collected": {
            "started": run.collected.started,
            "finished": run.collected.finished,
            "tool": _tool(run.collected.tool),
            "dependencies": run.collected.dependencies,
        },
        "caller": caller if any(caller.values()) else {},
        "partition": run.partition,
        "frameworks": [{"id": item.id, "title": item.title, "version": item.version} for item in run.frameworks],
        "rules": run.rules,
        "parameters": parameter_members(run.settings),
    }


def _tool(tool: Tool) -> Members:
    return {"name": tool.name, "version": tool.version} if tool != Tool() else {}


def _scan_scope(run: ScanRun) -> Members:
    accounts: Members = {
        account: {
            "regions": scope.regions,
            "skipped": scope.skipped,
            **({"reason": scope.reason} if scope.reason else {}),
            **({_JOINED: scope.joined} if scope.joined else {}),
        }
        for account, scope in run.accounts.items()
    }
    asked: Members = {} if run.asked is None else {"asked": run.asked}
    skipped: Members = {"skipped": run.skipped} if run.skipped else {}
    return {"accounts": accounts, **asked, **skipped}


def _declared(run: ScanRun) -> Members:
    """The declared routes; no member where there are none, as in documents of earlier versions."""
    return {"declared_routes": list(map(_stated, run.declared))} if run.declared else {}


def _redacted(run: ScanRun | LogRun) -> Members:
    """How much was replaced by pseudonyms; no member where nothing was."""
    return {"redacted": run.redacted} if run.redacted else {}


def _stated(route: StatedRoute) -> Members:
    return {
        "id": route.id,
        "through": route.through,
        "watched_by": route.watched_by,
        "owner": route.owner,
        "proof": route.proof,
        "reviewed": route.reviewed,
        "expires": route.expires,
        "counts": route.counts,
    }


def _period(run: PeriodRun) -> Members:
    logs: Members = {} if run.logs is None else {"logs": {**_common(run.logs), **_log_members(run.logs)}}
    return {
        "kind": PERIOD,
        "period": {
            "since": run.since,
            "until": run.until,
            "as_of": run.as_of,
            "gathered": [
                {"part": each.part, "source": each.source, "absent": each.absent, "lacks": each.lacks}
                for each in run.gathered
            ],
            **logs,
        },
    }


def _log_members(run: LogRun) -> Members:
    return {
        "kind": LOG_RECORDS,
        "scope": _log_scope(run),
        "sources": [_line(line) for line in run.sources],
        "accounting": _accounting(run.accounting),
    }


def _log_scope(run: LogRun) -> Members:
    return {
        "accounts": {account: {"regions": (), "skipped": {}} for account in run.accounts},
        "sources": run.asked,
        "since": run.since,
        "until": run.until,
        "excluded": run.excluded,
    }


def _line(line: SourceLine) -> Members:
    return {
        "evidence": line.evidence,
        "source": line.source,
        "envelope": line.envelope,
        "records": line.records,
        "duplicates": line.duplicates,
        "matched": line.matched,
        "malformed": _items(line.malformed),
        "malformed_count": line.malformed_count,
        "unread": _items(line.unread),
        "unread_count": line.unread_count,
        "skipped": line.skipped,
        "cut": line.cut,
        "notes": line.notes,
        "bytes": line.bytes,
        "sha256": line.sha256,
    }


def _items(items: Iterable[tuple[int, str]]) -> list[JsonValue]:
    return [{"at": at, "why": why} for at, why in items]


def _accounting(sums: Accounting) -> Members:
    return {
        "sources": sums.sources,
        "records": sums.records,
        "duplicates": sums.duplicates,
        "duplicates_exact": sums.duplicates_exact,
        "events": sums.events,
        "matched": sums.matched,
        "malformed": sums.malformed,
        "unread": sums.unread,
        "incomplete": sums.incomplete,
        "skipped": sums.skipped,
        "cut": sums.cut,
        "passed_over": [{"source": name, "why": why} for name, why in sums.passed_over],
        "records_by_account": sums.records_by_account,
    }


def summary_members(summary: Summary) -> Members:
    """The members of ``summary``."""
    records: Members = {} if summary.records is None else {"records": summary.records}
    return {
        "findings": _counts(summary.findings),
        "controls": {framework: _counts(counts) for framework, counts in summary.controls.items()},
        "calls": summary.calls,
        "gaps": summary.gaps,
        **records,
    }


def _counts(counts: Mapping[Outcome, int]) -> Members:
    return {outcome.value: number for outcome, number in counts.items()}


def read_run(members: Mapping[str, JsonValue]) -> ScanRun | LogRun:
    """The run that ``run_members`` gave these members for. Raises LookupError, TypeError or ValueError for others."""
    kind = members.get("kind")
    if kind == LOG_RECORDS:
        return _read_log_run(members)
    if kind is None:
        return _read_scan_run(members)
    if kind == PERIOD:
        return _read_period_run(members)
    raise ValueError(f"there is no kind of run {kind!r}")


def _read_scan_run(members: Mapping[str, JsonValue]) -> ScanRun:
    scope = as_object(members["scope"])
    asked = scope.get("asked")
    return ScanRun(
        tool=_read_tool(members["tool"]),
        collected=_read_collected(members["collected"]),
        caller=_read_caller(members["caller"]),
        partition=as_text(members["partition"]),
        accounts={account: _read_account(facts) for account, facts in as_object(scope["accounts"]).items()},
        asked=None if asked is None else as_object(asked),
        skipped=as_texts_by_name(scope.get("skipped", {})),
        frameworks=_read_frameworks(members["frameworks"]),
        rules=_read_rules(members["rules"]),
        settings=_read_settings(members["parameters"]),
        declared=tuple(map(_read_stated, as_objects(members.get("declared_routes", ())))),
        redacted=_read_redacted(as_object(members.get("redacted", {}))),
    )


def _read_period_run(members: Mapping[str, JsonValue]) -> PeriodRun:
    scan = _read_scan_run(members)
    period = as_object(members["period"])
    return PeriodRun(
        **{item.name: getattr(scan, item.name) for item in fields(scan)},
        since=as_text(period["since"]),
        until=as_text(period["until"]),
        as_of=as_text(period["as_of"]),
        gathered=tuple(map(_read_gathered, as_objects(period["gathered"]))),
        logs=_read_log_run(as_object(period["logs"])) if "logs" in period else None,
    )


def _read_gathered(members: Mapping[str, JsonValue]) -> Gathered:
    part, source, absent = (as_text(members[name]) for name in ("part", "source", "absent"))
    return Gathered(part, source, absent, as_texts(members["lacks"]))


def _read_redacted(members: Mapping[str, JsonValue]) -> Mapping[str, int]:
    return {rule: as_number(count) for rule, count in members.items()}


def _read_stated(members: Mapping[str, JsonValue]) -> StatedRoute:
    return StatedRoute(
        id=as_text(members["id"]),
        through=as_text(members["through"]),
        watched_by=as_text(members["watched_by"]),
        owner=as_text(members["owner"]),
        proof=as_text(members["proof"]),
        reviewed=as_text(members["reviewed"]),
        expires=as_text(members["expires"]),
        counts=as_flag(members["counts"]),
    )


def _read_account(value: JsonValue) -> AccountScope:
    members = as_object(value)
    return AccountScope(
        regions=as_texts(members["regions"]),
        skipped=as_texts_by_name(members["skipped"]),
        reason=as_text(members.get("reason", "")),
        joined=as_text(members.get(_JOINED, "")),
    )


def _read_log_run(members: Mapping[str, JsonValue]) -> LogRun:
    scope = as_object(members["scope"])
    return LogRun(
        tool=_read_tool(members["tool"]),
        collected=_read_collected(members["collected"]),
        caller=_read_caller(members["caller"]),
        partition=as_text(members["partition"]),
        accounts=tuple(as_object(scope["accounts"])),
        asked=as_texts(scope["sources"]),
        since=as_text(scope["since"]),
        until=as_text(scope["until"]),
        excluded=as_texts(scope["excluded"]),
        frameworks=_read_frameworks(members["frameworks"]),
        rules=_read_rules(members["rules"]),
        settings=_read_settings(members["parameters"]),
        sources=tuple(_read_line(line) for line in as_objects(members["sources"])),
        accounting=_read_accounting(as_object(members["accounting"])),
        redacted=_read_redacted(as_object(members.get("redacted", {}))),
    )


def _read_tool(value: JsonValue) -> Tool:
    members = as_object(value)
    return Tool(as_text(members.get("name", "")), as_text(members.get("version", "")))


def _read_collected(value: JsonValue) -> Collected:
    members = as_object(value)
    return Collected(
        started=as_text(members["started"]),
        finished=as_text(members["finished"]),
        tool=_read_tool(members["tool"]),
        dependencies=as_texts_by_name(members["dependencies"]),
    )


def _read_caller(value: JsonValue) -> Caller:
    members = as_object(value)
    return Caller(*(as_text(members.get(name, "")) for name in ("account", "arn", "user_id")))


def _read_frameworks(value: JsonValue) -> tuple[FrameworkVersion, ...]:
    found = as_objects(value)
    return tuple(
        FrameworkVersion(as_text(item["id"]), as_text(item["title"]), as_text(item["version"])) for item in found
    )


def _read_rules(value: JsonValue) -> tuple[RuleId, ...]:
    return tuple(RuleId(rule) for rule in as_texts(value))


def _read_settings(value: JsonValue) -> tuple[Setting, ...]:
    settings = []
    for rule, parameters in as_object(value).items():
        for name, stated in as_object(parameters).items():
            setting = as_object(stated)
            settings.append(Setting(RuleId(rule), name, setting["value"], Origin(as_text(setting["origin"]))))
    return tuple(settings)


def _read_line(members: Mapping[str, JsonValue]) -> SourceLine:
    return SourceLine(
        evidence=EvidenceId(as_text(members["evidence"])),
        source=as_text(members["source"]),
        envelope=as_text(members["envelope"]),
        records=as_number(members["records"]),
        duplicates=as_number(members["duplicates"]),
        matched=as_number(members["matched"]),
        malformed=_read_items(members["malformed"]),
        malformed_count=as_number(members["malformed_count"]),
        unread=_read_items(members["unread"]),
        unread_count=as_number(members["unread_count"]),
        skipped=as_text(members["skipped"]),
        cut=as_text(members["cut"]),
        notes=as_texts(members["notes"]),
        bytes=as_number(members["bytes"]),
        sha256=as_text(members["sha256"]),
    )


def _read_items(value: JsonValue) -> tuple[tuple[int, str], ...]:
    return tuple((as_number(item["at"]), as_text(item["why"])) for item in as_objects(value))


def _read_accounting(members: Mapping[str, JsonValue]) -> Accounting:
    passed = [(as_text(item["source"]), as_text(item["why"])) for item in as_objects(members["passed_over"])]
    by_account = as_object(members["records_by_account"]).items()
    return Accounting(
        sources=as_number(members["sources"]),
        records=as_number(members["records"]),
        duplicates=as_number(members["duplicates"]),
        duplicates_exact=as_flag(members["duplicates_exact"]),
        events=as_number(members["events"]),
        matched=as_number(members["matched"]),
        malformed=as_number(members["malformed"]),
        unread=as_number(members["unread"]),
        incomplete=as_number(members["incomplete"]),
        skipped=as_number(members["skipped"]),
        cut=as_number(members["cut"]),
        passed_over=tuple(passed),
        records_by_account={account: as_number(count) for account, count in by_account},
    )


def read_summary(members: Mapping[str, JsonValue]) -> Summary:
    """The summary that ``summary_members`` gave these members for. Raises LookupError, TypeError or ValueError."""
    controls = as_object(members["controls"])
    records = members.get("records")
    return Summary(
        findings=_read_counts(members["findings"]),
        controls={framework: _read_counts(counts) for framework, counts in controls.items()},
        calls=as_number(members["calls"]),
        gaps=as_number(members["gaps"]),
        records=None if records is None else as_number(records),
    )


def _read_counts(value: JsonValue) -> dict[Outcome, int]:
    return {Outcome(outcome): as_number(number) for outcome, number in as_object(value).items()}
