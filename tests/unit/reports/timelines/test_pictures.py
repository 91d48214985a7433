"""Pictures of a period: each row where it belongs, in plain characters and as SVG, whatever a name holds."""

import xml.etree.ElementTree as ET

from reports.timelines.picture import Band, Bars, Marks, Picture, Span
from reports.timelines.sparkline import sparkline
from reports.timelines.svg import svg

TIMES = ("2026-11-20T07:00Z", "2026-11-20T09:00Z")
ROWS = (
    Bars("records", ((0, 1.0), (60, 4.0), (500, 9.0))),
    Band("state", (Span(-10, 30, "OK"), Span(30, 31, "ALARM"), Span(31, 120, "INSUFFICIENT_DATA"))),
    Marks("told", (30, 119, 120)),
)
PICTURE = Picture("route.x: X", 0, 120, TIMES, ROWS)


def test_in_characters() -> None:
    assert list(sparkline(PICTURE, 12)) == [
        "records |:     #     |",
        "state   |___A????????|",
        "told    |   !       !|",
        "         2026-11-20T07:00Z2026-11-20T09:00Z",
    ]


def test_a_short_alarm_is_seen_among_long_states() -> None:
    (line, *_) = sparkline(
        Picture("", 0, 10_000, TIMES, (Band("s", (Span(5, 6, "ALARM"), Span(6, 10_000, "OK"))),)), 10
    )
    assert line == "s |A_________|"


def test_as_svg() -> None:
    root = ET.fromstring(svg([PICTURE, PICTURE], "Replay"))
    titles = [each.text for each in root.iter("{http://www.w3.org/2000/svg}title")]
    assert titles.count("in ALARM") == 2
    assert titles.count("told") == 4
    assert len(list(root.iter("{http://www.w3.org/2000/svg}circle"))) == 4


def test_names_are_only_text() -> None:
    odd = '</text><script>alert("1")</script>\x1b[31m\u202e'
    written = svg([Picture(odd, 0, 10, TIMES, (Marks(odd, ()),), note=odd)], odd)
    assert b"<script" not in written
    assert b"\x1b" not in written
    assert ET.fromstring(written) is not None
