"""Can an alarm enter ALARM on n occurrences: one case per setting that makes an alarm deaf."""

from typing import Any

import pytest

from scanner.alarms.alarm import EVALUATION, Alarm, read_alarm
from scanner.alarms.metric import PublishedMetric, read_transformation
from scanner.alarms.reach import AlarmVerdict, Reach, can_enter_alarm
from scanner.alarms.watched import watches
from scanner.model import CallKey, Gap, GapKind

GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:audit"
PLAIN = PublishedMetric("Audit", "Changes", 1.0, group=GROUP)
ZEROED = PublishedMetric("Audit", "Changes", 1.0, default=0.0, group=GROUP)


def read(members: dict[str, Any]) -> Alarm:
    return read_alarm(members, "111122223333", "us-east-1")


def members(**changes: Any) -> dict[str, Any]:
    sound = {
        "AlarmName": "changes",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:changes",
        "Namespace": "Audit",
        "MetricName": "Changes",
        "Dimensions": [],
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }
    return {key: value for key, value in {**sound, **changes}.items() if value is not None}


def alarm(**changes: Any) -> Alarm:
    return read(members(**changes))


def math_members(expression: str, *metrics: str, **changes: Any) -> dict[str, Any]:
    queries: list[dict[str, Any]] = [
        {
            "Id": f"m{number}",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {"Namespace": "Audit", "MetricName": name, "Dimensions": []},
                "Period": 300,
                "Stat": "Sum",
            },
        }
        for number, name in enumerate(metrics, 1)
    ]
    queries.append({"Id": "e1", "Expression": expression, "ReturnData": True})
    return members(MetricName=None, Namespace=None, Statistic=None, Period=None, Metrics=queries, **changes)


def math_alarm(expression: str, *metrics: str, **changes: Any) -> Alarm:
    return read(math_members(expression, *metrics, **changes))


def judged(verdict: Reach) -> str:
    return verdict.verdict


@pytest.mark.parametrize("metric", [PLAIN, ZEROED], ids=["without a default", "with default 0"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Threshold": 0.0, "ComparisonOperator": "GreaterThanThreshold"},
        {"Period": 60},
        {"EvaluationWindow": {"WallClockWindow": {}}},
        {"EvaluationWindow": {"SlidingWindow": {}}},
        {"Statistic": "Maximum"},
        {"EvaluationPeriods": 5, "DatapointsToAlarm": 1},
        {"TreatMissingData": "missing"},
        {"TreatMissingData": None},
        {"Unit": "None"},
    ],
    ids=str,
)
def test_an_alarm_that_one_event_sets_off(metric: PublishedMetric, changes: dict[str, Any]) -> None:
    assert judged(can_enter_alarm(alarm(**changes), metric, (metric,), max_period=3600)) == "can"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Threshold": 100.0}, "gives a Sum of 1 over 300 seconds, and it needs >= 100"),
        ({"ComparisonOperator": "GreaterThanThreshold"}, "it needs > 1"),
        ({"Period": 86400}, "period of 86400 seconds is longer than the 3600 seconds allowed"),
        ({"EvaluationPeriods": 2}, "needs 2 datapoints"),
        ({"EvaluationPeriods": 3, "DatapointsToAlarm": 2}, "needs 2 datapoints"),
        ({"ComparisonOperator": "LessThanThreshold"}, "needs < 1"),
        ({"TreatMissingData": "breaching"}, "in ALARM whenever nothing happens"),
        ({"TreatMissingData": "ignore"}, "never leaves ALARM again"),
        ({"Unit": "Count"}, "asks for a unit"),
        ({"MetricName": "Other"}, "does not watch the metric Audit/Changes"),
        ({"Dimensions": [{"Name": "Account", "Value": "1"}]}, "does not watch"),
        ({"Dimensions": [{"Value": "1"}]}, "does not watch"),
        ({"EvaluationState": "EVALUATION_ERROR"}, "cannot be evaluated"),
        (
            {"Statistic": None, "ExtendedStatistic": "p99", "EvaluateLowSampleCountPercentile": "ignore"},
            "ignores p99 of fewer than 1000 values",
        ),
    ],
    ids=str,
)
def test_an_alarm_that_one_event_cannot_set_off(changes: dict[str, Any], words: str) -> None:
    reach = can_enter_alarm(alarm(**changes), PLAIN, (PLAIN,), max_period=3600)
    assert reach.verdict == "cannot"
    assert words in reach.reason


