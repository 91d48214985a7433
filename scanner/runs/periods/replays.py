"""The records of a period through what the newest bundle shows deployed: who would have been told of what."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.errors import SnapshotError, UsageError
from scanner.period.evidence import Lack, Predicted, Replayed
from scanner.runs.over_logs.opening import Asked, Opened
from scanner.runs.periods.gathering import ReadLogs
from scanner.runs.periods.inputs import Inputs
from scanner.runs.selection import Selection
from scanner.times import from_milliseconds

if TYPE_CHECKING:
    from scanner.model import JsonValue
    from scanner.runs.replaying.run import Run

REPLAY = "period/replay.json"
"""Where the whole replay is told in a bundle, below ``data/``."""

_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class ReplayedPeriod:
    """A replay as a part of the evidence, and whole, as ``trailwitness replay --output json`` tells it (None: none)."""

    part: Replayed
    told: "JsonValue" = None


def replayed(inputs: Inputs, logs: ReadLogs | None, selection: Selection) -> ReplayedPeriod:
    """Replay the records of a period for the routes of the selected rules; absent where that cannot be."""
    from scanner.aws.options import Account
    from scanner.runs.replaying.document import document
    from scanner.runs.replaying.run import Wanted, read_deployed, replay_sources, routes_of

    if logs is None:
        return ReplayedPeriod(Replayed(absent="no logs were given (--logs)"))
    asked = Asked((str(inputs.logs),), Account(), since=inputs.since, until=inputs.until)
    try:
        routes = routes_of(selection)
        deployed = read_deployed(inputs.newest.path)
    except (UsageError, SnapshotError) as error:
        return ReplayedPeriod(Replayed(absent=error.message.rstrip(".")))
    run = replay_sources(deployed, routes, asked, Opened(sources=list(logs.sources)), Wanted())
    lacks = tuple(Lack(f"{source} could not be read whole ({why})") for source, why in run.replayed.losses)
    return ReplayedPeriod(Replayed(source=REPLAY, lacks=lacks, fired=tuple(_fired(run))), document(run))


def _fired(run: "Run") -> list[Predicted]:
    """When an alarm or a rule of a route told of records, by time."""
    alarms = {each.track.alarm.identity: each.track.alarm for each in run.replayed.alarms}
    found = []
    for route in run.replayed.routes:
        for each in route.notifications:
            alarm = alarms.get(each.by)
            account, region, name = (alarm.account, alarm.region, alarm.name) if alarm else ("", "", each.by)
            at = from_milliseconds(each.minute * _MINUTE)
            found.append(Predicted(account, region, name, at, route.route.id))
    return sorted(found, key=lambda each: (each.at, each.route, each.name))
