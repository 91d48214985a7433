"""Patterns with wildcards against a plain reading of them, each language's variant against the others."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.texts.globs import glob_covers, glob_match, globs_overlap, pieces_test

TEXT = st.text(alphabet="ab*?", max_size=5)
PLAIN = st.text(alphabet="ab", max_size=5)


@given(TEXT, TEXT, PLAIN)
def test_patterns_that_match_one_text_overlap(first: str, second: str, text: str) -> None:
    if glob_match(first, text) and glob_match(second, text):
        assert globs_overlap(first, second)


@given(TEXT, PLAIN)
def test_overlap_with_a_plain_text_is_matching_it(pattern: str, text: str) -> None:
    assert globs_overlap(pattern, text) == globs_overlap(text, pattern) == glob_match(pattern, text)


@given(TEXT, PLAIN)
def test_matching_is_what_a_regular_expression_says(pattern: str, text: str) -> None:
    source = pattern.replace("*", ".*").replace("?", ".")
    assert glob_match(pattern, text) == bool(re.fullmatch(source, text))


@given(TEXT, TEXT, PLAIN)
def test_what_covers_a_pattern_matches_all_it_matches(pattern: str, wanted: str, text: str) -> None:
    if glob_covers(pattern, wanted) and glob_match(wanted, text):
        assert glob_match(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "wanted", "covers"),
    [
        ("s3:*", "s3:*", True),
        ("s3:*", "S3:Get*", False),
        ("*", "s3:*", True),
        ("s3:????", "s3:*", False),
        ("s3:?*", "s3:*", False),
        ("s3:?*", "s3:?", True),
        ("s3:*Object", "s3:Get*Object", True),
        ("s3:Get*", "s3:*", False),
        ("*", "*a*a*a*", True),
        ("*", "*a*a*a*a*", False),
    ],
)
def test_covering(pattern: str, wanted: str, covers: bool) -> None:
    assert glob_covers(pattern, wanted) is covers


def test_a_hostile_pattern_is_decided_at_once() -> None:
    assert not glob_covers("*a" * 10_000 + "b", "arn:aws:s3:::logs/*/CloudTrail*")
    assert glob_covers("?*" * 10 + "*" * 10_000, "arn:aws:s3:::logs/*")
    assert not globs_overlap("*a" * 5_000 + "b", "arn:aws:s3:::logs/*/CloudTrail")


def test_a_pattern_full_of_stars_is_matched_at_once() -> None:
    assert not glob_match("*a" * 50 + "b", "a" * 5000)


def test_overlap_ignores_case_only_when_asked() -> None:
    assert not globs_overlap("S3:*", "s3:Get?")
    assert globs_overlap("S3:*", "s3:Get?", ignore_case=True)


@given(st.text(alphabet="ab*", max_size=6), PLAIN)
def test_without_question_marks_all_variants_agree(pattern: str, text: str) -> None:
    assert pieces_test(pattern.split("*"))(text) == glob_match(pattern, text)


def test_square_brackets_are_ordinary_characters() -> None:
    assert glob_match("a[b]*", "a[b]c")
    assert not glob_match("a[b]", "ab")


def test_a_star_between_pieces_takes_line_feeds_and_stars() -> None:
    assert pieces_test(("a*", "b"))("a*\n*b")
    assert not pieces_test(("a*", "b"))("ab")
