"""What became of a finding: a repair is claimed only where the same rule passes on the same resource."""

import json
from dataclasses import replace

import pytest

from reports.comparison.comparing import Change, Comparison, FindingPair, compare
from reports.comparison.document import document_bytes
from reports.comparison.sides import Side
from reports.comparison.text import comparison_text
from scanner.model import (
    AccountScope,
    Assessment,
    Finding,
    Gate,
    LogRun,
    Outcome,
    RuleId,
    ScanRun,
    Severity,
    Summary,
)
from scanner.model.run import Collected
from scanner.schemas import misfit

HERE, THERE = "111122223333", "444455556666"
RULE, OTHER = RuleId("trail.kms-encrypted"), RuleId("bucket.versioning")
PASS, FAIL, UNKNOWN, ABSENT = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE


def finding(outcome: Outcome, **facts: object) -> Finding:
    made = Finding(RULE, outcome, Severity.HIGH, HERE, "us-east-1", "trail/main", f"it is {outcome}")
    return replace(made, **facts)  # type: ignore[arg-type]  # the tests name fields of Finding


def side(*findings: Finding, accounts: tuple[str, ...] = (HERE,), rules: tuple[RuleId, ...] = (RULE,)) -> Side:
    scope = {account: AccountScope(("us-east-1",)) for account in accounts}
    run = ScanRun(collected=Collected("2026-11-01T00:00:00Z"), accounts=scope, rules=rules)
    return Side(Assessment(run, (), findings, (), (), (), Summary()), dict.fromkeys(rules, "a" * 64))


def only(old: Side, new: Side) -> FindingPair:
    (pair,) = compare(old, new).pairs
    return pair


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (PASS, FAIL, Change.NEW),
        (UNKNOWN, FAIL, Change.NEW),
        (ABSENT, FAIL, Change.NEW),
        (FAIL, PASS, Change.FIXED),
        (FAIL, UNKNOWN, Change.LOST),
        (PASS, UNKNOWN, Change.LOST),
        (ABSENT, UNKNOWN, Change.LOST),
        (UNKNOWN, PASS, Change.CHANGED),
        (FAIL, ABSENT, Change.CHANGED),
        (PASS, ABSENT, Change.CHANGED),
        (FAIL, FAIL, Change.SAME),
        (UNKNOWN, UNKNOWN, Change.SAME),
    ],
)
def test_verdicts(before: Outcome, after: Outcome, change: Change) -> None:
    assert only(side(finding(before)), side(finding(after))).change is change


def test_another_reason_is_a_change() -> None:
    assert only(side(finding(FAIL)), side(finding(FAIL, reason="its key is disabled"))).change is Change.CHANGED


def test_a_waiver_that_ended_is_worse_and_one_that_began_is_not() -> None:
    waived, bare = side(finding(FAIL, waiver="W-1")), side(finding(FAIL))
    ended = only(waived, bare)
    assert ended.change is Change.UNWAIVED
    assert ended.stops(Gate(Severity.LOW))
    assert only(waived, waived).change is Change.SAME
    began = only(bare, waived)
    assert began.change is Change.CHANGED
    assert not began.stops(Gate(Severity.LOW))


@pytest.mark.parametrize("facts", [{"waiver": "W-1"}, {"known": True}, {"severity": Severity.LOW}])
def test_a_new_failure_that_the_gate_passes_over(facts: dict[str, object]) -> None:
    assert only(side(finding(PASS)), side(finding(FAIL))).stops(Gate(Severity.MEDIUM))
    pair = only(side(finding(PASS)), side(finding(FAIL, **facts)))
    assert pair.change is Change.NEW
    assert not pair.stops(Gate(Severity.MEDIUM))


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (side(rules=(OTHER,)), "the rule was not judged this time"),
        (side(accounts=(THERE,)), "its account was not in scope this time"),
        (side(finding(UNKNOWN, resource=HERE)), "it was not found, and the rule could not look everywhere: it is unk"),
        (side(finding(UNKNOWN, resource=THERE, account=THERE, region="")), "it was not found, and the rule could not"),
    ],
)
@pytest.mark.parametrize("was", [PASS, FAIL])
def test_what_was_not_looked_at_is_lost_and_never_fixed(new: Side, why: str, was: Outcome) -> None:
    (pair,) = (pair for pair in compare(side(finding(was)), new).pairs if pair.before)
    assert pair.change is Change.LOST
    assert pair.why.startswith(why)


def test_a_region_or_an_account_that_could_not_be_looked_at() -> None:
    old = side(finding(FAIL))
    for scope in (AccountScope(("eu-west-1",)), AccountScope(("us-east-1",), reason="its role cannot be assumed")):
        run = ScanRun(collected=Collected("2026-11-01T00:00:00Z"), accounts={HERE: scope}, rules=(RULE,))
        new = Side(replace(side().assessment, run=run), {})
        assert only(old, new).change is Change.LOST


