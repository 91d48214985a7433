"""Public keys of CloudTrail: read from DER, and believed only under the fingerprint that follows from their bytes.

``ListPublicKeys`` gives keys in DER, PKCS#1 (CloudTrail API reference, ``PublicKey``); its samples hold one that is a
SubjectPublicKeyInfo as well. A fingerprint is the MD5 of the DER bytes in hex, which no page says and every published
sample shows: it chooses a key and proves nothing, so that MD5 harms nobody. Keys are of one Region each.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key of CloudTrail in a Region. ``fingerprint`` is what AWS calls it, ``der`` its bytes."""

    region: str
    fingerprint: str
    der: bytes
    since: datetime | None = None
    until: datetime | None = None


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


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
