"""Every envelope that CloudTrail records come in gives the same records, and says what it was."""

import base64
import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.events.reading.records import Split, split
from scanner.events.reading.sources.limits import Limits

ONE: dict[str, Any] = {
    "eventVersion": "1.11",
    "eventTime": "2026-11-20T09:00:00Z",
    "eventSource": "cloudtrail.amazonaws.com",
    "eventName": "StopLogging",
    "awsRegion": "us-east-1",
    "eventID": "11111111-1111-1111-1111-111111111111",
    "userIdentity": {"type": "Root"},
    "recipientAccountId": "111122223333",
}
TWO = {**ONE, "eventID": "22222222-2222-2222-2222-222222222222", "userAgent": 'a "quoted" [agent] ü'}


def text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def encoded(value: Any) -> bytes:
    return text(value).encode()


def lookup(record: Any) -> dict[str, Any]:
    return {"EventId": record["eventID"], "EventName": "x", "EventTime": 1, "CloudTrailEvent": text(record)}


def bridge(record: Any) -> dict[str, Any]:
    return {"version": "0", "id": "1", "detail-type": "AWS API Call via CloudTrail", "detail": record}


def subscription(*messages: str) -> dict[str, Any]:
    events = [{"id": str(n), "timestamp": 1, "message": message} for n, message in enumerate(messages)]
    return {"messageType": "DATA_MESSAGE", "owner": "1", "subscriptionFilters": ["f"], "logEvents": events}


def packed(value: Any) -> str:
    return base64.b64encode(gzip.compress(encoded(value), mtime=0)).decode()


def sheet(*cells: str, column: str = "eventJson") -> bytes:
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    return "\r\n".join([f'"{column}",eventName', *(f"{cell},x" for cell in quoted), ""]).encode()


def lines(*values: Any) -> bytes:
    return b"".join(encoded(value) + b"\n" for value in values)


def both(make: Callable[[Any], Any]) -> list[Any]:
    """What an envelope makes of each of the two records."""
    return [make(ONE), make(TWO)]


SUBSCRIPTION = subscription(text(ONE), text(TWO))
ENVELOPES: dict[str, tuple[str, bytes]] = {
    "log file": ("records", encoded({"Records": [ONE, TWO]})),
    "log file, indented": ("records", json.dumps({"Records": [ONE, TWO]}, indent=2).encode()),
    "log file with more members": ("records", encoded({"a": {"Records": 1}, "Records": [ONE, TWO], "b": 1})),
    "array": ("array", encoded([ONE, TWO])),
    "array of arrays": ("array", encoded([[ONE, TWO]])),
    "JSON lines": ("lines", lines(ONE, TWO)),
    "JSON lines without a last newline": ("lines", lines(ONE, TWO)[:-1]),
    "JSON lines, empty ones between": ("lines", lines(ONE) + b"\r\n \n" + lines(TWO)),
    "values without anything between": ("lines", encoded(ONE) + encoded(TWO)),
    "indented values one after another": ("lines", json.dumps(ONE, indent=1).encode() + b"\n" + encoded(TWO)),
    "lines of log files": ("lines/records", lines({"Records": [ONE]}, {"Records": [TWO]})),
    "two log files in one": ("lines/records", encoded({"Records": [ONE]}) + encoded({"Records": [TWO]})),
    "LookupEvents": ("lookup-events", encoded({"Events": [lookup(ONE), lookup(TWO)], "NextToken": "t"})),
    "lines of LookupEvents": ("lines/lookup-events", lines(lookup(ONE), lookup(TWO))),
    "array of LookupEvents": ("array/lookup-events", encoded([lookup(ONE), lookup(TWO)])),
    "lines of EventBridge": ("lines/eventbridge", lines(bridge(ONE), bridge(TWO))),
    "subscription": ("subscription/log-events", encoded(SUBSCRIPTION)),
    "subscription in base64": ("subscription/log-events", packed(SUBSCRIPTION).encode()),
    "lines of base64": (
        "subscription/log-events",
        f"{packed(subscription(text(ONE)))}\n{packed(subscription(text(TWO)))}\n".encode(),
    ),
    "subscription of a function": ("subscription/log-events", encoded({"awslogs": {"data": packed(SUBSCRIPTION)}})),
    "subscriptions one after another": (
        "lines/subscription/log-events",
        encoded(subscription(text(ONE))) + encoded(subscription(text(TWO))),
    ),
    "FilterLogEvents": (
        "log-events",
        encoded({"events": both(lambda r: {"message": text(r), "eventId": "1"}), "searchedLogStreams": []}),
    ),
    "array of log events": ("array/log-events", encoded([{"message": text(ONE)}, {"message": text(TWO)}])),
    "exported log events": (
        "log-events",
        f"2026-11-20T09:05:00.123Z {text(ONE)}\n2026-11-20T09:05:00.123Z {text(TWO)}\n".encode(),
    ),
    "Lake CSV": ("lake-csv", sheet(text(ONE), text(TWO))),
    "Lake CSV of events sent in": (
        "lake-csv/lake-rows",
        sheet(text({"eventData": ONE}), text({"eventData": TWO}), column="x"),
    ),
    "Lake rows": (
        "lake-rows",
        encoded({"QueryStatus": "FINISHED", "QueryResultRows": both(lambda r: [{"n": "1"}, {"eventJson": text(r)}])}),
    ),
    "Lake rows as objects": ("lines/lake-rows", lines({"n": 1, "eventdata": text(ONE)}, {"n": 1, "eventData": TWO})),
    "Logs Insights rows": (
        "insights-rows",
        encoded(
            {"results": both(lambda r: [{"field": "@message", "value": text(r)}, {"field": "@ptr", "value": "p"}])}
        ),
    ),
    "queue messages": (
        "records/message/log-events",
        encoded({"Records": both(lambda r: {"messageId": "1", "body": text({"Message": text(r)})})}),
    ),
    "test events": ("lines/embedded", lines({"id": 1, "event": ONE}, {"id": 2, "event": TWO})),
}  # fmt: skip


