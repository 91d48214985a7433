from collections.abc import Callable
from typing import Any

import pytest

from scanner.facts.rows import Row
from scanner.model import Gap, GapKind
from scanner.resources.trails.coverage import coverage_view, recorded_objects
from scanner.snapshot.answers import CallError, Snapshot

Make = Callable[..., Snapshot]

ACCOUNT = "111122223333"
DENIED = CallError(GapKind.DENIED, "AccessDeniedException", "")
ALL = [{"ReadWriteType": "All", "IncludeManagementEvents": True}]
TWO = ("eu-west-1", "us-east-1")


def arn(name: str, region: str = "us-east-1", account: str = ACCOUNT) -> str:
    return f"arn:aws:cloudtrail:{region}:{account}:trail/{name}"


def trail(name: str, region: str = "us-east-1", *, multi: bool = True, **members: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "TrailARN": arn(name, region),
        "HomeRegion": region,
        "IsMultiRegionTrail": multi,
        "IncludeGlobalServiceEvents": True,
        "HasCustomEventSelectors": True,
        **members,
    }


def listing(region: str, *trails: dict[str, Any]) -> Any:
    return region, "cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": list(trails)}


def refused(region: str) -> Any:
    return region, "cloudtrail.DescribeTrails", {"includeShadowTrails": True}, DENIED


def status(name: str, answer: Any, region: str = "us-east-1") -> Any:
    answer = {"IsLogging": answer} if isinstance(answer, bool) else answer
    return region, "cloudtrail.GetTrailStatus", {"Name": arn(name, region)}, answer


def selectors(name: str, answer: Any, region: str = "us-east-1") -> Any:
    answer = {"EventSelectors": answer} if isinstance(answer, list) else answer
    return region, "cloudtrail.GetEventSelectors", {"TrailName": arn(name, region)}, answer


def row(snapshot: Snapshot) -> Row:
    view = coverage_view(snapshot, ACCOUNT)
    (found,) = view.rows
    assert not view.gaps
    return found


def test_one_sound_trail(make_snapshot: Make) -> None:
    found = row(make_snapshot(listing("us-east-1", trail("a")), status("a", answer=True), selectors("a", ALL)))
    assert (found.region, found.id) == ("", ACCOUNT)
    facts = found.data
    assert facts["LoggingTrails"] == [arn("a")]
    assert facts["MultiRegionLogging"] is True
    assert facts["GlobalServiceEvents"] is True
    assert facts["UncoveredRegions"] == []
    assert (facts["ManagementRead"], facts["ManagementWrite"]) == (True, True)
    assert (facts["ExcludedSources"], facts["NarrowingFields"], facts["AdvancedSelectors"]) == ([], [], False)
    assert (facts["S3DataRead"], facts["S3DataWrite"]) == (False, False)
    unasked = {"InsightsCallRate", "InsightsErrorRate", "InsightsOnDataEvents", "InOrganization", "TrailAdministrators"}
    assert set(found.gaps) == unasked


def test_no_trail_is_known_to_record_nothing(make_snapshot: Make) -> None:
    found = row(make_snapshot(listing("us-east-1")))
    assert found.data["UncoveredRegions"] == ["us-east-1"]
    assert found.data["ExcludedSources"] == ["*"]
    assert found.data["CloudWatchUncoveredRegions"] == ["us-east-1"]
    assert not any(value is True for value in found.data.values())
    assert [str(source.call) for source in found.sources] == [
        f'{ACCOUNT}/us-east-1/cloudtrail.DescribeTrails{{"includeShadowTrails":true}}'
    ]


def test_a_status_that_is_no_boolean_is_not_known(make_snapshot: Make) -> None:
    found = row(make_snapshot(listing("us-east-1", trail("a")), status("a", {"IsLogging": "yes"})))
    assert found.gaps["LoggingTrails"].pointer == "/pages/0/IsLogging"


def test_an_unreadable_status_leaves_open_what_it_could_change(make_snapshot: Make) -> None:
    found = row(make_snapshot(listing("us-east-1", trail("a")), status("a", DENIED), selectors("a", ALL)))
    for name in ("LoggingTrails", "MultiRegionLogging", "UncoveredRegions", "ManagementRead", "ExcludedSources"):
        assert found.gaps[name].operation == "cloudtrail.GetTrailStatus"
    assert found.data["S3DataRead"] is False, "its selectors record no data events, logging or not"
    assert found.data["OrganizationTrailLogging"] is False


