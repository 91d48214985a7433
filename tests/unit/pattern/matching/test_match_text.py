"""Terms, space-delimited patterns and stand-alone regular expressions against messages."""

import pytest

from scanner.pattern import matches, parse
from scanner.pattern.matching.space_match import split_fields


@pytest.mark.parametrize("message", ["", " ", "x", "{}", "\ud800"])
@pytest.mark.parametrize("text", ["", "  "])
def test_the_empty_pattern_matches_everything(text: str, message: str) -> None:
    assert matches(parse(text), message)


@pytest.mark.parametrize(
    ("text", "matching", "others"),
    [
        ("ERROR", ["ERROR", "xERRORS", "[ERROR]"], ["error", "ERRO R", ""]),
        ("ERROR timeout", ["timeout ERROR"], ["ERROR", "timeout"]),
        ("ERROR -timeout", ["ERROR"], ["ERROR timeout", "x"]),
        ("-a -b", ["c", ""], ["a", "cb"]),
        ("?a ?b", ["a", "xb"], ["c", ""]),
        ("?a b", ["b"], ["a"]),
        ("?a -b", ["c", "a"], ["b"]),
        ("a-b", ["a"], ["a-b", "b"]),
        ('"two  words"', ["x two  words"], ["two words"]),
        ('" "', [" ", "a b"], ["", "ab", "a\tb"]),
        ('"ERR*"', ["ERR*"], ["ERROR"]),
        (r'"\"a\""', ['{"a":1}'], ["{'a':1}", r"\"a\""[1:3]]),
        ("DeleteTrail", ['{"eventName":"DeleteTrail"}'], ['{"eventName":"StopLogging"}']),
        ("1.0", ["v1.0"], ["110"]),
        ("café", ["café"], ["cafe"]),
    ],
)
def test_terms(text: str, matching: list[str], others: list[str]) -> None:
    pattern = parse(text)
    assert [message for message in matching if not matches(pattern, message)] == []
    assert [message for message in others if matches(pattern, message)] == []


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ("", []),
        (" \t ", []),
        ("a b\tc", ["a", "b", "c"]),
        ("  a  b ", ["a", "b"]),
        ('a "b c" d', ["a", "b c", "d"]),
        ("a [b c] d", ["a", "b c", "d"]),
        ('"" []', ["", ""]),
        ('"[a" [b"]', ["[a", 'b"']),
        ('a "b c', ["a", '"b', "c"]),
        ("a [b c", ["a", "[b", "c"]),
        ('a "b"c d', ["a", "b", "c", "d"]),
        ('a="b c" d', ['a="b', 'c"', "d"]),
        ("a\nb c", ["a\nb", "c"]),
        ("[a [b] c]", ["a [b", "c]"]),
        ('[a "b] c"', ['a "b', 'c"']),
    ],
)
def test_fields_of_a_message(message: str, fields: list[str]) -> None:
    assert [text for text, _ in split_fields(message)] == fields


@pytest.mark.parametrize(
    ("text", "matching", "others"),
    [
        ("[]", ["", "a", "a b"], []),
        ("[...]", ["", "a", "a b"], []),
        ("[a]", ["x", "x y", '"x y"'], ["", " "]),
        ("[a, b]", ["x y", "x y z", 'x "y'], ["x", '"x y"', "[x y]"]),
        ("[, b,]", ["x y z", "w x y z"], ["x y"]),
        ("[a, ...]", ["x", "x y"], [""]),
        ("[..., a]", ["x", "x y"], [""]),
        ("[a, ..., b]", ["x y", "x y z"], ["x"]),
        ("[a=x, b]", ["x y", '"x" y', "[x] y"], ["xx y", "y x", "x"]),
        ("[..., a=x]", ["x", "y x", "x x"], ["x y"]),
        ("[a=x, ...]", ["x", "x y"], ["y x"]),
        ("[a, ..., b=x]", ["y x", "x y z x"], ["x", "x y"]),
        ("[..., a=x, b]", ["x y", "w x y"], ["x y z"]),
        ("[a, b=y]", ["x y", 'x "y"', "x y "], ["x y z"]),
        ('[a, b="y  z"]', ["x y  z", 'x "y  z"', "x y  z\t "], ["x y z", "x y"]),
        ('[a, b="\\"y\\" z"]', ['x "y" z'], ["x y z"]),
        ("[a=*.html*, b]", ["x.html y", '"GET /x.html HTTP" y'], ["x.htm y"]),
        ("[a=4*]", ["404", "4"], ["504"]),
        ("[a!=x]", ["y", "xx"], ["x", ""]),
        ("[a=x || a=y, b]", ["x z", "y z"], ["z x"]),
        ("[a=4* && a!=403, b]", ["404 x", "4x x"], ["403 x", "403.0 x", "504 x"]),
        ("[a=1 || a=2 && a!=2]", ["1"], ["2"]),
        ("[a=1, ...]", ["1", "1.0", "1e0", "01", "+1"], ["2", "one", "1x"]),
        ('[a="1", ...]', ["1"], ["1.0", "01"]),
        ("[a!=1, ...]", ["2", "one"], ["1", "1.0"]),
        ("[a>1000]", ["1000.5", "1e4", "9999999999999999999999"], ["1000", "x", "1e99999999999999999999", ""]),
        ("[a<=-1]", ["-1", "-1.0", "-2"], ["0", "-", "--1"]),
        ("[a=%^E.R%, ...]", ["ERROR", "EXR x"], ["xERR"]),
        ("[a!=%R%, ...]", ["x"], ["ERROR"]),
    ],
)
def test_space_delimited(text: str, matching: list[str], others: list[str]) -> None:
    pattern = parse(text)
    assert [message for message in matching if not matches(pattern, message)] == []
    assert [message for message in others if matches(pattern, message)] == []


@pytest.mark.parametrize("opening", ["[ ", "[ x ", "[\t"])
def test_unclosed_brackets_by_the_thousand(opening: str) -> None:
    message = opening * 100_000
    assert [text for text, _ in split_fields(message)] == message.split()