@pytest.mark.parametrize("name", ["Average", "Minimum"])
def test_a_default_value_dilutes_a_statistic_over_several_minutes(name: str) -> None:
    assert judged(can_enter_alarm(alarm(Statistic=name), ZEROED)) == "cannot"
    assert judged(can_enter_alarm(alarm(Statistic=name), PLAIN)) == "can"


def test_a_default_value_within_the_minute_of_the_event_is_not_ruled_out() -> None:
    reach = can_enter_alarm(alarm(Statistic="Average", Period=60), ZEROED)
    assert reach.verdict == "undetermined"
    assert "dilute" in reach.reason


def test_the_default_of_another_filter_on_the_same_metric_counts() -> None:
    other = PublishedMetric("Audit", "Changes", 1.0, default=0.0, group=GROUP)
    assert judged(can_enter_alarm(alarm(Statistic="Average"), PLAIN, (PLAIN, other))) == "cannot"
    elsewhere = PublishedMetric("Audit", "Else", 1.0, default=0.0, group=GROUP)
    assert judged(can_enter_alarm(alarm(Statistic="Average"), PLAIN, (PLAIN, elsewhere))) == "can"


def test_two_filters_that_look_alike_are_two_publishers() -> None:
    assert judged(can_enter_alarm(alarm(Statistic="Minimum", Period=60), ZEROED, (ZEROED, ZEROED))) == "cannot"


@pytest.mark.parametrize(
    ("changes", "default"),
    [
        ({"Threshold": 0.0}, 0.0),
        ({"Threshold": 1.0}, 1.0),
        ({"Statistic": "SampleCount"}, 0.0),
        ({"ComparisonOperator": "LessThanThreshold"}, 0.0),
    ],
)
def test_an_alarm_that_the_default_value_keeps_in_alarm(changes: dict[str, Any], default: float) -> None:
    metric = PublishedMetric("Audit", "Changes", 1.0, default=default, group=GROUP)
    reach = can_enter_alarm(alarm(**changes), metric)
    assert reach.verdict == "cannot"
    assert "in ALARM without any event" in reach.reason


def test_a_default_value_lets_the_alarm_recover() -> None:
    assert judged(can_enter_alarm(alarm(TreatMissingData="ignore"), ZEROED)) == "can"


def test_the_declared_number_of_occurrences_counts() -> None:
    burst = alarm(Threshold=3.0)
    assert judged(can_enter_alarm(burst, PLAIN, occurrences=2)) == "cannot"
    assert judged(can_enter_alarm(burst, PLAIN, occurrences=3)) == "can"
    heavy = PublishedMetric("Audit", "Changes", 3.0, group=GROUP)
    assert judged(can_enter_alarm(burst, heavy)) == "can"


def test_an_alarm_that_more_events_silence_does_not_count() -> None:
    reach = can_enter_alarm(alarm(ComparisonOperator="LessThanOrEqualToThreshold", Threshold=5.0), PLAIN)
    assert reach.verdict == "cannot"


@pytest.mark.parametrize(
    "changes",
    [
        {"ComparisonOperator": "LessThanLowerOrGreaterThanUpperThreshold"},
        {"Threshold": None},
        {"Statistic": "TC(1:2)"},
        {"Period": None},
        {"EvaluationPeriods": None},
        {"TreatMissingData": "somehow"},
        {"ThresholdMetricId": "ad1"},
    ],
    ids=str,
)
def test_what_the_facts_do_not_decide_is_undetermined(changes: dict[str, Any]) -> None:
    assert judged(can_enter_alarm(alarm(**changes), PLAIN)) == "undetermined"


def test_a_percentile_of_equal_values_is_that_value() -> None:
    percentile = alarm(Statistic=None, ExtendedStatistic="p99")
    assert judged(can_enter_alarm(percentile, PLAIN)) == "can"
    assert judged(can_enter_alarm(percentile, ZEROED)) == "undetermined"


