"""The alarm history of the stand-in: every metric alarm came to be OK when it was made, and did nothing since.

Source: CloudWatch API reference, ``DescribeAlarmHistory`` and ``AlarmHistoryItem``.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from scanner.demo.lacking.asked import Asked


def told(asked: Asked) -> Mapping[str, Any]:
    """``DescribeAlarmHistory``: the states that the alarms of a Region entered, and no action."""
    from moto.cloudwatch.models import cloudwatch_backends

    if asked.parameters.get("HistoryItemType") != "StateUpdate":
        return {"AlarmHistoryItems": []}
    alarms = cloudwatch_backends[asked.account][asked.region].alarms
    now = datetime.now(UTC)
    return {"AlarmHistoryItems": [_item(name, now) for name, each in sorted(alarms.items()) if each.rule is None]}


def _item(name: str, time: datetime) -> Mapping[str, Any]:
    return {
        "AlarmName": name,
        "AlarmType": "MetricAlarm",
        "Timestamp": time,
        "HistoryItemType": "StateUpdate",
        "HistorySummary": "Alarm updated from INSUFFICIENT_DATA to OK",
        "HistoryData": json.dumps({"newState": {"stateValue": "OK"}, "oldState": {"stateValue": "INSUFFICIENT_DATA"}}),
    }
