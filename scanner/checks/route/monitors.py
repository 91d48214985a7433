"""The accounts that watch another account's metrics: over a link to a sink of theirs, with alarms of their own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from scanner.alarms.composites import Composites
from scanner.alarms.metric import PublishedMetric
from scanner.alarms.standing import States
from scanner.audit_path.mute_rules import region_mutes
from scanner.audit_path.observability import LINK_LISTING, SINK_LISTING, Sharing, metrics_shared, monitoring_accounts
from scanner.audit_path.stores import visible_trails
from scanner.audit_path.watching import ListedAlarm, alarm_listing, listed_alarms
from scanner.checks.route.path import Monitor
from scanner.checks.route.watching.bands import with_detectors
from scanner.checks.route.watching.notifiers import Notifiers
from scanner.checks.route.watching.topics import Topic
from scanner.model import GapKind, Outcome, Source
from scanner.resources.monitoring.audiences import LIST_SUBSCRIPTIONS, subscribers
from scanner.resources.monitoring.sns import told_topic_rows
from scanner.snapshot.answers import Snapshot


class Watchers:
    """Which accounts of a snapshot have alarms that name another account, each account's alarms read once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._naming: dict[str, Mapping[str, Sequence[str]]] = {}

    def naming(self, account: str, region: str) -> Sequence[str]:
        """The accounts with an alarm in a Region that names ``account``."""
        if region not in self._naming:
            self._naming[region] = self._read(region)
        return self._naming[region].get(account, ())

    def _read(self, region: str) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for other in self._snapshot.asking(SINK_LISTING.operation, region):
            if other in self._snapshot.accounts:
                every = listed_alarms(self._snapshot, other, visible_trails(self._snapshot, other))
                named = (each.alarm.named_accounts for each in every.metric_alarms(region))
                for account in frozenset[str]().union(*named):
                    found.setdefault(account, []).append(other)
        return found


def monitors(
    snapshot: Snapshot, account: str, region: str, publishers: Iterable[PublishedMetric], watchers: Watchers
) -> tuple[Monitor, ...]:
    """The accounts whose alarms read the metrics of ``account`` in a Region, and those of which that is not known.

    An account of the snapshot is one when its alarms name this account, linked or not, or query the metrics of all
    that link to it; one that a link leads to and that was not looked at may be one.
    """
    metrics = tuple(publishers)
    namespaces = sorted({metric.namespace for metric in metrics})
    linked = {each.account: each.source for each in monitoring_accounts(snapshot, account, region)}
    naming = watchers.naming(account, region) if namespaces else ()
    found: list[Monitor] = []
    for other in sorted({*naming, *linked} - {account}):
        sharing = {name: metrics_shared(snapshot, account, other, region, name) for name in namespaces}
        hidden = _hidden(snapshot, account, other, region) if other in linked else ""
        if hidden:
            found.append(Monitor(other, sharing, hidden=hidden, sources=(linked[other],)))
        if other in snapshot.accounts and (
            watching := _watching(snapshot, _Watching(account, other, region, metrics), sharing)
        ):
            found.append(watching)
    return (*found, *_not_listed(snapshot, account, region, namespaces))


def _not_listed(snapshot: Snapshot, account: str, region: str, namespaces: Iterable[str]) -> tuple[Monitor, ...]:
    """What may be hidden where the links were refused; a snapshot of an earlier version has no such call."""
    gap = snapshot.ask(account, region, LINK_LISTING.operation).gap
    if gap is None or gap.kind in {GapKind.NOT_COLLECTED, GapKind.REGION_OFF}:
        return ()
    reason = f"with which accounts {account} shares its metrics in {region} is not known: {gap.reason}"
    unknown = Sharing(Outcome.UNKNOWN, reason, (gap.source,))
    return (Monitor("", dict.fromkeys(namespaces, unknown), hidden=reason),)


def _hidden(snapshot: Snapshot, account: str, other: str, region: str) -> str:
    """Why it is not known which alarms an account has that a link leads to, as a clause; "" when it is known."""
    seen = f"account {account} shares its metrics in {region} with account {other}"
    if other not in snapshot.accounts:
        return f"{seen}, which was not looked at: scan that account too"
    if why := snapshot.left_out(other):
        return f"{seen}, which could not be looked at: {why}"
    gap = alarm_listing(snapshot, other, region).gap
    return f"{seen}, whose alarms are not known: {gap.reason}" if gap is not None else ""


@dataclass(frozen=True, slots=True)
class _Watching:
    """The metrics of ``account`` in a Region, and another account whose alarms may read them."""

    account: str
    other: str
    region: str
    metrics: tuple[PublishedMetric, ...]


def _watching(snapshot: Snapshot, asked: _Watching, sharing: dict[str, Sharing]) -> Monitor | None:
    """What the alarms of an account watch of another's metrics; None when none of them names it or asks for its."""
    account, other, region = asked.account, asked.other, asked.region
    every = listed_alarms(snapshot, other, visible_trails(snapshot, other))
    watching = [each for each in every.metric_alarms(region) if each.alarm.reads_from(account, asked.metrics)]
    if not watching:
        return None
    known = with_detectors(snapshot, other, region, watching)
    viewed = tuple(replace(each, alarm=each.alarm.reading(account)) for each in known)
    composites = every.composites(region)
    topics = _topics(snapshot, other, (*watching, *_above(composites, watching)))
    states = States((each.alarm for each in every.in_region(region)), snapshot.collected_at)
    notifiers = Notifiers(composites, topics, region_mutes(snapshot, other, region), states)
    return Monitor(other, sharing, viewed, notifiers)


def _above(composites: Sequence[ListedAlarm], watching: Sequence[ListedAlarm]) -> Iterator[ListedAlarm]:
    """The composite alarms over these alarms."""
    names = {each.alarm.name for each in watching}
    every = Composites(each.alarm for each in composites)
    above = {alarm.name for alarm in every.over(names)}
    return (each for each in composites if each.alarm.name in above)


def _topics(snapshot: Snapshot, account: str, told: Iterable[ListedAlarm]) -> dict[str, Topic]:
    found: dict[str, Topic] = {}
    for row in told_topic_rows(snapshot, account, [(each.alarm, _sources(each)) for each in told]):
        listed = snapshot.ask(account, row.region, LIST_SUBSCRIPTIONS, {"TopicArn": row.id})
        found[row.id] = Topic(row, subscribers(snapshot, account, row.region, listed))
    return found


def _sources(listed: ListedAlarm) -> tuple[Source, ...]:
    return (listed.source,)
