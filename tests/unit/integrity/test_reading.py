"""Stored bytes, names, digests, signatures and public keys, each by itself."""

import base64
import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scanner.demo.digest_chain import new_key
from scanner.integrity.names import ChainName, Place, digest_name, log_name
from scanner.integrity.proof.keys import Missing, NoKey, PublicKey, load_key, usable
from scanner.integrity.proof.signatures import signed_text, verifies
from scanner.integrity.reading.digest import Entry, parse_digest
from scanner.integrity.reading.gzip_member import Fault, unpack
from scanner.integrity.reading.log_content import contradictions, trail_changes
from scanner.integrity.stores.captured import SCHEMA, Asked, Captured, CapturedKeys

LOG = "AWSLogs/111122223333/CloudTrail/us-east-2/2015/08/17/111122223333_CloudTrail_us-east-2_20150817T1445Z_a.json.gz"
DIGEST = (
    "AWSLogs/111122223333/CloudTrail-Digest/us-east-2/2015/08/17/"
    "111122223333_CloudTrail-Digest_us-east-2_your-trail-name_us-east-2_20150817T150131Z.json.gz"
)

PUBLISHED = {
    # aws-cli, examples/cloudtrail/list-public-keys.rst
    "7f3f401420072e50a65a141430817ab3": (
        "MIIBCgKCAQEAlSS3cl92HDycr/MTj0moOhas8habjrraXw+KzlWF0axSI2tcF+3iJ9BKQAVSKxGwxwu3m0wG3J+kUl1xboEcEPHYoIYMbgfSw7KG"
        "nuDKwkLzsQWhUJ0cIbOHASox1vv/5fNXkrHhGbDCHeVXm804c83nvHUEFYThr1PfyP/8HwrCtR3FX5OANtQCP61C1nJtSSkC8JSQUOrIP4CuwJjc"
        "+4WGDk+BGH5m9iuiAKkipEHWmUl8/P7XpfpWQuk4h8g3pXZOrNXr08lbh4d39svj7UqdhvOXoBISp9t/EXYuePGEtBdrKD9Dz+VHwyUPtBQvYr9B"
        "nkF88qBnaPNhS44rzwIDAQAB"
    ),
    # CloudTrail user guide, custom implementations of log file integrity validation, sample response
    "8eba5db5bea9b640d1c96a77256fe7f2": (
        "MIIBCgKCAQEAn11L2YZ9h7onug2ILi1MWyHiMRsTQjfWE+pHVRLk1QjfWhirG+lpOa8NrwQ/r7Ah5bNL6HepznOU9XTDSfmmnP97mqyc7z/upfZd"
        "S/AHhYcGaz7n6Wc/RRBU6VmiPCrAUojuSk6/GjvA8iOPFsYDuBtviXarvuLPlrT9kAd4Lb+rFfR5peEgBEkhlzc5HuWO7S0y+KunqxX6jQBnXGMt"
        "xmPBPP0FylgWGNdFtks/4YSKcgqwH0YDcawP9GGGDAeCIqPWIXDLG1jOjRRzWfCmD0iJUkz8vTsn4hq/5ZxRFE7UBAUiVcGbdnDdvVfhF9C3dQiD"
        "q3k7adQIziLT0cShgQIDAQAB"
    ),
}


@pytest.mark.parametrize("fingerprint", PUBLISHED)
def test_published_keys_have_the_fingerprints_that_aws_gives(fingerprint: str) -> None:
    der = base64.b64decode(PUBLISHED[fingerprint])
    assert load_key(PublicKey("us-east-1", fingerprint, der)) is not None
    assert load_key(PublicKey("us-east-1", fingerprint.upper(), der)) is not None
    known, refused = usable([PublicKey("us-east-1", fingerprint, der), PublicKey("eu-west-1", "0" * 32, der)])
    assert list(known) == [("us-east-1", fingerprint)]
    assert [key.region for key in refused] == ["eu-west-1"]


def test_a_key_in_either_form(ground: Any) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    spki = ground.key.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    loaded = load_key(PublicKey("us-east-1", ground.key.fingerprint, spki))
    assert loaded is not None
    assert verifies(loaded, ground.key.signature("text"), b"text")
    assert not verifies(loaded, ground.key.signature("text"), b"other")
    assert not verifies(loaded, "not hex", b"text")
    assert load_key(PublicKey("us-east-1", "0" * 32, b"no key")) is None


