"""``check: route``: every event of a rule must travel from a trail to a person, each link judged.

``docs/routes.md`` states how each link is judged. There is one finding per account and rule; its links are those of the
lane that carries the events, or of the one that comes nearest.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from scanner.checks.route.comparison import Proofs, Required, required_events
from scanner.checks.route.deciding.causes import cause_of
from scanner.checks.route.deciding.decision import Decision, decide, nothing_carried, with_others
from scanner.checks.route.deciding.meant import meant_rules
from scanner.checks.route.deciding.nearest import nearest
from scanner.checks.route.deciding.regions import either, not_asked_for, of_other_accounts
from scanner.checks.route.deciding.weaknesses import left_out, unguarded
from scanner.checks.route.declared.ways import DeclaredWay
from scanner.checks.route.declared_lanes import DeclaredLanes, Offered, behind_topics, declared_lanes
from scanner.checks.route.fixing.fixes import Wanted, fix
from scanner.checks.route.gathering import AuditPaths
from scanner.checks.route.lanes import Lane, Lanes, sources_of
from scanner.checks.route.links import (
    ALARM,
    ATTESTATION,
    BUS,
    CHANNEL,
    DESTINATION,
    FILTER,
    LINKS,
    NOTIFICATION,
    RULE,
    SUBSCRIPTION,
    SUBSCRIPTION_FILTER,
    TRAIL,
    JudgedLink,
    cited,
)
from scanner.checks.route.path import AuditPath
from scanner.checks.route.trails import trail_name
from scanner.checks.route.unjudged.other_ways import OtherWays
from scanner.checks.route.watching.alarms import Firing
from scanner.errors import UsageError
from scanner.facts.rows import Row
from scanner.model import (
    ALL_EVENTS,
    DeclaredRoute,
    Finding,
    JsonValue,
    Link,
    Outcome,
    RouteCheck,
    RouteDetails,
    RouteKind,
    RouteScope,
    Rule,
    Source,
    plain_id,
)
from scanner.model.json_values import as_number, as_texts
from scanner.pattern import noise
from scanner.recording.recorded_events import NOTHING
from scanner.resources.trails.organizations import ORGANIZATION
from scanner.snapshot.answers import Snapshot

DEFAULT_DELIVERY_AGE = 24
"""Maximum age, in hours, of the latest delivery to CloudWatch Logs where a rule has no ``max_delivery_age_hours``."""

_EQUIVALENT = "is an equivalent of the metric filter and alarm that CIS's audit procedures name"

_NO_TRAIL = "by which CloudTrail events enter CloudWatch Logs without a trail"

_FEEDING = {
    SUBSCRIPTION_FILTER: "subscription filter",
    NOTIFICATION: "the notifications of bucket",
    RULE: "EventBridge rule",
}
"""The links by which events leave for a declared place, and what to call them."""

_THROUGH = (FILTER, RULE, SUBSCRIPTION_FILTER, NOTIFICATION)
"""The links that a finding names as what the events travel through."""

_NOISY = 0.5
"""A filter that matches this share of ordinary records and more alarms on everything."""


_Declared = tuple[str, tuple[DeclaredRoute, ...], int]
"""An account, the routes that are declared, and the age of the latest delivery in hours."""


class RouteJudge:
    """Judges route rules over one snapshot; an assessment makes one, so that they share what they have in common."""

    def __init__(self, snapshot: Snapshot, proofs: Proofs | None = None) -> None:
        self._snapshot = snapshot
        self._proofs = proofs or Proofs()
        self._paths = AuditPaths(snapshot)
        self._lanes: dict[str, Lanes] = {}
        self._required: dict[tuple[RouteCheck, str, str], Required] = {}
        self._declarations: dict[_Declared, tuple[tuple[DeclaredWay, ...], DeclaredLanes]] = {}

    def judge(self, rule: Rule, account: str, parameters: Mapping[str, JsonValue]) -> Iterator[Finding]:
        """The finding of a route rule in one account. ``parameters`` holds every parameter of the rule.

        Raises ``PatternError`` when the rule's events are not a pattern over JSON events, and ``UsageError`` when a
        bound names a parameter that is not a number.
        """
        check = rule.check
        if not isinstance(check, RouteCheck):
            raise UsageError(f"Rule {rule.id} is not a route rule.")
        finding = partial(
            Finding,
            rule=rule.id,
            severity=rule.severity,
            account=account,
            region="",
            resource=account,
            title=rule.title,
        )
        if check.scope is RouteScope.ACCOUNT:
            yield self._judged(finding, rule, check, account, parameters)
            return
        organization = ORGANIZATION.view(self._snapshot, account).rows[0]
        if organization.data.get("IsManagementAccount") is False and organization.data.get("Exists"):
            manager = organization.data.get("MasterAccountId")
            elsewhere = "" if manager in self._snapshot.accounts else "; it was not looked at: scan that account too"
            reason = (
                f"Account {account} is a member of an organization that {manager} manages, "
                f"where these events are recorded{elsewhere}."
            )
            yield finding(outcome=Outcome.NOT_APPLICABLE, reason=reason, sources=organization.sources)
        elif "Exists" in organization.gaps and (trail := self._paths.of(account).of_manager) is not None:
            reason = (
                f"Account {account} is a member of an organization, whose trail {trail_name(trail)} it sees; "
                "these events are recorded in the account that manages it."
            )
            yield finding(outcome=Outcome.NOT_APPLICABLE, reason=reason, sources=trail.sources)
        else:
            yield _in_organization(self._judged(finding, rule, check, account, parameters), organization)

    def _judged(
        self,
        finding: "partial[Finding]",
        rule: Rule,
        check: RouteCheck,
        account: str,
        parameters: Mapping[str, JsonValue],
    ) -> Finding:
        known = self._lanes_of(account)
        firing = Firing(_bound(rule, check.max_threshold, parameters), _bound(rule, check.max_period, parameters))
        age = as_number(parameters.get("max_delivery_age_hours", DEFAULT_DELIVERY_AGE))
        accepted = _accepted(rule, check, parameters)
        declared = self._declared(account, check, firing, age)
        offered = Offered(known.through(firing, age), known.through_rules(age), declared, known.other_ways(age))
        lanes, others = offered.lanes(accepted), offered.others(accepted)
        version = str(parameters.get("events_of", ALL_EVENTS))
        values = _with_buckets(parameters, known.path)
        required = self._events(check, values, version)
        decisions = _decisions(required, known.path, lanes, others)
        if _all_pass(decisions) and any(lane.declared for lane in lanes):
            # A pass rests on somebody's word only where nothing else carries the events.
            alone = _decisions(required, known.path, [lane for lane in lanes if not lane.declared], others)
            decisions = alone if _all_pass(alone) else decisions
        worst = max(decisions, key=_badness)
        if worst.outcome is Outcome.PASS:
            own = self._events(check, values, ALL_EVENTS)
            beyond = [] if own is required else _decisions(own, known.path, lanes, others)
            passed = _passed(finding, known.path, lanes, decisions)
            return _warned(passed, (*unguarded(required, lanes), *left_out(version, beyond)))
        if worst.outcome is Outcome.FAIL:
            worst = replace(worst, partly=not all(nothing_carried(required, decision) for decision in decisions))
        wanted = Wanted(plain_id(rule.id).partition(".")[2], required, firing)
        verdict = _not_passed(finding, known.path, wanted, lanes, worst, others)
        every = offered.lanes(tuple(RouteKind))
        if len(every) == len(lanes):
            return verdict
        return _not_counted(verdict, _decisions(required, known.path, every, others))

    def _lanes_of(self, account: str) -> Lanes:
        """The lanes of the account that is judged; those of the one before are dropped."""
        if account not in self._lanes:
            self._lanes = {account: Lanes(self._paths.of(account))}
        return self._lanes[account]

    def _declared(self, account: str, check: RouteCheck, firing: Firing, max_delivery_age: int) -> DeclaredLanes:
        """The lanes through the routes that the user declared; but for topics they are the same for every rule."""
        asked = (account, check.declared, max_delivery_age)
        if not check.declared:
            return DeclaredLanes()
        known = self._lanes_of(account)
        if asked not in self._declarations:
            ways = self._paths.declared(account, check.declared, known.rules())
            self._declarations = {asked: (ways, declared_lanes(ways, known, max_delivery_age))}
        ways, lanes = self._declarations[asked]
        return lanes.beside(behind_topics(ways, known, firing, max_delivery_age))

    def _events(self, check: RouteCheck, parameters: Mapping[str, JsonValue], version: str) -> Required:
        asked = (check, repr(sorted(parameters.items())), version)
        if asked not in self._required:
            self._required[asked] = self._proofs.about(required_events(check, parameters, version))
        return self._required[asked]


def _with_buckets(parameters: Mapping[str, JsonValue], path: AuditPath) -> Mapping[str, JsonValue]:
    """The parameters, with the buckets that the account's trails deliver to where ``log_buckets`` names none.

    Where a trail's bucket is not known it may be any.
    """
    if parameters.get("log_buckets") != []:
        return parameters
    named = {row.data.get("S3BucketName") for row in path.trails}
    buckets = tuple(sorted(name for name in named if isinstance(name, str) and name))
    return {**parameters, "log_buckets": buckets if len(buckets) == len(named) else ()}


def _accepted(rule: Rule, check: RouteCheck, parameters: Mapping[str, JsonValue]) -> tuple[str, ...]:
    """The kinds of route that count. Raises UsageError where metric filters are not among them."""
    accepted = as_texts(parameters.get("accept", list(check.accept)))
    if RouteKind.METRIC_FILTER not in accepted:
        given = ", ".join(accepted) or "no kind of route"
        message = f"Rule {rule.id} accepts {given}; metric-filter must be among them."
        raise UsageError(message, "Set accept to metric-filter, or to metric-filter and event-rule.")
    return accepted


def _all_pass(decisions: Sequence[Decision]) -> bool:
    return all(decision.outcome is Outcome.PASS for decision in decisions)


def _bound(rule: Rule, bound: int | str, parameters: Mapping[str, JsonValue]) -> int:
    value = parameters.get(bound[1:]) if isinstance(bound, str) else bound
    if not isinstance(value, int) or isinstance(value, bool):
        raise UsageError(f"Rule {rule.id} bounds its alarm by {bound!r}, which is not a number.")
    return value


def _in_organization(verdict: Finding, organization: Row) -> Finding:
    """While it is not known whether the account records these events at all, a fail is unknown."""
    sources = tuple(dict.fromkeys((*verdict.sources, *cited(organization, "Exists"))))
    gap = organization.gaps.get("Exists")
    if gap is None or verdict.outcome is not Outcome.FAIL:
        return replace(verdict, sources=sources)
    reason = (
        f"Whether account {verdict.account} manages its organization is not known: {gap.reason}. "
        f"If it does: {verdict.reason}"
    )
    return replace(verdict, outcome=Outcome.UNKNOWN, reason=reason, sources=sources)


def _badness(decision: Decision) -> tuple[int, int]:
    order = (Outcome.PASS, Outcome.UNKNOWN, Outcome.FAIL)
    return order.index(decision.verdict), order.index(decision.outcome)


def _decisions(required: Required, path: AuditPath, lanes: Sequence[Lane], others: OtherWays) -> list[Decision]:
    """One decision for each set of Regions that the same lanes and ways see; one for all when no Region is in scope.

    Regions in which none of the events can happen are left out. The Region of the global services is always among them.
    """
    looked_at = chain.from_iterable((lane.pattern, lane.sees) for lane in lanes)
    foreign = of_other_accounts(path.account, looked_at)
    if not path.regions:
        return [decide(required, lanes, "", foreign)]
    decisions: list[Decision] = []
    done: set[tuple[object, ...]] = set()
    for region in sorted({*path.regions, path.leading}):
        outside = not_asked_for(region, path.leading, in_scope=region in path.regions)
        happening = outside is None or required.covering([outside]) is None
        seen = tuple(index for index, lane in enumerate(lanes) if lane.sees_region(region))
        open_to = frozenset(way.at_most for way in others.found if way.sees(region))
        if happening and (outside, seen, open_to) not in done:
            done.add((outside, seen, open_to))
            decision = decide(required, lanes, region, either(outside, foreign))
            decisions.append(with_others(decision, required, others))
    return decisions or [with_others(decide(required, lanes, path.leading, foreign), required, others)]


def _passed(
    finding: "partial[Finding]", path: AuditPath, lanes: Sequence[Lane], decisions: Sequence[Decision]
) -> Finding:
    needed = {id(lane) for decision in decisions for lane in decision.lanes}
    lanes = [lane for lane in lanes if id(lane) in needed]
    links = _joined(lanes)
    assumption = next((item.coverage.assumption for item in decisions if item.coverage.assumption), "")
    by_name = {link.name: link for link in links}
    through = next(by_name[name].candidate for name in _THROUGH if name in by_name)
    return finding(
        outcome=Outcome.PASS,
        reason=f"Every event travels {_travel(lanes)}.",
        links=tuple(link.told() for link in links),
        details=RouteDetails(nearest=through, assumption=assumption, warnings=_warnings(lanes)),
        sources=sources_of(path, lanes),
    )


def _warned(finding: Finding, warnings: Sequence[str]) -> Finding:
    """The finding with further remarks that do not change the verdict."""
    details = finding.details
    if not warnings or not isinstance(details, RouteDetails):
        return finding
    told = tuple(dict.fromkeys((*details.warnings, *warnings)))
    return replace(finding, details=replace(details, warnings=told))


def _travel(lanes: Sequence[Lane]) -> str:
    """How the events travel along lanes that carry them together, as the rest of a sentence."""
    declared = [lane for lane in lanes if lane.declared]
    by_rules = [lane for lane in lanes if lane.heard is not None and not lane.declared]
    by_filters = [lane for lane in lanes if lane.heard is None and not lane.declared]
    told = ", or ".join(_words(found) for found in (by_filters, by_rules) if found)
    if by_rules:
        told = f"{told} (an EventBridge rule {_EQUIVALENT})"
    ways = [f"{_words([lane])} (declared route {lane.declared}, which {_EQUIVALENT})" for lane in declared]
    return ", or ".join([*([told] if told else []), *ways])


def _words(lanes: Sequence[Lane]) -> str:
    by_name = {link.name: link for link in _joined(lanes)}
    starts = (("trail", TRAIL), ("service-linked channel", CHANNEL))
    start = f"from {' and '.join(_named(noun, by_name[name].candidate) for noun, name in starts if name in by_name)}"
    start += f" ({_NO_TRAIL})" if CHANNEL in by_name else ""
    word = f"; {by_name[ATTESTATION].reason}" if ATTESTATION in by_name else ""
    if DESTINATION in by_name:
        feeding = next(_named(noun, by_name[name].candidate) for name, noun in _FEEDING.items() if name in by_name)
        return f"{start} through {feeding}, and {by_name[DESTINATION].reason}{word}"
    if RULE in by_name:
        through = _named("EventBridge rule", by_name[RULE].candidate)
        if BUS in by_name:
            through = f"{through} and {_named('event bus', by_name[BUS].candidate)}"
    else:
        filters, alarms = by_name[FILTER].candidate, by_name[ALARM].candidate
        through = f"{_named('metric filter', filters)} and {_named('alarm', alarms)}"
    return f"{start} through {through}, and {by_name[SUBSCRIPTION].reason}{word}"


def _named(noun: str, names: str) -> str:
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{plural} {names}" if ", " in names else f"{noun} {names}"


def _joined(lanes: Sequence[Lane]) -> tuple[JudgedLink, ...]:
    """The links of the lanes that carry the events together, one of each name."""
    joined: list[JudgedLink] = []
    for name in LINKS:
        links = [link for lane in lanes for link in lane.links if link.name == name]
        if not links:
            continue
        reason = "; ".join(dict.fromkeys(link.reason for link in links))
        candidate = ", ".join(dict.fromkeys(link.candidate for link in links if link.candidate))
        # An event selector that is not understood does not matter in a lane that is proven to carry the events.
        joined.append(JudgedLink(name, Outcome.PASS, reason, candidate))
    return tuple(joined)


def _not_passed(
    finding: "partial[Finding]",
    path: AuditPath,
    wanted: Wanted,
    lanes: Sequence[Lane],
    decision: Decision,
    others: OtherWays,
) -> Finding:
    closest = nearest(wanted.required, path, lanes, decision)
    broken = closest.broken
    meant = meant_rules(wanted.required, closest, decision) if decision.outcome is Outcome.FAIL else ()
    failed = decision.verdict is Outcome.FAIL
    lost = decision.missing if failed else ()
    name = next((link.candidate for link in reversed(closest.links[:5]) if link.candidate), "")
    return finding(
        outcome=decision.verdict,
        reason=_reason(broken, decision, others),
        links=_links(closest.links, broken),
        witness=decision.coverage.witness if failed else None,
        details=RouteDetails(
            first_broken=broken.name,
            lost=tuple(lost),
            nearest=name,
            assumption=decision.coverage.assumption,
            warnings=_warnings([closest.lane]),
            other_ways=tuple(way.what for way in decision.others),
            not_looked_at=tuple(others.not_looked_at),
            fix=fix(wanted, path, closest, decision, meant) if decision.outcome is Outcome.FAIL else None,
        ),
        sources=_cited(path, lanes, decision, others),
        cause=cause_of(closest, meant),
    )


def _not_counted(verdict: Finding, decisions: Sequence[Decision]) -> Finding:
    """The finding with the route through EventBridge rules that exists and that ``accept`` does not count."""
    if not _all_pass(decisions):
        return verdict
    carrying = [lane for decision in decisions for lane in decision.lanes]
    others = [lane for lane in carrying if lane.heard is not None or lane.declared]
    lanes = [lane for lane in others if not lane.declared] or others[:1]
    sentence = f"They travel {_words(lanes)}, a kind of route that the parameter accept does not count here."
    return replace(verdict, reason=f"{verdict.reason} {sentence}")


def _reason(broken: JudgedLink, decision: Decision, others: OtherWays) -> str:
    if decision.outcome is not Outcome.FAIL:
        return f"Whether every event reaches a person is not known: {broken.reason}."
    which = "Some events" if decision.partly else "The events"
    opening = f"{which} reach nobody through metric filters and alarms: {broken.reason}."
    in_vain = [f"{way.what}." for way in decision.in_vain]
    opening = " ".join([opening, *dict.fromkeys(in_vain)])
    if not decision.others:
        return f"{opening} {others.none_carries(decision.region)}"
    ways = "; ".join(dict.fromkeys(way.what for way in decision.others))
    return (
        f"{opening} Whether they reach somebody in another way is not known, because other ways are not judged: {ways}."
    )


def _cited(path: AuditPath, lanes: Sequence[Lane], decision: Decision, others: OtherWays) -> tuple[Source, ...]:
    """What the verdict rests on: the lanes, and where they are broken the ways that were seen beside them."""
    sources = [*sources_of(path, lanes)]
    if decision.outcome is Outcome.FAIL:
        sources += path.way_listings.get(decision.region, ())
        sources += others.listings
        for way in (*decision.others, *decision.in_vain):
            sources += way.sources
    return tuple(dict.fromkeys(sources))


def _links(links: Sequence[JudgedLink], broken: JudgedLink) -> tuple[Link, ...]:
    """The links in order; the broken one joins them when the lane did not get that far."""
    shown = list(links)
    if broken not in shown:
        shown = [link for link in shown if LINKS.index(link.name) < LINKS.index(broken.name)] + [broken]
    return tuple(link.told() for link in shown)


def _warnings(lanes: Sequence[Lane | None]) -> tuple[str, ...]:
    """Remarks that do not change the verdict, each once."""
    found: list[str] = []
    for lane in lanes:
        if lane is None:
            continue
        for link in lane.links:
            found += link.warnings
        unread = lane.heard is not None and lane.heard.surely is NOTHING
        if not (lane.declared or unread) and lane.pattern is not None and noise(lane.pattern) >= _NOISY:
            found.append(_noisy(lane))
    return tuple(dict.fromkeys(found))


def _noisy(lane: Lane) -> str:
    if lane.heard is not None:
        rule = next((link.candidate for link in lane.links if link.name == RULE), "")
        return f"EventBridge rule {rule} hears of nearly every event, so what it publishes says little"
    return f"metric filter {lane.filter_name} matches nearly every event, so its alarm says little"
