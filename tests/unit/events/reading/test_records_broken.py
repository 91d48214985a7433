"""Broken and hostile content: one clear line for each loss, everything else is still read, and nothing raises."""

import base64
import gzip
import json
import random
from typing import Any

import msgspec
import pytest

from scanner.content.rules import load_rules
from scanner.events.evaluation import Evaluator
from scanner.events.matching.conditions.compiled_rules import judged_rules
from scanner.events.reading.records import Split, split
from scanner.events.reading.sources.limits import Limits
from scanner.events.reading.text.broken_json import (
    BROKEN,
    MAX_DEPTH,
    TOO_DEEP,
    elements,
    members,
    next_record,
    value_end,
)

A = b'{"eventVersion":"1.11","eventName":"A","eventSource":"s","eventID":"a"}'
B = b'{"eventVersion":"1.11","eventName":"B","eventSource":"s","eventID":"b"}'
C = b'{"eventVersion":"1.11","eventName":"C","eventSource":"s","eventID":"c"}'


def names(done: Split) -> str:
    return "".join(json.loads(bytes(record))["eventName"] for record in done.records)


def log_file(*records: bytes) -> bytes:
    return b'{"Records":[' + b",".join(records) + b"]}"


BROKEN_RECORDS = {
    "NaN": (b'{"eventVersion":"1","x":NaN}', "it is not JSON: invalid character, at its byte 24"),
    "Infinity": (b'{"eventVersion":"1","x":-Infinity}', "it is not JSON: invalid character, at its byte 25"),
    "no UTF-8": (b'{"eventVersion":"1","x":"\xff"}', "it is not UTF-8, from its byte 25 on"),
    "overlong UTF-8": (b'{"eventVersion":"1","x":"\xc0\xaf"}', "it is not UTF-8"),
    "UTF-8 of half a pair": (b'{"eventVersion":"1","x":"\xed\xa0\x80"}', "it is not UTF-8"),
    "control character": (b'{"eventVersion":"1","x":"a\x00b"}', "it never ends"),
    "trailing comma": (b'{"eventVersion":"1",}', "it is not JSON: trailing comma"),
    "single quotes": (b"{'eventVersion':'1'}", "it is not JSON"),
    "leading zero": (b'{"eventVersion":01}', "it is not JSON: invalid number"),
    "bad escape": (b'{"eventVersion":"\\q"}', "it is not JSON: invalid escaped character"),
    "unclosed string": (b'{"eventVersion":"1","x":"abc}', "it never ends"),
    "unclosed array": (b'{"eventVersion":"1","x":[}', "it is not JSON"),
    "too deep": (b'{"eventVersion":"1","x":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", TOO_DEEP),
    "number": (b"17", "a record is an object, and this is a number"),
    "null": (b"null", "a record is an object, and this is a number, a truth value or null"),
    "text": (b'"StopLogging"', "the message is not JSON"),
    "half a word": (b"tru", "it is not JSON"),
}  # fmt: skip


@pytest.mark.parametrize(("broken", "why"), BROKEN_RECORDS.values(), ids=list(BROKEN_RECORDS))
@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_broken_record_costs_nothing_but_itself(broken: bytes, why: str, place: int) -> None:
    records = [A, B, C]
    records.insert(place, broken)
    done = split(log_file(*records), "a")
    assert names(done) == "ABC"
    assert not done.account().complete
    if place == 3 and (why in {"it never ends", TOO_DEEP} or broken.endswith(b"[}")):
        # Nothing opens like a record after it: the end of the file is gone.
        assert done.cut == "the list of records ends early; the whole records before that were read"
        return
    ((position, said),) = done.malformed
    assert (position, done.malformed_count, done.cut) == (place, 1, "")
    assert said.startswith(why)
    assert [done.position(n) for n in range(3)] == sorted({0, 1, 2, 3} - {place})


def test_the_place_in_the_content_is_said() -> None:
    done = split(log_file(A, b"NaN"), "a")
    assert done.malformed == (
        (1, f"it is not JSON: invalid character, at its byte 0 (byte {len(A) + 13} of the content)"),
    )


def test_a_stray_bracket_does_not_end_the_list() -> None:
    done = split(log_file(A, B + b"}", C), "a")
    assert (names(done), done.malformed_count) == ("ABC", 1)
    done = split(b'{"Records":[' + A + b"]," + B + b"," + C + b"]}", "a")
    assert names(done) == "ABC"
    assert done.malformed == ((1, "after the list there is more that looks like records"),)
    done = split(b'{"Records":[' + A + b"],x]}", "a")
    assert (names(done), done.malformed) == (
        "A",
        ((1, f"what follows the list is not JSON (byte {len(A) + 13} of the content)"),),
    )


def test_an_object_that_is_no_record_among_records_is_malformed() -> None:
    done = split(log_file(b"{}", A), "a")
    assert (names(done), done.malformed) == (
        "A",
        ((0, "it is neither a CloudTrail record nor a known wrapper of one"),),
    )
    done = split(b"[" + A + b',{"x":1}]', "a")
    assert (names(done), done.malformed) == (
        "A",
        ((1, "it is neither a CloudTrail record nor a known wrapper of one"),),
    )


@pytest.mark.parametrize("value", [b"null", b'"x"', b"{}", b"1"])
def test_records_that_are_no_list(value: bytes) -> None:
    done = split(b'{"Records":' + value + b"}", "a")
    assert (done.records, done.malformed) == ([], ((0, "Records is not a list"),))


def test_half_a_surrogate_pair_is_read_and_said() -> None:
    half = rb'{"eventVersion":"1","eventName":"\ud83d","eventSource":"\uD83D\uDE00 \\ud83d"}'
    for data in (log_file(A, half), b"[" + A + b"," + half + b"]", A + b"\n" + half + b"\n"):
        done = split(data, "a")
        assert done.malformed_count == 0
        record = json.loads(bytes(done.records[1]))
        assert record["eventName"] == "\ufffd"
        assert record["eventSource"] == "\U0001f600 \\ud83d"
        assert done.notes == ("halves of surrogate pairs, which no text can hold, are read as U+FFFD",)
    packed = base64.b64encode(
        gzip.compress(b'{"logEvents":[{"id":"\\ud83d","message":"%s"}]}' % A.replace(b'"', b'\\"'))
    )
    for inside in ({"CloudTrailEvent": half.decode()}, {"awslogs": {"data": packed.decode()}}):
        done = split(json.dumps(inside).encode(), "a")
        assert (len(done.records), len(done.notes), done.malformed_count) == (1, 1, 0)


@pytest.mark.parametrize(
    ("encoding", "mark", "note"),
    [
        ("utf-8-sig", b"", "the text begins with a byte order mark"),
        ("utf-16", b"", "the text is UTF-16, which CloudTrail does not write"),
        ("utf-16-le", b"", "the text is UTF-16, which CloudTrail does not write"),
        ("utf-16-be", b"", "the text is UTF-16, which CloudTrail does not write"),
        ("utf-16-be", b"\xfe\xff", "the text is UTF-16, which CloudTrail does not write"),
        ("utf-32", b"", "the text is UTF-32, which CloudTrail does not write"),
    ],
)
def test_other_encodings_are_read_and_said(encoding: str, mark: bytes, note: str) -> None:
    for data in (log_file(A, B), A + b"\n" + B, b"[" + A + b"," + B + b"]"):
        done = split(mark + data.decode().encode(encoding), "a")
        assert (names(done), done.notes, done.malformed_count, done.cut) == ("AB", (note,), 0, "")


def test_utf_16_that_breaks_off() -> None:
    done = split(log_file(A, B).decode().encode("utf-16")[:-5] + b"\xdc", "a")
    assert names(done) == "A" or names(done) == "AB"
    assert done.cut.startswith("the text is not UTF-16 from byte")


def test_lines_after_a_broken_one_are_read() -> None:
    for broken in (B[:-5], B[:-1] + b',"x":NaN}', B[:30], b'{"Records":[' + B + b",", b"[" + B):
        done = split(A + b"\n" + broken + b"\n" + C + b"\n", "a")
        assert names(done).replace("B", "") == "AC", broken
        assert not done.account().complete


def test_a_log_file_after_a_broken_one_is_read() -> None:
    for glue in (b"", b" ", b"\n"):
        for first in (log_file(A, b"NaN"), log_file(A, b'{"x":[}'), b'{"a":NaN,"Records":[' + A + b"]}"):
            done = split(first + glue + log_file(B, C), "a")
            assert (names(done), done.account().complete) == ("ABC", False), (glue, first)
            assert b"NaN" not in first or done.malformed_count == 1
    done = split(b'{"a":NaN,"Records":[' + A + b"]}", "a")
    assert (names(done), done.account().complete) == ("A", False)


def test_a_line_that_breaks_off_does_not_swallow_the_next() -> None:
    for cut in (B[:-9], B[:-9] + b'\\"', b'{"eventVersion":"1","x":[', b""):
        done = split(b'{"Records":[' + A + b"," + cut + b"\n" + log_file(B, C) + b"\n" + A, "a")
        assert (names(done), done.account().complete) == ("ABCA", False)


def test_text_after_a_log_file_is_malformed() -> None:
    done = split(log_file(A, B) + b" and more", "a")
    assert (names(done), done.malformed) == ("AB", ((2, "the line is not JSON"),))


def test_a_damaged_beginning_is_no_reason_to_pass_over_a_log() -> None:
    for head in (b'XX"Records":[', b'\x00"Records":[', b"Records:[", b"HTTP/1.1 200 OK\r\n\r\n{"):
        done = split(head + A + b"," + B + b"]}", "a")
        assert done.skipped == ""
        assert names(done).endswith("B")
        assert done.malformed[0] == (0, "it does not begin as any known log does, but seems to hold records")


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (b"PK\x03\x04", "a zip file"),
        (b"PAR1", "Parquet"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"BZh9", "bzip2"),
        (b"\0" * 257 + b"ustar\x0000", "a tar archive"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"Rar!\x1a\x07\x01", "a rar archive"),
        (b"-----BEGIN PGP MESSAGE-----\n", "it is encrypted or signed with PGP"),
        (b"\x04\x22\x4d\x18", "lz4"),
        (b"\xff\x06\x00\x00sNaPpY", "snappy"),
        (b"x\x9c", "zlib"),
        (b"\x1f\x9d\x90", "data of compress"),
        (b"Obj\x01", "Avro"),
        (b"ORC", "ORC"),
    ],
)
def test_formats_that_are_not_read_are_a_loss(head: bytes, why: str) -> None:
    done = split(head + b"\x00\x01", "a")
    assert done.unread[0][1].startswith(why)
    assert not done.account().complete


