"""The first three links: is the trail on and wide enough, does it deliver to a log group, and what does it record.

Sources: CloudTrail API reference, ``Trail``, ``GetTrailStatus``, ``GetEventSelectors``; CloudTrail User Guide,
"Monitoring CloudTrail log files with Amazon CloudWatch Logs".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scanner.alarms.counting import counted
from scanner.arns import Arn, parse_arn
from scanner.audit_path.stores import log_group_arn
from scanner.checks.route.links import DELIVERY, SELECTORS, TRAIL, JudgedLink, cited
from scanner.facts.rows import Row
from scanner.model import Outcome
from scanner.recording.recorded_events import (
    EVERYTHING,
    NOTHING,
    Condition,
    Recorded,
    both,
    recorded,
    without_global_services,
)
from scanner.recording.selectors import read_selectors
from scanner.times import parse_time

_SELECTORS = ("EventSelectors", "AdvancedEventSelectors")

_CLOCK_TOLERANCE = 24
"""Hours that a recorded time may lie after the start of collection: calls are made over hours, clocks differ."""


@dataclass(frozen=True, slots=True)
class Trunk:
    """A trail as the first part of routes, or what fills a log group without one.

    ``trail`` is its row, or one that names a service-linked channel. ``home`` is the one Region it records, ""
    when it records every Region. ``services`` is what it records by including or leaving out global service events,
    ``selected`` what its selectors record of that. ``group`` is the ARN of its log group without ``:*``, "" when it
    names none, and ``place`` its parts.
    """

    trail: Row
    links: tuple[JudgedLink, ...]
    home: str
    services: Condition
    selected: Recorded
    group: str
    place: Arn | None

    @property
    def carries(self) -> Recorded:
        """Which events it delivers, when it delivers."""
        return Recorded(both(self.selected.surely, self.services), both(self.selected.at_most, self.services))

    def sees(self, region: str) -> bool:
        """Whether the trail records events of a Region."""
        return self.home in {"", region}


def trunk(row: Row, now: datetime, max_delivery_age: int) -> Trunk:
    """Judge a ``cloudtrail.trail`` row; ``max_delivery_age`` is in hours."""
    name = trail_name(row)
    services = without_global_services() if row.data.get("IncludeGlobalServiceEvents") is False else EVERYTHING
    selected = _recorded(row)
    multi = row.data.get("IsMultiRegionTrail") is True
    group = log_group_arn(str(row.data.get("CloudWatchLogsLogGroupArn") or ""))
    return Trunk(
        trail=row,
        links=(
            _logging(row, name, multi=multi),
            _delivery(row, name, now, max_delivery_age),
            _selectors(row, name, selected),
        ),
        home="" if multi else row.region,
        services=services,
        selected=selected,
        group=group,
        place=parse_arn(group),
    )


def trail_name(row: Row) -> str:
    """What sentences call the trail."""
    return str(row.data.get("Name") or row.id)


def _logging(row: Row, name: str, *, multi: bool) -> JudgedLink:
    sources = cited(row, "Status")
    gap = row.gaps.get("Status")
    if gap is not None:
        return JudgedLink(
            TRAIL, Outcome.UNKNOWN, f"whether trail {name} is logging is not known: {gap.reason}", name, sources
        )
    status = row.data.get("Status")
    logging = status.get("IsLogging") if isinstance(status, Mapping) else None
    if logging is not True:
        return JudgedLink(TRAIL, Outcome.FAIL, f"trail {name} is not logging", name, sources)
    where = "every Region" if multi else row.region
    return JudgedLink(TRAIL, Outcome.PASS, f"trail {name} is logging in {where}", name, sources)


def _delivery(row: Row, name: str, now: datetime, max_age: int) -> JudgedLink:
    """Delivery to CloudWatch Logs: configured, without a current error, and not older than ``max_age`` hours."""

    def link(verdict: Outcome, reason: str, *warnings: str) -> JudgedLink:
        return JudgedLink(DELIVERY, verdict, reason, name, cited(row, "Status"), warnings)

    arn = str(row.data.get("CloudWatchLogsLogGroupArn") or "")
    if not arn:
        return link(Outcome.FAIL, f"trail {name} does not deliver to CloudWatch Logs")
    if not log_group_arn(arn):
        return link(Outcome.FAIL, f"trail {name} names {arn!r} as its log group, which is not the ARN of one")
    gap = row.gaps.get("Status")
    if gap is not None:
        return link(Outcome.UNKNOWN, f"whether trail {name} delivers to CloudWatch Logs is not known: {gap.reason}")
    status = row.data.get("Status")
    return _delivered(status if isinstance(status, Mapping) else {}, name, now, max_age, link, _TO_LOGS)


def bucket_delivery(row: Row, now: datetime, max_age: int) -> JudgedLink:
    """The delivery of log files to the bucket of a ``cloudtrail.trail`` row, in the last ``max_age`` hours."""
    name = trail_name(row)

    def link(verdict: Outcome, reason: str, *warnings: str) -> JudgedLink:
        return JudgedLink(DELIVERY, verdict, reason, name, cited(row, "Status"), warnings)

    gap = row.gaps.get("Status")
    if gap is not None:
        return link(Outcome.UNKNOWN, f"whether trail {name} delivers to its bucket is not known: {gap.reason}")
    status = row.data.get("Status")
    return _delivered(status if isinstance(status, Mapping) else {}, name, now, max_age, link, _TO_BUCKET)


@dataclass(frozen=True, slots=True)
class _Way:
    """A way of delivery: where to, and the members of the status of a trail that tell of it."""

    to: str
    error: str
    time: str


_TO_LOGS = _Way("CloudWatch Logs", "LatestCloudWatchLogsDeliveryError", "LatestCloudWatchLogsDeliveryTime")
_TO_BUCKET = _Way("its bucket", "LatestDeliveryError", "LatestDeliveryTime")


def _delivered(
    status: Mapping[str, Any], name: str, now: datetime, max_age: int, link: Callable[..., JudgedLink], way: _Way
) -> JudgedLink:
    """What the status of a trail says of its deliveries."""
    error = status.get(way.error)
    if error:
        return link(Outcome.FAIL, f"trail {name} cannot deliver to {way.to}: {error}")
    delivered = _age(status.get(way.time), now)
    if delivered is not None and delivered < -_CLOCK_TOLERANCE:
        return link(Outcome.UNKNOWN, f"trail {name} reports a delivery to {way.to} after the time of collection")
    if delivered is not None and delivered <= max_age:
        return link(Outcome.PASS, f"trail {name} delivered to {way.to} in the last {counted(max_age, 'hour')}")
    started = _age(status.get("StartLoggingTime"), now)
    if started is not None and -_CLOCK_TOLERANCE <= started <= max_age:
        # A trail that was just switched on has had nothing to deliver yet, as trail.cloudwatch-delivery-fresh allows.
        warning = (
            f"trail {name} reports no delivery to {way.to} yet; "
            f"logging was started less than {counted(max_age, 'hour')} ago"
        )
        return link(Outcome.PASS, f"trail {name} is set up to deliver to {way.to} and was just started", warning)
    if delivered is None:
        return link(Outcome.FAIL, f"trail {name} has never delivered to {way.to}")
    ago = counted(round(delivered), "hour")
    return link(Outcome.FAIL, f"trail {name} last delivered to {way.to} {ago} ago (allowed: {max_age})")


def _age(time: Any, now: datetime) -> float | None:
    """Hours since an RFC 3339 time; ``None`` when it is not one."""
    moment = parse_time(time)
    return None if moment is None else (now - moment).total_seconds() / 3600


def _recorded(row: Row) -> Recorded:
    if any(name in row.gaps for name in _SELECTORS):
        return Recorded(NOTHING, EVERYTHING)
    custom = row.data.get("HasCustomEventSelectors") is not False
    return recorded(read_selectors(row.data, custom=custom))


def _selectors(row: Row, name: str, selected: Recorded) -> JudgedLink:
    sources = cited(row, *_SELECTORS)
    gap = next((row.gaps[field] for field in _SELECTORS if field in row.gaps), None)
    if gap is not None:
        reason = f"what trail {name} records is not known: {gap.reason}"
        return JudgedLink(SELECTORS, Outcome.UNKNOWN, reason, name, sources)
    if selected.at_most is NOTHING:
        return JudgedLink(SELECTORS, Outcome.FAIL, f"trail {name} records no management events", name, sources)
    if selected.surely is EVERYTHING:
        return JudgedLink(SELECTORS, Outcome.PASS, f"trail {name} records all management events", name, sources)
    if selected.surely != selected.at_most:
        reason = f"trail {name} has an event selector that is not understood, so what it records is not certain"
        return JudgedLink(SELECTORS, Outcome.UNKNOWN, reason, name, sources)
    return JudgedLink(SELECTORS, Outcome.PASS, f"trail {name} records some of the management events", name, sources)
