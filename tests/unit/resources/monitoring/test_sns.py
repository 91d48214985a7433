"""Topics that audit alarms notify, as rows."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from scanner.audit_path.watching import audit_alarms
from scanner.checks.held import HeldThings
from scanner.facts.rows import Row
from scanner.model import GapKind
from scanner.resources.monitoring.sns import alarm_topic_rows, audit_topic_view
from scanner.snapshot.answers import CallError, Snapshot

SnapshotOf = Callable[..., Snapshot]

ACCOUNT = "111122223333"
TOPIC = "arn:aws:sns:us-east-1:111122223333:alerts"
KEY = "arn:aws:kms:us-east-1:111122223333:key/1"
TRAIL = {
    "TrailARN": "arn:aws:cloudtrail:us-east-1:111122223333:trail/main",
    "HomeRegion": "us-east-1",
    "CloudWatchLogsLogGroupArn": "arn:aws:logs:us-east-1:111122223333:log-group:audit:*",
}
FILTER = {"filterName": "f", "metricTransformations": [{"metricName": "M", "metricNamespace": "N", "metricValue": "1"}]}


def alarm(name: str, *actions: str, metric: str = "M") -> dict[str, Any]:
    arn = f"arn:aws:cloudwatch:us-east-1:111122223333:alarm:{name}"
    return {"AlarmName": name, "AlarmArn": arn, "MetricName": metric, "Namespace": "N", "AlarmActions": list(actions)}


def composite(name: str, rule: str, *actions: str) -> dict[str, Any]:
    arn = f"arn:aws:cloudwatch:us-east-1:111122223333:alarm:{name}"
    return {"AlarmName": name, "AlarmArn": arn, "AlarmRule": rule, "AlarmActions": list(actions)}


def calls(*alarms: Mapping[str, Any]) -> list[Any]:
    plain = [item for item in alarms if "AlarmRule" not in item]
    listed = {"MetricAlarms": plain, "CompositeAlarms": [item for item in alarms if item not in plain]}
    return [
        ("events.ListRules", {}, {"Rules": []}),
        ("cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": [TRAIL]}),
        ("logs.DescribeMetricFilters", {"logGroupName": "audit"}, {"metricFilters": [FILTER]}),
        ("cloudwatch.DescribeAlarms", {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}, listed),
    ]


def subscriptions(*arns: str) -> tuple[str, Mapping[str, Any], Any]:
    listed = [{"SubscriptionArn": arn, "Protocol": "email"} for arn in arns]
    return ("sns.ListSubscriptionsByTopic", {"TopicArn": TOPIC}, {"Subscriptions": listed})


def attributes(**values: str) -> tuple[str, Mapping[str, Any], Any]:
    return ("sns.GetTopicAttributes", {"TopicArn": TOPIC}, {"Attributes": values})


def only(snapshot: Snapshot) -> Row:
    (row,) = audit_topic_view(snapshot, ACCOUNT).rows
    return row


def test_a_topic_rests_on_what_makes_its_alarms_audit_alarms(snapshot_of: SnapshotOf) -> None:
    snapshot = snapshot_of(*calls(alarm("a", TOPIC), composite("b", "ALARM(a)", TOPIC)), subscriptions())
    assert [source.call.operation for source in only(snapshot).sources] == [
        "cloudwatch.DescribeAlarms",
        "logs.DescribeMetricFilters",
        "cloudwatch.DescribeAlarms",
    ]


def test_a_subscription_is_confirmed_when_it_has_an_arn(snapshot_of: SnapshotOf) -> None:
    listed = subscriptions(f"{TOPIC}:1", "PendingConfirmation", "Deleted")
    row = only(snapshot_of(*calls(alarm("a", TOPIC)), listed, attributes(Policy='{"Statement": []}')))
    assert [item["Confirmed"] for item in row.data["Subscriptions"]] == [True, False, False]
    assert row.data["ConfirmedSubscriptions"] == 1
    assert row.data["Policy"] == {"Statement": []}
    assert row.data["KmsMasterKeyId"] is row.data["KmsKey"] is row.data["KmsKeyPolicy"] is None
    assert row.data["Exists"] is True
    assert (row.id, row.region) == (TOPIC, "us-east-1")


def details(name: str, answer: Any) -> tuple[str, Mapping[str, Any], Any]:
    return ("sns.GetSubscriptionAttributes", {"SubscriptionArn": f"{TOPIC}:{name}"}, answer)


def heard_by(snapshot_of: SnapshotOf, *named: tuple[str, Any], protocol: str = "email", endpoint: str = "") -> Row:
    listing = subscriptions(*(f"{TOPIC}:{name}" for name, _ in named), "PendingConfirmation")
    for item in listing[2]["Subscriptions"]:
        item.update({"Protocol": protocol, "Endpoint": endpoint})
    return only(snapshot_of(*calls(alarm("a", TOPIC)), listing, *(details(*each) for each in named)))


def body(policy: str) -> dict[str, Any]:
    return {"Attributes": {"FilterPolicy": policy, "FilterPolicyScope": "MessageBody"}}


HEARS: Any = {"Attributes": {"Protocol": "email"}}
DEAF: Any = {"Attributes": {"FilterPolicy": '{"severity": ["high"]}'}}
REASON: Any = body('{"NewStateReason": [{"prefix": "Threshold"}]}')


@pytest.mark.parametrize(
    ("named", "hearing", "decided"),
    [
        ([("1", HEARS)], ["1"], True),
        ([("1", DEAF)], [], True),
        ([("1", DEAF), ("2", HEARS)], ["2"], True),
        ([("1", "!AuthorizationError"), ("2", HEARS)], ["2"], False),
        ([("1", REASON), ("2", HEARS)], ["2"], False),
        ([("1", "!AuthorizationError"), ("2", DEAF)], [], False),
        ([("1", body('{"NewStateValue": ["ALARM"]}')), ("2", body('{"NewStateValue": ["OK"]}'))], ["1"], True),
        ([("1", REASON)], [], False),
        ([("1", "-NotFound")], [], True),
        ([("1", {"Attributes": {"PendingConfirmation": "true"}})], [], True),
        ([], [], True),
    ],
)
def test_recipients_are_told_from_what_is_known(
    snapshot_of: SnapshotOf, named: list[tuple[str, Any]], hearing: list[str], decided: bool
) -> None:
    row = heard_by(snapshot_of, *named)
    assert [item["SubscriptionArn"].rpartition(":")[2] for item in row.data["Recipients"]] == hearing
    assert row.data["Audiences"] == [{"Publisher": "alarm a", "Recipients": row.data["Recipients"]}]
    assert len(row.data["Unreached"]) == len(named) + 1 - len(hearing)
    assert ("Undecided" in row.data) is decided
    assert decided or row.gaps["Undecided"].operation == "sns.GetSubscriptionAttributes"


QUEUE = "arn:aws:sqs:us-east-1:111122223333:alerts"


@pytest.mark.parametrize(
    ("endpoint", "answer", "hears", "words"),
    [
        (QUEUE, {"QueueUrl": "https://sqs/alerts"}, True, ""),
        (QUEUE, "-QueueDoesNotExist", False, "an SQS queue that does not exist"),
        (QUEUE, "!AccessDenied", None, "may not exist"),
        (QUEUE.replace("1111", "4444"), {"QueueUrl": "https://sqs/alerts"}, None, "belongs to account 444422223333"),
        ("", {"QueueUrl": "https://sqs/alerts"}, None, "its ARN is not known"),
    ],
)
def test_a_queue_must_exist(
    snapshot_of: SnapshotOf, endpoint: str, answer: Any, hears: bool | None, words: str
) -> None:
    listed = [{"SubscriptionArn": f"{TOPIC}:1", "Protocol": "sqs", "Endpoint": endpoint}]
    listing = ("sns.ListSubscriptionsByTopic", {"TopicArn": TOPIC}, {"Subscriptions": listed})
    lookup = ("sqs.GetQueueUrl", {"QueueName": "alerts"}, answer)
    row = only(snapshot_of(*calls(alarm("a", TOPIC)), listing, details("1", HEARS), lookup))
    assert bool(row.data["Recipients"]) is (hears is True)
    assert ("Undecided" in row.gaps) is (hears is None)
    assert words in str(row.data["Unreached"])


def test_each_publisher_has_an_audience_of_its_own(snapshot_of: SnapshotOf) -> None:
    rule = {"Name": "r", "Arn": "arn:rule", "State": "ENABLED", "EventPattern": '{"source": ["aws.iam"]}'}
    trail = {**TRAIL, "Name": "main", "S3BucketName": "logs", "SnsTopicARN": TOPIC}
    row = only(
        snapshot_of(
            *calls(alarm("a", TOPIC))[2:],
            ("cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": [trail]}),
            ("events.ListRules", {}, {"Rules": [rule]}),
            ("events.ListTargetsByRule", {"Rule": "r"}, {"Targets": [{"Id": "1", "Arn": TOPIC}]}),
            subscriptions(f"{TOPIC}:1", f"{TOPIC}:2"),
            details("1", body('{"s3Bucket": ["logs"]}')),
            details("2", body('{"AlarmName": ["a"]}')),
        )
    )
    assert {item["Publisher"]: len(item["Recipients"]) for item in row.data["Audiences"]} == {
        "alarm a": 1,
        "trail main": 1,
        "EventBridge rule r": 0,
    }
    assert row.data["Undecided"] == []  # the event of a rule has no such member
    assert row.data["UsedBy"] == ["a", "main", "r"]
    assert (row.data["TrailArns"], row.data["EventRuleArns"]) == ([TRAIL["TrailARN"]], ["arn:rule"])
    assert [item["Source"] for item in row.data["Publications"]["CloudTrail"]] == [TRAIL["TrailARN"]]
    snapshot = snapshot_of(*calls(alarm("b", TOPIC)))
    assert [row.id for row in alarm_topic_rows(snapshot, ACCOUNT, audit_alarms(snapshot, ACCOUNT))] == [TOPIC]


@pytest.mark.parametrize(
    ("target", "policy", "decided"),
    [
        ({}, '{"source": ["aws.iam", "aws.kms"]}', True),
        ({}, '{"detail": {"eventName": ["CreateUser"]}}', None),
        ({}, '{"NewStateValue": ["ALARM"]}', False),
        ({"InputPath": "$.detail"}, '{"eventSource": ["iam.amazonaws.com"]}', True),
        ({"InputPath": "$.detail"}, '{"source": ["aws.iam"]}', None),
        ({"Input": '{"team": "audit"}'}, '{"team": ["audit"]}', True),
        ({"Input": '{"team": "audit"}'}, '{"team": ["other"]}', False),
        ({"Input": '"text"'}, '{"team": ["other"]}', None),
        ({"InputTransformer": {"InputTemplate": "<a>"}}, '{"source": ["aws.iam"]}', None),
    ],
)
def test_the_message_of_an_event_rule_is_known_from_its_pattern_and_its_input(
    snapshot_of: SnapshotOf, target: dict[str, Any], policy: str, decided: bool | None
) -> None:
    pattern = '{"source": ["aws.iam"], "detail": {"eventSource": ["iam.amazonaws.com"]}}'
    known = calls()
    known[0] = ("events.ListRules", {}, {"Rules": [{**RULE, "EventPattern": pattern}]})
    targets = ("events.ListTargetsByRule", {"Rule": "changes"}, {"Targets": [{"Id": "1", "Arn": TOPIC, **target}]})
    row = only(snapshot_of(*known, targets, subscriptions(f"{TOPIC}:1"), details("1", body(policy))))
    assert bool(row.data["Audiences"][0]["Recipients"]) is (decided is True)
    assert ("Undecided" in row.gaps) is (decided is None)


def test_what_reaches_nobody_for_certain_is_not_left_open_by_another_publisher(snapshot_of: SnapshotOf) -> None:
    both = calls(alarm("a", TOPIC), alarm("b", TOPIC))
    policy = '{"$or": [{"AlarmName": ["a"], "NewStateReason": ["x"]}, {"AlarmName": ["c"]}]}'
    row = only(snapshot_of(*both, subscriptions(f"{TOPIC}:1"), details("1", body(policy))))
    assert row.data["Reached"] == [
        "what alarm a publishes is received by nobody for certain",
        "what alarm b publishes is received by nobody",
    ]
    assert row.data["Undecided"] == []
    deaf = only(snapshot_of(*both, subscriptions(f"{TOPIC}:1"), details("1", DEAF)))
    assert deaf.data["Reached"] == ["what alarms a and b publish is received by nobody"]


def test_a_trail_of_another_account_notifies_no_topic_of_this_one(snapshot_of: SnapshotOf) -> None:
    arn = "arn:aws:cloudtrail:us-east-1:444455556666:trail/org"
    trail = {**TRAIL, "TrailARN": arn, "SnsTopicARN": TOPIC, "IsOrganizationTrail": True}
    listed = ("cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": [trail]})
    assert audit_topic_view(snapshot_of(listed, calls()[0], *calls()[2:]), ACCOUNT).rows == ()


def test_the_organization_of_the_account_is_part_of_what_is_asked(snapshot_of: SnapshotOf) -> None:
    organization: Any = (
        "organizations.DescribeOrganization",
        {},
        {"Organization": {"Id": "o-a1b2c3", "MasterAccountId": "1"}},
    )
    asked = only(snapshot_of(*calls(alarm("a", TOPIC)), organization)).data["Publications"]["CloudWatch"]
    assert asked == [{"Source": alarm("a")["AlarmArn"], "Resource": TOPIC, "Keys": {"aws:SourceOrgID": "o-a1b2c3"}}]


def test_a_key_of_a_foreign_topic_is_not_looked_up_under_its_short_name(snapshot_of: SnapshotOf) -> None:
    topic = TOPIC.replace("1111", "4444")
    told = ("sns.GetTopicAttributes", {"TopicArn": topic}, {"Attributes": {"KmsMasterKeyId": "alias/x"}})
    other = ("kms.DescribeKey", {"KeyId": "alias/x"}, {"KeyMetadata": {"KeyId": "1", "Arn": KEY}})
    row = only(snapshot_of(*calls(alarm("a", topic)), told, other))
    assert "belongs to account 444422223333" in row.gaps["KmsKey"].reason


SECURITY = "444455556666"
THEIRS = f"arn:aws:sns:us-east-1:{SECURITY}:alerts"
THEIR_KEY = f"arn:aws:kms:us-east-1:{SECURITY}:key/1"
OF_SECURITY: Mapping[str, tuple[dict[str, Any], Any]] = {
    "sns.GetTopicAttributes": (
        {"TopicArn": THEIRS},
        {"Attributes": {"KmsMasterKeyId": "alias/x", "Policy": '{"Statement": []}'}},
    ),
    "sns.ListSubscriptionsByTopic": (
        {"TopicArn": THEIRS},
        {
            "Subscriptions": [
                {"SubscriptionArn": f"{THEIRS}:1", "Protocol": "sqs", "Endpoint": f"arn:aws:sqs:us-east-1:{SECURITY}:q"}
            ]
        },
    ),
    "sns.GetSubscriptionAttributes": ({"SubscriptionArn": f"{THEIRS}:1"}, {"Attributes": {"Protocol": "sqs"}}),
    "sqs.GetQueueUrl": ({"QueueName": "q"}, {"QueueUrl": "https://sqs/q"}),
    "kms.DescribeKey": (
        {"KeyId": "alias/x"},
        {"KeyMetadata": {"KeyId": "1", "Arn": THEIR_KEY, "KeyManager": "CUSTOMER", "KeyState": "Enabled"}},
    ),
    "kms.GetKeyPolicy": ({"KeyId": THEIR_KEY, "PolicyName": "default"}, {"Policy": '{"Statement": []}'}),
}


def their_topic(make_snapshot: SnapshotOf, told: Mapping[str, tuple[dict[str, Any], Any]], *own: Any) -> Row:
    """The row of another account's topic that an alarm notifies, where that account answered what ``told`` holds."""
    calls_of = [("us-east-1", *call) for call in (*calls(alarm("a", THEIRS)), *own)]
    theirs = [("us-east-1", operation, arguments, answer) for operation, (arguments, answer) in told.items()]
    return only(make_snapshot(*calls_of, others={SECURITY: theirs}))


