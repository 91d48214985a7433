"""A replay told in lines for a terminal: route by route, with its picture, what was told, and why not where not."""

from collections.abc import Iterator, Mapping

from reports.timelines.sparkline import sparkline
from scanner.replay.alarming.acting import Verdict
from scanner.replay.evaluation.clock import clock
from scanner.replay.history import AlarmHistory
from scanner.replay.replaying import Example, Notification, RouteReplay, Silence
from scanner.runs.replaying.document import assumptions
from scanner.runs.replaying.outcome import Result, result, unreplayed, why
from scanner.runs.replaying.pictures import SYNTHETIC, picture
from scanner.runs.replaying.run import Run
from scanner.wording import several

WORDS: Mapping[Verdict, str] = {
    Verdict.REPORTED: "told",
    Verdict.JOINED: "joined an alarm that was in ALARM",
    Verdict.UNKNOWN: "not known",
    Verdict.SILENT: "raised nothing",
}
"""What became of records, in the order in which it is told."""

_RESULTS: Mapping[Result, str] = {
    Result.TOLD: "Somebody would have been told of every record that a route must tell of",
    Result.SILENT: "Not everything that a route must tell of would have been told",
    Result.UNKNOWN: "It is not known whether everything would have been told",
}
_MINUTE = 60
_MOST_SHOWN = 8
_BEFORE = "  "


def lines(run: Run) -> Iterator[str]:
    """The whole replay."""
    replayed = run.replayed
    heading = "Replay of synthetic records" if run.synthetic else "Replay"
    when = f", from {clock(replayed.begin)} to {clock(replayed.end)}" if replayed.records else ""
    yield f"{heading}: {several(replayed.records, 'record')}{when}"
    if run.synthetic:
        yield SYNTHETIC
    for route in replayed.routes:
        if route.records:
            yield ""
            yield from _route(route, run)
    quiet = [route.route.id for route in replayed.routes if not route.records]
    if quiet:
        yield ""
        yield f"no record that they must tell of: {', '.join(quiet)}"
    yield from _histories(run)
    faulty = list(unreplayed(run))
    if faulty:
        yield ""
        yield from (f"not replayed: {name}: {fault}" for name, fault in faulty)
    yield ""
    yield from (f"assumed: {each}" for each in assumptions(run))
    yield ""
    yield closing(run)


def closing(run: Run) -> str:
    """The result in one line."""
    found = result(run)
    read = any(route.records for route in run.replayed.routes)
    if found is Result.TOLD and not read:
        return "Among these records is none that a route must tell of."
    told = "; ".join(why(run))
    mark = "SYNTHETIC: of made-up records: " if run.synthetic else ""
    return f"{mark}{_RESULTS[found]}{f': {told}' if told else ''}."


def _route(route: RouteReplay, run: Run) -> Iterator[str]:
    counts = [f"{route.counts[each]} {WORDS[each]}" for each in WORDS if route.counts.get(each)]
    mark = "[SYNTHETIC] " if run.synthetic else ""
    yield f"{mark}{route.route.id}: {several(route.records, 'record')}: {', '.join(counts)}"
    yield from (f"{_BEFORE}{line}" for line in sparkline(picture(route, run.replayed, synthetic=run.synthetic)))
    yield from (f"{_BEFORE}{line}" for each in route.notifications[:_MOST_SHOWN] for line in _told(each, run))
    left = len(route.notifications) - _MOST_SHOWN
    if left > 0:
        yield f"{_BEFORE}and {left} more times"
    for silence in route.silences[:_MOST_SHOWN]:
        yield from (f"{_BEFORE}{line}" for line in _silence(silence))
    left = len(route.silences) - _MOST_SHOWN
    if left > 0:
        yield f"{_BEFORE}and for {left} more reasons, which -o json lists"


def _told(each: Notification, run: Run) -> Iterator[str]:
    by = f"EventBridge rule {each.by.rpartition('/')[2]}" if each.rule else f"alarm {alarm_name(each.by, run)}"
    depends = " (with another evaluation range it would not have, or at another time)" if each.depends else ""
    after = f", {told}" if (told := delay(each)) else ""
    yield f"{clock(each.minute)} {by} told of {several(each.records, 'record')}{after}{depends}"
    yield from (f"{_BEFORE}{shown(example)}" for example in each.examples)


def alarm_name(identity: str, run: Run) -> str:
    """The name of an alarm; what identifies it where the snapshot does not show it."""
    for watch in run.deployed.deployment.watches:
        for alarm in watch.alarms:
            if alarm.identity == identity:
                return alarm.name
    return identity


def delay(each: Notification) -> str:
    """How long after the events it told of them; "" where the events have no time."""
    if each.soonest is None or each.latest is None:
        return ""
    least, most = _length(each.soonest), _length(each.latest)
    return f"{least} after the event" if least == most else f"{least} to {most} after the events"


def _length(seconds: int) -> str:
    minutes, rest = divmod(abs(seconds), _MINUTE)
    told = f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return told if seconds >= 0 else f"-{told}"


def _silence(each: Silence) -> Iterator[str]:
    when = clock(each.first) if each.first >= 0 else "at an unknown time"
    yield f"{when} {WORDS[each.verdict]} ({each.reason}): {several(each.records, 'record')}: {each.why}"
    yield from (f"{_BEFORE}{shown(example)}" for example in each.examples)


def shown(each: Example) -> str:
    """A record in one line."""
    return f"{each.time or 'no time'} {each.name} {each.event_id or '(no id)'} {each.account} {each.region}"


def _histories(run: Run) -> Iterator[str]:
    if not run.histories:
        return
    yield ""
    yield "against the alarm history:"
    told: list[str] = []
    for each in run.histories:
        told += [f"{_BEFORE}{alarm_name(each.identity, run)}: {line}" for line in history_lines(each)]
    if any(each.begin > each.end for each in run.histories):
        told.append(
            f"{_BEFORE}not compared: what was before an alarm was configured as it is, or warmed up, or has a history"
        )
    yield from told or [f"{_BEFORE}no alarm was predicted, and none happened"]


def history_lines(each: AlarmHistory) -> Iterator[str]:
    """What was predicted of an alarm beside what happened."""
    if each.unknown:
        yield f"not known: {each.unknown}"
        return
    for predicted, recorded in each.happened:
        yield f"predicted {clock(predicted)}, happened {clock(recorded)}"
    for minute in each.missed:
        yield f"predicted {clock(minute)}, did not happen"
    for minute in each.doubtful:
        yield f"predicted {clock(minute)} with the evaluation range that is taken, did not happen: another may be right"
    for minute in each.unpredicted:
        yield f"happened {clock(minute)}, unpredicted: these records do not show why"
