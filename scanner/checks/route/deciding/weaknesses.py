"""What is weak about filters that carry every event that is asked for: it changes no verdict, and somebody should know.

Published patterns name calls without the service that has them, and ask for fewer events than can do the same.
"""

from collections.abc import Iterable, Iterator, Sequence

from scanner.checks.route.comparison import Required
from scanner.checks.route.deciding.decision import Decision
from scanner.checks.route.lanes import Lane
from scanner.model import Outcome
from scanner.pattern import And, Compare, Expr, JsonPattern, Or, Selector, Text, matches_value

_ELSEWHERE = "elsewhere.amazonaws.com"
"""An event source that no rule names."""

_WORDS = 4
"""How many events a warning names."""


def unguarded(required: Required, lanes: Iterable[Lane]) -> Iterator[str]:
    """A warning for each metric filter that also matches calls of the same names of other services."""
    if not set(_named(required.expr, "eventSource")):
        return
    calls = sorted(set(_named(required.expr, "eventName")))
    for lane in lanes:
        pattern = lane.pattern
        if lane.heard is not None or not isinstance(pattern, JsonPattern):
            continue
        if any(matches_value(pattern, {"eventSource": _ELSEWHERE, "eventName": call}) for call in calls):
            yield f"metric filter {lane.filter_name} also counts calls of the same names of other services"


def left_out(version: str, decisions: Sequence[Decision]) -> Iterator[str]:
    """A warning where events of a rule that a ``version`` does not ask for are not carried by what is deployed."""
    worst = [decision for decision in decisions if decision.outcome is not Outcome.PASS]
    lost = list(dict.fromkeys(word for decision in worst for word in decision.missing))
    if not lost:
        return
    more = f" and {len(lost) - _WORDS} more" if len(lost) > _WORDS else ""
    yield f"{version} does not ask for {', '.join(lost[:_WORDS])}{more}, and no whole route is known to carry that"


def _named(expr: Expr, field: str) -> Iterator[str]:
    """The texts that a member at the top of an event is compared with."""
    match expr:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _named(part, field)
        case Compare(Selector((found,)), "=", Text(value)) if found == field and "*" not in value:
            yield value
