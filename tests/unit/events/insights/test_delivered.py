"""Insights events as AWS documents them, of trails and of event data stores, joined into episodes."""

from collections.abc import Mapping
from typing import Any

import pytest

from scanner.events.insights.delivered import insight_event, joined
from scanner.events.insights.value import InsightType, Share
from scanner.events.reading.fields.insights import insight_api

ROLE = "arn:aws:sts::111122223333:assumed-role/CodeDeployRole"


def of_trail(state: str, number: int, **members: Any) -> dict[str, Any]:
    statistics: dict[str, Any] = {
        "baseline": {"average": 9.82222e-5},
        "insight": {"average": 0.6},
        "baselineDuration": 10181,
    }
    if state == "End":
        statistics["insightDuration"] = 10
    attributions = [
        {
            "attribute": "userIdentityArn",
            "insight": [{"value": ROLE, "average": 0.6}],
            "baseline": [{"value": ROLE, "average": 9.82222e-5}],
        },
        {"attribute": "errorCode", "insight": [{"value": "null", "average": 0.6}], "baseline": []},
    ]
    return {
        "eventVersion": "1.07",
        "eventTime": f"2026-11-20T07:{number:02d}:00Z",
        "awsRegion": "us-east-1",
        "eventID": f"00000000-0000-4000-8000-{number:012d}",
        "eventType": "AwsCloudTrailInsight",
        "recipientAccountId": "111122223333",
        "sharedEventID": "shared-1",
        "insightDetails": {
            "state": state,
            "eventSource": "autoscaling.amazonaws.com",
            "eventName": "CompleteLifecycleAction",
            "insightType": "ApiCallRateInsight",
            "insightContext": {"statistics": statistics, "attributions": attributions},
        },
        "eventCategory": "Insight",
        **members,
    }


def of_store(state: str, number: int) -> dict[str, Any]:
    return {
        "eventVersion": "1.10",
        "eventTime": f"2026-11-20T08:{number:02d}:00Z",
        "awsRegion": "us-east-1",
        "eventID": f"10000000-0000-4000-8000-{number:012d}",
        "recipientAccountId": "111122223333",
        "sharedEventID": "shared-2",
        "eventCategory": "Insight",
        "insightSource": "arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/a",
        "insightState": state,
        "insightEventSource": "s3.amazonaws.com",
        "insightEventName": "GetObject",
        "insightErrorCode": "AccessDenied",
        "insightType": "ApiErrorRateInsight",
        "sourceEventCategory": "Data",
        "insightContext": {
            "baselineAverage": "9.82222E-5",
            "insightAverage": 4,
            "baselineDuration": 10181,
            "insightDuration": 3,
            "attributions": [{"attribute": "userAgent", "insight": [{"value": "curl", "average": 4}], "baseline": []}],
        },
    }


def episodes(*records: Mapping[str, Any]) -> Any:
    events = map(insight_event, records)
    return joined(event for event in events if event is not None)


def test_start_and_end_of_a_trail_are_one_episode() -> None:
    (episode,) = episodes(of_trail("End", 10), of_trail("Start", 0), of_trail("Start", 0))
    assert (episode.start, episode.end) == ("2026-11-20T07:00:00Z", "2026-11-20T07:10:00Z")
    assert (episode.api.source, episode.api.name) == ("autoscaling.amazonaws.com", "CompleteLifecycleAction")
    assert (episode.api.category, episode.api.error) == ("Management", "")
    assert (episode.baseline_average, episode.insight_average) == (9.82222e-5, 0.6)
    assert (episode.baseline_minutes, episode.insight_minutes) == (10181, 10)
    assert episode.attributions[0].insight == (Share(ROLE, 0.6),)
    assert not episode.computed
    assert not episode.fell
    assert episode.probability is None


def test_the_flat_form_of_event_data_stores() -> None:
    (episode,) = episodes(of_store("Start", 0), of_store("End", 3))
    assert (episode.api.kind, episode.api.error, episode.api.category) == (
        InsightType.ERROR_RATE,
        "AccessDenied",
        "Data",
    )
    assert (episode.baseline_average, episode.insight_average, episode.insight_minutes) == (9.82222e-5, 4.0, 3)
    assert episode.attributions[0].attribute == "userAgent"


def test_an_end_or_a_start_alone_is_an_episode_that_says_so() -> None:
    (lasting,) = episodes(of_trail("Start", 0))
    assert (lasting.start, lasting.end) == ("2026-11-20T07:00:00Z", "")
    (ended,) = episodes(of_trail("End", 10))
    assert (ended.start, ended.end) == ("", "2026-11-20T07:10:00Z")


def test_episodes_are_told_apart_and_in_order_of_time() -> None:
    found = episodes(of_store("Start", 0), of_trail("End", 10), of_trail("Start", 0))
    assert [episode.shared_id for episode in found] == ["shared-1", "shared-2"]


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"eventCategory": "Management", "insightDetails": {"state": "Start"}},
        of_trail("Begin", 0),
        of_trail("Start", 0, insightDetails={"state": "Start", "insightType": "OtherInsight"}),
        of_trail("Start", 0, insightDetails=[]),
    ],
    ids=["nothing", "another category", "another state", "another type", "no details"],
)
def test_what_is_not_understood_is_no_episode(record: Mapping[str, Any]) -> None:
    assert insight_event(record) is None


def test_odd_members_break_nothing() -> None:
    odd = of_trail("Start", 0)
    odd["insightDetails"]["insightContext"] = {
        "statistics": {"baseline": {"average": "much"}, "insight": 7, "baselineDuration": True},
        "attributions": [3, {"attribute": 5, "insight": {"a": 1}, "baseline": [2]}],
    }
    event = insight_event(odd)
    assert event is not None
    assert (event.episode.baseline_average, event.episode.insight_average, event.episode.baseline_minutes) == (0, 0, 0)
    assert [(each.attribute, each.insight, each.baseline) for each in event.episode.attributions] == [("", (), ())]


def test_both_forms_name_their_api() -> None:
    assert insight_api(of_trail("Start", 1)) == ("CompleteLifecycleAction", "autoscaling.amazonaws.com", "")
    assert insight_api(of_store("Start", 1)) == ("GetObject", "s3.amazonaws.com", "AccessDenied")
    assert insight_api({"eventCategory": "Insight", "insightDetails": {"eventName": 1}}) is None
    assert insight_api({"eventCategory": "Management", "insightEventName": "GetObject"}) is None
