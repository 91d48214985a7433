"""The shipped framework files: whole, honest about what stays with a person, and naming only rules that exist."""

import re

import pytest

from scanner.content.frameworks import load_frameworks, mapped_rules
from scanner.content.rules import load_rules
from scanner.content.shipped import shipped
from scanner.model import Control, Coverage, Framework, LogEventsCheck, Rule

UNMAPPED: dict[str, str] = {}
"""Core rules that no framework names, with the reason why."""

# What a report must never say of an account, because no scan can know it.
FORBIDDEN = re.compile(r"\b(fully compliant|is compliant|ensures compliance|guarantees?)\b", re.IGNORECASE)

REQUIREMENT_10 = {
    "10.1": 2,
    "10.2": 9,
    "10.3": 4,
    "10.4": 5,
    "10.5": 1,
    "10.6": 3,
    "10.7": 3,
}


@pytest.fixture(scope="module")
def rules() -> tuple[Rule, ...]:
    return load_rules()


@pytest.fixture(scope="module")
def frameworks(rules: tuple[Rule, ...]) -> tuple[Framework, ...]:
    return load_frameworks(None, [rule.id for rule in rules])


def controls(frameworks: tuple[Framework, ...], framework: str) -> dict[str, Control]:
    (found,) = (each for each in frameworks if each.id == framework)
    return {control.id: control for control in found.controls}


def test_they_are_proved_and_read_the_same_both_ways(
    frameworks: tuple[Framework, ...], rules: tuple[Rule, ...]
) -> None:
    known = [rule.id for rule in rules]
    assert load_frameworks(None, known, [shipped("frameworks")], with_shipped=False) == frameworks


def test_which_frameworks_there_are(frameworks: tuple[Framework, ...]) -> None:
    assert [framework.id for framework in frameworks] == ["cis-aws-5.0.0", "hipaa-security-rule", "pci-dss-4.0.1"]
    files = [f"{framework.id}.yaml" for framework in frameworks]
    assert sorted(path.name for path in shipped("frameworks").iterdir()) == files


def test_every_control_says_what_is_decided_and_what_is_not(frameworks: tuple[Framework, ...]) -> None:
    for framework in frameworks:
        for control in framework.controls:
            where = f"{framework.id} {control.id}"
            assert len(control.notes) > 40, where
            assert "person" in control.notes, f"{where}: the notes do not say what is left to a person"
            assert control.notes.endswith("."), where
            assert not FORBIDDEN.search(control.notes), where
            assert (control.coverage is Coverage.MANUAL) == (not control.rules), where


def test_notes_and_coverage_agree(frameworks: tuple[Framework, ...]) -> None:
    for framework in frameworks:
        for control in framework.controls:
            where = f"{framework.id} {control.id}"
            only = "decide nothing of it" in control.notes
            assert only == (control.coverage is Coverage.SUPPORTING), where
            named = set(re.findall(r"\b[a-z]+\.[a-z0-9]+(?:-[a-z0-9]+)+\b", control.notes))
            assert named <= set(control.rules), f"{where}: {named - set(control.rules)}"
            assert not named or named < set(control.rules), f"{where}: supporting rules alone are not partial"


def test_every_core_rule_is_mapped_or_says_why_not(rules: tuple[Rule, ...], frameworks: tuple[Framework, ...]) -> None:
    core = {rule.id for rule in rules if rule.pack == "core"}
    assert core - mapped_rules(frameworks) == set(UNMAPPED)
    assert all(len(reason) > 20 for reason in UNMAPPED.values())


def test_controls_wait_for_core_rules_only(rules: tuple[Rule, ...], frameworks: tuple[Framework, ...]) -> None:
    # Extended rules run when asked for; a control that named one would stay unknown in an ordinary scan.
    extended = {rule.id for rule in rules if rule.pack == "extended"}
    assert not extended & mapped_rules(frameworks)


def test_log_rules_are_judged_over_records_and_the_others_are_not(
    rules: tuple[Rule, ...], frameworks: tuple[Framework, ...]
) -> None:
    over_records = {rule.id for rule in rules if isinstance(rule.check, LogEventsCheck)}
    for framework in frameworks:
        assert "log_rules" in framework.notes, framework.id
        for control in framework.controls:
            assert not over_records & set(control.rules), f"{framework.id} {control.id}"
            assert set(control.log_rules) <= over_records, f"{framework.id} {control.id}"


def test_requirement_10_is_whole(frameworks: tuple[Framework, ...]) -> None:
    pci = controls(frameworks, "pci-dss-4.0.1")
    ten = [control for control in pci if control.startswith("10.")]
    assert len(ten) == 27
    for group, count in REQUIREMENT_10.items():
        assert len([control for control in ten if control.startswith(f"{group}.")]) == count, group
    assert list(pci)[:27] == ten
    assert not [control for control in pci.values() if control.coverage is Coverage.FULL]
    for manual in ("10.1.1", "10.1.2", "10.4.2", "10.4.2.1", "10.6.1", "10.6.2", "10.6.3"):
        assert pci[manual].coverage is Coverage.MANUAL, manual


def test_hipaa(frameworks: tuple[Framework, ...]) -> None:
    hipaa = controls(frameworks, "hipaa-security-rule")
    assert len(hipaa) == 29
    assert not [control for control in hipaa.values() if control.coverage is Coverage.FULL]
    for control in hipaa.values():
        assert re.search(r"\((required|addressable|standard)\)$", control.title), control.id
    assert "trail.multi-region-logging" in hipaa["164.312(b)"].rules


def test_cis(frameworks: tuple[Framework, ...]) -> None:
    cis = controls(frameworks, "cis-aws-5.0.0")
    for section, count in (("3", 9), ("4", 16)):
        numbers = [control.partition(".")[2] for control in cis if control.startswith(f"{section}.")]
        assert numbers == list(map(str, range(1, count + 1)))
    for number in range(1, 16):
        control = cis[f"4.{number}"]
        assert control.coverage is Coverage.FULL
        assert [rule.partition(".")[0] for rule in control.rules] == ["route"]
    routes = [rule for number in range(1, 16) for rule in cis[f"4.{number}"].rules]
    assert len(set(routes)) == 15
