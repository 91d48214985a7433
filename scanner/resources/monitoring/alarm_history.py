"""When alarms went into ALARM, as CloudWatch recorded it; it keeps 30 days, also of an alarm that was deleted.

Source: CloudWatch API reference, ``DescribeAlarmHistory`` and ``AlarmHistoryItem``.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from scanner.audit_path.places import ALARM_HISTORY
from scanner.audit_path.stores import mappings
from scanner.facts.facts import checked
from scanner.snapshot.answers import Answer, Snapshot
from scanner.times import parse_time

ARGUMENTS: Mapping[str, Any] = {"AlarmTypes": ["MetricAlarm"], "HistoryItemType": "StateUpdate"}
"""The call that asks for the states that all metric alarms of a Region entered."""

Entered = Mapping[str, tuple[datetime, ...]]
"""By the name of an alarm, when it went into ALARM; an alarm that only entered other states has no time."""


def alarm_history(snapshot: Snapshot, account: str, region: str) -> Answer:
    """The answer that tells the states which alarms of a Region entered."""
    return checked(snapshot.ask(account, region, ALARM_HISTORY.operation, ARGUMENTS), "AlarmHistoryItems", list)


def history_items(answer: Answer) -> list[Mapping[str, Any]]:
    """The items of such an answer."""
    return [item for _, item in mappings(answer, "AlarmHistoryItems")]


def entered_alarm(items: Iterable[Mapping[str, Any]]) -> Entered:
    """When each alarm that the items name went into ALARM, in order."""
    found: dict[str, set[datetime]] = {}
    for item in items:
        moment = parse_time(item.get("Timestamp"))
        known = found.setdefault(str(item.get("AlarmName") or ""), set())
        if moment is not None and _to_alarm(item):
            known.add(moment)
    return {name: tuple(sorted(moments)) for name, moments in found.items()}


def history_data(item: Mapping[str, Any]) -> Any:
    """The data of an item, read; an empty object where they cannot be."""
    text = item.get("HistoryData")
    try:
        return json.loads(text) if isinstance(text, str) else {}
    except (ValueError, RecursionError):
        return {}


def _to_alarm(item: Mapping[str, Any]) -> bool:
    """Whether an item tells of going into ALARM: by its data, else by its summary."""
    data = history_data(item)
    new = data.get("newState") if isinstance(data, Mapping) else None
    if isinstance(new, Mapping) and "stateValue" in new:
        return new.get("stateValue") == "ALARM"
    return str(item.get("HistorySummary") or "").endswith("to ALARM")