@pytest.mark.parametrize(("hours", "valid"), [(1, True), (3, False), (-48, True)])
def test_a_key_that_was_out_of_use_signed_nothing(ground: Any, hours: int, valid: bool) -> None:
    """A digest of the hour before may be late; one that is made later may have a key that came into use since."""
    end = ground.start + timedelta(days=2)
    key = PublicKey("us-east-1", ground.key.fingerprint, ground.key.der, end - timedelta(days=30), end)
    asked = (Asked("us-east-1", end - timedelta(days=60), end + timedelta(days=60)),)
    ring = CapturedKeys(Captured(SCHEMA, "s3://b", "b", end, asked, (key, replace(key, until=ground.start)), ()))
    found = ring.find("us-east-1", ground.key.fingerprint, end + timedelta(hours=hours))
    assert isinstance(found, NoKey) is not valid
    if isinstance(found, NoKey):
        assert found.missing is Missing.ABSENT
        assert "was valid until 2026-03-03T00:17:28Z, and no longer at 2026-03-03T03:17:28Z" in found.why


def test_the_signature_before_is_signed_as_it_is_written(ground: Any) -> None:
    trail = ground.trail()
    objects = dict(trail.hours(ground.start, 23, 0))
    before, hashed, signature = trail.previous
    trail.previous = (before, hashed, signature.upper())
    objects.update(trail.hours(ground.start + timedelta(hours=23), 1, 0))
    assert not ground.validate(objects).problems


def test_what_is_signed() -> None:
    """The text of the user guide's custom implementations, and ``null`` where no digest is before."""
    parts = ("2015-08-17T15:01:31Z", "bucket", "a/b.json.gz", "ab" * 32)
    text = b"2015-08-17T15:01:31Z\nbucket/a/b.json.gz\n" + b"ab" * 32
    assert signed_text(*parts, "cd") == text + b"\ncd"
    assert signed_text(*parts, "") == text + b"\nnull"


def test_the_names_of_digests() -> None:
    found = digest_name(f"main/AWSLogs/o-abcdefghij/{DIGEST.removeprefix('AWSLogs/')}")
    assert found is not None
    assert found.place == Place("main/AWSLogs/o-abcdefghij/", "111122223333", "us-east-2")
    assert found.chain == ChainName("your-trail-name", "us-east-2")
    assert found.end == datetime(2015, 8, 17, 15, 1, 31, tzinfo=UTC)
    assert found.place.digests(found.end.date()) + DIGEST.rpartition("/")[2] == found.key
    backfill = digest_name(DIGEST.replace(".json", "_backfill.json"))
    assert backfill is not None
    assert backfill.chain == ChainName("your-trail-name", "us-east-2", backfill=True)
    underscored = digest_name(DIGEST.replace("your-trail-name", "my_trail_2"))
    assert underscored is not None
    assert underscored.chain.trail == "my_trail_2"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("17/111122223333_", "17/444455556666_"),
        ("_us-east-2_your", "_eu-west-1_your"),
        ("AWSLogs/", "Logs/"),
        ("150131Z", "156131Z"),
        (".json.gz", ".json"),
    ],
)
def test_what_is_not_the_name_of_a_digest(old: str, new: str) -> None:
    assert digest_name(DIGEST.replace(old, new)) is None


def test_the_names_of_log_files() -> None:
    found = log_name(LOG)
    assert found is not None
    assert (found.account, found.region) == ("111122223333", "us-east-2")
    assert found.delivered == datetime(2015, 8, 17, 14, 45, tzinfo=UTC)
    insight = log_name(LOG.replace("CloudTrail", "CloudTrail-Insight"))
    assert insight is not None
    assert insight.delivered == found.delivered
    assert log_name(DIGEST) is None
    assert log_name("elsewhere/a.json.gz") is None


def test_one_whole_member_and_nothing_else() -> None:
    content = b"record " * 100_000
    data = gzip.compress(content)
    assert unpack(data, len(content)).content == content
    assert unpack(data, len(content)).fault is Fault.NONE
    assert unpack(data, len(content) - 1).fault is Fault.LONG
    assert unpack(data + b"\0", len(content)).fault is Fault.TRAILING
    assert unpack(data + data, len(content)).fault is Fault.TRAILING
    assert [unpack(data[:-cut], len(content)).fault for cut in (1, 4, 8, 9)] == [Fault.CUT] * 4
    assert unpack(data[:-1] + b"\xff", len(content)).fault is Fault.FORMAT
    assert unpack(content, len(content)).fault is Fault.FORMAT
    assert unpack(b"", 10).fault is Fault.FORMAT
    assert unpack(gzip.compress(b""), 10).fault is Fault.NONE


