"""Rows as CSV (RFC 4180), safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence

from reports.characters import visible

# Spreadsheets take a cell that begins so for a formula (OWASP: CSV injection), the full-width forms included.
_TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A header and rows as CSV: UTF-8, CRLF, every cell made safe by ``safe_cell``."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
    return text.getvalue().encode()


def safe_cell(text: str) -> str:
    """``text`` as a cell that no spreadsheet runs: an apostrophe before what would begin a formula.

    White space before the sign does not hide it. Control characters other than TAB, CR and LF become visible.
    """
    shown = visible(text, keep="\t\r\n")
    begins = text.startswith(_TRIGGERS) or text.lstrip().startswith(_TRIGGERS)
    return f"'{shown}" if begins else shown
