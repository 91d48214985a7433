"""Whatever a record is wrapped in, however often, it is found, or what holds it counts as not read."""

import base64
import gzip
import json
import random
from typing import Any

import pytest

from scanner.events.reading.records import split

NAMES = [
    "Records",
    "records",
    "events",
    "Events",
    "logEvents",
    "message",
    "Message",
    "detail",
    "log",
    "_source",
    "hits",
    "data",
    "aws",
    "result",
    "results",
    "body",
    "value",
    "payload",
    "event",
    "original",
    "_raw",
    "x",
    "Data",
    "kinesis",
    "Sns",
    "QueryResultRows",
    "eventData",
    "CloudTrailEvent",
    "docs",
    "responses",
    "attributes",
    "Rows",
    "streams",
    "values",
]
RECORD: dict[str, Any] = {
    "eventVersion": "1.11",
    "userIdentity": {"type": "IAMUser", "userName": "anna"},
    "eventTime": "2026-11-20T07:00:00Z",
    "eventSource": "cloudtrail.amazonaws.com",
    "eventName": "StopLogging",
    "awsRegion": "us-east-1",
    "requestParameters": {"name": "t"},
    "eventID": "20000000-0000-4000-8000-000000000060",
    "readOnly": False,
}
OTHER = {**RECORD, "eventName": "DescribeTrails", "eventID": "20000000-0000-4000-8000-000000000061"}


def packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


def wrapped(value: Any, chance: random.Random) -> Any:
    name, text = chance.choice(NAMES), json.dumps(value)
    return chance.choice(
        [
            {name: value},
            {name: [value]},
            {name: [value, OTHER]},
            {name: OTHER, chance.choice(NAMES): value},
            {name: text},
            [value],
            {name: packed(text.encode())},
            {name: packed(gzip.compress(text.encode()))},
            {"a": 1, name: {chance.choice(NAMES): value}},
            {"detail-type": "AWS API Call via CloudTrail", "source": "aws.x", "detail": value},
            {"results": [[{"field": "@message", "value": text}]]},
            {"messageType": "DATA_MESSAGE", "logEvents": [{"message": text}]},
        ]
    )


def source(chance: random.Random) -> bytes:
    value: Any = dict(RECORD)
    if chance.random() < 0.2:
        del value["eventVersion"]
    for _ in range(chance.randrange(4)):
        value = wrapped(value, chance)
    parts = [*([OTHER] if chance.random() < 0.3 else []), value, *([OTHER] if chance.random() < 0.2 else [])]
    indent = chance.choice([None, None, 1])
    text = chance.choice(["\n", "", "\n\n", " "]).join(json.dumps(part, indent=indent) for part in parts)
    data = text.encode(chance.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le"]))
    return gzip.compress(data) if chance.random() < 0.2 else data


@pytest.mark.parametrize("seed", range(4))
def test_a_record_is_found_or_said_to_be_unread(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same every time
    for _ in range(300):
        data = source(chance)
        done = split(data, "a.json")
        found = any(json.loads(bytes(record)).get("eventName") == "StopLogging" for record in done.records)
        assert found or not done.account().complete, data
