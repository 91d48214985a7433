"""One Sigma condition as the patterns of one or more rules, each within the limits of a filter pattern.

A pattern has at most 1024 characters, two regular expressions and three wildcard selectors. A condition that does not fit
is divided at an "or" into several rules, which together match the same records. Only when that does not help are texts
compared as they are spelled.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from scanner.errors import PatternError
from scanner.pattern import (
    And,
    Compare,
    Expr,
    JsonPattern,
    Or,
    Regex,
    all_of,
    any_of,
    covers,
    parse,
    print_expression,
    print_pattern,
)
from scanner.sigma.formula import All, Alternative, Formula, Leaf, Some, alternatives, leaves
from scanner.sigma.lowering import is_relaxable, lowered
from scanner.sigma.outcome import Unsayable

MOST_PARTS = 24
_BRANCH = re.compile(r"(?:\\.|[^\\|])+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """The patterns of one rule: records that match ``events`` and not ``excluded``, both canonical text."""

    events: str
    excluded: str | None


@dataclass(frozen=True, slots=True)
class Fitted:
    """The rules of one condition. ``relaxed`` leaves are compared in the spelling of the Sigma rule."""

    parts: tuple[Part, ...]
    relaxed: tuple[Leaf, ...]


def fit(formula: Formula, *, divisible: bool = True) -> Fitted:
    """The patterns that together match exactly what ``formula`` does, but for relaxed leaves.

    Without ``divisible`` (records are to be counted together) they must be one. Raises Unsayable.
    """
    parts: list[Part] = []
    relaxed: dict[Leaf, None] = {}
    for alternative in alternatives(formula):
        found, spelled = _fit_alternative(alternative, MOST_PARTS if divisible else 1)
        parts += found
        relaxed.update(dict.fromkeys(spelled))
    distinct = tuple(dict.fromkeys(parts))
    if not distinct:
        raise Unsayable("no record can match its condition")
    if len(distinct) > 1 and not divisible:
        raise Unsayable("it counts records that one pattern cannot describe")
    if len(distinct) > MOST_PARTS:
        raise Unsayable(f"it would take more than {MOST_PARTS} rules")
    return Fitted(distinct, tuple(relaxed))


def _fit_alternative(alternative: Alternative, most: int) -> tuple[list[Part], tuple[Leaf, ...]]:
    """The parts of one alternative with as few relaxed leaves as will do."""
    unwanted, spelled = None, ()
    if alternative.unwanted:
        (unwanted, *_), spelled = _fewest_relaxed(Some(alternative.unwanted), 1)
    divided, more = _fewest_relaxed(All(alternative.wanted), most)
    return list(_parts(divided, unwanted)), (*spelled, *more)


def _fewest_relaxed(formula: Formula, most: int) -> tuple[list[Expr], tuple[Leaf, ...]]:
    order = list(dict.fromkeys(leaf for leaf in leaves(formula) if is_relaxable(leaf)))
    for count in range(len(order) + 1):
        divided = _divided(lowered(formula, frozenset(order[:count])), most)
        if divided is not None:
            return divided, tuple(order[:count])
    problem = _problem(lowered(formula, frozenset(order)))
    raise Unsayable(f"it does not fit into filter patterns: {problem}")


def _parts(divided: Sequence[Expr], unwanted: Expr | None) -> Iterator[Part]:
    excluded = None if unwanted is None or _is_empty(unwanted) else print_pattern(JsonPattern(unwanted))
    for expr in divided:
        if not _is_empty(expr):
            yield Part(print_pattern(JsonPattern(expr)), excluded)


def _is_empty(expr: Expr) -> bool:
    return covers(JsonPattern(expr), ()).verdict == "covered"


def _problem(expr: Expr) -> str:
    """Why ``expr`` is no filter pattern, "" when it is one."""
    pattern = JsonPattern(expr)
    try:
        return "" if parse(print_pattern(pattern)) == pattern else "its text would be read as another pattern"
    except PatternError as error:
        return error.message


def _divided(expr: Expr, most: int) -> list[Expr] | None:
    """``expr`` as at most ``most`` expressions that fit, joined by "or"; None when there is no such division."""
    waiting = [expr]
    done: list[Expr] = []
    while waiting:
        current = waiting.pop(0)
        if not _problem(current):
            done.append(current)
            continue
        halves = _halves(current)
        if halves is None or len(done) + len(waiting) + 2 > most:
            return None
        waiting = [*halves, *waiting]
    return done


def _halves(expr: Expr) -> tuple[Expr, Expr] | None:
    """Two expressions that together are ``expr``, divided at its largest alternative; None when it has none."""
    if isinstance(expr, Or):
        middle = len(expr.parts) // 2
        return any_of(expr.parts[:middle]), any_of(expr.parts[middle:])
    if isinstance(expr, And):
        sizes = sorted(range(len(expr.parts)), key=lambda place: -len(print_expression(expr.parts[place])))
        for place in sizes:
            halves = _halves(expr.parts[place])
            if halves is not None:
                before, after = expr.parts[:place], expr.parts[place + 1 :]
                return all_of((*before, halves[0], *after)), all_of((*before, halves[1], *after))
        return None
    if isinstance(expr, Compare) and expr.op == "=" and isinstance(expr.value, Regex):
        # Sources are written without a bare | inside brackets, so every one that is not escaped divides branches.
        branches = _BRANCH.findall(expr.value.source)
        middle = len(branches) // 2
        if middle:
            first, second = "|".join(branches[:middle]), "|".join(branches[middle:])
            return replace(expr, value=Regex(first)), replace(expr, value=Regex(second))
    return None
