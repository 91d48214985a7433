"""Which trails an account can see, and the log groups they deliver to.

Buckets, keys, log groups, alarms and topics are "audit" resources only because a trail leads to them; this module
answers that once for all of them. It asks nothing beyond ``cloudtrail.DescribeTrails``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from scanner.arns import parse_arn
from scanner.audit_path.event_log_groups import LISTING, MANAGEMENT_EVENTS, event_log_group, event_log_group_arn
from scanner.facts.facts import checked
from scanner.model import CallKey, Gap, GapKind, Source
from scanner.snapshot.answers import Answer, Snapshot
from scanner.snapshot.partly import NotKnownError, known_part

LIST_TRAILS = "cloudtrail.DescribeTrails"
SHADOWS: Mapping[str, Any] = {"includeShadowTrails": True}
"""The call that lists every trail a Region shows, those of other Regions and accounts included."""


_APART = frozenset({"KmsKeyId", "LogFileValidationEnabled", "SnsTopicARN", "SnsTopicName"})
"""Members of a trail without which it is still known which events it brings where."""


@dataclass(frozen=True, slots=True)
class VisibleTrail:
    """One trail as ``cloudtrail.DescribeTrails`` shows it, whoever owns it.

    ``data`` holds AWS's members; ``region`` is the trail's home Region ("" when AWS names none). Reading a member that
    is not known raises ``NotKnownError``, which only those of ``_APART`` can do.
    """

    arn: str
    account: str
    region: str
    data: Mapping[str, Any]
    source: Source

    def text(self, member: str) -> str:
        """A text member, or "" when it is absent or of another type."""
        value = self.data.get(member)
        return value if isinstance(value, str) else ""

    def told(self, member: str) -> str:
        """A text member for those who ask what is known to be there; "" also when it is not known."""
        try:
            return self.text(member)
        except NotKnownError:
            return ""


@dataclass(frozen=True, slots=True)
class VisibleTrails:
    """The visible trails by ARN; ``gaps`` say in which Regions trails may be missing."""

    trails: tuple[VisibleTrail, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class AuditLogGroup:
    """A log group that CloudTrail's events reach. ``arn`` has no trailing ``:*``.

    ``trails`` are the visible trails that deliver to it; ``listed`` is where the listing of log groups that events
    enter without a trail shows it, the answer and its pointer, and ``key`` the KMS key that this listing names.
    """

    arn: str
    account: str
    region: str
    name: str
    trails: tuple[VisibleTrail, ...]
    listed: Source | None = None
    key: str = ""

    @property
    def receives(self) -> str:
        """Whose events it is for, as far as known, for sentences."""
        names = [f"{trail.arn.rpartition('/')[2]} ({trail.region})" for trail in self.trails]
        by_trail = [f"events of trail {name}" for name in names]
        return " and ".join([*by_trail, *(["CloudTrail events in CloudWatch Logs"] if self.listed else [])])


@dataclass(frozen=True, slots=True)
class EventLogGroups:
    """The log groups that CloudTrail events enter without a trail; ``gaps`` say in which Regions some may be missing.

    ``listings`` are the answers that list them, also where there are none.
    """

    groups: tuple[AuditLogGroup, ...] = ()
    gaps: tuple[Gap, ...] = ()
    listings: tuple[Source, ...] = ()


def mappings(answer: Answer, member: str) -> list[tuple[str, Mapping[str, Any]]]:
    """The listed objects of an answer with their JSON Pointers; anything that is not an object is left out."""
    return [(pointer, item) for pointer, item in answer.items(member) if isinstance(item, Mapping)]


def enabled_regions(snapshot: Snapshot, account: str) -> tuple[str, ...]:
    """The Regions in scope but for those that refuse because they are not enabled: nothing happens in these.

    When every Region refuses so, the answer is all of them: then nothing was looked at.
    """
    regions = snapshot.regions(account)
    gaps = {region: _listing(snapshot, account, region).gap for region in regions}
    enabled = tuple(region for region, gap in gaps.items() if gap is None or gap.kind is not GapKind.REGION_OFF)
    return enabled or regions


def looked_everywhere(snapshot: Snapshot, account: str) -> bool:
    """Whether every enabled Region of the account is in scope: none was named, and none of them was skipped."""
    scope = snapshot.run["scope"]
    skipped = scope["accounts"][account].get("skipped") or {}
    asked = (scope.get("asked") or {}).get("regions")
    return asked == "enabled" and all(why == "not enabled" for why in skipped.values())


def _listing(snapshot: Snapshot, account: str, region: str) -> Answer:
    return checked(snapshot.ask(account, region, LIST_TRAILS, SHADOWS).in_part, "trailList", list)


def no_region(snapshot: Snapshot, account: str) -> Gap:
    """The gap of an account of which no Region was looked at."""
    key = CallKey(account, "", LIST_TRAILS, SHADOWS)
    why = snapshot.left_out(account)
    reason = (
        f"account {account} could not be looked at: {why}" if why else f"No Region of account {account} was in scope"
    )
    return Gap(key=key, kind=GapKind.NOT_COLLECTED, reason=reason)


def visible_trails(snapshot: Snapshot, account: str) -> VisibleTrails:
    """Every trail that any Region in scope shows, each once.

    A multi-Region or organization trail appears in every Region as a shadow; its home Region's own answer is
    preferred, then the alphabetically first Region's. Without any Region in scope nothing is known of the trails.
    """
    found: dict[str, VisibleTrail] = {}
    gaps = [] if snapshot.regions(account) else [no_region(snapshot, account)]
    for region in enabled_regions(snapshot, account):
        answer = _listing(snapshot, account, region)
        if answer.gap is not None:
            gaps.append(answer.gap)
        for pointer, data in mappings(answer, "trailList"):
            _, unknown = known_part(data)
            hidden = next((unknown[name] for name in sorted(unknown) if name not in _APART), None)
            if hidden is not None:
                gaps.append(hidden)
                continue
            trail = _visible(data, region, account, Source(answer.key, pointer))
            if trail.arn not in found or trail.region == region:
                found[trail.arn] = trail
    return VisibleTrails(tuple(found[arn] for arn in sorted(found)), tuple(gaps))


def _visible(data: Mapping[str, Any], region: str, account: str, source: Source) -> VisibleTrail:
    name, home = data.get("TrailARN"), data.get("HomeRegion")
    arn = parse_arn(name)
    return VisibleTrail(
        arn=name if isinstance(name, str) else str(data.get("Name") or ""),
        account=arn.account if arn else account,
        region=home if isinstance(home, str) and home else (arn.region if arn else region),
        data=data,
        source=source,
    )


def audit_log_groups(visible: VisibleTrails) -> tuple[AuditLogGroup, ...]:
    """The distinct log groups of the trails' ``CloudWatchLogsLogGroupArn``, by ARN.

    A trail names its group as ``arn:…:log-group:NAME:*`` (CloudTrail API reference, ``Trail``); what is not such
    an ARN leads nowhere and is left out.
    """
    named: dict[str, list[VisibleTrail]] = {}
    for trail in visible.trails:
        arn = log_group_arn(trail.text("CloudWatchLogsLogGroupArn"))
        if arn:
            named.setdefault(arn, []).append(trail)
    groups: list[AuditLogGroup] = []
    for text, trails in sorted(named.items()):
        arn_parts = parse_arn(text)
        if arn_parts is not None:
            name = arn_parts.named("log-group:")
            groups.append(AuditLogGroup(text, arn_parts.account, arn_parts.region, name, tuple(trails)))
    return tuple(groups)


def event_log_groups(snapshot: Snapshot, account: str) -> EventLogGroups:
    """The log groups that CloudTrail events enter without a trail, in every Region; they are known by their name."""
    groups: list[AuditLogGroup] = []
    gaps: list[Gap] = []
    listings: list[Source] = []
    for region in enabled_regions(snapshot, account):
        answer = checked(snapshot.ask(account, region, "logs.DescribeLogGroups", LISTING), "logGroups", list)
        if answer.gap is not None:
            gaps.append(answer.gap)
            continue
        listings.append(Source(answer.key, ""))
        for pointer, listed in mappings(answer, "logGroups"):
            if name := event_log_group(listed):
                arn = event_log_group_arn(snapshot.partition, region, account, name)
                key = listed.get("kmsKeyId")
                source = Source(answer.key, pointer)
                groups.append(
                    AuditLogGroup(arn, account, region, name, (), source, key if isinstance(key, str) else "")
                )
    return EventLogGroups(tuple(groups), tuple(gaps), tuple(listings))


def managed_log_groups(snapshot: Snapshot, account: str) -> tuple[AuditLogGroup, ...]:
    """Those of them that are for management events, by Region."""
    return tuple(group for group in event_log_groups(snapshot, account).groups if group.name == MANAGEMENT_EVENTS)


def watched_log_groups(snapshot: Snapshot, account: str, visible: VisibleTrails) -> tuple[AuditLogGroup, ...]:
    """The log groups of management events: those of visible trails, then those that events enter without one."""
    by_trail = audit_log_groups(visible)
    known = {group.arn for group in by_trail}
    return (*by_trail, *(group for group in managed_log_groups(snapshot, account) if group.arn not in known))


def log_group_arn(text: str) -> str:
    """A log group's ARN without the trailing ``:*`` (or stream part); "" when the text is not one."""
    arn = parse_arn(text)
    name = arn.named("log-group:") if arn is not None and arn.service == "logs" else ""
    return str(replace(arn, resource=f"log-group:{name}")) if arn is not None and name else ""


