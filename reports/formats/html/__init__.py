"""The report for a person: one HTML file that asks for nothing else and can be read without JavaScript.

It is made for somebody who knows audits and not AWS, on a screen, on paper and through a screen reader. Every value is
escaped by the template engine; what the browser may run or load is pinned by hash in a Content Security Policy, so a
hostile name in an account can do nothing. The bytes depend on the assessment alone.
"""

from collections.abc import Sequence

from reports.streams import Stream, put_bytes
from reports.timelines.picture import Picture
from scanner.model import Assessment


def write(assessment: Assessment, out: Stream, timelines: Sequence[Picture] = ()) -> None:
    """Write the report as a file of its own: evidence is named with its digest, and no link leads out of the file.

    ``timelines`` are shown in a section of their own: what a replay of records through the configuration raised.
    """
    from reports.formats.html.rendering import pieces  # late: the template engine costs time that a scan need not take

    for piece in pieces(assessment, sealed=False, timelines=timelines):
        put_bytes(out, piece)


def write_sealed(assessment: Assessment, out: Stream, timelines: Sequence[Picture] = ()) -> None:
    """Write the report as an evidence bundle holds it: evidence numbers lead to the raw answers beside it."""
    from reports.formats.html.rendering import pieces

    for piece in pieces(assessment, sealed=True, timelines=timelines):
        put_bytes(out, piece)
