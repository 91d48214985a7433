"""Automata accept what the matcher accepts, and their product finds every combination with a shortest string."""

from itertools import product

import pytest

from scanner.pattern.coverage.search.automata import Automaton, TooLargeError, classes, glob_automaton, regex_automaton
from scanner.pattern.language.values.globs import Reading, compile_glob, glob_pieces
from scanner.pattern.matching.regex_search import searcher

TEXTS = ["".join(letters) for length in range(5) for letters in product("ab1\n", repeat=length)]


@pytest.mark.parametrize(
    "source",
    [
        *(
            "a",
            "^a",
            "a$",
            "^a$",
            "^a|b$",
            "^$",
            "$",
            "^",
            "x^",
            "a$b",
            "$^",
            "a{2,3}",
            "a{2}",
            "ba",
            ".",
        ),
        *("..", "[^a]", "[^a]+$", r"\d", r"\D$", "a?b", "a*?b", "a|", "|", "[ab]1", "^[ab]*1$", "a{0}", "a{1,}b"),
    ],
)
def test_regex_automata_search_like_the_matcher(source: str) -> None:
    automaton, search = regex_automaton(source), searcher(source)
    assert [text for text in TEXTS if automaton.accepts(text) is not search(text)] == []


@pytest.mark.parametrize("text", ["a", "", "*", "a*", "*a", "*a*", "a*b", "*a*b*", "**", "a**1"])
@pytest.mark.parametrize("reading", ["wildcard", "literal"])
def test_glob_automata_match_like_the_matcher(text: str, reading: Reading) -> None:
    automaton, holds = glob_automaton(glob_pieces(text, reading)), compile_glob(text, reading)
    assert [each for each in TEXTS if automaton.accepts(each) is not holds(each)] == []


def glob(text: str) -> Automaton:
    return glob_automaton(glob_pieces(text))


def test_classes_of_nothing_are_one() -> None:
    assert classes([], []).words == {0: ""}
    assert len(classes([], [""]).words[0]) == 1


def test_classes_find_every_combination_with_a_short_word() -> None:
    found = classes([glob("ab*"), glob("*b"), regex_automaton("1")], [])
    assert found.complete
    assert found.words == {
        0b000: "",
        0b001: "aba",
        0b010: "b",
        0b011: "ab",
        0b100: "1",
        0b101: "ab1",
        0b110: "1b",
        0b111: "ab1b",
    }


def test_classes_leave_out_combinations_that_cannot_be() -> None:
    assert set(classes([glob("a*"), glob("b*")], []).words) == {0b00, 0b01, 0b10}
    assert set(classes([glob("abc*"), glob("ab*")], []).words) == {0b00, 0b10, 0b11}
    assert set(classes([regex_automaton("^[0-9]+$"), regex_automaton("^[a-z]+$")], []).words) == {0b00, 0b01, 0b10}


def test_excluded_literals_are_no_words() -> None:
    literals = ["", "AccessDenied", "AccessDenieda", "AccessDeniede"]
    found = classes([glob("AccessDenied*")], literals)
    assert found.words == {0: "a", 1: "AccessDeniedb"}
    only = classes([regex_automaton("^ab?$")], ["a", "ab"])
    assert only.complete
    assert set(only.words) == {0}


def test_characters_beyond_ascii() -> None:
    found = classes([glob("é*"), regex_automaton(r"^[^\x00-\x7F]$")], [])
    assert set(found.words) == {0b00, 0b01, 0b10, 0b11}
    assert found.words[0b11] == "é"


def test_a_product_too_large_is_cut_short() -> None:
    found = classes([glob(f"*x{number}*") for number in range(40)], [])
    assert not found.complete
    assert all(
        bool(vector >> place & 1) == (f"x{place}" in word)
        for vector, word in found.words.items()
        for place in range(10)
    )


def test_a_regex_too_large_is_refused() -> None:
    with pytest.raises(TooLargeError):
        regex_automaton("a{1000}b{1000}")
