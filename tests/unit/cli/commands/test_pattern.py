"""`trailwitness pattern`: an offline TestMetricFilter, coverage and explanation."""

import base64
import gzip
import io
import json
import os
import threading
import zipfile
from pathlib import Path

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit

REQUIRED = "{ ($.eventName = DeleteTrail) || ($.eventName = StopLogging) }"


def test_messages(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["pattern", "test", "ERROR -timeout", "--message", "ERROR one", "--message", "ERROR timeout"]
    assert run(arguments) == Exit.CLEAN
    shown = capsys.readouterr()
    assert shown.out == "1: ERROR one\n"
    assert "1 of 2 messages match" in shown.err


def test_no_match_exits_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pattern", "test", "{ $.a = 1 }", "--message", '{"a": 2}']) == Exit.FINDINGS
    assert capsys.readouterr().out == ""


def test_records_keep_their_spelling(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """1.0 and 1 are different texts: a record must reach the matcher as it is written."""
    path = tmp_path / "records.json"
    path.write_text('{"Records": [{"a": 1.0}, {"a":1} , {"a": 1e0}]}', encoding="utf-8")
    assert run(["pattern", "test", '{ $.a = "1.0" }', str(path)]) == Exit.CLEAN
    assert capsys.readouterr().out == '1: {"a": 1.0}\n3: {"a": 1e0}\n'


def test_array_and_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    array = tmp_path / "array.json"
    array.write_text('[{"a": "x"}, "a text"]', encoding="utf-8")
    assert run(["pattern", "test", "text", str(array)]) == Exit.CLEAN
    assert capsys.readouterr().out == "2: a text\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"one\ntwo words\n")))
    assert run(["pattern", "test", '" "']) == Exit.CLEAN
    assert capsys.readouterr().out == "2: two words\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"note": {"Records": [{"a": 2}]}, "Records": [{"a": 1}]}', '1: {"a": 1}\n'),
        ('{"note": "\\"Records\\": [", "Records": [{"a": 1}]}', '1: {"a": 1}\n'),
        ('{"Records": [{"a": 2}, {"a": 2}], "Records": [{"a": 1}]}', '1: {"a": 1}\n'),
        ('{"\\u0052ecords": [{"a": 2}, {"a": 1}]}', '2: {"a": 1}\n'),
        ('{\n  "a": 1\n}\n', '1: {\n  "a": 1\n}\n'),
        ('\ufeff[{"a": 1}]', '1: {"a": 1}\n'),
        ('{"a": 1, "b": "\u2028\x0b"}\r\n{"a": 2}\r\n', ""),
        ('{"b": 1}\r\n{"a": 1}\r\n', '2: {"a": 1}\n'),
    ],
)
def test_files_of_every_kind(
    content: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "records"
    path.write_bytes(content.encode())
    run(["pattern", "test", "{ $.a = 1 }", str(path)])
    from_file = capsys.readouterr().out
    # A log message is UTF-8, whatever the terminal is.
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content.encode()), encoding="ascii"))
    run(["pattern", "test", "{ $.a = 1 }"])
    assert from_file == capsys.readouterr().out == expected


