import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from scanner.checks import resource
from scanner.content.rules import load_rules
from scanner.errors import UsageError
from scanner.expressions.language import fields
from scanner.facts.rows import Existence, ResourceType, Row, View
from scanner.model import (
    CallKey,
    Clause,
    Finding,
    Gap,
    GapKind,
    Outcome,
    Remark,
    ResourceCheck,
    RouteCheck,
    RouteKind,
    Rule,
    RuleId,
    Severity,
    Source,
)
from scanner.resources import RESOURCES
from scanner.snapshot.answers import Snapshot

Make = Callable[..., Snapshot]

ACCOUNT = "111122223333"
ARN = f"arn:aws:service:us-east-1:{ACCOUNT}:thing/one"
GAP = Gap(
    key=CallKey(ACCOUNT, "us-east-1", "service.GetThing", {"Name": "one"}),
    kind=GapKind.DENIED,
    code="AccessDenied",
    reason="GetThing was denied",
)
GAP_SOURCE = Source(CallKey(ACCOUNT, "us-east-1", "service.GetThing", {"Name": "one"}), "")
LISTED = Source(CallKey("", "", "listing"), "/pages/0/things/0")

Judge = Callable[..., list[Finding]]


def row(data: Mapping[str, Any] | None = None, **members: Any) -> Row:
    return Row("service.some_thing", ACCOUNT, "us-east-1", ARN, dict(data or {}), (LISTED,), **members)


def rule(
    expect: str | Sequence[tuple[str, ...]],
    where: str | None = None,
    when_none: Outcome = Outcome.FAIL,
    reason: str = "it is off",
    passed: str = "",
    where_none: str = "",
    when_none_selected: Outcome | None = None,
    remarks: tuple[Remark, ...] = (),
) -> Rule:
    clauses = tuple(Clause(*pair) for pair in ([(expect, reason)] if isinstance(expect, str) else expect))
    named = [clause.that for clause in clauses] + ([where] if where else [])
    used = frozenset[str]().union(*(fields(text) for text in named))
    check = ResourceCheck(
        "service.some_thing", clauses, where, when_none, used, passed, where_none, when_none_selected, remarks
    )
    return Rule(RuleId("area.name"), "Things are on", Severity.HIGH, "", "", "", (), (), check, "area/name.yaml", "")


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch, make_snapshot: Make) -> Judge:
    """``judge(rows, expect, …)``: the findings over a view of these rows, with ``gaps`` in its population."""

    def judged(
        rows: list[Row],
        expect: str | Sequence[tuple[str, ...]],
        gaps: tuple[Gap, ...] = (),
        calls: tuple[Any, ...] = (),
        **others: Any,
    ) -> list[Finding]:
        parameters, beside = others.pop("parameters", {}), others.pop("beside", ())
        view = View(tuple(rows), gaps)
        kind = ResourceType("service.some_thing", "Thing", lambda *_: view, (), {}, others.pop("existence", None))
        kind = replace(kind, **others.pop("kind", {}))
        snapshot = make_snapshot(*calls, **others.pop("scope", {}))
        monkeypatch.setattr(sys.modules["scanner.checks.resource"], "RESOURCES", {kind.name: kind})
        return list(resource.judge(rule(expect, **others), snapshot, ACCOUNT, parameters, beside))

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


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"On": False, "Age": 1}, "kept 1 day, 1 is required; Age: 1"),
        ({"On": False, "Age": 2}, "kept 2 days, 2 are required; Age: 2"),
        ({"On": False, "Age": None}, "kept no days, none are required; Age: none"),
        ({"On": False, "Age": "1"}, "kept 1 days, 1 are required; Age: 1"),
    ],
)
def test_what_is_counted_is_singular_or_plural(judge: Judge, data: dict[str, Any], said: str) -> None:
    (finding,) = judge([row(data)], [("On", "kept {Age|no} days, {Age} are required; Age: {Age}")])
    assert finding.reason == f"Some thing one (us-east-1): {said}."


