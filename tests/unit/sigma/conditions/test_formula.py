"""Splitting a formula into wanted and unwanted parts keeps its meaning, whatever holds."""

import random
from itertools import product

import pytest

from scanner.sigma.conditions.formula import (
    All,
    Alternative,
    Formula,
    Leaf,
    MissingTest,
    Not,
    Some,
    alternatives,
    leaves,
)
from scanner.sigma.outcome import Unsayable

LEAVES = tuple(Leaf(name, MissingTest()) for name in "abcd")


def holds(formula: Formula, world: dict[str, bool]) -> bool:
    if isinstance(formula, Leaf):
        return world[formula.field]
    if isinstance(formula, Not):
        return not holds(formula.part, world)
    answers = [holds(part, world) for part in formula.parts]
    return all(answers) if isinstance(formula, All) else any(answers)


def drawn(chance: random.Random, depth: int) -> Formula:
    kind = chance.randrange(4) if depth else 0
    if kind == 0:
        return chance.choice(LEAVES)
    if kind == 1:
        return Not(drawn(chance, depth - 1))
    parts = tuple(drawn(chance, depth - 1) for _ in range(chance.randrange(1, 4)))
    return All(parts) if kind == 2 else Some(parts)


def negates(formula: Formula) -> bool:
    return isinstance(formula, Not) or (isinstance(formula, All | Some) and any(map(negates, formula.parts)))


def is_true(alternative: Alternative, world: dict[str, bool]) -> bool:
    wanted = all(holds(part, world) for part in alternative.wanted)
    return wanted and not any(holds(part, world) for part in alternative.unwanted)


def test_alternatives_are_the_formula() -> None:
    chance = random.Random(7)  # noqa: S311 - repeatable formulas
    split = 0
    for _ in range(3000):
        formula = drawn(chance, 4)
        try:
            found = alternatives(formula)
        except Unsayable:
            continue
        split += len(found) > 1
        assert not any(negates(part) for each in found for part in (*each.wanted, *each.unwanted))
        for values in product((True, False), repeat=4):
            world = dict(zip("abcd", values, strict=True))
            answer = any(is_true(each, world) for each in found)
            assert answer is holds(formula, world), formula
    assert split > 100


def test_a_filter_becomes_an_exception() -> None:
    selection, noise = LEAVES[0], LEAVES[1]
    (found,) = alternatives(All((selection, Not(noise))))
    assert (found.wanted, found.unwanted) == ((selection,), (noise,))


def test_only_what_must_not_be_is_refused() -> None:
    with pytest.raises(Unsayable, match="almost every record"):
        alternatives(Not(LEAVES[0]))
    with pytest.raises(Unsayable, match="almost every record"):
        alternatives(Some((LEAVES[0], Not(LEAVES[1]))))


def test_too_many_alternatives_are_refused() -> None:
    pairs = tuple(Some((leaf, All((leaf, Not(leaf))))) for leaf in LEAVES * 2)
    with pytest.raises(Unsayable, match="alternatives"):
        alternatives(All(pairs))


def test_leaves_in_order() -> None:
    assert list(leaves(All((LEAVES[2], Not(Some((LEAVES[0], LEAVES[1]))))))) == [LEAVES[2], LEAVES[0], LEAVES[1]]
