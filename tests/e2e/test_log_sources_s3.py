"""Log files in S3 and records of a log group over real HTTP: the layout, paging, other Regions, and the guard."""

import gzip
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import boto3
import pytest

from scanner.aws.log_operations import LOG_OPERATIONS
from scanner.aws.options import CollectOptions
from scanner.aws.session import AwsSession, NotAReadError, open_session
from scanner.demo.clients import environment
from scanner.errors import SourceError
from scanner.events.reading.records import split
from scanner.files.log_source import LogSource
from scanner.log_sources.ahead import read_ahead
from scanner.log_sources.kinds.bucket import BucketScope, bucket_sources
from scanner.log_sources.kinds.event_history import history_sources
from scanner.log_sources.kinds.log_group import log_group_sources
from scanner.log_sources.pages import Pace
from scanner.log_sources.window import Window

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("endpoint")]

ACCOUNT = "111122223333"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_NUMBERS = count(1)
_LISTED: list[bool] = []
"""For each page that was asked for, whether it was a further one."""
PAGE, FILES_OF_A_DAY = 20, 50
DAYS = ("2026/11/17", "2026/11/18", "2026/11/19")


def key(region: str, day: str, number: int) -> str:
    folder = f"main/AWSLogs/o-abcdefghij/{ACCOUNT}/CloudTrail/{region}/{day}"
    return f"{folder}/{ACCOUNT}_CloudTrail_{region}_{day.replace('/', '')}T{number // 60:02}{number % 60:02}Z_x.json.gz"


def content(number: int) -> bytes:
    record = {"eventVersion": "1.11", "eventName": f"N{number}", "eventSource": "s", "eventID": f"{number}"}
    return gzip.compress(json.dumps({"Records": [record]}).encode(), mtime=0)


