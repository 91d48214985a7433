"""The alarms that watch a filter's metric by a Metrics Insights query, and what they see of its matches."""

from typing import Any

import pytest

from scanner.alarms.alarm import read_alarm
from scanner.alarms.metric import PublishedMetric
from scanner.audit_path.watching import ListedAlarm
from scanner.checks.route.watching.alarms import Firing, JudgedAlarm, judged_alarms, values_of
from scanner.model import CallKey, Outcome, Source
from scanner.pattern import Compare, JsonPattern, parse
from scanner.recording.recorded_events import EVERYTHING

SOURCE = Source(CallKey("111122223333", "us-east-1", "cloudwatch.DescribeAlarms"), "")
SIGN_IN = "{ $.eventName = ConsoleLogin && $.errorMessage = * && ($.errorCode = a || $.errorCode = b) }"
BY_CODE = PublishedMetric("Audit", "Failures", 1.0, dimensions={"Code": "$.errorCode"}, group="audit")


def judged(
    query: str, pattern: str = SIGN_IN, metric: PublishedMetric = BY_CODE, occurrences: int = 1, **changes: Any
) -> JudgedAlarm:
    told = {
        "AlarmName": "failures",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:failures",
        "Metrics": [{"Id": "q1", "Expression": query, "Period": 300, "ReturnData": True}],
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        **changes,
    }
    listed = ListedAlarm(read_alarm(told, "111122223333", "us-east-1"), SOURCE)
    (found,) = judged_alarms(metric, [listed], [metric], Firing(occurrences, 3600), parse(pattern))
    return found


def test_what_a_condition_leaves_of_the_matches() -> None:
    assert judged("SELECT SUM(Failures) FROM Audit").sees is EVERYTHING
    named = parse("{ $.errorCode = a }")
    assert isinstance(named, JsonPattern)
    assert judged("SELECT SUM(Failures) FROM Audit WHERE Code = 'a'").sees == named.expr


@pytest.mark.parametrize(
    ("threshold", "occurrences", "outcome"),
    [(1.0, 1, Outcome.PASS), (1.0, 3, Outcome.PASS), (3.0, 3, Outcome.UNKNOWN), (3.0, 1, Outcome.FAIL)],
)
def test_several_events_need_not_count_in_one_time_series(threshold: float, occurrences: int, outcome: Outcome) -> None:
    query = "SELECT SUM(Failures) FROM Audit GROUP BY Code ORDER BY SUM() DESC"
    assert judged(query, occurrences=occurrences, Threshold=threshold).link.verdict is outcome
    whole = judged("SELECT SUM(Failures) FROM Audit", occurrences=occurrences, Threshold=threshold)
    assert whole.link.verdict is (Outcome.FAIL if outcome is Outcome.FAIL else Outcome.PASS)


@pytest.mark.parametrize(
    ("metric", "pattern", "words"),
    [
        (PublishedMetric("Audit", "Failures", 1.0, dimensions={"Who": "$.userIdentity.arn"}), SIGN_IN, "Who"),
        (PublishedMetric("Audit", "Failures", 1.0, dimensions={"Word": "$word"}), "[word, rest]", "Word"),
    ],
)
def test_a_dimension_that_not_every_event_has(metric: PublishedMetric, pattern: str, words: str) -> None:
    found = judged("SELECT SUM(Failures) FROM Audit", pattern, metric)
    assert found.link.verdict is Outcome.UNKNOWN
    assert f"count in its query (dimension {words}) is not known" in found.link.reason


def test_a_condition_on_a_field_of_the_system_is_not_followed() -> None:
    metric = PublishedMetric("Audit", "Failures", 1.0, dimensions={"@aws.region": ""})
    assert judged("SELECT SUM(Failures) FROM Audit", metric=metric).link.verdict is Outcome.PASS
    found = judged("SELECT SUM(Failures) FROM Audit WHERE \"@aws.region\" = 'us-east-1'", metric=metric)
    assert found.link.verdict is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("pattern", "values"),
    [
        ("{ $.a = x }", {"x"}),
        ("{ $.a = x || $.a = y }", {"x", "y"}),
        ("{ ($.a = x || $.a = y) && $.b = z }", {"x", "y"}),
        ("{ $.a = x || $.b = y }", None),
        ("{ $.a = x* }", None),
        ("{ $.a != x }", None),
        ("{ $.a = 5 }", None),
        ("{ $.b = x }", None),
        ("ERROR", None),
        ("", None),
    ],
)
def test_the_values_that_a_pattern_lists(pattern: str, values: set[str] | None) -> None:
    named = parse("{ $.a = * }")
    assert isinstance(named, JsonPattern)
    assert isinstance(named.expr, Compare)
    assert values_of(parse(pattern), named.expr.selector) == values
