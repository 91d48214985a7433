"""An organization as a snapshot: a management account, a security account and any number of members.

The organization's trail belongs to the management account, as do its log group, the metric filters with their alarms
and the topic; the log bucket and its key are in the security account. Every call is there that a scan of all rules
makes, in every account and Region.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.audit_path.topics import COUNTED
from scanner.aws.operations import OPERATIONS, Operation
from scanner.collect.completeness import unrecorded_calls
from scanner.facts.uses import Use, with_what_names_them
from scanner.model import CallKey, GapKind, RouteCheck, Rule
from scanner.snapshot.answers import SCHEMA, Call, CallError, Snapshot
from scanner.snapshot.raw_json import digest, document, raw_file

MANAGEMENT, SECURITY = "999988887777", "555566667777"
HOME = "us-east-1"
REGIONS = (
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
    *("ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1"),
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2"),
)
TRAIL = f"arn:aws:cloudtrail:{HOME}:{MANAGEMENT}:trail/organization"
GROUP = f"arn:aws:logs:{HOME}:{MANAGEMENT}:log-group:organization-trail"
BUCKET = "organization-logs"
KEY = f"arn:aws:kms:{HOME}:{SECURITY}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TOPIC = f"arn:aws:sns:{HOME}:{MANAGEMENT}:security-alerts"
SUBSCRIPTION = f"{TOPIC}:6a9c1f0e-2b7d-4d52-9d61-0c1f5b7e8a90"
STARTED = "2026-11-20T07:00:00Z"

Answer = Mapping[str, Any] | CallError
Answers = Mapping[CallKey, Answer]
DENIED = CallError(GapKind.DENIED, "AccessDenied", "")


def member(number: int) -> str:
    """The id of a member, counted from 0."""
    return str(100000000001 + number)


def absent(code: str) -> CallError:
    """The answer that what was asked about does not exist."""
    return CallError("absent", code, "")


@dataclass
class Organization:
    """What the accounts answer; ``changed`` are the answers by account and operation that are not the sound ones."""

    rules: Sequence[Rule]
    uses: Collection[Use]
    regions: Sequence[str] = (HOME,)
    changed: dict[tuple[str, str], Answer] = field(default_factory=dict)

    def calls(self, account: str) -> dict[CallKey, Answer]:
        """Every call of a scan of one account, with its answer."""
        found: dict[CallKey, Answer] = {}
        uses = with_what_names_them(self.uses)
        while missing := unrecorded_calls(snapshot(found, (account,), self.regions), uses):
            found.update((key, self.answer(key)) for key in missing)
        return found

    def answer(self, key: CallKey) -> Answer:
        """The answer to one call."""
        changed = self.changed.get((key.account, key.operation))
        if changed is not None:
            return changed
        told = _ANSWERS.get(key.operation)
        return told(self, key) if told is not None else _nothing(OPERATIONS[key.operation])


def _nothing(operation: Operation) -> Answer:
    """An answer that tells of nothing: lists without items, or that the thing does not exist."""
    if operation.lists:
        return {member: [] for member in operation.lists}
    return absent(operation.absent[0]) if operation.absent else DENIED


def run(accounts: Mapping[str, Any]) -> dict[str, Any]:
    """``run.json`` over accounts and their scopes, collected by the management account where that is one of them."""
    caller = MANAGEMENT if MANAGEMENT in accounts else min(accounts)
    return {
        "schema": SCHEMA,
        "started": STARTED,
        "finished": STARTED,
        "partition": "aws",
        "caller": {"account": caller, "arn": f"arn:aws:iam::{caller}:role/auditor", "user_id": "AIDA"},
        "scope": {"accounts": accounts, "asked": {"regions": "enabled"}},
    }


def snapshot(answers: Answers, accounts: Sequence[str], regions: Sequence[str]) -> Snapshot:
    """Recorded answers of some accounts, all of the same Regions."""
    files: dict[str, bytes] = {}
    calls: list[Call] = []
    for key, answer in answers.items():
        call, content = recorded(key, answer)
        files[call.file] = content
        calls.append(call)
    return Snapshot(run({account: {"regions": list(regions)} for account in accounts}), tuple(calls), files.__getitem__)


def recorded(key: CallKey, answer: Answer) -> tuple[Call, bytes]:
    """A call and the content of its raw file."""
    error = answer if isinstance(answer, CallError) else None
    content = b"" if error is not None else document({"pages": [answer]})
    call = Call(
        key=key,
        started=STARTED,
        date=STARTED,
        request_ids=("01234567-89ab-cdef-0123-456789abcdef",),
        pages=0 if error else 1,
        items=0,
        file="" if error else raw_file(key),
        sha256=digest(content) if content else "",
        bytes=len(content),
        error=error,
    )
    return call, content


def _filters(rules: Sequence[Rule]) -> list[tuple[str, str]]:
    return [(rule.id.partition(".")[2], rule.check.events) for rule in rules if isinstance(rule.check, RouteCheck)]


def _trails(_organization: Organization, _key: CallKey) -> Answer:
    trail = {
        "Name": "organization",
        "TrailARN": TRAIL,
        "HomeRegion": HOME,
        "S3BucketName": BUCKET,
        "IncludeGlobalServiceEvents": True,
        "IsMultiRegionTrail": True,
        "IsOrganizationTrail": True,
        "LogFileValidationEnabled": True,
        "KmsKeyId": KEY,
        "CloudWatchLogsLogGroupArn": f"{GROUP}:*",
        "CloudWatchLogsRoleArn": f"arn:aws:iam::{MANAGEMENT}:role/delivery",
        "HasCustomEventSelectors": True,
        "HasInsightSelectors": False,
    }
    return {"trailList": [trail]}


def _groups(_organization: Organization, key: CallKey) -> Answer:
    if key.arguments["logGroupNamePrefix"] != "organization-trail":
        return {"logGroups": []}
    arn = GROUP
    return {"logGroups": [{"logGroupName": "organization-trail", "arn": f"{arn}:*", "retentionInDays": 400}]}


def _metric_filters(organization: Organization, _key: CallKey) -> Answer:
    return {
        "metricFilters": [
            {
                "filterName": name,
                "filterPattern": events.strip(),
                "metricTransformations": [{"metricName": name, "metricNamespace": "Audit", "metricValue": "1"}],
                "logGroupName": "organization-trail",
            }
            for name, events in _filters(organization.rules)
        ]
    }


def alarm(name: str) -> dict[str, Any]:
    """An alarm on what a metric filter of the organization's log group publishes."""
    return {
        "AlarmName": name,
        "AlarmArn": f"arn:aws:cloudwatch:{HOME}:{MANAGEMENT}:alarm:{name}",
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
        "MetricName": name,
        "Namespace": "Audit",
        "Statistic": "Sum",
        "Dimensions": [],
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "StateValue": "OK",
    }


