"""``alarm-tested``: whether each route was exercised in a period: an alarm on it went off and told somebody, or a test.

CloudWatch records which states alarms entered and which of their actions it carried out, for 30 days
(``DescribeAlarmHistory``, CloudWatch API reference). EventBridge keeps no such record of a rule. A test of which people
tell counts by their word. What a replay of the records predicts is told, and
does not count as a test.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from scanner.model import JsonValue
from scanner.period.evidence import AlarmName, PeriodEvidence, RouteSeen
from scanner.period.histories import stated, unknown_history, unstated
from scanner.period.measured import Measure, Measured, Parameters
from scanner.times import rfc3339
from scanner.wording import several

_DAY = timedelta(days=1)
_LISTED = 3


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
            yield Measured(f"Account {account}", account, "", account, gaps=dict.fromkeys(_FACTS, why), covered=False)


def _measured(evidence: PeriodEvidence, route: RouteSeen, limit: timedelta) -> Measured:
    tests = sorted({*_by_alarms(evidence, route), *_by_people(evidence, route)})
    longest = max(after - before for before, after in pairwise([evidence.since, *_times(tests), evidence.until]))
    enough = bool(tests) and longest <= limit
    missed = () if enough else tuple(dict.fromkeys(_missed(evidence, route)))
    facts: dict[str, JsonValue] = {
        "tests": len(tests),
        "longest_days": round(longest / _DAY, 1),
        "last": tests[-1].told if tests else None,
    }
    why = "; ".join([*missed[:_LISTED], *([f"and {len(missed) - _LISTED} more"] if len(missed) > _LISTED else [])])
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


def _by_alarms(evidence: PeriodEvidence, route: RouteSeen) -> Iterator[_Test]:
    """The times at which an alarm on the route went into ALARM and carried out an action."""
    for each in evidence.alarms.changes:
        on_it = AlarmName(each.account, each.region, each.alarm) in route.alarms
        if on_it and each.state == "ALARM" and each.notified and evidence.since <= each.at < evidence.until:
            told = (
                f"alarm {each.alarm} in {each.region} went into ALARM at {rfc3339(each.at)} and told {each.notified[0]}"
            )
            yield _Test(each.at, told)


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


def _looked_at(evidence: PeriodEvidence, route: RouteSeen) -> Iterator[str]:
    alarms = ", ".join(f"{each.alarm} ({each.region})" for each in route.alarms)
    yield f"the history of {alarms}" if alarms else "no alarm: none is on the route"
    if route.rules:
        yield f"{several(len(route.rules), 'EventBridge rule')} on it, of which AWS keeps no history"
    predicted = [each.at for each in evidence.replayed.fired if each.route == route.route]
    if predicted:
        times = several(len(predicted), "time")
        first = rfc3339(min(predicted))
        yield f"a replay of the records, by which it would have told somebody {times}, first at {first}"


_FACTS = {
    "tests": "how many times it was exercised in the period: an alarm on it told somebody, or a test is stated",
    "longest_days": "the longest time of the period without one, in days",
    "last": "the last of them, as a text; null without one",
}

MEASURE = Measure(
    name="alarm-tested",
    title="Whether each route of the run was exercised in the period, by an alarm that told somebody or by a test.",
    facts=_FACTS,
    take=_take,
    rests_on=("alarms", "responses"),
    parameters={"max_days": "integer"},
)
