"""Collecting over real HTTP: the demo account, many pages, an account that is empty, and servers that misbehave."""

import os
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest

from scanner.audit_path.mute_rules import region_mutes
from scanner.aws.operations import OPERATIONS
from scanner.collect import CollectOptions, collect
from scanner.collect.collection import collect as run
from scanner.collect.iam_policy import iam_policy
from scanner.content.rules import load_rules
from scanner.demo.account import EXPECTED_BROKEN, REGIONS
from scanner.demo.clients import environment
from scanner.errors import CollectError
from scanner.model import Check, Clause, Outcome, ResourceCheck, RouteCheck, RouteKind, Rule, RuleId, Severity
from scanner.resources import RESOURCES
from scanner.runs.collecting import plan_for
from scanner.snapshot.answers import ABSENT, Snapshot
from scanner.snapshot.folder import read_snapshot

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("endpoint")]

ACCOUNT = "123456789012"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}"
FAST = CollectOptions(regions=REGIONS, attempts=1, connect_timeout=5, read_timeout=5)


def rule(check: Check, name: str) -> Rule:
    return Rule(RuleId(name), "", Severity.LOW, "", "", "", (), (), check, "a/b.yaml", "")


EVERYTHING = tuple(
    rule(
        ResourceCheck(resource, (Clause("`true`", "it is off"),), None, Outcome.FAIL, frozenset({"*"})), f"a.{resource}"
    )
    for resource in RESOURCES
)
NOT_THERE = {
    "apigateway.GetStages",
    "apigatewayv2.GetStages",
    "cloudfront.GetDistributionConfig",
    "elb.DescribeLoadBalancerAttributes",
    "elbv2.DescribeLoadBalancerAttributes",
    "cloudwatch.DescribeAnomalyDetectors",
    "chatbot.DescribeChimeWebhookConfigurations",
    "chatbot.DescribeSlackChannelConfigurations",
    "chatbot.ListMicrosoftTeamsChannelConfigurations",
    "cloudwatch.GetMetricStatistics",
    "config.DescribeConfigurationAggregatorSourcesStatus",
    "ecs.DescribeTaskDefinition",
    "events.DescribeApiDestination",
    "events.DescribeConnection",
    "firehose.DescribeDeliveryStream",
    "guardduty.GetAdministratorAccount",
    "guardduty.DescribePublishingDestination",
    "guardduty.GetDetector",
    "guardduty.GetFindings",
    "guardduty.ListFindings",
    "guardduty.ListPublishingDestinations",
    "kinesis.DescribeStreamSummary",
    "logs.DescribeDestinations",
    "notifications.ListChannels",
    "notifications.ListEventRules",
    "notifications.ListNotificationConfigurations",
    "notificationscontacts.GetEmailContact",
    "oam.ListAttachedLinks",
    "observabilityadmin.GetTelemetryEvaluationStatus",
    "observabilityadmin.GetTelemetryEvaluationStatusForOrganization",
    "observabilityadmin.GetTelemetryRule",
    "observabilityadmin.GetTelemetryRuleForOrganization",
    "observabilityadmin.ListTelemetryRules",
    "observabilityadmin.ListTelemetryRulesForOrganization",
    "securityhub.GetEnabledStandards",
    "securityhub.GetFindingAggregator",
    "securityhub.GetFindings",
    "sns.CheckIfPhoneNumberIsOptedOut",
    "sns.GetSMSAttributes",
    "sns.GetSMSSandboxAccountStatus",
    "sns.ListSMSSandboxPhoneNumbers",
    "sqs.GetQueueAttributes",
    "ssm-incidents.GetResponsePlan",
    "stepfunctions.DescribeStateMachine",
}
"""What is asked about things that the demo account has none of: streams, detectors, sinks with links, aggregators,
API destinations, front ends, state machines, tasks, response plans, notification configurations, chat channels,
telephones, and log groups that management events enter without a trail."""

DECLARED = {"s3.GetBucketNotificationConfiguration"}
"""What is asked only for routes that the user declares."""

EVERYTHING += tuple(each for each in load_rules() if each.id.startswith("route."))

