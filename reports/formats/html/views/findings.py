"""One finding in the report: its verdict and reason, the picture of its route, what puts it right, what it rests on."""

from dataclasses import dataclass

from reports.formats.html.views.marks import MARKS, Mark, of_finding
from reports.plain_json import compact_json
from reports.wording import (
    COMMAND,
    REPAIR,
    WITNESS,
    Lookup,
    event_words,
    extras,
    gaps_of,
    hit_lines,
    marked,
    repair_words,
    resource_name,
)
from scanner.model import EvidenceId, Finding, Link, Outcome

CITED = 12
"""Evidence numbers that a finding shows; the CSV and the JSON name all of them."""


@dataclass(frozen=True, slots=True)
class LinkView:
    """One link of a route in its picture."""

    mark: Mark
    name: str
    candidate: str
    reason: str


@dataclass(frozen=True, slots=True)
class FindingView:
    """What is shown of a finding. ``waiver`` and ``known`` say what lets it pass a gate."""

    anchor: str
    mark: Mark
    severity: str
    account: str
    region: str
    resource: str
    reason: str
    links: tuple[LinkView, ...]
    extras: tuple[tuple[str, str], ...]
    commands: tuple[str, ...]
    hits: tuple[str, ...]
    fix: str
    gaps: tuple[str, ...]
    witness: str
    witness_event: str
    evidence: tuple[EvidenceId, ...]
    evidence_left: int
    waiver: str
    known: bool


def finding_view(finding: Finding, found: Lookup, anchor: str) -> FindingView:
    """The finding as the report shows it, under an anchor of its own."""
    facts = extras(finding)
    cited = finding.evidence[:CITED]
    commands = [text for label, text in facts if label == COMMAND]
    others = [(label, text) for label, text in facts if label not in {COMMAND, REPAIR, WITNESS}]
    return FindingView(
        anchor=anchor,
        mark=of_finding(finding),
        severity=finding.severity,
        account=finding.account,
        region=finding.region,
        resource=resource_name(finding),
        reason=finding.reason,
        links=tuple(map(_link, finding.links)),
        extras=tuple(others),
        commands=tuple(commands),
        hits=tuple(hit_lines(finding)),
        fix=repair_words(finding, found) if finding.outcome is Outcome.FAIL else "",
        gaps=tuple(dict.fromkeys(gap.reason for gap in gaps_of(finding, found))),
        witness="" if finding.witness is None else event_words(finding.witness),
        witness_event="" if finding.witness is None else compact_json(marked(finding.witness)),
        evidence=cited,
        evidence_left=len(finding.evidence) - len(cited),
        waiver=finding.waiver,
        known=finding.known,
    )


def _link(link: Link) -> LinkView:
    return LinkView(MARKS[link.verdict], link.name, link.candidate, link.reason)
