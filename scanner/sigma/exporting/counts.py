"""The threshold of a rule as counts that Sigma's correlations can make: of events, or of different values.

Source: the Sigma specification, version 2: "Sigma Correlation Rules".
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scanner.model import JsonValue, Threshold
from scanner.sigma.outcome import Unsayable
from scanner.sigma.records.fields import grouping_path

_UNITS = (("w", 604800), ("d", 86400), ("h", 3600), ("m", 60))


@dataclass(frozen=True, slots=True)
class Count:
    """At least ``least`` events within ``timespan``, or values of ``field`` where one is named, for each of ``by``."""

    least: int
    timespan: str
    by: tuple[str, ...]
    field: str = ""

    @property
    def kind(self) -> str:
        """What Sigma calls such a count."""
        return "value_count" if self.field else "event_count"


def counts_of(threshold: Threshold, values: Mapping[str, JsonValue]) -> tuple[Count, ...]:
    """The counts of which one is reached when the threshold is.

    Raises Unsayable where a correlation cannot make them: it counts events or values, and never both.
    """
    least = _number(threshold.count, values)
    different = _number(threshold.distinct_count, values) if threshold.distinct else 0
    if different > 1 and least > different:
        raise Unsayable(
            f"it counts {least} records that hold {different} different values of {threshold.distinct}, and a "
            "correlation of Sigma counts either records or values"
        )
    timespan = _timespan(_number(threshold.within, values))
    counted = grouping_path(threshold.distinct) if different > 1 else ""
    groups = [group for group in (threshold.by, threshold.or_by) if group] or [()]
    return tuple(
        Count(different if counted else least, timespan, tuple(map(grouping_path, group)), counted) for group in groups
    )


def _number(value: int | str, values: Mapping[str, JsonValue]) -> int:
    """A number, or that of the parameter that ``$name`` names."""
    found = values.get(value.removeprefix("$")) if isinstance(value, str) else value
    if not isinstance(found, int):
        raise Unsayable(f"its threshold {value} is not a whole number")
    return found


def _timespan(seconds: int) -> str:
    for unit, length in _UNITS:
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"
