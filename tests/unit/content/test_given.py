"""Parameters that controls give rules: proved in the file, and judged apart under names of their own."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from scanner.content.frameworks import load_frameworks
from scanner.content.given import Judged, judged_with, named_with
from scanner.content.parameters import resolve_parameters
from scanner.content.rules import load_rules
from scanner.errors import ContentError
from scanner.model import Framework, JsonValue, Origin, RuleId, plain_id

ROOT = RuleId("route.root-usage")
RULES = tuple(rule for rule in load_rules(areas={"route", "trail"}) if rule.id in {ROOT, "trail.log-file-validation"})

TEXT = """\
id: own-1.0
title: Our own
version: "1.0"
source: https://example.com/own
notes: What an auditor must know.
controls:
  - id: "1.1"
    title: Use of the root user is noticed soon
    coverage: partial
    notes: The route is judged; a person looks at the rest.
    rules: [{rule: route.root-usage, with: {max_period: 300}}, trail.log-file-validation]
  - id: "1.2"
    title: Use of the root user is noticed
    coverage: partial
    notes: The route is judged; a person looks at the rest.
    rules: [route.root-usage]
"""
SOON = "{rule: route.root-usage, with: {max_period: 300}}"


def own(folder: Path, text: str = TEXT) -> tuple[Framework, ...]:
    (folder / "own-1.0.yaml").write_text(text, encoding="utf-8")
    return load_frameworks(None, {rule.id for rule in RULES}, [folder], with_shipped=False, rules=RULES)


def judged(frameworks: Sequence[Framework], *flags: str, alone: Sequence[RuleId] = ()) -> Judged:
    return judged_with(RULES, frameworks, resolve_parameters(RULES, flags), alone)


def asked(found: Judged) -> list[tuple[str, ...]]:
    return [control.rules for control in found.frameworks[0].controls]


def values(found: Judged, rule: str, name: str = "max_period") -> list[tuple[JsonValue, Origin]]:
    return [(item.value, item.origin) for item in found.settings if (item.rule, item.name) == (rule, name)]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, ROOT),
        ({"max_period": 300}, f"{ROOT}[max_period=300]"),
        ({"two": "cis-1.4", "one": True}, f"{ROOT}[one=true,two=cis-1.4]"),
        ({"accept": ("metric-filter", "event-rule")}, f'{ROOT}[accept=["metric-filter","event-rule"]]'),
        ({"text": "a b"}, f'{ROOT}[text="a\\u0020b"]'),
    ],
)
def test_names(given: dict[str, JsonValue], named: str) -> None:
    assert named_with(ROOT, given) == named
    assert plain_id(named) == ROOT


def test_a_list_is_judged_as_a_file_states_it(tmp_path: Path) -> None:
    found = judged(own(tmp_path, TEXT.replace("max_period: 300", "accept: [event-rule]")))
    ((value, origin),) = values(found, f'{ROOT}[accept=["event-rule"]]', "accept")
    assert (type(value), value, origin) == (list, ["event-rule"], Origin.FRAMEWORK)


def test_a_rule_is_judged_once_for_each_set_of_parameters(tmp_path: Path) -> None:
    found = judged(own(tmp_path))
    soon = f"{ROOT}[max_period=300]"
    assert asked(found) == [(soon, "trail.log-file-validation"), (ROOT,)]
    assert [rule.id for rule in found.rules] == [ROOT, soon, "trail.log-file-validation"]
    assert values(found, soon) == [(300, Origin.FRAMEWORK)]
    assert values(found, soon, "max_threshold") == [(1, Origin.DEFAULT)]
    assert values(found, ROOT) == [(3600, Origin.DEFAULT)]


def test_what_is_given_as_it_is_in_force_keeps_the_plain_name(tmp_path: Path) -> None:
    found = judged(own(tmp_path, TEXT.replace("300", "3600")))
    assert asked(found) == [(ROOT, "trail.log-file-validation"), (ROOT,)]
    assert [rule.id for rule in found.rules] == [ROOT, "trail.log-file-validation"]


def test_a_rule_that_is_only_asked_for_with_parameters_is_judged_so_only(tmp_path: Path) -> None:
    frameworks = own(tmp_path, TEXT.replace("[route.root-usage]", f"[{SOON}]"))
    assert ROOT not in [rule.id for rule in judged(frameworks).rules]
    assert not values(judged(frameworks), ROOT)
    assert ROOT in [rule.id for rule in judged(frameworks, alone=[ROOT]).rules]


def test_what_a_user_sets_is_judged_and_never_takes_the_place_of_what_a_control_gives(tmp_path: Path) -> None:
    found = judged(own(tmp_path, TEXT.replace("[route.root-usage]", f"[{SOON}]")), f"{ROOT}.max_period=86400")
    soon = f"{ROOT}[max_period=300]"
    assert asked(found) == [(soon, "trail.log-file-validation"), (soon,)]
    assert values(found, soon) == [(300, Origin.FRAMEWORK)]
    assert values(found, ROOT) == [(86400, Origin.FLAG)]
    # The default that a control gives is another value than the one in force now.
    strict = judged(own(tmp_path, TEXT.replace("300", "3600")), f"{ROOT}.max_period=86400")
    assert asked(strict)[0][0] == f"{ROOT}[max_period=3600]"


def test_other_settings_of_the_user_hold_beside_what_is_given(tmp_path: Path) -> None:
    found = judged(own(tmp_path), f"{ROOT}.max_threshold=2")
    assert values(found, f"{ROOT}[max_period=300]", "max_threshold") == [(2, Origin.FLAG)]


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("with: {max_period: 5}", "route.root-usage.max_period must be at least 10, not 5"),
        ("with: {max_period: soon}", "route.root-usage.max_period must be a whole number, not 'soon'"),
        ("with: {period: 300}", "route.root-usage has no parameter 'period'"),
        ("with: {accept: [pager]}", "route.root-usage.accept must be one of 'metric-filter'"),
        ("with: {}", "controls[0].rules[0].with must not be empty"),
        ("with: {max_period: 300}, of: cis", "the key 'of' is not known here"),
        ("max_period: 300", "the key 'max_period' is not known here"),
        (
            "with: {max_period: 300}}, {rule: route.root-usage, with: {max_period: 60}",
            "the rule route.root-usage is here",
        ),
        ("with: {max_period: 300}}, {rule: route.gone, with: {max_period: 60}", "there is no rule 'route.gone'"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, new: str, expected: str) -> None:
    with pytest.raises(ContentError) as caught:
        own(tmp_path, TEXT.replace("with: {max_period: 300}", new, 1))
    told = [problem for problem in caught.value.problems if expected in problem]
    assert told, caught.value.problems
    assert told[0].startswith(f"{tmp_path / 'own-1.0.yaml'}:11:")
