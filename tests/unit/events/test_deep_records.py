"""Records whose objects and arrays lie deep inside each other: judged exactly, or accounted for, and never passed over.

How deep a JSON decoder goes depends on how deep the stack already is when it is called. What becomes of a record must
not.
"""

import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.cli import run
from scanner.events.reading.records import split
from scanner.events.reading.text.broken_json import MAX_DEPTH, TOO_DEEP
from scanner.events.reading.text.json_faults import deep_fault, fault

ORDINARY = {"eventVersion": "1.11", "eventName": "Other", "eventSource": "s.amazonaws.com", "eventID": "0"}
NEAR_THE_LIMIT = (940, 960, 975, 980, 985, 990, 995, 1000)


def deep(depth: int, name: str = "StopLogging", opening: str = '{"a":', closing: str = "}") -> bytes:
    """A record in which ``requestParameters`` goes that deep."""
    shallow = {**ORDINARY, "eventName": name, "eventSource": "cloudtrail.amazonaws.com", "eventID": str(depth)}
    text = json.dumps({**shallow, "recipientAccountId": "111122223333", "requestParameters": "@"})
    return text.replace('"@"', opening * depth + "17" + closing * depth).encode()


def log_file(*records: bytes) -> bytes:
    return b'{"Records":[' + b",".join(records) + b"]}"


def wrapped(member: str, carrier: str, record: bytes) -> bytes:
    """An answer of an API: a list of objects that hold a record as text."""
    return json.dumps({member: [{carrier: record.decode()}, {carrier: json.dumps(ORDINARY)}]}).encode()


OTHER = json.dumps(ORDINARY).encode()
ENVELOPES: dict[str, Callable[[bytes], bytes]] = {
    "log file": lambda record: log_file(record, OTHER),
    "log file, the other first": lambda record: log_file(OTHER, record),
    "array": lambda record: b"[" + record + b"," + OTHER + b"]",
    "lines": lambda record: record + b"\n" + OTHER + b"\n",
    "lines, pretty": lambda record: b"[\n" + record + b"\n,\n" + OTHER + b"\n]\n",
    "LookupEvents": lambda record: wrapped("Events", "CloudTrailEvent", record),
    "FilterLogEvents": lambda record: wrapped("events", "message", record),
    "EventBridge": lambda record: b'{"detail-type":"x","detail":' + record + b"}\n" + OTHER,
    "subscription": lambda record: base64.b64encode(gzip.compress(wrapped("logEvents", "message", record))),
}


@pytest.mark.parametrize("depth", [100, 900, *NEAR_THE_LIMIT, 5000])
@pytest.mark.parametrize("envelope", ENVELOPES)
def test_a_deep_record_is_taken_from_every_envelope(envelope: str, depth: int) -> None:
    record = deep(depth)
    done = split(ENVELOPES[envelope](record), "a")
    assert done.account().complete
    assert {bytes(each) for each in done.records} == {record, OTHER}


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_a_record_that_lies_too_deep_is_accounted_for(envelope: str) -> None:
    done = split(ENVELOPES[envelope](deep(MAX_DEPTH + 1)), "a")
    assert not done.account().complete
    assert deep(MAX_DEPTH + 1) not in {bytes(each) for each in done.records}
    if "lines" not in envelope and "EventBridge" not in envelope:
        assert any(why.startswith(TOO_DEEP) for _, why in done.malformed)
    assert OTHER in {bytes(each) for each in done.records}


def called_from(frames: int, ask: Callable[[], Any]) -> Any:
    return called_from(frames - 1, ask) if frames else ask()


@pytest.mark.parametrize("opening", ['{"a":', "["])
def test_the_stack_decides_nothing(opening: str) -> None:
    closing = "}" if opening.startswith("{") else "]"
    for depth in NEAR_THE_LIMIT:
        data = log_file(deep(depth, opening=opening, closing=closing), OTHER)
        here = split(data, "a").account()
        assert called_from(200, lambda: split(data, "a").account()) == here  # noqa: B023 - called at once
        assert here.records == 2


