"""Conditions that one field can rule out, and what is left of them for each of its values."""

from collections.abc import Sequence
from typing import Any, Final

from scanner.events.matching.conditions.condition import Condition
from scanner.events.matching.judging.columns import Fetch
from scanner.events.matching.judging.compiling import Numbered
from scanner.events.matching.judging.plans import Hits, Plan, Planner, Records, run
from scanner.pattern.language.nodes import Steps

Left = tuple[int, Condition | bool]
"""A condition's number, and what is left of it."""


class Guard:
    """Conditions that one field can rule out; it remembers what is left of them for the values met so far."""

    def __init__(self, steps: Steps, conditions: Numbered, most: int) -> None:
        self.conditions: Final = conditions
        self._steps: Final = steps
        self._most: Final = most
        self._left: Final[dict[Any, tuple[Left, ...]]] = {}

    def left_for(self, value: Any) -> tuple[Left, ...]:
        """What is left where the field holds ``value``; conditions that cannot hold are left out."""
        known = self._left.get(value)
        if known is not None:
            return known
        settled = ((number, condition.settle(self._steps, value)) for number, condition in self.conditions)
        found = tuple(pair for pair in settled if pair[1] is not False)
        if len(self._left) < self._most:
            self._left[value] = found
        return found


class GuardedPlans:
    """The plans for the values of one guard that is not a field of ``KEY``; at most ``most`` values are remembered."""

    def __init__(self, guard: Guard, fetch: Fetch, planner: Planner, most: int) -> None:
        self._guard: Final = guard
        self._fetch: Final = fetch
        self._planner: Final = planner
        self._most: Final = most
        self._known: Final[set[Any]] = set()
        self._telling: Final[dict[Any, Plan]] = {}  # the plans of those known values that have one
        self._for_others: Plan | None = None  # the plan for all other values, once there are too many

    def judge(self, heads: Sequence[Any], records: Records, hits: Hits) -> None:
        """Add the hits of the guarded conditions: mostly no value of the field leads to any."""
        values = self._fetch.of_all(heads)
        different = set(values)
        for value in different.difference(self._known):
            self._learn(value)
        if self._for_others is not None or not self._telling.keys().isdisjoint(different):
            self._run(values, heads, records, hits)

    def _run(self, values: Sequence[Any], heads: Sequence[Any], records: Records, hits: Hits) -> None:
        for at, value in enumerate(values):
            plan = self._telling.get(value)
            if plan is None and value not in self._known:
                plan = self._for_others
            if plan is not None:
                run(plan, at, heads[at], records, hits)

    def _learn(self, value: Any) -> None:
        """Work out what a value leads to; beyond those remembered, a plan tests the field of each record."""
        if len(self._known) < self._most:
            self._known.add(value)
            plan = plan_left(self._planner, self._guard.left_for(value))
            if plan is not None:
                self._telling[value] = plan
        elif self._for_others is None:
            self._for_others = self._planner.plan(self._guard.conditions)


def plan_left(planner: Planner, left: Sequence[Left], *, often: bool = False) -> Plan | None:
    """The plan for what is left of some conditions; None when nothing is."""
    undecided = [(number, rest) for number, rest in left if isinstance(rest, Condition)]
    return planner.plan(undecided, [number for number, rest in left if rest is True], often=often)
