"""The installed command over a folder of everything that goes wrong: one line for each file, and the rest is judged."""

import gzip
import hashlib
import json
import re
import subprocess
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from scanner.files.limits import SOURCE_LIMIT
from scanner.pattern import matches, parse

pytestmark = pytest.mark.slow

Trailwitness = Callable[..., subprocess.CompletedProcess[bytes]]

PATTERN = (
    '{ ($.userIdentity.type = "Root") && ($.userIdentity.invokedBy NOT EXISTS) && ($.eventType != "AwsServiceEvent") }'
)
RULE = f"""\
id: mine.root
title: Nobody works as root
severity: low
description: The records hold no call of the root user, whose rights nothing limits.
rationale: What the root user may do cannot be limited.
remediation: Ask who did it, and why.
references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html]
check: log-events
events: '{PATTERN}'
"""
ODD: tuple[Any, ...] = (17, -1.5e300, 10**30, "", "x", True, None, [], {}, [["x"]], {"type": {"b": [1]}}, "\ud83d")
DEPTHS = (100, 900, 5_000, 200_000)


def record(number: int, **members: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "userIdentity": {"type": "Root", "arn": "arn:aws:iam::111122223333:root", "accountId": "111122223333"},
        "eventTime": f"2026-11-20T07:{number % 60:02d}:00Z",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "DescribeTrails",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.10",
        "userAgent": "console.amazonaws.com",
        "errorCode": "",
        "requestParameters": {"name": "main"},
        "responseElements": None,
        "eventID": f"00000000-0000-4000-8000-{number:012d}",
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333",
        **members,
    }


def log_file(*texts: str) -> bytes:
    return f'{{"Records":[{",".join(texts)}]}}'.encode()


def odd_records() -> Iterator[str]:
    """A record for every member and every value that does not belong there."""
    number = 1000
    for member in record(0):
        for value in ODD:
            number += 1
            yield json.dumps(record(number, **{member: value}))


def deep(depth: int) -> str:
    return json.dumps(record(depth, requestParameters="@")).replace('"@"', '{"a":' * depth + "1" + "}" * depth)


def bomb() -> bytes:
    """A megabyte of gzip that unpacks to more than is looked at."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    piece = b"a" * 2**20
    return b"".join([*(packer.compress(piece) for _ in range(SOURCE_LIMIT // 2**20 + 1)), packer.flush()])


def cut_off() -> bytes:
    """The first half of a gzip file of records that do not pack well."""
    texts = (json.dumps(record(n, userAgent=hashlib.sha256(b"%d" % n).hexdigest())) for n in range(2000, 2500))
    whole = gzip.compress(log_file(*texts))
    return whole[: len(whole) // 2]


ORDINARY = json.dumps(record(1))
AS_USER = json.dumps(record(2, userIdentity={"type": "IAMUser"}))


def deep_and_ordinary(depth: int) -> bytes:
    """A log file with one record that is nested so deep, and one of a user."""
    return log_file(deep(depth), AS_USER)


FILES: dict[str, Callable[[], bytes]] = {
    "a-good.json.gz": lambda: gzip.compress(log_file(ORDINARY, AS_USER)),
    "bomb.json.gz": bomb,
    "cut.json.gz": cut_off,
    **{f"depth-{depth}.json": partial(deep_and_ordinary, depth) for depth in DEPTHS},
    "digest.json.gz": lambda: gzip.compress(b'{"awsAccountId":"111122223333","digestS3Object":"x","logFiles":[]}'),
    "encoding.json": lambda: log_file(AS_USER, ORDINARY).replace(b"console.", b"\xff\xfe", 1),
    "odd.json": lambda: log_file(*odd_records()),
    "other/empty.json": lambda: b"",
    "other/notes.txt": lambda: b"hello\nthere",
    "other/numbers.json": lambda: b"[[1,2],[3]]",
    "other/package.json": lambda: b'{"name":"x","dependencies":{"y":"^1.0"},"Records":"none"}',
    "other/state.json": lambda: b'{"version":4,"resources":[{"type":"aws_cloudtrail","instances":[{}]}]}',
    "z-good.json": lambda: log_file(json.dumps(record(3))),
}

SOUND = (r"", r"", r"")
EXPECTED = {
    "a-good.json.gz": SOUND,
    "bomb.json.gz": (r"it unpacks to more than the \d+ bytes", r"it is text, and neither JSON", r""),
    "cut.json.gz": (r"the gzip data ends early", r"", r""),
    "depth-100.json": SOUND,
    "depth-900.json": SOUND,
    "depth-5000.json": SOUND,
    "depth-200000.json": (r"", r"its objects and arrays lie too deep inside each other", r""),
    "digest.json.gz": (r"", r"", r"digest file"),
    "encoding.json": (r"", r"it is not UTF-8, from its byte \d+ on", r""),
    "odd.json": SOUND,
    "other/empty.json": (r"", r"", r"empty"),
    "other/notes.txt": (r"", r"it is text, and neither JSON nor a table \(CSV\) of whole records", r""),
    "other/numbers.json": (r"", r"the row holds no whole record as JSON", r""),
    "other/package.json": (r"", r"Records is not a list", r""),
    "other/state.json": (r"", r"it is neither a CloudTrail record nor a known wrapper of one", r""),
    "z-good.json": SOUND,
}
"""For each file how these begin: why its end is missing, the first thing that is not a readable record, why it was
passed over."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        path = tmp_path / "logs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content())
    (tmp_path / "rules" / "mine").mkdir(parents=True)
    (tmp_path / "rules" / "mine" / "root.yaml").write_text(RULE, encoding="utf-8")
    return tmp_path / "logs"


