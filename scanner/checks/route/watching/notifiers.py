"""The actions link: whether an alarm acts, itself or through a composite alarm, and the best way on from there.

Sources: CloudWatch API reference, ``MetricAlarm`` and ``CompositeAlarm`` (``AlarmActions``, ``ActionsEnabled``,
``ActionsSuppressor``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from scanner.alarms.composite_rule import (
    AlarmRule,
    AlarmRuleError,
    State,
    alarm_name,
    composite_states,
    parse_alarm_rule,
    quiet_alarms,
    rule_alarms,
)
from scanner.arns import parse_arn
from scanner.checks.route.links import ACTIONS, SUBSCRIPTION, TOPIC, Step, worst
from scanner.checks.route.watching.topics import Topic, topic_links
from scanner.facts.rows import Row
from scanner.model import Outcome

_QUIET: tuple[State, ...] = ("OK", "INSUFFICIENT_DATA")
_MOST_MIXED = 8
"""Alarms whose mixtures of quiet states are tried: 256 mixtures."""

_UNSEEN: Mapping[str, str] = {"lambda": "a Lambda function", "ssm-incidents": "an Incident Manager response plan"}
"""Services whose actions can reach a person, but whose targets are not looked at."""

_TELL_NOBODY = frozenset({"automate", "autoscaling", "swf"})
"""Services whose actions change machines: stopping, restarting and scaling reach nobody."""

Way = tuple[Step, ...]
"""The links from an alarm in ALARM onwards, as far as they can be judged."""


@dataclass(frozen=True, slots=True)
class Notifiers:
    """The composite alarms of one account and Region, and the topics that its alarms may notify, by ARN."""

    composites: tuple[Row, ...]
    topics: Mapping[str, Topic]

    def best(self, alarm: Row) -> Way:
        """The best way on from a metric alarm in ALARM.

        A way whose links all pass is better than one with an unknown link, that better than a broken one, and
        among equals the one that gets further.
        """
        name = str(alarm.data.get("AlarmName") or alarm.id)
        own = self._ways(alarm, Step(ACTIONS, Outcome.PASS, f"alarm {name} acts", name, alarm.sources))
        above = [way for step, row in _followers(self.composites, alarm) for way in self._ways(row, step)]
        # An alarm without actions leaves them to the composites above it: those say best what is wrong.
        ways = [*own, *above] if alarm.data.get("AlarmActions") else [*above, *own]
        return max(ways, key=_quality)

    def _ways(self, row: Row, acting: Step) -> list[Way]:
        """One way for each action of an alarm; ``acting`` says whether the alarm comes to act at all."""
        if acting.verdict is Outcome.FAIL:
            return [(acting,)]
        enabled = row.data.get("ActionsEnabled")
        subject = f"alarm {acting.candidate}"
        if enabled is False:
            return [(replace(acting, verdict=Outcome.FAIL, reason=f"{subject} has its actions switched off"),)]
        if enabled is not True:
            reason = f"{subject} does not say whether its actions are on"
            return [(replace(acting, verdict=Outcome.UNKNOWN, reason=reason),)]
        listed = row.data.get("AlarmActions")
        actions = [action for action in listed if isinstance(action, str)] if isinstance(listed, list) else []
        if not actions:
            return [(replace(acting, verdict=Outcome.FAIL, reason=f"{subject} has no action for ALARM"),)]
        acting = replace(acting, warnings=_warnings(row, subject))
        return [self._way(acting, action, row) for action in actions]

    def _way(self, acting: Step, action: str, row: Row) -> Way:
        arn = parse_arn(action)
        service = arn.service if arn else ""
        if arn is not None and service == "sns":
            return (
                replace(acting, reason=_and(acting, f"notifies topic {arn.resource}")),
                *topic_links(self.topics.get(action), action, arn, row),
            )
        if arn is not None and service == "ssm" and arn.resource.startswith("opsitem:"):
            return (
                replace(acting, reason=_and(acting, "opens an OpsItem in Systems Manager")),
                Step(TOPIC, Outcome.PASS, "an OpsItem needs no topic", action),
                Step(
                    SUBSCRIPTION, Outcome.PASS, f"alarm {acting.candidate} opens an OpsItem in Systems Manager", action
                ),
            )
        if service in _UNSEEN:
            reason = f"alarm {acting.candidate} calls {_UNSEEN[service]} ({action}), whose further way is not looked at"
            return (replace(acting, verdict=Outcome.UNKNOWN, reason=reason),)
        if service in _TELL_NOBODY:
            reason = f"alarm {acting.candidate} has an action that tells nobody ({action})"
            return (replace(acting, verdict=Outcome.FAIL, reason=reason),)
        reason = f"alarm {acting.candidate} has an action of a kind that is not known here ({action})"
        return (replace(acting, verdict=Outcome.UNKNOWN, reason=reason),)


def _and(acting: Step, does: str) -> str:
    """What the alarm does goes on after what is known of it; what is not known of it is said apart."""
    return (
        f"{acting.reason} and {does}" if acting.verdict is Outcome.PASS else f"{acting.reason}; if it does, it {does}"
    )


def _quality(way: Way) -> tuple[int, int]:
    ranks = {Outcome.PASS: 2, Outcome.UNKNOWN: 1}
    return ranks.get(worst(way), 0), sum(step.verdict is Outcome.PASS for step in way)


def _warnings(row: Row, subject: str) -> tuple[str, ...]:
    warnings: list[str] = []
    suppressor = row.data.get("ActionsSuppressor")
    if suppressor:
        warnings.append(f"{subject} does not act while its suppressor {suppressor} is in ALARM")
    if row.data.get("StateValue") == "ALARM":
        warnings.append(f"{subject} is in ALARM now and tells nobody of further events until it has left that state")
    return tuple(warnings)


def _followers(composites: Sequence[Row], alarm: Row) -> list[tuple[Step, Row]]:
    """The composite alarms above an alarm, each with whether it goes to ALARM with that alarm alone."""
    name = str(alarm.data.get("AlarmName") or "")
    rules: dict[str, AlarmRule] = {}
    followers: list[tuple[Step, Row]] = []
    for row in composites:
        own = str(row.data.get("AlarmName") or row.id)
        text = str(row.data.get("AlarmRule") or "")
        try:
            rules[own] = parse_alarm_rule(text, row.account, row.region)
        except AlarmRuleError as error:
            if name in text:
                reason = f"whether composite alarm {own} follows alarm {name} is not known: {error}"
                followers.append((Step(ACTIONS, Outcome.UNKNOWN, reason, own, row.sources), row))
    for row in composites:
        own = str(row.data.get("AlarmName") or row.id)
        if own in rules and name in _below(own, rules):
            verdict, reason = _following(own, name, rules)
            if verdict is Outcome.PASS and row.data.get("ActionsSuppressor"):
                suppressor = alarm_name(str(row.data["ActionsSuppressor"]), row.account, row.region)
                verdict, reason = _suppressed(own, name, suppressor, rules) or (verdict, reason)
            followers.append((Step(ACTIONS, verdict, reason, own, (*row.sources, *alarm.sources)), row))
    return followers


def _below(composite: str, rules: Mapping[str, AlarmRule]) -> set[str]:
    """Every alarm that a composite looks at, directly or through other composites."""
    found: set[str] = set()
    waiting = [composite]
    while waiting:
        for name in rule_alarms(rules[waiting.pop()]):
            if name not in found:
                found.add(name)
                if name in rules:
                    waiting.append(name)
    return found


def _following(composite: str, alarm: str, rules: Mapping[str, AlarmRule]) -> tuple[Outcome, str]:
    """Whether a composite goes to ALARM when only this alarm does, and is quiet before.

    Alarms on rare events are as often without data as they are OK, so every mixture of both is tried for all others
    whose quiet state a rule can tell.
    """
    below = _below(composite, rules)
    if any(name in _below(name, rules) for name in (below | {composite}) & rules.keys()):
        return Outcome.UNKNOWN, f"what composite alarm {composite} does is not known: its rule refers to itself"
    mixtures = _mixtures(below | {composite}, alarm, rules)
    if not mixtures:
        return (
            Outcome.UNKNOWN,
            f"whether composite alarm {composite} follows alarm {alarm} cannot be decided: it depends on more than {_MOST_MIXED} alarms",
        )
    fires = [_state(composite, alarm, "ALARM", quiet, rules) == "ALARM" for quiet in mixtures]
    already = [_state(composite, alarm, own, quiet, rules) == "ALARM" for own, quiet in product(_QUIET, mixtures)]
    if not fires[0]:
        return Outcome.FAIL, f"composite alarm {composite} needs more than alarm {alarm} to go to ALARM"
    if already[0]:
        return Outcome.FAIL, f"composite alarm {composite} is in ALARM whether or not alarm {alarm} is"
    if not all(fires) or any(already):
        reason = f"whether composite alarm {composite} follows alarm {alarm} depends on which alarms have data"
        return Outcome.UNKNOWN, reason
    return Outcome.PASS, f"composite alarm {composite} goes to ALARM with alarm {alarm}"


def _suppressed(
    composite: str, alarm: str, suppressor: str, rules: Mapping[str, AlarmRule]
) -> tuple[Outcome, str] | None:
    """Whether the suppressor of a composite is in ALARM with this alarm, so that the composite stays silent."""
    looked_at = {suppressor} | (_below(suppressor, rules) if suppressor in rules else set())
    mixtures = _mixtures(looked_at, alarm, rules)
    silent = [_state(suppressor, alarm, "ALARM", quiet, rules) == "ALARM" for quiet in mixtures]
    if silent and all(silent):
        return Outcome.FAIL, f"composite alarm {composite} does not act: its suppressor {suppressor} is in ALARM too"
    if not silent or any(silent):
        return Outcome.UNKNOWN, f"whether the suppressor {suppressor} silences composite alarm {composite} is not known"
    return None


def _state(name: str, alarm: str, own: State, others: Mapping[str, State], rules: Mapping[str, AlarmRule]) -> State:
    """The state of an alarm while ``alarm`` is in the state ``own`` and all others are as given, else OK."""
    return composite_states(rules, lambda other: own if other == alarm else others.get(other, "OK"))(name)


def _mixtures(looked_at: Iterable[str], alarm: str, rules: Mapping[str, AlarmRule]) -> list[Mapping[str, State]]:
    """Every mixture of quiet states of the alarms whose quiet state matters, all OK first; none when too many matter."""
    named = {other for name in looked_at if name in rules for other in quiet_alarms(rules[name])}
    varied = sorted(named - rules.keys() - {alarm})
    if len(varied) > _MOST_MIXED:
        return []
    return [dict(zip(varied, states, strict=True)) for states in product(_QUIET, repeat=len(varied))]
