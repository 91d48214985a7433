"""Expressions in the dialect of filter patterns find what the expressions of Sigma rules find."""

import re
from ipaddress import IPv4Network

import pytest

from scanner.pattern.matching.regex_search import searcher
from scanner.sigma.conditions.formula import Pieces, Wild
from scanner.sigma.conditions.regexes import network_sources, regex_sources, text_source
from scanner.sigma.outcome import Unsayable

SAMPLES = [
    *(
        "",
        "a",
        "A",
        "b",
        "ab",
        "AB",
        "aB",
        "abc",
        "xaby",
        "a.b",
        "a(b",
        "a)b",
        "a%b",
        "100%",
        "a\nb",
        "a\tb",
        "a b",
        "aab",
    ),
    *(
        "user/admin",
        "USER/ADMIN",
        "role-x",
        "role_x",
        "role1",
        "z9",
        "Z9",
        "k",
        "K",
        "]",
        "[",
        "^",
        "-",
        "\\",
        "a\\b",
        "é",
        "É",
    ),
    *(
        "arn:aws:iam::111122223333:role/x",
        "foo bar",
        "foobar",
        "foo",
        "bar",
        "fooXbar",
        "0",
        "5",
        "12",
        "123",
        "1234",
        "m",
        "{2}",
    ),
]
SOURCES = [
    *(
        "a",
        "^a$",
        "a|b",
        "^(a|b)$",
        "x?(?:a|b)c?",
        "(a|b)(c|)",
        "a.b",
        "a\\.b",
        "a\\(b",
        "[a-c]+",
        "[^a-c]",
        "\\d{2,3}",
    ),
    *(
        "^\\w+/\\w+$",
        "[%(]",
        "%",
        "\\s",
        "role[-_]x",
        "role[\\w-]",
        "[]a]",
        "[^]a]",
        "\\x41",
        "a\\\\b",
        "^\\D*$",
        "foo( |)bar",
    ),
    *(
        "(foo|bar|)x",
        "\\Aa\\Z",
        "a{2}",
        "a+?b",
        "[.]b",
        "[A-Z]9",
        "[é]",
        "é",
        "(?i)user",
        "(?s)a.b",
        "(?is)A.B",
        "((a|b)|c)",
    ),
    *("^[a-z]$", "[k-m]", "[\\x5b\\x5d]", "\\t", "a-b|c", "^$", "\\{2\\}", "x*"),
]


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize("source", SOURCES)
def test_finds_the_same(source: str, *, folded: bool) -> None:
    found = regex_sources(source, folded=folded, dotall=False, multiline=False)
    tests = [searcher(one) if one else (lambda _: True) for one in found]
    ours = re.compile(source, re.ASCII | (re.IGNORECASE if folded else 0))
    for sample in SAMPLES:
        if folded and not sample.isascii():
            continue  # letter case is that of ASCII letters
        assert any(test(sample) for test in tests) == (ours.search(sample) is not None), (found, sample)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("(ab)+", "repeats a group"),
        ("(?=a)b", "looks around"),
        ("(?P<n>a)", "looks around"),
        ("a++", "possessive"),
        ("\\bfoo", "escape"),
        ("(a)\\1", "escape"),
        ("\\u0041", "escape"),
        ("(a", "not closed"),
        ("a)", "not open"),
        ("[a", "not closed"),
        ("[[:alpha:]]", "inside a class"),
        ("*a", "repeats nothing"),
        ("(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)", "alternatives"),
        ("(" * 30 + "a" + ")" * 30, "nested"),
        ("日", "cannot be written"),
        ("[日]", "cannot write"),
        ("[z-a]", "backwards"),
        ("(?x)a", "flags"),
    ],
)
def test_what_cannot_be_written_is_refused(source: str, why: str) -> None:
    with pytest.raises(Unsayable, match=why):
        regex_sources(source, folded=False, dotall=False, multiline=False)


def test_line_anchors_are_refused_and_dotall_is_written_out() -> None:
    with pytest.raises(Unsayable, match="lines"):
        regex_sources("^a", folded=False, dotall=False, multiline=True)
    assert regex_sources("ab", folded=False, dotall=False, multiline=True) == ("ab",)
    (source,) = regex_sources("a.b", folded=False, dotall=True, multiline=False)
    assert searcher(source)("a\nb")


@pytest.mark.parametrize(
    ("pieces", "same", "other"),
    [
        (("ab",), ("ab", "AB", "aB"), ("xab", "abx", "")),
        ((Wild.MANY, "ab"), ("ab", "x\nAb"), ("abx",)),
        (("ab", Wild.MANY), ("ab", "ABx"), ("xab",)),
        ((Wild.MANY, "ab", Wild.MANY), ("ab", "xABx"), ("ba",)),
        (("a", Wild.MANY, "b"), ("ab", "a\nxB"), ("abx", "xab")),
        (("a", Wild.ONE, "b"), ("a.b", "A\nb"), ("ab", "axxb")),
        (('50% (*) "q" [x] \\ é',), ('50% (*) "Q" [X] \\ é',), ('50% () "q" [x] \\ é',)),
        ((), ("",), ("a",)),
    ],
)
def test_texts_in_any_letter_case(pieces: Pieces, same: tuple[str, ...], other: tuple[str, ...]) -> None:
    holds = searcher(text_source(pieces, cased=False))
    assert all(map(holds, same))
    assert not any(map(holds, other))


def test_cased_texts_keep_their_case() -> None:
    holds = searcher(text_source(("Ab", Wild.ONE), cased=True))
    assert holds("Ab1")
    assert not holds("ab1")


@pytest.mark.parametrize(
    "text", ["10.0.0.0/8", "172.16.0.0/12", "192.0.2.0/25", "198.51.100.7/32", "0.0.0.0/0", "10.9.96.0/20"]
)
def test_networks(text: str) -> None:
    network = IPv4Network(text)
    tests = [searcher(source) for source in network_sources(network)]
    first, last = int(network.network_address), int(network.broadcast_address)
    around = {first - 1, first, first + 1, (first + last) // 2, last - 1, last, last + 1, first + 256, last - 256}
    around |= {(octet << 24) + (first & 0xFFFFFF) for octet in range(256)}
    around |= {(first & 0xFF00FFFF) + (octet << 16) for octet in range(256)}
    around |= {(first & 0xFFFF00FF) + (octet << 8) for octet in range(256)}
    around |= {(first & 0xFFFFFF00) + octet for octet in range(256)}
    for number in around:
        if 0 <= number < 2**32:
            address = ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
            assert any(test(address) for test in tests) == (first <= number <= last), address
    assert not any(
        test(other) for test in tests for other in ("", "AWS Internal", "10.evil.example", "::ffff:10.0.0.1")
    )
