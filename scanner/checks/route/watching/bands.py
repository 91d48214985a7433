"""What is known of the anomaly detector behind an alarm on a learned band: whether there is one, and if it is trained.

None of it decides whether an event leaves the band; it says why an alarm may keep quiet. Sources: CloudWatch API
reference, ``DescribeAnomalyDetectors``, ``AnomalyDetector`` and ``SingleMetricAnomalyDetector``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from scanner.alarms.alarm import Alarm, MetricStat
from scanner.alarms.metric import named_metric
from scanner.audit_path.members import list_member, text_member
from scanner.audit_path.places import ALARM_LISTING, EVENT_LOG_GROUP_LISTING, TRAIL_LISTING
from scanner.audit_path.stores import mappings, visible_trails
from scanner.audit_path.watching import ListedAlarm, listed_alarms
from scanner.facts.facts import checked
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import GapKind, Source
from scanner.snapshot.answers import Answer, Snapshot

_EVERY_KIND: Mapping[str, Any] = {"AnomalyDetectorTypes": ["SINGLE_METRIC", "METRIC_MATH"]}
_STATES: Mapping[str, str] = {
    "TRAINED": "its anomaly detector is trained",
    "PENDING_TRAINING": "its anomaly detector is not trained yet (PENDING_TRAINING)",
    "TRAINED_INSUFFICIENT_DATA": "its anomaly detector has too little data (TRAINED_INSUFFICIENT_DATA)",
}


def _regions(look: Look) -> Iterator[Thing]:
    alarms = listed_alarms(look.snapshot, look.account, visible_trails(look.snapshot, look.account)).alarms
    for region in sorted({each.alarm.region for each in alarms if each.alarm.band}):
        yield Thing(region)


BAND_REGIONS = Things("band-region", _regions, (TRAIL_LISTING, EVENT_LOG_GROUP_LISTING, ALARM_LISTING))
"""Each Region with an alarm on a learned band beside a log group that events reach."""

DETECTORS = Use("cloudwatch.DescribeAnomalyDetectors", per=BAND_REGIONS)


def with_detectors(
    snapshot: Snapshot, account: str, region: str, alarms: Sequence[ListedAlarm]
) -> tuple[ListedAlarm, ...]:
    """The alarms of an account and Region, those on a band with what is known of their anomaly detectors."""
    return tuple(_with_detector(snapshot, account, region, each) if each.alarm.band else each for each in alarms)


def _with_detector(snapshot: Snapshot, account: str, region: str, listed: ListedAlarm) -> ListedAlarm:
    listing = checked(snapshot.ask(account, region, DETECTORS.operation, _EVERY_KIND), "AnomalyDetectors", list)
    if listing.gap is not None:
        if listing.gap.kind is GapKind.NOT_COLLECTED:  # a snapshot of an earlier version
            return listed
        return replace(listed, band=f"its anomaly detector is not known: {listing.gap.reason}")
    return replace(listed, band=_told(listed.alarm, listing), beside=(Source(listing.key, ""),))


def _told(alarm: Alarm, listing: Answer) -> str:
    stats = [query.stat for query in alarm.queries if query.stat is not None]
    others = [query.expression for query in alarm.queries if query.expression and not _is_band(query.expression)]
    if len(stats) != 1 or others:
        return "it has a band over a metric math expression, whose anomaly detector is not looked for"
    found = [item for _, item in mappings(listing, "AnomalyDetectors") if _is_of(item, stats[0])]
    if not found:
        return "no anomaly detector of its metric and statistic is listed"
    state = text_member(found[0], "StateValue")
    told = _STATES.get(state, f"its anomaly detector is in the state {state or 'not told'}")
    configuration = found[0].get("Configuration")
    excluded = list_member(configuration, "ExcludedTimeRanges") if isinstance(configuration, Mapping) else []
    if not excluded:
        return told
    ranges = "1 time range" if len(excluded) == 1 else f"{len(excluded)} time ranges"
    return f"{told}, leaving {ranges} of its history out"


def _is_band(expression: str) -> bool:
    return expression.lstrip().upper().startswith("ANOMALY_DETECTION_BAND")


def _is_of(detector: Mapping[str, Any], stat: MetricStat) -> bool:
    """Whether a detector learns from a statistic of a metric; its members were once at its top."""
    single = detector.get("SingleMetricAnomalyDetector")
    told = single if isinstance(single, Mapping) else detector
    return named_metric(told) == stat.metric and text_member(told, "Stat") == stat.statistic
