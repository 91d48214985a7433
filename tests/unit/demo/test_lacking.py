"""What moto lacks is answered over HTTP to the real client, in its protocol and in the account that asks."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.exceptions import ClientError

from scanner.demo.lacking.asked import Asked
from scanner.demo.lacking.endpoint import Lacking

ACCOUNT = "123456789012"
SCHEDULE = {"Schedule": {"Expression": "cron(0 2 * * SUN)", "Duration": "PT4H", "Timezone": "Europe/Zurich"}}


def behind(_: Mapping[str, Any], start: Any) -> list[bytes]:
    start("418 moto", [])
    return [b"{}"]


class Raw(BytesIO):
    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


def client(application: Any, service: str, region: str = "eu-west-1") -> Any:
    """A client whose requests go to a WSGI application and not over a network."""
    session = botocore.session.Session()
    session.set_credentials("key", "secret")
    make: Any = boto3.Session(botocore_session=session).client
    made = make(service, region_name=region)

    def sent(request: Any, **_: object) -> AWSResponse:
        started: list[Any] = []
        body = request.body or b""
        content = body.encode() if isinstance(body, str) else body
        path, _, query = request.url.partition("://")[2].partition("?")
        environ: dict[str, Any] = {
            f"HTTP_{name.upper().replace('-', '_')}": _text(value) for name, value in request.headers.items()
        }
        environ |= {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": f"/{path.partition('/')[2]}",
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(content)),
            "CONTENT_TYPE": environ.get("HTTP_CONTENT_TYPE", ""),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(content),
        }
        answer = b"".join(application(environ, lambda *said: started.append(said)))
        status, headers = started[0]
        named: Any = HeadersDict(headers)
        return AWSResponse(request.url, int(status.split()[0]), named, Raw(answer))

    made.meta.events.register("before-send", sent)
    return made


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def test_a_mute_rule_is_kept_listed_and_told() -> None:
    cloudwatch = client(Lacking(behind), "cloudwatch")
    later = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)
    cloudwatch.put_alarm_mute_rule(
        Name="sundays", Rule=SCHEDULE, MuteTargets={"AlarmNames": ["audit"]}, ExpireDate=later
    )
    cloudwatch.put_alarm_mute_rule(Name="active-night", Rule=SCHEDULE)
    cloudwatch.put_alarm_mute_rule(Name="over", Rule=SCHEDULE, ExpireDate=later - timedelta(days=60))
    listed = cloudwatch.list_alarm_mute_rules()["AlarmMuteRuleSummaries"]
    arn = f"arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm-mute-rule:"
    assert {each["AlarmMuteRuleArn"]: each["Status"] for each in listed} == {
        f"{arn}sundays": "SCHEDULED",
        f"{arn}active-night": "ACTIVE",
        f"{arn}over": "EXPIRED",
    }
    running = cloudwatch.list_alarm_mute_rules(Statuses=["ACTIVE"])["AlarmMuteRuleSummaries"]
    assert [each["AlarmMuteRuleArn"] for each in running] == [f"{arn}active-night"]
    told = cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="sundays")
    assert told["Rule"] == SCHEDULE
    assert told["MuteTargets"] == {"AlarmNames": ["audit"]}
    assert told["ExpireDate"] == later
    assert told["MuteType"] == "RECURRING"
    elsewhere = client(Lacking(behind), "cloudwatch", "us-east-1")
    assert elsewhere.list_alarm_mute_rules()["AlarmMuteRuleSummaries"] == []
    cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="sundays")
    with pytest.raises(ClientError) as raised:
        cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="sundays")
    assert raised.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_data_protection_policy_is_kept_by_topic_until_it_is_removed() -> None:
    sns, topic = client(Lacking(behind), "sns"), "arn:aws:sns:eu-west-1:123456789012:kept"
    assert sns.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"] == ""
    sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy='{"Name": "p & q"}')
    assert sns.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"] == '{"Name": "p & q"}'
    assert sns.get_data_protection_policy(ResourceArn=f"{topic}-2")["DataProtectionPolicy"] == ""
    sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy="")
    assert sns.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"] == ""


@pytest.mark.parametrize(
    ("service", "operation", "call", "answer"),
    [
        ("oam", "ListLinks", "list_links", {"Items": [{"Label": "source"}]}),
        ("logs", "ListScheduledQueries", "list_scheduled_queries", {"scheduledQueries": [{"name": "weekly"}]}),
        ("observabilityadmin", "ListTelemetryRules", "list_telemetry_rules", {"TelemetryRuleSummaries": []}),
        ("sqs", "ListQueues", "list_queues", {"QueueUrls": ["https://queue"]}),
    ],
)
def test_an_operation_of_any_service_can_be_added(
    service: str, operation: str, call: str, answer: Mapping[str, Any]
) -> None:
    said = getattr(client(Lacking(behind, {f"{service}.{operation}": lambda _: answer}), service), call)()
    assert {name: value for name, value in said.items() if name != "ResponseMetadata"} == answer


def test_a_telemetry_rule_and_its_channel_are_told_where_they_are() -> None:
    cloudtrail = client(Lacking(behind), "cloudtrail", "us-east-1")
    listed, integration = cloudtrail.list_channels()["Channels"]
    sent = cloudtrail.get_channel(Channel=integration["ChannelArn"])
    assert (sent["Source"], sent["Destinations"][0]["Type"]) == ("Custom", "EVENT_DATA_STORE")
    told = cloudtrail.get_channel(Channel=listed["ChannelArn"])
    assert listed["Name"].startswith("aws-service-channel/cloudwatch/")
    assert told["Destinations"] == [{"Type": "AWS_SERVICE", "Location": "cloudwatch"}]
    telemetry = client(Lacking(behind), "observabilityadmin", "us-east-1")
    (summary,) = telemetry.list_telemetry_rules()["TelemetryRuleSummaries"]
    rule = telemetry.get_telemetry_rule(RuleIdentifier=summary["RuleArn"])["TelemetryRule"]
    selectors = rule["DestinationConfiguration"]["CloudtrailParameters"]["AdvancedEventSelectors"]
    assert selectors == told["SourceConfig"]["AdvancedEventSelectors"]
    assert telemetry.get_telemetry_evaluation_status()["Status"] == "RUNNING"
    assert telemetry.list_telemetry_pipelines()["PipelineSummaries"] == []
    assert telemetry.list_telemetry_rules_for_organization()["TelemetryRuleSummaries"] == []
    assert telemetry.get_telemetry_evaluation_status_for_organization()["Status"] == "NOT_STARTED"
    for ask in (telemetry.get_telemetry_rule, telemetry.get_telemetry_rule_for_organization):
        with pytest.raises(ClientError) as raised:
            ask(RuleIdentifier="none")
        assert raised.value.response["Error"]["Code"] == "ResourceNotFoundException"
    elsewhere = client(Lacking(behind), "cloudtrail")
    assert elsewhere.list_channels()["Channels"] == []
    with pytest.raises(ClientError) as raised:
        elsewhere.get_channel(Channel=listed["ChannelArn"])
    assert raised.value.response["Error"]["Code"] == "ChannelNotFoundException"
    assert client(Lacking(behind), "observabilityadmin").list_telemetry_rules()["TelemetryRuleSummaries"] == []


def test_everything_else_is_left_to_moto() -> None:
    seen: list[bytes] = []

    def moto(environ: Mapping[str, Any], start: Any) -> list[bytes]:
        seen.append(environ["wsgi.input"].read())
        start("200 OK", [("Content-Type", "application/x-amz-json-1.0")])
        return [b'{"MetricAlarms": []}']

    assert client(Lacking(moto), "cloudwatch").describe_alarms(AlarmNames=["a"])["MetricAlarms"] == []
    assert client(Lacking(moto), "logs").describe_log_groups()["ResponseMetadata"]
    assert b'"a"' in seen[0]
    assert Lacking(moto)({"wsgi.input": BytesIO(b"")}, lambda *_: None) == [b'{"MetricAlarms": []}']


@pytest.mark.parametrize("answer", [{"AlarmMuteRuleSummaries": [{"Status": 1}]}, {"Nothing": "like it"}])
def test_an_answer_that_aws_could_not_give_is_refused(answer: Mapping[str, Any]) -> None:
    def wrong(_: Asked) -> Mapping[str, Any]:
        return answer

    with pytest.raises(ValueError, match="ListAlarmMuteRules cannot answer this"):
        client(Lacking(behind, {"cloudwatch.ListAlarmMuteRules": wrong}), "cloudwatch").list_alarm_mute_rules()


def test_what_reviews_the_audit_log_group_is_told_in_its_region_only() -> None:
    here, elsewhere = client(Lacking(behind), "logs", "us-east-1"), client(Lacking(behind), "logs")
    (listed,) = here.list_scheduled_queries()["scheduledQueries"]
    told = here.get_scheduled_query(identifier=listed["scheduledQueryArn"])
    assert told["logGroupIdentifiers"] == ["audit/cloudtrail"]
    until = told["lastTriggeredTime"]
    asked = {"identifier": listed["scheduledQueryArn"], "startTime": until - 3600, "endTime": until}
    assert [run["executionStatus"] for run in here.get_scheduled_query_history(**asked)["triggerHistory"]] == [
        "Complete"
    ]
    assert len(here.describe_query_definitions()["queryDefinitions"]) == 1
    assert len(here.list_log_anomaly_detectors()["anomalyDetectors"]) == 1
    assert elsewhere.list_scheduled_queries()["scheduledQueries"] == []
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        here.get_scheduled_query(identifier="other")
