"""Whether a mute rule keeps an alarm from acting at a moment, and until when.

The actions of an alarm that is still in ALARM when the rule ends run then. Source: CloudWatch User Guide, "How alarm
mute rules work".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scanner.alarms.muting.schedule import Schedule, Window
from scanner.replay.deployment.deployed import DeployedMute
from scanner.replay.evaluation.clock import SECONDS, moment

_AROUND = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Muted:
    """That an alarm is muted from a minute until another (None: not known when); ``doubt`` says why it may not be."""

    rule: str
    until: int | None = None
    doubt: str = ""


def muted_at(alarm: str, minute: int, mutes: Iterable[DeployedMute], unknown: str) -> Muted | None:
    """What keeps the alarm of this name from acting in a minute; what certainly does comes first."""
    found = [each for mute in mutes if (each := _muted(alarm, minute, mute)) is not None]
    sure = [each for each in found if not each.doubt]
    if sure:
        return max(sure, key=lambda each: (each.until or 0, each.rule))
    if found:
        return found[0]
    return Muted("", doubt=unknown) if unknown else None


def _muted(alarm: str, minute: int, mute: DeployedMute) -> Muted | None:
    rule, now = mute.rule, moment(minute)
    if rule.alarms is not None and alarm not in rule.alarms:
        return None
    if (mute.starts is not None and now < mute.starts) or (mute.expires is not None and now >= mute.expires):
        return None
    if rule.schedule is None:
        return Muted(rule.name, doubt=f"whether {rule.text} mutes it is not known: {rule.fault}")
    try:
        window = _window(rule.schedule, now)
    except (ZoneInfoNotFoundError, ValueError):
        why = f"whether {rule.text} mutes it is not known: this machine does not know the time zone"
        return Muted(rule.name, doubt=f"{why} {rule.schedule.zone}")
    if window is None:
        return None
    if rule.alarms is None:
        return Muted(rule.name, doubt=f"whether {rule.text} mutes it is not known: {rule.doubt}")
    end = window.end.replace(tzinfo=ZoneInfo(rule.schedule.zone)).astimezone(UTC)
    return Muted(rule.name, int(end.timestamp()) // SECONDS)


def _window(schedule: Schedule, now: datetime) -> Window | None:
    """The window of a schedule that is open at a moment."""
    local = now.astimezone(ZoneInfo(schedule.zone)).replace(tzinfo=None)
    windows = schedule.windows(local - schedule.duration - _AROUND, local + _AROUND)
    return next((each for each in windows if each.start <= local < each.end), None)
