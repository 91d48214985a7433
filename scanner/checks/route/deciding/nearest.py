"""The lane that comes nearest to a rule, and its links as judged for that rule.

When events are lost, the lane worth repairing is the one that they enter and that would have carried most of them: its
first broken link is the one to show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scanner.checks.route.comparison import Required
from scanner.checks.route.deciding.decision import Decision, affinity
from scanner.checks.route.lanes import EVERY, Lane, narrowed, progress
from scanner.checks.route.links import (
    ALARM,
    CHANNEL,
    FILTER,
    LINKS,
    RULE,
    SELECTORS,
    SUBSCRIPTION_FILTER,
    TRAIL,
    JudgedLink,
)
from scanner.checks.route.path import AuditPath
from scanner.checks.route.trails import trail_name
from scanner.model import Outcome
from scanner.pattern import CoverageVerdict, JsonPattern, Pattern
from scanner.recording.recorded_events import EVERYTHING, Condition

_COMPARED = 4
"""How many filters are compared with the rule to find the nearest; the likeliest are tried first."""


_UP_TO_LOG_GROUP = LINKS[: LINKS.index(FILTER)]


@dataclass(frozen=True, slots=True)
class Nearest:
    """The links of the nearest lane, as they stand for the rule; ``broken`` is the first that does not pass."""

    links: tuple[JudgedLink, ...]
    broken: JudgedLink
    lane: Lane | None


def nearest(required: Required, path: AuditPath, lanes: Sequence[Lane], decision: Decision) -> Nearest:
    """The lane nearest to carrying what ``decision`` found missing or uncertain."""
    eligible = [lane for lane in lanes if lane.trunk is not None and (lane.heard is None or _is_filtered(lane))]
    if decision.outcome is Outcome.UNKNOWN:
        # What might still be whole is what an unknown depends on; a broken lane explains nothing.
        eligible = _open(required, lanes, decision)
    if not eligible:
        reason = f"account {path.account} has no trail in the Regions that were looked at"
        link = JudgedLink(TRAIL, Outcome.FAIL, reason, "", path.listings)
        return Nearest((link,), link, None)
    lane = _closest(required, eligible, decision)
    links = _for_rule(required, lane, lanes, decision)
    return Nearest(links, _first_broken(links, decision), lane)


def _open(required: Required, lanes: Sequence[Lane], decision: Decision) -> list[Lane]:
    """The lanes that an unknown depends on: those that are not whole, unless the others carry the events alone."""
    unsure = [lane for lane in decision.lanes if not lane.whole]
    if not unsure:
        return list(decision.lanes)
    whole = [lane.at_most for lane in lanes if lane.whole and lane.sees_region(decision.region)]
    carried = [pattern for pattern in (*whole, decision.outside) if pattern is not None]
    return unsure if required.covering(carried) is None else list(decision.lanes)


def _is_filtered(lane: Lane) -> bool:
    """Whether a declared route leads through a subscription filter, which can be repaired as a metric filter can."""
    return any(link.name == SUBSCRIPTION_FILTER for link in lane.links)


def _first_broken(links: Sequence[JudgedLink], decision: Decision) -> JudgedLink:
    wanted = [link for link in links if link.verdict is decision.outcome]
    others = [link for link in links if link.verdict is not Outcome.PASS]
    if wanted or others:
        return (wanted or others)[0]
    by_rules = bool(decision.lanes) and all(map(_by_rule, decision.lanes))
    behind = ALARM if decision.coverage.verdict is CoverageVerdict.COVERED else FILTER
    return JudgedLink(RULE if by_rules else behind, decision.outcome, decision.reason)


def _by_rule(lane: Lane) -> bool:
    return any(link.name == RULE for link in lane.links)


def _closest(required: Required, lanes: Sequence[Lane], decision: Decision) -> Lane:
    lost = frozenset(decision.missing)
    likely = sorted(lanes, key=lambda lane: -_likeness(required, lane))
    compared: dict[int, frozenset[str]] = {}
    for lane in likely:
        if len(compared) >= _COMPARED or not _likeness(required, lane):
            break
        if lane.pattern is not None and id(lane.pattern) not in compared:
            compared[id(lane.pattern)] = frozenset(required.compare([lane.pattern]).missed)
    return min(
        lanes,
        key=lambda lane: (_astray(required, lane, decision.region), *_distance(required, lane, compared, lost)),
    )


def _astray(required: Required, lane: Lane, region: str) -> bool:
    """Whether the events do not even arrive in the lane's log group: to repair what is behind it would not help."""
    if lane.trunk is None:
        return False
    broken = any(link.verdict is Outcome.FAIL for link in lane.links if link.name in _UP_TO_LOG_GROUP)
    return broken or not lane.sees_region(region) or not _covered_by(required, lane.trunk.carries.at_most)


