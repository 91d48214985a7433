"""Which tree a filter pattern stands for."""

import pytest

from scanner.pattern import (
    ANY,
    And,
    Compare,
    EveryPattern,
    Expr,
    Field,
    FieldAll,
    FieldAny,
    FieldCondition,
    IsBool,
    IsNull,
    JsonPattern,
    NotExists,
    Number,
    Or,
    Regex,
    RegexPattern,
    Selector,
    SpacePattern,
    Step,
    TermsPattern,
    Text,
    all_of,
    any_of,
    parse,
)


def selector(*steps: Step) -> Selector:
    return Selector(steps)


def equal(name: str, text: str) -> Compare:
    return Compare(selector(name), "=", Text(text))


A, B, C, D = (equal(name, "x") for name in "abcd")


@pytest.mark.parametrize("text", ["", " ", "\t\n  ", "\r\n\f"])
def test_a_blank_pattern_is_every_event(text: str) -> None:
    assert parse(text) == EveryPattern()


@pytest.mark.parametrize(
    ("text", "expr"),
    [
        ("{$.a=x}", A),
        ("  \n{ $.a\n=\r\n\tx }\n", A),
        ('{ $.a = "x" }', A),
        ("{ ($.a = x) }", A),
        ("{ ((($.a = x))) }", A),
        ("{ $.a = x && $.b = x }", And((A, B))),
        ("{ $.a = x || $.b = x }", Or((A, B))),
        ("{ $.a = x || $.b = x && $.c = x }", Or((A, And((B, C))))),
        ("{ $.a = x && $.b = x || $.c = x }", Or((And((A, B)), C))),
        ("{ ($.a = x || $.b = x) && $.c = x }", And((Or((A, B)), C))),
        ("{ ($.a = x) && ($.b = x && ($.c = x)) }", And((A, B, C))),
        ("{ (($.a = x || $.b = x) || $.c = x) || ($.d = x) }", Or((A, B, C, D))),
        ("{($.a=x)&&(($.b=x)||($.c=x))&&$.d=x}", And((A, Or((B, C)), D))),
    ],
)
def test_conjunction_binds_closer_and_parentheses_vanish(text: str, expr: Expr) -> None:
    assert parse(text) == JsonPattern(expr)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("$.a", ("a",)),
        ("$.a.b", ("a", "b")),
        ("$.a-b_c.9", ("a-b_c", "9")),
        ("$.a[0]", ("a", 0)),
        ("$.a[007][12]", ("a", 7, 12)),
        ("$.*", (ANY,)),
        ("$.*.b", (ANY, "b")),
        ("$.a[*]", ("a", ANY)),
        ("$.a.*", ("a", ANY)),
        ("$.a[*].b[2]", ("a", ANY, "b", 2)),
        ("$.['a.b']", ("a.b",)),
        ("$.a.['b c'].d", ("a", "b c", "d")),
        ("$.['*']", ("*",)),
        ("$.['']", ("",)),
        ("$.['\"é']", ('"é',)),
        ("$.IS", ("IS",)),
    ],
)
def test_selectors(text: str, steps: tuple[Step, ...]) -> None:
    assert parse(f"{{ {text} IS NULL }}") == JsonPattern(IsNull(Selector(steps)))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("foo", Text("foo")),
        ("true", Text("true")),
        ("123.123.*", Text("123.123.*")),
        ("*", Text("*")),
        ("a+b-c_d.e", Text("a+b-c_d.e")),
        ('"a b"', Text("a b")),
        ('""', Text("")),
        ('"null"', Text("null")),
        ('"1"', Text("1")),
        ('"é && } ) | %"', Text("é && } ) | %")),
        (r'"say \"hi\""', Text('say "hi"')),
        (r'"C:\\temp\dir"', Text(r"C:\temp\dir")),
        ("1", Number("1")),
        ("+1.50", Number("+1.50")),
        ("-0.0", Number("-0.0")),
        ("1e-999", Number("1e-999")),
        ("1E+2147483647", Number("1E+2147483647")),
        ("1e-0002147483647", Number("1e-0002147483647")),
        ("1.", Text("1.")),
        (".5", Text(".5")),
        ("1.2.3", Text("1.2.3")),
        ("1e", Text("1e")),
        ("0x1", Text("0x1")),
        ("%a.*[}|,]%", Regex("a.*[}|,]")),
    ],
)
def test_values(text: str, value: Text | Number | Regex) -> None:
    assert parse(f"{{ $.a = {text} }}") == JsonPattern(Compare(selector("a"), "=", value))
    assert parse(f"[a={text}]") == SpacePattern((Field("a", FieldCondition("=", value)),), None)


@pytest.mark.parametrize("operator", ["=", "!=", "<", "<=", ">", ">="])
@pytest.mark.parametrize("blank", ["", " ", "\n"])
def test_operators(operator: str, blank: str) -> None:
    expected = JsonPattern(Compare(selector("a"), operator, Number("-5")))
    assert parse(f"{{$.a{blank}{operator}{blank}-5}}") == expected


@pytest.mark.parametrize(
    ("text", "atom"),
    [
        ("IS NULL", IsNull(selector("a"))),
        ("is  nUll", IsNull(selector("a"))),
        ("IS\nTRUE", IsBool(selector("a"), value=True)),
        ("Is False", IsBool(selector("a"), value=False)),
        ("NOT EXISTS", NotExists(selector("a"))),
        ("not\texists", NotExists(selector("a"))),
    ],
)
def test_keywords_in_any_letter_case(text: str, atom: IsNull | IsBool | NotExists) -> None:
    assert parse(f"{{$.a {text}}}") == JsonPattern(atom)
    assert parse(f"{{($.a {text})&&$.b=x}}") == JsonPattern(And((atom, B)))