def test_a_topic_of_another_account_is_read_from_its_own_answers(make_snapshot: SnapshotOf) -> None:
    refused: Any = ("sns.GetTopicAttributes", {"TopicArn": THEIRS}, CallError(GapKind.DENIED, "AuthorizationError", ""))
    row = their_topic(make_snapshot, OF_SECURITY, refused)
    assert (row.account, row.id) == (ACCOUNT, THEIRS)
    assert row.data["Exists"] is True
    assert row.data["Policy"] == {"Statement": []}
    assert row.data["KmsKey"]["Arn"] == THEIR_KEY
    assert row.data["KmsKeyPolicy"] == {"Statement": []}
    assert [each["Protocol"] for each in row.data["Recipients"]] == ["sqs"]
    assert [each["Source"] for each in row.data["KeyUses"]["CloudWatch"]] == [alarm("a")["AlarmArn"]]
    assert {source.call.account for source in row.cites["Policy"]} == {SECURITY}


@pytest.mark.parametrize(
    ("missing", "field"),
    [
        ("sns.GetTopicAttributes", "Policy"),
        ("sns.ListSubscriptionsByTopic", "Subscriptions"),
        ("kms.DescribeKey", "KmsKey"),
        ("kms.GetKeyPolicy", "KmsKeyPolicy"),
    ],
)
def test_what_the_owner_was_not_asked_is_not_known_and_named(
    make_snapshot: SnapshotOf, missing: str, field: str
) -> None:
    told = {name: call for name, call in OF_SECURITY.items() if name != missing}
    row = their_topic(make_snapshot, told)
    assert f"belongs to account {SECURITY}, which was not asked about it" in row.gaps[field].reason
    without = only(make_snapshot(*[("us-east-1", *call) for call in calls(alarm("a", THEIRS))]))
    assert f"belongs to account {SECURITY}, which was not looked at" in without.gaps["Policy"].reason


