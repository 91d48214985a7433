"""The model of what CloudTrail delivers, against recorded events."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from scanner.pattern.cloudtrail.api_names import api_name
from scanner.pattern.cloudtrail.recorded import FIELDS, RELATIONS
from scanner.pattern.coverage.cloudtrail_domain import Domain
from scanner.pattern.matching.values import MISSING

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


def is_admitted(domain: Domain, record: Record) -> bool:
    return domain.admits({path: value_at(record, path) for path in FIELDS})


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


def test_no_recorded_event_contradicts_a_coupling(records: list[Record]) -> None:
    """Each coupling by itself: leaving all others out, no record is refused, and some record is one it speaks about."""
    for coupling in RELATIONS:
        alone = Domain(frozenset(RELATIONS) - {coupling})
        refused = {(each["eventName"], each["eventSource"]) for each in records if not is_admitted(alone, each)}
        assert refused <= {("GetApp", "sms.amazonaws.com")}, coupling


def test_the_recorded_callers_carry_the_arns_the_model_expects(records: list[Record]) -> None:
    """What makes the couplings of callers more than words: they speak of thousands of records."""
    spoken = {"AssumedRole": 0, "IAMUser": 0}
    for record in records:
        kind = record["userIdentity"].get("type")
        if kind in spoken and record["eventType"] == "AwsApiCall":
            spoken[kind] += 1
            values = {path: value_at(record, path) for path in FIELDS}
            for wrong in ("", "arn:aws:iam::111122223333:root", "x"):
                assert not Domain().admits(values | {("userIdentity", "arn"): wrong})
    assert min(spoken.values()) > 1000


def test_recorded_sign_ins_have_the_couplings_of_sign_ins(records: list[Record]) -> None:
    sign_ins = [record for record in records if record["eventName"] == "ConsoleLogin"]
    assert len(sign_ins) >= 3
    for record in sign_ins:
        values = {path: value_at(record, path) for path in FIELDS}
        assert Domain().admits(values)
        for path, wrong in (
            (("errorMessage",), "Failed authentication"),
            (("responseElements", "ConsoleLogin"), MISSING),
            (("eventType",), "AwsApiCall"),
            (("eventSource",), "iam.amazonaws.com"),
            (("userIdentity", "invokedBy"), "signin.amazonaws.com"),
            (("userIdentity", "arn"), MISSING),
            (("userIdentity", "userName"), MISSING),
        ):
            assert not Domain().admits(values | {path: wrong}), path
