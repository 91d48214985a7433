"""Saved results of CloudTrail Lake queries, beside their sign file."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.schemas import misfit


def sign(folder: Path, **changed: Any) -> None:
    path = folder / "result_sign.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))


def altered(folder: Path) -> str:
    (folder / "result_2.csv.gz").write_bytes(b"x")
    return "Result file\tresult_2.csv.gz\tINVALID: hash value doesn't match"


def deleted(folder: Path) -> str:
    (folder / "result_2.csv.gz").unlink()
    return "Result file\tresult_2.csv.gz\tINVALID: not found"


def added(folder: Path) -> str:
    (folder / "result_3.csv.gz").write_bytes(b"x")
    return "Result file\tresult_3.csv.gz\tINVALID: the sign file does not name it"


def order_changed(folder: Path) -> str:
    sign(folder, files=json.loads((folder / "result_sign.json").read_text())["files"][::-1])
    return "Sign file\tresult_sign.json\tINVALID: signature verification failed"


def one_dropped(folder: Path) -> str:
    (folder / "result_2.csv.gz").unlink()
    sign(folder, files=json.loads((folder / "result_sign.json").read_text())["files"][:1])
    return "Sign file\tresult_sign.json\tINVALID: signature verification failed"


def of_another_key(folder: Path) -> str:
    sign(folder, publicKeyFingerprint="0" * 32)
    return "INVALID: public key not found in region us-east-1 for fingerprint 000"


def not_one(folder: Path) -> str:
    (folder / "result_sign.json").write_text("{}")
    return "Sign file\tresult_sign.json\tINVALID: invalid format"


def of_a_region_that_has_no_such_name(folder: Path) -> str:
    sign(folder, region="us-east-1.example.com/")
    return "INVALID: invalid format"


def weaker(folder: Path) -> str:
    sign(folder, hashAlgorithm="MD5")
    return "INVALID: invalid format"


@pytest.mark.parametrize(
    "change",
    [
        altered,
        deleted,
        added,
        order_changed,
        one_dropped,
        of_another_key,
        of_a_region_that_has_no_such_name,
        not_one,
        weaker,
    ],
)
def test_what_was_done_is_named(
    copied: Path, queried: Path, change: Callable[[Path], str], capsys: pytest.CaptureFixture[str]
) -> None:
    named = change(queried)
    arguments = ["integrity", str(queried), "--public-keys", str(copied / "keys.json")]
    assert run(arguments) == Exit.FINDINGS
    assert named in capsys.readouterr().out


def test_sound_results(copied: Path, queried: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["integrity", str(queried), "--public-keys", str(copied / "keys.json")]
    forms = ["-o", f"json={copied / 'q.json'}", "-o", f"junit={copied / 'q.xml'}"]
    assert run([*arguments, *forms]) == Exit.CLEAN
    told = capsys.readouterr()
    assert "completed 2026-03-01T10:00:00Z\n\n2/2 result files valid\n" in told.out
    assert "Exit code 0: 2 of 2 result files are as the query gave them.\n" in told.err
    report = json.loads((copied / "q.json").read_bytes())
    assert misfit(report, "query-integrity") == ""
    assert (report["schema"], report["verdict"]) == ("trailwitness/query-integrity/v1", "valid")
    (suite,) = ET.parse(copied / "q.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")


def test_keys_of_another_region_are_unknown(copied: Path, queried: Path) -> None:
    sign(queried, region="eu-west-1")
    assert run(["integrity", str(queried), "--public-keys", str(copied / "keys.json")]) == Exit.INCOMPLETE


def test_results_need_keys_and_are_not_sealed(copied: Path, queried: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["integrity", str(queried)]) == Exit.ERROR
    assert "no public keys are named to prove them with" in capsys.readouterr().err
    arguments = ["integrity", str(queried), "--public-keys", str(copied / "keys.json")]
    assert run([*arguments, "--bundle", str(copied / "bag")]) == Exit.ERROR
    assert not (copied / "bag").exists()
