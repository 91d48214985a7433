"""Explains a rule, a control, a monitoring system or evidence: what is wanted, what was found, and what to do."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import assert_never

from scanner.content.frameworks import framework_ids
from scanner.content.given import given_text, named_with
from scanner.content.rules import area_of
from scanner.content.systems import MonitoringSystem, monitoring_systems, systems_of
from scanner.errors import PatternError, SnapshotError, UsageError
from scanner.model import (
    Assessment,
    Control,
    Coverage,
    Evidence,
    EvidenceId,
    Finding,
    Fix,
    Framework,
    JsonValue,
    LogEventsCheck,
    Outcome,
    Over,
    PeriodCheck,
    ResourceCheck,
    ResourceDetails,
    RouteCheck,
    RouteDetails,
    Rule,
    RuleId,
    ServiceRouteCheck,
    Setting,
)
from scanner.model.values import WORST_FIRST, plain_id
from scanner.wording import OWN_RULES, did_you_mean, several, shown

MOST_NUMBERS = 4
"""Evidence numbers shown of a finding; the reports list all of them."""

_BY_A_PERSON = "Have a person examine it, and keep who did so, when, what was examined and what came of it."
_MORE = "`explain` with one of these names says more: retention, limits and cost."
_UNKNOWN = (
    "Each reason above says why something is unknown: give the scan what it could not read and scan again, or have a "
    "person look where it says so."
)
_ASSESSMENT = "data/assessment.json"
Chosen = Mapping[RuleId, str]
"""Options of a command by the rules that they have judged."""

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
        name, slash, control = subject.partition("/")
        framework = next((each for each in self.frameworks if each.id == name), None)
        if framework is not None:
            lists = f"`frameworks show {name}` lists its controls."
            if not slash:
                return UsageError(f"{name} is a framework; name one of its controls as {name}/CONTROL.", lists)
            meant = did_you_mean(control, [each.id for each in framework.controls])
            return UsageError(f"{name} has no control {shown(control)}.{meant}", lists)
        systems = [system.id for system in monitoring_systems()]
        names = [*self._by_id, *systems, *self._control_names()]
        hint = (
            "Name a rule (`rules list`), a control as FRAMEWORK/CONTROL (`frameworks show`), an evidence number, "
            f"or a system: {', '.join(systems)}. {OWN_RULES}"
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
        systems = tuple(map(_told, _systems_for(rule)))
        asking = tuple(self._asking(rule.id))
        return Explanation(
            f"{rule.id} [{rule.severity}]",
            (
                Section("What is wanted", (f"{rule.title.rstrip('.')}.", rule.description.strip())),
                Section("Why", (rule.rationale.strip(),)),
                Section("Who asks for it", items=asking or ("no control of the shipped frameworks",)),
                Section(_systems_heading(rule), (_MORE,), systems),
                self._what_was_found(findings, [rule]),
                next_step([rule], findings),
                Section("Read", items=rule.references),
            ),
        )

    def _control(self, framework: Framework, control: Control) -> Explanation:
        given = {item.rule: dict(item.values) for item in control.given}
        rules = [
            _judged_with(self._by_id[each], given.get(each, {})) for each in control.all_rules if each in self._by_id
        ]
        systems = tuple(dict.fromkeys(_told(system) for rule in rules for system in _systems_for(rule)))
        names = self._names(framework, control)
        findings = _worst_first(each for each in self.found.findings if each.rule in names) if self.found else []
        decided = f"Coverage: {control.coverage}. {control.notes.strip()}"
        told = tuple(_ruled(rule, named_with(rule.id, given.get(rule.id, {}))) for rule in rules)
        # By itself a rule is judged with the values in force, and not with those that the control gives it.
        asked = framework.id if framework.id in framework_ids() else framework.path
        chosen = dict.fromkeys(given, f"--framework {asked}")
        return Explanation(
            f"{framework.id} {control.id}: {control.title}",
            (
                Section("How far the rules decide it", (decided,)),
                Section("Rules", items=told or ("none: a person decides it",)),
                Section("AWS systems for it", (_MORE,) if systems else (), systems),
                self._what_was_found(findings, rules),
                next_step(rules, findings, left_open=control.coverage is not Coverage.FULL, chosen=chosen),
            ),
        )

    def _system(self, system: MonitoringSystem) -> Explanation:
        rules = [rule for rule in self.rules if system in _systems_for(rule)]
        findings = self._findings([rule.id for rule in rules])
        return Explanation(
            f"{system.id}: {system.title}",
            (
                Section("What it is for", (f"Use it to {system.use}.",)),
                Section("Delay", (f"{_capital(system.delay)}.",)),
                Section("Retention", (f"{_capital(system.retention)}.",)),
                Section("Whether it alerts", (f"{_capital(system.alerts)}.",)),
                Section("Whether it serves a whole organization", (f"{_capital(system.organization)}.",)),
                Section("Limits", items=system.limits),
                Section("What it costs", (f"{_capital(system.cost)}.",)),
                Section("When not to use it", (f"Do not rely on it when {system.avoid}.",)),
                Section("Rules about it", items=tuple(_areas(system, rules))),
                self._what_was_found(findings, rules),
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
        resting = _worst_first(finding for finding in self.found.findings if number in finding.evidence)
        return Explanation(
            f"{number}: {evidence.operation}",
            (
                Section("What was asked", tuple(_asked(evidence))),
                Section(
                    "What rests on it", items=tuple(map(told_in_short, resting)) or ("nothing: no finding cites it",)
                ),
            ),
        )

    def _asking(self, rule: RuleId) -> Iterator[str]:
        for framework in self.frameworks:
            for control in framework.controls:
                if rule in control.all_rules:
                    given = "".join(f", with {given_text(item)}" for item in control.given if item.rule == rule)
                    yield f"{framework.id} {control.id}: {control.title}. Coverage: {control.coverage}{given}"

    def _findings(self, rules: Sequence[RuleId]) -> list[Finding]:
        return _worst_first(each for each in self.found.findings if plain_id(each.rule) in rules) if self.found else []

    def _names(self, framework: Framework, control: Control) -> set[RuleId]:
        """The names under which findings are about a control, which tell with what parameters a rule was judged."""
        if self.found is None:
            return set()
        results = (each for each in self.found.controls if (each.framework, each.id) == (framework.id, control.id))
        if result := next(results, None):
            return set(result.rules)
        given = {item.rule: item.values for item in control.given}
        settings = self.found.run.settings
        return {_name_in_force(rule, given.get(rule, ()), settings) for rule in control.all_rules}

    def _what_was_found(self, findings: Sequence[Finding], rules: Sequence[Rule]) -> Section:
        """For one rule everything that was found; for several, what did not pass and how many did."""
        heading = "What was found here"
        if self.found is None:
            return Section(heading, ("No scan is given; --from takes a JSON report or an evidence bundle.",))
        if not rules:
            return Section(heading, ("No rule judges it.",))
        if not findings:
            return Section(heading, ("No finding of this report is about it.",))
        if len(rules) == 1:
            return Section(heading, items=tuple(map(_told_of_one, findings)))
        told_in_full = [each for each in findings if each.outcome in {Outcome.FAIL, Outcome.UNKNOWN}]
        counted = Counter(each.outcome for each in findings)
        words = ", ".join(f"{counted[each]} {_worded(each)}" for each in WORST_FIRST if counted[each])
        items = tuple(f"{told_in_short(each)}{_numbers(each.evidence)}" for each in told_in_full)
        return Section(heading, (f"{several(len(findings), 'finding')}: {words}.",), items)


def told(finding: Finding) -> str:
    """The outcome, what it is about, for which account where that does not show, and why."""
    where = finding.resource
    if finding.region and f":{finding.region}:" not in finding.resource:
        where = f"{where} ({finding.region})"
    if finding.account != finding.resource and f":{finding.account}:" not in finding.resource:
        where = f"{where}, for account {finding.account}"
    return f"{_worded(finding.outcome)}, {where}: {finding.reason}"


def _told_of_one(finding: Finding) -> str:
    """A finding of the one rule that is explained; its parameters come first where a framework gave it some."""
    said = told(finding) if plain_id(finding.rule) == finding.rule else told_in_short(finding)
    return f"{said}{_numbers(finding.evidence)}"


def told_in_short(finding: Finding) -> str:
    """The same with the rule's id before it, for a list of findings of several rules."""
    return f"{finding.rule}: {told(finding)}"


