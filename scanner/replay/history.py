"""What alarms are recorded to have done, held against what the records should have made them do.

CloudWatch keeps the history of an alarm for 30 days, also of one that is deleted. Source: CloudWatch API reference,
``DescribeAlarmHistory`` and ``AlarmHistoryItem``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scanner.alarms.alarm import Alarm
from scanner.arns import parse_arn
from scanner.audit_path.histories.alarm_history import (
    KEPT,
    alarm_history,
    entered_alarm,
    history_data,
    history_items,
)
from scanner.audit_path.watching import audit_alarms
from scanner.errors import UsageError
from scanner.model import GapKind
from scanner.replay.evaluation.clock import SECONDS, TOLERANCE
from scanner.replay.replaying import AlarmReplay
from scanner.snapshot.answers import Snapshot
from scanner.times import parse_time


@dataclass(frozen=True, slots=True)
class AlarmHistory:
    """The minutes in which one alarm went into ALARM: predicted and recorded, as pairs, or only one of the two.

    ``doubtful`` are predicted, did not happen, and depend on how many datapoints the alarm looks at. ``unknown`` says
    why nothing can be said ("": everything is). ``begin`` and ``end`` are the minutes between which the history is
    known, the records are, and the alarm was configured as it is.
    """

    identity: str
    begin: int = 0
    end: int = 0
    happened: tuple[tuple[int, int], ...] = ()
    missed: tuple[int, ...] = ()
    unpredicted: tuple[int, ...] = ()
    doubtful: tuple[int, ...] = ()
    unknown: str = ""


def histories(snapshot: Snapshot, alarms: Sequence[AlarmReplay], begin: int, end: int) -> tuple[AlarmHistory, ...]:
    """What the histories of a snapshot say of the alarms; none when it holds no history.

    The records are known from the minute ``begin`` to the minute ``end``. Raises UsageError for a history of another
    account than the one that it was asked in.
    """
    found: list[AlarmHistory] = []
    places = sorted({(each.track.alarm.account, each.track.alarm.region) for each in alarms})
    for account, region in places:
        answer = alarm_history(snapshot, account, region)
        here = [each for each in alarms if (each.track.alarm.account, each.track.alarm.region) == (account, region)]
        if answer.gap is not None and answer.gap.kind is GapKind.NOT_COLLECTED:
            continue
        if answer.gap is not None:
            why = f"the alarm history of {account}/{region} is not known: {answer.gap.reason}"
            found += [AlarmHistory(each.track.alarm.identity, unknown=why) for each in here]
            continue
        items = history_items(answer)
        check_account(items, account)
        collected = snapshot.time_of(account)
        first, last = max(begin, _minute(collected - KEPT)), min(end + TOLERANCE, _minute(collected))
        entered = entered_alarm(items)
        if items and not entered.keys() & {alarm.name for alarm in _listed(snapshot, account, region)}:
            why = f"the alarm history of {account}/{region} names none of its alarms: it may be of another account"
            found += [AlarmHistory(each.track.alarm.identity, unknown=why) for each in here]
            continue
        found += [_compared(each, entered.get(each.track.alarm.name, ()), first, last) for each in here]
    return tuple(found)


def _listed(snapshot: Snapshot, account: str, region: str) -> Iterator[Alarm]:
    every = audit_alarms(snapshot, account).every
    yield from (each.alarm for each in every.in_region(region))


def check_account(items: Iterable[Mapping[str, Any]], account: str) -> None:
    """Refuse a history whose alarms are of another account, which their ARNs in the recorded states tell.

    Raises UsageError.
    """
    for item in items:
        for value in _texts(history_data(item)):
            arn = parse_arn(value)
            if arn is not None and arn.after("alarm:") and arn.service == "cloudwatch" and arn.account != account:
                raise UsageError(
                    f"The alarm history in the snapshot of account {account} is of account {arn.account}: {value}.",
                    "Collect the history of the same account.",
                )


def _texts(data: Any) -> Iterator[str]:
    waiting = [data]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item


def _nearest(minute: int, recorded: Sequence[int]) -> int | None:
    """The recorded minute that is nearest to a predicted one; None without one near enough."""
    near = min(recorded, key=lambda other: (abs(other - minute), other), default=None)
    return near if near is not None and abs(near - minute) <= TOLERANCE else None


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // SECONDS


def _compared(each: AlarmReplay, entered: Sequence[datetime], begin: int, end: int) -> AlarmHistory:
    identity = each.track.alarm.identity
    configured = parse_time(each.track.alarm.settings.get("AlarmConfigurationUpdatedTimestamp"))
    if configured is not None:
        begin = max(begin, _minute(configured) + 1)
    warm = each.track.warm
    if warm is not None and warm.meets(begin, end):
        begin = warm.end
    if each.fault:
        return AlarmHistory(
            identity, begin, end, unknown=f"alarm {each.track.alarm.name} is not replayed: {each.fault}"
        )
    predicted = [change.minute for change in each.changes if change.after == "ALARM"]
    predicted = [minute for minute in predicted if begin <= minute <= end]
    every = sorted(set(map(_minute, entered)))
    recorded = [minute for minute in every if begin - TOLERANCE <= minute <= end + TOLERANCE]
    happened: list[tuple[int, int]] = []
    missed: list[int] = []
    doubtful: list[int] = []
    for minute in predicted:
        near = _nearest(minute, recorded)
        if near is not None:
            happened.append((minute, near))
            recorded.remove(near)
        else:
            (doubtful if minute in each.depends else missed).append(minute)
    unpredicted = tuple(minute for minute in recorded if begin <= minute <= end)
    return AlarmHistory(identity, begin, end, tuple(happened), tuple(missed), unpredicted, tuple(doubtful))
