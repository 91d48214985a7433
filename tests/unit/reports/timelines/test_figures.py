"""Pictures in a page: seen, read aloud and found by their ids, and every name in them is only ever text."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

from reports.timelines.figures import figures, styles
from reports.timelines.picture import Band, Bars, Marks, Picture, Span
from reports.timelines.words import MOST, described

DAY = 29_000_000
TIMES = ("2025-02-19T21:20Z", "2025-02-19T23:20Z")
ROWS = (
    Bars("records", ((DAY, 1.0), (DAY + 60, 4.0), (DAY + 500, 9.0))),
    Band("state a", (Span(DAY - 5, DAY, "?"), Span(DAY, DAY + 30, "OK"), Span(DAY + 30, DAY + 120, "ALARM"))),
    Marks("told", (DAY + 30, DAY + 120)),
)
PICTURE = Picture("route.x: X", DAY, DAY + 120, TIMES, ROWS, note="made up")
HOSTILE = '</text></title><script>alert("1")</script>\' onload=x \x1b[31m\u202e'


def test_every_row_is_told_in_words() -> None:
    assert list(described(PICTURE)) == [
        "records: in 2 minutes, from 2025-02-19T21:20Z to 2025-02-19T22:20Z, at most 4.",
        "state a: OK from 2025-02-19T21:20Z, in ALARM from 2025-02-19T21:50Z.",
        "told: 2025-02-19T21:50Z.",
    ]
    empty = Picture("", 0, 10, TIMES, (Bars("a", ((3, 0.0),)), Band("b", ()), Marks("c", (10,))))
    assert list(described(empty)) == ["a: nothing.", "b: nothing is known of it.", "c: never."]
    one = Picture("", 0, 10, TIMES, (Bars("a", ((3, 2.5),)), Marks("c", tuple(range(10)) * 2)))
    first, second = described(one)
    assert first == "a: in one minute, at 1970-01-01T00:03Z, at most 2.5."
    assert second.endswith(f" and {20 - MOST} more.")


def test_a_figure_has_its_title_its_words_and_its_note() -> None:
    first, second = map(ET.fromstring, figures((PICTURE, replace(PICTURE, note="")), "line"))
    (svg,) = first.iter("svg")
    ids = {each.get("id"): each.text for each in first.iter() if each.get("id")}
    assert svg.get("role") == "img"
    assert ids[svg.get("aria-labelledby")] == "route.x: X"
    assert ids[svg.get("aria-describedby")] == " ".join(("made up.", *described(PICTURE)))
    assert [each.text for each in first.iter("li")] == list(described(PICTURE))
    assert [each.text for each in first.iter("strong")] == ["made up"]
    assert not list(second.iter("strong"))
    assert {each.get("id") for each in second.iter()} & set(ids) == set()
    assert {each.get("class") for each in svg.iter("rect")} == {"ground", "value", "ok", "alarm"}


def test_states_fill_the_time_and_differ_in_height() -> None:
    (found,) = map(ET.fromstring, figures((PICTURE,)))
    by_kind = {each.get("class"): each for each in found.iter("rect")}
    ok, alarm = by_kind["ok"], by_kind["alarm"]
    assert int(ok.attrib["x"]) + int(ok.attrib["width"]) == int(alarm.attrib["x"])
    assert int(ok.attrib["width"]) * 3 == int(alarm.attrib["width"]) == 540
    assert int(ok.attrib["height"]) < int(alarm.attrib["height"])


def test_no_name_becomes_markup() -> None:
    rows = (Bars(HOSTILE, ((0, 1.0),)), Band(HOSTILE, (Span(0, 9, HOSTILE),)), Marks(HOSTILE, (1,)))
    (text,) = figures((Picture(HOSTILE, 0, 9, (HOSTILE, HOSTILE), rows, note=HOSTILE),))
    plain = text.replace("&lt;script&gt;", "")
    assert not re.search("[\u202e\x1b]|<script| style=|https?:", plain)
    tags = [re.sub(r'"[^"]*"', "", tag) for tag in re.findall("<[^>]+>", text)]
    words = (Bars("a", ((0, 1.0),)), Band("a", (Span(0, 9, "a"),)), Marks("a", (1,)))
    (usual,) = figures((Picture("a", 0, 9, ("a", "a"), words, note="a"),))
    assert tags == [re.sub(r'"[^"]*"', "", tag) for tag in re.findall("<[^>]+>", usual)]


def test_every_class_that_is_drawn_has_a_colour() -> None:
    drawn = {"ground", "value", "alarm", "ok", "no-data", "other", "told", "quiet", "warning"}
    assert all(re.search(rf"\.{name}\b", styles()) for name in drawn)
