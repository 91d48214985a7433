"""The findings as CSV (RFC 4180), one row each, safe to open in a spreadsheet."""

from reports.csv_rows import csv_pieces
from reports.finding_rows import HEADER, row
from reports.streams import Stream, put_bytes
from reports.wording import lookup
from scanner.model import Assessment


def write(assessment: Assessment, out: Stream) -> None:
    """Write the findings of ``assessment`` to ``out`` as CSV in UTF-8, in the assessment's order."""
    found = lookup(assessment)
    for piece in csv_pieces(HEADER, (row(finding, found) for finding in assessment.findings)):
        put_bytes(out, piece)
