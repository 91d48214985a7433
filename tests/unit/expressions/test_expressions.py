from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jmespath.parser import Parser

from scanner.errors import UsageError
from scanner.expressions.functions import RuleFunctions
from scanner.expressions.language import MAX_DEPTH, MAX_LENGTH, UNKNOWN, compile_expression, fields, parameters_of
from scanner.model import JsonValue
from scanner.policies import statements as policy_documents

NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)
ROOT = Path(__file__).parents[3]


def value(text: str, data: dict[str, Any], **parameters: Any) -> Any:
    return compile_expression(text, parameters).evaluate(data, NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A && B.c", {"A", "B"}),
        ("Status.IsLogging", {"Status"}),
        ("A[?b == 'c'].d", {"A"}),
        ("length(A[?b > `0` && c]) == length(B)", {"A", "B"}),
        ("sort_by(A, &b)[0].c", {"A"}),
        ("A[].b[] | [0]", {"A"}),
        ("{x: A, y: B.c}.x", {"A", "B"}),
        ("[A, B][0]", {"A", "B"}),
        ("A.*.b", {"A"}),
        ('"Quoted Name".x', {"Quoted Name"}),
        ("!(A.b) || `true`", {"A"}),
        ("glob(A, $patterns)", {"A"}),
        ("A[0:2].b", {"A"}),
        ("A | b", {"A"}),
        ("@", {"*"}),
        ("@.A", {"*"}),
        ("*.A", {"*"}),
        ("[0]", {"*"}),
        ("[*].A", {"*"}),
        ("[?A]", {"*"}),
        ("length(@)", {"*"}),
        ("keys(@) && A", {"*", "A"}),
        ("map(&A, [@])", {"*"}),
        ("'A'", set()),
        ('`{"A": 1}`.A', set()),
    ],
)
def test_fields(text: str, expected: set[str]) -> None:
    assert fields(text) == expected


def test_parameters_become_json_literals() -> None:
    assert value("A == $name", {"A": "it's `so`"}, name="it's `so`") is True
    assert value("contains($names, A)", {"A": "b\\`"}, names=["a", "b\\`"]) is True
    assert value("A <= $most", {"A": 3}, most=3) is True
    assert value("$flag", {}, flag=False) is False


def test_a_dollar_inside_quotes_is_text() -> None:
    assert value("A == '$name'", {"A": "$name"}) is True
    assert value('A == `"$name"`', {"A": "$name"}) is True
    assert value('"$name"', {"$name": 1}) == 1
    assert value(r"A == 'it\'s $name'", {"A": "it's $name"}) is True
    assert parameters_of("A == '$no' && $yes || `\"$no\"` && $also") == {"yes", "also"}


def test_an_expression_is_parsed_once_whatever_its_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    parse = Parser.parse

    def counted(self: Parser, text: str) -> Any:
        parsed.append(text)
        return parse(self, text)

    monkeypatch.setattr(Parser, "parse", counted)
    text = "Parsed.Once >= $least && !contains($names, Parsed.Name)"
    assert fields(text) == {"Parsed"}
    row = {"Parsed": {"Once": 2, "Name": "b"}}
    assert [value(text, row, least=least, names=["a"]) for least in (2, 3)] == [True, False]
    assert value(text, row, least=2, names=["b"]) is False
    assert len(parsed) == 1


