"""What a replay comes to, and why: one word for the exit code, and sentences."""

from collections.abc import Iterator
from enum import StrEnum

from scanner.replay.alarming.acting import Verdict
from scanner.replay.records.meeting import LOG_ALARMS, TRAILLESS
from scanner.runs.replaying.run import Run
from scanner.wording import several


class Result(StrEnum):
    """What a replay comes to. ``UNKNOWN`` also where not everything could be read, or nothing was."""

    TOLD = "told"
    SILENT = "silent"
    UNKNOWN = "unknown"


def result(run: Run) -> Result:
    """The worst that happened to a record that a route must tell of."""
    found = {verdict for route in run.replayed.routes for verdict in route.counts}
    if Verdict.SILENT in found or any(each.missed for each in run.histories):
        return Result.SILENT
    incomplete = Verdict.UNKNOWN in found or run.replayed.losses or not run.replayed.records
    return Result.UNKNOWN if incomplete or any(each.unknown for each in run.histories) else Result.TOLD


def why(run: Run) -> Iterator[str]:
    """What the result rests on, in sentences without a full stop."""
    silent = _sum(run, Verdict.SILENT)
    unknown = _sum(run, Verdict.UNKNOWN)
    if silent:
        yield f"{several(silent, 'record')} that a route must tell of raised nothing"
    missed = sum(len(each.missed) for each in run.histories)
    if missed:
        yield f"{several(missed, 'alarm state')} that these records should have caused did not happen"
    if unknown:
        yield f"of {several(unknown, 'record')} it is not known whether somebody would have been told"
    unread = sum(1 for each in run.histories if each.unknown)
    if unread:
        yield f"the history of {several(unread, 'alarm')} is not known"
    if not run.replayed.records:
        yield "no record was read"
    if run.replayed.losses:
        sources = {source for source, _ in run.replayed.losses}
        yield f"{several(len(sources), 'source')} could not be read whole"


def unreplayed(run: Run) -> Iterator[tuple[str, str]]:
    """What may tell of records and is not replayed, with why: what rests on it is not known."""
    replayed = run.replayed
    found = [(f"alarm {each.track.alarm.name}", each.fault) for each in replayed.alarms if each.fault]
    warm = [(f"alarm {each.track.alarm.name}", each.track.warm) for each in replayed.alarms if not each.fault]
    found += [(name, each.why) for name, each in warm if each is not None and each.meets(replayed.begin, replayed.end)]
    deployment = run.deployed.deployment
    for group in deployment.groups:
        found += [(f"log alarm {alarm.name}", LOG_ALARMS) for alarm in deployment.log_alarms(group)]
        found += [(f"log group {group.name}", TRAILLESS)] if group.trailless and not group.off else []
    yield from dict.fromkeys(found)


def _sum(run: Run, verdict: Verdict) -> int:
    return sum(route.counts.get(verdict, 0) for route in run.replayed.routes)
