"""Repairs of routes through EventBridge rules: the role, the policy or the subscription that keeps events back.

Sources: AWS CLI Command Reference, ``events``, ``iam``, ``lambda``, ``sqs`` and ``sns``; EventBridge User Guide, "IAM
roles for sending events to targets" and "Using resource-based policies".
"""

from collections.abc import Iterable, Mapping
from typing import Any

from scanner.arns import Arn, parse_arn
from scanner.audit_path.eventbridge.roles import role_name
from scanner.audit_path.topics import endpoint_name
from scanner.checks.route.comparison import Required
from scanner.checks.route.deciding.decision import Decision
from scanner.checks.route.fixing.commands import Command, command, json_text, with_statement, written
from scanner.checks.route.fixing.near_fixes import heard_fully
from scanner.checks.route.fixing.topic_fixes import heard
from scanner.checks.route.fixing.trail_fixes import Repair
from scanner.checks.route.links import BUS, RULE, SUBSCRIPTION, TOPIC, JudgedLink
from scanner.checks.route.path import AuditPath
from scanner.checks.route.unjudged.other_ways import OtherWay
from scanner.facts.rows import Row
from scanner.model import Fix
from scanner.resources.monitoring.eventbridge.log_groups import WRITERS, WRITING
from scanner.resources.roles.role_use import Lack, Missing

_SERVICE = {"Service": "events.amazonaws.com"}
_NAME = "AuditEvents"


def rule_fix(required: Required, path: AuditPath, decision: Decision, meant: Iterable[OtherWay]) -> Fix | None:
    """The repair of an EventBridge rule that is meant for all that is asked for, and in vain.

    None without such a one, and where no command puts it right.
    """
    for way in meant:
        text, commands, link, owner = _of_way(required, path, decision, way)
        if commands:
            where = "" if owner == path.account else f" (in account {owner})"
            return Fix(f"{text}{where}.", written(commands), link)
    return None


def _of_way(
    required: Required, path: AuditPath, decision: Decision, way: OtherWay
) -> tuple[str, tuple[Command, ...], str, str]:
    """The repair of a way, the link that it repairs, and the account in which it is made."""
    if way.miss is not None:
        return *heard_fully(required, way.miss, decision.outside), RULE, way.miss.rule.account
    if way.rule is None or way.broken is None:
        return "", (), "", ""
    rule = _sender(way, way.rule, way.broken, path)
    return *_repair(rule, way.broken, path), way.broken.name, _owner(rule, way.broken)


def _sender(way: OtherWay, first: Row, broken: JudgedLink, path: AuditPath) -> Row:
    """The rule that sends where the way is broken: behind another bus, it is the rule there."""
    bus = path.beyond.buses.get(way.through[0]) if way.through and broken.name != BUS else None
    there = [rule for rule in bus.rules if rule.id in way.through] if bus is not None else []
    return there[0] if there else first


def _owner(rule: Row, broken: JudgedLink) -> str:
    """The account in which the repair is to be made."""
    arn = parse_arn(broken.lack.of if broken.lack is not None else broken.candidate)
    return arn.account if arn is not None and arn.account else rule.account


def _repair(rule: Row, broken: JudgedLink, path: AuditPath) -> Repair:
    name, arn = str(rule.data.get("Name") or rule.id), parse_arn(broken.candidate)
    if broken.lack is not None:
        return _supplied(rule, broken.lack)
    if broken.name == SUBSCRIPTION:
        return heard(broken.candidate)
    topic = path.beyond.topics.get(broken.candidate)
    if broken.name == TOPIC and arn is not None and topic is not None and "the policy of topic" in broken.reason:
        statement = _for_rule(rule, "sns:Publish", broken.candidate)
        put = command(
            "sns", "set-topic-attributes", topic_arn=broken.candidate, attribute_name="Policy",
            attribute_value=with_statement(topic.row.data.get("Policy"), statement), region=arn.region,
        )  # fmt: skip
        return f"Allow EventBridge to publish to topic {arn.resource} for rule {name}; also remove any Deny of it", (
            put,
        )
    if broken.name == RULE:
        targets = json_text([{"Id": "audit", "Arn": "TOPIC-ARN"}])
        put = command("events", "put-targets", rule=name, targets=targets, region=rule.region)
        return f"Send the events of EventBridge rule {name} to a topic, TOPIC-ARN", (put,)
    return "", ()


