"""Query results of CloudTrail Lake as CSV: a header, then one row a record with the record itself in one cell.

The dialect is RFC 4180, read here because Python's ``csv`` bounds the size of a cell for the whole process, and whole
records are larger than its bound.
"""

import re
from collections.abc import Iterator

_CELL = re.compile(rb'(?:"((?:[^"]|"")*+)"|([^,"\r\n]*+))(,|\r\n|\n|\r|\Z)')
_COLUMN = re.compile(rb'"?[A-Za-z_@][\w .$@()\[\]\'-]{0,127}"?')
_HEADER = 65536
_ROW_END = frozenset({b"\r\n", b"\n", b"\r", b""})


def looks_like_csv(text: bytes, columns: frozenset[str]) -> bool:
    """Whether text begins with a line of column names and goes on with a row of as many cells.

    One of the cells must be JSON, or one of the names (in lower case) be among ``columns``.
    """
    header, newline, _ = text[:_HEADER].partition(b"\n")
    names = header.strip(b"\r").split(b",")
    if not newline or not all(_COLUMN.fullmatch(name) for name in names):
        return False
    _, first = next(rows(text, len(header) + 1), (0, None))
    if first is None or len(first) != len(names):
        return False
    known = any(name.strip(b'"').decode().lower() in columns for name in names)
    return known or any(cell.lstrip().startswith("{") for cell in first)


def rows(text: bytes, start: int) -> Iterator[tuple[int, list[str] | None]]:
    """Every row from ``start`` on as (where it begins, its cells); ``None`` for cells where the dialect is broken.

    After a broken row the next line is tried. Bytes that are not UTF-8 become U+FFFD.
    """
    position = start
    while position < len(text):
        begin = position
        cells: list[str] | None = []
        while cells is not None:
            found = _CELL.match(text, position)
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
