"""Log alarms: a scheduled query of an audit log group that rings without a metric filter.

Which events the query finds is known as far as its text is understood. Whether it finds each of them in time is not: it
looks at the log events of a fixed stretch of time, and how late those of CloudTrail may arrive AWS does not promise.
Sources: CloudWatch API reference, ``PutLogAlarm``; CloudTrail User Guide, "How CloudTrail works" (delivery times).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanner.audit_path.watching import ListedAlarm
from scanner.checks.route.links import ACTIONS, TOPIC
from scanner.checks.route.watching.notifiers import Notifiers
from scanner.model import Outcome, Source
from scanner.pattern.cloudtrail.event_bus import EVERYTHING as EVERY_RECORD
from scanner.pattern.cloudtrail.event_bus import NOTHING as NO_RECORD
from scanner.recording.recorded_events import EVERYTHING, NOTHING, Condition


@dataclass(frozen=True, slots=True)
class LogAlarmWay:
    """A log alarm over a log group: what its query finds at most, and why it certainly tells nobody ("": it may)."""

    name: str
    finds: Condition
    broken: str
    sources: tuple[Source, ...]


def log_alarm_ways(alarms: Sequence[ListedAlarm], name: str, arn: str, notifiers: Notifiers) -> Iterator[LogAlarmWay]:
    """The log alarms whose query reads the log group of this name and ARN."""
    for listed in alarms:
        query = listed.alarm.log
        if query is not None and query.reads(name, arn):
            broken, sources = _broken(listed, notifiers)
            yield LogAlarmWay(listed.alarm.name, _found_by(query.text), broken, (listed.source, *sources))


def _found_by(text: str) -> Condition:
    """Which CloudTrail records a query finds at most."""
    from scanner.pattern.insights.keeping import NotRead, understood  # late: few accounts have log alarms

    query = understood(text)
    if isinstance(query, NotRead) or query.kept.at_most == EVERY_RECORD:
        return EVERYTHING
    return NOTHING if query.kept.at_most == NO_RECORD else query.kept.at_most


def _broken(listed: ListedAlarm, notifiers: Notifiers) -> tuple[str, tuple[Source, ...]]:
    """Why a log alarm certainly tells nobody, with the answers that say so."""
    name, query = listed.alarm.name, listed.alarm.log
    if listed.alarm.evaluation_state == "EVALUATION_ERROR":
        return f"CloudWatch reports that alarm {name} cannot be evaluated (EVALUATION_ERROR)", ()
    if query is not None and query.gaps:
        return f"its query looks at {query.span} seconds of log events every {query.every} seconds", ()
    for link in notifiers.best(listed):
        # What its message holds is not documented, so what a subscription makes of it is not believed.
        if link.name in {ACTIONS, TOPIC} and link.verdict is Outcome.FAIL:
            return link.reason, link.sources
    return "", ()
