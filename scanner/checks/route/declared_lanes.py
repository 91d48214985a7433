"""The lanes through declared routes: from a trail to a place of the user's own, where somebody is said to look.

Only a lane whose links all pass, the attestation among them, carries anything. One that is broken is named as a way in
vain, and one of which something is not known as a way that may carry what is lost.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import filterfalse

from scanner.arns import parse_arn
from scanner.checks.route.declared.feed import Feed
from scanner.checks.route.declared.ways import DeclaredWay
from scanner.checks.route.lanes import EVERY, Lane, Lanes, group_link, narrowed
from scanner.checks.route.links import DELIVERY, JudgedLink
from scanner.checks.route.path import AuditPath
from scanner.checks.route.trails import Trunk, bucket_delivery
from scanner.checks.route.unjudged.other_ways import OtherWay, OtherWays
from scanner.checks.route.watching.alarms import Firing
from scanner.model import ByTopicSubscription, Outcome, RouteKind
from scanner.recording.recorded_events import Condition, Recorded, both


@dataclass(frozen=True, slots=True)
class DeclaredLanes:
    """The lanes of declared routes that are whole, and the ways of which something is not known or broken.

    ``judged`` are the subscription filters that were judged with them, as (ARN of the log group, name).
    """

    whole: tuple[Lane, ...] = ()
    unsure: tuple[OtherWay, ...] = ()
    broken: tuple[OtherWay, ...] = ()
    judged: frozenset[tuple[str, str]] = frozenset()

    def beside(self, others: "DeclaredLanes") -> "DeclaredLanes":
        """These and others."""
        broken = (*self.broken, *others.broken)
        return DeclaredLanes((*self.whole, *others.whole), (*self.unsure, *others.unsure), broken, self.judged)

    def among(self, ways: OtherWays) -> OtherWays:
        """The ways that are not judged, with these and without what was judged with them."""
        return ways.beside(self.unsure, self.broken, self.judged)


@dataclass(frozen=True, slots=True)
class Offered:
    """All lanes of an account by their kind, and the ways that are not judged."""

    by_filters: tuple[Lane, ...]
    by_rules: tuple[Lane, ...]
    declared: DeclaredLanes
    ways: OtherWays

    def lanes(self, kinds: Collection[str]) -> tuple[Lane, ...]:
        """The lanes of these kinds of route; those through metric filters always."""
        by_rules = self.by_rules if RouteKind.EVENT_RULE in kinds else ()
        return (*self.by_filters, *by_rules, *(self.declared.whole if RouteKind.DECLARED in kinds else ()))

    def others(self, kinds: Collection[str]) -> OtherWays:
        """The ways beside lanes of these kinds."""
        ways = self.ways if RouteKind.EVENT_RULE in kinds else self.ways.without_rules()
        return self.declared.among(ways) if RouteKind.DECLARED in kinds else ways


def declared_lanes(ways: Sequence[DeclaredWay], lanes: Lanes, max_delivery_age: int) -> DeclaredLanes:
    """The lanes of an account's declared routes; the age of the latest delivery of its trails is in hours.

    Those behind topics are left to ``behind_topics``, since they depend on what is asked of alarms.
    """
    whole: list[Lane] = []
    unsure: list[OtherWay] = []
    broken: list[OtherWay] = []
    judged: set[tuple[str, str]] = set()
    for way in filterfalse(_behind_topic, ways):
        if way.attestation.verdict is not Outcome.PASS:
            broken.append(_in_vain(way, way.attestation.reason, way.events, ""))
            continue
        found = list(_lanes_of(way, lanes, max_delivery_age))
        judged |= {(feed.group, feed.name) for feed in way.feeds if feed.group and feed.name}
        if not found:
            broken.append(_in_vain(way, _why_nothing(way, lanes.path.account), way.events, ""))
        for lane in found:
            if lane.whole:
                whole.append(lane)
            elif (fault := _first(lane, Outcome.FAIL)) is not None:
                broken.append(_way(_in_vain(way, fault.reason, way.events, lane.home), lane))
            elif (open_link := _first(lane, Outcome.UNKNOWN)) is not None:
                unsure.append(_unsure(way, lane, open_link))
    return DeclaredLanes(tuple(whole), tuple(unsure), tuple(broken), frozenset(judged))


def _first(lane: Lane, verdict: Outcome) -> JudgedLink | None:
    return next((link for link in lane.links if link.verdict is verdict), None)


def _in_vain(way: DeclaredWay, reason: str, events: Condition, home: str) -> OtherWay:
    return OtherWay(f"Declared route {way.route.id} does not count: {reason}", events, home, ())


def _way(other: OtherWay, lane: Lane) -> OtherWay:
    """The way with what the lane rests on."""
    sources = [source for link in lane.links for source in link.sources]
    return replace(other, sources=tuple(dict.fromkeys(sources)))


def _unsure(way: DeclaredWay, lane: Lane, link: JudgedLink) -> OtherWay:
    carried = lane.heard.at_most if lane.heard is not None else way.events
    what = f"declared route {way.route.id} could not be judged whole: {link.reason}"
    return _way(OtherWay(what, carried, lane.home, ()), lane)


def _why_nothing(way: DeclaredWay, account: str) -> str:
    """Why no lane of the account is of a declared route."""
    if not way.feeds:
        return f"nothing in account {account} that CloudTrail's events can enter is {way.route.through}, or leads to it"
    return f"no trail that account {account} sees delivers to what it leads through ({way.route.through})"


def _behind_topic(way: DeclaredWay) -> bool:
    return isinstance(way.route.through, ByTopicSubscription)


def behind_topics(ways: Sequence[DeclaredWay], lanes: Lanes, firing: Firing, max_delivery_age: int) -> DeclaredLanes:
    """The lanes of the declared routes that lead through topics to programs.

    Alarms must be able to fire as ``firing`` says; the age of the latest delivery of trails is in hours.
    """
    whole: list[Lane] = []
    broken: list[OtherWay] = []
    for way in ways:
        through = way.route.through
        if not isinstance(through, ByTopicSubscription):
            continue
        found = list(_attested(way, through, lanes.to_programs(firing, max_delivery_age)))
        whole += [lane for lane in found if lane.whole]
        word = way.attestation
        if word.verdict is not Outcome.PASS or not found:
            why = word.reason if word.verdict is not Outcome.PASS else _untold(through, lanes.path.account)
            broken.append(_in_vain(way, why, way.events, ""))
    return DeclaredLanes(tuple(whole), broken=tuple(broken))


def _untold(through: ByTopicSubscription, account: str) -> str:
    """Why no lane of the account leads to a subscription."""
    told = f"nothing that an alarm or EventBridge rule of account {account} publishes to {through.topic}"
    return f"{told} is known to be received by {through.endpoint}"


def _attested(way: DeclaredWay, through: ByTopicSubscription, lanes: Iterable[Lane]) -> Iterator[Lane]:
    """The lanes that end at a program of the declared subscription, with its word in place of a person."""
    for lane in lanes:
        last = lane.links[-1]
        told = [each for each in last.programs if each.endpoint == through.endpoint]
        if last.candidate != through.topic or not told:
            continue
        reason = f"topic {_named(through.topic)} reaches {told[0].reaches} ({through.endpoint})"
        arrived = replace(last, verdict=Outcome.PASS, reason=reason, carries=None, lost="", programs=())
        ended = replace(lane, links=(*lane.links[:-1], arrived, way.attestation), declared=way.route.id)
        if lane.heard is None:
            yield replace(ended, sees=both(lane.sees, told[0].lets.surely, way.events))
            continue
        surely = both(lane.heard.surely, told[0].lets.surely, way.events)
        passes = Recorded(surely, both(lane.heard.at_most, told[0].lets.at_most, way.events))
        yield replace(ended, heard=passes, pattern=narrowed(EVERY, passes.at_most))


def _named(topic: str) -> str:
    arn = parse_arn(topic)
    return arn.resource if arn is not None else topic


def _lanes_of(way: DeclaredWay, lanes: Lanes, max_age: int) -> Iterator[Lane]:
    path = lanes.path
    for trunk in lanes.trunks(max_age):
        for feed in way.feeds:
            if feed.group and trunk.group == feed.group and trunk.place is not None:
                group = group_link(path.group(trunk.group, trunk.place))
                yield _lane(way, feed, trunk, (*trunk.links, group, *feed.links), trunk.home)
            elif feed.bucket and trunk.trail.data.get("S3BucketName") == feed.bucket:
                yield from _by_bucket(way, feed, trunk, path, max_age)
            elif feed.rule and trunk.sees(feed.home):
                yield _lane(way, feed, trunk, (*_recording(trunk), *feed.links), feed.home)


def _recording(trunk: Trunk) -> tuple[JudgedLink, ...]:
    """The links of a trail without its delivery to CloudWatch Logs."""
    return tuple(link for link in trunk.links if link.name != DELIVERY)


def _lane(way: DeclaredWay, feed: Feed, trunk: Trunk, links: tuple[JudgedLink, ...], home: str) -> Lane:
    passes = Recorded(both(feed.passes.surely, way.events), both(feed.passes.at_most, way.events))
    return Lane(
        (*links, way.attestation),
        trunk,
        narrowed(EVERY, passes.at_most),
        home=home,
        rule=(feed.rule,) if feed.rule else (),
        heard=passes,
        declared=way.route.id,
        at_once=True,
    )


def _by_bucket(way: DeclaredWay, feed: Feed, trunk: Trunk, path: AuditPath, max_age: int) -> Iterator[Lane]:
    """The lanes through the notifications of a bucket: one for all Regions, or one for each whose files are told of."""
    trail, selectors = _recording(trunk)
    start = (trail, bucket_delivery(trunk.trail, path.now, max_age), selectors)
    whole = _lane(way, feed, trunk, (*start, *feed.links), trunk.home)
    notified = feed.links[0]
    base = _key_base(trunk)
    if notified.verdict is not Outcome.PASS or any(base.startswith(prefix) for prefix in feed.prefixes):
        yield whole
        return
    regions = [region for region in (*path.regions, path.leading) if trunk.sees(region)]
    stems = {region: _stem(base, path, trunk, region) for region in dict.fromkeys(regions)}
    if None in stems.values():
        reason = f"{notified.reason}, and whether the prefix ({', '.join(feed.prefixes)}) leaves out some is not known"
        link = replace(notified, verdict=Outcome.UNKNOWN, reason=reason)
        yield replace(whole, links=(*start, link))
        return
    for region, stem in stems.items():
        told = any(str(stem).startswith(prefix) for prefix in feed.prefixes)
        reason = f"the notifications of bucket {feed.bucket} leave out the files under {stem}"
        link = notified if told else replace(notified, verdict=Outcome.FAIL, reason=reason)
        yield replace(whole, links=(*start, link, *whole.links[len(start) + 1 :]), home=region)


def _key_base(trunk: Trunk) -> str:
    """How the keys of all files of a trail begin (CloudTrail User Guide, "Finding your CloudTrail log files")."""
    prefix = str(trunk.trail.data.get("S3KeyPrefix") or "").rstrip("/")
    return f"{prefix}/AWSLogs/" if prefix else "AWSLogs/"


def _stem(base: str, path: AuditPath, trunk: Trunk, region: str) -> str | None:
    """How the keys of the account's files of a Region begin; None where the organization's id is not known."""
    if trunk.trail.data.get("IsOrganizationTrail") is not True:
        return f"{base}{path.account}/CloudTrail/{region}/"
    return f"{base}{path.organization}/{path.account}/CloudTrail/{region}/" if path.organization else None