def parsed(done: Split) -> list[Any]:
    return [json.loads(bytes(record)) for record in done.records]


@pytest.mark.parametrize(("envelope", "data"), ENVELOPES.values(), ids=list(ENVELOPES))
def test_every_envelope_gives_its_records(envelope: str, data: bytes) -> None:
    done = split(data, "a")
    assert parsed(done) == [ONE, TWO]
    assert done.envelope == envelope
    assert [done.position(n) for n in range(2)] == [0, 1]
    assert (done.malformed, done.malformed_count, done.skipped, done.cut, done.notes) == ((), 0, "", "", ())


@pytest.mark.parametrize("data", [data for _, data in ENVELOPES.values()], ids=list(ENVELOPES))
def test_every_envelope_may_be_packed(data: bytes) -> None:
    stored = gzip.compress(data)
    done = split(stored, "plain-name.txt")
    assert parsed(done) == [ONE, TWO]
    assert done.bytes == len(stored)
    assert done.sha256 == hashlib.sha256(stored).hexdigest()
    assert done.source == "plain-name.txt"


@pytest.mark.parametrize("data", [data for _, data in ENVELOPES.values()], ids=list(ENVELOPES))
def test_no_prefix_of_an_envelope_raises_or_is_silent(data: bytes) -> None:
    """Wherever it is cut, whole records are kept and the loss is said; only a cut between values cannot be seen."""
    for end in range(len(data)):
        done = split(data[:end], "a")
        assert parsed(done) == [ONE, TWO][: len(done.records)]
        if len(done.records) < 2 and done.account().complete:
            between = data[:end].rstrip(b'\r\n ",x=').endswith((b"}", b"A"))
            assert done.skipped or between, data[:end]


def test_a_single_record() -> None:
    done = split(encoded(ONE), "a")
    assert (done.envelope, parsed(done)) == ("record", [ONE])


def test_the_records_of_a_log_file_are_views_of_its_own_bytes() -> None:
    data = (
        b'{"Records":[{"eventVersion":"1.08","eventName":"a","eventSource":"b" ,"x" : 1.50},{"eventName":"\\u0061"}]}'
    )
    done = split(data, "a")
    assert [bytes(record) for record in done.records] == [data[12:81], data[82:-2]]
    assert done.positions is None