def test_rows_of_query_results_without_a_whole_record_are_malformed() -> None:
    done = split(b"eventName,eventTime\nStopLogging,now\n\nx,y\n", "a")
    assert (done.records, done.malformed_count, done.envelope) == ([], 2, "lake-csv")
    assert done.malformed[0][1].startswith("the row holds no whole record")
    cell = b'"' + A.replace(b'"', b'""') + b'"'
    done = split(b"eventJson,n\n" + cell + b',1\n"{x"y,2\n' + cell + b",3\n" + b'"{"",4\n', "a")
    assert names(done) == "AA"
    assert [why.split(" (")[0] for _, why in done.malformed] == ["the CSV row has a broken quote"] * 2
    rows = json.dumps({"QueryResultRows": [[{"eventJson": A.decode()}], [{"eventName": "x"}]]}).encode()
    assert split(rows, "a").malformed_count == 1


def test_a_cell_may_be_as_large_as_a_record() -> None:
    large = {**json.loads(A), "requestParameters": "x" * 300_000}
    text = json.dumps(large).replace('"', '""')
    done = split(f'eventJson\n"{text}"\n'.encode(), "a")
    assert [json.loads(bytes(record)) for record in done.records] == [large]


@pytest.mark.parametrize("packed", ["H4sI####", "H4sIAAAAAAAA", "H4sI"])
def test_a_broken_payload_is_malformed(packed: str) -> None:
    done = split(json.dumps({"awslogs": {"data": packed}}).encode(), "a")
    assert (done.records, done.malformed_count) == ([], 1)


