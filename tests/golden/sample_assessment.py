"""A realistic assessment of two made-up accounts, with the snapshot files it rests on."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from scanner.model import (
    AccountScope,
    Assessment,
    Caller,
    CallKey,
    Clause,
    Collected,
    ControlResult,
    Coverage,
    Evidence,
    EvidenceId,
    Finding,
    Fix,
    FrameworkVersion,
    Gap,
    GapKind,
    Link,
    Origin,
    Outcome,
    ResourceCheck,
    RouteCheck,
    RouteDetails,
    RouteKind,
    RouteScope,
    Rule,
    RuleId,
    ScanRun,
    Setting,
    Severity,
    Source,
    Summary,
    Tool,
)

FIRST, SECOND = "111122223333", "444455556666"
TRAIL = f"arn:aws:cloudtrail:us-east-1:{FIRST}:trail/main"
OTHER_TRAIL = f"arn:aws:cloudtrail:us-east-1:{SECOND}:trail/workloads"
GROUP = f"arn:aws:logs:us-east-1:{FIRST}:log-group:audit/cloudtrail:*"
TOPIC = f"arn:aws:sns:us-east-1:{FIRST}:security-alerts"
BUCKET = "audit-logs-111122223333"

VALIDATION = RuleId("trail.log-file-validation")
VERSIONING = RuleId("bucket.versioning")
CHANGES = RuleId("route.cloudtrail-changes")
SIGN_IN = RuleId("route.console-sign-in-without-mfa")
ORGANIZATION = RuleId("route.organizations-changes")

CHANGE_PATTERN = (
    "{ ($.eventSource = cloudtrail.amazonaws.com) && (($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || "
    "($.eventName = DeleteTrail) || ($.eventName = StartLogging) || ($.eventName = StopLogging)) }"
)

_CALLS: tuple[tuple[str, str, str, dict[str, Any], Any, str], ...] = (
    # account, Region, operation, arguments, pages (None when refused), error code
    (
        FIRST,
        "us-east-1",
        "cloudtrail.DescribeTrails",
        {"includeShadowTrails": True},
        [
            {
                "trailList": [
                    {"Name": "main", "TrailARN": TRAIL, "S3BucketName": BUCKET, "LogFileValidationEnabled": True}
                ]
            }
        ],
        "",
    ),
    (FIRST, "us-east-1", "cloudtrail.GetTrailStatus", {"Name": TRAIL}, [{"IsLogging": True}], ""),
    (FIRST, "us-east-1", "cloudwatch.DescribeAlarms", {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}, [{}], ""),
    (
        FIRST,
        "us-east-1",
        "logs.DescribeMetricFilters",
        {"logGroupName": "audit/cloudtrail"},
        [{"metricFilters": [{"filterName": "CloudTrailChanges", "filterPattern": "{ $.eventName = CreateTrail }"}]}],
        "",
    ),
    (FIRST, "us-east-1", "s3.GetBucketVersioning", {"Bucket": BUCKET}, [{"Status": "Enabled"}], ""),
    (FIRST, "us-east-1", "sns.ListSubscriptionsByTopic", {"TopicArn": TOPIC}, None, "AuthorizationError"),
    (
        SECOND,
        "us-east-1",
        "cloudtrail.DescribeTrails",
        {"includeShadowTrails": True},
        [{"trailList": [{"Name": "workloads", "TrailARN": OTHER_TRAIL, "LogFileValidationEnabled": False}]}],
        "",
    ),
)


def canonical(value: Any) -> bytes:
    """JSON as snapshots hold it."""
    return json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False).encode() + b"\n"


def snapshot_files() -> dict[str, bytes]:
    """run.json, calls.jsonl and the raw answers."""
    files: dict[str, bytes] = {"run.json": canonical({"schema": "trailwitness/snapshot/v1", **_collection()})}
    lines = []
    for number, (account, region, operation, arguments, pages, code) in enumerate(_CALLS, start=1):
        file = "" if pages is None else f"raw/{account}/{region}/{operation}.json"
        if file:
            files[file] = canonical({"pages": pages})
        call = {
            "account": account,
            "region": region,
            "operation": operation,
            "arguments": arguments,
            "started": f"2026-11-20T07:00:{number:02}Z",
            "date": f"2026-11-20T07:00:{number:02}Z",
            "request_ids": [f"5d2b7c1e-0000-4000-8000-{number:012}"],
            "pages": len(pages or ()),
            "items": 1,
            "file": file,
            "sha256": hashlib.sha256(files[file]).hexdigest() if file else "",
            "bytes": len(files[file]) if file else 0,
            "error": {"kind": "denied", "code": code, "message": "not authorized"} if code else None,
        }
        lines.append(json.dumps(call, sort_keys=True, ensure_ascii=False))
    files["calls.jsonl"] = "".join(f"{line}\n" for line in lines).encode()
    return files


def content_files() -> dict[str, bytes]:
    """The rules, frameworks and schemas used."""
    files = {f"rules/{rule.path}": rule.text.encode() for rule in _rules()}
    files["frameworks/pci-dss-4.0.1.yaml"] = b"id: pci-dss-4.0.1\n"
    files["schemas/rule.schema.json"] = b"{}\n"
    return files


def assessment() -> Assessment:
    """The assessment of the snapshot above."""
    findings, controls, gaps, evidence = _findings(), _controls(), _gaps(), _evidence()
    outcomes = [finding.outcome for finding in findings]
    by_outcome: dict[Outcome, int] = {
        outcome: outcomes.count(outcome) for outcome in Outcome if outcome is not Outcome.MANUAL
    }
    frameworks = {control.framework for control in controls}
    counted = Summary(
        findings=by_outcome,
        controls={framework: _counts(controls, framework) for framework in frameworks},
        calls=len(evidence),
        gaps=len(gaps),
    )
    return Assessment(_run(), _rules(), findings, controls, gaps, evidence, counted)


def _counts(controls: tuple[ControlResult, ...], framework: str) -> dict[Outcome, int]:
    outcomes = [control.outcome for control in controls if control.framework == framework]
    return {outcome: outcomes.count(outcome) for outcome in Outcome}


def _collection() -> Mapping[str, Any]:
    return {
        "started": "2026-11-20T07:00:00Z",
        "finished": "2026-11-20T07:02:11Z",
        "partition": "aws",
        "caller": {
            "account": FIRST,
            "arn": f"arn:aws:sts::{FIRST}:assumed-role/Auditor/quarterly",
            "user_id": "AROAEXAMPLE:quarterly",
        },
        "scope": {
            "accounts": {
                FIRST: {
                    "regions": ["eu-west-1", "us-east-1"],
                    "skipped": {"ap-east-1": "not enabled", "me-south-1": "not enabled"},
                },
                SECOND: {"regions": ["us-east-1"], "skipped": {}},
            }
        },
    }


def _run() -> ScanRun:
    collection = _collection()
    accounts = {}
    for account, scope in collection["scope"]["accounts"].items():
        accounts[account] = AccountScope(tuple(scope["regions"]), scope["skipped"])
    return ScanRun(
        tool=Tool("trailwitness", "0.1.0"),
        collected=Collected(
            started=collection["started"],
            finished=collection["finished"],
            tool=Tool("trailwitness", "0.1.0"),
            dependencies={"boto3": "1.44.5", "botocore": "1.44.5"},
        ),
        caller=Caller(**collection["caller"]),
        partition=collection["partition"],
        accounts=accounts,
        frameworks=(
            FrameworkVersion("hipaa-security-rule", "HIPAA Security Rule", "2013"),
            FrameworkVersion("pci-dss-4.0.1", "PCI DSS", "4.0.1"),
        ),
        rules=tuple(rule.id for rule in _rules()),
        settings=(Setting(CHANGES, "max_period", 3600, Origin.DEFAULT),),
    )


def _rule(rule: RuleId, title: str, severity: Severity, check: ResourceCheck | RouteCheck, remediation: str) -> Rule:
    area, name = rule.split(".")
    return Rule(
        id=rule,
        title=title,
        severity=severity,
        description=f"Judges: {title}.",
        rationale="An attacker who silences the audit trail works unseen.",
        remediation=remediation,
        references=("https://docs.aws.amazon.com/awscloudtrail/latest/userguide/",),
        parameters=(),
        check=check,
        path=f"{area}/{name}.yaml",
        text=f"id: {rule}\ntitle: {title}\n",
    )


def _rules() -> tuple[Rule, ...]:
    route = RouteCheck(CHANGE_PATTERN, None, (RouteKind.METRIC_FILTER,), "$max_threshold", "$max_period")
    organization = RouteCheck(
        "{ $.eventSource = organizations.amazonaws.com }",
        None,
        (RouteKind.METRIC_FILTER,),
        1,
        3600,
        RouteScope.ORGANIZATION_MANAGEMENT,
    )
    validation = ResourceCheck(
        "cloudtrail.trail",
        (Clause("LogFileValidationEnabled", "log file validation is off"),),
        "Owned",
        Outcome.FAIL,
        frozenset({"LogFileValidationEnabled", "Owned"}),
    )
    versioning = ResourceCheck(
        "s3.log_bucket",
        (Clause("Versioning == 'Enabled'", "versioning is off"),),
        None,
        Outcome.NOT_APPLICABLE,
        frozenset({"Versioning"}),
    )
    return (
        _rule(
            VERSIONING,
            "Log buckets keep versions",
            Severity.MEDIUM,
            versioning,
            (
                "Turn versioning on: aws s3api put-bucket-versioning --bucket NAME "
                "--versioning-configuration Status=Enabled"
            ),
        ),
        _rule(
            CHANGES,
            "Changes to CloudTrail reach a person",
            Severity.CRITICAL,
            route,
            "Widen the filter pattern so that it matches every event named above,\nthen test it:"
            " aws logs test-metric-filter --filter-pattern PATTERN --log-event-messages EVENT",
        ),
        _rule(
            SIGN_IN,
            "Console sign-in without MFA reaches a person",
            Severity.HIGH,
            route,
            "Confirm the subscription of the alarm's topic.",
        ),
        _rule(
            ORGANIZATION,
            "Changes to AWS Organizations reach a person",
            Severity.HIGH,
            organization,
            "Create the metric filter and its alarm in the management account.",
        ),
        _rule(
            VALIDATION,
            "Trails validate their log files",
            Severity.HIGH,
            validation,
            "Turn it on: aws cloudtrail update-trail --name NAME --enable-log-file-validation",
        ),
    )


def _source(number: int, pointer: str) -> Source:
    account, region, operation, arguments, _, _ = _CALLS[number - 1]
    return Source(CallKey(account, region, operation, arguments), pointer)


def _ids(*numbers: int) -> tuple[EvidenceId, ...]:
    return tuple(EvidenceId(f"EV-{number:04}") for number in numbers)


def _findings() -> tuple[Finding, ...]:
    titles = {rule.id: rule.title for rule in _rules()}
    good = [Link(name, Outcome.PASS, "", TRAIL) for name in ("trail", "delivery", "selectors")]
    group = Link("log-group", Outcome.PASS, "", GROUP)
    return (
        Finding(
            rule=CHANGES,
            outcome=Outcome.FAIL,
            severity=Severity.CRITICAL,
            account=FIRST,
            region="us-east-1",
            resource=TRAIL,
            reason="Four of five events that change CloudTrail reach nobody: no metric filter of log group "
            "audit/cloudtrail matches DeleteTrail, StartLogging, StopLogging and UpdateTrail.",
            title=titles[CHANGES],
            links=(
                *good,
                group,
                Link(
                    "filter",
                    Outcome.FAIL,
                    "the pattern matches CreateTrail only",
                    "CloudTrailChanges",
                ),
                Link("alarm", Outcome.PASS, "", "cloudtrail-changes-alarm"),
                Link("actions", Outcome.PASS, "", "cloudtrail-changes-alarm"),
                Link("topic", Outcome.PASS, "", TOPIC),
                Link("subscription", Outcome.UNKNOWN, "its subscriptions could not be listed", TOPIC),
            ),
            witness={
                "eventName": "StopLogging",
                "eventSource": "cloudtrail.amazonaws.com",
                "requestParameters": {"name": "main"},
            },
            details=RouteDetails(
                first_broken="filter",
                lost=("DeleteTrail", "StartLogging", "StopLogging", "UpdateTrail"),
                nearest="CloudTrailChanges",
                assumption="events as CloudTrail can deliver them",
                warnings=("the alarm treats missing data as notBreaching",),
                fix=Fix(
                    "Make metric filter CloudTrailChanges of log group audit match every event of the rule.",
                    (
                        (
                            "aws logs put-metric-filter --log-group-name audit --filter-name CloudTrailChanges "
                            "--filter-pattern '{ ($.eventName = DeleteTrail) || ($.eventName = StopLogging) "
                            "|| ($.eventName = UpdateTrail) }' "
                            '--metric-transformations \'[{"metricName":"Changes","metricNamespace":"Audit"}]\' '
                            "--region us-east-1"
                        ),
                    ),
                    "filter",
                ),
            ),
            sources=(_source(1, "/pages/0/trailList/0"), _source(4, "/pages/0/metricFilters/0")),
            evidence=_ids(1, 4),
        ),
        Finding(
            rule=SIGN_IN,
            outcome=Outcome.UNKNOWN,
            severity=Severity.HIGH,
            account=FIRST,
            region="us-east-1",
            resource=TRAIL,
            reason=(
                "Whether anybody is told is not known: the subscriptions of topic security-alerts could not be read."
            ),
            title=titles[SIGN_IN],
            links=(*good, group, Link("subscription", Outcome.UNKNOWN, "not listed: AuthorizationError", TOPIC)),
            details=RouteDetails(first_broken="subscription"),
            sources=(_source(3, "/pages/0"), _source(6, "")),
            evidence=_ids(3, 6),
        ),
        Finding(
            rule=VALIDATION,
            outcome=Outcome.PASS,
            severity=Severity.HIGH,
            account=FIRST,
            region="us-east-1",
            resource=TRAIL,
            reason="Trail main: log file validation is on.",
            title=titles[VALIDATION],
            sources=(_source(1, "/pages/0/trailList/0"),),
            evidence=_ids(1),
        ),
        Finding(
            rule=VALIDATION,
            outcome=Outcome.FAIL,
            severity=Severity.HIGH,
            account=SECOND,
            region="us-east-1",
            resource=OTHER_TRAIL,
            reason="Trail workloads: log file validation is off.",
            title=titles[VALIDATION],
            sources=(_source(7, "/pages/0/trailList/0"),),
            evidence=_ids(7),
        ),
        Finding(
            rule=VERSIONING,
            outcome=Outcome.PASS,
            severity=Severity.MEDIUM,
            account=FIRST,
            region="us-east-1",
            resource=BUCKET,
            reason="Bucket audit-logs-111122223333 keeps versions.",
            title=titles[VERSIONING],
            sources=(_source(5, "/pages/0"),),
            evidence=_ids(5),
        ),
        Finding(
            rule=ORGANIZATION,
            outcome=Outcome.NOT_APPLICABLE,
            severity=Severity.HIGH,
            account=SECOND,
            region="us-east-1",
            resource=SECOND,
            reason="Account 444455556666 is not the management account of an organization.",
            title=titles[ORGANIZATION],
            sources=(_source(7, "/pages/0"),),
            evidence=_ids(7),
        ),
        Finding(
            rule=VERSIONING,
            outcome=Outcome.UNKNOWN,
            severity=Severity.MEDIUM,
            account=SECOND,
            region="",
            resource=SECOND,
            reason=f"Account {SECOND}: not every log bucket could be seen: s3.GetBucketVersioning was not collected.",
            title=titles[VERSIONING],
        ),
    )


def _controls() -> tuple[ControlResult, ...]:
    hipaa, pci = "hipaa-security-rule", "pci-dss-4.0.1"
    return (
        ControlResult(
            hipaa,
            "164.312(b)",
            "Audit controls",
            Coverage.PARTIAL,
            Outcome.FAIL,
            "Covers AWS API activity; applications and their own logs need a person.",
            (CHANGES, VALIDATION),
        ),
        ControlResult(
            hipaa,
            "164.308(a)(6)(ii)",
            "Response and reporting",
            Coverage.MANUAL,
            Outcome.MANUAL,
            "What people do with an alarm is not in the configuration.",
            (),
        ),
        ControlResult(
            pci,
            "10.2.1.6",
            "Changes to audit logs are logged",
            Coverage.FULL,
            Outcome.FAIL,
            "Covers CloudTrail itself.",
            (CHANGES,),
        ),
        ControlResult(
            pci,
            "10.3.2",
            "Audit logs are protected from change",
            Coverage.SUPPORTING,
            Outcome.PASS,
            "Versioning is one protection of several.",
            (VERSIONING,),
        ),
        ControlResult(
            pci, "10.4.1.1", "Audit logs are reviewed", Coverage.PARTIAL, Outcome.UNKNOWN, "Alarms alone.", (SIGN_IN,)
        ),
        ControlResult(
            pci, "12.10.5", "Alerts of monitoring", Coverage.FULL, Outcome.NOT_APPLICABLE, "", (ORGANIZATION,)
        ),
    )


def _gaps() -> tuple[Gap, ...]:
    denied = Gap(
        key=CallKey(FIRST, "us-east-1", "sns.ListSubscriptionsByTopic", {"TopicArn": TOPIC}),
        kind=GapKind.DENIED,
        code="AuthorizationError",
        reason=f"sns.ListSubscriptionsByTopic was denied in {FIRST}/us-east-1: AuthorizationError",
    )
    throttled = map(_throttled, ("eu-west-1", "eu-west-2"))
    return (denied, *throttled, *map(_left_out, ("ap-east-1", "me-south-1")))


def _throttled(region: str) -> Gap:
    arguments = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    return Gap(
        key=CallKey(FIRST, region, "cloudwatch.DescribeAlarms", arguments),
        kind=GapKind.THROTTLED,
        code="Throttling",
        reason=f"cloudwatch.DescribeAlarms was throttled to the end in {FIRST}/{region}: Throttling",
    )


def _left_out(region: str) -> Gap:
    return Gap(
        key=CallKey(FIRST, region, ""),
        kind=GapKind.REGION_OFF,
        reason=f"Region {region} was left out: not enabled",
    )


def _evidence() -> tuple[Evidence, ...]:
    files = snapshot_files()
    calls = [json.loads(line) for line in files["calls.jsonl"].splitlines()]
    return tuple(
        Evidence(
            id=EvidenceId(f"EV-{number:04}"),
            key=CallKey(call["account"], call["region"], call["operation"], call["arguments"]),
            file=call["file"],
            sha256=call["sha256"],
            bytes=call["bytes"],
            started=call["started"],
            request_ids=tuple(call["request_ids"]),
            error=call["error"]["code"] if call["error"] else "",
        )
        for number, call in enumerate(calls, start=1)
    )