ROUTE = rule(RouteCheck("{ $.a = 1 }", None, (RouteKind.METRIC_FILTER,), 1, 300), "route.x")


@contextmanager
def at(endpoint: str) -> Iterator[None]:
    """An environment in which the endpoint is all of AWS."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in environment(endpoint).items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def demo(demo_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    with at(demo_endpoint):
        return collect(FAST, plan_for(EVERYTHING), tmp_path_factory.mktemp("demo") / "snapshot")


def test_nothing_of_the_demo_account_is_a_gap(demo: Snapshot) -> None:
    refused = [call for call in demo.calls if call.error is not None and call.error.kind != ABSENT]
    assert not refused
    assert {call.operation for call in demo.calls} == set(OPERATIONS) - {"ec2.DescribeRegions"} - NOT_THERE - DECLARED
    assert demo.accounts == (ACCOUNT,)
    assert demo.regions(ACCOUNT) == REGIONS
    assert all(call.request_ids and call.date for call in demo.calls)


def test_the_demo_account_is_as_it_is_described(demo: Snapshot) -> None:
    trails = demo.ask(ACCOUNT, "us-east-1", "cloudtrail.DescribeTrails", {"includeShadowTrails": True})
    names = [trail["Name"] for _, trail in trails.items("trailList")]
    assert sorted(names) == ["legacy-audit", "org-audit"]
    filters = demo.ask(ACCOUNT, "us-east-1", "logs.DescribeMetricFilters", {"logGroupName": "audit/cloudtrail"})
    assert len(list(filters.items("metricFilters"))) == len(EXPECTED_BROKEN) + 1
    states = {}
    for topic in ("security-alerts", "unconfirmed-alerts", "deleted-alerts"):
        answer = demo.ask(ACCOUNT, "us-east-1", "sns.ListSubscriptionsByTopic", {"TopicArn": f"{TOPIC}:{topic}"})
        states[topic] = "gone" if answer.absent else answer.first["Subscriptions"][0]["SubscriptionArn"]
    assert states.pop("security-alerts").startswith(f"{TOPIC}:security-alerts:")
    assert states == {"unconfirmed-alerts": "PendingConfirmation", "deleted-alerts": "gone"}


def test_a_logging_trail_delivers_to_its_log_group(demo: Snapshot) -> None:
    def status(name: str, region: str = "us-east-1") -> Any:
        arn = f"arn:aws:cloudtrail:{region}:{ACCOUNT}:trail/{name}"
        return demo.ask(ACCOUNT, region, "cloudtrail.GetTrailStatus", {"Name": arn}).first

    sound, stopped, regional = status("org-audit"), status("legacy-audit"), status("eu-west-audit", "eu-west-1")
    assert sound["IsLogging"] is True
    assert {"LatestCloudWatchLogsDeliveryTime", "LatestDigestDeliveryTime", "LatestDeliveryTime"} <= set(sound)
    assert stopped["IsLogging"] is False
    assert "LatestCloudWatchLogsDeliveryTime" not in {*stopped, *regional}
    assert "LatestDigestDeliveryTime" not in regional


def test_the_policy_equals_the_calls_that_were_made(demo: Snapshot) -> None:
    operations = {call.operation for call in demo.calls} | NOT_THERE | {"ec2.DescribeRegions"}
    made = {action for operation in operations for action in OPERATIONS[operation].actions}
    assert sorted(made) == iam_policy(plan_for(EVERYTHING).uses)["Statement"][0]["Action"]


def test_the_routes_of_the_demo_account_stay_within_their_budget(demo_endpoint: str, tmp_path: Path) -> None:
    with at(demo_endpoint):
        snapshot = collect(FAST, plan_for([ROUTE]), tmp_path / "snapshot")
    mutes = ("cloudwatch.ListAlarmMuteRules", "cloudwatch.GetAlarmMuteRule")
    watched_elsewhere = ("oam.ListLinks", "observabilityadmin.ListTelemetryPipelines")
    apart = ("sns.", "lambda.", "sqs.", "firehose.", "cloudwatch.GetMetricData", *mutes, *watched_elsewhere)
    calls = Counter(call.region for call in snapshot.calls if not call.operation.startswith(apart))
    assert max(calls.values()) <= 16
    assert Counter(call.operation for call in snapshot.calls if call.operation in mutes) == {
        "cloudwatch.ListAlarmMuteRules": 1,
        "cloudwatch.GetAlarmMuteRule": 1,
    }
    assert Counter(call.operation for call in snapshot.calls if call.operation in watched_elsewhere) == {
        "oam.ListLinks": 1,
        "observabilityadmin.ListTelemetryPipelines": 1,
    }
    muting = region_mutes(snapshot, ACCOUNT, "us-east-1").rules.over("ConsoleSigninWithoutMfa-alarm")
    assert (str(muting.verdict), muting.hours) == ("at-times", 2)
    assert [rule.name for rule in muting.rules] == ["sunday-maintenance"]
    assert len(snapshot.made(ACCOUNT, "sns.ListSubscriptionsByTopic")) == 3
    assert len(snapshot.made(ACCOUNT, "cloudwatch.GetMetricData")) == 3


def test_what_was_collected_is_read_from_a_copy(demo: Snapshot, demo_endpoint: str, tmp_path: Path) -> None:
    # Some calls ask for what is newer than a day before now, so both collections have the same now.
    with at(demo_endpoint):
        written = run(FAST, plan_for(EVERYTHING), tmp_path / "snapshot", clock=lambda: demo.time_of(ACCOUNT))
    shutil.copytree(tmp_path / "snapshot", tmp_path / "bundle" / "data")
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / "bundle"))
    keys = [call.key for call in demo.calls]
    for source in (tmp_path / "bundle", packed):
        copy = read_snapshot(source)
        assert [call.key for call in copy.calls] == keys
        assert copy.run == written.run
        for call in written.calls:
            told = copy.ask(call.account, call.region, call.operation, call.arguments)
            assert told == written.ask(call.account, call.region, call.operation, call.arguments)


def test_all_regions_of_an_empty_account(moto_endpoint: str, tmp_path: Path) -> None:
    with at(moto_endpoint):
        snapshot = collect(CollectOptions(attempts=1), plan_for([ROUTE]), tmp_path / "snapshot")
    scope = snapshot.run["scope"]["accounts"][ACCOUNT]
    assert "us-east-1" in scope["regions"]
    assert scope["skipped"]["me-south-1"] == "not enabled"
    assert len(snapshot.made(ACCOUNT, "cloudtrail.DescribeTrails")) == len(scope["regions"]) > 15
    assert {call.operation for call in snapshot.calls} == {
        "sts.GetCallerIdentity",
        "ec2.DescribeRegions",
        "cloudtrail.DescribeTrails",
        "events.ListRules",
        "logs.DescribeLogGroups",
        "organizations.DescribeOrganization",
    }


def test_every_page_over_http(moto_endpoint: str, tmp_path: Path) -> None:
    """SNS lists a hundred subscriptions a page, CloudWatch Logs fifty groups."""
    with at(moto_endpoint):
        keys: Any = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "endpoint_url": moto_endpoint}
        region = "ca-central-1"
        client: Any = partial(boto3.client, **keys)
        logs, sns = (client(name, region_name=region) for name in ("logs", "sns"))
        client("s3", region_name="us-east-1").create_bucket(Bucket="paged-logs")
        for number in range(120):
            logs.create_log_group(logGroupName=f"paged{number or ''}")
        topic = sns.create_topic(Name="paged")["TopicArn"]
        for number in range(250):
            sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=f"reader{number}@example.com")
        logs.put_metric_filter(
            logGroupName="paged",
            filterName="f",
            filterPattern="{ $.a = 1 }",
            metricTransformations=[{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
        )
        client("cloudwatch", region_name=region).put_metric_alarm(
            AlarmName="a",
            Namespace="n",
            MetricName="m",
            AlarmActions=[topic],
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            Period=60,
            Statistic="Sum",
            Threshold=1,
        )
        client("cloudtrail", region_name=region).create_trail(
            Name="paged",
            S3BucketName="paged-logs",
            CloudWatchLogsLogGroupArn=f"arn:aws:logs:{region}:{ACCOUNT}:log-group:paged:*",
        )
        options = CollectOptions(regions=(region,), attempts=1)
        snapshot = collect(options, plan_for([ROUTE]), tmp_path / "snapshot")
    prefixed = snapshot.made(ACCOUNT, "logs.DescribeLogGroups")
    (groups,) = (call for call in prefixed if call.arguments == {"logGroupNamePrefix": "paged"})
    (subscriptions,) = snapshot.made(ACCOUNT, "sns.ListSubscriptionsByTopic")
    assert (groups.pages, groups.items, len(groups.request_ids)) == (3, 120, 3)
    assert (subscriptions.pages, subscriptions.items, len(subscriptions.request_ids)) == (3, 250, 3)
    listed = snapshot.ask(ACCOUNT, region, "sns.ListSubscriptionsByTopic", {"TopicArn": topic})
    assert len({item["Endpoint"] for _, item in listed.items("Subscriptions")}) == 250


IDENTITY = (
    b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    b"<Arn>arn:aws:iam::123456789012:user/x</Arn><UserId>x</UserId><Account>123456789012</Account>"
    b"</GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>"
    b"</GetCallerIdentityResponse>"
)
TRAILS = (
    b'{"trailList": [{"Name": "m", "TrailARN": "arn:aws:cloudtrail:us-east-1:123456789012:trail/m", '
    b'"HomeRegion": "us-east-1", "S3BucketName": "logs", "KmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/1", '
    b'"CloudWatchLogsLogGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:g:*"}]}'
)

Answer = Callable[[BaseHTTPRequestHandler], bytes | None]


@contextmanager
def server(answer: Answer) -> Iterator[str]:
    """An endpoint that knows whose the account is, and says ``answer`` to all else; ``None`` ends the connection."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            said = IDENTITY if b"GetCallerIdentity" in sent else answer(self)
            if said is None:
                self.connection.close()
                return
            if said is not DONE:
                self.send_response(200)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

        do_GET = do_HEAD = do_POST  # noqa: N815 - names of http.server

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def handle(self) -> None:
            try:
                super().handle()
            except (ValueError, OSError):
                self.close_connection = True

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.server_address[1]}"
    finally:
        listener.shutdown()
        listener.server_close()


