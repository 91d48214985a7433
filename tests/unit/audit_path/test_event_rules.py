"""Which EventBridge rules can hear of what CloudTrail records."""

import json
from typing import Any

import pytest

from scanner.audit_path.event_rules import event_pattern, hears_cloudtrail, is_enabled

API_CALL = "AWS API Call via CloudTrail"


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.cloudtrail"], "detail-type": [API_CALL]},
        {"source": ["aws.cloudtrail"]},
        {"detail-type": ["AWS Console Sign In via CloudTrail"]},
        {"detail-type": ["GuardDuty Finding", "AWS Service Event via CloudTrail"]},
        {"detail-type": [{"prefix": "AWS API"}]},
        {"detail-type": [{"suffix": "via CloudTrail"}]},
        {"detail-type": [{"wildcard": "AWS * via CloudTrail"}]},
        {"detail-type": [{"equals-ignore-case": API_CALL.upper()}]},
        {"detail-type": [{"anything-but": ["GuardDuty Finding"]}]},
        {"detail-type": [{"exists": True}]},
        {"detail-type": [{"something-new": "x"}]},
        {"account": ["111122223333"]},
        {"source": [{"prefix": "aws."}]},
        {"source": [{"prefix": ""}]},
        {"$or": [{"source": ["my.app"]}, {"source": ["aws.iam"]}]},
        {"$or": "odd", "source": ["aws.iam"]},
        {"source": "aws.iam"},
    ],
)
def test_it_can_hear(pattern: dict[str, Any]) -> None:
    assert hears_cloudtrail({"EventPattern": json.dumps(pattern)})


@pytest.mark.parametrize(
    "pattern",
    [
        {"detail-type": ["GuardDuty Finding"]},
        {"detail-type": [{"prefix": "GuardDuty"}]},
        {"detail-type": [{"suffix": "Finding"}]},
        {"detail-type": [{"wildcard": "EC2 *"}]},
        {"detail-type": [{"equals-ignore-case": "guardduty finding"}]},
        {"detail-type": [None, 7]},
        {"detail-type": [{"exists": False}]},
        {"source": ["my.app", "your.app"]},
        {"source": ["aws.iam"], "detail-type": ["Scheduled Event"]},
        {"$or": [{"source": ["my.app"]}, {"detail-type": ["GuardDuty Finding"]}]},
    ],
)
def test_it_cannot_hear(pattern: dict[str, Any]) -> None:
    assert not hears_cloudtrail({"EventPattern": json.dumps(pattern)})


def test_a_schedule_hears_nothing_and_what_cannot_be_read_may_hear() -> None:
    assert not hears_cloudtrail({"ScheduleExpression": "rate(1 day)"})
    assert hears_cloudtrail({"ScheduleExpression": "rate(1 day)", "EventPattern": '{"source": ["aws.iam"]}'})
    assert hears_cloudtrail({})
    for text in ("{", "[]", "[" * 100_000, "7"):
        assert event_pattern({"EventPattern": text}) is None
        assert hears_cloudtrail({"EventPattern": text})


def test_only_disabled_is_not_enabled() -> None:
    assert is_enabled({"State": "ENABLED"})
    assert is_enabled({"State": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"})
    assert is_enabled({})
    assert not is_enabled({"State": "DISABLED"})


@pytest.mark.parametrize(
    ("matchers", "expected"),
    [
        ([{"anything-but": "b"}], True),
        ([{"anything-but": [API_CALL, "b"]}], True),
        ([{"anything-but": {"prefix": "AWS"}}], False),
        ([{"wildcard": "\\\\*"}], False),
        ([{"prefix": {"equals-ignore-case": "aws"}}], True),
        ([{"prefix": "b", "suffix": "c"}], True),
        ([], True),
    ],
)
def test_a_matcher_says_no_only_when_it_is_understood(matchers: list[Any], *, expected: bool) -> None:
    """What PutRule refuses is a pattern that cannot be read, and could match."""
    assert hears_cloudtrail({"EventPattern": json.dumps({"detail-type": matchers})}) is expected
