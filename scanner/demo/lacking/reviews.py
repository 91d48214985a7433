"""What reviews the audit log group of the stand-in: queries, an anomaly detector, Contributor Insights rules.

Source: CloudWatch Logs API reference, ``GetScheduledQuery``, ``GetScheduledQueryHistory``, ``QueryInfo``,
``QueryDefinition`` and ``AnomalyDetector``; CloudWatch API reference, ``InsightRule`` and ``GetInsightRuleReport``.
They are in the Region of the audit trail only; the scheduled query ran an hour ago, and the day before.
"""

import json
import time
from collections.abc import Mapping
from typing import Any

from scanner.demo.lacking.asked import Asked, NoSuchThingError

_HOME = "us-east-1"
_GROUP = "audit/cloudtrail"
_COUNTING = "calls-by-identity"
_RESULTS = "s3://audit-review-results/daily/"
_HOUR, _DAY = 3600, 86400


def scheduled(asked: Asked) -> Mapping[str, Any]:
    """``ListScheduledQueries``."""
    if asked.region != _HOME:
        return {"scheduledQueries": []}
    whole = _query(asked)
    left_out = {"queryString", "queryLanguage", "logGroupIdentifiers", "executionRoleArn", "startTimeOffset"}
    return {"scheduledQueries": [{name: value for name, value in whole.items() if name not in left_out}]}


def scheduled_query(asked: Asked) -> Mapping[str, Any]:
    """``GetScheduledQuery``."""
    whole = _query(asked)
    if asked.region != _HOME or asked.parameters["identifier"] != whole["scheduledQueryArn"]:
        raise NoSuchThingError("ResourceNotFoundException", "There is no such scheduled query.")
    return whole


def _query(asked: Asked) -> dict[str, Any]:
    role = f"arn:aws:iam::{asked.account}:role/audit-review"
    return {
        "scheduledQueryArn": f"arn:aws:logs:{_HOME}:{asked.account}:scheduled-query:daily-audit-review",
        "name": "daily-audit-review",
        "queryLanguage": "CWLI",
        "queryString": "fields @timestamp, eventName, userIdentity.arn | filter errorCode like /Denied|Unauthorized/",
        "logGroupIdentifiers": [_GROUP],
        "scheduleExpression": "cron(0 6 * * ? *)",
        "timezone": "UTC",
        "startTimeOffset": _DAY,
        "state": "ENABLED",
        "scheduleType": "CUSTOMER_MANAGED",
        "lastTriggeredTime": int(time.time()) - _HOUR,
        "lastExecutionStatus": "Complete",
        "executionRoleArn": role,
        "destinationConfiguration": {"s3Configuration": {"destinationIdentifier": _RESULTS, "roleArn": role}},
    }


def runs(asked: Asked) -> Mapping[str, Any]:
    """``GetScheduledQueryHistory``: the runs that lie between the times asked for."""
    whole = scheduled_query(asked)
    first, last = int(asked.parameters["startTime"]), int(asked.parameters["endTime"])
    latest = int(whole["lastTriggeredTime"])
    return {
        "name": whole["name"],
        "scheduledQueryArn": whole["scheduledQueryArn"],
        "triggerHistory": [_run(moment) for moment in (latest, latest - _DAY) if first <= moment <= last],
    }


def _run(moment: int) -> dict[str, Any]:
    result = {"destinationType": "S3", "destinationIdentifier": _RESULTS, "status": "COMPLETE"}
    return {
        "queryId": f"00000000-0000-4000-8000-{moment:012d}",
        "executionStatus": "Complete",
        "triggeredTimestamp": moment,
        "destinations": [result],
    }


def saved(asked: Asked) -> Mapping[str, Any]:
    """``DescribeQueryDefinitions``."""
    query = {
        "queryDefinitionId": "5d2c9a3e-1111-4222-8333-944455556666",
        "name": "trail-changes",
        "queryLanguage": "CWLI",
        "queryString": 'filter eventSource = "cloudtrail.amazonaws.com" | sort @timestamp desc',
        "logGroupNames": [_GROUP],
    }
    return {"queryDefinitions": [query] if asked.region == _HOME else []}


def contributor_rules(asked: Asked) -> Mapping[str, Any]:
    """``DescribeInsightRules``: one that is disabled, and one that counts."""
    rules = [_rule("events-by-identity", "DISABLED"), _rule(_COUNTING, "ENABLED")]
    return {"InsightRules": rules if asked.region == _HOME else []}


def _rule(name: str, state: str) -> dict[str, Any]:
    definition = {
        "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
        "LogGroupNames": [_GROUP],
        "LogFormat": "JSON",
        "Contribution": {"Keys": ["$.userIdentity.arn"], "Filters": []},
        "AggregateOn": "Count",
    }
    return {
        "Name": name,
        "State": state,
        "Schema": json.dumps(definition["Schema"]),
        "Definition": json.dumps(definition),
    }


def report(asked: Asked) -> Mapping[str, Any]:
    """``GetInsightRuleReport``: what the rule counted."""
    if asked.region != _HOME or asked.parameters["RuleName"] != _COUNTING:
        raise NoSuchThingError("ResourceNotFoundException", "There is no such rule.")
    return {
        "KeyLabels": ["$.userIdentity.arn"],
        "AggregationStatistic": "Sum",
        "AggregateValue": 42.0,
        "ApproximateUniqueCount": 2,
        "Contributors": [],
    }


def recent(asked: Asked) -> Mapping[str, Any]:
    """``DescribeQueries``: the latest run of the scheduled query."""
    query = _query(asked)
    run = {
        "queryId": "00000000-0000-4000-8000-000000000001",
        "queryLanguage": query["queryLanguage"],
        "queryString": query["queryString"],
        "status": "Complete",
        "createTime": query["lastTriggeredTime"] * 1000,
        "logGroupName": _GROUP,
    }
    there = asked.region == _HOME and asked.parameters["logGroupName"] == _GROUP
    return {"queries": [run] if there else []}


def lake_queries(asked: Asked) -> Mapping[str, Any]:
    """``ListQueries``: one that finished an hour ago, and one that failed since."""
    now = int(time.time())
    queries = [
        {"QueryId": "00000000-0000-4000-8000-000000000002", "QueryStatus": "FAILED", "CreationTime": now - 60},
        {"QueryId": "00000000-0000-4000-8000-000000000003", "QueryStatus": "FINISHED", "CreationTime": now - _HOUR},
    ]
    return {"Queries": queries if asked.region == _HOME else []}


def metric_detectors(asked: Asked) -> Mapping[str, Any]:
    """``DescribeAnomalyDetectors``: one over a metric of the filters, which still learns."""
    metric = {"Namespace": "CloudTrailMetrics", "MetricName": "UnauthorizedCalls", "Dimensions": [], "Stat": "Sum"}
    detector = {"SingleMetricAnomalyDetector": metric, "StateValue": "PENDING_TRAINING"}
    return {"AnomalyDetectors": [detector] if asked.region == _HOME else []}


def detectors(asked: Asked) -> Mapping[str, Any]:
    """``ListLogAnomalyDetectors``: one that is paused."""
    detector = {
        "anomalyDetectorArn": f"arn:aws:logs:{_HOME}:{asked.account}:anomaly-detector:audit-anomalies",
        "detectorName": "audit-anomalies",
        "logGroupArnList": [f"arn:aws:logs:{_HOME}:{asked.account}:log-group:{_GROUP}"],
        "evaluationFrequency": "FIFTEEN_MIN",
        "anomalyDetectorStatus": "PAUSED",
    }
    return {"anomalyDetectors": [detector] if asked.region == _HOME else []}