def _likeness(required: Required, lane: Lane) -> int:
    """Filters that name the rule's events first; filters of other languages before those that name other events."""
    return 2 * affinity(required, lane) if isinstance(lane.pattern, JsonPattern) else int(lane.pattern is not None)


def _distance(
    required: Required, lane: Lane, compared: Mapping[int, frozenset[str]], lost: frozenset[str]
) -> tuple[int, int, int, int, str]:
    """Least for the lane that misses least of what is lost, then goes furthest."""
    missed = compared.get(id(lane.pattern)) if lane.pattern is not None else None
    if missed is None:
        return (len(lost) + 1, 0, -affinity(required, lane), -progress(lane.links), lane.filter_name)
    misses = len(missed & lost) if lost else len(missed)
    helps = misses < len(lost) or not missed
    guess = 0 if helps else -affinity(required, lane)
    return (misses, guess, len(missed), -progress(lane.links), lane.filter_name)


def _for_rule(required: Required, lane: Lane, lanes: Sequence[Lane], decision: Decision) -> tuple[JudgedLink, ...]:
    """The lane's links with what only the rule decides: Region, global services, selectors, coverage, dimensions."""
    judged: list[JudgedLink] = []
    rest = _others(lane, lanes, decision)
    for link in lane.links:
        judged.append(_link(required, lane, link, rest, decision))
        if link.name == FILTER and not _touches(required, lane) and judged[-1].verdict is Outcome.FAIL:
            break
    return tuple(judged)


def _link(required: Required, lane: Lane, link: JudgedLink, rest: list[Pattern], decision: Decision) -> JudgedLink:
    if link.verdict is Outcome.FAIL or lane.trunk is None:
        return _without_filters(required, link, rest, decision)
    if link.name in {TRAIL, CHANNEL}:
        return _trail(required, lane, link, decision.region)
    if link.name == SELECTORS:
        return _selectors(required, lane, link)
    if link.name in {FILTER, SUBSCRIPTION_FILTER} and lane.pattern is not None:
        return _filter(required, lane, link, rest, decision)
    if link.name == ALARM and lane.sees is not EVERYTHING:
        return _alarm(required, lane, link, rest)
    return link


def _without_filters(required: Required, link: JudgedLink, rest: list[Pattern], decision: Decision) -> JudgedLink:
    """A broken link; that of a log group without any metric filter says of which events it lacks one."""
    if link.verdict is not Outcome.FAIL or link.name != FILTER or link.candidate:
        return link
    which = _which(required, rest, decision)
    return replace(link, reason=f"{link.reason} for these events{which}") if which else link


def _touches(required: Required, lane: Lane) -> bool:
    """Whether the lane's filter can have been meant for the rule at all."""
    return lane.pattern is None or _likeness(required, lane) > 0


def _others(lane: Lane, lanes: Sequence[Lane], decision: Decision) -> list[Pattern]:
    """What the other lanes of the Region carry at most: what they cannot carry is what this lane lacks."""
    seen = [other for other in lanes if other is not lane and other.sees_region(decision.region)]
    carried = [other.at_most for other in seen]
    return list(dict.fromkeys(pattern for pattern in (*carried, decision.outside) if pattern is not None))


def _trail(required: Required, lane: Lane, link: JudgedLink, region: str) -> JudgedLink:
    if lane.trunk is None:
        return link
    name = trail_name(lane.trunk.trail)
    if not lane.sees_region(region) and link.name == CHANNEL:
        reason = f"{link.reason}, and none of another Region: what happens in {region} does not arrive"
        return replace(link, verdict=Outcome.FAIL, reason=reason)
    if not lane.sees_region(region):
        reason = f"trail {name} records only {lane.home}, so events in {region} are not recorded"
        return replace(link, verdict=Outcome.FAIL, reason=reason)
    if lane.trunk.services is not EVERYTHING and not _covered_by(required, lane.trunk.services):
        reason = f"trail {name} does not include global service events"
        return replace(link, verdict=Outcome.FAIL, reason=reason)
    return link


