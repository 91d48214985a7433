"""``alarm-tested``: whether each route was exercised in a period: an alarm on it went off and told somebody, or a test.

CloudWatch records which states alarms entered and which of their actions it carried out, for 30 days
(``DescribeAlarmHistory``, CloudWatch API reference). That an action succeeded says that the SNS topic was told; whether
the topic delivered anything, its metric ``NumberOfNotificationsDelivered`` says (Amazon SNS Developer Guide,
"Monitoring Amazon SNS topics using CloudWatch"). EventBridge keeps no such record of a rule. A test of which people
tell counts by their word. What a replay of the records predicts is told, and does not count as a test.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from scanner.arns import parse_arn
from scanner.model import JsonValue
from scanner.period.evidence import AlarmChange, AlarmName, Delivery, PeriodEvidence, RouteSeen
from scanner.period.histories import stated, unknown_history, unstated
from scanner.period.measured import Measure, Measured, Parameters
from scanner.period.spans import told
from scanner.times import rfc3339
from scanner.wording import several

_DAY = timedelta(days=1)
_LISTED = 3

_HEARD = frozenset({"lambda", "ssm", "ssm-incidents"})
"""Services besides SNS that an action of an alarm can tell somebody through. Others only change something."""


@dataclass(frozen=True, slots=True, order=True)
class _Test:
    at: datetime
    told: str


def _take(evidence: PeriodEvidence, parameters: Parameters) -> Iterator[Measured]:
    if evidence.alarms.absent:
        return
    limit = timedelta(days=int(str(parameters["max_days"])))
    for account in evidence.accounts:
        routes = [each for each in evidence.alarms.routes if each.account == account]
        for route in routes:
            yield _measured(evidence, route, limit)
        if not routes:
            why = "no rule about a route of log records was judged: select some, such as --rule route, or a framework"
            if evidence.alarms.routes:
                why = "the newest bundle does not show this account, so what is on its routes is not known"
            yield Measured(f"Account {account}", account, "", account, gaps=dict.fromkeys(_FACTS, why), covered=False)


def _measured(evidence: PeriodEvidence, route: RouteSeen, limit: timedelta) -> Measured:
    tests = sorted({*_by_alarms(evidence, route), *_by_people(evidence, route)})
    undelivered = [rang for rang in _rang(evidence, route) if rang.undelivered]
    longest = max(after - before for before, after in pairwise([evidence.since, *_times(tests), evidence.until]))
    enough = bool(tests) and longest <= limit
    missed = () if enough else tuple(dict.fromkeys(_missed(evidence, route)))
    facts: dict[str, JsonValue] = {
        "tests": len(tests),
        "longest_days": round(longest / _DAY, 1),
        "last": tests[-1].told if tests else None,
        "undelivered": len(undelivered),
        "nobody_told": _some([rang.undelivered for rang in undelivered]),
    }
    why = _some(missed)
    gaps = dict.fromkeys(("longest_days",) if tests else ("tests", "longest_days"), why) if missed else {}
    return Measured(
        label=f"Route {route.route} of account {route.account}",
        account=route.account,
        region="",
        resource=route.route,
        facts={name: value for name, value in facts.items() if name not in gaps},
        gaps=gaps,
        looked_at=tuple(_looked_at(evidence, route)),
        not_looked_at=missed,
        covered=not missed,
        sources=("alarms", "responses"),
    )


def _times(tests: list[_Test]) -> Iterator[datetime]:
    for each in tests:
        yield each.at


def _some(clauses: Sequence[str]) -> str:
    """The first of some clauses, and how many more there are."""
    more = [f"and {len(clauses) - _LISTED} more"] if len(clauses) > _LISTED else []
    return "; ".join([*clauses[:_LISTED], *more])


@dataclass(frozen=True, slots=True)
class _Rang:
    """An alarm on the route that went into ALARM and carried out an action, and what came of that.

    One of the texts is not "": ``reached`` says how somebody was told, ``undelivered`` that nobody was, and ``unknown``
    why it is not known.
    """

    at: datetime
    reached: str = ""
    undelivered: str = ""
    unknown: str = ""


def _rang(evidence: PeriodEvidence, route: RouteSeen) -> Iterator[_Rang]:
    for each in evidence.alarms.changes:
        on_it = AlarmName(each.account, each.region, each.alarm) in route.alarms
        if on_it and each.state == "ALARM" and each.notified and evidence.since <= each.at < evidence.until:
            yield from _came_of(each)


def _came_of(change: AlarmChange) -> Iterator[_Rang]:
    """What came of the actions of one ALARM: a topic has to deliver something, whatever else was carried out."""
    rang = f"alarm {change.alarm} in {change.region} went into ALARM at {rfc3339(change.at)}"
    topics = [target for target in change.notified if _service(target) == "sns"]
    if not topics:
        others = (target for target in change.notified if _service(target) in _HEARD)
        yield from (_Rang(change.at, reached=f"{rang} and told {other}") for other in others)
        return
    counted = {each.topic: each for each in sorted(change.deliveries, key=_rank)}
    found = (counted.get(topic, Delivery(topic, change.at, change.at, unknown=_UNCOUNTED)) for topic in topics)
    best = max(found, key=_rank)
    over = f"from {told((best.since, best.until))}"
    if best.delivered:
        notifications = several(best.delivered, "notification")
        yield _Rang(change.at, reached=f"{rang} and told {best.topic}, which delivered {notifications} {over}")
    elif best.delivered is None:
        yield _Rang(change.at, unknown=f"what {best.topic} delivered when {rang} is not known: {best.unknown}")
    else:
        named = " and ".join(topics)
        yield _Rang(
            change.at, undelivered=f"{rang} and published to {named}, and 0 notifications were delivered {over}"
        )


def _rank(each: Delivery) -> tuple[bool, bool]:
    """The greatest is what was delivered, else what is not known: only then it is known that nothing was."""
    return bool(each.delivered), each.delivered is None


def _service(target: str) -> str:
    arn = parse_arn(target)
    return arn.service if arn is not None else ""


def _by_alarms(evidence: PeriodEvidence, route: RouteSeen) -> Iterator[_Test]:
    """The times at which an alarm on the route went into ALARM and somebody was told."""
    for each in _rang(evidence, route):
        if each.reached:
            yield _Test(each.at, each.reached)


def _by_people(evidence: PeriodEvidence, route: RouteSeen) -> Iterator[_Test]:
    for each in stated(evidence, "test"):
        same = (each.subject, each.account) == (route.route, route.account)
        if same and evidence.since <= each.at < evidence.until:
            yield _Test(each.at, f"{each.handler} states a test at {rfc3339(each.at)} ({each.id}: {each.outcome})")


def _missed(evidence: PeriodEvidence, route: RouteSeen) -> Iterator[str]:
    """What could tell of further tests and was not looked at, as clauses."""
    if why := unstated(evidence, "test", "tests of routes"):
        yield why
    if route.unknown:
        yield f"what is on the route is not known whole: {route.unknown}"
    yield from unknown_history(evidence, route.alarms)
    yield from (each.unknown for each in _rang(evidence, route) if each.unknown)


def _looked_at(evidence: PeriodEvidence, route: RouteSeen) -> Iterator[str]:
    alarms = ", ".join(f"{each.alarm} ({each.region})" for each in route.alarms)
    yield f"the history of {alarms}" if alarms else "no alarm: none is on the route"
    if route.rules:
        yield f"{several(len(route.rules), 'EventBridge rule')} on it, of which AWS keeps no history"
    undelivered = [each.undelivered for each in _rang(evidence, route) if each.undelivered]
    if undelivered:
        yield f"{several(len(undelivered), 'time')} at which nobody was told: {_some(undelivered)}"
    predicted = [each.at for each in evidence.replayed.fired if each.route == route.route]
    if predicted:
        times = several(len(predicted), "time")
        first = rfc3339(min(predicted))
        yield f"a replay of the records, by which it would have told somebody {times}, first at {first}"


_UNCOUNTED = "no bundle tells what the topic delivered then"

_FACTS = {
    "tests": "how many times it was exercised in the period: an alarm on it told a topic that delivered something, "
    "or a test is stated",
    "longest_days": "the longest time of the period without one, in days",
    "last": "the last of them, as a text; null without one",
    "undelivered": "how many times an alarm on it told topics that delivered 0 notifications",
    "nobody_told": "the first of these times, as a text",
}

MEASURE = Measure(
    name="alarm-tested",
    title="Whether each route of the run was exercised in the period, by an alarm that told somebody or by a test.",
    facts=_FACTS,
    take=_take,
    rests_on=("alarms", "responses"),
    parameters={"max_days": "integer"},
)
