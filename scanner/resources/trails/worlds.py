"""What is read about the trails of an account, and what they record between them at the least and at the most.

A trail whose status or selectors could not be read may record nothing or everything. So may trails of Regions that
could not be looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from scanner.arns import global_region
from scanner.audit_path.event_log_groups import DATA_EVENTS, LISTING, MANAGEMENT_EVENTS
from scanner.audit_path.stores import (
    AuditLogGroup,
    VisibleTrail,
    audit_log_groups,
    enabled_regions,
    event_log_groups,
    mappings,
    visible_trails,
)
from scanner.audit_path.telemetry import channels_in
from scanner.model import CallKey, Gap, GapKind, Source
from scanner.recording.recorded_events import EVERYTHING as EVERY_EVENT
from scanner.recording.recorded_events import NOTHING, Recorded
from scanner.recording.recorders import ELSEWHERE, Recorder, World
from scanner.recording.selectors import EVERYTHING, read_selectors
from scanner.resources.trails.channels import selected_by
from scanner.resources.trails.cloudtrail import event_selectors, insight_selectors, trail_status
from scanner.snapshot.answers import Answer, Snapshot

CALL_RATE, ERROR_RATE = "ApiCallRateInsight", "ApiErrorRateInsight"

_SKIPPED = "Regions skipped"
"""Takes the place of the enabled Regions that could not be looked at although they are in scope."""


@dataclass(slots=True)
class TrailFacts:
    """What was read, by kind of fact: least and most of each trail, the answers used, and the gaps met."""

    least: list[Recorder] = field(default_factory=list)
    most: list[Recorder] = field(default_factory=list)
    gaps: dict[str, list[Gap]] = field(default_factory=dict)
    cites: dict[str, list[Source]] = field(default_factory=dict)

    def note(self, kind: str, answer: Answer, pointer: str = "/pages/0") -> None:
        """Remember an answer as a source or a gap of one kind of fact."""
        if answer.gap is not None:
            self.gaps.setdefault(kind, []).append(answer.gap)
        else:
            self.cites.setdefault(kind, []).append(Source(answer.key, "" if answer.absent else pointer))


def read_worlds(snapshot: Snapshot, account: str) -> tuple[TrailFacts, World, World]:
    """Everything read about the trails, and the account at its least and at its most."""
    regions = enabled_regions(snapshot, account)
    facts = TrailFacts()
    visible = visible_trails(snapshot, account)
    groups: dict[str, AuditLogGroup] = {}
    for group in audit_log_groups(visible):
        groups |= dict.fromkeys((trail.arn for trail in group.trails), group)
    for trail in visible.trails:
        facts.cites.setdefault("trails", []).append(trail.source)
        _add_trail(facts, snapshot, account, trail, groups.get(trail.arn))
    unlisted = {gap.region for gap in visible.gaps}
    seen = [region for region in regions if region not in unlisted]
    _add_unseen(facts, visible.gaps, anywhere=not seen, leader=global_region(snapshot.partition))
    regions = _with_elsewhere(facts, snapshot, account, regions)
    entered, channels = _channels(facts, snapshot, account)
    least = World(regions, tuple(facts.least), snapshot.partition, entered)
    return facts, least, World(regions, tuple(facts.most), snapshot.partition, channels)


def _channels(facts: TrailFacts, snapshot: Snapshot, account: str) -> tuple[frozenset[str], frozenset[str]]:
    """The Regions in which all management events are set to reach a log group without a trail, and where any may.

    A listing that nobody asked for, as in a snapshot of an earlier version, shows no such group.
    """
    found = event_log_groups(snapshot, account)
    facts.cites.setdefault("channels", []).extend(found.listings)
    gaps = facts.gaps.setdefault("channels", [])
    gaps += [gap for gap in found.gaps if gap.kind is not GapKind.NOT_COLLECTED]
    entered: set[str] = set()
    for group in found.groups:
        selected, why = _selected(facts, snapshot, account, group)
        if selected.surely is EVERY_EVENT:
            entered.add(group.region)
        elif selected.at_most is not NOTHING:
            reason = f"CloudTrail events may enter log group {group.name} in {group.region} without a trail, {why}"
            key = CallKey(account, group.region, "logs.DescribeLogGroups", LISTING)
            gaps.append(Gap(key=key, kind=GapKind.NOT_COLLECTED, reason=reason))
    return frozenset(entered), frozenset(entered | {gap.region for gap in gaps})


def _selected(facts: TrailFacts, snapshot: Snapshot, account: str, group: AuditLogGroup) -> tuple[Recorded, str]:
    """What CloudWatch's channels bring into a log group, and why that is not known, as the end of a sentence."""
    unknown = Recorded(NOTHING, EVERY_EVENT)
    if group.name == DATA_EVENTS:
        return Recorded(NOTHING, NOTHING), ""
    if group.name != MANAGEMENT_EVENTS:
        return unknown, "by a telemetry rule; which events that rule selects is not looked at"
    channels, hidden = channels_in(snapshot, account, group.region)
    gap = hidden or next((channel.gap for channel in channels if channel.gap is not None), None)
    if gap is not None:
        return unknown, f"by a telemetry rule; which events that rule selects is not known: {gap.reason}"
    if not channels:
        return unknown, "although CloudWatch has no service-linked channel there"
    facts.cites.setdefault("channels", []).extend(source for channel in channels for source in channel.sources)
    return selected_by(channels), "and which of them its service-linked channel selects is not certain, or not all are"