STOPPED = {"eventName": "StopLogging", "eventSource": "cloudtrail.amazonaws.com", "eventVersion": "1.11"}
OTHER = {**STOPPED, "eventName": "DescribeTrails"}
RECORDS = json.dumps({"Records": [STOPPED, OTHER]}, indent=1).encode()
LOOKUP = {"Events": [{"EventId": "1", "CloudTrailEvent": json.dumps(each)} for each in (OTHER, STOPPED)]}
FILTERED = {"events": [{"message": json.dumps(STOPPED)}, {"message": "START of it"}], "searchedLogStreams": []}
SUBSCRIBED = {"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "message": json.dumps(STOPPED)}]}
PAYLOAD = base64.b64encode(gzip.compress(json.dumps(SUBSCRIBED).encode())).decode()
DEEP = '{"Records": [' + json.dumps(STOPPED)[:-1] + ', "x": ' + "[" * 5000 + "]" * 5000 + "}]}"


@pytest.mark.parametrize(
    ("content", "counted"),
    [
        (gzip.compress(RECORDS), "1 of 2"),
        (gzip.compress(gzip.compress(RECORDS)), "1 of 2"),
        (RECORDS.decode().encode("utf-16"), "1 of 2"),
        (RECORDS.decode().encode("utf-16-le"), "1 of 2"),
        (json.dumps(LOOKUP).encode(), "1 of 2"),
        (json.dumps(LOOKUP["Events"], indent=2).encode(), "1 of 2"),
        (json.dumps(FILTERED, indent=2).encode(), "1 of 2"),
        (json.dumps(SUBSCRIBED).encode(), "1 of 1"),
        (json.dumps({"awslogs": {"data": PAYLOAD}}).encode(), "1 of 1"),
        (DEEP.encode(), "1 of 1"),
        (json.dumps(STOPPED, indent=2).encode(), "1 of 1"),
        (json.dumps({"events": []}).encode(), "0 of 0"),
        # What a log group holds is one message, whatever lies inside.
        (json.dumps({"detail-type": "x", "detail": STOPPED}).encode(), "0 of 1"),
        (json.dumps({"events": [{"a": 1}]}).encode(), "0 of 1"),
        (json.dumps(LOOKUP).encode() + b"\n" + json.dumps(STOPPED).encode() + b"\n", "1 of 2"),
    ],
)
def test_files_are_read_as_logs_are(
    content: bytes, counted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "events"
    path.write_bytes(content)
    code = run(["pattern", "test", '{ $.eventName = "StopLogging" }', str(path)])
    assert f"{counted} messages match" in capsys.readouterr().err
    assert code == (Exit.FINDINGS if counted.startswith("0") else Exit.CLEAN)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (gzip.compress(RECORDS)[:-20], "the gzip data"),
        (b"PK\x03\x04\x00", "a zip file"),
        (b"PAR1\x00", "Parquet"),
        (bytes(range(1, 256)), "it is not text in UTF-8 from byte 127 on"),
        (b"text\0text", "it holds zero bytes"),
        (b"caf\xe9\n", "it is not text in UTF-8"),
        (RECORDS[:-4], "it begins as JSON and is broken"),
        (b'{"awslogs": {"data": "H4sI#"}}', "the base64 text"),
    ],
)
def test_what_is_no_text_is_refused(
    content: bytes, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "events"
    path.write_bytes(content)
    assert run(["pattern", "test", '{ $.eventName = "StopLogging" }', str(path)]) == Exit.ERROR
    told = capsys.readouterr()
    assert f"{path} cannot be tested: {why}" in told.err
    assert "messages match" not in told.err


WRAPPED = {"_source": STOPPED}
IN_LOG = {"log": json.dumps(STOPPED) + "\n", "stream": "stdout"}


@pytest.mark.parametrize(
    ("content", "counted", "said"),
    [
        (json.dumps({"hits": {"hits": [WRAPPED, {"_source": OTHER}]}}), "1 of 2", "found as: Elasticsearch hit"),
        (json.dumps(WRAPPED) + "\n" + json.dumps(WRAPPED), "2 of 2", "found as: lines/Elasticsearch hit"),
        (json.dumps(STOPPED) + json.dumps(OTHER), "1 of 2", "found as: lines"),
        (json.dumps(STOPPED) + json.dumps(OTHER) + "\n" + json.dumps(STOPPED), "2 of 3", "found as: lines"),
        (json.dumps(STOPPED, indent=1) + "\n" + json.dumps(OTHER, indent=1), "1 of 2", "found as: lines"),
        (json.dumps(IN_LOG), "1 of 1", "found as: Fluent Bit"),
        ("2026-11-20T07:00:00Z " + json.dumps(STOPPED), "1 of 1", "found as: log-events"),
        ('id,eventJson\n1,"' + json.dumps(STOPPED).replace('"', '""') + '"\n', "1 of 1", "found as: lake-csv"),
        (PAYLOAD, "1 of 1", "found as: subscription"),
        (
            json.dumps(STOPPED) + "\nhello\n" + json.dumps(WRAPPED),
            "1 of 3",
            "1 CloudTrail record inside other messages",
        ),
        (json.dumps({"detail-type": "x", "detail": STOPPED}), "0 of 1", "1 CloudTrail record in EventBridge events"),
        (json.dumps({"level": "INFO"}) + "\nhello\n", "0 of 2", "no CloudTrail record is found in it"),
        (
            f'{{"Records": [{json.dumps(STOPPED)}], "Records": [{json.dumps(OTHER)}]}}',
            "1 of 2",
            "found as: records",
        ),
        (json.dumps(OTHER) + "\n" + json.dumps(STOPPED, indent=1), "1 of 2", "found as: lines"),
        (json.dumps(STOPPED) + "\nhello\n", "1 of 2", "not all of it is records (the line is not JSON)"),
        (json.dumps(STOPPED) + "\n", "1 of 1", ""),
    ],
)
def test_records_are_taken_out_of_wrappers(
    content: str, counted: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wrapped"
    path.write_text(content, encoding="utf-8")
    run(["pattern", "test", '{ $.eventName = "StopLogging" }', str(path)])
    told = capsys.readouterr().err
    assert f"{counted} messages match" in told
    assert (said in told) if said else ("note" not in told)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("unknown", json.dumps({"odd": STOPPED}), "it is neither a CloudTrail record nor a known wrapper of one"),
        ("text", json.dumps(IN_LOG) + "\n" + json.dumps({"log": "hello"}), "the message is not JSON"),
        (
            "beside",
            json.dumps({"Records": [OTHER], "more": [STOPPED]}),
            "its member 'more' holds what looks like records",
        ),
        ("prefixed", "INFO " + json.dumps(STOPPED), "it does not begin as any known log does"),
        ("repr", repr(STOPPED), "it is text, and neither JSON nor a table"),
        ("rows", json.dumps({"results": [[{"field": "eventName", "value": "x"}]]}), "the row holds no whole record"),
        ("flat.csv", "eventVersion,eventName\n1.11,StopLogging\n", "the row holds no whole record"),
        ("111122223333_CloudTrail_us-east-1_20260501T1205Z_AbCdEfGhIjKlMnOp.json", "pay us", "its name is that of"),
    ],
)
def test_records_that_cannot_be_read_are_said(
    name: str, content: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert run(["pattern", "test", '{ $.eventName = "StopLogging" }', str(path)]) == Exit.ERROR
    told = capsys.readouterr().err
    assert f"{path} cannot be tested: {why}" in told
    assert "messages match" not in told


def test_words_are_looked_for_in_any_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log"
    path.write_text("INFO " + json.dumps(STOPPED) + "\nINFO nothing\n", encoding="utf-8")
    assert run(["pattern", "test", "StopLogging", str(path)]) == Exit.CLEAN
    assert "1 of 2 messages match" in capsys.readouterr().err


def test_quiet_prints_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wrapped"
    path.write_text(json.dumps(WRAPPED), encoding="utf-8")
    assert run(["pattern", "test", "-q", '{ $.eventName = "StopLogging" }', str(path)]) == Exit.CLEAN
    assert capsys.readouterr() == ("", "")


def test_members_of_a_zip_file_are_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "logs.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", RECORDS)
        archive.writestr("b/c.json", json.dumps(WRAPPED))
    assert run(["pattern", "test", '{ $.eventName = "StopLogging" }', str(path)]) == Exit.CLEAN
    assert "2 of 3 messages match" in capsys.readouterr().err


