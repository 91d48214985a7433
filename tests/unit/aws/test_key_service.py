"""A key in AWS KMS signs digests, in a session of its own; the session that scans can never sign."""

import hashlib
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.stub import Stubber
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanner.aws.options import CollectOptions
from scanner.aws.session import ALLOWED_OPERATIONS, NotAReadError, open_session
from scanner.aws.signing import session as signing_session
from scanner.aws.signing.kms import KmsKey, kms_key
from scanner.aws.signing.session import SIGNING_OPERATIONS, open_kms_key
from scanner.errors import CollectError, TrailwitnessError, UsageError
from scanner.runs.signing.signers import open_signer, signer_in_kms

ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
PAIR = ec.generate_private_key(ec.SECP256R1())


class StubKms:
    """AWS KMS with one key; it signs what it is sent as a digest, as the API does in DIGEST mode."""

    def __init__(self, **answer: Any) -> None:
        der = PAIR.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.answer = {
            "KeyUsage": "SIGN_VERIFY",
            "KeySpec": "ECC_NIST_P256",
            "SigningAlgorithms": ["ECDSA_SHA_256"],
            "PublicKey": der,
            **answer,
        }
        self.asked: list[dict[str, Any]] = []
        self.error: Exception | None = None

    def get_public_key(self, **arguments: Any) -> dict[str, Any]:
        assert arguments == {"KeyId": ARN}
        if self.error is not None:
            raise self.error
        return self.answer

    def sign(self, **arguments: Any) -> dict[str, Any]:
        self.asked.append(arguments)
        if self.error is not None:
            raise self.error
        return {"Signature": PAIR.sign(arguments["Message"], ec.ECDSA(Prehashed(SHA256())))}


def _denied(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Sign")


def test_only_a_digest_is_sent_and_the_signature_fits() -> None:
    kms = StubKms()
    signer = signer_in_kms(kms_key(kms, ARN))
    assert signer.public_key.fits(signer.sign(b"text" * 5000), b"text" * 5000)
    assert kms.asked == [
        {
            "KeyId": ARN,
            "Message": hashlib.sha256(b"text" * 5000).digest(),
            "MessageType": "DIGEST",
            "SigningAlgorithm": "ECDSA_SHA_256",
        }
    ]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"KeySpec": "RSA_2048"}, "is of the spec RSA_2048"),
        ({"KeySpec": "ECC_NIST_P384"}, "is of the spec ECC_NIST_P384"),
        ({"KeyUsage": "KEY_AGREEMENT"}, "is for KEY_AGREEMENT"),
        ({"SigningAlgorithms": []}, "Bundles are signed in AWS KMS with a key of the spec ECC_NIST_P256"),
        ({"PublicKey": b"hello"}, "has a public key that cannot be read"),
        ({"PublicKey": None}, "not its documented shape"),
    ],
)
def test_a_key_of_another_kind(answer: dict[str, Any], words: str) -> None:
    with pytest.raises(TrailwitnessError, match=words):
        signer_in_kms(kms_key(StubKms(**answer), ARN))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (_denied("AccessDeniedException"), "answered AccessDeniedException. Whoever signs needs kms:GetPublicKey and"),
        (_denied("NotFoundException"), "Check the Region"),
        (_denied("DisabledException"), "Enable the key"),
        (_denied("ThrottlingException"), "answered ThrottlingException"),
        (EndpointConnectionError(endpoint_url="https://kms.test"), "could not be asked about the key"),
    ],
)
def test_a_key_that_may_not_be_used(error: Exception, words: str) -> None:
    kms = StubKms()
    key = kms_key(kms, ARN)
    kms.error = error
    with pytest.raises(CollectError, match=words):
        key.sign(b"text")
    with pytest.raises(CollectError, match=words):
        kms_key(kms, ARN)


@pytest.fixture
def credentials(plain_environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del plain_environment
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-real-secret")


@pytest.mark.usefixtures("credentials")
def test_the_session_that_scans_can_never_sign() -> None:
    assert not SIGNING_OPERATIONS & ALLOWED_OPERATIONS
    client = open_session(CollectOptions(regions=("eu-west-1",))).client("kms", "eu-west-1")
    with pytest.raises(NotAReadError, match=r"kms\.Sign is not one of the read operations"):
        client.sign(KeyId=ARN, Message=b"0" * 32, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256")


@pytest.mark.usefixtures("credentials")
def test_the_session_that_signs_can_do_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    def remember(client: Any, key_arn: str) -> Any:
        made.append(client)
        return key_arn

    monkeypatch.setattr(signing_session, "kms_key", remember)
    open_kms_key(ARN)
    (client,) = made
    assert client.meta.region_name == "eu-west-1"
    with Stubber(client) as stub:
        stub.add_response("get_public_key", {"KeySpec": "ECC_NIST_P256"})
        assert client.get_public_key(KeyId=ARN)["KeySpec"] == "ECC_NIST_P256"
    for refused in ("describe_key", "schedule_key_deletion"):
        with pytest.raises(NotAReadError):
            getattr(client, refused)(KeyId=ARN)


@pytest.mark.usefixtures("credentials")
def test_a_profile_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="The AWS profile 'none' does not exist"):
        open_signer(f"kms:{ARN}", "none")


def test_boto3_knows_the_parameters() -> None:
    client = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x").client("kms", region_name="eu-west-1")
    with Stubber(client) as stub:
        stub.add_response("sign", {"Signature": b"x"}, {
            "KeyId": ARN,
            "Message": hashlib.sha256(b"text").digest(),
            "MessageType": "DIGEST",
            "SigningAlgorithm": "ECDSA_SHA_256",
        })  # fmt: skip
        assert KmsKey(client, ARN, b"").sign(b"text") == b"x"
