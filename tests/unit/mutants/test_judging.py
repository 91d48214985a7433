"""Changes of whole rules, judged over their cases."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.cases import cases_file, load_cases, load_equivalents
from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.content.rules import load_rules, select_rules
from scanner.content.shipped import shipped
from scanner.errors import ContentError
from scanner.model import Check, LogEventsCheck, Parameter, RouteCheck, RouteKind
from scanner.mutants import judge_mutants, mutants_of, stale
from scanner.mutants.kinds import MUTANTS

RULE = """\
id: trail.validation
title: Every trail validates its log files
severity: high
description: Every trail of the account is asked whether validation is on.
rationale: Without digests nobody can tell that a file was changed afterwards.
remediation: aws cloudtrail update-trail --name NAME --enable-log-file-validation
references: [https://docs.aws.amazon.com/x]
check: resource
resource: cloudtrail.trail
expect: LogFileValidationEnabled && HomeRegion == 'us-east-1'
when_none: fail
reason: validation is off
"""

CASES = """\
rule: trail.validation
calls:
  - call: cloudtrail.DescribeTrails
    arguments: {includeShadowTrails: true}
    answer:
      trailList:
        - Name: main
          TrailARN: arn:aws:cloudtrail:us-east-1:111122223333:trail/main
          HomeRegion: us-east-1
          S3BucketName: audit
          LogFileValidationEnabled: true
cases:
  - name: "on"
    expect: pass
  - name: none
    set: {"cloudtrail.DescribeTrails#/trailList": []}
    expect: fail
"""

OFF = """\
  - name: "off"
    set: {"cloudtrail.DescribeTrails#/trailList/0/LogFileValidationEnabled": false}
    expect: fail
"""

Folder = Callable[[str], Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    def write(cases: str) -> Path:
        (tmp_path / "trail").mkdir(exist_ok=True)
        (tmp_path / "trail/validation.yaml").write_text(RULE)
        (tmp_path / "trail/validation.test.yaml").write_text(cases)
        return tmp_path

    return write


def test_what_no_case_notices_is_named(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "test", "--mutants", "--rules", str(folder(CASES))]) == Exit.FINDINGS
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        "UNNOTICED trail.validation: expect: dropped",
        "UNNOTICED trail.validation: expect: without `LogFileValidationEnabled`",
        "UNNOTICED trail.validation: expect: without `HomeRegion == 'us-east-1'`",
    ]
    assert shown.err.splitlines()[-1] == (
        "6 changes of rules: 3 noticed by a case, 0 proven to change nothing, 3 neither"
    )


EQUIVALENT = """\
equivalents:
  - change: "expect: without `HomeRegion == 'us-east-1'`"
    because: The account of these cases has no other Region, so that no trail has another home.
"""


def test_a_stated_proof_counts(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "test", "--mutants", "--rules", str(folder(CASES + OFF + EQUIVALENT))]) == Exit.CLEAN
    assert capsys.readouterr().err.splitlines()[-1] == (
        "6 changes of rules: 5 noticed by a case, 1 proven to change nothing, 0 neither"
    )


def test_a_proof_of_what_is_noticed_is_a_mistake(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    other = EQUIVALENT.replace("HomeRegion == 'us-east-1'", "Else")
    place, text = folder(CASES + OFF + other), CASES + OFF + other
    line = text[: text.index("change:")].count("\n") + 1
    assert run(["rules", "test", "--mutants", "--rules", str(place)]) == Exit.ERROR
    told = capsys.readouterr().err
    assert f"validation.test.yaml:{line}:13: no change that goes unnoticed is called 'expect: without `Else`'" in told


def test_a_change_is_stated_once(folder: Folder) -> None:
    entry = EQUIVALENT.partition("\n")[2]
    place = folder(CASES + EQUIVALENT + entry)
    (rule,) = load_rules((place,), with_shipped=False)
    with pytest.raises(ContentError, match="is stated already"):
        load_equivalents(rule, place)


def test_cases_that_fail_are_told_first(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run(["rules", "test", "--mutants", "--rules", str(folder(CASES.replace("expect: pass", "expect: fail")))]) == 1
    )
    assert "0 changes of rules" in capsys.readouterr().err


DEFAULTS = """\
parameters:
  homes: {type: strings, default: [us-east-1, eu-west-1], description: Regions in which trails may have their home.}
"""

GIVEN = """\
  - name: another home
    parameters: {homes: [eu-west-1]}
    expect: fail
"""


def test_a_default_is_noticed_by_cases_that_do_not_give_the_parameter(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    place = folder(CASES + OFF + GIVEN)
    asked = RULE.replace("HomeRegion == 'us-east-1'", "contains($homes, HomeRegion)")
    (place / "trail/validation.yaml").write_text(asked + DEFAULTS)
    assert run(["rules", "test", "--mutants", "--rules", str(place)]) == Exit.FINDINGS
    shown = capsys.readouterr()
    assert shown.out.splitlines() == ['UNNOTICED trail.validation: parameters: homes has no "eu-west-1" by default']
    assert shown.err.splitlines()[-1] == (
        "9 changes of rules: 8 noticed by a case, 0 proven to change nothing, 1 neither"
    )


def test_defaults_are_changed_within_their_bounds() -> None:
    (rule,) = select_rules(load_rules((), areas=("trail",)), ("trail.log-file-validation",))
    parameters = (
        Parameter("hours", "integer", 1, minimum=1, maximum=2),
        Parameter("days", "integer", 0),
        Parameter("always", "boolean", True),
        Parameter("names", "strings", ["a*"]),
        Parameter("tag", "string", "audit"),
    )
    changes = [each for each in mutants_of(replace(rule, parameters=parameters)) if each.default]
    assert [(each.what, each.default.default) for each in changes if each.default] == [
        ("parameters: hours is 2 by default", 2),
        ("parameters: days is -1 by default", -1),
        ("parameters: days is 1 by default", 1),
        ("parameters: always is false by default", False),
        ('parameters: names has no "a*" by default', []),
    ]


def test_what_always_has_a_row_is_never_nothing() -> None:
    """The outcome of nothing is asked for only where a rule may select nothing of it."""
    every, selected = select_rules(
        load_rules((), areas=("trail",)), ("trail.insights-both-types", "trail.organization-trail")
    )
    assert not any(mutant.what.startswith("when_none:") for mutant in mutants_of(every))
    assert any(mutant.what.startswith("when_none:") for mutant in mutants_of(selected))


def test_declared_routes_are_in_no_case() -> None:
    """No case could notice that they do not count, so that every route is asked here whether they do by default."""
    for rule in load_rules((), areas=("route",)):
        accepted = [parameter.default for parameter in rule.parameters if parameter.name == "accept"]
        assert accepted == ([list(RouteKind)] if isinstance(rule.check, RouteCheck) else []), rule.id
        assert not any(RouteKind.DECLARED in mutant.what for mutant in mutants_of(rule)), rule.id


def test_mistakes_of_all_cases_are_told_before_any_is_run(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    place = folder(CASES.replace("expect: pass", "expect: pas"))
    for name, cases in (("other", CASES + EQUIVALENT * 2), ("sound", CASES.replace("expect: pass", "expect: fail"))):
        (place / f"trail/{name}.yaml").write_text(RULE.replace("trail.validation", f"trail.{name}"))
        (place / f"trail/{name}.test.yaml").write_text(cases.replace("trail.validation", f"trail.{name}"))
    assert run(["rules", "test", "--rules", str(place), "--mutants"]) == Exit.ERROR
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "validation.test.yaml:" in shown.err
    assert "other.test.yaml:" in shown.err


def test_a_rule_without_cases_is_named(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    place = folder(CASES + OFF + EQUIVALENT)
    (place / "trail/other.yaml").write_text(RULE.replace("trail.validation", "trail.other"))
    asked = ["rules", "test", "--rules", str(place)]
    assert run(asked) == Exit.CLEAN
    assert run([*asked, "--mutants"]) == Exit.FINDINGS
    assert capsys.readouterr().out == "UNTESTED trail.other: it has no cases\n" * 2


def test_every_kind_of_check_has_changes() -> None:
    assert set(MUTANTS) == set(Check.__args__)


@pytest.mark.parametrize(
    "rule_id", ["eds.retention-min", "eds.coverage", "evidence.digest-chain-valid", "trail.log-file-validation"]
)
def test_cases_of_shipped_rules_notice_every_change(rule_id: str) -> None:
    """Some of each kind that are quick; all of them are judged by ``make rules-mutants``."""
    place = shipped("rules")
    (rule,) = select_rules(load_rules((), areas=(rule_id.partition(".")[0],)), (rule_id,))
    stated = load_equivalents(rule, place)
    judged = judge_mutants(rule, load_cases(rule, place, proven=True), stated)
    assert [survivor.what for survivor in judged.unproven] == []
    assert list(stale(judged, stated)) == []


def test_every_stated_proof_is_about_a_change() -> None:
    place = shipped("rules")
    for rule in load_rules():
        if "\nequivalents:" in cases_file(rule, place).read_text():
            assert set(load_equivalents(rule, place)) <= {mutant.what for mutant in mutants_of(rule)}, rule.id


def test_the_events_of_a_route_may_name_parameters_and_lists() -> None:
    (rule,) = select_rules(load_rules(), ("route.log-store-tampering",))
    judged = judge_mutants(rule, (), {})
    about_events = [each for each in judged.survivors if each.what.startswith("events: ")]
    assert len(about_events) > 15
    assert sum(bool(each.proof) for each in about_events) <= 2


def test_records_of_any_kind_count_for_a_proof() -> None:
    """A condition that every management event holds is not idle where records of data events are judged too."""
    (rule,) = select_rules(load_rules((), areas=("event",)), ("event.root-session-assumed",))
    assert isinstance(rule.check, LogEventsCheck)
    managed = '{ ($.eventName = "AssumeRoot") && ($.managementEvent IS TRUE) }'
    changed = replace(rule, check=replace(rule.check, events=managed, excluded=None))
    judged = judge_mutants(changed, (), {})
    assert "events: without `($.managementEvent IS TRUE)`" in {each.what for each in judged.unproven}