@pytest.mark.parametrize(
    ("expression", "data", "said"),
    [
        (
            "public_statements(On) == `[]`",
            {"On": {"Statement": 1}},
            "the policy cannot be read: a statement is not an object.",
        ),
        (
            "age_days(On) < `3`",
            {"On": "2030-01-01T00:00:00Z"},
            "'2030-01-01T00:00:00Z' lies after the time of collection.",
        ),
        ("age_days(On) < `3`", {"On": "soon"}, "'soon' is not a time in RFC 3339."),
    ],
)
def test_the_facts_are_to_blame_and_not_the_expression(
    judge: Judge, expression: str, data: dict[str, Any], said: str
) -> None:
    (finding,) = judge([row(data)], expression)
    assert finding.outcome is Outcome.UNKNOWN
    assert finding.reason == f"Some thing one (us-east-1) could not be judged: {said}"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ("Names[?@ != 'a']", "it is open to b, c"),
        ("Names[?@ == 'x']", "it is open to somebody"),
        ("length(Missing)", "it is open to not known"),
        ("Gone", "it is open to not known"),
    ],
)
def test_a_clause_names_what_it_found(judge: Judge, found: str, said: str) -> None:
    judged = row({"On": False, "Names": ["a", "b", "c"]}, gaps={"Gone": GAP})
    (finding,) = judge([judged], [("On", "it is open to {found|somebody}", found)])
    assert (finding.outcome, finding.reason) == (Outcome.FAIL, f"Some thing one (us-east-1): {said}.")


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
    assert finding.sources == (Source(CallKey(ACCOUNT, "us-east-1", "cloudtrail.DescribeTrails", arguments), ""),)


def test_nothing_selected_cites_what_was_seen(judge: Judge) -> None:
    (finding,) = judge([row({"Mine": False})], "On", where="Mine", when_none=Outcome.NOT_APPLICABLE)
    assert finding.outcome is Outcome.NOT_APPLICABLE
    assert finding.reason == f"Account {ACCOUNT} has no some thing for which Mine."
    assert finding.sources == (LISTED,)


def test_nothing_selected_is_said_in_the_words_of_the_rule(judge: Judge) -> None:
    (finding,) = judge([row({"Mine": False})], "On", where="Mine", where_none="has nothing of its own.")
    assert finding.reason == f"Account {ACCOUNT} has nothing of its own."
    (finding,) = judge([], "On", where="Mine", where_none="has nothing of its own.")
    assert finding.reason == f"Account {ACCOUNT} has no some thing."


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.PASS])
def test_nothing_found_where_not_everything_was_seen_is_unknown(judge: Judge, outcome: Outcome) -> None:
    for rows, where in (([], None), ([row({"Mine": False})], "Mine")):
        (finding,) = judge(rows, "On", gaps=(GAP,), when_none=outcome, where=where)
        assert finding.outcome is Outcome.UNKNOWN
        assert finding.sources == (GAP_SOURCE,)


ONE_REGION: Mapping[str, Any] = {"asked": ["us-east-1"]}


@pytest.mark.parametrize(
    ("scope", "why"),
    [
        (ONE_REGION, "only Region us-east-1 was looked at; scan without --region to judge all enabled Regions"),
        ({"skipped": {"eu-west-1": "no endpoint answered"}}, "enabled Regions were skipped: eu-west-1"),
    ],
)
@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.PASS])
def test_nothing_found_where_regions_were_left_out_is_unknown(
    judge: Judge, outcome: Outcome, scope: Any, why: str
) -> None:
    (finding,) = judge([], "On", when_none=outcome, scope=scope)
    assert finding.outcome is Outcome.UNKNOWN
    assert finding.reason == f"Account {ACCOUNT} has no some thing, as far as was looked at: {why}."
    assert finding.sources == (Source(CallKey(ACCOUNT, "", "cloudtrail.DescribeTrails"), ""),)
    (finding,) = judge([row({"Mine": False})], "On", where="Mine", when_none=outcome, scope=scope)
    assert finding.outcome is Outcome.UNKNOWN
    assert "has no some thing for which Mine, as far as was looked at" in finding.reason


def test_parameters_that_select_everything_hide_nothing_of_other_regions(judge: Judge) -> None:
    asked = {"where": "length($names) > `0`", "parameters": {"names": ["one"]}, "scope": ONE_REGION}
    (finding,) = judge([], "On", when_none=Outcome.NOT_APPLICABLE, **asked)
    assert finding.outcome is Outcome.UNKNOWN


def test_a_region_that_is_not_enabled_hides_nothing(judge: Judge) -> None:
    (finding,) = judge([], "On", scope={"skipped": {"eu-west-1": "not enabled"}})
    assert (finding.outcome, finding.reason) == (Outcome.FAIL, f"Account {ACCOUNT} has no some thing.")


@pytest.mark.parametrize(
    "besides",
    [
        {"kind": {"regional": False}},
        {"kind": {"one_per_account": True}, "where": "Mine"},
        {"where": "length($names) > `0` && Mine", "parameters": {"names": []}},
    ],
)
def test_what_regions_cannot_hide_is_decided_whichever_were_looked_at(judge: Judge, besides: Any) -> None:
    rows = [row({"Mine": False})] if "where" in besides else []
    (finding,) = judge(rows, "On", when_none=Outcome.NOT_APPLICABLE, scope=ONE_REGION, **besides)
    assert finding.outcome is Outcome.NOT_APPLICABLE
    assert "as far as" not in finding.reason