def _alarms(organization: Organization, key: CallKey) -> Answer:
    here = key.account == MANAGEMENT and key.region == HOME
    listed = [alarm(name) for name, _ in _filters(organization.rules)] if here else []
    return {"MetricAlarms": listed, "CompositeAlarms": []}


def _topic(_organization: Organization, _key: CallKey) -> Answer:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": TOPIC,
        "Condition": {"StringEquals": {"aws:SourceAccount": MANAGEMENT}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return {"Attributes": {"TopicArn": TOPIC, "Owner": MANAGEMENT, "Policy": policy}}


def _always(answer: Answer) -> Callable[[Organization, CallKey], Answer]:
    return lambda _organization, _key: answer


def _only(account: str, answer: Answer) -> Callable[[Organization, CallKey], Answer]:
    """What one account is told, and the others are denied."""
    return lambda _organization, key: answer if key.account == account else DENIED


def _identity(_organization: Organization, key: CallKey) -> Answer:
    return {"Account": key.account, "Arn": f"arn:aws:iam::{key.account}:role/auditor", "UserId": "AIDA"}


def _regions(organization: Organization, _key: CallKey) -> Answer:
    return {"Regions": [{"RegionName": name, "OptInStatus": "opt-in-not-required"} for name in organization.regions]}


_BLOCKED = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
_LISTED = {
    "SubscriptionArn": SUBSCRIPTION,
    "Owner": MANAGEMENT,
    "Protocol": "email",
    "Endpoint": "security@example.com",
    "TopicArn": TOPIC,
}
_ATTRIBUTES = {"SubscriptionArn": SUBSCRIPTION, "Protocol": "email", "PendingConfirmation": "false"}

_ANSWERS: Mapping[str, Callable[[Organization, CallKey], Answer]] = {
    "sts.GetCallerIdentity": _identity,
    "ec2.DescribeRegions": _regions,
    "organizations.DescribeOrganization": _always(
        {"Organization": {"Id": "o-exampleorgid", "MasterAccountId": MANAGEMENT, "FeatureSet": "ALL"}}
    ),
    "cloudtrail.DescribeTrails": _trails,
    "cloudtrail.GetTrailStatus": _always(
        {
            "IsLogging": True,
            "StartLoggingTime": "2024-01-10T08:00:00Z",
            "LatestDeliveryTime": "2026-11-20T06:55:00Z",
            "LatestDigestDeliveryTime": "2026-11-20T06:30:00Z",
            "LatestCloudWatchLogsDeliveryTime": "2026-11-20T06:58:00Z",
        }
    ),
    "cloudtrail.GetEventSelectors": _always(
        {"TrailARN": TRAIL, "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]}
    ),
    "cloudtrail.GetInsightSelectors": _always(absent("InsightNotEnabledException")),
    "cloudtrail.ListEventDataStores": _always({"EventDataStores": []}),
    "events.ListRules": _always({"Rules": []}),
    "logs.DescribeLogGroups": _groups,
    "logs.DescribeMetricFilters": _metric_filters,
    "logs.DescribeSubscriptionFilters": _always({"subscriptionFilters": []}),
    "logs.DescribeResourcePolicies": _always({"resourcePolicies": []}),
    "cloudwatch.DescribeAlarms": _alarms,
    "cloudwatch.ListAlarmMuteRules": _always({"AlarmMuteRuleSummaries": []}),
    "oam.ListLinks": _always({"Items": []}),
    "iam.GetRole": _always(absent("NoSuchEntity")),
    "sns.GetTopicAttributes": _topic,
    "cloudwatch.GetMetricData": _always(
        {"MetricDataResults": [{"Id": name, "Values": [], "StatusCode": "Complete"} for name in COUNTED]}
    ),
    "sns.GetDataProtectionPolicy": _always({"DataProtectionPolicy": ""}),
    "sns.ListSubscriptionsByTopic": _always({"Subscriptions": [_LISTED]}),
    "sns.GetSubscriptionAttributes": _always({"Attributes": _ATTRIBUTES}),
    "s3control.GetPublicAccessBlock": _always({"PublicAccessBlockConfiguration": _BLOCKED}),
    "s3.HeadBucket": _only(SECURITY, {"BucketRegion": HOME}),
    "s3.GetBucketPolicy": _only(SECURITY, absent("NoSuchBucketPolicy")),
    "s3.GetBucketPolicyStatus": _only(SECURITY, {"PolicyStatus": {"IsPublic": False}}),
    "s3.GetPublicAccessBlock": _only(SECURITY, {"PublicAccessBlockConfiguration": _BLOCKED}),
    "s3.GetBucketAcl": _only(SECURITY, {"Owner": {"ID": "owner"}, "Grants": []}),
    "s3.GetBucketVersioning": _only(SECURITY, {"Status": "Enabled"}),
    "s3.GetObjectLockConfiguration": _only(SECURITY, absent("ObjectLockConfigurationNotFoundError")),
    "s3.GetBucketLifecycleConfiguration": _only(SECURITY, absent("NoSuchLifecycleConfiguration")),
    "s3.GetBucketLogging": _only(SECURITY, {}),
    "s3.GetBucketEncryption": _only(SECURITY, absent("ServerSideEncryptionConfigurationNotFoundError")),
    "s3.GetBucketOwnershipControls": _only(
        SECURITY, {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}
    ),
    "kms.DescribeKey": _only(
        SECURITY,
        {
            "KeyMetadata": {
                "KeyId": KEY.rpartition("/")[2],
                "Arn": KEY,
                "AWSAccountId": SECURITY,
                "KeyManager": "CUSTOMER",
                "KeyState": "Enabled",
                "Enabled": True,
                "Origin": "AWS_KMS",
                "KeySpec": "SYMMETRIC_DEFAULT",
            }
        },
    ),
    "kms.GetKeyPolicy": _only(SECURITY, {"Policy": json.dumps({"Version": "2012-10-17", "Statement": []})}),
    "kms.GetKeyRotationStatus": _only(SECURITY, {"KeyRotationEnabled": True}),
    "kms.ListGrants": _only(SECURITY, {"Grants": []}),
}
