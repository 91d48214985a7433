"""A log file judged in stretches while it is read gives what its records give one by one, or is read closely."""

import gzip
import json
from array import array
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scanner.events.counting.parts import Part
from scanner.events.evaluation import Evaluator, Opened
from scanner.events.hits import Limit
from scanner.events.matching.conditions.compiled_rules import Judged
from scanner.events.matching.conditions.condition import Condition
from scanner.events.reading import log_file
from scanner.events.reading.fields.period import ALWAYS, Period
from scanner.events.reading.fields.times import microseconds
from scanner.events.reading.fields.views import record_text
from scanner.events.reading.records import split
from scanner.events.reading.text import gzip_pieces
from scanner.model import RuleId
from scanner.pattern import JsonPattern, matcher, matches, parse

laws = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

PATTERNS = (
    "{ $.eventName = StopLogging }",
    "{ $.eventName = PutObject && $.requestParameters.key = *ransom* }",
    "{ $.eventName = PutObject && $.requestParameters.key = 7 }",
    '{ $.eventName = PutObject && $.requestParameters.bucketName = "logs" && $.userAgent = "aws-*" }',
    "{ $.errorCode = AccessDenied }",
    "{ $.requestParameters.list[0] = x }",
    "{ $.eventVersion = * }",
)
PERIOD = Period(microseconds("2026-03-01T00:00:00Z"), microseconds("2026-03-01T12:00:00Z"))


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gzip_pieces, "PIECE", 700)
    monkeypatch.setattr(log_file, "LONGEST", 2500)


def judged(text: str) -> Judged:
    pattern = parse(text)
    assert isinstance(pattern, JsonPattern)
    limit = Limit(1, 3600) if "Denied" in text else None
    by = (("userIdentity", "arn"), ("requestParameters",)) if limit else ()
    return Judged(RuleId(f"event.{PATTERNS.index(text)}"), Condition(pattern.expr, None), None, limit, by, (), ())


RULES = tuple(map(judged, PATTERNS))

records = st.fixed_dictionaries(
    {"eventVersion": st.just("1.08"), "eventSource": st.just("s3.amazonaws.com")},
    optional={
        "eventName": st.sampled_from(["PutObject", "PutObject", "StopLogging", "Other"]),
        "eventID": st.sampled_from(["a", "b", "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"]),
        "eventTime": st.sampled_from(["2026-03-01T00:00:00Z", "2026-03-01T13:00:00Z", "noon"]),
        "recipientAccountId": st.sampled_from(["111122223333", "222233334444", None, None]),
        "responseElements": st.sampled_from([None, {"note": "nobody asks for this, so it is passed over"}]),
        "errorCode": st.just("AccessDenied"),
        "userAgent": st.just("aws-cli/2"),
        "userIdentity": st.sampled_from(
            [None, *({"arn": f"user/{n}", "accountId": f"33334444555{n}"} for n in range(9))]
        ),
        "requestParameters": st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                "key": st.sampled_from(["a/ransom.txt", "b", 7, None, ["ransom"], '},{"eventVersion":"']),
                "bucketName": st.sampled_from(["logs", "other"]),
                "list": st.lists(st.sampled_from(["x", {"eventVersion": "1"}, {}]), max_size=3),
            },
        ),
    },
).map(lambda record: json.dumps(record, separators=(",", ":")))
odd = st.sampled_from(
    [
        '{"eventVersion":"1.08","eventName":["StopLogging"],"eventSource":"x"}',
        '{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","awsRegion":"us-east-1"}',
        '{"eventVersion":"1.07","eventData":{"eventName":"StopLogging"},"eventCategory":"ActivityAuditLog"}',
        '{"eventVersion":"1.07","eventData":null,"eventCategory":"ActivityAuditLog"}',
        '{"eventName":"StopLogging","eventSource":"x","eventVersion":"1.08"}',
        '{"eventVersion":"1.08","event\\u004eame":"StopLogging","eventSource":"x"}',
        '{"eventVersion":"1.08","eventName":"StopLogging"',
        '{"eventVersion":"1.08","a":[{"b":1},{"eventVersion":"2"}]}',
        '{"eventVersion":"1.08","a":"\\ud800"}',
        '{"eventVersion":"1.08","n":1e999}',
        "{}",
        "7",
        "",
    ]
)
frames = st.sampled_from(
    [
        ('{"Records":[', "]}"),
        ('{"Records":[', "]}"),
        (' { "Records" :\n[', "] } \n"),
        ('{"Records":[', ']},"x"'),
        ('{"Records":[', '],"Records":[]}'),
        ('{"Records":[', ']}{"Records":[]}'),
        ('{"Records":[', "]"),
        ("[", "]"),
    ]
)
contents = st.builds(
    lambda frame, items: (frame[0] + ",".join(items) + frame[1]).encode(),
    frames,
    st.lists(records, max_size=16) | st.lists(records | odd, max_size=12),
)
damages = st.none() | st.tuples(
    st.floats(0, 1), st.sampled_from([b"", b"\xff", b'"', b"}", b",", b"]", b'},{"eventVersion":'])
)


