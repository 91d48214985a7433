"""The links that a log group and a metric filter decide."""

from typing import Any

import pytest

from scanner.audit_path.stores import AuditLogGroup
from scanner.audit_path.watching import ListedFilter, read_filter
from scanner.checks.route.watching.filters import judged_filter, log_group_link
from scanner.facts.rows import Row
from scanner.model import CallKey, Gap, GapKind, Source

GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:audit"
SOURCE = Source(CallKey("111122223333", "us-east-1", "logs.DescribeMetricFilters"), "")
METRIC = {"metricName": "Changes", "metricNamespace": "Audit", "metricValue": "1"}


def group(**data: Any) -> Row:
    facts = {"logGroupName": "audit", "Exists": True, "logGroupClass": "STANDARD", **data}
    return Row("logs.audit_log_group", "111122223333", "us-east-1", GROUP, facts)


@pytest.mark.parametrize(
    ("row", "verdict", "words"),
    [
        (group(), "pass", "exists"),
        (group(logGroupClass=None), "pass", "exists"),
        (group(Exists=False, logGroupClass=None), "fail", "does not exist"),
        (group(logGroupClass="INFREQUENT_ACCESS"), "fail", "INFREQUENT_ACCESS"),
        (group(logGroupClass="DELIVERY"), "fail", "DELIVERY"),
    ],
    ids=["standard", "unnamed class", "deleted", "infrequent access", "delivery"],
)
def test_log_groups(row: Row, verdict: str, words: str) -> None:
    link = log_group_link(row)
    assert (str(link.verdict), words in link.reason, link.candidate) == (verdict, True, "audit")


def test_a_log_group_that_could_not_be_looked_at_is_unknown() -> None:
    gap = Gap(
        key=CallKey("111122223333", "us-east-1", "logs.DescribeLogGroups"), kind=GapKind.DENIED, reason="it was denied"
    )
    link = log_group_link(Row("logs.audit_log_group", "111122223333", "us-east-1", GROUP, {}, (), {"Exists": gap}))
    assert (str(link.verdict), "it was denied" in link.reason) == ("unknown", True)
    assert link.sources


def metric_filter(**data: Any) -> ListedFilter:
    listed = {
        "filterName": "changes",
        "filterPattern": "{ $.eventName = StopLogging }",
        "metricTransformations": [METRIC],
        **data,
    }
    return read_filter(AuditLogGroup(GROUP, "111122223333", "us-east-1", "audit", ()), listed, SOURCE)


@pytest.mark.parametrize(
    ("data", "verdict", "words"),
    [
        ({}, "pass", "publishes Audit/Changes"),
        ({"applyOnTransformedLogs": False, "fieldSelectionCriteria": ""}, "pass", "publishes"),
        ({"filterPattern": "{ $.eventName == StopLogging }"}, "fail", "rejects"),
        ({"filterPattern": ""}, "pass", "publishes"),
        ({"filterPattern": None}, "unknown", "is not known"),
        ({"filterPattern": ["{ $.eventName = StopLogging }"]}, "unknown", "is not known"),
        ({"metricTransformations": []}, "fail", "publishes no metric"),
        ({"metricTransformations": [{**METRIC, "metricValue": "0"}]}, "fail", "metric value is 0"),
        ({"metricTransformations": [{**METRIC, "metricValue": "$.size"}]}, "fail", "taken from the event"),
        ({"applyOnTransformedLogs": True}, "fail", "transformed"),
        ({"fieldSelectionCriteria": '@aws.region = "us-east-1"'}, "fail", "limited"),
        ({"fieldSelectionCriteria": "@aws.account != '111122223333'"}, "fail", "limited"),
        ({"fieldSelectionCriteria": '@aws.account = "999988887777"'}, "fail", "limited"),
        ({"fieldSelectionCriteria": '@aws.account = "111122223333"'}, "unknown", "may leave nothing out"),
        ({"fieldSelectionCriteria": '@aws.account IN ["111122223333"]'}, "unknown", "may leave nothing out"),
        (
            {"fieldSelectionCriteria": "@aws.account in ['999988887777', 111122223333]"},
            "unknown",
            "may leave nothing out",
        ),
        ({"fieldSelectionCriteria": '@aws.account != "999988887777"'}, "unknown", "may leave nothing out"),
        ({"fieldSelectionCriteria": '@aws.account not in ["999988887777"]'}, "unknown", "may leave nothing out"),
        ({"fieldSelectionCriteria": '@aws.account IN ["999988887777"]'}, "fail", "limited"),
        ({"fieldSelectionCriteria": '@aws.account NOT IN ["111122223333"]'}, "fail", "limited"),
        ({"fieldSelectionCriteria": '@aws.account = "111122223333" AND @aws.region = "x"'}, "fail", "limited"),
    ],
    ids=str,
)
def test_metric_filters(data: dict[str, Any], verdict: str, words: str) -> None:
    link = judged_filter(metric_filter(**data)).link
    assert (str(link.verdict), words in link.reason, link.candidate) == (verdict, True, "changes")


def test_what_is_left_of_a_broken_filter() -> None:
    broken = judged_filter(metric_filter(filterPattern="{ $.eventName == StopLogging }"))
    assert (broken.pattern, broken.metric is not None) == (None, True)
    worthless = judged_filter(metric_filter(metricTransformations=[{**METRIC, "metricValue": "0"}]))
    assert (worthless.pattern is not None, worthless.metric) == (True, None)


def test_system_field_dimensions_are_dimensions() -> None:
    metric = judged_filter(metric_filter(emitSystemFieldDimensions=["@aws.account"])).metric
    assert metric is not None
    assert metric.dimensions == {"@aws.account": ""}
    odd = judged_filter(metric_filter(emitSystemFieldDimensions="odd")).metric
    assert odd is not None
    assert odd.dimensions is None
