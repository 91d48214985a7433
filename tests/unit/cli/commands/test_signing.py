"""`--sign`, `--previous` and what `verify` says of signatures, on the command line."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from scanner.cli import run
from scanner.cli.exit_codes import Exit

RULE = ["--rule", "trail.log-file-validation"]
Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def _keys(folder: Path, name: str, key: Private) -> tuple[Path, Path]:
    private, public = folder / f"{name}.pem", folder / f"{name}.pub.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


@pytest.fixture
def audit(tmp_path: Path) -> tuple[Path, Path]:
    """A private key and its public half."""
    return _keys(tmp_path, "audit", ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture
def stranger(tmp_path: Path) -> tuple[Path, Path]:
    """Another pair."""
    return _keys(tmp_path, "stranger", ed25519.Ed25519PrivateKey.generate())


def _seal(snapshot: Path, bundle: Path, *options: str) -> int:
    return run(["scan", "--snapshot", str(snapshot), *RULE, "--bundle", str(bundle), *options])


@pytest.mark.parametrize("name", ["bag", "bag.zip"])
def test_a_signed_bundle_is_verified_by_its_key_alone(
    name: str,
    snapshot: Path,
    tmp_path: Path,
    audit: tuple[Path, Path],
    stranger: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    bundle = tmp_path / name
    assert _seal(snapshot, bundle, "--sign", str(audit[0])) == Exit.FINDINGS
    shown = capsys.readouterr().err
    assert f"wrote {bundle}, signed with the key " in shown
    identity = shown.partition("identity ")[2][:64]

    def told(*options: str) -> tuple[int, str]:
        code = run(["verify", str(bundle), *options])
        return code, capsys.readouterr().out

    code, out = told("--public-key", str(audit[1]))
    assert code == Exit.CLEAN
    assert f"signed by the key in {audit[1]} (key id " in out
    assert "states the result FAILED" in out
    assert f"identity {identity}" in out

    code, out = told()
    assert code == Exit.CLEAN
    assert "shows only that the two belong together" in out
    assert "signed by" not in out

    code, out = told("--require-signature")
    assert code == Exit.INCOMPLETE
    assert "INCOMPLETE: the bundle is signed, and whose the signature is cannot be told" in out

    code, out = told("--public-key", str(stranger[1]))
    assert code == Exit.FINDINGS
    assert "signed with a key that is none of those given" in out
    assert "no signature that holds was made with a key that was given" in out
    assert "signed by" not in out

    code, out = told("--public-key", str(stranger[1]), "--public-key", str(audit[1]), "--require-signature")
    assert code == Exit.CLEAN


def test_a_bundle_without_a_signature_where_one_is_asked_for(
    snapshot: Path, tmp_path: Path, audit: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "bag"
    _seal(snapshot, bundle, "--sign", str(audit[0]))
    shutil.rmtree(bundle / "signatures")
    assert run(["verify", str(bundle)]) == Exit.CLEAN
    for options in (["--require-signature"], ["--public-key", str(audit[1])]):
        capsys.readouterr()
        assert run(["verify", str(bundle), *options]) == Exit.FINDINGS
        assert "the bundle is not signed, and a signature was asked for" in capsys.readouterr().out


def test_a_broken_signature_is_tampering_whoever_asks(
    snapshot: Path, tmp_path: Path, audit: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "bag"
    _seal(snapshot, bundle, "--sign", str(audit[0]))
    envelope = bundle / "signatures/bundle.dsse.json"
    envelope.write_text(envelope.read_text().replace('"keyid": "', '"keyid": "0'))
    for options in ([], ["--require-signature"], ["--public-key", str(audit[1])]):
        capsys.readouterr()
        assert run(["verify", str(bundle), *options]) == Exit.FINDINGS
        out = capsys.readouterr().out
        assert "signatures/bundle.dsse.json: NOT VALID: names the key 0" in out
        assert "NOT VERIFIED: the signatures are not what they must be" in out
        assert ": verified" not in out


def test_signing_leaves_every_other_byte_as_it_is(snapshot: Path, tmp_path: Path, audit: tuple[Path, Path]) -> None:
    for name, options in (("plain", []), ("signed", ["--sign", str(audit[0])])):
        _seal(snapshot, tmp_path / name, "--quiet", *options)

    def held(name: str) -> dict[str, bytes]:
        files = [path for path in (tmp_path / name).rglob("*") if path.is_file()]
        return {path.relative_to(tmp_path / name).as_posix(): path.read_bytes() for path in files}

    plain, signed = held("plain"), held("signed")
    assert {name: data for name, data in signed.items() if not name.startswith("signatures/")} == plain
    secret = audit[0].read_bytes().splitlines()[1]
    assert not any(secret in data for data in signed.values())


@pytest.mark.parametrize("command", ["scan", "logs"])
@pytest.mark.parametrize("option", ["--sign", "--previous"])
def test_what_is_put_on_a_bundle_needs_one(
    command: str, option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, option, str(tmp_path)]) == Exit.ERROR
    assert f"{option} is about a bundle, and none is written. Name one with --bundle." in capsys.readouterr().err


def test_a_key_that_cannot_sign_leaves_nothing_behind(
    snapshot: Path, tmp_path: Path, audit: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(tmp_path.iterdir())
    assert _seal(snapshot, tmp_path / "bag", "--sign", str(audit[1])) == Exit.ERROR
    assert "is a public key, and a private key signs" in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before


def test_logs_are_signed_as_well(tmp_path: Path, audit: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.json"
    log.write_text('{"Records": []}')
    bundle = tmp_path / "bag"
    run(["logs", str(log), "--rule", "event.logging-stopped", "--bundle", str(bundle), "--sign", str(audit[0])])
    assert "signed with the key" in capsys.readouterr().err
    assert run(["verify", str(bundle), "--public-key", str(audit[1])]) == Exit.CLEAN
    assert "states the result WARNED" in capsys.readouterr().out


def test_a_bundle_names_the_one_before_it(snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    _seal(snapshot, first, "--quiet")
    _seal(snapshot, second, "--previous", str(first), "--quiet")
    identity = hashlib.sha256((first / "tagmanifest-sha256.txt").read_bytes()).hexdigest()
    assert f"Previous-Bundle-SHA256: {identity}\n" in (second / "bag-info.txt").read_text()
    assert run(["verify", str(second)]) == Exit.CLEAN
    (first / "data/README.txt").write_text("changed")
    capsys.readouterr()
    assert _seal(snapshot, tmp_path / "third", "--previous", str(first)) == Exit.ERROR
    assert f"{first} is not as it was sealed: " in capsys.readouterr().err
    assert not (tmp_path / "third").exists()


@pytest.mark.parametrize("name", ["bag", "bag.zip"])
def test_a_sealed_bundle_is_signed_by_one_after_the_other(
    name: str,
    snapshot: Path,
    tmp_path: Path,
    audit: tuple[Path, Path],
    stranger: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    bundle = tmp_path / name
    _seal(snapshot, bundle, "--quiet")
    run(["verify", str(bundle)])
    identity = capsys.readouterr().out.partition("identity ")[2][:64]
    assert run(["sign", str(bundle), "--sign", str(audit[0])]) == Exit.CLEAN
    assert run(["sign", str(bundle), "--sign", str(stranger[0])]) == Exit.CLEAN
    err = capsys.readouterr().err
    assert "signatures/bundle.dsse.json" in err
    assert f"signatures/{err.partition('key ')[2].partition('key ')[2][:16]}.dsse.json" in err
    for _, public in (audit, stranger):
        assert run(["verify", str(bundle), "--public-key", str(public)]) == Exit.CLEAN
        out = capsys.readouterr().out
        assert f"signed by the key in {public}" in out
        assert "signed with a key that is none of those given" in out
        assert f"identity {identity}" in out
    before = bundle.read_bytes() if bundle.is_file() else sorted(bundle.rglob("*"))
    assert run(["sign", str(bundle), "--sign", str(audit[0])]) == Exit.ERROR
    assert "is signed with this key already: signatures/bundle.dsse.json" in capsys.readouterr().err
    assert (bundle.read_bytes() if bundle.is_file() else sorted(bundle.rglob("*"))) == before


@pytest.mark.parametrize("file", ["data/README.txt", "signatures/bundle.dsse.json"])
def test_what_was_changed_is_not_signed(
    file: str,
    snapshot: Path,
    tmp_path: Path,
    audit: tuple[Path, Path],
    stranger: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    bundle = tmp_path / "bag"
    _seal(snapshot, bundle, "--quiet", "--sign", str(audit[0]))
    (bundle / file).write_text("changed")
    before = sorted(bundle.rglob("*"))
    assert run(["sign", str(bundle), "--sign", str(stranger[0])]) == Exit.ERROR
    assert f"{bundle} is not as it was sealed: " in capsys.readouterr().err
    assert sorted(bundle.rglob("*")) == before


def test_a_chain_is_walked(snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    year = tmp_path / "year"
    year.mkdir()
    for number, options in ((1, []), (2, ["--previous", str(year / "1")]), (3, ["--previous", str(year / "2.zip")])):
        _seal(snapshot, year / f"{number}{'.zip' if number == 2 else ''}", "--quiet", *options)
    capsys.readouterr()
    assert run(["verify", "--chain", str(year)]) == Exit.CLEAN
    assert "chain: whole: 3 bundles from 2026-11-20T12:00:00Z" in capsys.readouterr().out
    (year / "2.zip").unlink()
    assert run(["verify", "--chain", str(year)]) == Exit.FINDINGS
    assert f"chain: {year}/3 names a predecessor that is not here" in capsys.readouterr().out
    assert run(["verify", str(year)]) == Exit.CLEAN
    (year / "1/data/README.txt").write_text("changed")
    capsys.readouterr()
    assert run(["verify", "--chain", str(year / "1")]) == Exit.FINDINGS
    assert "chain: 1 bundle not verified, so left out" in capsys.readouterr().out


def test_what_a_killed_run_left_in_a_bundle_does_not_keep_it_from_being_signed(
    snapshot: Path, tmp_path: Path, audit: tuple[Path, Path]
) -> None:
    bundle = tmp_path / "bag"
    _seal(snapshot, bundle, "--quiet")
    (bundle / ".signatures.unfinished-abcd1234").mkdir()
    assert run(["sign", str(bundle), "--sign", str(audit[0])]) == Exit.CLEAN
    assert run(["verify", str(bundle), "--public-key", str(audit[1])]) == Exit.CLEAN


@pytest.mark.parametrize("stated", ["hello", "0" * 63, f"{'0' * 64}\nPrevious-Bundle-SHA256: {'1' * 64}"])
def test_a_predecessor_that_is_no_identity_is_tampering(
    stated: str, snapshot: Path, tmp_path: Path, reseal: Callable[[Path, str, str], None]
) -> None:
    bundle = tmp_path / "bag"
    _seal(snapshot, bundle, "--quiet")
    info = (bundle / "bag-info.txt").read_text()
    reseal(bundle, "bag-info.txt", f"{info}Previous-Bundle-SHA256: {'0' * 64}\n")
    assert run(["verify", str(bundle)]) == Exit.CLEAN
    reseal(bundle, "bag-info.txt", f"{info}Previous-Bundle-SHA256: {stated}\n")
    assert run(["verify", str(bundle)]) == Exit.FINDINGS
