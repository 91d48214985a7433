"""A digest file, read strictly: every member that a proof needs is there and of its documented kind.

CloudTrail user guide, "CloudTrail digest file structure". The first digest of a chain, a *starting* digest, has no
previous one: the five members about it are null.
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from scanner.times import parse_time

ALGORITHM = "SHA256withRSA"
"""The only signature algorithm that CloudTrail documents."""

HASH = "SHA-256"
"""The only hash algorithm that CloudTrail documents."""


class _LogFile(msgspec.Struct, gc=False, rename="camel"):
    s3_bucket: str
    s3_object: str
    hash_value: str
    hash_algorithm: str
    newest_event_time: str | None = None
    oldest_event_time: str | None = None


class _Digest(msgspec.Struct, gc=False, rename="camel"):
    aws_account_id: str
    digest_start_time: str
    digest_end_time: str
    digest_s3_bucket: str
    digest_s3_object: str
    digest_public_key_fingerprint: str
    digest_signature_algorithm: str
    previous_digest_s3_bucket: str | None
    previous_digest_s3_object: str | None
    previous_digest_signature: str | None
    log_files: list[_LogFile] | None
    previous_digest_hash_value: str | None = None
    previous_digest_hash_algorithm: str | None = None


_DECODER = msgspec.json.Decoder(_Digest)


@dataclass(frozen=True, slots=True)
class Entry:
    """A log file as a digest names it: its SHA-256 (hex) when unpacked, and the span of its records' times."""

    bucket: str
    key: str
    sha256: str
    oldest: datetime | None
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class Previous:
    """The digest before, as a digest names it: SHA-256 and signature in hex, the latter as written."""

    bucket: str
    key: str
    sha256: str
    signature: str


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest file. ``end_text`` is its end as written, which is what is signed; ``previous`` is None in a first one.

    ``algorithm`` is that of its signature.
    """

    account: str
    start: datetime
    end: datetime
    end_text: str
    bucket: str
    key: str
    fingerprint: str
    algorithm: str
    previous: Previous | None
    entries: tuple[Entry, ...]


def parse_digest(content: bytes) -> Digest | None:
    """A digest file from its unpacked bytes; None when it is not of the documented form."""
    try:
        read = _DECODER.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    start, end = parse_time(read.digest_start_time), parse_time(read.digest_end_time)
    entries = [_entry(each) for each in read.log_files or ()]
    if start is None or end is None or start > end or None in entries:
        return None
    named = (read.previous_digest_s3_bucket, read.previous_digest_s3_object, read.previous_digest_signature)
    previous = None
    if any(named):
        bucket, key, signature = named
        if not (bucket and key and signature) or read.previous_digest_hash_algorithm not in {HASH, None}:
            return None
        previous = Previous(bucket, key, (read.previous_digest_hash_value or "").lower(), signature)
    return Digest(
        read.aws_account_id,
        start,
        end,
        read.digest_end_time,
        read.digest_s3_bucket,
        read.digest_s3_object,
        read.digest_public_key_fingerprint.lower(),
        read.digest_signature_algorithm,
        previous,
        tuple(each for each in entries if each is not None),
    )


def _entry(read: _LogFile) -> Entry | None:
    if read.hash_algorithm != HASH:
        return None
    oldest, newest = (parse_time(text) if text else None for text in (read.oldest_event_time, read.newest_event_time))
    return Entry(read.s3_bucket, read.s3_object, read.hash_value.lower(), oldest, newest)