def test_a_pipe_is_read_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(RECORDS), daemon=True)
    writer.start()
    assert run(["pattern", "test", '{ $.eventName = "StopLogging" }', str(pipe)]) == Exit.CLEAN
    writer.join(timeout=30)
    assert "1 of 2 messages match" in capsys.readouterr().err


def test_only_line_feeds_end_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log"
    path.write_bytes("a\u2028b\x0bc\nb\n".encode())
    run(["pattern", "test", "b", str(path)])
    assert "of 2 messages match" in capsys.readouterr().err


def test_hostile_message_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    run(["pattern", "test", "", "--message", "a\x1b]0;pwn\x07\u202eb"])
    assert capsys.readouterr().out == "1: a\\u001b]0;pwn\\u0007\\u202eb\n"


def test_covers(capsys: pytest.CaptureFixture[str]) -> None:
    halves = ["--deployed", "{ $.eventName = Delete* }", "--deployed", '{ $.eventName = "StopLogging" }']
    assert run(["pattern", "covers", "--required", REQUIRED, *halves]) == Exit.CLEAN
    assert run(["pattern", "covers", "--required", REQUIRED, *halves[:2]]) == Exit.FINDINGS
    shown = capsys.readouterr().out
    assert "misses: StopLogging" in shown
    assert '"eventName": "StopLogging"' in shown


