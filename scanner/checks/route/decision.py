"""Whether the lanes of an account carry every event of a rule.

Three sets of lanes decide: those whose links all pass prove a pass; those that could still be whole, because no link is
broken, decide whether the events are certainly lost. Between the two the verdict is unknown. A pass is never given
by what is not known.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scanner.checks.route.lanes import Lane
from scanner.model import Outcome
from scanner.pattern import (
    And,
    Compare,
    Coverage,
    Expr,
    JsonPattern,
    Or,
    Pattern,
    Regex,
    covers,
)

_TRIED_ALONE = 3
_MOST_TO_THIN_OUT = 24


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict for one Region, or for several that the same lanes see.

    ``lanes`` are those that carry the events (pass), those that might carry what is not certain (unknown), or those
    that are not broken and still miss some (fail). ``coverage`` is the deciding comparison, ``missing`` the events it is
    about: lost ones, or those that nothing carries for certain.
    """

    outcome: Outcome
    region: str
    coverage: Coverage
    lanes: tuple[Lane, ...]
    missing: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """Why nothing is certain although every link of the lanes passes."""
        if self.coverage.verdict == "covered" and not all(lane.at_once for lane in self.lanes):
            return "the events are spread over several alarms that each wait for more than one"
        return self.coverage.reason or "what the metric filters match together could not be decided"


def decide(required: JsonPattern, lanes: Sequence[Lane], region: str) -> Decision:
    """Decide for one Region over the lanes that see it."""
    seen = sorted((lane for lane in lanes if lane.sees_region(region)), key=lambda lane: -affinity(required, lane))
    whole = [(lane, pattern) for lane in seen if (pattern := lane.surely) is not None]
    proven = _proof(required, whole)
    if proven is not None:
        return Decision(Outcome.PASS, region, proven[0], proven[1])
    possible = [(lane, pattern) for lane in seen if (pattern := lane.at_most) is not None]
    coverage = covers(required, _patterns(possible), realistic=True)
    if coverage.verdict == "not_covered":
        return Decision(Outcome.FAIL, region, coverage, tuple(lane for lane, _ in possible), coverage.missed)
    certain = covers(required, _patterns(whole), realistic=True)
    open_lanes = tuple(lane for lane, pattern in possible if lane.surely != pattern)
    lanes_left = open_lanes or tuple(lane for lane, _ in possible)
    return Decision(Outcome.UNKNOWN, region, coverage, lanes_left, certain.missed)


def _proof(required: JsonPattern, whole: Sequence[tuple[Lane, Pattern]]) -> tuple[Coverage, tuple[Lane, ...]] | None:
    """The lanes that certainly carry everything, as few as are found cheaply; None when there is no proof."""
    for pair in whole[:_TRIED_ALONE]:
        coverage = _covered(required, [pair])
        if coverage is not None:
            return coverage, (pair[0],)
    for together in _countable(whole):
        coverage = _covered(required, together)
        if coverage is not None:
            return _thinned(required, together, coverage)
    return None


def _countable(whole: Sequence[tuple[Lane, Pattern]]) -> Iterator[Sequence[tuple[Lane, Pattern]]]:
    """The sets of lanes that may carry a rule's events together.

    An alarm that waits for several events counts only those of its own lanes: three events spread over two such alarms
    may set off neither. So lanes are put together when one event sets off each alarm, or when they share their alarm.
    """
    sets = [[pair for pair in whole if pair[0].at_once]]
    if len(sets[0]) < len(whole):
        sets += [
            [pair for pair in whole if pair[0].alarm == alarm] for alarm in sorted({lane.alarm for lane, _ in whole})
        ]
    return (lanes for lanes in sets if lanes)


def _thinned(
    required: JsonPattern, whole: Sequence[tuple[Lane, Pattern]], coverage: Coverage
) -> tuple[Coverage, tuple[Lane, ...]]:
    """The lanes without those that are not needed, as far as that is cheap to find out."""
    realistic = bool(coverage.assumption)
    needed = list(whole)
    for pair in list(reversed(whole))[:_MOST_TO_THIN_OUT]:
        if len(needed) == 1:
            break
        fewer = [other for other in needed if other is not pair]
        found = covers(required, _patterns(fewer), realistic=realistic)
        if found.verdict == "covered":
            needed, coverage = fewer, found
    return coverage, tuple(lane for lane, _ in needed)


def _covered(required: JsonPattern, pairs: Sequence[tuple[Lane, Pattern]]) -> Coverage | None:
    """The comparison that proves coverage, over all events or else over those CloudTrail can deliver."""
    for realistic in (False, True):
        coverage = covers(required, _patterns(pairs), realistic=realistic)
        if coverage.verdict == "covered":
            return coverage
    return None


def _patterns(pairs: Iterable[tuple[Lane, Pattern]]) -> list[Pattern]:
    return list(dict.fromkeys(pattern for _, pattern in pairs))


def affinity(required: JsonPattern, lane: Lane) -> int:
    """How many of the rule's literals the lane's filter names: a cheap guess at which filter was meant for it."""
    pattern = lane.pattern
    if not isinstance(pattern, JsonPattern):
        return 0
    return len(literals(required.expr) & literals(pattern.expr))


def literals(expr: Expr) -> frozenset[str]:
    """The texts that an expression compares with, without what is easily got wrong: wildcards, blanks, letter case."""
    found: set[str] = set()
    waiting: list[Expr] = [expr]
    while waiting:
        node = waiting.pop()
        if isinstance(node, And | Or):
            waiting += node.parts
        elif isinstance(node, Compare):
            text = node.value.source if isinstance(node.value, Regex) else node.value.text
            found.add("".join(text.replace("*", "").split()).lower())
    return frozenset(found)
