"""Cross-account observability: whether a monitoring account sees metrics or log groups of a source account.

A source account has a link to a sink of the monitoring account. Sources: CloudWatch Observability Access Manager API
reference, ``ListLinks``, ``GetLink``, ``ListSinks``, ``ListAttachedLinks``, ``MetricConfiguration``; CloudWatch API
reference, ``PutMetricAlarm``, "Cross-account alarms" (without a link, a role of the source account lets them read).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.arns import global_region, parse_arn
from scanner.audit_path.members import list_member, text_member
from scanner.audit_path.places import ALARM_LISTING, EVENT_LOG_GROUP_LISTING, FILTER_LISTINGS, TRAIL_LISTING
from scanner.audit_path.stores import mappings, visible_trails
from scanner.audit_path.watching import listed_alarms, listed_filters
from scanner.facts.facts import checked
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import Outcome, Source
from scanner.snapshot.answers import Answer, Snapshot


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What links share: its type in the API, its plural, and where a link's filter for it is and what it names.

    ``at_both_ends``: whether the monitoring account is asked about its sink too.
    """

    type: str
    plural: str
    configuration: str
    term: str
    one: str
    at_both_ends: bool


METRICS = "AWS::CloudWatch::Metric"
_METRICS = Telemetry(METRICS, "metrics", "MetricConfiguration", "Namespace", "namespace", at_both_ends=True)
LOG_GROUPS = Telemetry(
    "AWS::Logs::LogGroup", "log groups", "LogGroupConfiguration", "LogGroupName", "log group", at_both_ends=False
)
SHARING_ROLE = "CloudWatch-CrossAccountSharingRole"
"""The role by which an account lets others read its metrics without a link."""


def _link_regions(look: Look) -> Iterator[Thing]:
    visible = visible_trails(look.snapshot, look.account)
    alarms = listed_alarms(look.snapshot, look.account, visible)
    watched: set[tuple[str, str, str]] = set()
    for each in alarms.alarms:
        region = each.alarm.region
        watched |= {(region, *names) for names in each.alarm.own_names}
    for listed in listed_filters(look.snapshot, look.account, visible).filters:
        region = listed.group.region
        metrics = (transformation.possible for transformation in listed.transformations)
        if any(metric and (region, metric.namespace, metric.name) not in watched for metric in metrics):
            yield Thing(region)


LINK_REGIONS = Things(
    "link-region", _link_regions, (TRAIL_LISTING, EVENT_LOG_GROUP_LISTING, *FILTER_LISTINGS, ALARM_LISTING)
)
"""Each Region in which a metric filter publishes what no alarm of the account reads: another account may read it."""

LINK_LISTING = Use("oam.ListLinks", per=LINK_REGIONS)


def _metric_links(look: Look) -> Iterator[Thing]:
    for thing in look.each(LINK_REGIONS):
        for link in _links(look.snapshot.ask(look.account, thing.region, LINK_LISTING.operation)):
            if METRICS in list_member(link, "ResourceTypes") and (arn := text_member(link, "Arn")):
                yield Thing(thing.region, {"link": arn})


METRIC_LINKS = Things("metric-link", _metric_links, (*LINK_REGIONS.named_by, LINK_LISTING))
"""Each link of them over which metrics are shared."""

LINK = Use("oam.GetLink", per=METRIC_LINKS)


def _sink_regions(look: Look) -> Iterator[Thing]:
    visible = visible_trails(look.snapshot, look.account)
    listed = listed_alarms(look.snapshot, look.account, visible).alarms
    for region in sorted({each.alarm.region for each in listed if each.alarm.reads_linked}):
        yield Thing(region)


SINK_REGIONS = Things("sink-region", _sink_regions, (TRAIL_LISTING, EVENT_LOG_GROUP_LISTING, ALARM_LISTING))
"""Each Region in which an alarm of the account reads a metric of another account, or may read any by a query."""

SINK_LISTING = Use("oam.ListSinks", per=SINK_REGIONS)


def _sinks(look: Look) -> Iterator[Thing]:
    for thing in look.each(SINK_REGIONS):
        for _, sink in mappings(look.snapshot.ask(look.account, thing.region, SINK_LISTING.operation), "Items"):
            if arn := text_member(sink, "Arn"):
                yield Thing(thing.region, {"sink": arn})


SINKS = Things("sink", _sinks, (*SINK_REGIONS.named_by, SINK_LISTING))
"""Each sink there."""

ATTACHED_LINKS = Use("oam.ListAttachedLinks", per=SINKS)


def _sharing_roles(look: Look) -> Iterator[Thing]:
    # Only where an account is known that may read the metrics does it matter whether the role lets it.
    if look.each(LINK_REGIONS) and (look.others or look.each(METRIC_LINKS)):
        yield Thing(global_region(look.snapshot.partition), {"role": SHARING_ROLE})


SHARING_ROLES = Things("sharing-role", _sharing_roles, METRIC_LINKS.named_by)
"""The role by which an account with such log groups may let others read its metrics, where others may ask for them."""

