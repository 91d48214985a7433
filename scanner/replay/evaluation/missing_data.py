"""The state that an alarm is in after one evaluation, whatever of its datapoints is missing.

Source: CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data": both of its tables and its
narrative examples, all of which the tests hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from scanner.alarms.composite_rule import State

Breaches = Sequence[bool | None]
"""Whether each datapoint of the evaluation range breaches, the newest last; None for one that is missing."""


class Treatment(StrEnum):
    """What a missing datapoint counts as (``TreatMissingData``)."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many datapoints are evaluated, how many of them must breach, and what missing ones count as."""

    periods: int
    needed: int
    treatment: Treatment


def next_state(points: Breaches, wanted: Wanted, state: State) -> State:
    """The state after an evaluation of ``points``, all of the evaluation range; ``state`` is the one before."""
    real = [point for point in points if point is not None]
    missing = wanted.periods - len(real)
    if missing <= 0:
        return "ALARM" if sum(real[-wanted.periods :]) >= wanted.needed else "OK"
    breaching = sum(real)
    match wanted.treatment:
        case Treatment.BREACHING:
            return "ALARM" if breaching + missing >= wanted.needed else "OK"
        case Treatment.NOT_BREACHING:
            return "ALARM" if breaching >= wanted.needed else "OK"
        case _:
            return _undecided(points, real, wanted, state)


def _undecided(points: Breaches, real: Sequence[bool], wanted: Wanted, state: State) -> State:
    """The state where too few datapoints are there and the missing ones count as nothing."""
    ignoring = wanted.treatment is Treatment.IGNORE
    if not real:
        return state if ignoring else "INSUFFICIENT_DATA"
    if sum(real) >= wanted.needed:
        return "ALARM"
    if not all(real):
        return "OK"
    # A breaching datapoint that grows old with nothing after it: the alarm goes off early rather than not at all.
    age = len(points) - points.index(True)
    return "ALARM" if age >= wanted.needed and not ignoring else state


def counted(points: Breaches, wanted: Wanted) -> tuple[int, ...]:
    """The places in ``points`` of the real datapoints that an evaluation looks at."""
    real = [place for place, point in enumerate(points) if point is not None]
    return tuple(real[-wanted.periods :])
