"""The links that a trail decides: logging, delivery, selectors."""

from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.checks.route import DEFAULT_DELIVERY_AGE
from scanner.checks.route.trails import trunk
from scanner.content.rules import load_rules
from scanner.expressions.language import Expression, compile_expression
from scanner.facts.rows import Row
from scanner.model import CallKey, Gap, GapKind, ResourceCheck
from scanner.recording.recorded_events import EVERYTHING, NOTHING

NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)
ARN = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"
GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:audit"
STATUS = {
    "IsLogging": True,
    "StartLoggingTime": "2024-01-10T08:00:00Z",
    "LatestCloudWatchLogsDeliveryTime": "2026-11-20T06:58:00Z",
}
GAP = Gap(
    key=CallKey("111122223333", "us-east-1", "cloudtrail.GetTrailStatus", {"Name": ARN}),
    kind=GapKind.DENIED,
    reason="it was denied",
)


def trail(gaps: dict[str, Gap] | None = None, **data: Any) -> Row:
    facts = {
        "Name": "main",
        "IsMultiRegionTrail": True,
        "IncludeGlobalServiceEvents": True,
        "CloudWatchLogsLogGroupArn": f"{GROUP}:*",
        "Status": STATUS,
        "HasCustomEventSelectors": False,
        "EventSelectors": [],
        "AdvancedEventSelectors": [],
        **data,
    }
    known = {key: value for key, value in facts.items() if key not in (gaps or {})}
    return Row("cloudtrail.trail", "111122223333", "us-east-1", ARN, known, (), gaps or {})


def verdicts(row: Row, hours: int = 24) -> list[str]:
    return [str(link.verdict) for link in trunk(row, NOW, hours).links]


def test_a_sound_trail() -> None:
    first = trunk(trail(), NOW, 24)
    assert [(link.name, str(link.verdict)) for link in first.links] == [
        ("trail", "pass"),
        ("delivery", "pass"),
        ("selectors", "pass"),
    ]
    assert first.group == GROUP
    assert first.sees("eu-west-1")
    assert (first.carries.surely, first.carries.at_most) == (EVERYTHING, EVERYTHING)


def test_an_empty_answer_of_a_trail_with_selectors_of_its_own_records_nothing() -> None:
    assert trunk(trail(HasCustomEventSelectors=True), NOW, 24).carries.at_most is NOTHING


@pytest.mark.parametrize(
    ("changes", "delivery", "words"),
    [
        ({"LatestCloudWatchLogsDeliveryTime": "2026-11-22T07:00:00Z"}, "unknown", "after the time of collection"),
        (
            {"LatestCloudWatchLogsDeliveryTime": None, "StartLoggingTime": "2026-11-22T07:00:00Z"},
            "fail",
            "never delivered",
        ),
        ({"LatestCloudWatchLogsDeliveryTime": "2026-11-19T07:00:00Z"}, "pass", "in the last 24 hours"),
        ({"LatestCloudWatchLogsDeliveryTime": "2026-11-19T06:59:00Z"}, "fail", "24 hours ago"),
        ({"LatestCloudWatchLogsDeliveryTime": None}, "fail", "never"),
        ({"LatestCloudWatchLogsDeliveryTime": "some day"}, "fail", "never"),
        ({"LatestCloudWatchLogsDeliveryTime": "2026-11-20T06:58:00"}, "pass", ""),
        ({"LatestCloudWatchLogsDeliveryError": "AccessDenied"}, "fail", "AccessDenied"),
        ({"LatestCloudWatchLogsDeliveryError": ""}, "pass", ""),
        (
            {"LatestCloudWatchLogsDeliveryTime": None, "StartLoggingTime": "2026-11-20T06:00:00Z"},
            "pass",
            "just started",
        ),
        ({"LatestCloudWatchLogsDeliveryTime": None, "StartLoggingTime": "2026-11-19T06:00:00Z"}, "fail", "never"),
    ],
    ids=str,
)
def test_delivery(changes: dict[str, Any], delivery: str, words: str) -> None:
    link = trunk(trail(Status={**STATUS, **changes}), NOW, 24).links[1]
    assert (str(link.verdict), words in link.reason) == (delivery, True)