def _add_trail(
    facts: TrailFacts, snapshot: Snapshot, account: str, trail: VisibleTrail, group: AuditLogGroup | None
) -> None:
    status = trail_status(snapshot, account, trail)
    chosen = event_selectors(snapshot, account, trail)
    insights = insight_selectors(snapshot, account, trail)
    facts.note("status", status)
    facts.note("selectors", chosen)
    facts.note("insights", insights)
    logging = status.first.get("IsLogging") is True
    selectors = read_selectors(chosen.first, custom=trail.data.get("HasCustomEventSelectors") is not False)
    types, data_types = (_insight_types(insights, category) for category in ("Management", "Data"))
    delivers = _delivers(facts, snapshot, account, trail, group)
    multi_region = trail.data.get("IsMultiRegionTrail") is True
    leads = multi_region or trail.region == global_region(snapshot.partition)
    for least in (True, False):
        unread = () if least else (EVERYTHING,)
        recorder = Recorder(
            arn=trail.arn,
            region=trail.region,
            multi_region=multi_region,
            logging=logging if status.gap is None else not least,
            organization=trail.data.get("IsOrganizationTrail") is True,
            global_events=trail.data.get("IncludeGlobalServiceEvents") is True and leads,
            selectors=selectors if chosen.gap is None else unread,
            insights=types if insights.gap is None else frozenset(() if least else (CALL_RATE, ERROR_RATE)),
            data_insights=data_types if insights.gap is None else frozenset(() if least else (CALL_RATE, ERROR_RATE)),
            log_group=not least if delivers is None else delivers,
        )
        (facts.least if least else facts.most).append(recorder)


def _insight_types(answer: Answer, category: str) -> frozenset[str]:
    """The Insights types recorded on a category of events: on management events unless categories say otherwise."""
    return frozenset(
        str(item.get("InsightType"))
        for _, item in mappings(answer, "InsightSelectors")
        if category in (item.get("EventCategories") or ["Management"])
    )


def _delivers(
    facts: TrailFacts, snapshot: Snapshot, account: str, trail: VisibleTrail, group: AuditLogGroup | None
) -> bool | None:
    """Whether the trail delivers to a log group that exists; None when that could not be seen."""
    if group is None or not trail.text("CloudWatchLogsRoleArn"):
        return False
    arguments = {"logGroupNamePrefix": group.name}
    if group.account != account and group.account not in snapshot.accounts:
        reason = (
            f"Log group {group.name} belongs to account {group.account}, which was not looked at: scan that account too"
        )
        key = CallKey(group.account, group.region, "logs.DescribeLogGroups", arguments)
        gap = Gap(key=key, kind=GapKind.NOT_COLLECTED, reason=reason)
        facts.gaps.setdefault("log-group", []).append(gap)
        return None
    answer = snapshot.ask(group.account, group.region, "logs.DescribeLogGroups", arguments)
    names = {str(item.get("logGroupName")): pointer for pointer, item in mappings(answer, "logGroups")}
    facts.note("log-group", answer, names.get(group.name, ""))
    return None if answer.gap is not None else group.name in names


def _add_unseen(facts: TrailFacts, gaps: Sequence[Gap], *, anywhere: bool, leader: str) -> None:
    """Allow for trails in Regions whose listing was refused.

    A multi-Region trail shows in every Region, so such a trail records its own Region only, unless no listing at all
    could be had.
    """
    for gap in gaps:
        facts.gaps.setdefault("trails", []).append(gap)
        facts.most.append(_unseen(gap.region, multi_region=anywhere, leads=anywhere or gap.region == leader))


def _unseen(region: str, *, multi_region: bool, leads: bool) -> Recorder:
    return Recorder(
        arn="",
        region=region,
        multi_region=multi_region,
        logging=True,
        organization=True,
        global_events=leads,
        selectors=(EVERYTHING,),
        insights=frozenset({CALL_RATE, ERROR_RATE}),
        data_insights=frozenset({CALL_RATE, ERROR_RATE}),
        log_group=True,
    )


def _with_elsewhere(facts: TrailFacts, snapshot: Snapshot, account: str, regions: tuple[str, ...]) -> tuple[str, ...]:
    """The Regions that matter: those in scope and, when others are enabled or may be, a stand-in for them."""
    place, left_out = regions_left_out(snapshot, account, regions)
    if not left_out:
        return regions
    arguments = {"includeShadowTrails": True}
    kind = GapKind.OUT_OF_SCOPE if place == ELSEWHERE else GapKind.NOT_COLLECTED
    gap = Gap(key=CallKey(account, "", "cloudtrail.DescribeTrails", arguments), kind=kind, reason=left_out)
    facts.gaps.setdefault("trails", []).append(gap)
    facts.most.append(_unseen(place, multi_region=False, leads=True))
    return (*regions, place)


def place_of(region: str, world: World) -> str:
    """The Region by which a world knows one: that of Regions that were left out, where it is among these."""
    if region in world.regions:
        return region
    return next((place for place in (ELSEWHERE, _SKIPPED) if place in world.regions), region)


def regions_left_out(snapshot: Snapshot, account: str, regions: tuple[str, ...]) -> tuple[str, str]:
    """Why enabled Regions of the account may have been left out, with their stand-in; "" when none were."""
    scope = snapshot.run["scope"]
    if (scope.get("asked") or {}).get("regions") != "enabled":
        looked_at = f"Region {regions[0]} was" if len(regions) == 1 else f"Regions {', '.join(regions)} were"
        return ELSEWHERE, f"Only {looked_at} looked at; scan without --region to judge all enabled Regions"
    skipped = scope["accounts"][account].get("skipped") or {}
    enabled = sorted(region for region, why in skipped.items() if why != "not enabled")
    return _SKIPPED, f"Enabled Regions were skipped: {', '.join(enabled)}" if enabled else ""
