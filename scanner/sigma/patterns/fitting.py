"""One Sigma condition as the patterns of one or more rules.

A rule has room for one pattern and one pattern of exceptions. A condition with negations inside an "or" takes several
rules, and so does one that is too long; together they match the same records.
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
    matches_nothing,
    parse_events,
    print_expression,
)
from scanner.sigma.conditions.formula import All, Alternative, Formula, Some, alternatives
from scanner.sigma.outcome import Unsayable
from scanner.sigma.patterns.lowering import lowered

LONGEST_PATTERN = 19_900
"""Characters of one pattern; a rule file has room for 20,000."""

MOST_PARTS = 24
_BRANCH = re.compile(r"(?:\\.|[^\\|])+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """The patterns of one rule: records that match ``events`` and not ``excluded``, both as text."""

    events: str
    excluded: str | None


def fit(formula: Formula, *, divisible: bool = True) -> tuple[Part, ...]:
    """The patterns that together match exactly what ``formula`` does.

    Without ``divisible`` (records are to be counted together) they must be one. Raises Unsayable.
    """
    parts = [part for alternative in alternatives(formula) for part in _parts(alternative)]
    distinct = tuple(dict.fromkeys(parts))
    if not distinct:
        raise Unsayable("no record can match its condition")
    if len(distinct) > 1 and not divisible:
        raise Unsayable("it counts records that one pattern with exceptions cannot describe")
    if len(distinct) > MOST_PARTS:
        raise Unsayable(f"it would take more than {MOST_PARTS} rules")
    return distinct


def _parts(alternative: Alternative) -> Iterator[Part]:
    excluded: str | None = None
    if alternative.unwanted:
        unwanted = lowered(Some(alternative.unwanted))
        if not _is_empty(unwanted):
            excluded = _text(unwanted)
            if len(excluded) > LONGEST_PATTERN:
                raise Unsayable(f"its exceptions take more than {LONGEST_PATTERN} characters")
    for expr in _divided(lowered(All(alternative.wanted))):
        if not _is_empty(expr):
            yield Part(_text(expr), excluded)


def _is_empty(expr: Expr) -> bool:
    return matches_nothing(JsonPattern(expr))


def _text(expr: Expr) -> str:
    """The text of ``expr``, read back to be sure that it says the same."""
    text = f"{{ {print_expression(expr)} }}"
    if len(text) > LONGEST_PATTERN:
        return text
    try:
        same = parse_events(text, {}) == JsonPattern(expr)
    except PatternError as error:
        raise Unsayable(f"it cannot be written as a filter pattern: {error.message}") from error
    if not same:
        raise Unsayable("its filter pattern would be read as another one")
    return text


def _divided(expr: Expr) -> list[Expr]:
    """``expr`` as short enough expressions that are joined by "or"; raises Unsayable when it cannot be so divided."""
    waiting = [expr]
    done: list[Expr] = []
    while waiting:
        current = waiting.pop(0)
        if len(_text(current)) <= LONGEST_PATTERN:
            done.append(current)
            continue
        halves = _halves(current)
        if halves is None or len(done) + len(waiting) + 2 > MOST_PARTS:
            raise Unsayable(f"its pattern takes more than {LONGEST_PATTERN} characters")
        waiting = [*halves, *waiting]
    return done


def _halves(expr: Expr) -> tuple[Expr, Expr] | None:
    """Two expressions that together are ``expr``, divided at its largest alternative; None when it has none."""
    if isinstance(expr, Or):
        middle = len(expr.parts) // 2
        return any_of(expr.parts[:middle]), any_of(expr.parts[middle:])
    if isinstance(expr, And):
        return _halves_of_all(expr.parts)
    if isinstance(expr, Compare) and expr.op == "=" and isinstance(expr.value, Regex):
        # Sources are written without a bare | inside brackets, so every one that is not escaped divides branches.
        branches = _BRANCH.findall(expr.value.source)
        middle = len(branches) // 2
        if middle:
            first, second = "|".join(branches[:middle]), "|".join(branches[middle:])
            return replace(expr, value=Regex(first)), replace(expr, value=Regex(second))
    return None


def _halves_of_all(parts: Sequence[Expr]) -> tuple[Expr, Expr] | None:
    for place in sorted(range(len(parts)), key=lambda place: -len(print_expression(parts[place]))):
        halves = _halves(parts[place])
        if halves is not None:
            before, after = parts[:place], parts[place + 1 :]
            return all_of((*before, halves[0], *after)), all_of((*before, halves[1], *after))
    return None
