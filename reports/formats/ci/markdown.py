"""Markdown for a pull request or the summary of a job: the verdict, what to put right first, and the rest in tables.

It stays below 65,000 bytes whatever was found: GitHub takes 65,536 characters in a comment and 1 MiB in
``$GITHUB_STEP_SUMMARY``, and refuses what is longer. Each part says how much of it is left out. Texts of an account are
inert: see ``inert``.

Sources: GitHub Docs, "Workflow commands for GitHub Actions" (job summaries); the limit of a comment is in the error of
GitHub's API, "body is too long (maximum is 65536 characters)".
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from reports.formats.ci.gating import EVERYTHING, Totals, counts, headline, some
from reports.formats.ci.inert import code, prose
from reports.repairs import Repair, repairs
from reports.streams import Stream, put_bytes
from reports.wording import OUTCOME_WORDS, Lookup, first_line, gap_kind, gap_place, gaps_of, lookup
from scanner.model import Assessment, Finding, Gap, Gate, InForce, Outcome, Severity, WaiverUse

LIMIT = 65_000
"""Most bytes of the report."""

_FOR_THE_END = 400
_CAUSES, _ROWS, _FEW, _CELL = 15, 40, 4, 160
_COLUMNS = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.MANUAL)
_IN_FORCE = {InForce.YES: "in force", InForce.EXPIRED: "expired", InForce.NOT_YET: "not yet in force"}


def write(assessment: Assessment, out: Stream, gate: Gate = EVERYTHING, incomplete: str = "") -> None:
    """Write ``assessment`` to ``out`` as Markdown, with what stops ``gate`` apart from what it passes over.

    ``incomplete`` says why the run stops the gate although nothing failed ("" when it does not).
    """
    page = _Page()
    for part in _parts(assessment, gate, incomplete):
        page.add(part)
    page.end("The HTML, CSV and JSON reports of the same run hold everything.")
    put_bytes(out, page.text().encode())


@dataclass(frozen=True, slots=True)
class _Part:
    """A section: its heading, what comes before its rows, the rows, and how many rows there are in all."""

    heading: str
    before: Sequence[str]
    rows: Sequence[str]
    total: int


@dataclass(slots=True)
class _Page:
    """Lines as long as there is room for them."""

    lines: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, part: _Part) -> None:
        """Write a section as far as there is room, and say what is left out."""
        if not self._put([part.heading, "", *part.before]):
            return
        written = 0
        for row in part.rows:
            if not self._put([row]):
                break
            written += 1
        left = part.total - written
        self._put(["", f"… and {left} more.", ""] if left else [""], reserve=0)

    def end(self, line: str) -> None:
        """The last line, for which there is always room."""
        self._put([line], reserve=0)

    def _put(self, lines: Sequence[str], reserve: int = _FOR_THE_END) -> bool:
        size = sum(len(line.encode()) + 1 for line in lines)
        if self.size + size + reserve > LIMIT:
            return False
        self.lines += lines
        self.size += size
        return True

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def _parts(assessment: Assessment, gate: Gate, incomplete: str) -> Iterator[_Part]:
    found = lookup(assessment)
    yield _verdict(assessment, gate, incomplete)
    causes = repairs(assessment.findings, found, _CAUSES)
    if causes.total:
        rows = [_cause(number, each) for number, each in enumerate(causes.first, start=1)]
        yield _Part("### What to put right first", [], rows, causes.total)
    if assessment.summary.controls:
        yield _frameworks(assessment)
    yield from _by_rule(assessment, gate, found)
    yield from _exceptions(assessment)
    yield from _gaps(assessment.gaps)


def _verdict(assessment: Assessment, gate: Gate, incomplete: str) -> _Part:
    totals, run = Totals.of(assessment.findings, gate), assessment.run
    said = headline(assessment, totals, incomplete)
    accounts = run.account_ids
    collected = code(_short(run.collected.started))
    of = some([code(account) for account in accounts], _FEW) or "no account"
    rows = [
        f"**{said.verdict.capitalize()}.** {prose(_short(said.why))}",
        "",
        f"{counts(totals.outcomes)}. Accounts: {of}. Collected {collected}. Gate: `--fail-on {gate.fail_on}`.",
    ]
    return _Part(f"## Trailwitness: {said.verdict}", [], rows, len(rows))


def _cause(number: int, repair: Repair) -> str:
    owner = repair.thing.account
    of = f" of {code(owner)}" if owner and owner != repair.thing.resource else ""
    what = f"{repair.findings} {'failure' if repair.findings == 1 else 'failures'}"
    told = f"{number}. **{repair.severity}** {code(_short(repair.thing.name))}{of}: {what}"
    if repair.controls:
        told += f", controls {some([prose(_short(control)) for control in repair.controls], _FEW)}"
    steps = list(repair.steps)
    return f"{told}. {prose(first_line(steps[0], 2 * _CELL))}" if steps else f"{told}."


def _frameworks(assessment: Assessment) -> _Part:
    names = [OUTCOME_WORDS[outcome] for outcome in _COLUMNS]
    rows = []
    for framework, told in sorted(assessment.summary.controls.items()):
        rows.append(_row([code(_short(framework)), *(str(told.get(outcome, 0)) for outcome in _COLUMNS)]))
    return _Part("### Controls by framework", _head(["Framework", *names]), rows[:_ROWS], len(rows))


@dataclass(slots=True)
class _RuleCount:
    """The findings of a rule with one outcome."""

    severity: Severity = Severity.INFO
    stops: int = 0
    passed_over: int = 0
    accounts: set[str] = field(default_factory=set)
    why: Counter[str] = field(default_factory=Counter)

    def add(self, finding: Finding, gate: Gate, why: str) -> None:
        self.severity = max(self.severity, finding.severity, key=lambda severity: severity.rank)
        passed_over = bool(finding.passed_over(gate))
        self.stops += not passed_over
        self.passed_over += passed_over
        self.accounts.add(finding.account)
        self.why[why] += 1


def _by_rule(assessment: Assessment, gate: Gate, found: Lookup) -> Iterator[_Part]:
    failed: dict[str, _RuleCount] = {}
    unknown: dict[str, _RuleCount] = {}
    for finding in assessment.findings:
        if finding.outcome is Outcome.FAIL:
            failed.setdefault(finding.rule, _RuleCount()).add(finding, gate, finding.title)
        elif finding.outcome is Outcome.UNKNOWN:
            unknown.setdefault(finding.rule, _RuleCount()).add(finding, gate, _why(finding, found))
    if failed:
        yield _rules("### Failed rules", failed, "What it asks")
    if unknown:
        yield _rules("### Could not be judged", unknown, "Why")


def _why(finding: Finding, found: Lookup) -> str:
    """Why something could not be judged: what it was refused by, where it was, and the reason."""
    gaps = gaps_of(finding, found)
    kind = f"{gap_kind(finding, found)}: " if gaps else ""
    return f"{kind}{finding.reason}" if finding.reason.strip() else gap_kind(finding, found)


def _rules(heading: str, counted: dict[str, _RuleCount], last: str) -> _Part:
    order = sorted(counted, key=lambda rule: (-counted[rule].stops, -counted[rule].severity.rank, rule))
    rows = [_rule_row(rule, counted[rule]) for rule in order[:_ROWS]]
    head = _head(["Rule", "Severity", "Stops the gate", "Passed over", "Accounts", last])
    return _Part(heading, head, rows, len(order))


def _rule_row(rule: str, count: _RuleCount) -> str:
    why = [prose(_short(each)) for each in sorted(count.why)]
    numbers = [str(count.stops), str(count.passed_over), str(len(count.accounts))]
    return _row([code(_short(rule)), count.severity, *numbers, some(why, 2)])


def _exceptions(assessment: Assessment) -> Iterator[_Part]:
    used = assessment.exceptions
    if used.waivers:
        rows = [_waiver(use) for use in used.waivers]
        head = _head(["Waiver", "Rule", "State", "Until", "Failures", "Approver", "Ticket"])
        yield _Part("### Waivers", head, rows[:_ROWS], len(rows))
    if (baseline := used.baseline) is not None:
        told = f"The baseline of {code(_short(baseline.made))} knows {baseline.size} failures: {baseline.findings} "
        told += f"of them are here, {len(baseline.gone)} no longer. Nobody approved them."
        yield _Part("### Baseline", [], [told], 1)


def _waiver(use: WaiverUse) -> str:
    waiver = use.waiver
    return _row(
        [
            code(_short(waiver.id)),
            code(_short(waiver.rule)),
            prose(_short(use.fault or _IN_FORCE[use.in_force])),
            waiver.until.isoformat(),
            str(use.findings),
            prose(_short(waiver.approver)),
            prose(_short(waiver.ticket)),
        ]
    )


def _gaps(gaps: Iterable[Gap]) -> Iterator[_Part]:
    # A Region that is not enabled is out of scope, and its gap names no operation.
    named = Counter((gap.kind, gap.operation) for gap in gaps if gap.operation)
    first: dict[tuple[str, str], Gap] = {}
    for gap in gaps:
        first.setdefault((gap.kind, gap.operation), gap)
    if named:
        order = sorted(named, key=lambda each: (-named[each], each))
        rows = [
            _row([code(_short(operation)), kind, str(named[kind, operation]), _place(first[kind, operation])])
            for kind, operation in order[:_ROWS]
        ]
        head = _head(["Call", "Why there is no answer", "Times", "The first place"])
        yield _Part("### Could not look", head, rows, len(order))


def _place(gap: Gap) -> str:
    return code(_short(gap_place(gap)))


def _head(names: Sequence[str]) -> list[str]:
    return [_row(names), _row(["---"] * len(names))]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _short(text: str) -> str:
    """A value as one line that fits a cell; of nothing, a dash."""
    return first_line(text, _CELL) if text.strip() else "–"