def test_what_one_trail_proves_stands(make_snapshot: Make) -> None:
    found = row(
        make_snapshot(
            listing("us-east-1", trail("a"), trail("b")),
            status("a", answer=True),
            selectors("a", ALL),
            status("b", DENIED),
            selectors("b", DENIED),
        )
    )
    assert found.data["MultiRegionLogging"] is True
    assert found.data["UncoveredRegions"] == []
    assert found.data["ManagementWrite"] is True
    assert (found.data["ExcludedSources"], found.data["NarrowingFields"]) == ([], [])
    assert found.gaps["LoggingTrails"].operation == "cloudtrail.GetTrailStatus"
    assert found.gaps["S3DataWrite"].operation == "cloudtrail.GetTrailStatus"


def test_an_unreadable_second_trail_may_itself_leave_sources_out(make_snapshot: Make) -> None:
    only_write = [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]
    calls = [
        listing("us-east-1", trail("a"), trail("b")),
        status("a", answer=True),
        status("b", answer=True),
        selectors("a", only_write),
    ]
    assert "ExcludedSources" in row(make_snapshot(*calls, selectors("b", DENIED))).gaps
    without_kms = [
        {
            "ReadWriteType": "All",
            "IncludeManagementEvents": True,
            "ExcludeManagementEventSources": ["kms.amazonaws.com"],
        }
    ]
    assert row(make_snapshot(*calls, selectors("b", without_kms))).data["ExcludedSources"] == ["kms.amazonaws.com"]
    assert row(make_snapshot(*calls, selectors("b", ALL))).data["ExcludedSources"] == []


def test_a_refused_listing_hides_at_most_a_trail_of_that_region(make_snapshot: Make) -> None:
    seen = [listing("us-east-1", trail("a", multi=False)), status("a", answer=True), selectors("a", ALL)]
    found = row(make_snapshot(*seen, refused("eu-west-1"), regions=TWO))
    assert found.data["MultiRegionLogging"] is False
    assert found.data["GlobalServiceEvents"] is True
    assert found.gaps["UncoveredRegions"].region == "eu-west-1"
    hidden = row(make_snapshot(refused("us-east-1"), refused("eu-west-1"), regions=TWO))
    assert "MultiRegionLogging" in hidden.gaps
    leader = row(make_snapshot(listing("eu-west-1"), refused("us-east-1"), regions=TWO))
    assert leader.data["MultiRegionLogging"] is False
    assert "GlobalServiceEvents" in leader.gaps
    assert leader.data["UncoveredRegions"] == ["eu-west-1"]


def test_regions_that_were_not_asked_for(make_snapshot: Make) -> None:
    single = [listing("us-east-1", trail("a", multi=False)), status("a", answer=True), selectors("a", ALL)]
    found = row(make_snapshot(*single, asked=["us-east-1"]))
    assert "Only Region us-east-1 was looked at" in found.gaps["UncoveredRegions"].reason
    assert "ManagementRead" in found.gaps
    assert found.data["GlobalServiceEvents"] is True
    assert (found.data["AdvancedSelectors"], found.data["NarrowingFields"]) == (False, [])
    everywhere = [listing("us-east-1", trail("a")), status("a", answer=True), selectors("a", ALL)]
    found = row(make_snapshot(*everywhere, asked=["us-east-1"]))
    assert found.data["UncoveredRegions"] == []
    assert found.data["ManagementRead"] is True
    none_here = row(make_snapshot(listing("us-east-1"), asked=["us-east-1"]))
    assert none_here.data["UncoveredRegions"] == ["us-east-1"]


def test_skipped_regions(make_snapshot: Make) -> None:
    single = [listing("us-east-1", trail("a", multi=False)), status("a", answer=True)]
    off = row(make_snapshot(*single, skipped={"ap-east-1": "not enabled"}))
    assert off.data["UncoveredRegions"] == []
    unseen = row(make_snapshot(*single, skipped={"ap-east-1": "asked too often"}))
    assert "ap-east-1" in unseen.gaps["UncoveredRegions"].reason
    assert "ap-east-1" in unseen.gaps["AdvancedSelectors"].reason


def test_global_services_need_the_leading_region(make_snapshot: Make) -> None:
    away = trail("a", "eu-west-1", multi=False)
    calls = [listing("eu-west-1", away), status("a", answer=True, region="eu-west-1"), listing("us-east-1")]
    assert row(make_snapshot(*calls, regions=TWO)).data["GlobalServiceEvents"] is False
    gov = trail("a", "us-gov-west-1", multi=False)
    snapshot = make_snapshot(
        listing("us-gov-west-1", gov),
        status("a", answer=True, region="us-gov-west-1"),
        regions=("us-gov-west-1",),
        partition="aws-us-gov",
    )
    assert row(snapshot).data["GlobalServiceEvents"] is True


def delivering(account: str = ACCOUNT, name: str = "audit") -> dict[str, Any]:
    return trail(
        "a",
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:us-east-1:{account}:log-group:{name}:*",
        CloudWatchLogsRoleArn="arn:aws:iam::1:role/r",
    )


