"""The restricted regular expressions: their tree, what they find, and what is rejected."""

import re

import pytest

from scanner.pattern import PatternError, matches, parse
from scanner.pattern.language.values.regex import (
    LAST_CODE_POINT,
    Alternate,
    Chars,
    Concat,
    End,
    Node,
    Range,
    Repeat,
    Start,
    complement,
    parse_regex,
    to_python,
    union,
)
from scanner.pattern.matching.regex_search import AFFORDABLE_STEPS, searcher


def plain(source: str) -> re.Pattern[str]:
    """The expression as Python's own search understands it."""
    return re.compile(to_python(parse_regex(source)))


def chars(*spellings: str) -> Chars:
    return Chars(tuple((ord(text[0]), ord(text[-1])) for text in spellings))


A, B, C = chars("a"), chars("b"), chars("c")


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("a", A),
        ("abc", Concat((A, B, C))),
        ("a|b", Alternate((A, B))),
        ("a|bc|", Alternate((A, Concat((B, C)), Concat(())))),
        ("^a$", Concat((Start(), A, End()))),
        ("a*", Repeat(A, 0, None, lazy=False)),
        ("a+?", Repeat(A, 1, None, lazy=True)),
        ("a??", Repeat(A, 0, 1, lazy=True)),
        ("a{2}", Repeat(A, 2, 2, lazy=False)),
        ("a{2,}", Repeat(A, 2, None, lazy=False)),
        ("a{2,5}?", Repeat(A, 2, 5, lazy=True)),
        ("a{1000}", Repeat(A, 1000, 1000, lazy=False)),
        ("a{,2}", Concat((A, chars("{"), chars(","), chars("2"), chars("}")))),
        ("a{", Concat((A, chars("{")))),
        ("^*", Repeat(Start(), 0, None, lazy=False)),
        (".", Chars(((0, 9), (11, LAST_CODE_POINT)))),
        ("[abx-z]", chars("ab", "xz")),
        ("[^a]", Chars(((0, 96), (98, LAST_CODE_POINT)))),
        ("[]a]", chars("]", "a")),
        ("[^]]", Chars(((0, 92), (94, LAST_CODE_POINT)))),
        ("[a-]", chars("-", "a")),
        ("[-a]", chars("-", "a")),
        ("[a^.*$]", chars("$", "*", ".", "^", "a")),
        (r"[\d_]", chars("09", "_")),
        (r"[\]\\\-]", chars("-", r"\]")),
        (r"[\x41-\x43]", chars("AC")),
        ("[[:alpha:]1]", chars("1", "AZ", "az")),
        ("[[:^digit:]]", Chars(complement([(48, 57)]))),
        ("[[a]", chars("[", "a")),
        (r"\d", chars("09")),
        (r"\w", chars("09", "AZ", "_", "az")),
        (r"\s", Chars(((9, 10), (12, 13), (32, 32)))),
        (r"\x28\x7d", Concat((chars("("), chars("}")))),
        (r"\.\ \-", Concat((chars("."), chars(" "), chars("-")))),
    ],
)
def test_trees(source: str, tree: Node) -> None:
    assert parse_regex(source) == tree


@pytest.mark.parametrize(
    ("source", "message", "fault", "hint"),
    [
        ("", "Invalid character(s) in term '%%'", "%%", "between"),
        ("(ab)+", "Invalid character(s) in term '%('", "(", r"\x28"),
        ("ab)", "Invalid character(s) in term '%ab)'", ")", r"\x29"),
        (r"\(", r"Invalid character(s) in term '%\('", "(", r"\x28"),
        ("café", "Invalid character(s) in term '%café'", "é", r"\xE9"),
        ("a✓", "Invalid character(s) in term '%a✓'", "✓", "are."),
        ("!", "Invalid character(s) in term '%!'", "!", r"\x21"),
        ("[a&&b]", "Invalid character(s) in term '%[a&'", "&", r"\x26"),
        ("a\tb", "Invalid character(s) in term '%a\t'", "\t", r"\x09"),
        (r"\p", "Failed to compile regular expression", r"\p", r"\d \D"),
        (r"\b", "Failed to compile regular expression", r"\b", r"\d \D"),
        (r"\1", "Failed to compile regular expression", r"\1", r"\d \D"),
        (r"\x4", "Failed to compile regular expression", r"\x", r"\x28"),
        (r"\x4g", "Failed to compile regular expression", r"\x", r"\x28"),
        ("a\\", "Failed to compile regular expression", "\\%", r"\x25"),
        ("[z-a]", "Failed to compile regular expression", "z-a", "smaller"),
        (r"[a-\d]", "Failed to compile regular expression", r"a-\d", "smaller"),
        ("[abc", "Failed to compile regular expression", "[abc", "]"),
        ("[]", "Failed to compile regular expression", "[]", "]"),
        ("[[:name:]]", "Failed to compile regular expression", "[:name:]", ""),
        ("*a", "Failed to compile regular expression", "*", "before"),
        ("a|+", "Failed to compile regular expression", "+", "before"),
        ("{2}", "Failed to compile regular expression", "{2}", "before"),
        ("a**", "Failed to compile regular expression", "**", "keep one"),
        ("a++", "Failed to compile regular expression", "++", "keep one"),
        ("a+?{2}", "Failed to compile regular expression", "+?{2}", "keep one"),
        ("a{2}{3}", "Failed to compile regular expression", "{2}{3}", "keep one"),
        ("a{1001}", "Failed to compile regular expression", "{1001}", "1000"),
        ("a{3,2}", "Failed to compile regular expression", "{3,2}", "upwards"),
    ],
)
def test_rejected(source: str, message: str, fault: str, hint: str) -> None:
    for text, offset in ((f"%{source}%", 1), (f"{{ $.a = %{source}% }}", 9)):
        with pytest.raises(PatternError) as caught:
            parse(text)
        assert caught.value.message.startswith(message)
        assert text[slice(*caught.value.span)] == fault
        assert caught.value.span[0] >= offset - 1
        assert hint in caught.value.hint
    with pytest.raises(PatternError):
        searcher(source)


