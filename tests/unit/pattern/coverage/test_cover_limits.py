"""Work is bounded by counts: patterns made to be hard end with an answer, and never with a wrong "covered"."""

import pytest

from scanner.pattern import Pattern, covers, parse
from scanner.pattern.coverage.search.components import MAXIMUM_DEPTH
from scanner.pattern.coverage.search.counterexample import MAXIMUM_DISJUNCTS


def contains(prefix: str, count: int) -> str:
    return " || ".join(f"$.a = *{prefix}{number}*" for number in range(count))


def numbered(template: str, count: int, joint: str = " || ") -> str:
    """``count`` conditions, each with its number in place of the N of ``template``."""
    return joint.join(template.replace("N", str(number)) for number in range(count))


def any_name(names: list[str]) -> Pattern:
    return parse("{ " + " || ".join(f"$.eventName = {name}" for name in names) + " }")


def pairs(first: str, second: str) -> str:
    return " || ".join(f"$.a = *{one}*{two}*" for one in first for two in second)


@pytest.mark.parametrize(
    ("required", "deployed", "answers"),
    [
        ("$.a = *foo*", contains("x", 60), {"not_covered"}),
        (pairs("abcdef", "ghijkl"), contains("x", 60), {"not_covered", "undetermined"}),
        (contains("x", 60), contains("x", 59), {"not_covered", "undetermined"}),
        (contains("x", 60), contains("x", 60), {"covered"}),
        ("$.a = %a.{900}b%", "$.a = %a.{800}c%", {"not_covered", "undetermined"}),
        ("$.a = %[ab]*a[ab]{20}% || $.a = *x*", "$.a = %[ab]*a[ab]{22}c%", {"not_covered"}),
        ("$.a = %^a{1000}$%", "$.a = %^a+$%", {"covered", "undetermined"}),
        (
            numbered("($.fN = x || $.fN = y)", 20, " && "),
            numbered("$.fN = z", 20),
            {"not_covered", "undetermined"},
        ),
        (
            numbered("$.fN = *", 30, " && "),
            " || ".join(f"($.f{one} != a* && $.f{two} != b*)" for one in range(6) for two in range(5, 9)),
            {"not_covered", "undetermined"},
        ),
        ("$.* = x", numbered("$.fN = x", 60), {"not_covered", "undetermined"}),
        ("$.a = 1 || $" + ".a" * 480 + " = 2", "$.a = 2", {"undetermined"}),
        ("$.a[999999999] = 1 && $.a[*] != 3", "$.a[5] = 1", {"undetermined"}),
        (numbered("$.a > N", 80), "$.a != 1e30 || $.a = 1e30", {"covered"}),
    ],
)  # fmt: skip
def test_hard_patterns_end(required: str, deployed: str, answers: set[str]) -> None:
    wanted, filters = parse(f"{{ {required} }}"), [parse(f"{{ {deployed} }}")]
    assert covers(wanted, filters).verdict in answers
    assert covers(wanted, filters, realistic=True).verdict in answers


def test_too_many_disjuncts_are_admitted() -> None:
    factors = MAXIMUM_DISJUNCTS.bit_length()
    required = " && ".join(f"($.f{number} = x || $.f{number} = y)" for number in range(factors))
    answer = covers(parse(f"{{ {required} }}"), [parse("{ $.f0 = x || $.f0 = y }")])
    assert (answer.verdict, answer.reason) == (
        "undetermined",
        "the required pattern has too many combinations of its conditions",
    )


def test_conditions_that_say_the_same_twice_are_no_more_combinations() -> None:
    def one_of(count: int) -> str:
        return "(" + " || ".join(f"$.eventName = Event{number}" for number in range(count)) + ")"

    pairs = " && ".join(f"($.f{number} = x || $.f{number} = y)" for number in range(5))
    required = f"{{ {one_of(9)} && {one_of(9)} && {one_of(8)} && {pairs} }}"
    assert covers(parse(required), [parse(f"{{ {one_of(8)} }}")]).verdict == "covered"
    assert covers(parse(required), [parse(f"{{ {one_of(7)} }}")]).missed == ("Event7",)


def test_selectors_too_deep_are_admitted() -> None:
    deep = "$" + ".a" * (MAXIMUM_DEPTH + 2)
    assert covers(parse(f"{{ {deep} = x && $.a = y }}"), [parse("{ $.b = z }")]).verdict == "undetermined"
    plain = parse(f"{{ {deep} = x }}")
    assert covers(plain, [parse("{ $.b = z }")]).verdict == "not_covered"


def test_a_filter_that_is_too_hard_does_not_spoil_the_others() -> None:
    hard = parse(f"{{ {contains('x', 60)} || $.* = %y% || $.a[*].b = 1 }}")
    required = parse("{ $.eventName = DeleteTrail || $.eventName = StopLogging }")
    assert covers(required, [hard, parse("{ $.eventName = *Trail }")]).missed == ("StopLogging",)
    assert covers(required, [hard, parse("{ $.eventName = *Trail || $.eventName = Stop* }")]).verdict == "covered"


def test_a_union_of_many_filters() -> None:
    names = [f"Event{number:03}" for number in range(2000)]
    filters = [any_name(names[start : start + 25]) for start in range(0, 2000, 25)]
    required = any_name(names[::80])
    assert covers(required, filters, realistic=True).verdict == "covered"
    assert covers(required, filters[1:], realistic=True).missed == ("Event000",)
