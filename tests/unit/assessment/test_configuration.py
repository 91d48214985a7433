import pytest

from scanner.assessment.configuration import settings_in_force, summary, worst_of
from scanner.model import (
    ControlResult,
    Coverage,
    Finding,
    Origin,
    Outcome,
    Parameter,
    ResourceCheck,
    Rule,
    RuleId,
    Setting,
    Severity,
)

FAIL, UNKNOWN, PASS, MANUAL = Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS, Outcome.MANUAL


@pytest.mark.parametrize(
    ("outcomes", "some_missing", "worst"),
    [
        ([PASS, FAIL, UNKNOWN], False, FAIL),
        ([PASS, UNKNOWN], False, UNKNOWN),
        ([PASS, Outcome.NOT_APPLICABLE], False, PASS),
        ([PASS], True, UNKNOWN),
        ([FAIL], True, FAIL),
        ([], True, UNKNOWN),
        ([], False, MANUAL),
    ],
)
def test_what_was_not_judged_leaves_it_unknown_at_best(
    outcomes: list[Outcome], some_missing: bool, worst: Outcome
) -> None:
    assert worst_of(outcomes, some_missing=some_missing) is worst


def test_every_parameter_has_its_value_and_origin() -> None:
    check = ResourceCheck("cloudtrail.trail", (), None, PASS, frozenset())
    parameters = (Parameter("days", "integer", 90), Parameter("names", "strings", ["a"]))
    rule = Rule(RuleId("a.b"), "", Severity.LOW, "", "", "", (), parameters, check, "", "")
    stated = Setting(RuleId("a.b"), "days", 30, Origin.FLAG)
    unused = Setting(RuleId("a.c"), "days", 1, Origin.FILE)
    default = Setting(RuleId("a.b"), "names", ["a"], Origin.DEFAULT)
    assert settings_in_force([rule], [unused, stated]) == (stated, default)


def test_the_summary_counts_what_the_lists_hold() -> None:
    findings = [Finding(RuleId("a.b"), outcome, Severity.LOW, "", "", "", "") for outcome in (FAIL, PASS, PASS)]
    controls = [ControlResult("pci", name, "", Coverage.FULL, MANUAL, "", ()) for name in ("1", "2")]
    made = summary(findings, controls, [], [], records=7)
    assert made.findings == {PASS: 2, FAIL: 1, UNKNOWN: 0, Outcome.NOT_APPLICABLE: 0}
    assert made.controls == {"pci": {**dict.fromkeys(Outcome, 0), MANUAL: 2}}
    assert (made.calls, made.gaps, made.records) == (0, 0, 7)