@pytest.mark.parametrize(
    ("expression", "metrics", "verdict"),
    [
        ("m1", ("Changes",), "can"),
        ("m1 * 2", ("Changes",), "can"),
        ("m1 / 2", ("Changes",), "cannot"),
        ("FILL(m1, 0)", ("Changes",), "can"),
        ("FILL(m1, 0) + FILL(m2, 0)", ("Changes", "More"), "can"),
        ("SUM(FILL(METRICS(), 0))", ("Changes", "More"), "can"),
        ("m1 + m2", ("Changes", "More"), "undetermined"),
        ("MIN([FILL(m1, 0), FILL(m2, 0)])", ("Changes", "More"), "cannot"),
        ("IF(m1 > 0, 1, 0)", ("Changes",), "undetermined"),
        ("IF(FILL(m1, 0) > 0, 1, 0)", ("Changes",), "can"),
        ("FILL(m1, 1)", ("Changes",), "cannot"),
        ("m1 + m2", ("Changes", "Foreign"), "undetermined"),
        ("MAX([FILL(m1, 0), FILL(m2, 0)])", ("Changes", "Foreign"), "undetermined"),
        ("RATE(m1)", ("Changes",), "undetermined"),
        ("ANOMALY_DETECTION_BAND(m1)", ("Changes",), "undetermined"),
        ("e1", ("Changes",), "undetermined"),
    ],
)
def test_math_over_the_metric(expression: str, metrics: tuple[str, ...], verdict: str) -> None:
    more = PublishedMetric("Audit", "More", 1.0, group=GROUP)
    assert judged(can_enter_alarm(math_alarm(expression, *metrics), PLAIN, (PLAIN, more), max_period=300)) == verdict


def test_math_whose_metrics_have_defaults_adds_up() -> None:
    more = PublishedMetric("Audit", "More", 1.0, default=0.0, group=GROUP)
    assert judged(can_enter_alarm(math_alarm("m1 + m2", "Changes", "More"), ZEROED, (ZEROED, more))) == "can"


def test_an_alarm_whose_result_is_not_a_metric_is_undetermined() -> None:
    odd = math_members("m1", "Changes")
    odd["Metrics"][-1] = {"Id": "q1", "ReturnData": True}
    assert judged(can_enter_alarm(read(odd), PLAIN)) == "undetermined"


def test_a_math_alarm_has_a_period_too() -> None:
    assert judged(can_enter_alarm(math_alarm("m1", "Changes"), PLAIN, max_period=60)) == "cannot"


def test_missing_data_that_breaches_under_an_expression_is_undetermined() -> None:
    filled = math_alarm("FILL(m1, 0)", "Changes", TreatMissingData="breaching")
    assert judged(can_enter_alarm(filled, PLAIN)) == "undetermined"


def test_a_metric_of_another_account_is_not_ours() -> None:
    foreign = math_members("m1", "Changes")
    foreign["Metrics"][0]["AccountId"] = "999999999999"
    assert not watches(read(foreign), PLAIN)
    foreign["Metrics"][0]["AccountId"] = "111122223333"
    assert watches(read(foreign), PLAIN)


def test_a_look_back_of_days_is_remarked_on() -> None:
    reach = can_enter_alarm(alarm(Period=3600, EvaluationPeriods=48, DatapointsToAlarm=1), PLAIN)
    assert reach.verdict == "can"
    assert "once an hour" in reach.warnings[0]
    assert "stays in ALARM as long after an event and tells nobody of further ones" in reach.warnings[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"metricValue": "0"}, "adds nothing"),
        ({"metricValue": "-1"}, "lowers the metric"),
        ({"metricValue": "$.bytes"}, "taken from the event ($.bytes)"),
        ({"metricValue": "one"}, "is not a number"),
        ({"metricValue": "nan"}, "is not a number"),
        ({"metricValue": True}, "is not a number"),
        ({"metricName": ""}, "names no metric"),
    ],
)
def test_a_filter_whose_matches_do_not_count(changes: dict[str, Any], words: str) -> None:
    listed = {"metricNamespace": "Audit", "metricName": "Changes", "metricValue": "1", **changes}
    published = read_transformation(listed).published
    assert isinstance(published, str)
    assert words in published


