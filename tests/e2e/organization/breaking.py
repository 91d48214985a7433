"""Ways to break one link of the demo organization's routes. Each breaks it and returns what mends it again."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from scanner.demo.account import policy
from scanner.demo.clients import Clients
from scanner.demo.organization import ACROSS
from scanner.demo.routes import ROUTES

Finding = Mapping[str, Any]
Judged = Mapping[tuple[str, str], Finding]
"""Findings by rule and account."""

Mend = Callable[[], object]
Break = Callable[["Company"], Mend]

TRAIL, GROUP, FILTER, ALARM = "org-audit", "audit/cloudtrail", "RootUsage", "RootUsage-alarm"
ROLE = "ForwardToSecurity"
PATTERN = next(route.patterns[0] for route in ROUTES if route.rule == ACROSS)
NAMES = ["CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"]


@dataclass(frozen=True)
class Company:
    """The three accounts, each with clients that write to it; ``key`` is the id of the topic's key."""

    endpoint: str
    management: Clients
    security: Clients
    workload: Clients
    key: str

    @property
    def everybody(self) -> tuple[str, ...]:
        return (self.management.id, self.security.id, self.workload.id)

    @property
    def topic(self) -> str:
        return self.security.arn("sns", "security-operations")

    @property
    def bus(self) -> str:
        return self.security.arn("events", "event-bus/security")

    def key_policy(self, *services: str) -> str:
        """A policy of the topic's key that lets these services encrypt."""
        root = {"AWS": f"arn:aws:iam::{self.security.id}:root"}
        own = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
        principal = {"Service": [f"{service}.amazonaws.com" for service in services]}
        actions = ["kms:GenerateDataKey*", "kms:Decrypt"]
        return json.dumps(policy(own, {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"}))


@contextmanager
def broken(company: Company, how: Break) -> Iterator[None]:
    """A link is broken, and mended on leaving."""
    mend = how(company)
    try:
        yield
    finally:
        mend()


def encrypt_topic(company: Company) -> None:
    """Encrypt the security team's topic with a key of its account, which both services may use."""
    keys, arn = company.security.client("kms"), company.security.arn("kms", f"key/{company.key}")
    keys.put_key_policy(KeyId=company.key, PolicyName="default", Policy=company.key_policy("cloudwatch", "events"))
    set_topic(company, "KmsMasterKeyId", arn)


def leave_only_the_routes(company: Company) -> None:
    """Take out what the demo has besides: every scan would ask about it, too."""
    alarms, events = company.management.client("cloudwatch"), company.management.client("events")
    listed = alarms.describe_alarms()["MetricAlarms"]
    alarms.delete_alarms(AlarmNames=[each["AlarmName"] for each in listed if each["AlarmName"] != ALARM])
    company.management.client("cloudtrail").delete_trail(Name="legacy-audit")
    for rule, target in (("tag-launches", "tag"), ("european-launches", "bus")):
        events.remove_targets(Rule=rule, Ids=[target])
        events.delete_rule(Name=rule)


# The trail and the log group, in the management account.


def trail_stopped(company: Company) -> Mend:
    trails = company.management.client("cloudtrail")
    trails.stop_logging(Name=TRAIL)
    return lambda: trails.start_logging(Name=TRAIL)


def trail_with(**members: Any) -> Break:
    def change(company: Company) -> Mend:
        trails = company.management.client("cloudtrail")
        before = next(trail for trail in trails.describe_trails()["trailList"] if trail["Name"] == TRAIL)
        trails.update_trail(Name=TRAIL, **members)
        return lambda: trails.update_trail(Name=TRAIL, **{name: before[name] for name in members})

    return change


def selectors_with(**members: Any) -> Break:
    def change(company: Company) -> Mend:
        trails, sound = company.management.client("cloudtrail"), {"ReadWriteType": "All"}
        whole = {**sound, "IncludeManagementEvents": True, "DataResources": []}
        trails.put_event_selectors(TrailName=TRAIL, EventSelectors=[{**whole, **members}])
        return lambda: trails.put_event_selectors(TrailName=TRAIL, EventSelectors=[whole])

    return change


def group_deleted(company: Company) -> Mend:
    """moto keeps the metric filters of a log group that was deleted."""
    logs = company.management.client("logs")
    logs.delete_log_group(logGroupName=GROUP)
    return lambda: logs.create_log_group(logGroupName=GROUP)


# The metric filter and the alarm, in the management account.


def _put_filter(company: Company, pattern: str = PATTERN, **members: Any) -> None:
    logs = company.management.client("logs")
    logs.delete_metric_filter(logGroupName=GROUP, filterName=FILTER)  # moto would keep both
    metric = {"metricNamespace": "CloudTrailMetrics", "metricName": FILTER, "metricValue": "1", **members}
    logs.put_metric_filter(logGroupName=GROUP, filterName=FILTER, filterPattern=pattern, metricTransformations=[metric])


def filter_with(pattern: str = PATTERN, **members: Any) -> Break:
    def change(company: Company) -> Mend:
        _put_filter(company, pattern, **members)
        return lambda: _put_filter(company)

    return change


def filter_deleted(company: Company) -> Mend:
    company.management.client("logs").delete_metric_filter(logGroupName=GROUP, filterName=FILTER)
    return lambda: _put_filter(company)


def put_alarm(company: Company, **members: Any) -> None:
    sound = {
        "AlarmName": ALARM,
        "Namespace": "CloudTrailMetrics",
        "MetricName": FILTER,
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "ActionsEnabled": True,
        "AlarmActions": [company.topic],
    }
    company.management.client("cloudwatch").put_metric_alarm(**{**sound, **members})


def alarm_with(**members: Any) -> Break:
    def change(company: Company) -> Mend:
        put_alarm(company, **members)
        return lambda: put_alarm(company)

    return change


def alarm_disabled(company: Company) -> Mend:
    alarms = company.management.client("cloudwatch")
    alarms.disable_alarm_actions(AlarmNames=[ALARM])
    return lambda: alarms.enable_alarm_actions(AlarmNames=[ALARM])


def alarm_deleted(company: Company) -> Mend:
    company.management.client("cloudwatch").delete_alarms(AlarmNames=[ALARM])
    return lambda: put_alarm(company)


def alarm_muted(name: str, expression: str, duration: str) -> Break:
    """The stand-in has a rule active whose name begins with ``active``."""

    def change(company: Company) -> Mend:
        alarms = company.management.client("cloudwatch")
        schedule = {"Expression": expression, "Duration": duration, "Timezone": "UTC"}
        alarms.put_alarm_mute_rule(Name=name, Rule={"Schedule": schedule}, MuteTargets={"AlarmNames": [ALARM]})
        return lambda: alarms.delete_alarm_mute_rule(AlarmMuteRuleName=name)

    return change


# The topic, its key and its subscription, in the security account.


def set_topic(company: Company, name: str, value: str) -> None:
    topics = company.security.client("sns")
    topics.set_topic_attributes(TopicArn=company.topic, AttributeName=name, AttributeValue=value)


def topic_attribute(company: Company, name: str) -> str:
    found = company.security.client("sns").get_topic_attributes(TopicArn=company.topic)
    return str(found["Attributes"][name])


def topic_without(sid: str) -> Break:
    """The policy of the topic without a statement."""

    def change(company: Company) -> Mend:
        before = topic_attribute(company, "Policy")
        kept = [each for each in json.loads(before)["Statement"] if each["Sid"] != sid]
        set_topic(company, "Policy", json.dumps(policy(*kept)))
        return lambda: set_topic(company, "Policy", before)

    return change


def topic_denying(**members: Any) -> Break:
    """The policy of the topic with a Deny."""

    def change(company: Company) -> Mend:
        before = topic_attribute(company, "Policy")
        deny = {"Sid": "Deny", "Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": company.topic}
        statements = [*json.loads(before)["Statement"], {**deny, **members}]
        set_topic(company, "Policy", json.dumps(policy(*statements)))
        return lambda: set_topic(company, "Policy", before)

    return change


def topic_with_key_of_aws(company: Company) -> Mend:
    set_topic(company, "KmsMasterKeyId", "alias/aws/sns")
    return lambda: encrypt_topic(company)


def topic_deleted(company: Company) -> Mend:
    topics, before = company.security.client("sns"), topic_attribute(company, "Policy")
    topics.delete_topic(TopicArn=company.topic)

    def mend() -> None:
        topics.create_topic(Name="security-operations")
        set_topic(company, "Policy", before)
        encrypt_topic(company)
        _subscribe(company)

    return mend


def key_for(*services: str) -> Break:
    def change(company: Company) -> Mend:
        policy_text = company.key_policy(*services)
        company.security.client("kms").put_key_policy(KeyId=company.key, PolicyName="default", Policy=policy_text)
        return lambda: encrypt_topic(company)

    return change


def key_disabled(company: Company) -> Mend:
    keys = company.security.client("kms")
    keys.disable_key(KeyId=company.key)
    return lambda: keys.enable_key(KeyId=company.key)


def key_scheduled_for_deletion(company: Company) -> Mend:
    keys = company.security.client("kms")
    keys.schedule_key_deletion(KeyId=company.key)

    def mend() -> None:
        keys.cancel_key_deletion(KeyId=company.key)
        keys.enable_key(KeyId=company.key)

    return mend


def _subscribe(company: Company, address: str = "operations@example.com") -> str:
    topics = company.security.client("sns")
    return str(topics.subscribe(TopicArn=company.topic, Protocol="email", Endpoint=address)["SubscriptionArn"])


def _unsubscribe(company: Company) -> None:
    topics = company.security.client("sns")
    for each in topics.list_subscriptions_by_topic(TopicArn=company.topic)["Subscriptions"]:
        topics.unsubscribe(SubscriptionArn=each["SubscriptionArn"])


def unsubscribed(company: Company) -> Mend:
    _unsubscribe(company)
    return lambda: _subscribe(company)


def subscription_filtered(wanted: Mapping[str, Any], scope: str) -> Break:
    def change(company: Company) -> Mend:
        topics = company.security.client("sns")
        (found,) = topics.list_subscriptions_by_topic(TopicArn=company.topic)["Subscriptions"]
        for name, value in (("FilterPolicyScope", scope), ("FilterPolicy", json.dumps(wanted))):
            topics.set_subscription_attributes(
                SubscriptionArn=found["SubscriptionArn"], AttributeName=name, AttributeValue=value
            )

        def mend() -> None:
            _unsubscribe(company)
            _subscribe(company)

        return mend

    return change


# The rules that forward the events and hear of them: in the workload account, and on the bus of the security account.


@dataclass(frozen=True)
class RuleOf:
    """An EventBridge rule of one of the accounts."""

    name: str
    bus: str

    def events(self, company: Company) -> Any:
        clients = company.workload if self.bus == "default" else company.security
        return clients.client("events")

    def put(self, company: Company, state: str = "ENABLED", **members: Any) -> None:
        detail = {"eventSource": ["cloudtrail.amazonaws.com"], "eventName": NAMES, **members.pop("detail", {})}
        wanted = {"source": ["aws.cloudtrail"], "detail-type": ["AWS API Call via CloudTrail"], "detail": detail}
        self.events(company).put_rule(
            Name=self.name, EventBusName=self.bus, EventPattern=json.dumps({**wanted, **members}), State=state
        )

    def targets(self, company: Company) -> list[dict[str, Any]]:
        found = self.events(company).list_targets_by_rule(Rule=self.name, EventBusName=self.bus)["Targets"]
        return list(found)

    def put_targets(self, company: Company, targets: list[dict[str, Any]]) -> None:
        events = self.events(company)
        known = [each["Id"] for each in self.targets(company)]
        if known:
            events.remove_targets(Rule=self.name, EventBusName=self.bus, Ids=known)
        if targets:
            events.put_targets(Rule=self.name, EventBusName=self.bus, Targets=targets)


FORWARDING = RuleOf("forward-trail-changes", "default")
CENTRAL = RuleOf("trail-changes", "security")


def rule_with(rule: RuleOf, state: str = "ENABLED", **members: Any) -> Break:
    def change(company: Company) -> Mend:
        rule.put(company, state, **members)
        return lambda: rule.put(company)

    return change


def rule_deleted(rule: RuleOf) -> Break:
    def change(company: Company) -> Mend:
        before = rule.targets(company)
        rule.put_targets(company, [])
        rule.events(company).delete_rule(Name=rule.name, EventBusName=rule.bus)

        def mend() -> None:
            rule.put(company)
            rule.put_targets(company, before)

        return mend

    return change


def target_removed(rule: RuleOf) -> Break:
    def change(company: Company) -> Mend:
        before = rule.targets(company)
        rule.put_targets(company, [])
        return lambda: rule.put_targets(company, before)

    return change


def target_with(rule: RuleOf, **members: str | None) -> Break:
    """The target with other members; None leaves one out."""

    def change(company: Company) -> Mend:
        before = rule.targets(company)
        given = {name: value for name, value in members.items() if value is not None}
        kept = {name: value for name, value in before[0].items() if name not in members}
        rule.put_targets(company, [{**kept, **given}])
        return lambda: rule.put_targets(company, before)

    return change


def _bus_policy(company: Company) -> str:
    return str(company.security.client("events").describe_event_bus(Name="security")["Policy"])


def _put_bus_policy(company: Company, text: str) -> None:
    company.security.client("events").put_permission(EventBusName="security", Policy=text)


def bus_without_policy(company: Company) -> Mend:
    before = _bus_policy(company)
    company.security.client("events").remove_permission(EventBusName="security", RemoveAllPermissions=True)
    return lambda: _put_bus_policy(company, before)


def bus_of_another_organization(company: Company) -> Mend:
    before = _bus_policy(company)
    (statement,) = json.loads(before)["Statement"]
    other = {"StringEquals": {"aws:PrincipalOrgID": "o-aaaaaaaaaa"}}
    _put_bus_policy(company, json.dumps(policy({**statement, "Condition": other})))
    return lambda: _put_bus_policy(company, before)


def bus_deleted(company: Company) -> Mend:
    events, before = company.security.client("events"), _bus_policy(company)
    mend_rule = rule_deleted(CENTRAL)(company)
    events.delete_event_bus(Name="security")

    def mend() -> None:
        events.create_event_bus(Name="security")
        _put_bus_policy(company, before)
        mend_rule()

    return mend


# The role with which the workload account sends to the bus.


def role_trusting(service: str) -> Break:
    def change(company: Company) -> Mend:
        roles = company.workload.client("iam")
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        roles.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(policy(trust)))
        return lambda: role_trusting("events.amazonaws.com")(company)

    return change


def role_with(*statements: Mapping[str, Any]) -> Break:
    """The role with these statements as its policy, or without any policy."""

    def change(company: Company) -> Mend:
        roles = company.workload.client("iam")
        before = roles.get_role_policy(RoleName=ROLE, PolicyName="put")["PolicyDocument"]
        roles.delete_role_policy(RoleName=ROLE, PolicyName="put")
        if statements:
            roles.put_role_policy(RoleName=ROLE, PolicyName="put", PolicyDocument=json.dumps(policy(*statements)))
        return lambda: roles.put_role_policy(RoleName=ROLE, PolicyName="put", PolicyDocument=json.dumps(before))

    return change


def role_deleted(company: Company) -> Mend:
    roles, mend_policy = company.workload.client("iam"), role_with()(company)
    roles.delete_role(RoleName=ROLE)

    def mend() -> None:
        roles.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(policy()))
        role_trusting("events.amazonaws.com")(company)
        mend_policy()

    return mend


# The bucket of the log files, its key and the trail's settings, in the management account.


def archive_neglected(company: Company) -> Mend:
    """Versioning suspended, public access not blocked, the key disabled, and the log files not validated."""
    s3, keys = company.management.client("s3"), company.management.client("kms")
    bucket = f"audit-logs-{company.management.id}"
    before = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    trails = company.management.client("cloudtrail")
    arn = next(trail["KmsKeyId"] for trail in trails.describe_trails()["trailList"] if trail["Name"] == TRAIL)
    key_id = str(arn).rpartition("/")[2]
    trails.update_trail(Name=TRAIL, EnableLogFileValidation=False)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    s3.delete_public_access_block(Bucket=bucket)
    keys.disable_key(KeyId=key_id)

    def mend() -> None:
        trails.update_trail(Name=TRAIL, EnableLogFileValidation=True)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=before)
        keys.enable_key(KeyId=key_id)

    return mend
