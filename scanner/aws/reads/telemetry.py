"""The reads of what brings CloudTrail events into CloudWatch Logs without a trail: channels, telemetry, metrics."""

from scanner.aws.reads.operation import Operation

TELEMETRY_OPERATIONS = (
    Operation(  # service-linked channels are listed with those of CloudTrail Lake
        "cloudtrail.ListChannels",
        ("cloudtrail:ListChannels",),
        ("Channels",),
        {},
        ("Channels",),
        next_page="NextToken",
    ),
    Operation(
        "cloudtrail.GetChannel",
        ("cloudtrail:GetChannel",),
        ("ChannelArn",),
        {"Channel": "$channel"},
        absent=("ChannelNotFoundException",),
    ),
    Operation(  # which metric, and between which times, comes with what is asked about
        "cloudwatch.GetMetricStatistics",
        ("cloudwatch:GetMetricStatistics",),
        ("Datapoints",),
        {
            "Namespace": "$namespace",
            "MetricName": "$metric",
            "StartTime": 0,
            "EndTime": 0,
            "Period": 3600,
            "Statistics": ["Sum"],
        },
        ("Datapoints",),
    ),
    Operation(
        "observabilityadmin.ListTelemetryRules",
        ("observabilityadmin:ListTelemetryRules",),
        ("TelemetryRuleSummaries",),
        {},
        ("TelemetryRuleSummaries",),
        paginated=True,
    ),
    Operation(
        "observabilityadmin.GetTelemetryRule",
        ("observabilityadmin:GetTelemetryRule",),
        ("TelemetryRule",),
        {"RuleIdentifier": "$telemetry_rule"},
        absent=("ResourceNotFoundException",),
    ),
    Operation(
        "observabilityadmin.GetTelemetryEvaluationStatus",
        ("observabilityadmin:GetTelemetryEvaluationStatus",),
        ("Status",),
    ),
    Operation(
        "observabilityadmin.ListTelemetryRulesForOrganization",
        ("observabilityadmin:ListTelemetryRulesForOrganization",),
        ("TelemetryRuleSummaries",),
        {},
        ("TelemetryRuleSummaries",),
        paginated=True,
    ),
    Operation(
        "observabilityadmin.GetTelemetryRuleForOrganization",
        ("observabilityadmin:GetTelemetryRuleForOrganization",),
        ("TelemetryRule",),
        {"RuleIdentifier": "$telemetry_rule"},
        absent=("ResourceNotFoundException",),
    ),
    Operation(
        "observabilityadmin.GetTelemetryEvaluationStatusForOrganization",
        ("observabilityadmin:GetTelemetryEvaluationStatusForOrganization",),
        ("Status",),
    ),
    Operation(
        "observabilityadmin.ListTelemetryPipelines",
        ("observabilityadmin:ListTelemetryPipelines",),
        ("PipelineSummaries",),
        {},
        ("PipelineSummaries",),
        paginated=True,
    ),
)
"""Part of the table ``OPERATIONS``."""
