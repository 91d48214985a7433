"""The ``aws`` commands that findings of routes give as a repair, with the names of the resources filled in.

A command is a list of arguments; words in capitals, such as ADDRESS, stand for what the facts do not tell. Source of
the operations and their options: AWS CLI Command Reference.
"""

import json
import math
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from scanner.alarms.metric import PublishedMetric

Command = tuple[str, ...]

_PARAMETER_FILES = ("file://", "fileb://")
"""What the AWS CLI takes for the name of a file on the machine it runs on."""

NAMESPACE = "AuditTrail"
"""Namespace of metrics that no filter publishes yet."""


def command(service: str, operation: str, *flags: str, region: str = "", **options: Any) -> Command:
    """``aws service operation``; ``options`` are its options with ``_`` for ``-``, a list gives several values.

    ``flags`` are options without a value.
    """
    words = ["aws", service, operation, *flags]
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        values = [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]
        if len(values) == 1 and values[0].startswith("-"):
            words.append(f"{option}={values[0]}")  # else it would be read as an option
        else:
            words += [option, *values]
    return (*words, *(("--region", region) if region else ()))


def written(commands: Sequence[Command]) -> tuple[str, ...]:
    """The commands as lines for a shell; none when the CLI would take a name for that of a local file."""
    if any(word.startswith(_PARAMETER_FILES) for each in commands for word in each):
        return ()
    return tuple(shlex.join(each) for each in commands)


def json_text(value: Any) -> str:
    """A value as the JSON that an option takes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def start_logging(trail: str, region: str) -> Command:
    """Switch a trail on; ``trail`` is its ARN, ``region`` its home Region."""
    return command("cloudtrail", "start-logging", name=trail, region=region)


def put_filter(group: str, name: str, pattern: str, metric: PublishedMetric, region: str) -> Command:
    """Make a metric filter, or replace the one of that name. Dimensions are not kept: they split counts."""
    value = metric.value if metric.value > 0 else 1.0  # not a number is not above 0 either
    transformation: dict[str, Any] = {
        "metricName": metric.name,
        "metricNamespace": metric.namespace,
        "metricValue": f"{value:g}",
    }
    if metric.default is not None and math.isfinite(metric.default) and not metric.dimensions:
        transformation["defaultValue"] = metric.default
    if metric.unit != "None":
        transformation["unit"] = metric.unit
    return command(
        "logs", "put-metric-filter", log_group_name=group, filter_name=name, filter_pattern=pattern,
        metric_transformations=json_text([transformation]), region=region,
    )  # fmt: skip


def put_alarm(
    name: str,
    metric: PublishedMetric,
    bounds: tuple[float, int],
    actions: Sequence[str],
    region: str,
    alarm: Mapping[str, Any],
) -> Command:
    """Make an alarm on the Sum of a metric, or give one of that name these settings; its other actions are kept.

    ``bounds`` are the threshold and the period in seconds.
    """
    threshold, period = bounds
    return command(
        "cloudwatch", "put-metric-alarm", "--actions-enabled", alarm_name=name, namespace=metric.namespace,
        metric_name=metric.name, statistic="Sum", period=period, evaluation_periods=1, datapoints_to_alarm=1,
        threshold=f"{threshold:g}", comparison_operator="GreaterThanOrEqualToThreshold",
        treat_missing_data="notBreaching", alarm_actions=list(actions), **_other_actions(alarm), region=region,
    )  # fmt: skip


_SETTINGS: Mapping[str, str] = {
    "alarm_description": "AlarmDescription",
    "namespace": "Namespace",
    "metric_name": "MetricName",
    "statistic": "Statistic",
    "extended_statistic": "ExtendedStatistic",
    "period": "Period",
    "unit": "Unit",
    "evaluation_periods": "EvaluationPeriods",
    "datapoints_to_alarm": "DatapointsToAlarm",
    "threshold": "Threshold",
    "threshold_metric_id": "ThresholdMetricId",
    "comparison_operator": "ComparisonOperator",
    "treat_missing_data": "TreatMissingData",
    "evaluate_low_sample_count_percentile": "EvaluateLowSampleCountPercentile",
}
"""Options of ``put-metric-alarm`` and the members of ``DescribeAlarms`` that give them."""


def again(alarm: Mapping[str, Any], actions: Sequence[str], region: str) -> Command:
    """A metric alarm with the settings it has and these actions for ALARM, beside those it has for other states."""
    options = {
        option: alarm[member]
        for option, member in _SETTINGS.items()
        if isinstance(alarm.get(member), str | int | float)
    }
    options |= {
        option: json_text(alarm[member])
        for option, member in (("dimensions", "Dimensions"), ("metrics", "Metrics"))
        if isinstance(alarm.get(member), list) and alarm[member]
    }
    return command(
        "cloudwatch", "put-metric-alarm", "--actions-enabled", alarm_name=alarm.get("AlarmName"), **options,
        alarm_actions=list(actions), **_other_actions(alarm), region=region,
    )  # fmt: skip


def _other_actions(alarm: Mapping[str, Any]) -> dict[str, list[str]]:
    kept: dict[str, list[str]] = {}
    for option, member in (("ok_actions", "OKActions"), ("insufficient_data_actions", "InsufficientDataActions")):
        listed = alarm.get(member)
        texts = [item for item in listed if isinstance(item, str)] if isinstance(listed, list) else []
        kept |= {option: texts} if texts else {}
    return kept


def subscribe(topic: str, region: str) -> Command:
    """Ask a person, by e-mail, to confirm a subscription."""
    return command(
        "sns", "subscribe", topic_arn=topic, protocol="email", notification_endpoint="ADDRESS", region=region
    )


def statement_for_alarms(action: str | Sequence[str], resource: str, account: str) -> dict[str, Any]:
    """A policy statement that lets CloudWatch alarms of one account do something."""
    return {
        "Sid": "AuditAlarms",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": action,
        "Resource": resource,
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }


def with_statement(policy: Any, statement: Mapping[str, Any]) -> str:
    """A policy as JSON text with one statement more; a policy of that statement alone when there is none."""
    document = dict(policy) if isinstance(policy, Mapping) else {"Version": "2012-10-17"}
    listed = document.get("Statement") or []
    statements = [*listed] if isinstance(listed, list) else [listed]
    others = [item for item in statements if not (isinstance(item, Mapping) and item.get("Sid") == statement["Sid"])]
    return json_text({**document, "Statement": [*others, statement]})
