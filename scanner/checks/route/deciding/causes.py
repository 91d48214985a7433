"""The thing that breaks a route, in whichever account: a trail, log group, alarm or topic."""

from scanner.arns import parse_arn
from scanner.checks.route.lanes import Lane
from scanner.checks.route.links import ACTIONS, ALARM, DELIVERY, FILTER, LOG_GROUP, SELECTORS, TRAIL, JudgedLink
from scanner.checks.route.trails import Trunk
from scanner.model import Cause


def cause_of(lane: Lane | None, broken: JudgedLink) -> Cause | None:
    """What the first broken link of a lane is about; None where no such thing is known, as without any trail."""
    if lane is None or lane.trunk is None:
        return None
    what, name = _about(lane, broken)
    arn = parse_arn(name)
    return None if arn is None or not arn.account else Cause(what, arn.account, name)


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