def test_a_gap_in_the_population_is_a_finding_beside_the_others(judge: Judge) -> None:
    other = replace(GAP, key=replace(GAP.key, region="eu-west-1"), reason="GetThing was throttled")
    findings = judge([row({"On": True})], "On", gaps=(GAP, GAP, other))
    assert [finding.outcome for finding in findings] == [Outcome.PASS, Outcome.UNKNOWN]
    assert findings[1].reason == (
        f"Account {ACCOUNT}: not every some thing could be seen: GetThing was denied; GetThing was throttled."
    )


def test_sources_are_those_of_the_fields_named(judge: Judge) -> None:
    cited = row(
        {"On": True, "Other": True, "Mine": True},
        cites={name: (Source(CallKey("", "", name.lower()), ""),) for name in ("On", "Other", "Mine")},
    )
    (finding,) = judge([cited], "On", where="Mine")
    assert {source.call.operation for source in finding.sources} == {"listing", "on", "mine"}
    (whole,) = judge([cited], "@.On")
    assert {source.call.operation for source in whole.sources} == {"listing", "on", "other", "mine"}


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
        ("{Missing|never}/{Empty|no names}/{Name|nobody}/{Gone|never}", "never/no names/n/unknown"),
        ("{Flat}", "Age 3, Mode none, On yes"),
        ("{Many}", ", ".join(f"name-{number}" for number in range(300))),
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
        "Flat": {"On": True, "Mode": None, "Age": 3},
        "Many": [f"name-{number}" for number in range(300)],
    }
    (finding,) = judge([row(data, gaps={"Gone": GAP})], "On", reason=template)
    assert finding.reason == f"Some thing one (us-east-1): {expected}."


def test_reasons_stay_readable(judge: Judge) -> None:
    (finding,) = judge([row({"On": False, "Long": "x" * 5000})], "On", reason="{Long}")
    assert "the first 1000 of 5000 characters" in finding.reason
    assert len(finding.reason) < 1200


CLAUSES = [("There", "it is gone"), ("Age <= `3`", "it is {Age} days old"), ("length(Names) == `1`", "names: {Names}")]


@pytest.mark.parametrize(
    ("data", "gaps", "outcome", "said"),
    [
        ({"There": True, "Age": 2, "Names": ["a"]}, (), Outcome.PASS, "2 days old, 3 allowed"),
        ({"There": False, "Age": None, "Names": None}, (), Outcome.FAIL, "it is gone"),
        ({"There": True, "Age": 9, "Names": None}, (), Outcome.FAIL, "it is 9 days old"),
        ({"There": True, "Age": 1, "Names": []}, (), Outcome.FAIL, "names: none"),
        ({"There": True, "Age": 1, "Names": None}, (), Outcome.UNKNOWN, "has no value here"),
        ({"Age": 9, "Names": ["a"]}, ("There",), Outcome.FAIL, "it is 9 days old"),
        ({"Age": 1, "Names": None}, ("There",), Outcome.UNKNOWN, "GetThing was denied"),
        ({"There": True, "Names": ["a", "b"]}, ("Age",), Outcome.FAIL, "names: a, b"),
        ({"There": True, "Names": ["a"]}, ("Age",), Outcome.UNKNOWN, "GetThing was denied"),
        ({"There": True, "Age": 1}, ("Names",), Outcome.UNKNOWN, "GetThing was denied"),
        ({"There": False}, ("Age", "Names"), Outcome.FAIL, "it is gone"),
    ],
)
def test_the_clause_that_decides_gives_the_reason(
    judge: Judge, data: dict[str, Any], gaps: tuple[str, ...], outcome: Outcome, said: str
) -> None:
    judged = row(data, gaps=dict.fromkeys(gaps, GAP))
    (finding,) = judge([judged], CLAUSES, passed="{Age} days old, 3 allowed")
    assert finding.outcome is outcome
    assert said in finding.reason


EXISTENCE = Existence("There", RuleId("area.reports"))


@pytest.mark.parametrize(
    ("data", "beside", "outcome", "said"),
    [
        ({"There": False, "On": True}, ("area.reports",), Outcome.NOT_APPLICABLE, "area.reports reports that"),
        ({"There": False, "On": True}, (), Outcome.FAIL, "does not exist."),
        ({"There": True, "On": False}, ("area.reports",), Outcome.FAIL, "it is off"),
        ({"There": None, "On": False}, ("area.reports",), Outcome.FAIL, "it is off"),
        ({"On": True}, ("area.reports",), Outcome.PASS, "Things are on"),
    ],
)
def test_a_missing_resource_is_reported_once(
    judge: Judge, data: dict[str, Any], beside: tuple[str, ...], outcome: Outcome, said: str
) -> None:
    (finding,) = judge([row(data)], "On", existence=EXISTENCE, beside=beside)
    assert (finding.outcome, finding.resource) == (outcome, ARN)
    assert said in finding.reason


