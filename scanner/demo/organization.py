"""Seeds an organization of three accounts on a stand-in for AWS: management, security and workload.

The management account is the one of :mod:`scanner.demo.account`, whose organization trail every member sees. Two routes
cross accounts. The alarm on the root user's activity publishes to a topic of the security account. And the workload
account has an EventBridge rule in every Region that forwards changes of trails to a bus of the security account, where
a rule hands them to the same topic; the management account's metric filter for them forgets one.
"""

import json
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from scanner.demo.account import policy, seed
from scanner.demo.clients import HOME, Clients

MEMBER_ROLE = "TrailwitnessAudit"
"""The role that a scan takes on in the members."""

FORWARDED = "route.cloudtrail-config-changes"
"""The rule whose route is broken in the management account, and whole in the workload account through EventBridge."""

ACROSS = "route.root-usage"
"""The rule whose route goes through a metric filter of the management account to a topic of the security account."""

_TOPIC = "security-operations"
_BUS = "security"
_FORWARDER = "ForwardToSecurity"
_TRAIL_CHANGES = ("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging")
_SEED = 20  # any number: with it the accounts have the same ids in every demo


@dataclass(frozen=True, slots=True)
class DemoOrganization:
    """The ids of the three accounts."""

    management: str
    security: str
    workload: str


def seed_organization(endpoint: str) -> DemoOrganization:
    """Fill three accounts at a loopback endpoint and return their ids.

    UsageError when the endpoint is not on this machine: seeding writes, and must never reach a real account.
    """
    seed(endpoint)
    management = Clients(endpoint)
    _repeat_ids(endpoint)
    organizations = management.client("organizations")
    security = management.in_account(_member(organizations, "security"), MEMBER_ROLE)
    workload = management.in_account(_member(organizations, "workload"), MEMBER_ROLE)
    organization = str(organizations.describe_organization()["Organization"]["Id"])
    topic = _security_topic(security, management.id)
    bus = _security_bus(security, topic, organization)
    _forward(workload, bus)
    _publish_to(management, topic)
    return DemoOrganization(management.id, security.id, workload.id)


def _repeat_ids(endpoint: str) -> None:
    """Make the stand-in choose the same ids as in every demo."""
    connection = HTTPConnection(urlsplit(endpoint).netloc)
    connection.request("POST", f"/moto-api/seed?a={_SEED}")
    connection.getresponse().read()
    connection.close()


def _member(organizations: Any, name: str) -> str:
    made = organizations.create_account(AccountName=name, Email=f"{name}@example.com")
    return str(made["CreateAccountStatus"]["AccountId"])


def _security_topic(security: Clients, alarms_of: str) -> str:
    """The topic of the security team, which lets the management account's alarms and its own rules publish."""
    sns = security.client("sns")
    topic = str(sns.create_topic(Name=_TOPIC)["TopicArn"])
    statements = [
        {
            "Sid": "Alarms",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": {"StringEquals": {"aws:SourceAccount": alarms_of}},
        },
        {
            "Sid": "Rules",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic,
        },
    ]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy(*statements)))
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="operations@example.com")
    return topic


def _security_bus(security: Clients, topic: str, organization: str) -> str:
    """The bus that the members forward to, and its rule."""
    events = security.client("events")
    bus = str(events.create_event_bus(Name=_BUS)["EventBusArn"])
    members = {
        "Sid": "Members",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "events:PutEvents",
        "Resource": bus,
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": organization}},
    }
    events.put_permission(EventBusName=_BUS, Policy=json.dumps(policy(members)))
    events.put_rule(Name="trail-changes", EventBusName=_BUS, EventPattern=json.dumps(_trail_changes()))
    events.put_targets(Rule="trail-changes", EventBusName=_BUS, Targets=[{"Id": "operations", "Arn": topic}])
    return bus


def _forward(workload: Clients, bus: str) -> None:
    """A rule in every Region of the workload account, since a trail can be changed in each of them."""
    iam = workload.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
    put = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": bus}
    role = iam.create_role(RoleName=_FORWARDER, AssumeRolePolicyDocument=json.dumps(policy(trust)))["Role"]["Arn"]
    iam.put_role_policy(RoleName=_FORWARDER, PolicyName="put", PolicyDocument=json.dumps(policy(put)))
    for region in workload.client("ec2").describe_regions()["Regions"]:
        events = workload.client("events", region["RegionName"])
        events.put_rule(Name="forward-trail-changes", EventPattern=json.dumps(_trail_changes()))
        events.put_targets(Rule="forward-trail-changes", Targets=[{"Id": "security", "Arn": bus, "RoleArn": role}])


def _publish_to(management: Clients, topic: str) -> None:
    """Let the alarm of ``ACROSS`` publish to a topic of another account instead of one of its own."""
    cloudwatch = management.client("cloudwatch", HOME)
    found = cloudwatch.describe_alarms(AlarmNames=["RootUsage-alarm"])["MetricAlarms"][0]
    members = ("AlarmName", "Namespace", "MetricName", "Statistic", "Period", "EvaluationPeriods", "Threshold")
    kept = {name: found[name] for name in (*members, "ComparisonOperator", "TreatMissingData", "ActionsEnabled")}
    cloudwatch.put_metric_alarm(**kept, AlarmActions=[topic])


def _trail_changes() -> dict[str, Any]:
    return {
        "source": ["aws.cloudtrail"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {"eventSource": ["cloudtrail.amazonaws.com"], "eventName": list(_TRAIL_CHANGES)},
    }
