"""Answers compared with their documented shape: what is malformed is named at its place, and only that is left out."""

from collections.abc import Callable
from typing import Any

import pytest

from scanner.model import GapKind
from scanner.snapshot.answers import Snapshot
from scanner.snapshot.shapes import examine

DISTRIBUTIONS = {"Marker": "", "MaxItems": 1, "IsTruncated": True, "Quantity": 0}
ALARM = {"AlarmName": "a", "MetricName": "m", "Namespace": "n"}


def faults(operation: str, *pages: Any) -> list[str]:
    return [str(fault) for fault in examine(operation, pages).faults]


def alarm(**members: Any) -> list[str]:
    return faults("cloudwatch.DescribeAlarms", {"MetricAlarms": [{**ALARM, **members}]})


def test_a_sound_answer_is_left_as_it_is() -> None:
    page = {"MetricAlarms": [ALARM], "CompositeAlarms": []}
    examined = examine("cloudwatch.DescribeAlarms", [page])
    assert (examined.faults, examined.kept) == ((), {})
    assert examined.pages[0] is page


def test_members_and_operations_that_no_model_knows_are_no_fault() -> None:
    assert alarm(NewMember=None, StateValue="NEW_STATE") == []
    assert faults("cloudwatch.NewOperation", {"MetricAlarms": None}) == []


@pytest.mark.parametrize(
    ("listed", "fault"),
    [
        ("text", "/pages/0/MetricAlarms is a text, not a list"),
        (None, "/pages/0/MetricAlarms is null, not a list"),
        ({}, "/pages/0/MetricAlarms is an object, not a list"),
        ([None], "/pages/0/MetricAlarms/0 is null, not an object"),
        ([ALARM, "x"], "/pages/0/MetricAlarms/1 is a text, not an object"),
        ([ALARM, []], "/pages/0/MetricAlarms/1 is a list, not an object"),
    ],
)
def test_lists(listed: Any, fault: str) -> None:
    assert faults("cloudwatch.DescribeAlarms", {"MetricAlarms": listed}) == [fault]


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"AlarmName": {}}, "/AlarmName is an object, not a text"),
        ({"ActionsEnabled": 1}, "/ActionsEnabled is 1, not true or false"),
        ({"Period": True}, "/Period is true, not a whole number"),
        ({"Period": 0}, "/Period is 0, which is out of range (1 to 2147483647)"),
        ({"Period": 60.5}, "/Period is 60.5, not a whole number"),
        ({"Period": 10**400}, "/Period is a number of about 401 digits, which is out of range (1 to 2147483647)"),
        ({"Threshold": float("nan")}, "/Threshold is nan, not a finite number"),
        ({"Threshold": "Infinity"}, "/Threshold is a text, not a number"),
        ({"Threshold": True}, "/Threshold is true, not a number"),
        ({"StateUpdatedTimestamp": "soon"}, "/StateUpdatedTimestamp is a text that is not a time in RFC 3339"),
        ({"StateUpdatedTimestamp": 1.5}, "/StateUpdatedTimestamp is 1.5, not a time"),
        ({"AlarmActions": ["a", None]}, "/AlarmActions/1 is null, not a text"),
        ({"Dimensions": [{"Name": "a"}]}, "/Dimensions/0 has no Value"),
        ({"Metrics": [{"Id": "a"}]}, "/Metrics/0 has no MetricStat or Expression"),
    ],
)
def test_members_of_items(members: dict[str, Any], problem: str) -> None:
    assert alarm(**members) == [f"/pages/0/MetricAlarms/0{problem}"]


@pytest.mark.parametrize("year", ["1969", "3000", "9999", "0001"])
def test_a_time_far_out_is_a_mistake(year: str) -> None:
    (fault,) = alarm(StateUpdatedTimestamp=f"{year}-06-01T00:00:00Z")
    assert f"lies in the year {int(year)}, which is out of range (1970 to 2999)" in fault
    assert alarm(StateUpdatedTimestamp="9999-12-31T23:59:59-10:00"), "beyond what a date can hold"


@pytest.mark.parametrize("threshold", [0, -1, -0.5, 1e100])
def test_thresholds(threshold: float) -> None:
    assert alarm(Threshold=threshold) == []
    assert alarm(Threshold=1e300) != []


@pytest.mark.parametrize("missing", ["AlarmName", "MetricName", "Namespace"])
@pytest.mark.parametrize("empty", [True, False])
def test_an_alarm_needs_a_name_and_a_metric(missing: str, *, empty: bool) -> None:
    item = {name: value for name, value in ALARM.items() if name != missing} | ({missing: ""} if empty else {})
    (fault,) = faults("cloudwatch.DescribeAlarms", {"MetricAlarms": [item]})
    assert fault.startswith(f"/pages/0/MetricAlarms/0 has no {missing}")


