"""Laws of the filter-pattern language that hold for every pattern and every message."""

import json
import random
import re
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.pattern import (
    ANY,
    And,
    Compare,
    EveryPattern,
    Expr,
    IsBool,
    IsNull,
    JsonPattern,
    NotExists,
    Number,
    Or,
    Pattern,
    PatternError,
    Regex,
    Selector,
    TermsPattern,
    Text,
    matches,
    matches_value,
    parse,
    print_pattern,
    read_object,
)
from scanner.pattern.language.values.regex import parse_regex, to_python
from scanner.pattern.matching.json_reader import read_without_recursion
from scanner.pattern.matching.regex_search import searcher

laws = settings(max_examples=120, deadline=None)

NAMES = ["a", "b", "eventName", "x.y", "é", ""]
SOURCES = ["1", "^a", "b$", "a|b", "[0-9]+", ".", "a.*b"]
WORDS = """{ } ( ) [ ] $.a $.b.c $ . .a [0] [*] .* a foo* 1 -2.5e3 1e9999999999 = != < >= == && || &
IS NULL NOT EXISTS TRUE null , ... " ' % %a+% \\ \\" - ? é *"""
TOKENS = (*WORDS.split(), " ", "  ", "\n", '"a b"', ".['x y']")

json_scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["a", "1", "foo"])
)
json_values = st.recursive(
    json_scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)
json_objects = st.dictionaries(st.sampled_from(NAMES), json_values, max_size=4)
token_texts = st.lists(st.sampled_from(TOKENS), max_size=12).map("".join)
messages = st.text() | token_texts | json_values.map(json.dumps) | json_objects.map(json.dumps)

STEPS: tuple[str | int, ...] = (*NAMES, 0, 1, 2, 3)


def selectors(steps: int) -> st.SearchStrategy[Selector]:
    """All of a length at once: a choice for every step would take most of the time of a test."""
    return st.sampled_from([Selector((first, *rest)) for first in NAMES for rest in product(STEPS, repeat=steps - 1)])


plain_selectors = st.one_of([selectors(steps) for steps in (1, 2, 3)])
spellings = st.integers().map(str) | st.floats(allow_nan=False, allow_infinity=False).map(repr)
values = (st.text(max_size=6) | st.sampled_from(["a", "f*", "*", "1", "1.0", "null"])).map(Text) | spellings.map(Number)
orderings = st.builds(Compare, plain_selectors, st.sampled_from(["<", "<=", ">", ">="]), spellings.map(Number))
equalities = st.builds(Compare, plain_selectors, st.sampled_from(["=", "!="]), values)
plain_atoms = (
    equalities
    | orderings
    | st.builds(IsNull, plain_selectors)
    | st.builds(IsBool, plain_selectors, st.booleans())
    | st.builds(NotExists, plain_selectors)
)


def joined(kind: type[And] | type[Or], parts: list[Expr]) -> Expr:
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, kind) else (part,))]
    return kind(tuple(flat))


def nested(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    lists = st.lists(inner, min_size=2, max_size=3)
    return lists.map(lambda parts: joined(And, parts)) | lists.map(lambda parts: joined(Or, parts))


expressions: st.SearchStrategy[Expr] = st.recursive(plain_atoms, nested, max_leaves=6)


def parsed(text: str) -> Pattern:
    """The pattern, or the one of the empty text when there is none."""
    try:
        return parse(text)
    except PatternError:
        return EveryPattern()


@laws
@given(st.text(max_size=1100) | token_texts | token_texts.map("{{ $.a = {} }}".format) | token_texts.map("[{}]".format))
def test_only_pattern_errors_escape_and_they_point_into_the_text(text: str) -> None:
    try:
        pattern = parse(text)
    except PatternError as error:
        caught = error
    else:
        assert parse(print_pattern(pattern)) == pattern
        return
    start, end = caught.span
    assert 0 <= start <= len(text)
    assert start <= end <= len(text) + 1
    assert caught.text == text
    assert caught.caret().count("\n") == 1


@laws
@given(
    st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=3),
    st.lists(st.text(min_size=1, max_size=5), max_size=3),
)
def test_printing_terms_and_parsing_them_gives_the_terms(required: list[str], excluded: list[str]) -> None:
    pattern = TermsPattern(tuple(required), tuple(excluded), tuple(excluded))
    assert parse(print_pattern(pattern)) == pattern


@laws
@given(token_texts.map(parsed) | expressions.map(JsonPattern), messages)
def test_matching_never_raises(pattern: Pattern, message: str) -> None:
    assert matches(pattern, message) in {True, False}
    assert matches(pattern, message, midglob="literal") in {True, False}


@laws
@given(st.lists(st.builds(Compare, plain_selectors, st.just("="), values), min_size=2, max_size=6), json_objects)
def test_a_list_of_names_is_the_disjunction_of_its_members(parts: list[Expr], value: dict[str, Any]) -> None:
    each = [matches_value(JsonPattern(part), value) for part in parts]
    assert matches_value(JsonPattern(Or(tuple(parts))), value) is any(each)


