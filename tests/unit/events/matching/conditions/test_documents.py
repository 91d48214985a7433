"""Documents inside records: found, read and judged, and never passed over when they cannot be read."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from scanner.cases.record_run import judge_records
from scanner.errors import UsageError
from scanner.events.matching.conditions.compiled_rules import judged_rules
from scanner.events.matching.conditions.documents import document_in, document_test
from scanner.model import DocumentCheck, LogEventsCheck, NoHitDetails, Outcome, Rule, RuleId, Severity
from scanner.policies.identities import escalating_statements

ALLOWS = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
CHECK = DocumentCheck(
    '{ $.eventName = "PutRolePolicy" }', ("a.first", "a.second"), "document.Statement[0].Effect == 'Allow'"
)


def rule(**check: Any) -> Rule:
    return Rule(
        id=RuleId("event.mine"),
        title="",
        severity=Severity.LOW,
        description="",
        rationale="",
        remediation="",
        references=(),
        parameters=(),
        check=LogEventsCheck('{ $.eventName = "StopLogging" }', **check),
        path="",
        text="",
    )


@pytest.mark.parametrize(
    ("record", "counts"),
    [
        ({"a": {"first": ALLOWS}}, True),
        ({"a": {"first": {"Statement": [{"Effect": "Deny"}]}}}, False),
        ({"a": {"second": json.dumps(ALLOWS)}}, True),
        ({"a": {"first": None, "second": {"Statement": []}}}, False),
        ({"a": {"first": quote(json.dumps({"Statement": [{"Effect": "Deny"}]}))}}, False),
        # what cannot be read counts
        ({}, True),
        ({"a": None}, True),
        ({"a": {"first": "HIDDEN_DUE_TO_SECURITY_REASONS"}}, True),
        ({"a": {"first": '{"Statement": ['}}, True),
        ({"a": {"first": 5}}, True),
        ({"a": {"first": "7"}}, True),
    ],
)
def test_what_a_document_says(record: dict[str, Any], *, counts: bool) -> None:
    assert document_test(CHECK, {})(record) is counts


def test_an_expression_without_a_value_counts() -> None:
    test = document_test(DocumentCheck("{ $.a = 1 }", ("a",), "length(public_statements(document)) > `0`"), {})
    assert test({"a": {"Statement": [{"Effect": "Perhaps"}]}})
    assert not test({"a": {"Statement": []}})


def test_a_document_may_be_compared_with_its_record() -> None:
    test = document_test(DocumentCheck("{ $.a = 1 }", ("a",), "document.of != record.b.of"), {})
    assert test({"a": {"of": 1}, "b": {"of": 2}})
    assert not test({"a": {"of": 1}, "b": {"of": 1}})


@pytest.mark.parametrize("text", [json.dumps(ALLOWS), quote(json.dumps(ALLOWS)), quote(json.dumps(ALLOWS, indent=1))])
def test_ways_to_write_one(text: str) -> None:
    assert document_in(text) == ALLOWS


def test_a_wrong_expression_is_an_error() -> None:
    with pytest.raises(UsageError):
        judged_rules((rule(documents=(DocumentCheck("{ $.a = 1 }", ("a",), "length("),)),))


def records(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    plain = {"eventVersion": "1.11", "eventSource": "iam.amazonaws.com", "recipientAccountId": "111122223333"}
    return [{**plain, "eventID": str(number), **change} for number, change in enumerate(changes)]


def test_a_record_counts_once_and_except_holds_for_documents_too() -> None:
    mine = rule(
        documents=(CHECK, CHECK, DocumentCheck('{ $.eventName = "StopLogging" }', ("a",), "document.b == `1`")),
        excluded='{ $.errorCode = "*" }',
    )
    found = records(
        {"eventName": "PutRolePolicy", "a": {"first": ALLOWS}},
        {"eventName": "PutRolePolicy", "a": {"first": ALLOWS}, "errorCode": "AccessDenied"},
        {"eventName": "StopLogging", "a": {"b": 1}},
        {"eventName": "DeleteTrail", "a": {"first": ALLOWS}},
    )
    (finding,), problems = judge_records(mine, found, {})
    assert not problems
    assert (finding.outcome, finding.hit_count) == (Outcome.FAIL, 2)


@pytest.mark.parametrize("also", [(), ("NetworkActivity",)])
def test_categories_apart_are_judged_when_asked_for(also: tuple[str, ...]) -> None:
    found = records(
        {"eventName": "StopLogging", "eventCategory": "NetworkActivity"},
        {"eventName": "StopLogging", "eventCategory": "Insight"},
        {"eventName": "DeleteTrail", "eventCategory": "Management"},
    )
    (finding,), problems = judge_records(rule(also=also), found, {})
    assert not problems
    assert finding.outcome is (Outcome.FAIL if also else Outcome.PASS)
    if not also:
        assert finding.details == NoHitDetails(1)


def test_nothing_but_records_apart_is_not_a_pass() -> None:
    found = records({"eventName": "x", "eventCategory": "Insight"})
    (finding,), _ = judge_records(rule(), found, {})
    assert finding.outcome is Outcome.UNKNOWN
    assert "only 1 Insights" in finding.reason


def statement(**members: Any) -> dict[str, Any]:
    where = {} if "NotResource" in members else {"Resource": "*"}
    return {"Statement": [{"Effect": "Allow", **where, **members}]}


@pytest.mark.parametrize(
    ("policy", "escalates"),
    [
        (statement(Action=["s3:GetObject", "*"]), True),
        (statement(Action="*:*"), True),
        (statement(Action="IAM:*"), True),
        (statement(Action="?am:*"), True),
        (statement(Action="iam:Put*"), True),
        (statement(NotAction="s3:*"), True),
        (statement(NotAction=["iam:*", "organizations:*"]), True),
        (statement(Action="*", Resource="arn:aws:iam::111122223333:user/${aws:username}"), True),
        (statement(Action="*", NotResource="arn:aws:s3:::pictures/*"), True),
        (json.dumps(statement(Action="*")), True),
        (statement(Action="*", Principal="*"), True),
        (statement(Action="iam:PutUserPolicy", Resource="arn:aws:iam::111122223333:user/*"), True),
        (statement(Action="iam:PutUserPolicy", Resource=["x", "arn:aws:iam::111122223333:*"]), True),
        (statement(Action="iam:PutUserPolicy", Resource="arn:aws:iam::${aws:PrincipalAccount}:user/*"), True),
        (statement(Action="iam:PutUserPolicy", Resource="arn:aws:iam::*:user/${aws:username}"), False),
        (statement(Action="iam:PutUserPolicy", Resource="arn:aws:iam::111122223333:user/team-*"), False),
        (statement(Effect="Deny", Action="*"), False),
        (statement(NotAction="*"), False),
        (statement(Action="s3:*"), False),
        (statement(Action=["iam:Get*", "iam:List*"]), False),
        (statement(Action="iam:PutUserPolicy", Resource="arn:aws:iam::111122223333:user/anna"), False),
        (statement(Action="*", Resource="arn:aws:s3:::pictures/*"), False),
        (statement(Action="*", NotResource="arn:aws:iam::*"), False),
        (None, False),
    ],
)
def test_statements_that_raise_rights(policy: Any, *, escalates: bool) -> None:
    assert bool(escalating_statements(policy, ["iam:PutUserPolicy"])) is escalates
