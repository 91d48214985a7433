"""Whoever deploys a benchmark version's own patterns passes that version; what is weak about them is a warning."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import chain

import pytest

from scanner.assessment.evaluate import evaluate
from scanner.cases import load_cases
from scanner.cases.calls import CaseCall
from scanner.cases.files import Case
from scanner.cases.run import case_snapshot
from scanner.content.frameworks import load_frameworks
from scanner.content.rules import load_rules
from scanner.content.shipped import shipped
from scanner.model import Control, Finding, JsonValue, Outcome, RouteCheck, RouteDetails, RuleId
from scanner.model.json_values import as_object, as_objects

EVERY = {rule.id: rule for rule in load_rules()}
RULES = {rule: found for rule, found in EVERY.items() if rule.startswith("route.")}
VERSIONS = ("cis-1.2", "cis-1.4", "cis-1.5", "cis-2.0", "cis-3.0", "cis-4.0.1", "cis-5.0", "cis-6.0", "cis-7.0")
GROUPS = RuleId("route.security-group-changes")


def texts() -> Iterator[tuple[RuleId, str, str]]:
    """Each pattern of each rule, with one of the versions that publish it."""
    for rule in RULES.values():
        for item in rule.check.published if isinstance(rule.check, RouteCheck) else ():
            for text in item.patterns:
                yield rule.id, item.versions[-1], text


def asked() -> Iterator[tuple[str, Control, RuleId, str]]:
    """Each published pattern of each version, with the control of the version's framework that asks for it."""
    for framework in load_frameworks(None, EVERY):
        version = _named(framework.id)
        for control in framework.controls if version else ():
            for rule in control.rules:
                check = EVERY[rule].check
                for item in check.published if isinstance(check, RouteCheck) else ():
                    for text in item.patterns if version in item.versions else ():
                        yield version, control, rule, text


def _named(framework: str) -> str:
    """What the rules call the version of a CIS framework; "" for another framework."""
    number = framework.removeprefix("cis-aws-")
    if number == framework:
        return ""
    return f"cis-{number if number == '4.0.1' else number.rpartition('.')[0]}"


@cache
def sound(rule: RuleId) -> Case:
    cases = load_cases(RULES[rule], shipped("rules"), proven=True)
    return next(case for case in cases if case.expect.outcome is Outcome.PASS)


def deployed(call: CaseCall, pattern: str) -> CaseCall:
    """The call, with ``pattern`` in the one metric filter that it lists."""
    listed = [as_objects(as_object(page)["metricFilters"]) for page in call.pages or ()] if is_listing(call) else []
    if not any(listed):
        return call
    filters: list[JsonValue] = [{**each, "filterPattern": pattern} for each in chain.from_iterable(listed)]
    return replace(call, pages=({"metricFilters": filters},))


def is_listing(call: CaseCall) -> bool:
    return call.key.operation == "logs.DescribeMetricFilters"


@cache
def judged(rule_id: RuleId, pattern: str, **parameters: JsonValue) -> Finding:
    rule, case = RULES[rule_id], sound(rule_id)
    snapshot = case_snapshot(replace(case, calls=tuple(deployed(call, pattern) for call in case.calls)))
    (finding,) = evaluate([rule], snapshot, {rule_id: parameters})
    return finding


def warnings(finding: Finding) -> str:
    assert isinstance(finding.details, RouteDetails)
    return "; ".join(finding.details.warnings)


def of(rule: RuleId, version: str) -> str:
    return next(text for each, last, text in texts() if (each, last) == (rule, version))


def test_every_version_has_a_pattern_for_each_of_its_recommendations() -> None:
    told: Counter[str] = Counter()
    for rule in RULES.values():
        for item in rule.check.published if isinstance(rule.check, RouteCheck) else ():
            told.update(item.versions)
    assert told == {version: 14 if version == "cis-1.2" else 15 for version in VERSIONS}


@pytest.mark.parametrize(
    ("rule", "version", "pattern"), [*texts()], ids=[f"{rule}-{version}-{len(text)}" for rule, version, text in texts()]
)
def test_a_published_pattern_passes_its_version(rule: RuleId, version: str, pattern: str) -> None:
    chosen = {"events_of": version} if rule == GROUPS else {}
    finding = judged(rule, pattern, **chosen)
    assert finding.outcome is Outcome.PASS, finding.reason


def test_each_control_of_each_version_passes_by_the_patterns_of_its_version() -> None:
    told: dict[str, set[str]] = {version: set() for version in VERSIONS}
    for version, control, rule, pattern in asked():
        given = {name: value for each in control.given if each.rule == rule for name, value in each.values}
        finding = judged(rule, pattern, **given)
        assert finding.outcome is Outcome.PASS, f"{control.framework} {control.id}: {finding.reason}"
        told[version].add(control.id)
    for version, ids in told.items():
        assert len(ids) == (14 if version == "cis-1.2" else 15), version


def test_what_a_version_does_not_ask_for_is_a_warning_and_a_failure_of_the_rule() -> None:
    pattern = of(GROUPS, "cis-4.0.1")
    passed = judged(GROUPS, pattern, events_of="cis-1.4")
    assert passed.outcome is Outcome.PASS
    assert "cis-1.4 does not ask for ModifySecurityGroupRules, and no whole route is known to carry" in warnings(passed)
    assert judged(GROUPS, pattern).outcome is Outcome.FAIL
    assert judged(GROUPS, pattern, events_of="cis-5.0").outcome is Outcome.FAIL
    whole = judged(GROUPS, of(GROUPS, "cis-7.0"), events_of="cis-1.4")
    assert "does not ask for" not in warnings(whole)


def test_a_filter_without_the_service_is_told_of() -> None:
    plain = judged(GROUPS, of(GROUPS, "cis-7.0"))
    assert "metric filter audited also counts calls of the same names of other services" in warnings(plain)
    check = RULES[GROUPS].check
    assert isinstance(check, RouteCheck)
    assert not warnings(judged(GROUPS, check.events))


def test_a_text_that_matches_nearly_every_event_is_told_of() -> None:
    rule = RuleId("route.unauthorized-api-calls")
    assert "matches nearly every event" in warnings(judged(rule, of(rule, "cis-1.5")))
    assert not warnings(judged(rule, of(rule, "cis-7.0")))
