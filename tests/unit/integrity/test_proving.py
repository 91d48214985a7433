"""Digests proved again from a bundle alone: sound ones are, and whatever is changed in it turns up."""

import gzip
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.demo.digest_chain import StoredObject, new_key
from scanner.integrity.judging.links import Link
from scanner.runs.integrity import KEYS, NOT_INSIDE, PROOFS, REPORT
from scanner.runs.integrity.document import document
from scanner.runs.integrity.proofs import KeptLink, KeptProofs
from scanner.runs.integrity.proving import prove_again

Lines = list[dict[str, Any]]
SINCE = "2026-03-01T00:17:28Z"


@pytest.fixture
def sealed(ground: Any, tmp_path: Path) -> dict[str, bytes]:
    """The files of a bundle over a copy, which has the signature of the newest digest only."""
    folder = tmp_path
    for key, stored in ground.day.items():
        path = folder / "copy" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stored.data)
    keys = ground.write_keys(folder / "keys.json")
    arguments = ["integrity", str(folder / "copy"), "--public-keys", str(keys), "--since", SINCE, "-q"]
    assert run([*arguments, "--bundle", str(folder / "bundle")]) == Exit.CLEAN
    return {name: (folder / "bundle" / "data" / name).read_bytes() for name in (REPORT, KEYS, PROOFS)}


def lines(files: Mapping[str, bytes]) -> Lines:
    return [json.loads(line) for line in gzip.decompress(files[PROOFS]).splitlines()]


def packed(changed: Lines) -> bytes:
    return gzip.compress(b"".join(json.dumps(line).encode() + b"\n" for line in changed))


def test_a_sound_chain_is_proved_again(sealed: dict[str, bytes]) -> None:
    found = prove_again(sealed)
    assert found.differences == []
    assert found.notes == ["24 digest files proved again with the public keys inside"]
    assert found.not_done == NOT_INSIDE
    assert [bool(line["link"]["signature"]) for line in lines(sealed)] == [True] * 24


def _signature(changed: Lines) -> None:
    previous = changed[5]["link"]["previous"]
    previous["signature"] = previous["signature"][:-2] + ("00" if previous["signature"][-2:] != "00" else "11")


def _newest(changed: Lines) -> None:
    changed[-1]["link"]["signature"] = "00" * 256


def _hash(changed: Lines) -> None:
    changed[3]["link"]["sha256"] = "0" * 64


def _hash_of_previous(changed: Lines) -> None:
    changed[3]["link"]["previous"]["sha256"] = "0" * 64


def _time(changed: Lines) -> None:
    changed[7]["link"]["end_text"] = "2026-03-01T09:17:28Z"


def _gone(changed: Lines) -> None:
    del changed[4]


def _twice(changed: Lines) -> None:
    changed.append(changed[-1])


@pytest.mark.parametrize("change", [_signature, _newest, _hash, _hash_of_previous, _time, _gone, _twice])
def test_what_does_not_follow_is_told(sealed: dict[str, bytes], change: Callable[[Lines], None]) -> None:
    changed = lines(sealed)
    change(changed)
    (difference,) = prove_again({**sealed, PROOFS: packed(changed)}).differences
    assert difference.startswith("111122223333 us-east-1 audit: 24 valid, 0 invalid and 0 unknown digest files are")


def test_another_key_proves_nothing(sealed: dict[str, bytes], ground: Any) -> None:
    other = new_key()
    assert other.fingerprint != ground.key.fingerprint
    keys = json.loads(sealed[KEYS])
    keys["keys"] = []
    (difference,) = prove_again({**sealed, KEYS: json.dumps(keys).encode()}).differences
    assert difference.endswith("and 0, 24 and 0 follow from the keys and signatures")


def test_a_report_that_claims_more_is_told(sealed: dict[str, bytes]) -> None:
    report = json.loads(sealed[REPORT])
    report["chains"][0]["digest_files"]["valid"] = 25
    assert prove_again({**sealed, REPORT: json.dumps(report).encode()}).differences


