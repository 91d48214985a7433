"""JMESPath expressions with one condition dropped, negated or shifted."""

import json
from collections.abc import Iterator, Sequence

from scanner.model import JsonValue
from scanner.mutants.mutant import Change
from scanner.mutants.written import Chain, Language, Operand, chains_of, groups_of, lists_of, tokens_of

_SHIFTED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


def expression_changes(text: str) -> Iterator[Change]:
    """The expression with each operand of a chain dropped, each condition negated, each bound shifted by one step.

    What a filter ``[?…]`` asks is dropped as well, and each member of a list of several. An ``||`` that only gives a
    value for what is not there is left.
    """
    for chain in chains_of(text, Language.EXPRESSION):
        yield from without_operands(text, chain.operands)
        yield from _negated(text, chain)
    yield from _unfiltered(text)
    for members in lists_of(text, Language.EXPRESSION):
        yield from without_operands(text, members)
    yield from _shortened(text)
    yield from shifted(text, Language.EXPRESSION)


def without_operands(text: str, operands: Sequence[Operand]) -> Iterator[Change]:
    """The text without each of several operands, or members of a list."""
    if len(operands) == 1:
        return
    for number, operand in enumerate(operands):
        start = operands[number - 1].end if number else operand.start
        end = operand.end if number else operands[1].start
        yield Change(f"without `{told(text[operand.start : operand.end])}`", text[:start] + text[end:])


def _negated(text: str, chain: Chain) -> Iterator[Change]:
    for operand in chain.operands:
        if operand.is_leaf:
            leaf = text[operand.start : operand.end]
            yield Change(f"not `{told(leaf)}`", f"{text[: operand.start]}!({leaf}){text[operand.end :]}")


def _unfiltered(text: str) -> Iterator[Change]:
    for group in groups_of(text, Language.EXPRESSION):
        if group.opening == "[?":
            asked = text[group.start : group.end]
            yield Change(f"without the filter `{told(asked)}`", f"{text[: group.start]}`true`{text[group.end :]}")


def _shortened(text: str) -> Iterator[Change]:
    """The text with a literal list that lacks one of its several members."""
    for token in tokens_of(text, Language.EXPRESSION):
        members = _literal_members(token.text)
        for number, member in enumerate(members if len(members) > 1 else []):
            rest = json.dumps([*members[:number], *members[number + 1 :]])
            yield Change(f"without `{json.dumps(member)}`", f"{text[: token.start]}`{rest}`{text[token.end :]}")


def _literal_members(text: str) -> list[JsonValue]:
    """The members of a literal list such as `["a", "b"]`; none of anything else."""
    try:
        return list(json.loads(text[1:-1])) if text.startswith("`[") else []
    except ValueError:  # JMESPath takes what is not JSON for a text
        return []


def shifted(text: str, language: Language) -> Iterator[Change]:
    """The text with each bound that is, or is not, among what is allowed the other way."""
    for token in tokens_of(text, language):
        if token.text in _SHIFTED:
            other = _SHIFTED[token.text]
            rest = told(text[token.start :], 40)
            yield Change(f"`{other}` instead of `{rest}`", f"{text[: token.start]}{other}{text[token.end :]}")


def told(text: str, longest: int = 160) -> str:
    """A piece of a rule on one line, shortened when it is long."""
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