def test_a_filter_whose_matches_do_not_count_still_feeds_alarms() -> None:
    listed = {"metricNamespace": "Audit", "metricName": "Changes", "metricValue": "-1", "defaultValue": "2"}
    assert read_transformation(listed, GROUP).possible == PublishedMetric("Audit", "Changes", -1.0, 2.0, group=GROUP)
    assert read_transformation({**listed, "metricName": ""}, GROUP).possible is None


def test_a_default_value_that_cannot_be_read_is_not_taken_for_none() -> None:
    metric = {"metricName": "Changes", "metricNamespace": "Audit", "metricValue": "1", "defaultValue": "x"}
    published = read_transformation(metric, GROUP).published
    assert isinstance(published, PublishedMetric)
    assert judged(can_enter_alarm(alarm(), published, (published,))) == "undetermined"


def test_what_a_filter_publishes() -> None:
    read = read_transformation(
        {
            "metricNamespace": "Audit",
            "metricName": "Changes",
            "metricValue": "1",
            "defaultValue": 0.0,
            "unit": "Count",
            "dimensions": {"Name": "$.eventName"},
        },
        GROUP,
    )
    metric = PublishedMetric("Audit", "Changes", 1.0, 0.0, "Count", {"Name": "$.eventName"}, GROUP)
    assert (read.published, read.possible) == (metric, metric)


@pytest.mark.parametrize("setting", sorted(EVALUATION))
def test_an_alarm_with_a_setting_that_is_not_known_is_undetermined(setting: str) -> None:
    gap = Gap(
        key=CallKey("1", "r", "cloudwatch.DescribeAlarms"), kind=GapKind.NOT_KNOWN, reason="a plan leaves it open"
    )
    told = {name: value for name, value in members().items() if name != setting}
    found = can_enter_alarm(read_alarm(told, "1", "r", unknown={setting: gap}), PLAIN)
    assert found == Reach(AlarmVerdict.UNDETERMINED, "a setting of it is not known: a plan leaves it open")


@pytest.mark.parametrize("period", [10, 20, 30])
@pytest.mark.parametrize("metric", [PLAIN, ZEROED], ids=["without a default", "with default 0"])
def test_a_period_shorter_than_a_minute_sees_the_filter_s_metric_at_times(period: int, metric: PublishedMetric) -> None:
    found = can_enter_alarm(alarm(Period=period), metric)
    assert found.verdict is AlarmVerdict.UNDETERMINED
    assert f"its period of {period} seconds is shorter than the minute" in found.reason
    assert can_enter_alarm(alarm(Period=period, Threshold=2.0), metric).verdict is AlarmVerdict.CANNOT


def test_a_burst_may_fall_into_two_periods_that_follow_the_clock() -> None:
    clock = {"EvaluationWindow": {"WallClockWindow": {"Timezone": "Europe/Zurich"}}}
    found = can_enter_alarm(alarm(Threshold=3.0, **clock), PLAIN, occurrences=3)
    assert found == Reach(
        AlarmVerdict.UNDETERMINED,
        "its periods follow the clock (WallClockWindow), so that the events of one burst may fall into two of them",
    )
    sliding = alarm(Threshold=3.0, EvaluationWindow={"SlidingWindow": {}})
    assert can_enter_alarm(sliding, PLAIN, occurrences=3).verdict is AlarmVerdict.CAN
    assert can_enter_alarm(alarm(**clock), PLAIN).verdict is AlarmVerdict.CAN


@pytest.mark.parametrize("name", ["p0", "p99.99", "IQM", "tm90", "TM(25%:75%)", "wm95", "WM(:90%)", "TM(10%:)"])
def test_a_share_of_one_value_is_that_value(name: str) -> None:
    assert judged(can_enter_alarm(alarm(Statistic=None, ExtendedStatistic=name), PLAIN)) == "can"


@pytest.mark.parametrize(
    "name",
    ["TM(2:100)", "WM(10:20)", "tm(2%:100)", "PR(1:2)", "PR(:1)", "TC(10%:90%)", "TS(10%:90%)", "tc90", "ts90", "p"],
)
def test_a_mean_within_values_may_leave_the_event_out(name: str) -> None:
    assert judged(can_enter_alarm(alarm(Statistic=None, ExtendedStatistic=name), PLAIN)) == "undetermined"


