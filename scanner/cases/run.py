"""A rule judged over its cases: what it said, and how that differs from what was expected."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.arns import partition_of
from scanner.assessment.evaluate import evaluate
from scanner.cases.calls import CaseCall
from scanner.cases.files import Case, Expectation
from scanner.cases.record_run import judge_records
from scanner.cases.records import Record
from scanner.checks.period import judge_all as judge_period
from scanner.checks.route import Proofs
from scanner.errors import UsageError
from scanner.model import WORST_FIRST, CallKey, Finding, Outcome, RouteDetails, Rule, worst_outcome
from scanner.period.evidence import PeriodEvidence
from scanner.resources import RESOURCES
from scanner.snapshot.answers import SCHEMA, Answer, Call, Snapshot
from scanner.wording import shown

COLLECTED = "2026-11-20T07:00:00Z"
"""The time of collection of every case."""

_REPORTERS = frozenset(kind.existence.reported_by for kind in RESOURCES.values() if kind.existence)
"""The rules that report resources that do not exist: in a case they count as judged, as in a scan of every rule."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How a case went: ``problems`` is empty when the findings are what was expected.

    ``unasked`` are operations the case speaks of and the rule never looked at.
    """

    case: Case
    findings: tuple[Finding, ...]
    problems: tuple[str, ...]
    unasked: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the rule said what the case expects."""
        return not self.problems


def run_cases(rule: Rule, cases: Sequence[Case]) -> Iterator[CaseResult]:
    """Judge the rule over every case, in order."""
    proofs = Proofs()
    for case in cases:
        yield run_case(rule, case, proofs)


def run_case(rule: Rule, case: Case, proofs: Proofs | None = None) -> CaseResult:
    """Judge the rule over one case and compare what it says with what is expected; ``proofs`` as for ``evaluate``."""
    if case.records is not None:
        return _run_over_records(rule, case, case.records)
    if case.period is not None:
        return _run_over_period(rule, case, case.period)
    # What a case speaks of and the rule never asks for shows that the case tests nothing, or the rule too little.
    asked: set[str] = set()
    snapshot = case_snapshot(case, asked)
    try:
        findings = tuple(evaluate((rule,), snapshot, {rule.id: case.parameters}, _REPORTERS, proofs))
    except UsageError as error:
        return CaseResult(case, (), (f"the rule cannot be judged: {error}",))
    return CaseResult(case, findings, tuple(_differences(case.expect, findings)), tuple(sorted(case.named - asked)))


def _run_over_records(rule: Rule, case: Case, records: Sequence[Record]) -> CaseResult:
    try:
        findings, disagreements = judge_records(rule, records, case.parameters)
    except UsageError as error:
        return CaseResult(case, (), (f"the rule cannot be judged: {error}",))
    return CaseResult(case, findings, (*disagreements, *_differences(case.expect, findings)))


def _run_over_period(rule: Rule, case: Case, evidence: PeriodEvidence) -> CaseResult:
    try:
        findings = tuple(judge_period((rule,), evidence, {rule.id: case.parameters}))
    except UsageError as error:
        return CaseResult(case, (), (f"the rule cannot be judged: {error}",))
    return CaseResult(case, findings, tuple(_differences(case.expect, findings)))


def case_snapshot(case: Case, asked: set[str] | None = None) -> Snapshot:
    """The case's calls as a snapshot; operations that are asked for are added to ``asked``."""
    # Answers go through the same reading as those on disk, so that what a case writes must have AWS's shape.
    pages = {f"raw/{number}.json": call.pages for number, call in enumerate(case.calls)}
    calls = tuple(_call(call, f"raw/{number}.json") for number, call in enumerate(case.calls))

    def read(file: str) -> bytes:
        return json.dumps({"pages": pages[file]}).encode()

    return _WatchedSnapshot(_run(case), calls, read, set() if asked is None else asked)


class _WatchedSnapshot(Snapshot):
    """A snapshot that notes which operations are asked for."""

    def __init__(self, run: Mapping[str, Any], calls: tuple[Call, ...], read: Any, asked: set[str]) -> None:
        super().__init__(run, calls, read)
        self._asked = asked

    def answer(self, key: CallKey) -> Answer:
        """The recorded answer; the operation is noted."""
        self._asked.add(key.operation)
        return super().answer(key)

    def asking(self, operation: str, region: str) -> tuple[str, ...]:
        """The accounts in which it was called; the operation is noted."""
        self._asked.add(operation)
        return super().asking(operation, region)

    def made(self, account: str, operation: str) -> tuple[Call, ...]:
        """The recorded calls; the operation is noted."""
        self._asked.add(operation)
        return super().made(account, operation)


