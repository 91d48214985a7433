"""Coverage over what CloudTrail delivers: the domain model, its assumptions in words, whole records as witnesses."""

from typing import Any

import pytest

from scanner.pattern import CoverageProof, JsonPattern, covers, matches_value, parse
from scanner.pattern.cloudtrail.api_names import api_name
from scanner.pattern.cloudtrail.recorded import FIELDS, IDENTITY_TYPE, NAME, READ_ONLY, SOURCE
from scanner.pattern.coverage.cloudtrail_domain import Domain
from scanner.pattern.matching.values import MISSING


def value_at(event: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        event = event.get(step, MISSING) if isinstance(event, dict) else MISSING
    return event


def decide(required: str, *deployed: str) -> CoverageProof:
    """The realistic answer; the logical one is never more covered, and a witness is a record CloudTrail may deliver."""
    wanted, filters = parse(required), [parse(text) for text in deployed]
    logical, answer = covers(wanted, filters), covers(wanted, filters, realistic=True)
    if logical.verdict == "covered":
        assert answer.verdict == "covered"
        assert not answer.assumption
    if answer.witness is not None:
        assert isinstance(wanted, JsonPattern)
        assert matches_value(wanted, answer.witness)
        assert not any(matches_value(each, answer.witness) for each in filters if isinstance(each, JsonPattern))
        assert Domain().admits({path: value_at(answer.witness, path) for path in FIELDS})
    return answer


@pytest.mark.parametrize(
    ("required", "deployed", "assumption"),
    [
        (
            "{ $.eventName = CreateTrail || $.eventName = StopLogging }",
            "{ $.eventSource = cloudtrail.amazonaws.com && $.eventName != Describe* && $.eventName != Get* }",
            "CreateTrail and StopLogging are recorded with eventSource cloudtrail.amazonaws.com only",
        ),
        (
            "{ $.eventName = ConsoleLogin && $.additionalEventData.MFAUsed != Yes }",
            "{ $.eventName = ConsoleLogin && $.additionalEventData.MFAUsed = No }",
            "additionalEventData.MFAUsed is Yes or No",
        ),
        (
            "{ $.eventSource = kms.amazonaws.com && $.eventName = DisableKey }",
            "{ $.eventSource = kms.amazonaws.com && $.readOnly IS FALSE }",
            "CloudTrail marks DisableKey as not read-only",
        ),
        (
            "{ $.userIdentity.type = Root }",
            "{ $.userIdentity.type = Root && $.eventName != Nothing }",
            None,
        ),
        (
            "{ $.errorCode = AccessDenied* }",
            "{ $.errorCode = AccessDenied* && ($.readOnly IS TRUE || $.readOnly IS FALSE) }",
            "readOnly is always true or false",
        ),
        (
            "{ $.eventName = ConsoleLogin }",
            "{ $.eventType = AwsConsoleSignIn }",
            "a console sign-in has the eventType AwsConsoleSignIn",
        ),
        (
            "{ $.userIdentity.type = IAMUser }",
            "{ $.userIdentity.sessionContext.sessionIssuer.userName NOT EXISTS }",
            "sessionIssuer is given for assumed roles, and never for the root user and IAM users",
        ),
        (
            "{ $.eventName = CreateVpc || $.eventName = AttachClassicLinkVpc }",
            "{ $.eventName = CreateVpc }",
            "AttachClassicLinkVpc never occurs: AWS retired EC2-Classic and its ClassicLink calls in 2022",
        ),
        (
            "{ $.eventType = AwsApiCall }",
            "{ $.userIdentity.type = * }",
            "only service events lack userIdentity.type",
        ),
        (
            "{ $.userIdentity.type NOT EXISTS }",
            "{ $.eventType = AwsServiceEvent }",
            "only service events lack userIdentity.type",
        ),
        (
            "{ $.sourceIPAddress = * || $.errorCode = x }",
            "{ $.sourceIPAddress != x || $.sourceIPAddress = x }",
            "sourceIPAddress is always present",
        ),
    ],
)
def test_covered_in_practice(required: str, deployed: str, assumption: str | None) -> None:
    answer = decide(required, deployed)
    if assumption is None:
        assert answer.verdict == "not_covered"  # a record named Nothing
    else:
        assert (answer.verdict, answer.assumption) == ("covered", assumption)


@pytest.mark.parametrize(
    ("required", "deployed", "field", "value"),
    [
        # Several services have a call of this name.
        ("{ $.eventName = CreateRoute }", "{ $.eventSource = ec2.amazonaws.com }", SOURCE, "apigateway.amazonaws.com"),
        (
            "{ $.eventName = CreatePolicy }",
            "{ $.eventSource = iam.amazonaws.com }",
            SOURCE,
            "organizations.amazonaws.com",
        ),
        # A name that no service is known to have stays free.
        ("{ $.eventName = FooBar }", "{ $.eventSource = ec2.amazonaws.com }", SOURCE, "iam.amazonaws.com"),
        ("{ $.eventName = Sign* }", "{ $.eventSource = kms.amazonaws.com }", SOURCE, "ec2.amazonaws.com"),
        ("{ $.eventName = FooBar }", "{ $.readOnly IS FALSE }", READ_ONLY, True),
        # Handing out credentials is no read although it is called Get….
        ("{ $.eventName = GetSessionToken }", "{ $.readOnly IS TRUE }", READ_ONLY, False),
        (
            "{ $.userIdentity.type = Root }",
            "{ $.userIdentity.type = Root && $.eventType = AwsApiCall }",
            IDENTITY_TYPE,
            "Root",
        ),
        (
            "{ $.errorCode = AccessDenied* }",
            "{ $.errorCode = AccessDenied* && $.eventName != HeadBucket }",
            NAME,
            "HeadBucket",
        ),
        ('{ $.eventSource != "*.amazonaws.com" }', "{ $.errorCode = x }", NAME, "ExampleCall"),
        ("{ $.userIdentity.invokedBy NOT EXISTS }", "{ $.userIdentity.type != Root }", IDENTITY_TYPE, "Root"),
    ],
)  # fmt: skip
def test_not_covered_in_practice(required: str, deployed: str, field: tuple[str, ...], value: Any) -> None:
    answer = decide(required, deployed)
    assert answer.verdict == "not_covered"
    assert answer.witness is not None
    assert value_at(answer.witness, field) == value


def test_the_witness_is_a_whole_record() -> None:
    witness = decide("{ $.eventName = StopLogging }", "{ $.eventName = DeleteTrail }").witness
    assert witness == {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEALICE",
            "arn": "arn:aws:iam::111122223333:user/alice",
            "accountId": "111122223333",
            "userName": "alice",
        },
        "eventTime": "2026-01-15T09:30:00Z",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "StopLogging",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.17.0",
        "requestParameters": {"name": "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit"},
        "responseElements": None,
        "requestID": "5f3c1d2e-0000-4000-8000-000000000001",
        "eventID": "5f3c1d2e-0000-4000-8000-000000000002",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    }


