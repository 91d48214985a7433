"""Rule cases: recorded answers written by hand, the rule judged over them, and the outcome it must have.

A case starts from a base (a shared ``.calls.yaml`` file, calls of its own file), changes it, and names what it
expects. A change that changes nothing (an operation that is not there, a pointer that leads nowhere) is an error:
a case that tests something else than it says is worse than none.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scanner.case_calls import CaseCall, apply_changes, read_base, read_calls
from scanner.case_snapshot import WatchedSnapshot, snapshot_of
from scanner.documents import Document, did_you_mean, read_document, shown
from scanner.errors import ContentError, UsageError
from scanner.evaluate import evaluate
from scanner.model import Finding, JsonValue, Outcome, Rule, RuleId
from scanner.parameters import value_problem
from scanner.rules import CASES
from scanner.schemas import problems_of

_WORST_FIRST = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS, Outcome.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a rule must say: the worst outcome, and optionally what a finding with that outcome holds."""

    outcome: Outcome
    reason: str = ""
    broken: str = ""
    lost: tuple[str, ...] | None = None
    findings: Mapping[Outcome, int] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One named case: the calls after every change, and the Regions in scope by account.

    ``named`` are the operations the case itself speaks of; ``empties`` says that it takes something away that
    others have; ``place`` is ``file:line:column``.
    """

    rule: RuleId
    name: str
    place: str
    calls: tuple[CaseCall, ...]
    scope: Mapping[str, tuple[str, ...]]
    parameters: Mapping[str, JsonValue]
    expect: Expectation
    named: frozenset[str] = frozenset()
    empties: bool = False


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How a case went: ``problems`` is empty when the findings are what was expected.

    ``unasked`` are operations the case speaks of and the rule never looked at.
    """

    case: Case
    findings: tuple[Finding, ...]
    problems: tuple[str, ...]
    unasked: tuple[str, ...] = field(default=())

    @property
    def passed(self) -> bool:
        """Whether the rule said what the case expects."""
        return not self.problems


def cases_file(rule: Rule, folder: Path) -> Path:
    """Where the cases of a rule of this folder stand: beside it."""
    return folder / (rule.path.removesuffix(".yaml") + CASES)


def load_cases(rule: Rule, folder: Path) -> tuple[Case, ...]:
    """The cases of a rule of ``folder``; none when it has no case file. Raises ContentError."""
    path = cases_file(rule, folder)
    return read_cases(path, folder, rule) if path.is_file() else ()


def read_cases(path: Path, folder: Path, rule: Rule) -> tuple[Case, ...]:
    """The cases of one file; ``folder`` is the rules folder that base files must stay in.

    Raises ContentError with every mistake of the file.
    """
    document = read_document(path, merge=True)
    problems = problems_of(document, "case")
    if problems:
        raise ContentError(problems)
    data: dict[str, Any] = document.value
    if data["rule"].strip() != rule.id:
        raise ContentError((document.problem(("rule",), f"these are cases of {data['rule']}, the rule is {rule.id}"),))
    base = read_base(document, path, folder)
    base.update((call.key, call) for call in read_calls(document, ("calls",)))
    cases: list[Case] = []
    found: list[str] = []
    names: Counter[str] = Counter()
    for index, raw in enumerate(data["cases"]):
        names[raw["name"]] += 1
        if names[raw["name"]] == 2:
            found.append(document.problem(("cases", index, "name"), f"a second case is called {shown(raw['name'])}"))
        try:
            cases.append(_case(document, index, rule, base))
        except ContentError as error:
            found.extend(error.problems)
    if found:
        raise ContentError(found)
    return tuple(cases)


def run_cases(rule: Rule, cases: Sequence[Case]) -> Iterator[CaseResult]:
    """Judge the rule over every case."""
    for case in cases:
        yield run_case(rule, case)


def run_case(rule: Rule, case: Case) -> CaseResult:
    """Judge the rule over one case and compare."""
    snapshot = snapshot_of(case.calls, case.scope, rule.id)
    try:
        findings = tuple(evaluate((rule,), snapshot, {rule.id: case.parameters}))
    except UsageError as error:
        return CaseResult(case, (), (f"the rule has no value here: {error}",))
    return CaseResult(case, findings, _compare(case.expect, findings), _unasked(case, snapshot))


def worst_outcome(findings: Sequence[Finding]) -> Outcome | None:
    """The worst outcome: fail, then unknown, then pass, then not applicable; None without findings."""
    outcomes = {finding.outcome for finding in findings}
    return next((outcome for outcome in _WORST_FIRST if outcome in outcomes), None)


def missing_cases(rule: Rule, cases: Sequence[Case]) -> tuple[str, ...]:
    """The kinds of case every rule needs and this one lacks.

    A passing and a failing case, one in which what is judged is not there, one in which a needed call was
    refused and the outcome is unknown; for routes also a decoy that looks right and fails.
    """
    route = type(rule.check).__name__ == "RouteCheck"
    needs: tuple[tuple[str, Callable[[Case], bool]], ...] = (
        ("a case that passes", lambda case: case.expect.outcome is Outcome.PASS),
        ("a case that fails", lambda case: case.expect.outcome is Outcome.FAIL),
        ("a case with nothing to judge", lambda case: case.empties),
        ("a case with a refused call that is unknown", _is_refused),
        ("a decoy (named so) that fails", lambda case: not route or _is_decoy(case)),
    )
    return tuple(what for what, holds in needs if not any(holds(case) for case in cases))


def _is_refused(case: Case) -> bool:
    refused = any(call.error is not None and call.error.kind == "denied" for call in case.calls)
    return refused and case.expect.outcome is Outcome.UNKNOWN


def _is_decoy(case: Case) -> bool:
    return "decoy" in case.name.lower() and case.expect.outcome is Outcome.FAIL


def _case(document: Document, index: int, rule: Rule, base: Mapping[str, CaseCall]) -> Case:
    pointer = ("cases", index)
    raw = document.value["cases"][index]
    problems: list[str] = []
    own = read_calls(document, (*pointer, "calls"))
    before = {**base, **{call.key: call for call in own}}
    calls, changed = apply_changes(document, pointer, before, problems)
    problems.extend(_parameter_problems(document, pointer, rule))
    if problems:
        raise ContentError(problems)
    mark = document.mark(pointer)
    expect = raw["expect"]
    emptied = any(call.error is None and call.lists_nothing for call in own) or any(call.absent for call in own)
    return Case(
        rule=rule.id,
        name=raw["name"].strip(),
        place=f"{document.name}:{mark.line}:{mark.column}",
        calls=tuple(calls[key] for key in sorted(calls)),
        scope=_scope(before.values()),
        parameters=raw.get("parameters", {}),
        expect=_expectation(expect if isinstance(expect, dict) else {"outcome": expect}),
        named=frozenset(call.operation for call in own) | changed,
        empties=emptied or "unset" in raw or any(value in ([], None) for value in raw.get("set", {}).values()),
    )
