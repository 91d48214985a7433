"""The reads of CloudWatch: alarms, what silences them, rules over logs, and with whom metrics are shared."""

from scanner.aws.reads.operation import Operation

MONITORING_OPERATIONS = (
    Operation(
        "cloudwatch.DescribeInsightRules",
        ("cloudwatch:DescribeInsightRules",),
        ("InsightRules",),
        {},
        ("InsightRules",),
        next_page="NextToken",
    ),
    Operation(  # between which times comes with the rule; who contributed is not of interest, and one is the fewest
        "cloudwatch.GetInsightRuleReport",
        ("cloudwatch:GetInsightRuleReport",),
        ("AggregateValue",),
        {"RuleName": "$insight_rule", "StartTime": 0, "EndTime": 0, "Period": 3600, "MaxContributorCount": 1},
        absent=("ResourceNotFoundException",),
    ),
    Operation(
        "cloudwatch.DescribeAlarms",
        ("cloudwatch:DescribeAlarms",),
        ("MetricAlarms", "CompositeAlarms"),
        {"AlarmTypes": ["MetricAlarm", "CompositeAlarm", "LogAlarm"]},
        ("MetricAlarms", "CompositeAlarms", "LogAlarms"),
        paginated=True,
    ),
    Operation(
        "cloudwatch.DescribeAlarmHistory",
        ("cloudwatch:DescribeAlarmHistory",),
        ("AlarmHistoryItems",),
        {"AlarmTypes": ["MetricAlarm"], "HistoryItemType": "StateUpdate"},
        ("AlarmHistoryItems",),
        paginated=True,
    ),
    Operation(
        "cloudwatch.DescribeAnomalyDetectors",
        ("cloudwatch:DescribeAnomalyDetectors",),
        ("AnomalyDetectors",),
        {"AnomalyDetectorTypes": ["SINGLE_METRIC", "METRIC_MATH"]},
        ("AnomalyDetectors",),
        paginated=True,
    ),
    Operation(
        "cloudwatch.GetMetricData",
        ("cloudwatch:GetMetricData",),
        ("MetricDataResults",),
        {},
        ("MetricDataResults",),
        paginated=True,
    ),
    Operation(
        "cloudwatch.ListAlarmMuteRules",
        ("cloudwatch:ListAlarmMuteRules",),
        ("AlarmMuteRuleSummaries",),
        {"Statuses": ["ACTIVE", "SCHEDULED"]},
        ("AlarmMuteRuleSummaries",),
        paginated=True,
    ),
    Operation(
        "cloudwatch.GetAlarmMuteRule",
        ("cloudwatch:GetAlarmMuteRule",),
        ("Rule",),
        {"AlarmMuteRuleName": "$mute_rule"},
        absent=("ResourceNotFoundException",),
    ),
    Operation("oam.ListLinks", ("oam:ListLinks",), ("Items",), {}, ("Items",), paginated=True),
    Operation(
        "oam.GetLink",
        ("oam:GetLink",),
        ("SinkArn",),
        {"Identifier": "$link"},
        absent=("ResourceNotFoundException",),
    ),
    Operation("oam.ListSinks", ("oam:ListSinks",), ("Items",), {}, ("Items",), paginated=True),
    Operation(
        "oam.GetSinkPolicy",
        ("oam:GetSinkPolicy",),
        ("SinkArn",),
        {"SinkIdentifier": "$sink"},
        absent=("ResourceNotFoundException",),
    ),
    Operation(
        "oam.ListAttachedLinks",
        ("oam:ListAttachedLinks",),
        ("Items",),
        {"SinkIdentifier": "$sink"},
        ("Items",),
        paginated=True,
        absent=("ResourceNotFoundException",),
    ),
)
"""Part of the table ``OPERATIONS``."""
