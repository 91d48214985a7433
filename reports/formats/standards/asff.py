"""The AWS Security Finding Format: requests of ``BatchImportFindings``, which are written and never sent.

One request holds at most 100 findings (API reference of AWS Security Hub, "BatchImportFindings"). It is made by the
account that the findings are of, in their Region, which the ARN of the account's default product names (user guide,
"Requirements for custom product integrations"): so the findings of each account and Region are requests of their own.

``BatchImportFindings`` does not change the workflow of a finding that is known already. A waived failure has an id of
its own therefore: it is suppressed, and when the waiver ends the failure itself is imported again, which is not.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from reports.characters import visible
from reports.formats.standards.identity import identified, stable_id
from reports.formats.standards.moments import AnyRun, judged_as_of, moment_text
from reports.formats.standards.telling import Stated, control_name, manual_controls, repair_told, stated_in
from reports.formats.standards.unseen import RULE, TITLE, Unseen, unseen_in
from reports.plain_json import json_bytes
from reports.streams import Stream, put_bytes
from reports.wording import NO_REASON, control_names, gap_kind
from scanner.arns import parse_arn
from scanner.model import Assessment, ControlResult, Finding, JsonValue, Outcome, Severity

Members = dict[str, JsonValue]

MOST_FINDINGS = 100
"""Most findings of one request (API reference, "BatchImportFindings")."""

MOST_REQUIREMENTS = 32
"""Most entries of ``Compliance.RelatedRequirements`` (user guide, "Compliance")."""

_TITLE, _DESCRIPTION, _ID, _TEXT, _FIELD = 256, 1024, 512, 512, 2048
"""Most characters (user guide, "Required top-level ASFF attributes" and "Optional top-level ASFF attributes")."""

_KIND_OF_FINDING = ("Software and Configuration Checks/Industry and Regulatory Standards",)

_ACCOUNT = re.compile(r"[0-9]{12}\Z")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]{1,2}\Z")
_NO_ACCOUNT = "0" * 12
_HOME: Mapping[str, str] = {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
_PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-us-iso", "aws-us-iso-b")

_STATUS: Mapping[Outcome, str] = {
    Outcome.PASS: "PASSED",
    Outcome.FAIL: "FAILED",
    Outcome.UNKNOWN: "NOT_AVAILABLE",
    Outcome.NOT_APPLICABLE: "NOT_AVAILABLE",
    Outcome.MANUAL: "WARNING",
}

_LABELS: Mapping[Severity, str] = {
    Severity.INFO: "INFORMATIONAL",
    Severity.LOW: "LOW",
    Severity.MEDIUM: "MEDIUM",
    Severity.HIGH: "HIGH",
    Severity.CRITICAL: "CRITICAL",
}

_TYPES: Mapping[tuple[str, str], str] = {
    ("cloudtrail", "trail/"): "AwsCloudTrailTrail",
    ("cloudwatch", "alarm:"): "AwsCloudWatchAlarm",
    ("iam", "role/"): "AwsIamRole",
    ("iam", "user/"): "AwsIamUser",
    ("kms", "key/"): "AwsKmsKey",
    ("s3", ""): "AwsS3Bucket",
    ("sns", ""): "AwsSnsTopic",
    ("sqs", ""): "AwsSqsQueue",
}
"""Types of resources (user guide, "Resource type formatting") by service and the beginning of the ARN's resource."""


class _Place(NamedTuple):
    """The account and the Region that a request is made by and in."""

    account: str
    region: str


def write(assessment: Assessment, out: Stream) -> None:
    """Write the requests of ``assessment`` to ``out``, one after another.

    Raises TrailwitnessError when the run does not state when its evidence was collected.
    """
    empty = True
    for _, request in write_parts(assessment):
        put_bytes(out, request)
        empty = False
    if empty:
        put_bytes(out, json_bytes({"Findings": []}))


def write_parts(assessment: Assessment) -> Iterator[tuple[str, bytes]]:
    """The requests, each with a name for its file: account, Region and number."""
    waiting: dict[_Place, list[Members]] = {}
    made: dict[_Place, int] = {}
    for place, finding in _placed(assessment):
        batch = waiting.setdefault(place, [])
        batch.append(finding)
        if len(batch) == MOST_FINDINGS:
            yield _request(place, waiting.pop(place), made)
    for place in sorted(waiting):
        yield _request(place, waiting[place], made)