def _for_rule(rule: Row, action: str, resource: str) -> dict[str, Any]:
    """A statement of a resource policy that lets EventBridge do something for a rule."""
    when = {"ArnEquals": {"aws:SourceArn": rule.id}}
    allowed = {"Sid": _NAME, "Effect": "Allow", "Principal": _SERVICE, "Action": action}
    return {**allowed, "Resource": resource, "Condition": when}


def _supplied(rule: Row, lack: Lack) -> Repair:
    """What puts right what is missing."""
    arn = parse_arn(lack.of)
    if arn is None:
        return "", ()
    if lack.what in {Missing.ROLE, Missing.TRUST, Missing.PERMISSION}:
        return _role(rule, lack, role_name(arn))
    if lack.what is Missing.BUS_POLICY:
        return _bus_policy(rule, lack, arn)
    if lack.what is Missing.FUNCTION_POLICY:
        name = endpoint_name(arn)
        add = command(
            "lambda", "add-permission", function_name=name, statement_id=_NAME, action=lack.action,
            principal=_SERVICE["Service"], source_arn=rule.id, region=arn.region,
        )  # fmt: skip
        return f"Allow EventBridge to invoke function {name} for rule {rule.data.get('Name')}", (add,)
    if lack.what is Missing.LOG_POLICY:
        return _log_policy(rule, lack, arn)
    policy = with_statement(lack.document, _for_rule(rule, lack.action, lack.resource))
    put = command(
        "sqs", "set-queue-attributes", queue_url=lack.url, attributes=json_text({"Policy": policy}), region=arn.region
    )
    return f"Allow EventBridge to send to queue {arn.resource} for rule {rule.data.get('Name')}", (put,)


def _log_policy(rule: Row, lack: Lack, group: Arn) -> Repair:
    """A resource policy of its own, beside those of the Region: these add up."""
    name = group.named("log-group:")
    statement = {
        "Sid": _NAME,
        "Effect": "Allow",
        "Principal": {"Service": list(WRITERS)},
        "Action": list(WRITING),
        "Resource": lack.resource,
    }
    put = command(
        "logs", "put-resource-policy", policy_name=_NAME, policy_document=with_statement(None, statement),
        region=group.region,
    )  # fmt: skip
    told = f"Let EventBridge write to log group {name} for rule {rule.data.get('Name')} by a resource policy"
    return f"{told}; also remove any Deny of it", (put,)


def _role(rule: Row, lack: Lack, name: str) -> Repair:
    trusted: Mapping[str, Any] = {
        "Sid": _NAME, "Effect": "Allow", "Principal": _SERVICE, "Action": "sts:AssumeRole",
    }  # fmt: skip
    trust = with_statement(lack.document, trusted)
    if lack.what is Missing.TRUST:
        put = command("iam", "update-assume-role-policy", role_name=name, policy_document=trust)
        return f"Let EventBridge assume the role {name}; also remove any Deny of it in its trust policy", (put,)
    allowed = {"Sid": _NAME, "Effect": "Allow", "Action": lack.action, "Resource": lack.resource}
    permit = command(
        "iam", "put-role-policy", role_name=name, policy_name=_NAME, policy_document=with_statement(None, allowed)
    )
    if lack.what is Missing.PERMISSION:
        text = f"Allow the role {name} to use {lack.action} on {lack.resource}; also remove any Deny of it"
        return text, (permit,)
    made: tuple[Command, ...] = (
        command("iam", "create-role", role_name=name, assume_role_policy_document=trust),
        permit,
    )
    return f"Make the role {name} with which EventBridge rule {rule.data.get('Name')} sends its events", made


def _bus_policy(rule: Row, lack: Lack, bus: Arn) -> Repair:
    name = bus.after("event-bus/")
    sender = {"AWS": str(Arn(bus.partition, "iam", "", rule.account, "root"))}
    statement = {"Sid": _NAME, "Effect": "Allow", "Principal": sender, "Action": lack.action, "Resource": lack.resource}
    put = command(
        "events", "put-permission", event_bus_name=name, policy=with_statement(lack.document, statement),
        region=bus.region,
    )  # fmt: skip
    return f"Let account {rule.account} put events to event bus {name}", (put,)