def test_only_some_malformed_records_are_named_but_all_counted() -> None:
    done = split(log_file(A, *[b"1"] * 50), "a", Limits(named=3))
    assert (len(done.malformed), done.malformed_count) == (3, 50)


def test_the_limits() -> None:
    data = log_file(A, B, C)
    done = split(data, "a", Limits(stored=len(data)))
    assert (names(done), done.cut) == ("ABC", "")
    done = split(data, "a", Limits(stored=len(data) - 1))
    assert (names(done), done.bytes) == ("ABC", len(data) - 1)
    assert done.cut == f"the source is longer than the {len(data) - 1} bytes that are read of one"
    done = split(data, "a", Limits(stored=len(data) - 10))
    assert names(done) == "AB"
    # A cut between two lines cannot be seen in the text; it is still said.
    lines = A + b"\n" + B + b"\n"
    done = split(lines + C, "a", Limits(stored=len(lines)))
    assert (names(done), bool(done.cut)) == ("AB", True)
    done = split(data, "a", Limits(content=len(data) - 10))
    assert (names(done), done.cut.startswith("the content is longer than")) == ("AB", True)


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 200_000,
        b'{"eventVersion":[' * 20_000,
        b'{"Records":[' + b'{"eventVersion":[},' * 20_000,
        b'{"Records":[' + b'{"eventVersion":[0,' * 20_000,
        b'{"a":1\n' * 20_000,
        b'{"a":"\\' * 20_000,
        b'"' * 20_001,
        b'{"a":[\n' * 5_000 + b"]}\n" * 5_000 + b"NaN",
        b'["' * 20_000,
        b"," * 100_000,
        b"{}" * 20_000 + b"{",
    ],
)
def test_hostile_text_takes_no_more_than_linear_effort(data: bytes) -> None:
    done = split(data, "a")
    assert done.records == []


