"""A chain of digest files with the log files they name, signed with a key of our own as CloudTrail signs with its.

For the demo, the tests and the benchmark: nothing here is CloudTrail's. The form is that of the user guide,
"CloudTrail digest file structure"; a digest covers an hour and ends at an odd minute, as CloudTrail's do.
"""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanner.times import rfc3339

_HOUR = timedelta(hours=1)
_SUFFIX = 16


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object of a bucket with its own metadata."""

    data: bytes
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair that signs digests of one Region."""

    private: RSAPrivateKey

    @property
    def der(self) -> bytes:
        """The public half as ``ListPublicKeys`` gives it."""
        return self.private.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)

    @property
    def fingerprint(self) -> str:
        """What AWS calls it."""
        return hashlib.md5(self.der, usedforsecurity=False).hexdigest()

    def signature(self, text: str) -> str:
        """The signature of a text, in hex."""
        return self.private.sign(text.encode(), PKCS1v15(), SHA256()).hex()


def new_key(bits: int = 2048) -> SigningKey:
    """A new key pair."""
    return SigningKey(generate_private_key(65537, bits))


Records = Callable[[datetime], Sequence[Mapping[str, Any]]]
"""The records of the log file that is delivered then."""


@dataclass(slots=True)
class DemoTrail:
    """A trail that delivers log files, and their digests, for one account and Region.

    ``records`` makes the records of a log file; without it each holds one read of the trails.
    """

    bucket: str
    key: SigningKey
    account: str = "111122223333"
    region: str = "us-east-1"
    name: str = "audit"
    home: str = "us-east-1"
    root: str = "AWSLogs/"
    records: Records | None = None
    previous: tuple[str, str, str] | None = None
    """Key, SHA-256 and signature of the last digest; None where the next one begins a chain."""
    previous_bucket: str = ""
    """Where the last digest lies: the bucket may be changed after it ("": where the next one does)."""

    def hours(self, start: datetime, count: int, files: int) -> Iterator[tuple[str, StoredObject]]:
        """The objects of ``count`` hours from a time on, ``files`` log files in each, each digest after its files."""
        for number in range(count):
            yield from self.hour(start + number * _HOUR, start + (number + 1) * _HOUR, files)

    def hour(self, start: datetime, end: datetime, files: int) -> Iterator[tuple[str, StoredObject]]:
        """The log files that are delivered between two times, and their digest."""
        entries = []
        for number in range(files):
            at = start + (end - start) * (number + 1) / (files + 1)
            key, stored, entry = self.log_file(at, number)
            entries.append(entry)
            yield key, stored
        yield self.digest(start, end, entries)

    def log_file(self, at: datetime, number: int) -> tuple[str, StoredObject, dict[str, Any]]:
        """A log file that is delivered at a time: its key, the object, and its entry in a digest."""
        when = at - timedelta(minutes=5)
        records = [self._read(when)] if self.records is None else list(self.records(when))
        content = json.dumps({"Records": records}).encode()
        times = sorted(str(record["eventTime"]) for record in records)
        folder = f"{self.root}{self.account}/CloudTrail/{self.region}/{at:%Y/%m/%d}"
        named = hashlib.sha256(f"{at}{number}{self.name}".encode()).hexdigest()[:_SUFFIX]
        key = f"{folder}/{self.account}_CloudTrail_{self.region}_{at:%Y%m%dT%H%M}Z_{named}.json.gz"
        entry = {
            "s3Bucket": self.bucket,
            "s3Object": key,
            "hashValue": hashlib.sha256(content).hexdigest(),
            "hashAlgorithm": "SHA-256",
            "newestEventTime": times[-1] if times else None,
            "oldestEventTime": times[0] if times else None,
        }
        return key, StoredObject(gzip.compress(content, 1, mtime=0)), entry

    def digest(
        self, start: datetime, end: datetime, entries: Sequence[Mapping[str, Any]], generated: str = ""
    ) -> tuple[str, StoredObject]:
        """The digest of some log files; with ``generated`` one that was made later, of the backfill chain."""
        folder = f"{self.root}{self.account}/CloudTrail-Digest/{self.region}/{end:%Y/%m/%d}"
        ending = "_backfill.json.gz" if generated else ".json.gz"
        name = f"{self.account}_CloudTrail-Digest_{self.region}_{self.name}_{self.home}_{end:%Y%m%dT%H%M%S}Z"
        key = f"{folder}/{name}{ending}"
        before = self.previous
        times = [str(entry[member]) for entry in entries for member in ("oldestEventTime", "newestEventTime")]
        document = {
            "awsAccountId": self.account,
            "digestStartTime": rfc3339(start),
            "digestEndTime": rfc3339(end),
            "digestS3Bucket": self.bucket,
            "digestS3Object": key,
            "digestPublicKeyFingerprint": self.key.fingerprint,
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": max(times, default=None),
            "oldestEventTime": min(times, default=None),
            "previousDigestS3Bucket": (self.previous_bucket or self.bucket) if before else None,
            "previousDigestS3Object": before[0] if before else None,
            "previousDigestHashValue": before[1] if before else None,
            "previousDigestHashAlgorithm": "SHA-256" if before else None,
            "previousDigestSignature": before[2] if before else None,
            "logFiles": list(entries),
        }
        content = json.dumps(document).encode()
        digest = hashlib.sha256(content).hexdigest()
        earlier = before[2] if before else "null"
        signature = self.key.signature(f"{rfc3339(end)}\n{self.bucket}/{key}\n{digest}\n{earlier}")
        self.previous, self.previous_bucket = (key, digest, signature), self.bucket
        metadata = {"signature": signature, "signature-algorithm": "SHA256withRSA"}
        if generated:
            metadata["backfill-generation-timestamp"] = generated
        return key, StoredObject(gzip.compress(content, 1, mtime=0), metadata)

    def _read(self, when: datetime) -> dict[str, Any]:
        """A record that changes nothing."""
        named = hashlib.sha256(f"{when}{self.account}{self.region}".encode()).hexdigest()
        return {
            "eventVersion": "1.11",
            "eventTime": rfc3339(when.replace(microsecond=0)),
            "eventSource": "cloudtrail.amazonaws.com",
            "eventName": "DescribeTrails",
            "awsRegion": self.region,
            "eventID": f"{named[:8]}-{named[8:12]}-4{named[13:16]}-8{named[17:20]}-{named[20:32]}",
            "recipientAccountId": self.account,
            "readOnly": True,
            "requestParameters": None,
        }