def test_a_trail_that_was_just_started_is_remarked_on() -> None:
    started = {"IsLogging": True, "StartLoggingTime": "2026-11-20T06:00:00Z"}
    (warning,) = trunk(trail(Status=started), NOW, 24).links[1].warnings
    assert "no delivery" in warning
    assert trunk(trail(), NOW, 24).links[1].warnings == ()


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (trail(Status={"IsLogging": False}), ["fail", "fail", "pass"]),
        (trail(Status=None), ["fail", "fail", "pass"]),
        (trail(Status={**STATUS, "IsLogging": "true"}), ["fail", "pass", "pass"]),
        (trail(CloudWatchLogsLogGroupArn=None), ["pass", "fail", "pass"]),
        (trail(CloudWatchLogsLogGroupArn="audit"), ["pass", "fail", "pass"]),
        (trail({"Status": GAP}), ["unknown", "unknown", "pass"]),
        (trail({"Status": GAP}, CloudWatchLogsLogGroupArn=None), ["unknown", "fail", "pass"]),
        (trail({"EventSelectors": GAP, "AdvancedEventSelectors": GAP}), ["pass", "pass", "unknown"]),
        (trail(EventSelectors=[{"IncludeManagementEvents": False}]), ["pass", "pass", "fail"]),
        (trail(EventSelectors=[{"ReadWriteType": "Sometimes"}]), ["pass", "pass", "unknown"]),
        (trail(EventSelectors=[{"ReadWriteType": "WriteOnly"}]), ["pass", "pass", "pass"]),
    ],
    ids=[
        "stopped",
        "no status",
        "odd status",
        "no group",
        "odd group",
        "denied",
        "no group, denied",
        "selectors",
        "data",
        "odd selector",
        "writes",
    ],
)
def test_broken_and_unknown_links(row: Row, expected: list[str]) -> None:
    assert verdicts(row) == expected


def test_an_unknown_link_cites_the_refused_call() -> None:
    link = trunk(trail({"Status": GAP}), NOW, 24).links[0]
    assert [str(source.call) for source in link.sources] == [
        f'111122223333/us-east-1/cloudtrail.GetTrailStatus{{"Name":"{ARN}"}}'
    ]


def test_what_a_trail_with_unknown_selectors_records() -> None:
    carries = trunk(trail({"EventSelectors": GAP}), NOW, 24).carries
    assert (carries.surely, carries.at_most) == (NOTHING, EVERYTHING)


def test_a_trail_of_one_region() -> None:
    first = trunk(trail(IsMultiRegionTrail=False), NOW, 24)
    assert (first.sees("us-east-1"), first.sees("eu-west-1")) == (True, False)


def test_a_trail_without_global_services_carries_less() -> None:
    first = trunk(trail(IncludeGlobalServiceEvents=False), NOW, 24)
    assert first.services is not EVERYTHING
    assert first.carries.surely == first.services


@pytest.fixture(scope="module")
def delivery_rule() -> Expression:
    rule = next(rule for rule in load_rules() if rule.id == "trail.cloudwatch-delivery-fresh")
    assert isinstance(rule.check, ResourceCheck)
    return compile_expression(rule.check.expect, {parameter.name: parameter.default for parameter in rule.parameters})


@pytest.mark.parametrize("error", [None, "", "AccessDenied"])
@pytest.mark.parametrize(
    "started", [None, "2024-01-10T08:00:00Z", "2026-11-19T06:59:00Z", "2026-11-19T07:01:00Z", "2026-11-20T08:00:00Z"]
)
@pytest.mark.parametrize(
    "delivered", [None, "2026-10-01T00:00:00Z", "2026-11-19T06:59:00Z", "2026-11-19T07:00:00Z", "2026-11-20T06:58:00Z"]
)
def test_the_link_agrees_with_the_rule_on_delivery(
    delivery_rule: Expression, delivered: str | None, started: str | None, error: str | None
) -> None:
    status = {
        "IsLogging": True,
        "StartLoggingTime": started,
        "LatestCloudWatchLogsDeliveryTime": delivered,
        "LatestCloudWatchLogsDeliveryError": error,
    }
    row = trail(Status=status, LogGroupName="audit")
    holds = delivery_rule.decide(row.data, NOW, {})
    assert verdicts(row, DEFAULT_DELIVERY_AGE)[1] == ("pass" if holds is True else "fail")
