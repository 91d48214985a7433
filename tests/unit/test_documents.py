import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scanner.documents import MAX_BYTES, MAX_DEPTH, parse_json, parse_yaml, read_document
from scanner.errors import ContentError
from scanner.wording import did_you_mean, shown


def problems(text: str, *, merge: bool = False) -> tuple[str, ...]:
    with pytest.raises(ContentError) as caught:
        parse_yaml("f.yaml", text, merge=merge)
    return caught.value.problems


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("1:30", "1:30"),
        ("2026-11-20", "2026-11-20"),
        ("2026-11-20T07:00:00Z", "2026-11-20T07:00:00Z"),
        ("5.0.0", "5.0.0"),
        ("y", "y"),
        ("'yes'", "yes"),
        ("'012345670123'", "012345670123"),
        ("'111122223333'", "111122223333"),
        ("1795158000000", 1795158000000),
        ("=", "="),
    ],
)
def test_plain_scalars(scalar: str, value: Any) -> None:
    whole: Any = parse_yaml("f.yaml", f"a: {scalar}\n").value
    read = whole["a"]
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "scalar",
    [
        "yes",
        "No",
        "ON",
        "off",
        "True",
        "FALSE",
        "Null",
        "NULL",
        "~",
        "012345670123",
        "000000000001",
        "111122223333",
        "0x1F",
        "0o17",
        "0b101",
        "1_000",
        "+1",
        ".5",
        "5.",
        ".inf",
        "-.INF",
        ".nan",
        "1e999",
        "1" * 41,
    ],
)
def test_what_readers_disagree_about_asks_for_quotes(scalar: str) -> None:
    (problem,) = problems(f"a: 1\nb:\n  - {scalar}\n")
    assert problem.startswith("f.yaml:3:5: ")
    assert "quotes" in problem


def test_the_traps_are_real() -> None:
    loaded = yaml.safe_load("a: 012345670123\nb: yes\nc: 1:30\n")
    assert loaded == {"a": 1402433619, "b": True, "c": 90}


def test_every_mistake_of_a_file_at_once() -> None:
    assert problems("a: yes\nb: !x 1\na: 2\nc: *gone\n") == (
        "f.yaml:1:4: yes may be read as a boolean or as text; write true, or put it in quotes",
        "f.yaml:2:4: the tag '!x' is not allowed; values are plain text, numbers, lists, maps",
        "f.yaml:3:1: the key 'a' is here a second time; first in line 1",
        "f.yaml:4:4: the alias *gone names no value that is complete above it",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "f.yaml:1:1: the file is empty"),
        ("# only a comment\n", "f.yaml:1:1: the file is empty"),
        ("---\n", "f.yaml:2:1: the file is empty"),
        ("a:\n\t- b\n", "f.yaml:2:1: this is not YAML:"),
        ("a: [1, 2\n", "f.yaml:2:1: this is not YAML:"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document begins here; a file holds one"),
        ("a: !!python/object/apply:os.system [x]\n", "f.yaml:1:4: the tag"),
        ("a: &x [*x]\n", "f.yaml:1:8: the alias *x"),
        ("a: b\x00\n", "f.yaml:1:5: this is not text"),
        ("a: \x1b[31mred\n", "f.yaml:1:4: this is not text"),
        ('a: "\\ud83d"\n', "f.yaml:1:4: the text holds half of a character"),
        ('a: "\\UFFFFFFFF"\n', "f.yaml:1:1: this is not YAML:"),
        ("%YAML 3.0\n---\na: 1\n", "f.yaml:1:1: this is not YAML:"),
        ("1: a\n", "f.yaml:1:1: a key must be text"),
        ("true: a\n", "f.yaml:1:1: a key must be text"),
        ("? [a]\n: b\n", "f.yaml:1:3: a key must be text"),
        ("a: {b: 1, b: 2}\n", "f.yaml:1:11: the key 'b' is here a second time"),
    ],
)
def test_what_is_refused(text: str, expected: str) -> None:
    assert problems(text)[0].startswith(expected)


def test_tabs_get_a_hint() -> None:
    assert "indent with spaces" in problems("a:\n\tb: 1\n")[0]


def test_a_surrogate_pair_is_one_character() -> None:
    assert parse_yaml("f", 'a: "\\ud83d\\ude00"\n').value == {"a": "😀"}


def bomb(levels: int) -> str:
    lines = [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, levels)]
    return "\n".join(["a0: &a0 [x, x, x, x, x, x, x, x, x]", *lines, ""])


def test_billion_laughs_is_refused_by_count() -> None:
    (problem,) = problems(bomb(9))
    assert problem.startswith("f.yaml:6:")
    assert "aliases expanded" in problem


def test_a_few_aliases_are_fine_and_independent() -> None:
    value: Any = parse_yaml("f", "a: &x {b: [1]}\nc: *x\nd: [*x, *x]\n").value
    assert value == {"a": {"b": [1]}, "c": {"b": [1]}, "d": [{"b": [1]}, {"b": [1]}]}
    value["c"]["b"].append(2)
    assert value["a"] == {"b": [1]}


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 3000, "{a: " * 3000, "? " * 3000])
def test_depth_is_bounded(text: str) -> None:
    assert f"deeper than {MAX_DEPTH}" in problems(text)[0]


