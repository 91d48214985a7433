"""The couplings of fields in CloudTrail records: filters that rest on them pass, those that lose events do not."""

from pathlib import Path
from typing import Any

import pytest

from scanner.pattern import CoverageProof, JsonPattern, covers, matches_value, parse
from scanner.pattern.cloudtrail.recorded import BEARS_ON, FIELDS, RELATIONS
from scanner.pattern.coverage.cloudtrail_domain import Domain
from scanner.pattern.matching.values import MISSING

SIGN_IN = "$.eventName = ConsoleLogin"
FAILED = f'{SIGN_IN} && $.errorMessage = "Failed authentication"'
FAILURE = f"{SIGN_IN} && $.responseElements.ConsoleLogin = Failure"
SUCCESS = f"{SIGN_IN} && $.responseElements.ConsoleLogin = Success"
ROOT = "$.userIdentity.type = Root && $.userIdentity.invokedBy NOT EXISTS && $.eventType != AwsServiceEvent"
NO_MFA = f"{SUCCESS} && $.additionalEventData.MFAUsed != Yes && $.userIdentity.type = IAMUser"
KEYS = "$.eventSource = kms.amazonaws.com && ($.eventName = DisableKey || $.eventName = ScheduleKeyDeletion)"
USERS = "$.eventSource = iam.amazonaws.com && ($.eventName = CreateUser || $.eventName = DeleteUser)"


def value_at(event: Any, *path: str) -> Any:
    for step in path:
        event = event.get(step, MISSING) if isinstance(event, dict) else MISSING
    return event


def decide(required: str, *deployed: str) -> CoverageProof:
    wanted, filters = parse(f"{{ {required} }}"), [parse(f"{{ {text} }}") for text in deployed]
    answer = covers(wanted, filters, realistic=True)
    if answer.witness is not None:
        assert isinstance(wanted, JsonPattern)
        assert matches_value(wanted, answer.witness)
        assert not any(matches_value(each, answer.witness) for each in filters if isinstance(each, JsonPattern))
        assert Domain().admits({path: value_at(answer.witness, *path) for path in FIELDS})
    return answer


@pytest.mark.parametrize(
    ("required", "deployed"),
    [
        (FAILED, "$.responseElements.ConsoleLogin = Failure"),
        (FAILED, f"{SIGN_IN} && $.responseElements.ConsoleLogin != Success"),
        (FAILED, f"{FAILURE} && $.eventType = AwsConsoleSignIn && $.eventSource = signin.amazonaws.com"),
        (FAILED, '$.eventSource = signin.amazonaws.com && $.errorMessage = "Failed authentication"'),
        (FAILURE, f"{SIGN_IN} && $.errorMessage = *"),
        (SUCCESS, f"{SIGN_IN} && $.errorMessage NOT EXISTS"),
        (f"{SIGN_IN} && $.errorMessage NOT EXISTS", SUCCESS),
        (SIGN_IN, "$.responseElements.ConsoleLogin = Success || $.responseElements.ConsoleLogin = Failure"),
        ("$.responseElements.ConsoleLogin = Failure", f"{SIGN_IN} && $.errorMessage = *"),
        (SIGN_IN, "$.eventType = AwsConsoleSignIn && $.eventSource = signin.amazonaws.com"),
        ("$.eventName = SwitchRole", "$.eventType = AwsConsoleSignIn"),
        ("$.eventType = AwsConsoleSignIn", "$.eventSource = signin.amazonaws.com"),
        (
            f"{SIGN_IN} && $.userIdentity.type = Root",
            "$.userIdentity.type = Root && $.userIdentity.invokedBy NOT EXISTS",
        ),
        (ROOT, '$.userIdentity.arn = "*:root"'),
        (
            ROOT,
            '$.userIdentity.arn = "*:root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != AwsServiceEvent',
        ),
        (ROOT, "$.userIdentity.arn = %:root$%"),
        ("$.userIdentity.type = AssumedRole", '$.userIdentity.arn = "*:assumed-role/*"'),
        (
            "$.userIdentity.type = AssumedRole",
            "$.userIdentity.arn = *sts* && $.userIdentity.sessionContext.sessionIssuer.arn = *",
        ),
        ("$.userIdentity.type = IAMUser && $.eventName = StopLogging", '$.userIdentity.arn = "*:user/*"'),
        (
            "$.userIdentity.type = IAMUser && $.eventName = CreateUser",
            '$.userIdentity.arn = "*:user/*" && $.userIdentity.userName = *',
        ),
        (
            f"{SUCCESS} && $.userIdentity.type = IAMUser",
            '$.userIdentity.arn = "*:user/*" && $.userIdentity.userName = *',
        ),
        (
            NO_MFA,
            (
                f"{SIGN_IN} && $.additionalEventData.MFAUsed = No && $.errorMessage NOT EXISTS "
                '&& $.userIdentity.arn = "*:user/*"'
            ),
        ),
        (KEYS, "$.eventSource = kms.amazonaws.com && $.eventType = AwsApiCall"),
        (USERS, "$.eventSource = iam.amazonaws.com && $.eventType = AwsApiCall && $.userIdentity.type = *"),
        (
            "$.eventName = DeleteTrail",
            "$.eventName = DeleteTrail && $.eventType != AwsServiceEvent && $.recipientAccountId = *",
        ),
    ],
)  # fmt: skip
def test_a_filter_that_rests_on_a_coupling_covers(required: str, deployed: str) -> None:
    answer = decide(required, deployed)
    assert answer.verdict == "covered"
    assert answer.assumptions
    for words, source in answer.assumptions:
        assert words in answer.assumption
        assert source.startswith("https://")


