"""Keys, and a bundle that is signed with one of them."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from reports.bundle.content import Content
from reports.bundle.seal import sealed_tags, write_folder
from reports.bundle.signatures.keys import LocalSigner, read_private_key
from reports.bundle.signatures.making import signature_files

Signed = Callable[[LocalSigner], Path]


def _signer(numbers: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> LocalSigner:
    pem = numbers.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return read_private_key(pem, None, "key.pem", ssh=False)


@pytest.fixture(scope="session")
def signers() -> Mapping[str, LocalSigner]:
    """A key of each kind, and one more that nobody trusts."""
    return {
        "p256": _signer(ec.generate_private_key(ec.SECP256R1())),
        "ed25519": _signer(ed25519.Ed25519PrivateKey.generate()),
        "stranger": _signer(ed25519.Ed25519PrivateKey.generate()),
    }


@pytest.fixture
def signed(files: dict[str, Content], tmp_path: Path) -> Signed:
    """The sample's bundle, signed with a key."""

    def make(signer: LocalSigner) -> Path:
        target = tmp_path / "signed"
        write_folder({**files, **signature_files(sealed_tags(files), signer)}, target)
        return target

    return make
