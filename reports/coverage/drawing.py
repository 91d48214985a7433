"""A domain as SVG: no script, no style, nothing that is fetched, and one colour, that of the text around it.

How far a square is filled says how far rules decide the control: whole, to the half, to the quarter, or not. So it
reads without colours, on a dark screen and on paper; the same is said in words, in the description and beneath.

Sources: W3C, "Scalable Vector Graphics (SVG) 1.1"; W3C, "SVG Accessibility API Mappings" (title and desc).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

from reports.characters import visible
from reports.coverage.domain import WORDS, Domain, Group, Square, told
from scanner.model import Coverage

WIDTH: Final = 900
"""Units from the left to the right edge of a picture."""

_LEFT, _SIDE, _STEP, _HEAD = 130, 16, 22, 34
_IN_A_ROW = (WIDTH - _LEFT) // _STEP
_LONGEST = 18
_FONT = 'font-family="sans-serif" font-size="12" fill="currentColor"'
_FILLED: Mapping[Coverage, int] = {
    Coverage.FULL: _SIDE,
    Coverage.PARTIAL: _SIDE // 2,
    Coverage.SUPPORTING: _SIDE // 4,
    Coverage.MANUAL: 0,
}
"""How many units of a square are filled, from below."""


def inline(domain: Domain, identity: str) -> str:
    """One picture as an element of a page; ``identity`` begins the ids of its title and its description."""
    height = _HEAD + sum(map(_height, domain.groups))
    named = f'aria-labelledby="{identity}-title" aria-describedby="{identity}-desc"'
    lines = [
        f'<svg class="coverage" viewBox="0 0 {WIDTH} {height}" role="img" {named}>',
        f'<title id="{identity}-title">{_text(_heading(domain))}</title>',
        f'<desc id="{identity}-desc">{_text(told(domain))}</desc>',
        *_legend(0),
        *_groups(domain, _HEAD),
        "</svg>",
    ]
    return "\n".join(lines)


def document(domains: Sequence[Domain]) -> bytes:
    """Pictures beneath each other as a file of its own, black on white."""
    heights = [_HEAD + sum(map(_height, domain.groups)) for domain in domains]
    width, height = WIDTH + 20, 44 + sum(heights)
    heading = "How far rules decide the controls"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="-10 0 {width} {height}" role="img" aria-label="{heading}" color="#000000">'
        ),
        f"<title>{heading}</title>",
        f'<rect x="-10" width="{width}" height="{height}" fill="#ffffff"/>',
        *_legend(8),
    ]
    top = 40
    for domain, taken in zip(domains, heights, strict=True):
        lines.append(f"<g><desc>{_text(f'{_heading(domain)}. {told(domain)}')}</desc>")
        lines.append(f'<text x="0" y="{top + 14}" {_FONT} font-weight="bold">{_text(domain.title)}</text>')
        lines += [*_groups(domain, top + 24), "</g>"]
        top += taken
    return "\n".join((*lines, "</svg>", "")).encode()


def _heading(domain: Domain) -> str:
    return f"{domain.title}: how far rules decide its {sum(domain.counts.values())} controls"


def _height(group: Group) -> int:
    return -(-len(group.squares) // _IN_A_ROW) * _STEP


def _legend(top: int) -> Iterator[str]:
    place = 0
    for coverage, word in WORDS.items():
        yield from _square(coverage, place, top + 4, "")
        yield f'<text x="{place + _STEP}" y="{top + 16}" {_FONT}>{word}</text>'
        place += _STEP + 8 * len(word) + 20


def _groups(domain: Domain, top: int) -> Iterator[str]:
    for group in domain.groups:
        name = group.name if len(group.name) <= _LONGEST else f"{group.name[: _LONGEST - 1]}…"
        yield f'<text x="0" y="{top + 13}" {_FONT}>{_text(name)}</text>'
        for number, square in enumerate(group.squares):
            row, column = divmod(number, _IN_A_ROW)
            yield from _square(square.coverage, _LEFT + column * _STEP, top + row * _STEP, _said(square))
        top += _height(group)


def _said(square: Square) -> str:
    return f"{square.control}: {WORDS[square.coverage]}. {square.title}"


def _square(coverage: Coverage, x: int, y: int, said: str) -> Iterator[str]:
    """A square, filled from below; what it says is shown to who points at it."""
    frame = f'x="{x}.5" y="{y}.5" width="{_SIDE - 1}" height="{_SIDE - 1}" fill="none" stroke="currentColor"'
    filled = _FILLED[coverage]
    inner = f'<rect x="{x}" y="{y + _SIDE - filled}" width="{_SIDE}" height="{filled}" fill="currentColor"/>'
    title = f"<title>{_text(said)}</title>" if said else ""
    yield f'<g pointer-events="all">{title}<rect {frame}/>{inner if filled else ""}</g>'


def _text(text: str) -> str:
    return escape(visible(text), {'"': "&quot;"})