OBSERVABILITY = (LINK_LISTING, LINK, SINK_LISTING, ATTACHED_LINKS, Use("iam.GetRole", per=SHARING_ROLES))
"""The calls that tell whether alarms of other accounts see an account's metrics."""


def _links(answer: Answer) -> list[Mapping[str, Any]]:
    return [link for _, link in mappings(answer, "Items")]


@dataclass(frozen=True, slots=True)
class Sharing:
    """Whether an account's metrics of a namespace are seen from another; ``reason`` is a clause about it."""

    verdict: Outcome
    reason: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Linked:
    """An account to which links lead over which metrics are shared, and the listing that says so."""

    account: str
    source: Source


def monitoring_accounts(
    snapshot: Snapshot, source: str, region: str, shared: Telemetry = _METRICS
) -> tuple[Linked, ...]:
    """The accounts to which an account has links over which metrics, or what else is asked for, are shared."""
    answer = snapshot.ask(source, region, LINK_LISTING.operation)
    found: dict[str, Linked] = {}
    for pointer, link in mappings(answer, "Items"):
        sink = parse_arn(text_member(link, "SinkArn"))
        if sink is not None and shared.type in list_member(link, "ResourceTypes"):
            found.setdefault(sink.account, Linked(sink.account, Source(answer.key, pointer)))
    return tuple(found[account] for account in sorted(found))


@dataclass(frozen=True, slots=True)
class _Between:
    """The two accounts, and the Region in which one is to see metrics or log groups of the other."""

    snapshot: Snapshot
    source: str
    monitor: str
    region: str
    shared: Telemetry = _METRICS

    def asked(self, account: str, operation: str, **arguments: str) -> Answer:
        return checked(self.snapshot.ask(account, self.region, operation, arguments), "Items", list)

    def not_known(self, what: str, answer: Answer) -> Sharing:
        reason = answer.gap.reason if answer.gap is not None else ""
        return Sharing(Outcome.UNKNOWN, f"{what} is not known: {reason}", (Source(answer.key, ""),))


def metrics_shared(snapshot: Snapshot, source: str, monitor: str, region: str, namespace: str) -> Sharing:
    """Whether account ``monitor`` sees the metrics that ``source`` has in a namespace and Region."""
    between = _Between(snapshot, source, monitor, region)
    best = _over_links(between, namespace)
    return best if best.verdict is not Outcome.FAIL else _without_link(between, best)


def log_group_shared(snapshot: Snapshot, source: str, monitor: str, region: str, name: str) -> Sharing:
    """Whether account ``monitor`` sees a log group that ``source`` has in a Region; only a link shares log groups."""
    return _over_links(_Between(snapshot, source, monitor, region, LOG_GROUPS), name)


def _over_links(between: _Between, name: str) -> Sharing:
    """What the links of the one account to the other share of a namespace or log group, at best."""
    source, monitor, plural = between.source, between.monitor, between.shared.plural
    listed = between.asked(source, LINK_LISTING.operation)
    if listed.gap is not None:
        return between.not_known(f"whether account {source} shares its {plural} with account {monitor}", listed)
    lead = [link for link in _links(listed) if _leads_to(link, monitor)]
    found = [_over_link(between, link, name) for link in lead]
    best = min(found, key=lambda each: _ORDER.index(each.verdict), default=None)
    if best is not None:
        return best
    reason = f"account {source} has no link in {between.region} over which account {monitor} sees its {plural}"
    return Sharing(Outcome.FAIL, reason, (Source(listed.key, ""),))


_ORDER = (Outcome.PASS, Outcome.UNKNOWN, Outcome.FAIL)


def _leads_to(link: Mapping[str, Any], monitor: str) -> bool:
    sink = parse_arn(text_member(link, "SinkArn"))
    return sink is not None and sink.account == monitor


def _without_link(between: _Between, broken: Sharing) -> Sharing:
    """A link that is not there or shares nothing breaks the way, unless a role lets others read the metrics."""
    role = between.snapshot.ask(
        between.source, global_region(between.snapshot.partition), "iam.GetRole", {"RoleName": SHARING_ROLE}
    )
    sources = (*broken.sources, Source(role.key, ""))
    if role.absent:
        return Sharing(Outcome.FAIL, broken.reason, sources)
    if role.gap is not None:
        told = f"whether it has the role {SHARING_ROLE}, which may let that account read them, is not known"
        return Sharing(Outcome.UNKNOWN, f"{broken.reason}; {told}: {role.gap.reason}", sources)
    told = f"its role {SHARING_ROLE} may let that account read them, and is not looked into"
    return Sharing(Outcome.UNKNOWN, f"{broken.reason}; {told}", sources)


