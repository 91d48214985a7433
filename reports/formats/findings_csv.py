"""The findings as CSV (RFC 4180), one row each, safe to open in a spreadsheet."""

from reports.csv_rows import csv_pieces
from reports.streams import Stream, put_bytes
from reports.wording import Lookup, cause_words, control_names, hit_words, link_lines, listed_hits, lookup, pointers
from scanner.model import Assessment, Finding, HitDetails, NoHitDetails, Outcome, RouteDetails

HEADER = (
    "rule",
    "title",
    "outcome",
    "severity",
    "account",
    "region",
    "resource",
    "reason",
    "broken_links",
    "lost_events",
    "hit_count",
    "hits",
    "controls",
    "evidence",
    "pointers",
    "cause",
)


def write(assessment: Assessment, out: Stream) -> None:
    """Write the findings of ``assessment`` to ``out`` as CSV in UTF-8, in the assessment's order."""
    found = lookup(assessment)
    for piece in csv_pieces(HEADER, (_row(finding, found) for finding in assessment.findings)):
        put_bytes(out, piece)


def _row(finding: Finding, found: Lookup) -> tuple[str, ...]:
    passes = finding.outcome is Outcome.PASS
    return (
        finding.rule,
        finding.title,
        finding.outcome,
        finding.severity,
        finding.account,
        finding.region,
        finding.resource,
        finding.reason,
        "" if passes else "; ".join(link_lines(finding.links)),
        "; ".join(_lost(finding)),
        _hit_count(finding),
        "; ".join(hit_words(hit) for hit in listed_hits(finding)),
        "; ".join(control_names(finding.rule, found)),
        "; ".join(finding.evidence),
        "; ".join(pointers(finding, found)),
        "" if finding.cause is None else cause_words(finding.cause),
    )


def _hit_count(finding: Finding) -> str:
    """How many records matched a log-event rule; "" where none was looked at."""
    looked = isinstance(finding.details, NoHitDetails) and finding.details.records_judged is not None
    return str(finding.hit_count) if looked or isinstance(finding.details, HitDetails) else ""


def _lost(finding: Finding) -> tuple[str, ...]:
    return finding.details.lost if isinstance(finding.details, RouteDetails) else ()
