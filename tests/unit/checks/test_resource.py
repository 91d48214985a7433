import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from scanner.checks import resource
from scanner.errors import UsageError
from scanner.expressions import fields
from scanner.model import Finding, Gap, Outcome, ResourceCheck, RouteCheck, Rule, RuleId, Severity, Source
from scanner.resources.rows import ResourceType, Row, View
from scanner.snapshot import Snapshot, call_key

Make = Callable[..., Snapshot]

ACCOUNT = "111122223333"
ARN = f"arn:aws:service:us-east-1:{ACCOUNT}:thing/one"
GAP = Gap(ACCOUNT, "us-east-1", "service.GetThing", {"Name": "one"}, "denied", "AccessDenied", "GetThing was denied")
GAP_SOURCE = Source(call_key(ACCOUNT, "us-east-1", "service.GetThing", {"Name": "one"}), "")
LISTED = Source("listing", "/pages/0/things/0")

Judge = Callable[..., list[Finding]]


def row(data: Mapping[str, Any] | None = None, **members: Any) -> Row:
    return Row("service.some_thing", ACCOUNT, "us-east-1", ARN, dict(data or {}), (LISTED,), **members)


def rule(expect: str, where: str | None = None, when_none: Outcome = Outcome.FAIL, reason: str = "it is off") -> Rule:
    named = fields(expect) | (fields(where) if where else frozenset())
    check = ResourceCheck("service.some_thing", expect, where, when_none, reason, named)
    return Rule(RuleId("area.name"), "Things are on", Severity.HIGH, "", "", "", (), (), check, "area/name.yaml", "")


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch, make_snapshot: Make) -> Judge:
    """``judge(rows, expect, …)``: the findings over a view of these rows, with ``gaps`` in its population."""

    def judged(
        rows: list[Row], expect: str, gaps: tuple[Gap, ...] = (), calls: tuple[Any, ...] = (), **others: Any
    ) -> list[Finding]:
        parameters = others.pop("parameters", {})
        kind = ResourceType("service.some_thing", "Thing", lambda _snapshot, _account: View(tuple(rows), gaps), {})
        monkeypatch.setattr(sys.modules["scanner.checks.resource"], "RESOURCES", {kind.name: kind})
        return list(resource.judge(rule(expect, **others), make_snapshot(*calls), ACCOUNT, parameters))

    return judged


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        (True, Outcome.PASS),
        (False, Outcome.FAIL),
        (None, Outcome.FAIL),
        ("true", Outcome.FAIL),
        (1, Outcome.FAIL),
        ([True], Outcome.FAIL),
        ({}, Outcome.FAIL),
    ],
)
def test_only_true_passes(judge: Judge, value: Any, outcome: Outcome) -> None:
    (finding,) = judge([row({"On": value})], "On")
    assert finding.outcome is outcome
    assert (finding.rule, finding.severity, finding.title) == ("area.name", Severity.HIGH, "Things are on")
    assert (finding.account, finding.region, finding.resource) == (ACCOUNT, "us-east-1", ARN)
    assert finding.sources == (LISTED,)
    assert "Some thing one (us-east-1)" in finding.reason
    assert finding.reason.endswith(".")


def test_a_value_of_another_type_is_named(judge: Judge) -> None:
    (finding,) = judge([row({"On": "yes"})], "On")
    assert finding.reason == "Some thing one (us-east-1): it is off (the rule's expression gave yes, not true)."


def test_an_expression_that_breaks_is_unknown(judge: Judge) -> None:
    (finding,) = judge([row({"On": None})], "length(On) == `0`")
    assert finding.outcome is Outcome.UNKNOWN
    assert "has no value here" in finding.reason
    (finding,) = judge([row({"On": True})], "On", where="length(Missing) == `0`")
    assert finding.outcome is Outcome.UNKNOWN


def test_a_fact_that_could_not_be_had_is_unknown(judge: Judge) -> None:
    (finding,) = judge([row({"Name": "one"}, gaps={"On": GAP, "Other": GAP})], "On")
    assert finding.outcome is Outcome.UNKNOWN
    assert finding.reason == "Some thing one (us-east-1) could not be judged: GetThing was denied."
    assert finding.sources == (LISTED, GAP_SOURCE)


def test_an_unreadable_fact_that_is_not_named_does_not_matter(judge: Judge) -> None:
    (finding,) = judge([row({"On": True}, gaps={"Other": GAP})], "On")
    assert (finding.outcome, finding.sources) == (Outcome.PASS, (LISTED,))


def test_what_the_other_facts_decide_stands(judge: Judge) -> None:
    gaps = {"On": GAP}
    (failed,) = judge([row({"Ready": False}, gaps=gaps)], "On && Ready", reason="on {On}, ready {Ready}")
    assert failed.outcome is Outcome.FAIL
    assert "on unknown, ready no" in failed.reason
    (passed,) = judge([row({"Ready": True}, gaps=gaps)], "On == `1` || Ready")
    assert passed.outcome is Outcome.PASS


@pytest.mark.parametrize(("selects", "count"), [(True, 1), (False, 0), (None, 0), ("yes", 0), (1, 0)])
def test_where_selects_by_true(judge: Judge, selects: Any, count: int) -> None:
    findings = judge([row({"On": False, "Mine": selects})], "On", where="Mine")
    assert sum(finding.resource == ARN for finding in findings) == count