def test_a_report_that_hides_what_is_missing_is_told(ground: Any, tmp_path: Path) -> None:
    trail = ground.trail()
    objects = dict(trail.hours(ground.start, 24, 1))
    del objects[ground.digests(objects)[9]]
    report = json.loads(json.dumps(document(ground.validate(objects))))
    files = {KEYS: ground.write_keys(tmp_path / KEYS).read_bytes(), PROOFS: written(kept(ground, objects))}
    assert prove_again({**files, REPORT: json.dumps(report).encode()}).differences == []
    report["verdict"] = "valid"
    found = prove_again({**files, REPORT: json.dumps(report).encode()}).differences
    assert found == ["the verdict is valid, and not all digest files are there and valid"]
    report["chains"][0]["digest_files_missing"] = 0
    found = prove_again({**files, REPORT: json.dumps(report).encode()}).differences
    assert found == [
        "111122223333 us-east-1 audit: 0 missing digest files reported, and 1 by the times of those that are there"
    ]


def test_an_altered_digest_of_a_copy_is_proved_to_be_one_again(ground: Any, tmp_path: Path) -> None:
    objects = dict(ground.day)
    key = ground.digests()[9]
    content = gzip.decompress(objects[key].data).replace(
        b'"previousDigestHashValue": "', b'"previousDigestHashValue": "0'
    )
    objects[key] = StoredObject(gzip.compress(content))
    copied = ground.store_type(objects, metadata=False)
    report = json.loads(json.dumps(document(ground.validate(copied))))
    assert report["chains"][0]["digest_files"]["invalid"] == 1
    files = {KEYS: ground.write_keys(tmp_path / KEYS).read_bytes(), PROOFS: written(kept(ground, copied))}
    assert prove_again({**files, REPORT: json.dumps(report).encode()}).differences == []


def test_a_chain_that_the_report_leaves_out_is_told(ground: Any, tmp_path: Path) -> None:
    objects = {**ground.day, **dict(ground.trail(name="second").hours(ground.start, 24, 0))}
    put = ground.digests()[9].replace("1728Z", "1729Z")
    objects[put] = objects[ground.digests()[9]]
    report = json.loads(json.dumps(document(ground.validate(objects))))
    files = {KEYS: ground.write_keys(tmp_path / KEYS).read_bytes(), PROOFS: written(kept(ground, objects))}
    assert prove_again({**files, REPORT: json.dumps(report).encode()}).differences == []
    del report["chains"][1]
    (found,) = prove_again({**files, REPORT: json.dumps(report).encode()}).differences
    assert found.startswith("111122223333 us-east-1 second: its digest files are in the bundle")
    report["trail"] = "audit"
    assert prove_again({**files, REPORT: json.dumps(report).encode()}).differences == []


def kept(ground: Any, objects: Any) -> list[KeptLink]:
    """The digests of some objects, as a bundle keeps them."""
    found: list[KeptLink] = []

    def keep(links: Iterable[Link], beyond: bool) -> None:
        found.extend(KeptLink(link, beyond) for link in links)

    ground.validate(objects, kept=keep)
    return found


def written(links: list[KeptLink]) -> bytes:
    proofs = KeptProofs()
    for each in links:
        proofs.keep((each.link,), each.beyond)
    return proofs.content()


@pytest.mark.parametrize("name", [REPORT, KEYS, PROOFS])
@pytest.mark.parametrize("content", [b"", b"{}", b"\x1f\x8b"])
def test_what_cannot_be_read_is_never_proved(sealed: dict[str, bytes], name: str, content: bytes) -> None:
    found = prove_again({**sealed, name: content})
    assert found.differences
    assert found.notes in ([], ["0 digest files proved again with the public keys inside"])


def test_a_bundle_from_before_proves_nothing_and_says_so(sealed: dict[str, bytes]) -> None:
    found = prove_again({REPORT: sealed[REPORT], KEYS: sealed[KEYS]})
    assert (found.differences, found.not_done) == ([], NOT_INSIDE)
    assert "holds no digests" in found.notes[0]
