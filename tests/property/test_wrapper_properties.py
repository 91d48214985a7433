"""Records come out of whatever wraps them exactly as they went in; nothing else does, or counts as complete."""

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.events.counting.parts import Part
from scanner.events.evaluation import Evaluator
from scanner.events.matching.conditions.compiled_rules import Judged
from scanner.events.matching.conditions.condition import Condition
from scanner.events.reading.records import Split, split
from scanner.model import RuleId
from scanner.pattern import JsonPattern, parse

laws = settings(max_examples=100, deadline=None)

scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=6)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
records = st.fixed_dictionaries(
    {
        "eventVersion": st.just("1.11"),
        "eventTime": st.just("2026-05-01T12:00:00Z"),
        "eventSource": st.sampled_from(["cloudtrail.amazonaws.com", "s3.amazonaws.com"]),
        "eventName": st.sampled_from(["StopLogging", "GetObject", 'ü {"[', "log"]),
        "awsRegion": st.just("us-east-1"),
        "userIdentity": st.sampled_from([{"type": "Root"}, {"type": "AWSService", "invokedBy": "x"}]),
        "recipientAccountId": st.just("111122223333"),
    },
    optional={
        "eventID": st.uuids().map(str),
        # Members that are wrappers elsewhere are parts of a record here.
        "requestParameters": st.dictionaries(
            st.sampled_from(["log", "message", "Records", "_source", "x"]), anything, max_size=3
        ),
        "responseElements": st.none() | st.just({"hits": {"hits": [1]}}),
        "message": st.text(max_size=5),
    },
)

Wrap = Callable[[Any], Any]


def text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


WRAPS: dict[str, Wrap] = {
    "source": lambda value: {"_index": "i", "_source": value},
    "original": lambda value: {"@timestamp": "t", "event": {"original": text(value), "kind": "event"}},
    "log": lambda value: {"log": text(value), "stream": "stdout"},
    "raw": lambda value: {"preview": False, "result": {"_raw": text(value)}},
    "message": lambda value: {"message": text(value), "tags": ["a"]},
    "bridge": lambda value: {"detail-type": "AWS API Call via CloudTrail", "source": "aws.x", "detail": value},
    "sns": lambda value: {"Type": "Notification", "Message": text(value)},
    "queue": lambda value: {"Messages": [{"MessageId": "1", "Body": text(value)}]},
    "kinesis": lambda value: {
        "Records": [{"eventSource": "aws:kinesis", "kinesis": {"data": base64_of(text(value).encode())}}]
    },
    "firehose": lambda value: {"records": [{"recordId": "1", "data": base64_of(gzip.compress(text(value).encode()))}]},
    "subscription": lambda value: {"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "message": text(value)}]},
    "attributes": lambda value: {"attributes": value, "status": "info"},
    "hits": lambda value: {"hits": {"total": 1, "hits": [{"_source": value}]}},
    "lookup": lambda value: {"Events": [{"EventId": "1", "CloudTrailEvent": text(value)}]},
}  # fmt: skip
wrappings = st.lists(st.sampled_from(sorted(WRAPS)), max_size=3)


def wrapped(record: Any, names: list[str]) -> Any:
    for name in names:
        record = WRAPS[name](record)
    return record


def parsed(done: Split) -> list[Any]:
    return [json.loads(bytes(record)) for record in done.records]


@laws
@given(
    st.lists(st.tuples(records, wrappings), min_size=1, max_size=4),
    st.sampled_from(["lines", "array", "gzip", "packed twice"]),
)
def test_records_come_out_of_random_wrappers_as_they_went_in(items: list[tuple[Any, list[str]]], how: str) -> None:
    values = [wrapped(record, names) for record, names in items]
    data = text(values).encode() if how == "array" else b"".join(text(value).encode() + b"\n" for value in values)
    if how in {"gzip", "packed twice"}:
        data = gzip.compress(data)
    done = split(gzip.compress(data) if how == "packed twice" else data, "a")
    assert parsed(done) == [record for record, _ in items]
    assert done.account().complete


@laws
@given(st.lists(st.tuples(records | anything, wrappings), min_size=1, max_size=4))
def test_what_is_no_record_is_never_one_and_never_complete(items: list[tuple[Any, list[str]]]) -> None:
    done = split(b"".join(text(wrapped(value, names)).encode() + b"\n" for value, names in items), "a")
    whole = [value for value, _ in items if isinstance(value, dict) and "eventVersion" in value]
    assert [record for record in parsed(done) if record not in whole] == []
    if len(whole) < len(items):
        empty = all(value == [] or (names and value == []) for value, names in items if value not in whole)
        assert not done.account().complete or empty


@laws
@given(
    st.binary(min_size=1, max_size=400),
    st.sampled_from([b"", b"{", b"[", b"\x1f\x8b", b'{"Records":[', b'{"log":"', b"eventJson\n"]),
)
def test_random_bytes_never_give_a_record_nor_a_complete_run(noise: bytes, head: bytes) -> None:
    for name in ("a", "111122223333_CloudTrail_us-east-1_20260501T1200Z_AbCdEfGhIjKlMnOp.json.gz"):
        done = split(head + noise, name)
        assert done.records == []
        blank = not (head + noise).strip(b" \t\r\n")
        assert (
            not done.account().complete or (blank and name == "a") or (head + noise).split() in ([b"[]"], [b"[", b"]"])
        )


def judge() -> Evaluator:
    pattern = parse("{ $.eventName = StopLogging }")
    assert isinstance(pattern, JsonPattern)
    return Evaluator([Judged(RuleId("event.x"), Condition(pattern.expr, None), None, None, (), (), ())])


@laws
@given(st.lists(records | st.tuples(records, wrappings).map(lambda item: wrapped(*item)) | anything, max_size=6))
def test_the_fast_and_the_careful_way_agree(items: list[Any]) -> None:
    data = json.dumps({"Records": items}, separators=(",", ":")).encode()
    careful = split(data, "a").account()
    evaluator = judge()
    part = Part()
    evaluator.judge([evaluator.open("a", data)], part)
    (fast,) = part.sources
    assert (fast.records, fast.complete, fast.malformed_count, fast.unread_count) == (
        careful.records,
        careful.complete,
        careful.malformed_count,
        careful.unread_count,
    )
