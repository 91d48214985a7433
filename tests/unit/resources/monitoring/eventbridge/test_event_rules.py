"""EventBridge rules as rows: the enabled ones that CloudTrail's events can match."""

from collections.abc import Callable

from scanner.resources import RESOURCES
from scanner.snapshot.answers import Snapshot

ACCOUNT = "111122223333"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts"
RULE = {
    "Name": "stop",
    "Arn": f"arn:aws:events:us-east-1:{ACCOUNT}:rule/stop",
    "State": "ENABLED",
    "EventPattern": '{"source": ["aws.cloudtrail"]}',
}
Make = Callable[..., Snapshot]
view = RESOURCES["events.event_rule"].view


def listing(*rules: object, region: str = "us-east-1") -> tuple[object, ...]:
    return ("events.ListRules", {}, {"Rules": list(rules)}, region)


def test_a_rule_with_its_targets(snapshot_of: Make) -> None:
    targets = {"Targets": [{"Id": "1", "Arn": TOPIC}, {"Id": "2", "Arn": "arn:aws:lambda:us-east-1:1:function:f"}]}
    snapshot = snapshot_of(listing(RULE), ("events.ListTargetsByRule", {"Rule": "stop"}, targets))
    (row,) = view(snapshot, ACCOUNT).rows
    assert row.id == RULE["Arn"]
    assert row.data["EventPattern"] == {"source": ["aws.cloudtrail"]}
    assert row.data["Topics"] == [TOPIC]
    assert [target["Id"] for target in row.data["Targets"]] == ["1", "2"]
    assert row.data["ManagedBy"] is None


def test_rules_that_hear_nothing_of_cloudtrail_are_left_out(snapshot_of: Make) -> None:
    schedule = {"Name": "nightly", "State": "ENABLED", "ScheduleExpression": "rate(1 day)"}
    other = {**RULE, "EventPattern": '{"detail-type": ["GuardDuty Finding"]}'}
    found = view(snapshot_of(listing({**RULE, "State": "DISABLED"}, schedule, other)), ACCOUNT)
    assert (found.rows, found.gaps) == ((), ())


def test_what_was_refused_is_a_gap(snapshot_of: Make) -> None:
    refused = view(snapshot_of(("events.ListRules", {}, "!AccessDeniedException")), ACCOUNT)
    assert [gap.operation for gap in refused.gaps] == ["events.ListRules"]
    odd = view(snapshot_of(("events.ListRules", {}, {"Rules": None})), ACCOUNT)
    assert [gap.kind for gap in odd.gaps] == ["invalid"]
    (row,) = view(snapshot_of(listing(RULE)), ACCOUNT).rows
    assert set(row.gaps) == {"BusDeadLetterQueue", "BusKey", "DeadTargets", "LiveTargets", "Targets", "Topics"}


def test_a_pattern_that_cannot_be_read_leaves_the_population_open(snapshot_of: Make) -> None:
    for odd in ({**RULE, "EventPattern": "{"}, {**RULE, "EventPattern": 7}, {"Name": "empty"}, None):
        found = view(snapshot_of(listing(odd, RULE)), ACCOUNT)
        assert [gap.kind for gap in found.gaps] == ["invalid"]
        assert [row.data["Name"] for row in found.rows] == ["stop"]


def test_every_region_is_asked(snapshot_of: Make) -> None:
    far = {**RULE, "Arn": f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/stop"}
    regions = ("eu-west-1", "us-east-1")
    found = view(snapshot_of(listing(far, region="eu-west-1"), regions=regions), ACCOUNT)
    assert [row.region for row in found.rows] == ["eu-west-1"]
    assert [gap.region for gap in found.gaps] == ["us-east-1"]
