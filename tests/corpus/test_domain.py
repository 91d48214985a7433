"""The model of what CloudTrail delivers, against recorded events."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from scanner.pattern.api_names import api_name
from scanner.pattern.domain import FIELDS, Domain
from scanner.pattern.match import MISSING

Record = dict[str, Any]


@pytest.fixture(scope="module")
def records(corpus: Path) -> list[Record]:
    """Management events of records from eventVersion 1.08 on; older ones lack fields by design."""
    found: list[Record] = []
    for file in sorted((corpus / "events" / "AWSLogs").rglob("*.json.gz")):
        found.extend(json.loads(gzip.decompress(file.read_bytes()))["Records"])
    recent = [each for each in found if tuple(map(int, each["eventVersion"].split("."))) >= (1, 8)]
    management = [each for each in recent if each.get("eventCategory") == "Management"]
    assert len(management) > 5000
    return management


def value_at(event: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        event = event.get(step, MISSING) if isinstance(event, dict) else MISSING
    return event


def test_the_model_admits_recorded_events(records: list[Record]) -> None:
    domain = Domain()
    refused = set()
    for record in records:
        values = {path: value_at(record, path) for path in FIELDS}
        if not domain.admits(values):
            refused.add((record["eventName"], record["eventSource"]))
    # The Server Migration Service, closed in 2022, had a GetApp; botocore has dropped it.
    assert refused <= {("GetApp", "sms.amazonaws.com")}


def test_most_recorded_names_are_known(records: list[Record]) -> None:
    names = {record["eventName"] for record in records if record["eventType"] == "AwsApiCall"}
    unknown = {name for name in names if api_name(name) is None}
    assert len(unknown) < len(names) // 25
