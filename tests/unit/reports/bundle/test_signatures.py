"""Signatures of a bundle: as others verify them, as its README says, and after every way of tampering."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.dsse import Envelope as OtherEnvelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer._key import SSlibKey

from reports.bundle.bag import SIGNATURES
from reports.bundle.check import bag_identity, check_bag
from reports.bundle.content import Content
from reports.bundle.readers import open_bag
from reports.bundle.seal import bundle_name, sealed_tags, write_zip
from reports.bundle.signatures.checking import TrustedKey, Worth, check_signatures
from reports.bundle.signatures.envelope import Envelope, envelope_bytes, read_envelope, signed_bytes
from reports.bundle.signatures.keys import LocalSigner
from reports.bundle.signatures.making import signature_files
from reports.bundle.signatures.places import FIRST, further
from reports.bundle.signatures.statement import TagFiles, statement_bytes
from scanner.errors import SnapshotError, UsageError
from scanner.model import Assessment

Signers = Mapping[str, LocalSigner]
Signed = Callable[[LocalSigner], Path]
KINDS = ["p256", "ed25519"]


def _told(bag: Path, *trusted: TrustedKey) -> list[tuple[str, str]]:
    """What is wrong with a bundle or worth knowing of its signatures: (kind or worth, sentence)."""
    with open_bag(bag) as reader:
        problems = check_bag(reader)
        if problems:
            return [(problem.kind, str(problem)) for problem in problems]
        return [(item.worth.value, str(item)) for item in check_signatures(reader, trusted)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_says_whose_it_is_only_when_a_key_was_given(kind: str, signers: Signers, signed: Signed) -> None:
    bag = signed(signers[kind])
    key = signers[kind].public_key
    ((worth, words),) = _told(bag, TrustedKey("the audit team", key))
    assert worth == Worth.TRUSTED
    assert f"signed by the audit team (key id {key.key_id})" in words
    ((worth, words),) = _told(bag)
    assert worth == Worth.KEY_INSIDE
    assert "shows only that the two belong together" in words
    ((worth, words),) = _told(bag, TrustedKey("somebody else", signers["stranger"].public_key))
    assert worth == Worth.UNKNOWN_KEY
    assert "signed by" not in words
    assert "somebody else" not in words


@pytest.mark.parametrize("kind", KINDS)
def test_securesystemslib_verifies_the_same(kind: str, signers: Signers, signed: Signed) -> None:
    bag = signed(signers[kind])
    numbers = load_pem_public_key((bag / FIRST.public_key).read_bytes())
    key = SSlibKey.from_crypto(numbers, keyid=signers[kind].public_key.key_id)
    envelope = OtherEnvelope.from_dict(json.loads((bag / FIRST.envelope).read_bytes()))
    assert envelope.verify([key], 1)
    envelope.payload = envelope.payload.replace(b"FAILED", b"PASSED")
    with pytest.raises(VerificationError):
        envelope.verify([key], 1)


def test_the_key_id_is_the_digest_that_openssl_computes(signers: Signers, signed: Signed) -> None:
    pem = (signed(signers["p256"]) / FIRST.public_key).read_text("ascii")
    der = base64.b64decode("".join(pem.splitlines()[1:-1]))
    assert hashlib.sha256(der).hexdigest() == signers["p256"].public_key.key_id


def test_the_statement_names_what_is_signed_and_the_result(files: dict[str, Content], bag: Path) -> None:
    statement = json.loads(statement_bytes(sealed_tags(files)))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    digests = {item["name"]: item["digest"]["sha256"] for item in statement["subject"]}
    assert digests == {
        name: hashlib.sha256((bag / name).read_bytes()).hexdigest()
        for name in ("tagmanifest-sha256.txt", "data/assessment.json")
    }
    assert statement["predicate"]["result"] == "FAILED"
    assert statement["predicate"]["urn:trailwitness:findings"] == {
        "pass": 2,
        "fail": 2,
        "unknown": 2,
        "not_applicable": 1,
    }
    rules = [line for line in (bag / "manifest-sha256.txt").read_text().splitlines(keepends=True) if "/rules/" in line]
    configuration = {item["name"]: item["digest"]["sha256"] for item in statement["predicate"]["configuration"]}
    assert configuration["data/rules/"] == hashlib.sha256("".join(rules).encode()).hexdigest()


def test_signing_changes_nothing_but_the_folder_of_signatures(
    files: dict[str, Content], assessment: Assessment, signers: Signers, signed: Signed, bag: Path, tmp_path: Path
) -> None:
    other = signed(signers["p256"])
    held = {path.relative_to(other).as_posix(): path for path in other.rglob("*") if path.is_file()}
    assert {name for name in held if name.startswith(SIGNATURES)} == {FIRST.envelope, FIRST.public_key}
    for name, path in held.items():
        if not name.startswith(SIGNATURES):
            assert path.read_bytes() == (bag / name).read_bytes()
    with open_bag(bag) as one, open_bag(other) as two:
        assert bag_identity(one) == bag_identity(two)
    archive = tmp_path / "bundle.zip"
    write_zip({**files, **signature_files(sealed_tags(files), signers["p256"])}, archive, bundle_name(assessment))
    assert [worth for worth, _ in _told(archive)] == ["key-inside"]


def test_an_ed25519_signature_is_the_same_every_time(files: dict[str, Content], signers: Signers) -> None:
    made = [signature_files(sealed_tags(files), signers["ed25519"]) for _ in range(2)]
    assert made[0] == made[1]


def test_a_bundle_that_states_no_result_is_not_signed(files: dict[str, Content], signers: Signers) -> None:
    tags = sealed_tags(files)
    older = TagFiles(tags.tag_manifest, tags.manifest, re.sub(rb"Result: .*\n", b"", tags.info))
    with pytest.raises(SnapshotError, match="states no result"):
        signature_files(older, signers["p256"])


def test_a_signer_that_answers_with_another_keys_signature_is_noticed(
    files: dict[str, Content], signers: Signers
) -> None:
    swapped = LocalSigner(signers["stranger"].public_key, signers["ed25519"]._numbers)
    with pytest.raises(UsageError, match="does not fit the public key"):
        signature_files(sealed_tags(files), swapped)


@pytest.mark.parametrize(
    ("first", "last", "worth", "words"),
    [
        (None, date(2026, 11, 20), "trusted", "signed by"),
        (date(2026, 11, 20), None, "trusted", "signed by"),
        (None, date(2026, 11, 19), "outside-validity", "its last day was 2026-11-19"),
        (date(2026, 11, 21), None, "outside-validity", "its first day is 2026-11-21"),
    ],
)
def test_a_key_counts_on_its_days_alone(
    first: date | None, last: date | None, worth: str, words: str, signers: Signers, signed: Signed
) -> None:
    bag = signed(signers["p256"])
    ((found, told),) = _told(bag, TrustedKey("the audit team", signers["p256"].public_key, first, last))
    assert found == worth
    assert words in told


def _readme_lines(bag: Path) -> list[str]:
    text = (bag / "data/README.txt").read_text("utf-8").partition("2. WHAT EACH FILE IS")[0]
    return [line[4:] for line in text.splitlines() if line.startswith("    ") and "trailwitness" not in line]


def _run_readme(bag: Path, *, without: str) -> str:
    """What the lines of the README print in a plain shell, but for that which is for the other kind of key."""
    if not all(map(shutil.which, ("sh", "openssl", "sha256sum"))):
        pytest.skip("needs sh, openssl and sha256sum")
    script = "\n".join(line for line in _readme_lines(bag) if not line.startswith(without))
    done = subprocess.run(["sh"], input=script, cwd=bag, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("kind", "without", "verdict"),
    [
        ("p256", "openssl pkeyutl", "Verified OK"),
        ("ed25519", "openssl dgst -sha256 -verify", "Signature Verified Successfully"),
    ],
)
def test_the_lines_of_the_readme_check_a_signature(
    kind: str, without: str, verdict: str, signers: Signers, signed: Signed
) -> None:
    bag = signed(signers[kind])
    shown = _run_readme(bag, without=without)
    assert verdict in shown
    assert "FAILED" not in shown
    assert f"= {signers[kind].public_key.key_id}" in shown
    assert f'"sha256": "{hashlib.sha256((bag / "tagmanifest-sha256.txt").read_bytes()).hexdigest()}"' in shown
    assert _told(bag)[0][0] == "key-inside"  # nothing was written into the bundle

    envelope = read_envelope((bag / FIRST.envelope).read_bytes())
    lied = Envelope(envelope.payload.replace(b"FAILED", b"PASSED"), envelope.key_id, envelope.signature)
    (bag / FIRST.envelope).write_bytes(envelope_bytes(lied))
    assert verdict not in _run_readme(bag, without=without)


# --- thirty ways of tampering -----------------------------------------------------------------------------------------


def _reseal(bag: Path) -> None:
    """Write every manifest anew, as a careful forger would."""
    listed = sorted(path for path in (bag / "data").rglob("*") if path.is_file())
    tags = [bag / "bag-info.txt", bag / "bagit.txt", bag / "manifest-sha256.txt"]
    info = tags[0].read_text()
    oxum = f"Payload-Oxum: {sum(path.stat().st_size for path in listed)}.{len(listed)}"
    tags[0].write_text(re.sub("Payload-Oxum: .*", oxum, info))
    for name, paths in (("manifest-sha256.txt", listed), ("tagmanifest-sha256.txt", tags)):
        lines = [
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(bag).as_posix()}" for path in paths
        ]
        (bag / name).write_text("".join(f"{line}\n" for line in lines))


def _edited(name: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    def tamper(bag: Path) -> None:
        data = (bag / name).read_bytes()
        assert old in data
        (bag / name).write_bytes(data.replace(old, new))

    return tamper


def _resealed(name: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    def tamper(bag: Path) -> None:
        _edited(name, old, new)(bag)
        _reseal(bag)

    return tamper


def _added(name: str, content: bytes = b"x") -> Callable[[Path], None]:
    def tamper(bag: Path) -> None:
        (bag / name).parent.mkdir(exist_ok=True)
        (bag / name).write_bytes(content)

    return tamper


def _removed(name: str) -> Callable[[Path], None]:
    return lambda bag: (bag / name).unlink()


def _envelope(change: Callable[[Envelope], Envelope]) -> Callable[[Path], None]:
    def tamper(bag: Path) -> None:
        path = bag / FIRST.envelope
        path.write_bytes(envelope_bytes(change(read_envelope(path.read_bytes()))))

    return tamper


def _payload(old: bytes, new: bytes) -> Callable[[Path], None]:
    return _envelope(lambda it: Envelope(it.payload.replace(old, new), it.key_id, it.signature))


def _flip(bag: Path) -> None:
    _envelope(lambda it: Envelope(it.payload, it.key_id, it.signature[:-1] + bytes([it.signature[-1] ^ 1])))(bag)


def _grow_data(bag: Path) -> None:
    (bag / "data/approval.txt").write_text("all is well")
    _reseal(bag)


def _drop_data(bag: Path) -> None:
    (bag / "data/findings.csv").unlink()
    _reseal(bag)


def _other_layout(bag: Path) -> None:
    path = bag / FIRST.envelope
    path.write_text(json.dumps(json.loads(path.read_bytes())))


def _second_signature_inside(bag: Path) -> None:
    path = bag / FIRST.envelope
    document = json.loads(path.read_bytes())
    document["signatures"] *= 2
    path.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")


def _link_signature(bag: Path) -> None:
    path = bag / FIRST.envelope
    outside = bag.parent / "outside.json"
    path.rename(outside)
    path.symlink_to(outside)


def _link_folder(bag: Path) -> None:
    outside = bag.parent / "outside"
    (bag / "signatures").rename(outside)
    (bag / "signatures").symlink_to(outside)


def _fifo(bag: Path) -> None:
    os.mkfifo(bag / FIRST.token)


def _sub_folder(bag: Path) -> None:
    (bag / "signatures/more").mkdir()
    (bag / "signatures/more/bundle.dsse.json").write_text("x")


def _swap_info(bag: Path) -> None:
    _resealed("bag-info.txt", b"Result: FAILED", b"Result: PASSED")(bag)


def _doubled(bag: Path) -> None:
    path = bag / FIRST.public_key
    path.write_bytes(path.read_bytes() * 2)


TRAILS = "data/raw/111122223333/us-east-1/cloudtrail.DescribeTrails.json"
INVALID, ADDED, UNSAFE, CHANGED, MISSING = "invalid", "added", "unsafe", "changed", "missing"

TAMPERINGS: list[tuple[str, Callable[[Path], None], str, str]] = [
    ("a result in the assessment", _edited("data/assessment.json", b'"fail"', b'"pass"'), CHANGED, "has changed"),
    ("a raw answer", _edited(TRAILS, b"true", b"false"), CHANGED, "has changed"),
    ("the stated result", _edited("bag-info.txt", b"FAILED", b"PASSED"), CHANGED, "has changed"),
    ("a manifest line", _edited("manifest-sha256.txt", b"data/", b"data/x"), CHANGED, "has changed"),
    ("the tag manifest", _edited("tagmanifest-sha256.txt", b"bagit.txt", b"bagit.bak"), "malformed", "does not list"),
    ("a file added", _added("data/approval.txt"), ADDED, "no manifest lists it"),
    ("a file removed", _removed("data/findings.csv"), MISSING, "is listed and is missing"),
    ("the assessment, sealed anew", _resealed("data/assessment.json", b'"fail"', b'"pass"'), INVALID, "another bundle"),
    ("a report, sealed anew", _resealed("data/summary.txt", b"fail", b"pass"), INVALID, "signs another bundle"),
    ("the README, sealed anew", _resealed("data/README.txt", b"E", b"e"), INVALID, "signs another bundle"),
    ("the stated result, sealed anew", _swap_info, INVALID, "signs another bundle"),
    ("the gaps, sealed anew", _resealed("bag-info.txt", b"Gaps: 5", b"Gaps: 0"), INVALID, "another bundle"),
    ("a file added, sealed anew", _grow_data, INVALID, "signs another bundle"),
    ("a file removed, sealed anew", _drop_data, INVALID, "signs another bundle"),
    ("the signed result", _payload(b"FAILED", b"PASSED"), INVALID, "was changed, or it was made with another key"),
    ("the signed counts", _payload(b'"fail": 2', b'"fail": 0'), INVALID, "was changed"),
    ("the signed type", _payload(b"Statement/v1", b"Statement/v0"), INVALID, "was changed"),
    ("the signed identity", _payload(b'"tagmanifest-sha256.txt"', b'"manifest-sha256.txt"'), INVALID, "was changed"),
    ("one bit of the signature", _flip, INVALID, "was changed"),
    ("no signature", _envelope(lambda it: Envelope(it.payload, it.key_id, b"")), INVALID, "was changed"),
    (
        "another key id",
        _envelope(lambda it: Envelope(it.payload, "0" * 64, it.signature)),
        INVALID,
        "names the key 0000",
    ),
    ("another layout", _other_layout, INVALID, "in the form in which Trailwitness writes"),
    ("two signatures inside", _second_signature_inside, INVALID, "in the form in which Trailwitness writes"),
    ("an envelope that is not JSON", _added(FIRST.envelope, b"{"), INVALID, "is not a DSSE envelope"),
    ("an envelope nested deep", _added(FIRST.envelope, b"[" * 9000), INVALID, "is not a DSSE envelope"),
    ("an envelope too large", _added(FIRST.envelope, b" " * 70_000), UNSAFE, "is 70000 bytes long"),
    ("the key removed", _removed(FIRST.public_key), MISSING, "it is the key that signatures/bundle.dsse.json fits"),
    ("the envelope removed", _removed(FIRST.envelope), ADDED, "there is no envelope with it"),
    ("a key that is not one", _added(FIRST.public_key, b"hello"), INVALID, "holds no public key"),
    ("a second key in the file", _doubled, INVALID, "more than one"),
    ("a link for the envelope", _link_signature, UNSAFE, "is a symbolic link"),
    ("a link for the folder", _link_folder, UNSAFE, "is a symbolic link"),
    ("a pipe", _fifo, UNSAFE, "is neither a file nor a folder"),
    ("another file beside", _added("signatures/readme.txt"), ADDED, "no manifest lists it"),
    ("a folder beside", _sub_folder, ADDED, "no manifest lists it"),
    ("a twin in other letters", _added("signatures/BUNDLE.dsse.json"), UNSAFE, "differs from"),
    ("a token without a signature", _added(f"{SIGNATURES}{'0' * 16}.tsr"), ADDED, "belongs to no signature"),
    ("a signature in another folder", _added("signature/bundle.dsse.json"), ADDED, "no manifest lists it"),
]


@pytest.mark.parametrize(("what", "tamper", "kind", "words"), TAMPERINGS)
def test_tampering_with_a_signed_bundle_is_named(
    what: str, tamper: Callable[[Path], None], kind: str, words: str, signers: Signers, signed: Signed
) -> None:
    assert what
    bag = signed(signers["p256"])
    tamper(bag)
    told = _told(bag, TrustedKey("the audit team", signers["p256"].public_key))
    assert any(found == kind and words in sentence for found, sentence in told), told
    assert not any(found == "trusted" for found, _ in told)


def test_a_bundle_that_was_changed_and_signed_anew_is_a_strangers(signers: Signers, signed: Signed) -> None:
    bag = signed(signers["p256"])
    _grow_data(bag)
    files = TagFiles(
        *((bag / name).read_bytes() for name in ("tagmanifest-sha256.txt", "manifest-sha256.txt", "bag-info.txt"))
    )
    for name, data in signature_files(files, signers["stranger"]).items():
        (bag / name).write_bytes(data)
    ((worth, words),) = _told(bag, TrustedKey("the audit team", signers["p256"].public_key))
    assert worth == "unknown-key"
    assert "nobody vouches for it" in words


def test_a_key_file_swapped_for_a_trusted_one_helps_nobody(signers: Signers, signed: Signed) -> None:
    bag = signed(signers["stranger"])
    trusted = signers["p256"].public_key
    (bag / FIRST.public_key).write_bytes(trusted.pem)
    ((worth, _),) = _told(bag, TrustedKey("the audit team", trusted))
    assert worth == "invalid"
    _envelope(lambda it: Envelope(it.payload, trusted.key_id, it.signature))(bag)
    ((worth, words),) = _told(bag, TrustedKey("the audit team", trusted))
    assert worth == "invalid"
    assert "made with another key" in words


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"{}", "does not sign an in-toto statement"),
        (b"[" * 9000, "does not sign an in-toto statement"),
        (b"\xff", "does not sign an in-toto statement"),
        ((b"Statement/v1", b"Statement/v2"), "does not sign an in-toto statement"),
        ((b"test-result/v0.1", b"provenance/v1"), "does not sign an in-toto statement"),
        ((b"FAILED", b"PASSED"), "states the result PASSED; the bundle states FAILED"),
        ((b'"fail": 2', b'"fail": 0'), "states other counts"),
        ((b'"tagmanifest-sha256.txt"', b'"manifest-sha256.txt"'), "signs no tagmanifest-sha256.txt"),
        ((b'"data/assessment.json"', b'"data/findings.csv"'), "signs another data/assessment.json"),
    ],
)
def test_a_signature_that_holds_for_something_else_is_not_one_of_the_bundle(
    payload: bytes | tuple[bytes, bytes], words: str, signers: Signers, signed: Signed
) -> None:
    """Signed by the trusted key itself: what it signed is not what this bundle is."""
    signer = signers["ed25519"]
    bag = signed(signer)
    right = read_envelope((bag / FIRST.envelope).read_bytes()).payload
    told = payload if isinstance(payload, bytes) else right.replace(*payload)
    assert told != right
    envelope = Envelope(told, signer.public_key.key_id, signer.sign(signed_bytes(told)))
    (bag / FIRST.envelope).write_bytes(envelope_bytes(envelope))
    ((worth, sentence),) = _told(bag, TrustedKey("the audit team", signer.public_key))
    assert worth == "invalid"
    assert words in sentence


def test_several_people_sign_one_bundle(signers: Signers, files: dict[str, Content], signed: Signed) -> None:
    bag = signed(signers["p256"])
    second = signers["ed25519"]
    place = further(second.public_key.key_id)
    for name, data in signature_files(sealed_tags(files), second, place).items():
        (bag / name).write_bytes(data)
    told = _told(bag, TrustedKey("the second", second.public_key))
    assert [worth for worth, _ in told] == ["unknown-key", "trusted"]
    (bag / place.public_key).unlink()
    assert _told(bag)[0][0] == "missing"
