"""Repairs of the links that lie before the metric filter: the trail, its delivery, its selectors, its log group.

Sources: AWS CLI Command Reference, ``cloudtrail``; CloudTrail User Guide, "Role policy document for CloudTrail to use
CloudWatch Logs for monitoring".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from scanner.arns import Arn, parse_arn
from scanner.checks.route.fixing.commands import Command, command, json_text, start_logging
from scanner.checks.route.trails import Trunk, trail_name

Repair = tuple[str, tuple[Command, ...]]
"""A sentence and the commands."""

_MANAGEMENT = {
    "Name": "All management events",
    "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}],
}


def new_trail(region: str) -> Repair:
    """A trail where there is none."""
    made = command(
        "cloudtrail", "create-trail", "--is-multi-region-trail", "--include-global-service-events",
        "--enable-log-file-validation", name="audit-trail", s3_bucket_name="BUCKET", region=region,
    )  # fmt: skip
    text = (
        "Create a multi-Region trail that delivers to a bucket whose policy lets CloudTrail write to it, and start it"
    )
    return text, (made, command("cloudtrail", "start-logging", name="audit-trail", region=region))


def telemetry_rule(trunk: Trunk) -> Repair:
    """A telemetry rule that brings all management events of every Region into CloudWatch Logs, made or changed.

    Source: observabilityadmin API reference, ``TelemetryRule``.
    """
    rule = {
        "ResourceType": "AWS::CloudTrail",
        "TelemetryType": "Logs",
        "AllRegions": True,
        "DestinationConfiguration": {
            "DestinationType": "cloud-watch-logs",
            "CloudtrailParameters": {"AdvancedEventSelectors": [_MANAGEMENT]},
        },
    }
    text, region = json_text(rule), trunk.trail.region
    known = trunk.trail.data.get("TelemetryRules") or ()
    if known:
        changed = command(
            "observabilityadmin", "update-telemetry-rule", rule_identifier=known[0], rule=text, region=region
        )
        return f"Let telemetry rule {known[0]} bring all management events of every Region into CloudWatch Logs", (
            changed,
        )
    start = command("observabilityadmin", "start-telemetry-evaluation", region=region)
    made = command(
        "observabilityadmin", "create-telemetry-rule", rule_name="audit-management-events", rule=text, region=region
    )
    return "Create a telemetry rule that brings all management events of every Region into CloudWatch Logs", (
        start,
        made,
    )


def logging_trail(trunk: Trunk) -> Repair:
    """A trail that is off, that records one Region only, or that leaves out global service events."""
    row = trunk.trail
    name, arn = trail_name(row), row.id
    status = row.data.get("Status")
    if not isinstance(status, Mapping) or status.get("IsLogging") is not True:
        return f"Start trail {name}", (start_logging(arn, row.region),)
    widened = command(
        "cloudtrail",
        "update-trail",
        "--is-multi-region-trail",
        "--include-global-service-events",
        name=arn,
        region=row.region,
    )
    return f"Make trail {name} record every Region and global service events", (widened,)


def delivering(trunk: Trunk) -> Repair:
    """A trail that does not deliver to CloudWatch Logs."""
    row = trunk.trail
    name = trail_name(row)
    look = command("cloudtrail", "get-trail-status", name=row.id, region=row.region)
    if not trunk.group:
        group = f"aws-cloudtrail-logs-{row.data.get('Name') or 'trail'}"
        arn = parse_arn(row.id)
        partition, account = (arn.partition, arn.account) if arn else ("aws", row.account)
        target = str(Arn(partition, "logs", row.region, account, f"log-group:{group}:*"))
        made = command("logs", "create-log-group", log_group_name=group, region=row.region)
        text = f"Give trail {name} a log group, and a role that lets CloudTrail write to it (replace ROLE-ARN)"
        return text, (made, _pointed(trunk, target, "ROLE-ARN"))
    role = parse_arn(row.data.get("CloudWatchLogsRoleArn"))
    group = _group_name(trunk)
    if role is None or not role.after("role/"):
        text = f"Give trail {name} a role that lets CloudTrail write to log group {group} (replace ROLE-ARN)"
        return text, (_pointed(trunk, f"{trunk.group}:*", "ROLE-ARN"), look)
    role_name = role.after("role/").rsplit("/", 1)[-1]
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    statement = {"Effect": "Allow", "Action": actions, "Resource": f"{trunk.group}:log-stream:*"}
    allow = command(
        "iam", "put-role-policy", role_name=role_name, policy_name="cloudtrail-to-cloudwatch-logs",
        policy_document=json_text({"Version": "2012-10-17", "Statement": [statement]}),
    )  # fmt: skip
    text = f"Allow role {role_name} of trail {name} to write to log group {group}"
    return f"{text}, and check that CloudTrail delivers again", (allow, look)


def _group_name(trunk: Trunk) -> str:
    arn = parse_arn(trunk.group)
    return arn.named("log-group:") if arn else ""


def recording(trunk: Trunk) -> Repair:
    """A trail whose event selectors leave out events: what they record beside them is kept."""
    row = trunk.trail
    advanced, basic = row.data.get("AdvancedEventSelectors"), row.data.get("EventSelectors")
    if isinstance(advanced, list) and advanced:
        kept = [item for item in advanced if item != _MANAGEMENT]
        option = {"advanced_event_selectors": json_text([*kept, _MANAGEMENT])}
    else:
        option = {"event_selectors": json_text(_widened(basic if isinstance(basic, list) else []))}
    put = command("cloudtrail", "put-event-selectors", trail_name=row.id, **option, region=row.region)
    return f"Make trail {trail_name(row)} record all management events, besides what it records now", (put,)


def _widened(selectors: Sequence[Any]) -> list[dict[str, Any]]:
    """Basic selectors of which the first one records all management events."""
    listed = [dict(item) for item in selectors if isinstance(item, Mapping)] or [{}]
    everything = {"ReadWriteType": "All", "IncludeManagementEvents": True, "ExcludeManagementEventSources": []}
    return [{**listed[0], **everything}, *listed[1:]]


def standing_group(trunk: Trunk, *, exists: bool) -> Repair:
    """A log group that is gone, or of a class on which metric filters do not run."""
    name, arn = _group_name(trunk), parse_arn(trunk.group)
    region = arn.region if arn else trunk.trail.region
    if not exists:
        return f"Create log group {name} again", (
            command("logs", "create-log-group", log_group_name=name, region=region),
        )
    other = f"{name}-standard"
    made = command("logs", "create-log-group", log_group_name=other, log_group_class="STANDARD", region=region)
    role = trunk.trail.data.get("CloudWatchLogsRoleArn") or "ROLE-ARN"
    text = (
        f"The class of a log group cannot be changed: make trail {trail_name(trunk.trail)} deliver to a group of class "
        "STANDARD, and allow its role to write to that group"
    )
    return text, (made, _pointed(trunk, f"{trunk.group.removesuffix(name)}{other}:*", str(role)))


def _pointed(trunk: Trunk, group: str, role: str) -> Command:
    return command(
        "cloudtrail", "update-trail", name=trunk.trail.id, cloud_watch_logs_log_group_arn=group,
        cloud_watch_logs_role_arn=role, region=trunk.trail.region,
    )  # fmt: skip