def test_the_witness_of_a_service_event() -> None:
    witness = decide("{ $.userIdentity.type NOT EXISTS }", "{ $.eventName = Nothing }").witness
    assert witness is not None
    assert witness["eventType"] == "AwsServiceEvent"
    assert witness["userIdentity"] == {"accountId": "111122223333", "invokedBy": "cloudformation.amazonaws.com"}


def test_the_witness_of_a_role() -> None:
    witness = decide(
        "{ $.userIdentity.sessionContext.sessionIssuer.arn = * }",
        '{ $.userIdentity.sessionContext.sessionIssuer.arn = "arn:aws:iam::111122223333:role/x" }',
    ).witness
    assert witness is not None
    assert witness["userIdentity"]["type"] == "AssumedRole"


def test_the_witness_of_a_sign_in() -> None:
    witness = decide(
        '{ $.eventName = ConsoleLogin && $.errorMessage = "Failed authentication" }',
        '{ $.eventName = ConsoleLogin && $.errorMessage = "Failedauthentication" }',
    ).witness
    assert witness is not None
    assert witness["eventSource"] == "signin.amazonaws.com"
    assert witness["eventType"] == "AwsConsoleSignIn"
    assert witness["responseElements"] == {"ConsoleLogin": "Failure"}


def test_only_real_names_where_the_filter_leaves_the_name_open() -> None:
    for source in ("kms.amazonaws.com", "organizations.amazonaws.com", "wafv2.amazonaws.com"):
        witness = decide(f"{{ $.eventSource = {source} }}", "{ $.eventName = Nothing }").witness
        assert witness is not None
        known = api_name(witness["eventName"])
        assert known is not None
        assert source in known.sources


def test_several_facts_are_told_together() -> None:
    answer = decide(
        "{ $.eventName = DeleteTrail || ($.eventName = ConsoleLogin && $.additionalEventData.MFAUsed != Yes) }",
        "{ $.eventSource = cloudtrail.amazonaws.com || $.additionalEventData.MFAUsed = No }",
    )
    assert answer.verdict == "covered"
    assert answer.assumption == (
        "DeleteTrail is recorded with eventSource cloudtrail.amazonaws.com only; "
        "additionalEventData.MFAUsed is Yes or No"
    )


@pytest.mark.parametrize(
    "required",
    [
        "{ $.eventSource = iam.amazonaws.com && $.eventName = StopLogging }",
        "{ $.eventType = AwsVpceEvent }",
        "{ $.eventCategory = Insight && $.eventName = x }",
        "{ $.userIdentity NOT EXISTS }",
    ],
)
def test_what_the_model_calls_impossible_is_decided_logically(required: str) -> None:
    wanted = parse(required)
    answer = covers(wanted, [parse("{ $.awsRegion = nowhere }")], realistic=True)
    assert answer.verdict == "not_covered"
    assert covers(wanted, [wanted], realistic=True).verdict == "covered"


def test_wildcard_selectors_stay_honest() -> None:
    required, deployed = parse("{ $.eventName = StopLogging }"), parse("{ $.* = CreateTrail || $.*.type = x }")
    answer = covers(required, [deployed], realistic=True)
    assert answer.verdict in {"not_covered", "undetermined"}
    assert covers(required, [parse("{ $.* = StopLogging }")], realistic=True).verdict == "covered"
    # The model is not applied below a wildcard, so the event found is one CloudTrail does not deliver.
    answer = covers(required, [parse("{ $.* = cloudtrail.amazonaws.com }")], realistic=True)
    assert (answer.verdict, answer.witness) == ("undetermined", None)


def test_text_filters_see_the_whole_record() -> None:
    required = parse("{ $.eventName = StopLogging }")
    assert covers(required, [parse("DeleteTrail")], realistic=True).verdict == "not_covered"
    assert covers(required, [parse("managementEvent")], realistic=True).verdict == "undetermined"
    assert covers(required, [parse("StopLogging -DeleteTrail")], realistic=True).verdict == "undetermined"
