"""Coverage by filters that look at the raw text of events, and of such patterns."""

import json

import pytest

from scanner.pattern import covers, matches, parse

STOP = "{ $.eventSource = cloudtrail.amazonaws.com && $.eventName = StopLogging }"


def verdict(required: str, *deployed: str) -> str:
    wanted, filters = parse(required), [parse(text) for text in deployed]
    answer = covers(wanted, filters)
    if answer.witness is not None:
        message = json.dumps(answer.witness, separators=(",", ":"))
        assert matches(wanted, message)
        assert not any(matches(pattern, message) for pattern in filters)
    return answer.verdict


@pytest.mark.parametrize(
    ("required", "deployed", "answer"),
    [
        (STOP, "StopLogging", "covered"),
        (STOP, "Logging cloudtrail", "covered"),
        (STOP, '"cloudtrail.amazonaws.com" eventName', "covered"),
        (STOP, "?Foo ?StopLogging", "covered"),
        (STOP, "stoplogging", "not_covered"),
        (STOP, "StopLogging DeleteTrail", "not_covered"),
        (STOP, "StopLogging -error", "undetermined"),
        (STOP, "-error", "undetermined"),
        ("{ $.eventName = Stop* }", "Stop", "covered"),
        ("{ $.eventName = Stop* }", "StopLogging", "not_covered"),
        ("{ $.eventName = *x || $.eventName = StopLogging }", "StopLogging", "not_covered"),
        ('{ $.a = "a/b" }', '"a/b"', "undetermined"),  # a / may be written \\/
        ("{ $.a = 1000.0 }", '"1000.0"', "undetermined"),  # the number may be written 1e3
        ('{ $.a = "1000.0" }', '"1000.0"', "undetermined"),
        ("{ $.a != x }", "x", "not_covered"),
        (STOP, "%Stop[A-Z]%", "covered"),
        (STOP, "%^Stop%", "not_covered"),
        (STOP, "%^.*Stop%", "undetermined"),
        (STOP, "[]", "covered"),
        (STOP, "[record]", "covered"),
        (STOP, "[..., last]", "covered"),
        (STOP, "[first, ...]", "covered"),
        (STOP, "[first, second]", "not_covered"),
        (STOP, "[record=*StopLogging*]", "undetermined"),
        (STOP, "", "covered"),
        ("", "{ $.a = b }", "not_covered"),
        ("", "", "covered"),
        ("", "[]", "covered"),
        ("", "{ $.a = * || $.a NOT EXISTS }", "not_covered"),
        ("ERROR timeout", "ERROR", "covered"),
        ("ERROR", "ERROR timeout", "not_covered"),
        ("ERRORS", "ERROR", "covered"),
        ("ERROR -debugging", "ERROR -debugging", "covered"),
        ("ERROR -bug", "ERROR -debugging", "covered"),
        ("ERROR -debugging", "ERROR -bug", "undetermined"),
        ("?ERROR ?WARNING", "?ERROR ?WARN", "covered"),
        ("?ERROR ?WARN", "?ERROR ?WARNING", "undetermined"),
        ("ERROR", "%ERR%", "covered"),
        ("ERROR", "%^ERR%", "not_covered"),
        ("ERROR", "[x]", "covered"),
        ('" "', "[x]", "undetermined"),
        ("ERROR", "{ $.a = b }", "not_covered"),
        ("%ERR%", "%ERR%", "covered"),
        ("%ERR%", "ERR", "undetermined"),
        ("[a=x, b]", "[a=x, b]", "covered"),
        ("[a=x, b]", "[a, b]", "undetermined"),
    ],
)  # fmt: skip
def test_verdicts(required: str, deployed: str, answer: str) -> None:
    assert verdict(required, deployed) == answer


def test_text_and_json_filters_together() -> None:
    required = "{ $.eventName = StopLogging || $.eventName = DeleteTrail || $.eventName = CreateTrail }"
    assert verdict(required, "StopLogging", "{ $.eventName = *Trail }") == "covered"
    answer = covers(parse(required), [parse("StopLogging"), parse("{ $.eventName = DeleteTrail }")])
    assert answer.missed == ("CreateTrail",)


def test_undetermined_says_why() -> None:
    answer = covers(parse(STOP), [parse("StopLogging -error")])
    assert answer.reason.startswith("StopLogging: a filter on the raw text matches the examples tried")
