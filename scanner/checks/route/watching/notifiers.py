"""The actions link: whether an alarm acts, itself or through a composite alarm, and the best way on from there.

Sources: CloudWatch API reference, ``MetricAlarm`` and ``CompositeAlarm`` (``AlarmActions``, ``ActionsEnabled``,
``ActionsSuppressor``); CloudWatch User Guide, "Alarm Mute Rules".
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from scanner.alarms.alarm import Action, Alarm
from scanner.alarms.composites import Composites, Following, Follows
from scanner.alarms.muting.rules import Muted
from scanner.alarms.standing import States
from scanner.audit_path.mute_rules import RegionMutes
from scanner.audit_path.watching import ListedAlarm
from scanner.checks.route.links import ACTIONS, JudgedLink
from scanner.checks.route.watching.topics import Topic, alarm_publisher, topic_links
from scanner.model import Gap, Outcome, worst_outcome

_VERDICTS: Mapping[Follows, Outcome] = {
    Follows.YES: Outcome.PASS,
    Follows.NO: Outcome.FAIL,
    Follows.UNDETERMINED: Outcome.UNKNOWN,
}

_UNSEEN: Mapping[str, str] = {
    "lambda": "invokes a Lambda function",
    "ssm-incidents": "starts an Incident Manager response plan",
}
"""What actions of services do that can reach a person, and whose targets are not looked at."""

_TELL_NOBODY = frozenset({"automate", "autoscaling", "swf"})
"""Services whose actions change machines: stopping, restarting and scaling reach nobody."""

Way = tuple[JudgedLink, ...]
"""The links from an alarm in ALARM onwards, as far as they can be judged."""


class Notifiers:
    """The composite alarms and mute rules of one account and Region, and the topics its alarms may notify, by ARN.

    ``states`` are those of all alarms of the Region.
    """

    def __init__(
        self, composites: Iterable[ListedAlarm], topics: Mapping[str, Topic], mutes: RegionMutes, states: States
    ) -> None:
        self.composites = {each.alarm.name: each for each in composites}
        self.mutes = mutes
        self.states = states
        self._topics = topics
        self._above = Composites(each.alarm for each in self.composites.values())

    def best(self, listed: ListedAlarm) -> Way:
        """The best way on from a metric alarm in ALARM.

        A way whose links all pass is better than one with an unknown link, that better than a broken one, and
        among equals the one that gets further.
        """
        alarm = listed.alarm
        acts = JudgedLink(ACTIONS, Outcome.PASS, f"alarm {alarm.name} acts", alarm.name, (listed.source,))
        own = self._ways(alarm, acts, alarm)
        above: list[Way] = []
        for composite, following in self._above.following(alarm.name):
            above += self._ways(composite, self._acting(composite, following, listed), alarm)
        # An alarm without actions leaves them to the composites above it: those say best what is wrong.
        ways = [*own, *above] if alarm.actions or alarm.unheard is not None else [*above, *own]
        return max(ways, key=_quality)

    def onwards(self, alarm: Alarm) -> Way:
        """The best way on from an alarm that acts, by its own actions alone; an alarm without any has none."""
        acts = JudgedLink(ACTIONS, Outcome.PASS, f"alarm {alarm.name} acts", alarm.name)
        return max((self._way(acts, action, alarm) for action in alarm.actions), key=_quality, default=())

    def _acting(self, composite: Alarm, following: Following, listed: ListedAlarm) -> JudgedLink:
        """Whether a composite alarm comes to act when an alarm goes off."""
        sources = [self.composites[composite.name].source]
        if composite.name not in self._above.unread:
            sources.append(listed.source)
        following = self._held_back(composite, following, listed.alarm)
        return JudgedLink(ACTIONS, _VERDICTS[following.verdict], following.reason, composite.name, tuple(sources))

    def _held_back(self, composite: Alarm, following: Following, below: Alarm) -> Following:
        """What alarms that are in ALARM now make of a composite alarm that goes off when all others are quiet."""
        if following.verdict is not Follows.YES:
            return following
        asked = ((Follows.NO, True), (Follows.UNDETERMINED, False))
        for verdict, long in asked:
            names = self._above.held_back(composite.name, below.name, self.states.in_alarm(long=long))
            if names:
                seen = f"while {' and '.join(names)} {'is' if len(names) == 1 else 'are'} in ALARM"
                reason = f"composite alarm {composite.name} does not go to ALARM with alarm {below.name} {seen}"
                return Following(verdict, f"{reason}, as at the time of collection")
        return following

    def _ways(self, alarm: Alarm, acting: JudgedLink, below: Alarm) -> list[Way]:
        """One way for each action of an alarm; ``acting`` says whether the alarm comes to act at all.

        ``below`` is the metric alarm with which it does.
        """
        if acting.verdict is Outcome.FAIL:
            return [(acting,)]
        subject = f"alarm {alarm.name}"
        if alarm.acts is False:
            return [(replace(acting, verdict=Outcome.FAIL, reason=f"{subject} has its actions switched off"),)]
        if alarm.acts is None:
            gap = alarm.unknown.get("ActionsEnabled")
            told = f"whether the actions of {subject} are on is not known: {gap.reason}" if gap is not None else ""
            return [_undecided(acting, told or f"{subject} does not say whether its actions are on", gap)]
        if alarm.unheard is not None:
            reason = f"what {subject} does in ALARM is not known: {alarm.unheard.reason}"
            return [_undecided(acting, reason, alarm.unheard)]
        if not alarm.actions:
            return [(replace(acting, verdict=Outcome.FAIL, reason=f"{subject} has no action for ALARM"),)]
        acting = replace(acting, warnings=_warnings(alarm, subject))
        ways = (self._as_it_is(self._way(acting, action, alarm), alarm, below) for action in alarm.actions)
        return [self._unless_muted(way, alarm) for way in ways]

    def _as_it_is(self, way: Way, alarm: Alarm, below: Alarm) -> Way:
        """The way of an alarm as the states of the alarms leave it at the time of collection."""
        acting, *onwards = way
        if acting.verdict is Outcome.FAIL:
            return way
        # A composite alarm goes nowhere new while the alarm below does not.
        found = [self.states.standing(below, below), self.states.standing(alarm, below)]
        standing = next((each for each in found if each.verdict is Follows.NO), None)
        if standing is not None:
            return (replace(acting, verdict=Outcome.FAIL, reason=standing.reason),)
        unclear = next((each for each in found if each.verdict is Follows.UNDETERMINED), None)
        if unclear is None or acting.verdict is Outcome.UNKNOWN:
            return way
        return (replace(acting, verdict=Outcome.UNKNOWN, reason=unclear.reason), *onwards)

    def _unless_muted(self, way: Way, alarm: Alarm) -> Way:
        """The way of an alarm as mute rules leave it: those of a composite alarm are not those of the alarms below."""
        acting, *onwards = way
        if acting.verdict is Outcome.FAIL:
            return way
        muting, gap = self.mutes.rules.over(alarm.name), self.mutes.gap
        acting = replace(acting, sources=tuple(dict.fromkeys((*acting.sources, *self.mutes.sources))))
        if muting.verdict is Muted.YES:
            return (replace(acting, verdict=Outcome.FAIL, reason=muting.reason),)
        if gap is not None or muting.verdict is Muted.UNDETERMINED:
            unknown = f"whether alarm {alarm.name} is muted is not known: {gap.reason}" if gap is not None else ""
            # What is not known of the alarm itself comes first.
            reason = acting.reason if acting.verdict is Outcome.UNKNOWN else unknown or muting.reason
            sources = (*acting.sources, *((gap.source,) if gap is not None else ()))
            return (replace(acting, verdict=Outcome.UNKNOWN, reason=reason, sources=sources), *onwards)
        warnings = (*acting.warnings, *((muting.reason,) if muting.reason else ()))
        return (replace(acting, warnings=warnings), *onwards)

    def _way(self, acting: JudgedLink, action: Action, alarm: Alarm) -> Way:
        subject, target, arn = f"alarm {alarm.name}", action.target, action.arn
        service = arn.service if arn is not None else ""
        if arn is not None and service == "sns":
            told = topic_links(self._topics.get(target), target, arn, alarm_publisher(alarm))
            return (replace(acting, reason=_and(acting, f"notifies topic {arn.resource}")), *told)
        if arn is not None and service == "ssm" and arn.resource.startswith("opsitem:"):
            opened = _and(acting, f"opens an OpsItem in Systems Manager ({target})")
            reason = f"{opened}; whether a person looks there, somebody must attest"
            return (replace(acting, verdict=Outcome.UNKNOWN, reason=reason),)
        if service in _UNSEEN:
            reason = f"{subject} {_UNSEEN[service]} ({target}); what that does next is not looked at"
            return (replace(acting, verdict=Outcome.UNKNOWN, reason=reason),)
        if service in _TELL_NOBODY:
            reason = f"{subject} has an action that tells nobody ({target})"
            return (replace(acting, verdict=Outcome.FAIL, reason=reason),)
        reason = f"{subject} has an action of a kind that is not known here ({target})"
        return (replace(acting, verdict=Outcome.UNKNOWN, reason=reason),)


def _undecided(acting: JudgedLink, reason: str, gap: Gap | None) -> Way:
    """The way of an alarm of which it is not known what it does."""
    sources = acting.sources if gap is None else (*acting.sources, gap.source)
    return (replace(acting, verdict=Outcome.UNKNOWN, reason=reason, sources=sources),)


def _and(acting: JudgedLink, does: str) -> str:
    """What the alarm does goes on after what is known of it; what is not known of it is said apart."""
    return (
        f"{acting.reason} and {does}" if acting.verdict is Outcome.PASS else f"{acting.reason}; if it does, it {does}"
    )


def _quality(way: Way) -> tuple[int, int]:
    ranks = {Outcome.PASS: 2, Outcome.UNKNOWN: 1}
    worst = worst_outcome(link.verdict for link in way)
    return ranks.get(worst or Outcome.PASS, 0), sum(link.verdict is Outcome.PASS for link in way)


def _warnings(alarm: Alarm, subject: str) -> tuple[str, ...]:
    warnings: list[str] = []
    if alarm.suppressor:
        warnings.append(f"{subject} does not act while its suppressor {alarm.suppressor} is in ALARM")
    if alarm.in_alarm and alarm.contributors:
        warnings.append(f"{subject} is in ALARM now and tells of no further events of the time series that are")
    elif alarm.in_alarm:
        warnings.append(f"{subject} is in ALARM now and tells nobody of further events until it has left that state")
    return tuple(warnings)