def _request(place: _Place, findings: list[Members], made: dict[_Place, int]) -> tuple[str, bytes]:
    made[place] = number = made.get(place, 0) + 1
    return f"{place.account}.{place.region}.{number:04}.json", json_bytes({"Findings": findings})


def _placed(assessment: Assessment) -> Iterator[tuple[_Place, Members]]:
    stated, run = stated_in(assessment), assessment.run
    moment = judged_as_of(run)
    for uid, finding in identified(assessment.findings):
        place = _place(finding.account, finding.region, run)
        yield place, _of_finding(finding, uid, place, moment, run, stated)
    place = _place("", "", run)
    for control in manual_controls(assessment):
        yield place, _of_control(control, place, moment, run, stated)
    for unseen in unseen_in(assessment):
        place = _place(unseen.account, unseen.region, run)
        yield place, _of_unseen(unseen, place, moment, run)


def _place(account: str, region: str, run: AnyRun) -> _Place:
    """Who imports a finding, and where: what is of no account is for the account that collected."""
    accounts = (account, run.caller.account, *run.account_ids)
    home = _HOME.get(run.partition, "us-east-1")
    return _Place(
        next((each for each in accounts if _ACCOUNT.match(each)), _NO_ACCOUNT),
        region if _REGION.match(region) else home,
    )


def _common(uid: str, place: _Place, moment: datetime, run: AnyRun) -> Members:
    partition = run.partition if run.partition in _PARTITIONS else "aws"
    product = f"arn:{partition}:securityhub:{place.region}:{place.account}:product/{place.account}/default"
    return {
        "SchemaVersion": "2018-10-08",
        "Id": f"trailwitness/{uid}",
        "ProductArn": product,
        "ProductName": "Trailwitness",
        "CompanyName": "Trailwitness",
        "Region": place.region,
        "AwsAccountId": place.account,
        "Types": list(_KIND_OF_FINDING),
        "CreatedAt": moment_text(moment),
        "UpdatedAt": moment_text(moment),
        "RecordState": "ACTIVE",
    }


def _of_finding(finding: Finding, uid: str, place: _Place, moment: datetime, run: AnyRun, stated: Stated) -> Members:
    open_ = finding.outcome in (Outcome.FAIL, Outcome.UNKNOWN)
    waived = stated.waiver_of(finding)
    identity = stable_id("waived", uid, waived.id) if waived is not None else uid
    severity = finding.severity if open_ else Severity.INFO
    note: Members = {
        "Text": _clipped(" ".join(stated.remarks_on(finding)), _TEXT),
        "UpdatedBy": "trailwitness",
        "UpdatedAt": moment_text(moment),
    }
    return {
        **_common(identity, place, moment, run),
        "GeneratorId": _clipped(f"trailwitness/{finding.rule}", _ID),
        **_graded(severity, finding.severity),
        "Title": _clipped(finding.title or finding.rule, _TITLE),
        "Description": _clipped(finding.reason, _DESCRIPTION),
        **_remediation(finding, stated),
        "ProductFields": _fields(finding),
        "Resources": [_resource(finding, place, run)],
        "Compliance": _compliance(finding, stated),
        "Workflow": {"Status": "NEW" if waived is None else "SUPPRESSED"},
        **({} if waived is None else {"Note": note}),
    }


def _graded(severity: Severity, original: Severity) -> Members:
    """The severity, also where an import may change that of a finding that is known already."""
    told: Members = {"Label": _LABELS[severity], "Original": str(original)}
    return {"Severity": told, "FindingProviderFields": {"Severity": told, "Types": list(_KIND_OF_FINDING)}}


