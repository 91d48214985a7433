"""Queries of Logs Insights read back: what is written of a pattern, and what bounds promise of every record."""

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import PatternError
from scanner.pattern import parse
from scanner.pattern.convert import convert
from scanner.pattern.insights.conditions import both, either, is_like, is_present, is_text
from scanner.pattern.insights.query import read_query
from scanner.pattern.language.nodes import Expr, JsonPattern
from scanner.pattern.matching.match import expression_test
from tests.unit.pattern.convert.records import FIELDS, PATTERNS, RECORDS

SLOW = settings(max_examples=30, deadline=None)


def chosen(expression: Expr) -> list[int]:
    holds = expression_test(expression)
    return [number for number, each in enumerate(RECORDS) if holds(each)]


@SLOW
@given(PATTERNS)
def test_a_written_query_is_read_back_as_the_same_set(text: str) -> None:
    pattern = parse(text)
    assert isinstance(pattern, JsonPattern)
    try:
        query = read_query(convert(pattern, "logs-insights").text)
    except PatternError:
        return
    assert query.open_points == ()
    assert chosen(query.kept.surely) == chosen(query.kept.at_most) == chosen(pattern.expr)


NAMES = st.sampled_from(sorted(FIELDS))
TEXTS = st.sampled_from(sorted({value for values in FIELDS.values() for value in values if value}))
ATOMS = st.one_of(st.builds(is_text, NAMES, TEXTS), st.builds(is_like, NAMES, TEXTS), st.builds(is_present, NAMES))
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        inner.map(lambda each: each.negated),
        st.lists(inner, min_size=1, max_size=3).map(both),
        st.lists(inner, min_size=1, max_size=3).map(either),
    ),
    max_leaves=8,
)


@SLOW
@given(CONDITIONS)
def test_what_surely_holds_holds_at_most_and_never_fails_surely(condition: object) -> None:
    holds, fails = condition.holds, condition.fails  # type: ignore[attr-defined]  # built by the strategies above
    surely, at_most = set(chosen(holds.surely)), set(chosen(holds.at_most))
    assert surely <= at_most
    assert not surely & set(chosen(fails.surely))
    assert at_most | set(chosen(fails.at_most)) == set(range(len(RECORDS)))
