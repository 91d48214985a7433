"""CloudTrail: the trails an account can see, with their status and selectors."""

from collections.abc import Mapping
from typing import Any

from scanner.arns import parse_arn
from scanner.audit_path.keys import TRAIL_KEYS
from scanner.audit_path.places import TRAIL_LISTING, TRAIL_STATUS, TRAILS
from scanner.audit_path.stores import VisibleTrail, log_group_arn, mappings, visible_trails
from scanner.facts.facts import Facts, member
from scanner.facts.owners import ask_about_key
from scanner.facts.rows import Field, Held, ResourceType, Row, View, view_of
from scanner.facts.uses import Use
from scanner.resources.trails.log_roles import LOGS_ROLE, LOGS_ROLE_FIELDS, take_logs_role
from scanner.snapshot.answers import Answer, Snapshot
from scanner.snapshot.partly import known_part

EVENT_SELECTORS = Use("cloudtrail.GetEventSelectors", per=TRAILS)
INSIGHT_SELECTORS = Use("cloudtrail.GetInsightSelectors", per=TRAILS)

_MEMBERS = (
    "Name",
    "TrailARN",
    "HomeRegion",
    "S3BucketName",
    "S3KeyPrefix",
    "SnsTopicARN",
    "IncludeGlobalServiceEvents",
    "IsMultiRegionTrail",
    "IsOrganizationTrail",
    "LogFileValidationEnabled",
    "CloudWatchLogsLogGroupArn",
    "CloudWatchLogsRoleArn",
    "KmsKeyId",
)
"""Members of AWS's ``Trail`` that rules may name; one that AWS leaves out is null."""


def trail_view(snapshot: Snapshot, account: str) -> View:
    """One row for each trail visible in the account, its own and those of its organization.

    Status and selectors are those of the trail's home Region, which alone knows them all. Source: CloudTrail API
    reference, ``Trail``, ``GetTrailStatus``, ``GetEventSelectors``, ``GetInsightSelectors``.
    """
    visible = visible_trails(snapshot, account)
    return view_of([_row(snapshot, account, trail) for trail in visible.trails], list(visible.gaps))


def _row(snapshot: Snapshot, account: str, trail: VisibleTrail) -> Row:
    known, unknown = known_part(trail.data)
    facts = Facts({**{name: None for name in _MEMBERS if name not in unknown}, **known}, unknown)
    facts.data["Owned"] = trail.account == account
    _log_group(facts, trail)
    _status_and_selectors(facts, snapshot, account, trail)
    facts.attempt(("KmsKey",), lambda: _key(facts, snapshot, account, trail))
    take_logs_role(facts, snapshot, account, trail)
    return facts.row("cloudtrail.trail", account, trail.region, trail.arn, (trail.source,))


def _log_group(facts: Facts, trail: VisibleTrail) -> None:
    arn = parse_arn(log_group_arn(trail.text("CloudWatchLogsLogGroupArn")))
    facts.data["LogGroupName"] = arn.named("log-group:") if arn else None
    facts.data["LogGroupRegion"] = arn.region if arn else None
    facts.data["LogGroupAccount"] = arn.account if arn else None


def _status_and_selectors(facts: Facts, snapshot: Snapshot, account: str, trail: VisibleTrail) -> None:
    status = trail_status(snapshot, account, trail)
    facts.take("Status", None if status.absent else dict(status.first), status, pointer="/pages/0")
    selectors = event_selectors(snapshot, account, trail)
    for name in ("EventSelectors", "AdvancedEventSelectors"):
        facts.take(name, _items(selectors, name), selectors, pointer="/pages/0")
    insights = insight_selectors(snapshot, account, trail)
    facts.take("InsightSelectors", _items(insights, "InsightSelectors"), insights, pointer="/pages/0")


def _items(answer: Answer, name: str) -> list[Mapping[str, Any]]:
    return [item for _, item in mappings(answer, name)]


def ask_of_trail(
    snapshot: Snapshot, account: str, owner: str, region: str, operation: str, arguments: Mapping[str, Any]
) -> Answer:
    """The account's own answer about a trail; when it was refused, that of the owning account, if there is one."""
    answer = snapshot.ask(account, region, operation, arguments)
    if answer.gap is not None and owner != account:
        other = snapshot.ask(owner, region, operation, arguments)
        return answer if other.gap is not None else other
    return answer


