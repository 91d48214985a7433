"""What log records hold: counts by source, name, actor, Region, error and hour, from when to when, and what is missing.

A profile is a value that records are added to and that other profiles can be merged into. It judges nothing. Its memory
is bounded: a list of names that grows too long counts the rest together, and says so.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import pairwise
from typing import Any

import msgspec

from scanner.events.reading.fields.actors import actor_in, without_session
from scanner.events.reading.fields.insights import insight_api
from scanner.events.reading.fields.views import MISFITS, Record, parse_record
from scanner.model import JsonValue
from scanner.times import delivery_time, parse_iso, read_time

MAX_NAMES = 50_000
"""Different values of a field that are counted apart."""

MAX_IDS = 5_000_000
"""Events whose ids are remembered, to tell events that were delivered twice."""

REST = "(other values)"
UNNAMED = "(none)"
"""Stands for a field that a record does not have."""

INSIGHTS = "(Insights events)"
"""Stands for the source of Insights events: their API was not called then."""

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z")
_LAGS = (("under 5 minutes", 300), ("5 to 15 minutes", 900), ("15 to 60 minutes", 3600))
_LONG_LAG = "over an hour"
_EARLY = "before the event"
_MINUTE = 60  # a file's name holds its delivery time to the minute


_NAMES = {
    "id": "eventID",
    "time": "eventTime",
    "source": "eventSource",
    "name": "eventName",
    "region": "awsRegion",
    "error": "errorCode",
    "account": "recipientAccountId",
    "identity": "userIdentity",
    "version": "eventVersion",
    "category": "eventCategory",
    "kind": "eventType",
    "insight": "insightDetails",
    "insight_name": "insightEventName",
    "insight_source": "insightEventSource",
    "aggregated_id": "eventId",
    "aggregated_account": "accountId",
}


class _Event(msgspec.Struct, gc=False, rename=_NAMES):
    """The members of a record that are counted; of whatever type, because records are what they are."""

    id: Any = None
    time: Any = None
    source: Any = None
    name: Any = None
    region: Any = None
    error: Any = None
    account: Any = None
    identity: Any = None
    version: Any = None
    category: Any = None
    kind: Any = None
    insight: Any = None
    insight_name: Any = None
    insight_source: Any = None
    aggregated_id: Any = None
    aggregated_account: Any = None


_DECODE = msgspec.json.Decoder(_Event).decode


@dataclass(slots=True)
class Tally:
    """Counts by name, of at most ``MAX_NAMES`` names; the rest is counted together."""

    counts: Counter[str] = field(default_factory=Counter)
    rest: int = 0

    def add(self, name: str, number: int = 1) -> None:
        """Count ``name`` so many times."""
        if name in self.counts or len(self.counts) < MAX_NAMES:
            self.counts[name] += number
        else:
            self.rest += number

    def merge(self, other: "Tally") -> None:
        """Add the counts of another tally."""
        for name, number in other.counts.items():
            self.add(name, number)
        self.rest += other.rest

    def top(self, number: int) -> list[tuple[str, int]]:
        """The most frequent names, ties by name, and last what was counted together."""
        ranked = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))[:number]
        return [*ranked, (REST, self.rest)] if self.rest else ranked


DIMENSIONS = ("source", "event", "actor", "Region", "account", "error", "version")
"""What is counted apart, in the order of a report."""


@dataclass(slots=True)
class Profile:
    """Counts over the records added so far; an event that was delivered twice is counted once, and its copies apart.

    ``hours`` holds the hours (``2026-11-20T07``) in which each account has events. ``untimed`` counts records whose
    eventTime is not a UTC time. ``ids`` are digests of the events' ids. ``uncertain`` says that more ids came than are
    remembered, so that copies may be counted as events.
    """

    records: int = 0
    duplicates: int = 0
    unreadable: int = 0
    unidentified: int = 0
    untimed: int = 0
    first: str = ""
    last: str = ""
    tallies: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in DIMENSIONS})
    hours: dict[str, Tally] = field(default_factory=dict)
    lags: Counter[str] = field(default_factory=Counter)
    longest_lag: int = 0
    uncertain: bool = False
    ids: set[bytes] = field(default_factory=set, repr=False)

    @property
    def events(self) -> int:
        """How many different events there are."""
        return self.records - self.duplicates - self.unreadable

    def add(self, records: Iterable[Record], source: str = "") -> None:
        """Count records; the name of their ``source`` tells when they were delivered, if it is a log file's."""
        delivered = delivery_time(source)
        for record in records:
            self.records += 1
            event = _event(record)
            if event is None:
                self.unreadable += 1
            elif self._is_copy(event):
                self.duplicates += 1
            else:
                self._count(event, delivered)

    def merge(self, other: "Profile") -> None:
        """Add the counts of another profile.

        The names of an event that both hold are counted in both, because no profile remembers what an event was; that
        it was a copy is known and counted. Give all records to one profile where that matters.
        """
        shared = len(self.ids & other.ids)
        self.records += other.records
        self.duplicates += other.duplicates + shared
        self.unreadable += other.unreadable
        self.unidentified += other.unidentified
        self.untimed += other.untimed
        self.first = min(filter(None, (self.first, other.first)), default="")
        self.last = max(self.last, other.last)
        for name, tally in other.tallies.items():
            self.tallies[name].merge(tally)
        for account, hours in other.hours.items():
            self.hours.setdefault(account, Tally()).merge(hours)
        self.lags.update(other.lags)
        self.longest_lag = max(self.longest_lag, other.longest_lag)
        together = self.ids | other.ids
        self.uncertain = self.uncertain or other.uncertain or len(together) > MAX_IDS
        self.ids = together if len(together) <= MAX_IDS else set(sorted(together)[:MAX_IDS])

    def _is_copy(self, event: _Event) -> bool:
        own_id = _text(event.id) or _text(event.aggregated_id)
        if not own_id:
            self.unidentified += 1
            return False
        digest = blake2b(own_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        if digest in self.ids:
            return True
        if len(self.ids) < MAX_IDS:
            self.ids.add(digest)
        else:
            self.uncertain = True
        return False

    def _count(self, event: _Event, delivered: datetime | None) -> None:
        account = _text(event.account) or _owner(event.identity) or _text(event.aggregated_account)
        source = _text(event.source)
        tallies = self.tallies
        about = _insight(event) if not source else ""
        tallies["source"].add(source or (INSIGHTS if about else UNNAMED))
        tallies["event"].add(about or f"{source or UNNAMED} {_text(event.name) or UNNAMED}")
        tallies["actor"].add(without_session(actor_in(event.identity)) or UNNAMED)
        tallies["Region"].add(_text(event.region) or UNNAMED)
        tallies["account"].add(account or UNNAMED)
        tallies["version"].add(_text(event.version) or UNNAMED)
        if _text(event.error):
            tallies["error"].add(event.error)
        happened = _time(event.time)
        if happened is None:
            self.untimed += 1
            return
        time: str = event.time
        self.first = min(self.first, time) if self.first else time
        self.last = max(self.last, time)
        self.hours.setdefault(account or UNNAMED, Tally()).add(time[:13])
        if delivered is not None:
            self._lag(happened, delivered)

    def _lag(self, happened: datetime, delivered: datetime) -> None:
        seconds = int((delivered - happened).total_seconds())
        if seconds <= -_MINUTE:
            self.lags[_EARLY] += 1
            return
        self.longest_lag = max(self.longest_lag, seconds)
        self.lags[next((name for name, most in _LAGS if seconds < most), _LONG_LAG)] += 1


def _insight(event: _Event) -> str:
    """The API that an Insights event is about, said so; "" for any other event."""
    members = {
        "eventCategory": event.category,
        "eventType": event.kind,
        "insightDetails": event.insight,
        "insightEventName": event.insight_name,
        "insightEventSource": event.insight_source,
    }
    told = insight_api(members)
    return f"{told[1] or UNNAMED} Insights event on {told[0]}" if told is not None else ""


def gaps(profile: Profile) -> dict[str, list[tuple[str, str, int]]]:
    """The stretches of whole hours in which an account has no event, as (from, to, hours), longest first.

    Only hours between the first and the last event of the account count: a quiet account is not a gap, but whether
    logging was on in such hours is worth asking.
    """
    found: dict[str, list[tuple[str, str, int]]] = {}
    for account, tally in sorted(profile.hours.items()):
        times = sorted(_hour(text) for text in tally.counts)
        missing = [
            (before + timedelta(hours=1), after, int((after - before) / timedelta(hours=1)) - 1)
            for before, after in pairwise(times)
        ]
        listed = [(_stamp(start), _stamp(end), hours) for start, end, hours in missing if hours]
        if listed:
            found[account] = sorted(listed, key=lambda gap: (-gap[2], gap[0]))
    return found


def summary(profile: Profile, number: int = 20) -> dict[str, JsonValue]:
    """The profile as plain JSON data; of every list the ``number`` most frequent entries."""
    missing: dict[str, JsonValue] = {}
    for account, listed in gaps(profile).items():
        missing[account] = [{"from": start, "to": end, "hours": hours} for start, end, hours in listed[:number]]
    return {
        "records": profile.records,
        "events": profile.events,
        "duplicates": profile.duplicates,
        "duplicates_uncertain": profile.uncertain,
        "unreadable": profile.unreadable,
        "without_id": profile.unidentified,
        "without_time": profile.untimed,
        "first": profile.first,
        "last": profile.last,
        "counts": {name: _most_frequent(tally, number) for name, tally in profile.tallies.items()},
        "hours": _busiest(profile, number),
        "gaps": missing,
        "delivery": {"events": dict(sorted(profile.lags.items())), "longest_seconds": profile.longest_lag},
    }


def _most_frequent(tally: Tally, number: int) -> JsonValue:
    frequent: list[JsonValue] = [{"name": name, "events": count} for name, count in tally.top(number)]
    return {"values": len(tally.counts), "most_frequent": frequent}


def _busiest(profile: Profile, number: int) -> JsonValue:
    """The hours with most events, of all accounts together."""
    counts: Counter[str] = Counter()
    for tally in profile.hours.values():
        counts.update(tally.counts)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [{"hour": f"{hour}:00:00Z", "events": count} for hour, count in ordered[:number]]


def _event(record: Record) -> _Event | None:
    try:
        return _DECODE(record)
    except MISFITS:
        whole = parse_record(record)
        return None if whole is None else _Event(**{name: whole.get(member) for name, member in _NAMES.items()})


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _owner(identity: Any) -> str:
    return _text(identity.get("accountId")) if isinstance(identity, Mapping) else ""


def _time(value: Any) -> datetime | None:
    """A UTC time as CloudTrail writes it; None for anything else."""
    # First, last and hour are made of the text itself, so it must be written in one way.
    return parse_iso(value) if isinstance(value, str) and _TIME.fullmatch(value) else None


def _hour(text: str) -> datetime:
    return read_time(f"{text}:00:00Z")


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
