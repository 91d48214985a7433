"""What the records of a log file contradict of its path and of its digest, and what they tell of trails.

A record belongs to the account and Region of its folder: ``recipientAccountId`` is the account that received the event
(user guide, "CloudTrail record contents"). Events of global services are recorded as of the Regions that the user guide
names under "Global service events", and a trail of one Region that takes them has them in the folder of its own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from scanner.integrity.names import LogName
from scanner.integrity.reading.digest import Entry
from scanner.times import parse_time, rfc3339
from scanner.wording import several

GLOBAL_REGIONS = frozenset(
    {"us-east-1", "us-east-2", "us-west-2", "cn-north-1", "cn-northwest-1", "us-gov-west-1", "us-gov-east-1"}
)
"""Regions as of which events of global services are recorded."""

_CLOCKS = timedelta(minutes=5)
"""How far clocks of services may differ before an event is later than its own delivery."""

_WHOLE_SECONDS = timedelta(seconds=1)
_MARK = b"cloudtrail.amazonaws.com"
_CHANGES = frozenset({"CreateTrail", "StartLogging", "StopLogging", "UpdateTrail", "DeleteTrail"})


_AWS_NAMES = {
    "event_source": "eventSource",
    "event_name": "eventName",
    "event_time": "eventTime",
    "event_id": "eventID",
    "aws_region": "awsRegion",
    "error_code": "errorCode",
    "request_parameters": "requestParameters",
    "user_identity": "userIdentity",
}


class _Record(msgspec.Struct, gc=False, rename="camel"):
    recipient_account_id: str | None = None
    aws_region: str | None = None
    event_time: str | None = None


class _Records(msgspec.Struct, gc=False):
    Records: list[_Record]


class _Named(msgspec.Struct, gc=False):
    name: str | None = None


class _Who(msgspec.Struct, gc=False):
    arn: str | None = None


class _Call(msgspec.Struct, gc=False, rename=_AWS_NAMES):
    event_source: str | None = None
    event_name: str | None = None
    event_time: str | None = None
    event_id: str | None = None
    aws_region: str | None = None
    error_code: str | None = None
    request_parameters: _Named | None = None
    user_identity: _Who | None = None


class _Calls(msgspec.Struct, gc=False):
    Records: list[_Call]


_RECORDS = msgspec.json.Decoder(_Records)
_CALLS = msgspec.json.Decoder(_Calls)


@dataclass(frozen=True, slots=True)
class TrailChange:
    """A call that began, ended or changed logging of a trail, as a record tells it."""

    event: str
    trail: str
    at: datetime
    event_id: str
    by: str
    account: str
    region: str = ""


def contradictions(content: bytes, name: LogName, entry: Entry | None) -> tuple[str, ...]:
    """What the records of a log file contradict, a sentence for each thing; nothing for what holds no records."""
    try:
        records = _RECORDS.decode(content).Records
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return ("it holds no list of records",)
    foreign = {each.recipient_account_id for each in records} - {name.account, None}
    elsewhere = {each.aws_region for each in records} - {name.region, None} - GLOBAL_REGIONS
    told = []
    if foreign:
        count = sum(each.recipient_account_id in foreign for each in records)
        told.append(f"{_are(count)} of account {_first(foreign)}, and its path says {name.account}")
    if elsewhere:
        count = sum(each.aws_region in elsewhere for each in records)
        told.append(f"{_are(count)} of Region {_first(elsewhere)}, and its path says {name.region}")
    return (*told, *_untimely({each.event_time for each in records}, name, entry))


def _untimely(texts: set[str | None], name: LogName, entry: Entry | None) -> tuple[str, ...]:
    # RFC 3339 in UTC, as CloudTrail writes it, is ordered as text is: two of a file's times are read, not all.
    written = sorted(filter(None, texts))
    if not written:
        return ()
    first, last = parse_time(written[0]), parse_time(written[-1])
    if first is None or last is None:
        return (f"a record has the time {written[0] if first is None else written[-1]}, which is not one",)
    if name.delivered is not None and last - name.delivered > _CLOCKS:
        return (f"a record is of {rfc3339(last)}, after the file was delivered ({rfc3339(name.delivered)})",)
    if entry is None or entry.oldest is None or entry.newest is None:
        return ()
    for moment in (first, last):
        if entry.oldest - moment > _WHOLE_SECONDS or moment - entry.newest > _WHOLE_SECONDS:
            span = f"{rfc3339(entry.oldest)} to {rfc3339(entry.newest)}"
            return (f"a record is of {rfc3339(moment)}, and the digest file says that all are of {span}",)
    return ()


def trail_changes(content: bytes, account: str) -> tuple[TrailChange, ...]:
    """The calls in a log file that began, ended or changed logging; those that AWS refused changed nothing."""
    if _MARK not in content:
        return ()
    try:
        records = _CALLS.decode(content).Records
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _one_by_one(content, account)
    return tuple(change for each in records if (change := _change(each, account)))


class _Raws(msgspec.Struct, gc=False):
    Records: list[msgspec.Raw]


def _one_by_one(content: bytes, account: str) -> tuple[TrailChange, ...]:
    """The same where a record of another service has a ``name`` that is not text."""
    found: list[TrailChange] = []
    try:
        raws = msgspec.json.decode(content, type=_Raws).Records
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return ()
    for raw in raws:
        try:
            change = _change(msgspec.json.decode(raw, type=_Call), account) if _MARK in bytes(raw) else None
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            continue
        if change:
            found.append(change)
    return tuple(found)


def _change(call: _Call, account: str) -> TrailChange | None:
    if call.event_name not in _CHANGES or call.event_source != _MARK.decode() or call.error_code:
        return None
    at = parse_time(call.event_time)
    named = call.request_parameters.name if call.request_parameters else None
    if at is None or not named:
        return None
    who = (call.user_identity.arn if call.user_identity else None) or ""
    return TrailChange(
        str(call.event_name), named.rpartition("/")[2], at, call.event_id or "", who, account, call.aws_region or ""
    )


def _are(count: int) -> str:
    return f"{several(count, 'record')} {'is' if count == 1 else 'are'}"


def _first(values: set[str | None]) -> str:
    return min(filter(None, values))
