"""Public keys and the newest signatures, captured while online, so that a copy of a bucket can be proved offline.

An object's metadata is lost when it is copied to a disk, and ``ListPublicKeys`` needs the network. All digests but the
newest are proved by their successor (CloudTrail user guide, "Custom implementations": "validating log files offline");
the signature of the newest is kept here with the keys. Whoever can change this file can put keys of his own in it: keep
it apart from the copy, and write down its SHA-256.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from scanner.errors import UsageError
from scanner.integrity.proof.keys import Missing, NoKey, PublicKey, longest, usable
from scanner.times import rfc3339

SCHEMA = "trailwitness/public-keys/v1"

_LARGEST = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """For which time the public keys of a Region were listed: all that signed digests then are known."""

    region: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class CapturedSignature:
    """The signature of a digest file, and when it was generated if it is one of backfill."""

    key: str
    signature: str
    algorithm: str
    generated: str = ""


@dataclass(frozen=True, slots=True)
class Captured:
    """What ``integrity capture`` writes: of which bucket, when, the public keys and the newest signatures."""

    schema: str
    source: str
    bucket: str
    captured: datetime
    asked: tuple[Asked, ...]
    keys: tuple[PublicKey, ...]
    signatures: tuple[CapturedSignature, ...]


_HINT = "Write one while online with `trailwitness integrity capture s3://bucket -o FILE`."
_DECODER = msgspec.json.Decoder(Captured)


def captured_bytes(captured: Captured) -> bytes:
    """The file, as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(captured), indent=2) + b"\n"


def read_captured(path: Path) -> Captured:
    """What a file of captured keys holds. Raises UsageError for what is not one, and for a key that was changed."""
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is too long for a file of public keys.", _HINT)
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.", _HINT) from error
    return captured_in(content, str(path))


def captured_in(content: bytes, name: str) -> Captured:
    """What the bytes of such a file hold. Raises UsageError for what is not one, and for a key that was changed."""
    try:
        captured = _DECODER.decode(content)
    except msgspec.DecodeError as error:
        raise UsageError(f"{name} is not a file of captured public keys.", _HINT) from error
    if captured.schema != SCHEMA:
        raise UsageError(f"{name} is not a file of captured public keys of this version.", _HINT)
    if not all(moment is None or moment.tzinfo is not None for moment in _times(captured)):
        raise UsageError(f"{name} is not a file of captured public keys: a time in it has no zone.", _HINT)
    _, refused = usable(captured.keys)
    if refused:
        raise UsageError(
            f"{name}: the public key {refused[0].fingerprint} of {refused[0].region} does not have this fingerprint.",
            "The file was changed, or written by something else: capture the keys again.",
        )
    return captured


def _times(captured: Captured) -> Iterator[datetime | None]:
    yield captured.captured
    for asked in captured.asked:
        yield from (asked.since, asked.until)
    for key in captured.keys:
        yield from (key.since, key.until)


class CapturedKeys:
    """The key ring of a file of captured keys."""

    def __init__(self, captured: Captured) -> None:
        self._known, _ = usable(captured.keys)
        self._stated = longest(captured.keys)
        self._asked = captured.asked

    @property
    def regions(self) -> frozenset[str]:
        """The Regions whose keys were listed."""
        return frozenset(each.region for each in self._asked)

    def find(self, region: str, fingerprint: str, moment: datetime) -> RSAPublicKey | NoKey:
        """The key of a Region with this fingerprint; one that AWS did not list for then signed nothing of AWS's."""
        known = self._known.get((region, fingerprint))
        if known is not None:
            return self._stated[region, fingerprint].out_of_use(region, moment) or known
        asked = [each for each in self._asked if each.region == region]
        if any(each.since <= moment <= each.until for each in asked):
            return NoKey(Missing.ABSENT, absent(region, fingerprint))
        if not asked:
            return NoKey(Missing.UNKNOWN, f"no public keys of Region {region} were captured")
        spans = ", ".join(f"{rfc3339(each.since)} to {rfc3339(each.until)}" for each in asked)
        why = f"it was signed at {rfc3339(moment)}, and the public keys of {region} were captured for {spans}"
        return NoKey(Missing.UNKNOWN, why)


def absent(region: str, fingerprint: str) -> str:
    """That AWS did not list a key, as ``validate-logs`` says it."""
    return f"public key not found in region {region} for fingerprint {fingerprint}"


def signatures_by_key(captured: Captured | None) -> dict[str, CapturedSignature]:
    """The captured signatures by the keys of their digests."""
    signatures: Iterable[CapturedSignature] = captured.signatures if captured else ()
    return {each.key: each for each in signatures}