AUDIT = {
    "eventVersion": "1.01",
    "eventCategory": "ActivityAuditLog",
    "eventType": "ActivityLog",
    "eventID": "outer",
    "eventTime": "2026-11-20T09:00:00Z",
    "awsRegion": "eu-west-1",
    "recipientAccountId": "111122223333",
    "metadata": {"channelARN": "arn"},
    "eventData": {
        "version": "1",
        "UID": "inner",
        "userIdentity": {"type": "CustomUser", "principalId": "p"},
        "eventSource": "app.example",
        "eventName": "DeleteInvoice",
        "eventTime": "2026-11-20T08:00:00Z",
        "recipientAccountId": None,
    },
}


@pytest.mark.parametrize("inner", [AUDIT["eventData"], json.dumps(AUDIT["eventData"])], ids=["object", "text"])
def test_an_event_sent_to_lake_is_lifted(inner: Any) -> None:
    for data in ({**AUDIT, "eventData": inner}, {"Records": [{**AUDIT, "eventData": inner}]}):
        (record,) = parsed(split(encoded(data), "a"))
        assert record["eventName"] == "DeleteInvoice"
        assert record["eventTime"] == "2026-11-20T08:00:00Z"
        assert record["userIdentity"]["type"] == "CustomUser"
        assert record["recipientAccountId"] == "111122223333"
        assert record["awsRegion"] == "eu-west-1"
        assert record["eventID"] == "outer"
        assert record["eventData"] == AUDIT["eventData"]


def test_an_event_sent_to_lake_is_opened_wherever_it_stands() -> None:
    audit = {**AUDIT, "eventData": {"eventName": "Inner", "eventSource": "elsewhere.example", "version": "1"}}
    done = split(encoded({"Records": [ONE, audit]}), "a")
    assert [record["eventName"] for record in parsed(done)] == ["StopLogging", "Inner"]


@pytest.mark.parametrize("inner", [17, None, "no JSON", "[1]", [1]])
def test_an_event_sent_to_lake_that_cannot_be_lifted_is_malformed(inner: Any) -> None:
    done = split(lines({**AUDIT, "eventData": inner}, ONE), "a")
    assert (parsed(done), done.malformed_count) == ([ONE], 1)
    assert done.malformed[0][1].startswith("it cannot be read: ")


