"""One writer per output format over a finished assessment, and the evidence bundle.

A writer gets an assessment and a stream its caller opened, binary or text: ``write(assessment, out)``. It opens no
file, asks no clock and knows no exit code. Equal assessments give equal bytes.
"""

from collections.abc import Callable, Mapping

from reports import document, findings_csv, junit, text
from reports.streams import Stream
from scanner.model import Assessment, Gate

Writer = Callable[[Assessment, Stream], None]
"""Writes a finished assessment to an open stream."""

WRITERS: Mapping[str, Writer] = {
    "text": text.write,
    "json": document.write,
    "junit": junit.write,
    "csv": findings_csv.write,
}
"""Every output format by the name the command line knows it by."""

GATED: Mapping[str, Callable[[Assessment, Stream, Gate, str], None]] = {"junit": junit.write}
"""The formats that a CI server takes for the gate itself: they mark what stops it, and nothing else, as failed.

Their last argument says why the whole run is incomplete ("" when it is not): where no finding shows it, they do.
"""