def test_merge_only_where_allowed() -> None:
    text = "x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz: {<<: [*x, {a: 9, c: 3}]}\n"
    assert problems(text) == (
        "f.yaml:2:5: the merge key << is not allowed here; write the keys out",
        "f.yaml:3:5: the merge key << is not allowed here; write the keys out",
    )
    merged: Any = parse_yaml("f", text, merge=True).value
    assert merged["y"] == {"a": 1, "b": 3}
    assert merged["z"] == {"a": 1, "b": 2, "c": 3}
    assert problems("a: {<<: 3}\n", merge=True) == (
        "f.yaml:1:5: the merge key << takes a mapping or a list of mappings",
    )
    assert parse_yaml("f", "a: {'<<': 3}\n", merge=True).value == {"a": {"<<": 3}}


def test_files(tmp_path: Path) -> None:
    def refused(content: bytes, name: str = "x.yaml") -> str:
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(ContentError) as caught:
            read_document(path, name="x")
        return caught.value.problems[0]

    assert refused(b"a: \xff\n") == "x:1:4: this is not UTF-8 text; save the file as UTF-8"
    assert refused("ä: 1\n".encode("utf-16")) == "x:1:1: this is not UTF-8 text; save the file as UTF-8"
    assert refused(bytes(range(256)) * 8).startswith("x:2:118: this is not UTF-8")
    assert refused(b"a: " + b"x" * 10_000_000) == f"x:1:1: the file is larger than {MAX_BYTES // 1024} KiB"
    assert refused(b'{"a": 1,}', "x.json").startswith("x:1:9: this is not JSON")
    with pytest.raises(ContentError, match=r"absent\.yaml:1:1: there is no such file"):
        read_document(tmp_path / "absent.yaml")
    with pytest.raises(ContentError, match="this is a folder, and a file is needed"):
        read_document(tmp_path)
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(ContentError, match="this is not an ordinary file"):
        read_document(tmp_path / "pipe.yaml")


def test_a_byte_order_mark_and_windows_lines_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb:\r\n  - c\r\n")
    document = read_document(path)
    assert document.value == {"a": 1, "b": ["c"]}
    assert document.problem(("b", 0), "here") == f"{path}:3:5: here"


def test_json() -> None:
    document = parse_json("j", '{\t"a":\n\t["\\ud83d\\ude00 http:\\/\\/x", 1.0e2, "yes", 111122223333, true]}')
    assert document.value == {"a": ["😀 http://x", 100.0, "yes", 111122223333, True]}
    assert document.problem(("a", 1), "x") == "j:2:30: x"
    for text, expected in (
        ('{"a": 1, "a": 2}', "j:1:10: the key 'a' is here a second time"),
        ('{"a": NaN}', "j:1:1: this is not JSON: NaN is not JSON"),
        ("{'a': 1}", "j:1:2: this is not JSON"),
        ("", "j:1:1: this is not JSON"),
        ('["\\ud83d"]', "j:1:2: the text holds half"),
        ("[" * 100_000, "j:1:"),
        ("1" * 5000, "j:1:1: this is not JSON"),
    ):
        with pytest.raises(ContentError) as caught:
            parse_json("j", text)
        assert caught.value.problems[0].startswith(expected), text[:20]


def test_marks_inside_texts() -> None:
    text = (
        "literal: |\n\n  { ($.a = b) ||\n    ($.c = d) }\n"
        "folded: >-\n  some folded\n  text here\n"
        "plain: one\n  two\n"
        "single: 'it''s'\n"
        'double: "one two"\n'
        "number: 3\n"
    )
    document = parse_yaml("f", text)
    value: Any = document.value

    def at(key: str, word: str) -> tuple[int, int]:
        mark = document.mark_inside((key,), value[key].index(word))
        return mark.line, mark.column

    assert at("literal", "{") == (3, 3)
    assert at("literal", "($.c") == (4, 5)
    assert at("folded", "here") == (7, 8)
    assert at("plain", "two") == (9, 3)
    assert at("single", "s") == (10, 9)  # an escape: the beginning of the text
    assert at("double", "two") == (11, 14)
    assert document.mark_inside(("number",), 5) == document.mark(("number",))
    end = document.mark_inside(("literal",), 10_000)
    assert (end.line, end.column) == (4, 16)  # behind the last character that is no space


def test_places() -> None:
    document = parse_yaml("f", "a:\n  - b: 1\n    c: 2\n")
    assert document.problem(("a", 0, "c"), "x") == "f:3:8: x"
    assert document.problem(("a", 0, "gone"), "x") == "f:2:5: x"
    assert document.problem(("a", 7), "x") == "f:2:3: x"
    mark = document.key_mark(("a", 0), "c")
    assert (mark.line, mark.column) == (3, 5)
    assert document.key_mark(("a", 0), "gone") == document.mark(("a", 0))


def test_did_you_mean() -> None:
    assert did_you_mean("titel", ["title", "id"]) == " Did you mean 'title'?"
    assert did_you_mean("Title", ["title", "id"]) == " Did you mean 'title'?"
    assert did_you_mean("zzz", ["title", "id"]) == ""


def test_shown_is_one_safe_line() -> None:
    assert shown("a\nb\x1b\u202e") == r"'a\nb\x1b\u202e'"
    assert len(shown("x" * 500)) == 60
    assert shown({"a": [1, None]}) == '{"a": [1, null]}'


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!?|>'\"%@`#,<~01. \n\t\\ux\x00\ud800é"), max_size=80))
def test_reading_gives_data_or_a_content_error(text: str) -> None:
    for read in (parse_yaml, parse_json):
        said: tuple[str, ...] = ()
        try:
            read("f", text)
        except ContentError as error:
            said = error.problems
        assert all(problem.startswith("f:") for problem in said)


texts = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=6)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(texts, json_values, min_size=1, max_size=4), st.booleans())
def test_json_is_read_as_it_is(value: dict[str, Any], ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=1)
    assert parse_json("f", text).value == value
    assert parse_yaml("f", text).value == value
