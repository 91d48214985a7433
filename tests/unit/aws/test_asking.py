"""One call: every page, what AWS said about it, and a reason instead of an exception."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError, ConnectTimeoutError, ParamValidationError
from botocore.parsers import ResponseParserError
from botocore.stub import Stubber

from scanner.audit_path.topics import metric_arguments
from scanner.aws import asking as calls
from scanner.aws.asking import ask
from scanner.aws.operations import OPERATIONS, Operation
from scanner.aws.options import CollectOptions
from scanner.aws.session import AwsSession, NotAReadError

PAGED = [operation for operation in OPERATIONS.values() if operation.paginated or operation.next_page]
TOKENS = {
    "accessanalyzer": "nextToken",
    "apigateway": "position",
    "apigatewayv2": "NextToken",
    "cloudfront": "NextMarker",
    "elb": "NextMarker",
    "elbv2": "NextMarker",
    "s3": "ContinuationToken",
    "s3.ListObjectsV2": "NextContinuationToken",
    "logs": "nextToken",
    "cloudtrail": "NextToken",
    "cloudwatch": "NextToken",
    "sns": "NextToken",
    "events": "NextToken",
    "iam": "Marker",
    "kms": "NextMarker",
    "config": "NextToken",
    "guardduty": "NextToken",
    "ec2": "NextToken",
    "oam": "NextToken",
    "observabilityadmin": "NextToken",
    "securityhub": "NextToken",
    "notifications": "nextToken",
    "chatbot": "NextToken",
    "organizations": "NextToken",
}
ASKED = {"NextMarker": "Marker", "NextContinuationToken": "ContinuationToken"}
"""What a request calls a token that the answer names otherwise."""
_CUT = {"IsTruncated": True}
MORE = {"iam": _CUT, "cloudfront": _CUT, "s3.ListObjectsV2": _CUT, "kms": {"Truncated": True}}
"""What an answer must say besides for its token to count."""
ITEMS: dict[str, Any] = {
    "apigatewayv2.GetApis": {"Name": "n", "ProtocolType": "HTTP", "RouteSelectionExpression": "r"},
    "apigatewayv2.GetStages": {"StageName": "s"},
    "analyzers": {
        "arn": "a",
        "name": "n",
        "type": "ACCOUNT",
        "createdAt": datetime(2026, 11, 20, tzinfo=UTC),
        "status": "ACTIVE",
    },
    "findings": {
        "analyzedAt": datetime(2026, 11, 20, tzinfo=UTC),
        "createdAt": datetime(2026, 11, 20, tzinfo=UTC),
        "id": "f",
        "resourceType": "AWS::S3::Bucket",
        "resourceOwnerAccount": "111122223333",
        "status": "ACTIVE",
        "updatedAt": datetime(2026, 11, 20, tzinfo=UTC),
    },
    "InsightRules": {"Name": "r", "State": "ENABLED", "Schema": "{}", "Definition": "{}"},
    "Targets": {"Id": "1", "Arn": "arn:aws:sns:us-east-1:111122223333:topic"},
    "organizations.Targets": {"TargetId": "r-ab12"},
    "PolicyNames": "inline",
    "DetectorIds": "d",
    "FindingIds": "f",
    "Destinations": {"DestinationId": "d", "DestinationType": "S3", "Status": "PUBLISHING"},
    "channels": "arn:aws:chatbot::111122223333:chat-configuration/slack-channel/audit",
    "notificationConfigurations": {
        "arn": "a",
        "name": "n",
        "description": "",
        "status": "ACTIVE",
        "creationTime": datetime(2026, 11, 20, tzinfo=UTC),
    },
    "eventRules": {
        "arn": "a",
        "notificationConfigurationArn": "a",
        "source": "aws.cloudtrail",
        "eventType": "t",
        "eventPattern": "",
        "regions": ["us-east-1"],
        "managedRules": [],
        "statusSummaryByRegion": {},
        "creationTime": datetime(2026, 11, 20, tzinfo=UTC),
    },
    "SlackChannelConfigurations": {
        **dict.fromkeys(("SlackTeamName", "SlackTeamId", "SlackChannelId", "SlackChannelName"), "x"),
        "ChatConfigurationArn": "x" * 20,
        "IamRoleArn": "x" * 20,
        "SnsTopicArns": [],
    },
    "TeamChannelConfigurations": {
        **dict.fromkeys(("ChannelId", "TeamId", "TenantId"), "x" * 36),
        "ChatConfigurationArn": "x" * 20,
        "IamRoleArn": "x" * 20,
        "SnsTopicArns": [],
    },
    "WebhookConfigurations": {
        "WebhookDescription": "x",
        "ChatConfigurationArn": "x" * 20,
        "IamRoleArn": "x" * 20,
        "SnsTopicArns": [],
    },
    "StandardsSubscriptions": {
        **dict.fromkeys(("StandardsSubscriptionArn", "StandardsArn"), "a"),
        "StandardsInput": {},
        "StandardsStatus": "READY",
    },
    "RetentionConfigurations": {"Name": "default", "RetentionPeriodInDays": 2557},
    "ConfigRules": {"Source": {"Owner": "AWS", "SourceIdentifier": "CLOUD_TRAIL_ENABLED"}},
}
"""An item where the model has members that are required, or texts; elsewhere an empty one will do."""
TOPIC = "arn:aws:sns:us-east-1:111122223333:topic"
FILLED = {
    "$group": "audit",
    "$topic": TOPIC,
    "$trail": "main",
    "$key": "k",
    "$bucket": "logs",
    "$account": "1" * 12,
    "$role": "r",
    "$rule": "r",
    "$query": "q",
    "$notification": "arn:aws:notifications::111122223333:configuration/a",
}
TRAILS = OPERATIONS["cloudtrail.DescribeTrails"]


COMPUTED = {
    "cloudtrail.ListTags": {"ResourceIdList": ["arn:aws:cloudtrail:us-east-1:111122223333:trail/main"]},
    "cloudwatch.GetMetricData": metric_arguments("alerts", datetime(2026, 11, 20, 12, tzinfo=UTC)),
}
"""Arguments that are computed whole for each thing that is asked about."""


def arguments(operation: Operation) -> dict[str, Any]:
    return COMPUTED.get(operation.name) or {
        name: FILLED.get(value, value) if isinstance(value, str) else value
        for name, value in operation.arguments.items()
    }


@pytest.fixture(scope="module")
def one_session() -> Iterator[AwsSession]:
    """Its clients are made once for all tests; each test puts its own stub before the one that it asks."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        keys = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x")
        yield AwsSession(keys, CollectOptions(attempts=1), "aws", botocore.session.Session())