def test_what_the_owner_was_refused_is_not_known(make_snapshot: SnapshotOf) -> None:
    refused = CallError(GapKind.DENIED, "AuthorizationError", "")
    told = {**OF_SECURITY, "sns.GetSubscriptionAttributes": ({"SubscriptionArn": f"{THEIRS}:1"}, refused)}
    row = their_topic(make_snapshot, told)
    assert row.gaps["Undecided"].account == SECURITY
    assert row.data["Recipients"] == []


def test_the_owners_row_does_not_speak_for_other_publishers(make_snapshot: SnapshotOf) -> None:
    theirs = [("us-east-1", name, arguments, answer) for name, (arguments, answer) in OF_SECURITY.items()]
    own = [("us-east-1", *call) for call in calls(alarm("a", THEIRS))]
    of_their_own = [tuple(call) for call in json.loads(json.dumps(own).replace(ACCOUNT, SECURITY))]
    snapshot = make_snapshot(*own, others={SECURITY: [*theirs[:2], *of_their_own]})
    row = only(snapshot)
    assert row.gaps
    assert [each.id for each in audit_topic_view(snapshot, SECURITY).rows] == [THEIRS]
    assert HeldThings(snapshot).told(row) is row


def test_a_topic_is_one_row_with_every_alarm_that_notifies_it(snapshot_of: SnapshotOf) -> None:
    lambda_arn = "arn:aws:lambda:us-east-1:111122223333:function:f"
    row = only(snapshot_of(*calls(alarm("b", TOPIC), alarm("a", lambda_arn, TOPIC), alarm("c", TOPIC, metric="cpu"))))
    assert row.data["UsedBy"] == ["a", "b"]
    assert row.data["AlarmArns"] == [alarm("a")["AlarmArn"], alarm("b")["AlarmArn"]]


