"""Whether topics delivered what alarms published to them: the notifications around each action, as CloudWatch counted.

Asked once for an owner, Region and resolution, for every topic that an action of an alarm which may watch audit log
groups told within the 30 days that the history is kept. CloudWatch keeps points of a minute for 15 days and points of
five minutes for 63. A topic has points only where something happened to it, so one without any delivery may have no
point of ``NumberOfNotificationsDelivered``: the messages published and the notifications that failed tell whether the
minutes are kept. Sources: Amazon SNS Developer Guide, "Monitoring Amazon SNS topics using CloudWatch"; CloudWatch API
reference, ``GetMetricData``.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scanner.arns import Arn, parse_arn
from scanner.audit_path.histories.alarm_history import actions_done, alarm_actions, history_items
from scanner.audit_path.places import ALARM_ACTIONS, ALARM_REGIONS
from scanner.audit_path.stores import mappings
from scanner.audit_path.topics import ALARM_TOPICS, METRIC_DATA
from scanner.audit_path.watching import alarms_that_may_notify
from scanner.facts.facts import checked
from scanner.facts.owners import how_looked_at
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import GapKind
from scanner.snapshot.answers import Answer, Snapshot
from scanner.times import parse_time, rfc3339

SOON = timedelta(minutes=5)
"""How long after an action its notifications are looked for."""

COUNTED: Mapping[str, str] = {
    "delivered": "NumberOfNotificationsDelivered",
    "published": "NumberOfMessagesPublished",
    "failed": "NumberOfNotificationsFailed",
}
"""The metrics that are asked for, by how the id of their query begins."""

_MINUTE, _COARSE = 60, 300
_FINE = timedelta(days=15, hours=-1)
"""How old a point of a minute may be; it must still be kept when the call is made, some time after the beginning."""

_COUNTING = timedelta(minutes=5)
"""How long after its end a point may be missing."""

_TOPICS = 100
"""How many topics one call asks about: it may hold 500 queries."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a topic delivered from ``since`` up to ``until``, when an action of an alarm had published to it at ``at``.

    ``notifications`` is None where that is not known; ``unknown`` says why then.
    """

    topic: str
    at: datetime
    since: datetime
    until: datetime
    notifications: int | None = None
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class _Told:
    """A topic that an action published to at a moment, and the seconds of the points that tell of it."""

    topic: Arn
    name: str
    at: datetime
    period: int

    @property
    def since(self) -> datetime:
        """The beginning of the first point that is looked at."""
        return _floor(self.at, self.period)

    @property
    def until(self) -> datetime:
        """The end of the last one."""
        return _floor(self.at + SOON, self.period) + timedelta(seconds=self.period)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One call about some topics of an owner in a Region, with the moments that it is made for."""

    owner: str
    region: str
    topics: tuple[str, ...]
    told: tuple[_Told, ...]

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of the call: the same history always asks for the same."""
        queries: list[dict[str, Any]] = []
        for number, topic in enumerate(self.topics):
            queries += (_query(f"{name}{number}", COUNTED[name], topic, self.told[0].period) for name in COUNTED)
        since = min(each.since for each in self.told)
        until = max(each.until for each in self.told)
        return {"MetricDataQueries": queries, "StartTime": rfc3339(since), "EndTime": rfc3339(until)}


def deliveries(snapshot: Snapshot, account: str, region: str) -> Iterator[Delivered]:
    """What the topics delivered that the actions of an account's alarms in a Region published to."""
    taken = snapshot.time_of(account)
    for asked in _calls(_told(snapshot, account, region)):
        points = _Points(snapshot, account, asked)
        yield from (points.around(each, taken) for each in asked.told)


def _notified(look: Look) -> Iterator[Thing]:
    for region in sorted({thing.region for thing in look.each(ALARM_REGIONS)}):
        for asked in _calls(_told(look.snapshot, look.account, region)):
            if asked.owner == look.account or asked.owner in look.others:
                yield Thing(asked.region, besides=asked.arguments, owner=asked.owner)


ALARM_DELIVERIES = Use(METRIC_DATA, per=Things("alarm-notified", _notified, (*ALARM_TOPICS.named_by, ALARM_ACTIONS)))
"""What topics delivered when actions of alarms published to them; asked for together with ``ALARM_ACTIONS``."""


def _told(snapshot: Snapshot, account: str, region: str) -> Iterator[_Told]:
    """Each topic that an action of an alarm which may watch audit log groups published to, with the moment."""
    done = list(actions_done(history_items(alarm_actions(snapshot, account, region))))
    if not done:
        return
    taken = snapshot.time_of(account)
    watching = {alarm.name for alarm in alarms_that_may_notify(snapshot, account) if alarm.region == region}
    for alarm, moment, target in done:
        arn = parse_arn(target)
        if arn is not None and arn.service == "sns" and arn.account and alarm in watching:
            yield _Told(arn, target, moment, _MINUTE if moment >= taken - _FINE else _COARSE)


