"""Rows as CSV (RFC 4180), safe to open in a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from reports.characters import harmless, visible

# Spreadsheets take a cell that begins so for a formula (OWASP: CSV injection), the full-width forms included.
_TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")

# A spreadsheet that separates by semicolons or tabs, as its country does, begins a cell after each of them.
_CELL_INSIDE = re.compile(r"([;\t\r\n][^\S\t\r\n]*)(?=[=+\-@＝＋－＠])")


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A header and rows as CSV: UTF-8, CRLF, every cell made safe by ``safe_cell``."""
    return b"".join(csv_pieces(header, rows))


def csv_pieces(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """The same row by row."""
    yield _line(header)
    for row in rows:
        yield _line([safe_cell(cell) for cell in row])


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()


def safe_cell(text: str) -> str:
    """``text`` as a cell that no spreadsheet runs: an apostrophe before what would begin a formula.

    White space before the sign does not hide it, and neither does what comes before a semicolon, a tab or the end of a
    line. Control characters other than TAB, CR and LF become visible.
    """
    # Most cells are visible ASCII in which no spreadsheet begins another one.
    one = ";" not in text and harmless(text)
    shown = text if one else _CELL_INSIDE.sub(r"\1'", visible(text, keep="\t\r\n"))
    return f"'{shown}" if begins_formula(text) else shown


def begins_formula(text: str) -> bool:
    """Whether a spreadsheet may take a cell of this text for a formula."""
    return text.startswith(_TRIGGERS) or text.lstrip().startswith(_TRIGGERS)