def printing_a_tree_and_parsing_it_gives_the_tree(expr: Expr) -> None:
    pattern = JsonPattern(expr)
    text = print_pattern(pattern)
    if len(text) <= 1024:
        assert parse(text) == pattern
        assert print_pattern(parse(text)) == text


def the_order_of_keys_does_not_matter(expr: Expr, value: dict[str, Any], shuffler: random.Random) -> None:
    def shuffled(node: Any) -> Any:
        if isinstance(node, dict):
            keys = list(node)
            shuffler.shuffle(keys)
            return {key: shuffled(node[key]) for key in keys}
        return [shuffled(item) for item in node] if isinstance(node, list) else node

    pattern = JsonPattern(expr)
    assert matches(pattern, json.dumps(value)) is matches(pattern, json.dumps(shuffled(value)))


def and_or_are_conjunction_and_disjunction(parts: list[Expr], value: dict[str, Any]) -> None:
    each = [matches_value(JsonPattern(part), value) for part in parts]
    assert matches_value(JsonPattern(And(tuple(parts))), value) is all(each)
    assert matches_value(JsonPattern(Or(tuple(parts))), value) is any(each)


def a_parsed_object_matches_like_its_text(expr: Expr, value: dict[str, Any]) -> None:
    message = json.dumps(value)
    read = read_object(message)
    assert (read is None) is ("NaN" in message.replace('"NaN', "") or "Infinity" in message.replace('"Infinity', ""))
    assert matches(JsonPattern(expr), message) is (read is not None and matches_value(JsonPattern(expr), read))


@laws
@given(st.lists(expressions, min_size=2, max_size=4), json_objects, st.randoms(use_true_random=False))
def test_every_law_of_expressions(parts: list[Expr], value: dict[str, Any], shuffler: random.Random) -> None:
    """All of them over the same trees and objects: to draw those takes many times as long as to match them."""
    for part in parts:
        printing_a_tree_and_parsing_it_gives_the_tree(part)
        the_order_of_keys_does_not_matter(part, value, shuffler)
        a_parsed_object_matches_like_its_text(part, value)
    and_or_are_conjunction_and_disjunction(parts, value)


def unequal_is_never_equal_and_never_of_something_absent(
    selector: Selector, wanted: Text | Number | Regex, value: dict[str, Any]
) -> None:
    equal = matches_value(JsonPattern(Compare(selector, "=", wanted)), value)
    unequal = matches_value(JsonPattern(Compare(selector, "!=", wanted)), value)
    assert not (equal and unequal)
    if matches_value(JsonPattern(NotExists(selector)), value) or matches_value(JsonPattern(IsNull(selector)), value):
        assert not equal
        assert not unequal


def unequal_children_are_the_opposite_of_equal_ones_where_the_parent_is(
    selector: Selector, wanted: Text | Number, value: dict[str, Any]
) -> None:
    equal = matches_value(JsonPattern(Compare(selector, "=", wanted)), value)
    unequal = matches_value(JsonPattern(Compare(selector, "!=", wanted)), value)
    absent = matches_value(JsonPattern(NotExists(Selector(selector.steps[:-1]))), value)
    assert unequal is (not equal and not absent)


@laws
@given(plain_selectors, values, st.sampled_from(SOURCES), json_objects)
def test_every_law_of_unequal(selector: Selector, wanted: Text | Number, source: str, value: dict[str, Any]) -> None:
    unequal_is_never_equal_and_never_of_something_absent(selector, wanted, value)
    unequal_is_never_equal_and_never_of_something_absent(selector, Regex(source), value)
    children = Selector((*selector.steps, ANY))
    unequal_children_are_the_opposite_of_equal_ones_where_the_parent_is(children, wanted, value)


@laws
@given(json_values.map(json.dumps) | token_texts | st.text(), st.integers(0, 60))
def test_the_reader_for_deep_messages_agrees_with_the_ordinary_one(text: str, cut: int) -> None:
    def refuse(name: str) -> Any:
        raise ValueError(name)

    for message in (text, text[:cut] + text[cut + 1 :], f" {text}\n"):
        try:
            expected = json.loads(message, parse_constant=refuse)
        except ValueError:
            expected = None
        assert read_without_recursion(message) == expected


pieces = st.sampled_from(
    ["a", "b", ".", "[ab]", "[^a]", "\\d", "^", "$", "|", "a*", "b+", ".?", "a{1,2}", "[ab]{2}", "b+?", "|^"]
)


@laws
@given(st.lists(pieces, min_size=1, max_size=7).map("".join), st.text(alphabet="aab1\n", max_size=8))
def test_both_ways_of_searching_agree_with_the_plain_translation(source: str, text: str) -> None:
    expected = re.search(to_python(parse_regex(source)), text) is not None
    assert searcher(source)(text) is expected
    assert searcher(source, affordable=-1)(text) is expected, "by the automaton"
