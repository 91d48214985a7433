"""The findings as rows of texts, the same in every table for a spreadsheet. New columns come at the end."""

from collections.abc import Mapping

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

COLUMNS: Mapping[str, str] = {
    "rule": "id of the rule that judged",
    "title": "what the rule asks, in one line",
    "outcome": "`pass`, `fail`, `unknown` or `not_applicable`; a waived failure is a `fail`",
    "severity": "severity of the rule: `info`, `low`, `medium`, `high` or `critical`",
    "account": "id of the account whose logging was judged",
    "region": "Region of the resource; empty where it has none",
    "resource": "ARN of the resource, or its name when it has no ARN",
    "reason": "what was found, in one sentence",
    "broken_links": "for a route that is not a pass, each link that is not whole: its verdict, its resource and why",
    "lost_events": "for a route, the names of the events that reach nobody",
    "hit_count": "for a log-event rule that looked at records, how many different events matched; else empty",
    "hits": "for a log-event rule, the first events that matched: when, what, by whom and from where",
    "controls": "the controls that the rule is mapped to, as framework and number",
    "evidence": "numbers of the recorded calls or log sources that the verdict rests on",
    "pointers": "where the facts are in them: number, `#` and a JSON Pointer (RFC 6901) into the raw answer",
    "cause": "what the finding comes from, where that is not the resource; equal causes are put right together",
    "remediation": "for a failure, how it is put right; empty for every other outcome",
    "waiver": "id of the waiver that covers the failure; empty where none does",
    "known": "`yes` where the baseline knows the failure, else empty",
}
"""The columns in their order, each with what it holds (Markdown)."""

HEADER = tuple(COLUMNS)
"""The names of the columns."""


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
