"""A declared route over real HTTP: collected, judged, sealed, verified, and with its attestation gone."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from scanner.demo.server import demo_server
from tests.e2e.conftest import Trailwitness

pytestmark = [pytest.mark.slow]

REGION, ACCOUNT = "us-east-1", "123456789012"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:files"
RULE = ("--rule", "route.cloudtrail-config-changes", "--region", REGION)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """An account whose only way out is a queue that its log bucket notifies of new files."""
    with demo_server() as url:
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        make: Any = boto3.client
        s3, sqs, trails = (
            make(name, region_name=REGION, endpoint_url=url, **keys) for name in ("s3", "sqs", "cloudtrail")
        )
        s3.create_bucket(Bucket="audit")
        statement = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage"}
        source = {"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:audit"}, "StringEquals": {"aws:SourceAccount": ACCOUNT}}
        policy = json.dumps({"Statement": [{**statement, "Resource": QUEUE, "Condition": source}]})
        sqs.create_queue(QueueName="files", Attributes={"Policy": policy})
        told = {"QueueConfigurations": [{"QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*"]}]}
        s3.put_bucket_notification_configuration(Bucket="audit", NotificationConfiguration=told)
        trails.create_trail(Name="main", S3BucketName="audit", IsMultiRegionTrail=True)
        trails.start_logging(Name="main")
        yield url


def routes(folder: Path, expires: int = 300) -> str:
    """A file of declared routes whose attestation expires in some days."""
    today = datetime.now(UTC).date()
    first, last = today - timedelta(days=30), today + timedelta(days=expires)
    path = folder / "routes.yaml"
    path.write_text(
        "declared_routes:\n"
        "  - id: siem\n"
        "    watched_by: the SIEM team\n"
        "    events: all\n"
        f"    through: {{bucket_notification: {{bucket: audit, destination: '{QUEUE}'}}}}\n"
        "    attestation:\n"
        "      owner: {team: Security operations}\n"
        "      proof: {ticket: SEC-12}\n"
        f"      reviewed: {first}\n"
        f"      expires: {last}\n",
        encoding="utf-8",
    )
    return str(path)


def finding(place: Path) -> Any:
    (found,) = json.loads(place.read_text(encoding="utf-8"))["findings"]
    return found


def test_a_declared_route_passes_is_sealed_and_verified(
    endpoint: str, trailwitness: Trailwitness, tmp_path: Path
) -> None:
    given = ("--declared-routes", routes(tmp_path))
    out = ("--output", "json=a.json", "--output", "text", "--bundle", "bag")
    result = trailwitness("scan", *RULE, *given, *out, AWS_ENDPOINT_URL=endpoint)
    told = result.stdout.decode()
    assert result.returncode == 0, told + result.stderr.decode()
    assert (
        "through the notifications of bucket audit, and SQS queue files exists"
        in finding(tmp_path / "a.json")["reason"]
    )
    assert "declared" in told
    assert "route siem to the SIEM team (attested by Security operations, ticket SEC-12" in " ".join(told.split())
    (route,) = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["run"]["declared_routes"]
    assert (route["id"], route["owner"], route["counts"]) == ("siem", "Security operations", True)
    verified = trailwitness("verify", "bag")
    assert verified.returncode == 0, verified.stdout.decode()
    assert (
        b"note: judged with routes that a user declared, whose attestations nobody checked: siem\n" in verified.stdout
    )


def test_facts_that_were_not_collected_and_a_word_that_expired_pass_nothing(
    endpoint: str, trailwitness: Trailwitness, tmp_path: Path
) -> None:
    assert trailwitness("collect", *RULE, "-o", "bare", AWS_ENDPOINT_URL=endpoint).returncode == 0
    given = ("--declared-routes", routes(tmp_path))
    judged = ("--rule", "route.cloudtrail-config-changes", "--output", "json=a.json", "-q")
    result = trailwitness("scan", "--snapshot", "bare", *judged, *given, "--bundle", "bag")
    assert result.returncode == 3, result.stderr.decode()
    assert finding(tmp_path / "a.json")["outcome"] == "unknown"
    verified = trailwitness("verify", "bag").stdout.decode()
    assert "taken out" not in verified  # the collection knew nothing of the route
    assert trailwitness("collect", *RULE, *given, "-o", "whole", AWS_ENDPOINT_URL=endpoint).returncode == 0
    assert trailwitness("scan", "--snapshot", "whole", *judged, *given).returncode == 0
    late = ("--declared-routes", routes(tmp_path, expires=-1))
    assert trailwitness("scan", "--snapshot", "whole", *judged, *late).returncode == 1
    assert "the attestation by Security operations expired on" in finding(tmp_path / "a.json")["reason"]