def test_a_selection_that_could_not_be_made_is_unknown(judge: Judge) -> None:
    (finding,) = judge([row({"On": True}, gaps={"Mine": GAP})], "On", where="Mine")
    assert (finding.outcome, finding.resource) == (Outcome.UNKNOWN, ARN)


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.PASS])
def test_nothing_to_judge(judge: Judge, outcome: Outcome) -> None:
    arguments = {"includeShadowTrails": True}
    listing: Any = ("us-east-1", "cloudtrail.DescribeTrails", arguments, {"trailList": []})
    (finding,) = judge([], "On", when_none=outcome, calls=(listing,))
    assert (finding.outcome, finding.region, finding.resource) == (outcome, "", ACCOUNT)
    assert finding.reason == f"Account {ACCOUNT} has no some thing."
    assert finding.sources == (Source(call_key(ACCOUNT, "us-east-1", "cloudtrail.DescribeTrails", arguments), ""),)


def test_nothing_selected_cites_what_was_seen(judge: Judge) -> None:
    (finding,) = judge([row({"Mine": False})], "On", where="Mine", when_none=Outcome.NOT_APPLICABLE)
    assert finding.outcome is Outcome.NOT_APPLICABLE
    assert finding.reason == f"Account {ACCOUNT} has no some thing for which Mine."
    assert finding.sources == (LISTED,)


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.PASS])
def test_nothing_found_where_not_everything_was_seen_is_unknown(judge: Judge, outcome: Outcome) -> None:
    for rows, where in (([], None), ([row({"Mine": False})], "Mine")):
        (finding,) = judge(rows, "On", gaps=(GAP,), when_none=outcome, where=where)
        assert finding.outcome is Outcome.UNKNOWN
        assert finding.sources == (GAP_SOURCE,)


def test_a_gap_in_the_population_is_a_finding_beside_the_others(judge: Judge) -> None:
    findings = judge([row({"On": True})], "On", gaps=(GAP, GAP))
    assert [finding.outcome for finding in findings] == [Outcome.PASS, Outcome.UNKNOWN]
    assert findings[1].reason == (
        f"Account {ACCOUNT}: not every some thing could be seen: GetThing was denied (and 1 more)."
    )


def test_sources_are_those_of_the_fields_named(judge: Judge) -> None:
    cited = row(
        {"On": True, "Other": True, "Mine": True},
        cites={"On": (Source("on", ""),), "Other": (Source("other", ""),), "Mine": (Source("mine", ""),)},
    )
    (finding,) = judge([cited], "On", where="Mine")
    assert {source.call for source in finding.sources} == {"listing", "on", "mine"}
    (whole,) = judge([cited], "@.On")
    assert {source.call for source in whole.sources} == {"listing", "on", "other", "mine"}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{Name} is {On}", "n is no"),
        ("{Deep.Member.Text}", "t"),
        ("{Deep.Missing.Text}", "none"),
        ("{Missing}", "none"),
        ("{Empty}/{None}/{NoText}", "none/none/none"),
        ("{List}", "a, b"),
        ("{Mixed}", '[1, {"b": 2}]'),
        ("{Gone}", "unknown"),
        ("{Gone.Deep}", "unknown"),
        ("{ Name }", "{ Name }"),
        ("ends with a stop.", "ends with a stop"),
    ],
)
def test_reasons(judge: Judge, template: str, expected: str) -> None:
    data = {
        "On": False,
        "Name": "n",
        "Deep": {"Member": {"Text": "t"}},
        "Empty": [],
        "None": None,
        "NoText": "",
        "List": ["a", "b"],
        "Mixed": [1, {"b": 2}],
    }
    (finding,) = judge([row(data, gaps={"Gone": GAP})], "On", reason=template)
    assert finding.reason == f"Some thing one (us-east-1): {expected}."


def test_reasons_stay_readable(judge: Judge) -> None:
    (finding,) = judge([row({"On": False, "Long": "x" * 5000})], "On", reason="{Long}")
    assert len(finding.reason) < 300


def test_data_in_a_reason_inserts_nothing(judge: Judge) -> None:
    (finding,) = judge([row({"On": False, "Name": "{Secret}", "Secret": "s"})], "On", reason="{Name}")
    assert finding.reason == "Some thing one (us-east-1): {Secret}."


@pytest.mark.parametrize(
    ("identity", "region", "label"),
    [
        (ARN, "us-east-1", "Some thing one (us-east-1)"),
        ("arn:aws:s3:::bucket", "us-east-1", "Some thing bucket (us-east-1)"),
        ("arn:aws:logs:eu-west-1:1:log-group:a/b", "eu-west-1", "Some thing a/b (eu-west-1)"),
        ("plain name", "", "Some thing plain name"),
        (ACCOUNT, "", f"Account {ACCOUNT}"),
    ],
)
def test_labels(judge: Judge, identity: str, region: str, label: str) -> None:
    (finding,) = judge([Row("service.some_thing", ACCOUNT, region, identity, {"On": False})], "On")
    assert finding.reason == f"{label}: it is off."


def test_parameters_are_put_in(judge: Judge) -> None:
    for most, outcome in ((1, Outcome.FAIL), (2, Outcome.PASS)):
        (finding,) = judge([row({"Age": 2})], "Age <= $most", parameters={"most": most})
        assert finding.outcome is outcome


def test_now_is_the_time_of_collection(judge: Judge) -> None:
    (finding,) = judge([row({"When": "2026-11-20T05:00:00Z"})], "age_hours(When) == `2`")
    assert finding.outcome is Outcome.PASS


def test_a_rule_that_is_wrong_is_no_verdict(judge: Judge, make_snapshot: Make) -> None:
    with pytest.raises(UsageError, match="lacks"):
        judge([row()], "Age <= $most")
    route = RouteCheck("", None, ("metric-filter",), 1, 3600)
    wrong = Rule(RuleId("a.b"), "", Severity.LOW, "", "", "", (), (), route, "", "")
    with pytest.raises(UsageError, match=r"a\.b"):
        list(resource.judge(wrong, make_snapshot(), ACCOUNT, {}))
