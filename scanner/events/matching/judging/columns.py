"""The values of a field in many records at once: what none of them can make true need not be asked of any record."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Final

from scanner.events.reading.fields.views import Head
from scanner.pattern.language.nodes import And, Atom, Expr, IsBool, IsNull, NotExists, Or, Steps, Text
from scanner.pattern.matching.match import MISSING

_NUMBERS = frozenset({int, float})
_TEXT = frozenset({str})


class _Column:
    """What a field holds in some records."""

    def __init__(self, found: list[Any]) -> None:
        self._found = found
        self.kinds: Final = frozenset(map(type, found))
        self.numbers: Final = not self.kinds.isdisjoint(_NUMBERS)

    @cached_property
    def values(self) -> frozenset[Any] | None:
        """The different values, unless one is such that they cannot be told apart quickly."""
        try:
            return frozenset(self._found)
        except TypeError:
            return None

    @cached_property
    def text(self) -> str:
        """All texts together."""
        texts = self._found if self.kinds == _TEXT else [value for value in self._found if value.__class__ is str]
        return "\n".join(texts)


class Fetches(dict[Steps, tuple[Callable[[Any], Any], Callable[[Any], Any]]]):
    """How the fields of a head are fetched: fast, if everything on the way is an object, and surely."""

    def __init__(self, head: Head) -> None:
        super().__init__()
        self._head = head

    def __missing__(self, steps: Steps) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
        found = self._head.find_all((steps,)), self._head.find(steps)
        return self.setdefault(steps, found)


class Columns:
    """The columns of some records, each made when it is first asked for."""

    def __init__(self, heads: Sequence[Any], fetches: Fetches) -> None:
        self._heads = heads
        self._fetches = fetches
        self._made: dict[Steps, _Column] = {}

    def can_hold(self, expr: Expr) -> bool:
        """Whether some record may make an expression over fields of the head true; False is certain."""
        if isinstance(expr, And):
            return all(self.can_hold(part) for part in expr.parts)
        if isinstance(expr, Or):
            return any(self.can_hold(part) for part in expr.parts)
        steps = expr.selector.steps
        return not all(isinstance(step, str) for step in steps) or _can_hold(expr, self._of(steps))

    def _of(self, steps: Steps) -> _Column:
        column = self._made.get(steps)
        if column is None:
            fast, sure = self._fetches[steps]
            try:
                found = list(map(fast, self._heads))
            except AttributeError:  # something on the way is no object
                found = list(map(sure, self._heads))
            column = self._made[steps] = _Column(found)
        return column


def _can_hold(atom: Atom, column: _Column) -> bool:
    kinds = column.kinds
    if isinstance(atom, NotExists):
        return type(MISSING) in kinds
    if isinstance(atom, IsNull):
        return type(None) in kinds or list in kinds
    if isinstance(atom, IsBool):
        return bool in kinds
    if not isinstance(atom.value, Text) or column.numbers:
        return True
    if atom.op == "=" and "*" in atom.value.text:
        return all(piece in column.text for piece in atom.value.text.split("*"))
    if column.values is None:
        return True
    if atom.op == "!=":
        return not column.values <= {atom.value.text, None, MISSING}
    return atom.value.text in column.values
