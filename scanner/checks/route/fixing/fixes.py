"""What repairs a broken route: a sentence and commands for its first broken link, with the resources' own names.

The commands change one link; where a link is missing altogether, those behind it are made with it. Source: AWS CLI
Command Reference; CloudTrail User Guide, "Creating CloudWatch alarms for CloudTrail events: examples".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.alarms.metric import PublishedMetric
from scanner.alarms.muting.rules import Muted
from scanner.arns import Arn, parse_arn
from scanner.audit_path.watching import ListedAlarm
from scanner.checks.route.comparison import Required
from scanner.checks.route.deciding.decision import Decision
from scanner.checks.route.deciding.nearest import Nearest
from scanner.checks.route.fixing.commands import NAMESPACE, Command, again, command, put_alarm, put_filter, written
from scanner.checks.route.fixing.rule_fixes import rule_fix
from scanner.checks.route.fixing.topic_fixes import heard, new_topic, publishable, undenied
from scanner.checks.route.fixing.trail_fixes import (
    Repair,
    delivering,
    logging_trail,
    new_trail,
    recording,
    standing_group,
    telemetry_rule,
)
from scanner.checks.route.lanes import Lane
from scanner.checks.route.links import (
    ACTIONS,
    ALARM,
    CHANNEL,
    DELIVERY,
    FILTER,
    LINKS,
    LOG_GROUP,
    SELECTORS,
    TOPIC,
    TRAIL,
    JudgedLink,
)
from scanner.checks.route.path import AuditPath
from scanner.checks.route.trails import Trunk
from scanner.checks.route.unjudged.other_ways import OtherWay
from scanner.checks.route.watching.alarms import Firing
from scanner.checks.route.watching.protection import PHRASE
from scanner.facts.rows import Row
from scanner.model import Fix
from scanner.pattern import JsonPattern, divided

_SHORTEST_PERIOD, _USUAL_PERIOD = 60, 300
"""Seconds. Metric filters publish once a minute."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a rule asks for: ``name`` (that of the rule without its area), its events, and when alarms must fire."""

    name: str
    required: Required
    firing: Firing

    @property
    def patterns(self) -> tuple[str, ...]:
        """The events as the texts of filter patterns, each of which one metric filter has room for."""
        return divided(self.required.pattern)

    @property
    def period(self) -> int:
        """A period in seconds that a rule accepts and CloudWatch too."""
        longest = self.firing.period // _SHORTEST_PERIOD * _SHORTEST_PERIOD
        return max(_SHORTEST_PERIOD, min(_USUAL_PERIOD, longest))

    def metric(self) -> PublishedMetric:
        """A metric of its own."""
        return PublishedMetric(NAMESPACE, "".join(part.capitalize() for part in self.name.split("-")), 1)


def fix(wanted: Wanted, path: AuditPath, closest: Nearest, decision: Decision, meant: Sequence[OtherWay]) -> Fix:
    """The repair of the first broken link, as findings carry it.

    Where no metric filter is ``meant`` for the events, it is that of an EventBridge rule that is.
    """
    return rule_fix(wanted.required, path, decision, meant) or _by_filter(wanted, path, closest)


def _by_filter(wanted: Wanted, path: AuditPath, closest: Nearest) -> Fix:
    text, commands = _repair(wanted, path, closest)
    owner = _owner(path, closest)
    where = "" if owner == path.account else f" (in account {owner})"
    return Fix(f"{text}{where}.", written(commands), closest.broken.name)


def _owner(path: AuditPath, closest: Nearest) -> str:
    """The account in which the broken link is: that of the trail, or from the log group on that of the group."""
    trunk = closest.lane.trunk if closest.lane is not None else None
    if trunk is None:
        return path.account
    if closest.lane is not None and (monitor := _monitor(closest.lane, closest.broken.name)):
        return monitor
    arn = parse_arn(trunk.trail.id) if closest.broken.name in {TRAIL, DELIVERY, SELECTORS} else trunk.place
    return arn.account if arn is not None else path.account


def _monitor(lane: Lane, link: str) -> str:
    """The account of the lane's alarm, where it watches the metric from another and is what is broken; else ""."""
    if lane.alarm is None or lane.trunk is None or lane.trunk.place is None or LINKS.index(link) < LINKS.index(ALARM):
        return ""
    account = lane.alarm.alarm.account
    return account if account != lane.trunk.place.account else ""


