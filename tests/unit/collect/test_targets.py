"""For what each call is made, read from recorded answers however odd they are."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.audit_path.places import ACCOUNT as ACCOUNT_ITSELF
from scanner.checks.route.needs import ROUTE_USES
from scanner.collect.targets import targets
from scanner.facts.uses import Look, Use, with_what_names_them
from scanner.model import CallKey, GapKind
from scanner.resources import RESOURCES
from scanner.snapshot.answers import SCHEMA, Call, CallError, Snapshot

ACCOUNT = "111122223333"
OTHER = "444455556666"
TRAILS = "cloudtrail.DescribeTrails"
LISTING = {"includeShadowTrails": True}
ALARMS = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}

EVERY_USE = with_what_names_them(ROUTE_USES.union(*(kind.uses({"*"}) for kind in RESOURCES.values())))
USES = {use.name: use for use in EVERY_USE}

Entry = tuple[str, str, Mapping[str, Any], Any]


def arn(service: str, resource: str, region: str = "us-east-1", account: str = ACCOUNT) -> str:
    return f"arn:aws:{service}:{region}:{account}:{resource}"


def trail(name: str, home: str = "us-east-1", **members: Any) -> dict[str, Any]:
    return {"Name": name, "TrailARN": arn("cloudtrail", f"trail/{name}", home), "HomeRegion": home, **members}


def group(name: str, region: str = "us-east-1", account: str = ACCOUNT) -> dict[str, str]:
    return {"CloudWatchLogsLogGroupArn": arn("logs", f"log-group:{name}:*", region, account)}


def snapshot(
    *entries: Entry, regions: tuple[str, ...] = ("eu-west-1", "us-east-1"), partition: str = "aws"
) -> Snapshot:
    """A snapshot of (Region, operation, arguments, page or pages or error)."""
    files: dict[str, bytes] = {}
    calls = []
    for number, (region, operation, arguments, answer) in enumerate(entries):
        error = answer if isinstance(answer, CallError) else None
        pages = answer if isinstance(answer, list) else [answer]
        if error is None:
            files[str(number)] = json.dumps({"pages": pages}).encode()
        calls.append(
            Call(
                CallKey(ACCOUNT, region, operation, arguments),
                "",
                "",
                (),
                1,
                1,
                "" if error else str(number),
                "",
                0,
                error,
            )
        )
    scope = {"accounts": {ACCOUNT: {"regions": list(regions), "skipped": {}}}}
    run = {"schema": SCHEMA, "started": "2026-11-20T12:00:00Z", "partition": partition, "scope": scope}
    return Snapshot(run, tuple(calls), files.__getitem__)


def trails(*listed: Any, region: str = "us-east-1") -> Entry:
    return (region, TRAILS, LISTING, {"trailList": list(listed)})


def asked(name: str, given_snapshot: Snapshot) -> list[tuple[str, dict[str, Any]]]:
    return [(target.region, dict(target.arguments)) for target in targets(USES[name], Look(given_snapshot, ACCOUNT))]


def test_trails_are_listed_in_every_region_in_scope() -> None:
    assert asked(f"{TRAILS}@region", snapshot()) == [("eu-west-1", LISTING), ("us-east-1", LISTING)]


@pytest.mark.parametrize(
    ("partition", "region"),
    [("aws", "us-east-1"), ("aws-us-gov", "us-gov-west-1"), ("aws-cn", "cn-north-1"), ("aws-new", "us-east-1")],
)
def test_the_account_is_asked_in_the_global_region(partition: str, region: str) -> None:
    given_snapshot = snapshot(partition=partition)
    assert asked("organizations.DescribeOrganization@account", given_snapshot) == [(region, {})]
    assert asked("s3control.GetPublicAccessBlock@account", given_snapshot) == [(region, {"AccountId": ACCOUNT})]
    identity = Use("sts.GetCallerIdentity", per=ACCOUNT_ITSELF)
    assert [each.region for each in targets(identity, Look(given_snapshot, ACCOUNT))] == [region]


def test_a_trail_is_asked_once_in_its_home_region() -> None:
    main = trail("main", "eu-west-1")
    given_snapshot = snapshot(trails(main), trails(main, region="eu-west-1"))
    assert asked("cloudtrail.GetTrailStatus@trail", given_snapshot) == [("eu-west-1", {"Name": main["TrailARN"]})]
    assert asked("cloudtrail.GetEventSelectors@trail", given_snapshot) == [
        ("eu-west-1", {"TrailName": main["TrailARN"]})
    ]


def test_a_home_region_outside_the_scope_is_still_asked() -> None:
    given_snapshot = snapshot(trails(trail("main", "sa-east-1")), regions=("us-east-1",))
    assert [region for region, _ in asked("cloudtrail.GetTrailStatus@trail", given_snapshot)] == ["sa-east-1"]


def test_the_home_region_own_answer_comes_first() -> None:
    shadow = trail("main", "us-east-1", S3BucketName="old")
    own = trail("main", "us-east-1", S3BucketName="new")
    given_snapshot = snapshot(trails(shadow, region="eu-west-1"), trails(own))
    assert asked("s3.GetBucketAcl@bucket", given_snapshot) == [("us-east-1", {"Bucket": "new"})]


def test_a_trail_without_a_home_region_is_asked_where_its_arn_says() -> None:
    bare = trail("main", "ap-south-1")
    del bare["HomeRegion"]
    asked_about = asked("cloudtrail.GetTrailStatus@trail", snapshot(trails(bare)))
    assert asked_about == [("ap-south-1", {"Name": bare["TrailARN"]})]


def test_a_bucket_is_asked_once_where_its_first_trail_lives() -> None:
    given_snapshot = snapshot(
        trails(
            trail("b", "us-east-1", S3BucketName="shared"),
            trail("a", "eu-west-1", S3BucketName="shared"),
            trail("c", "us-east-1", S3BucketName="own"),
            trail("d", "us-east-1"),
        )
    )
    # The ARN of ``a`` sorts first: eu-west-1 comes before us-east-1 in it.
    assert asked("s3.GetBucketPolicy@bucket", given_snapshot) == [
        ("eu-west-1", {"Bucket": "shared"}),
        ("us-east-1", {"Bucket": "own"}),
    ]
    assert asked("s3.HeadBucket@bucket", given_snapshot)[1] == (
        "us-east-1",
        {"Bucket": "own", "ExpectedBucketOwner": ACCOUNT},
    )


def test_accounts_that_were_named_are_asked_about_as_owners() -> None:
    given_snapshot = snapshot(trails(trail("a", S3BucketName="central")))
    assert asked("s3.HeadBucket@bucket-owner", given_snapshot) == []
    given_snapshot.run["scope"]["asked"] = {"regions": "enabled", "bucket_owners": [ACCOUNT, OTHER]}
    assert asked("s3.HeadBucket@bucket-owner", given_snapshot) == [
        ("us-east-1", {"Bucket": "central", "ExpectedBucketOwner": OTHER})
    ]


def test_groups_that_events_enter_without_a_trail() -> None:
    listing = "logs.DescribeLogGroups@event-log-listing"
    lake = {"logGroupNamePrefix": "aws/cloudtrail/"}
    assert asked(listing, snapshot()) == [("eu-west-1", lake), ("us-east-1", lake)]
    found = [
        {"logGroupName": "aws/cloudtrail/management", "kmsKeyId": arn("kms", "key/1", "eu-west-1")},
        {"logGroupName": "aws/cloudtrail/data"},
        {"logGroupName": "aws/cloudtrails", "kmsKeyId": arn("kms", "key/not-ours")},
    ]
    given_snapshot = snapshot(trails(), ("eu-west-1", "logs.DescribeLogGroups", lake, {"logGroups": found}))
    for name in (
        "logs.DescribeLogGroups@log-group",
        "logs.DescribeMetricFilters@log-group",
        "cloudwatch.DescribeAlarms@alarm-region",
    ):
        assert asked(name, given_snapshot) == []
    assert asked("logs.DescribeResourcePolicies@log-region", given_snapshot) == [("eu-west-1", {})]
    attached = asked("logs.DescribeResourcePolicies@log-group-policy", given_snapshot)
    assert attached == [
        ("eu-west-1", {"policyScope": "RESOURCE", "resourceArn": arn("logs", f"log-group:{name}", "eu-west-1")})
        for name in ("aws/cloudtrail/data", "aws/cloudtrail/management")
    ]
    assert asked("logs.DescribeSubscriptionFilters@event-log-group", given_snapshot) == [
        ("eu-west-1", {"logGroupName": f"aws/cloudtrail/{name}"}) for name in ("data", "management")
    ]
    assert asked("kms.DescribeKey@log-group-key", given_snapshot) == [
        ("eu-west-1", {"KeyId": arn("kms", "key/1", "eu-west-1")})
    ]


def status(name: str, **said: Any) -> Entry:
    return "us-east-1", "cloudtrail.GetTrailStatus", {"Name": arn("cloudtrail", f"trail/{name}")}, said


def test_log_groups_that_only_stopped_trails_fill_are_left_out_where_nothing_can_come_of_them() -> None:
    given_snapshot = snapshot(
        trails(
            trail("stopped", **group("quiet")),
            trail("stopped-too", **group("shared")),
            trail("running", **group("shared")),
            trail("silent", **group("unclear")),
            trail("refused", **group("unknown")),
            trail("far", **group("foreign", account=OTHER)),
        ),
        status("stopped", IsLogging=False),
        status("stopped-too", IsLogging=False),
        status("running", IsLogging=True),
        status("silent"),
    )
    found = asked("logs.DescribeSubscriptionFilters@filled-log-group", given_snapshot)
    assert found == [("us-east-1", {"logGroupName": name}) for name in ("shared", "unclear", "unknown")]


def test_log_groups_of_this_account_only() -> None:
    given_snapshot = snapshot(
        trails(
            trail("a", **group("audit")),
            trail("b", **group("audit")),
            trail("c", **group("far", "eu-west-1")),
            trail("d", **group("central", "ap-south-1", OTHER)),
            trail("e", CloudWatchLogsLogGroupArn=""),
            trail("f", CloudWatchLogsLogGroupArn=arn("s3", "log-group:x:*")),
            trail("g", CloudWatchLogsLogGroupArn=arn("logs", "log-group::*")),
        )
    )
    assert asked("logs.DescribeLogGroups@log-group", given_snapshot) == [
        ("eu-west-1", {"logGroupNamePrefix": "far"}),
        ("us-east-1", {"logGroupNamePrefix": "audit"}),
    ]
    assert asked("logs.DescribeMetricFilters@log-group", given_snapshot) == [
        ("eu-west-1", {"logGroupName": "far"}),
        ("us-east-1", {"logGroupName": "audit"}),
    ]
    assert asked("logs.DescribeResourcePolicies@log-region", given_snapshot) == [("eu-west-1", {}), ("us-east-1", {})]
    attached = asked("logs.DescribeResourcePolicies@log-group-policy", given_snapshot)
    assert [(region, item["policyScope"], item["resourceArn"].rpartition(":")[2]) for region, item in attached] == [
        ("eu-west-1", "RESOURCE", "far"),
        ("us-east-1", "RESOURCE", "audit"),
    ]
    assert [region for region, _ in asked("cloudwatch.DescribeAlarms@alarm-region", given_snapshot)] == [
        "ap-south-1",
        "eu-west-1",
        "us-east-1",
    ]


def test_nothing_is_asked_about_a_trail_without_an_arn_or_a_group_without_a_region() -> None:
    nameless = {"TrailARN": "", "HomeRegion": "us-east-1"}
    given_snapshot = snapshot(trails(nameless, trail("a", **group("audit", region=""))))
    assert len(asked("cloudtrail.GetTrailStatus@trail", given_snapshot)) == 1
    for name in (
        "logs.DescribeLogGroups@log-group",
        "logs.DescribeSubscriptionFilters@filled-log-group",
        "logs.DescribeResourcePolicies@log-region",
        "cloudwatch.DescribeAlarms@alarm-region",
    ):
        assert asked(name, given_snapshot) == []


def test_keys_of_trails_and_of_exactly_the_audit_log_groups() -> None:
    key, alias, own = arn("kms", "key/1", "eu-west-1"), "alias/audit", arn("kms", "key/2")
    given_snapshot = snapshot(
        trails(trail("a", KmsKeyId=key, **group("audit")), trail("b", KmsKeyId=alias)),
        (
            "us-east-1",
            "logs.DescribeLogGroups",
            {"logGroupNamePrefix": "audit"},
            [
                {"logGroups": [{"logGroupName": "audit-copy", "kmsKeyId": arn("kms", "key/3")}]},
                {"logGroups": [{"logGroupName": "audit", "kmsKeyId": own}, "odd"]},
            ],
        ),
    )
    of_trails = [("eu-west-1", {"KeyId": key}), ("us-east-1", {"KeyId": alias})]
    of_groups = [("us-east-1", {"KeyId": own})]
    assert asked("kms.DescribeKey@trail-key", given_snapshot) == of_trails
    assert asked("kms.DescribeKey@log-group-key", given_snapshot) == of_groups
    assert asked("kms.DescribeKey@key", given_snapshot) == [*of_trails, *of_groups]
    # What an alias stands for is only told by DescribeKey, and no other call takes one.
    assert asked("kms.GetKeyRotationStatus@key-arn", given_snapshot) == [of_trails[0], *of_groups]
    assert asked("kms.GetKeyPolicy@key-arn", given_snapshot)[0] == (
        "eu-west-1",
        {"KeyId": key, "PolicyName": "default"},
    )


def test_the_key_of_a_bucket() -> None:
    rules = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/b"}}, {}]
    given_snapshot = snapshot(
        trails(trail("a", "eu-west-1", S3BucketName="logs")),
        (
            "eu-west-1",
            "s3.GetBucketEncryption",
            {"Bucket": "logs"},
            {"ServerSideEncryptionConfiguration": {"Rules": rules}},
        ),
    )
    assert asked("kms.DescribeKey@bucket-key", given_snapshot) == [("eu-west-1", {"KeyId": "alias/b"})]
    told = snapshot(
        trails(trail("a", "eu-west-1", S3BucketName="logs")),
        (
            "eu-west-1",
            "s3.GetBucketEncryption",
            {"Bucket": "logs"},
            {"ServerSideEncryptionConfiguration": {"Rules": rules}},
        ),
        (
            "eu-west-1",
            "s3.HeadBucket",
            {"Bucket": "logs", "ExpectedBucketOwner": ACCOUNT},
            {"BucketRegion": "us-east-1"},
        ),
    )
    assert asked("kms.DescribeKey@bucket-key", told) == [("us-east-1", {"KeyId": "alias/b"})]


def test_keys_of_buckets_and_topics_are_asked_by_the_arn_that_kms_tells() -> None:
    topic, there, here = arn("sns", "t"), arn("kms", "key/b", "eu-west-1"), arn("kms", "key/t")
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/b"}
    rules = [{"ApplyServerSideEncryptionByDefault": default}]

    def described(region: str, name: str, key: str, manager: str) -> Entry:
        metadata = {"KeyId": "1", "Arn": key, "KeyManager": manager, "KeyState": "Enabled"}
        return (region, "kms.DescribeKey", {"KeyId": name}, {"KeyMetadata": metadata})

    def of(topic_key: str, manager: str) -> Snapshot:
        return snapshot(
            trails(trail("a", S3BucketName="logs", SnsTopicARN=topic)),
            (
                "us-east-1",
                "s3.HeadBucket",
                {"Bucket": "logs", "ExpectedBucketOwner": ACCOUNT},
                {"BucketRegion": "eu-west-1"},
            ),
            (
                "us-east-1",
                "s3.GetBucketEncryption",
                {"Bucket": "logs"},
                {"ServerSideEncryptionConfiguration": {"Rules": rules}},
            ),
            ("us-east-1", "sns.GetTopicAttributes", {"TopicArn": topic}, {"Attributes": {"KmsMasterKeyId": topic_key}}),
            described("eu-west-1", "alias/b", there, "CUSTOMER"),
            described("us-east-1", topic_key, here, manager),
        )

    own = of("alias/t", "CUSTOMER")
    assert asked("kms.DescribeKey@key", own) == [
        ("eu-west-1", {"KeyId": "alias/b"}),
        ("us-east-1", {"KeyId": "alias/t"}),
    ]
    for name in ("kms.GetKeyRotationStatus@key-arn", "kms.ListGrants@key-arn"):
        assert asked(name, own) == [("eu-west-1", {"KeyId": there}), ("us-east-1", {"KeyId": here})]
    # Of a key that AWS manages there is nothing to ask.
    assert asked("kms.ListGrants@key-arn", of(here, "AWS")) == [("eu-west-1", {"KeyId": there})]
    assert asked("kms.DescribeKey@key", of("alias/aws/sns", "AWS")) == [("eu-west-1", {"KeyId": "alias/b"})]


def test_event_data_stores_are_asked_for_their_keys() -> None:
    own, key = arn("cloudtrail", "eventdatastore/1", "eu-west-1"), arn("kms", "key/1", "eu-west-1")
    listed = {"EventDataStores": [{"EventDataStoreArn": own}, {"Name": "no ARN"}, "odd"]}
    page = {"MaxResults": 1000}
    given_snapshot = snapshot(
        ("eu-west-1", "cloudtrail.ListEventDataStores", page, listed),
        ("us-east-1", "cloudtrail.ListEventDataStores", page, {"EventDataStores": []}),
        (
            "eu-west-1",
            "cloudtrail.GetEventDataStore",
            {"EventDataStore": own},
            {"EventDataStoreArn": own, "KmsKeyId": key},
        ),
    )
    assert asked("cloudtrail.ListEventDataStores@region", given_snapshot) == [("eu-west-1", page), ("us-east-1", page)]
    assert asked("cloudtrail.GetEventDataStore@event-data-store", given_snapshot) == [
        ("eu-west-1", {"EventDataStore": own})
    ]
    assert asked("kms.GetKeyPolicy@key-arn", given_snapshot) == [("eu-west-1", {"KeyId": key, "PolicyName": "default"})]


def alarms(*listed: Any, composite: tuple[Any, ...] = (), region: str = "us-east-1") -> Entry:
    """Alarms named by number, unless they are not objects; composite ones have a rule."""
    above = [{"AlarmRule": "ALARM(0)", **item} for item in numbered(composite)]
    return (region, "cloudwatch.DescribeAlarms", ALARMS, {"MetricAlarms": numbered(listed), "CompositeAlarms": above})


def numbered(items: tuple[Any, ...]) -> list[Any]:
    return [{"AlarmName": str(number), **item} if isinstance(item, dict) else item for number, item in enumerate(items)]


def filters(*metrics: tuple[str, str], name: str = "audit", region: str = "us-east-1") -> Entry:
    listed = [
        {
            "filterName": metric,
            "metricTransformations": [{"metricNamespace": namespace, "metricName": metric, "metricValue": "1"}],
        }
        for namespace, metric in metrics
    ]
    return (region, "logs.DescribeMetricFilters", {"logGroupName": name}, {"metricFilters": listed})


def test_topics_of_alarms_on_audit_metrics() -> None:
    near, far, composite = arn("sns", "near"), arn("sns", "far", "eu-west-1"), arn("sns", "composite")
    lambda_action = arn("lambda", "function:x")
    math = {
        "Metrics": [
            {"Id": "e", "Expression": "m"},
            {"Id": "m", "MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 300, "Stat": "Sum"}},
        ]
    }
    given_snapshot = snapshot(
        trails(trail("a", **group("audit"))),
        filters(("n", "m")),
        alarms(
            {"Namespace": "n", "MetricName": "m", "AlarmActions": [near, lambda_action, "odd"]},
            {**math, "AlarmActions": [far]},
            {"Namespace": "n", "MetricName": "other", "AlarmActions": [arn("sns", "unrelated")]},
            {"Namespace": "other", "MetricName": "m", "AlarmActions": [arn("sns", "unrelated")]},
            {"Namespace": "n", "MetricName": "m", "OKActions": [arn("sns", "all-clear")]},
            composite=({"AlarmActions": [composite]},),
        ),
    )
    assert asked("sns.ListSubscriptionsByTopic@topic", given_snapshot) == [
        ("eu-west-1", {"TopicArn": far}),
        ("us-east-1", {"TopicArn": composite}),
        ("us-east-1", {"TopicArn": near}),
    ]


def test_topics_of_alarms_on_what_an_audit_log_group_receives() -> None:
    def incoming(name: str, value: str, topic: str) -> dict[str, Any]:
        dimensions = [{"Name": name, "Value": value}]
        metric = {"Namespace": "AWS/Logs", "MetricName": "IncomingLogEvents", "Dimensions": dimensions}
        return {**metric, "AlarmActions": [arn("sns", topic)]}

    listed = (
        incoming("LogGroupName", "audit", "silence"),
        incoming("LogGroupName", "other", "unrelated"),
        incoming("DestinationType", "audit", "unrelated"),
        {"Namespace": "AWS/Logs", "MetricName": "IncomingLogEvents", "AlarmActions": [arn("sns", "whole-region")]},
    )
    given_snapshot = snapshot(trails(trail("a", **group("audit"))), alarms(*listed))
    assert asked("sns.GetTopicAttributes@topic", given_snapshot) == [("us-east-1", {"TopicArn": arn("sns", "silence")})]


def test_targets_of_enabled_rules_that_can_hear_cloudtrail() -> None:
    listed = [
        {"Name": "hears", "State": "ENABLED", "EventPattern": '{"source": ["aws.cloudtrail"]}'},
        {"Name": "off", "State": "DISABLED", "EventPattern": '{"source": ["aws.cloudtrail"]}'},
        {"Name": "other", "State": "ENABLED", "EventPattern": '{"detail-type": ["GuardDuty Finding"]}'},
        {"Name": "nightly", "State": "ENABLED", "ScheduleExpression": "rate(1 day)"},
        {"State": "ENABLED", "EventPattern": '{"source": ["aws.cloudtrail"]}'},
        "odd",
    ]
    given_snapshot = snapshot(("eu-west-1", "events.ListRules", {}, {"Rules": listed}))
    assert asked("events.ListTargetsByRule@event-rule", given_snapshot) == [("eu-west-1", {"Rule": "hears"})]
    assert asked("events.ListRules@region", given_snapshot) == [("eu-west-1", {}), ("us-east-1", {})]


def test_a_metric_of_another_region_is_another_metric() -> None:
    alarm = {"Namespace": "n", "MetricName": "m", "AlarmActions": [arn("sns", "t")]}
    given_snapshot = snapshot(
        trails(trail("a", **group("audit")), trail("b", **group("far", "eu-west-1"))),
        filters(("n", "m")),
        filters(name="far", region="eu-west-1"),
        alarms(),
        alarms(alarm, region="eu-west-1"),
    )
    assert not asked("sns.GetTopicAttributes@topic", given_snapshot)


def test_the_data_protection_policy_of_a_topic_that_can_have_one() -> None:
    alarm = {"Namespace": "n", "MetricName": "m", "AlarmActions": [arn("sns", "t"), arn("sns", "t.fifo")]}
    given_snapshot = snapshot(trails(trail("a", **group("audit"))), filters(("n", "m")), alarms(alarm))
    assert asked("sns.GetDataProtectionPolicy@standard-topic", given_snapshot) == [
        ("us-east-1", {"ResourceArn": arn("sns", "t")})
    ]


def test_the_key_of_a_topic_and_its_policy() -> None:
    topic = arn("sns", "t")
    given_snapshot = snapshot(
        trails(trail("a", **group("audit"))),
        filters(("n", "m")),
        alarms({"Namespace": "n", "MetricName": "m", "AlarmActions": [topic]}),
        ("us-east-1", "sns.GetTopicAttributes", {"TopicArn": topic}, {"Attributes": {"KmsMasterKeyId": "alias/t"}}),
        (
            "us-east-1",
            "kms.DescribeKey",
            {"KeyId": "alias/t"},
            {
                "KeyMetadata": {
                    "KeyId": "t",
                    "Arn": arn("kms", "key/t"),
                    "KeyManager": "CUSTOMER",
                    "KeyState": "Enabled",
                }
            },
        ),
    )
    assert asked("kms.DescribeKey@topic-key", given_snapshot) == [("us-east-1", {"KeyId": "alias/t"})]
    assert asked("kms.GetKeyPolicy@topic-key-arn", given_snapshot) == [
        ("us-east-1", {"KeyId": arn("kms", "key/t"), "PolicyName": "default"})
    ]


def test_confirmed_subscriptions_of_a_topic() -> None:
    topic = arn("sns", "t")
    listed = [
        {"SubscriptionArn": f"{topic}:1", "Protocol": "email"},
        {"SubscriptionArn": "PendingConfirmation", "Protocol": "email"},
        {},
        None,
    ]
    given_snapshot = snapshot(
        trails(trail("a", **group("audit"))),
        filters(("n", "m")),
        alarms({"Namespace": "n", "MetricName": "m", "AlarmActions": [topic]}),
        ("us-east-1", "sns.ListSubscriptionsByTopic", {"TopicArn": topic}, {"Subscriptions": listed}),
    )
    assert asked("sns.GetSubscriptionAttributes@subscription", given_snapshot) == [
        ("us-east-1", {"SubscriptionArn": f"{topic}:1"})
    ]


def test_topics_of_trails_and_event_rules_and_those_of_alarms_alone() -> None:
    by_trail, by_rule, by_alarm = arn("sns", "files"), arn("sns", "events", "eu-west-1"), arn("sns", "alarms")
    foreign = {
        **trail("z", SnsTopicARN=arn("sns", "foreign")),
        "TrailARN": "arn:aws:cloudtrail:us-east-1:444455556666:trail/z",
    }
    rule = {"Name": "r", "State": "ENABLED", "EventPattern": '{"source": ["aws.iam"]}'}
    given_snapshot = snapshot(
        trails(trail("a", SnsTopicARN=by_trail, **group("audit")), foreign),
        filters(("n", "m")),
        alarms({"Namespace": "n", "MetricName": "m", "AlarmActions": [by_alarm]}),
        ("eu-west-1", "events.ListRules", {}, {"Rules": [rule]}),
        (
            "eu-west-1",
            "events.ListTargetsByRule",
            {"Rule": "r"},
            {"Targets": [{"Id": "1", "Arn": by_rule}, {"Id": "2", "Arn": "odd"}]},
        ),
    )
    assert asked("sns.GetTopicAttributes@topic", given_snapshot) == [
        ("eu-west-1", {"TopicArn": by_rule}),
        ("us-east-1", {"TopicArn": by_alarm}),
        ("us-east-1", {"TopicArn": by_trail}),
    ]
    assert asked("sns.GetTopicAttributes@alarm-topic", given_snapshot) == [("us-east-1", {"TopicArn": by_alarm})]


def test_endpoints_of_this_account_by_their_names() -> None:
    topic = arn("sns", "t")
    listed = [
        {"Protocol": "lambda", "Endpoint": arn("lambda", "function:notify:live")},
        {"Protocol": "sqs", "Endpoint": arn("sqs", "alerts", "eu-west-1")},
        {"Protocol": "firehose", "Endpoint": arn("firehose", "deliverystream/alerts")},
        {"Protocol": "sqs", "Endpoint": "arn:aws:sqs:us-east-1:444455556666:alerts"},
        {"Protocol": "email", "Endpoint": "a@example.com"},
        {"Protocol": "lambda"},
    ]
    pending = {"Protocol": "sqs", "Endpoint": arn("sqs", "pending"), "SubscriptionArn": "PendingConfirmation"}
    given_snapshot = snapshot(
        trails(trail("a", **group("audit"))),
        filters(("n", "m")),
        alarms({"Namespace": "n", "MetricName": "m", "AlarmActions": [topic]}),
        (
            "us-east-1",
            "sns.ListSubscriptionsByTopic",
            {"TopicArn": topic},
            {"Subscriptions": [*({**item, "SubscriptionArn": f"{topic}:1"} for item in listed), pending]},
        ),
    )
    assert asked("lambda.GetFunctionConcurrency@function", given_snapshot) == [
        ("us-east-1", {"FunctionName": "notify"})
    ]
    assert asked("sqs.GetQueueUrl@alarm-queue", given_snapshot) == [("eu-west-1", {"QueueName": "alerts"})]
    assert asked("firehose.ListTagsForDeliveryStream@stream", given_snapshot) == [
        ("us-east-1", {"DeliveryStreamName": "alerts", "Limit": 1})
    ]


def test_the_key_of_a_foreign_topic_is_asked_for_by_its_arn_only() -> None:
    topic, key = "arn:aws:sns:us-east-1:444455556666:t", "arn:aws:kms:us-east-1:444455556666:key/1"
    for named, expected in (("alias/t", []), (key, [("us-east-1", {"KeyId": key})])):
        given_snapshot = snapshot(
            trails(trail("a", **group("audit"))),
            filters(("n", "m")),
            alarms({"Namespace": "n", "MetricName": "m", "AlarmActions": [topic]}),
            ("us-east-1", "sns.GetTopicAttributes", {"TopicArn": topic}, {"Attributes": {"KmsMasterKeyId": named}}),
        )
        assert asked("kms.DescribeKey@topic-key", given_snapshot) == expected


def test_a_gap_names_nothing() -> None:
    refused = CallError(GapKind.DENIED, "AccessDenied", "")
    given_snapshot = snapshot(("us-east-1", TRAILS, LISTING, refused), trails(trail("a"), region="eu-west-1"))
    assert len(asked("cloudtrail.GetTrailStatus@trail", given_snapshot)) == 1


ODD = st.recursive(
    st.none()
    | st.integers()
    | st.text(max_size=3)
    | st.sampled_from([arn("sns", "t"), arn("kms", "key/1"), "arn:a:b"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["TrailARN", "HomeRegion", "KmsKeyId", "Metrics", "MetricStat", "AlarmActions", "Rules", "logGroupName"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(st.lists(ODD, max_size=3), st.lists(ODD, max_size=3), st.lists(ODD, max_size=3), ODD)
def test_odd_answers_never_raise(listed: list[Any], found: list[Any], noisy: list[Any], odd: Any) -> None:
    given_snapshot = snapshot(
        trails(trail("a", S3BucketName="b", **group("audit")), *listed),
        ("us-east-1", "logs.DescribeLogGroups", {"logGroupNamePrefix": "audit"}, {"logGroups": found}),
        ("us-east-1", "logs.DescribeMetricFilters", {"logGroupName": "audit"}, {"metricFilters": found}),
        ("us-east-1", "cloudwatch.DescribeAlarms", ALARMS, {"MetricAlarms": noisy, "CompositeAlarms": noisy}),
        ("us-east-1", "s3.GetBucketEncryption", {"Bucket": "b"}, {"ServerSideEncryptionConfiguration": odd}),
    )
    for name in (
        "cloudtrail.GetTrailStatus@trail",
        "s3.GetBucketAcl@bucket",
        "kms.DescribeKey@key",
        "kms.DescribeKey@bucket-key",
        "kms.DescribeKey@topic-key",
        "sns.GetTopicAttributes@topic",
    ):
        for target in targets(USES[name], Look(given_snapshot, ACCOUNT)):
            assert all(isinstance(value, str) and value for value in target.arguments.values())


def test_telephones_are_asked_about_and_listed_only_from_the_sandbox() -> None:
    topic = arn("sns", "alerts")
    phone = {"SubscriptionArn": f"{topic}:1", "Protocol": "sms", "Endpoint": "+15555550100"}
    pending = {"SubscriptionArn": "PendingConfirmation", "Protocol": "sms", "Endpoint": "+15555550101"}
    elsewhere = {**phone, "SubscriptionArn": arn("sns", "alerts:2", account=OTHER)}
    subscribed = {"Subscriptions": [phone, pending, elsewhere]}
    entries = [
        trails(trail("main", SnsTopicARN=topic)),
        ("us-east-1", "sns.ListSubscriptionsByTopic", {"TopicArn": topic}, subscribed),
    ]
    numbers = asked("sns.CheckIfPhoneNumberIsOptedOut@phone", snapshot(*entries))
    assert numbers == [("us-east-1", {"phoneNumber": "+15555550100"})]
    assert asked("sns.GetSMSSandboxAccountStatus@phone-region", snapshot(*entries)) == [("us-east-1", {})]
    for inside in (True, False):
        status: Entry = ("us-east-1", "sns.GetSMSSandboxAccountStatus", {}, {"IsInSandbox": inside})
        listed = asked("sns.ListSMSSandboxPhoneNumbers@phone-sandbox", snapshot(*entries, status))
        assert listed == ([("us-east-1", {})] if inside else [])
