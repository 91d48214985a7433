"""Canonical text, and that it parses back."""

import pytest

from scanner.pattern import Compare, JsonPattern, Selector, Text, parse, print_expression, print_pattern, print_selector


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (" \n", ""),
        ("{$.a=x}", '{ $.a = "x" }'),
        ("{($.a=x)&&($.b!=*y||$.c>5)}", '{ $.a = "x" && ($.b != "*y" || $.c > 5) }'),
        ("{$.a=x||$.b=y&&$.c=z}", '{ $.a = "x" || ($.b = "y" && $.c = "z") }'),
        ("{ $.['a'].['b.c'][0][*] is null }", "{ $.a.['b.c'][0][*] IS NULL }"),
        ("{$.*=1}", "{ $.* = 1 }"),
        (
            "{ $.a.*.b IS true || $.c is FALSE || $.d not exists }",
            "{ $.a[*].b IS TRUE || $.c IS FALSE || $.d NOT EXISTS }",
        ),
        ('{ $.a = "1" && $.b = 1 && $.c = %1% }', '{ $.a = "1" && $.b = 1 && $.c = %1% }'),
        (r'{ $.a = "\"\\\"\n\\" }', r'{ $.a = "\"\\\"\n\\" }'),
        ("?b -a  c", "c -a ?b"),
        ("a-b", "a -b"),
        ('"a b" "c" -"d:e"', '"a b" c -"d:e"'),
        ("[ ]", "[]"),
        ("[a,...,b=1||b=x&&b!=%y%,]", '[a, ..., b = 1 || b = "x" && b != %y%, ]'),
        (" %a|b% ", "%a|b%"),
    ],
)
def test_canonical_text(text: str, canonical: str) -> None:
    pattern = parse(text)
    assert print_pattern(pattern) == canonical
    assert parse(canonical) == pattern
    assert print_pattern(parse(canonical)) == canonical


def numbered(template: str, count: int, joint: str) -> str:
    """``count`` pieces, each with its number in place of the N of ``template``."""
    return joint.join(template.replace("N", str(number)) for number in range(count))


@pytest.mark.parametrize(
    "text",
    [
        "{" + numbered("$.e=EventN", 72, "||") + "}",
        "{$.a=null1||" + numbered("($.e=N&&$.f=x)", 55, "||") + "}",
        "a" + "-b" * 511,
        "a" + "?b" * 511,
        "[" + numbered("fN=x", 155, ",") + "]",
        '"' + '\\"' * 511 + '"',
        '"' + "\\a" * 511 + '"',
    ],
)
def test_the_canonical_text_is_never_longer_than_a_pattern_may_be(text: str) -> None:
    assert 900 < len(text) <= 1024
    pattern = parse(text)
    canonical = print_pattern(pattern)
    assert len(canonical) <= 1024
    assert parse(canonical) == pattern


def test_a_compact_text_quotes_what_would_be_read_otherwise() -> None:
    text = '{$.a="5"||$.b="null"||$.c="x y"||' + "||".join(f"$.e=Event{number}" for number in range(70)) + "}"
    canonical = print_pattern(parse(text))
    assert canonical.startswith('{$.a="5"||$.b="null"||$.c="x y"||$.e=Event0||')


def test_expressions_and_selectors_on_their_own() -> None:
    selector = Selector(("a", "b c", 3))
    atom = Compare(selector, "!=", Text('say "x"'))
    assert print_selector(selector) == "$.a.['b c'][3]"
    assert print_expression(atom) == '$.a.[\'b c\'][3] != "say \\"x\\""'
    assert parse(print_pattern(JsonPattern(atom))) == JsonPattern(atom)