def test_topics_of_composite_alarms_count_when_they_look_at_an_audit_alarm(snapshot_of: SnapshotOf) -> None:
    topics = [f"{TOPIC}{number}" for number in range(4)]
    view = audit_topic_view(
        snapshot_of(
            *calls(
                alarm("a"),
                alarm("cpu", metric="cpu"),
                composite("above", 'ALARM("a") OR ALARM("cpu")', topics[0]),
                composite("higher", "ALARM(arn:aws:cloudwatch:us-east-1:111122223333:alarm:above)", topics[1]),
                composite("unrelated", "ALARM(cpu)", topics[2]),
                composite("unreadable", "WHENEVER(", topics[3]),
            )
        ),
        ACCOUNT,
    )
    assert [row.id for row in view.rows] == [topics[0], topics[1], topics[3]]


def test_a_topic_in_another_region_is_asked_for_there(snapshot_of: SnapshotOf) -> None:
    topic = "arn:aws:sns:eu-west-1:111122223333:alerts"
    listing: tuple[str, Any, Any, str] = (
        "sns.ListSubscriptionsByTopic",
        {"TopicArn": topic},
        {"Subscriptions": []},
        "eu-west-1",
    )
    row = only(snapshot_of(*calls(alarm("a", topic)), listing))
    assert row.region == "eu-west-1"
    assert row.data["Subscriptions"] == []


