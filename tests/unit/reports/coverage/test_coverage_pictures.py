from xml.etree import ElementTree as ET

import pytest

from reports.coverage.domain import Domain, Square, domain_of, group_of, told
from reports.coverage.drawing import document, inline
from scanner.model import Coverage

SVG = "{http://www.w3.org/2000/svg}"
SQUARES = (
    Square("1.1", Coverage.FULL, "Logs are whole"),
    Square("1.2", Coverage.PARTIAL, "Logs are <kept>"),
    Square("2.1", Coverage.SUPPORTING, "Keys"),
    Square("2.2", Coverage.MANUAL, "Someone looks"),
    Square("2.3", Coverage.MANUAL, "Someone else looks"),
)
DOMAIN = domain_of("Our own 1.0", SQUARES)


def drawn(domain: Domain) -> ET.Element:
    return ET.fromstring(inline(domain, "coverage-own"))


@pytest.mark.parametrize(
    ("control", "group"),
    [
        ("10.2.1.1", "10.2"),
        ("10.2.1", "10.2"),
        ("10.2", "10"),
        ("A1.2.1", "A1.2"),
        ("4.15", "4"),
        ("AU-2", "AU"),
        ("AU-6(1)", "AU"),
        ("CC7.2", "CC7"),
        ("A.8.15", "A.8"),
        ("164.312(a)(2)(iv)", "164.312"),
        ("CloudTrail.4", "CloudTrail"),
        ("cloudtrail-enabled", "all"),
    ],
)
def test_controls_are_grouped_by_their_numbers(control: str, group: str) -> None:
    assert group_of(control) == group


def test_it_is_told_in_words() -> None:
    assert [group.name for group in DOMAIN.groups] == ["1", "2"]
    assert told(DOMAIN) == (
        "Rules decide 1 in full, 1 in part, 1 in support of a person, 2 not at all. "
        "1: 1 in full, 1 in part. 2: 1 in support of a person, 2 not at all."
    )


def test_each_control_is_a_square_that_is_filled_as_far_as_it_is_decided() -> None:
    picture = drawn(DOMAIN)
    filled = {}
    for square in picture.iter("g"):
        title = square.findtext("title")
        if title is not None:
            frame, *inner = square.iter("rect")
            assert frame.get("fill") == "none"
            filled[title] = [rect.get("height") for rect in inner]
    assert filled == {
        "1.1: in full. Logs are whole": ["16"],
        "1.2: in part. Logs are <kept>": ["8"],
        "2.1: in support of a person. Keys": ["4"],
        "2.2: not at all. Someone looks": [],
        "2.3: not at all. Someone else looks": [],
    }


def test_it_is_read_aloud_and_needs_no_colours() -> None:
    picture = drawn(DOMAIN)
    assert picture.get("role") == "img"
    named = {element.get("id"): element.text for element in picture.iter() if element.tag in {"title", "desc"}}
    assert named[picture.get("aria-labelledby")] == "Our own 1.0: how far rules decide its 5 controls"
    assert named[picture.get("aria-describedby")] == told(DOMAIN)
    colours = {element.get(name) for element in picture.iter() for name in ("fill", "stroke")}
    assert colours == {None, "none", "currentColor"}
    assert [text.text for text in picture.iter("text")][:4] == [
        "in full",
        "in part",
        "in support of a person",
        "not at all",
    ]


def test_nothing_lies_outside_or_on_another() -> None:
    many = [Square(f"1.{number}", Coverage.PARTIAL, "Many") for number in range(80)]
    picture = drawn(domain_of("Many 1", [*many, *SQUARES[2:]]))
    width, height = map(int, picture.get("viewBox", "").split()[2:])
    places = [(rect.get("x", ""), rect.get("y", "")) for rect in picture.iter("rect") if rect.get("fill") == "none"]
    assert len(places) == len(set(places)) == 80 + 3 + 4
    assert all(float(x) + 16 <= width and float(y) + 16 <= height for x, y in places)


def test_a_file_of_several() -> None:
    hostile = domain_of('Other "<&>\u202e" 2', [Square("9", Coverage.FULL, "\u0001")])
    page = ET.fromstring(document([DOMAIN, hostile]))
    assert page.findtext(f"{SVG}title") == "How far rules decide the controls"
    assert len(list(page.iter(f"{SVG}desc"))) == 2
    assert 'Other "<&>\\u202e" 2' in {text.text for text in page.iter(f"{SVG}text")}