def test_what_another_account_owns_is_lost_with_the_account_that_led_there() -> None:
    owned = finding(FAIL, account=THERE)
    assert only(side(owned, accounts=(HERE, THERE)), side()).change is Change.LOST
    assert only(side(owned), side()).change is Change.GONE  # it was in the scope of neither


def test_what_is_gone() -> None:
    pair = only(side(finding(FAIL)), side())
    assert (pair.change, pair.why) == (Change.GONE, "it is no longer there")
    elsewhere = finding(UNKNOWN, region="eu-west-1")
    assert compare(side(finding(FAIL)), side(elsewhere)).of(Change.GONE)


def test_an_unknown_that_is_not_looked_at_again_is_neither_lost_nor_gone() -> None:
    assert only(side(finding(UNKNOWN)), side(rules=(OTHER,))).change is Change.CHANGED


@pytest.mark.parametrize(
    ("old", "why"),
    [
        (side(), "it was not there before"),
        (side(rules=(OTHER,)), "the rule was not judged before"),
        (side(accounts=(THERE,)), "its account was not in scope before"),
        (side(finding(UNKNOWN, resource=HERE)), "the rule could not look everywhere before"),
    ],
)
def test_a_failure_without_anything_older_is_new(old: Side, why: str) -> None:
    (pair,) = (pair for pair in compare(old, side(finding(FAIL))).pairs if pair.after)
    assert (pair.change, pair.why) == (Change.NEW, why)


def test_a_new_resource_that_cannot_be_judged_is_out_of_sight() -> None:
    seen = compare(side(), side(finding(UNKNOWN)))
    assert [pair.change for pair in seen.out_of_sight] == [Change.ADDED]
    assert "Cannot be judged, and was not judged before (1)" in comparison_text(seen, 100)
    assert not compare(side(), side(finding(PASS))).out_of_sight


def test_log_records_of_another_account() -> None:
    def logs(*findings: Finding, accounts: tuple[str, ...]) -> Side:
        run = LogRun(collected=Collected("2026-11-01T00:00:00Z"), accounts=accounts, rules=(RULE,))
        return Side(Assessment(run, (), findings, (), (), (), Summary()), {})

    old = logs(finding(FAIL, region=""), accounts=(HERE,))
    assert only(old, logs(accounts=(THERE,))).change is Change.LOST
    assert only(old, logs(accounts=(HERE,))).change is Change.GONE


def test_findings_of_one_name_are_paired_the_worst_first() -> None:
    old, new = side(finding(PASS), finding(FAIL)), side(finding(FAIL), finding(PASS))
    assert [pair.change for pair in compare(old, new).pairs] == [Change.SAME, Change.SAME]
    assert [pair.change for pair in compare(old, side(finding(FAIL))).pairs] == [Change.SAME, Change.GONE]


def test_the_same_assessment_has_no_differences(assessment: Assessment) -> None:
    same = compare(Side(assessment, {}), Side(assessment, {}))
    assert {pair.change for pair in same.pairs} == {Change.SAME}
    assert (same.controls, same.setups, same.swapped) == ((), (), False)
    assert "Judged by the same rules and settings" in comparison_text(same, 100)


def test_the_document_has_the_shape_of_its_schema(changed: Comparison) -> None:
    data = json.loads(document_bytes(changed))
    assert misfit(data, "diff") == ""
    assert sum(data["counts"].values()) == len(changed.pairs)
    assert len(data["findings"]) == len(changed.pairs) - data["counts"]["same"]
    assert {item["what"] for item in data["judged_by"]} == {"rule", "parameter", "framework", "mapping"}


def test_text_keeps_to_its_width_and_tells_everything(changed: Comparison) -> None:
    text = comparison_text(changed, 80)
    for words in ("are they swapped?", "fail now and did not before", "parameter ", "Controls (", "→"):
        assert words in text
    long = [line for line in text.splitlines() if len(line) > 80]
    assert all(len(line.split()) == 1 for line in long), long


def test_names_cannot_drive_the_terminal() -> None:
    evil = finding(FAIL, resource="trail\x1b[31m\u202e", reason="\x07bell")
    text = comparison_text(compare(side(), side(evil)), 100)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\x07" not in text


def test_a_long_section_says_how_much_it_leaves_out() -> None:
    many = [finding(FAIL, resource=f"trail/{number:03}") for number in range(50)]
    text = comparison_text(compare(side(), side(*many)), 100)
    assert text.count("HIGH trail.kms-encrypted") == 20
    assert "and 30 more: --output json lists them all" in text
