"""A key in AWS KMS: what it must be to sign bundles, and its signatures."""

import hashlib
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from scanner.aws.failures import UNPARSABLE, code_of, first_line, sentence
from scanner.errors import CollectError, UsageError

_UNANSWERED: tuple[type[Exception], ...] = (ClientError, BotoCoreError, *UNPARSABLE)

_SPEC, _ALGORITHM, _USAGE = "ECC_NIST_P256", "ECDSA_SHA_256", "SIGN_VERIFY"


@dataclass(frozen=True, slots=True)
class KmsKey:
    """A key in AWS KMS that signs digests; ``client`` is a boto3 client of AWS KMS in the Region of the key.

    ``public_der`` is its public half as SubjectPublicKeyInfo (DER).
    """

    client: Any
    key_arn: str
    public_der: bytes

    def sign(self, message: bytes) -> bytes:
        """The signature of a message (DER); only its SHA-256 is sent. Raises CollectError when AWS KMS gives none.

        Source: AWS KMS API Reference, Sign (MessageType DIGEST).
        """
        try:
            answer = self.client.sign(
                KeyId=self.key_arn,
                Message=hashlib.sha256(message).digest(),
                MessageType="DIGEST",
                SigningAlgorithm=_ALGORITHM,
            )
            return bytes(answer["Signature"])
        except _UNANSWERED as error:
            raise _refused("sign", self.key_arn, error) from error


def kms_key(client: Any, key_arn: str) -> KmsKey:
    """A key, through this client of AWS KMS, which is asked for the public key.

    Raises UsageError for a key that does not sign as bundles are signed, CollectError when AWS KMS does not give it.
    """
    try:
        answer = client.get_public_key(KeyId=key_arn)
        usage, algorithms = answer["KeyUsage"], answer.get("SigningAlgorithms", [])
        spec = answer.get("KeySpec") or answer["CustomerMasterKeySpec"]
        if usage != _USAGE or spec != _SPEC or _ALGORITHM not in algorithms:
            raise UsageError(
                f"The key {key_arn} is of the spec {spec} and is for {usage}.",
                f"Bundles are signed in AWS KMS with a key of the spec {_SPEC} for {_USAGE}.",
            )
        return KmsKey(client, key_arn, bytes(answer["PublicKey"]))
    except _UNANSWERED as error:
        raise _refused("give its public key", key_arn, error) from error


def _refused(what: str, key_arn: str, error: Exception) -> CollectError:
    if isinstance(error, ClientError):
        code = code_of(error)
        told = f"The key {key_arn} did not {what}: AWS KMS answered {code}."
        return CollectError(told, _HINTS.get(code, "The bundle was not written."))
    if isinstance(error, BotoCoreError):
        return CollectError(f"AWS KMS could not be asked about the key {key_arn}: {sentence(first_line(error))}")
    return CollectError(
        f"The key {key_arn} did not {what}: AWS KMS answered something that is not its documented shape.",
        "Check AWS_ENDPOINT_URL and the proxy.",
    )


_HINTS = {
    "AccessDeniedException": "Whoever signs needs kms:GetPublicKey and kms:Sign on the key.",
    "NotFoundException": "Check the Region, the account and the id of the key.",
    "DisabledException": "Enable the key, or sign with another one.",
    "KMSInvalidStateException": "The key is disabled or will be deleted: sign with another one.",
    "UnsupportedOperationException": f"Bundles are signed with an asymmetric key of the spec {_SPEC}.",
    "InvalidKeyUsageException": f"Bundles are signed with a key for {_USAGE}.",
}