def _run(case: Case) -> dict[str, Any]:
    first = next(account for account, regions in case.scope.items() if regions)
    region = case.scope[first][0]
    partition = partition_of(region)
    return {
        "schema": SCHEMA,
        "started": COLLECTED,
        "finished": COLLECTED,
        "partition": partition,
        "caller": {"account": first, "arn": f"arn:{partition}:iam::{first}:user/case", "user_id": "AIDACASE"},
        "tool": {"name": "trailwitness", "version": "0"},
        "dependencies": {},
        "scope": {
            "accounts": {account: _account_scope(case, account) for account in case.scope},
            "asked": {"regions": "enabled"},
        },
        "rules": [case.rule],
    }


def _account_scope(case: Case, account: str) -> dict[str, Any]:
    scope: dict[str, Any] = {"regions": list(case.scope[account]), "skipped": {}}
    return {**scope, "reason": case.left_out[account]} if account in case.left_out else scope


def _call(call: CaseCall, file: str) -> Call:
    listed = sum(len(value) for page in call.pages for value in page.values() if isinstance(value, list))
    return Call(
        key=call.key,
        started=COLLECTED,
        date=COLLECTED,
        request_ids=(),
        pages=len(call.pages),
        items=listed,
        file="" if call.error else file,
        sha256="",
        bytes=0,
        error=call.error,
        unknown=call.unknown,
    )


def _differences(expect: Expectation, findings: Sequence[Finding]) -> Iterator[str]:
    yield from _overall(expect, findings)
    for account, wanted in expect.accounts.items():
        its = [finding for finding in findings if finding.account == account]
        yield from (f"account {account}: {problem}" for problem in _overall(wanted, its))


def _overall(expect: Expectation, findings: Sequence[Finding]) -> Iterator[str]:
    """How findings differ from what is expected of them together."""
    worst = worst_outcome(finding.outcome for finding in findings)
    if worst is not expect.outcome:
        said = f"{worst} ({_reasons(findings, worst)})" if worst else "nothing at all"
        yield f"expected {expect.outcome}, the rule said {said}"
        return
    candidates = [finding for finding in findings if finding.outcome is worst]
    if not any(_agrees(expect, finding) for finding in candidates):
        yield f"no {worst} finding has {_wanted(expect)}; they are: {_described(candidates)}"
    hits = sum(finding.hit_count for finding in findings)
    if expect.hits is not None and hits != expect.hits:
        yield f"expected {expect.hits} hits, there are {hits}"
    if expect.findings is not None:
        counts = Counter(finding.outcome for finding in findings)
        wanted = {outcome: count for outcome, count in expect.findings.items() if count}
        if dict(counts) != wanted:
            yield f"expected the findings {_counted(wanted)}, there are {_counted(counts)}"


def _agrees(expect: Expectation, finding: Finding) -> bool:
    if expect.reason not in finding.reason:
        return False
    route = _route(finding)
    if expect.broken and route.first_broken != expect.broken:
        return False
    return expect.lost is None or frozenset(route.lost) == expect.lost


def _route(finding: Finding) -> RouteDetails:
    """What a finding says of its route; nothing where it is about none."""
    return finding.details if isinstance(finding.details, RouteDetails) else RouteDetails()


def _wanted(expect: Expectation) -> str:
    parts = []
    if expect.reason:
        parts.append(f"the reason {shown(expect.reason)}")
    if expect.broken:
        parts.append(f"the first broken link {expect.broken}")
    if expect.lost is not None:
        parts.append(f"the lost events {', '.join(sorted(expect.lost)) or 'none'}")
    return " and ".join(parts)


def _described(findings: Sequence[Finding]) -> str:
    return "; ".join(_told(finding) for finding in findings)


def _told(finding: Finding) -> str:
    route = _route(finding)
    return f"{finding.reason} [broken: {route.first_broken or '-'}, lost: {', '.join(route.lost) or '-'}]"


def _reasons(findings: Sequence[Finding], outcome: Outcome) -> str:
    return "; ".join(finding.reason for finding in findings if finding.outcome is outcome)


def _counted(counts: Mapping[Outcome, int]) -> str:
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in WORST_FIRST if counts.get(outcome)) or "none"
