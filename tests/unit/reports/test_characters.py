import json
import re
import sys

import pytest

from reports.characters import columns, escape_json, hidden, visible

XML_10 = re.compile("[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


def test_every_character_becomes_legal_xml_and_utf8() -> None:
    shown = visible("".join(map(chr, range(sys.maxunicode + 1))))
    assert XML_10.fullmatch(shown)
    shown.encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, naïve 名前 🙂", "plain text, naïve 名前 🙂"),
        ("a\x00b", r"a\u0000b"),
        ("\x1b]0;title\x07", r"\u001b]0;title\u0007"),
        ("\x9b31m", r"\u009b31m"),
        ("\u202edcba", r"\u202edcba"),
        ("\u2066x\u2069", r"\u2066x\u2069"),
        ("a\u200bb", r"a\u200bb"),
        ("\ud800", r"\ud800"),
        ("\ufffe\uffff", r"\ufffe\uffff"),
        ("\U0001fffe\U0010ffff", r"\U0001fffe\U0010ffff"),
        ("\U000e0041", r"\U000e0041"),
        ("a\r\nb\tc", r"a\u000d\u000ab\u0009c"),
    ],
)
def test_hidden_characters_are_spelled(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert hidden(text) == (text != shown)


def test_kept_characters_stay() -> None:
    assert visible("a\n\tb\r", keep="\n\t") == "a\n\tb\\u000d"


HIDDEN = (
    "\x00\x1b\x7f\x9b\xad\u034f\u061c\u115f\u200b\u200f\u2028\u2029\u202e\u2066\u2069\u3164"
    "\udc80\ufeff\ufffe\U000e0041\U000e0100"
)


def test_hidden_characters_become_json_escapes() -> None:
    assert escape_json('"\udc80 é"') == '"\\udc80 é"'
    text = json.dumps([HIDDEN, "naïve 名前 🙂"], ensure_ascii=False, indent=1)
    escaped = escape_json(text)
    assert json.loads(escaped) == json.loads(text)
    assert not any(hidden(line) for line in escaped.split("\n"))
    assert "naïve 名前 🙂" in escaped
    escaped.encode()


def test_every_character_survives_as_json() -> None:
    for start in range(0, sys.maxunicode + 1, 0x4000):
        text = " ".join(map(chr, range(start, min(start + 0x4000, sys.maxunicode + 1))))
        escaped = escape_json(json.dumps(text, ensure_ascii=False))
        assert json.loads(escaped) == text
        assert not hidden(escaped)


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("名前", 4), ("e\u0301", 1), ("🙂", 2), ("✓ → ✗", 5)])
def test_columns(text: str, width: int) -> None:
    assert columns(text) == width


def test_a_hidden_character_is_found_in_any_company() -> None:
    for character in HIDDEN:
        for text in (character, f"a{character}b", f"é{character}", f"名前{character}é b", f"a\n{character}"):
            assert hidden(text)
            assert not hidden(visible(text, keep="\n").replace("\n", ""))
            assert not hidden(escape_json(text).replace("\n", ""))
