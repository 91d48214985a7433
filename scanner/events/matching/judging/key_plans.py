"""The plans for records that are alike in the fields of ``KEY``."""

from collections.abc import Sequence
from typing import Any, Final

from scanner.events.matching.conditions.condition import Condition
from scanner.events.matching.judging.compiling import FREQUENT, KEY, Bounds, Compiled
from scanner.events.matching.judging.guards import Guard, Left, plan_left
from scanner.events.matching.judging.plans import Plan, Planner
from scanner.pattern.language.nodes import Steps
from scanner.pattern.matching.values import MISSING

_BEGUN = 2
"""How many of these fields, event name and source, mostly go together."""

_ANY_VALUE: Final = object()


class KeyPlans(dict[tuple[Any, ...], Plan | None]):
    """The plan for each combination of values of ``KEY``, worked out when it is first asked for.

    Beyond those remembered, records share the plan of their event name, or that of names no rule is bound to.
    """

    def __init__(self, rules: Compiled, planner: Planner, bounds: Bounds) -> None:
        super().__init__()
        self._rules: Final = rules
        self._planner: Final = planner
        self._most: Final = bounds.keys
        self._guards: Final = tuple(
            (KEY.index(steps), Guard(steps, rules.numbered(numbers), bounds.values))
            for steps, numbers in rules.guarded.items()
            if steps in KEY
        )
        self._begun: Final[dict[tuple[Any, ...], Condition | bool]] = {}
        self._by_telling: Final[dict[tuple[Any, ...], Plan | None]] = {}
        self._asked_of: Final[dict[Any, frozenset[Steps]]] = {}

    def __missing__(self, key: tuple[Any, ...]) -> Plan | None:
        if len(self) >= self._most:
            return self._shared(key[0])
        telling = self._telling(key)
        if telling not in self._by_telling:
            self._by_telling[telling] = plan_left(self._planner, self._left_for(key), often=key[0] in FREQUENT)
        return self.setdefault(key, self._by_telling[telling])

    def _shared(self, name: Any) -> Plan | None:
        """The plan for all records of a name, whatever their other values are."""
        shared = (_ANY_VALUE, name if name in self._rules.by_name else None)
        if shared not in self:
            conditions = list(self._rules.numbered(self._rules.by_name.get(name, ())))
            for _, guard in self._guards:
                conditions += guard.conditions
            self[shared] = self._planner.plan(conditions)
        return self[shared]

    def _telling(self, key: tuple[Any, ...]) -> tuple[Any, ...]:
        """The key without the values that no condition left for it asks about: equal ones lead to equal plans."""
        if any(guard.left_for(key[at]) for at, guard in self._guards):
            return key
        asked = self._asked_of.get(key[0])
        if asked is None:
            named = [self._rules.paths[number] for number in self._rules.by_name.get(key[0], ())]
            asked = self._asked_of[key[0]] = frozenset().union(*named)
        if not asked:
            return (MISSING,)
        return tuple([value if steps in asked else MISSING for steps, value in zip(KEY, key, strict=True)])

    def _left_for(self, key: tuple[Any, ...]) -> list[Left]:
        """What is left of all conditions where the fields of ``KEY`` hold these values."""
        left: list[Left] = []
        for number in self._rules.by_name.get(key[0], ()):
            begun = (number, key[0], key[1])
            rest = self._begun.get(begun)
            if rest is None:  # the keys of one name and source share this
                rest = self._begun[begun] = self._settled(number, self._rules.conditions[number], key, range(_BEGUN))
            left.append((number, self._settled(number, rest, key, range(_BEGUN, len(KEY)))))
        for at, guard in self._guards:
            left += [(number, self._settled(number, rest, key)) for number, rest in guard.left_for(key[at])]
        return [pair for pair in left if pair[1] is not False]

    def _settled(
        self, number: int, condition: Condition | bool, key: tuple[Any, ...], fields: Sequence[int] = range(len(KEY))
    ) -> Condition | bool:
        """What some fields of a key leave of a condition."""
        rest = condition
        paths = self._rules.paths[number]
        for at in fields:
            if isinstance(rest, Condition) and KEY[at] in paths:
                rest = rest.settle(KEY[at], key[at])
        return rest