@pytest.mark.parametrize("workers", ["1", "2"])
def test_every_deep_record_is_judged(workers: str, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    depths = [100, 900, *range(960, 1000, 3), 5000, 10_000]
    for depth in depths:
        (folder / f"{depth}.json").write_bytes(log_file(OTHER, deep(depth, name="StopLogging")))
    (folder / "too-deep.json").write_bytes(log_file(deep(MAX_DEPTH + 1), OTHER))
    target = tmp_path / "a.json"
    arguments = ["logs", str(folder), "--rule", "event.logging-stopped", "--workers", workers, "-q"]
    assert run([*arguments, "-o", f"json={target}"]) == 1
    found = json.loads(target.read_bytes())
    counted = found["run"]["accounting"]
    assert (counted["matched"], counted["malformed"]) == (len(depths), 1)
    assert counted["records"] == 2 * len(depths) + 1
    (gap,) = found["gaps"]
    assert gap["arguments"] == {"source": "too-deep.json"}
    assert TOO_DEEP in gap["reason"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(value=st.lists(JSON, max_size=3) | st.dictionaries(st.text(max_size=3), JSON, max_size=3), data=st.data())
def test_following_without_a_decoder_finds_the_same_faults(value: Any, data: st.DataObject) -> None:
    indent = data.draw(st.sampled_from([None, 0, 1]))
    text = json.dumps(value, indent=indent, ensure_ascii=data.draw(st.booleans()))
    assert deep_fault(text.encode()) == fault(text.encode()) == ""
    at = data.draw(st.integers(0, len(text)))
    put = data.draw(st.sampled_from(["", *',]}[{":0-ex\\\x01']))
    changed = f"{text[:at]}{put}{text[at + data.draw(st.integers(0, 2)) :]}".encode()
    if changed.lstrip()[:1] in {b"[", b"{"}:
        assert bool(deep_fault(changed)) == bool(fault(changed)), changed


@pytest.mark.parametrize(
    "text", [b"[1,]", b'{"a":1,}', b"[1}", b"[[1]", b"[] []", b"[,1]", b'{"a":}', b"{1:2}", b'["a":1]', b"[1][", b""]
)
def test_what_is_no_json_at_any_depth(text: bytes) -> None:
    assert deep_fault(text)
    within = b'{"a":[0,' * 3000 + text + b"]}" * 3000
    assert fault(within).startswith("it is not JSON")


COUNTED = """\
id: mine.counted
title: The trail is not stopped twice
severity: low
description: The records hold no two calls within five minutes that stop a trail.
rationale: A trail that is stopped twice was not stopped by mistake.
remediation: Ask who did it, and start the trail again.
references: [https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html]
check: log-events
events: '{{ $.eventName = StopLogging }}'
threshold: {{count: 2, within: 5m, by: [{field}]}}
"""


@pytest.mark.parametrize("field", ["eventName", "requestParameters"])
def test_deep_records_are_counted(field: str, tmp_path: Path) -> None:
    (tmp_path / "rules" / "mine").mkdir(parents=True)
    (tmp_path / "rules" / "mine" / "counted.yaml").write_text(COUNTED.format(field=field), encoding="utf-8")
    (tmp_path / "logs").mkdir()
    time = b'{"eventTime":"2026-11-20T07:00:00Z",'
    for depth in range(900, 1000):
        record = time + deep(depth)[1:]
        again = record.replace(f'"eventID": "{depth}"'.encode(), b'"eventID": "again"')
        assert again != record
        (tmp_path / "logs" / f"{depth}.json").write_bytes(log_file(record, again))
    target = tmp_path / "a.json"
    arguments = ["logs", str(tmp_path / "logs"), "--rules", str(tmp_path / "rules"), "--rule", "mine.counted", "-q"]
    assert run([*arguments, "-o", f"json={target}"]) == 1
    assert json.loads(target.read_bytes())["gaps"] == []
