"""What records come wrapped in on their way through other systems: read exactly, or not at all."""

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from scanner.events.reading.records import Split, split

ONE: dict[str, Any] = {
    "eventVersion": "1.11",
    "eventTime": "2026-11-20T09:00:00Z",
    "eventSource": "cloudtrail.amazonaws.com",
    "eventName": "StopLogging",
    "awsRegion": "us-east-1",
    "eventID": "11111111-1111-1111-1111-111111111111",
    "userIdentity": {"type": "Root"},
    "readOnly": False,
    "recipientAccountId": "111122223333",
}
TWO = {**ONE, "eventID": "22222222-2222-2222-2222-222222222222"}


def text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def packed(content: str) -> str:
    return base64.b64encode(gzip.compress(content.encode(), mtime=0)).decode()


def plain(content: str) -> str:
    return base64.b64encode(content.encode()).decode()


def lines(*values: Any) -> bytes:
    return b"".join(text(value).encode() + b"\n" for value in values)


def parsed(done: Split) -> list[Any]:
    return [json.loads(bytes(record)) for record in done.records]


def both(make: Callable[[Any], Any]) -> list[Any]:
    """What a wrapper makes of each of the two records."""
    return [make(ONE), make(TWO)]


def notified(record: Any) -> dict[str, Any]:
    event = {"detail-type": "AWS API Call via CloudTrail", "source": "aws.x", "detail": record}
    return {"Type": "Notification", "MessageId": "m", "Message": text(event)}


