"""Whether the lanes of an account carry every event of a rule.

Three sets of lanes decide: those whose links all pass prove a pass; those that could still be whole, because no link is
broken, decide whether the events are certainly lost. Between the two the verdict is unknown. A pass is never given
by what is not known.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from scanner.checks.route.comparison import Required
from scanner.checks.route.lanes import Lane
from scanner.checks.route.links import RULE
from scanner.checks.route.unjudged.other_ways import OtherWay, OtherWays
from scanner.model import Outcome
from scanner.pattern import (
    CoverageProof,
    CoverageVerdict,
    JsonPattern,
    Pattern,
)

_MOST_TO_THIN_OUT = 24


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict for one Region, or for several that the same lanes see.

    ``lanes`` are those that carry the events (pass), those that might carry what is not certain (unknown), or those
    that are not broken and still miss some (fail). ``coverage`` is the deciding comparison, ``missing`` the events it
    is about: lost ones, or those that nothing carries for certain. ``outside`` are the events not asked for there.
    ``others`` are ways that are not judged and may carry some of what these lanes lose, ``in_vain`` those that would if
    they were whole. ``partly`` says that some of the events may arrive, here or in another Region.
    """

    outcome: Outcome
    region: str
    coverage: CoverageProof
    lanes: tuple[Lane, ...]
    missing: tuple[str, ...] = ()
    outside: Pattern | None = None
    others: tuple[OtherWay, ...] = ()
    in_vain: tuple[OtherWay, ...] = ()
    partly: bool = False

    @property
    def verdict(self) -> Outcome:
        """The outcome of the finding: what may take a way that is not judged is not lost for certain."""
        return Outcome.UNKNOWN if self.others else self.outcome

    @property
    def reason(self) -> str:
        """Why nothing is certain although every link of the lanes passes."""
        if self.coverage.verdict is CoverageVerdict.COVERED and not all(lane.at_once for lane in self.lanes):
            return "the events are spread over several alarms or metrics that each wait for more than one"
        return self.coverage.reason or f"{_undecided(self.lanes)} could not be decided"


def with_others(decision: Decision, required: Required, others: OtherWays) -> Decision:
    """The decision with the ways that are not judged and may carry what it finds lost."""
    if decision.outcome is not Outcome.FAIL:
        return decision
    carried = [lane.at_most for lane in decision.lanes]
    known = [pattern for pattern in (*carried, decision.outside) if pattern is not None]
    region = decision.region
    in_vain = others.in_vain(required, known, region)
    return replace(decision, others=others.carrying(required, known, region), in_vain=in_vain)


def nothing_carried(required: Required, decision: Decision) -> bool:
    """Whether a decision finds all events of a rule lost in its Region, not some of them only."""
    if decision.outcome is not Outcome.FAIL:
        return False
    carried = [pattern for lane in decision.lanes if (pattern := lane.at_most) is not None]
    if not carried:
        return True
    outside = [] if decision.outside is None else [decision.outside]
    # The second question takes longer, and the first is seldom answered with yes.
    return required.loses_parts_whole([*carried, *outside]) and required.compare(outside).missed == decision.missing


def _undecided(lanes: Sequence[Lane]) -> str:
    """What lanes match and hear of the events, as the subject of a sentence."""
    filters = dict.fromkeys(lane.filter_name for lane in lanes if lane.heard is None and lane.filter_name)
    heard = [link.candidate for lane in lanes if lane.heard is not None for link in lane.links if link.name == RULE]
    rules = dict.fromkeys(heard)
    told = [
        _match("metric filter", "match", "matches", filters),
        _match("EventBridge rule", "hear of", "hears of", rules),
    ]
    return " and ".join(filter(None, told)) or "what the metric filters match together"


def _match(noun: str, several: str, one: str, names: Iterable[str]) -> str:
    """What things of these names match, in words; "" for none."""
    found = list(names)
    if len(found) > 1:
        return f"what {noun}s {', '.join(found)} {several} together"
    return f"what {noun} {found[0]} {one}" if found else ""


