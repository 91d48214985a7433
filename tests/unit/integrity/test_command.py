"""`trailwitness integrity` over a copy of a bucket: exit codes, the forms, the state file, bundles, bad input."""

import gzip
import json
import os
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.demo.digest_chain import StoredObject
from scanner.schemas import misfit

SINCE = "2026-03-01T00:17:28Z"
HOUR = timedelta(hours=1)
Copy = Callable[..., Path]


@pytest.fixture(autouse=True)
def no_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here may ask AWS: there are no credentials."""
    monkeypatch.setenv("CI", "1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Write objects as a copy of their bucket, which begins with a prefix; the folder."""

    def written(objects: Mapping[str, StoredObject], beginning: str = "") -> Path:
        folder = tmp_path / "copy"
        for key, stored in objects.items():
            path = folder / key.removeprefix(beginning)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(stored.data)
        return folder

    return written


@pytest.fixture
def keys(ground: Any, tmp_path: Path) -> Path:
    """What was captured when the day was over: the key and the newest signature."""
    path: Path = ground.write_keys(tmp_path / "keys.json")
    return path


def told(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_a_clean_copy(ground: Any, copy: Copy, keys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["integrity", str(copy(ground.day)), "--public-keys", str(keys), "--since", SINCE]) == Exit.CLEAN
    out, err = told(capsys)
    assert "24/24 digest files valid\n48/48 log files valid\n" in out
    assert f"Results requested for {SINCE} to 2026-03-02T01:17:28Z" in out
    assert err == (
        "Exit code 0: 24 digest files and 48 log files are valid, and each hour up to 2026-03-01T23:17:28Z has its "
        "digest file; later ones may be to come.\n"
    )


@pytest.mark.parametrize("beginning", ["AWSLogs/", "AWSLogs/111122223333/"])
def test_a_copy_that_begins_further_down(ground: Any, copy: Copy, keys: Path, beginning: str) -> None:
    folder = copy(ground.day, beginning)
    assert run(["integrity", str(folder), "--public-keys", str(keys), "--since", SINCE, "-q"]) == Exit.CLEAN


def test_tampering_is_told_in_three_forms(
    ground: Any, copy: Copy, keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    objects = dict(ground.day)
    altered = ground.logs()[7]
    objects[altered] = StoredObject(gzip.compress(b'{"Records": []}'))
    for key in ground.digests()[12:14]:
        del objects[key]
    arguments = ["integrity", str(copy(objects)), "--public-keys", str(keys), "--since", SINCE]
    forms = ["-o", f"json={tmp_path / 'r.json'}", "-o", f"junit={tmp_path / 'r.xml'}", "-o", "text"]
    assert run([*arguments, *forms]) == Exit.FINDINGS
    out, err = told(capsys)
    assert f"Log file\ts3://trail-logs/{altered}\tINVALID: hash value doesn't match\n" in out
    assert f"Digest file\ts3://trail-logs/{ground.digests()[13]}\tINVALID: not found\n" in out
    assert "2 digest files missing, those that end 2026-03-01T13:17:28Z, 2026-03-01T14:17:28Z" in out
    assert "21/22 digest files valid, 1/22 digest files UNKNOWN" in out
    assert "41/44 log files valid, 1/44 log files INVALID, 2/44 log files UNKNOWN" in out
    assert "Exit code 1: 2 problems found, and 2 digest files missing" in err
    report = json.loads((tmp_path / "r.json").read_bytes())
    assert (report["schema"], report["verdict"]) == ("trailwitness/integrity/v1", "invalid")
    assert report["summary"]["digest_files_missing"] == 2
    kinds = {each["kind"]: each for each in report["problems"]}
    assert set(kinds) == {"log-hash", "digests-missing", "signature-not-at-hand"}
    assert kinds["log-hash"]["object"] == f"s3://trail-logs/{altered}"
    assert kinds["digests-missing"]["from"] == "2026-03-01T12:17:28Z"
    (suite,) = ET.parse(tmp_path / "r.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "2", "1")


def test_what_could_not_be_seen_is_not_a_pass(
    ground: Any, copy: Copy, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The newest digest of a copy whose signature was not captured."""
    captured = json.loads(keys.read_bytes())
    keys.write_text(json.dumps({**captured, "signatures": []}))
    assert run(["integrity", str(copy(ground.day)), "--public-keys", str(keys), "--since", SINCE]) == Exit.INCOMPLETE
    out, err = told(capsys)
    assert "UNKNOWN: its signature is not at hand" in out
    assert "could not be seen" in err
    assert "This is not a pass." in err


def test_a_state_file_goes_on(ground: Any, copy: Copy, keys: Path, tmp_path: Path) -> None:
    folder = copy(ground.day)
    state = tmp_path / "state"
    arguments = ["integrity", str(folder), "--public-keys", str(keys), "--since", SINCE, "--state", str(state)]
    assert run([*arguments, "-o", f"json={tmp_path / 'one.json'}", "-q"]) == Exit.CLEAN
    # Both days are kept: nothing is read again.
    for path in folder.rglob("*.json.gz"):
        path.write_bytes(b"")
    assert run([*arguments, "-o", f"json={tmp_path / 'two.json'}", "-q"]) == Exit.CLEAN
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert run([*arguments, "--trail", "audit"]) == Exit.ERROR


def test_a_state_file_of_other_keys_or_of_another_folder_of_that_name_is_refused(
    ground: Any,
    copy: Copy,
    keys: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    copy(ground.day)
    monkeypatch.chdir(tmp_path)
    arguments = ["integrity", "copy", "--public-keys", str(keys), "--since", SINCE, "--state", str(tmp_path / "state")]
    # What cannot be validated leaves no state file behind, which would refuse what can.
    for wrong in (["--region", "eu-west-1"], ["--account", "111122223333", "--region", "eu-west-1"]):
        assert run([*arguments, *wrong]) == Exit.ERROR
    assert run([*arguments, "-q"]) == Exit.CLEAN
    keys.write_bytes(keys.read_bytes() + b" ")
    assert run(arguments) == Exit.ERROR
    assert "is of a validation with public keys of the SHA-256 " in told(capsys)[1]
    ground.write_keys(keys)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "copy").rename(tmp_path / "elsewhere" / "copy")
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert run(arguments) == Exit.ERROR
    assert "is of a validation with the folder " in told(capsys)[1]


def test_names_that_no_bucket_has_break_nothing(
    ground: Any, copy: Copy, keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy(ground.day)
    beside = (folder / ground.logs()[0]).parent
    for name in (b"\xff\xfe\x1b[31m.json.gz", b"line\nExit code 0: all fine.json.gz"):
        (beside / os.fsdecode(name)).write_bytes(b"x")
    arguments = ["integrity", str(folder), "--public-keys", str(keys), "--since", SINCE, "-q"]
    more = ["--state", str(tmp_path / "state"), "--bundle", str(tmp_path / "bundle")]
    assert run([*arguments, *more]) == Exit.FINDINGS
    capsys.readouterr()
    assert run(["verify", str(tmp_path / "bundle")]) == Exit.INCOMPLETE
    assert "24 digest files proved again" in told(capsys)[0]
    for form in ("integrity.txt", "junit.xml"):
        text = (tmp_path / "bundle" / "data" / form).read_text()
        assert "\nExit code" not in text
        assert "\x1b" not in text
        assert "\\xff\\xfe" in text


def test_a_period_of_whole_days(ground: Any, copy: Copy, keys: Path, tmp_path: Path) -> None:
    arguments = ["integrity", str(copy(ground.day)), "--public-keys", str(keys), "--since", "2026-03-01"]
    assert run([*arguments, "--until", "2026-03-01", "-q", "-o", f"json={tmp_path / 'r.json'}"]) == Exit.INCOMPLETE
    report = json.loads((tmp_path / "r.json").read_bytes())
    assert misfit(report, "integrity") == ""
    period = report["period"]
    assert (period["since"], period["until"]) == ("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")


def test_an_account_of_a_copy_that_is_a_link_is_not_passed_over(
    ground: Any, copy: Copy, keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy(ground.day)
    other = dict(ground.trail(account="444455556666").hours(ground.start, 24, 1))
    del other[ground.digests(other)[9]]
    for key, stored in other.items():
        path = tmp_path / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stored.data)
    (folder / "AWSLogs" / "444455556666").symlink_to(tmp_path / "AWSLogs" / "444455556666")
    assert run(["integrity", str(folder), "--public-keys", str(keys), "--since", SINCE]) == Exit.FINDINGS
    assert "444455556666  us-east-1  audit" in told(capsys)[0]


def test_the_command_in_a_bundle_chooses_what_was_chosen(ground: Any, copy: Copy, keys: Path, tmp_path: Path) -> None:
    folder = copy(ground.day)
    arguments = ["integrity", str(folder), "--public-keys", str(keys), "--since", SINCE, "-q", "--trail", "audit"]
    assert run([*arguments, "--region", "us-east-1", "--bundle", str(tmp_path / "bundle")]) == Exit.CLEAN
    readme = (tmp_path / "bundle" / "data" / "README.txt").read_text()
    assert f"--since {SINCE} --until 2026-03-02T01:17:28Z --region us-east-1 --trail audit\n" in readme


def test_captured_keys_whose_times_cannot_be(
    ground: Any, copy: Copy, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy(ground.day)
    written = keys.read_text()
    for name, times in (("without a zone", '"2026-03-02T01:17:28"'), ("to come", '"9999-12-31T23:59:59Z"')):
        keys.write_text(written.replace('"2026-03-02T01:17:28Z"', times, 1))
        assert times in keys.read_text(), name
        code = run(["integrity", str(folder), "--public-keys", str(keys), "--since", SINCE, "-q"])
        # Of keys from the future the copy ends now, and its newest digests are missing.
        assert code == (Exit.ERROR if name == "without a zone" else Exit.FINDINGS)
        said = "a time in it has no zone" if name == "without a zone" else "digest files missing"
        assert said in told(capsys)[1]


def test_a_bundle_holds_the_reports_and_the_keys(
    ground: Any, copy: Copy, keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy(ground.day)
    arguments = ["integrity", str(folder), "--public-keys", str(keys), "--since", SINCE, "-q"]
    for name in ("bundle", "bundle.zip"):
        assert run([*arguments, "--bundle", str(tmp_path / name)]) == Exit.CLEAN
        identity = told(capsys)[1].partition("SHA-256 ")[2].split()[0]
        assert run(["verify", str(tmp_path / name)]) == Exit.INCOMPLETE
        out, _ = told(capsys)
        assert "10 files unchanged, but NO VERDICT WAS RE-COMPUTED: log files are not in a bundle" in out
        assert "24 digest files proved again with the public keys inside" in out
        assert "Validate them again as its README.txt says." in out
        assert identity in out
    inside = tmp_path / "bundle" / "data"
    assert (inside / "public-keys.json").read_bytes() == keys.read_bytes()
    assert f"--since {SINCE}" in (inside / "README.txt").read_text()
    (inside / "integrity.json").write_text("{}")
    assert run(["verify", str(tmp_path / "bundle")]) == Exit.FINDINGS
    # It is not written into what is validated, and never over another.
    assert run([*arguments, "--bundle", str(tmp_path / "bundle")]) == Exit.ERROR
    assert run([*arguments, "--bundle", str(folder / "bundle")]) == Exit.ERROR


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ([], "Give --since"),
        (["--since", "2030-01-01"], "begins in the future, at 2030-01-01"),
        (["--since", "2026-03-02", "--until", "2026-03-01"], "before it begins"),
        (["--since", "soon"], "this is not a time"),
        (["--since", SINCE, "--account", "12"], "is not the id of an account"),
        (["--since", SINCE, "--trail", "arn:aws:cloudtrail:us-east-1:1:trail/a"], "Write its name, not its ARN"),
        (["--since", SINCE, "--account", "999988887777"], "that --account 999988887777 chooses, nor log files."),
        (["--since", SINCE, "--until", SINCE], "is shorter than a minute"),
        (["--since", "2026-03-10"], "and the public keys were captured at 2026-03-02T01:17:28Z"),
        (["--since", SINCE, "--profile", "x"], "nothing is read from AWS"),
        (["--since", SINCE, "-o", "html"], "there is no format 'html'"),
        (["--since", SINCE, "-o", "json", "-o", "junit"], "Two reports would go to standard output"),
        (["--since", SINCE, "-o", "json="], "the path is empty"),
    ],
    ids=str,
)
def test_bad_input_is_one_sentence(
    ground: Any, copy: Copy, keys: Path, capsys: pytest.CaptureFixture[str], more: list[str], words: str
) -> None:
    assert run(["integrity", str(copy(ground.day)), "--public-keys", str(keys), *more]) == Exit.ERROR
    out, err = told(capsys)
    assert out == ""
    assert words in err


def test_a_copy_without_keys(ground: Any, copy: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["integrity", str(copy(ground.day)), "--since", SINCE]) == Exit.ERROR
    assert "Capture them while online with `trailwitness integrity capture" in told(capsys)[1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"region": "eu-west-1"}, "The captured public keys are of eu-west-1, and the digest files of us-east-1"),
        ({"bucket": "other"}, "are of the bucket trail-logs, and the captured keys are of other"),
    ],
    ids=str,
)
def test_keys_of_something_else(
    ground: Any, copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: dict[str, str], words: str
) -> None:
    keys = ground.write_keys(tmp_path / "others.json", **options)
    assert run(["integrity", str(copy(ground.day)), "--public-keys", str(keys), "--since", SINCE]) == Exit.ERROR
    assert words in told(capsys)[1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda held: {**held, "schema": "x"}, "of this version"),
        (lambda _: [], "is not a file of captured public keys"),
        (
            lambda held: {**held, "keys": [{**held["keys"][0], "fingerprint": "0" * 32}]},
            "does not have this fingerprint",
        ),
    ],
)
def test_a_file_of_keys_that_was_changed(
    ground: Any, copy: Copy, keys: Path, capsys: pytest.CaptureFixture[str], change: Callable[[Any], Any], words: str
) -> None:
    keys.write_text(json.dumps(change(json.loads(keys.read_bytes()))))
    assert run(["integrity", str(copy(ground.day)), "--public-keys", str(keys), "--since", SINCE]) == Exit.ERROR
    assert words in told(capsys)[1]


def test_keys_that_were_captured_for_another_time(ground: Any, copy: Copy, keys: Path) -> None:
    """Another key may have signed then: unknown, while a key that AWS did not list for the time is a forgery."""
    held = json.loads(keys.read_bytes())
    keys.write_text(json.dumps({**held, "keys": []}))
    arguments = ["integrity", str(copy(ground.day)), "--public-keys", str(keys), "--since", SINCE, "-q"]
    assert run(arguments) == Exit.FINDINGS
    asked = [{**held["asked"][0], "until": "2026-02-01T00:00:00Z", "since": "2026-01-01T00:00:00Z"}]
    keys.write_text(json.dumps({**held, "keys": [], "asked": asked}))
    assert run(arguments) == Exit.INCOMPLETE


def test_folders_that_hold_nothing_of_the_kind(keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    options = ["--public-keys", str(keys), "--since", SINCE]
    assert run(["integrity", str(tmp_path / "empty"), *options]) == Exit.ERROR
    assert "holds neither digest files nor log files" in told(capsys)[1]
    for chosen in (options, options[2:]):
        assert run(["integrity", str(tmp_path / "none"), *chosen]) == Exit.ERROR
        assert "none. Name a copy of the bucket, or s3://bucket/prefix." in told(capsys)[1]
        assert run(["integrity", str(keys), *chosen]) == Exit.ERROR
        assert f"{keys} is not a folder. Name a copy of the bucket" in told(capsys)[1]


def test_a_name_that_leads_out_of_the_copy(ground: Any, copy: Copy, keys: Path, tmp_path: Path) -> None:
    """A digest may name anything: nothing outside of the folder is read, and no link is followed."""
    secret = tmp_path / "secret.json.gz"
    secret.write_bytes(b"x")
    folder = copy(ground.day)
    log = folder / ground.logs()[3]
    log.unlink()
    log.symlink_to(secret)
    assert run(["integrity", str(folder), "--public-keys", str(keys), "--since", SINCE, "-q"]) == Exit.INCOMPLETE


def test_the_end_of_a_copy_is_when_its_keys_were_captured(
    ground: Any, copy: Copy, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With another end the copy must reach up to it: what is missing there is missing."""
    folder = copy(ground.day)
    arguments = ["integrity", str(folder), "--public-keys", str(keys), "--since", SINCE]
    assert run([*arguments, "--until", "2026-03-02T06:17:28Z"]) == Exit.FINDINGS
    assert "2026-03-02T00:17:28Z to 2026-03-02T06:17:28Z: 6 digest files missing" in told(capsys)[0]


def test_options_from_a_file_and_the_environment(
    ground: Any,
    copy: Copy,
    keys: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Those of AWS have no meaning for a folder, and are not used."""
    folder = copy(ground.day)
    (tmp_path / ".git").mkdir()
    text = f"profile: audit\nintegrity:\n  public-keys: {keys.name}\n  since: {SINCE}\n  workers: 2\n"
    (tmp_path / ".trailwitness.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert run(["integrity", str(folder)]) == Exit.CLEAN
    out, err = told(capsys)
    assert "24/24 digest files valid" in out
    assert "profile of" in err
    assert "is not used: nothing is read from AWS." in err
    monkeypatch.setenv("TRAILWITNESS_INTEGRITY_TRAIL", "another")
    assert run(["integrity", str(folder), "-q"]) == Exit.FINDINGS
    assert run(["integrity", str(folder), "-q", "--no-config", "--public-keys", str(keys)]) == Exit.ERROR
    assert "Give --since" in told(capsys)[1]
