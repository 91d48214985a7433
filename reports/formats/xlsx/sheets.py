"""What the sheets of the workbook hold, as rows of texts and numbers."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reports.finding_rows import HEADER, row
from reports.formats.xlsx.book import Book, Cell
from reports.plain_json import compact_json
from reports.wording import OUTCOME_ORDER, OUTCOME_WORDS, Lookup, gap_place, lookup
from scanner.model import Assessment, ControlAttestation, ControlResult, Evidence, Finding, Gap, Outcome, WaiverUse

_WIDTHS: Mapping[str, int] = {
    "rule": 34, "title": 40, "outcome": 14, "account": 15, "region": 14, "resource": 50, "reason": 70, "controls": 40,
    "evidence": 24, "remediation": 60, "cause": 30,
}  # fmt: skip
_JUDGED = (Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE)


def fill(book: Book, assessment: Assessment) -> None:
    """Write every sheet."""
    found = lookup(assessment)
    counts = _Counts()
    counted = map(counts.counting, assessment.findings)
    summary = list(_summary(assessment))
    book.add("Summary", [("Item", 34), ("Value", 90)], summary)
    findings = [(name, _WIDTHS.get(name, 18)) for name in HEADER]
    book.add("Findings", findings, (_finding(item, found) for item in counted))
    book.add("Controls", _CONTROLS, _controls(assessment))
    book.add("Population", _POPULATION, counts.rows(found))
    book.add("Evidence", _EVIDENCE, map(_evidence, assessment.evidence))
    book.add("Gaps", _GAPS, map(_gap, assessment.gaps))
    book.add("Waivers", _WAIVERS, map(_waiver, assessment.exceptions.waivers))


def _summary(assessment: Assessment) -> Iterator[tuple[str, Cell]]:
    run, told = assessment.run, assessment.summary
    yield "What was judged", run.over.value
    yield "Collected from", run.collected.started
    yield "Collected until", run.collected.finished
    yield "Collected as", run.caller.arn
    yield "Judged by", f"{run.tool.name} {run.tool.version}".strip()
    yield "Partition", run.partition
    yield "Accounts", len(run.account_ids)
    for account in run.account_ids:
        yield "Account", account
    yield "Rules", len(assessment.rules)
    for outcome in OUTCOME_ORDER:
        if outcome is not Outcome.MANUAL:
            yield f"Findings: {OUTCOME_WORDS[outcome]}", told.findings.get(outcome, 0)
    for framework in sorted(told.controls):
        for outcome in OUTCOME_ORDER:
            yield f"Controls of {framework}: {OUTCOME_WORDS[outcome]}", told.controls[framework].get(outcome, 0)
    yield "Recorded calls or log sources", told.calls
    yield "Gaps", told.gaps
    if (baseline := assessment.exceptions.baseline) is not None:
        yield "Failures that the baseline knows", baseline.findings
    yield "How to read it", "Hidden characters are spelled out. The JSON report holds every value unaltered."


def _finding(finding: Finding, found: Lookup) -> tuple[Cell, ...]:
    cells: list[Cell] = list(row(finding, found))
    number = HEADER.index("hit_count")
    cells[number] = int(count) if (count := str(cells[number])) else ""
    return tuple(cells)


_CONTROLS = (
    *(("framework", 24), ("control", 18), ("title", 50), ("coverage", 14), ("outcome", 16), ("waived", 10)),
    *(("attestation", 14), ("attested_by", 24), ("next_due", 12), ("rules", 60), ("notes", 80)),
)


def _controls(assessment: Assessment) -> Iterator[tuple[Cell, ...]]:
    stated: dict[tuple[str, str], ControlAttestation] = {}
    for use in assessment.exceptions.attestations:
        stated[use.attestation.framework, use.attestation.control] = use.attestation
    for control in assessment.controls:
        yield _control(control, stated.get((control.framework, control.id)))


def _control(control: ControlResult, stated: ControlAttestation | None) -> tuple[Cell, ...]:
    return (
        control.framework,
        control.id,
        control.title,
        control.coverage,
        OUTCOME_WORDS[control.outcome],
        "yes" if control.waived else "",
        control.attested or "",
        "" if stated is None else f"{stated.person}, {stated.role}",
        "" if stated is None else stated.next_due.isoformat(),
        "; ".join(control.rules),
        control.notes,
    )


_POPULATION = (
    *(("rule", 34), ("title", 60), ("severity", 12), ("resources", 12), ("pass", 10), ("fail", 10), ("unknown", 10)),
    *(("not applicable", 14), ("waived", 10), ("known", 10), ("accounts", 10)),
)


@dataclass(slots=True)
class _Population:
    """What a rule was judged on."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    waived: int = 0
    known: int = 0
    accounts: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Counts:
    """The population of each rule, counted while its findings are written: they are passed over once."""

    by_rule: dict[str, _Population] = field(default_factory=dict)

    def counting(self, finding: Finding) -> Finding:
        """The finding, counted."""
        counted = self.by_rule.setdefault(finding.rule, _Population())
        counted.outcomes[finding.outcome] += 1
        counted.waived += bool(finding.waiver)
        counted.known += finding.known
        counted.accounts.add(finding.account)
        return finding

    def rows(self, found: Lookup) -> Iterator[tuple[Cell, ...]]:
        """One row for each rule that was in force, whether it found something to judge or not."""
        for name in dict.fromkeys([*found.rules, *self.by_rule]):
            counted, rule = self.by_rule.get(name, _Population()), found.rules.get(name)
            outcomes = counted.outcomes
            yield (
                name,
                rule.title if rule is not None else "",
                rule.severity if rule is not None else "",
                outcomes.total() - outcomes[Outcome.NOT_APPLICABLE],
                *(outcomes[outcome] for outcome in _JUDGED),
                counted.waived,
                counted.known,
                len(counted.accounts),
            )


_EVIDENCE = (
    *(("number", 12), ("account", 15), ("region", 14), ("operation", 36), ("arguments", 60), ("started", 22)),
    *(("file", 60), ("sha256", 66), ("bytes", 12), ("error", 24), ("request_ids", 40)),
)


def _evidence(item: Evidence) -> tuple[Cell, ...]:
    where = (item.id, item.account, item.region, item.operation, compact_json(item.arguments), item.started)
    return (*where, item.file, item.sha256, item.bytes, item.error, "; ".join(item.request_ids))


_GAPS = (("place", 30), ("operation", 36), ("arguments", 60), ("kind", 16), ("code", 24), ("reason", 90))


def _gap(gap: Gap) -> tuple[Cell, ...]:
    return (gap_place(gap), gap.operation, compact_json(gap.arguments), gap.kind, gap.code, gap.reason)


_WAIVERS = (
    *(("waiver", 16), ("rule", 34), ("kind", 20), ("state", 14), ("from", 12), ("until", 12), ("failures", 10)),
    *(("approver", 30), ("ticket", 20), ("justification", 80), ("accounts", 30), ("regions", 20), ("resources", 40)),
    ("fault", 50),
)


def _waiver(use: WaiverUse) -> tuple[Cell, ...]:
    waiver, scope = use.waiver, use.waiver.scope
    return (
        waiver.id,
        waiver.rule,
        waiver.kind,
        use.in_force,
        waiver.since.isoformat(),
        waiver.until.isoformat(),
        use.findings,
        waiver.approver,
        waiver.ticket,
        waiver.justification,
        "; ".join(scope.accounts),
        "; ".join(scope.regions),
        "; ".join(scope.resources),
        use.fault,
    )
