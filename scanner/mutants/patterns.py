"""Filter patterns with one condition or one value of a list dropped, turned round or shifted."""

import re
from collections.abc import Iterator

from scanner.mutants.expressions import shifted, told, without_operands
from scanner.mutants.mutant import Change
from scanner.mutants.written import Chain, Group, Language, Token, chains_of, groups_of

_TURNED = {
    "!=": "=",
    "=": "!=",
    "IS TRUE": "IS FALSE",
    "IS FALSE": "IS TRUE",
    "IS NULL": "NOT EXISTS",
    "NOT EXISTS": "IS NULL",
}
"""The language has no negation, so a condition is replaced by the one that is nearest to its contrary."""

_COMPARISON = re.compile(r"\s(IS\s+TRUE|IS\s+FALSE|IS\s+NULL|NOT\s+EXISTS)\s*$|(?<![<>])(!=|=)", re.IGNORECASE)


def pattern_changes(text: str) -> Iterator[Change]:
    """The pattern with each operand and each value of a list dropped, each comparison turned round, each bound shifted.

    ``text`` is a JSON pattern, which may name parameters.
    """
    for chain in chains_of(text, Language.PATTERN):
        yield from without_operands(text, chain.operands)
        yield from _turned(text, chain)
    yield from _shorter_lists(text)
    yield from shifted(text, Language.PATTERN)


def _turned(text: str, chain: Chain) -> Iterator[Change]:
    for operand in chain.operands:
        leaf = text[operand.start : operand.end]
        found = _COMPARISON.search(leaf) if operand.is_leaf else None
        if found is None:
            continue
        group = 1 if found[1] else 2
        other = _TURNED[" ".join(found[group].upper().split())]
        start, end = operand.start + found.start(group), operand.start + found.end(group)
        yield Change(f"`{other}` in `{told(leaf)}`", text[:start] + other + text[end:])


def _shorter_lists(text: str) -> Iterator[Change]:
    for group in groups_of(text, Language.PATTERN):
        if group.opening == "[" and group.before in ("=", "!="):
            yield from _without_values(text, group)


def _without_values(text: str, group: Group) -> Iterator[Change]:
    values = [part for part in group.parts if isinstance(part, Token) and part.text != ","]
    if len(values) == 1:
        return  # a list of one value is dropped with its condition
    for number, value in enumerate(values):
        start = values[number - 1].end if number else value.start
        end = value.end if number else values[1].start
        yield Change(f"without the value {value.text}", text[:start] + text[end:])