@pytest.mark.parametrize("known", ["sns.ListSubscriptionsByTopic", "sns.GetTopicAttributes"])
def test_a_topic_that_any_answer_calls_absent_is_gone(snapshot_of: SnapshotOf, known: str) -> None:
    answers = {subscriptions()[0]: subscriptions(), attributes()[0]: attributes()}
    answers[known] = (known, {"TopicArn": TOPIC}, "-NotFound")
    assert only(snapshot_of(*calls(alarm("a", TOPIC)), *answers.values())).data["Exists"] is False
    assert only(snapshot_of(*calls(alarm("a", TOPIC)), answers[known])).data["Exists"] is False


def test_refusals_are_gaps(snapshot_of: SnapshotOf) -> None:
    refused = [
        (name, {"TopicArn": TOPIC}, "!AuthorizationError")
        for name in ("sns.ListSubscriptionsByTopic", "sns.GetTopicAttributes")
    ]
    row = only(snapshot_of(*calls(alarm("a", TOPIC)), *refused))
    fields = {"Exists", "Subscriptions", "ConfirmedSubscriptions", "Attributes", "Policy", "KmsMasterKeyId", "KmsKey"}
    assert fields <= set(row.gaps)
    assert not fields & set(row.data)


def test_existence_is_known_when_only_one_call_is_refused(snapshot_of: SnapshotOf) -> None:
    row = only(snapshot_of(*calls(alarm("a", TOPIC)), subscriptions()))
    assert row.data["Exists"] is True
    assert "Policy" in row.gaps


