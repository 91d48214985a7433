"""What keeps log files from being destroyed: Object Lock, MFA Delete, and copies in other buckets.

Another trail that records all that a trail does writes the same evidence a second time. Sources: Amazon S3 User Guide,
"Locking objects with Object Lock"; CloudTrail User Guide, "Creating multiple trails".
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from scanner.alarms.counting import counted
from scanner.audit_path.places import BUCKETS, TRAIL_STATUS
from scanner.audit_path.stores import VisibleTrail, mappings
from scanner.facts.facts import Facts, member
from scanner.facts.uses import Use
from scanner.model import Gap
from scanner.recording.selectors import read_selectors, records_as_much
from scanner.resources.trails.cloudtrail import (
    EVENT_SELECTORS,
    INSIGHT_SELECTORS,
    event_selectors,
    insight_selectors,
    trail_status,
)
from scanner.snapshot.answers import Answer, Snapshot
from scanner.times import parse_time

VERSIONING = Use("s3.GetBucketVersioning", per=BUCKETS)
OBJECT_LOCK = Use("s3.GetObjectLockConfiguration", per=BUCKETS)

COPIES = (TRAIL_STATUS, EVENT_SELECTORS, INSIGHT_SELECTORS, OBJECT_LOCK, VERSIONING)
"""What the fields about further copies of the logs rest on (see ``take_copies``)."""

_NEWEST = timedelta(hours=24)
"""Oldest newest delivery of a trail that counts as a copy; trail.s3-delivery-fresh has the same by default."""

_LOCK, _VERSIONING = "s3.GetObjectLockConfiguration", "s3.GetBucketVersioning"


def object_lock(answer: Answer) -> dict[str, Any] | None:
    """Object Lock with its default retention in days; a year counts 365, the least it can mean. None without a lock."""
    configuration = member(answer, "ObjectLockConfiguration")
    if configuration is None:
        return None
    rule = configuration.get("Rule")
    retention = rule.get("DefaultRetention") if isinstance(rule, Mapping) else None
    mode = days = None
    if isinstance(retention, Mapping):
        mode, days, years = retention.get("Mode"), retention.get("Days"), retention.get("Years")
        if isinstance(years, int) and not isinstance(years, bool) and not days:
            days = years * 365
    return {"ObjectLockEnabled": configuration.get("ObjectLockEnabled"), "Mode": mode, "RetentionDays": days}


def versioning(answer: Answer) -> dict[str, Any] | None:
    """Versioning ``{Status, MFADelete}``, without a status if the bucket never had any; None without a bucket."""
    return None if answer.absent else {name: answer.first.get(name) for name in ("Status", "MFADelete")}


@dataclass(slots=True)
class _Looked:
    """What was asked on the way: the answers used, and the gaps that may hide a copy."""

    answers: list[Answer] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def use(self, *answers: Answer) -> bool:
        """Whether all of the answers could be had."""
        missing = [answer.gap for answer in answers if answer.gap is not None]
        self.gaps += missing
        self.answers += [answer for answer in answers if answer.gap is None]
        return not missing


COPY_FIELDS = ("Copies", "CopyFacts", "CopiesComplete")
"""The fields that ``take_copies`` puts in."""


def take_copies(
    facts: Facts,
    snapshot: Snapshot,
    account: str,
    bucket: str,
    trails: Sequence[VisibleTrail],
    every: Sequence[VisibleTrail],
) -> None:
    """Put in ``Copies``: for each trail of the bucket the other buckets to which a second trail delivers the same.

    ``every`` holds all visible trails. What could not be read is left out of the copies; ``CopiesComplete`` is then a
    gap.
    """
    looked = _Looked()
    found = {trail.arn: list(_others(snapshot, account, bucket, trail, every, looked)) for trail in trails}
    listed = [{"TrailARN": arn, "Others": others} for arn, others in found.items()]
    facts.take("Copies", listed, *looked.answers)
    sentences = [
        f"{other['Trail']} writes what {arn} records to {other['Bucket']} too "
        f"({protection(other['ObjectLock'], other['Versioning'])})"
        for arn, others in found.items()
        for other in others
    ]
    facts.take("CopyFacts", sentences, *looked.answers)
    if looked.gaps:
        facts.gaps["CopiesComplete"] = looked.gaps[0]
    else:
        facts.take("CopiesComplete", True, *looked.answers)


def protection(lock: Mapping[str, Any] | None, versions: Mapping[str, Any] | None) -> str:
    """Object Lock, versioning and MFA Delete in words."""
    versioned = versions or {}
    return (
        f"Object Lock {_lock_words(lock)}, "
        f"versioning {versioned.get('Status') or 'off'}, MFA Delete {versioned.get('MFADelete') or 'off'}"
    )


def _lock_words(lock: Mapping[str, Any] | None) -> str:
    if lock is None or lock.get("ObjectLockEnabled") != "Enabled":
        return "off"
    if lock.get("RetentionDays") is None:
        return "without a default retention"
    return f"{lock.get('Mode')} for {counted(lock['RetentionDays'], 'day')}"


def _others(
    snapshot: Snapshot,
    account: str,
    bucket: str,
    trail: VisibleTrail,
    every: Sequence[VisibleTrail],
    looked: _Looked,
) -> Iterator[dict[str, Any]]:
    for other in every:
        name = other.text("S3BucketName")
        if name in {"", bucket} or not _reaches_as_far(other, trail):
            continue
        digests = trail.data.get("LogFileValidationEnabled") is True
        if not _delivers(snapshot, account, other, looked, digests=digests):
            continue
        if not _records_all(snapshot, account, other, trail, looked):
            continue
        region = next(item.region for item in every if item.text("S3BucketName") == name)
        lock, versions = (_ask(snapshot, account, region, operation, name) for operation in (_LOCK, _VERSIONING))
        looked.use(lock)
        looked.use(versions)
        yield {
            "Bucket": name,
            "Trail": other.arn,
            "ObjectLock": object_lock(lock),
            "Versioning": versioning(versions),
        }


def _ask(snapshot: Snapshot, account: str, region: str, operation: str, bucket: str) -> Answer:
    """The account's answer; when it was refused, that of another account of the snapshot that could look."""
    answer = snapshot.ask(account, region, operation, {"Bucket": bucket})
    if answer.gap is None:
        return answer
    others = (snapshot.ask(name, region, operation, {"Bucket": bucket}) for name in snapshot.accounts)
    return next((other for other in others if other.gap is None), answer)