SUBSCRIPTION = {"messageType": "DATA_MESSAGE", "logEvents": both(lambda r: {"id": "1", "message": text(r)})}
NOTIFIED = both(notified)
WRAPPED: dict[str, tuple[str, bytes]] = {
    "hits of a search": (
        "Elasticsearch hit",
        text({"took": 1, "hits": {"total": {"value": 2}, "hits": both(lambda r: {"_id": "1", "_source": r})}}).encode(),
    ),
    "hits with the original": (
        "Elastic event.original",
        lines(*both(lambda r: {"_source": {"@timestamp": "t", "agent": {"id": "a"}, "event": {"original": text(r)}}})),
    ),
    "original as one name": ("Elastic event.original", lines(*both(lambda r: {"event.original": text(r)}))),
    "Logstash": ("log-events", lines(*both(lambda r: {"message": text(r), "tags": ["a"], "host": {"name": "h"}}))),
    "Fluent Bit": ("Fluent Bit or Docker log", lines(*both(lambda r: {"date": 1.5, "log": text(r)}))),
    "Docker": (
        "Fluent Bit or Docker log",
        lines(*both(lambda r: {"log": text(r) + "\n", "stream": "stdout", "time": "t"})),
    ),
    "Splunk export": ("Splunk raw event", lines(*both(lambda r: {"preview": False, "result": {"_raw": text(r)}}))),
    "Splunk results": (
        "Splunk raw event",
        text({"preview": False, "results": both(lambda r: {"_raw": text(r)})}).encode(),
    ),
    "Splunk collector": ("embedded", lines(*both(lambda r: {"time": 1, "sourcetype": "aws", "event": r}))),
    "Wazuh": (
        "Wazuh log",
        lines(*both(lambda r: {"rule": {"id": "1"}, "full_log": text({"integration": "aws", "aws": r})})),
    ),
    "Wazuh data": ("Wazuh AWS data", lines(*both(lambda r: {"data": {"integration": "aws", "aws": r}}))),
    "Datadog archive": ("Datadog log", lines(*both(lambda r: {"_id": "1", "attributes": r, "tags": ["x"]}))),
    "Datadog answer": (
        "Datadog log",
        text({"data": both(lambda r: {"id": "1", "attributes": {"attributes": r, "status": "info"}})}).encode(),
    ),
    "Kinesis function": (
        "Kinesis record",
        text({"Records": both(lambda r: {"kinesis": {"data": plain(text(r))}, "eventSource": "aws:kinesis"})}).encode(),
    ),
    "GetRecords of a subscription": (
        "Kinesis, Firehose or Wazuh data",
        text(
            {"Records": [{"Data": packed(text(SUBSCRIPTION)), "PartitionKey": "p"}], "NextShardIterator": "A"}
        ).encode(),
    ),
    "Firehose function": (
        "Firehose record",
        text({"records": [{"recordId": "1", "data": plain(text(ONE) + text(TWO))}]}).encode(),
    ),
    "Firehose object": ("subscription", text(SUBSCRIPTION).encode()),
    "SNS": ("log-events", lines(*NOTIFIED)),
    "SNS function": (
        "SNS message",
        text({"Records": both(lambda r: {"EventSource": "aws:sns", "Sns": {"Message": text(r)}})}).encode(),
    ),
    "SNS in SQS": ("SQS message", text({"Messages": [{"MessageId": "1", "Body": text(n)} for n in NOTIFIED]}).encode()),
    "Athena": (
        "Athena result",
        text(
            {
                "ResultSet": {
                    "Rows": [
                        {"Data": [{"VarCharValue": "n"}, {"VarCharValue": "raw"}]},
                        *both(lambda r: {"Data": [{"VarCharValue": "1"}, {"VarCharValue": text(r)}]}),
                    ],
                    "ResultSetMetadata": {"ColumnInfo": []},
                }
            }
        ).encode(),
    ),
    "Google Cloud": ("Google Cloud log entry", lines(*both(lambda r: {"insertId": "1", "jsonPayload": r}))),
    "OpenTelemetry": (
        "OpenTelemetry log",
        text(
            {"resourceLogs": [{"scopeLogs": [{"logRecords": both(lambda r: {"body": {"stringValue": text(r)}})}]}]}
        ).encode(),
    ),
    "Loki": (
        "Loki line",
        text(
            {
                "status": "success",
                "data": {"result": both(lambda r: {"stream": {"a": "b"}, "values": [["1", text(r)]]})},
            }
        ).encode(),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("wrapper", "data"), WRAPPED.values(), ids=list(WRAPPED))
def test_every_wrapper_gives_its_records_and_its_name(wrapper: str, data: bytes) -> None:
    for stored in (data, gzip.compress(data)):
        done = split(stored, "a")
        assert parsed(done) == [ONE, TWO]
        assert wrapper in done.envelope.split("/")
        assert done.account().complete


@pytest.mark.parametrize("wrapper", [name for name, (_, data) in WRAPPED.items() if b"eventVersion" in data])
def test_what_is_no_record_in_a_wrapper_was_not_read(wrapper: str) -> None:
    data = WRAPPED[wrapper][1]
    for member in ONE:
        data = data.replace(member.encode(), f"x{member}".encode())
    done = split(data, "a")
    assert (done.records, done.account().complete) == ([], False)


def test_a_wrapper_and_its_original_are_one_event() -> None:
    both = {"message": text(ONE), "event": {"original": text(ONE)}, "aws": ONE}
    assert parsed(split(text(both).encode(), "a")) == [ONE, ONE, ONE]  # told apart by their ids, which are equal


def test_all_carriers_are_opened() -> None:
    done = split(lines({"message": "a sentence", "log": text(ONE), "_raw": text(TWO)}), "a")
    assert parsed(done) == [ONE, TWO]
    assert done.account().complete


@pytest.mark.parametrize("member", ["payload", "fields", "highlight", "x"])
@pytest.mark.parametrize("hidden", [TWO, text(TWO), [text(TWO)], {"deep": {"er": text(TWO)}}, packed(text(TWO))])
def test_what_looks_like_a_record_in_another_member_was_not_read(member: str, hidden: Any) -> None:
    for wrapper in ({"log": text(ONE)}, {"hits": {"hits": [{"_source": ONE}]}}, {"Records": [ONE]}):
        done = split(lines({**wrapper, member: hidden}, {"log": text(ONE)}), "a")
        assert parsed(done) == [ONE, ONE]
        assert not done.account().complete, wrapper
        assert member in [*done.unread, *done.malformed][0][1]


@pytest.mark.parametrize("hidden", [TWO, text(TWO), [TWO], {"deep": {"er": text(TWO)}}])
def test_nothing_hides_beside_the_records_of_a_log_file(hidden: Any) -> None:
    for data in ({"Records": [ONE], "x": hidden}, {"x": hidden, "Records": [ONE]}):
        for indent in (None, 2):
            done = split(json.dumps(data, indent=indent).encode(), "a")
            assert (parsed(done), done.account().complete) == ([ONE], False)


def test_a_member_that_is_named_twice_hides_nothing() -> None:
    data = f'{{"log":{text(text(ONE))},"log":{text(text(TWO))}}}'
    assert parsed(split(data.encode(), "a")) == [ONE, TWO]


@pytest.mark.parametrize(
    "changed",
    [
        {key: value for key, value in ONE.items() if key != "userIdentity"} | {"userIdentity.type": "Root"},
        {**ONE, "userIdentity": text(ONE["userIdentity"])},
        {**ONE, "readOnly": "false"},
        {**ONE, "requestParameters": text({"name": "t"})},
    ],
    ids=["flattened", "identity as text", "truth as text", "parameters as text"],
)
def test_a_record_that_was_changed_on_its_way_is_none(changed: Any) -> None:
    for data in (lines(changed), lines({"log": text(changed)}), lines({"hits": {"hits": [{"_source": changed}]}})):
        done = split(data, "a")
        assert (done.records, done.malformed_count) == ([], 1)
        assert done.malformed[0][1].startswith("the record was changed on its way")
    # The original beside it is what counts.
    assert parsed(split(lines({**changed, "message": text(ONE)}), "a")) == [ONE]


def test_wrappers_among_the_records_of_a_log_file_are_opened() -> None:
    for wrapped in ({"message": text(TWO)}, {"detail-type": "x via CloudTrail", "detail": TWO}, {"_source": TWO}):
        done = split(text({"Records": [ONE, wrapped, ONE]}).encode(), "a")
        assert parsed(done) == [ONE, TWO, ONE]
    done = split(text({"Records": [ONE, {"payload": text(TWO)}]}).encode(), "a")
    assert (parsed(done), done.malformed_count) == ([ONE], 1)


def test_values_joined_without_anything_between() -> None:
    assert parsed(split(text({"records": [{"data": plain(text(ONE) + "\n" + text(TWO))}]}).encode(), "a")) == [ONE, TWO]
    broken = split(text({"records": [{"data": plain(text(ONE) + text(TWO)[:-1])}]}).encode(), "a")
    assert (parsed(broken), broken.malformed_count) == ([ONE], 1)


@pytest.mark.parametrize(
    "row",
    [ONE, {"Data": ONE}, {"Data": [ONE]}, {"Data": [{"VarCharValue": "a", "x": ONE}]}, {"message": text(ONE)}, {}],
)
def test_the_first_row_of_a_table_is_only_passed_over_when_it_names_columns(row: Any) -> None:
    done = split(text({"Rows": [row]}).encode(), "a")
    assert done.records or not done.account().complete


def test_the_beginning_of_what_was_read_hides_nothing() -> None:
    whole = text(ONE)
    for short in (whole[:60], whole[:60] + "...", whole[:60] + "…", whole):
        done = split(lines({"short_message": short, "full_message": whole}), "a")
        assert parsed(done) == [ONE]
        assert done.account().complete
    other = split(lines({"short_message": text(TWO)[:-1] + " ", "full_message": whole}), "a")
    assert not other.account().complete


def test_a_line_about_a_record_is_not_the_record() -> None:
    named = {name: TWO[name] for name in ("eventName", "eventSource", "awsRegion")}
    done = split(lines({**named, "raw": text(TWO)}), "a")
    assert (done.records, done.unread_count) == ([], 1)
    assert parsed(split(lines({**named, "message": text(TWO)}), "a")) == [TWO]


UNVERSIONED = {name: value for name, value in TWO.items() if name != "eventVersion"}


@pytest.mark.parametrize(
    "data",
    [
        {"Records": [ONE], "more": [UNVERSIONED]},
        {"_source": ONE, "previous": UNVERSIONED},
        {"detail-type": "x", "source": "aws.ec2", "detail": ONE, "more": text(UNVERSIONED)},
        {"_source": ONE, "payload": {"deep": [plain(text(UNVERSIONED))]}},
        {"_source": ONE, "payload": text({"deep": packed(text(UNVERSIONED))})},
        {"log": text(ONE), "payload": plain(text({"x": plain(text([UNVERSIONED]))}))},
    ],
)
def test_a_record_without_a_version_hides_nowhere_either(data: Any) -> None:
    done = split(text(data).encode(), "a")
    assert parsed(done) == [ONE]
    assert not done.account().complete


@pytest.mark.parametrize(
    "data",
    [
        {"digestS3Object": "x", "logFiles": [], "x": UNVERSIONED},
        {"messageType": "CONTROL_MESSAGE", "logEvents": [{"message": text(UNVERSIONED)}]},
        {"detail-type": "x", "source": "aws.ec2", "detail": UNVERSIONED},
    ],
)
def test_what_holds_a_record_is_not_known_to_hold_none(data: Any) -> None:
    done = split(text(data).encode(), "a")
    assert not done.skipped
    assert done.records or not done.account().complete


@pytest.mark.parametrize(
    "name",
    [
        "111122223333_CloudTrail_us-east-1_20260501T1205Z_AbCdEfGhIjKlMnOp.json (1)",
        "a/copy of 111122223333_CloudTrail_us-east-1_20260501T1205Z_AbCdEfGhIjKlMnOp.json.part",
        "z.zip!111122223333_CloudTrail-Insight_us-east-1_20260501T1205Z_AbCdEfGhIjKlMnOp.json.encrypted",
    ],
)
def test_an_empty_file_named_after_a_log_file_is_a_loss(name: str) -> None:
    assert "its name is made from that of a CloudTrail log file" in split(b"", name).account().why
    assert split(b"", "111122223333_CloudTrail-Digest_us-east-1_x_us-east-1_20260501T120000Z.json").skipped


@pytest.mark.parametrize("other", [text([TWO]), text(TWO)[:-9], text({"x": TWO})])
def test_the_other_cells_of_a_row_are_looked_at(other: str) -> None:
    cells = ('"' + cell.replace('"', '""') + '"' for cell in (text(ONE), other))
    done = split(("first,second\n" + ",".join(cells) + "\n").encode(), "a")
    assert (parsed(done), done.unread_count) == ([ONE], 1)


def sheet(separator: str, *records: Any, said: bool = False) -> str:
    rows = [separator.join(("Event time", "eventJson"))]
    rows += [separator.join(("1", '"' + text(record).replace('"', '""') + '"')) for record in records]
    return (f"sep={separator}\r\n" if said else "") + "\r\n".join(rows) + "\r\n"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("said", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_are_read_in_every_dialect(separator: str, said: bool, encoding: str) -> None:
    done = split(sheet(separator, ONE, TWO, said=said).encode(encoding), "a")
    assert parsed(done) == [ONE, TWO]
    assert done.account().complete


def test_a_table_of_parts_of_records_was_not_read() -> None:
    """As the console's event history is downloaded: who did what is not in it as CloudTrail wrote it."""
    for separator in ",;\t":
        header = separator.join(("Event name", "Event time", "User name", "Event source", "Resource type", "Event ID"))
        row = separator.join(("StopLogging", "2026-05-01T12:00:00Z", "root", "cloudtrail.amazonaws.com", "", "x"))
        done = split(f"{header}\n{row}\n{row}\n".encode(), "event_history.csv")
        assert (done.records, done.malformed_count) == ([], 2)
    assert not split(b"a;b\n1;2\n", "a").account().complete


def answer(*records: dict[str, Any], **members: Any) -> dict[str, Any]:
    """What LookupEvents answers."""
    return {"Events": [{"EventId": "1", "CloudTrailEvent": text(record)} for record in records], **members}


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        (lines(answer(ONE)), ""),
        (lines(answer(ONE, NextToken=None)), ""),
        (lines(answer(ONE, NextToken="x")), "NextToken"),
        (lines(answer(NextToken="x")), "NextToken"),
        (lines(answer(ONE, NextToken="x"), answer(TWO)), ""),
        (lines(answer(ONE), answer(TWO, NextToken="x")), "NextToken"),
        (lines({"events": [{"message": text(ONE)}], "nextToken": "x"}), "nextToken"),
        (lines({"events": [{"message": text(ONE)}], "nextForwardToken": "x", "nextBackwardToken": "y"}), ""),
        (lines({"hits": {"total": {"value": 10_000, "relation": "gte"}, "hits": [{"_source": ONE}]}}), "of 10000"),
        (lines({"hits": {"total": 3, "hits": [{"_source": ONE}]}}), "of 3 documents"),
        (lines({"hits": {"total": 1, "hits": [{"_source": ONE}]}}), ""),
        (lines({"hits": {"total": {"value": "many"}, "hits": [{"_source": ONE}]}}), ""),
    ],
)
def test_an_answer_that_goes_on_is_not_all_there_is(content: bytes, missing: str) -> None:
    found = split(content, "a").account()
    assert found.complete is not bool(missing)
    assert [missing in why for _, why in found.unread] == ([True] if missing else [])