def test_covers_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    run(["pattern", "covers", "--required", REQUIRED, "--deployed", "{ $.eventName = Delete* }", "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert answer["verdict"] == "not_covered"
    assert answer["missed"] == ["StopLogging"]
    assert answer["witness"]["eventName"] == "StopLogging"
    assert answer["synthetic"] is True
    assert answer["assumptions"] == []


def test_covers_marks_the_example_and_names_what_it_assumes(capsys: pytest.CaptureFixture[str]) -> None:
    required = '{ $.eventName = ConsoleLogin && $.errorMessage = "Failed authentication" }'
    guards = ["--deployed", "{ $.responseElements.ConsoleLogin = Failure }"]
    assert run(["pattern", "covers", "--required", required, *guards]) == Exit.FINDINGS
    assert "a made-up example of a missed event: {" in capsys.readouterr().out
    assert run(["pattern", "covers", "--required", required, *guards, "--realistic"]) == Exit.CLEAN
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "covered"
    assert len(shown) == 3
    assert all(line.startswith("assuming: ") for line in shown[1:])
    assert all("aws-console-sign-in-events.html)" in line for line in shown[1:])


def test_undetermined_exits_3() -> None:
    assert run(["pattern", "covers", "--required", REQUIRED, "--deployed", "[record=*eventName*]"]) == Exit.INCOMPLETE


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pattern", "explain", REQUIRED]) == Exit.CLEAN
    assert "StopLogging" in capsys.readouterr().out


RULE = '{"source": ["aws.cloudtrail"], "detail": {"eventName": ["StopLogging", "DeleteTrail"]}}'
RECORD = {"eventSource": "cloudtrail.amazonaws.com", "eventName": "StopLogging", "eventType": "AwsApiCall"}


def test_an_event_pattern_matches_events_and_records(capsys: pytest.CaptureFixture[str]) -> None:
    event = {"source": "aws.cloudtrail", "detail-type": "AWS API Call via CloudTrail", "detail": RECORD}
    messages = [event, RECORD, {**event, "source": "aws.iam"}, {**RECORD, "eventName": "StartLogging"}]
    given = [argument for each in messages for argument in ("--message", json.dumps(each))]
    assert run(["pattern", "test", RULE, *given, "--message", "StopLogging"]) == Exit.CLEAN
    shown = capsys.readouterr()
    assert [line.split(":")[0] for line in shown.out.splitlines()] == ["1", "2"]
    assert "2 of 5 messages match" in shown.err


def test_patterns_of_both_kinds_cover_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = tmp_path / "rule.json"
    rule.write_text("\ufeff" + RULE.replace(', "DeleteTrail"', ""), encoding="utf-8")
    both = ["--deployed", f"file://{rule}", "--deployed", "{ $.eventName = Delete* }"]
    assert run(["pattern", "covers", "--required", REQUIRED, *both]) == Exit.CLEAN
    assert capsys.readouterr().out.startswith("covered\n")
    assert run(["pattern", "covers", "--required", REQUIRED, *both[:2]]) == Exit.FINDINGS
    assert "misses: DeleteTrail" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"source": "aws.iam"}', '"source" must be an object or an array'),
        (b'{"source"', '":" is expected here'),
        (b"{$.a = }", "rule.json: "),
        (b"StopLogging", "It is not JSON"),
        (b"{ $.eventName = StopLogging }", "It is not JSON"),
        (b"", "It is not JSON"),
        (b'{"a": ["\xff"]}', "it is not UTF-8 text"),
        (None, "cannot be read as a pattern: no such file or directory"),
    ],
)
def test_a_pattern_file_that_is_wrong_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, says: str
) -> None:
    path = tmp_path / "rule.json"
    if content is not None:
        path.write_bytes(content)
    assert run(["pattern", "covers", "--required", REQUIRED, "--deployed", f"file://{path}"]) == Exit.ERROR
    shown = capsys.readouterr()
    assert says in shown.err
    assert "rule.json" in shown.err
    assert not shown.out


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (RULE, "- detail.eventName is one of StopLogging, DeleteTrail."),
        (
            '{"a": [{"anything-but": {"prefix": ["x", "y"]}}, {"exists": false}]}',
            "- a either is there, and not one that",
        ),
        ('{"detail": {"n": [{"numeric": [">", 0, "<=", 5]}]}}', "- detail.n is a number greater than 0 and at most 5."),
        ('{"source": ["iam.amazonaws.com"]}', "CloudTrail's events of that service come from aws.iam."),
        ('{"detail-type": ["AWS API call via CloudTrail"]}', 'It is spelled "AWS API Call via CloudTrail".'),
        ('{"eventName": ["StopLogging"]}', "Below detail there is such a field"),
        ('{"resources": ["x"]}', "events that CloudTrail sends have no resources"),
        ('{"detail": {"eventName": ["StopLoging"]}}', "no AWS service is known to have an API call named StopLoging."),
        ('{"detail": {"eventSource": ["stop"]}}', "no AWS service is known with the event source stop."),
        ('{"source": [null]}', "Warning: no event that CloudTrail sends can match it."),
        ('{"$or": [{"a": [1]}, {"b": [{"cidr": "10.0.0.0/8"}]}]}', "Alternative 2: it matches an event"),
        (
            '{"a": ["10.0.0.1", true, 5, {"wildcard": "a*b"}]}',
            "is the address 10.0.0.1; or is true; or is the number 5",
        ),
        (RULE, "read-only calls reach a rule only in the state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"),
    ],
)
def test_explains_event_patterns(capsys: pytest.CaptureFixture[str], pattern: str, line: str) -> None:
    assert run(["pattern", "explain", pattern]) == Exit.CLEAN
    assert line in capsys.readouterr().out


def test_converts_and_says_what_is_taken_for_granted(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pattern", "convert", RULE.replace("cloudtrail", "iam"), "--to", "athena"]) == Exit.ERROR
    assert "no filter pattern says exactly the same" in capsys.readouterr().err
    assert run(["pattern", "convert", REQUIRED, "--to", "athena"]) == Exit.CLEAN
    shown = capsys.readouterr()
    assert shown.out.endswith("WHERE eventname = 'DeleteTrail'\n   OR eventname = 'StopLogging'\n")
    assert shown.err == "note: cloudtrail_logs stands for your table.\n"
    assert run(["pattern", "convert", "{ $.a = %x% }", "--to", "lake"]) == Exit.ERROR
    assert "^^^" in capsys.readouterr().err
