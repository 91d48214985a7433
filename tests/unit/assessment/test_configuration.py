"""The assessment of a configuration: who is in scope, what is in force, and counts that reconcile."""

import io
import json
from collections.abc import Callable
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from reports.document.reading import read_assessment
from reports.document.writing import document_bytes
from reports.formats.text import write
from scanner.assessment.configuration import assess, settings_in_force, summary, worst_of
from scanner.model import (
    AccountScope,
    CallKey,
    ControlResult,
    Coverage,
    Finding,
    GapKind,
    Origin,
    Outcome,
    Parameter,
    ResourceCheck,
    Rule,
    RuleId,
    ScanRun,
    Setting,
    Severity,
    Source,
)
from scanner.snapshot.answers import Call, CallError, Snapshot

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


DENIED_ACCOUNT, SUSPENDED = "444455556666", "777788889999"


def with_accounts_left_out(snapshot: Snapshot) -> Snapshot:
    """The same snapshot of an organization of which one account denied its role and another is suspended."""
    scope = snapshot.run["scope"]
    denied = {"regions": [], "skipped": {}, "reason": "the role could not be assumed: AccessDenied"}
    accounts = {**scope["accounts"], DENIED_ACCOUNT: denied}
    told = {**scope, "accounts": accounts, "skipped": {SUSPENDED: "the account is suspended"}}
    key = CallKey(DENIED_ACCOUNT, "us-east-1", "sts.AssumeRole", {"RoleArn": "arn:aws:iam::444455556666:role/Audit"})
    call = Call(key, "2026-11-20T07:00:00Z", "", (), 0, 0, "", "", 0, CallError(GapKind.DENIED, "AccessDenied", "no"))
    return Snapshot({**snapshot.run, "scope": told}, (*snapshot.calls, call), lambda _: b"")


def test_accounts_that_were_not_looked_at_are_named_with_the_reason(make_snapshot: Callable[..., Snapshot]) -> None:
    made = assess(with_accounts_left_out(make_snapshot()), (), (), ())
    assert isinstance(made.run, ScanRun)
    assert made.run.accounts[DENIED_ACCOUNT] == AccountScope((), {}, "the role could not be assumed: AccessDenied")
    assert made.run.skipped == {SUSPENDED: "the account is suspended"}
    assert [(gap.account, gap.kind, bool(gap.operation)) for gap in made.gaps] == [
        (DENIED_ACCOUNT, GapKind.DENIED, True),
        (SUSPENDED, GapKind.OUT_OF_SCOPE, False),
    ]
    document = document_bytes(made)
    schema = json.loads(files("scanner").joinpath("schemas/assessment.schema.json").read_bytes())
    Draft202012Validator(schema).validate(json.loads(document))
    assert read_assessment(document, ()).run == made.run
    text = io.StringIO()
    write(made, text, colour=False, width=200, brief=True)
    assert f"{DENIED_ACCOUNT}: no Region (the role could not be assumed: AccessDenied)" in text.getvalue()
    assert f"{SUSPENDED}: the account is suspended" in text.getvalue()


@pytest.mark.parametrize(
    ("scope", "kind"),
    [({"asked": ["us-east-1"]}, GapKind.OUT_OF_SCOPE), ({"skipped": {"eu-west-1": "timeout"}}, GapKind.NOT_COLLECTED)],
)
def test_what_was_not_asked_in_other_regions_is_out_of_scope_where_regions_were_chosen(
    make_snapshot: Callable[..., Snapshot], scope: dict[str, object], kind: GapKind
) -> None:
    account = "111122223333"
    elsewhere = Source(CallKey(account, "", "cloudtrail.ListEventDataStores"), "")
    finding = Finding(RuleId("a.b"), UNKNOWN, Severity.LOW, account, "", account, "", sources=(elsewhere,))
    made = assess(make_snapshot(**scope), (), (), (finding,))
    assert [(gap.operation, gap.kind) for gap in made.gaps if gap.operation] == [(elsewhere.call.operation, kind)]
