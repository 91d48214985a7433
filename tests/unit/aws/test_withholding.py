"""What may be a secret in an answer is never written down; what is judged of it is."""

import json
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.stub import Stubber

from scanner.aws.operations import OPERATIONS
from scanner.aws.reads.operation import Operation
from scanner.aws.reads.withholding import without_secrets

SECRET = "hush-4711"
ARN = "arn:aws:events:us-east-1:111122223333"
PARAMETERS = {"HeaderParameters": [{"Key": "x-token", "Value": SECRET, "IsValueSecret": False}]}
MACHINE = "arn:aws:states:us-east-1:111122223333:stateMachine:page"
ROLE = "arn:aws:iam::111122223333:role/send"
RUNBOOK = {"documentName": "page", "roleArn": ROLE, "parameters": {"Token": [SECRET]}}
CHAT = {
    "ChatConfigurationArn": "arn:aws:chatbot::111122223333:chat-configuration/x/audit",
    "IamRoleArn": ROLE,
    "SnsTopicArns": ["arn:aws:sns:us-east-1:111122223333:alerts"],
    "State": "ENABLED",
}

ORIGINS = {
    "Quantity": 1,
    "Items": [
        {
            "Id": "shop",
            "DomainName": "shop.example",
            "CustomHeaders": {"Quantity": 1, "Items": [{"HeaderName": "x-origin", "HeaderValue": SECRET}]},
        }
    ],
}
BEHAVIOR = {"TargetOriginId": "shop", "ViewerProtocolPolicy": "https-only"}
DISTRIBUTION = {
    **dict.fromkeys(("Id", "ARN", "Status", "DomainName", "Comment", "PriceClass", "WebACLId", "HttpVersion"), "a"),
    **{name: {"Quantity": 0} for name in ("Aliases", "CacheBehaviors", "CustomErrorResponses")},
    **dict.fromkeys(("Enabled", "IsIPV6Enabled", "Staging"), True),
    "LastModifiedTime": 0,
    "DefaultCacheBehavior": BEHAVIOR,
    "ViewerCertificate": {},
    "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
}
LISTED = {"Marker": "", "MaxItems": 1, "IsTruncated": False, "Quantity": 1}
CONFIG = {"CallerReference": "r", "Comment": "", "Enabled": True, "DefaultCacheBehavior": BEHAVIOR}
KEPT = {"Quantity": 1, "Items": []}

ANSWERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "account.GetAlternateContact": (
        {
            "AlternateContact": {
                "AlternateContactType": "SECURITY",
                "EmailAddress": f"{SECRET}@a.example",
                "Name": SECRET,
                "PhoneNumber": f"+1 555 {SECRET}",
                "Title": SECRET,
            }
        },
        {
            "AlternateContact": {
                "AlternateContactType": "SECURITY",
                **dict.fromkeys(("EmailAddress", "Name", "PhoneNumber", "Title"), ""),
            }
        },
    ),
    "cloudfront.ListDistributions": (
        {"DistributionList": {**LISTED, "Items": [{**DISTRIBUTION, "Origins": ORIGINS}]}},
        {"DistributionList": {**LISTED, "Items": [{**DISTRIBUTION, "Origins": KEPT}]}},
    ),
    "cloudfront.GetDistributionConfig": (
        {"DistributionConfig": {**CONFIG, "Origins": ORIGINS}},
        {"DistributionConfig": {**CONFIG, "Origins": KEPT}},
    ),
    "apigateway.GetStages": (
        {
            "item": [
                {
                    "stageName": "prod",
                    "variables": {"key": SECRET},
                    "canarySettings": {"stageVariableOverrides": {"key": SECRET}},
                }
            ]
        },
        {"item": [{"stageName": "prod", "variables": {}, "canarySettings": {}}]},
    ),
    "apigatewayv2.GetStages": (
        {"Items": [{"StageName": "prod", "StageVariables": {"key": SECRET}}]},
        {"Items": [{"StageName": "prod", "StageVariables": {}}]},
    ),
    "events.DescribeApiDestination": (
        {
            "ApiDestinationArn": f"{ARN}:api-destination/pager/1f",
            "ApiDestinationState": "ACTIVE",
            "InvocationEndpoint": f"https://me:{SECRET}@Pager.example:8443/hook/{SECRET}?key={SECRET}#{SECRET}",
        },
        {"ApiDestinationState": "ACTIVE", "InvocationEndpoint": "https://pager.example:8443"},
    ),
    "events.DescribeConnection": (
        {
            "ConnectionArn": f"{ARN}:connection/pager/2e",
            "ConnectionState": "AUTHORIZED",
            "StateReason": f"said {SECRET}",
            "AuthParameters": {
                "BasicAuthParameters": {"Username": SECRET},
                "InvocationHttpParameters": PARAMETERS,
                "OAuthParameters": {
                    "AuthorizationEndpoint": f"https://login.example/{SECRET}",
                    "OAuthHttpParameters": PARAMETERS,
                },
            },
        },
        {"ConnectionState": "AUTHORIZED", "AuthParameters": {}, "StateReason": ""},
    ),
    "events.ListTargetsByRule": (
        {
            "Targets": [
                {"Id": "1", "Arn": f"{ARN}:event-bus/a"},
                {
                    "Id": "2",
                    "Arn": f"{ARN}:api-destination/pager/1f",
                    "HttpParameters": {"HeaderParameters": {"x-token": SECRET}, "PathParameterValues": [SECRET]},
                },
            ]
        },
        {
            "Targets": [
                {"Id": "1", "Arn": f"{ARN}:event-bus/a"},
                {"Id": "2", "Arn": f"{ARN}:api-destination/pager/1f", "HttpParameters": {}},
            ]
        },
    ),
    "stepfunctions.DescribeStateMachine": (
        {
            "stateMachineArn": MACHINE,
            "name": "page",
            "status": "ACTIVE",
            "type": "STANDARD",
            "roleArn": ROLE,
            "creationDate": 0,
            "definition": f'{{"Comment": "{SECRET}"}}',
            "description": SECRET,
            "variableReferences": {"page": [SECRET]},
        },
        {"status": "ACTIVE", "definition": "", "description": "", "variableReferences": {}},
    ),
    "ecs.DescribeTaskDefinition": (
        {
            "taskDefinition": {
                "status": "ACTIVE",
                "containerDefinitions": [{"name": "page", "environment": [{"name": "TOKEN", "value": SECRET}]}],
                "volumes": [{"name": SECRET}],
                "proxyConfiguration": {"containerName": "proxy", "properties": [{"name": "p", "value": SECRET}]},
            }
        },
        {
            "taskDefinition": {
                "status": "ACTIVE",
                "containerDefinitions": [],
                "volumes": [],
                "proxyConfiguration": {"containerName": "proxy", "properties": []},
            }
        },
    ),
    "ssm-incidents.GetResponsePlan": (
        {
            "arn": "arn:aws:ssm-incidents::111122223333:response-plan/audit",
            "name": "audit",
            "engagements": ["arn:aws:ssm-contacts:us-east-1:111122223333:contact/on-call"],
            "incidentTemplate": {"title": "Audit", "impact": 1},
            "actions": [{"ssmAutomation": RUNBOOK}],
        },
        {"name": "audit", "actions": []},
    ),
    "notificationscontacts.GetEmailContact": (
        {
            "emailContact": {
                "arn": ARN,
                "name": SECRET,
                "address": f"{SECRET}@a.example",
                "status": "active",
                "creationTime": 0,
                "updateTime": 0,
            }
        },
        {
            "emailContact": {
                "arn": ARN,
                "name": "",
                "address": "",
                "status": "active",
                "creationTime": 0,
                "updateTime": 0,
            }
        },
    ),
    "chatbot.DescribeSlackChannelConfigurations": (
        {
            "SlackChannelConfigurations": [
                {"SlackTeamName": "t", "SlackTeamId": "T1", "SlackChannelId": "C1", "SlackChannelName": SECRET, **CHAT}
            ]
        },
        {},
    ),
    "chatbot.ListMicrosoftTeamsChannelConfigurations": (
        {
            "TeamChannelConfigurations": [
                {
                    "ChannelId": "1",
                    "ChannelName": SECRET,
                    "TeamId": "1" * 36,
                    "TeamName": SECRET,
                    "TenantId": "1" * 36,
                    **CHAT,
                }
            ]
        },
        {},
    ),
    "s3.ListObjects": ({"Contents": [{"Key": "a", "Owner": {"DisplayName": SECRET, "ID": SECRET}}]}, {}),
    "chatbot.DescribeChimeWebhookConfigurations": (
        {"WebhookConfigurations": [{"WebhookDescription": f"https://hooks.example/{SECRET}", **CHAT}]},
        {"WebhookConfigurations": [{"WebhookDescription": "", **CHAT}]},
    ),
}
WITHHOLDING = [name for name, operation in OPERATIONS.items() if operation.withheld or operation.addresses]


