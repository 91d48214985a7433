"""The alarms of audit log groups, their histories as all bundles of a period tell them, and the routes they are on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scanner.alarms.composites import Composites
from scanner.arns import parse_arn
from scanner.audit_path.histories.alarm_history import (
    KEPT,
    actions_done,
    alarm_actions,
    alarm_history,
    history_items,
    states_entered,
)
from scanner.audit_path.histories.deliveries import Delivered, deliveries
from scanner.audit_path.watching import audit_alarms
from scanner.errors import SnapshotError, UsageError
from scanner.model import Over, PeriodCheck
from scanner.period.evidence import AlarmChange, AlarmName, Alarms, AlarmSeen, Delivery, Lack, RouteSeen, Stretch
from scanner.replay.alarming.acting import Verdict
from scanner.replay.history import check_account
from scanner.replay.replaying import RouteReplay
from scanner.runs.periods.inputs import HeldBundle
from scanner.runs.selection import Selection

_SOON = timedelta(minutes=5)
"""How long after an alarm entered ALARM its actions are carried out, at the latest."""

_CLOCKS = timedelta(seconds=1)
_WANTED = frozenset({"alarm-tested", "alarm-response", "failure-response"})
_HINT = "collect with --with alarm-history"

Place = tuple[str, str]


@dataclass(slots=True)
class _Joined:
    """What the bundles tell of alarms, as far as it was read."""

    heartbeats: dict[AlarmName, bool] = field(default_factory=dict)
    known: dict[Place, list[Stretch]] = field(default_factory=dict)
    states: dict[tuple[AlarmName, datetime], str] = field(default_factory=dict)
    done: dict[AlarmName, set[tuple[datetime, str]]] = field(default_factory=dict)
    delivered: dict[tuple[datetime, str], Delivered] = field(default_factory=dict)
    lacks: list[Lack] = field(default_factory=list)


def alarms_of(bundles: Sequence[HeldBundle], selection: Selection) -> Alarms:
    """The alarms of the bundles with their histories; nothing where no selected rule rests on them.

    Raises UsageError for an alarm history of another account than the one whose bundle holds it.
    """
    checks = [rule.check for rule in selection.rules]
    if not any(isinstance(check, PeriodCheck) and check.measure in _WANTED for check in checks):
        return Alarms(absent="no rule was selected that rests on alarms")
    joined = _Joined()
    above: dict[AlarmName, set[str]] = {}
    for held in bundles:
        for account in held.snapshot.accounts:
            _look(held, account, joined, above)
    for held in bundles:
        for account, region in sorted({(name.account, name.region) for name in joined.heartbeats}):
            if account in held.snapshot.accounts:
                _read(held, account, region, joined)
    changes = sorted(_changes(joined, above), key=lambda each: (each.at, each.account, each.region, each.alarm))
    seen = [
        AlarmSeen(
            name.account, name.region, name.alarm, beats, tuple(joined.known.get((name.account, name.region), ()))
        )
        for name, beats in joined.heartbeats.items()
    ]
    ordered = sorted(seen, key=lambda each: (each.account, each.region, each.alarm))
    return Alarms(
        source="the kept bundles",
        lacks=tuple(dict.fromkeys(joined.lacks)),
        alarms=tuple(ordered),
        changes=tuple(changes),
        routes=tuple(_routes(bundles[-1], selection)),
    )


def _look(held: HeldBundle, account: str, joined: _Joined, above: dict[AlarmName, set[str]]) -> None:
    """Take the alarms of an account that one bundle shows, with the composite alarms that act for them."""
    audit = audit_alarms(held.snapshot, account)
    for gap in audit.gaps:
        why = f"bundle {held.name} does not tell which alarms there are in {gap.account}/{gap.region}: {gap.reason}"
        joined.lacks.append(Lack(why.rstrip("."), account, gap.region))
    for each in audit.alarms:
        alarm = each.listed.alarm
        name = AlarmName(alarm.account, alarm.region, alarm.name)
        joined.heartbeats[name] = joined.heartbeats.get(name, False) or bool(each.heartbeats)
        composites = Composites(listed.alarm for listed in audit.every.composites(alarm.region))
        above.setdefault(name, set()).update(over.name for over in composites.acting_on(alarm.name))


def _read(held: HeldBundle, account: str, region: str, joined: _Joined) -> None:
    """Take what one bundle tells of the history of alarms in a Region."""
    snapshot = held.snapshot
    taken = snapshot.time_of(account)
    answers = alarm_history(snapshot, account, region), alarm_actions(snapshot, account, region)
    gap = next((answer.gap for answer in answers if answer.gap is not None), None)
    if gap is not None:
        told = gap.reason.rstrip(".")
        why = f"bundle {held.name} does not tell what alarms did in {account}/{region} ({told}; {_HINT})"
        joined.lacks.append(Lack(why, account, region, taken - KEPT, taken))
    else:
        joined.known.setdefault((account, region), []).append(Stretch(taken - KEPT, taken))
    states, actions = (history_items(answer) for answer in answers)
    check_account([*states, *actions], account)
    for name, moment, state in states_entered(states):
        joined.states[AlarmName(account, region, name), moment] = state
    for name, moment, target in actions_done(actions):
        joined.done.setdefault(AlarmName(account, region, name), set()).add((moment, target))
    for each in deliveries(snapshot, account, region):
        so_far = joined.delivered.get((each.at, each.topic), each)
        joined.delivered[each.at, each.topic] = min(so_far, each, key=_certainty)


def _certainty(each: Delivered) -> tuple[bool, timedelta]:
    """What is known comes first, and of that the count over the shortest time: AWS keeps fine points for 15 days."""
    return each.notifications is None, each.until - each.since


def _changes(joined: _Joined, above: Mapping[AlarmName, Iterable[str]]) -> Iterator[AlarmChange]:
    for name in joined.heartbeats:
        entered = sorted((moment, state) for (of, moment), state in joined.states.items() if of == name)
        acting = [name, *(AlarmName(name.account, name.region, other) for other in above.get(name, ()))]
        done = sorted(each for of in acting for each in joined.done.get(of, ()))
        for number, (moment, state) in enumerate(entered):
            left = entered[number + 1][0] if number + 1 < len(entered) else moment + _SOON
            until = min(left, moment + _SOON)
            acts = [each for each in done if moment - _CLOCKS <= each[0] < until] if state == "ALARM" else []
            told = tuple(sorted({target for _, target in acts}))
            came = tuple(_delivery(joined.delivered[each]) for each in acts if each in joined.delivered)
            yield AlarmChange(name.account, name.region, name.alarm, moment, state, told, came)


def _delivery(found: Delivered) -> Delivery:
    return Delivery(found.topic, found.since, found.until, found.notifications, found.unknown)


def _routes(newest: HeldBundle, selection: Selection) -> Iterator[RouteSeen]:
    """What would tell somebody of made-up records of each route, one for each of its events, in each account."""
    from scanner.runs.replaying.run import Wanted, read_deployed, replay_made_up, routes_of

    configured = tuple(rule for rule in selection.rules if rule.check.over is Over.FACTS)
    accounts = sorted(newest.snapshot.accounts)
    try:
        routes = routes_of(Selection(configured, (), selection.settings))
    except UsageError:
        return
    try:
        run = replay_made_up(read_deployed(newest.path), routes, Wanted(), whatever_states=True)
    except (UsageError, SnapshotError) as error:
        for account in accounts:
            yield from (RouteSeen(account, route.id, unknown=error.message.rstrip(".")) for route in routes)
        return
    alarms = (each.track.alarm for each in run.replayed.alarms)
    names = {alarm.identity: AlarmName(alarm.account, alarm.region, alarm.name) for alarm in alarms}
    for account in accounts:
        for each in run.replayed.routes:
            yield _route(each, account, names)


def _route(told: RouteReplay, account: str, names: Mapping[str, AlarmName]) -> RouteSeen:
    alarms: set[AlarmName] = set()
    rules: set[str] = set()
    for each in told.notifications:
        if account not in {example.account for example in each.examples}:
            continue
        if each.rule:
            rules.add(each.by)
        else:
            # A composite alarm tells of the metric alarms below it.
            watching = [each.by] if each.by in told.alarms else told.alarms
            alarms.update(names.get(identity) or _named(identity) for identity in watching)
    open_points = [each.why for each in told.silences if each.verdict is Verdict.UNKNOWN]
    named = sorted((name for name in alarms if name.account), key=lambda name: (name.account, name.region, name.alarm))
    return RouteSeen(account, told.route.id, tuple(named), tuple(sorted(rules)), next(iter(open_points), ""))


def _named(identity: str) -> AlarmName:
    """An alarm by its ARN alone."""
    arn = parse_arn(identity)
    return AlarmName(arn.account, arn.region, arn.after("alarm:")) if arn is not None else AlarmName("", "", identity)
