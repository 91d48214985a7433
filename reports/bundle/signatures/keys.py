"""Keys that sign bundles: which kinds there are, what a public key is called, and what a private key file holds.

Two kinds alone: ECDSA on P-256 with SHA-256, and Ed25519 (FIPS 186-5). Every `openssl` can check both.
"""

import hashlib
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from scanner.errors import UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

    PublicNumbers = EllipticCurvePublicKey | Ed25519PublicKey
    PrivateNumbers = EllipticCurvePrivateKey | Ed25519PrivateKey

KINDS = "ECDSA on the curve P-256, or Ed25519"

_ARMOUR = (
    (b"CERTIFICATE", "a certificate"),
    (b"PUBLIC KEY", "a public key"),
    (b"PRIVATE KEY", "a private key"),
)
_SSH_PRIVATE = b"-----BEGIN OPENSSH PRIVATE KEY"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key: its id, which is the SHA-256 of its SubjectPublicKeyInfo (DER), and itself as PEM."""

    key_id: str
    pem: bytes
    numbers: "PublicNumbers" = field(repr=False, compare=False)

    def fits(self, signature: bytes, message: bytes) -> bool:
        """Whether a signature of a message was made with the private key."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519
        from cryptography.hazmat.primitives.hashes import SHA256

        try:
            if isinstance(self.numbers, ed25519.Ed25519PublicKey):
                self.numbers.verify(signature, message)
            else:
                self.numbers.verify(signature, message, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


class Signer(Protocol):
    """Whatever holds a private key, or can ask for signatures by one."""

    @property
    def public_key(self) -> PublicKey:
        """The public key of the pair."""

    def sign(self, message: bytes) -> bytes:
        """The signature of a message: DER for ECDSA, 64 bytes for Ed25519."""


@dataclass(frozen=True, slots=True)
class LocalSigner:
    """A private key that was read from a file."""

    public_key: PublicKey
    _numbers: "PrivateNumbers" = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """See ``Signer``."""
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519
        from cryptography.hazmat.primitives.hashes import SHA256

        if isinstance(self._numbers, ed25519.Ed25519PrivateKey):
            return self._numbers.sign(message)
        return self._numbers.sign(message, ec.ECDSA(SHA256()))


def public_key(numbers: object, named: str) -> PublicKey:
    """What ``cryptography`` read as a public key, as one of ours. Raises UsageError for a kind that is not used."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    if isinstance(numbers, ed25519.Ed25519PublicKey) or (
        isinstance(numbers, ec.EllipticCurvePublicKey) and isinstance(numbers.curve, ec.SECP256R1)
    ):
        der = numbers.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        pem = numbers.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return PublicKey(hashlib.sha256(der).hexdigest(), pem, numbers)
    raise UsageError(f"{named} is {_kind(numbers)}.", f"Bundles are signed with {KINDS}.")


def read_public_key(data: bytes, named: str) -> PublicKey:
    """The public key of a PEM file, or of one as OpenSSH writes it. Raises UsageError, which calls it ``named``."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key, load_ssh_public_key

    as_ssh = data.startswith((b"ssh-", b"ecdsa-", b"sk-"))
    try:
        return public_key(load_ssh_public_key(data) if as_ssh else load_pem_public_key(data), named)
    except (ValueError, UnsupportedAlgorithm) as error:
        held = _armour(data)
        other = held and held != "a public key"
        told = f"{named} is {held}, not a public key." if other else f"{named} holds no public key that can be read."
        hint = "Give the public key as PEM (`openssl pkey -in KEY -pubout`), or as OpenSSH writes it."
        raise UsageError(told, hint) from error


def read_private_key(data: bytes, password: str | None, named: str, *, ssh: bool) -> LocalSigner:
    """The private key of a PEM file, or with ``ssh`` of one of OpenSSH's.

    Raises UsageError for a key of another kind, and for a password that is wrong, missing or not needed; it tells
    neither the password nor anything of the key.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

    _check_form(data, named, ssh=ssh)
    secret = password.encode() if password else None
    try:
        numbers = load_ssh_private_key(data, secret) if ssh else load_pem_private_key(data, secret)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise _unread(error, named, password) from None
    public = public_key(numbers.public_key(), named)
    return LocalSigner(public, numbers)  # type: ignore[arg-type]  # its public key is of one of the two kinds


def _check_form(data: bytes, named: str, *, ssh: bool) -> None:
    is_ssh = data.lstrip().startswith(_SSH_PRIVATE)
    if is_ssh and not ssh:
        raise UsageError(f"{named} is a private key of OpenSSH.", f"Write --sign sshkey:{named}.")
    held = _armour(data)
    if ssh and not is_ssh:
        what = (
            f"is {held} in another form" if held == "a private key" else f"is {held}" if held else "is something else"
        )
        hint = f"Write --sign {named} for a PEM file." if held == "a private key" else "Name the file without .pub."
        raise UsageError(f"{named} {what}, not a private key of OpenSSH.", hint)
    if held != "a private key":
        raise UsageError(
            f"{named} is {held or 'not a PEM file'}, and a private key signs.",
            "Name the file that begins with BEGIN PRIVATE KEY, BEGIN EC PRIVATE KEY or BEGIN ENCRYPTED PRIVATE KEY.",
        )


def _unread(error: Exception, named: str, password: str | None) -> UsageError:
    """Why a private key was not read. What ``cryptography`` says is not told: it may hold what it read."""
    from cryptography.exceptions import UnsupportedAlgorithm

    if isinstance(error, UnsupportedAlgorithm) and find_spec("bcrypt") is None:
        return UsageError(
            f"{named} is encrypted as OpenSSH does it, and the Python package bcrypt, which that takes, is not here.",
            "Install bcrypt beside Trailwitness, or sign with an encrypted PEM file.",
        )
    if isinstance(error, TypeError):
        if password:
            return UsageError(
                f"{named} is not encrypted, and TRAILWITNESS_SIGN_PASSWORD holds a password.", "Unset the variable."
            )
        return UsageError(f"{named} is encrypted.", "Set TRAILWITNESS_SIGN_PASSWORD to its password.")
    if password:
        return UsageError(
            f"{named} cannot be read with the password in TRAILWITNESS_SIGN_PASSWORD.",
            "Either the password is wrong, or the file is damaged.",
        )
    return UsageError(f"{named} cannot be read as a private key.", f"Keys are {KINDS}; or the file is damaged.")


def _armour(data: bytes) -> str:
    """What the first BEGIN line of a PEM file that is known says that it holds; "" when there is none.

    ``openssl ecparam -genkey`` writes the parameters of the curve before the key.
    """
    if data.startswith((b"ssh-", b"ecdsa-", b"sk-")):
        return "a public key"
    lines = [line for line in data.splitlines() if line.startswith(b"-----BEGIN ")]
    return next((words for line in lines for mark, words in _ARMOUR if mark in line), "")


def _kind(numbers: object) -> str:
    """What a key is, in words."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if isinstance(numbers, rsa.RSAPublicKey):
        return f"an RSA key of {numbers.key_size} bits"
    if isinstance(numbers, ec.EllipticCurvePublicKey):
        return f"an elliptic-curve key on {numbers.curve.name}"
    return f"a key of another kind ({type(numbers).__name__.removesuffix('PublicKey')})"