@pytest.fixture
def session(plain_environment: Any, one_session: AwsSession) -> AwsSession:
    assert plain_environment
    return one_session


def metadata(number: int) -> dict[str, Any]:
    return {
        "ResponseMetadata": {
            "RequestId": f"r-{number}",
            "HTTPHeaders": {"date": f"Fri, 20 Nov 2026 12:00:0{number} GMT"},
        }
    }


def item_of(operation: Operation, member: str) -> Any:
    """An item that a list of the operation may hold; targets are of two kinds."""
    named = ITEMS.get(f"{operation.service}.{member}", ITEMS.get(member, {}))
    return ITEMS.get(operation.name, named)


def token_of(operation: Operation) -> str:
    """What names the next page in an answer."""
    return TOKENS.get(operation.name) or TOKENS[operation.service]


def page_of(operation: Operation, token: str) -> dict[str, Any]:
    """A page with an item, and what names the next one; CloudFront has both inside its one member."""
    member = (*operation.members, *operation.lists)[0]
    more = MORE.get(operation.name, MORE.get(operation.service, {}))
    following = {token_of(operation): token, **more} if token else {}
    if operation.service == "cloudfront":
        return {member: {"Marker": "", "MaxItems": 1, "IsTruncated": False, "Quantity": 1, **following}}
    return {member: [item_of(operation, member)], **following}


@pytest.mark.parametrize("operation", PAGED, ids=[operation.name for operation in PAGED])
def test_every_page_is_read(operation: Operation, session: AwsSession) -> None:
    """Dropping the paginator, or reading one page only, must turn this red."""
    token = token_of(operation)
    stub = Stubber(session.client(operation.service, "us-east-1"))
    asked = arguments(operation)
    for number, given in enumerate((None, "page-1", "page-2")):
        answer = {**page_of(operation, f"page-{number + 1}" if number < 2 else ""), **metadata(number)}
        stub.add_response(
            xform_name(operation.api), answer, {**asked, **({ASKED.get(token, token): given} if given else {})}
        )
    with stub:
        reply = ask(session, operation, "us-east-1", asked)
        stub.assert_no_pending_responses()
    assert reply.error is None
    assert reply.items == len(reply.pages) == 3
    assert reply.request_ids == ("r-0", "r-1", "r-2")
    assert reply.date == "2026-11-20T12:00:00Z"
    assert all("ResponseMetadata" not in page for page in reply.pages)


@pytest.mark.parametrize("operation", PAGED, ids=[operation.name for operation in PAGED])
def test_a_refused_page_spoils_the_whole_call(operation: Operation, session: AwsSession) -> None:
    stub = Stubber(session.client(operation.service, "us-east-1"))
    stub.add_response(xform_name(operation.api), {**page_of(operation, "page-1"), **metadata(1)})
    stub.add_client_error(xform_name(operation.api), "AccessDenied", "no", 403, response_meta={"RequestId": "r-2"})
    with stub:
        reply = ask(session, operation, "us-east-1", arguments(operation))
    assert reply.error is not None
    assert reply.error.kind == "denied"
    assert reply.pages == ()
    assert reply.items == 0
    assert reply.request_ids == ("r-1", "r-2")