def test_spans_cover_the_conditions() -> None:
    text = "{ ($.a.b = foo) && $.c NOT EXISTS }"
    pattern = parse(text)
    assert isinstance(pattern, JsonPattern)
    assert isinstance(pattern.expr, And)
    first, second = pattern.expr.parts
    assert isinstance(first, Compare)
    assert isinstance(second, NotExists)
    assert text[slice(*first.span)] == "$.a.b = foo"
    assert text[slice(*first.selector.span)] == "$.a.b"
    assert text[slice(*second.span)] == "$.c NOT EXISTS"
    assert pattern.text == text


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("ERROR", TermsPattern(("ERROR",), (), ())),
        ("  ERROR\ntimeout ", TermsPattern(("ERROR", "timeout"), (), ())),
        ("ERROR -timeout", TermsPattern(("ERROR",), ("timeout",), ())),
        ("-ERROR", TermsPattern((), ("ERROR",), ())),
        ("?a ?b", TermsPattern((), (), ("a", "b"))),
        ("?a b", TermsPattern(("b",), (), ("a",))),
        ("a-b", TermsPattern(("a",), ("b",), ())),
        ("a?b", TermsPattern(("a",), (), ("b",))),
        ("-a-b", TermsPattern((), ("a", "b"), ())),
        ("café 1.5_x", TermsPattern(("café", "1.5_x"), (), ())),
        ('"two  words" -"a b" ?"c"', TermsPattern(("two  words",), ("a b",), ("c",))),
        ('" "', TermsPattern((" ",), (), ())),
        ('"ERR*"', TermsPattern(("ERR*",), (), ())),
        ('"a"-b', TermsPattern(("a",), ("b",), ())),
        (r'"\"level\": 5"', TermsPattern(('"level": 5',), (), ())),
        ("AND OR NULL", TermsPattern(("AND", "OR", "NULL"), (), ())),
    ],
)
def test_terms(text: str, pattern: TermsPattern) -> None:
    assert parse(text) == pattern


def condition(text: str, operator: str = "=") -> FieldCondition:
    return FieldCondition(operator, Text(text))


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("[]", SpacePattern((), None)),
        (" [ ] ", SpacePattern((), None)),
        ("[...]", SpacePattern((), 0)),
        ("[a]", SpacePattern((Field("a", None),), None)),
        ("[a-1, b_2]", SpacePattern((Field("a-1", None), Field("b_2", None)), None)),
        ("[, b,]", SpacePattern((Field("", None), Field("b", None), Field("", None)), None)),
        ("[..., b]", SpacePattern((Field("b", None),), 0)),
        ("[a, ..., b]", SpacePattern((Field("a", None), Field("b", None)), 1)),
        ("[a, ...]", SpacePattern((Field("a", None),), 1)),
        ("[a =*.html*]", SpacePattern((Field("a", condition("*.html*")),), None)),
        (
            "[a=x&&a!=y||a=z]",
            SpacePattern(
                (Field("a", FieldAny((FieldAll((condition("x"), condition("y", "!="))), condition("z")))),), None
            ),
        ),
        ("[a=x && a!=y]", SpacePattern((Field("a", FieldAll((condition("x"), condition("y", "!=")))),), None)),
        ("[n > 1000,]", SpacePattern((Field("n", FieldCondition(">", Number("1000"))), Field("", None)), None)),
        ('[a="x, ]"]', SpacePattern((Field("a", condition("x, ]")),), None)),
        ("[a=%[,]]%]", SpacePattern((Field("a", FieldCondition("=", Regex("[,]]"))),), None)),
    ],
)
def test_space_delimited(text: str, pattern: SpacePattern) -> None:
    assert parse(text) == pattern


@pytest.mark.parametrize("text", ["%a b%", " %a b%", "%a b%\n"])
def test_a_regular_expression_alone(text: str) -> None:
    assert parse(text) == RegexPattern("a b")


def test_the_longest_pattern_is_1024_characters() -> None:
    text = "{ $.a = " + "x" * (1024 - 10) + " }"
    assert len(text) == 1024
    assert isinstance(parse(text), JsonPattern)


def test_parentheses_as_deep_as_the_length_allows() -> None:
    depth = (1024 - len("{$.a=x}")) // 2
    assert parse("{" + "(" * depth + "$.a=x" + ")" * depth + "}") == JsonPattern(A)


def test_alternating_nesting_as_deep_as_the_length_allows() -> None:
    text = "$.a=x"
    operators = ["&&", "||"]
    while len(text) + 9 <= 1022:
        text = f"$.b=x{operators[0]}({text})"
        operators.reverse()
    pattern = parse(f"{{{text}}}")
    assert isinstance(pattern, JsonPattern)
    depth, expr = 0, pattern.expr
    while isinstance(expr, And | Or):
        assert expr.parts[0] == B
        depth, expr = depth + 1, expr.parts[-1]
    assert depth > 100
    assert expr == A


def test_the_most_wildcards_and_regular_expressions() -> None:
    assert isinstance(parse("{ $.a.* = 1 && $.b[*] = 1 && $.* = 1 }"), JsonPattern)
    assert isinstance(parse("{ $.a = %x% && $.b = %y% }"), JsonPattern)
    assert isinstance(parse("[a=%x%, b=%y%]"), SpacePattern)


def test_joining_expressions_by_hand() -> None:
    assert all_of([A]) == A
    assert all_of([A, And((B, C))]) == And((A, B, C))
    assert all_of([A, Or((B, C))]) == And((A, Or((B, C))))
    assert any_of([Or((A, B)), C]) == Or((A, B, C))
    assert any_of([D]) == D