def test_a_bomb_is_not_unpacked() -> None:
    import tracemalloc

    bomb = gzip.compress(bytes(64 << 20))
    tracemalloc.start()
    try:
        assert unpack(bomb, 1 << 20).fault is Fault.LONG
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def document(ground: Any, **changed: Any) -> bytes:
    content: dict[str, Any] = json.loads(gzip.decompress(ground.day[ground.digests()[1]].data))
    return json.dumps({**content, **changed}).encode()


@pytest.mark.parametrize(
    "changed",
    [
        {"digestEndTime": "yesterday"},
        {"digestEndTime": "2025-01-01T00:00:00Z"},
        {"logFiles": [{}]},
        {"logFiles": {}},
        {"digestS3Object": 5},
        {"previousDigestSignature": None},
        {"previousDigestHashAlgorithm": "MD5"},
        {"logFiles": [{"s3Bucket": "a", "s3Object": "b", "hashValue": "c", "hashAlgorithm": "MD5"}]},
    ],
    ids=str,
)
def test_what_is_not_a_digest(ground: Any, changed: dict[str, Any]) -> None:
    assert parse_digest(document(ground)) is not None
    assert parse_digest(document(ground, **changed)) is None


def test_a_digest_lacks_nothing(ground: Any) -> None:
    content: dict[str, Any] = json.loads(document(ground))
    for member in content.keys() - {"newestEventTime", "oldestEventTime", "previousDigestHashAlgorithm"}:
        left = {name: value for name, value in content.items() if name != member}
        found = parse_digest(json.dumps(left).encode())
        # Without the hash of the one before, nothing can be equal to it.
        assert found is None or (member == "previousDigestHashValue" and found.previous is not None), member


MINUTE = timedelta(minutes=1)
DELIVERED = datetime(2015, 8, 17, 14, 45, tzinfo=UTC)
ENTRY = Entry("b", LOG, "", DELIVERED - 9 * MINUTE, DELIVERED - 2 * MINUTE)


def log(*records: dict[str, Any]) -> bytes:
    usual = {
        "recipientAccountId": "111122223333",
        "awsRegion": "us-east-2",
        "eventTime": "2015-08-17T14:40:00Z",
    }
    return json.dumps({"Records": [{**usual, **each} for each in records]}).encode()


@pytest.mark.parametrize(
    ("records", "told"),
    [
        ([{}], ""),
        ([], ""),
        ([{"awsRegion": "us-east-1"}], ""),
        ([{"recipientAccountId": None, "awsRegion": None}], ""),
        ([{}, {"recipientAccountId": "444455556666"}], "1 record is of account 444455556666, and its path says"),
        ([{"awsRegion": "eu-west-1"}, {"awsRegion": "eu-west-1"}], "2 records are of Region eu-west-1"),
        ([{"eventTime": "2015-08-17T15:30:00Z"}], "after the file was delivered (2015-08-17T14:45:00Z)"),
        ([{"eventTime": "2015-08-17T14:44:30Z"}], "the digest file says that all are of 2015-08-17T14:36:00Z to"),
        ([{}, {"eventTime": "2015-08-16T14:40:00Z"}], "a record is of 2015-08-16T14:40:00Z, and the digest file"),
        ([{"eventTime": "then"}], "a record has the time then, which is not one"),
    ],
    ids=str,
)
def test_records_beside_their_path(records: list[dict[str, Any]], told: str) -> None:
    name = log_name(LOG)
    assert name is not None
    found = contradictions(log(*records), name, ENTRY)
    assert len(found) == bool(told)
    assert all(told in text for text in found)


def test_what_holds_no_records() -> None:
    name = log_name(LOG)
    assert name is not None
    for content in (b"", b"[]", b'{"Records": 5}', b"\xff"):
        assert contradictions(content, name, None) == ("it holds no list of records",)
        assert trail_changes(content, "111122223333") == ()


def test_a_record_of_another_shape_hides_no_call() -> None:
    """Other services have parameters called ``name`` that are not texts."""
    stop = {
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "StopLogging",
        "requestParameters": {"name": "audit"},
        "eventID": "e1",
    }
    (found,) = trail_changes(log({"requestParameters": {"name": {"a": 1}}}, stop), "111122223333")
    assert (found.event, found.trail, found.event_id, found.by) == ("StopLogging", "audit", "e1", "")
    assert trail_changes(log({**stop, "requestParameters": None}), "111122223333") == ()


def test_a_key_of_another_pair_proves_nothing(ground: Any) -> None:
    other = load_key(PublicKey("us-east-1", (made := new_key(1024)).fingerprint, made.der))
    assert other is not None
    assert not verifies(other, ground.key.signature("text"), b"text")
