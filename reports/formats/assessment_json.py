"""The assessment document as a report: JSON, complete, for programs."""

from reports.document.writing import document_pieces
from reports.streams import Stream, put_bytes
from scanner.model import Assessment


def write(assessment: Assessment, out: Stream) -> None:
    """Write the document of ``assessment`` to ``out``."""
    for piece in document_pieces(assessment):
        put_bytes(out, piece)
