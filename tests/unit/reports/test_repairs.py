"""What is to be put right: one entry for one thing, the one that most controls depend on first."""

from dataclasses import replace

import pytest

from reports.repairs import MOST_STEPS, Repair, Thing, repairs, thing_of
from reports.wording import Lookup
from scanner.model import (
    Cause,
    ControlResult,
    Coverage,
    Finding,
    Fix,
    Outcome,
    ResourceDetails,
    RouteDetails,
    RuleId,
    Severity,
)

ONE, TWO = "111122223333", "222233334444"
TRAIL = f"arn:aws:cloudtrail:us-east-1:{ONE}:trail/main"
BUCKET = "arn:aws:s3:::logs"
SHARED = Cause("organization trail", ONE, TRAIL)


def finding(rule: str, resource: str = BUCKET, account: str = ONE, cause: Cause | None = None) -> Finding:
    return Finding(RuleId(rule), Outcome.FAIL, Severity.LOW, account, "", resource, "Why.", "Title", cause=cause)


def found(*controls: tuple[str, str]) -> Lookup:
    by_rule: dict[str, list[ControlResult]] = {}
    names: dict[str, list[str]] = {}
    for number, rule in controls:
        result = ControlResult("cis", number, "", Coverage.FULL, Outcome.FAIL, "", (RuleId(rule),))
        by_rule.setdefault(rule, []).append(result)
        names.setdefault(rule, []).append(f"cis {number}")
    return Lookup({}, by_rule, names, {}, {})


def test_findings_of_one_thing_are_one_repair_in_whichever_account() -> None:
    told = repairs([finding("a.b", TWO, TWO, SHARED), finding("a.c", TRAIL), finding("a.d")], found(), 9).first
    assert [(each.thing.resource, each.findings, list(each.accounts)) for each in told] == [
        (TRAIL, 2, [TWO, ONE]),
        (BUCKET, 1, [ONE]),
    ]


def test_most_controls_come_first_and_then_what_is_gravest() -> None:
    controls = found(("1", "a.b"), ("2", "a.b"), ("1", "a.c"))
    grave = replace(finding("a.d", "grave"), severity=Severity.CRITICAL)
    told = repairs([finding("a.c", "one"), finding("a.b", "two"), finding("a.e", "slight"), grave], controls, 9).first
    assert [each.thing.resource for each in told] == ["two", "one", "grave", "slight"]
    assert list(told[0].controls) == ["cis 1", "cis 2"]


def test_what_is_waived_or_is_of_another_outcome_is_left_out() -> None:
    others = [replace(finding("a.b"), waiver="W-1"), replace(finding("a.b"), outcome=Outcome.UNKNOWN)]
    assert repairs(others, found(), 9).total == 0
    assert [each.findings for each in repairs(others, found(), 9, Outcome.UNKNOWN).first] == [1]


def test_only_the_first_are_told_whole_and_the_others_counted() -> None:
    told = repairs([finding("a.b", str(number)) for number in range(5)], found(), 2)
    assert ([each.thing.resource for each in told.first], told.total, told.left) == (["0", "1"], 5, 3)
    assert repairs([], found(), 2).first == ()


def test_each_step_is_told_once_with_its_commands() -> None:
    fixed = [
        replace(finding("a.b"), details=ResourceDetails(Fix("Do  this.", ("aws one",)))),
        replace(finding("a.c"), details=ResourceDetails(Fix("Do this.", ("aws one", "aws two")))),
        replace(finding("a.d"), details=RouteDetails(fix=Fix("Mend it.", ("aws three",)))),
    ]
    (told,) = repairs(fixed, found(), 9).first
    assert told.steps == {"Do this.": ("aws one", "aws two"), "Mend it.": ("aws three",)}


def test_no_more_steps_are_kept_than_anybody_reads() -> None:
    repair = Repair(Thing(ONE, BUCKET))
    for number in range(MOST_STEPS + 5):
        repair.add(replace(finding("a.b"), details=ResourceDetails(Fix(f"Step {number}."))), found())
    assert (len(repair.steps), repair.findings) == (MOST_STEPS, MOST_STEPS + 5)


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        (TRAIL, "trail main"),
        (BUCKET, "bucket logs"),
        (f"arn:aws:logs:us-east-1:{ONE}:log-group:a/b", "log group a/b"),
        (f"arn:aws:cloudwatch:us-east-1:{ONE}:alarm:x", "alarm x"),
        (f"arn:aws:iam::{ONE}:role/x", "role/x"),
        (ONE, f"account {ONE}"),
        ("a name", "a name"),
    ],
)
def test_a_thing_has_a_short_name(resource: str, name: str) -> None:
    assert thing_of(finding("a.b", resource)).name == name
    assert Thing("", "").name == "log records without an account"


def test_a_bucket_is_one_thing_whichever_account_looked_at_it() -> None:
    seen = [finding("bucket.versioning", "arn:aws:s3:::logs", account) for account in (ONE, "444455556666")]
    told = repairs(seen, found(), 5)
    assert told.total == 1
    assert told.first[0].thing == Thing("", "arn:aws:s3:::logs")
    assert len(told.first[0].accounts) == 2
    topics = [finding("sns.encrypted", "alerts", account) for account in (ONE, "444455556666")]
    assert repairs(topics, found(), 5).total == 2
