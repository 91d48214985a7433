"""OCSF 1.5.0: one Compliance Finding (class 2003) per finding, per control for a person, and per thing not looked at.

A JSON array, as the tools that write OCSF files write it; ``jq -c .[]`` makes JSON Lines of it. Times are milliseconds
since 1970 (``timestamp_t`` of the OCSF dictionary). A finding that could not be decided has the status Unknown, which
is never a pass; a waived failure keeps the status Fail, and the event about it is Suppressed. Accounts and Regions are
told of the resource: the class has no ``cloud`` without the profile of that name.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from reports.characters import visible
from reports.formats.standards.identity import identified, stable_id
from reports.formats.standards.moments import AnyRun, judged_as_of, milliseconds
from reports.formats.standards.streaming import Listed, document_pieces
from reports.formats.standards.telling import Stated, control_name, manual_controls, repair_told, stated_in
from reports.formats.standards.unseen import RULE, TITLE, Unseen, unseen_in
from reports.streams import Stream, put_bytes
from reports.wording import NO_REASON, cause_words, control_names, pointers
from scanner.model import Assessment, ControlResult, Finding, JsonValue, Outcome, Severity

Members = dict[str, JsonValue]

VERSION = "1.5.0"

_CLASS, _CREATE = 2003, 1
_NEW, _SUPPRESSED = 1, 3
_AWS_ACCOUNT, _ACCOUNT_TYPE = 10, "AWS Account"
_RULE, _OTHER_USER = 1, 99

_STATUS: Mapping[Outcome, int] = {
    Outcome.PASS: 1,
    Outcome.FAIL: 3,
    Outcome.UNKNOWN: 0,
    Outcome.NOT_APPLICABLE: 99,
    Outcome.MANUAL: 0,
}
"""``compliance.status_id``: 0 Unknown, 1 Pass, 2 Warning, 3 Fail, 99 Other."""

_CAPTION: Mapping[Outcome, str] = {
    Outcome.PASS: "Pass",
    Outcome.FAIL: "Fail",
    Outcome.UNKNOWN: "Unknown",
    Outcome.NOT_APPLICABLE: "Not Applicable",
    Outcome.MANUAL: "Unknown",
}
"""The same as ``status``: the caption of the number, and our own word where that is Other."""

_SEVERITY: Mapping[Severity, tuple[int, str]] = {
    Severity.INFO: (1, "Informational"),
    Severity.LOW: (2, "Low"),
    Severity.MEDIUM: (3, "Medium"),
    Severity.HIGH: (4, "High"),
    Severity.CRITICAL: (5, "Critical"),
}


def write(assessment: Assessment, out: Stream) -> None:
    """Write ``assessment`` to ``out`` as an array of OCSF events.

    Raises TrailwitnessError when the run does not state when its evidence was collected.
    """
    for piece in document_pieces(Listed(_events(assessment))):
        put_bytes(out, piece)


def _events(assessment: Assessment) -> Iterator[Members]:
    stated, moment = stated_in(assessment), judged_as_of(assessment.run)
    for uid, finding in identified(assessment.findings):
        yield _of_finding(finding, uid, assessment.run, moment, stated)
    for control in manual_controls(assessment):
        yield _of_control(control, assessment.run, moment, stated)
    for unseen in unseen_in(assessment):
        yield _of_unseen(unseen, assessment.run, moment)


def _event(run: AnyRun, moment: datetime, severity: Severity, *, suppressed: bool) -> Members:
    """What all events have."""
    severity_id, severity_name = _SEVERITY[severity]
    return {
        "activity_id": _CREATE,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": _CLASS,
        "class_name": "Compliance Finding",
        "type_uid": _CLASS * 100 + _CREATE,
        "type_name": "Compliance Finding: Create",
        "time": milliseconds(moment),
        "severity_id": severity_id,
        "severity": severity_name,
        "status_id": _SUPPRESSED if suppressed else _NEW,
        "status": "Suppressed" if suppressed else "New",
        "metadata": {
            "version": VERSION,
            "product": {
                "name": "Trailwitness",
                "vendor_name": "Trailwitness",
                **({"version": visible(run.tool.version)} if run.tool.version else {}),
            },
        },
    }


def _of_finding(finding: Finding, uid: str, run: AnyRun, moment: datetime, stated: Stated) -> Members:
    open_ = finding.outcome in (Outcome.FAIL, Outcome.UNKNOWN)
    reason = visible(finding.reason).strip() or NO_REASON
    remarks = stated.remarks_on(finding)
    waived = stated.waiver_of(finding) is not None
    event = _event(run, moment, finding.severity if open_ else Severity.INFO, suppressed=waived)
    return {
        **event,
        "message": reason,
        "status_code": str(finding.outcome),
        **({"status_detail": " ".join(remarks)} if remarks else {}),
        "compliance": _compliance(finding, stated),
        "evidences": [{"data": _evidence(finding, stated)}],
        "finding_info": {
            "uid": uid,
            "title": visible(finding.title or finding.rule),
            "desc": reason,
            "created_time": milliseconds(moment),
            "types": ["Software and Configuration Checks"],
            "analytic": _analytic(finding, stated),
        },
        "resources": [_resource(finding, run)],
        **_remediation(finding, stated),
        "unmapped": _unmapped(finding),
    }


def _compliance(finding: Finding, stated: Stated) -> Members:
    severity_id, severity_name = _SEVERITY[finding.severity]
    controls = stated.found.controls.get(finding.rule, ())
    standards = list(dict.fromkeys(stated.framework_title(control.framework) for control in controls))
    rule = stated.found.rules.get(finding.rule)
    check: Members = {
        "uid": visible(finding.rule),
        "name": visible(finding.title or finding.rule),
        "severity_id": severity_id,
        "severity": severity_name,
        "status_id": _STATUS[finding.outcome],
        "status": _CAPTION[finding.outcome],
        **({"desc": visible(rule.description)} if rule is not None and rule.description else {}),
    }
    return {
        "status_id": _STATUS[finding.outcome],
        "control": visible(finding.rule),
        "standards": standards,
        "requirements": [visible(name) for name in control_names(finding.rule, stated.found)],
        "checks": [check],
    }


def _evidence(finding: Finding, stated: Stated) -> Members:
    links: list[JsonValue] = [
        {"link": visible(link.name), "verdict": str(link.verdict), "reason": visible(link.reason)}
        for link in finding.links
    ]
    return {
        "evidence": list(finding.evidence),
        "pointers": list(map(visible, pointers(finding, stated.found))),
        "links": links,
        "matched_records": finding.hit_count,
    }


def _analytic(finding: Finding, stated: Stated) -> Members:
    rule = stated.found.rules.get(finding.rule)
    return {
        "uid": visible(finding.rule),
        "name": visible(finding.title or finding.rule),
        "type_id": _RULE,
        "type": "Rule",
        **({"category": visible(rule.pack)} if rule is not None and rule.pack else {}),
    }


def _resource(finding: Finding, run: AnyRun) -> Members:
    return _place(finding.resource, finding.account, finding.region, run)


def _place(resource: str, owned_by: str, region: str, run: AnyRun) -> Members:
    account = visible(owned_by)
    owner: Members = {
        "name": account,
        "uid": account,
        "type_id": _OTHER_USER,
        "type": _ACCOUNT_TYPE,
        "account": {"name": account, "uid": account, "type_id": _AWS_ACCOUNT, "type": _ACCOUNT_TYPE},
    }
    return {
        "uid": visible(resource),
        **({"region": visible(region)} if region else {}),
        **({"cloud_partition": visible(run.partition)} if run.partition else {}),
        **({"owner": owner} if account else {}),
    }


def _remediation(finding: Finding, stated: Stated) -> Members:
    words = repair_told(finding, stated.found)
    rule = stated.found.rules.get(finding.rule)
    references = [visible(reference) for reference in rule.references] if rule is not None else []
    remediation: Members = {"desc": words, **({"references": references} if references else {})}
    return {"remediation": remediation} if words else {}


def _unmapped(finding: Finding) -> Members:
    """What the class has no attribute for."""
    return {
        "outcome": str(finding.outcome),
        **({"waiver": visible(finding.waiver)} if finding.waiver else {}),
        **({"in_baseline": True} if finding.known else {}),
        **({"cause": visible(cause_words(finding.cause))} if finding.cause is not None else {}),
    }


def _of_control(control: ControlResult, run: AnyRun, moment: datetime, stated: Stated) -> Members:
    name, words = control_name(control), stated.review_words(control)
    title = visible(f"{control.framework} {control.id} {control.title}".strip())
    return {
        **_event(run, moment, Severity.INFO, suppressed=False),
        "message": words,
        "status_code": str(control.outcome),
        "compliance": {
            "status_id": _STATUS[control.outcome],
            "control": name,
            "standards": [stated.framework_title(control.framework)],
            "requirements": [name],
            **({"desc": visible(control.notes)} if control.notes else {}),
        },
        "finding_info": {
            "uid": stable_id("control", control.framework, control.id),
            "title": title,
            "desc": words,
            "created_time": milliseconds(moment),
            "types": ["Software and Configuration Checks"],
        },
        "unmapped": {"outcome": str(control.outcome)},
    }


def _of_unseen(unseen: Unseen, run: AnyRun, moment: datetime) -> Members:
    return {
        **_event(run, moment, Severity.MEDIUM, suppressed=False),
        "message": unseen.words,
        "status_code": str(Outcome.UNKNOWN),
        "status_detail": unseen.words,
        "compliance": {
            "status_id": _STATUS[Outcome.UNKNOWN],
            "control": RULE,
            "standards": [],
            "requirements": [],
        },
        "finding_info": {
            "uid": unseen.uid,
            "title": f"{TITLE}: {unseen.name}",
            "desc": unseen.words,
            "created_time": milliseconds(moment),
            "types": ["Software and Configuration Checks"],
        },
        "resources": [_place(unseen.account or unseen.where, unseen.account, unseen.region, run)],
        "unmapped": {"outcome": str(Outcome.UNKNOWN), "gap": str(unseen.kind), "calls": unseen.number},
    }