def _calls(told: Iterable[_Told]) -> Iterator[_Asked]:
    """The calls that tell of all of it. Topics are in the order of the history, which pseudonyms do not change."""
    groups: defaultdict[tuple[str, str, int], dict[_Told, None]] = defaultdict(dict)
    for each in told:
        groups[each.topic.account, each.topic.region, each.period][each] = None
    for (owner, region, _), members in groups.items():
        named = tuple(dict.fromkeys(each.topic.resource for each in members))
        for first in range(0, len(named), _TOPICS):
            names = named[first : first + _TOPICS]
            yield _Asked(owner, region, names, tuple(each for each in members if each.topic.resource in names))


def _query(name: str, metric: str, topic: str, period: int) -> dict[str, Any]:
    dimensions = [{"Name": "TopicName", "Value": topic}]
    counted = {"Namespace": "AWS/SNS", "MetricName": metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": counted, "Period": period, "Stat": "Sum"}}


class _Points:
    """The points of one call: by query, the value at each time; and why they are not known ("" where they are)."""

    def __init__(self, snapshot: Snapshot, account: str, asked: _Asked) -> None:
        self._asked = asked
        answer = snapshot.ask(asked.owner, asked.region, METRIC_DATA, asked.arguments)
        answer = checked(answer, "MetricDataResults", list)
        self._unknown = _why(snapshot, account, answer)
        self._values: defaultdict[str, dict[datetime, float]] = defaultdict(dict)
        self._status: dict[str, str] = {}
        for _, result in mappings(answer, "MetricDataResults"):
            query = str(result.get("Id"))
            self._status[query] = str(result.get("StatusCode"))
            self._values[query].update(_values(result))

    def around(self, told: _Told, taken: datetime) -> Delivered:
        """What the topic delivered around the moment, as far as it had been counted when the facts were ``taken``."""
        found = Delivered(told.name, told.at, told.since, told.until)
        number = self._asked.topics.index(told.topic.resource)
        counted = {name: self._counted(f"{name}{number}", told) for name in COUNTED}
        if unknown := self._unknown or self._unanswered(number):
            return _unknown(found, unknown)
        points = counted["delivered"]
        if sum(points) > 0:
            return Delivered(found.topic, found.at, found.since, found.until, round(sum(points)))
        if told.until + _COUNTING > taken:
            return _unknown(found, f"it had not been counted when the facts were collected, at {rfc3339(taken)}")
        if not any(counted.values()):
            return _unknown(found, "CloudWatch holds no datapoint of the topic of that time")
        return Delivered(found.topic, found.at, found.since, found.until, 0)

    def _counted(self, query: str, told: _Told) -> list[float]:
        points = self._values.get(query, {}).items()
        return [value for moment, value in points if told.since <= moment < told.until]

    def _unanswered(self, number: int) -> str:
        for name, metric in COUNTED.items():
            status = self._status.get(f"{name}{number}", "nothing")
            if status != "Complete":
                return f"{METRIC_DATA} did not answer whole about {metric}: {status}"
        return ""


def _values(result: Mapping[str, Any]) -> Iterator[tuple[datetime, float]]:
    moments, values = result.get("Timestamps"), result.get("Values")
    if isinstance(moments, list) and isinstance(values, list):
        for moment, value in zip(map(parse_time, moments), values, strict=False):
            if moment is not None and isinstance(value, int | float):
                yield moment, float(value)


def _unknown(found: Delivered, why: str) -> Delivered:
    return Delivered(found.topic, found.at, found.since, found.until, unknown=why)


def _why(snapshot: Snapshot, account: str, answer: Answer) -> str:
    """Why an answer tells nothing, as a clause; "" where it does."""
    gap = answer.gap
    if gap is None:
        return ""
    if gap.kind is not GapKind.NOT_COLLECTED:
        return gap.reason.rstrip(".")
    if answer.account != account:
        return f"the topic belongs to account {answer.account}, {how_looked_at(snapshot, answer.account)}"
    return "its metrics were not collected with the history, which older versions of Trailwitness did not do"


def _floor(moment: datetime, period: int) -> datetime:
    """The last full multiple of so many seconds of a day; 300 divides an hour, and 60 a minute."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    passed = int((moment - midnight).total_seconds())
    return midnight + timedelta(seconds=passed - passed % period)