def test_the_rule_that_reports_missing_resources_judges_them(judge: Judge) -> None:
    own = Existence("There", RuleId("area.name"))
    (finding,) = judge([row({"There": False})], CLAUSES, existence=own, beside=("area.name",))
    assert finding.outcome is Outcome.FAIL
    assert finding.reason.endswith("it is gone.")


def test_a_missing_resource_that_is_not_selected_is_not_reported(judge: Judge) -> None:
    (finding,) = judge([row({"There": False, "Mine": False})], "On", where="Mine", existence=EXISTENCE)
    assert finding.resource == ACCOUNT


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
    route = RouteCheck("", None, (RouteKind.METRIC_FILTER,), 1, 3600)
    wrong = Rule(RuleId("a.b"), "", Severity.LOW, "", "", "", (), (), route, "", "")
    with pytest.raises(UsageError, match=r"a\.b"):
        list(resource.judge(wrong, make_snapshot(), ACCOUNT, {}))


def test_none_selected_may_mean_something_else_than_none_at_all(judge: Judge) -> None:
    others = {"where": "Mine", "when_none": Outcome.FAIL, "when_none_selected": Outcome.NOT_APPLICABLE}
    (finding,) = judge([row({"Mine": False})], "On", **others)
    assert finding.outcome is Outcome.NOT_APPLICABLE
    (finding,) = judge([], "On", **others)
    assert finding.outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"On": True, "Age": 3}, "it is on; it is 3 hours old."),
        ({"On": True, "Age": 2}, "it is on."),
        ({"On": True, "Age": None}, "it is on."),
        ({"On": True, "Age": "old"}, "it is on."),
    ],
)
def test_a_pass_says_what_is_true_of_it_besides(judge: Judge, data: dict[str, Any], said: str) -> None:
    remark = Remark("abs(Age) > `2`", "it is {Age} hours old.")
    (finding,) = judge([row(data)], "On", passed="it is on", remarks=(remark,))
    assert (finding.outcome, finding.reason.endswith(said)) == (Outcome.PASS, True), finding.reason


def test_a_remark_changes_no_failure_and_no_unknown(judge: Judge) -> None:
    remark = Remark("`true`", "and so on")
    (failed,) = judge([row({"On": False})], "On", remarks=(remark,))
    assert (failed.outcome, "so on" in failed.reason) == (Outcome.FAIL, False)
    (passed,) = judge([row({"On": True}, gaps={"Age": GAP})], "On", remarks=(Remark("Age > `1`", "old"),))
    assert (passed.outcome, "old" in passed.reason) == (Outcome.PASS, False)


@pytest.mark.parametrize(
    "kind", [kind for kind in RESOURCES.values() if kind.existence is not None], ids=lambda kind: kind.name
)
def test_what_does_not_exist_is_one_finding_of_one_shipped_rule(
    kind: ResourceType, monkeypatch: pytest.MonkeyPatch, make_snapshot: Make
) -> None:
    """Every other rule of its type is not applicable to it, and says which rule reports it."""
    assert kind.existence is not None
    gone = Row(kind.name, ACCOUNT, "us-east-1", ARN, {kind.existence.field: False}, (LISTED,))
    blind = replace(kind, view=lambda *_: View((gone,)))
    monkeypatch.setattr(sys.modules["scanner.checks.resource"], "RESOURCES", {kind.name: blind})
    rules = [
        each for each in load_rules() if isinstance(each.check, ResourceCheck) and each.check.resource == kind.name
    ]
    beside = [each.id for each in rules]
    assert kind.existence.reported_by in beside
    for each in rules:
        parameters = {item.name: item.default for item in each.parameters}
        (finding,) = resource.judge(each, make_snapshot(), ACCOUNT, parameters, beside)
        if each.id == kind.existence.reported_by:
            assert (finding.outcome, "does not exist" in finding.reason) == (Outcome.FAIL, True)
        else:
            assert finding.outcome is Outcome.NOT_APPLICABLE, finding.reason
            pointed = f"does not exist; {kind.existence.reported_by} reports that." in finding.reason
            narrowed = isinstance(each.check, ResourceCheck) and each.check.where
            assert pointed or (finding.resource == ACCOUNT and narrowed)  # it selects nothing that is gone
