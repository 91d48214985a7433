"""What a metric filter publishes: the metric, what one occurrence adds to it, and what silence adds.

Source: CloudWatch Logs API reference, ``MetricTransformation``; CloudWatch Logs User Guide, "Creating metrics from
log events using filters" (a default value is published for each minute in which events arrived and none matched).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PublishedMetric:
    """A metric as one filter publishes it.

    ``value`` is what one matching event adds (not a number: not known), ``default`` what a minute without a match adds (None: nothing).
    ``dimensions`` maps each dimension's name to the selector text that gives its value ("" for a system field).
    ``group`` is the ARN of the filter's log group.
    """

    namespace: str
    name: str
    value: float
    default: float | None = None
    unit: str = "None"
    dimensions: Mapping[str, str] | None = None
    group: str = ""

    def watched_by(self, namespace: Any, name: Any, dimensions: Any) -> bool:
        """Whether a metric named with these dimensions (AWS's list of ``{Name, Value}``) is this one.

        The names must be the same set: a metric with dimensions and one without are two metrics.
        """
        named = dimension_values(dimensions)
        return (
            namespace == self.namespace
            and name == self.name
            and set(named) == set(self.dimensions or {})
            and len(named) == (len(dimensions) if isinstance(dimensions, list) else 0)
        )


def dimension_values(dimensions: Any) -> dict[str, str]:
    """AWS's list of ``{Name, Value}`` as a mapping; what is not of that shape is left out."""
    listed = dimensions if isinstance(dimensions, list) else []
    return {
        str(item["Name"]): str(item.get("Value", "")) for item in listed if isinstance(item, Mapping) and "Name" in item
    }


def published_metric(
    transformation: Mapping[str, Any], group: str = "", system_fields: Any = ()
) -> PublishedMetric | str:
    """The metric one transformation publishes, or a clause saying why a match adds nothing that can be counted.

    ``system_fields`` are the filter's ``emitSystemFieldDimensions``: dimensions whose values no selector gives.
    """
    namespace, name = transformation.get("metricNamespace"), transformation.get("metricName")
    if not isinstance(namespace, str) or not isinstance(name, str) or not namespace or not name:
        return "it names no metric"
    text = transformation.get("metricValue")
    value = read_number(text)
    if value is None:
        if isinstance(text, str) and text.startswith("$"):
            return f"its metric value is taken from the event ({text}), so a match does not count as one"
        return f"its metric value {text!r} is not a number"
    if value <= 0:
        return f"its metric value is {text}, so a match adds nothing to the metric"
    return any_metric(transformation, group, system_fields) or "it names no metric"


def any_metric(transformation: Mapping[str, Any], group: str = "", system_fields: Any = ()) -> PublishedMetric | None:
    """The metric one transformation publishes whatever a match adds to it; None when it names none.

    Filters that do not count events still feed alarms. The value is not a number (``math.nan``) when it is not known.
    """
    namespace, name = transformation.get("metricNamespace"), transformation.get("metricName")
    if not isinstance(namespace, str) or not isinstance(name, str) or not namespace or not name:
        return None
    default, selected = transformation.get("defaultValue"), transformation.get("dimensions")
    dimensions = {str(key): str(text) for key, text in selected.items()} if isinstance(selected, Mapping) else {}
    dimensions.update({str(name): "" for name in system_fields} if isinstance(system_fields, list) else {})
    return PublishedMetric(
        namespace=namespace,
        name=name,
        value=_known(transformation.get("metricValue")),
        default=None if default is None else _known(default),
        unit=str(transformation.get("unit") or "None"),
        dimensions=dimensions or None,
        group=group,
    )


def _known(value: Any) -> float:
    number = read_number(value)
    return math.nan if number is None else number


def read_number(value: Any) -> float | None:
    """A finite number from a number or its text; ``None`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
