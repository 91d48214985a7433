"""A workbook that no text of an account can do anything in: every text is a text, whatever it begins with.

Limits are those of Excel ("Excel specifications and limits"): 1,048,576 rows of a sheet, 32,767 characters of a cell.
Where one is met, the sheet or the cell says so. The bytes depend on the assessment alone and on the zlib at hand.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

from xlsxwriter import Workbook

from reports.characters import visible
from reports.csv_rows import begins_formula
from scanner.times import parse_time

MOST_ROWS = 1_048_576
"""Rows of a sheet, its header and the last one, which is kept for saying what is left out, among them."""

MOST_CHARACTERS = 32_767
"""Characters of a cell, as Excel counts them: UTF-16 code units."""

CUT = " … (cut here; the JSON report holds it whole)"
"""The end of a cell that is too long."""

_NO_DATE = datetime(1980, 1, 1, tzinfo=UTC)

Cell = str | int
"""A text or a number."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: its name, its width in characters, and what it holds (Markdown)."""

    name: str
    width: int
    meaning: str


class Book:
    """A workbook in an open binary stream: its sheets are written row by row and kept in temporary files until then."""

    def __init__(self, stream: IO[bytes], made: str, author: str) -> None:
        """``made`` is the time it states of itself."""
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._book = Workbook(stream, options)
        moment = parse_time(made) or _NO_DATE
        self._book.set_properties(
            {"title": "Trailwitness", "author": visible(author), "created": moment.replace(tzinfo=None)}
        )
        self._head = self._book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        # Excel would take such a text for a formula as soon as somebody edits the cell.
        self._quoted = self._book.add_format({"quote_prefix": True})

    def add(self, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
        """Write a sheet: a header that stays in sight and filters, then the rows."""
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for number, column in enumerate(columns):
            sheet.set_column(number, number, column.width)
            sheet.write_string(0, number, column.name, self._head)
        last = left = 0
        for row in rows:
            if last + 2 >= MOST_ROWS:
                left += 1
                continue
            last += 1
            self._put(sheet, last, row)
        if left:
            self._put(sheet, last + 1, [f"{left} more rows do not fit into a sheet; the JSON report holds them"])
        sheet.autofilter(0, 0, last, len(columns) - 1)

    def _put(self, sheet: Any, number: int, row: Sequence[Cell]) -> None:
        for column, cell in enumerate(row):
            if isinstance(cell, int):
                sheet.write_number(number, column, cell)
            elif cell:
                sheet.write_string(number, column, cell_text(cell), self._quoted if begins_formula(cell) else None)

    def close(self) -> None:
        """Put the workbook together and write it into the stream."""
        self._book.close()


def cell_text(text: str) -> str:
    """A text as a cell holds it: hidden characters visible, and cut where Excel would refuse it."""
    shown = visible(text, keep="\n")
    if len(shown) * 2 <= MOST_CHARACTERS:
        return shown
    units = shown.encode("utf-16-le")
    if len(units) <= 2 * MOST_CHARACTERS:
        return shown
    return units[: 2 * (MOST_CHARACTERS - len(CUT))].decode("utf-16-le", "ignore") + CUT