DONE = b"done"
"""The answer was already sent."""


def with_trails(said: bytes | None) -> Answer:
    """Trails are listed; everything else is answered with ``said``."""

    def answer(request: BaseHTTPRequestHandler) -> bytes | None:
        return TRAILS if "DescribeTrails" in str(request.headers.get("X-Amz-Target")) else said

    return answer


def gathered(endpoint: str, target: Path, rules: Sequence[Rule] = EVERYTHING) -> Snapshot:
    with at(endpoint):
        return collect(CollectOptions(regions=("us-east-1",), attempts=1, read_timeout=5), plan_for(rules), target)


ODD = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b'"text"',
    b"<html><body>login</body></html>",
    b"\xff\xfe\x00\xd8",
    b"[" * 50_000,
    b"<a>" * 50_000,
    b'{"logGroups": 5, "Policy": [], "IsLogging": {}, "metricFilters": "abc", "EventSelectors": {"a": 1}}',
    b'{"KeyMetadata": "x", "MetricAlarms": null, "resourcePolicies": [1], "Organization": []}',
    b'{"IsLogging": true, "LatestDeliveryTime": 1e400, "StartLoggingTime": 99999999999999999999}',
    b'{"IsLogging": true, "LatestDeliveryTime": NaN, "StopLoggingTime": "yesterday"}',
    b'{"IsLogging": true, "LatestDeliveryError": "\\ud800"}',
    b"\xbf\x6cMetricAlarms\x05\xff",
    b"\x9f" * 9_000,
    b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
]