def _compliance(finding: Finding, stated: Stated) -> Members:
    requirements = [_clipped(name, _TITLE) for name in control_names(finding.rule, stated.found)]
    code = {
        Outcome.UNKNOWN: gap_kind(finding, stated.found),
        Outcome.NOT_APPLICABLE: "not-applicable",
    }.get(finding.outcome, "waived" if finding.waiver else "in-baseline" if finding.known else "")
    words = " ".join(stated.remarks_on(finding)) or finding.reason
    reason: Members = {
        "ReasonCode": _clipped(code.replace("-", "_").upper(), _TEXT),
        "Description": _clipped(words, _TEXT),
    }
    return {
        "Status": _STATUS[finding.outcome],
        **({"RelatedRequirements": requirements[:MOST_REQUIREMENTS]} if requirements else {}),
        **({"StatusReasons": [reason]} if code and finding.outcome is not Outcome.PASS else {}),
    }


def _remediation(finding: Finding, stated: Stated) -> Members:
    words = repair_told(finding, stated.found)
    recommendation: Members = {"Text": _clipped(words, _TEXT)}
    return {"Remediation": {"Recommendation": recommendation}} if words else {}


def _fields(finding: Finding) -> Members:
    fields = {
        "Rule": finding.rule,
        "Outcome": str(finding.outcome),
        "Evidence": ", ".join(finding.evidence),
        "Waiver": finding.waiver,
        "InBaseline": "true" if finding.known else "",
    }
    return {f"trailwitness/{name}": _clipped(value, _FIELD) for name, value in fields.items() if value}


def _resource(finding: Finding, place: _Place, run: AnyRun) -> Members:
    if finding.resource == finding.account:
        return _account_resource(place, run)
    return {
        "Type": _resource_type(finding.resource),
        "Id": _clipped(finding.resource, _ID),
        "Region": place.region,
        **_partition(run),
    }


def _account_resource(place: _Place, run: AnyRun) -> Members:
    return {"Type": "AwsAccount", "Id": f"AWS::::Account:{place.account}", "Region": place.region, **_partition(run)}


def _partition(run: AnyRun) -> Members:
    return {"Partition": run.partition} if run.partition in _PARTITIONS else {}


def _resource_type(resource: str) -> str:
    arn = parse_arn(resource)
    if arn is None:
        return "Other"
    named = (
        type_
        for (service, beginning), type_ in _TYPES.items()
        if service == arn.service and arn.resource.startswith(beginning)
    )
    return next(named, "Other")


def _of_control(control: ControlResult, place: _Place, moment: datetime, run: AnyRun, stated: Stated) -> Members:
    words, name = stated.review_words(control), control_name(control)
    reason: Members = {"ReasonCode": "JUDGED_BY_A_PERSON", "Description": _clipped(words, _TEXT)}
    return {
        **_common(stable_id("control", control.framework, control.id), place, moment, run),
        "GeneratorId": _clipped(f"trailwitness/{name}", _ID),
        **_graded(Severity.INFO, Severity.INFO),
        "Title": _clipped(f"{name} {control.title}", _TITLE),
        "Description": _clipped(f"{words} {control.notes}", _DESCRIPTION),
        "Resources": [_account_resource(place, run)],
        "Compliance": {
            "Status": _STATUS[control.outcome],
            "RelatedRequirements": [_clipped(name, _TITLE)],
            "StatusReasons": [reason],
        },
        "Workflow": {"Status": "NEW"},
    }


def _of_unseen(unseen: Unseen, place: _Place, moment: datetime, run: AnyRun) -> Members:
    code = str(unseen.kind).replace("-", "_").upper()
    return {
        **_common(unseen.uid, place, moment, run),
        "GeneratorId": f"trailwitness/{RULE}",
        **_graded(Severity.MEDIUM, Severity.MEDIUM),
        "Title": _clipped(f"{TITLE}: {unseen.name}", _TITLE),
        "Description": _clipped(unseen.words, _DESCRIPTION),
        "Resources": [_account_resource(place, run)],
        "Compliance": {
            "Status": _STATUS[Outcome.UNKNOWN],
            "StatusReasons": [{"ReasonCode": _clipped(code, _TEXT), "Description": _clipped(unseen.words, _TEXT)}],
        },
        "Workflow": {"Status": "NEW"},
    }


def _clipped(text: str, limit: int) -> str:
    """A text as one visible line of at most ``limit`` characters: the API refuses empty and longer ones."""
    line = visible(" ".join(text.split())) or NO_REASON
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