@pytest.mark.parametrize(
    "record",
    [
        {"eventVersion": "1.0", "eventId": "1", "accountId": "1", "eventCategory": "Aggregated", "timeWindow": {}},
        {"eventVersion": "1.07", "eventType": "AwsCloudTrailInsight", "eventCategory": "Insight", "insightDetails": {}},
        {"eventVersion": "1.09", "eventCategory": "NetworkActivity", "errorCode": "VpceAccessDenied"},
        {"eventName": "A", "eventSource": "b"},
        {"eventVersion": 1, "eventSource": [2], "eventName": None, "userIdentity": "x"},
        {"eventVersion": "1.08", "eventTime": "t", "awsRegion": "r"},
    ],
    ids=["aggregated", "insight", "network", "small", "odd types", "three members"],
)
def test_records_of_every_kind_are_passed_on(record: Any) -> None:
    for data in (encoded({"Records": [record, record]}), encoded([record, record]), lines(record, record)):
        assert parsed(split(data, "a")) == [record, record]


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"awsAccountId": "1", "digestS3Object": "k", "logFiles": []}, "digest file"),
        ({"version": "1.0", "files": [], "hashSignature": "s"}, "signature of query results"),
        (
            {**subscription("CWL CONTROL MESSAGE"), "messageType": "CONTROL_MESSAGE"},
            "control message of CloudWatch Logs",
        ),
        ({"fileVersion": "1.0", "configurationItems": [{"resourceType": "x"}]}, "history or snapshot of AWS Config"),
        ({"webaclId": "w", "httpRequest": {}, "formatVersion": 1, "timestamp": 1}, "log of AWS WAF"),
        ({"s3Bucket": "b", "s3ObjectKey": ["k"]}, "CloudTrail's notification of a log file"),
        ({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b", "HostId": "h"}, "test message of Amazon S3"),
        (
            {"version": "0", "detail-type": "GuardDuty Finding", "source": "aws.guardduty", "detail": {"id": "x"}},
            "EventBridge event of another kind than CloudTrail's",
        ),
        (
            {
                "Records": [
                    {"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "Put", "awsRegion": "x", "s3": {}}
                ]
            },
            "notification of Amazon S3",
        ),
    ],
)  # fmt: skip
def test_what_is_known_to_hold_no_records_is_passed_over_by_name(document: Any, why: str) -> None:
    done = split(encoded(document), "a")
    assert (done.records, done.skipped, done.malformed_count, done.unread_count) == ([], why, 0, 0)
    assert done.account().complete


@pytest.mark.parametrize("wrong", [{"x": text(ONE)}, {"x": [ONE]}, {"x": {"deep": text({"y": text(ONE)})}}])
def test_what_is_known_to_hold_no_records_may_not_hide_any(wrong: Any) -> None:
    for known in ({"digestS3Object": "k", "logFiles": []}, {"fileVersion": "1.0", "configurationItems": []}):
        done = split(encoded({**known, **wrong}), "a")
        assert (done.skipped, done.account().complete) == ("", False)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"a": 1}, "it is neither a CloudTrail record nor a known wrapper of one"),
        ({"eventName": "page_view", "eventTime": "t"}, "it is neither a CloudTrail record nor a known wrapper of one"),
        ({"events": [{"b": 1}]}, "it is neither a CloudTrail record nor a known wrapper of one"),
        (bridge({"state": "running"}), "it is neither a CloudTrail record nor a known wrapper of one"),
        (subscription("START", "END"), "the message is not JSON"),
        ({"payload": text(ONE)}, "it is neither a CloudTrail record nor a known wrapper of one"),
        (
            {"Records": [{"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "P", "awsRegion": "x"}]},
            "it is neither a CloudTrail record nor a known wrapper of one",
        ),
    ],
)  # fmt: skip
def test_what_holds_no_record_and_is_not_known_was_not_read(document: Any, why: str) -> None:
    done = split(encoded(document), "a")
    assert (done.records, done.skipped, done.malformed_count) == ([], "", 0)
    assert done.unread[0] == (0, why)
    assert not done.account().complete


FLOW = b"version account-id interface-id srcaddr dstaddr\n2 111122223333 eni-0a1b 10.0.0.1 10.0.0.2\n"
ACCESS = b'%s bucket [06/Feb/2026:00:00:38 +0000] 192.0.2.3 arn ID REST.GET.OBJECT key "GET /key" 200 -\n' % (
    b"0f" * 32
)
BALANCER = b"https 2026-05-01T12:00:00.186641Z app/a/50dc6c495c0c9188 192.0.2.1:2817 10.0.0.1:80 0.0 0.0\n"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (gzip.compress(b"", mtime=0), "empty"),
        (FLOW, "VPC flow log"),
        (
            b"2 111122223333 eni-0a1b 10.0.0.1 10.0.0.2 443 51000 6 10 840 1620140761 1620140821 ACCEPT OK\n",
            "VPC flow log",
        ),
        (ACCESS * 2, "server access log of Amazon S3"),
        (BALANCER * 2, "access log of a load balancer"),
        (b"Enable AccessLog for ELB: my-lb at 2026-05-01T12:00:00Z", "load balancer's test of a bucket"),
    ],
)
def test_texts_known_to_hold_no_records_are_passed_over_by_name(data: bytes, why: str) -> None:
    for stored in (data, gzip.compress(data)):
        done = split(stored, "a")
        assert (done.records, done.skipped) == ([], why)
        assert done.account().complete


@pytest.mark.parametrize("data", [FLOW, ACCESS, BALANCER])
def test_a_foreign_line_among_known_ones_was_not_read(data: bytes) -> None:
    for line in (b"STOPPED LOGGING", encoded(ONE), packed(ONE).encode()):
        done = split(data + line + b"\n", "a")
        assert not done.account().complete


NEITHER = "it is text, and neither JSON nor a table (CSV) of whole records"