@pytest.mark.parametrize("written", ["$p", "$$$$$$$$$$p", "`$p`"])
def test_a_literal_is_never_taken_for_a_parameter(written: str) -> None:
    assert value(f"A == '{written}' && $p == `1`", {"A": written}, p=1) is True
    assert value("A == $p", {"A": written}, p=written) is True


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("A &&", 5, "ends too early"),
        ("A = 1", 3, "unknown token"),
        ("A )", 3, '")" is not expected here'),
        ("$most $most", 7, "is not expected here"),
        ("$most == $least", 10, "$least"),
    ],
)
def test_mistakes_say_where(text: str, position: int, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        compile_expression(text, {"most": "a value that is longer than its name"})
    assert f"character {position}" in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  ", "empty"),
        ("`foo`", "not JSON"),
        ("lenght(A)", "lenght()"),
        ("glob(A)", "takes 2"),
        ("glob(A, B, C)", "takes 2"),
        ("not_null()", "at least 1"),
        ("A" * (MAX_LENGTH + 1), "characters long"),
        ("(" * 1500 + "A" + ")" * 1500, "too deeply"),
        ("!" * 3000 + "A", "too deeply"),
        (" && ".join("A" * (MAX_DEPTH + 1)), "too deeply"),
        ("!A.b", "!(A.b)"),
        ("!A.b.c", "!(A.b)"),
    ],
)
def test_what_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        compile_expression(text, {})
    assert words in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_fields_refuses_what_compiling_refuses() -> None:
    with pytest.raises(UsageError):
        fields("A &&")
    assert fields("A <= $anything") == {"A"}


def test_wide_and_chains_within_the_limit_are_fine() -> None:
    assert value(" && ".join("A" * (MAX_DEPTH - 1)), {"A": True}) is True


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("length(A)", {}),
        ("contains(A, 'x')", {}),
        ("contains(A, `1`)", {"A": "text"}),
        ("age_hours(A)", {"A": "soon"}),
        ("age_hours(A)", {"A": True}),
        ("age_hours(A)", {"A": "2027-01-01T00:00:00Z"}),
        ("age_hours(A)", {"A": 1e300}),
        ("glob(A, B)", {"A": "x", "B": [1]}),
        ("sum(A)", {"A": ["1"]}),
        ("ceil(A)", {"A": float("inf")}),
        ("public_statements(A)", {"A": "not JSON"}),
        ("public_statements(A)", {"A": []}),
        ("principals_outside(A, B)", {"A": None, "B": None}),
    ],
)
def test_values_that_do_not_exist(text: str, data: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="has no value here"):
        value(text, data)


def test_a_function_that_breaks_gives_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_policy: object) -> bool:
        raise KeyError("Statement")

    monkeypatch.setattr(policy_documents, "denies_insecure_transport", broken)
    with pytest.raises(UsageError, match="Statement"):
        value("denies_insecure_transport(A)", {"A": {}})


def test_ages() -> None:
    data: dict[str, Any] = {
        "Text": "2026-11-19T07:00:00Z",
        "Offset": "2026-11-19T08:00:00+01:00",
        "Bare": "2026-11-19T07:00:00",
        "Millis": int((NOW - timedelta(hours=24)).timestamp() * 1000),
        "Null": None,
        "AfterStart": "2026-11-20T08:00:00Z",
    }
    for name in ("Text", "Offset", "Bare", "Millis"):
        assert value(f"age_hours({name})", data) == 24
        assert value(f"age_days({name})", data) == 1
    assert value("age_hours(Null)", data) is None
    assert value("age_hours(Null) <= `24`", data) is None
    assert value("age_hours(AfterStart)", data) == -1


@pytest.mark.parametrize(
    ("text", "patterns", "expected"),
    [
        ("audit-logs", "audit-*", True),
        ("audit-logs", "Audit-*", False),
        ("audit-logs", "audit", False),
        ("a.b", "a?b", True),
        ("[x]", "[x]", True),
        ("x", "[x]", False),
        ("b", ["a", "b"], True),
        ("c", [], False),
        (None, "a", None),
        ("a", None, None),
    ],
)
def test_glob(text: str | None, patterns: Any, expected: bool | None) -> None:
    assert value("glob(A, B)", {"A": text, "B": patterns}) is expected


def test_glob_does_not_backtrack() -> None:
    assert value("glob(A, $p)", {"A": "a" * 3000}, p="*a" * 200 + "b") is False


def test_arn_parts() -> None:
    data = {"Key": "arn:aws:kms:eu-west-1:111122223333:key/1", "Bucket": "arn:aws:s3:::b", "Name": "b", "No": None}
    assert value("arn_account(Key)", data) == "111122223333"
    assert value("arn_region(Key)", data) == "eu-west-1"
    assert [
        value(f"arn_{part}({name})", data) for part in ("account", "region") for name in ("Bucket", "Name", "No")
    ] == [None] * 6


