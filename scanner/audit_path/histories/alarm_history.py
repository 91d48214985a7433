"""Which states alarms entered and which of their actions succeeded, as CloudWatch recorded it.

It keeps 30 days, also of an alarm that was deleted.

Source: CloudWatch API reference, ``DescribeAlarmHistory`` and ``AlarmHistoryItem``.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from scanner.audit_path.places import ALARM_HISTORY
from scanner.audit_path.stores import mappings
from scanner.facts.facts import checked
from scanner.snapshot.answers import Answer, Snapshot
from scanner.times import parse_time

ARGUMENTS: Mapping[str, Any] = {"AlarmTypes": ["MetricAlarm"], "HistoryItemType": "StateUpdate"}
"""The call that asks for the states that all metric alarms of a Region entered."""

ACTIONS: Mapping[str, Any] = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"], "HistoryItemType": "Action"}
"""The call that asks for the actions that were carried out for alarms of a Region."""

KEPT = timedelta(days=30)
"""How long CloudWatch keeps the history."""

_DONE = "Successfully executed action "

Entered = Mapping[str, tuple[datetime, ...]]
"""By the name of an alarm, when it went into ALARM; an alarm that only entered other states has no time."""


def alarm_history(snapshot: Snapshot, account: str, region: str) -> Answer:
    """The answer that tells the states which alarms of a Region entered."""
    return checked(snapshot.ask(account, region, ALARM_HISTORY.operation, ARGUMENTS), "AlarmHistoryItems", list)


def alarm_actions(snapshot: Snapshot, account: str, region: str) -> Answer:
    """The answer that tells which actions were carried out for the alarms of a Region."""
    return checked(snapshot.ask(account, region, ALARM_HISTORY.operation, ACTIONS), "AlarmHistoryItems", list)


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


def states_entered(items: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, datetime, str]]:
    """Each state that the items tell of: the alarm, when it entered it, and the state."""
    for item in items:
        moment, state = parse_time(item.get("Timestamp")), _state(item)
        if moment is not None and state:
            yield str(item.get("AlarmName") or ""), moment, state


def actions_done(items: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, datetime, str]]:
    """Each action that succeeded: the alarm that it was carried out for, when, and the ARN of what it told."""
    for item in items:
        moment, data = parse_time(item.get("Timestamp")), history_data(item)
        summary = str(item.get("HistorySummary") or "")
        state = data.get("actionState") if isinstance(data, Mapping) else None
        told = data.get("notificationResource") if isinstance(data, Mapping) else None
        done = summary.startswith(_DONE) if state is None else state == "Succeeded"
        if moment is not None and done:
            target = told if isinstance(told, str) else summary.removeprefix(_DONE)
            yield str(item.get("AlarmName") or ""), moment, target


def history_data(item: Mapping[str, Any]) -> Any:
    """The data of an item, read; an empty object where they cannot be."""
    text = item.get("HistoryData")
    try:
        return json.loads(text) if isinstance(text, str) else {}
    except (ValueError, RecursionError):
        return {}


def _to_alarm(item: Mapping[str, Any]) -> bool:
    """Whether an item tells of going into ALARM."""
    return _state(item) == "ALARM"


def _state(item: Mapping[str, Any]) -> str:
    """The state that an item says was entered: by its data, else by its summary ("" where neither tells)."""
    data = history_data(item)
    new = data.get("newState") if isinstance(data, Mapping) else None
    if isinstance(new, Mapping) and "stateValue" in new:
        return str(new["stateValue"])
    _, told, state = str(item.get("HistorySummary") or "").rpartition(" to ")
    return state if told else ""
