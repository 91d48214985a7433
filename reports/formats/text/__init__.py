r"""The assessment as a summary for a person at a terminal: what could not be seen, what failed and why, what to do.

Plain text; colour is optional and never carries a meaning that words do not. No data can drive the terminal:
control characters, escape sequences and bidirectional overrides are shown as ``\uXXXX``.
"""

from reports.formats.text.advice import next_steps
from reports.formats.text.controls import write_controls, write_counts, write_every_control
from reports.formats.text.findings import of_outcome, write_causes, write_findings, write_words
from reports.formats.text.head import write_gaps, write_head
from reports.formats.text.overview import write_overview
from reports.formats.text.page import Page
from reports.formats.text.stated import write_stated
from reports.formats.text.tally import tallied
from reports.streams import Stream, put_text
from reports.wording import OUTCOME_ORDER, lookup
from scanner.model import Assessment

DEFAULT_WIDTH = 100
"""Columns of a summary written to a file."""

_MIN_WIDTH = 40


def write(
    assessment: Assessment, out: Stream, *, colour: bool = False, width: int = DEFAULT_WIDTH, brief: bool = False
) -> None:
    """Write the summary to ``out``, wrapped to ``width`` columns, with ANSI colours if ``colour``.

    A single word longer than a line (an ARN), and a command to copy, is never broken. ``brief`` is the form for a
    screen: failures by the thing to put right, and all that is left out is counted. Without it nothing is left out.
    """
    put_text(out, summary(assessment, colour=colour, width=width, brief=brief))


def summary(assessment: Assessment, *, colour: bool = False, width: int = DEFAULT_WIDTH, brief: bool = False) -> str:
    """The summary of ``assessment`` as text with a final newline."""
    page = Page(max(width, _MIN_WIDTH), colour=colour, brief=brief)
    (write_overview if brief else _write_whole)(page, assessment)
    return "\n".join(page.lines) + "\n"


def _write_whole(page: Page, assessment: Assessment) -> None:
    found = lookup(assessment)
    tally = tallied(assessment.findings)
    write_head(page, assessment)
    write_gaps(page, assessment)
    write_counts(page, tally)
    write_controls(page, assessment)
    write_stated(page, assessment)
    write_causes(page, assessment.findings)
    for outcome in OUTCOME_ORDER:
        write_findings(page, outcome, of_outcome(assessment, outcome), found)
    write_every_control(page, assessment)
    write_words(page, assessment)
    page.heading("What to do next")
    for number, step in enumerate(next_steps(assessment, tally, page.listed), start=1):
        page.paragraph(f"{number}. ", step)