def test_alarms_that_could_not_be_listed_leave_the_population_open(snapshot_of: SnapshotOf) -> None:
    view = audit_topic_view(snapshot_of(*calls()[:3]), ACCOUNT)
    assert view.rows == ()
    assert [gap.operation for gap in view.gaps] == ["cloudwatch.DescribeAlarms"]


def test_the_key_is_resolved_from_its_alias_before_its_policy_is_read(snapshot_of: SnapshotOf) -> None:
    described = (
        "kms.DescribeKey",
        {"KeyId": "alias/x"},
        {"KeyMetadata": {"KeyId": "1", "Arn": KEY, "KeyManager": "CUSTOMER", "KeyState": "Enabled"}},
    )
    policy = ("kms.GetKeyPolicy", {"KeyId": KEY, "PolicyName": "default"}, {"Policy": '{"Statement": []}'})
    base = [*calls(alarm("a", TOPIC)), subscriptions(), attributes(KmsMasterKeyId="alias/x")]
    row = only(snapshot_of(*base, described, policy))
    assert row.data["KmsKey"]["KeyManager"] == "CUSTOMER"
    assert row.data["KmsKeyPolicy"] == {"Statement": []}
    assert only(snapshot_of(*base, described)).gaps["KmsKeyPolicy"].operation == "kms.GetKeyPolicy"
    unresolved = only(snapshot_of(*base))
    assert {"KmsKey", "KmsKeyPolicy"} <= set(unresolved.gaps)
    gone = only(snapshot_of(*base, ("kms.DescribeKey", {"KeyId": "alias/x"}, "-NotFoundException")))
    assert gone.data["KmsKey"] is gone.data["KmsKeyPolicy"] is None


