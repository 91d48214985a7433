"""Explains a rule, a control, a monitoring system or evidence: what is wanted, what was found, and what to do."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner.content.rules import area_of
from scanner.content.systems import MonitoringSystem, monitoring_systems, systems_of
from scanner.errors import SnapshotError, UsageError
from scanner.model import (
    Assessment,
    Control,
    Evidence,
    EvidenceId,
    Finding,
    Framework,
    Outcome,
    ResourceDetails,
    RouteDetails,
    Rule,
    RuleId,
    ServiceRouteCheck,
)
from scanner.wording import did_you_mean, shown

MOST_NUMBERS = 4
"""Evidence numbers shown of a finding; the reports list all of them."""

_BY_A_PERSON = "Have a person examine it, and keep who did so, when, what was examined and what came of it."
_ASSESSMENT = "data/assessment.json"
_EVIDENCE = re.compile(r"EV-[0-9]{4,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its lines; a line is a sentence or more, and each of ``items`` belongs to a list below them."""

    heading: str
    lines: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was asked about, and the sections that explain it."""

    title: str
    sections: tuple[Section, ...]


def scan_of(path: Path, rules: Iterable[Rule]) -> Assessment:
    """What a scan found, from its JSON report or from its evidence bundle, a folder or a .zip.

    Nothing is verified. Raises SnapshotError for a file that is neither.
    """
    from reports.bundle.readers import open_bag
    from reports.document.reading import read_assessment

    if path.is_file() and path.suffix != ".zip":
        return read_assessment(path.read_bytes(), rules)
    with open_bag(path) as bag:
        if _ASSESSMENT not in bag.names:
            message = f"{path} holds no {_ASSESSMENT}, so it is not the evidence bundle of a scan."
            raise SnapshotError(message, "Name a bundle, or what `scan --output json=FILE` wrote.")
        return read_assessment(bag.read(_ASSESSMENT), rules)


class Explainer:
    """Explains by these rules and frameworks, and by what a scan found (None: no scan was given)."""

    def __init__(self, rules: Sequence[Rule], frameworks: Sequence[Framework], found: Assessment | None = None) -> None:
        self.rules = rules
        self.frameworks = frameworks
        self.found = found
        self._by_id = {str(rule.id): rule for rule in rules}

    def explain(self, subject: str) -> Explanation:
        """Explain a rule id, a control (``framework/control``), a system's id or an evidence number (``EV-0001``).

        Raises UsageError for anything else, and for evidence without the scan that it belongs to.
        """
        if _EVIDENCE.fullmatch(subject):
            return self._evidence(subject.upper())
        if subject in self._by_id:
            return self._rule(self._by_id[subject])
        system = next((each for each in monitoring_systems() if each.id == subject), None)
        if system is not None:
            return self._system(system)
        controls = list(self._controls(subject))
        if len(controls) == 1:
            return self._control(*controls[0])
        if controls:
            named = ", ".join(f"{framework.id}/{control.id}" for framework, control in controls)
            raise UsageError(f"{shown(subject)} is a control of several frameworks.", f"Name one: {named}.")
        raise self._unknown(subject)

    def _unknown(self, subject: str) -> UsageError:
        systems = [system.id for system in monitoring_systems()]
        names = [*self._by_id, *systems, *self._control_names()]
        hint = (
            "Name a rule (`rules list`), a control as FRAMEWORK/CONTROL (`frameworks show`), an evidence number, "
            f"or a system: {', '.join(systems)}."
        )
        return UsageError(f"There is nothing called {shown(subject)} to explain.{did_you_mean(subject, names)}", hint)

    def _control_names(self) -> Iterator[str]:
        for framework in self.frameworks:
            yield from (f"{framework.id}/{control.id}" for control in framework.controls)

    def _controls(self, subject: str) -> Iterator[tuple[Framework, Control]]:
        name, slash, wanted = subject.partition("/")
        for framework in self.frameworks:
            for control in framework.controls:
                if (slash and (framework.id, control.id) == (name, wanted)) or control.id == subject:
                    yield framework, control

    def _rule(self, rule: Rule) -> Explanation:
        findings = self._findings([rule.id])
        systems = [f"{system.id}: {system.use}." for system in _systems_for(rule)]
        return Explanation(
            f"{rule.id} [{rule.severity}]",
            (
                Section("What is wanted", (f"{rule.title.rstrip('.')}.", rule.description.strip())),
                Section("Why", (rule.rationale.strip(),)),
                Section(
                    "Who asks for it", items=tuple(self._asking(rule.id)) or ("no control of a shipped framework",)
                ),
                Section(
                    "AWS systems that can do it", ("`explain` with one of these names says more.",), tuple(systems)
                ),
                self._what_was_found(findings),
                _next_step([rule], findings),
                Section("Read", items=rule.references),
            ),
        )

    def _control(self, framework: Framework, control: Control) -> Explanation:
        ids = (*control.rules, *control.log_rules)
        rules = [self._by_id[rule] for rule in ids if rule in self._by_id]
        systems = dict.fromkeys(f"{system.id}: {system.use}." for rule in rules for system in _systems_for(rule))
        findings = self._findings(control.rules)
        decided = f"Coverage: {control.coverage}. {control.notes.strip()}"
        return Explanation(
            f"{framework.id} {control.id}: {control.title}",
            (
                Section("How far the rules decide it", (decided,)),
                Section(
                    "Rules", items=tuple(f"{rule.id}: {rule.title}" for rule in rules) or ("none: a person decides it",)
                ),
                Section("AWS systems that can do it", items=tuple(systems)),
                self._what_was_found(findings),
                _next_step(rules, findings),
            ),
        )

    def _system(self, system: MonitoringSystem) -> Explanation:
        rules = [rule for rule in self.rules if area_of(rule.id) in system.areas]
        judged = self._findings([rule.id for rule in rules])
        findings = [each for each in judged if each.outcome is not Outcome.PASS]
        areas = ", ".join(f"{area}.*" for area in system.areas)
        return Explanation(
            f"{system.id}: {system.title}",
            (
                Section("What it is for", (f"Use it to {system.use}.",)),
                Section("Delay", (f"{_capital(system.delay)}.",)),
                Section("Retention", (f"{_capital(system.retention)}.",)),
                Section("Limits", items=system.limits),
                Section("What it costs", (f"{_capital(system.cost)}.",)),
                Section("When not to use it", (f"Do not rest on it when {system.avoid}.",)),
                Section("Rules that look at it", (f"{areas}: {len(rules)} rules (`rules list`).",)),
                self._what_was_found(findings),
                Section("Read", items=system.sources),
            ),
        )

    def _evidence(self, number: str) -> Explanation:
        if self.found is None:
            raise UsageError(
                f"{number} is evidence of one scan, and no scan is given.",
                "Give the scan's JSON report or its evidence bundle with --from.",
            )
        evidence = next((each for each in self.found.evidence if each.id == number), None)
        if evidence is None:
            last = self.found.evidence[-1].id if self.found.evidence else "none"
            raise UsageError(f"The scan has no evidence {number}.", f"Its last one is {last}.")
        resting = [finding for finding in self.found.findings if number in finding.evidence]
        return Explanation(
            f"{number}: {evidence.operation}",
            (
                Section("What was asked", tuple(_asked(evidence))),
                Section("What rests on it", items=tuple(map(_finding, resting)) or ("no finding",)),
            ),
        )

    def _asking(self, rule: RuleId) -> Iterator[str]:
        for framework in self.frameworks:
            for control in framework.controls:
                if rule in (*control.rules, *control.log_rules):
                    yield f"{framework.id} {control.id}: {control.title} ({control.coverage})"

    def _findings(self, rules: Sequence[RuleId]) -> list[Finding]:
        return [] if self.found is None else [each for each in self.found.findings if each.rule in rules]

    def _what_was_found(self, findings: Sequence[Finding]) -> Section:
        if self.found is None:
            return Section("What was found here", ("No scan is given; --from takes a JSON report or a bundle.",))
        listed = tuple(map(_finding, findings))
        return Section("What was found here", items=listed or ("nothing: the scan judged no such rule",))


def _finding(finding: Finding) -> str:
    where = " ".join(part for part in (finding.resource, finding.region) if part)
    return f"{finding.outcome} {finding.rule} {where}: {finding.reason}{_numbers(finding.evidence)}"


def _numbers(evidence: Sequence[EvidenceId]) -> str:
    shown_here = ", ".join(evidence[:MOST_NUMBERS])
    more = len(evidence) - MOST_NUMBERS
    further = f" and {more} more" if more > 0 else ""
    return f" [{shown_here}{further}]" if evidence else ""


def _next_step(rules: Sequence[Rule], findings: Sequence[Finding]) -> Section:
    """What to do: for the failures that were found with their names, else as the rules say in general."""
    failed = [finding for finding in findings if finding.outcome is Outcome.FAIL]
    if findings and not failed:
        unknown = any(finding.outcome is Outcome.UNKNOWN for finding in findings)
        words = "Let the scan look at what it could not, and scan again." if unknown else "Nothing failed."
        return Section("Next step", (words,))
    if failed:
        return Section("Next step", items=tuple(dict.fromkeys(_repairs(failed, {rule.id: rule for rule in rules}))))
    if not rules:
        return Section("Next step", (_BY_A_PERSON,))
    return Section("Next step", items=tuple(f"{rule.id}: {rule.remediation.strip()}" for rule in rules))


def _repairs(failed: Iterable[Finding], rules: dict[RuleId, Rule]) -> Iterator[str]:
    for finding in failed:
        details = finding.details
        fix = details.fix if isinstance(details, RouteDetails | ResourceDetails) else None
        if fix is None:
            yield f"{finding.resource}: {rules[finding.rule].remediation.strip()}"
            continue
        yield f"{finding.resource}: {fix.text}"
        yield from fix.commands


def _asked(evidence: Evidence) -> Iterator[str]:
    key = evidence.key
    arguments = ", ".join(f"{name}={value}" for name, value in key.arguments.items())
    yield f"{key.operation}({arguments}) in account {key.account}, {key.region or 'no Region'}, at {evidence.started}."
    if evidence.error:
        yield f"It was refused: {evidence.error}."
    if evidence.file:
        yield f"The raw answer is {evidence.file} ({evidence.bytes} bytes, SHA-256 {evidence.sha256})."
    if evidence.request_ids:
        yield f"AWS knows it by the request {', '.join(evidence.request_ids)}."


def _capital(clause: str) -> str:
    return clause[:1].upper() + clause[1:]


def _systems_for(rule: Rule) -> tuple[MonitoringSystem, ...]:
    """The systems that can answer a rule; the events of a service leave it through EventBridge alone."""
    systems = systems_of(area_of(rule.id))
    if isinstance(rule.check, ServiceRouteCheck):
        return tuple(system for system in systems if system.id == "eventbridge")
    return systems
