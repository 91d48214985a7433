"""The findings as rows of texts, the same in every table for a spreadsheet. New columns come at the end."""

from reports.wording import (
    Lookup,
    cause_words,
    control_names,
    hit_words,
    link_lines,
    listed_hits,
    pointers,
    repair_words,
)
from scanner.model import Finding, HitDetails, NoHitDetails, Outcome, RouteDetails

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
    "remediation",
    "waiver",
    "known",
)
"""The names of the columns.

``remediation`` is how a failure is put right ("" for every other outcome), ``waiver`` the id of the waiver that covers
it, and ``known`` is ``yes`` where a baseline knows it.
"""


def row(finding: Finding, found: Lookup) -> tuple[str, ...]:
    """A finding by the columns of ``HEADER``."""
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
        repair_words(finding, found) if finding.outcome is Outcome.FAIL else "",
        finding.waiver,
        "yes" if finding.known else "",
    )


def _hit_count(finding: Finding) -> str:
    """How many records matched a log-event rule; "" where none was looked at."""
    looked = isinstance(finding.details, NoHitDetails) and finding.details.records_judged is not None
    return str(finding.hit_count) if looked or isinstance(finding.details, HitDetails) else ""


def _lost(finding: Finding) -> tuple[str, ...]:
    return finding.details.lost if isinstance(finding.details, RouteDetails) else ()
