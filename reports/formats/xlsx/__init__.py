"""The assessment as a workbook for Excel and LibreOffice: sheets that an officer sorts and filters.

Findings, controls, the population of each rule, evidence, gaps and waivers are sheets of their own; the first says what
was judged, when and by what. It is written by XlsxWriter, an extra that need not be installed.
"""

import importlib.util
import tempfile
from collections.abc import Iterator
from typing import IO

from reports.streams import Stream, put_bytes
from scanner.errors import UsageError
from scanner.model import Assessment

_PIECE = 1 << 20


def check() -> None:
    """Raise UsageError, with what to install, when the library that writes workbooks is missing."""
    if importlib.util.find_spec("xlsxwriter") is None:
        raise UsageError("The format xlsx needs XlsxWriter, which is not installed.", "Run: pip install XlsxWriter")


def write(assessment: Assessment, out: Stream) -> None:
    """Write ``assessment`` to ``out`` as an Office Open XML workbook. Raises UsageError when the library is missing."""
    check()
    from reports.formats.xlsx.book import Book
    from reports.formats.xlsx.sheets import fill

    with tempfile.TemporaryFile() as whole:  # put together with seeks, which a pipe cannot do
        book = Book(whole, assessment.run.collected.started, assessment.run.tool.name)
        fill(book, assessment)
        book.close()
        whole.seek(0)
        for piece in _pieces(whole):
            put_bytes(out, piece)


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(_PIECE):
        yield piece
