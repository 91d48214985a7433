"""What a record does on its way through what is deployed, without when it comes: many records do the same."""

from dataclasses import dataclass

from scanner.pattern import JsonPattern
from scanner.replay.reasons import Reason

LARGEST = 256 * 1024
"""Bytes of the largest event that CloudTrail sends to CloudWatch Logs and to EventBridge.

Source: CloudTrail User Guide, "CloudTrail record contents".
"""

Dimensions = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Route:
    """Records of which somebody must be told: those that match ``pattern``. ``id`` is that of the rule that says so."""

    id: str
    title: str
    pattern: JsonPattern


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a record does not get further along one way; ``why`` is a sentence without its full stop.

    With ``unknown`` it may get further: something is not known.
    """

    reason: Reason
    why: str
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Datum:
    """What a metric filter, by its number, publishes of a record. ``doubt`` says why it may not; "" when it does."""

    filter: int
    value: float
    dimensions: Dimensions = ()
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Firing:
    """That an EventBridge rule, by its number, hears a record; ``doubt`` says why it may not."""

    rule: int
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a record does. ``routes`` are the numbers of those that must tell of it, ``losses`` where its ways end."""

    account: str
    region: str
    service: str
    name: str
    routes: tuple[int, ...]
    published: tuple[Datum, ...] = ()
    firings: tuple[Firing, ...] = ()
    losses: tuple[Loss, ...] = ()
