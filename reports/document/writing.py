"""The assessment as a JSON document, ``trailwitness/assessment/v1``: the one truth every other report repeats.

Its schema is ``scanner/schemas/assessment.schema.json``. The bytes depend on the assessment alone: keys sorted,
two spaces, UTF-8, a final newline; findings, controls, gaps and evidence in the assessment's own order.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import assert_never

from reports.document.details import details_members
from reports.document.exceptions import exceptions_members
from reports.document.runs import run_members, summary_members
from reports.document.schema import SCHEMA
from reports.plain_json import indented, json_bytes
from reports.wording import Lookup, lookup, marked, pointers
from scanner.model import (
    Assessment,
    Cause,
    ControlResult,
    Evidence,
    Finding,
    Gap,
    JsonValue,
    LogEventsCheck,
    Over,
    PeriodCheck,
    ResourceCheck,
    ResourceScope,
    RouteCheck,
    Rule,
    ServiceRouteCheck,
    Threshold,
)


def document_bytes(assessment: Assessment) -> bytes:
    """The document of ``assessment`` as bytes: equal assessments give equal bytes."""
    return json_bytes(document(assessment))


def document_pieces(assessment: Assessment) -> Iterator[bytes]:
    """The bytes of ``document_bytes`` in pieces, one for each entry of a list: it need not fit into memory whole."""
    finding = partial(_finding, found=lookup(assessment))
    lists: Mapping[str, Iterable[JsonValue]] = {
        "controls": map(_control, assessment.controls),
        "evidence": map(_evidence, assessment.evidence),
        "findings": map(finding, assessment.findings),
        "gaps": map(_gap, assessment.gaps),
        "rules": map(_rule, assessment.rules),
    }
    others: Mapping[str, JsonValue] = {
        "run": run_members(assessment.run),
        "schema": SCHEMA,
        "summary": summary_members(assessment.summary),
        **_exceptions(assessment),
    }
    before = b"{\n"
    for name in sorted({*lists, *others}):
        yield before + f'  "{name}": '.encode()
        yield from _listed(lists[name]) if name in lists else (indented(others[name], 1),)
        before = b",\n"
    yield b"\n}\n"


def _listed(items: Iterable[JsonValue]) -> Iterator[bytes]:
    """A member that is a list."""
    before = b"[\n"
    for item in items:
        yield before + b"    " + indented(item, 2)
        before = b",\n"
    yield b"[]" if before == b"[\n" else b"\n  ]"


def document(assessment: Assessment) -> dict[str, JsonValue]:
    """The document of ``assessment`` as plain JSON data."""
    finding = partial(_finding, found=lookup(assessment))
    return {
        "schema": SCHEMA,
        "run": run_members(assessment.run),
        "summary": summary_members(assessment.summary),
        "findings": list(map(finding, assessment.findings)),
        "controls": list(map(_control, assessment.controls)),
        "gaps": list(map(_gap, assessment.gaps)),
        "rules": list(map(_rule, assessment.rules)),
        "evidence": list(map(_evidence, assessment.evidence)),
        **_exceptions(assessment),
    }


def _exceptions(assessment: Assessment) -> dict[str, JsonValue]:
    """What was stated beside the evidence; no member where nothing was, as in documents of earlier versions."""
    members = exceptions_members(assessment.exceptions)
    return {"exceptions": members} if members else {}


def _finding(finding: Finding, found: Lookup) -> dict[str, JsonValue]:
    return {
        "rule": finding.rule,
        "title": finding.title,
        "outcome": finding.outcome,
        "severity": finding.severity,
        "account": finding.account,
        "region": finding.region,
        "resource": finding.resource,
        "reason": finding.reason,
        "links": [
            {"link": link.name, "verdict": link.verdict, "reason": link.reason, "candidate": link.candidate}
            for link in finding.links
        ],
        "witness": None if finding.witness is None else marked(finding.witness),
        "details": details_members(finding.details),
        "evidence": finding.evidence,
        "pointers": pointers(finding, found),
        **({} if finding.cause is None else {"cause": _cause(finding.cause)}),
        **({"waiver": finding.waiver} if finding.waiver else {}),
        **({"known": True} if finding.known else {}),
    }


def _cause(cause: Cause) -> dict[str, JsonValue]:
    return {"what": cause.what, "account": cause.account, "resource": cause.resource}


def _control(control: ControlResult) -> dict[str, JsonValue]:
    return {
        "framework": control.framework,
        "id": control.id,
        "title": control.title,
        "coverage": control.coverage,
        "outcome": control.outcome,
        "notes": control.notes,
        "rules": control.rules,
        **({"waived": True} if control.waived else {}),
        **({} if control.attested is None else {"attested": control.attested}),
        **({"over": {OVER[over]: outcome for over, outcome in control.over.items()}} if control.over else {}),
    }


OVER: Mapping[Over, str] = {Over.FACTS: "configuration", Over.RECORDS: "records", Over.PERIOD: "period"}
"""How the document names what a control of an assessment of a period was decided over."""


def _gap(gap: Gap) -> dict[str, JsonValue]:
    return {
        "account": gap.account,
        "region": gap.region,
        "operation": gap.operation,
        "arguments": gap.arguments,
        "kind": gap.kind,
        "code": gap.code,
        "reason": gap.reason,
        **({"pointer": gap.pointer} if gap.pointer else {}),
    }


def _rule(rule: Rule) -> dict[str, JsonValue]:
    return {
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity,
        "pack": rule.pack,
        "path": rule.path,
        "digest": hashlib.sha256(rule.text.encode("utf-8", "surrogatepass")).hexdigest(),
        "description": rule.description,
        "rationale": rule.rationale,
        "remediation": rule.remediation,
        "references": rule.references,
        "check": _check(rule),
    }


def _check(rule: Rule) -> dict[str, JsonValue]:
    check = rule.check
    match check:
        case ResourceCheck():
            return _resource_check(check)
        case LogEventsCheck():
            return _log_events_check(check)
        case RouteCheck():
            return _route_check(check)
        case ServiceRouteCheck():
            return {"kind": "service-route", "service": check.service, "events": check.events}
        case PeriodCheck():
            return {
                "kind": "period",
                "measure": check.measure,
                "expect": check.expect,
                "clauses": [{"that": clause.that, "otherwise": clause.otherwise} for clause in check.clauses],
            }
        case _:
            assert_never(check)


def _resource_check(check: ResourceCheck) -> dict[str, JsonValue]:
    return {
        "kind": "resource",
        "resource": check.resource,
        "where": check.where,
        "expect": check.expect,
        "clauses": [{"that": clause.that, "otherwise": clause.otherwise} for clause in check.clauses],
        "when_none": check.when_none,
        **({} if check.scope is ResourceScope.ACCOUNT else {"scope": check.scope}),
    }


def _log_events_check(check: LogEventsCheck) -> dict[str, JsonValue]:
    return {
        "kind": "log-events",
        "events": check.events,
        "except": check.excluded,
        "polarity": check.polarity,
        "seen": check.seen,
        "needs": list(check.needs),
        "documents": [{"events": each.events, "of": list(each.of), "when": each.when} for each in check.documents],
        "also": list(check.also),
        "threshold": None if check.threshold is None else _threshold(check.threshold),
    }


def _route_check(check: RouteCheck) -> dict[str, JsonValue]:
    return {
        "kind": "route",
        "events": check.events,
        "extended": check.extended,
        "accept": check.accept,
        "max_threshold": check.max_threshold,
        "max_period": check.max_period,
        "scope": check.scope,
    }


def _threshold(threshold: Threshold) -> dict[str, JsonValue]:
    distinct = {"of": threshold.distinct, "count": threshold.distinct_count} if threshold.distinct else None
    return {
        "count": threshold.count,
        "within": threshold.within,
        "by": list(threshold.by),
        "or_by": list(threshold.or_by),
        "distinct": distinct,
    }


def _evidence(item: Evidence) -> dict[str, JsonValue]:
    return {
        "id": item.id,
        "file": item.file,
        "sha256": item.sha256,
        "bytes": item.bytes,
        "account": item.account,
        "region": item.region,
        "operation": item.operation,
        "arguments": item.arguments,
        "started": item.started,
        "request_ids": item.request_ids,
        "error": item.error,
    }
