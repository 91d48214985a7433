"""The thing that breaks a route, in whichever account: a trail, log group, alarm, topic, or what keeps a rule back."""

from collections.abc import Mapping, Sequence

from scanner.arns import parse_arn
from scanner.checks.route.deciding.nearest import Nearest
from scanner.checks.route.lanes import Lane
from scanner.checks.route.links import (
    ACTIONS,
    ALARM,
    BUS,
    DELIVERY,
    DESTINATION,
    FILTER,
    LOG_GROUP,
    SELECTORS,
    SUBSCRIPTION,
    TOPIC,
    TRAIL,
    JudgedLink,
)
from scanner.checks.route.trails import Trunk
from scanner.checks.route.unjudged.other_ways import OtherWay
from scanner.model import Cause
from scanner.resources.roles.role_use import Missing

_RULE = "EventBridge rule"


_NOUNS: Mapping[Missing, str] = {
    Missing.ROLE: "role",
    Missing.TRUST: "role",
    Missing.PERMISSION: "role",
    Missing.BUS_POLICY: "event bus",
    Missing.FUNCTION_POLICY: "function",
    Missing.QUEUE_POLICY: "queue",
    Missing.LOG_POLICY: "log group",
}
_PLACES: Mapping[str, str] = {BUS: "event bus", TOPIC: "topic", SUBSCRIPTION: "topic", DESTINATION: "target"}


def cause_of(closest: Nearest, meant: Sequence[OtherWay]) -> Cause | None:
    """What the first broken link of a lane is about; None where no such thing is known, as without any trail.

    ``meant`` are the EventBridge rules that are meant for the events where no metric filter is: then it is what keeps
    the first of them from carrying these.
    """
    lane = closest.lane
    if lane is None or lane.trunk is None:
        return None
    what, name = _of_rule(meant[0]) if meant else _about(lane, closest.broken)
    arn = parse_arn(name)
    return None if arn is None or not arn.account else Cause(what, arn.account, name)


def _of_rule(way: OtherWay) -> tuple[str, str]:
    """A noun for what keeps an EventBridge rule from carrying events, and its ARN."""
    if way.miss is not None:
        return _RULE, way.miss.rule.arn
    broken = way.broken
    if broken is not None and broken.lack is not None:
        return _NOUNS[broken.lack.what], broken.lack.of
    if broken is not None and broken.name == BUS and len(way.through) > 1:
        return _RULE, way.through[1]
    if broken is not None and broken.name in _PLACES and parse_arn(broken.candidate) is not None:
        return _PLACES[broken.name], broken.candidate
    return _RULE, way.rule.id if way.rule is not None else ""


def _about(lane: Lane, broken: JudgedLink) -> tuple[str, str]:
    """A noun for what a link is about, and its ARN; a link without a thing of its own is about the one before it."""
    if lane.trunk is None or broken.name in {TRAIL, DELIVERY, SELECTORS}:
        return _stem(lane.trunk)
    if lane.alarm is None or broken.name in {LOG_GROUP, FILTER}:
        return "log group", lane.trunk.group
    if broken.name not in {ALARM, ACTIONS} and parse_arn(broken.candidate) is not None:
        return "topic", broken.candidate
    return "alarm", lane.alarm.alarm.identity


def _stem(trunk: Trunk | None) -> tuple[str, str]:
    """A noun for what events enter the lane by, and its ARN."""
    if trunk is None:
        return "trail", ""
    arn = parse_arn(trunk.trail.id)
    if arn is not None and arn.after("channel/"):
        return "channel", trunk.trail.id
    of_all = trunk.trail.data.get("IsOrganizationTrail") is True
    return "organization trail" if of_all else "trail", trunk.trail.id
