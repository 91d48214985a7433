"""A rule in the report: what it asks and how, its parameters in force, the whole population, and its findings."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from reports.formats.html.views.findings import FindingView, finding_view
from reports.formats.html.views.marks import FINDING_MARKS, Mark, of_finding
from reports.plain_json import compact_json
from reports.repairs import OPEN
from reports.wording import Lookup, control_names
from scanner.model import (
    Assessment,
    Finding,
    LogEventsCheck,
    PeriodCheck,
    ResourceCheck,
    RouteCheck,
    Rule,
    ServiceRouteCheck,
)

OPEN_SHOWN, SETTLED_SHOWN = 60, 40
"""How many findings of a rule are shown of each verdict: of those that need somebody, and of the others."""


@dataclass(frozen=True, slots=True)
class Logic:
    """One part of how a rule decides: what it is, and the expression that decides it."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class RuleView:
    """What is shown of a rule. ``population`` counts its findings by their mark, and ``left_out`` those not shown."""

    id: str
    anchor: str
    title: str
    severity: str
    description: str
    rationale: str
    remediation: str
    references: tuple[str, ...]
    logic: tuple[Logic, ...]
    parameters: tuple[tuple[str, str, str], ...]
    controls: tuple[str, ...]
    population: tuple[tuple[Mark, int], ...]
    findings: tuple[FindingView, ...]
    left_out: int

    @property
    def total(self) -> int:
        """How many findings it has."""
        return sum(number for _, number in self.population)


def rule_views(assessment: Assessment, found: Lookup) -> tuple[RuleView, ...]:
    """Every rule that was judged, by id."""
    gathered: dict[str, _Gathered] = {}
    for finding in assessment.findings:
        gathered.setdefault(finding.rule, _Gathered()).add(finding)
    settings: dict[str, list[tuple[str, str, str]]] = {}
    for setting in assessment.run.settings:
        shown = (setting.name, compact_json(setting.value), _ORIGINS[setting.origin])
        settings.setdefault(setting.rule, []).append(shown)
    return tuple(
        _view(rule, gathered.get(rule.id, _Gathered()), settings.get(rule.id, []), found) for rule in assessment.rules
    )


class _Gathered:
    """The findings of one rule: all are counted, and those are kept that are shown, the ones that need somebody first.

    Of thousands of accounts no more is held than is shown.
    """

    def __init__(self) -> None:
        self.population: Counter[Mark] = Counter()
        self._kept: dict[Mark, list[Finding]] = {}

    def add(self, finding: Finding) -> None:
        """Count a finding, and keep it while there is room."""
        mark = of_finding(finding)
        self.population[mark] += 1
        kept = self._kept.setdefault(mark, [])
        if len(kept) < (OPEN_SHOWN if finding.outcome in OPEN else SETTLED_SHOWN):
            kept.append(finding)

    def counted(self) -> tuple[tuple[Mark, int], ...]:
        """How many findings have each mark, in the order of a legend."""
        return tuple(sorted(self.population.items(), key=lambda item: FINDING_MARKS.index(item[0])))

    def shown(self) -> list[Finding]:
        """Failures, then waived ones, then what is unknown, then the rest, in their own order."""
        return [finding for mark in FINDING_MARKS for finding in self._kept.get(mark, ())]


_ORIGINS = {
    "default": "the rule's default",
    "file": "set in a file",
    "flag": "set on the command line",
    "framework": "given by a framework",
}


def rule_anchor(rule: str) -> str:
    """Where a rule is found in the report."""
    return f"rule-{rule}"


def _view(rule: Rule, gathered: _Gathered, settings: Sequence[tuple[str, str, str]], found: Lookup) -> RuleView:
    shown = gathered.shown()
    anchor = rule_anchor(rule.id)
    views = [finding_view(finding, found, f"{anchor}-{number}") for number, finding in enumerate(shown, start=1)]
    sources = [reference for reference in rule.references if reference.startswith("https://")]
    return RuleView(
        id=rule.id,
        anchor=anchor,
        title=rule.title,
        severity=rule.severity,
        description=rule.description,
        rationale=rule.rationale,
        remediation=rule.remediation,
        references=tuple(sources),
        logic=tuple(_logic(rule)),
        parameters=tuple(settings),
        controls=tuple(control_names(rule.id, found)),
        population=gathered.counted(),
        findings=tuple(views),
        left_out=gathered.population.total() - len(shown),
    )


def _logic(rule: Rule) -> list[Logic]:
    check = rule.check
    match check:
        case ResourceCheck():
            parts = [("Judged on each", check.resource), ("Only those where", check.where or "")]
            parts += [("Must hold", clause.that) for clause in check.clauses]
        case RouteCheck():
            parts = [("Events that must reach a person", check.events), ("Further events", check.extended or "")]
            parts += [
                ("Kinds of route that count", ", ".join(check.accept)),
                ("Fires at the latest at", f"{check.max_threshold} occurrences within {check.max_period} seconds"),
            ]
        case ServiceRouteCheck():
            parts = [("Service", check.service), ("Events that must reach a person", check.events)]
        case LogEventsCheck():
            parts = [("Records that count", check.events), ("Except", check.excluded or "")]
        case PeriodCheck():
            parts = [("Measure", check.measure), *(("Must hold", clause.that) for clause in check.clauses)]
        case _:
            assert_never(check)
    return [Logic(label, text.strip()) for label, text in parts if text]
