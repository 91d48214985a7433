"""What a pattern says about single fields of a record: the names it is bound to, and what is left once they are known.

A rule that can hold for few event names only is looked up by the name; what its pattern asks beyond name and source is
worked out once for each pair that occurs, so that most records meet no condition at all.
"""

from collections.abc import Iterator
from typing import Any

from scanner.pattern.language.nodes import And, Atom, Compare, Expr, Or, Regex, Steps, Text
from scanner.pattern.matching.match import expression_test
from scanner.pattern.matching.values import MISSING


def texts_of(expr: Expr, steps: Steps) -> frozenset[str] | None:
    """The texts of which the field must hold one for ``expr`` to be true, whatever else the record holds.

    None when no such list follows. It speaks of fields that hold a string: a number can be equal to other texts.
    """
    if isinstance(expr, And):
        lists = [found for part in expr.parts if (found := texts_of(part, steps)) is not None]
        return frozenset.intersection(*lists) if lists else None
    if isinstance(expr, Or):
        parts = [texts_of(part, steps) for part in expr.parts]
        return frozenset().union(*(part for part in parts if part is not None)) if None not in parts else None
    if not isinstance(expr, Compare) or expr.op != "=" or expr.selector.steps != steps:
        return None
    if isinstance(expr.value, Regex) or "*" in expr.value.text:
        return None
    return frozenset((expr.value.text,))


def settle(expr: Expr, steps: Steps, value: Any) -> Expr | bool:
    """What is left of ``expr`` in records in which the field holds ``value`` (a string, None, or MISSING)."""
    if isinstance(expr, And | Or):
        decisive = isinstance(expr, Or)
        left: list[Expr] = []
        for part in expr.parts:
            rest = settle(part, steps, value)
            if rest is decisive:
                return decisive
            if not isinstance(rest, bool):
                left.append(rest)
        if not left:
            return not decisive
        return left[0] if len(left) == 1 else type(expr)(tuple(left))
    if expr.selector.steps != steps:
        return expr
    if isinstance(expr, Compare) and isinstance(expr.value, Text) and "*" not in expr.value.text:
        return isinstance(value, str) and (value == expr.value.text) is (expr.op == "=")
    return expression_test(expr, lambda _: lambda root: root)(value)


def conjuncts(expr: Expr) -> tuple[Expr, ...]:
    """The parts that must all hold."""
    return expr.parts if isinstance(expr, And) else (expr,)


def atoms(expr: Expr) -> Iterator[Atom]:
    """Every single condition of an expression."""
    waiting: list[Expr] = [expr]
    while waiting:
        found = waiting.pop()
        if isinstance(found, And | Or):
            waiting.extend(reversed(found.parts))
        else:
            yield found


def paths(expr: Expr) -> frozenset[Steps]:
    """The steps of every field an expression looks at."""
    return frozenset(atom.selector.steps for atom in atoms(expr))


def guards_of(expr: Expr) -> frozenset[Steps]:
    """The fields that alone can rule most records out.

    Such a field is reached by keys alone, and it is the only one that a necessary part of the pattern looks at; that
    part is false where the field is absent, and does not merely exclude single texts.
    """
    found: set[Steps] = set()
    for part in conjuncts(expr):
        fields = paths(part)
        steps = next(iter(fields), ())
        if len(fields) == 1 and all(isinstance(step, str) for step in steps) and settle(part, steps, MISSING) is False:
            excludes = all(isinstance(atom, Compare) and atom.op == "!=" for atom in atoms(part))
            if not excludes:
                found.add(steps)
    return frozenset(found)
