"""When a composite alarm that went into ALARM acts, where another alarm can suppress its actions.

It waits for its suppressor to go into ALARM, stays quiet as long as the suppressor is in ALARM and for a while after
that, and acts when it is still in ALARM itself by then. Source: CloudWatch API reference, ``CompositeAlarm``
(``ActionsSuppressor``, ``ActionsSuppressorWaitPeriod``, ``ActionsSuppressorExtensionPeriod``).
"""

from dataclasses import dataclass

from scanner.alarms.alarm import Alarm
from scanner.replay.alarming.composites import CompositeLine
from scanner.replay.evaluation.clock import SECONDS


@dataclass(frozen=True, slots=True)
class Suppressed:
    """When it acts (None: never in this ALARM); ``doubt`` says why that is not known, ``why`` why it never does."""

    minute: int | None = None
    why: str = ""
    doubt: str = ""


def suppressed(composite: Alarm, minute: int, leaves: int | None, line: CompositeLine | None) -> Suppressed:
    """What the suppressor makes of a composite alarm that goes into ALARM in a minute.

    ``leaves`` is when it leaves ALARM (None: not any more), ``line`` the states of its suppressor (None: not replayed).
    """
    if not composite.suppressor:
        return Suppressed(minute)
    named, other = f"composite alarm {composite.name}", composite.suppressor_name
    unclear = f"whether {named} acts is not known: its suppressor {other} is not replayed"
    if line is None:
        return Suppressed(doubt=unclear)
    now, deadline = minute, minute + _minutes(composite, "ActionsSuppressorWaitPeriod")
    while (held := line.held(now, deadline)) is not None:
        ends = line.leaves(held)
        if line.at(held) is None:
            return Suppressed(doubt=unclear)
        if ends is None or (leaves is not None and leaves <= ends):
            return Suppressed(why=f"{named} does not act: its suppressor {other} is in ALARM")
        now, deadline = ends, ends + _minutes(composite, "ActionsSuppressorExtensionPeriod")
    if leaves is not None and leaves <= deadline:
        return Suppressed(why=f"{named} does not act: it leaves ALARM while it waits for its suppressor {other}")
    return Suppressed(deadline)


def _minutes(composite: Alarm, member: str) -> int:
    """A length of time of an alarm in minutes, rounded up."""
    told = composite.settings.get(member)
    return -(-told // SECONDS) if isinstance(told, int) else 0