def trail_status(snapshot: Snapshot, account: str, trail: VisibleTrail) -> Answer:
    """The answer of ``GetTrailStatus`` in the trail's home Region."""
    return ask_of_trail(snapshot, account, trail.account, trail.region, TRAIL_STATUS.operation, {"Name": trail.arn})


def event_selectors(snapshot: Snapshot, account: str, trail: VisibleTrail) -> Answer:
    """The answer of ``GetEventSelectors`` in the trail's home Region."""
    arguments = {"TrailName": trail.arn}
    return ask_of_trail(snapshot, account, trail.account, trail.region, EVENT_SELECTORS.operation, arguments)


def insight_selectors(snapshot: Snapshot, account: str, trail: VisibleTrail) -> Answer:
    """The answer of ``GetInsightSelectors`` in the trail's home Region; absent when Insights is off."""
    arguments = {"TrailName": trail.arn}
    return ask_of_trail(snapshot, account, trail.account, trail.region, INSIGHT_SELECTORS.operation, arguments)


def _key(facts: Facts, snapshot: Snapshot, account: str, trail: VisibleTrail) -> None:
    """The KMS key's own description, so that a disabled or AWS managed key is told from a sound one."""
    key = trail.text("KmsKeyId")
    if not key:
        facts.data["KmsKeyId"] = facts.data["KmsKey"] = None
        return
    arn = parse_arn(key)
    region = arn.region if arn and arn.region else trail.region
    # An id or an alias is one of the trail's owner; asked for by another account it would be another key.
    asking = account if arn else trail.account
    answer = ask_about_key(snapshot, asking, region, "kms.DescribeKey", key)
    facts.take("KmsKey", member(answer, "KeyMetadata"), answer, pointer="/pages/0/KeyMetadata")


TRAIL = ResourceType(
    name="cloudtrail.trail",
    title="CloudTrail trail",
    view=trail_view,
    calls=(TRAIL_LISTING,),
    fields={
        "Name": Field("Name of the trail."),
        "TrailARN": Field("ARN of the trail."),
        "HomeRegion": Field("Region in which the trail was created."),
        "Owned": Field(
            "Whether the scanned account owns the trail; false for an organization trail of another account."
        ),
        "IsMultiRegionTrail": Field("Whether the trail records every Region."),
        "IsOrganizationTrail": Field("Whether the trail records every account of the organization."),
        "IncludeGlobalServiceEvents": Field("Whether it records events of global services such as IAM."),
        "LogFileValidationEnabled": Field("Whether digest files are delivered with the log files."),
        "S3BucketName": Field("Bucket the log files are delivered to."),
        "S3KeyPrefix": Field("Prefix of the log files in the bucket; null without one."),
        "SnsTopicARN": Field("Topic told of each log file; null without one."),
        "KmsKeyId": Field("ARN of the KMS key the log files are encrypted with; null without one."),
        "KmsKey": Field(
            "KeyMetadata of that key as kms.DescribeKey gives it (KeyManager, KeyState and more); null without one.",
            calls=(Use("kms.DescribeKey", per=TRAIL_KEYS),),
        ),
        "CloudWatchLogsLogGroupArn": Field("Log group the events are delivered to; null without one."),
        "CloudWatchLogsRoleArn": Field("Role used for that delivery; null without one."),
        **LOGS_ROLE,
        "LogGroupName": Field("Name of that log group; null without one."),
        "LogGroupRegion": Field("Region of that log group; null without one."),
        "LogGroupAccount": Field("Account of that log group; null without one."),
        "Status": Field(
            "GetTrailStatus of the home Region: IsLogging, LatestDeliveryTime, LatestDeliveryError and more.",
            calls=(TRAIL_STATUS,),
        ),
        "EventSelectors": Field("Basic event selectors; [] without any.", calls=(EVENT_SELECTORS,)),
        "AdvancedEventSelectors": Field("Advanced event selectors; [] without any.", calls=(EVENT_SELECTORS,)),
        "InsightSelectors": Field(
            "Insights types recorded, as objects {InsightType, EventCategories}; [] when off.",
            calls=(INSIGHT_SELECTORS,),
        ),
    },
    own_names={"NAME": "TrailARN", "KEY": "KmsKeyId", "ROLE": "CloudWatchLogsRoleArn"},
    held=Held(of_asker=frozenset({"Owned", *LOGS_ROLE_FIELDS})),
)