@pytest.mark.parametrize("words", [b"a" * 26, b"abcdefgh", b"1 2 3 4 5 6 7", b"10.0.0.1 10.0.0.2 443 " + b"x" * 30])
def test_a_line_that_begins_like_a_flow_log_is_one_by_its_words(words: bytes) -> None:
    for line in (words, words + b"!"):
        done = split(b"2 111122223333 eni-0a1b " + line + b"\n", "a")
        assert done.unread[0][1].startswith(NEITHER)
        assert not done.account().complete


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"# notes\n[link](x)\n", NEITHER),
        (b"[section]\nkey = 1\n", NEITHER),
        (b"name,size\nx,1\n", NEITHER),
        (b"\x89PNG\r\n\x1a\n\xff\xff", "it is neither text nor any format that is known"),
        (b"\0" * 999, "it holds nothing but zero bytes"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "it is a pointer of Git LFS"),
    ],
)
def test_files_of_unknown_kinds_were_not_read(data: bytes, why: str) -> None:
    done = split(data, "a")
    assert (done.records, done.skipped) == ([], "")
    assert done.unread[0][1].startswith(why)
    assert not done.account().complete


LOG_NAME = "111122223333_CloudTrail_us-east-1_20260501T1200Z_AbCdEfGhIjKlMnOp.json.gz"


@pytest.mark.parametrize(
    "data", [b"", gzip.compress(b"", mtime=0), FLOW, encoded({"digestS3Object": "k", "logFiles": []})]
)
@pytest.mark.parametrize("name", [LOG_NAME, f"AWSLogs/1/{LOG_NAME}", f"a.zip!{LOG_NAME}", LOG_NAME.removesuffix(".gz")])
def test_what_is_named_as_a_log_file_must_hold_records(name: str, data: bytes) -> None:
    done = split(data, name)
    assert "its name is that of a CloudTrail log file" in done.unread[0][1]
    assert not done.account().complete
    assert split(b'{"Records":[]}', name).account().complete
    assert not split(b"[]", name).account().complete
    assert not split(b'{"events":[]}', name).account().complete


def test_a_digest_file_is_none() -> None:
    name = "111122223333_CloudTrail-Digest_us-east-1_trail_us-east-1_20260501T120000Z.json.gz"
    assert split(encoded({"digestS3Object": "k", "logFiles": []}), name).account().complete


def test_packed_data_is_never_empty() -> None:
    assert not split(b"", "events.json.gz").account().complete
    assert split(b"", "folder/ConfigWritabilityCheckFile").skipped == "test of AWS whether it may write to the bucket"


@pytest.mark.parametrize(
    "content", [text(ONE).encode(), b"\x8f\x01\xfe", b"H4sI" + b"a" * 90, b"eventName: StopLogging", b"a" * 1025]
)
def test_the_name_of_a_test_of_aws_does_not_vouch_for_what_it_holds(content: bytes) -> None:
    done = split(content, "CloudTrail-write-test")
    assert done.records or not done.account().complete
    assert split(b"write test, 2026-11-20\n", "a/CloudTrail-write-test").account().complete


def test_what_is_not_read_beside_records_is_accounted_for() -> None:
    done = split(encoded(subscription("START", text(ONE), "END")), "a")
    assert parsed(done) == [ONE]
    assert done.position(0) == 1
    assert done.unread == ((0, "the message is not JSON"), (2, "the message is not JSON"))
    assert not done.account().complete
    assert done.account().losses() == (
        ("invalid", "a holds 2 items in which no record was found; the first, at 0: the message is not JSON"),
    )
    mixed = split(lines({"digestS3Object": "k", "logFiles": []}, ONE), "a")
    assert (parsed(mixed), mixed.notes, mixed.skipped) == ([ONE], ("1 x digest file",), "")
    many = split(encoded(subscription(*["START"] * 9, text(ONE))), "a", Limits(named=2))
    assert (many.unread_count, len(many.unread)) == (9, 2)
    foreign = split(encoded(ONE) + b"\nTraceback: something\n" + encoded(TWO) + b"\n", "a")
    assert (parsed(foreign), foreign.unread) == ([ONE, TWO], ((1, "the line is not JSON"),))


def test_a_log_file_of_no_records_is_one() -> None:
    done = split(b'{"Records":[]}', "a")
    assert (done.envelope, done.records, done.skipped, done.cut) == ("records", [], "", "")


