"""CloudWatch Logs: the log groups that CloudTrail's events reach, and the metric filters on those of trails."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scanner.arns import parse_arn
from scanner.audit_path.event_log_groups import LISTING
from scanner.audit_path.keys import LOG_GROUP_KEYS
from scanner.audit_path.places import (
    EVENT_LOG_GROUP_LISTING,
    EVENT_LOG_GROUPS,
    FILTER_LISTINGS,
    LOG_GROUP_LISTING,
    LOG_GROUP_POLICIES,
    LOG_GROUPS,
    LOG_REGIONS,
    TRAIL_LISTING,
)
from scanner.audit_path.stores import (
    AuditLogGroup,
    VisibleTrails,
    audit_log_groups,
    event_log_groups,
    foreign_group,
    mappings,
    visible_trails,
    watched_log_groups,
)
from scanner.audit_path.watching import ListedFilter, listed_filters
from scanner.facts.facts import Facts, checked, member
from scanner.facts.owners import ask_about_key
from scanner.facts.rows import Existence, Field, Held, ResourceType, Row, View, view_of
from scanner.facts.uses import Use
from scanner.model import Gap, RuleId
from scanner.policies.statements import statements_about
from scanner.resources.log_groups.masking import MASKING, take_masking
from scanner.resources.log_groups.subscriptions import SUBSCRIPTIONS, take_subscriptions
from scanner.snapshot.answers import Answer, Snapshot
from scanner.snapshot.partly import known_part

_LISTED = (
    "Exists",
    "logGroupClass",
    "retentionInDays",
    "kmsKeyId",
    "deletionProtectionEnabled",
)
"""Fields that ``logs.DescribeLogGroups`` alone gives."""


def audit_log_group_view(snapshot: Snapshot, account: str) -> View:
    """One row for each log group that CloudTrail's events reach: over a visible trail, or without one.

    The group of a trail is a row whether or not it exists. Groups that events enter without a trail are known by their
    name; a Region in which they could not be listed is a gap of the population.

    A group of another account cannot be looked into from here: its facts are gaps. Source: CloudWatch Logs API
    reference, ``LogGroup`` (a group without ``retentionInDays`` never expires its events; the class is STANDARD
    unless another is named).
    """
    visible = visible_trails(snapshot, account)
    groups = {group.arn: group for group in audit_log_groups(visible)}
    found = event_log_groups(snapshot, account)
    for group in found.groups:
        groups[group.arn] = replace(groups.get(group.arn, group), listed=group.listed)
    rows = [_group_row(snapshot, account, group) for group in groups.values()]
    return view_of(rows, [*visible.gaps, *found.gaps])


def watched_log_group_rows(snapshot: Snapshot, account: str, visible: VisibleTrails) -> tuple[Row, ...]:
    """The rows of the log groups that management events reach, by Region and ARN: those that routes go through."""
    groups = watched_log_groups(snapshot, account, visible)
    return view_of([_group_row(snapshot, account, group) for group in groups], []).rows


def _group_row(snapshot: Snapshot, account: str, group: AuditLogGroup) -> Row:
    facts = Facts(
        {
            "arn": f"{group.arn}:*",
            "logGroupArn": group.arn,
            "logGroupName": group.name,
            "Account": group.account,
            "Region": group.region,
            "Trails": [trail.arn for trail in group.trails],
            "Receives": group.receives,
        }
    )
    foreign: Gap | None = None
    if group.account != account:
        foreign = foreign_group(snapshot, account, group, "logs.DescribeLogGroups", {"logGroupNamePrefix": group.name})
        facts.gaps.update(dict.fromkeys((*_LISTED, "KmsKey", "ResourcePolicies", "SubscriptionFilters"), foreign))
    else:
        _describe(snapshot, account, group, facts)
        attached = {"policyScope": "RESOURCE", "resourceArn": group.arn}
        policies = [
            checked(
                snapshot.ask(account, group.region, "logs.DescribeResourcePolicies", scope), "resourcePolicies", list
            )
            for scope in ({}, attached)
        ]
        facts.take(
            "ResourcePolicies", [policy for answer in policies for policy in _policies(answer, group.arn)], *policies
        )
        _subscriptions(snapshot, account, group, facts)
    take_masking(facts, snapshot, account, group, foreign)
    take_subscriptions(facts, snapshot, account, group, foreign)
    sources = (*(trail.source for trail in group.trails), *((group.listed,) if group.listed else ()))
    return facts.row("logs.audit_log_group", account, group.region, group.arn, sources)


def _describe(snapshot: Snapshot, account: str, group: AuditLogGroup, facts: Facts) -> None:
    """What the listing says about exactly this name; without an exact match the group is gone."""
    # A group that only the listing of all of its kind shows was not asked for by its name.
    arguments = {"logGroupNamePrefix": group.name} if group.trails else LISTING
    answer = snapshot.ask(account, group.region, "logs.DescribeLogGroups", arguments).in_part
    listed, unknown, place = _named(answer, group.name)
    if not listed and unknown:  # a group whose name is not known may be this one
        answer, unknown = answer.without(unknown["logGroupName"]), {}
    facts.data.update({name: value for name, value in listed.items() if name not in facts.data})
    facts.gaps |= unknown
    key = listed.get("kmsKeyId") or None
    values: dict[str, Any] = {
        "Exists": bool(listed),
        "logGroupClass": (listed.get("logGroupClass") or "STANDARD") if listed else None,
        "retentionInDays": listed.get("retentionInDays"),
        "kmsKeyId": key,
        "deletionProtectionEnabled": listed.get("deletionProtectionEnabled") is True if listed else None,
    }
    for name, value in values.items():
        facts.take(name, value, answer.without(unknown[name]) if name in unknown else answer, pointer=place)
    if not isinstance(key, str):
        without = answer.without(unknown["kmsKeyId"]) if "kmsKeyId" in unknown else answer
        facts.take("KmsKey", None, without, pointer=place)
        return
    arn = parse_arn(key)
    region = (arn.region if arn else "") or group.region
    described = ask_about_key(snapshot, account, region, "kms.DescribeKey", key)
    facts.take("KmsKey", member(described, "KeyMetadata"), described, pointer="/pages/0/KeyMetadata")


def _named(answer: Answer, name: str) -> tuple[Mapping[str, Any], dict[str, Gap], str]:
    """The listed log group of this name: what is known of it, the gaps of the rest, and where it is listed.

    Without one, the gaps are those of a group whose own name is not known.
    """
    nameless: dict[str, Gap] = {}
    for pointer, item in mappings(answer, "logGroups"):
        known, unknown = known_part(item)
        if known.get("logGroupName") == name:
            return known, unknown, pointer
        nameless = unknown if "logGroupName" in unknown else nameless
    return {}, nameless, ""


def _subscriptions(snapshot: Snapshot, account: str, group: AuditLogGroup, facts: Facts) -> None:
    """Source: CloudWatch Logs API reference, ``SubscriptionFilter``."""
    asked = snapshot.ask(account, group.region, "logs.DescribeSubscriptionFilters", {"logGroupName": group.name})
    answer = checked(asked, "subscriptionFilters", list)
    facts.take("SubscriptionFilters", [dict(item) for _, item in mappings(answer, "subscriptionFilters")], answer)


def _policies(answer: Answer, arn: str) -> list[dict[str, Any]]:
    """The resource policies of the group's Region or of itself, each with only the statements that can concern it.

    A policy of a whole Region and one attached to the group add up. Source: CloudWatch Logs API reference,
    ``DescribeResourcePolicies`` (without ``policyScope`` it lists those of the account alone).
    """
    targets = (arn, f"{arn}:*")
    return [
        {"policyName": policy.get("policyName"), "Policy": statements_about(policy.get("policyDocument"), targets)}
        for _, policy in mappings(answer, "resourcePolicies")
    ]


def metric_filter_view(snapshot: Snapshot, account: str) -> View:
    """One row for each metric filter on a log group that management events reach, over a visible trail or without one.

    Rows hold AWS's own members (CloudWatch Logs API reference, ``MetricFilter``). A group whose filters could not
    be listed is a gap of the population; a group that does not exist has none.
    """
    listed = listed_filters(snapshot, account, visible_trails(snapshot, account))
    return view_of([_filter_row(account, each) for each in listed.filters], list(listed.gaps))


def _filter_row(account: str, listed: ListedFilter) -> Row:
    data: dict[str, Any] = {
        **dict.fromkeys(("filterName", "filterPattern", "fieldSelectionCriteria")),
        **listed.data,
        "applyOnTransformedLogs": listed.transformed,
        "emitSystemFieldDimensions": listed.data.get("emitSystemFieldDimensions") or [],
        "logGroupName": listed.group.name,
        "logGroupArn": listed.group.arn,
        "Region": listed.group.region,
    }
    name = f"{listed.group.name}/{data['filterName']}"
    known = {field: value for field, value in data.items() if field not in listed.unknown}
    return Row("logs.metric_filter", account, listed.group.region, name, known, (listed.source,), listed.unknown)


AUDIT_LOG_GROUP = ResourceType(
    name="logs.audit_log_group",
    title="Log group that a trail delivers to, or that CloudTrail events enter without a trail (aws/cloudtrail/…)",
    view=audit_log_group_view,
    calls=(TRAIL_LISTING, LOG_GROUP_LISTING, EVENT_LOG_GROUP_LISTING),
    fields={
        "logGroupName": Field("Name of the log group."),
        "arn": Field("ARN of the log group with a trailing :*, as trails name it."),
        "logGroupArn": Field("ARN of the log group without the trailing :*."),
        "Account": Field("Account that owns the log group."),
        "Region": Field("Region of the log group."),
        "Trails": Field("ARNs of the trails that deliver to the log group; [] when events enter it without a trail."),
        "Receives": Field("Whose events it is for, in words: its trails, or CloudTrail events in CloudWatch Logs."),
        "Exists": Field("Whether the log group exists."),
        "logGroupClass": Field("STANDARD, INFREQUENT_ACCESS or DELIVERY; null when the group does not exist."),
        "retentionInDays": Field("Days events are kept; null when they never expire or the group does not exist."),
        "kmsKeyId": Field("ARN of the KMS key that encrypts the group; null without one."),
        "KmsKey": Field(
            "KeyMetadata of that key as kms.DescribeKey gives it (KeyManager, KeyState, …); null without one.",
            calls=(Use("kms.DescribeKey", per=LOG_GROUP_KEYS),),
        ),
        "deletionProtectionEnabled": Field("Whether deletion protection is on; null when the group does not exist."),
        "SubscriptionFilters": Field(
            "Its subscription filters as objects {filterName, filterPattern, destinationArn, …}; [] without any.",
            calls=(
                Use("logs.DescribeSubscriptionFilters", per=LOG_GROUPS),
                Use("logs.DescribeSubscriptionFilters", per=EVENT_LOG_GROUPS),
            ),
        ),
        **MASKING,
        **SUBSCRIPTIONS,
        "ResourcePolicies": Field(
            "Resource policies of the Region and of the log group itself, as objects {policyName, Policy}; Policy "
            "holds only the statements that can concern this log group.",
            calls=(
                Use("logs.DescribeResourcePolicies", per=LOG_REGIONS),
                Use("logs.DescribeResourcePolicies", per=LOG_GROUP_POLICIES),
            ),
        ),
    },
    existence=Existence("Exists", RuleId("loggroup.retention-min")),
    listed_by=("cloudtrail.DescribeTrails", "logs.DescribeLogGroups"),
    own_names={"GROUP": "logGroupName", "ARN": "logGroupArn", "REGION": "Region", "TRAIL": "Trails"},
    held=Held(users="Trails", of_users=frozenset({"Receives"})),
)

METRIC_FILTER = ResourceType(
    name="logs.metric_filter",
    title="Metric filter on a log group that management events reach, over a trail or without one",
    view=metric_filter_view,
    calls=(TRAIL_LISTING, LOG_GROUP_LISTING, EVENT_LOG_GROUP_LISTING, *FILTER_LISTINGS),
    fields={
        "filterName": Field("Name of the metric filter."),
        "filterPattern": Field("Its filter pattern."),
        "metricTransformations": Field("What it publishes: objects {metricName, metricNamespace, metricValue, …}."),
        "fieldSelectionCriteria": Field(
            "Expression that limits the filter to some accounts or Regions; null without one."
        ),
        "applyOnTransformedLogs": Field("Whether it reads transformed log events instead of the delivered ones."),
        "emitSystemFieldDimensions": Field("System fields it adds to the metric as dimensions."),
        "logGroupName": Field("Log group it belongs to."),
        "logGroupArn": Field("ARN of that log group without the trailing :*."),
        "Region": Field("Region of the log group."),
    },
)
