"""Laws of expressions: three-valued verdicts never contradict the complete facts, and bad text is refused cleanly."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from scanner.errors import UsageError
from scanner.expressions.language import UNKNOWN, compile_expression, fields

NOW = datetime(2026, 11, 20, tzinfo=UTC)
NAMES = ("A", "B", "C")
VALUES: st.SearchStrategy[Any] = st.sampled_from([True, False, None, 0, 1, "", "x", [], ["x"], {}])

LEAVES = st.one_of(
    st.sampled_from(NAMES),
    st.builds("{} == {}".format, st.sampled_from(NAMES), st.sampled_from(("`1`", "'x'", "`null`", *NAMES))),
    st.builds("{} > `0`".format, st.sampled_from(NAMES)),
    st.builds("contains(['x'], {})".format, st.sampled_from(NAMES)),
    st.sampled_from(("`true`", "`false`", "@.A", "not_null(A, B)")),
)
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("!({})".format, inner),
        st.builds("({}) && ({})".format, inner, inner),
        st.builds("({}) || ({})".format, inner, inner),
    ),
    max_leaves=6,
)


def complete_value(text: str, row: dict[str, Any]) -> Any:
    """The value over the complete row; such rows as have none are no examples."""
    try:
        return compile_expression(text, {}).evaluate(row, NOW)
    except UsageError:
        assume(False)


@given(
    text=EXPRESSIONS, row=st.fixed_dictionaries(dict.fromkeys(NAMES, VALUES)), missing=st.sets(st.sampled_from(NAMES))
)
def test_what_is_decided_holds_for_the_complete_row(text: str, row: dict[str, Any], missing: set[str]) -> None:
    expression = compile_expression(text, {})
    known = {name: value for name, value in row.items() if name not in missing}
    complete = complete_value(text, row)
    decided = expression.decide(known, NOW, missing)
    if decided is not UNKNOWN:
        assert (decided is True) == (complete is True)
    if not missing:
        assert decided is not UNKNOWN


@given(text=EXPRESSIONS, row=st.fixed_dictionaries(dict.fromkeys(NAMES, VALUES)), changed=VALUES)
def test_a_field_that_is_not_named_does_not_matter(text: str, row: dict[str, Any], changed: Any) -> None:
    expression = compile_expression(text, {})
    assume("*" not in expression.fields)
    expected = complete_value(text, row)
    for name in set(NAMES) - expression.fields:
        assert expression.evaluate({**row, name: changed}, NOW) == expected


@given(st.text(alphabet="AB.[]*?&|!=<>`'\"(){},:@$ 0-", max_size=40))
def test_text_is_an_expression_or_a_usage_error(text: str) -> None:
    with suppress(UsageError):
        named = fields(text)
        if "$" not in text:
            assert named == compile_expression(text, {}).fields


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_every_parameter_value_survives(value: Any) -> None:
    assert compile_expression("$value", {"value": value}).evaluate({}, NOW) == json.loads(json.dumps(value))
