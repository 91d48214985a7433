"""The work on nested fields is bounded for a decision as a whole, not only for each field."""

from typing import Any

from scanner.pattern import JsonPattern, covers, parse
from scanner.pattern.coverage.search.components import MAXIMUM_STEPS, Budget, components
from scanner.pattern.coverage.search.counterexample import atoms_of
from scanner.pattern.coverage.search.vectors import condition_of

TANGLED = (
    "{ $.* = *a* || ($.x.y != No && $.x = 1) || $.resources[0].id = %x% || $.p.q[0].r = 1 || $.p.q IS NULL"
    " || $.u.v.w != b || $.u.v = c || $.e < 1 || $.f > 2 || $.g IS FALSE || $.h = D*l || $.i = *x* || $.j != 3 }"
)


def conditions(text: str) -> Any:
    pattern = parse(text)
    assert isinstance(pattern, JsonPattern)
    return [(1 << place, atom.selector.steps, condition_of(atom)) for place, atom in enumerate(atoms_of(pattern.expr))]


def test_one_field_ends_when_its_steps_are_used_up() -> None:
    budget = Budget(10 * MAXIMUM_STEPS)
    (component,) = components(conditions(TANGLED), "wildcard", budget)
    assert component.options
    assert not component.complete
    assert MAXIMUM_STEPS <= 10 * MAXIMUM_STEPS - budget.left <= MAXIMUM_STEPS + 2000


def test_all_fields_share_what_is_left() -> None:
    budget = Budget(500)
    for _ in range(3):
        for component in components(conditions(TANGLED), "wildcard", budget):
            assert component.options
            assert not component.complete
    assert budget.left > -6000


def test_a_field_that_is_used_up_proves_nothing() -> None:
    required = parse("{ $.* = q }")
    answer = covers(required, [parse(TANGLED)])
    assert answer.verdict in {"not_covered", "undetermined"}