def groups(answer: Any, name: str = "audit") -> Any:
    answer = {"logGroups": [{"logGroupName": item} for item in answer]} if isinstance(answer, list) else answer
    return "us-east-1", "logs.DescribeLogGroups", {"logGroupNamePrefix": name}, answer


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (["audit"], []),
        (["audit-2", "audit"], []),
        (["audit-2"], ["us-east-1"]),
        ([["audit"]], None),
        ([], ["us-east-1"]),
        (DENIED, None),
    ],
)
def test_delivery_to_a_log_group(make_snapshot: Make, answer: Any, expected: list[str] | None) -> None:
    found = row(make_snapshot(listing("us-east-1", delivering()), status("a", answer=True), groups(answer)))
    assert found.data.get("CloudWatchUncoveredRegions") == expected
    assert ("CloudWatchUncoveredRegions" in found.gaps) is (expected is None)


def test_delivery_to_a_log_group_of_another_account(make_snapshot: Make) -> None:
    calls = (listing("us-east-1", delivering("999988887777")), status("a", answer=True))
    unseen = row(make_snapshot(*calls))
    assert "999988887777" in unseen.gaps["CloudWatchUncoveredRegions"].reason
    seen = row(make_snapshot(*calls, others={"999988887777": [groups(["audit"])]}))
    assert seen.data["CloudWatchUncoveredRegions"] == []


def insights(answer: Any) -> Any:
    return "us-east-1", "cloudtrail.GetInsightSelectors", {"TrailName": arn("a")}, answer


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([{"InsightType": "ApiCallRateInsight"}, {"InsightType": "ApiErrorRateInsight"}], (True, True)),
        ([{"InsightType": "ApiCallRateInsight", "EventCategories": ["Data", "Management"]}], (True, False)),
        ([{"InsightType": "ApiCallRateInsight", "EventCategories": ["Data"]}], (False, False)),
        ([], (False, False)),
    ],
)
def test_insights(make_snapshot: Make, listed: list[dict[str, Any]], expected: tuple[bool, bool]) -> None:
    sound = (listing("us-east-1", trail("a")), status("a", answer=True), selectors("a", ALL))
    facts = row(make_snapshot(*sound, insights({"InsightSelectors": listed}))).data
    assert (facts["InsightsCallRate"], facts["InsightsErrorRate"]) == expected


def test_the_organization(make_snapshot: Make) -> None:
    def asked(answer: Any) -> Any:
        return "us-east-1", "organizations.DescribeOrganization", {}, answer

    member = asked({"Organization": {"Id": "o-1", "MasterAccountId": "999988887777"}})
    alone = asked(CallError("absent", "AWSOrganizationsNotInUseException", ""))
    shown = (listing("us-east-1", trail("a", IsOrganizationTrail=True)), status("a", answer=True))
    facts = row(make_snapshot(*shown, member)).data
    assert (facts["InOrganization"], facts["OrganizationTrailLogging"]) == (True, True)
    assert row(make_snapshot(*shown, alone)).data["InOrganization"] is False
    assert row(make_snapshot(*shown, asked(DENIED))).gaps["InOrganization"].kind == "denied"


def test_an_organization_trail_must_cover_every_region(make_snapshot: Make) -> None:
    shown = listing("us-east-1", trail("a", multi=False, IsOrganizationTrail=True))
    assert row(make_snapshot(shown, status("a", answer=True))).data["OrganizationTrailLogging"] is False


def test_delivery_needs_a_role(make_snapshot: Make) -> None:
    shown = listing("us-east-1", {**delivering(), "CloudWatchLogsRoleArn": ""})
    found = row(make_snapshot(shown, status("a", answer=True), groups(["audit"])))
    assert found.data["CloudWatchUncoveredRegions"] == ["us-east-1"]


def test_insights_need_the_events_they_count(make_snapshot: Make) -> None:
    both = {"InsightSelectors": [{"InsightType": "ApiCallRateInsight"}, {"InsightType": "ApiErrorRateInsight"}]}
    reads = [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}]
    sound = (listing("us-east-1", trail("a")), status("a", answer=True), insights(both))
    facts = row(make_snapshot(*sound, selectors("a", reads))).data
    assert (facts["InsightsCallRate"], facts["InsightsErrorRate"]) == (False, True)


def by_field(*conditions: dict[str, Any]) -> dict[str, Any]:
    category = {"Field": "eventCategory", "Equals": ["Management"]}
    return {"AdvancedEventSelectors": [{"FieldSelectors": [category, *conditions]}]}