@pytest.mark.parametrize(
    ("required", "deployed", "field", "value"),
    [
        # An unknown user name fails with another message.
        (FAILURE, FAILED, "errorMessage", "No username found in supplied account"),
        (SIGN_IN, SUCCESS, "responseElements.ConsoleLogin", "Failure"),
        # Sign-ins that did not succeed may lack who it was.
        (f"{FAILURE} && $.userIdentity.type = IAMUser", '$.userIdentity.arn = "*:user/*"', "userIdentity.arn", MISSING),
        ("$.userIdentity.type = IAMUser", '$.userIdentity.arn = "*:user/*"', "eventSource", "signin.amazonaws.com"),
        # The sign-in service writes API calls and service events too.
        (
            "$.eventSource = signin.amazonaws.com",
            "$.eventType = AwsConsoleSignIn",
            "eventSource",
            "signin.amazonaws.com",
        ),
        (ROOT, "$.userIdentity.type = Root && $.eventType = AwsApiCall", "userIdentity.type", "Root"),
        (
            ROOT,
            '$.userIdentity.arn = "arn:aws:iam::999999999999:root"',
            "userIdentity.arn",
            "arn:aws:iam::111122223333:root",
        ),
        (ROOT, f"$.userIdentity.type = Root && {SIGN_IN}", "userIdentity.type", "Root"),
        (
            "$.userIdentity.type = AssumedRole",
            '$.userIdentity.arn = "*:assumed-role/admin/*"',
            "userIdentity.type",
            "AssumedRole",
        ),
        # AppStream writes a CreateImage as a service event; RDS carries out maintenance as one.
        ("$.eventName = CreateImage", "$.eventType = AwsApiCall", "eventSource", "appstream.amazonaws.com"),
        ("$.eventName = ApplyPendingMaintenanceAction", "$.eventType = AwsApiCall", "eventType", "AwsServiceEvent"),
        ("$.eventSource = kms.amazonaws.com", "$.eventType = AwsApiCall", "eventSource", "kms.amazonaws.com"),
        ("$.eventName = DeleteTrail", "$.recipientAccountId = 111122223333", "recipientAccountId", "444455556666"),
        ("$.eventName = DeleteTrail", "$.userIdentity.type != AssumedRole", "userIdentity.type", "AssumedRole"),
    ],
)  # fmt: skip
def test_a_filter_that_loses_events_does_not(required: str, deployed: str, field: str, value: Any) -> None:
    answer = decide(required, deployed)
    assert answer.verdict == "not_covered"
    assert value_at(answer.witness, *field.split(".")) == value


def test_the_witness_of_a_failed_sign_in_lacks_what_aws_leaves_out() -> None:
    witness = decide(f"{FAILED} && $.userIdentity.type = IAMUser", "$.eventName = Nothing").witness
    assert witness is not None
    assert witness["userIdentity"] == {
        "type": "IAMUser",
        "principalId": "AIDAEXAMPLEALICE",
        "accountId": "111122223333",
        "accessKeyId": "",
        "userName": "alice",
    }
    assert (witness["eventType"], witness["responseElements"]) == ("AwsConsoleSignIn", {"ConsoleLogin": "Failure"})
    assert set(witness["additionalEventData"]) == {"LoginTo", "MobileVersion", "MFAUsed"}


def test_what_a_filter_asks_of_the_arn_shapes_the_whole_caller() -> None:
    arn = "arn:aws:sts::444455556666:assumed-role/Deploy/run-7"
    witness = decide(f'$.eventName = StopLogging && $.userIdentity.arn = "{arn}"', "$.eventName = Nothing").witness
    assert witness is not None
    assert witness["userIdentity"]["type"] == "AssumedRole"
    assert witness["userIdentity"]["accountId"] == "444455556666"
    assert witness["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] == "arn:aws:iam::444455556666:role/Deploy"


def test_no_fact_is_named_that_the_verdict_does_without() -> None:
    answer = decide(SIGN_IN, '$.eventSource = "signin.amazonaws.com" && $.errorMessage != x || $.eventSource = signin*')
    assert [fact.words for fact in answer.assumptions] == [
        "ConsoleLogin is recorded with eventSource signin.amazonaws.com only"
    ]


def test_every_coupling_says_where_it_is_documented_and_what_it_restricts() -> None:
    assert set(BEARS_ON) == set(RELATIONS)
    for name, (words, source) in RELATIONS.items():
        assert words, name
        assert source.startswith("https://"), name
        assert BEARS_ON[name] <= set(FIELDS) | {("eventName",)}, name


@pytest.mark.parametrize("value", [{}, [], [None], {"x": 1}, None, True, 1, 1.5])
def test_fields_of_any_kind_are_judged(value: Any) -> None:
    for path in FIELDS:
        assert Domain().admits({path: value}) in {True, False}
    assert not Domain().admits({("eventName",): value, ("userIdentity", "type"): value})


def test_the_documentation_lists_every_coupling() -> None:
    text = (Path(__file__).parents[4] / "docs" / "filter-patterns.md").read_text("utf-8")
    for words, source in RELATIONS.values():
        assert f"| {words} | [" in text, words
        assert f"]({source}) |" in text, source