def test_no_change_of_a_byte_is_silent_or_raises() -> None:
    """Any byte changed: every record is read as the text has it, or the loss is said."""
    chance = random.Random(7)  # noqa: S311 - the same bytes every time
    sound = {
        "log file": log_file(A, B, C),
        "lines": b"\n".join((A, B, C)),
        "lookup": json.dumps({"Events": [{"CloudTrailEvent": r.decode()} for r in (A, B, C)]}).encode(),
    }
    for kind, data in sound.items():
        for place in range(len(data)):
            changed = bytearray(data)
            changed[place] = chance.choice(b'"{}[],:\\x\xff\x00\n1')
            done = split(bytes(changed), "a")
            for record in done.records:
                msgspec.json.decode(record)
            if len(done.records) < 3 and done.account().complete:
                value = json.loads(changed) if kind != "lines" else None
                assert done.skipped or done.notes, (kind, place, value)


def test_where_values_end() -> None:
    text = b'{"a":[1,{"b":"]}\\""}]} [tru, 12]"x"'
    assert value_end(text, 0, len(text)) == 22
    assert value_end(text, 0, 21) == BROKEN
    assert value_end(text, 23, len(text)) == 32
    assert value_end(text, 24, len(text)) == 27
    assert value_end(text, 32, len(text)) == len(text)
    assert value_end(b"x", 0, 1) == 1
    assert value_end(b"}", 0, 1) == BROKEN
    assert value_end(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, 0, 2 * MAX_DEPTH) == 2 * MAX_DEPTH
    assert value_end(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), 0, 2 * MAX_DEPTH + 2) == BROKEN