def test_a_metric_of_several_units_needs_an_alarm_that_names_one() -> None:
    counted = PublishedMetric("Audit", "Changes", 1.0, unit="Count", group=GROUP)
    found = can_enter_alarm(alarm(), PLAIN, (PLAIN, counted))
    assert found.verdict is AlarmVerdict.UNDETERMINED
    assert "publish its metric in several (Count, None)" in found.reason
    assert judged(can_enter_alarm(alarm(Unit="None"), PLAIN, (PLAIN, counted))) == "can"
    assert judged(can_enter_alarm(alarm(), counted, (counted,))) == "can"
    assert judged(can_enter_alarm(alarm(Threshold=5000.0), PLAIN, (PLAIN, counted))) == "cannot"


@pytest.mark.parametrize(
    ("expression", "period", "periods", "verdict"),
    [
        ("FILL(m1, 0)", 60, 1, "undetermined"),
        ("SUM(FILL(METRICS(), 0))", 60, 1, "undetermined"),
        ("FILL (m1, 0)", 60, 1, "undetermined"),
        ("FILL(m1, 0)", 60, 3, "can"),
        ("FILL(m1, 0)", 300, 1, "can"),
        ("m1 * 1", 60, 1, "can"),
    ],
)
def test_what_is_filled_in_hides_the_latest_minute(expression: str, period: int, periods: int, verdict: str) -> None:
    told = math_members(expression, "Changes", EvaluationPeriods=periods, DatapointsToAlarm=1)
    told["Metrics"][0]["MetricStat"]["Period"] = period
    assert judged(can_enter_alarm(read(told), PLAIN)) == verdict


@pytest.mark.parametrize("text", ["1_000", "١", "0x1", "1e", "1,5", "--1", "infinity", "1 2"])
def test_texts_that_are_numbers_in_other_languages_only(text: str) -> None:
    listed = {"metricNamespace": "Audit", "metricName": "Changes", "metricValue": text}
    assert "is not a number" in str(read_transformation(listed).published)


@pytest.mark.parametrize("text", ["1", " 1 ", "+1.5", ".5", "1.", "1e3", "2E-1"])
def test_texts_that_are_numbers(text: str) -> None:
    listed = {"metricNamespace": "Audit", "metricName": "Changes", "metricValue": text}
    assert isinstance(read_transformation(listed).published, PublishedMetric)


def query_alarm(expression: str, period: int = 300, **changes: Any) -> Alarm:
    told = [{"Id": "q1", "Expression": expression, "Period": period, "ReturnData": True}]
    return read(members(MetricName=None, Namespace=None, Statistic=None, Period=None, Metrics=told, **changes))


SUMMED = "SELECT SUM(Changes) FROM Audit"
GROUPED = "SELECT SUM(Changes) FROM Audit GROUP BY Name ORDER BY SUM() DESC"
BY_NAME = PublishedMetric("Audit", "Changes", 1.0, dimensions={"Name": "$.eventName"}, group=GROUP)


@pytest.mark.parametrize(
    ("expression", "metric", "changes", "verdict"),
    [
        (SUMMED, PLAIN, {}, "can"),
        (SUMMED, ZEROED, {}, "can"),
        (SUMMED, BY_NAME, {}, "can"),
        (SUMMED, PLAIN, {"Threshold": 2.0}, "cannot"),
        (SUMMED, PLAIN, {"DatapointsToAlarm": 2, "EvaluationPeriods": 2}, "cannot"),
        (SUMMED, PLAIN, {"TreatMissingData": "breaching"}, "cannot"),
        (SUMMED, PLAIN, {"TreatMissingData": "ignore"}, "cannot"),
        (SUMMED, PLAIN, {"EvaluationState": "PARTIAL_DATA"}, "undetermined"),
        (SUMMED, PLAIN, {"EvaluationPeriods": 36, "DatapointsToAlarm": 1}, "can"),
        (SUMMED, PLAIN, {"EvaluationPeriods": 37, "DatapointsToAlarm": 1}, "undetermined"),
        (SUMMED, PLAIN, {"period": 30}, "undetermined"),
        (SUMMED, PLAIN, {"period": 7200}, "cannot"),
        (SUMMED, PublishedMetric("Audit", "Else", 1.0), {}, "cannot"),
        ("SELECT MAX(Changes) FROM Audit", PLAIN, {}, "can"),
        ("SELECT MIN(Changes) FROM Audit", PLAIN, {}, "undetermined"),
        ("SELECT COUNT(Changes) FROM Audit GROUP BY AWS.AccountId", ZEROED, {}, "cannot"),
        ("SELECT AVG(Changes) FROM Audit GROUP BY AWS.AccountId", ZEROED, {}, "cannot"),
        (GROUPED, BY_NAME, {}, "can"),
        (GROUPED, BY_NAME, {"TreatMissingData": "missing"}, "can"),
        (GROUPED, BY_NAME, {"TreatMissingData": "breaching"}, "undetermined"),
        (GROUPED, BY_NAME, {"TreatMissingData": "ignore"}, "undetermined"),
        (GROUPED, PLAIN, {}, "undetermined"),
    ],
)
def test_an_alarm_on_a_query(expression: str, metric: PublishedMetric, changes: dict[str, Any], verdict: str) -> None:
    assert judged(can_enter_alarm(query_alarm(expression, **changes), metric, (metric,), max_period=3600)) == verdict


