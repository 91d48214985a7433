"""Sigma correlation rules that count, as a threshold; all others are refused with the reason.

``event_count`` asks how many records the rules it names match within a time span, apart for each value of its
``group-by`` fields; ``value_count`` asks how many different values of a field those records hold. Both are what a
threshold of a log-events rule asks. One rule after another is not, and neither is "fewer than".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.model import Threshold
from scanner.sigma.outcome import Unsayable
from scanner.sigma.records.fields import grouping_path
from scanner.wording import shown

_TIMESPAN = re.compile(r"([1-9][0-9]{0,6})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LONGEST_SPAN = 31 * 86400
_MOST = 604800
_KEYS = frozenset({"type", "rules", "group-by", "timespan", "condition", "generate"})


@dataclass(frozen=True, slots=True)
class Correlation:
    """A count over rules: ``rules`` are ids or names, ``generate`` keeps those rules as rules of their own."""

    rules: tuple[str, ...]
    threshold: Threshold
    generate: bool


def referenced(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids and names of the rules a correlation is about, as far as they can be read."""
    correlation = data.get("correlation")
    rules = correlation.get("rules") if isinstance(correlation, Mapping) else None
    found = rules if isinstance(rules, list) else [rules]
    return tuple(name for name in found if isinstance(name, str))


def correlation_of(data: Mapping[str, Any]) -> Correlation:
    """The correlation of a rule; raises Unsayable for every kind that a threshold cannot say."""
    correlation = data["correlation"]
    if not isinstance(correlation, Mapping):
        raise Unsayable("its correlation is not a mapping")
    kind = correlation.get("type")
    if kind not in {"event_count", "value_count"}:
        raise Unsayable(f"it correlates by {shown(kind)}; only event_count and value_count can be said, as a threshold")
    for key in correlation:
        if key not in _KEYS:
            raise Unsayable(f"its correlation has the key {shown(key)}, which a threshold cannot say")
    generate = correlation.get("generate", False)
    if not isinstance(generate, bool):
        raise Unsayable("generate must be true or false")
    rules = referenced(data)
    if not rules or len(rules) != len(set(rules)):
        raise Unsayable("it names no rules, or one twice")
    return Correlation(rules, _threshold(correlation), generate)


def _threshold(correlation: Mapping[str, Any]) -> Threshold:
    span = correlation.get("timespan")
    found = _TIMESPAN.fullmatch(span) if isinstance(span, str) else None
    if found is None:
        raise Unsayable(
            f"its timespan {shown(span)} is not a number of seconds (s), minutes (m), hours (h), days (d) or weeks (w)"
        )
    within = int(found.group(1)) * _SECONDS[found.group(2)]
    if within > _LONGEST_SPAN:
        raise Unsayable("its timespan is longer than 31 days, the longest window of a threshold")
    groups = correlation.get("group-by", [])
    fields: Sequence[object] = groups if isinstance(groups, list) else [groups]
    if not all(isinstance(field, str) for field in fields) or len(fields) > 8:
        raise Unsayable("its group-by is not a list of at most eight fields")
    by = tuple(dict.fromkeys(grouping_path(str(field)) for field in fields))
    condition = correlation.get("condition")
    if correlation.get("type") == "event_count":
        return Threshold(count=_count(condition), within=within, by=by)
    name = condition.get("field") if isinstance(condition, Mapping) else None
    if not isinstance(condition, Mapping) or not isinstance(name, str):
        raise Unsayable("its condition does not name the one field whose values it counts")
    count = _count({key: value for key, value in condition.items() if key != "field"})
    return Threshold(count=count, within=within, by=by, distinct=grouping_path(name), distinct_count=count)


def _count(condition: object) -> int:
    """The least count that satisfies the condition."""
    if isinstance(condition, Mapping) and len(condition) == 1:
        ((operator, number),) = condition.items()
        if operator in {"gt", "gte"} and isinstance(number, int) and not isinstance(number, bool):
            count: int = number + (1 if operator == "gt" else 0)
            if 1 <= count <= _MOST:
                return count
            raise Unsayable(f"it asks for {count} records; a threshold is from 1 to {_MOST}")
    raise Unsayable("its condition is not gt or gte with a whole number; a threshold says how many records at least")
