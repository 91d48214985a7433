"""What the logging trails of an account record between them, as facts about the account.

Each fact is worked out twice, with trails that could not be read at their least and at their most; it is stated when
both agree and is a gap otherwise. So a fact that readable trails already prove holds, and one that an unreadable trail
could change is never guessed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.audit_path.places import (
    EVENT_LOG_GROUP_LISTING,
    LOG_GROUP_LISTING,
    TRAIL_LISTING,
    TRAIL_STATUS,
)
from scanner.audit_path.stores import no_region
from scanner.audit_path.telemetry import CHANNEL, CHANNEL_LISTING
from scanner.facts.rows import Field, ResourceType, Row, View
from scanner.model import Gap, GapKind, JsonValue, Source
from scanner.recording.recorders import Recorder, World
from scanner.recording.selected_events import EVERY_SOURCE, FRESH, SIDES
from scanner.recording.selectors import (
    OPTIONAL_SOURCES,
    Selector,
    dropping_fields,
    named_sources,
    named_types,
    records_all_objects,
    records_all_of_type,
    records_denied_activity,
    unrecorded_sources,
)
from scanner.resources.trails.cloudtrail import EVENT_SELECTORS, INSIGHT_SELECTORS
from scanner.resources.trails.organizations import (
    DESCRIBE_ORGANIZATION,
    TRAIL_ADMINISTRATORS,
    describe_organization,
    trail_administrators,
)
from scanner.resources.trails.worlds import CALL_RATE, ERROR_RATE, TrailFacts, place_of, read_worlds
from scanner.snapshot.answers import Snapshot

Sources = tuple[Source, ...]


def coverage_view(snapshot: Snapshot, account: str) -> View:
    """One row about the account; no row, and a gap, when no Region of it was looked at."""
    if not snapshot.regions(account):
        return View((), (no_region(snapshot, account),))
    facts, least, most = read_worlds(snapshot, account)
    data, gaps = _settle(facts, least, most)
    _recorded_names(facts, least, most, data, gaps)
    _organization(facts, snapshot, account, data, gaps)
    sources = _sources(facts, snapshot, account)
    row = Row("cloudtrail.coverage", account, "", account, data, sources, gaps, _cites(facts))
    return View((row,))


@dataclass(frozen=True, slots=True)
class RecordedObjects:
    """Which data events of S3 objects the logging trails of an account record, worked out of one look at them."""

    facts: TrailFacts
    least: World
    most: World

    def of(self, bucket: str, region: str) -> dict[str, tuple[bool | Gap, Sources]]:
        """Whether those of every object in a bucket are recorded, by side, and the answers used.

        ``region`` is the bucket's; "" when it is not known, which asks for every Region. A gap when the trails that
        could be read do not decide it.
        """
        regions = (place_of(region, self.least),) if region else self.least.regions
        least = World(regions, self.least.trails)
        most = World(regions, self.most.trails)
        sources = tuple(source for kind in _BY_SELECTORS for source in self.facts.cites.get(kind, ()))
        found: dict[str, tuple[bool | Gap, Sources]] = {}
        for side in SIDES:
            recorded = _objects(side, f"arn:{self.least.partition}:s3:::{bucket}/")
            value = recorded(least)
            gap = None if value == recorded(most) else _gap(self.facts, _BY_SELECTORS)
            found[side] = (value if gap is None else gap, sources)
        return found


def recorded_objects(snapshot: Snapshot, account: str) -> RecordedObjects:
    """What the logging trails of the account record of S3 objects, for asking about many buckets."""
    return RecordedObjects(*read_worlds(snapshot, account))


_Named = Callable[[Iterable[Selector]], set[str]]
_Recorded = Callable[[Iterable[Selector], str, str], bool]


def _activity(selectors: Iterable[Selector], source: str, _partition: str) -> bool:
    return records_denied_activity(selectors, source)


_LISTS: Mapping[str, tuple[_Named, _Recorded]] = {
    "DataEventTypes": (named_types, records_all_of_type),
    "NetworkActivitySources": (named_sources, _activity),
}
"""Lists that more recording can lengthen without an end: which names selectors name, and what is recorded of one."""


def _recorded_names(facts: TrailFacts, least: World, most: World, data: dict[str, Any], gaps: dict[str, Gap]) -> None:
    """Put in each list of what is recorded in full in every Region, and whether it is known to be whole."""
    for name, (named, recorded) in _LISTS.items():
        names = {FRESH}.union(*(named(trail.selectors) for trail in (*least.trails, *most.trails)))
        low, high = (_everywhere(world, names, recorded) for world in (least, most))
        data[name] = [text for text in low if text != FRESH]
        _state(facts, data, gaps, f"More{name}", _BY_SELECTORS, value=False, proven=low == high)


def _everywhere(world: World, names: Iterable[str], recorded: _Recorded) -> list[str]:
    # Most Regions are recorded by the same trails, so that each choice of selectors is asked once.
    chosen = {world.selectors(region) for region in world.regions}

    def everywhere(name: str) -> bool:
        return all(recorded(selectors, name, world.partition) for selectors in chosen)

    return list(filter(everywhere, sorted(names)))


def _sources(facts: TrailFacts, snapshot: Snapshot, account: str) -> tuple[Source, ...]:
    """The trails and their status; without a trail, the listings that show none."""
    if facts.least and "trails" in facts.cites:
        return (*facts.cites["trails"], *facts.cites.get("status", ()))
    return tuple(Source(call.key, "") for call in snapshot.made(account, "cloudtrail.DescribeTrails"))


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
        recorded: set[str] = set()
        for item in selectors:
            recorded.update(filter(item.records_side, SIDES))
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


def _arns(world: World) -> JsonValue:
    return [*sorted(trail.arn for trail in world.logging)]


def _any(world: World, has: Callable[[Recorder], bool]) -> bool:
    """Whether one of the logging trails has something."""
    return any(map(has, world.logging))


def _with_advanced_selectors(world: World) -> bool:
    for region in world.looked_at:
        if any(item.advanced and item.management is not None for item in world.selectors(region)):
            return True
    return False


def _is_of_everybody(trail: Recorder) -> bool:
    return trail.organization and trail.multi_region


def _without_log_group(world: World) -> list[str]:
    """The Regions that no trail with a log group covers and whose events no other way may bring into one."""
    lacking = world.lacking(lambda trail: trail.log_group)
    return [region for region in lacking if region not in world.channels]


_MONOTONE: Mapping[str, tuple[tuple[str, ...], Callable[[World], JsonValue]]] = {
    "LoggingTrails": (_ALWAYS, _arns),
    "MultiRegionLogging": (_ALWAYS, lambda world: _any(world, lambda trail: trail.multi_region)),
    "GlobalServiceEvents": (_ALWAYS, lambda world: _any(world, lambda trail: trail.global_events)),
    "OrganizationTrailLogging": (_ALWAYS, lambda world: _any(world, _is_of_everybody)),
    "ManagementRead": (_BY_SELECTORS, _records_side("read")),
    "ManagementWrite": (_BY_SELECTORS, _records_side("write")),
    "AdvancedSelectors": (_BY_SELECTORS, _with_advanced_selectors),
    "S3DataRead": (_BY_SELECTORS, _every_object("read")),
    "S3DataWrite": (_BY_SELECTORS, _every_object("write")),
    "InsightsCallRate": ((*_BY_SELECTORS, "insights"), _insight(CALL_RATE, ("write",))),
    "InsightsOnDataEvents": ((*_ALWAYS, "insights"), _on_data_events),
    "InsightsErrorRate": ((*_BY_SELECTORS, "insights"), _insight(ERROR_RATE, tuple(SIDES))),
}
"""Facts that more recording can only turn one way: the kinds of answers they rest on, and how to work them out."""

_LACKS: Mapping[str, tuple[tuple[str, ...], Callable[[World], list[str]]]] = {
    "UncoveredRegions": (_ALWAYS, lambda world: world.lacking(lambda _: True)),
    "CloudWatchUncoveredRegions": ((*_ALWAYS, "log-group", "channels"), _without_log_group),
}
"""Lists that more recording can only shorten; what remains at the most is proven to be lacking."""


def _settle(facts: TrailFacts, least: World, most: World) -> tuple[dict[str, Any], dict[str, Gap]]:
    """Every fact that both worlds agree on, and a gap for every other."""
    data: dict[str, Any] = {"KnownLoggingTrails": _arns(least)}
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
    facts: TrailFacts,
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


def _gap(facts: TrailFacts, kinds: Iterable[str]) -> Gap:
    """The first gap among kinds of facts of which at least one has a gap."""
    return next(gap for kind in kinds for gap in facts.gaps.get(kind, ()))


def _organization(
    facts: TrailFacts, snapshot: Snapshot, account: str, data: dict[str, Any], gaps: dict[str, Gap]
) -> None:
    answer = describe_organization(snapshot, account)
    facts.note("organization", answer, "/pages/0/Organization")
    if answer.gap is not None:
        gaps["InOrganization"] = answer.gap
    else:
        data["InOrganization"] = isinstance(answer.first.get("Organization"), Mapping)
    administrators, answers = trail_administrators(snapshot, account)
    for each in answers:
        facts.note("administrators", each)
    if unknown := next((each.gap for each in answers if each.gap is not None), None):
        gaps["TrailAdministrators"] = unknown
    else:
        data["TrailAdministrators"] = administrators


def _cites(facts: TrailFacts) -> dict[str, tuple[Source, ...]]:
    """The answers that single facts rest on, beyond the trails and their status."""
    kinds = {name: used for name, (used, _) in (*_MONOTONE.items(), *_LACKS.items())}
    kinds |= {"ExcludedSources": _BY_SELECTORS, "NarrowingFields": _BY_SELECTORS, "InOrganization": ("organization",)}
    kinds["TrailAdministrators"] = ("administrators",)
    for name in _LISTS:
        kinds[name] = kinds[f"More{name}"] = _BY_SELECTORS
    found: dict[str, tuple[Source, ...]] = {}
    for name, used in kinds.items():
        further = [kind for kind in used if kind not in _ALWAYS]
        if further:
            found[name] = tuple(source for kind in further for source in facts.cites.get(kind, ()))
    return found


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
        "TrailAdministrators": Field(
            "Accounts that are delegated administrators for CloudTrail in its organization, as the management account "
            "is told; [] without any.",
            calls=(DESCRIBE_ORGANIZATION, TRAIL_ADMINISTRATORS),
        ),
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
        "DataEventTypes": Field(
            "Types of resources (resources.type) of which every data event, read or write, is recorded everywhere.",
            calls=(EVENT_SELECTORS,),
        ),
        "MoreDataEventTypes": Field(
            "False; not known while trails or Regions that could not be looked at may add to these.",
            calls=(EVENT_SELECTORS,),
        ),
        "NetworkActivitySources": Field(
            "Event sources of which every call that the policy of a VPC endpoint denied is recorded in every Region.",
            calls=(EVENT_SELECTORS,),
        ),
        "MoreNetworkActivitySources": Field(
            "False; not known while trails or Regions that could not be looked at may add to these.",
            calls=(EVENT_SELECTORS,),
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
            "Regions whose events reach no existing CloudWatch Logs log group by a trail or a channel of CloudWatch.",
            calls=(LOG_GROUP_LISTING, EVENT_LOG_GROUP_LISTING, CHANNEL_LISTING, CHANNEL),
        ),
    },
    own_names={"NAME": "LoggingTrails"},
    one_per_account=True,
)
