"""For what each call is made: trails, buckets, log groups, keys and topics, read from the answers recorded so far.

Pure functions over a :class:`~scanner.snapshot.answers.Snapshot`. What an answer names is asked for exactly once, and always
in the Region that can answer: a trail in its home Region, a key and a topic in the Region of their ARN.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from scanner.arns import global_region, parse_arn
from scanner.audit_path.event_log_groups import LISTING, PREFIX, event_log_group, event_log_group_arn
from scanner.audit_path.event_rules import hears_cloudtrail, is_enabled
from scanner.collect.needs import Use
from scanner.model import CallKey
from scanner.snapshot.answers import Snapshot


@dataclass(frozen=True, slots=True)
class Target:
    """One call to make: a Region and the boto3 keyword arguments."""

    region: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Thing:
    """What a call is made for: the Region to ask in and its facts by name (``trail``, ``bucket``, …).

    ``besides`` are arguments that the operation does not have otherwise.
    """

    region: str
    facts: Mapping[str, str]
    besides: Mapping[str, Any] = field(default_factory=dict)


BUCKET_OWNERS = "bucket_owners"
"""Where the scope of ``run.json`` holds the accounts that were named as possible owners of log buckets."""

_Things = Callable[[Snapshot, str], Iterator[_Thing]]


@dataclass(frozen=True, slots=True)
class _Trail:
    arn: str
    home: str
    data: Mapping[str, Any]

    def text(self, member: str) -> str:
        return _text(self.data, member)


@dataclass(frozen=True, slots=True, order=True)
class _LogGroup:
    region: str
    account: str
    name: str
    arn: str


def targets(use: Use, snapshot: Snapshot, account: str) -> tuple[Target, ...]:
    """Every call of a use that the answers recorded so far ask for, each once, in a fixed order."""
    operation = use.operation
    found: dict[CallKey, Target] = {}
    for thing in _THINGS[use.per](snapshot, account):
        arguments = {name: _filled(value, thing.facts, account) for name, value in operation.arguments.items()}
        arguments |= thing.besides
        found.setdefault(CallKey(account, thing.region, operation.name, arguments), Target(thing.region, arguments))
    return tuple(found[key] for key in sorted(found))


def _filled(value: Any, facts: Mapping[str, str], account: str) -> Any:
    if isinstance(value, str) and value.startswith("$"):
        return account if value == "$account" else facts[value[1:]]
    return value


def _session(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    return _account(snapshot, account)


def _account(snapshot: Snapshot, _account: str) -> Iterator[_Thing]:
    yield _Thing(global_region(snapshot.partition), {})


def _regions(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    for region in snapshot.regions(account):
        yield _Thing(region, {})


def _trails(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    for trail in _visible_trails(snapshot, account):
        yield _Thing(trail.home, {"trail": trail.arn})


def _buckets(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    # Trails come by ARN: a bucket is asked for in the home Region of the first one that delivers to it.
    seen: set[str] = set()
    for trail in _visible_trails(snapshot, account):
        bucket = trail.text("S3BucketName")
        if bucket and bucket not in seen:
            seen.add(bucket)
            yield _Thing(trail.home, {"bucket": bucket})


def _bucket_owners(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    """Each bucket with each account that was named as a possible owner; the account itself is asked about anyway."""
    owners = (snapshot.run["scope"].get("asked") or {}).get(BUCKET_OWNERS, ())
    for thing in _buckets(snapshot, account):
        for owner in owners:
            if owner != account:
                yield _Thing(thing.region, thing.facts, {"ExpectedBucketOwner": owner})


def _log_groups(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    for group in _audit_log_groups(snapshot, account):
        if group.account == account:
            yield _Thing(group.region, {"group": group.name})


def _filled_log_groups(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    """The log groups of this account that some trail fills, or may: one whose status does not say that it is stopped."""
    for trail in _visible_trails(snapshot, account):
        status = snapshot.ask(account, trail.home, "cloudtrail.GetTrailStatus", {"Name": trail.arn}).first
        group = _log_group_of(trail)
        if group is not None and group.account == account and status.get("IsLogging") is not False:
            yield _Thing(group.region, {"group": group.name})


def _log_regions(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    for thing in (*_log_groups(snapshot, account), *_event_log_groups(snapshot, account)):
        yield _Thing(thing.region, {})


def _log_group_policies(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    for group in _audit_log_groups(snapshot, account):
        if group.account == account:
            yield _attached(group.region, group.arn)
    for thing in _event_log_groups(snapshot, account):
        yield _attached(
            thing.region, event_log_group_arn(snapshot.partition, thing.region, account, thing.facts["group"])
        )


def _attached(region: str, arn: str) -> _Thing:
    return _Thing(region, {}, {"policyScope": "RESOURCE", "resourceArn": arn})


def _event_log_listings(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    for region in snapshot.regions(account):
        yield _Thing(region, {"group": PREFIX})


def _event_log_groups(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    for region in snapshot.regions(account):
        for _, listed in snapshot.ask(account, region, "logs.DescribeLogGroups", LISTING).items("logGroups"):
            name = event_log_group(listed)
            if name:
                yield _Thing(region, {"group": name, "key": _text(listed, "kmsKeyId")})


def _alarm_regions(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    for group in _audit_log_groups(snapshot, account):
        yield _Thing(group.region, {})


def _keys(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    of_topics = partial(_topic_keys, topics=_topics)
    every = (_trail_keys, _every_log_group_key, _bucket_keys, of_topics, _event_data_store_keys)
    for thing in (thing for things in every for thing in things(snapshot, account)):
        if not _key_name(thing.facts["key"]).startswith("alias/aws/"):
            yield thing


def _key_arns(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    # What is named by an alias is asked by its ARN, which DescribeKey tells; of a key of AWS there is nothing to ask.
    for thing in _keys(snapshot, account):
        name = thing.facts["key"]
        metadata = snapshot.ask(account, thing.region, "kms.DescribeKey", {"KeyId": name}).first.get("KeyMetadata")
        arn = _text(metadata, "Arn") or ("" if _key_name(name).startswith("alias/") else name)
        if arn and _text(metadata, "KeyManager") != "AWS":
            yield _Thing(thing.region, {"key": arn})


def _key_name(key: str) -> str:
    arn = parse_arn(key)
    return arn.resource if arn else key


def _trail_keys(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    for trail in _visible_trails(snapshot, account):
        yield from _key(trail.text("KmsKeyId"), trail.home)


def _log_group_keys(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    for thing in _log_groups(snapshot, account):
        name = thing.facts["group"]
        answer = snapshot.ask(account, thing.region, "logs.DescribeLogGroups", {"logGroupNamePrefix": name})
        for _, listed in answer.items("logGroups"):
            if _text(listed, "logGroupName") == name:
                yield from _key(_text(listed, "kmsKeyId"), thing.region)


def _every_log_group_key(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    yield from _log_group_keys(snapshot, account)
    for thing in _event_log_groups(snapshot, account):
        yield from _key(thing.facts["key"], thing.region)


def _bucket_keys(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    """Default keys of buckets; an id or alias in the bucket's own Region when HeadBucket has told it."""
    for thing in _buckets(snapshot, account):
        head = {"Bucket": thing.facts["bucket"], "ExpectedBucketOwner": account}
        region = _text(snapshot.ask(account, thing.region, "s3.HeadBucket", head).first, "BucketRegion")
        answer = snapshot.ask(account, thing.region, "s3.GetBucketEncryption", {"Bucket": thing.facts["bucket"]})
        for rule in _list(answer.first.get("ServerSideEncryptionConfiguration"), "Rules"):
            default = rule.get("ApplyServerSideEncryptionByDefault") if isinstance(rule, Mapping) else None
            yield from _key(_text(default, "KMSMasterKeyID"), region or thing.region)


