"""Timestamps of signatures by a timestamp authority: what is asked of one, and what its token is worth.

A token is over the SHA-256 of an envelope, so it shows that the signature existed at its time. Source: RFC 3161. Tokens
are read and proved by rfc3161-client, which the extra ``timestamp`` installs: reading signed DER from strangers is not
for code of our own.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from reports.bundle.readers import BagReader
from reports.bundle.signatures.places import Place, places
from scanner.errors import SnapshotError, UsageError
from scanner.times import rfc3339

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampRequest, TimeStampResponse

MOST_BYTES = 64 << 10
"""The size of a token, at most."""

_SHA256 = "2.16.840.1.101.3.4.2.1"


@dataclass(frozen=True, slots=True)
class Timestamp:
    """The timestamp of one signature: its file, the envelope that it is beside, and what it is worth, in words.

    ``proved``: an authority whose certificate was given vouches for the time. ``wrong``: it does not hold.
    """

    file: str
    envelope: str
    message: str
    wrong: bool = False
    proved: bool = False

    def __str__(self) -> str:
        return f"{self.file}: {self.message}"


def require_reader() -> None:
    """Raises UsageError where rfc3161-client is not installed."""
    if find_spec("rfc3161_client") is None:
        raise UsageError(
            "Timestamps are read with the Python package rfc3161-client, which is not installed.",
            "Install it: pip install 'trailwitness[timestamp]'.",
        )


def request_for(envelope: bytes, *, nonce: bool) -> "TimeStampRequest":
    """What a timestamp authority is asked: the SHA-256 of an envelope and nothing else of it."""
    from rfc3161_client import TimestampRequestBuilder
    from rfc3161_client.base import HashAlgorithm

    builder = TimestampRequestBuilder().data(envelope).hash_algorithm(HashAlgorithm.SHA256)
    return builder.nonce(nonce=nonce).cert_request(cert_request=True).build()


def read_response(data: bytes) -> "TimeStampResponse":
    """The answer of an authority with a token over a SHA-256. Raises SnapshotError with the rest of a sentence."""
    from rfc3161_client import decode_timestamp_response

    try:
        response = decode_timestamp_response(data)
        if response.status != 0:
            raise SnapshotError(f"is an answer without a token (status {response.status})")
        algorithm = response.tst_info.message_imprint.hash_algorithm.dotted_string
    except ValueError as error:
        raise SnapshotError("is not the answer of a timestamp authority in DER (RFC 3161)") from error
    if algorithm != _SHA256:
        raise SnapshotError(f"is a timestamp of a digest of another kind than SHA-256 ({algorithm})")
    return response


def is_of(response: "TimeStampResponse", envelope: bytes) -> bool:
    """Whether a token is over this envelope."""
    return bytes(response.tst_info.message_imprint.message) == hashlib.sha256(envelope).digest()


def read_certificates(data: bytes, named: str) -> "tuple[Certificate, ...]":
    """The certificates of a PEM file that are trusted to vouch for times. Raises UsageError when there is none."""
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return tuple(load_pem_x509_certificates(data))
    except ValueError as error:
        raise UsageError(
            f"{named} holds no certificate that can be read.", "Give the root certificate of the authority as PEM."
        ) from error


def check_timestamps(bag: BagReader, trusted: "Sequence[Certificate]" = ()) -> tuple[Timestamp, ...]:
    """The timestamp of every signature that has one, the first signature's first.

    Without rfc3161-client they are not looked at, and it is said.
    """
    stamped = [place for place in places(bag.names) if place.token in bag.names]
    if find_spec("rfc3161_client") is None:
        told = "a timestamp, which was not looked at: that takes `pip install 'trailwitness[timestamp]'`"
        return tuple(Timestamp(place.token, place.envelope, told) for place in stamped)
    return tuple(_checked(bag, place, trusted) for place in stamped)


def _checked(bag: BagReader, place: Place, trusted: "Sequence[Certificate]") -> Timestamp:
    found = partial(Timestamp, place.token, place.envelope)
    envelope = bag.read(place.envelope)
    try:
        response = read_response(bag.read(place.token))
    except SnapshotError as error:
        return found(f"NOT VALID: {error.message}", wrong=True)
    if not is_of(response, envelope):
        return found("NOT VALID: is a timestamp of something else than the signature beside it", wrong=True)
    stated = rfc3339(response.tst_info.gen_time)
    if not trusted:
        return found(
            f"a timestamp that states {stated}. Whose word that is was not checked, so it proves nothing yet: name the "
            "certificate of the authority with --tsa-certificate"
        )
    problem = _unproved(response, envelope, trusted)
    if problem:
        return found(f"NOT VALID: no certificate that was given vouches for it ({problem})", wrong=True)
    return found(f"the signature existed at {stated}: an authority that was given vouches for it", proved=True)


def _unproved(response: "TimeStampResponse", envelope: bytes, trusted: "Sequence[Certificate]") -> str:
    """Why the signature of a token does not hold for these certificates; "" when it does."""
    from rfc3161_client import VerificationError
    from rfc3161_client.verify import VerifierBuilder

    own = None if response.signed_data.certificates else next(filter(_stamps, trusted), None)
    try:
        VerifierBuilder(roots=list(trusted), tsa_certificate=own).build().verify_message(response, envelope)
    except (VerificationError, ValueError) as error:
        return str(error).rstrip(".")
    return ""


def _stamps(certificate: "Certificate") -> bool:
    """Whether a certificate is for timestamps."""
    from cryptography.x509 import ExtendedKeyUsage, ExtensionNotFound
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        usage = certificate.extensions.get_extension_for_class(ExtendedKeyUsage).value
    except ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.TIME_STAMPING in usage