def _worded(outcome: Outcome) -> str:
    return outcome.replace("_", " ")


def _worst_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda each: WORST_FIRST.index(each.outcome))


def _numbers(evidence: Sequence[EvidenceId]) -> str:
    shown_here = ", ".join(evidence[:MOST_NUMBERS])
    more = len(evidence) - MOST_NUMBERS
    further = f" and {more} more" if more > 0 else ""
    return f" [{shown_here}{further}]" if evidence else ""


def _over_records(rule: Rule) -> bool:
    return isinstance(rule.check, LogEventsCheck | PeriodCheck)


def _name_in_force(rule: RuleId, given: Iterable[tuple[str, JsonValue]], settings: Iterable[Setting]) -> RuleId:
    """What a rule is called with given parameters where some are in force already."""
    in_force = {each.name: each.value for each in settings if each.rule == rule}
    return named_with(rule, {name: value for name, value in given if name not in in_force or in_force[name] != value})


def _judged_with(rule: Rule, given: Mapping[str, JsonValue]) -> Rule:
    """The rule with given parameters in the place of its own, and with the events that these ask for."""
    parameters = tuple(replace(each, default=given.get(each.name, each.default)) for each in rule.parameters)
    check = rule.check
    if isinstance(check, RouteCheck) and "events_of" in given:
        check = replace(check, events=check.events_of(str(given["events_of"])))
    return replace(rule, parameters=parameters, check=check)


