"""A small signed chain of digest files of which an hour is missing, and its validation: for the demo."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from scanner.demo.digest_chain import DemoTrail, new_key
from scanner.integrity.proof.keys import PublicKey
from scanner.integrity.stores.captured import SCHEMA, Asked, Captured, CapturedSignature, captured_bytes
from scanner.runs.integrity.telling import why, written
from scanner.runs.integrity.text import told
from scanner.runs.integrity.validating import AskedValidation, validate
from scanner.times import rfc3339

LOGS, KEYS = "trail-logs", "trail-keys.json"
"""What is written: a copy of a bucket, and the public keys that prove it."""

REPORT = "integrity.txt"

_START = datetime(2026, 5, 4, 6, 17, 28, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_HOURS, _FILES, _GONE = 8, 2, 5


def demonstrate(folder: Path) -> tuple[str, ...]:
    """Write a copy of a bucket of eight hours without the digest file of one; what validating it finds, line by line.

    Raises OSError.
    """
    key = new_key()
    trail = DemoTrail("demo-trail-logs", key)
    objects = dict(trail.hours(_START, _HOURS, _FILES))
    digests = sorted(name for name in objects if "CloudTrail-Digest" in name)
    del objects[digests[_GONE]]
    for name, stored in objects.items():
        path = folder / LOGS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stored.data)
    end = _START + _HOURS * _HOUR
    metadata = objects[digests[-1]].metadata
    captured = Captured(
        SCHEMA,
        f"s3://{trail.bucket}",
        trail.bucket,
        end + _HOUR,
        (Asked(trail.region, _START, end),),
        (PublicKey(trail.region, key.fingerprint, key.der),),
        (
            CapturedSignature(digests[-1], metadata["signature"], metadata["signature-algorithm"]),
            # The digest before the deleted one has nobody after it to prove it: its signature was captured too.
            CapturedSignature(digests[_GONE - 1], objects[digests[_GONE - 1]].metadata["signature"], "SHA256withRSA"),
        ),
    )
    (folder / KEYS).write_bytes(captured_bytes(captured))
    asked = AskedValidation(str(folder / LOGS), rfc3339(_START), rfc3339(end), public_keys=folder / KEYS)
    report = validate(asked, end + 30 * _HOUR, lambda _done: None).report
    (folder / REPORT).write_bytes(written(report, "text"))
    return (*(told(problem).replace("\t", "  ") for problem in report.problems), why(report))