def test_a_grouped_query_says_by_what_it_is_split() -> None:
    found = can_enter_alarm(query_alarm(f"{GROUPED} LIMIT 20"), BY_NAME)
    assert (found.split_by, found.most_series) == (("Name",), 20)
    by_account = can_enter_alarm(query_alarm("SELECT SUM(Changes) FROM Audit GROUP BY AWS.AccountId"), PLAIN)
    assert (by_account.verdict, by_account.split_by) == (AlarmVerdict.CAN, ())


def test_time_series_of_several_filters_are_not_counted() -> None:
    other = PublishedMetric("Audit", "Changes", 1.0, dimensions={"Name": "$.eventSource"}, group=GROUP)
    assert judged(can_enter_alarm(query_alarm(GROUPED), BY_NAME, (BY_NAME, other))) == "undetermined"
    assert judged(can_enter_alarm(query_alarm(SUMMED), BY_NAME, (BY_NAME, other))) == "can"


@pytest.mark.parametrize(
    ("query", "expression", "verdict"),
    [
        (SUMMED, "q1 * 2", "can"),
        (SUMMED, "FILL(q1, 0)", "can"),
        (SUMMED, "SUM(METRICS())", "undetermined"),
        (GROUPED, "q1 * 2", "undetermined"),
        ("SELECT SUM(Changes) FROM Audit WHERE Name IN ('x')", "q1 + 1", "cannot"),
    ],
)
def test_math_over_a_query(query: str, expression: str, verdict: str) -> None:
    told = [
        {"Id": "q1", "Expression": query, "Period": 300, "ReturnData": False},
        {"Id": "e1", "Expression": expression, "ReturnData": True},
    ]
    computed = read(members(MetricName=None, Namespace=None, Statistic=None, Period=None, Metrics=told))
    assert judged(can_enter_alarm(computed, BY_NAME if query is GROUPED else PLAIN)) == verdict


def test_a_query_that_is_not_understood_beside_the_metric_is_undetermined() -> None:
    told = math_members("m1", "Changes")
    told["Metrics"].append({"Id": "q1", "Expression": "SELECT P99(x) FROM y", "Period": 300, "ReturnData": False})
    assert judged(can_enter_alarm(read(told), PLAIN)) == "undetermined"


def band_alarm(comparison: str, statistic: str = "Sum", **changes: Any) -> Alarm:
    told: list[dict[str, Any]] = [
        {
            "Id": "m1",
            "ReturnData": True,
            "MetricStat": {
                "Metric": {"Namespace": "Audit", "MetricName": "Changes", "Dimensions": []},
                "Period": 300,
                "Stat": statistic,
                "Unit": changes.pop("Unit", None),
            },
        },
        {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)", "ReturnData": True},
    ]
    single = dict.fromkeys(("MetricName", "Namespace", "Statistic", "Period", "Threshold"))
    compared = {"ComparisonOperator": comparison, "ThresholdMetricId": "ad1"}
    return read(members(Metrics=told, **{**single, **compared, **changes}))


