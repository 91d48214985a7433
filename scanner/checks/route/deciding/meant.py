"""The EventBridge rules that are meant for the events of a rule, and do not bring them to anybody."""

from collections.abc import Iterator

from scanner.checks.route.comparison import Required
from scanner.checks.route.deciding.decision import Decision
from scanner.checks.route.deciding.nearest import Nearest
from scanner.checks.route.lanes import EVERY, narrowed
from scanner.checks.route.links import DELIVERY, FILTER
from scanner.checks.route.unjudged.other_ways import OtherWay


def meant_rules(required: Required, closest: Nearest, decision: Decision) -> tuple[OtherWay, ...]:
    """The ways of rules that hear of all the events in vain, or would hear of them but for one thing.

    None where a metric filter is meant for the events, or where something is wrong with the trail itself.
    """
    return tuple(_meant(required, decision)) if _without_filter(closest) else ()


def _without_filter(closest: Nearest) -> bool:
    """Whether the nearest lane ends before any metric filter for the events, with nothing wrong with its trail."""
    lane, broken = closest.lane, closest.broken
    if lane is None or lane.trunk is None:
        return False
    return (broken.name == FILTER and not broken.candidate) or (broken.name == DELIVERY and lane.trunk.place is None)


def _meant(required: Required, decision: Decision) -> Iterator[OtherWay]:
    for way in decision.in_vain:
        if way.miss is None and (way.rule is None or way.broken is None or way.unless):
            continue
        patterns = [pattern for pattern in (narrowed(EVERY, way.at_most), decision.outside) if pattern is not None]
        if required.covering(patterns) is not None:
            yield way
