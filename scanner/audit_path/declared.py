"""What declared routes lead through, as things that calls are made for, each in the account that owns it.

A declared route names a log group, a bucket, an EventBridge rule or a stream; the answers about these name the rest:
where a subscription filter sends to, and with which role.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from scanner.arns import Arn, parse_arn
from scanner.audit_path.eventbridge.buses import RULE_LISTING, TARGET_LISTING
from scanner.audit_path.eventbridge.notified import about_notifications, managed_rules
from scanner.audit_path.eventbridge.places import (
    DATA_STREAM,
    FUNCTION_CONCURRENCY,
    FUNCTION_POLICY,
    QUEUE_ATTRIBUTES,
    QUEUE_URL,
    STREAM,
)
from scanner.audit_path.eventbridge.roles import roles_named
from scanner.audit_path.eventbridge.started import about_started
from scanner.audit_path.members import text_member
from scanner.audit_path.places import FILLED_LOG_GROUPS, TRAIL_LISTING, own_log_groups
from scanner.audit_path.stores import visible_trails
from scanner.audit_path.topics import endpoint_name
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import ByBucketNotification, ByDeliveryStream, ByEventRule, BySubscriptionFilter, DeclaredRoute
from scanner.snapshot.answers import Snapshot

LIST_SUBSCRIPTION_FILTERS = "logs.DescribeSubscriptionFilters"
LIST_DESTINATIONS = "logs.DescribeDestinations"
FILLED_LISTING = Use(LIST_SUBSCRIPTION_FILTERS, per=FILLED_LOG_GROUPS)
NOTIFICATIONS = "s3.GetBucketNotificationConfiguration"

Routes = Sequence[DeclaredRoute]


def declared_uses(routes: Routes) -> frozenset[Use]:
    """The calls that judging declared routes asks, beyond those of every route."""
    if not routes:
        return frozenset()
    groups, buckets, rules = (
        Things(f"declared-{name}", partial(found, routes=routes), named_by)
        for name, found, named_by in (
            ("log-group", _log_groups, ()),
            ("bucket", _buckets, (TRAIL_LISTING,)),
            ("event-rule", _rules, ()),
        )
    )
    filters = Use(LIST_SUBSCRIPTION_FILTERS, per=groups)
    logs = Things("declared-destination", partial(_of_service, routes=routes, service="logs"), (filters,))
    listing = Use(LIST_DESTINATIONS, per=logs)
    streams, data_streams, functions, queues = (
        Things(f"declared-{name}", partial(_of_service, routes=routes, service=service), (filters, listing))
        for name, service in (
            ("stream", "firehose"),
            ("data-stream", "kinesis"),
            ("function", "lambda"),
            ("queue", "sqs"),
        )
    )
    targets = Use(TARGET_LISTING.operation, per=rules)
    named_by = (filters, listing, targets, TRAIL_LISTING, FILLED_LISTING)
    roles = roles_named("declared", partial(_role_arns, routes=routes), named_by)
    url = Use(QUEUE_URL, per=queues)
    urls = Things("declared-queue-url", partial(_queue_urls, routes=routes), (*queues.named_by, url))
    return frozenset(
        {
            filters,
            Use(NOTIFICATIONS, per=buckets),
            Use("s3.HeadBucket", per=buckets),
            targets,
            listing,
            *roles,
            Use(STREAM, per=streams),
            Use(DATA_STREAM, per=data_streams),
            Use(FUNCTION_CONCURRENCY, per=functions),
            Use(FUNCTION_POLICY, per=functions),
            url,
            Use(QUEUE_ATTRIBUTES, per=urls),
            *about_started("declared", partial(_targets, routes=routes), ()),
            *about_notifications("declared", partial(_managed, routes=routes), (RULE_LISTING,)),
        }
    )


def _log_groups(look: Look, routes: Routes) -> Iterator[Thing]:
    for route in routes:
        group = parse_arn(route.through.log_group) if isinstance(route.through, BySubscriptionFilter) else None
        if group is not None and group.account == look.account:
            yield Thing(group.region, {"group": group.named("log-group:")})


def _buckets(look: Look, routes: Routes) -> Iterator[Thing]:
    wanted = {route.through.bucket for route in routes if isinstance(route.through, ByBucketNotification)}
    for trail in visible_trails(look.snapshot, look.account).trails:
        bucket = trail.text("S3BucketName")
        if bucket in wanted:
            wanted.discard(bucket)
            yield Thing(trail.region, {"bucket": bucket})


def _rules(look: Look, routes: Routes) -> Iterator[Thing]:
    for route in routes:
        rule = parse_arn(route.through.rule) if isinstance(route.through, ByEventRule) else None
        if rule is not None and rule.account == look.account:
            yield Thing(rule.region, {"rule": rule.after("rule/")})


def _of_service(look: Look, routes: Routes, service: str) -> Iterator[Thing]:
    """The places of a service in this account that declared routes lead to, by their names."""
    for arn in dict.fromkeys(_destinations(look, routes)):
        if arn.service == service and arn.account == look.account:
            name = arn.named("destination:") or arn.after("stream/") or endpoint_name(arn)
            yield Thing(arn.region, {"endpoint": name})


def _destinations(look: Look, routes: Routes) -> Iterator[Arn]:
    """Every place in this account that a declared route names, or an answer about it."""
    for route in routes:
        for text in _named(look, route):
            arn = parse_arn(text)
            if arn is not None:
                yield arn
                behind = described_destination(look.snapshot, arn) if arn.service == "logs" else {}
                target = parse_arn(text_member(behind, "targetArn"))
                if target is not None:
                    yield target


def _targets(look: Look, routes: Routes) -> Iterator[tuple[str, Arn]]:
    """The targets of EventBridge rules that declared routes lead through, each with the Region of its rule."""
    for route in routes:
        if isinstance(route.through, ByEventRule):
            rule, target = parse_arn(route.through.rule), parse_arn(route.through.target)
            if rule is not None and target is not None and target.account == look.account:
                yield rule.region, target


def _managed(look: Look, routes: Routes) -> Iterator[str]:
    """The ARNs of the declared rules that AWS User Notifications manages."""
    yield from managed_rules(look, _rules(look, routes))


def _named(look: Look, route: DeclaredRoute) -> Iterator[str]:
    match route.through:
        case ByDeliveryStream(stream=text) | ByEventRule(target=text) | ByBucketNotification(destination=text):
            yield text
        case BySubscriptionFilter() as through:
            yield through.destination
            yield text_member(subscription_filter(look.snapshot, through), "destinationArn")


def _role_arns(look: Look, routes: Routes) -> Iterator[str]:
    """The roles with which something sends to the places that declared routes lead to."""
    for route in routes:
        match route.through:
            case BySubscriptionFilter() as through:
                yield text_member(subscription_filter(look.snapshot, through), "roleArn")
            case ByDeliveryStream(stream=stream):
                yield from _feeding_roles(look, stream)
            case ByEventRule() as through:
                yield from _target_roles(look, through)
            case ByBucketNotification():
                pass
        for text in _named(look, route):
            arn = parse_arn(text)
            if arn is not None and arn.service == "logs":
                yield text_member(described_destination(look.snapshot, arn), "roleArn")


def _feeding_roles(look: Look, stream: str) -> Iterator[str]:
    for group in own_log_groups(look.snapshot, look.account):
        asked = {"logGroupName": group.name}
        answer = look.snapshot.ask(look.account, group.region, LIST_SUBSCRIPTION_FILTERS, asked)
        for _, listed in answer.items("subscriptionFilters"):
            if text_member(listed, "destinationArn") == stream:
                yield text_member(listed, "roleArn")


def _target_roles(look: Look, through: ByEventRule) -> Iterator[str]:
    rule = parse_arn(through.rule)
    if rule is None or rule.account != look.account:
        return
    asked = {"Rule": rule.after("rule/")}
    for _, listed in look.snapshot.ask(rule.account, rule.region, TARGET_LISTING.operation, asked).items("Targets"):
        if text_member(listed, "Arn") == through.target:
            yield text_member(listed, "RoleArn")


def _queue_urls(look: Look, routes: Routes) -> Iterator[Thing]:
    for queue in _of_service(look, routes, "sqs"):
        asked = {"QueueName": queue.facts["endpoint"]}
        if url := text_member(look.snapshot.ask(look.account, queue.region, QUEUE_URL, asked).first, "QueueUrl"):
            yield Thing(queue.region, {"queue": url})


def subscription_filter(snapshot: Snapshot, through: BySubscriptionFilter) -> Mapping[str, Any]:
    """The subscription filter as its log group's account lists it; {} where it does not."""
    group = parse_arn(through.log_group)
    if group is None:
        return {}
    asked = {"logGroupName": group.named("log-group:")}
    answer = snapshot.ask(group.account, group.region, LIST_SUBSCRIPTION_FILTERS, asked)
    return next(
        (item for _, item in answer.items("subscriptionFilters") if text_member(item, "filterName") == through.name), {}
    )


def described_destination(snapshot: Snapshot, arn: Arn) -> Mapping[str, Any]:
    """A destination of CloudWatch Logs as its own account lists it; {} where it does not."""
    answer = snapshot.ask(arn.account, arn.region, LIST_DESTINATIONS, destination_arguments(arn))
    return next((item for _, item in answer.items("destinations") if text_member(item, "arn") == str(arn)), {})


def destination_arguments(arn: Arn) -> dict[str, str]:
    """How a destination of CloudWatch Logs is asked for."""
    return {"DestinationNamePrefix": arn.named("destination:")}
