"""A replay as JSON: ``trailwitness/replay/v1``."""

from collections.abc import Iterator, Mapping

from scanner.model import JsonValue
from scanner.replay.alarming.acting import Verdict
from scanner.replay.evaluation.clock import clock
from scanner.replay.history import AlarmHistory
from scanner.replay.records.arrival import LAG
from scanner.replay.replaying import AlarmReplay, Example, Notification, RouteReplay, Silence
from scanner.runs.replaying.outcome import result, unreplayed, why
from scanner.runs.replaying.run import Run
from scanner.times import rfc3339

SCHEMA = "trailwitness/replay/v1"


def document(run: Run) -> Mapping[str, JsonValue]:
    """Everything that a replay found."""
    replayed, known = run.replayed, {each.identity: each for each in run.histories}
    names = {each.track.alarm.identity: each.track.alarm.name for each in replayed.alarms}
    routes: list[JsonValue] = [_route(each, names, synthetic=run.synthetic) for each in replayed.routes]
    alarms: list[JsonValue] = [_alarm(each, known.get(each.track.alarm.identity)) for each in replayed.alarms]
    left_out: list[JsonValue] = [{"what": what, "why": reason} for what, reason in unreplayed(run)]
    not_read: list[JsonValue] = [{"source": source, "why": reason} for source, reason in replayed.losses]
    return {
        "schema": SCHEMA,
        "synthetic": run.synthetic,
        "result": str(result(run)),
        "why": list(why(run)),
        "collected": rfc3339(run.deployed.snapshot.collected_at),
        "accounts": sorted(run.deployed.snapshot.accounts),
        "begin": clock(replayed.begin) if replayed.records else None,
        "end": clock(replayed.end) if replayed.records else None,
        "lag_minutes": run.wanted.lag,
        "evaluation_range": run.wanted.evaluation_range,
        "assumptions": list(assumptions(run)),
        "records": replayed.records,
        "routes": routes,
        "alarms": alarms,
        "not_replayed": left_out,
        "not_read_whole": not_read,
    }


def assumptions(run: Run) -> Iterator[str]:
    """What the replay takes for granted, as sentences without a full stop."""
    if run.synthetic:
        yield "every record is made up: nothing of this has happened"
    yield "what is deployed is taken as it was when the snapshot was collected, whenever the records are from"
    if run.wanted.lag is not None:
        yield f"each record arrives {run.wanted.lag} minutes after its eventTime, as --lag says"
    elif run.replayed.lagged or run.synthetic:
        yield f"a record arrives {LAG} minutes after its eventTime where the name of its file tells no delivery"
    if not run.synthetic and run.wanted.lag is None:
        yield "a record arrives in CloudWatch Logs in the minute in which its log file was delivered to the bucket"
    if run.wanted.evaluation_range is not None:
        yield f"alarms look at {run.wanted.evaluation_range} datapoints, and never at fewer than they evaluate"
    else:
        yield (
            "how many datapoints an alarm looks at is documented for one case only: where that decides whether "
            "somebody is told, it is not known"
        )
    if run.deployed.deployment.rules:
        yield "an EventBridge rule hears of an event when its record arrives in CloudWatch Logs; it may be sooner"
    yield "alarms had seen nothing before the first record"
    if run.synthetic:
        yield "each made-up event happens by itself, in the Region that records global services"


def said(run: Run) -> Iterator[str]:
    """What is said beside the routes, a line each: what is not replayed, and what is taken for granted."""
    yield from (f"not replayed: {what}: {reason}" for what, reason in unreplayed(run))
    yield from (f"assumed: {each}" for each in assumptions(run))


def _route(route: RouteReplay, names: Mapping[str, str], *, synthetic: bool) -> Mapping[str, JsonValue]:
    counts: dict[str, JsonValue] = {str(verdict): route.counts.get(verdict, 0) for verdict in Verdict}
    told: list[JsonValue] = [_told(each) for each in route.notifications]
    silent: list[JsonValue] = [_silence(each) for each in route.silences]
    watching: list[JsonValue] = [names[each] for each in route.alarms]
    arrived: dict[str, JsonValue] = {clock(minute): count for minute, count in route.arrived.items()}
    return {
        "rule": route.route.id,
        "title": route.route.title,
        "synthetic": synthetic,
        "verdict": str(route.verdict) if route.verdict is not None else None,
        "records": route.records,
        "counts": counts,
        "alarms": watching,
        "told": told,
        "not_told": silent,
        "arrived": arrived,
    }


def _told(each: Notification) -> Mapping[str, JsonValue]:
    return {
        "by": each.by,
        "kind": "event-rule" if each.rule else "alarm",
        "at": clock(each.minute),
        "records": each.records,
        "seconds_after_the_event": {"least": each.soonest, "most": each.latest},
        "depends_on_evaluation_range": each.depends,
        "first_records": list(map(_example, each.examples)),
    }


def _silence(each: Silence) -> Mapping[str, JsonValue]:
    return {
        "verdict": str(each.verdict),
        "reason": str(each.reason),
        "why": each.why,
        "records": each.records,
        "first": clock(each.first) if each.first >= 0 else None,
        "last": clock(each.last) if each.last >= 0 else None,
        "depends_on_evaluation_range": each.depends,
        "first_records": list(map(_example, each.examples)),
    }


def _example(each: Example) -> JsonValue:
    return {
        "eventTime": each.time,
        "eventID": each.event_id,
        "eventName": each.name,
        "eventSource": each.service,
        "account": each.account,
        "region": each.region,
        "source": each.source,
    }


def _alarm(each: AlarmReplay, history: AlarmHistory | None) -> Mapping[str, JsonValue]:
    alarm = each.track.alarm
    changes: list[JsonValue] = []
    for change in each.changes:
        told: dict[str, JsonValue] = {"at": clock(change.minute), "from": change.before, "to": change.after}
        if change.after == "ALARM":
            told["depends_on_evaluation_range"] = change.minute in each.depends
        changes.append(told)
    return {
        "name": alarm.name,
        "arn": alarm.identity,
        "account": alarm.account,
        "region": alarm.region,
        "replayed": not each.fault,
        "why_not": each.fault or None,
        "changes": changes,
        "history": _history(history) if history is not None else None,
    }


def _history(history: AlarmHistory) -> Mapping[str, JsonValue]:
    if history.unknown:
        return {"known": False, "why": history.unknown}
    pairs: list[JsonValue] = [
        {"predicted": clock(minute), "recorded": clock(other)} for minute, other in history.happened
    ]
    return {
        "known": True,
        "begin": clock(history.begin),
        "end": clock(history.end),
        "predicted_and_happened": pairs,
        "predicted_and_did_not": list(map(clock, history.missed)),
        "predicted_in_doubt": list(map(clock, history.doubtful)),
        "happened_unpredicted": list(map(clock, history.unpredicted)),
    }