def _ruled(rule: Rule, name: RuleId) -> str:
    only = {Over.RECORDS: " (judged over log records only)", Over.PERIOD: " (judged over a period only)"}
    return f"{name}: {rule.title}{only.get(rule.check.over, '')}"


def next_step(
    rules: Sequence[Rule], findings: Sequence[Finding], *, left_open: bool = False, chosen: Chosen | None = None
) -> Section:
    """What to do: for what failed with its names, and before anything was judged, how to judge and what to do then.

    ``left_open`` says that a person has to decide what the rules do not. ``chosen`` are the options that have rules
    judged as they are asked for; the others are named by themselves.
    """
    if not rules:
        return Section("Next step", (_BY_A_PERSON,))
    open_still = [f"What the rules leave open: {_BY_A_PERSON[:1].lower()}{_BY_A_PERSON[1:]}"] if left_open else []
    if not findings:
        return Section("Next step", (*_judge(rules, chosen), *open_still), (*_remedies(rules), *_events(rules)))
    failed = [finding for finding in findings if finding.outcome is Outcome.FAIL]
    lines = [] if failed else ["Nothing failed."]
    if any(finding.outcome is Outcome.UNKNOWN for finding in findings):
        lines.append(_UNKNOWN)
    judged = {plain_id(finding.rule) for finding in findings}
    others = [*_judge([rule for rule in rules if _over_records(rule) and rule.id not in judged], chosen), *open_still]
    if failed:
        return Section("Next step", tuple(lines), (*_repairs(failed, {rule.id: rule for rule in rules}), *others))
    return Section("Next step", (*lines, *others))


def _judge(rules: Sequence[Rule], chosen: Chosen | None) -> Iterator[str]:
    """How to have the rules judged."""
    scanned = [rule.id for rule in rules if not _over_records(rule)]
    over_records = [rule.id for rule in rules if rule.check.over is Over.RECORDS]
    over_periods = [rule.id for rule in rules if rule.check.over is Over.PERIOD]
    if scanned:
        yield f"Judge the account: `trailwitness scan {_chosen(scanned, chosen or {})} --output json=report.json`."
    if over_records:
        yield f"Judge the log records: `trailwitness logs SOURCES {_chosen(over_records, chosen or {})}`."
    if over_periods:
        asked = "--period FROM..UNTIL --bundles DIR --logs SOURCE"
        yield f"Judge a period: `trailwitness assess {asked} {_chosen(over_periods, chosen or {})}`."


def _chosen(rules: Sequence[RuleId], chosen: Chosen) -> str:
    """The options that choose rules; one that chooses some of them in another way chooses the others as well."""
    return " ".join(dict.fromkeys(filter(None, map(chosen.get, rules)))) or " ".join(f"--rule {rule}" for rule in rules)


def _remedies(rules: Sequence[Rule]) -> Iterator[str]:
    """Each remediation once, with the rules that share it: those of most routes do."""
    shared: dict[str, list[RuleId]] = {}
    for rule in rules:
        shared.setdefault(rule.remediation.strip(), []).append(rule.id)
    for remediation, ids in shared.items():
        named = ids[0] if len(ids) == 1 else f"{', '.join(ids[:-1])} or {ids[-1]}"
        yield f"Where {named} fails: {remediation}"


