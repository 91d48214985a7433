"""The benign records and the share of them a filter matches."""

import json
from typing import Any

import pytest

from scanner.pattern import noise, parse
from scanner.pattern.cloudtrail.noise import benign_messages
from scanner.pattern.cloudtrail.recorded import FIELDS
from scanner.pattern.coverage.cloudtrail_domain import Domain
from scanner.pattern.matching.values import MISSING


def value_at(event: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        event = event.get(step, MISSING) if isinstance(event, dict) else MISSING
    return event


def test_the_records_are_what_cloudtrail_delivers() -> None:
    messages = benign_messages()
    assert len(messages) == len(set(messages)) >= 40
    for message in messages:
        record = json.loads(message)
        assert Domain().admits({path: value_at(record, path) for path in FIELDS}), record["eventName"]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("", 1.0, 1.0),
        ("{ $.eventName = * }", 1.0, 1.0),
        ('{ ($.errorCode = "AccessDenied*") || ($.eventName != "HeadBucket") }', 0.9, 0.999),
        ("{ $.readOnly IS TRUE }", 0.6, 0.9),
        ("{ $.userIdentity.type = Root }", 0.0, 0.0),
        ("{ $.eventName = ConsoleLogin && $.additionalEventData.MFAUsed != Yes }", 0.0, 0.0),
        ("{ $.eventName = StopLogging || $.eventName = DeleteTrail }", 0.0, 0.0),
        ("Describe", 0.1, 0.5),
        ("[a, b]", 0.0, 1.0),
    ],
)
def test_noise(text: str, low: float, high: float) -> None:
    assert low <= noise(parse(text)) <= high


def test_no_benign_record_is_denied() -> None:
    denied = parse('{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }')
    assert noise(denied) == 0
    everything = parse("{ $.eventVersion = * && $.eventID = * && $.recipientAccountId = * }")
    assert noise(everything) == 1