@pytest.mark.parametrize("said", ODD, ids=[repr(said[:24]) for said in ODD])
def test_a_server_that_answers_nonsense_gives_gaps(said: bytes, tmp_path: Path) -> None:
    with server(with_trails(said)) as endpoint:
        snapshot = gathered(endpoint, tmp_path / "snapshot")
    refused = {call.operation for call in snapshot.calls if call.error is not None}
    lists = {name for name, operation in OPERATIONS.items() if operation.lists and operation.service != "s3"}
    asked = {call.operation for call in snapshot.calls}
    assert (lists & asked) - {"cloudtrail.DescribeTrails"} <= refused
    kinds = {call.error.kind for call in snapshot.calls if call.error is not None}
    assert kinds <= {"invalid", "error"}


def test_text_that_utf8_cannot_carry_is_kept(tmp_path: Path) -> None:
    with server(with_trails(b'{"IsLogging": true, "LatestDeliveryError": "\\ud800 \\u202e"}')) as endpoint:
        snapshot = gathered(endpoint, tmp_path / "snapshot")
    (status,) = snapshot.made(ACCOUNT, "cloudtrail.GetTrailStatus")
    answer = snapshot.ask(ACCOUNT, status.region, status.operation, status.arguments)
    assert answer.first["LatestDeliveryError"] == "\ud800 \u202e"