@pytest.fixture(scope="module")
def environ(moto_endpoint: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in environment(moto_endpoint).items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def session(environ: None) -> AwsSession:
    assert environ is None
    found = open_session(CollectOptions(attempts=2), LOG_OPERATIONS)
    for region in ("us-east-1", "eu-central-1"):
        found.client("s3", region).meta.events.register("provide-client-params.s3.ListObjectsV2", small_pages)
    return found


def small_pages(params: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A listing with pages of PAGE names, as S3 has pages of a thousand."""
    _LISTED.append("ContinuationToken" in params)
    return {**params, "MaxKeys": PAGE}


@pytest.fixture(scope="module")
def bucket(environ: None) -> str:
    assert environ is None
    client = boto3.client("s3", region_name="eu-central-1")
    # Tests that are taken over by another worker may come back: the fixture is set up once more on the same endpoint.
    name = f"trail-logs-{next(_NUMBERS)}"
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for region in ("eu-west-1", "us-east-1"):
        for day in DAYS:
            for number in range(4):
                client.put_object(Bucket=name, Key=key(region, day, number), Body=content(number))
    # More files in one day than a listing's page holds.
    for number in range(4, FILES_OF_A_DAY):
        client.put_object(Bucket=name, Key=key("us-east-1", DAYS[1], number), Body=content(number))
    digest = key("us-east-1", DAYS[0], 1).replace("CloudTrail", "CloudTrail-Digest")
    client.put_object(Bucket=name, Key=digest, Body=b"{}")
    return name


def read(sources: Iterator[LogSource]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for source in read_ahead(sources, 8):
        done = split(source.read(), source.name)
        assert done.account().complete
        found[source.name] = [json.loads(bytes(record))["eventName"] for record in done.records]
    return found


def test_every_log_file_of_a_bucket(session: AwsSession, bucket: str) -> None:
    said: list[tuple[str, str]] = []
    sources = bucket_sources(session, f"s3://{bucket}", BucketScope(), lambda *told: said.append(told), now=NOW)
    found = read(sources)
    assert len(found) == 2 * 3 * 4 + FILES_OF_A_DAY - 4
    assert found[f"s3://{bucket}/{key('us-east-1', DAYS[1], FILES_OF_A_DAY - 1)}"] == [f"N{FILES_OF_A_DAY - 1}"]
    assert [why for _, why in said] == ["digest files"]
    assert any(_LISTED)


def test_a_window_of_one_account_and_region(session: AwsSession, bucket: str) -> None:
    window = Window(datetime(2026, 11, 17, 0, 2, tzinfo=UTC), datetime(2026, 11, 17, 0, 2, tzinfo=UTC))
    scope = BucketScope(frozenset({ACCOUNT}), frozenset({"eu-west-1"}), window=window)
    found = read(bucket_sources(session, f"s3://{bucket}/main", scope, print, now=NOW))
    expected = [(DAYS[0], 2), (DAYS[0], 3), (DAYS[1], 0), (DAYS[1], 1), (DAYS[1], 2)]
    assert list(found) == [f"s3://{bucket}/{key('eu-west-1', day, number)}" for day, number in expected]


def test_one_object(session: AwsSession, bucket: str) -> None:
    name = key("eu-west-1", DAYS[0], 0)
    assert read(bucket_sources(session, f"s3://{bucket}/{name}", BucketScope(), print, now=NOW)) == {
        f"s3://{bucket}/{name}": ["N0"]
    }


def test_a_bucket_that_is_not_there(session: AwsSession) -> None:
    (broken,) = bucket_sources(session, "s3://no-such-bucket-here", BucketScope(), print, now=NOW)
    with pytest.raises(SourceError, match="NoSuchBucket"):
        broken.read()


def test_a_log_group(session: AwsSession) -> None:
    client = boto3.client("logs", region_name="us-east-1")
    client.create_log_group(logGroupName="audit/records")
    client.create_log_stream(logGroupName="audit/records", logStreamName="s")
    moment = int(datetime.now(UTC).timestamp() * 1000)
    record = {"eventVersion": "1.11", "eventName": "A", "eventSource": "s", "eventID": "1"}
    events = [{"timestamp": moment, "message": json.dumps(record)}, {"timestamp": moment, "message": "hello"}]
    client.put_log_events(logGroupName="audit/records", logStreamName="s", logEvents=events)
    (source,) = log_group_sources(session, ACCOUNT, "us-east-1", "audit/records", Window())
    done = split(source.read(), source.name)
    assert [json.loads(bytes(found))["eventName"] for found in done.records] == ["A"]
    assert done.unread == ((1, "the message is not JSON"),)
    (broken,) = log_group_sources(session, ACCOUNT, "us-east-1", "audit/none", Window())
    with pytest.raises(SourceError, match="ResourceNotFoundException"):
        broken.read()


def test_an_endpoint_without_event_history(session: AwsSession) -> None:
    (broken,) = history_sources(session, ACCOUNT, ["us-east-1"], Window(), print, now=NOW, pace=Pace(1000))
    with pytest.raises(SourceError, match=r"Page 0 of event-history://111122223333/us-east-1"):
        broken.read()


def test_a_session_for_logs_reads_nothing_else(session: AwsSession) -> None:
    for service, method, arguments in (
        ("s3", "put_object", {"Bucket": "trail-logs", "Key": "k", "Body": b""}),
        ("s3", "list_buckets", {}),
        ("cloudtrail", "describe_trails", {}),
        ("logs", "get_log_events", {"logStreamName": "s"}),
    ):
        with pytest.raises(NotAReadError):
            getattr(session.client(service, "us-east-1"), method)(**arguments)
    scan = open_session(CollectOptions(attempts=1))
    with pytest.raises(NotAReadError):
        scan.client("s3", "us-east-1").get_object(Bucket="trail-logs", Key="k")
    with pytest.raises(NotAReadError):
        scan.client("s3", "us-east-1").list_object_versions(Bucket="trail-logs")