@pytest.mark.parametrize("name", ["logs.DescribeLogGroups", "logs.DescribeQueryDefinitions"])
def test_a_token_that_comes_again_is_not_believed(session: AwsSession, name: str) -> None:
    operation = OPERATIONS[name]
    stub = Stubber(session.client("logs", "us-east-1"))
    for _ in range(2):
        stub.add_response(xform_name(operation.api), {operation.members[0]: [], "nextToken": "same"})
    with stub:
        reply = ask(session, operation, "us-east-1", {})
    assert reply.error is not None
    assert (reply.error.kind, reply.error.code) == ("invalid", "PaginationError")


def test_pages_without_end_are_given_up(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MAX_PAGES", 3)
    aws.answers["logs.DescribeLogGroups"] = [{"logGroups": []}] * 4
    reply = ask(aws, OPERATIONS["logs.DescribeLogGroups"], "us-east-1", {})
    assert reply.error is not None
    assert (reply.error.kind, reply.error.code) == ("invalid", "EndlessPages")
    aws.answers["logs.DescribeLogGroups"] = [{"logGroups": []}] * 3
    assert ask(aws, OPERATIONS["logs.DescribeLogGroups"], "us-east-1", {}).error is None


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (ConnectTimeoutError(endpoint_url="https://x"), "endpoint", "ConnectTimeoutError"),
        (ParamValidationError(report="x"), "error", "ParamValidationError"),
        (ResponseParserError("not XML"), "invalid", "ResponseParserError"),
        (AttributeError("'str' object has no attribute 'get'"), "invalid", "AttributeError"),
        (RecursionError("too deep"), "invalid", "RecursionError"),
        (NotAReadError("s3.CreateSession is refused"), "error", "NotAReadError"),
    ],
)
def test_nothing_escapes(error: Exception, kind: str, code: str, aws: Any) -> None:
    aws.answers["cloudtrail.DescribeTrails"] = error
    reply = ask(aws, TRAILS, "us-east-1", {})
    assert reply.error is not None
    assert (reply.error.kind, reply.error.code) == (kind, code)
    assert reply.pages == ()


def test_an_interrupt_is_not_a_gap(aws: Any) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    aws.answers["cloudtrail.DescribeTrails"] = interrupt
    with pytest.raises(KeyboardInterrupt):
        ask(aws, TRAILS, "us-east-1", {})


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_an_answer_without_its_documented_member_is_invalid(operation: Operation, aws: Any) -> None:
    aws.answers[operation.name] = {"Unheard": 1}
    reply = ask(aws, operation, "us-east-1", arguments(operation))
    if operation.members:
        assert reply.error is not None
        assert reply.error.kind == "invalid"
    else:
        assert reply.error is None


def test_every_page_must_be_of_its_shape(aws: Any) -> None:
    aws.answers["logs.DescribeLogGroups"] = [{"logGroups": []}, {}]
    reply = ask(aws, OPERATIONS["logs.DescribeLogGroups"], "us-east-1", {})
    assert reply.error is not None
    assert reply.error.kind == "invalid"


def test_a_list_must_be_a_list(aws: Any) -> None:
    aws.answers["cloudtrail.DescribeTrails"] = {"trailList": {"Name": "x"}}
    reply = ask(aws, TRAILS, "us-east-1", {})
    assert reply.error is not None
    assert reply.error.message == "The answer's trailList is not a list."


def test_items_are_counted_over_lists_and_pages(aws: Any) -> None:
    aws.answers["cloudwatch.DescribeAlarms"] = [
        {"MetricAlarms": [1, 2], "CompositeAlarms": [3]},
        {"MetricAlarms": [4]},
    ]
    assert ask(aws, OPERATIONS["cloudwatch.DescribeAlarms"], "us-east-1", {}).items == 4
    assert ask(aws, OPERATIONS["s3.HeadBucket"], "us-east-1", {}).items == 1


def test_what_does_not_exist_is_an_answer(aws: Any, refused: Callable[..., ClientError]) -> None:
    aws.answers["s3.GetBucketPolicy"] = refused("NoSuchBucketPolicy", 404)
    reply = ask(aws, OPERATIONS["s3.GetBucketPolicy"], "us-east-1", {})
    assert reply.error is not None
    assert reply.error.kind == "absent"
    assert reply.request_ids == ("refused",)
    assert reply.date == "2026-11-20T12:00:05Z"


@pytest.mark.parametrize(
    "date", [None, "", "yesterday", "Fri, 99 Nov 2026 12:00:00 GMT", 7, "Mon, 01 Jan 99999999999 00:00:00 GMT"]
)
def test_a_date_header_that_is_none(date: Any, session: AwsSession) -> None:
    stub = Stubber(session.client("cloudtrail", "us-east-1"))
    stub.add_response("describe_trails", {"trailList": [], "ResponseMetadata": {"HTTPHeaders": {"date": date}}})
    with stub:
        reply = ask(session, TRAILS, "us-east-1", {})
    assert reply.error is None
    assert reply.date == ""
    assert reply.request_ids == ()