@pytest.mark.parametrize("actions", [None, "text", [None, 7, "arn:aws:sns", "alerts"]])
def test_odd_actions_name_no_topic(snapshot_of: SnapshotOf, actions: Any) -> None:
    assert audit_topic_view(snapshot_of(*calls({**alarm("a"), "AlarmActions": actions})), ACCOUNT).rows == ()


RULE = {
    "Name": "changes",
    "Arn": "arn:aws:events:us-east-1:111122223333:rule/changes",
    "State": "ENABLED",
    "EventPattern": '{"detail-type": ["AWS API Call via CloudTrail"]}',
}


def test_topics_of_trails_and_of_event_rules_are_taken_in(snapshot_of: SnapshotOf) -> None:
    told, heard = f"{TOPIC}-deliveries", f"{TOPIC}-events"
    foreign = {
        **TRAIL,
        "TrailARN": "arn:aws:cloudtrail:us-east-1:444455556666:trail/org",
        "SnsTopicARN": f"{TOPIC}-org",
    }
    known = calls(alarm("a", TOPIC))
    known[0] = ("events.ListRules", {}, {"Rules": [RULE]})
    known[1] = (*known[1][:2], {"trailList": [{**TRAIL, "SnsTopicARN": told}, foreign]})
    targets = ("events.ListTargetsByRule", {"Rule": "changes"}, {"Targets": [{"Id": "1", "Arn": heard}]})
    rows = {row.id: row.data for row in audit_topic_view(snapshot_of(*known, targets), ACCOUNT).rows}
    assert set(rows) == {TOPIC, told, heard}
    assert rows[told]["TrailArns"] == rows[told]["UsedBy"] == [TRAIL["TrailARN"]]
    assert (rows[heard]["EventRuleArns"], rows[heard]["UsedBy"]) == ([RULE["Arn"]], ["changes"])
    assert (rows[TOPIC]["TrailArns"], rows[TOPIC]["EventRuleArns"]) == ([], [])


def test_what_a_rule_publishes_with_a_role_is_asked_of_no_policy_of_the_topic(snapshot_of: SnapshotOf) -> None:
    known = calls(alarm("a", TOPIC))
    known[0] = ("events.ListRules", {}, {"Rules": [RULE]})
    with_role = {"Id": "1", "Arn": TOPIC, "RoleArn": "arn:aws:iam::111122223333:role/publisher"}

    def row_of(*targets: dict[str, Any]) -> Row:
        listed = ("events.ListTargetsByRule", {"Rule": "changes"}, {"Targets": list(targets)})
        return only(snapshot_of(*known, listed, subscriptions()))

    row = row_of(with_role)
    assert row.data["Publications"]["EventBridge"] == []
    assert "as the role arn:aws:iam::111122223333:role/publisher" in row.gaps["ByRole"].reason
    both = row_of(with_role, {"Id": "2", "Arn": TOPIC})
    assert [each["Source"] for each in both.data["Publications"]["EventBridge"]] == [RULE["Arn"]]
    assert both.data["ByRole"] == []