def _event_data_stores(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    for region in snapshot.regions(account):
        answer = snapshot.ask(account, region, "cloudtrail.ListEventDataStores", {"MaxResults": 1000})
        for _, listed in answer.items("EventDataStores"):
            name = _text(listed, "EventDataStoreArn")
            if name:
                yield _Thing(region, {"store": name})


def _event_data_store_keys(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    for thing in _event_data_stores(snapshot, account):
        asked = {"EventDataStore": thing.facts["store"]}
        answer = snapshot.ask(account, thing.region, "cloudtrail.GetEventDataStore", asked)
        yield from _key(_text(answer.first, "KmsKeyId"), thing.region)


def _subscribed(snapshot: Snapshot, account: str, topics: _Things) -> Iterator[tuple[str, Any]]:
    """What is subscribed to topics, each with the topic's Region."""
    for thing in topics(snapshot, account):
        answer = snapshot.ask(account, thing.region, "sns.ListSubscriptionsByTopic", {"TopicArn": thing.facts["topic"]})
        for _, listed in answer.items("Subscriptions"):
            yield thing.region, listed


def _subscriptions(snapshot: Snapshot, account: str, topics: _Things) -> Iterator[_Thing]:
    # A subscription that nobody confirmed has a word such as PendingConfirmation in place of its ARN.
    for region, listed in _subscribed(snapshot, account, topics):
        name = _text(listed, "SubscriptionArn")
        if parse_arn(name):
            yield _Thing(region, {"subscription": name})


def _endpoints(snapshot: Snapshot, account: str, topics: _Things, protocol: str) -> Iterator[_Thing]:
    """The endpoints of this account by their names; what another account answers says nothing of whether one exists."""
    for _, listed in _subscribed(snapshot, account, topics):
        arn = parse_arn(_text(listed, "Endpoint"))
        confirmed = parse_arn(_text(listed, "SubscriptionArn"))
        if arn and confirmed and arn.account == account and _text(listed, "Protocol") == protocol:
            # A function may be named with a version or an alias.
            name = arn.named("function:") or arn.named("deliverystream/") or arn.resource
            yield _Thing(arn.region, {"endpoint": name})


def _topic_keys(snapshot: Snapshot, account: str, topics: _Things) -> Iterator[_Thing]:
    for thing in topics(snapshot, account):
        name = thing.facts["topic"]
        answer = snapshot.ask(account, thing.region, "sns.GetTopicAttributes", {"TopicArn": name})
        key = _text(answer.first.get("Attributes"), "KmsMasterKeyId")
        owner = parse_arn(name)
        # A key without an ARN is one of the topic's owner; asked for here it would be another.
        if parse_arn(key) or (owner and owner.account == account):
            yield from _key(key, thing.region)


def _topic_key_arns(snapshot: Snapshot, account: str, topics: _Things) -> Iterator[_Thing]:
    # A topic may name its key by an alias; the policy is only given by the key's id or ARN.
    for thing in _topic_keys(snapshot, account, topics):
        answer = snapshot.ask(account, thing.region, "kms.DescribeKey", {"KeyId": thing.facts["key"]})
        arn = _text(answer.first.get("KeyMetadata"), "Arn")
        if arn:
            yield _Thing(thing.region, {"key": arn})


def _key(key: str, otherwise: str) -> Iterator[_Thing]:
    """A KMS key, in the Region of its ARN, else in that of what names it."""
    if key:
        arn = parse_arn(key)
        yield _Thing((arn.region if arn else "") or otherwise, {"key": key})


def _event_rules(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    """The rules on the default event bus of each Region that are enabled and can hear of what CloudTrail records."""
    for region in snapshot.regions(account):
        for _, rule in snapshot.ask(account, region, "events.ListRules").items("Rules"):
            name = _text(rule, "Name")
            if name and is_enabled(rule) and hears_cloudtrail(rule):
                yield _Thing(region, {"rule": name})


def _topics(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    """SNS topics that alarms, trails of the account, and EventBridge rules on CloudTrail's events notify."""
    for trail in _visible_trails(snapshot, account):
        owner = parse_arn(trail.arn)
        if owner and owner.account == account:
            yield from _topic(trail.text("SnsTopicARN"), trail.home)
    for thing in _event_rules(snapshot, account):
        answer = snapshot.ask(account, thing.region, "events.ListTargetsByRule", {"Rule": thing.facts["rule"]})
        for _, target in answer.items("Targets"):
            yield from _topic(_text(target, "Arn"), thing.region)
    yield from _alarm_topics(snapshot, account)


def _topic(name: Any, region: str) -> Iterator[_Thing]:
    arn = parse_arn(name)
    if arn and arn.service == "sns":
        yield _Thing(arn.region or region, {"topic": name})


def _alarm_topics(snapshot: Snapshot, account: str) -> Iterator[_Thing]:
    """SNS topics in the alarm actions of alarms on audit metrics, and of every composite alarm beside them.

    The metrics are those that filters of audit log groups publish, and what the groups themselves receive.
    """
    metrics = _audit_metrics(snapshot, account)
    groups = frozenset((group.region, group.name) for group in _audit_log_groups(snapshot, account))
    for region in sorted({thing.region for thing in _alarm_regions(snapshot, account)}):
        answer = snapshot.ask(
            account, region, "cloudwatch.DescribeAlarms", {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
        )
        watching = [alarm for _, alarm in answer.items("MetricAlarms") if _watches(alarm, region, metrics, groups)]
        composite = [alarm for _, alarm in answer.items("CompositeAlarms")]
        for alarm in (*watching, *composite):
            for action in _list(alarm, "AlarmActions"):
                yield from _topic(action, region)


def _audit_metrics(snapshot: Snapshot, account: str) -> frozenset[tuple[str, str, str]]:
    """(Region, namespace, name) of every metric that a filter on an audit log group publishes."""
    found: set[tuple[str, str, str]] = set()
    for thing in _log_groups(snapshot, account):
        answer = snapshot.ask(
            account, thing.region, "logs.DescribeMetricFilters", {"logGroupName": thing.facts["group"]}
        )
        for _, listed in answer.items("metricFilters"):
            for transformation in _list(listed, "metricTransformations"):
                namespace, name = _text(transformation, "metricNamespace"), _text(transformation, "metricName")
                found.add((thing.region, namespace, name))
    return frozenset(found)


def _watches(
    alarm: Any, region: str, metrics: frozenset[tuple[str, str, str]], groups: frozenset[tuple[str, str]]
) -> bool:
    named = [alarm]
    for query in _list(alarm, "Metrics"):
        stat = query.get("MetricStat") if isinstance(query, Mapping) else None
        named.append(stat.get("Metric") if isinstance(stat, Mapping) else None)
    return any(
        (region, _text(metric, "Namespace"), _text(metric, "MetricName")) in metrics
        or any((region, group) in groups for group in _received_by(metric))
        for metric in named
    )


def _received_by(metric: Any) -> list[str]:
    """The log group whose incoming events or bytes a metric counts."""
    if _text(metric, "Namespace") != "AWS/Logs" or _text(metric, "MetricName") not in _INCOMING:
        return []
    dimensions = _list(metric, "Dimensions")
    return [_text(item, "Value") for item in dimensions if _text(item, "Name") == "LogGroupName"]


def _visible_trails(snapshot: Snapshot, account: str) -> list[_Trail]:
    """Every trail that a Region in scope shows, by ARN; its home Region's own answer comes first."""
    found: dict[str, _Trail] = {}
    for region in snapshot.regions(account):
        answer = snapshot.ask(account, region, "cloudtrail.DescribeTrails", {"includeShadowTrails": True})
        for _, data in answer.items("trailList"):
            name = _text(data, "TrailARN") or _text(data, "Name")
            if not name:
                continue
            arn = parse_arn(name)
            home = _text(data, "HomeRegion") or (arn.region if arn else region)
            if name not in found or home == region:
                found[name] = _Trail(name, home, data)
    return [found[name] for name in sorted(found)]


def _audit_log_groups(snapshot: Snapshot, account: str) -> list[_LogGroup]:
    """The log groups that visible trails deliver to, each once, from ``arn:…:log-group:NAME:*`` (CloudTrail API, ``Trail``)."""
    groups = {_log_group_of(trail) for trail in _visible_trails(snapshot, account)}
    return sorted(group for group in groups if group is not None)


def _log_group_of(trail: _Trail) -> _LogGroup | None:
    arn = parse_arn(trail.text("CloudWatchLogsLogGroupArn"))
    if arn is None or arn.service != "logs" or not arn.region:
        return None
    name = arn.named("log-group:")
    group = replace(arn, resource=f"log-group:{name}")
    return _LogGroup(arn.region, arn.account, name, str(group)) if name else None


def _text(data: Any, member: str) -> str:
    value = data.get(member) if isinstance(data, Mapping) else None
    return value if isinstance(value, str) else ""


def _list(data: Any, member: str) -> list[Any]:
    value = data.get(member) if isinstance(data, Mapping) else None
    return value if isinstance(value, list) else []


_INCOMING = ("IncomingLogEvents", "IncomingBytes")


def _behind(prefix: str, topics: _Things) -> Mapping[str, _Things]:
    """What stands behind topics, by the words of the table for it."""
    return {
        f"{prefix}subscription": partial(_subscriptions, topics=topics),
        f"{prefix}function": partial(_endpoints, topics=topics, protocol="lambda"),
        f"{prefix}queue": partial(_endpoints, topics=topics, protocol="sqs"),
        f"{prefix}stream": partial(_endpoints, topics=topics, protocol="firehose"),
        f"{prefix}topic-key": partial(_topic_keys, topics=topics),
        f"{prefix}topic-key-arn": partial(_topic_key_arns, topics=topics),
    }


_THINGS: Mapping[str, _Things] = {
    "session": _session,
    "account": _account,
    "region": _regions,
    "trail": _trails,
    "bucket": _buckets,
    "bucket-owner": _bucket_owners,
    "log-group": _log_groups,
    "filled-log-group": _filled_log_groups,
    "log-group-policy": _log_group_policies,
    "log-region": _log_regions,
    "event-log-listing": _event_log_listings,
    "event-log-group": _event_log_groups,
    "alarm-region": _alarm_regions,
    "key": _keys,
    "key-arn": _key_arns,
    "trail-key": _trail_keys,
    "log-group-key": _every_log_group_key,
    "bucket-key": _bucket_keys,
    "event-rule": _event_rules,
    "event-data-store": _event_data_stores,
    "topic": _topics,
    **_behind("", _topics),
    "alarm-topic": _alarm_topics,
    **_behind("alarm-", _alarm_topics),
}
"""What each word of the table's ``per`` stands for."""
