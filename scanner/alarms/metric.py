"""What a metric filter publishes: the metric, what one occurrence adds to it, and what silence adds.

Source: CloudWatch Logs API reference, ``MetricTransformation``; CloudWatch Logs User Guide, "Creating metrics from
log events using filters" (a default value is published for each minute in which events arrived and none matched).
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class NamedMetric:
    """A metric as an alarm names it.

    ``dimensions`` are values by name; ``whole`` is False when a dimension is named twice or lacks its name.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    whole: bool = True


def named_metric(listed: Mapping[str, Any]) -> NamedMetric:
    """A metric from AWS's ``Metric``, or from the members of the same names in ``MetricAlarm``."""
    dimensions = listed.get("Dimensions")
    items = dimensions if isinstance(dimensions, list) else []
    values = {
        str(item["Name"]): str(item.get("Value", "")) for item in items if isinstance(item, Mapping) and "Name" in item
    }
    namespace, name = listed.get("Namespace"), listed.get("MetricName")
    return NamedMetric(
        namespace=namespace if isinstance(namespace, str) else "",
        name=name if isinstance(name, str) else "",
        dimensions=values,
        whole=len(values) == len(items),
    )


@dataclass(frozen=True, slots=True)
class PublishedMetric:
    """A metric as one filter publishes it.

    ``value`` is what one matching event adds (not a number: not known), ``default`` what a minute without a match
    adds (None: nothing). ``dimensions`` maps each dimension's name to the selector text that gives its value ("" for
    a system field). ``group`` is the ARN of the filter's log group.
    """

    namespace: str
    name: str
    value: float
    default: float | None = None
    unit: str = "None"
    dimensions: Mapping[str, str] | None = None
    group: str = ""

    def is_called(self, metric: NamedMetric) -> bool:
        """Whether an alarm's name for a metric is the name of this one.

        The names of the dimensions must be the same set: a metric with dimensions and one without are two metrics.
        """
        return (
            metric.name == self.name
            and metric.namespace == self.namespace
            and metric.whole
            and metric.dimensions.keys() == (self.dimensions or {}).keys()
        )


@dataclass(frozen=True, slots=True)
class MetricTransformation:
    """What a metric filter makes of a matching event.

    ``published`` is the metric that counts matches, or a clause that says why a match adds nothing that can be
    counted. ``possible`` is the metric whatever a match adds to it, as filters that count nothing still feed alarms;
    None when no metric is named. Its value is not a number (``math.nan``) when it is not known.
    """

    published: PublishedMetric | str
    possible: PublishedMetric | None


def read_transformation(listed: Mapping[str, Any], group: str = "", system_fields: Any = ()) -> MetricTransformation:
    """A transformation from AWS's ``MetricTransformation``, for a filter of a log group.

    ``system_fields`` are the filter's ``emitSystemFieldDimensions``: dimensions whose values no selector gives.
    """
    possible = _possible(listed, group, system_fields)
    if possible is None:
        return MetricTransformation("it names no metric", None)
    return MetricTransformation(_uncounted(listed) or possible, possible)


def _possible(listed: Mapping[str, Any], group: str, system_fields: Any) -> PublishedMetric | None:
    namespace, name = listed.get("metricNamespace"), listed.get("metricName")
    if not isinstance(namespace, str) or not isinstance(name, str) or not namespace or not name:
        return None
    default = listed.get("defaultValue")
    return PublishedMetric(
        namespace=namespace,
        name=name,
        value=_known(listed.get("metricValue")),
        default=None if default is None else _known(default),
        unit=str(listed.get("unit") or "None"),
        dimensions=_selected(listed.get("dimensions"), system_fields) or None,
        group=group,
    )


def _selected(dimensions: Any, system_fields: Any) -> dict[str, str]:
    selected = {str(key): str(text) for key, text in dimensions.items()} if isinstance(dimensions, Mapping) else {}
    selected.update(dict.fromkeys(map(str, system_fields), "") if isinstance(system_fields, list) else {})
    return selected


def _uncounted(listed: Mapping[str, Any]) -> str:
    """Why a match adds nothing that can be counted; "" when it does."""
    text = listed.get("metricValue")
    value = read_number(text)
    if value is None and isinstance(text, str) and text.startswith("$"):
        return f"its metric value is taken from the event ({text}), so a match does not count as one"
    if value is None:
        return f"its metric value {text!r} is not a number"
    if value < 0:
        return f"its metric value is {text}, so a match lowers the metric and does not count as one"
    return f"its metric value is {text}, so a match adds nothing to the metric" if value == 0 else ""


def _known(value: Any) -> float:
    number = read_number(value)
    return math.nan if number is None else number


def read_number(value: Any) -> float | None:
    """A finite number from a number or its text; ``None`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value) is None:
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