def test_one_line_for_each_file_and_the_rest_is_judged(folder: Path, trailwitness: Trailwitness) -> None:
    done = trailwitness(
        *("logs", "logs", "--rules", "rules", "--rule", "mine.root", "--fail-on", "high"),
        *("--workers", "2", "-o", "json=a.json", "-o", "text=-"),
    )
    assert done.returncode == 3, done.stderr
    first, closing = done.stderr.decode().splitlines()
    assert first == "wrote a.json"
    assert "Exit code 3: nothing failed at or above --fail-on high, but " in closing
    assert b"Traceback" not in done.stdout
    found = json.loads((folder.parent / "a.json").read_bytes())
    lines = {line["source"]: line for line in found["run"]["sources"]}
    assert list(lines) == sorted(FILES)
    assert len(found["run"]["sources"]) == len(FILES)
    for name, (cut, malformed, skipped) in EXPECTED.items():
        line = lines[name]
        first = next((item["why"] for item in [*line["malformed"], *line["unread"]]), "")
        for told, expected in ((line["cut"], cut), (first, malformed), (line["skipped"], skipped)):
            assert re.match(expected, told), (name, told)
            assert bool(told) == bool(expected), (name, told)
    incomplete = {name for name, (cut, malformed, _) in EXPECTED.items() if cut or malformed}
    assert {gap["arguments"]["source"] for gap in found["gaps"]} == incomplete
    holds = parse(PATTERN)
    odd = list(odd_records())
    nested = {f"depth-{depth}.json": 1 for depth in DEPTHS[:-1]}
    expected_hits = {
        "a-good.json.gz": 1,
        "cut.json.gz": lines["cut.json.gz"]["records"],
        **nested,
        "encoding.json": 1,
        "odd.json": sum(matches(holds, text) for text in odd),
        "z-good.json": 1,
    }
    assert {name: line["matched"] for name, line in lines.items() if line["matched"]} == expected_hits
    assert lines["odd.json"]["records"] == len(odd) > expected_hits["odd.json"] > 100
    assert lines["encoding.json"]["records"] == 1
    assert 100 < lines["cut.json.gz"]["records"] < 400
