"""The facts of an account's routes: its trails, and what the owners of their log groups have beside these.

They are gathered once and judged for any rule; nothing here depends on one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scanner.alarms.metric import PublishedMetric
from scanner.arns import Arn
from scanner.audit_path.observability import Sharing
from scanner.audit_path.stores import EventLogGroups
from scanner.audit_path.telemetry import Feed, Piping
from scanner.audit_path.watching import ListedAlarm
from scanner.checks.route.watching.eventbridge.rules import Beyond
from scanner.checks.route.watching.filters import JudgedFilter
from scanner.checks.route.watching.notifiers import Notifiers
from scanner.facts.rows import Row
from scanner.model import Gap, Source
from scanner.resources.monitoring.eventbridge.event_rules import ListedRule


@dataclass(frozen=True, slots=True)
class Listing:
    """What one call listed: the rows, where it is recorded, and why it gave nothing (None when it did)."""

    source: Source
    gap: Gap | None


@dataclass(frozen=True, slots=True)
class Group:
    """An audit log group with its filters, and the pipelines beside it (None: they were not asked for)."""

    row: Row
    filters: tuple[JudgedFilter, ...]
    listing: Listing
    piping: Piping | None = None


@dataclass(frozen=True, slots=True)
class Monitor:
    """What another account watches of an account's metrics in one Region: alarms, as if the metrics were their own.

    ``sharing`` says by namespace whether the metrics are seen there. Where ``hidden`` says why the alarms are not
    known, there are none.
    """

    account: str
    sharing: Mapping[str, Sharing]
    alarms: tuple[ListedAlarm, ...] = ()
    notifiers: Notifiers | None = None
    hidden: str = ""
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Region:
    """What alarms there are in one Region of an account that owns audit log groups.

    ``publishers`` are the metrics of all its filters that were seen; ``unseen`` is a gap that may hide more.
    ``monitors`` are the other accounts that watch them, ``log_alarms`` those whose queries read log groups.
    """

    alarms: tuple[ListedAlarm, ...]
    notifiers: Notifiers
    listing: Listing
    publishers: tuple[PublishedMetric, ...]
    unseen: Gap | None
    monitors: tuple[Monitor, ...] = ()
    log_alarms: tuple[ListedAlarm, ...] = ()


@dataclass(frozen=True, slots=True)
class Destination:
    """The log groups an account owns, by ARN without ``:*``, the alarms beside them, by Region, and topics by ARN."""

    groups: Mapping[str, Group]
    regions: Mapping[str, Region]
    topics: Mapping[str, Row] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditPath:
    """All facts of an account's routes.

    ``leading`` is the Region that records global services. ``destinations`` holds, by account, what is known of the
    owners of the log groups. ``trail_gaps`` say where trails may be hidden; ``listings`` are the calls that list
    trails. ``event_rules`` are the EventBridge rules that CloudTrail's events can match, ``event_gaps`` where some may
    be hidden, ``listed_rules`` all that are listed, ``beyond`` what they send to; ``channels`` are the log groups
    filled without a trail, ``feeds`` what fills those of them that are judged. ``way_listings`` are the calls
    that list both, by Region. ``organization`` is the id of the account's organization ("": in none, or not known).
    """

    account: str
    regions: tuple[str, ...]
    leading: str
    now: datetime
    trails: tuple[Row, ...]
    trail_gaps: tuple[Gap, ...]
    listings: tuple[Source, ...]
    destinations: Mapping[str, Destination]
    event_rules: tuple[Row, ...] = ()
    event_gaps: tuple[Gap, ...] = ()
    listed_rules: tuple[ListedRule, ...] = ()
    beyond: Beyond = field(default_factory=Beyond)
    channels: EventLogGroups = field(default_factory=EventLogGroups)
    feeds: tuple[Feed, ...] = ()
    way_listings: Mapping[str, tuple[Source, ...]] = field(default_factory=dict)
    organization: str = ""

    @property
    def of_manager(self) -> Row | None:
        """A trail that shows that the account is a member of an organization, not its manager; None without one.

        An organization trail belongs to the management account, and members see it. Source: CloudTrail User Guide,
        "Creating a trail for an organization".
        """
        shared = (row for row in self.trails if row.data.get("IsOrganizationTrail") is True)
        return next((row for row in shared if row.data.get("Owned") is False), None)

    def owner(self, place: Arn) -> Destination | None:
        """What is known of the account that owns a log group; None when that account is not in the snapshot."""
        return self.destinations.get(place.account)

    def region(self, place: Arn) -> Region | None:
        """The alarms beside a log group; None when they were not looked at."""
        owner = self.owner(place)
        return owner.regions.get(place.region) if owner is not None else None

    def group(self, arn: str, place: Arn) -> Group:
        """A log group that a trail names, from its owner's own facts if those are in the snapshot too."""
        owner = self.owner(place)
        if owner is not None and arn in owner.groups:
            return owner.groups[arn]
        # Every log group that a visible trail names is among the account's own rows.
        return self.destinations[self.account].groups[arn]
