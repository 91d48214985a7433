"""The installed command over a log group: every page of it, and one that does not exist."""

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("endpoint")]

Trailwitness = Callable[..., subprocess.CompletedProcess[bytes]]

REGION = "eu-central-1"
GROUP = "audit/pages"
PAGE = 10_000
"""Log events that the stand-in gives at once, as the service does at most."""

NOW = datetime.now(UTC)


def message(number: int) -> str:
    name = "StopLogging" if number == 2 * PAGE + 1 else "DescribeTrails"
    # The id of one event is there twice, on different pages.
    event_id = 5 if number == PAGE + 5 else number
    members = {
        "eventVersion": "1.11",
        "eventTime": f"{NOW - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": name,
        "eventID": f"{event_id}",
        "recipientAccountId": "111122223333",
    }
    return json.dumps(members)


@pytest.fixture(scope="session")
def group(moto_endpoint: str) -> str:
    """A log group of three pages, with a line on the last that is no record."""
    client = boto3.client(
        "logs",
        endpoint_url=moto_endpoint,
        region_name=REGION,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    client.create_log_group(logGroupName=GROUP)
    client.create_log_stream(logGroupName=GROUP, logStreamName="s")
    messages = [*(message(number) for number in range(2 * PAGE + 2)), "hello"]
    moment = int(NOW.timestamp() * 1000)
    for start in range(0, len(messages), PAGE):
        events = [{"timestamp": moment, "message": text} for text in messages[start : start + PAGE]]
        client.put_log_events(logGroupName=GROUP, logStreamName="s", logEvents=events)
    return GROUP


def arguments(*groups: str, rule: str = "event.logging-stopped") -> tuple[str, ...]:
    named = [part for group in groups for part in ("--log-group", group)]
    return ("logs", *named, "--region", REGION, "--since", "1h", "--rule", rule, "-q", "-o", "json=a.json")


def test_every_page_of_a_log_group(group: str, moto_endpoint: str, trailwitness: Trailwitness, tmp_path: Path) -> None:
    done = trailwitness(*arguments(group), AWS_ENDPOINT_URL=moto_endpoint)
    assert done.returncode == 1, done.stderr
    assessment = json.loads((tmp_path / "a.json").read_bytes())
    counted = assessment["run"]["accounting"]
    assert (counted["records"], counted["duplicates"], counted["matched"]) == (2 * PAGE + 2, 1, 1)
    names = [f"log-group://123456789012/{REGION}/{GROUP}/{number:06}" for number in range(3)]
    assert [source["source"] for source in assessment["run"]["sources"]] == names
    assert assessment["run"]["sources"][2]["unread_count"] == 1
    (hit,) = assessment["findings"][0]["details"]["hits"]
    assert (hit["source"], hit["event_id"]) == (names[2], str(2 * PAGE + 1))


def test_a_log_group_that_does_not_exist_is_a_gap(
    group: str, moto_endpoint: str, trailwitness: Trailwitness, tmp_path: Path
) -> None:
    done = trailwitness(*arguments(group, "audit/none", rule="event.root-activity"), AWS_ENDPOINT_URL=moto_endpoint)
    assert done.returncode == 3, done.stderr
    assert b"Traceback" not in done.stderr
    assessment = json.loads((tmp_path / "a.json").read_bytes())
    assert assessment["run"]["accounting"]["records"] == 2 * PAGE + 2
    assert [finding["outcome"] for finding in assessment["findings"]] == ["unknown"]
    missing, foreign = sorted(assessment["gaps"], key=lambda gap: "audit/none" not in gap["reason"])
    assert "1 item in which no record was found" in foreign["reason"]
    gap = missing
    assert "audit/none and all after it are missing: ResourceNotFoundException" in gap["reason"]
