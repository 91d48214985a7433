"""Tables with whole records in their cells: query results of CloudTrail Lake, Athena, Logs Insights or Splunk as CSV.

A header, then one row per record. The dialect is RFC 4180, with commas, semicolons, tabs or bars between cells, and the
line ``sep=;`` that spreadsheets write. It is read here because Python's ``csv`` bounds the size of a cell for the whole
process, and whole records are larger than its bound.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SEPARATORS = (b",", b";", b"\t", b"|")
_CELLS = {
    separator: re.compile(
        rb'(?:"((?:[^"]|"")*+)"|([^"\r\n'
        + re.escape(separator)
        + rb"]*+))("
        + re.escape(separator)
        + rb"|\r\n|\n|\r|\Z)"
    )
    for separator in _SEPARATORS
}
_COLUMN = re.compile(rb'"?[A-Za-z_@][\w .$@()\[\]\'/-]{0,127}"?')
_SAID = re.compile(rb"sep=([,;\t|])\r?\n", re.IGNORECASE)
_HEADER = 65536
_ROW_END = frozenset({b"\r\n", b"\n", b"\r", b""})


@dataclass(frozen=True, slots=True)
class Table:
    """What separates the cells of a table, where its first row after the names of the columns begins, and those."""

    separator: bytes
    first_row: int
    names: tuple[str, ...] = ()


def table_of(text: bytes, columns: frozenset[str]) -> Table | None:
    """The form of text that begins with a line of column names and goes on with a row of as many cells; else None.

    One of the cells must be JSON, or one of the names (in lower case, without blanks) be among ``columns``.
    """
    said = _SAID.match(text)
    start = said.end() if said else 0
    header, newline, _ = text[start : start + _HEADER].partition(b"\n")
    if not newline:
        return None
    for separator in (said[1],) if said else _SEPARATORS:
        names = header.strip(b"\r").split(separator)
        first_row = start + len(header) + 1
        if not all(_COLUMN.fullmatch(name.strip()) for name in names):
            continue
        _, first = next(rows(text, first_row, separator), (0, None))
        if first is None or len(first) != len(names):
            continue
        columns_here = tuple(name.strip(b'" ').decode() for name in names)
        plain = {name.replace(" ", "").lower() for name in columns_here}
        if not columns.isdisjoint(plain) or any(cell.lstrip().startswith("{") for cell in first):
            return Table(separator, first_row, columns_here)
    return None


def rows(text: bytes, start: int, separator: bytes = b",") -> Iterator[tuple[int, list[str] | None]]:
    """Every row from ``start`` on as (where it begins, its cells); ``None`` for cells where the dialect is broken.

    After a broken row the next line is tried. Bytes that are not UTF-8 become U+FFFD.
    """
    pattern = _CELLS[separator]
    position = start
    while position < len(text):
        begin = position
        cells: list[str] | None = []
        while cells is not None:
            found = pattern.match(text, position)
            if found is None:
                cells = None
                newline = text.find(b"\n", position)
                position = len(text) if newline < 0 else newline + 1
                break
            quoted, plain, end = found.groups()
            cell = plain if quoted is None else quoted.replace(b'""', b'"')
            cells.append(cell.decode("utf-8", "replace"))
            position = found.end()
            if end in _ROW_END:
                break
        if cells != [""]:
            yield begin, cells
