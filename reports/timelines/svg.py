"""Pictures as SVG: no script, no style from elsewhere, nothing that is fetched.

One drawing serves a file of its own and a page. Its colours are attributes, which the style sheet of a page overrules
by the classes beside them, so that a page stays legible on a dark screen and on paper.

Sources: W3C, "Scalable Vector Graphics (SVG) 1.1"; W3C, "SVG Accessibility API Mappings" (title and desc). Every text
is made visible XML 1.0 first, so that a name with hostile characters is only ever text.
"""

from collections.abc import Iterator, Sequence
from typing import assert_never
from xml.sax.saxutils import escape

from reports.characters import visible
from reports.timelines.picture import Band, Bars, Marks, Picture, Row
from reports.timelines.words import STATES, described

_AXIS, _LEFT, _ROW, _GAP, _HEAD = 720, 250, 26, 6, 44
_MARGIN, _LINE = 20, 18
_LONGEST = 38
_FILLS = {"ALARM": "#b3261e", "OK": "#2e7d32", "INSUFFICIENT_DATA": "#757575"}
_CLASSES = {"ALARM": "alarm", "OK": "ok", "INSUFFICIENT_DATA": "no-data"}
_HEIGHTS, _LOWEST = {"ALARM": _ROW - 4, "OK": 10}, 4
_OTHER, _BAR, _MARK = "#616161", "#1565c0", "#bf4a00"
_FONT = 'font-family="sans-serif" font-size="12"'


def svg(pictures: Sequence[Picture], heading: str, said: Sequence[str] = ()) -> bytes:
    """A document with all pictures beneath each other, and below them what is ``said`` of all, a line each."""
    heights = [_height(picture) for picture in pictures]
    width, height = _LEFT + _AXIS + _MARGIN, 40 + sum(heights) + _LINE * len(said)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" role="img" aria-label="{_text(heading)}">'
        ),
        f"<title>{_text(heading)}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="10" y="24" font-family="sans-serif" font-size="15" font-weight="bold">{_text(heading)}</text>',
    ]
    top = 40
    for picture, taken in zip(pictures, heights, strict=True):
        lines.append(f"<g>{_desc(picture)}")
        lines += _picture(picture, top)
        lines.append("</g>")
        top += taken
    lines += [f'<text x="10" y="{top + _LINE * at}" {_FONT}>{_text(line)}</text>' for at, line in enumerate(said)]
    return "\n".join((*lines, "</svg>", "")).encode()


def inline(picture: Picture, identity: str) -> str:
    """One picture as an element of a page, with its title and its description.

    ``identity`` begins the ids of both: letters, digits and hyphens, and on one page of no other picture.
    """
    width, height = _LEFT + _AXIS + _MARGIN, _height(picture)
    named = f'aria-labelledby="{identity}-title" aria-describedby="{identity}-desc"'
    lines = [
        f'<svg class="route-timeline" viewBox="0 0 {width} {height}" role="img" {named}>',
        f'<title id="{identity}-title">{_text(picture.title)}</title>',
        _desc(picture, f' id="{identity}-desc"'),
        *_picture(picture, 0),
        "</svg>",
    ]
    return "\n".join(lines)


def _desc(picture: Picture, attribute: str = "") -> str:
    told = (f"{picture.note}.",) if picture.note else ()
    return f"<desc{attribute}>{_text(' '.join((*told, *described(picture))))}</desc>"


def _height(picture: Picture) -> int:
    return _HEAD + len(picture.rows) * (_ROW + _GAP) + 26


def _picture(picture: Picture, top: int) -> Iterator[str]:
    yield f'<text x="10" y="{top + 16}" {_FONT} font-weight="bold">{_text(picture.title)}</text>'
    if picture.note:
        yield f'<text class="warning" x="10" y="{top + 32}" {_FONT} fill="#b3261e">{_text(picture.note)}</text>'
    line = top + _HEAD
    for row in picture.rows:
        label = row.label if len(row.label) <= _LONGEST else f"{row.label[: _LONGEST - 1]}…"
        yield f'<text x="10" y="{line + 17}" {_FONT}>{_text(label)}</text>'
        yield f'<rect class="ground" x="{_LEFT}" y="{line}" width="{_AXIS}" height="{_ROW}" fill="#f5f5f5"/>'
        yield from _row(row, picture, line)
        line += _ROW + _GAP
    first, last = picture.times
    quiet = f'class="quiet" y="{line + 10}" {_FONT} fill="#616161"'
    yield f'<text x="{_LEFT}" {quiet}>{_text(first)}</text>'
    yield f'<text x="{_LEFT + _AXIS}" {quiet} text-anchor="end">{_text(last)}</text>'


def _row(row: Row, picture: Picture, line: int) -> Iterator[str]:
    match row:
        case Bars():
            yield from _bars(row, picture, line)
        case Band():
            yield from _band(row, picture, line)
        case Marks():
            found = (picture.column(minute, _AXIS) for minute in row.minutes)
            for place in dict.fromkeys(place for place in found if place is not None):
                middle = f'cx="{_LEFT + place}" cy="{line + _ROW // 2}"'
                yield f'<circle class="told" {middle} r="5" fill="{_MARK}"><title>told</title></circle>'
        case _:
            assert_never(row)


def _band(row: Band, picture: Picture, line: int) -> Iterator[str]:
    # What is in ALARM comes last: a short alarm is drawn over the long states on either side of it.
    for span in sorted(row.spans, key=lambda span: span.word == "ALARM"):
        places = picture.bounds(span, _AXIS)
        if places:
            kind, fill = _CLASSES.get(span.word, "other"), _FILLS.get(span.word, _OTHER)
            # The height tells the states apart for whoever does not see their colours.
            height = _HEIGHTS.get(span.word, _LOWEST)
            top = line + (_ROW - height) // 2
            box = f'x="{_LEFT + places[0]}" y="{top}" width="{len(places)}" height="{height}"'
            word = STATES.get(span.word, span.word)
            yield f'<rect class="{kind}" {box} fill="{fill}"><title>{_text(word)}</title></rect>'


def _bars(row: Bars, picture: Picture, line: int) -> Iterator[str]:
    number = _AXIS // 3
    values = row.columns(picture, number)
    highest = max((*values, 0.0))
    for place, value in enumerate(values):
        if value > 0:
            height = max(2, round(value / highest * (_ROW - 4)))
            box = f'x="{_LEFT + place * 3}" y="{line + _ROW - height}" width="3" height="{height}"'
            yield f'<rect class="value" {box} fill="{_BAR}"><title>{value:g}</title></rect>'


def _text(text: str) -> str:
    return escape(visible(text), {'"': "&quot;"})
