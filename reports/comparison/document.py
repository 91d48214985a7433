"""A comparison as a JSON document, ``trailwitness/diff/v1``: everything that differs, and a count of what does not.

Its schema is ``scanner/schemas/diff.schema.json``.
"""

from reports.comparison.comparing import Change, Comparison, ControlPair, FindingPair
from reports.comparison.settings import SetupChange
from reports.plain_json import json_bytes
from scanner.model import Assessment, ControlResult, Finding, JsonValue

SCHEMA = "trailwitness/diff/v1"

Members = dict[str, JsonValue]


def document_bytes(comparison: Comparison) -> bytes:
    """The document as bytes: equal comparisons give equal bytes."""
    counts: Members = {str(change): len(comparison.of(change)) for change in Change}
    findings = [_finding(pair) for pair in comparison.pairs if pair.change is not Change.SAME]
    return json_bytes(
        {
            "schema": SCHEMA,
            "old": _side(comparison.old),
            "new": _side(comparison.new),
            "counts": counts,
            "judged_by": list(map(_setup, comparison.setups)),
            "controls": list(map(_control, comparison.controls)),
            "findings": findings,
        }
    )


def _side(assessment: Assessment) -> Members:
    run = assessment.run
    return {
        "collected": run.collected.started,
        "accounts": run.account_ids,
        "tool": run.tool.version,
        "findings": {str(outcome): number for outcome, number in assessment.summary.findings.items()},
    }


def _setup(setup: SetupChange) -> Members:
    return {"what": setup.kind, "name": setup.name, "old": setup.before or None, "new": setup.after or None}


def _control(pair: ControlPair) -> Members:
    shown = pair.after or pair.before
    named: Members = {} if shown is None else {"framework": shown.framework, "id": shown.id, "title": shown.title}
    return {**named, "old": _state(pair.before), "new": _state(pair.after)}


def _state(control: ControlResult | None) -> JsonValue:
    if control is None:
        return None
    attested: Members = {} if control.attested is None else {"attested": control.attested}
    return {"outcome": control.outcome, "waived": control.waived, **attested}


def _finding(pair: FindingPair) -> Members:
    shown = pair.shown
    return {
        "change": pair.change,
        "why": pair.why,
        "rule": shown.rule,
        "title": shown.title,
        "account": shown.account,
        "region": shown.region,
        "resource": shown.resource,
        "old": _verdict(pair.before),
        "new": _verdict(pair.after),
    }


def _verdict(finding: Finding | None) -> JsonValue:
    if finding is None:
        return None
    return {
        "outcome": finding.outcome,
        "severity": finding.severity,
        "reason": finding.reason,
        "waiver": finding.waiver,
        "known": finding.known,
    }