@pytest.mark.parametrize("metric", [PLAIN, ZEROED], ids=["without a default", "with default 0"])
@pytest.mark.parametrize("comparison", ["GreaterThanUpperThreshold", "LessThanLowerOrGreaterThanUpperThreshold"])
def test_whether_an_event_leaves_a_learned_band_is_not_decided(comparison: str, metric: PublishedMetric) -> None:
    found = can_enter_alarm(band_alarm(comparison), metric, (metric,), max_period=3600)
    assert found.verdict is AlarmVerdict.UNDETERMINED
    assert "events that become usual do not; an alarm with a fixed threshold would decide it" in found.reason


@pytest.mark.parametrize(
    ("changes", "metric", "words"),
    [
        ({"comparison": "LessThanLowerThreshold"}, PLAIN, "events only raise its metric"),
        ({"comparison": "LessThanLowerThreshold"}, ZEROED, "events only raise its metric"),
        ({"EvaluationPeriods": 2}, PLAIN, "needs 2 datapoints"),
        ({"TreatMissingData": "breaching"}, PLAIN, "in ALARM whenever nothing happens"),
        ({"TreatMissingData": "ignore"}, PLAIN, "never leaves ALARM again"),
        ({"EvaluationState": "EVALUATION_ERROR"}, PLAIN, "cannot be evaluated"),
        ({"Unit": "Seconds"}, PLAIN, "asks for a unit the filter does not publish"),
        ({}, PublishedMetric("Audit", "Else", 1.0), "does not watch"),
    ],
)
def test_a_band_that_no_event_leaves(changes: dict[str, Any], metric: PublishedMetric, words: str) -> None:
    told = {"comparison": "GreaterThanUpperThreshold", **changes}
    found = can_enter_alarm(band_alarm(**told), metric, (metric,), max_period=3600)
    assert found.verdict is AlarmVerdict.CANNOT
    assert words in found.reason


@pytest.mark.parametrize(
    ("statistic", "default"), [("Average", 0.0), ("Minimum", None), ("p90", None), ("Sum", 5.0), ("Sum", float("nan"))]
)
def test_an_event_may_lower_what_is_compared_with_a_band(statistic: str, default: float | None) -> None:
    metric = PublishedMetric("Audit", "Changes", 1.0, default=default, group=GROUP)
    assert judged(can_enter_alarm(band_alarm("LessThanLowerThreshold", statistic), metric)) == "undetermined"


def test_a_band_over_math_is_undetermined() -> None:
    told = math_members("-m1", "Changes", ComparisonOperator="LessThanLowerThreshold", ThresholdMetricId="ad1")
    told["Metrics"].append({"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(e1)", "ReturnData": True})
    assert judged(can_enter_alarm(read(told), PLAIN)) == "undetermined"


def test_an_alarm_that_keeps_its_state_may_never_leave_it_by_what_is_filled_in() -> None:
    filled = math_alarm("FILL(m1, 0)", "Changes", TreatMissingData="ignore")
    found = can_enter_alarm(filled, PLAIN)
    assert found.verdict is AlarmVerdict.UNDETERMINED
    assert "may never leave ALARM" in found.reason
    assert judged(can_enter_alarm(filled, ZEROED)) == "can"


def test_several_events_may_count_in_several_time_series() -> None:
    three = query_alarm(GROUPED, Threshold=3.0)
    found = can_enter_alarm(three, BY_NAME, occurrences=3)
    assert found == Reach(AlarmVerdict.UNDETERMINED, "3 events may count in as many time series of its query")
    assert judged(can_enter_alarm(query_alarm(SUMMED, Threshold=3.0), BY_NAME, occurrences=3)) == "can"


@pytest.mark.parametrize(("period", "periods"), [(60, 1), (60, 5), (240, 1), (300, 1), (3600, 1), (86400, 1)])
def test_silence_between_deliveries_may_keep_an_alarm_in_alarm(period: int, periods: int) -> None:
    # A default value is published while log events arrive, and how long none may arrive is documented nowhere.
    silent = alarm(TreatMissingData="breaching", Period=period, EvaluationPeriods=periods, DatapointsToAlarm=1)
    found = can_enter_alarm(silent, ZEROED, max_period=86400)
    assert found.verdict == "undetermined"
    assert "may be in ALARM already when an event arrives" in found.reason
