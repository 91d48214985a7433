"""The things that records are replayed through, as values; what a thing certainly does not do is a clause in ``off``.

``unknown`` is a clause about what is not known of a thing, so that what it would have done is not known either; "" when
everything that matters is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scanner.alarms.alarm import Alarm
from scanner.alarms.metric import PublishedMetric
from scanner.alarms.muting.rules import MuteRule
from scanner.eventbridge.nodes import EventPattern
from scanner.pattern import Pattern
from scanner.pattern.language.nodes import Steps
from scanner.recording.recorded_events import GLOBAL_SOURCES
from scanner.recording.selected_records import Selected, selects


@dataclass(frozen=True, slots=True)
class DeployedTrail:
    """A trail, or what fills a log group without one. ``group`` is the ARN of its log group, "" when it has none.

    ``members`` are the accounts that see it as the trail of their organization, besides its own. ``undelivered`` is a
    clause about why nothing of it arrives in the log group, ``undelivered_perhaps`` about why that may be so.
    """

    arn: str
    name: str
    account: str
    home: str
    group: str
    multi_region: bool = True
    members: frozenset[str] = frozenset()
    global_services: bool = True
    selectors: Mapping[str, Any] = field(default_factory=dict)
    custom: bool = False
    off: str = ""
    unknown: str = ""
    undelivered: str = ""
    undelivered_perhaps: str = ""

    def takes(self, record: Mapping[str, Any], account: str) -> Selected:
        """Whether it records the event of a record of an account."""
        if account != self.account and account not in self.members:
            return Selected(verdict=False, why="it records another account")
        region = record.get("awsRegion")
        if not self.multi_region and region != self.home:
            return Selected(verdict=False, why=f"it records {self.home} alone, and the event is of {region}")
        if self.off:
            return Selected(verdict=False, why=self.off)
        if self.unknown:
            return Selected(None, self.unknown)
        if not self.global_services and record.get("eventSource") in GLOBAL_SOURCES:
            return Selected(verdict=False, why="it leaves out the events of global services")
        return selects(self.selectors, record, custom=self.custom)


@dataclass(frozen=True, slots=True)
class DeployedFilter:
    """A metric filter of the log group ``group``; ``created`` is the minute since 1970 (None: AWS does not say).

    ``value`` is what a match publishes: a number, or the field of the record that holds it. ``dimensions`` are the
    fields that give the values of dimensions, by name. ``pattern`` is None where that is broken or not known.
    """

    name: str
    group: str
    account: str
    region: str
    pattern: Pattern | None
    metric: PublishedMetric | None = None
    value: float | Steps = 1.0
    dimensions: tuple[tuple[str, Steps], ...] = ()
    created: int | None = None
    off: str = ""
    unknown: str = ""

    @property
    def called(self) -> str:
        """How sentences name it."""
        return f"metric filter {self.name}"


@dataclass(frozen=True, slots=True)
class DeployedGroup:
    """A log group with its filters. ``trailless`` says that CloudTrail's events also enter it without a trail.

    ``piped`` is a clause about what may change the events, or take them away, before its filters read them.
    """

    arn: str
    name: str
    account: str
    region: str
    filters: tuple[DeployedFilter, ...] = ()
    off: str = ""
    unknown: str = ""
    trailless: bool = False
    piped: str = ""


@dataclass(frozen=True, slots=True)
class DeployedRule:
    """A rule on the default event bus of its account and Region; ``reads`` says that it hears read-only events too."""

    arn: str
    name: str
    account: str
    region: str
    pattern: EventPattern | None
    reads: bool = False
    off: str = ""
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class DeployedMute:
    """An alarm mute rule, and when it begins (None: it has no beginning)."""

    rule: MuteRule
    starts: datetime | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """What watches metrics in one Region of an account: its alarms of every kind, and the rules that mute them.

    ``unknown`` says why there may be other alarms, ``unknown_mutes`` why there may be other mute rules. ``seen_from``
    are the other accounts of the snapshot that see these metrics, and ``seen_perhaps`` says why still others may.
    ``collected`` is the minute up to which the alarms are known to be in the states that they show.
    """

    account: str
    region: str
    alarms: tuple[Alarm, ...] = ()
    mutes: tuple[DeployedMute, ...] = ()
    unknown: str = ""
    unknown_mutes: str = ""
    seen_from: frozenset[str] = frozenset()
    seen_perhaps: str = ""
    collected: int = 0


@dataclass(frozen=True, slots=True)
class Deployment:
    """Everything that records are replayed through.

    ``hidden`` says, by account, why there may be trails that are not known; ``hidden_rules`` the same of EventBridge
    rules, by account and Region.
    """

    accounts: frozenset[str]
    trails: tuple[DeployedTrail, ...] = ()
    groups: tuple[DeployedGroup, ...] = ()
    watches: tuple[Watch, ...] = ()
    rules: tuple[DeployedRule, ...] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)
    hidden_rules: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def filters(self) -> Sequence[DeployedFilter]:
        """The filters of all log groups, in a fixed order."""
        return tuple(each for group in self.groups for each in group.filters)

    def log_alarms(self, group: DeployedGroup) -> Iterator[Alarm]:
        """The log alarms whose query reads a log group: they are not replayed."""
        for alarm in self.watch(group.account, group.region).alarms:
            if alarm.log is not None and alarm.log.reads(group.name, group.arn):
                yield alarm

    def watch(self, account: str, region: str) -> Watch:
        """What watches metrics there."""
        return next(
            (each for each in self.watches if (each.account, each.region) == (account, region)), Watch(account, region)
        )
