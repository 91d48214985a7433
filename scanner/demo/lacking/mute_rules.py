"""Alarm mute rules of the stand-in: kept while it runs, listed and told as CloudWatch does.

Source: CloudWatch API reference, ``PutAlarmMuteRule``, ``ListAlarmMuteRules`` and ``GetAlarmMuteRule``. Schedules are
not followed: a rule is ``ACTIVE`` where its name says so, ``EXPIRED`` after its expiry, and else ``SCHEDULED``.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from scanner.demo.lacking.asked import Asked, NoSuchThingError

ACTIVE = "active"
"""A rule whose name starts like this mutes its alarms now."""

_SUMMARY = frozenset({"AlarmMuteRuleArn", "ExpireDate", "Status", "MuteType", "LastUpdatedTimestamp"})
_RULES: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}


def put(asked: Asked) -> Mapping[str, Any]:
    """``PutAlarmMuteRule``: keep a rule under its name."""
    given = {name: value for name, value in asked.parameters.items() if name != "Tags"}
    once = str(given["Rule"]["Schedule"]["Expression"]).startswith("at(")
    _here(asked)[str(given["Name"])] = {
        **given,
        "AlarmMuteRuleArn": f"arn:aws:cloudwatch:{asked.region}:{asked.account}:alarm-mute-rule:{given['Name']}",
        "LastUpdatedTimestamp": datetime.now(UTC),
        "MuteType": "ONE_TIME" if once else "RECURRING",
    }
    return {}


def delete(asked: Asked) -> Mapping[str, Any]:
    """``DeleteAlarmMuteRule``: forget a rule; one that is not there is no error."""
    _here(asked).pop(str(asked.parameters["AlarmMuteRuleName"]), None)
    return {}


def listed(asked: Asked) -> Mapping[str, Any]:
    """``ListAlarmMuteRules``: the summaries, which hold no name but in the ARN."""
    wanted = asked.parameters.get("Statuses")
    rules = [_with_status(rule) for _, rule in sorted(_here(asked).items())]
    return {"AlarmMuteRuleSummaries": [_summary(rule) for rule in rules if not wanted or rule["Status"] in wanted]}


def _summary(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in rule.items() if name in _SUMMARY}


def told(asked: Asked) -> Mapping[str, Any]:
    """``GetAlarmMuteRule``: the whole rule."""
    name = str(asked.parameters["AlarmMuteRuleName"])
    rule = _here(asked).get(name)
    if rule is None:
        raise NoSuchThingError("ResourceNotFoundException", f"There is no alarm mute rule {name}.")
    return _with_status(rule)


def _here(asked: Asked) -> dict[str, Mapping[str, Any]]:
    return _RULES.setdefault((asked.account, asked.region), {})


def _with_status(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    expiry = rule.get("ExpireDate")
    if expiry is not None and expiry.replace(tzinfo=UTC) <= datetime.now(UTC):
        return {**rule, "Status": "EXPIRED"}
    return {**rule, "Status": "ACTIVE" if str(rule["Name"]).startswith(ACTIVE) else "SCHEDULED"}
