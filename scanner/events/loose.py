"""Conditions that no field looked up can rule out, judged for many records at once.

Of a stretch of records, the values of a field are gathered in a column. What no value of the columns can make true, such as
``$.eventTime NOT EXISTS`` where every record has one, is not asked of any record; the alternatives of a condition are
looked at one by one.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from scanner.events.index import Steps, atoms
from scanner.events.plans import Condition, Hits
from scanner.events.projection import Head
from scanner.pattern.match import MISSING, Test
from scanner.pattern.nodes import And, Atom, Expr, IsBool, IsNull, NotExists, Or, Text

_NUMBERS = frozenset({int, float})


class _Column:
    """What a field holds in some records."""

    def __init__(self, found: list[Any]) -> None:
        self._found = found
        self.kinds: Final = frozenset(map(type, found))

    @cached_property
    def values(self) -> frozenset[Any] | None:
        """The different values, unless one is such that they cannot be told apart quickly."""
        try:
            return frozenset(self._found)
        except TypeError:
            return None


class _Columns:
    """The columns of some records, each made when it is first asked for."""

    def __init__(
        self, heads: Sequence[Any], fetches: dict[Steps, tuple[Callable[[Any], Any], Callable[[Any], Any]]]
    ) -> None:
        self._heads = heads
        self._fetches = fetches
        self._made: dict[Steps, _Column] = {}

    def of(self, steps: Steps) -> _Column:
        column = self._made.get(steps)
        if column is None:
            column = self._made[steps] = self._make(steps)
        return column

    def _make(self, steps: Steps) -> _Column:
        fast, sure = self._fetches[steps]
        try:
            found = list(map(fast, self._heads))
        except AttributeError:  # something on the way is no object
            found = list(map(sure, self._heads))
        return _Column(found)


@dataclass(frozen=True, slots=True)
class _Alternative:
    """One way for a condition to be true."""

    number: int
    expr: Expr
    holds: Test


class Loose:
    """Conditions over fields of the head."""

    def __init__(self, conditions: Iterable[tuple[int, Condition]], head: Head) -> None:
        self._alternatives: Final[list[_Alternative]] = []
        fields: set[Steps] = set()
        for number, condition in conditions:
            parts = condition.events.parts if isinstance(condition.events, Or) else (condition.events,)
            for part in parts:
                holds = Condition(part, condition.excluded).test(head.find)
                self._alternatives.append(_Alternative(number, part, holds))
                fields |= {atom.selector.steps for atom in atoms(part)}
        plain = [steps for steps in fields if all(isinstance(step, str) for step in steps)]
        self._fetches: Final = {steps: (head.find_all((steps,)), head.find(steps)) for steps in plain}

    def judge(self, heads: Sequence[Any], hits: Hits) -> None:
        """Add the hits among records with these heads."""
        columns = _Columns(heads, self._fetches)
        found: set[tuple[int, int]] = set()
        for alternative in self._alternatives:
            if self._can_hold(alternative.expr, columns):
                holds, number = alternative.holds, alternative.number
                found.update([(at, number) for at, head in enumerate(heads) if holds(head)])
        hits.extend(found)

    def _can_hold(self, expr: Expr, columns: _Columns) -> bool:
        """Whether some record may make ``expr`` true; False is certain."""
        if isinstance(expr, And):
            return all(self._can_hold(part, columns) for part in expr.parts)
        if isinstance(expr, Or):
            return any(self._can_hold(part, columns) for part in expr.parts)
        return expr.selector.steps not in self._fetches or _atom_can_hold(expr, columns.of(expr.selector.steps))


def _atom_can_hold(atom: Atom, column: _Column) -> bool:
    kinds = column.kinds
    if isinstance(atom, NotExists):
        return type(MISSING) in kinds
    if isinstance(atom, IsNull):
        return type(None) in kinds or list in kinds
    if isinstance(atom, IsBool):
        return bool in kinds
    if not isinstance(atom.value, Text) or not kinds.isdisjoint(_NUMBERS) or column.values is None:
        return True
    if atom.op == "!=":
        return not column.values <= {atom.value.text, None, MISSING}
    return "*" in atom.value.text or atom.value.text in column.values