def damaged(content: bytes, damage: tuple[float, bytes] | None) -> bytes:
    if damage is None:
        return content
    at = int(damage[0] * len(content))
    return content[:at] + damage[1] + content[at + 1 :]


NOTIFICATION = b'{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put"}]}'
EMPTY_AUDIT = (
    b'{"Records":[{"eventVersion":"1.08","eventName":"x","eventSource":"y","eventCategory":"ActivityAuditLog",'
    b'"eventData":null}]}'
)
PASSED_OVER = b'{"Records":[{"eventVersion":"1.08","eventName":"x","eventSource":"y","a":{"note":"b"}}]}'


def result(part: Part) -> dict[str, Any]:
    told: dict[str, Any] = {"sources": part.sources, "prints": part.prints, "accounts": part.accounts}
    told["places"] = {key: list(tally.places) for key, tally in part.tallies.items()}
    told["samples"] = {key: tally.shown for key, tally in part.tallies.items()}
    told["bursts"] = {number: windows.bursts() for number, windows in part.windows.items()}
    return told


def judge(data: Sequence[bytes], period: Period, *, closely: bool) -> dict[str, Any]:
    evaluator, part = Evaluator(RULES, period=period), Part()
    opened = [
        Opened(split(each, str(name)).within(period)) if closely else evaluator.open(str(name), each)
        for name, each in enumerate(data)
    ]
    evaluator.judge(opened, part)
    return result(part)


@laws
@given(st.lists(contents, min_size=1, max_size=3), damages, st.booleans(), st.booleans())
@example([NOTIFICATION], None, False, False)
@example([EMPTY_AUDIT], None, False, False)
@example([PASSED_OVER], (PASSED_OVER.index(b"note") / len(PASSED_OVER) + 0.001, b"\xff"), False, False)
@example([b'{"Records":[{"eventVersion":"1.08","eventName":"x","eventSource":"y"},]}'], None, False, False)
def test_as_it_is_read_or_closely(
    files: list[bytes], damage: tuple[float, bytes] | None, packed: bool, limited: bool
) -> None:
    data = [damaged(content, damage) for content in files]
    data = [gzip.compress(each) for each in data] if packed else data
    period = PERIOD if limited else ALWAYS
    assert judge(data, period, closely=False) == judge(data, period, closely=True)


@laws
@given(st.lists(records | odd, min_size=1, max_size=12))
def test_the_hits_are_those_of_the_pattern_language(items: list[str]) -> None:
    data = ('{"Records":[' + ",".join(items) + "]}").encode()
    found = split(data, "a")
    texts = list(map(record_text, found.records))
    expected = {}
    for number, text in enumerate(PATTERNS):
        expected[number] = [at for at, record in enumerate(texts) if matches(parse(text), record)]
    places: dict[int, list[int]] = {number: [] for number in expected}
    for (number, _), tally in result_tallies(data).items():
        places[number] = sorted([*places[number], *tally])
    assert places == expected


def result_tallies(data: bytes) -> dict[tuple[int, str], "array[int]"]:
    evaluator, part = Evaluator(RULES), Part()
    evaluator.judge([evaluator.open("a", data)], part)
    return {key: tally.places for key, tally in part.tallies.items()}


@given(st.lists(records, min_size=1, max_size=40), st.sampled_from([b"", b"\0\0", b"x"]), st.integers(0, 60))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_packed_in_members_cut_or_followed(items: list[str], tail: bytes, missing: int) -> None:
    content = ('{"Records":[' + ",".join(items) + "]}").encode()
    half = len(content) // 2
    data = gzip.compress(content[:half]) + gzip.compress(content[half:]) + tail
    data = data[: len(data) - missing] if missing else data
    assert judge([data], ALWAYS, closely=False) == judge([data], ALWAYS, closely=True)


def test_the_fast_way_is_taken() -> None:
    items = [
        json.dumps({"eventVersion": "1.08", "eventSource": "s3.amazonaws.com", "eventName": "PutObject", "n": number})
        for number in range(50)
    ]
    for content in ('{"Records":[' + ",".join(items) + "]}", '{ "Records": [' + ", ".join(items[:1]) + "]}\n"):
        for data in (content.encode(), gzip.compress(content.encode())):
            assert Evaluator(RULES).open("a", data).scanned is not None
    matched = matcher(parse(PATTERNS[-1]))
    assert all(matched(item) for item in items)


def test_a_period_leaves_out_records_of_every_stretch() -> None:
    items = [
        {
            "eventVersion": "1.08",
            "eventSource": "s3.amazonaws.com",
            "eventName": "StopLogging",
            "eventTime": f"2026-03-01T{'13' if number % 3 else '11'}:00:00Z",
            "userIdentity": {"accountId": f"{number:012}"},
        }
        for number in range(30)
    ]
    data = json.dumps({"Records": items}, separators=(",", ":")).encode()
    scanned = Evaluator(RULES, period=PERIOD).open("a", data).scanned
    assert scanned is not None
    assert scanned.found is not None
    found = judge([data], PERIOD, closely=False)
    assert found == judge([data], PERIOD, closely=True)
    assert found["accounts"] == {f"{number:012}": 1 for number in range(0, 30, 3)}
