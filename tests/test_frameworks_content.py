"""The shipped framework files: whole, honest about what stays with a person, and naming only rules that exist."""

import re

import pytest

from scanner.content.frameworks import REPORTED, load_frameworks, mapped_rules
from scanner.content.rules import load_rules
from scanner.content.shipped import shipped
from scanner.model import Control, Coverage, Framework, Given, LogEventsCheck, Rule, RuleId

UNMAPPED: dict[str, str] = {}
"""Core rules that no framework names, with the reason why."""

# What a report must never say of an account, because no scan can know it.
FORBIDDEN = re.compile(r"\b(fully compliant|is compliant|ensures compliance|guarantees?)\b", re.IGNORECASE)

SHIPPED = [
    # the versions of CIS: test_cis_versions.py
    "aws-config-rules",
    "aws-security-hub",
    "fedramp-moderate-r5",
    "hipaa-security-rule",
    "iso-27001-2022",
    "nist-800-53-r5",
    "pci-dss-3.2.1",
    "pci-dss-4.0.1",
    "soc2-tsc-2017",
]

AUDITED = [
    "AU-1",
    "AU-2",
    "AU-3",
    "AU-3(1)",
    "AU-4",
    "AU-5",
    "AU-5(1)",
    "AU-5(2)",
    "AU-6",
    "AU-6(1)",
    "AU-6(3)",
    "AU-6(5)",
    "AU-6(6)",
    "AU-7",
    "AU-7(1)",
    "AU-8",
    "AU-9",
    "AU-9(2)",
    "AU-9(3)",
    "AU-9(4)",
    "AU-10",
    "AU-11",
    "AU-12",
    "AU-12(1)",
    "AU-12(3)",
]
"""The controls of the family AU that are in a baseline of SP 800-53B."""

MODERATE = [
    "AU-1",
    "AU-2",
    "AU-3",
    "AU-3(1)",
    "AU-4",
    "AU-5",
    "AU-6",
    "AU-6(1)",
    "AU-6(3)",
    "AU-7",
    "AU-7(1)",
    "AU-8",
    "AU-9",
    "AU-9(4)",
    "AU-11",
    "AU-12",
]
"""Those that are in the Moderate baseline of FedRAMP."""

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
    assert [framework.id for framework in frameworks if not framework.id.startswith("cis-aws-")] == SHIPPED
    crosswalks = sorted(path.stem for path in shipped("frameworks").glob("crosswalks/*"))
    assert crosswalks == ["aws-config-rules", "aws-security-hub", "pci-dss-3.2.1"]
    written = {path.name.removesuffix(".yaml") for path in shipped("frameworks").glob("*.yaml")}
    assert sorted([*written, *crosswalks]) == [framework.id for framework in frameworks]


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


def test_what_is_reported_unasked_waits_for_core_rules_only(
    rules: tuple[Rule, ...], frameworks: tuple[Framework, ...]
) -> None:
    # What a control names is judged wherever its framework is reported. A page that is reported where none is named,
    # and one that looks at whole accounts, would make core rules of extended ones. What rules of AWS ask for, and what
    # CIS asks of front ends, is answered by the very rules that ask for it.
    extended = {rule.id for rule in rules if rule.pack == "extended"}
    pages = [framework for framework in frameworks if not framework.id.startswith("aws-")]
    assert extended & mapped_rules(pages) == {"threat.web-frontend-logging"}
    assert not extended & mapped_rules([framework for framework in frameworks if framework.id in REPORTED])
    assert [framework.id for framework in pages if extended & mapped_rules([framework])] == ["cis-aws-7.0.0"]


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


def test_nist_and_fedramp(frameworks: tuple[Framework, ...]) -> None:
    nist, fedramp = (controls(frameworks, each) for each in ("nist-800-53-r5", "fedramp-moderate-r5"))
    audit = [control for control in nist if control.startswith("AU-")]
    assert sorted(audit) == sorted([*AUDITED, "AU-4(1)", "AU-6(4)", "AU-14(1)"])
    assert sorted(control for control in fedramp if control.startswith("AU-")) == sorted(MODERATE)
    assert set(fedramp) < set(nist)
    for control in fedramp.values():
        assert (control.title, control.coverage) == (nist[control.id].title, nist[control.id].coverage), control.id
        assert set(control.rules) == set(nist[control.id].rules), control.id
    assert not [control for control in nist.values() if control.coverage is Coverage.FULL]
    # NIST sets no values. Six years, the default of this rule, are those of HIPAA.
    assert [(control.id, *control.given) for control in nist.values() if control.given] == [
        ("SI-12", Given(RuleId("evidence.store-retained"), (("min_days", 365),)))
    ]


def test_what_fedramp_sets_is_given_to_the_rules(frameworks: tuple[Framework, ...]) -> None:
    given = {
        (control.id, item.rule): dict(item.values)
        for control in controls(frameworks, "fedramp-moderate-r5").values()
        for item in control.given
    }
    assert given.pop(("AU-6", RuleId("insights.scheduled-review"))) == {"max_age_hours": 170, "max_interval_hours": 168}
    assert given.pop(("SI-12", RuleId("evidence.store-retained"))) == {"min_days": 365}
    assert {control for control, _ in given} == {"AU-11"}
    assert given["AU-11", RuleId("bucket.hot-90-days")] == {"hot_days": 90}
    assert given["AU-11", RuleId("bucket.lifecycle-min-retention")] == {"min_days": 913}


@pytest.mark.parametrize(
    ("framework", "decided", "left"),
    [
        ("soc2-tsc-2017", ["CC6.1", "CC7.1", "CC7.2"], ["CC2.1", "CC4.2", "CC7.5"]),
        ("iso-27001-2022", ["A.5.33", "A.8.15", "A.8.16"], ["A.5.27", "A.8.17", "A.8.34"]),
    ],
)
def test_soc_2_and_iso(frameworks: tuple[Framework, ...], framework: str, decided: list[str], left: list[str]) -> None:
    listed = controls(frameworks, framework)
    assert {listed[control].coverage for control in decided} == {Coverage.PARTIAL}
    assert {listed[control].coverage for control in left} == {Coverage.MANUAL}
    assert not [control for control in listed.values() if control.coverage is Coverage.FULL]