def test_narrowing_is_what_advanced_selectors_drop_for_good(make_snapshot: Make) -> None:
    shown = listing("us-east-1", trail("a"), trail("b"))
    logging = (status("a", answer=True), status("b", answer=True))
    narrow = selectors("a", by_field({"Field": "eventName", "NotEquals": ["StopLogging"]}))
    less = [
        {
            "ReadWriteType": "All",
            "IncludeManagementEvents": True,
            "ExcludeManagementEventSources": ["kms.amazonaws.com"],
        }
    ]
    for other, expected in ((ALL, []), (less, ["eventName"]), (on_objects("arn:aws:s3"), [])):
        facts = row(make_snapshot(shown, *logging, narrow, selectors("b", other))).data
        assert facts["NarrowingFields"] == expected
    basic = row(make_snapshot(shown, *logging, selectors("a", less), selectors("b", less))).data
    assert (basic["NarrowingFields"], basic["ExcludedSources"]) == ([], ["kms.amazonaws.com"])
    one_side = [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]
    writes = row(make_snapshot(shown, *logging, selectors("a", one_side), selectors("b", one_side))).data
    assert (writes["ManagementRead"], writes["ExcludedSources"]) == (False, [])


def test_no_region_is_no_row(make_snapshot: Make) -> None:
    view = coverage_view(make_snapshot(regions=()), ACCOUNT)
    assert (view.rows, len(view.gaps)) == ((), 1)


def test_facts_cite_what_they_rest_on(make_snapshot: Make) -> None:
    found = row(make_snapshot(listing("us-east-1", trail("a")), status("a", answer=True), selectors("a", ALL)))
    assert {source.call.operation for source in found.sources} == {
        "cloudtrail.DescribeTrails",
        "cloudtrail.GetTrailStatus",
    }
    assert found.cites["ManagementRead"][0].call.operation == "cloudtrail.GetEventSelectors"
    assert "MultiRegionLogging" not in found.cites


def on_objects(*prefixes: str, side: str = "All") -> list[dict[str, Any]]:
    return [{"ReadWriteType": side, "DataResources": [{"Type": "AWS::S3::Object", "Values": list(prefixes)}]}]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (on_objects("arn:aws:s3:::logs/"), (True, True)),
        (on_objects("arn:aws:s3"), (True, True)),
        (on_objects("arn:aws:s3:::logs/", side="WriteOnly"), (False, True)),
        (on_objects("arn:aws:s3:::logs/AWSLogs/"), (False, False)),
        (on_objects("arn:aws:s3:::logs-2/"), (False, False)),
        (ALL, (False, False)),
    ],
)
def test_data_events_of_a_bucket(make_snapshot: Make, chosen: Any, expected: tuple[bool, bool]) -> None:
    snapshot = make_snapshot(listing("us-east-1", trail("a")), status("a", answer=True), selectors("a", chosen))
    events = recorded_objects(snapshot, ACCOUNT).of("logs", "us-east-1")
    assert (events["read"][0], events["write"][0]) == expected
    assert len(events["read"][1]) == 3


def test_data_events_are_recorded_in_the_bucket_s_region(make_snapshot: Make) -> None:
    calls = (
        listing("us-east-1", trail("a", multi=False)),
        listing("eu-west-1"),
        status("a", answer=True),
        selectors("a", on_objects("arn:aws:s3")),
    )
    snapshot = make_snapshot(*calls, regions=TWO)
    assert recorded_objects(snapshot, ACCOUNT).of("logs", "us-east-1")["read"][0] is True
    assert recorded_objects(snapshot, ACCOUNT).of("logs", "eu-west-1")["read"][0] is False
    assert recorded_objects(snapshot, ACCOUNT).of("logs", "")["read"][0] is False


def test_data_events_that_cannot_be_seen(make_snapshot: Make) -> None:
    snapshot = make_snapshot(listing("us-east-1", trail("a")), status("a", answer=True), selectors("a", DENIED))
    value, _ = recorded_objects(snapshot, ACCOUNT).of("logs", "us-east-1")["read"]
    assert isinstance(value, Gap)
    assert value.operation == "cloudtrail.GetEventSelectors"


def test_arns_of_other_partitions(make_snapshot: Make) -> None:
    gov = trail("a", "us-gov-west-1")
    calls = (listing("us-gov-west-1", gov), status("a", answer=True, region="us-gov-west-1"))
    chosen = selectors("a", on_objects("arn:aws-us-gov:s3"), region="us-gov-west-1")
    snapshot = make_snapshot(*calls, chosen, regions=("us-gov-west-1",), partition="aws-us-gov")
    assert row(snapshot).data["S3DataRead"] is True
    assert recorded_objects(snapshot, ACCOUNT).of("logs", "")["write"][0] is True