def _repair(wanted: Wanted, path: AuditPath, closest: Nearest) -> Repair:
    lane, link = closest.lane, closest.broken.name
    trunk = lane.trunk if lane is not None else None
    if lane is None or trunk is None:
        return new_trail(path.leading)
    if LINKS.index(link) <= LINKS.index(LOG_GROUP) and lane.links[0].name == CHANNEL:
        return telemetry_rule(trunk) if link != LOG_GROUP else new_trail(path.leading)
    if LINKS.index(link) <= LINKS.index(LOG_GROUP) or trunk.place is None:
        return _before_filters(trunk, closest.broken)
    if _monitor(lane, link):
        # What shares metrics and what is beside the alarm belong to two accounts: the sentence names both.
        return f"Put right what keeps its alarm from telling somebody: {closest.broken.reason}", ()
    return _Behind(wanted, path, lane, trunk.place).repair(closest)


def _before_filters(trunk: Trunk, broken: JudgedLink) -> Repair:
    """The repair of a trail, or of its log group."""
    if broken.name == TRAIL:
        return logging_trail(trunk)
    if broken.name == SELECTORS:
        return recording(trunk)
    if broken.name == LOG_GROUP:
        return standing_group(trunk, exists="does not exist" not in broken.reason)
    return delivering(trunk)


