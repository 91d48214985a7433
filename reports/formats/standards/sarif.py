"""SARIF 2.1.0, for what has files: the records of logs, located in the sources that hold them.

An account has no files, so there is no SARIF of a scan. A result of a rule names each source with a record that the
rule matched and which record it is; CloudTrail writes a whole log file on one line, so there is no line to name.
Results that did not fail have the level "none", as the standard asks, and a ``kind`` that says what they are.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from urllib.parse import quote

from reports.characters import visible
from reports.formats.standards.identity import identified, stable_id
from reports.formats.standards.moments import began, judged_as_of, moment_text
from reports.formats.standards.streaming import Listed, Tree, document_pieces
from reports.formats.standards.telling import Stated, control_name, manual_controls, stated_in, waiver_words
from reports.streams import Stream, put_bytes
from reports.wording import NO_REASON, control_names, gap_place, listed_hits
from scanner.errors import UsageError
from scanner.model import (
    Assessment,
    ControlResult,
    Finding,
    Gap,
    JsonValue,
    LogRun,
    MatchedRecord,
    Outcome,
    Rule,
    RuleId,
    Severity,
    SourceLine,
)

Members = dict[str, JsonValue]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

MOST_RESULTS, MOST_LOCATIONS, MOST_TAGS, MOST_TEXT = 25_000, 1_000, 20, 1_024
"""What GitHub takes of one run, result and rule ("SARIF support for code scanning"); more results are further runs."""

_KINDS: Mapping[Outcome, str] = {
    Outcome.PASS: "pass",
    Outcome.FAIL: "fail",
    Outcome.UNKNOWN: "open",
    Outcome.NOT_APPLICABLE: "notApplicable",
    Outcome.MANUAL: "review",
}

_LEVELS: Mapping[Severity, str] = {
    Severity.INFO: "note",
    Severity.LOW: "note",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "error",
}

_SECURITY: Mapping[Severity, str] = {
    Severity.LOW: "3.0",
    Severity.MEDIUM: "5.5",
    Severity.HIGH: "8.0",
    Severity.CRITICAL: "9.5",
}
"""``security-severity``, by which GitHub names alerts low, medium, high and critical."""

_IN_MESSAGES = re.compile(r"([\\\[\]])")


def write(assessment: Assessment, out: Stream) -> None:
    """Write ``assessment`` of log records to ``out`` as SARIF.

    Raises UsageError for an assessment of accounts, and TrailwitnessError when the run does not state when its records
    were collected.
    """
    run = assessment.run
    if not isinstance(run, LogRun):
        raise UsageError("SARIF is about files, and an account has none.", "Use another format, such as ocsf or oscal.")
    began(run)  # refuses a run without times before anything is written
    document: Tree = {"$schema": SCHEMA, "version": "2.1.0", "runs": Listed(_runs(assessment, run))}
    for piece in document_pieces(document):
        put_bytes(out, piece)


def _runs(assessment: Assessment, run: LogRun) -> Iterator[Tree]:
    stated, manual = stated_in(assessment), manual_controls(assessment)
    indices = {rule.id: number for number, rule in enumerate(assessment.rules)}
    left = len(assessment.findings) + len(manual)
    results, number = _results(assessment, manual, indices, stated), 0
    while number == 0 or left > 0:
        number += 1
        some: Tree = Listed(islice(results, MOST_RESULTS)) if left > 0 else []
        left -= MOST_RESULTS
        yield {
            "tool": {"driver": _driver(assessment, manual, stated)},
            "automationDetails": {"id": f"trailwitness-logs{'' if number == 1 else f'-{number}'}/"},
            "invocations": (_invocation(assessment, run),),
            "artifacts": Listed(map(_artifact, run.sources)),
            "columnKind": "utf16CodeUnits",
            "results": some,
        }


def _driver(assessment: Assessment, manual: list[ControlResult], stated: Stated) -> Members:
    version = visible(assessment.run.tool.version)
    rules = [_descriptor(rule, stated) for rule in assessment.rules]
    rules += map(_control_descriptor, manual)
    return {"name": "Trailwitness", **({"version": version} if version else {}), "rules": rules}


def _descriptor(rule: Rule, stated: Stated) -> Members:
    names = list(map(visible, control_names(rule.id, stated.found)))
    links = [visible(each) for each in rule.references if each.startswith("https://")]
    security: Members = {"security-severity": _SECURITY[rule.severity]} if rule.severity in _SECURITY else {}
    return {
        "id": visible(rule.id),
        "shortDescription": {"text": _clipped(rule.title)},
        "fullDescription": {"text": _clipped(rule.description or rule.title)},
        "help": {"text": visible(rule.remediation, keep="\n").strip() or NO_REASON},
        **({"helpUri": quote(links[0], safe="/:?&=#%+,;@")} if links else {}),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": ["security", *names][:MOST_TAGS], "controls": names, **security},
    }


def _control_descriptor(control: ControlResult) -> Members:
    return {
        "id": control_name(control),
        "shortDescription": {"text": _clipped(control.title)},
        "defaultConfiguration": {"level": "none"},
    }


def _invocation(assessment: Assessment, run: LogRun) -> Tree:
    accounting = run.accounting
    return {
        "executionSuccessful": not (accounting.incomplete or accounting.cut),
        "startTimeUtc": moment_text(began(run)),
        "endTimeUtc": moment_text(judged_as_of(run)),
        "toolExecutionNotifications": Listed(map(_not_read, assessment.gaps)),
    }


def _not_read(gap: Gap) -> Members:
    text = f"{gap_place(gap)}: {gap.reason}"
    return {"level": "error", "message": {"text": _message(text)}, "properties": {"kind": str(gap.kind)}}


def _artifact(source: SourceLine) -> Members:
    hashes: Members = {"hashes": {"sha-256": source.sha256}} if source.sha256 else {}
    return {
        "location": {"uri": _uri(source.source)},
        "length": source.bytes,
        "roles": ["analysisTarget"],
        **hashes,
        "properties": {"evidence": visible(source.evidence), "records": source.records},
    }


def _results(
    assessment: Assessment, manual: list[ControlResult], indices: Mapping[RuleId, int], stated: Stated
) -> Iterator[Members]:
    for uid, finding in identified(assessment.findings):
        yield _result(finding, uid, indices.get(finding.rule), stated)
    for number, control in enumerate(manual, start=len(assessment.rules)):
        yield {
            "ruleId": control_name(control),
            "ruleIndex": number,
            "kind": _KINDS[control.outcome],
            "level": "none",
            "message": {"text": _message(stated.review_words(control))},
            "partialFingerprints": {"trailwitness/v1": stable_id("control", control.framework, control.id)},
        }


def _result(finding: Finding, uid: str, index: int | None, stated: Stated) -> Members:
    failed = finding.outcome is Outcome.FAIL
    text = "\n".join((finding.reason.strip() or NO_REASON, *stated.remarks_on(finding)))
    locations: list[JsonValue] = list(map(_location, listed_hits(finding)[:MOST_LOCATIONS]))
    return {
        "ruleId": visible(finding.rule),
        **({} if index is None else {"ruleIndex": index}),
        "kind": _KINDS[finding.outcome],
        "level": _LEVELS[finding.severity] if failed else "none",
        "message": {"text": _message(text)},
        **({"locations": locations} if locations else {}),
        "partialFingerprints": {"trailwitness/v1": uid},
        **_suppressions(finding, stated),
        "properties": {
            "account": visible(finding.account),
            "outcome": str(finding.outcome),
            "severity": str(finding.severity),
            "evidence": list(finding.evidence),
            "matchingRecords": finding.hit_count,
            **({"inBaseline": True} if finding.known else {}),
        },
    }


def _suppressions(finding: Finding, stated: Stated) -> Members:
    waiver = stated.waiver_of(finding)
    if waiver is None:
        return {}
    return {"suppressions": [{"kind": "external", "status": "accepted", "justification": waiver_words(waiver)}]}


def _location(hit: MatchedRecord) -> Members:
    what = f"{hit.event_name or 'a record without eventName'}{f' of {hit.event_source}' if hit.event_source else ''}"
    said = f"{what} at {hit.event_time}, event {hit.event_id or 'without id'}"
    return {
        "physicalLocation": {"artifactLocation": {"uri": _uri(hit.source)}},
        "logicalLocations": [{"name": f"record {hit.record}", "kind": "object"}],
        "message": {"text": _message(said)},
    }


def _uri(source: str) -> str:
    """A source as a URI reference: an address as it is, and a path with what would make it one spelled out."""
    shown = visible(source)
    if "://" in shown:
        return quote(shown, safe="/:@")
    path = quote(shown.replace("\\", "/"))
    return f"file://{path}" if path.startswith("/") else path


def _message(text: str) -> str:
    """A text as a message, in which brackets would make links."""
    return _IN_MESSAGES.sub(r"\\\1", visible(text, keep="\n"))


def _clipped(text: str) -> str:
    line = visible(" ".join(text.split())) or NO_REASON
    return line if len(line) <= MOST_TEXT else f"{line[: MOST_TEXT - 1]}…"
