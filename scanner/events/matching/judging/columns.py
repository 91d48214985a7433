"""For a run of records, each field's values in a column: what no value can make true is asked of no record."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple

from scanner.events.reading.fields.views import Head
from scanner.pattern.language.nodes import And, Atom, Expr, IsBool, IsNull, NotExists, Or, Steps, Text
from scanner.pattern.matching.values import MISSING

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


class Fetch(NamedTuple):
    """How one or several fields of a head are fetched, several as a tuple.

    ``fast`` raises AttributeError where what should hold a field is not an object; ``sure`` gives MISSING there.
    """

    fast: Callable[[Any], Any]
    sure: Callable[[Any], Any]

    def of_all(self, heads: Sequence[Any]) -> list[Any]:
        """The values of some heads, in their order."""
        try:
            return list(map(self.fast, heads))
        except AttributeError:
            return list(map(self.sure, heads))


def fetch_of(head: Head, fields: Sequence[Steps]) -> Fetch:
    """How ``fields`` of a head are fetched."""
    finds = [head.find(steps) for steps in fields]
    sure = finds[0] if len(finds) == 1 else lambda root: tuple([find(root) for find in finds])
    return Fetch(head.find_all(fields), sure)


class Fetches(dict[Steps, Fetch]):
    """How the single fields of a head are fetched."""

    def __init__(self, head: Head) -> None:
        super().__init__()
        self._head = head

    def __missing__(self, steps: Steps) -> Fetch:
        return self.setdefault(steps, fetch_of(self._head, (steps,)))


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
            column = self._made[steps] = _Column(self._fetches[steps].of_all(self._heads))
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