def test_members_of_an_object() -> None:
    text = b'{"a": 1 , "b\\u0063":[2],"a":{"x":"}"} ,"d":[ }'
    assert [(name, text[start:end]) for name, start, end in members(text, 0, len(text))][:3] == [
        ("a", b"1"),
        ("bc", b"[2]"),
        ("a", b'{"x":"}"}'),
    ]
    assert list(members(text, 0, len(text) - 1))[2:] == [("a", 28, 37), ("d", 43, BROKEN)]
    assert list(members(b'{"a":1 }', 0, 8)) == [("a", 5, 6), ("", 7, 7)]
    assert list(members(b'{"a" 1}', 0, 7)) == []
    assert list(members(b'{"a":', 0, 5)) == []


def test_elements_of_an_array() -> None:
    def fault(value: bytes) -> str:
        return "bad" if b"!" in value else ""

    text = b'[{"a":1},"!", 3 ]'
    assert [(text[e.start : e.end], e.fault) for e in elements(text, 1, len(text), fault)] == [
        (b'{"a":1}', ""),
        (b'"!"', "bad"),
        (b"3", ""),
        (b"", ""),
    ]
    assert next_record(b'x},\n { "eventVersion" : 1', 0, 25) == 5
    assert next_record(b'{"eventVersion":1', 0, 17) == BROKEN


def test_random_json_is_never_an_exception() -> None:
    chance = random.Random(11)  # noqa: S311 - the same bytes every time
    words = ["Records", "events", "Events", "logEvents", "message", "detail", "detail-type", "eventData", "results"]
    words += ["eventVersion", "eventName", "eventSource", "eventCategory", "QueryResultRows", "awslogs", "data"]

    def value(depth: int) -> Any:
        kind = chance.randrange(7 if depth else 4)
        if kind == 0:
            return chance.choice(["", "x", "{", "{}", "[1]", "H4sI", "ActivityAuditLog", "DATA_MESSAGE", A.decode()])
        if kind < 4:
            return chance.choice([None, True, 0, 1.5, -1])
        if kind < 6:
            return {chance.choice(words): value(depth - 1) for _ in range(chance.randrange(5))}
        return [value(depth - 1) for _ in range(chance.randrange(4))]

    for _ in range(4000):
        done = split(json.dumps(value(5)).encode(), "a")
        assert all(isinstance(json.loads(bytes(record)), dict) for record in done.records)


RULES = judged_rules([rule for rule in load_rules() if rule.id == "event.logging-stopped"])


def read(data: bytes) -> Split:
    return Evaluator(RULES).open("a.json", data).source


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(
    "joined",
    [
        A[:-1] + b"," + B[1:],
        A.removesuffix(b',"eventID":"a"}') + B.removeprefix(b'{"eventVersion":"1.11"'),
        b'{"eventVersion":"1","eventName":"A","x":{"y":' + B + b'},"eventSource":"s","eventName" : "B"}',
        A[:-1]
        + b',"userIdentity":{"type":"Root"},"userIdentity":{"type":"IAMUser"},"userIdentity":{},"userIdentity":{}}',
    ],
)
def test_two_records_that_ran_together_are_none(joined: bytes, *, whole: bool) -> None:
    """A piece of the file is missing, from the end of one record into the next: what is left may be sound JSON."""
    data = log_file(A, joined, C) if whole else joined + b"\n" + C
    # Of a log file in gzip nothing can be missing: its checksum would not hold.
    for stored in (data,) if whole else (data, gzip.compress(data)):
        done = read(stored)
        assert names(done) == ("AC" if whole else "C")
        assert done.malformed_count == 1
        assert "twice; two records may have run together" in done.malformed[0][1]


@pytest.mark.parametrize("rest", [b"}", b"]", b" },", b"\n]}"])
def test_brackets_that_close_nothing_that_was_read_are_not_passed_over(rest: bytes) -> None:
    assert not split(b"[]" + rest, "a").account().complete


def test_a_name_that_stands_deeper_is_no_repetition() -> None:
    nested = A[:-1] + b',"requestParameters":{"eventName":"x","userIdentity":{"eventName":1},"field":"eventName"}}'
    done = read(log_file(nested, B))
    assert names(done) == "AB"
    assert done.account().complete