@pytest.mark.parametrize("name", ANSWERS)
def test_a_secret_is_not_kept(name: str) -> None:
    operation, (answer, kept) = OPERATIONS[name], ANSWERS[name]
    client: Any = botocore.session.Session().create_client(
        operation.service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stub:  # botocore validates the answer
        stub.add_response(xform_name(operation.api), answer)
        asked = {
            given: "y" * 20 if str(value).startswith("$") else value for given, value in operation.arguments.items()
        }
        told = getattr(client, xform_name(operation.api))(**asked)
    assert SECRET in json.dumps(told, default=str)
    written = without_secrets(operation, told)
    assert SECRET not in json.dumps(written, default=str)
    assert {member: written[member] for member in kept} == kept
    assert set(written) == set(told)


def test_every_operation_that_withholds_something_is_tried() -> None:
    assert set(WITHHOLDING) - set(ANSWERS) == {"firehose.DescribeDeliveryStream"}


@pytest.mark.parametrize("name", WITHHOLDING)
def test_what_is_withheld_is_what_the_answer_has(name: str) -> None:
    operation = OPERATIONS[name]
    shape: Any = botocore.session.Session().get_service_model(operation.service).operation_model(operation.api)
    for path in (*operation.withheld, *operation.addresses):
        inner = shape.output_shape
        for member in path.split("."):
            inner = inner.member if inner.type_name == "list" else inner
            inner = inner.members[member]
        assert inner.type_name in (
            {"string"} if path in operation.addresses else {"string", "list", "structure", "map"}
        )


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("https://a.example/x?y=z", "https://a.example"),
        ("https://a.example?y=z", "https://a.example"),
        ("https://*.example/{path}", "https://*.example"),
        ("https://[::1]:443/x", "https://[::1]:443"),
        ("https://[::1/x", ""),
        ("https://a.example:secret/", ""),
        ("a.example/secret", ""),
        ("mailto:secret@a.example", ""),
        ("//secret/x", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_of_an_address_the_host_is_kept(value: Any, kept: str) -> None:
    operation = Operation("a.B", (), (), addresses=("Url",))
    assert without_secrets(operation, {"Url": value}) == {"Url": kept}
    assert without_secrets(operation, {"Other": value}) == {"Other": value}


def test_what_has_no_empty_value_is_not_kept_either() -> None:
    operation = Operation("a.B", (), (), withheld=("Items.Pin", "Gone.Inner", "Text.Inner"))
    page = {"Items": [{"Pin": 1234, "Name": "n"}, {"Name": "m"}, "odd"], "Text": "t"}
    assert without_secrets(operation, page) == {
        "Items": [{"Pin": None, "Name": "n"}, {"Name": "m"}, "odd"],
        "Text": "t",
    }
