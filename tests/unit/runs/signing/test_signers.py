"""Keys that ``--sign`` names: which sign, and one clear sentence for every other."""

import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from reports.bundle.signatures.keys import read_public_key
from scanner.errors import TrailwitnessError, UsageError
from scanner.runs.signing.signers import PASSWORD, open_signer

SECRET = "correct horse"
P256 = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
RSA = rsa.generate_private_key(65537, 2048)
Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def _pem(key: Private, form: PrivateFormat = PrivateFormat.PKCS8, password: str = "") -> bytes:
    sealed = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, sealed)


def _public(key: Private, encoding: Encoding = Encoding.PEM) -> bytes:
    form = PublicFormat.OpenSSH if encoding is Encoding.OpenSSH else PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(encoding, form)


CERTIFICATE = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def _named(value: object) -> str:
    """A name for a test that is the same in every process: keys are made anew in each."""
    return value if isinstance(value, str) else "key"


@pytest.mark.parametrize(
    ("scheme", "content", "password"),
    [
        ("", _pem(P256), ""),
        ("", _pem(P256, PrivateFormat.TraditionalOpenSSL), ""),
        ("", b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + _pem(P256), ""),
        ("", _pem(ED25519), ""),
        ("", _pem(P256, password=SECRET), SECRET),
        ("", _pem(P256, PrivateFormat.TraditionalOpenSSL, SECRET), SECRET),
        ("sshkey:", _pem(P256, PrivateFormat.OpenSSH), ""),
        ("sshkey:", _pem(ED25519, PrivateFormat.OpenSSH), ""),
    ],
    ids=_named,
)
def test_keys_that_sign(
    scheme: str, content: bytes, password: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    monkeypatch.setenv(PASSWORD, password)
    signer = open_signer(f"{scheme}{path}")
    assert signer.public_key.fits(signer.sign(b"text"), b"text")
    assert not signer.public_key.fits(signer.sign(b"text"), b"another")


@pytest.mark.parametrize(
    ("scheme", "content", "password", "words"),
    [
        ("", CERTIFICATE, "", "is a certificate, and a private key signs"),
        ("", _public(P256), "", "is a public key, and a private key signs"),
        ("", _public(ED25519, Encoding.OpenSSH), "", "is a public key, and a private key signs"),
        (
            "",
            _pem(RSA),
            "",
            "is an RSA key of 2048 bits. Bundles are signed with ECDSA on the curve P-256, or Ed25519.",
        ),
        ("", _pem(P384), "", "is an elliptic-curve key on secp384r1."),
        (
            "",
            _pem(P256, password=SECRET),
            "battery staple",
            "cannot be read with the password in TRAILWITNESS_SIGN_PASSWORD",
        ),
        ("", _pem(P256, password=SECRET), "", "is encrypted. Set TRAILWITNESS_SIGN_PASSWORD"),
        ("", _pem(P256), SECRET, "is not encrypted, and TRAILWITNESS_SIGN_PASSWORD holds a password"),
        ("", b"", "", "is not a PEM file, and a private key signs"),
        ("", b"\x00\xff" * 99, "", "is not a PEM file"),
        ("", _pem(P256)[:90], "", "cannot be read as a private key"),
        ("", b"-" * ((1 << 20) + 1), "", "so it is not a key file"),
        ("", _pem(ED25519, PrivateFormat.OpenSSH), "", "is a private key of OpenSSH. Write --sign sshkey:"),
        ("sshkey:", _pem(P256), "", "is a private key in another form, not a private key of OpenSSH. Write --sign "),
        ("sshkey:", _public(ED25519, Encoding.OpenSSH), "", "is a public key, not a private key of OpenSSH"),
        ("sshkey:", _pem(RSA, PrivateFormat.OpenSSH), "", "is an RSA key of 2048 bits"),
        ("sshkey:", b"hello", "", "is something else, not a private key of OpenSSH"),
        ("sshkey:", _pem(ED25519, PrivateFormat.OpenSSH), SECRET, "is not encrypted"),
    ],
    ids=_named,
)
def test_keys_that_do_not_sign(
    scheme: str, content: bytes, password: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    monkeypatch.setenv(PASSWORD, password)
    with pytest.raises(UsageError) as raised:
        open_signer(f"{scheme}{path}")
    told = str(raised.value)
    assert words in told
    assert str(path) in told
    assert not password or password not in told
    assert "PRIVATE KEY-----" not in told


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("missing.pem", "The key file missing.pem cannot be read: No such file"),
        (".", "The key file . cannot be read: Is a directory"),
        ("sshkey:missing", "The key file missing cannot be read"),
        ("sshkey", "--sign sshkey: there is none of ~/.ssh/id_ed25519 and ~/.ssh/id_ecdsa"),
        ("kms:", "is not the ARN of a key in AWS KMS"),
        ("kms:1234abcd", "is not the ARN of a key in AWS KMS"),
        ("kms:arn:aws:s3:::bucket", "is not the ARN of a key in AWS KMS"),
    ],
)
def test_keys_that_are_not_there(key: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(TrailwitnessError, match=words.replace("(", r"\(").replace(".", r"\.")):
        open_signer(key)


def test_a_key_that_ssh_keygen_made_under_its_usual_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / ".ssh"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    try:
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", SECRET, "-a", "1", "-f", str(folder / "id_ed25519")], check=True
        )
    except FileNotFoundError:
        pytest.skip("needs ssh-keygen")
    with pytest.raises(UsageError, match="is encrypted"):
        open_signer("sshkey")
    monkeypatch.setenv(PASSWORD, SECRET)
    if find_spec("bcrypt") is None:
        with pytest.raises(UsageError, match="the Python package bcrypt, which that takes, is not here"):
            open_signer("sshkey")
        subprocess.run(["ssh-keygen", "-q", "-p", "-P", SECRET, "-N", "", "-f", str(folder / "id_ed25519")], check=True)
        monkeypatch.delenv(PASSWORD)
    signer = open_signer("sshkey")
    beside = read_public_key((folder / "id_ed25519.pub").read_bytes(), "id_ed25519.pub")
    assert signer.public_key.key_id == beside.key_id
    assert stat.S_IMODE((folder / "id_ed25519").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (CERTIFICATE, "is a certificate, not a public key"),
        (_pem(P256), "is a private key, not a public key"),
        (_public(RSA), "is an RSA key of 2048 bits"),
        (_public(P384), "is an elliptic-curve key on secp384r1"),
        (b"ssh-ed25519 AAAA", "holds no public key that can be read"),
        (b"", "holds no public key that can be read"),
    ],
)
def test_what_is_not_a_public_key_to_check_with(content: bytes, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_public_key(content, "audit.pem")


def test_one_key_in_both_forms_has_one_id() -> None:
    forms = [_public(ED25519), _public(ED25519, Encoding.OpenSSH)]
    assert len({read_public_key(form, "key").key_id for form in forms}) == 1
