"""Which key ``--sign KEY`` names: a PEM file, a key in AWS KMS, or a private key of OpenSSH."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.errors import UsageError

if TYPE_CHECKING:
    from reports.bundle.signatures.keys import PublicKey, Signer
    from scanner.aws.signing.kms import KmsKey

PASSWORD = "TRAILWITNESS_SIGN_PASSWORD"  # noqa: S105 - the name of the variable
"""The environment variable with the password of an encrypted private key."""

_MOST_BYTES = 1 << 20
_KMS, _SSH = "kms:", "sshkey"
_SSH_DEFAULTS = ("~/.ssh/id_ed25519", "~/.ssh/id_ecdsa")


def open_signer(key: str, profile: str | None = None) -> "Signer":
    """The signer that a text names: ``FILE``, ``kms:KEY-ARN`` or ``sshkey[:FILE]``.

    A key in AWS KMS is asked for its public half now, so that what cannot sign is refused before anything is collected;
    ``profile`` is the AWS profile for that. Raises UsageError for a key that cannot sign, CollectError when AWS KMS
    cannot be asked.
    """
    if key.startswith(_KMS):
        from scanner.aws.signing.session import open_kms_key

        return signer_in_kms(open_kms_key(key.removeprefix(_KMS), profile))
    from reports.bundle.signatures.keys import read_private_key

    ssh = key == _SSH or key.startswith(f"{_SSH}:")
    path = _ssh_file(key) if ssh else Path(key)
    return read_private_key(read_key_file(path), os.environ.get(PASSWORD), str(path), ssh=ssh)


@dataclass(frozen=True, slots=True)
class RemoteSigner:
    """A key that is kept elsewhere, and its public half."""

    public_key: "PublicKey"
    key: "KmsKey"

    def sign(self, message: bytes) -> bytes:
        """See ``reports.bundle.signatures.keys.Signer``."""
        return self.key.sign(message)


def signer_in_kms(key: "KmsKey") -> RemoteSigner:
    """The signer of a key in AWS KMS. Raises UsageError when what AWS KMS calls its public key is not one of ours."""
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    from reports.bundle.signatures.keys import public_key

    named = f"The key {key.key_arn}"
    try:
        numbers = load_der_public_key(key.public_der)
    except ValueError as error:
        raise UsageError(f"{named} has a public key that cannot be read.", "Check AWS_ENDPOINT_URL.") from error
    return RemoteSigner(public_key(numbers, named), key)


def read_key_file(path: Path) -> bytes:
    """The bytes of a key file. Raises UsageError when it is not there, too large to be one or cannot be read."""
    try:
        with path.open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"The key file {path} cannot be read: {error.strerror or error}.") from error
    if len(data) > _MOST_BYTES:
        raise UsageError(f"{path} is larger than {_MOST_BYTES} bytes, so it is not a key file.")
    return data


def _ssh_file(key: str) -> Path:
    named = key.removeprefix(_SSH).removeprefix(":")
    if named:
        return Path(named).expanduser()
    usual = [Path(name).expanduser() for name in _SSH_DEFAULTS]
    found = [path for path in usual if path.is_file()]
    if not found:
        raise UsageError(
            f"--sign sshkey: there is none of {' and '.join(_SSH_DEFAULTS)}.", "Name the key: --sign sshkey:FILE."
        )
    return found[0]
