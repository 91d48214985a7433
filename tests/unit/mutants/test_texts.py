"""Changes of texts: which there are, that each is still in its language, and that each means something else."""

from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.expressions.language import compile_expression
from scanner.mutants.expressions import expression_changes
from scanner.mutants.patterns import pattern_changes
from scanner.mutants.written import Language, groups_of
from scanner.pattern import parse_events

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def changes(text: str) -> dict[str, str]:
    return {change.what: change.text for change in expression_changes(text)}


def pattern(text: str) -> dict[str, str]:
    return {change.what: change.text for change in pattern_changes(text)}


def test_operands_are_dropped_and_conditions_negated() -> None:
    assert changes("A && (B || !C)") == {
        "without `A`": "(B || !C)",
        "without `(B || !C)`": "A",
        "not `A`": "!(A) && (B || !C)",
        "without `B`": "A && (!C)",
        "without `!C`": "A && (B)",
        "not `B`": "A && (!(B) || !C)",
        "not `!C`": "A && (B || !(!C))",
    }


def test_a_chain_of_both_operators_is_split_by_precedence() -> None:
    found = changes("A && B || C")
    assert [what for what in found if what.startswith("without")] == [
        "without `A && B`",
        "without `C`",
        "without `A`",
        "without `B`",
    ]


def test_filters_and_bounds() -> None:
    found = changes("length(Rules[?Days < $least && On]) >= `1`")
    assert found["without the filter `Days < $least && On`"] == "length(Rules[?`true`]) >= `1`"
    assert found["`<=` instead of `< $least && On]) >= `1``"] == "length(Rules[?Days <= $least && On]) >= `1`"
    assert found["not `On`"] == "length(Rules[?Days < $least && !(On)]) >= `1`"


def test_members_of_lists_are_left_out() -> None:
    assert changes("glob(Arn, [$own, 'a,b', Others[0]][])") == {
        "not `glob(Arn, [$own, 'a,b', Others[0]][])`": "!(glob(Arn, [$own, 'a,b', Others[0]][]))",
        "without `$own`": "glob(Arn, ['a,b', Others[0]][])",
        "without `'a,b'`": "glob(Arn, [$own, Others[0]][])",
        "without `Others[0]`": "glob(Arn, [$own, 'a,b'][])",
    }
    found = changes('contains(`["x", ["y"]]`, A)')
    assert found['without `"x"`'] == 'contains(`[["y"]]`, A)'
    assert found['without `["y"]`'] == 'contains(`["x"]`, A)'
    assert "without `1`" not in changes("contains([A], B) && C == `[1]` && D == `[x, y]`")


@pytest.mark.parametrize(
    "text",
    [
        "(Days || `365`) <= $most",
        "length(A || `[]`) == `0`",
        "{a: A && B}.a",
        "B == (A || C)",
        "(A || `[]`)[0].B == `1`",
    ],
)
def test_what_gives_a_value_is_left(text: str) -> None:
    assert not [what for what in changes(text) if what.startswith("without")]


def test_quoted_texts_are_whole() -> None:
    assert set(changes("A == 'x && y' || B == `\"z || w\"`")) == {
        "without `A == 'x && y'`",
        'without `B == `"z || w"``',
        "not `A == 'x && y'`",
        'not `B == `"z || w"``',
    }


def test_patterns() -> None:
    found = pattern('{ ($.a = ["x", "y"]) && ($.b NOT EXISTS) # why && not\n && ($.c > 3) }')
    assert found['without the value "x"'].startswith('{ ($.a = ["y"]) && ($.b NOT EXISTS) # why')
    assert found['`!=` in `$.a = ["x", "y"]`'].startswith('{ ($.a != ["x", "y"])')
    assert "($.b IS NULL)" in found["`IS NULL` in `$.b NOT EXISTS`"]
    assert "($.c >= 3)" in found["`>=` instead of `> 3) }`"]
    assert not any("why" in what for what in found if what.startswith("without"))


def test_brackets_without_a_partner() -> None:
    with pytest.raises(ValueError, match="has no partner"):
        groups_of("(A && B", Language.EXPRESSION)


NAMES = st.sampled_from(["A", "B", "C", "D"])
CONDITIONS = st.recursive(
    NAMES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda each: f"({each[0]} {each[1]} {each[2]})"),
        inner.map(lambda each: f"!{each}" if each.startswith(("(", "A", "B", "C", "D")) else f"!({each})"),
    ),
    max_leaves=8,
)


@given(CONDITIONS)
def test_every_change_is_an_expression(text: str) -> None:
    """And negating a condition that decides alone turns the verdict round."""
    rows = [dict(zip("ABCD", values, strict=True)) for values in product((False, True), repeat=4)]
    for change in expression_changes(text):
        changed = compile_expression(change.text, {})
        if text in ("A", "B", "C", "D"):
            assert all(changed.evaluate(row, NOW) is not row[text] for row in rows)


ATOMS = st.sampled_from(
    ['$.a = "x"', "$.b NOT EXISTS", "$.c IS TRUE", '$.d = ["x", "y"]', "$.e[*] > 1", '$.f = "a && b"']
)
PATTERNS = st.recursive(
    ATOMS.map(lambda atom: f"({atom})"),
    lambda inner: st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda each: f"({' '.join(each)})"),
    max_leaves=8,
)


@given(PATTERNS)
def test_every_change_is_a_pattern_that_differs(text: str) -> None:
    whole = f"{{ {text} }}"
    before = parse_events(whole, {})
    for change in pattern_changes(whole):
        assert parse_events(change.text, {}) != before or text.count("$") > 1