def test_a_key_hears_of_an_event_rule_with_and_without_its_source(snapshot_of: SnapshotOf) -> None:
    known = calls(alarm("a", TOPIC))
    known[0] = ("events.ListRules", {}, {"Rules": [RULE]})
    targets = ("events.ListTargetsByRule", {"Rule": "changes"}, {"Targets": [{"Id": "1", "Arn": TOPIC}]})
    metadata = {"KeyId": "1", "Arn": KEY, "KeyManager": "CUSTOMER", "KeyState": "Enabled"}
    described = ("kms.DescribeKey", {"KeyId": "alias/x"}, {"KeyMetadata": metadata})
    row = only(snapshot_of(*known, targets, subscriptions(), attributes(KmsMasterKeyId="alias/x"), described))
    context = {"kms:EncryptionContext:aws:sns:topicArn": TOPIC}
    unnamed = {"aws:SourceArn": None, "aws:SourceAccount": None, "aws:SourceOrgID": None}
    assert [each["Keys"] for each in row.data["KeyUses"]["EventBridge"]] == [{**unnamed, **context}, context]
    assert [each["Keys"] for each in row.data["KeyUses"]["CloudWatch"]] == [context]
    assert [each["Keys"] for each in row.data["Publications"]["EventBridge"]] == [{}]


@pytest.mark.parametrize("refused", ["events.ListRules", "events.ListTargetsByRule"])
def test_event_rules_that_could_not_be_seen_leave_the_population_open(snapshot_of: SnapshotOf, refused: str) -> None:
    known = calls(alarm("a", TOPIC))
    known[0] = ("events.ListRules", {}, "!AccessDenied" if refused == "events.ListRules" else {"Rules": [RULE]})
    targets = ("events.ListTargetsByRule", {"Rule": "changes"}, "!AccessDenied")
    view = audit_topic_view(snapshot_of(*known, targets), ACCOUNT)
    assert [gap.operation for gap in view.gaps] == [refused]


@pytest.mark.parametrize(
    ("answer", "policy"),
    [({}, None), ({"DataProtectionPolicy": ""}, None), ({"DataProtectionPolicy": '{"Name": "p"}'}, '{"Name": "p"}')],
)
def test_a_topic_may_have_a_data_protection_policy(snapshot_of: SnapshotOf, answer: Any, policy: str | None) -> None:
    told = ("sns.GetDataProtectionPolicy", {"ResourceArn": TOPIC}, answer)
    row = only(snapshot_of(*calls(alarm("a", TOPIC)), subscriptions(), told))
    assert row.data["DataProtection"] == policy
    assert [source.call.operation for source in row.cites["DataProtection"]] == ["sns.GetDataProtectionPolicy"]


def test_what_is_not_known_of_a_data_protection_policy_is_a_gap_except_for_a_fifo_topic(
    snapshot_of: SnapshotOf,
) -> None:
    refused = CallError(GapKind.DENIED, "AuthorizationError", "")
    told = ("sns.GetDataProtectionPolicy", {"ResourceArn": TOPIC}, refused)
    row = only(snapshot_of(*calls(alarm("a", TOPIC)), subscriptions(), told))
    assert row.gaps["DataProtection"].kind is GapKind.DENIED
    assert (
        only(snapshot_of(*calls(alarm("a", TOPIC)), subscriptions())).gaps["DataProtection"].kind
        is GapKind.NOT_COLLECTED
    )
    fifo = only(snapshot_of(*calls(alarm("a", f"{TOPIC}.fifo"))))
    assert fifo.data["DataProtection"] is None