@dataclass(frozen=True, slots=True)
class _Behind:
    """The repairs of what is behind the log group ``place``."""

    wanted: Wanted
    path: AuditPath
    lane: Lane
    place: Arn

    def repair(self, closest: Nearest) -> Repair:
        link, broken = closest.broken.name, closest.broken
        if link == FILTER:
            return self._filter(matching=bool(broken.candidate))
        if link == ALARM:
            return self._alarm()
        if link == ACTIONS:
            return self._actions(broken.candidate)
        topic = parse_arn(broken.candidate)
        if topic is None:
            return self._actions("")
        if PHRASE in broken.reason:
            return undenied(broken.candidate)
        if link != TOPIC:
            return heard(broken.candidate)
        row = self._topics().get(broken.candidate)
        gone = row is None or row.data.get("Exists") is False
        if gone or topic.region != self.place.region or topic.resource.endswith(".fifo"):
            return self._acting(
                f"Make alarm {self._alarm_name()} notify a standard topic that exists in {self.place.region}"
            )
        return publishable(
            broken.candidate,
            row,
            self.place.account,
            by_key="KMS key" in broken.reason or "AWS managed key" in broken.reason,
        )

    def _filter(self, *, matching: bool) -> Repair:
        item = self.lane.filter
        group = self.place.named("log-group:")
        if item is None or not matching or not self._is_meant(item.pattern):
            metric = self.wanted.metric()
            made = self._put_filters(group, self.wanted.name, metric)
            topic, commands = self._topic()
            alarm = self._new_alarm(metric, topic)
            filters = "a metric filter" if len(made) == 1 else f"{len(made)} metric filters"
            text = f"Create {filters} on log group {group}, with an alarm that notifies topic {topic}"
            return text, (*made, *commands, alarm)
        metric = item.metric or item.feeds or self.wanted.metric()
        name = item.listed.name
        put = self._put_filters(group, name, metric)
        narrowed = item.listed.criteria or item.listed.transformed
        removed = (
            command("logs", "delete-metric-filter", log_group_name=group, filter_name=name, region=self.place.region),
        )
        more = "" if len(put) == 1 else f", with {len(put) - 1} more beside it,"
        text = f"Make metric filter {name} of log group {group}{more} match every event of the rule and count each as 1"
        commands = (*(removed if narrowed else ()), *put)
        if metric.dimensions or self.lane.alarm is None:
            topic, topics = self._topic()
            commands = (*commands, *topics, self._new_alarm(metric, topic))
        return text, commands

    def _put_filters(self, group: str, name: str, metric: PublishedMetric) -> tuple[Command, ...]:
        """As many filters as the events take, all of one metric; the first has the name that is given."""
        return tuple(
            put_filter(group, name if number == 1 else f"{name}-{number}", pattern, metric, self.place.region)
            for number, pattern in enumerate(self.wanted.patterns, start=1)
        )

    def _is_meant(self, pattern: Any) -> bool:
        """Whether a filter matches nothing beside the rule's events, so that it can be given their pattern."""
        return pattern is None or (
            isinstance(pattern, JsonPattern) and Required(pattern).covering([self.wanted.required.pattern]) is not None
        )

    def _alarm(self) -> Repair:
        item, group = self.lane.filter, self.place.named("log-group:")
        metric = item.metric if item is not None else None
        if item is None or metric is None or metric.dimensions:
            return self._filter(matching=item is not None)
        listed = self.lane.alarm
        if listed is None or any(listed.alarm.insights):
            # An alarm on a query is left as it is: it may watch other metrics too.
            topic, commands = self._topic()
            text = f"Create an alarm on the metric {metric.namespace}/{metric.name} of log group {group}"
            taken = listed is not None and listed.alarm.name == self.wanted.name
            return text, () if taken else (*commands, self._new_alarm(metric, topic))
        actions = [action.target for action in listed.alarm.actions]
        text = f"Make alarm {self._alarm_name()} fire on the Sum of {metric.namespace}/{metric.name}"
        if listed.alarm.unknown:
            return text, ()  # a command would take away the settings that are not known
        topic, commands = ("", ()) if actions else self._topic()
        return text, (*commands, self._put(self._alarm_name(), metric, actions or [topic], listed.alarm.settings))

    def _actions(self, candidate: str) -> Repair:
        acting = self._composites().get(candidate, self.lane.alarm)
        muting = self._muting(candidate)
        if muting:
            return _unmuted(candidate, muting, self.place.region)
        if acting is not None and acting.alarm.acts is False and acting.alarm.actions:
            name = acting.alarm.name
            text = f"Enable the actions of alarm {name}"
            return text, (command("cloudwatch", "enable-alarm-actions", alarm_names=name, region=self.place.region),)
        return self._acting(f"Make alarm {self._alarm_name()} notify a topic when it goes into ALARM")

    def _acting(self, text: str) -> Repair:
        """The metric alarm itself, with all else as it is, notifies a topic."""
        topic, commands = self._topic()
        listed = self.lane.alarm
        if listed is None or listed.alarm.unknown:
            return text, commands  # to put the alarm again would take away the settings that are not known
        return f"{text}: {topic}", (*commands, again(listed.alarm.settings, [topic], self.place.region))

    def _new_alarm(self, metric: PublishedMetric, topic: str) -> Command:
        return self._put(self.wanted.name, PublishedMetric(metric.namespace, metric.name, 1), [topic], {})

    def _put(self, name: str, metric: PublishedMetric, actions: list[str], alarm: Mapping[str, Any]) -> Command:
        threshold = metric.value * self.wanted.firing.occurrences
        return put_alarm(name, metric, (threshold, self.wanted.period), actions, self.place.region, alarm)

    def _alarm_name(self) -> str:
        return self.lane.alarm.alarm.name if self.lane.alarm is not None else self.wanted.name

    def _topics(self) -> Mapping[str, Row]:
        owner = self.path.owner(self.place)
        return owner.topics if owner is not None else {}

    def _composites(self) -> Mapping[str, ListedAlarm]:
        region = self.path.region(self.place)
        return region.notifiers.composites if region is not None else {}

    def _muting(self, alarm: str) -> tuple[str, ...]:
        """The names of the mute rules that keep an alarm from acting."""
        region = self.path.region(self.place)
        if region is None:
            return ()
        muting = region.notifiers.mutes.rules.over(alarm)
        named = tuple(rule.name for rule in muting.rules if rule.alarms is not None)
        return (muting.now or named) if muting.verdict is Muted.YES else ()

    def _topic(self) -> tuple[str, tuple[Command, ...]]:
        """A topic of the alarm's Region that somebody hears, else a new one with the commands that make it."""
        for arn, row in sorted(self._topics().items()):
            if (
                row.region == self.place.region
                and row.data.get("Exists") is not False
                and row.data.get("ConfirmedSubscriptions")
            ):
                return arn, ()
        return new_topic(self.place)


def _unmuted(alarm: str, rules: tuple[str, ...], region: str) -> Repair:
    """An alarm that no mute rule keeps from acting."""
    named = f"mute rule{'' if len(rules) == 1 else 's'} {' and '.join(rules)}"
    ended = (
        command("cloudwatch", "delete-alarm-mute-rule", alarm_mute_rule_name=name, region=region) for name in rules
    )
    return f"Take alarm {alarm} out of {named}, or delete what mutes it if no other alarm needs that", tuple(ended)
