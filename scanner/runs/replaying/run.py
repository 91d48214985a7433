"""Records through what a snapshot shows deployed: the routes are those of the selected rules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.arns import global_region
from scanner.errors import UsageError
from scanner.model import Outcome, RouteCheck, worst_outcome
from scanner.replay.records.shapes import Route
from scanner.runs.over_logs.opening import Asked, Opened
from scanner.runs.selection import Selection
from scanner.runs.watching import Watch, unwatched

if TYPE_CHECKING:
    from scanner.checks.route.gathering import AuditPaths
    from scanner.checks.route.links import JudgedLink
    from scanner.replay.alarming.acting import Onward
    from scanner.replay.deployment.deployed import Deployment
    from scanner.replay.history import AlarmHistory
    from scanner.replay.records.caught import Catch
    from scanner.replay.replaying import Replayed
    from scanner.snapshot.answers import Snapshot

_MINUTE = 60

_ALWAYS = 1 << 40
"""A minute that never comes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How records are replayed: minutes from event to delivery, and datapoints looked at (None: not said)."""

    lag: int | None = None
    evaluation_range: int | None = None
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Deployed:
    """A snapshot read for a replay; ``onwards`` tells of the ways from alarms and rules to people."""

    snapshot: "Snapshot"
    deployment: "Deployment"
    onwards: "dict[str, Onward]"


@dataclass(frozen=True, slots=True)
class Run:
    """A replay, and what it was made of. ``synthetic`` says that its records are made up."""

    replayed: "Replayed"
    deployed: Deployed
    wanted: Wanted
    histories: "tuple[AlarmHistory, ...]" = ()
    synthetic: bool = False


def routes_of(selection: Selection) -> tuple[Route, ...]:
    """The routes that the selected rules want. Raises UsageError when none of the rules is about routes."""
    from scanner.checks.route.comparison import required_events

    found: list[Route] = []
    for rule in selection.rules:
        if isinstance(rule.check, RouteCheck):
            values = {each.name: each.default for each in rule.parameters} | dict(selection.parameters.get(rule.id, {}))
            found.append(Route(rule.id, rule.title, required_events(rule.check, values)))
    if not found:
        raise UsageError(
            "No rule about routes of CloudTrail events is selected, so nothing would have to be reported.",
            "Name one with --rule, such as --rule route.",
        )
    return tuple(found)


def read_deployed(path: Path) -> Deployed:
    """What a snapshot, or the bundle of a scan, shows deployed.

    Raises SnapshotError when it cannot be read, and UsageError when it lacks what a replay needs.
    """
    from scanner.checks.route.gathering import AuditPaths
    from scanner.replay.alarming.acting import Onward, Verdict
    from scanner.replay.deployment.reading import read_deployment
    from scanner.snapshot.folder import read_files
    from scanner.snapshot.joined import open_snapshots

    snapshot = read_files(open_snapshots((path,)))
    deployment = read_deployment(snapshot)
    paths = AuditPaths(snapshot)
    # Something is said of the ways to people even where there is none: what is not named was not looked at.
    onwards: dict[str, Onward] = {"": Onward(Verdict.UNKNOWN, "nothing is known of it")}
    for account in sorted(snapshot.accounts):
        onwards |= dict(_alarms(paths, account))
        onwards |= _rules(paths, account)
    return Deployed(snapshot, deployment, onwards)


def _alarms(paths: "AuditPaths", account: str) -> "Iterator[tuple[str, Onward]]":
    """What is known of the ways from the alarms beside the log groups of an account to people."""
    here = paths.of(account).destinations.get(account)
    for region in here.regions.values() if here is not None else ():
        every = (*region.alarms, *region.notifiers.composites.values())
        for listed in every:
            way = region.notifiers.onwards(listed.alarm)
            if way:
                yield listed.alarm.identity, _onward(way)


def _rules(paths: "AuditPaths", account: str) -> "dict[str, Onward]":
    """What is known of the ways from the EventBridge rules of an account to people: of each rule the best."""
    from scanner.checks.route.lanes import Lanes
    from scanner.replay.alarming.acting import BEST_FIRST, Onward, Verdict

    found: dict[str, Onward] = {}
    for way in Lanes(paths.of(account)).rules():
        onward = _onward(way.links)
        if not way.hears_all and onward.verdict is Verdict.REPORTED:
            why = f"rule {way.row.data.get('Name')} sends them to another bus, of whose rules nothing is replayed"
            onward = Onward(Verdict.UNKNOWN, why)
        known = found.get(way.row.id)
        if known is None or BEST_FIRST.index(onward.verdict) < BEST_FIRST.index(known.verdict):
            found[way.row.id] = onward
    return found


def _onward(way: "Sequence[JudgedLink]") -> "Onward":
    from scanner.replay.alarming.acting import Onward, Verdict

    worst = worst_outcome(link.verdict for link in way) or Outcome.PASS
    why = next((link.reason for link in way if link.verdict is worst), "")
    if worst is Outcome.PASS:
        return Onward(Verdict.REPORTED)
    return Onward(Verdict.SILENT if worst is Outcome.FAIL else Verdict.UNKNOWN, why)


def replay_sources(
    deployed: Deployed,
    routes: Sequence[Route],
    asked: Asked,
    opened: Opened,
    wanted: Wanted,
    watch: Watch = unwatched,
) -> Run:
    """Replay the records of the sources."""
    from scanner.events.reading.fields.period import period_of
    from scanner.replay.history import histories
    from scanner.replay.records.arrival import Arrival
    from scanner.replay.records.catching import catch_records
    from scanner.replay.replaying import replay

    with watch() as progress:
        caught = catch_records(
            deployed.deployment,
            routes,
            opened.sources,
            arrival=Arrival(wanted.lag),
            period=period_of(asked.since, asked.until),
            workers=wanted.workers,
        )

        def watched() -> "Iterator[Catch]":
            done = 0
            for catch in caught:
                yield catch
                done += len(catch.sources)
                progress("log sources", done, len(opened.sources))

        replayed = replay(
            deployed.deployment,
            routes,
            watched(),
            begin=int(asked.since.timestamp()) // _MINUTE if asked.since is not None else None,
            evaluation_range=wanted.evaluation_range,
            onwards=deployed.onwards,
        )
    known = histories(deployed.snapshot, replayed.alarms, replayed.begin, replayed.end)
    return Run(replayed, deployed, wanted, known)


def _lasting(deployment: "Deployment", until: int) -> "Deployment":
    """The same, with its alarms in the states that they show up to a minute."""
    return replace(deployment, watches=tuple(replace(watch, collected=until) for watch in deployment.watches))


def replay_made_up(
    deployed: Deployed, routes: Sequence[Route], wanted: Wanted, *, whatever_states: bool = False
) -> Run:
    """Replay one made-up record for each event of the routes, at the time of collection.

    With ``whatever_states`` alarms that are in ALARM at that time tell of them too, as they would at another time.
    """
    from scanner.replay.canary import Moment, replay_canaries

    snapshot = deployed.snapshot
    replayed = replay_canaries(
        _lasting(deployed.deployment, 0 if whatever_states else _ALWAYS),
        routes,
        Moment(snapshot.collected_at, global_region(snapshot.partition), wanted.lag),
        evaluation_range=wanted.evaluation_range,
        onwards=deployed.onwards,
    )
    return Run(replayed, deployed, wanted, synthetic=True)
