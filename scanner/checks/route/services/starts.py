"""Where the events of a service begin: whether it is on in a Region, and who else is told of them.

Sources: Amazon GuardDuty API reference, ``GetDetector`` and ``GetAdministratorAccount``; Security Hub API reference,
``DescribeHub`` and ``GetAdministratorAccount``; AWS Config API reference, ``ConfigurationRecorderStatus``; CloudTrail
User Guide, "Working with CloudTrail Insights" (its events need a trail that is logging).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from scanner.audit_path.members import list_member, text_member
from scanner.audit_path.places import REGIONS
from scanner.audit_path.stores import LIST_TRAILS, SHADOWS
from scanner.checks.route.links import cited
from scanner.facts.rows import Row
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import Gap, GapKind, Service, Source
from scanner.resources import RESOURCES
from scanner.resources.configuration.seen import RECORDER_STATUS
from scanner.resources.detection.guardduty import DETECTOR, DETECTOR_LISTING, DETECTORS
from scanner.resources.detection.security_hub import HUB
from scanner.resources.trails.cloudtrail import TRAIL
from scanner.snapshot.answers import Answer, Snapshot

_INSIGHT_TYPE = "detail.insightDetails.insightType"
_INSIGHT_TYPES = frozenset({"ApiCallRateInsight", "ApiErrorRateInsight"})
"""The field of an event of CloudTrail Insights that tells its type, and all types that there are."""

DETECTOR_ADMINISTRATOR = Use("guardduty.GetAdministratorAccount", per=DETECTORS)
AGGREGATOR_LISTING = Use("securityhub.ListFindingAggregators", per=REGIONS)


def _aggregators(look: Look) -> Iterator[Thing]:
    for region in look.snapshot.regions(look.account):
        answer = look.snapshot.ask(look.account, region, AGGREGATOR_LISTING.operation)
        for _, each in answer.items("FindingAggregators"):
            if arn := text_member(each, "FindingAggregatorArn"):
                yield Thing(region, {"aggregator": arn})


AGGREGATORS = Things("finding-aggregator", _aggregators, (AGGREGATOR_LISTING,))
"""Each cross-Region aggregation of Security Hub, in each Region that names it."""

AGGREGATOR = Use("securityhub.GetFindingAggregator", per=AGGREGATORS)
HUB_ADMINISTRATOR = Use("securityhub.GetAdministratorAccount", per=REGIONS)
CONFIG_RULE_LISTING = Use("config.DescribeConfigRules", per=REGIONS)

START_USES: Mapping[Service, frozenset[Use]] = {
    Service.CLOUDTRAIL_INSIGHTS: TRAIL.uses({"Status", "InsightSelectors"}),
    Service.CONFIG: frozenset({RECORDER_STATUS, CONFIG_RULE_LISTING}),
    Service.GUARDDUTY: frozenset({DETECTOR_LISTING, DETECTOR, DETECTOR_ADMINISTRATOR}),
    Service.SECURITYHUB: frozenset({HUB, HUB_ADMINISTRATOR, AGGREGATOR_LISTING, AGGREGATOR}),
}
"""The calls that tell whether a service is on."""


@dataclass(frozen=True, slots=True)
class Start:
    """Whether a service is on in a Region (None: not known), as a clause, and the answers that this rests on.

    ``administrator`` is another account that receives the same events ("": none, or the service has no such account),
    ``home`` another Region of the account that does ("": none; "?": not known). ``gap`` is the call that gave nothing.
    ``known`` holds the values of fields that its events have; ``more`` is a gap behind which there may be others.
    """

    on: bool | None
    reason: str
    sources: tuple[Source, ...] = ()
    administrator: str = ""
    home: str = ""
    gap: Gap | None = None
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    more: Gap | None = None

    @property
    def no_region(self) -> bool:
        """Whether the Region itself is not enabled, so that nothing happens there."""
        return self.gap is not None and self.gap.kind is GapKind.REGION_OFF


def start_of(service: Service, snapshot: Snapshot, account: str, region: str) -> Start:
    """Whether a service is on in a Region of an account."""
    return _STARTS[service](snapshot, account, region)


def _unknown(name: str, region: str, answer: Answer) -> Start | None:
    """The start while an answer is a gap; None when it is not."""
    gap = answer.gap
    if gap is None:
        return None
    return Start(None, f"whether {name} is on in {region} is not known: {gap.reason}", (gap.source,), gap=gap)


def _guardduty(snapshot: Snapshot, account: str, region: str) -> Start:
    listed = snapshot.ask(account, region, DETECTOR_LISTING.operation)
    found = [_detector(snapshot, account, region, str(identity)) for _, identity in listed.items("DetectorIds")]
    off = Start(False, f"GuardDuty has no detector in {region}", (Source(listed.key, ""),))
    unknown = _unknown("GuardDuty", region, listed)
    # An account has one detector per Region at most.
    return unknown or (found[0] if found else off)


def _detector(snapshot: Snapshot, account: str, region: str, identity: str) -> Start:
    asked = {"DetectorId": identity}
    answer = snapshot.ask(account, region, DETECTOR.operation, asked)
    above = snapshot.ask(account, region, DETECTOR_ADMINISTRATOR.operation, asked)
    unknown = _unknown("GuardDuty", region, answer)
    if unknown is not None:
        return unknown
    status, sources = answer.first.get("Status"), (Source(answer.key, ""), Source(above.key, ""))
    if status != "ENABLED":
        return Start(False, f"the detector of GuardDuty in {region} is {status}", sources)
    return Start(True, f"GuardDuty is on in {region}", sources, _administrator(above))


def _administrator(answer: Answer) -> str:
    """The account that administers the service for this one and receives its findings; "?" when that is not known."""
    if answer.gap is not None:
        return "?"
    told = answer.first.get("Administrator")
    # The relationship counts while it is enabled; an invitation alone sends nothing on.
    enabled = text_member(told, "RelationshipStatus").upper() == "ENABLED"
    return text_member(told, "AccountId") if enabled else ""


def _security_hub(snapshot: Snapshot, account: str, region: str) -> Start:
    answer = snapshot.ask(account, region, HUB.operation)
    above = snapshot.ask(account, region, HUB_ADMINISTRATOR.operation)
    sources = (Source(answer.key, ""), Source(above.key, ""))
    if answer.absent:
        return Start(False, f"Security Hub is not on in {region}", sources[:1])
    home, asked = _home(snapshot, account, region)
    on = Start(True, f"Security Hub is on in {region}", (*sources, *asked), _administrator(above), home)
    return _unknown("Security Hub", region, answer) or on


def _home(snapshot: Snapshot, account: str, region: str) -> tuple[str, tuple[Source, ...]]:
    """The Region to which Security Hub sends the findings of this one, and the answers that tell it.

    "" when it sends them nowhere, "?" when that is not known.
    """
    listed = snapshot.ask(account, region, AGGREGATOR_LISTING.operation)
    sources: tuple[Source, ...] = (listed.gap.source if listed.gap is not None else Source(listed.key, ""),)
    if listed.gap is not None:
        return "?", sources
    for _, each in listed.items("FindingAggregators"):
        asked = {"FindingAggregatorArn": text_member(each, "FindingAggregatorArn")}
        answer = snapshot.ask(account, region, AGGREGATOR.operation, asked)
        home, mode = (text_member(answer.first, name) for name in ("FindingAggregationRegion", "RegionLinkingMode"))
        sources = (*sources, Source(answer.key, ""))
        if answer.gap is not None or not home:
            return "?", sources
        linked = (region in list_member(answer.first, "Regions")) is (mode == "SPECIFIED_REGIONS")
        return (home if linked and mode != "NO_REGIONS" and home != region else ""), sources
    return "", sources


def _config(snapshot: Snapshot, account: str, region: str) -> Start:
    status = snapshot.ask(account, region, RECORDER_STATUS.operation)
    rules = snapshot.ask(account, region, CONFIG_RULE_LISTING.operation)
    unknown = _unknown("AWS Config", region, status) or _unknown("AWS Config", region, rules)
    if unknown is not None:
        return unknown
    sources = (Source(status.key, ""), Source(rules.key, ""))
    recorders = [each for _, each in status.items("ConfigurationRecordersStatus")]
    if not any(isinstance(each, Mapping) and each.get("recording") is True for each in recorders):
        return Start(False, f"AWS Config does not record in {region}", sources)
    if not list(rules.items("ConfigRules")):
        return Start(False, f"AWS Config has no rule in {region}", sources)
    return Start(True, f"AWS Config records and evaluates rules in {region}", sources)


def _insights(snapshot: Snapshot, account: str, region: str) -> Start:
    """The trails that are logging, see the Region and have Insights on, each with the types that it has."""
    view = RESOURCES["cloudtrail.trail"].view(snapshot, account)
    seeing = [row for row in view.rows if row.region == region or row.data.get("IsMultiRegionTrail") is True]
    listing = snapshot.ask(account, region, LIST_TRAILS, SHADOWS)
    unknown = _unknown("CloudTrail Insights", region, listing)
    if unknown is not None and unknown.no_region:
        return unknown
    sources = (
        Source(listing.key, ""),
        *(source for row in seeing for source in cited(row, "Status", "InsightSelectors")),
    )
    gaps = [gap for row in seeing for name in ("Status", "InsightSelectors") if (gap := row.gaps.get(name))]
    hidden = next(iter([*gaps, *(gap for gap in view.gaps if gap.region in {"", region})]), None)
    on = [(row, kinds) for row in seeing if (kinds := _insight_types(row))]
    if on:
        told = (f"trail {row.data.get('Name') or row.id} is logging with {' and '.join(kinds)} on" for row, kinds in on)
        every = {kind for _, kinds in on for kind in kinds}
        known = {_INSIGHT_TYPE: tuple(sorted(every))} if every <= _INSIGHT_TYPES else {}
        sources = (*sources, *((hidden.source,) if hidden is not None and every != _INSIGHT_TYPES else ()))
        return Start(True, "; ".join(told), sources, known=known, more=hidden)
    if hidden is not None:
        reason = f"whether a trail has CloudTrail Insights on in {region} is not known: {hidden.reason}"
        return Start(None, reason, (*sources, hidden.source), gap=hidden)
    return Start(False, f"no trail that is logging in {region} has CloudTrail Insights on", sources)


def _insight_types(row: Row) -> list[str]:
    """The types of Insights that a trail has on while it is logging."""
    if (row.data.get("Status") or {}).get("IsLogging") is not True:
        return []
    return sorted({text_member(each, "InsightType") for each in list_member(row.data, "InsightSelectors")})


_STARTS: Mapping[Service, Callable[[Snapshot, str, str], Start]] = {
    Service.CLOUDTRAIL_INSIGHTS: _insights,
    Service.CONFIG: _config,
    Service.GUARDDUTY: _guardduty,
    Service.SECURITYHUB: _security_hub,
}

NAMES: Mapping[Service, str] = {
    Service.CLOUDTRAIL_INSIGHTS: "CloudTrail Insights",
    Service.CONFIG: "AWS Config",
    Service.GUARDDUTY: "GuardDuty",
    Service.SECURITYHUB: "Security Hub",
}
"""What sentences call a service."""
