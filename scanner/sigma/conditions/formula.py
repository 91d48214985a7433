"""The condition of a Sigma rule as a formula over fields, and its split into what is wanted and what is unwanted.

A filter pattern has no negation, but a log-events rule has two patterns: records that match ``events`` and not
``except`` count. A formula is therefore rewritten as alternatives, each of them a conjunction of formulas without
negation, some of which must hold and some of which must not. That is exact, whatever a record holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from itertools import product

from scanner.sigma.outcome import Unsayable

MOST_ALTERNATIVES = 24


class Wild(Enum):
    """The wildcards of a Sigma text: any characters, and any one character."""

    MANY = "*"
    ONE = "?"


Pieces = tuple[str | Wild, ...]
"""A Sigma text: literal parts and wildcards in order; without any it is the empty text."""


@dataclass(frozen=True, slots=True)
class TextTest:
    """The value is this text; letter case counts only when ``cased``."""

    pieces: Pieces
    cased: bool = False


@dataclass(frozen=True, slots=True)
class RegexTest:
    """``sources`` are regular expressions of filter patterns; one of them is found in the value."""

    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumberTest:
    """The value is this number."""

    text: str


@dataclass(frozen=True, slots=True)
class OrderTest:
    """The value is a number that is ``operator`` (``<``, ``<=``, ``>``, ``>=``) this one."""

    operator: str
    text: str


@dataclass(frozen=True, slots=True)
class NullTest:
    """The field is missing or null."""


@dataclass(frozen=True, slots=True)
class MissingTest:
    """The field is missing."""


Test = TextTest | RegexTest | NumberTest | OrderTest | NullTest | MissingTest


@dataclass(frozen=True, slots=True)
class Leaf:
    """One test of one field, named with dots as in Sigma."""

    field: str
    test: Test


@dataclass(frozen=True, slots=True)
class All:
    """All parts hold."""

    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds."""

    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold; a test of a missing field does not hold, so its negation does."""

    part: "Formula"


Formula = Leaf | All | Some | Not


@dataclass(frozen=True, slots=True)
class Alternative:
    """All of ``wanted`` hold and none of ``unwanted``; no formula in either holds a negation."""

    wanted: tuple[Formula, ...]
    unwanted: tuple[Formula, ...]


def leaves(formula: Formula) -> Iterable[Leaf]:
    """Every test of a formula, in order."""
    if isinstance(formula, Leaf):
        yield formula
    elif isinstance(formula, Not):
        yield from leaves(formula.part)
    else:
        for part in formula.parts:
            yield from leaves(part)


def alternatives(formula: Formula) -> tuple[Alternative, ...]:
    """The alternatives that together are exactly ``formula``.

    Raises Unsayable when one of them only says what a record must not be, and when there are too many.
    """
    split = _split(formula, holds=True)
    plain = tuple(alternative for alternative in split if not alternative.unwanted)
    rest = tuple(alternative for alternative in split if alternative.unwanted)
    if len(plain) > 1:
        plain = (Alternative((Some(tuple(_joined(alternative.wanted) for alternative in plain)),), ()),)
    if any(not alternative.wanted for alternative in rest):
        raise Unsayable("the condition only says what a record must not be, so almost every record would match")
    return (*plain, *rest)


def _joined(parts: tuple[Formula, ...]) -> Formula:
    return parts[0] if len(parts) == 1 else All(parts)


def _split(formula: Formula, *, holds: bool) -> tuple[Alternative, ...]:
    if not _negates(formula):
        return (Alternative((formula,), ()) if holds else Alternative((), (formula,)),)
    if isinstance(formula, Not):
        return _split(formula.part, holds=not holds)
    parts = [] if isinstance(formula, Leaf) else [_split(part, holds=holds) for part in formula.parts]
    if isinstance(formula, All) is not holds:
        return _bounded(alternative for part in parts for alternative in part)
    return _bounded(map(_together, product(*parts)))


def _together(choice: Iterable[Alternative]) -> Alternative:
    """The alternative in which several hold at once."""
    wanted: list[Formula] = []
    unwanted: list[Formula] = []
    for alternative in choice:
        wanted += alternative.wanted
        unwanted += alternative.unwanted
    return Alternative(tuple(wanted), tuple(unwanted))


def _negates(formula: Formula) -> bool:
    if isinstance(formula, All | Some):
        return any(_negates(part) for part in formula.parts)
    return isinstance(formula, Not)


def _bounded(found: Iterable[Alternative]) -> tuple[Alternative, ...]:
    kept: list[Alternative] = []
    for alternative in found:
        kept.append(alternative)
        if len(kept) > MOST_ALTERNATIVES:
            raise Unsayable(f"its negations make more than {MOST_ALTERNATIVES} alternatives")
    return tuple(kept)
