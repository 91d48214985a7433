"""A route through an EventBridge rule over real HTTP: whole, and with each of its links broken in turn."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from scanner.demo.server import demo_server
from tests.e2e.conftest import Trailwitness

pytestmark = [pytest.mark.slow]

REGION, ACCOUNT = "us-east-1", "123456789012"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/trail-changes"
NAMES = ["CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"]
Client = Callable[[str], Any]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with demo_server() as url:
        yield url


@pytest.fixture(scope="module")
def client(endpoint: str) -> Client:
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    make: Any = boto3.client
    return lambda service: make(service, region_name=REGION, endpoint_url=endpoint, **keys)


@pytest.fixture(scope="module")
def topic(client: Client) -> str:
    """A trail that is logging, and a rule on its changes that sends to a topic with a subscriber."""
    client("s3").create_bucket(Bucket="audit")
    trails = client("cloudtrail")
    trails.create_trail(Name="main", S3BucketName="audit", IsMultiRegionTrail=True)
    trails.start_logging(Name="main")
    arn: str = client("sns").create_topic(Name="alerts")["TopicArn"]
    client("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:pager")
    client("sqs").create_queue(QueueName="pager")
    client("sns").subscribe(TopicArn=arn, Protocol="email", Endpoint="operations@example.com")
    put_rule(client)
    client("events").put_targets(Rule="trail-changes", Targets=[{"Id": "1", "Arn": arn}])
    allow(client, arn)
    return arn


def put_rule(client: Client, state: str = "ENABLED", names: list[str] = NAMES) -> None:
    pattern = {"source": ["aws.cloudtrail"], "detail": {"eventName": names}}
    client("events").put_rule(Name="trail-changes", EventPattern=json.dumps(pattern), State=state)


def allow(client: Client, topic: str, service: str = "events.amazonaws.com") -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sns:Publish", "Resource": topic}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)


@pytest.fixture
def verdict(trailwitness: Trailwitness, endpoint: str, tmp_path: Path) -> Callable[..., tuple[str, str]]:
    """Scan the account; the outcome and reason of the route."""

    def scan(*options: str) -> tuple[str, str]:
        rule = ("--rule", "route.cloudtrail-config-changes", "--region", REGION)
        done = trailwitness("scan", *rule, "--output", "json=found.json", *options, AWS_ENDPOINT_URL=endpoint)
        assert done.returncode in {0, 1, 3}, done.stderr
        (finding,) = json.loads((tmp_path / "found.json").read_bytes())["findings"]
        return finding["outcome"], finding["reason"]

    return scan


@pytest.mark.usefixtures("topic")
def test_the_whole_route(verdict: Callable[..., tuple[str, str]]) -> None:
    outcome, reason = verdict()
    assert outcome == "pass"
    assert "through EventBridge rule trail-changes" in reason
    assert "reaches an e-mail address and an SQS queue (2 confirmed subscriptions)" in reason
    accept = "route.cloudtrail-config-changes.accept=metric-filter"
    outcome, reason = verdict("--parameter", accept)
    assert outcome == "fail"
    assert "a kind of route that the parameter accept does not count here" in reason


def test_each_link_that_is_broken_is_named(topic: str, client: Client, verdict: Callable[..., tuple[str, str]]) -> None:
    allow(client, topic, "cloudwatch.amazonaws.com")
    assert "does not let EventBridge publish for this rule" in verdict()[1]
    allow(client, topic)
    put_rule(client, names=NAMES[1:])
    assert verdict()[0] == "fail"
    put_rule(client, state="DISABLED")
    assert "No EventBridge rule in us-east-1" in verdict()[1]
    put_rule(client)
    client("events").remove_targets(Rule="trail-changes", Ids=["1"])
    assert "EventBridge rule trail-changes (us-east-1) has no target" in verdict()[1]
    client("events").put_targets(Rule="trail-changes", Targets=[{"Id": "1", "Arn": topic}])
    client("cloudtrail").stop_logging(Name="main")
    outcome, reason = verdict()
    assert (outcome, "trail main is not logging" in reason) == ("fail", True)
