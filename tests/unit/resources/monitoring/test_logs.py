"""Audit log groups and their metric filters as rows."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from scanner.audit_path.stores import visible_trails
from scanner.facts.rows import View
from scanner.model import GapKind
from scanner.resources.monitoring.logs import audit_log_group_view, metric_filter_view, watched_log_group_rows
from scanner.snapshot.answers import CallError, Snapshot

SnapshotOf = Callable[..., Snapshot]

ACCOUNT = "111122223333"
SHADOWS = {"includeShadowTrails": True}
GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:audit"
LISTED = {"logGroupName": "audit", "retentionInDays": 90, "logGroupClass": "INFREQUENT_ACCESS"}


def trail(name: str = "main", group: str = f"{GROUP}:*", **more: Any) -> dict[str, Any]:
    arn = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/{name}"
    return {"TrailARN": arn, "HomeRegion": "us-east-1", "CloudWatchLogsLogGroupArn": group, **more}


def trails(*listed: Any) -> tuple[str, Mapping[str, Any], Any]:
    return ("cloudtrail.DescribeTrails", SHADOWS, {"trailList": list(listed)})


def groups(*listed: Any) -> tuple[str, Mapping[str, Any], Any]:
    return ("logs.DescribeLogGroups", {"logGroupNamePrefix": "audit"}, {"logGroups": list(listed)})


def filters(answer: Any) -> tuple[str, Mapping[str, Any], Any]:
    return ("logs.DescribeMetricFilters", {"logGroupName": "audit"}, answer)


def test_a_group_is_one_row_however_many_trails_and_regions_show_it(snapshot_of: SnapshotOf) -> None:
    both = {"trailList": [trail("b"), trail("a")]}
    snapshot = snapshot_of(
        ("cloudtrail.DescribeTrails", SHADOWS, both),
        ("cloudtrail.DescribeTrails", SHADOWS, both, "eu-west-1"),
        groups({"logGroupName": "audit-old"}, LISTED),
        regions=("eu-west-1", "us-east-1"),
    )
    (row,) = audit_log_group_view(snapshot, ACCOUNT).rows
    assert row.id == GROUP
    assert row.region == "us-east-1"
    assert row.data["Trails"] == [f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/{name}" for name in "ab"]
    assert row.data["arn"] == f"{GROUP}:*"
    facts = ("Exists", "logGroupClass", "retentionInDays", "kmsKeyId", "deletionProtectionEnabled", "KmsKey")
    assert [row.data[name] for name in facts] == [True, "INFREQUENT_ACCESS", 90, None, False, None]
    assert [source.pointer for source in row.cites["Exists"]] == ["/pages/0/logGroups/1"]


def test_the_home_region_speaks_for_a_trail(snapshot_of: SnapshotOf) -> None:
    stale = trail(group="arn:aws:logs:eu-west-1:111122223333:log-group:old:*")
    snapshot = snapshot_of(
        ("cloudtrail.DescribeTrails", SHADOWS, {"trailList": [stale]}, "eu-west-1"),
        trails(trail()),
        groups(LISTED),
        regions=("eu-west-1", "us-east-1"),
    )
    assert [row.id for row in audit_log_group_view(snapshot, ACCOUNT).rows] == [GROUP]


def test_a_group_that_only_begins_alike_does_not_make_it_exist(snapshot_of: SnapshotOf) -> None:
    (row,) = audit_log_group_view(snapshot_of(trails(trail()), groups({"logGroupName": "audit-2"})), ACCOUNT).rows
    assert row.data["Exists"] is False
    assert row.data["logGroupClass"] is None
    assert row.data["deletionProtectionEnabled"] is None
    assert "Exists" not in row.gaps


def test_refusals_are_gaps_of_the_fields_they_hide(snapshot_of: SnapshotOf) -> None:
    listing, arguments, _ = groups()
    snapshot = snapshot_of(trails(trail()), (listing, arguments, "!AccessDeniedException"))
    (row,) = audit_log_group_view(snapshot, ACCOUNT).rows
    assert row.gaps["Exists"].kind == "denied"
    assert row.gaps["ResourcePolicies"].kind == "not-collected"
    assert not {"Exists", "retentionInDays", "logGroupClass", "KmsKey", "ResourcePolicies"} & set(row.data)


def test_the_group_of_another_account_is_a_row_of_gaps(snapshot_of: SnapshotOf) -> None:
    foreign = "arn:aws:logs:us-east-1:444455556666:log-group:audit"
    snapshot = snapshot_of(trails(trail(group=f"{foreign}:*")), groups(LISTED), filters({"metricFilters": [{}]}))
    (row,) = audit_log_group_view(snapshot, ACCOUNT).rows
    assert row.data["Account"] == "444455556666"
    assert "Exists" not in row.data
    assert "444455556666" in row.gaps["Exists"].reason
    view = metric_filter_view(snapshot, ACCOUNT)
    assert view.rows == ()
    assert [gap.operation for gap in view.gaps] == ["logs.DescribeMetricFilters"]


@pytest.mark.parametrize("answer", ["!AccessDeniedException", None])
def test_trails_that_could_not_be_listed_leave_the_population_open(snapshot_of: SnapshotOf, answer: Any) -> None:
    calls = [("cloudtrail.DescribeTrails", SHADOWS, answer)] if answer else []
    snapshot = snapshot_of(*calls)
    for view in (audit_log_group_view, metric_filter_view):
        assert view(snapshot, ACCOUNT).rows == ()
        assert "cloudtrail.DescribeTrails" in [gap.operation for gap in view(snapshot, ACCOUNT).gaps]


def test_the_key_is_described_in_its_own_region(snapshot_of: SnapshotOf) -> None:
    key = "arn:aws:kms:eu-west-1:111122223333:key/1"
    describe = (
        "kms.DescribeKey",
        {"KeyId": key},
        {"KeyMetadata": {"KeyId": "1", "KeyManager": "CUSTOMER", "KeyState": "Enabled"}},
        "eu-west-1",
    )
    snapshot = snapshot_of(trails(trail()), groups({**LISTED, "kmsKeyId": key}), describe)
    (row,) = audit_log_group_view(snapshot, ACCOUNT).rows
    assert row.data["KmsKey"] == {"KeyId": "1", "KeyManager": "CUSTOMER", "KeyState": "Enabled"}
    (row,) = audit_log_group_view(snapshot_of(*_without_key(key)), ACCOUNT).rows
    assert row.gaps["KmsKey"].operation == "kms.DescribeKey"


def _without_key(key: str) -> tuple[Any, ...]:
    return (trails(trail()), groups({**LISTED, "kmsKeyId": key}))


def test_policies_keep_only_what_concerns_the_group(snapshot_of: SnapshotOf) -> None:
    statement = '{"Effect": "Allow", "Principal": "*", "Action": "logs:*", "Resource": "%s"}'
    statements = [statement % text for text in (f"{GROUP}:*", f"{GROUP}-2:*", "arn:aws:logs:*:*:log-group:a*")]
    document = f'{{"Statement": [{", ".join(statements)}]}}'
    listed = [
        {"policyName": "one", "policyDocument": document},
        {"policyName": "two", "policyDocument": '{"Version": "x"}'},
    ]
    policies: tuple[str, Any, Any] = ("logs.DescribeResourcePolicies", {}, {"resourcePolicies": listed})
    scope = {"policyScope": "RESOURCE", "resourceArn": GROUP}
    attached = {"policyName": "three", "policyDocument": '{"Version": "y"}'}
    own: tuple[str, Any, Any] = ("logs.DescribeResourcePolicies", scope, {"resourcePolicies": [attached]})
    (row,) = audit_log_group_view(snapshot_of(trails(trail()), groups(LISTED), policies, own), ACCOUNT).rows
    one, two, three = row.data["ResourcePolicies"]
    assert three["policyName"] == "three"
    (row,) = audit_log_group_view(snapshot_of(trails(trail()), groups(LISTED), policies), ACCOUNT).rows
    assert row.gaps["ResourcePolicies"].arguments == scope
    assert [item["Resource"] for item in one["Policy"]["Statement"]] == [f"{GROUP}:*", "arn:aws:logs:*:*:log-group:a*"]
    assert two == {"policyName": "two", "Policy": '{"Version": "x"}'}


def test_metric_filters_are_rows_with_awss_members_and_defaults(snapshot_of: SnapshotOf) -> None:
    listed = [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]
    first = {"filterName": "b", "filterPattern": "{ $.x = 1 }", "metricTransformations": listed}
    second = {"filterName": "a", "applyOnTransformedLogs": True, "metricTransformations": listed}
    pages = [{"metricFilters": [first]}, {"metricFilters": [{"filterName": "c"}, second]}]
    rows = metric_filter_view(snapshot_of(trails(trail()), filters(pages)), ACCOUNT).rows
    assert [row.id for row in rows] == ["audit/a", "audit/b"]
    bare, full = (row.data for row in rows)
    assert full["metricTransformations"] == listed
    assert full["applyOnTransformedLogs"] is False
    assert bare["applyOnTransformedLogs"] is True
    assert (bare["filterPattern"], bare["fieldSelectionCriteria"]) == (None, None)
    assert bare["logGroupArn"] == GROUP
    assert rows[0].sources[0].pointer == "/pages/1/metricFilters/1", "its place in the raw file"


def test_a_group_that_is_gone_has_no_filters(snapshot_of: SnapshotOf) -> None:
    view = metric_filter_view(snapshot_of(trails(trail()), filters("-ResourceNotFoundException")), ACCOUNT)
    assert (view.rows, view.gaps) == ((), ())


def test_refused_filters_leave_the_population_open(snapshot_of: SnapshotOf) -> None:
    view = metric_filter_view(snapshot_of(trails(trail()), filters("!AccessDeniedException")), ACCOUNT)
    assert [gap.kind for gap in view.gaps] == ["denied"]


@pytest.mark.parametrize(
    "arn", ["", "audit", "arn:aws:s3:::audit", "arn:aws:logs:us-east-1:111122223333:log-group:", 7]
)
def test_what_is_no_log_group_leads_nowhere(snapshot_of: SnapshotOf, arn: Any) -> None:
    assert audit_log_group_view(snapshot_of(trails(trail(group=arn))), ACCOUNT).rows == ()


@pytest.mark.parametrize("listed", [None, 5, "trail", {}, {"TrailARN": 7, "CloudWatchLogsLogGroupArn": f"{GROUP}:*"}])
def test_odd_answers_do_not_break_the_views(snapshot_of: SnapshotOf, listed: Any) -> None:
    snapshot = snapshot_of(trails(listed), groups(None, {}), filters({"metricFilters": [None, {}]}))
    for view in (audit_log_group_view, metric_filter_view):
        assert len(view(snapshot, ACCOUNT).rows) <= 1


LAKE = {"logGroupNamePrefix": "aws/cloudtrail/"}


def entered(answer: Any, region: str = "us-east-1") -> tuple[Any, ...]:
    return ("logs.DescribeLogGroups", LAKE, answer, region)


def arn_of(name: str, region: str) -> str:
    return f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{name}"


def test_groups_that_events_enter_without_a_trail_are_rows_in_every_region(snapshot_of: SnapshotOf) -> None:
    pages = [
        {"logGroups": [{"logGroupName": "aws/cloudtrail/management", "retentionInDays": 30}]},
        {"logGroups": [{"logGroupName": "aws/cloudtrail/data"}, {"logGroupName": "aws/cloudtrails"}]},
    ]
    snapshot = snapshot_of(
        trails(),
        ("cloudtrail.DescribeTrails", SHADOWS, {"trailList": []}, "eu-west-1"),
        entered({"logGroups": [{"logGroupName": "aws/cloudtrail/management", "deletionProtectionEnabled": True}]}),
        entered(pages, "eu-west-1"),
        regions=("eu-west-1", "us-east-1"),
    )
    view = audit_log_group_view(snapshot, ACCOUNT)
    assert not view.gaps
    assert [row.id for row in view.rows] == [
        arn_of("aws/cloudtrail/data", "eu-west-1"),
        arn_of("aws/cloudtrail/management", "eu-west-1"),
        arn_of("aws/cloudtrail/management", "us-east-1"),
    ]
    assert [row.data["retentionInDays"] for row in view.rows] == [None, 30, None]
    assert [row.data["deletionProtectionEnabled"] for row in view.rows] == [False, False, True]
    assert {row.data["Receives"] for row in view.rows} == {"CloudTrail events in CloudWatch Logs"}
    assert [source.pointer for source in view.rows[0].sources] == ["/pages/1/logGroups/0"]
    assert all(row.data["Exists"] and row.data["Trails"] == [] for row in view.rows)


@pytest.mark.parametrize(
    ("answer", "kind"), [("!AccessDeniedException", "denied"), ({}, "invalid"), (None, "not-collected")]
)
def test_a_region_whose_groups_were_not_listed_is_a_gap_and_hides_no_other(
    snapshot_of: SnapshotOf, answer: Any, kind: str
) -> None:
    listings = [entered(answer, "eu-west-1")] if answer is not None else []
    snapshot = snapshot_of(
        trails(trail()),
        ("cloudtrail.DescribeTrails", SHADOWS, {"trailList": [trail()]}, "eu-west-1"),
        groups(LISTED),
        entered({"logGroups": [{"logGroupName": "aws/cloudtrail/data"}]}),
        *listings,
        regions=("eu-west-1", "us-east-1"),
    )
    view = audit_log_group_view(snapshot, ACCOUNT)
    assert [(gap.region, gap.kind, gap.arguments) for gap in view.gaps] == [("eu-west-1", kind, LAKE)]
    assert [row.id for row in view.rows] == [GROUP, arn_of("aws/cloudtrail/data", "us-east-1")]
    assert view.rows[0].data["retentionInDays"] == 90


def test_a_region_that_is_off_has_no_such_groups(snapshot_of: SnapshotOf) -> None:
    off = CallError(GapKind.REGION_OFF, "AuthFailure", "")
    snapshot = snapshot_of(
        trails(),
        ("cloudtrail.DescribeTrails", SHADOWS, off, "me-south-1"),
        entered({"logGroups": []}),
        regions=("me-south-1", "us-east-1"),
    )
    assert audit_log_group_view(snapshot, ACCOUNT).gaps == ()


def test_a_group_that_a_trail_delivers_to_as_well_is_one_row(snapshot_of: SnapshotOf) -> None:
    arn = arn_of("aws/cloudtrail/management", "us-east-1")
    listed = {"logGroups": [{"logGroupName": "aws/cloudtrail/management", "retentionInDays": 30}]}
    named = ("logs.DescribeLogGroups", {"logGroupNamePrefix": "aws/cloudtrail/management"}, listed)
    snapshot = snapshot_of(trails(trail(group=f"{arn}:*")), named, entered(listed))
    (row,) = audit_log_group_view(snapshot, ACCOUNT).rows
    assert row.id == arn
    assert row.data["Receives"] == "events of trail main (us-east-1) and CloudTrail events in CloudWatch Logs"
    assert len(row.data["Trails"]) == 1
    assert len(row.sources) == 2


def test_a_name_of_the_prefix_alone_or_in_capitals_is_another_group(snapshot_of: SnapshotOf) -> None:
    names = ["aws/cloudtrail/", "AWS/cloudtrail/x", "/aws/cloudtrail/x", "aws/cloudtrail"]
    snapshot = snapshot_of(trails(), entered({"logGroups": [{"logGroupName": name} for name in names]}))
    assert audit_log_group_view(snapshot, ACCOUNT) == View((), ())


def test_routes_go_through_the_groups_of_trails_and_no_other_than_that_of_management_events(
    snapshot_of: SnapshotOf,
) -> None:
    lake = entered({"logGroups": [{"logGroupName": "aws/cloudtrail/data"}]})
    snapshot = snapshot_of(trails(trail()), groups(LISTED), lake)
    rows = watched_log_group_rows(snapshot, ACCOUNT, visible_trails(snapshot, ACCOUNT))
    assert [row.id for row in rows] == [GROUP]
