"""The thing of another account that breaks a route: an organization's trail, log group, alarm or topic."""

from scanner.arns import parse_arn
from scanner.checks.route.lanes import Lane
from scanner.checks.route.links import ACTIONS, ALARM, DELIVERY, FILTER, LOG_GROUP, SELECTORS, TRAIL, JudgedLink
from scanner.model import Cause


def shared_cause(account: str, lane: Lane | None, broken: JudgedLink) -> Cause | None:
    """What the first broken link of a lane is about, where that is not the account's own; None where it is."""
    if lane is None or lane.trunk is None:
        return None
    what, name = _about(lane, broken)
    arn = parse_arn(name)
    if arn is None or arn.account in ("", account):
        return None
    return Cause(what, arn.account, name)


def _about(lane: Lane, broken: JudgedLink) -> tuple[str, str]:
    """A noun for what a link is about, and its ARN; a link without a thing of its own is about the one before it."""
    if lane.trunk is None or broken.name in {TRAIL, DELIVERY, SELECTORS}:
        return "organization trail", lane.trunk.trail.id if lane.trunk is not None else ""
    if lane.alarm is None or broken.name in {LOG_GROUP, FILTER}:
        return "log group", lane.trunk.group
    if broken.name not in {ALARM, ACTIONS} and parse_arn(broken.candidate) is not None:
        return "topic", broken.candidate
    return "alarm", lane.alarm.alarm.identity