@pytest.mark.parametrize("status", [301, 302, 400, 403, 429, 500, 503])
def test_a_server_that_refuses_gives_gaps(status: int, tmp_path: Path) -> None:
    def answer(request: BaseHTTPRequestHandler) -> bytes:
        request.send_response(status)
        request.send_header("Content-Length", "0")
        request.send_header("Location", "http://127.0.0.1:9/elsewhere")
        request.end_headers()
        return DONE

    with server(answer) as endpoint:
        snapshot = gathered(endpoint, tmp_path / "snapshot")
    (call,) = snapshot.made(ACCOUNT, "cloudtrail.DescribeTrails")
    assert call.error is not None
    assert call.error.kind == {403: "denied", 429: "throttled"}.get(status, "error")
    assert not snapshot.made(ACCOUNT, "cloudtrail.GetTrailStatus")


def test_a_server_that_hangs_up_gives_gaps(tmp_path: Path) -> None:
    with server(with_trails(None)) as endpoint:
        snapshot = gathered(endpoint, tmp_path / "snapshot")
    kinds = {
        call.error.kind if call.error else ""
        for call in snapshot.calls
        if call.operation not in {"sts.GetCallerIdentity", "cloudtrail.DescribeTrails"}
    }
    assert kinds <= {"error", "endpoint"}
    assert kinds


def test_hostile_names_reach_no_other_host_and_no_other_file(tmp_path: Path) -> None:
    """Names that AWS answers become arguments of the next calls, in Regions that they name."""
    names = ["../../x", "evil.example/#", "us-east-1.evil", "x--use1-az1--x-s3", "a b", "é", "-", "logs?x=1&y=2"]
    listed = ",".join(
        f'{{"TrailARN": "{name}", "HomeRegion": "{name}", "S3BucketName": "{name}", "KmsKeyId": "{name}"}}'
        for name in names
    )
    hosts: set[str] = set()

    def answer(request: BaseHTTPRequestHandler) -> bytes:
        hosts.add(str(request.headers["Host"]))
        return f'{{"trailList": [{listed}]}}'.encode()

    with server(answer) as endpoint:
        snapshot = gathered(endpoint, tmp_path / "snapshot")
        assert hosts == {endpoint.removeprefix("http://")}
    assert len(snapshot.made(ACCOUNT, "cloudtrail.GetTrailStatus")) == len(names)
    assert [path.name for path in tmp_path.iterdir()] == ["snapshot"]
    writes = {
        call.error.code for call in snapshot.calls if call.error is not None and call.error.code == "NotAReadError"
    }
    assert writes, "botocore opens a session for a directory bucket; the guard stops it"


def test_an_endpoint_that_is_not_there(tmp_path: Path) -> None:
    with server(with_trails(None)) as endpoint:
        gone = endpoint
    with pytest.raises(CollectError, match=r"AWS cannot be reached.*AWS_ENDPOINT_URL"):
        gathered(gone, tmp_path / "snapshot")
    assert not list(tmp_path.iterdir())
