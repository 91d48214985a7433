"""What CloudWatch Logs rejects, with the words, the place and the advice an operator needs."""

import pytest

from scanner.pattern import PatternError, parse

CHARACTERS = "Invalid character(s) in term"
PATTERN = "Invalid metric filter pattern"

REJECTED = [
    # text, beginning of the message, the part of the text at fault, a word of the hint
    ("{ $.a = 'x' }", f"{CHARACTERS} '''", "'", 'Use double quotes: "x"'),
    ("{ $.a = 'x }", f"{CHARACTERS} '''", "'", "double quotes"),
    ("{ $.a == 1 }", PATTERN, "==", "single ="),
    ("{ $.a = b AND $.c = d }", PATTERN, "AND", "Write &&."),
    ("{ $.a = b or $.c = d }", PATTERN, "or", "Write ||."),
    ("{ $.a = b & $.c = d }", PATTERN, "&", "Write &&."),
    ("{ $.a = b | $.c = d }", PATTERN, "|", "Write ||."),
    ("{ $.a = Failed authentication }", PATTERN, "authentication", "double quotes"),
    ("{ ($.a = b }", PATTERN, "(", "missing )"),
    ("{ ($.a = b) && (($.c = d) }", PATTERN, "(", "missing )"),
    ("{ $.a = b) }", PATTERN, ")", "Remove"),
    ("{ ($.a = b) ($.c = d) }", PATTERN, "(", "&& or ||"),
    ("{ $.a = b $.c = d }", PATTERN, "$", "&& or ||"),
    ('{ $.a = "b" "c" }', f"{CHARACTERS} '\"'", '"', "&& or ||"),
    ('{ $.a = "b"c }', PATTERN, "c", "&& or ||"),
    ("{ $.a = b", PATTERN, "{", "End the pattern"),
    ("{ $.a = b } x", PATTERN, "x", "End the pattern"),
    ("{ $.a = b }}", PATTERN, "}", "End the pattern"),
    ("{ }", PATTERN, "}", "condition"),
    ("{", PATTERN, "", "condition"),
    ("{ () }", PATTERN, ")", "condition"),
    ("{ $.a = b && }", PATTERN, "}", "condition"),
    ("{ && $.a = b }", PATTERN, "&", "condition"),
    ("{ $.a = b || || $.c = d }", PATTERN, "|", "condition"),
    ("{ !($.a = b) }", PATTERN, "!", "!="),
    ("{ NOT $.a = b }", PATTERN, "NOT", "!="),
    ("{ a = b }", f"{CHARACTERS} 'a'", "a", "$."),
    ("{ eventName = b }", f"{CHARACTERS} 'eventName'", "eventName", "$."),
    ("{ $ = 2 }", f"{CHARACTERS} '$ '", "$ ", "$.name"),
    ("{ $eventName = b }", f"{CHARACTERS} '$e'", "$e", "$.name"),
    ("{ $[1] = b }", f"{CHARACTERS} '$['", "$[", "$.name"),
    ("{ $['a'] = b }", f"{CHARACTERS} '$['", "$[", "$.['the name']"),
    ('{ $.["a"] = b }', f"{CHARACTERS} '.[\"'", '.["', "single quotes"),
    ("{ $.a['b'] = b }", f"{CHARACTERS} '[''", "['", ".['the name']"),
    ("{ $.a[-1] = b }", f"{CHARACTERS} '[-'", "[-", "[0]"),
    ("{ $.a[1 = b }", f"{CHARACTERS} '[1 '", "[1 ", "[0]"),
    ("{ $.a[] = b }", f"{CHARACTERS} '[]'", "[]", "[0]"),
    ("{ $.a. = b }", f"{CHARACTERS} '. '", ". ", "Names"),
    ("{ $..a = b }", f"{CHARACTERS} '..'", "..", "Names"),
    ("{ $.é = b }", f"{CHARACTERS} '.é'", ".é", "Names"),
    ("{ $.a* = b }", PATTERN, "*", "Complete"),
    ("{ $.a }", PATTERN, "}", "Complete"),
    ("{ $.a", PATTERN, "", "Complete"),
    ("{ $.event Name = b }", PATTERN, "Name", "blank"),
    ("{ $.invokedByNOT EXISTS }", PATTERN, "EXISTS", "Put a blank"),
    ("{ $.invokedByIS NULL }", PATTERN, "NULL", "Put a blank"),
    ("{ $.a EXISTS }", PATTERN, "EXISTS", "$.field = *"),
    ("{ $.a IS NOT NULL }", PATTERN, "IS", "no IS NOT NULL"),
    ("{ $.a NOT NULL }", PATTERN, "NOT", "$.field = *"),
    ("{ $.a LIKE b }", PATTERN, "LIKE", "spelling"),
    ("{ $.a ~ b }", PATTERN, "~", "Complete"),
    ("{ $.a ! b }", PATTERN, "!", "!="),
    ("{ $.a =! b }", PATTERN, "=!", "operators"),
    ("{ $.a => 1 }", PATTERN, "=>", "operators"),
    ("{ $.a <> 1 }", PATTERN, "<>", "operators"),
    ("{ $.a = }", PATTERN, "}", "%a regex%"),
    ("{ $.a =", PATTERN, "", "%a regex%"),
    ("{ $.a = $.b }", PATTERN, "$", "text, a number"),
    ("{ $.a = null }", PATTERN, "null", "IS NULL"),
    ("{ $.a != NULL }", PATTERN, "NULL", "IS NULL"),
    ("{ $.a = arn:aws }", f"{CHARACTERS} ':'", ":", "double quotes"),
    ("{ $.a = a/b }", f"{CHARACTERS} '/'", "/", "double quotes"),
    ("{ $.a = @b }", f"{CHARACTERS} '@'", "@", "double quotes"),
    ("{ $.a = é }", f"{CHARACTERS} 'é'", "é", "double quotes"),
    ("{ $.a =\u00a0b }", CHARACTERS, "\u00a0", "ordinary blank"),
    ('{ $.a = b" }', f"{CHARACTERS} '\"'", '"', "whole value"),
    ('{ $.a = "b }', f"{CHARACTERS} '\"b }}'", '"b }', 'Put a "'),
    (r'{ $.a = "b\" }', CHARACTERS, r'"b\" }', 'Put a "'),
    ("{ $.a > foo }", f"{CHARACTERS} 'foo'", "foo", "bare number"),
    ('{ $.a >= "0" }', f"{CHARACTERS} '\"0\"'", '"0"', "bare number"),
    ("{ $.a < %1% }", f"{CHARACTERS} '%1%'", "%1%", "bare number"),
    ("{ $.a = 1e2147483648 }", PATTERN, "1e2147483648", "2147483647"),
    ("{ $.a > -1E-99999999999999999999 }", PATTERN, "-1E-99999999999999999999", "2147483647"),
    ("{ $.a[*].* = 2 }", "Your filter pattern has a JSON path selector that exceeds", "$.a[*].*", "one"),
    ("{ $.* = 1 || $.a.* = 1 || $.b.* = 1 || $.c.* = 1 }", "Your filter pattern exceeds", "$.c.*", "split"),
    ("{ $.a = %1% || $.b = %2% || $.c = %3% }", "Your input has exceeded the maximum of 2", "%3%", "split"),
    ("{ $.a = %1 }", f"{CHARACTERS} '%1 }}'", "%1 }", "Put a %"),
    ("{ $.a = %% }", f"{CHARACTERS} '%%'", "%%", "between"),
    ("{ $.a = %(b)% }", f"{CHARACTERS} '%('", "(", r"\x28"),
    ("ERR*", f"{CHARACTERS} '*'", "*", "leave the * out"),
    ("a/b", f"{CHARACTERS} '/'", "/", "double quotes"),
    ("a@b", f"{CHARACTERS} '@'", "@", "double quotes"),
    ("key:value", f"{CHARACTERS} ':'", ":", "double quotes"),
    ("!a", f"{CHARACTERS} '!'", "!", "double quotes"),
    ("'a b'", f"{CHARACTERS} '''", "'", "double quotes"),
    ('"ERROR', f"{CHARACTERS} '\"ERROR'", '"ERROR', 'Put a "'),
    ('""', f"{CHARACTERS} '\"\"'", '""', "blank"),
    ('a -""', f"{CHARACTERS} '\"\"'", '""', "blank"),
    ('"ERROR"WARN', PATTERN, "WARN", "blank"),
    ('ERROR"WARN"', PATTERN, '"WARN"', "blank"),
    ("-", PATTERN, "-", "right after"),
    ("a - b", PATTERN, "-", "right after"),
    ("--a", PATTERN, "-", "right after"),
    ("a ?", PATTERN, "?", "right after"),
    ("?%WARN%", f"{CHARACTERS} '%'", "%", "whole pattern"),
    ("ERROR %WARN%", f"{CHARACTERS} '%'", "%", "whole pattern"),
    ("%A% %B%", f"{CHARACTERS} ' '", " ", "|"),
    ("%A%B", f"{CHARACTERS} 'B'", "B", "|"),
    ("%A", f"{CHARACTERS} '%A'", "%A", "Put a %"),
    ("%", f"{CHARACTERS} '%'", "%", "Put a %"),
    ("[a, a]", "Duplicate field 'a'", "a", "own"),
    ("[a, ..., b, ...]", "Duplicate field '...'", "...", "once"),
    ("[1a]", f"{CHARACTERS} '1a'", "1a", "begin with"),
    ("[_a]", f"{CHARACTERS} '_a'", "_a", "begin with"),
    ("[a == 1]", PATTERN, "==", "single ="),
    ('[a>"1", b]', PATTERN, '"1"', "bare number"),
    ("[a=ERROR || b=one, b]", PATTERN, "b", "field b"),
    ("[a=1 AND a=2]", PATTERN, "AND", "&&"),
    ("[a=x OR a=y]", PATTERN, "OR", "||"),
    ("[a b]", PATTERN, "b", "commas"),
    ("[a", PATTERN, "[", "End the pattern"),
    ("[", PATTERN, "[", "End the pattern"),
    ("[a,", PATTERN, "[", "End the pattern"),
    ("[a=1 &&", PATTERN, "[", "End the pattern"),
    ("[a] b", PATTERN, "b", "End the pattern"),
    ("[a=b:c]", f"{CHARACTERS} ':'", ":", "double quotes"),
    ("[a=]", PATTERN, "]", "%a regex%"),
    ("[a='x']", f"{CHARACTERS} '''", "'", "double quotes"),
    ("[=1]", f"{CHARACTERS} '='", "=", "begin with"),
    ("[a=%1%, b=%2%, c=%3%]", "Your input has exceeded", "%3%", "split"),
]


@pytest.mark.parametrize(("text", "message", "fault", "hint"), REJECTED, ids=[row[0] for row in REJECTED])
def test_rejected(text: str, message: str, fault: str, hint: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse(text)
    error = caught.value
    assert error.message.startswith(message)
    assert error.message.endswith(".")
    assert hint in error.hint
    assert error.text == text
    assert text[slice(*error.span)] == fault


def test_one_character_too_many() -> None:
    with pytest.raises(PatternError, match="1025 characters") as caught:
        parse("x" * 1025)
    assert caught.value.span == (1024, 1025)


def test_the_caret_points_into_the_right_line() -> None:
    with pytest.raises(PatternError) as caught:
        parse("{ $.a = b &&\n  $.c == d }")
    assert caught.value.caret() == "  $.c == d }\n      ^^"


def test_a_long_term_is_cut_short_in_the_message() -> None:
    with pytest.raises(PatternError) as caught:
        parse('{ $.a = "' + "x" * 500)
    assert len(caught.value.message) < 150
    assert "x…'" in caught.value.message


def test_unclosed_parentheses_by_the_hundred() -> None:
    with pytest.raises(PatternError, match="this parenthesis is not closed"):
        parse("{" + "(" * 1000 + "$.a=x}")
