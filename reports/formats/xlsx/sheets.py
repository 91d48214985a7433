"""What the sheets of the workbook hold, as rows of texts and numbers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reports.finding_rows import COLUMNS, HEADER, row
from reports.formats.xlsx.book import Book, Cell, Column
from reports.plain_json import compact_json
from reports.wording import OUTCOME_ORDER, OUTCOME_WORDS, Lookup, gap_place, lookup
from scanner.model import Assessment, ControlAttestation, ControlResult, Evidence, Finding, Gap, Outcome, WaiverUse

_WIDTHS: Mapping[str, int] = {
    "rule": 34, "title": 40, "outcome": 14, "account": 15, "region": 14, "resource": 50, "reason": 70, "controls": 40,
    "evidence": 24, "remediation": 60, "cause": 30,
}  # fmt: skip
_JUDGED = (Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE)


SHEETS: Mapping[str, tuple[Column, ...]] = {
    "Summary": (
        Column("Item", 34, "what the value is of: when, by whom and over what was judged, and the counts"),
        Column("Value", 90, "a text or a number"),
    ),
    "Findings": tuple(Column(name, _WIDTHS.get(name, 18), meaning) for name, meaning in COLUMNS.items()),
    "Controls": (
        Column("framework", 24, "id of the framework"),
        Column("control", 18, "number of the control in it"),
        Column("title", 50, "short title"),
        Column("coverage", 14, "how far rules decide it: `full`, `partial`, `supporting` or `manual`"),
        Column("outcome", 16, "as good as the worst of its rules; `manual` when no rule judges it"),
        Column(
            "waived",
            10,
            "`yes` where waivers cover every failure of its rules and nothing is unknown; the outcome is fail",
        ),
        Column(
            "attestation", 14, "whether an attestation counts on the day of the evidence; empty where there is none"
        ),
        Column("attested_by", 24, "who attested it, and in which role"),
        Column("next_due", 12, "last day on which the attestation counts"),
        Column("rules", 60, "ids of the rules that judge it"),
        Column("notes", 80, "what the rules cover of it, and what they leave to a person"),
    ),
    "Population": (
        Column("rule", 34, "id of the rule"),
        Column("title", 60, "what it asks"),
        Column("severity", 12, "its severity"),
        Column("resources", 12, "how many things it was judged on: the next three together"),
        Column("pass", 10, "how many of them pass"),
        Column("fail", 10, "how many fail, waived ones included"),
        Column("unknown", 10, "how many could not be decided"),
        Column("not applicable", 14, "how many findings say that there was nothing to judge"),
        Column("waived", 10, "how many of the failures a waiver covers"),
        Column("known", 10, "how many of the failures the baseline knows"),
        Column("accounts", 10, "in how many accounts it has a finding"),
    ),
    "Evidence": (
        Column("number", 12, "evidence number, as findings cite it"),
        Column("account", 15, "the account that was asked"),
        Column("region", 14, "the Region that was asked"),
        Column("operation", 36, "the AWS operation; `read` for a log source"),
        Column("arguments", 60, "its arguments, as JSON"),
        Column("started", 22, "when the call was made (UTC)"),
        Column("file", 60, "the file that holds the raw answer, or the name of the log source"),
        Column("sha256", 66, "SHA-256 of it"),
        Column("bytes", 12, "its size"),
        Column("error", 24, "AWS error code when the call gave no answer, or why a log was not read to its end"),
        Column("request_ids", 40, "AWS request ids, one per page"),
    ),
    "Gaps": (
        Column("place", 30, "account and Region"),
        Column("operation", 36, "the AWS operation that gave no answer"),
        Column("arguments", 60, "its arguments, as JSON"),
        Column("kind", 16, "why it gave none, in a word"),
        Column("code", 24, "AWS error code; empty when the call was never made"),
        Column("reason", 90, "the same in a sentence"),
    ),
    "Waivers": (
        Column("waiver", 16, "id of the waiver"),
        Column("rule", 34, "the rule whose failures it covers"),
        Column("kind", 20, "`risk-accepted`, `compensating-control` or `false-positive`"),
        Column("state", 14, "whether it counts on the day of the evidence"),
        Column("from", 12, "first day on which it counts"),
        Column("until", 12, "last day on which it counts"),
        Column("failures", 10, "how many failures it covers"),
        Column("approver", 30, "who approved it"),
        Column("ticket", 20, "where that is on record"),
        Column("justification", 80, "why it was approved"),
        Column("accounts", 30, "the accounts it is limited to; empty for all"),
        Column("regions", 20, "the Regions it is limited to; empty for all"),
        Column("resources", 40, "the resources it is limited to; empty for all"),
        Column("fault", 50, "what is wrong with it, such as that it has expired; else empty"),
    ),
}
"""The sheets in their order, with their columns."""


def fill(book: Book, assessment: Assessment) -> None:
    """Write every sheet."""
    found = lookup(assessment)
    counts = _Counts()
    counted = map(counts.counting, assessment.findings)
    rows: Mapping[str, Iterable[tuple[Cell, ...]]] = {
        "Summary": list(_summary(assessment)),
        "Findings": (_finding(item, found) for item in counted),
        "Controls": _controls(assessment),
        "Population": counts.rows(found),  # made after the findings, which it counts
        "Evidence": map(_evidence, assessment.evidence),
        "Gaps": map(_gap, assessment.gaps),
        "Waivers": map(_waiver, assessment.exceptions.waivers),
    }
    for name, columns in SHEETS.items():
        book.add(name, columns, rows[name])


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


def _evidence(item: Evidence) -> tuple[Cell, ...]:
    where = (item.id, item.account, item.region, item.operation, compact_json(item.arguments), item.started)
    return (*where, item.file, item.sha256, item.bytes, item.error, "; ".join(item.request_ids))


def _gap(gap: Gap) -> tuple[Cell, ...]:
    return (gap_place(gap), gap.operation, compact_json(gap.arguments), gap.kind, gap.code, gap.reason)


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