def foreign_group(
    snapshot: Snapshot, account: str, group: AuditLogGroup, operation: str, arguments: Mapping[str, Any]
) -> Gap:
    """The gap that a log group of another account leaves: it cannot be looked into from ``account``."""
    reason = f"Log group {group.name} belongs to account {group.account}, {_how_looked_at(snapshot, account, group)}"
    key = CallKey(group.account, group.region, operation, arguments)
    return Gap(key=key, kind=GapKind.NOT_COLLECTED, reason=reason)


def told_by_owner(snapshot: Snapshot, account: str, group: AuditLogGroup) -> bool:
    """Whether a log group is another account's that was looked at and sees its trail: its own facts tell of it."""
    owner = group.account
    if owner == account or owner not in snapshot.accounts or not snapshot.regions(owner):
        return False
    return any(group.arn == each.arn for each in audit_log_groups(visible_trails(snapshot, owner)))


def _how_looked_at(snapshot: Snapshot, account: str, group: AuditLogGroup) -> str:
    """What is known of the account that owns a log group of another, as the end of a sentence."""
    if group.account not in snapshot.accounts:
        return "which was not looked at: scan that account too"
    if why := snapshot.left_out(group.account):
        return f"which could not be looked at: {why}"
    return f"whose own facts tell of it; {account} cannot look into it"
