"""Public keys of CloudTrail: read from DER, and believed only under the fingerprint that follows from their bytes.

``ListPublicKeys`` gives keys in DER, PKCS#1 (CloudTrail API reference, ``PublicKey``); its samples hold one that is a
SubjectPublicKeyInfo as well. A fingerprint is the MD5 of the DER bytes in hex, which no page says and every published
sample shows: it chooses a key and proves nothing, so that MD5 harms nobody. Keys are of one Region each.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from scanner.times import rfc3339

_LATE = timedelta(hours=2)
"""How long after the end of its validity a key may sign: a digest of the hour before."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key of CloudTrail in a Region. ``fingerprint`` is what AWS calls it, ``der`` its bytes."""

    region: str
    fingerprint: str
    der: bytes
    since: datetime | None = None
    until: datetime | None = None

    def out_of_use(self, region: str, moment: datetime) -> "NoKey | None":
        """That it was no longer valid when something was signed; None where it was, or its validity is not known.

        ``ListPublicKeys`` is asked for the time of a digest (user guide, "Custom implementations"): a key that was out
        of use by then is not among those it gives. One that came into use afterwards may have signed what came late.
        """
        if self.until is None or moment - _LATE <= self.until:
            return None
        why = (
            f"its public key {self.fingerprint} of region {region} was valid until {rfc3339(self.until)}, and no longer"
        )
        return NoKey(Missing.ABSENT, f"{why} at {rfc3339(moment)}")


class Missing(Enum):
    """Why there is no key: it is not among those that were used then, or it could not be asked for."""

    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class NoKey:
    """That there is no key for a digest, with the sentence that says why."""

    missing: Missing
    why: str


class KeyRing(Protocol):
    """Where the public keys of a run come from. Safe to use from several threads."""

    def find(self, region: str, fingerprint: str, moment: datetime) -> RSAPublicKey | NoKey:
        """The key of a Region with this fingerprint, for what was signed about then."""


def load_key(key: PublicKey) -> RSAPublicKey | None:
    """The key when it is an RSA key whose fingerprint is that of its own bytes; None when it must not be used."""
    try:
        loaded = load_der_public_key(key.der)
    except (ValueError, UnsupportedAlgorithm):
        return None
    if not isinstance(loaded, RSAPublicKey) or key.fingerprint.lower() not in fingerprints(key.der, loaded):
        return None
    return loaded


def fingerprints(der: bytes, loaded: RSAPublicKey) -> frozenset[str]:
    """The fingerprints that follow from a key: of its bytes as given, as PKCS#1 and as SubjectPublicKeyInfo."""
    forms = (PublicFormat.PKCS1, PublicFormat.SubjectPublicKeyInfo)
    return frozenset(map(_md5, (der, *(loaded.public_bytes(Encoding.DER, form) for form in forms))))


def usable(keys: Iterable[PublicKey]) -> tuple[dict[tuple[str, str], RSAPublicKey], tuple[PublicKey, ...]]:
    """Keys by Region and fingerprint, and those that must not be used."""
    found: dict[tuple[str, str], RSAPublicKey] = {}
    refused: list[PublicKey] = []
    for key in keys:
        loaded = load_key(key)
        if loaded is None:
            refused.append(key)
        else:
            found[key.region, key.fingerprint.lower()] = loaded
    return found, tuple(refused)


def longest(keys: Iterable[PublicKey]) -> dict[tuple[str, str], PublicKey]:
    """Keys by Region and fingerprint; of one that is there twice, that which is valid the longer."""
    found: dict[tuple[str, str], PublicKey] = {}
    for key in keys:
        at = (key.region, key.fingerprint.lower())
        known = found.get(at)
        ends = known.until if known is not None else None
        if known is None or key.until is None or (ends is not None and key.until > ends):
            found[at] = key
    return found


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
