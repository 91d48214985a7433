"""`logs --redact`: records are judged and sealed with pseudonyms, and the verdicts are those of the originals."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.events.counting.results import LogResult
from scanner.redaction.records import redacted_log
from scanner.redaction.replacing import Replacement
from scanner.runs.over_logs import redacting
from scanner.runs.over_logs.evidence import read_records
from scanner.schemas import misfit

RULE = "event.logging-stopped"
KEY = "0123456789abcdef0123"
SECRETS = (b"bob", b"ann.lee", b"secret-bucket", b"203.0.113.7")
RULES = (
    "redact: [{kind: ip-address}, {kind: identity-name}, {at: /requestParameters/bucketName, call: s3.PutBucketPolicy}]"
)


def record(name: str, number: int, identity: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    source = "s3" if name == "PutBucketPolicy" else "cloudtrail"
    return {
        "eventVersion": "1.08",
        "userIdentity": identity,
        "eventTime": f"2026-11-20T07:0{number}:00Z",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.7",
        "requestParameters": asked,
        "responseElements": None,
        "eventID": f"e{number}",
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333",
    }


BOB = {
    "type": "IAMUser",
    "principalId": "AIDAEXAMPLE",
    "arn": "arn:aws:iam::111122223333:user/ops/bob",
    "accountId": "111122223333",
    "userName": "bob",
}
ANN = {
    "type": "AssumedRole",
    "principalId": "AROAEXAMPLE:ann.lee@example.com",
    "arn": "arn:aws:sts::111122223333:assumed-role/admin/ann.lee@example.com",
    "accountId": "111122223333",
}


def log_file(*records: dict[str, Any]) -> bytes:
    return json.dumps({"Records": records}).encode()


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of logs, beside the rules; what lies on the disk meanwhile is private and holds no original."""
    monkeypatch.setenv("TRAILWITNESS_REDACT_KEY", KEY)
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    (tmp_path / "r.yaml").write_text(RULES, encoding="utf-8")
    folder = tmp_path / "logs"
    folder.mkdir()
    policy = {"bucketName": "secret-bucket", "bucketPolicy": {"s3://secret-bucket/x": "for ann.lee@example.com"}}
    (folder / "a.json").write_bytes(log_file(record("StopLogging", 1, BOB, {"name": "main"})))
    (folder / "b.json.gz").write_bytes(gzip.compress(log_file(record("PutBucketPolicy", 2, ANN, policy))))
    return folder


def judged(logs: Path, *options: str) -> int:
    return run(["logs", str(logs), "--rule", RULE, "--redact", str(logs.parent / "r.yaml"), "-q", *options])


def left(paths: Iterable[Path]) -> list[str]:
    found = []
    for path in paths:
        content = path.read_bytes() if path.is_file() else b""
        content = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
        found += [path.name for secret in SECRETS if secret in content]
    return found


def test_nothing_is_left_and_the_bundle_verifies(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reads = read_records

    def looked_at(*arguments: Any) -> LogResult:
        result = reads(*arguments)
        written = [path for path in (tmp_path / "private").rglob("*") if path.is_file()]
        assert len(written) == 2
        assert left(written) == []
        return result

    monkeypatch.setattr(redacting, "read_records", looked_at)
    bundle, report = tmp_path / "bag", tmp_path / "a.json"
    assert judged(logs, "--bundle", str(bundle), "-o", f"json={report}") == Exit.FINDINGS
    assert left([*bundle.rglob("*"), report]) == []
    assert list((tmp_path / "private").iterdir()) == []
    data = json.loads(report.read_text(encoding="utf-8"))
    assert misfit(data, "assessment") == ""
    counts = {"ip-address": 1, "identity-name": 5, "s3.PutBucketPolicy#/requestParameters/bucketName": 1}
    assert data["run"]["redacted"] == counts
    assert "arn:aws:iam::111122223333:user/ops/redacted-" in report.read_text(encoding="utf-8")
    sealed = json.loads(gzip.decompress((bundle / "data/logs/EV-0002.json.gz").read_bytes()))
    (kept,) = sealed["Records"]
    who = kept["userIdentity"]
    assert who["arn"].rpartition("/")[2] == who["principalId"].partition(":")[2]
    assert who["arn"].startswith("arn:aws:sts::111122223333:assumed-role/admin/")
    assert "replaced" in (bundle / "data/README.txt").read_text(encoding="utf-8")
    assert "Redacted-Values: identity-name 5, ip-address 1, " in (bundle / "bag-info.txt").read_text(encoding="utf-8")
    capsys.readouterr()
    assert run(["verify", str(bundle)]) == Exit.CLEAN
    assert "values were replaced by pseudonyms before the records were sealed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rules", "options", "words"),
    [
        ("redact: [{at: /eventName}]", [], f"would change what the rule {RULE} says of 111122223333"),
        ("redact: [{at: eventName}]", [], "or for log records one such as /userIdentity/userName"),
        (RULES, ["--without-logs"], "nobody else has those"),
    ],
)
def test_what_is_refused_leaves_nothing(
    rules: str, options: list[str], words: str, logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "r.yaml").write_text(rules, encoding="utf-8")
    assert judged(logs, "--bundle", str(tmp_path / "bag"), *options) == Exit.ERROR
    assert words in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["logs", "private", "r.yaml"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("-----BEGIN PRIVATE KEY-----", "a private key at /requestParameters/name"),
        ("4111 1111 1111 1111", "the number of a payment card"),
        ("5555555555554444", "the number of a payment card"),
        ("4111111111111112", ""),
        ("41111111111111110000", ""),
        ("x-4111111111111111", ""),
        ("IQoJb3JpZ2lu" + "aB3/" * 30, ""),
    ],
)
def test_credentials_and_cards_are_never_sealed(
    value: str, words: str, logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (logs / "c.json").write_bytes(log_file(record("StopLogging", 3, BOB, {"name": value})))
    code = judged(logs, "--bundle", str(tmp_path / "bag"))
    said = capsys.readouterr().err
    assert code == (Exit.ERROR if words else Exit.FINDINGS)
    assert words in said
    assert value not in said
    assert (tmp_path / "bag").exists() is not bool(words)


def test_what_was_not_read_whole_stays_a_gap(logs: Path, tmp_path: Path) -> None:
    (logs / "broken.json").write_bytes(log_file(record("PutBucketPolicy", 4, ANN, {}))[:-40])
    (logs / "digest.json").write_text('{"digestS3Object": "x", "logFiles": []}', encoding="utf-8")
    report, bundle = tmp_path / "a.json", tmp_path / "bag"
    assert judged(logs, "-o", f"json={report}", "--bundle", str(bundle)) == Exit.FINDINGS
    data = json.loads(report.read_text(encoding="utf-8"))
    (gap,) = data["gaps"]
    assert "it was not read whole" in gap["reason"]
    assert left([*bundle.rglob("*"), report]) == []
    assert run(["verify", str(bundle)]) == Exit.CLEAN


def test_a_log_file_of_replaced_records() -> None:
    replacing = Replacement({"ann.lee@example.com": "x@r", "名前は名前は": "N", "+4915112345678": "+999"})
    content = redacted_log(
        "a", [{"ann.lee@example.com": ["to ann.lee@example.com.", "名前は名前は", "1+4915112345678"]}], replacing
    )
    assert json.loads(content) == {"Records": [{"x@r": ["to x@r.", "N", "1+4915112345678"]}]}
