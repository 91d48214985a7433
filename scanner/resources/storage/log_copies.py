"""The log groups that hold the same events as a log bucket: readable at once while the bucket archives."""

from collections.abc import Mapping
from typing import Any, TypeGuard

from scanner.alarms.counting import counted
from scanner.audit_path.stores import (
    VisibleTrail,
    VisibleTrails,
    audit_log_groups,
    foreign_group,
    mappings,
    told_by_owner,
)
from scanner.facts.facts import Facts
from scanner.resources.trails.cloudtrail import trail_status
from scanner.snapshot.answers import Answer, Snapshot
from scanner.times import from_milliseconds, parse_time


def take_log_groups(facts: Facts, snapshot: Snapshot, account: str, visible: VisibleTrails) -> None:
    """For each trail of the bucket, the log group that it fills, and whether it fills it.

    Source: CloudTrail API reference, ``GetTrailStatus``; CloudWatch Logs API reference, ``LogGroup``.
    """
    listed: list[dict[str, Any]] = []
    groups: list[Answer] = []
    status: list[Answer] = []
    for trail in visible.trails:
        found: dict[str, Any] = {"TrailARN": trail.arn, "Exists": False, "retentionInDays": None}
        for group in audit_log_groups(VisibleTrails((trail,), ())):
            arguments = {"logGroupNamePrefix": group.name}
            holder = group.account if told_by_owner(snapshot, account, group) else account
            if group.account != holder:
                gap = foreign_group(snapshot, account, group, "logs.DescribeLogGroups", arguments)
                facts.gaps.update(dict.fromkeys(("LogGroups", "LogCopies", "LogCopyFacts"), gap))
                return
            groups.append(snapshot.ask(holder, group.region, "logs.DescribeLogGroups", arguments))
            status.append(trail_status(snapshot, account, trail))
            found.update(_as_listed(groups[-1], group.name), **_filling(status[-1]))
            found["MadeBeforeLogging"] = _made_before_logging(found)
        listed.append(found)
    facts.take("LogGroups", [_without_deliveries(item) for item in listed], *groups)
    facts.take("LogCopies", listed, *groups, *status)
    sentences = [_sentence(trail, item) for trail, item in zip(visible.trails, listed, strict=True)]
    facts.take("LogCopyFacts", sentences, *groups, *status)


def _without_deliveries(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in ("TrailARN", "Exists", "retentionInDays")}


def _as_listed(answer: Answer, name: str) -> dict[str, Any]:
    for _, item in mappings(answer, "logGroups"):
        if item.get("logGroupName") == name:
            kept, created = item.get("retentionInDays"), item.get("creationTime")
            return {"Name": name, "Exists": True, "retentionInDays": kept, "Created": created}
    return {"Name": name, "Created": None}


def _filling(status: Answer) -> dict[str, Any]:
    """What the trail's status says about its delivery to the group."""
    return {
        "Logging": status.first.get("IsLogging") is True,
        "Started": status.first.get("StartLoggingTime"),
        "Stopped": status.first.get("StopLoggingTime"),
        "DeliveryError": status.first.get("LatestCloudWatchLogsDeliveryError") or None,
        "LatestDelivery": status.first.get("LatestCloudWatchLogsDeliveryTime"),
    }


def _made_before_logging(item: Mapping[str, Any]) -> bool:
    """A group that was made after logging had begun lacks what was recorded before.

    StartLoggingTime is the latest start: where the trail was stopped before, it may have recorded earlier events.
    """
    started, created = parse_time(item.get("Started")), item.get("Created")
    made = from_milliseconds(created) if _is_milliseconds(created) else None
    return started is not None and made is not None and made <= started


def _is_milliseconds(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 253_402_300_800_000


def _sentence(trail: VisibleTrail, item: Mapping[str, Any]) -> str:
    name = trail.text("Name") or trail.arn
    if "Name" not in item:
        return f"trail {name} has no log group"
    group = f"log group {item['Name']} of trail {name}"
    if not item["Exists"]:
        return f"{group} does not exist"
    kept = item["retentionInDays"]
    keeps = "keeps events without end" if kept is None else f"keeps events {counted(kept, 'day')}"
    if not item["Logging"]:
        return f"{group} {keeps}, but the trail is not logging"
    if item["DeliveryError"]:
        return f"{group} {keeps}, but delivery to it fails with {item['DeliveryError']}"
    last = (
        f"last received events at {item['LatestDelivery']}" if item["LatestDelivery"] else "has never received events"
    )
    return f"{group} {keeps} and {last}{_beginning(item)}"


def _beginning(item: Mapping[str, Any]) -> str:
    """What the group may lack of what the trail recorded before."""
    if not item["MadeBeforeLogging"]:
        return "; it was made after logging had begun" if item["Started"] and item["Created"] else ""
    return f"; logging was last stopped at {item['Stopped']}" if item["Stopped"] else ""
