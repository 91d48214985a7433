"""A pattern as the patterns of one or more metric filters that together match the same events.

A rule may name more events than the 1,024 characters, three wildcards and two regular expressions of one metric filter
have room for. Source: CloudWatch Logs API Reference, PutMetricFilter (``filterPattern``).
"""

from collections.abc import Iterator, Sequence

from scanner.errors import PatternError
from scanner.pattern.language.nodes import And, Expr, JsonPattern, Or, all_of, any_of
from scanner.pattern.language.parsing.parser import parse
from scanner.pattern.language.printer import print_pattern


def divided(pattern: JsonPattern) -> tuple[str, ...]:
    """The texts of metric filters that together match exactly what ``pattern`` does, as few as go by the way.

    Empty when some part of it fits into no metric filter.
    """
    found: list[tuple[Expr, str]] = []
    for piece, text in _pieces(pattern.expr):
        if not text:
            return ()
        joined = any_of((found[-1][0], piece)) if found else piece
        both = _deployable(joined) if found else ""
        if both:
            found[-1] = (joined, both)
        else:
            found.append((piece, text))
    return tuple(text for _, text in found)


def is_divisible(pattern: JsonPattern) -> bool:
    """Whether ``divided`` finds texts for it."""
    return all(text for _, text in _pieces(pattern.expr))


def _deployable(expr: Expr) -> str:
    """The text by which one metric filter matches ``expr``; empty when CloudWatch Logs would reject it."""
    text = print_pattern(JsonPattern(expr))
    try:
        parse(text)
    except PatternError:
        return ""
    return text


def _pieces(expr: Expr) -> Iterator[tuple[Expr, str]]:
    """Expressions that are ``expr`` when they are joined by "or", divided until each fits or none can be divided.

    Each comes with its text, which is empty for one that fits into no metric filter.
    """
    waiting = [expr]
    while waiting:
        current = waiting.pop(0)
        text = _deployable(current)
        halves = () if text else _halves(current)
        if halves:
            waiting = [*halves, *waiting]
        else:
            yield current, text


def _halves(expr: Expr) -> tuple[Expr, ...]:
    """Two expressions that together are ``expr``, divided at its longest alternative; none where it has none."""
    if isinstance(expr, Or):
        middle = len(expr.parts) // 2
        return any_of(expr.parts[:middle]), any_of(expr.parts[middle:])
    if not isinstance(expr, And):
        return ()
    for place in _longest_first(expr.parts):
        halves = _halves(expr.parts[place])
        if halves:
            before, after = expr.parts[:place], expr.parts[place + 1 :]
            return tuple(all_of((*before, half, *after)) for half in halves)
    return ()


def _longest_first(parts: Sequence[Expr]) -> list[int]:
    return sorted(range(len(parts)), key=lambda place: -len(print_pattern(JsonPattern(parts[place]))))
