"""The operations that the stand-in answers in moto's place."""

from collections.abc import Callable, Mapping
from typing import Any

from scanner.demo.lacking import (
    alarm_history,
    findings,
    log_groups,
    mute_rules,
    observability,
    reviews,
    telemetry,
    topics,
)
from scanner.demo.lacking.asked import Asked

ANSWERS: Mapping[str, Callable[[Asked], Mapping[str, Any]]] = {
    "accessanalyzer.ListAnalyzers": findings.analyzers,
    "accessanalyzer.ListFindingsV2": findings.outside_access,
    "cloudtrail.GetChannel": telemetry.channel,
    "cloudtrail.ListChannels": telemetry.channels,
    "cloudtrail.ListQueries": reviews.lake_queries,
    "cloudwatch.DeleteAlarmMuteRule": mute_rules.delete,
    "cloudwatch.DescribeAlarmHistory": alarm_history.told,
    "cloudwatch.DescribeAnomalyDetectors": reviews.metric_detectors,
    "cloudwatch.DescribeInsightRules": reviews.contributor_rules,
    "cloudwatch.GetInsightRuleReport": reviews.report,
    "cloudwatch.GetAlarmMuteRule": mute_rules.told,
    "cloudwatch.ListAlarmMuteRules": mute_rules.listed,
    "cloudwatch.PutAlarmMuteRule": mute_rules.put,
    "logs.DescribeAccountPolicies": log_groups.account_policies,
    "logs.DescribeQueries": reviews.recent,
    "logs.DescribeQueryDefinitions": reviews.saved,
    "logs.GetDataProtectionPolicy": log_groups.protection,
    "logs.GetScheduledQuery": reviews.scheduled_query,
    "logs.GetScheduledQueryHistory": reviews.runs,
    "logs.ListLogAnomalyDetectors": reviews.detectors,
    "logs.ListScheduledQueries": reviews.scheduled,
    "oam.CreateLink": observability.make_link,
    "oam.CreateSink": observability.make_sink,
    "oam.DeleteLink": observability.delete_link,
    "oam.DeleteSink": observability.delete_sink,
    "oam.GetLink": observability.link,
    "oam.GetSinkPolicy": observability.sink_policy,
    "oam.ListAttachedLinks": observability.attached,
    "oam.ListLinks": observability.links,
    "oam.ListSinks": observability.sinks,
    "oam.UpdateLink": observability.update_link,
    "observabilityadmin.GetTelemetryEvaluationStatus": telemetry.evaluation,
    "observabilityadmin.GetTelemetryEvaluationStatusForOrganization": telemetry.no_evaluation,
    "observabilityadmin.GetTelemetryRule": telemetry.rule,
    "observabilityadmin.GetTelemetryRuleForOrganization": telemetry.no_rule,
    "observabilityadmin.ListTelemetryPipelines": telemetry.no_pipelines,
    "observabilityadmin.ListTelemetryRules": telemetry.rules,
    "observabilityadmin.ListTelemetryRulesForOrganization": telemetry.no_rules,
    "organizations.ListDelegatedAdministrators": findings.no_administrators,
    "securityhub.ListFindingAggregators": findings.aggregators,
    "sns.GetDataProtectionPolicy": topics.protection,
    "sns.GetSMSSandboxAccountStatus": topics.sandbox,
    "sns.ListSMSSandboxPhoneNumbers": topics.verified,
    "sns.PutDataProtectionPolicy": topics.protect,
}
"""By ``<boto3 service>.<ApiName>``, what the answer is; it must fit the service model of botocore."""
