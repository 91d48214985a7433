"""Pictures as one SVG file: no script, no style from elsewhere, nothing that is fetched.

Source: W3C, "Scalable Vector Graphics (SVG) 1.1". Every text is made visible XML 1.0 first, so that a name with
hostile characters is only ever text.
"""

from collections.abc import Iterator, Sequence
from typing import assert_never
from xml.sax.saxutils import escape

from reports.characters import visible
from reports.timelines.picture import Band, Bars, Marks, Picture, Row

_AXIS, _LEFT, _ROW, _GAP, _HEAD = 720, 250, 26, 6, 44
_LONGEST = 38
_FILLS = {"ALARM": "#b3261e", "OK": "#2e7d32", "INSUFFICIENT_DATA": "#9e9e9e"}
_OTHER, _BAR, _MARK = "#757575", "#1565c0", "#e65100"
_FONT = 'font-family="sans-serif" font-size="12"'
_WORDS = {"ALARM": "in ALARM", "OK": "OK", "INSUFFICIENT_DATA": "without data"}


def svg(pictures: Sequence[Picture], heading: str) -> bytes:
    """A document with all pictures beneath each other."""
    heights = [_height(picture) for picture in pictures]
    width, height = _LEFT + _AXIS + 20, 40 + sum(heights)
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
        lines += _picture(picture, top)
        top += taken
    return "\n".join((*lines, "</svg>", "")).encode()


def _height(picture: Picture) -> int:
    return _HEAD + len(picture.rows) * (_ROW + _GAP) + 26


def _picture(picture: Picture, top: int) -> Iterator[str]:
    yield f'<text x="10" y="{top + 16}" {_FONT} font-weight="bold">{_text(picture.title)}</text>'
    if picture.note:
        yield f'<text x="10" y="{top + 32}" {_FONT} fill="#b3261e">{_text(picture.note)}</text>'
    line = top + _HEAD
    for row in picture.rows:
        label = row.label if len(row.label) <= _LONGEST else f"{row.label[: _LONGEST - 1]}…"
        yield f'<text x="10" y="{line + 17}" {_FONT}>{_text(label)}</text>'
        yield f'<rect x="{_LEFT}" y="{line}" width="{_AXIS}" height="{_ROW}" fill="#f5f5f5"/>'
        yield from _row(row, picture, line)
        line += _ROW + _GAP
    first, last = picture.times
    yield f'<text x="{_LEFT}" y="{line + 10}" {_FONT} fill="#616161">{_text(first)}</text>'
    yield f'<text x="{_LEFT + _AXIS}" y="{line + 10}" {_FONT} fill="#616161" text-anchor="end">{_text(last)}</text>'


def _row(row: Row, picture: Picture, line: int) -> Iterator[str]:
    match row:
        case Bars():
            yield from _bars(row, picture, line)
        case Band():
            for span in row.spans:
                places = picture.bounds(span, _AXIS)
                if places:
                    fill, word = _FILLS.get(span.word, _OTHER), _WORDS.get(span.word, span.word)
                    box = f'x="{_LEFT + places[0]}" y="{line + 4}" width="{len(places)}" height="{_ROW - 8}"'
                    yield f'<rect {box} fill="{fill}"><title>{_text(word)}</title></rect>'
        case Marks():
            for minute in row.minutes:
                place = picture.column(minute, _AXIS)
                if place is not None:
                    middle = f'cx="{_LEFT + place}" cy="{line + _ROW // 2}"'
                    yield f'<circle {middle} r="5" fill="{_MARK}"><title>told</title></circle>'
        case _:
            assert_never(row)


def _bars(row: Bars, picture: Picture, line: int) -> Iterator[str]:
    number = _AXIS // 3
    values = row.columns(picture, number)
    highest = max((*values, 0.0))
    for place, value in enumerate(values):
        if value > 0:
            height = max(2, round(value / highest * (_ROW - 4)))
            box = f'x="{_LEFT + place * 3}" y="{line + _ROW - height}" width="3" height="{height}"'
            yield f'<rect {box} fill="{_BAR}"><title>{value:g}</title></rect>'


def _text(text: str) -> str:
    return escape(visible(text), {'"': "&quot;"})
