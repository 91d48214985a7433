"""The whole report as plain values: who and when, what is missing, what matters first, and all that was judged."""

import hashlib
from collections import Counter
from dataclasses import dataclass

from reports.document.writing import document_pieces
from reports.formats.html.views.controls import FrameworkView, framework_views
from reports.formats.html.views.evidence import EvidenceView, evidence_view
from reports.formats.html.views.marks import CONTROL_MARKS, FINDING_MARKS, MARKS, WAIVED, Mark, of_finding
from reports.formats.html.views.places import MapView, map_view
from reports.formats.html.views.rules import RuleView, rule_anchor, rule_views
from reports.repairs import Repair, repairs
from reports.wording import Lookup, gap_place, lookup
from scanner.model import Assessment, ExceptionsUsed, Gap, LogRun, Outcome, ScanRun

REPAIRS_SHOWN, STEPS_SHOWN, GAPS_SHOWN, PLACES_SHOWN = 40, 3, 100, 200
"""How much of a list is shown where the whole is in other files, which the report then names."""


@dataclass(frozen=True, slots=True)
class RepairView:
    """One thing to put right, with how many findings and controls it settles."""

    name: str
    resource: str
    account: str
    severity: str
    findings: int
    rules: tuple[tuple[str, str], ...]
    controls: tuple[str, ...]
    accounts: int
    steps: tuple[tuple[str, tuple[str, ...]], ...]
    steps_left: int


@dataclass(frozen=True, slots=True)
class GapView:
    """Calls, or sources, that gave no answer for one reason."""

    kind: str
    what: str
    code: str
    number: int
    places: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """Everything that the template lays out. ``digest`` is the SHA-256 of the assessment document."""

    run: ScanRun | LogRun
    over_records: bool
    verdict: Mark
    sentence: str
    counts: tuple[tuple[Mark, int], ...]
    total: int
    digest: str
    gaps: tuple[GapView, ...]
    left_out_gaps: int
    left_out_places: tuple[tuple[str, str], ...]
    left_out_total: int
    repairs: tuple[RepairView, ...]
    repairs_left: int
    open_questions: tuple[RepairView, ...]
    questions_left: int
    frameworks: tuple[FrameworkView, ...]
    legend: tuple[Mark, ...]
    map: MapView
    rules: tuple[RuleView, ...]
    exceptions: ExceptionsUsed
    evidence: EvidenceView
    accounts: tuple[str, ...]


def report_view(assessment: Assessment) -> ReportView:
    """The report of an assessment, whichever it is."""
    found = lookup(assessment)
    wrong = repairs(assessment.findings, found, REPAIRS_SHOWN)
    unclear = repairs(assessment.findings, found, REPAIRS_SHOWN, Outcome.UNKNOWN)
    gaps = _gaps(assessment)
    left_out = [gap for gap in assessment.gaps if not gap.operation]
    places = [(gap_place(gap), gap.reason) for gap in left_out[:PLACES_SHOWN]]
    first = [_repair(each, found) for each in wrong.first]
    questions = [_repair(each, found) for each in unclear.first]
    return ReportView(
        run=assessment.run,
        over_records=isinstance(assessment.run, LogRun),
        verdict=_verdict(assessment),
        sentence=_sentence(assessment, wrong.total),
        counts=_counts(assessment),
        total=len(assessment.findings),
        digest=_digest(assessment),
        gaps=tuple(gaps[:GAPS_SHOWN]),
        left_out_gaps=max(0, len(gaps) - GAPS_SHOWN),
        left_out_places=tuple(places),
        left_out_total=len(left_out),
        repairs=tuple(first),
        repairs_left=wrong.left,
        open_questions=tuple(questions),
        questions_left=unclear.left,
        frameworks=framework_views(assessment, found),
        legend=CONTROL_MARKS,
        map=map_view(assessment),
        rules=rule_views(assessment, found),
        exceptions=assessment.exceptions,
        evidence=evidence_view(assessment),
        accounts=assessment.run.account_ids,
    )


def _digest(assessment: Assessment) -> str:
    digest = hashlib.sha256()
    for piece in document_pieces(assessment):
        digest.update(piece)
    return digest.hexdigest()


def _counts(assessment: Assessment) -> tuple[tuple[Mark, int], ...]:
    counts = Counter(map(of_finding, assessment.findings))
    return tuple((mark, counts[mark]) for mark in FINDING_MARKS if counts[mark])


def _verdict(assessment: Assessment) -> Mark:
    outcomes = {finding.outcome for finding in assessment.findings if not finding.waiver}
    if Outcome.FAIL in outcomes or assessment.exceptions.faults:
        return MARKS[Outcome.FAIL]
    if Outcome.UNKNOWN in outcomes or Outcome.PASS not in outcomes or any(gap.operation for gap in assessment.gaps):
        return MARKS[Outcome.UNKNOWN]
    return WAIVED if any(finding.waiver for finding in assessment.findings) else MARKS[Outcome.PASS]


def _sentence(assessment: Assessment, things: int) -> str:
    """What came out, in one sentence that is true of it."""
    failed = sum(finding.outcome is Outcome.FAIL and not finding.waiver for finding in assessment.findings)
    if failed:
        behind = "one thing is behind it" if things == 1 else f"{things} things are behind them"
        return f"{failed} {'finding' if failed == 1 else 'findings'} failed; {behind}."
    if faults := assessment.exceptions.faults:
        return f"No failure is without a waiver, but {'; '.join(faults)}. This is not a pass."
    return _WITHOUT_FAILURE[_verdict(assessment).kind]


_WITHOUT_FAILURE = {
    "pass": "Nothing failed, and everything in scope was looked at.",
    "waived": "Every failure is waived, and everything in scope was looked at.",
    "unknown": "No failure is without a waiver, but not everything could be judged. This is not a pass.",
}


def _repair(repair: Repair, found: Lookup) -> RepairView:
    steps = tuple(repair.steps.items())
    titles = {rule: found.rules[rule].title if rule in found.rules else "" for rule in repair.rules}
    return RepairView(
        name=repair.thing.name,
        resource=repair.thing.resource,
        account=repair.thing.account,
        severity=repair.severity,
        findings=repair.findings,
        rules=tuple((rule_anchor(rule), title or rule) for rule, title in titles.items()),
        controls=tuple(repair.controls),
        accounts=len(repair.accounts),
        steps=steps[:STEPS_SHOWN],
        steps_left=max(0, len(steps) - STEPS_SHOWN),
    )


def _gaps(assessment: Assessment) -> list[GapView]:
    """Gaps of one operation that have one cause are told once, with their places."""
    alike: dict[tuple[str, str, str], list[Gap]] = {}
    for gap in assessment.gaps:
        if gap.operation:
            alike.setdefault((gap.kind, gap.operation, gap.code), []).append(gap)
    return [
        GapView(kind, what, code, len(gaps), tuple(dict.fromkeys(map(gap_place, gaps))), gaps[0].reason)
        for (kind, what, code), gaps in alike.items()
    ]