def _reaches_as_far(other: VisibleTrail, trail: VisibleTrail) -> bool:
    """Whether the other trail covers the Regions, accounts and global events of the trail, and its digests if any."""
    if other.data.get("IsMultiRegionTrail") is not True and (
        trail.data.get("IsMultiRegionTrail") is True or other.region != trail.region
    ):
        return False
    return all(
        other.data.get(name) is True or trail.data.get(name) is not True
        for name in ("IsOrganizationTrail", "IncludeGlobalServiceEvents", "LogFileValidationEnabled")
    )


def _delivers(snapshot: Snapshot, account: str, trail: VisibleTrail, looked: _Looked, *, digests: bool) -> bool:
    """Whether a trail is logging and delivers: its newest file is recent, for not every failure is reported.

    Where ``digests`` are wanted, so must be the newest digest, if the trail has delivered any yet.
    """
    answer = trail_status(snapshot, account, trail)
    if not looked.use(answer) or answer.first.get("IsLogging") is not True:
        return False
    status, now = answer.first, snapshot.time_of(account)
    digested = status.get("LatestDigestDeliveryTime") or status.get("LatestDigestDeliveryError")
    if digests and digested and not _is_delivered(status, "DigestDelivery", now):
        return False
    return _is_delivered(status, "Delivery", now)


def _is_delivered(status: Mapping[str, Any], kind: str, now: datetime) -> bool:
    """Whether the newest delivery of a kind is recent and no error is reported of it."""
    return not status.get(f"Latest{kind}Error") and _recent(status.get(f"Latest{kind}Time"), now)


def _recent(time: Any, now: datetime) -> bool:
    """Whether an RFC 3339 time lies within the newest hours in which a trail that is logging delivers."""
    moment = parse_time(time)
    # Clocks differ, but a delivery of the day after tomorrow is none.
    return moment is not None and -_NEWEST <= now - moment <= _NEWEST


def _records_all(snapshot: Snapshot, account: str, other: VisibleTrail, trail: VisibleTrail, looked: _Looked) -> bool:
    """Whether the other trail's selectors and Insights record whatever those of the trail do."""
    chosen, wanted = event_selectors(snapshot, account, other), event_selectors(snapshot, account, trail)
    found, asked = insight_selectors(snapshot, account, other), insight_selectors(snapshot, account, trail)
    if not looked.use(chosen, wanted, found, asked):
        return False
    return (
        _same_management(chosen, other, wanted, trail)
        and _beyond_management(wanted) <= _beyond_management(chosen)
        and _insights(asked) <= _insights(found)
    )


def _same_management(chosen: Answer, other: VisibleTrail, wanted: Answer, trail: VisibleTrail) -> bool:
    mine, theirs = (
        read_selectors(answer.first, custom=item.data.get("HasCustomEventSelectors") is not False)
        for answer, item in ((wanted, trail), (chosen, other))
    )
    return records_as_much(theirs, mine)


def _beyond_management(answer: Answer) -> frozenset[str]:
    """The selectors of other events than management events, as text; what they record is only compared as a whole."""
    basic = [
        {"ReadWriteType": item.get("ReadWriteType"), "DataResources": item.get("DataResources")}
        for _, item in mappings(answer, "EventSelectors")
        if item.get("DataResources")
    ]
    advanced = [
        {"FieldSelectors": item.get("FieldSelectors")}
        for _, item in mappings(answer, "AdvancedEventSelectors")
        if not _of_management(item)
    ]
    return frozenset(json.dumps(item, sort_keys=True) for item in (*basic, *advanced))


def _of_management(selector: Mapping[str, Any]) -> bool:
    conditions = selector.get("FieldSelectors")
    return isinstance(conditions, list) and any(
        isinstance(item, Mapping) and item.get("Field") == "eventCategory" and item.get("Equals") == ["Management"]
        for item in conditions
    )


def _insights(answer: Answer) -> frozenset[str]:
    return frozenset(json.dumps(item, sort_keys=True) for _, item in mappings(answer, "InsightSelectors"))