def test_a_number_may_not_be_negative_unless_the_model_says_so() -> None:
    group = {"logGroupName": "a", "retentionInDays": -1}
    assert faults("logs.DescribeLogGroups", {"logGroups": [group]}) == [
        "/pages/0/logGroups/0/retentionInDays is -1, which is out of range (0 to 2147483647)"
    ]


def test_a_page_that_is_no_object_and_one_without_what_it_must_hold() -> None:
    assert faults("cloudtrail.DescribeTrails", None, {}, {"trailList": []}) == [
        "/pages/0 is null, not an object",
        "/pages/1 has no trailList",
    ]
    assert faults("cloudtrail.GetEventSelectors", {}) == ["/pages/0 has no EventSelectors or AdvancedEventSelectors"]
    assert faults("s3.GetBucketVersioning", {}) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is a text that is not JSON"),
        ("{", "is a text that is not JSON"),
        ("[]", "is the JSON text of a list, not of an object"),
        ("[" * 100_000, "is a JSON text that is nested too deeply to be read"),
        ('{"a":' * 5_000 + "1" + "}" * 5_000, "is a JSON text that is nested too deeply to be read"),
    ],
)
def test_documents_embedded_as_text(text: str, problem: str) -> None:
    assert faults("s3.GetBucketPolicy", {"Policy": text}) == [f"/pages/0/Policy {problem}"]
    attributes = {"TopicArn": "t", "Policy": text}
    assert faults("sns.GetTopicAttributes", {"Attributes": attributes}) == [f"/pages/0/Attributes/Policy {problem}"]


@pytest.mark.parametrize(
    ("document", "sound"),
    [({"Statement": []}, True), ('{"Statement": []}', True), ({}, True), ("%7B%7D", False), (["a"], False), (7, False)],
)
def test_a_policy_of_iam_is_an_object_or_the_text_of_one(document: Any, *, sound: bool) -> None:
    """botocore decodes these policies; a source that leaves them as text says the same."""
    page = {"RoleName": "r", "PolicyName": "p", "PolicyDocument": document}
    assert (not examine("iam.GetRolePolicy", [page]).faults) is sound


def test_maps() -> None:
    assert faults("sns.GetTopicAttributes", {"Attributes": {}}) == ["/pages/0/Attributes is empty"]
    assert faults("sns.GetTopicAttributes", {"Attributes": {"a/~": 5}}) == [
        "/pages/0/Attributes/a~1~0 is 5, not a text"
    ]


def test_what_is_sound_is_kept_with_its_place() -> None:
    second = {**ALARM, "AlarmName": "b"}
    page = {"MetricAlarms": [None, ALARM, {**ALARM, "Period": "x"}, second], "CompositeAlarms": 5, "New": 1}
    examined = examine("cloudwatch.DescribeAlarms", [page])
    assert examined.pages == ({"MetricAlarms": [ALARM, second], "New": 1},)
    assert examined.kept == {(0, "MetricAlarms"): (1, 3)}
    assert len(examined.faults) == 3


@pytest.mark.parametrize(
    ("operation", "last", "member"),
    [
        ("kms.ListGrants", {"Grants": [], "Truncated": True}, "Truncated"),
        ("oam.ListSinks", {"Items": [], "NextToken": "x"}, "NextToken"),
        ("logs.DescribeQueryDefinitions", {"queryDefinitions": [], "nextToken": "x"}, "nextToken"),
        ("cloudfront.ListDistributions", {"DistributionList": DISTRIBUTIONS}, "DistributionList.IsTruncated"),
        ("kms.ListGrants", {"Grants": [], "Truncated": False, "NextMarker": "x"}, ""),
        ("oam.ListSinks", {"Items": [], "NextToken": ""}, ""),
        ("securityhub.GetFindings", {"Findings": [], "NextToken": "x"}, ""),  # asked for one page
        ("cloudwatch.NewOperation", {"NextToken": "x"}, ""),
    ],
)
def test_a_list_that_was_not_read_to_its_end_is_a_gap(
    make_snapshot: Callable[..., Snapshot], operation: str, last: dict[str, Any], member: str
) -> None:
    first = {**last, "NextToken": "y"}
    snapshot = make_snapshot(("us-east-1", operation, {}, [first, last]))
    gap = snapshot.ask("111122223333", "us-east-1", operation).gap
    if not member:
        assert gap is None
        return
    assert gap is not None
    assert gap.kind is GapKind.NOT_COLLECTED
    assert gap.reason.endswith(f"us-east-1 was not read to its end: {member} says that there is more")