def _events(rules: Sequence[Rule]) -> Iterator[str]:
    """The pattern that the remediation of a route rule speaks of, or how to have that of each."""
    check = rules[0].check
    if len(rules) > 1 and any(isinstance(rule.check, RouteCheck | ServiceRouteCheck) for rule in rules):
        yield "The pattern under events of each: `trailwitness explain RULE`."
    if len(rules) == 1 and isinstance(check, RouteCheck):
        yield from _filters(check.events, {each.name: each.default for each in rules[0].parameters})
    if len(rules) == 1 and isinstance(check, ServiceRouteCheck):
        pattern = " ".join(check.events.split())
        for parameter in rules[0].parameters:
            pattern = pattern.replace(f'"${parameter.name}"', json.dumps(parameter.default))
        yield f"The pattern under events: {pattern}"


def _filters(events: str, parameters: Mapping[str, JsonValue]) -> Iterator[str]:
    """The events of a route as patterns that metric filters have room for; as they are written where one has.

    ``parameters`` are values of the rule's parameters.
    """
    from scanner.pattern import divided, parse, parse_required

    try:
        parse(events)
    except PatternError:
        yield "The pattern under events, as one metric filter each:"
        yield from divided(parse_required(events, parameters))
    else:
        yield f"The pattern under events: {' '.join(events.split())}"


def _repairs(failed: Iterable[Finding], rules: dict[RuleId, Rule]) -> Iterator[str]:
    """Each repair once, with everything that it repairs."""
    repaired: dict[tuple[str, ...], list[Finding]] = {}
    for finding in failed:
        fix = _fix(finding)
        same = (fix.commands or (fix.text,)) if fix else (rules[plain_id(finding.rule)].remediation.strip(),)
        repaired.setdefault(same, []).append(finding)
    for findings in repaired.values():
        fix = _fix(findings[0]) or Fix(rules[plain_id(findings[0].rule)].remediation.strip())
        yield f"{', '.join(dict.fromkeys(each.resource for each in findings))}: {fix.text}"
        yield from fix.commands


def _fix(finding: Finding) -> Fix | None:
    return finding.details.fix if isinstance(finding.details, RouteDetails | ResourceDetails) else None


def _asked(evidence: Evidence) -> Iterator[str]:
    key = evidence.key
    arguments = ", ".join(f"{name}={value}" for name, value in key.arguments.items())
    where = ", ".join(part for part in (f"account {key.account}" if key.account else "", key.region) if part)
    yield f"{key.operation}({arguments}){f' in {where}' if where else ''}, at {evidence.started}."
    if evidence.error:
        yield f"It ended with an error: {evidence.error}."
    if evidence.file:
        yield f"The raw bytes: {evidence.file} ({evidence.bytes} bytes, SHA-256 {evidence.sha256})."
    if evidence.request_ids:
        yield f"AWS's request id{'s' if len(evidence.request_ids) > 1 else ''}: {', '.join(evidence.request_ids)}."


def _capital(clause: str) -> str:
    return clause[:1].upper() + clause[1:]


def _told(system: MonitoringSystem) -> str:
    return f"{system.id}: {system.use}. Delay: {system.delay}. Not when {system.avoid}."


def _areas(system: MonitoringSystem, rules: Sequence[Rule]) -> Iterator[str]:
    """The areas and single rules that are about a system, the areas with how many rules of them are."""
    for named in system.rules:
        of_area = [rule for rule in rules if area_of(rule.id) == named]
        yield f"{named}.*: {several(len(of_area), 'rule')} (`rules list`)" if of_area else named


def _systems_for(rule: Rule) -> tuple[MonitoringSystem, ...]:
    """The systems that a rule is about; the events of a service leave it through EventBridge alone."""
    systems = systems_of(rule.id)
    if isinstance(rule.check, ServiceRouteCheck):
        return tuple(system for system in systems if system.id == "eventbridge" or rule.id in system.rules)
    return systems


def _systems_heading(rule: Rule) -> str:
    match rule.check:
        case RouteCheck() | ServiceRouteCheck():
            return "AWS systems that can do it"
        case LogEventsCheck():
            return "AWS systems that hold or search the records"
        case PeriodCheck():
            return "AWS systems that keep the evidence"
        case ResourceCheck():
            return "AWS systems that it is about"
    assert_never(rule.check)