@pytest.mark.parametrize("key", [b'"Records"', b'"\\u0052ecords"'])
def test_no_records_hide_in_a_list_that_is_named_twice(key: bytes) -> None:
    data = b'{"Records":[%s],%s:[%s]}' % (encoded(ONE), key, encoded(TWO))
    assert parsed(split(data, "a")) == [ONE, TWO]
    data = b'{%s:[%s],"Records":[%s]}' % (key, encoded(ONE), encoded(TWO))
    assert parsed(split(data, "a")) == [ONE, TWO]


def test_the_account_of_a_split() -> None:
    done = split(encoded({"Records": [ONE, 1]}), "a/b.json")
    account = done.account(duplicates=3, matched=2)
    assert (account.source, account.envelope, account.records) == ("a/b.json", "records", 1)
    assert (account.duplicates, account.matched, account.malformed_count) == (3, 2, 1)
    assert (account.bytes, account.sha256) == (done.bytes, done.sha256)
    assert not account.complete


def test_envelopes_inside_each_other_are_bounded() -> None:
    value: Any = ONE
    for _ in range(5):
        value = bridge(value)
    assert parsed(split(encoded(value), "a")) == [ONE]
    deep: Any = ONE
    for wrapped in ("[]", "message", "[[]]"):
        for _ in range(20):
            deep = {"[]": [deep], "message": {"message": text(deep)}, "[[]]": {"events": [[deep, deep]]}}[wrapped]
            if len(text(deep)) > 100_000:
                break
        found = split(encoded(deep), "a")
        assert found.records == []
        assert "envelopes lie too deep inside each other" in {why for _, why in found.malformed}
        deep = ONE
    done = split(encoded(value), "a", Limits(nesting=4))
    assert (done.records, done.malformed) == ([], ((0, "envelopes lie too deep inside each other"),))


def test_the_corpus_is_read_whole(corpus: Path) -> None:
    records = 0
    for path in sorted((corpus / "events" / "AWSLogs").rglob("*.json.gz")):
        done = split(path.read_bytes(), path.name)
        assert done.positions is None, path
        assert done.account().complete
        assert done.envelope == "records"
        records += len(done.records)
    assert records == 6344
    labelled = split((corpus / "events" / "labelled.jsonl").read_bytes(), "labelled")
    assert (len(labelled.records), labelled.malformed_count, labelled.notes) == (412, 0, ())


CRUMBS: dict[str, bytes] = {
    "lines": b"{}\n" * 400,
    "on one line": b"{} " * 400,
    "carriage returns": b"{}\r" * 400,
    "a log file": b'{"Records":[' + b",".join([b"{}"] * 400) + b"]}",
    "numbers": b"[" + b",".join([b'""'] * 400) + b"]",
    "lines of text": b"a\n" * 600,
    "CSV": b"eventJson,x\n" + b"1,2\n" * 300,
}


@pytest.mark.parametrize("content", CRUMBS.values(), ids=CRUMBS)
def test_millions_of_values_too_small_for_records_are_not_taken_apart(content: bytes) -> None:
    limits = Limits(large=1000)
    for stored in (content, gzip.compress(content), encoded(ONE) + b"\n" + base64.b64encode(gzip.compress(content))):
        account = split(stored, "a", limits).account()
        assert "which are too small to hold records" in str(account.losses())
        assert not account.complete
    assert "too small" not in str(split(content, "a").account().losses())


@pytest.mark.parametrize("envelope", [lines(*[ONE] * 9), encoded({"Records": [ONE] * 9}), encoded([[ONE] * 9])])
def test_large_content_made_of_records_is_taken_apart(envelope: bytes) -> None:
    pretty = json.dumps(json.loads(envelope), indent=2).encode() if envelope.count(b"\n") < 9 else envelope
    for content in (envelope, pretty):
        done = split(content, "a", Limits(large=100))
        assert (done.account().complete, done.count) == (True, 9)


def test_lines_are_decoded_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.events.reading.salvage._STRETCH", len(encoded(ONE)) + 20)
    several = lines(ONE, TWO, ONE) + encoded(TWO)
    assert [bytes(each) for each in split(several, "a").records] == several.split(b"\n")
    broken = split(several + b"\n{" + encoded(ONE) + b"\n", "a")
    assert (broken.count, broken.account().complete) == (4, False)
    monkeypatch.setattr("scanner.events.reading.salvage._LONGEST_STRETCH", 200)
    assert split(several.replace(b"\n", b" "), "a").count == 4