def _over_link(between: _Between, link: Mapping[str, Any], shared: str) -> Sharing:
    """What one link to the monitoring account shares."""
    listed = between.asked(between.source, LINK_LISTING.operation)
    name = f"the link of account {between.source} to account {between.monitor} in {between.region}"
    plural = between.shared.plural
    if between.shared.type not in list_member(link, "ResourceTypes"):
        return Sharing(Outcome.FAIL, f"{name} shares no {plural}", (Source(listed.key, ""),))
    arguments = {"Identifier": text_member(link, "Arn")}
    told = between.snapshot.ask(between.source, between.region, LINK.operation, arguments)
    sources = (Source(listed.key, ""), Source(told.key, ""))
    if told.gap is not None:
        shares = between.not_known(f"which {plural} {name} shares", told)
    elif told.absent:
        shares = Sharing(Outcome.FAIL, f"{name} does not exist any more", sources)
    else:
        shares = _through_filter(between.shared, told.first, name, shared, sources)
    if shares.verdict is Outcome.FAIL or not between.shared.at_both_ends:
        return shares
    ends = (step(between, link, name) for step in (_sink_there, _attached))
    return max((shares, *(end for end in ends if end is not None)), key=lambda each: _ORDER.index(each.verdict))


def _sink_there(between: _Between, link: Mapping[str, Any], name: str) -> Sharing | None:
    sinks = between.asked(between.monitor, SINK_LISTING.operation)
    if sinks.gap is not None:
        return between.not_known(f"whether {name} ends at a sink that exists", sinks)
    if any(text_member(sink, "Arn") == text_member(link, "SinkArn") for sink in _links(sinks)):
        return None
    return Sharing(Outcome.FAIL, f"{name} leads to a sink that does not exist", (Source(sinks.key, ""),))


def _attached(between: _Between, link: Mapping[str, Any], name: str) -> Sharing | None:
    sink = text_member(link, "SinkArn")
    attached = between.asked(between.monitor, ATTACHED_LINKS.operation, SinkIdentifier=sink)
    if attached.gap is not None:
        return between.not_known(f"whether {name} is attached to its sink", attached)
    here = (each for each in _links(attached) if text_member(each, "LinkArn") == text_member(link, "Arn"))
    if any(between.shared.type in list_member(each, "ResourceTypes") for each in here):
        return None
    reason = f"{name} is not attached to its sink for {between.shared.plural}"
    return Sharing(Outcome.FAIL, reason, (Source(attached.key, ""),))


def _through_filter(
    kind: Telemetry, told: Mapping[str, Any], link: str, name: str, sources: tuple[Source, ...]
) -> Sharing:
    """What the filter of a link makes of a namespace or log group."""
    configuration = told.get("LinkConfiguration")
    part = configuration.get(kind.configuration) if isinstance(configuration, Mapping) else None
    text = text_member(part, "Filter")
    lets = True if not text else lets_through(text, kind, name)
    if lets is None:
        reason = f"whether the filter of {link} ({text}) lets the {kind.one} {name} through is not known"
        return Sharing(Outcome.UNKNOWN, reason, sources)
    if not lets:
        return Sharing(Outcome.FAIL, f"the filter of {link} ({text}) leaves out the {kind.one} {name}", sources)
    return Sharing(Outcome.PASS, f"{link} shares the {kind.one} {name}", sources)


_TEXT = r"'([^']*)'"
_CONDITION = re.compile(
    r"\s*(?P<term>\w+)\s*(?:(?P<equal>!?=)\s*'(?P<value>[^']*)'"
    r"|(?P<like>(?:NOT\s+)?LIKE)\s*'(?P<start>[^'%]*)%'"
    rf"|(?P<within>(?:NOT\s+)?IN)\s*\(\s*(?P<values>{_TEXT}(?:\s*,\s*{_TEXT})*)\s*\))\s*"
)
_JOINED = re.compile(r"\s+(AND|OR)\s+")


def lets_namespace(text: str, namespace: str) -> bool | None:
    """Whether the metric filter of a link lets a namespace through, as ``lets_through`` tells."""
    return lets_through(text, _METRICS, namespace)


def lets_through(text: str, kind: Telemetry, name: str) -> bool | None:
    """Whether the filter of a link lets a namespace or log group through; None for one that is not understood.

    Which of AND and OR binds more closely is documented nowhere, so a filter that has both is not understood, unless
    all of its conditions agree.
    """
    parts = _JOINED.split(text)
    conditions = [_holds(part, kind, name) for part in parts[::2]]
    if None in conditions:
        return None
    joined: Callable[[list[bool | None]], bool] = any if set(parts[1::2]) == {"OR"} else all
    if len(set(parts[1::2])) > 1:
        return conditions[0] if len(set(conditions)) == 1 else None
    return joined(conditions)


def _holds(condition: str, kind: Telemetry, name: str) -> bool | None:
    found = _CONDITION.fullmatch(condition)
    if found is None or found["term"] != kind.term:
        return None
    if found["equal"]:
        return (found["value"] == name) is (found["equal"] == "=")
    if found["like"]:
        return name.startswith(found["start"]) is not found["like"].startswith("NOT")
    listed = re.findall(_TEXT, found["values"])
    return (name in listed) is not found["within"].startswith("NOT")