def _selectors(required: Required, lane: Lane, link: JudgedLink) -> JudgedLink:
    if lane.trunk is None or _covered_by(required, lane.trunk.selected.surely):
        # What an odd selector leaves open does not matter where the others record the events for certain.
        return link if link.verdict is Outcome.PASS else _certain(lane, link)
    if _covered_by(required, lane.trunk.selected.at_most):
        return replace(link, verdict=Outcome.UNKNOWN)
    selected = _as_pattern(lane.trunk.selected.at_most)
    missed = required.lost_words([] if selected is None else [selected])
    reason = f"the event selectors of {_called(lane)} do not record {_listed(missed)}"
    return replace(link, verdict=Outcome.FAIL, reason=reason)


def _certain(lane: Lane, link: JudgedLink) -> JudgedLink:
    if lane.trunk is None:
        return link
    return replace(link, verdict=Outcome.PASS, reason=f"{_called(lane)} records the events of this rule")


def _called(lane: Lane) -> str:
    """What a lane begins with, as sentences call it."""
    name = trail_name(lane.trunk.trail) if lane.trunk is not None else ""
    first = next((link.name for link in lane.links), TRAIL)
    return f"service-linked channel {name}" if first == CHANNEL else f"trail {name}"


def _filter(required: Required, lane: Lane, link: JudgedLink, rest: list[Pattern], decision: Decision) -> JudgedLink:
    if lane.pattern is None:
        return link
    coverage = required.compare([lane.pattern, *rest])
    if coverage.verdict is CoverageVerdict.COVERED:
        return link
    subject = f"{'metric' if link.name == FILTER else 'subscription'} filter {link.candidate}"
    if coverage.verdict is CoverageVerdict.UNDETERMINED:
        reason = f"what {subject} matches could not be decided: {coverage.reason}"
        return replace(link, verdict=Outcome.UNKNOWN, reason=reason)
    alone = required.compare([lane.pattern])
    none = not _touches(required, lane)
    if none:
        reason = f"no metric filter matches these events{_which(required, rest, decision)}"
        return replace(link, verdict=Outcome.FAIL, candidate="", reason=reason)
    told = required.lost_words([lane.pattern, *rest]) if coverage.missed else alone.missed
    reason = f"{subject} misses {_listed(told)}"
    return replace(link, verdict=Outcome.FAIL, reason=reason)


def _which(required: Required, rest: list[Pattern], decision: Decision) -> str:
    """The events that nothing carries, in brackets; "" where these are all events of the rule."""
    if not decision.missing:
        return ""
    outside = [] if decision.outside is None else [decision.outside]
    told = required.lost_words(rest)
    if not told or set(told) == set(required.lost_words(outside)):
        return ""
    return f" ({_listed(told)})"


def _alarm(required: Required, lane: Lane, link: JudgedLink, rest: list[Pattern]) -> JudgedLink:
    part = narrowed(lane.pattern, lane.sees) if lane.pattern is not None else None
    if part is None or required.covering([part, *rest]) is not None:
        return link
    missed = _listed(required.lost_words([part, *rest]) or required.compare([part]).missed)
    reason = f"alarm {link.candidate} watches one value of the metric's dimensions and misses {missed}"
    return replace(link, verdict=Outcome.FAIL, reason=reason)


def _covered_by(required: Required, condition: Condition) -> bool:
    pattern = _as_pattern(condition)
    return pattern is not None and required.covering([pattern]) is not None


def _as_pattern(condition: Condition) -> Pattern | None:
    return narrowed(EVERY, condition)


def _listed(names: Sequence[str]) -> str:
    """Event names in a sentence; for events without a name, the conditions they satisfy."""
    if not names:
        return "events of this rule"
    named = [name for name in names if "$." not in name]
    others = [f"events with {name}" for name in names if "$." in name]
    return ", ".join(named + others)
