"""What the logging trails of an account record between them, as facts about the account.

A trail whose status or selectors could not be read may record nothing or everything. Each fact is worked out twice,
with such trails at their least and at their most; it is stated when both agree and is a gap otherwise. So a fact that
readable trails already prove stands, and one that an unreadable trail could change is never guessed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.arns import global_region
from scanner.audit_path.event_log_groups import LISTING
from scanner.audit_path.places import (
    EVENT_LOG_GROUP_LISTING,
    LOG_GROUP_LISTING,
    TRAIL_LISTING,
    TRAIL_STATUS,
)
from scanner.audit_path.stores import (
    AuditLogGroup,
    VisibleTrail,
    audit_log_groups,
    enabled_regions,
    event_log_groups,
    mappings,
    no_region,
    visible_trails,
)
from scanner.facts.rows import Field, ResourceType, Row, View
from scanner.model import CallKey, Gap, GapKind, JsonValue, Source
from scanner.recording.recorders import ELSEWHERE, Recorder, World
from scanner.recording.selected_events import EVERY_SOURCE, SIDES
from scanner.recording.selectors import (
    EVERYTHING,
    OPTIONAL_SOURCES,
    dropping_fields,
    read_selectors,
    records_all_objects,
    unrecorded_sources,
)
from scanner.resources.trails.cloudtrail import (
    EVENT_SELECTORS,
    INSIGHT_SELECTORS,
    event_selectors,
    insight_selectors,
    trail_status,
)
from scanner.resources.trails.organizations import DESCRIBE_ORGANIZATION, describe_organization
from scanner.snapshot.answers import Answer, Snapshot

Sources = tuple[Source, ...]

CALL_RATE, ERROR_RATE = "ApiCallRateInsight", "ApiErrorRateInsight"

"""The kind of gap that Regions leave which the user did not ask for."""

_SKIPPED = "Regions skipped"
"""Stands for the enabled Regions that could not be looked at although they are in scope."""


@dataclass(slots=True)
class _Facts:
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


def coverage_view(snapshot: Snapshot, account: str) -> View:
    """One row about the account; no row, and a gap, when no Region of it was looked at."""
    if not snapshot.regions(account):
        return View((), (no_region(account),))
    facts, least, most = _read(snapshot, account)
    data, gaps = _settle(facts, least, most)
    _organization(facts, snapshot, account, data, gaps)
    sources = _sources(facts, snapshot, account)
    row = Row("cloudtrail.coverage", account, "", account, data, sources, gaps, _cites(facts))
    return View((row,))


def object_events(snapshot: Snapshot, account: str, bucket: str, region: str) -> dict[str, tuple[bool | Gap, Sources]]:
    """Whether logging trails record the data events of every object in a bucket, by side, and the answers used.

    ``region`` is the bucket's; "" when it is not known, which asks for every Region. A gap when the trails that
    could be read do not decide it.
    """
    facts, least, most = _read(snapshot, account)
    if region:
        least, most = World((region,), least.trails), World((region,), most.trails)
    sources = tuple(source for kind in _BY_SELECTORS for source in facts.cites.get(kind, ()))
    prefix = f"arn:{snapshot.partition}:s3:::{bucket}/"
    found: dict[str, tuple[bool | Gap, Sources]] = {}
    for side in SIDES:
        recorded = _objects(side, prefix)
        value = recorded(least)
        gap = None if value == recorded(most) else _gap(facts, _BY_SELECTORS)
        found[side] = (value if gap is None else gap, sources)
    return found


def _read(snapshot: Snapshot, account: str) -> tuple[_Facts, World, World]:
    """Everything read about the trails, and the account at its least and at its most."""
    regions = enabled_regions(snapshot, account)
    facts = _Facts()
    visible = visible_trails(snapshot, account)
    groups = {trail.arn: group for group in audit_log_groups(visible) for trail in group.trails}
    for trail in visible.trails:
        facts.cites.setdefault("trails", []).append(trail.source)
        _add_trail(facts, snapshot, account, trail, groups.get(trail.arn))
    seen = [region for region in regions if region not in {gap.region for gap in visible.gaps}]
    _add_unseen(facts, visible.gaps, anywhere=not seen, leader=global_region(snapshot.partition))
    regions = _with_elsewhere(facts, snapshot, account, regions)
    channels = _channels(facts, snapshot, account)
    least = World(regions, tuple(facts.least), snapshot.partition)
    return facts, least, World(regions, tuple(facts.most), snapshot.partition, channels)


def _channels(facts: _Facts, snapshot: Snapshot, account: str) -> frozenset[str]:
    """The Regions in which events may reach a log group without a trail; which events do is not looked at.

    A listing that nobody asked for, as in a snapshot of an earlier version, shows no such group.
    """
    found = event_log_groups(snapshot, account)
    facts.cites.setdefault("channels", []).extend(found.listings)
    gaps = facts.gaps.setdefault("channels", [])
    gaps += [gap for gap in found.gaps if gap.kind is not GapKind.NOT_COLLECTED]
    for group in found.groups:
        reason = (
            f"CloudTrail events may enter log group {group.name} in {group.region} without a trail, by a telemetry rule; which "
            "events that rule selects is not looked at"
        )
        key = CallKey(account, group.region, "logs.DescribeLogGroups", LISTING)
        gaps.append(Gap(key=key, kind=GapKind.NOT_COLLECTED, reason=reason))
    return frozenset(gap.region for gap in gaps)


def _sources(facts: _Facts, snapshot: Snapshot, account: str) -> tuple[Source, ...]:
    """The trails and their status; without a trail, the listings that show none."""
    if facts.least and "trails" in facts.cites:
        return (*facts.cites["trails"], *facts.cites.get("status", ()))
    return tuple(Source(call.key, "") for call in snapshot.made(account, "cloudtrail.DescribeTrails"))


def _add_trail(
    facts: _Facts, snapshot: Snapshot, account: str, trail: VisibleTrail, group: AuditLogGroup | None
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
    facts: _Facts, snapshot: Snapshot, account: str, trail: VisibleTrail, group: AuditLogGroup | None
) -> bool | None:
    """Whether the trail delivers to a log group that exists; None when that could not be seen."""
    if group is None or not trail.text("CloudWatchLogsRoleArn"):
        return False
    arguments = {"logGroupNamePrefix": group.name}
    if group.account != account and group.account not in snapshot.accounts:
        reason = f"Log group {group.name} belongs to account {group.account}, which was not looked at"
        key = CallKey(account, group.region, "logs.DescribeLogGroups", arguments)
        gap = Gap(key=key, kind=GapKind.NOT_COLLECTED, reason=reason)
        facts.gaps.setdefault("log-group", []).append(gap)
        return None
    answer = snapshot.ask(group.account, group.region, "logs.DescribeLogGroups", arguments)
    names = {str(item.get("logGroupName")): pointer for pointer, item in mappings(answer, "logGroups")}
    facts.note("log-group", answer, names.get(group.name, ""))
    return None if answer.gap is not None else group.name in names


def _add_unseen(facts: _Facts, gaps: Sequence[Gap], *, anywhere: bool, leader: str) -> None:
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


def _with_elsewhere(facts: _Facts, snapshot: Snapshot, account: str, regions: tuple[str, ...]) -> tuple[str, ...]:
    """The Regions that matter: those in scope and, when others are enabled or may be, a stand-in for them."""
    place, left_out = _left_out(snapshot, account, regions)
    if not left_out:
        return regions
    arguments = {"includeShadowTrails": True}
    kind = GapKind.OUT_OF_SCOPE if place == ELSEWHERE else GapKind.NOT_COLLECTED
    gap = Gap(key=CallKey(account, "", "cloudtrail.DescribeTrails", arguments), kind=kind, reason=left_out)
    facts.gaps.setdefault("trails", []).append(gap)
    facts.most.append(_unseen(place, multi_region=False, leads=True))
    return (*regions, place)


def _left_out(snapshot: Snapshot, account: str, regions: tuple[str, ...]) -> tuple[str, str]:
    """Why enabled Regions of the account may have been left out, with their stand-in; "" when none were."""
    scope = snapshot.run["scope"]
    if (scope.get("asked") or {}).get("regions") != "enabled":
        looked_at = f"Region {regions[0]} was" if len(regions) == 1 else f"Regions {', '.join(regions)} were"
        return ELSEWHERE, f"Only {looked_at} looked at; scan without --region to judge all enabled Regions"
    skipped = scope["accounts"][account].get("skipped") or {}
    enabled = sorted(region for region, why in skipped.items() if why != "not enabled")
    return _SKIPPED, f"Enabled Regions were skipped: {', '.join(enabled)}" if enabled else ""


def _records_side(side: str) -> Callable[[World], bool]:
    """Whether in every Region all management events of a side are recorded, but for the sources AWS offers to omit."""

    def holds(world: World) -> bool:
        return all(
            set(unrecorded_sources(world.selectors(region), side)) <= set(OPTIONAL_SOURCES) for region in world.regions
        )

    return holds


def _insight(kind: str, sides: tuple[str, ...]) -> Callable[[World], bool]:
    """Whether everywhere a trail records an Insights type, and the management events it is computed from."""

    def recorded(trail: Recorder) -> bool:
        return kind in trail.insights and any(
            EVERY_SOURCE not in unrecorded_sources(trail.selectors, side) for side in sides
        )

    return lambda world: world.everywhere(recorded)


def _on_data_events(world: World) -> bool:
    """Whether everywhere a trail records both Insights types on data events.

    CloudTrail takes Insights on data events only for trails that log data events (API reference, PutInsightSelectors).
    """
    return world.everywhere(lambda trail: trail.data_insights >= {CALL_RATE, ERROR_RATE})


def _objects(side: str, prefix: str) -> Callable[[World], bool]:
    """Whether everywhere the trails record the data events of a side for every S3 object below an ARN prefix."""
    return lambda world: all(records_all_objects(world.selectors(region), side, prefix) for region in world.regions)


def _every_object(side: str) -> Callable[[World], bool]:
    return lambda world: _objects(side, f"arn:{world.partition}:s3:::")(world)


def excluded_sources(world: World, *, strict: bool) -> list[str]:
    """The event sources some of whose management events are not recorded in some Region.

    A side that no selector of a Region records at all is another fault; it only counts when ``strict``, or when the
    Region records neither side.
    """
    found: set[str] = set()
    for region in world.regions:
        selectors = world.selectors(region)
        recorded = [side for side in SIDES if any(item.records_side(side) for item in selectors)]
        for side in SIDES if strict or not recorded else recorded:
            found.update(unrecorded_sources(selectors, side))
    return [EVERY_SOURCE] if EVERY_SOURCE in found else sorted(found)


def narrowing_fields(world: World) -> list[str]:
    """The fields by which advanced selectors drop management events, in Regions in scope, that nothing else records."""
    found: set[str] = set()
    for region in world.looked_at:
        for side in SIDES:
            found |= dropping_fields(world.selectors(region), side)
    return sorted(found)


_ALWAYS = ("trails", "status")
_BY_SELECTORS = (*_ALWAYS, "selectors")

_MONOTONE: Mapping[str, tuple[tuple[str, ...], Callable[[World], JsonValue]]] = {
    "LoggingTrails": (_ALWAYS, lambda world: sorted(trail.arn for trail in world.logging)),
    "MultiRegionLogging": (_ALWAYS, lambda world: any(trail.multi_region for trail in world.logging)),
    "GlobalServiceEvents": (_ALWAYS, lambda world: any(trail.global_events for trail in world.logging)),
    "OrganizationTrailLogging": (
        _ALWAYS,
        lambda world: any(trail.organization and trail.multi_region for trail in world.logging),
    ),
    "ManagementRead": (_BY_SELECTORS, _records_side("read")),
    "ManagementWrite": (_BY_SELECTORS, _records_side("write")),
    "AdvancedSelectors": (
        _BY_SELECTORS,
        lambda world: any(
            item.advanced and item.management is not None
            for region in world.looked_at
            for item in world.selectors(region)
        ),
    ),
    "S3DataRead": (_BY_SELECTORS, _every_object("read")),
    "S3DataWrite": (_BY_SELECTORS, _every_object("write")),
    "InsightsCallRate": ((*_BY_SELECTORS, "insights"), _insight(CALL_RATE, ("write",))),
    "InsightsOnDataEvents": ((*_ALWAYS, "insights"), _on_data_events),
    "InsightsErrorRate": ((*_BY_SELECTORS, "insights"), _insight(ERROR_RATE, tuple(SIDES))),
}
"""Facts that more recording can only turn one way: the kinds of answers they rest on, and how to work them out."""

_LACKS: Mapping[str, tuple[tuple[str, ...], Callable[[World], list[str]]]] = {
    "UncoveredRegions": (_ALWAYS, lambda world: world.lacking(lambda _: True)),
    "CloudWatchUncoveredRegions": (
        (*_ALWAYS, "log-group", "channels"),
        lambda world: [
            region for region in world.lacking(lambda trail: trail.log_group) if region not in world.channels
        ],
    ),
}
"""Lists that more recording can only shorten; what remains at the most is proven to be lacking."""


def _settle(facts: _Facts, least: World, most: World) -> tuple[dict[str, Any], dict[str, Gap]]:
    """Every fact that both worlds agree on, and a gap for every other."""
    data: dict[str, Any] = {"KnownLoggingTrails": sorted(trail.arn for trail in least.logging)}
    gaps: dict[str, Gap] = {}
    for name, (kinds, compute) in _MONOTONE.items():
        low, high = compute(least), compute(most)
        _state(facts, data, gaps, name, kinds, low, proven=low == high)
    for name, (kinds, lacking) in _LACKS.items():
        low_list, high_list = lacking(least), lacking(most)
        _state(facts, data, gaps, name, kinds, high_list, proven=bool(high_list) or not low_list)
    # More recording can lengthen these two lists as well, so "nothing" needs a proof of its own.
    certain = not any(facts.gaps.get(kind) for kind in _BY_SELECTORS)
    certain_here = all(gap.kind == GapKind.OUT_OF_SCOPE for kind in _BY_SELECTORS for gap in facts.gaps.get(kind, ()))
    here = World(least.looked_at, least.trails, least.partition)
    for name, listed, complete in (
        ("ExcludedSources", lambda world: excluded_sources(world, strict=False), certain or _complete(least)),
        ("NarrowingFields", narrowing_fields, certain_here or _complete(here)),
    ):
        value = listed(least)
        proven = complete or bool(value and value == listed(most))
        _state(facts, data, gaps, name, _BY_SELECTORS, value, proven=proven)
    return data, gaps


def _complete(world: World) -> bool:
    """Whether nothing is left out anywhere, so that no further trail can change it."""
    return not excluded_sources(world, strict=True)


def _state(
    facts: _Facts,
    data: dict[str, Any],
    gaps: dict[str, Gap],
    name: str,
    kinds: Iterable[str],
    value: JsonValue,
    *,
    proven: bool,
) -> None:
    if proven:
        data[name] = value
    else:
        gaps[name] = _gap(facts, kinds)


def _gap(facts: _Facts, kinds: Iterable[str]) -> Gap:
    """The first gap among kinds of facts of which at least one has a gap."""
    return next(gap for kind in kinds for gap in facts.gaps.get(kind, ()))


def _organization(facts: _Facts, snapshot: Snapshot, account: str, data: dict[str, Any], gaps: dict[str, Gap]) -> None:
    answer = describe_organization(snapshot, account)
    facts.note("organization", answer, "/pages/0/Organization")
    if answer.gap is not None:
        gaps["InOrganization"] = answer.gap
    else:
        data["InOrganization"] = isinstance(answer.first.get("Organization"), Mapping)


def _cites(facts: _Facts) -> dict[str, tuple[Source, ...]]:
    """The answers that single facts rest on, beyond the trails and their status."""
    kinds = {name: kinds for table in (_MONOTONE, _LACKS) for name, (kinds, _) in table.items()}
    kinds |= {"ExcludedSources": _BY_SELECTORS, "NarrowingFields": _BY_SELECTORS, "InOrganization": ("organization",)}
    return {
        name: tuple(source for kind in used if kind not in _ALWAYS for source in facts.cites.get(kind, ()))
        for name, used in kinds.items()
        if set(used) - set(_ALWAYS)
    }


COVERAGE = ResourceType(
    name="cloudtrail.coverage",
    title="What the logging trails of an account record between them",
    view=coverage_view,
    calls=(TRAIL_LISTING, TRAIL_STATUS),
    fields={
        "LoggingTrails": Field("ARNs of the trails that are logging, own or of the organization."),
        "KnownLoggingTrails": Field("Those of them that are known to be logging, where others may be too."),
        "MultiRegionLogging": Field("Whether a multi-Region trail is logging."),
        "GlobalServiceEvents": Field("Whether a logging trail records the events of global services such as IAM."),
        "UncoveredRegions": Field("Regions in scope where no logging trail records."),
        "OrganizationTrailLogging": Field("Whether a multi-Region trail of the organization is logging."),
        "InOrganization": Field("Whether the account is in an organization.", calls=(DESCRIBE_ORGANIZATION,)),
        "ManagementRead": Field(
            "Whether every Region's read management events are recorded (but for KMS and RDS Data API).",
            calls=(EVENT_SELECTORS,),
        ),
        "ManagementWrite": Field(
            "Whether every Region's write management events are (but for KMS and RDS Data API).",
            calls=(EVENT_SELECTORS,),
        ),
        "ExcludedSources": Field(
            "Event sources whose management events are not all recorded; * stands for all unnamed ones.",
            calls=(EVENT_SELECTORS,),
        ),
        "AdvancedSelectors": Field(
            "Whether a logging trail selects management events by advanced event selectors.", calls=(EVENT_SELECTORS,)
        ),
        "NarrowingFields": Field(
            "Fields by which advanced selectors drop management events nothing else records.", calls=(EVENT_SELECTORS,)
        ),
        "S3DataRead": Field("Whether reads of every S3 object are recorded in every Region.", calls=(EVENT_SELECTORS,)),
        "S3DataWrite": Field(
            "Whether writes of every S3 object are recorded in every Region.", calls=(EVENT_SELECTORS,)
        ),
        "InsightsCallRate": Field(
            "Whether Insights records the API call rate of management events in every Region.",
            calls=(EVENT_SELECTORS, INSIGHT_SELECTORS),
        ),
        "InsightsErrorRate": Field(
            "Whether Insights records the API error rate of management events in every Region.",
            calls=(EVENT_SELECTORS, INSIGHT_SELECTORS),
        ),
        "InsightsOnDataEvents": Field(
            "Whether Insights records both rates of data events, by one trail, in every Region.",
            calls=(INSIGHT_SELECTORS,),
        ),
        "CloudWatchUncoveredRegions": Field(
            "Regions whose events reach no existing CloudWatch Logs log group by a trail.",
            calls=(LOG_GROUP_LISTING, EVENT_LOG_GROUP_LISTING),
        ),
    },
    own_names={"NAME": "LoggingTrails"},
)
