"""A picture in plain ASCII, one line per row, for a terminal or a log file."""

from collections.abc import Iterator
from typing import assert_never

from reports.characters import visible
from reports.timelines.picture import Band, Bars, Marks, Picture, Row

WIDTH = 60
"""Columns of the axis of time."""

_LONGEST = 50
"""Characters of a label."""

_LEVELS = " .:-=+*#"
_STATES = {"ALARM": "A", "OK": "_", "INSUFFICIENT_DATA": "?"}
_TOLD, _OTHER = "!", "x"


def sparkline(picture: Picture, width: int = WIDTH) -> Iterator[str]:
    """The lines of a picture: each row with its label, and the axis beneath."""
    labels = [_label(row.label) for row in picture.rows]
    widest = max(map(len, labels), default=0)
    for label, row in zip(labels, picture.rows, strict=True):
        yield f"{label:<{widest}} |{''.join(_columns(row, picture, width))}|"
    first, last = picture.times
    yield f"{'':<{widest}}  {first}{last:>{max(0, width - len(first))}}"


def _label(text: str) -> str:
    """A label as it may be shown, short enough to leave the row on one line."""
    shown = visible(text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."


def _columns(row: Row, picture: Picture, width: int) -> list[str]:
    match row:
        case Bars():
            return _heights(row.columns(picture, width))
        case Band():
            found = [" "] * width
            for span in sorted(row.spans, key=lambda span: span.word == "ALARM"):
                for place in picture.bounds(span, width):
                    found[place] = _STATES.get(span.word, _OTHER)
            return found
        case Marks():
            places = {picture.column(minute, width) for minute in row.minutes}
            return [_TOLD if place in places else " " for place in range(width)]
        case _:
            assert_never(row)


def _heights(values: list[float]) -> list[str]:
    highest = max((*values, 0.0))
    steps = len(_LEVELS) - 1
    return [_LEVELS[max(1, round(value / highest * steps)) if value > 0 else 0] for value in values]
