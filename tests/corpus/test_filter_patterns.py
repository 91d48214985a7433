"""The parser and the matcher against AWS: results of TestMetricFilter, documented examples, real patterns."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from scanner.pattern import PatternError, matches, parse, print_pattern

Rows = list[dict[str, Any]]


def read(corpus: Path, name: str) -> Rows:
    lines = (corpus / "filter-patterns" / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def matched(row: dict[str, Any], **reading: Any) -> list[int]:
    pattern = parse(row["filterPattern"])
    return [number for number, message in enumerate(row["logEventMessages"], 1) if matches(pattern, message, **reading)]


def matched_wrongly(rows: Rows) -> list[str]:
    """The ids of examples of which other messages are matched than AWS says."""
    return [row["id"] for row in rows if matched(row) != row["matched"]]


def rejection(text: str) -> str | None:
    try:
        parse(text)
    except PatternError as error:
        return error.message
    return None


def test_every_result_of_the_live_service(corpus: Path) -> None:
    rows = [row for row in read(corpus, "live.jsonl") if "matched" in row]
    assert len(rows) >= 60
    assert matched_wrongly(rows) == []


def test_every_rejection_of_the_live_service_in_its_words(corpus: Path) -> None:
    rows = [row for row in read(corpus, "live.jsonl") if "error" in row]
    assert len(rows) >= 25
    ours = {row["id"]: rejection(row["filterPattern"]) or "accepted" for row in rows}
    theirs = {row["id"]: row["error"]["message"].removesuffix(".") for row in rows}
    assert {row: text for row, text in ours.items() if not text.startswith(theirs[row])} == {}


def test_every_documented_example(corpus: Path) -> None:
    rows = [
        row
        for row in read(corpus, "documented.jsonl")
        if "matched" in row and not row["known_doc_error"] and not row["open_question"]
    ]
    assert len(rows) >= 75
    assert matched_wrongly(rows) == []


def test_every_documented_rejection(corpus: Path) -> None:
    rows = [row for row in read(corpus, "documented.jsonl") if "error" in row]
    assert rows
    assert [row["id"] for row in rows if rejection(row["filterPattern"]) is None] == []


def test_errors_of_the_documentation_are_not_repeated(corpus: Path) -> None:
    rows = [row for row in read(corpus, "documented.jsonl") if row["known_doc_error"]]
    assert len(rows) == 3
    for row in rows:
        named = re.search(r"message (\d+)", row["note"])
        wrong = {int(named.group(1)) if named else 1}
        assert set(matched(row)) == set(row["matched"]) ^ wrong, row["id"]


def test_the_open_question_has_both_answers(corpus: Path) -> None:
    rows = [row for row in read(corpus, "documented.jsonl") if row["open_question"]]
    assert rows
    for row in rows:
        assert matched(row, midglob="literal") == row["matched"], row["id"]
        assert set(matched(row)) > set(row["matched"]), row["id"]


def test_patterns_found_in_the_wild(corpus: Path) -> None:
    for row in read(corpus, "real.jsonl"):
        text = row["pattern"]
        assert (rejection(text) is not None) is (row["verdict_vs_cis"] == "invalid"), row["id"]
        if row["verdict_vs_cis"] == "invalid":
            continue
        pattern = parse(text)
        if row["counterexample"] is not None:
            assert not matches(pattern, json.dumps(row["counterexample"])), row["id"]
        if row["extra_example"] is not None:
            assert matches(pattern, json.dumps(row["extra_example"])), row["id"]


@pytest.mark.parametrize("name", ["live.jsonl", "documented.jsonl", "real.jsonl"])
def test_canonical_texts_mean_the_same(corpus: Path, name: str) -> None:
    for row in read(corpus, name):
        text = row["pattern"] if name == "real.jsonl" else row["filterPattern"]
        if rejection(text) is None:
            pattern = parse(text)
            assert parse(print_pattern(pattern)) == pattern, row["id"]