class _Comparison:
    """A rule's events compared with sets of filters.

    The comparison is over the events CloudTrail can deliver; its ``assumption`` is empty where it holds for all JSON
    objects.
    """

    def __init__(self, required: Required, outside: Pattern | None) -> None:
        self._required = required
        self._outside = () if outside is None else (outside,)

    def of(self, pairs: Iterable[tuple[Lane, Pattern]]) -> CoverageProof:
        """How far what these lanes carry covers the events."""
        return self._required.compare(self._with_outside(pairs))

    def covering(self, pairs: Iterable[tuple[Lane, Pattern]]) -> CoverageProof | None:
        """The proof that what these lanes carry covers the events, if it does."""
        return self._required.covering(self._with_outside(pairs))

    def _with_outside(self, pairs: Iterable[tuple[Lane, Pattern]]) -> tuple[Pattern, ...]:
        return (*(pattern for _, pattern in pairs), *self._outside)


def decide(required: Required, lanes: Sequence[Lane], region: str, outside: Pattern | None = None) -> Decision:
    """Decide for one Region over the lanes that see it; ``outside`` are events that need not be carried there."""
    comparison = _Comparison(required, outside)
    seen = sorted((lane for lane in lanes if lane.sees_region(region)), key=lambda lane: -affinity(required, lane))
    whole = [(lane, pattern) for lane in seen if (pattern := lane.surely) is not None]
    proven = _proof(comparison, whole)
    if proven is not None:
        return Decision(Outcome.PASS, region, proven[0], proven[1], outside=outside)
    possible = [(lane, pattern) for lane in seen if (pattern := lane.at_most) is not None]
    coverage = comparison.of(possible)
    if coverage.verdict is CoverageVerdict.NOT_COVERED:
        carrying = tuple(lane for lane, _ in possible)
        return Decision(Outcome.FAIL, region, coverage, carrying, coverage.missed, outside)
    open_lanes = tuple(lane for lane, pattern in possible if lane.surely != pattern)
    lanes_left = open_lanes or tuple(lane for lane, _ in possible)
    return Decision(Outcome.UNKNOWN, region, coverage, lanes_left, comparison.of(whole).missed, outside)


def _proof(
    comparison: _Comparison, whole: Sequence[tuple[Lane, Pattern]]
) -> tuple[CoverageProof, tuple[Lane, ...]] | None:
    """The lanes that certainly carry everything, as few as are found cheaply; None when there is no proof."""
    for together in (whole[:1], *_countable(whole)):
        coverage = comparison.covering(together) if together else None
        if coverage is not None:
            return _thinned(comparison, together, coverage)
    return None


def _countable(whole: Sequence[tuple[Lane, Pattern]]) -> Iterator[Sequence[tuple[Lane, Pattern]]]:
    """The sets of lanes that may carry a rule's events together.

    An alarm that waits for several events counts only those of its own lanes: three events spread over two such alarms
    may set off neither, and neither may three spread over two metrics of one alarm. So lanes are put together when one
    event sets off each alarm, or when they share alarm and metric.
    """
    at_once = [pair for pair in whole if pair[0].at_once]
    if at_once:
        yield at_once
    if len(at_once) < len(whole):
        for counter in sorted({lane.counter for lane, _ in whole}):
            yield [pair for pair in whole if pair[0].counter == counter]


def _thinned(
    comparison: _Comparison, whole: Sequence[tuple[Lane, Pattern]], coverage: CoverageProof
) -> tuple[CoverageProof, tuple[Lane, ...]]:
    """The lanes without those that are not needed, as far as that is cheap to find out."""
    needed = list(whole)
    for pair in list(reversed(whole))[:_MOST_TO_THIN_OUT]:
        if len(needed) == 1:
            break
        fewer = [other for other in needed if other is not pair]
        found = comparison.covering(fewer)
        if found is not None and bool(found.assumption) <= bool(coverage.assumption):
            needed, coverage = fewer, found
    return coverage, tuple(lane for lane, _ in needed)


def affinity(required: Required, lane: Lane) -> int:
    """How many of the rule's literals the lane's filter names: a cheap guess at which filter was meant for it."""
    pattern = lane.pattern
    if not isinstance(pattern, JsonPattern):
        return 0
    return required.named_by(pattern.expr)
