"""The versions of the CIS AWS Foundations Benchmark: they are whole, and differ only where the benchmark does."""

from collections.abc import Mapping

import pytest

from scanner.content.frameworks import load_frameworks
from scanner.content.rules import load_rules
from scanner.model import Control, Coverage, Framework, RouteCheck
from scanner.runs.assessments.versions import compare_versions

RULES = load_rules()
FRAMEWORKS = load_frameworks(None, {rule.id for rule in RULES})
VERSIONS: Mapping[str, Framework] = {each.version: each for each in FRAMEWORKS if each.id.startswith("cis-aws-")}
SECTIONS = {
    # logging and monitoring of each version, with how many recommendations they have
    "1.2.0": (("2", 9), ("3", 14)),
    "1.4.0": (("3", 11), ("4", 15)),
    "1.5.0": (("3", 11), ("4", 16)),
    "2.0.0": (("3", 11), ("4", 16)),
    "3.0.0": (("3", 9), ("4", 16)),
    "4.0.1": (("3", 9), ("4", 16)),
    "5.0.0": (("3", 9), ("4", 16)),
    "6.0.0": (("4", 9), ("5", 16)),
    "7.0.0": (("4", 10), ("5", 16)),
}
OTHERS = {
    # what else touches the audit path
    "1.2.0": "1.1 1.18",
    "1.4.0": "1.2 1.7 1.20 2.1.2 2.1.3 2.1.5",
    "1.5.0": "1.2 1.7 1.20 2.1.2 2.1.3 2.1.5",
    "2.0.0": "1.2 1.7 1.20 2.1.1 2.1.2 2.1.4",
    "3.0.0": "1.2 1.7 1.20 2.1.1 2.1.2 2.1.4",
    "4.0.1": "1.2 1.7 1.20 2.1.1 2.1.2 2.1.4",
    "5.0.0": "1.2 1.6 1.19 2.1.1 2.1.2 2.1.4",
    "6.0.0": "2.2 2.6 2.19 3.1.1 3.1.2 3.1.4",
    "7.0.0": "2.1.2 2.1.6 2.3 2.7 2.18 2.21 3.1.1 3.1.2 3.1.4",
}
TEXTS_APART = {
    # whose text asks for events that later ones leave out
    ("1.2.0", "Unauthorized API calls are monitored"),
    ("1.2.0", "Console sign-ins without a second factor are monitored"),
}
GROUPS = "route.security-group-changes"


def named(version: str) -> str:
    """What the rules call a version."""
    return f"cis-{version if version == '4.0.1' else version.rpartition('.')[0]}"


def monitoring(version: str) -> tuple[Control, ...]:
    section = f"{SECTIONS[version][1][0]}."
    return tuple(control for control in VERSIONS[version].controls if control.id.startswith(section))


def test_every_version_is_there() -> None:
    assert set(VERSIONS) == set(SECTIONS) == set(OTHERS)


@pytest.mark.parametrize("version", sorted(SECTIONS))
def test_every_recommendation_of_the_domain_is_listed_in_order(version: str) -> None:
    expected = OTHERS[version].split()
    for section, count in SECTIONS[version]:
        expected += [f"{section}.{number}" for number in range(1, count + 1)]
    found = [control.id for control in VERSIONS[version].controls]
    assert sorted(found) == sorted(expected)
    assert found == sorted(found, key=lambda each: [int(step) for step in each.split(".")])


@pytest.mark.parametrize("version", sorted(SECTIONS))
def test_each_monitoring_recommendation_is_decided_by_its_own_route(version: str) -> None:
    routes = [control for control in monitoring(version) if control.title != "AWS Security Hub is on"]
    for control in routes:
        (rule,) = control.rules
        assert rule.startswith("route."), control.id
        full = (version, control.title) not in TEXTS_APART
        assert (control.coverage is Coverage.FULL) == full, control.id
    assert len({control.rules for control in routes}) == len(routes) == (14 if version == "1.2.0" else 15)


def test_a_recommendation_is_told_and_judged_alike_in_every_version() -> None:
    first: dict[str, Control] = {}
    for version, framework in VERSIONS.items():
        for control in framework.controls:
            other = first.setdefault(control.title, control)
            told = f"{control.framework} {control.id} and {other.framework} {other.id}"
            assert control.all_rules == other.all_rules, told
            assert control.given == other.given or control.rules == (GROUPS,), told
            if {(version, control.title), ("1.2.0", control.title)}.isdisjoint(TEXTS_APART):
                assert control.coverage is other.coverage, told


def test_the_events_asked_for_are_those_of_the_version() -> None:
    (rule,) = (each for each in RULES if each.id == GROUPS)
    assert isinstance(rule.check, RouteCheck)
    for version, framework in VERSIONS.items():
        (given,) = (each for control in framework.controls for each in control.given if each.rule == GROUPS)
        ((name, value),) = given.values
        assert name == "events_of"
        assert rule.check.events_of(str(value)) == rule.check.events_of(named(version))


@pytest.mark.parametrize(
    ("old", "new", "added", "removed", "asks"),
    [
        ("1.4.0", "1.5.0", ["4.16"], [], []),
        ("1.5.0", "2.0.0", [], [], []),
        ("2.0.0", "3.0.0", [], ["3.3", "3.4"], []),
        ("3.0.0", "4.0.1", [], [], []),
        ("4.0.1", "5.0.0", [], [], ["4.10"]),
        ("5.0.0", "6.0.0", [], [], []),
        ("6.0.0", "7.0.0", ["2.1.2", "2.1.6", "2.21", "4.10"], [], []),
    ],
)
def test_what_really_changes_between_versions(
    old: str, new: str, added: list[str], removed: list[str], asks: list[str]
) -> None:
    versions = compare_versions(VERSIONS[old], VERSIONS[new], RULES)
    assert [control.id for control in versions.added] == added
    assert [control.id for control in versions.removed] == removed
    assert [pair.new.id for pair in versions.pairs if pair.added or pair.dropped] == asks