def test_difference_tells_types_apart() -> None:
    data = {"A": [1, True, "1", {"b": [1]}, None], "B": [True, {"b": [1]}]}
    assert value("difference(A, B)", data) == [1, "1", None]
    assert value("difference(A, Missing)", data) is None


def test_a_null_policy_grants_and_refuses_nothing() -> None:
    data = {"Policy": None}
    assert value("public_statements(Policy)", data) == []
    assert value("denies_insecure_transport(Policy)", data) is False
    assert value("service_allowed(Policy, 'sns.amazonaws.com', 'a:b', 'c', ['d'])", data) is False


def test_policy_functions_read_text_and_objects() -> None:
    statement = {"Sid": "S", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    text = '{"Statement": {"Sid": "S", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}}'
    for policy in ({"Statement": [statement]}, text):
        assert [item["Sid"] for item in value("public_statements(P)", {"P": policy})] == ["S"]
        assert value("public_statements_about(P, ['s3:PutObject'])", {"P": policy}) == []
        assert value("principals_outside(P, ['111122223333'])", {"P": policy}) == ["*"]
        assert len(value("grants_to_others(P, ['s3:GetObject'], ['arn:aws:s3:::b/k'], ['1'])", {"P": policy})) == 1
        for call in ("service_grants(P, S, A)", "unbound_service_grants(P, S, A, ['111122223333'])"):
            found = value(call, {"P": policy, "S": "cloudtrail.amazonaws.com", "A": "s3:GetObject"})
            assert [item["Sid"] for item in found] == ["S"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Gone && Yes", UNKNOWN),
        ("Gone && No", False),
        ("No && Gone", False),
        ("Yes && Gone", UNKNOWN),
        ("Gone || Yes", UNKNOWN),
        ("Gone == `1` || Yes", True),
        ("contains(Gone, 'x') || Yes", True),
        ("!Gone || Yes", True),
        ("Yes || Gone", True),
        ("No || Gone", UNKNOWN),
        ("Gone || No", UNKNOWN),
        ("!Gone", UNKNOWN),
        ("!(Gone && No)", True),
        ("!(Gone.x == `1` || Yes)", False),
        ("(Gone && Yes) && No", False),
        ("Gone == Yes", UNKNOWN),
        ("[Gone][0]", UNKNOWN),
        ("@.Yes", UNKNOWN),
        ("Yes", True),
        ("Text || Gone", "text"),
        ("Nothing || Gone", UNKNOWN),
    ],
)
def test_missing_facts(text: str, expected: Any) -> None:
    data: dict[str, JsonValue] = {"Yes": True, "No": False, "Text": "text", "Nothing": None}
    decided = compile_expression(text, {}).decide(data, NOW, {"Gone"})
    assert decided is expected or decided == expected != UNKNOWN


def test_an_operand_that_breaks_behind_an_unknown_one_is_unknown() -> None:
    assert compile_expression("Gone && length(A) > `0`", {}).decide({"A": None}, NOW, {"Gone"}) is UNKNOWN
    with pytest.raises(UsageError):
        compile_expression("length(A) > `0` && Gone", {}).decide({"A": None}, NOW, {"Gone"})


def test_nothing_missing_is_plain_evaluation() -> None:
    assert compile_expression("@.A", {}).decide({"A": True}, NOW, ()) is True


def test_the_page_lists_exactly_our_functions() -> None:
    page = (ROOT / "docs" / "expressions.md").read_text(encoding="utf-8")
    listed = {
        line.split("`")[1].partition("(")[0] for line in page.splitlines() if line.startswith("| `") and "(" in line
    }
    from_jmespath = set(type(RuleFunctions(NOW)).__mro__[1].__dict__["FUNCTION_TABLE"])
    ours = set(RuleFunctions.FUNCTION_TABLE) - from_jmespath
    assert listed == ours
    assert len(ours) >= 14
