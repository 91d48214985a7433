"""Whether the lanes of an account carry every event of a rule.

Three sets of lanes decide: those whose links all pass prove a pass; those that could still be whole, because no link is
broken, decide whether the events are certainly lost. Between the two the verdict is unknown. A pass is never given
by what is not known.
"""

from collections.abc import Iterable, Sequence
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

    ``lanes`` are those that carry the events (pass), else those that might. ``coverage`` is the deciding comparison.
    """

    outcome: Outcome
    region: str
    coverage: Coverage
    lanes: tuple[Lane, ...]


def decide(required: JsonPattern, lanes: Sequence[Lane], region: str) -> Decision:
    """Decide for one Region over the lanes that see it."""
    seen = sorted((lane for lane in lanes if lane.sees_region(region)), key=lambda lane: -affinity(required, lane))
    whole = [(lane, pattern) for lane in seen if (pattern := lane.surely) is not None]
    proven = _proof(required, whole)
    if proven is not None:
        return Decision(Outcome.PASS, region, proven[0], proven[1])
    possible = [(lane, pattern) for lane in seen if (pattern := lane.at_most) is not None]
    coverage = covers(required, _patterns(possible), realistic=True)
    outcome = Outcome.FAIL if coverage.verdict == "not_covered" else Outcome.UNKNOWN
    return Decision(outcome, region, coverage, tuple(lane for lane, _ in possible))


def _proof(required: JsonPattern, whole: Sequence[tuple[Lane, Pattern]]) -> tuple[Coverage, tuple[Lane, ...]] | None:
    """The lanes that certainly carry everything, as few as are found cheaply; None when there is no proof."""
    for pair in whole[:_TRIED_ALONE]:
        coverage = _covered(required, [pair])
        if coverage is not None:
            return coverage, (pair[0],)
    if len(whole) < 2:
        return None
    coverage = _covered(required, whole)
    if coverage is None:
        return None
    realistic = bool(coverage.assumption)
    needed = list(whole)
    for pair in list(reversed(whole))[:_MOST_TO_THIN_OUT]:
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
    """The texts that an expression compares with."""
    found: set[str] = set()
    waiting: list[Expr] = [expr]
    while waiting:
        node = waiting.pop()
        if isinstance(node, And | Or):
            waiting += node.parts
        elif isinstance(node, Compare):
            found.add(node.value.source if isinstance(node.value, Regex) else node.value.text)
    return frozenset(found)