@pytest.mark.parametrize(
    ("source", "matching", "others"),
    [
        ("a.b", ["a b", "axb", "a\rb", "xa-bx"], ["a\nb", "ab"]),
        ("^[hc]at", ["hat", "cats"], ["that", "\nhat"]),
        ("at$", ["hat"], ["hats", "hat\n"]),
        ("^$", [""], ["a", "\n"]),
        (r"\w+", ["café", "_"], ["é", "-"]),
        (r"^\d$", ["5"], ["٣", "55"]),
        (r"^\S$", ["é", "\x0b", "\u00a0"], [" ", "\t"]),
        ("gra|ey", ["gray", "grey"], ["gry"]),
        ("^a|b$", ["ax", "xb"], ["xa", "bx"]),
        ("a{3,5}", ["aaa", "aaaaaaa"], ["aa"]),
        ("a|", ["", "x"], []),
        ("x*", ["", "y"], []),
        ("a$b", [], ["ab", "a$b"]),
        ("b^a", [], ["ba"]),
        ("b*^a", ["a"], ["ba"]),
        ("[^a]", ["b", "\n", "é", "\U0001f600"], ["a", ""]),
        (r"\x28", ["("], ["x"]),
        (r"\x25", ["100%"], ["100"]),
    ],
)
def test_searches(source: str, matching: list[str], others: list[str]) -> None:
    pattern = parse(f"%{source}%")
    compiled = plain(source)
    assert [text for text in matching if not matches(pattern, text)] == []
    assert [text for text in others if matches(pattern, text)] == []
    assert [text for text in matching if not compiled.search(text)] == []
    assert [text for text in others if compiled.search(text)] == []


@pytest.mark.parametrize(
    ("source", "unit", "ending"),
    [
        ("a.*b.*c", "ab", "c"),
        ("x[ax]*c", "xa", "c"),
        ("a.*a.*a.*a.*b$", "a", "b"),
        ("a?" * 60 + "b", "a", "b"),
        ("[ab]{0,900}a[ab]{0,900}c", "ab", "c"),
        ("^x.*a.*b.*z", "xab", "z"),
    ],
)
def test_hard_expressions_stay_fast_on_long_messages(source: str, unit: str, ending: str) -> None:
    # Backtracking would take hours here; the answers on short texts are those of ``re``.
    text = unit * 20_000
    holds = searcher(source)
    assert len(text) ** 2 > AFFORDABLE_STEPS
    assert not holds(text)
    assert holds(text + ending)
    for short in (unit, unit * 3, unit * 3 + ending, ending, ""):
        assert holds(short) is (plain(source).search(short) is not None)


def test_ranges() -> None:
    ranges: tuple[Range, ...] = ((5, 9), (1, 3), (4, 4), (20, 30), (25, 26))
    assert union(ranges) == ((1, 9), (20, 30))
    assert complement(ranges) == ((0, 0), (10, 19), (31, LAST_CODE_POINT))
    assert complement(()) == ((0, LAST_CODE_POINT),)
    assert complement(((0, LAST_CODE_POINT),)) == ()


def test_nothing_is_in_an_empty_class() -> None:
    nothing = r"[^\d\D]"
    assert parse_regex(nothing) == Chars(())
    assert not searcher(nothing)("a")
    assert plain(nothing).search("a") is None
