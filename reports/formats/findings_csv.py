"""The findings as CSV (RFC 4180), one row each, safe to open in a spreadsheet."""

from reports.csv_rows import csv_bytes
from reports.streams import Stream, put_bytes
from reports.wording import control_names, hit_words, link_lines, lookup, pointers
from scanner.model import Assessment, Finding, JsonValue, Outcome

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
)


def write(assessment: Assessment, out: Stream) -> None:
    """Write the findings of ``assessment`` to ``out`` as CSV in UTF-8, in the assessment's order."""
    found = lookup(assessment)
    rows = [
        (
            finding.rule,
            finding.title,
            finding.outcome,
            finding.severity,
            finding.account,
            finding.region,
            finding.resource,
            finding.reason,
            "; ".join(line for line in link_lines(finding.links) if finding.outcome is not Outcome.PASS),
            "; ".join(_lost(finding)),
            str(finding.details.get("hit_count", "")),
            "; ".join(_hits(finding)),
            "; ".join(control_names(finding.rule, found)),
            "; ".join(finding.evidence),
            "; ".join(pointers(finding, found)),
        )
        for finding in assessment.findings
    ]
    put_bytes(out, csv_bytes(HEADER, rows))


def _hits(finding: Finding) -> list[str]:
    """The listed hits of a log-event rule, each in one line."""
    hits: JsonValue = finding.details.get("hits") or ()
    return [hit_words(hit) for hit in hits]


def _lost(finding: Finding) -> list[str]:
    lost: JsonValue = finding.details.get("lost") or ()
    return [str(event) for event in lost] if isinstance(lost, list | tuple) else [str(lost)]
