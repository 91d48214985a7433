"""`trailwitness assess`: a period judged from a bundle and a copy of the bucket, sealed, and judged again."""

import json
import os
import re
import shlex
import shutil
import zipfile
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.errors import SourceError
from scanner.integrity.judging.results import Period
from scanner.runs.periods.fetching import copy_period
from scanner.runs.scanning import scan_snapshot, seal_scan
from scanner.runs.selection import select
from scanner.runs.signing.marks import Marks

PAGE = Path(__file__).parents[3] / "docs" / "assess.md"
PERIOD = "2026-03-01T00:17:28Z..2026-03-01T20:17:28Z"
FRAMEWORK = """\
id: own-1.0
title: Our own
version: "1.0"
source: https://example.com
notes: Nothing else.
controls:
  - id: "1"
    title: Log files are validated
    coverage: full
    notes: All of it.
    rules: [trail.log-file-validation]
    log_rules: [event.logging-stopped]
    period_rules: [evidence.digest-chain-valid, evidence.no-logging-gaps]
"""


@pytest.fixture
def assessed(copied: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with ``evidence``, which holds one bundle, ``trail-logs``, ``trail-keys.json`` and a framework."""
    (copied / "evidence").mkdir()
    (copied / "trail-logs").mkdir()
    (copied / "AWSLogs").rename(copied / "trail-logs" / "AWSLogs")
    (copied / "keys.json").rename(copied / "trail-keys.json")
    (copied / "own-1.0.yaml").write_text(FRAMEWORK, encoding="utf-8")
    seal_scan(scan_snapshot(snapshot, select((), ("trail.log-file-validation",), (), ())), copied / "evidence" / "may")
    monkeypatch.chdir(copied)
    return copied


def assess(*more: str, period: str = PERIOD, bundles: str = "evidence") -> int:
    return run(["assess", "--period", period, "--bundles", bundles, *more])


LOGS = ("--logs", "trail-logs", "--public-keys", "trail-keys.json", "--framework", "own-1.0.yaml")


def reseal(bundle: Path, name: str) -> None:
    """Write the digests of a bundle anew after a file of it was changed, as whoever forges it would."""
    for manifest, file in (("manifest-sha256.txt", name), ("tagmanifest-sha256.txt", "manifest-sha256.txt")):
        digest = sha256((bundle / file).read_bytes()).hexdigest()
        lines = (bundle / manifest).read_text(encoding="utf-8").splitlines()
        told = [f"{digest}  {file}" if line.endswith(f"  {file}") else line for line in lines]
        (bundle / manifest).write_text("\n".join(told) + "\n", encoding="utf-8")


def outcomes(path: Path) -> dict[str, str]:
    """By rule, of the first resource: of chains, that of the logs, and not that of the trail in the bundle."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {finding["rule"]: finding["outcome"] for finding in reversed(document["findings"])}


def test_everything_is_in_one_assessment_and_one_bundle_and_follows_from_it(
    assessed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = assess(*LOGS, "--bundle", "sealed", "--output", "json=told.json", "--verbose")
    assert code == Exit.FINDINGS
    assert "configuration fail, records" in capsys.readouterr().out
    found = outcomes(assessed / "told.json")
    assert (found["trail.log-file-validation"], found["evidence.digest-chain-valid"]) == ("fail", "pass")
    told: dict[str, Any] = json.loads((assessed / "told.json").read_text(encoding="utf-8"))
    # The bundle shows another trail and not whether it logs: that nothing proves its log files is never a pass.
    (other,) = [each for each in told["findings"] if "trail main" in each["reason"] and "chain" in each["rule"]]
    assert other["outcome"] == "unknown"
    assert "shows the trail and not whether it logs here, and the logs hold no digest file of it" in other["reason"]
    (control,) = told["controls"]
    assert control["over"] == {"configuration": "fail", "records": found["event.logging-stopped"], "period": "unknown"}
    assert (told["run"]["kind"], told["run"]["period"]["since"]) == ("period", "2026-03-01T00:17:28Z")
    assert {item["operation"] for item in told["evidence"]} > {"read"}
    gathered = {each["part"]: each["absent"] or each["source"] for each in told["run"]["period"]["gathered"]}
    assert gathered["integrity"] == "period/copy/"
    assert "No rule about routes" in gathered["replayed"]
    assert "data/period/copy/ " in (assessed / "sealed" / "data" / "README.txt").read_text(encoding="utf-8")
    assert run(["verify", "sealed"]) == Exit.CLEAN
    assert run(["verify", "evidence/may"]) == Exit.CLEAN


def test_a_changed_log_file_fails_the_period_and_an_added_verdict_does_not_follow(
    assessed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = min(path for path in (assessed / "trail-logs").rglob("*.json.gz") if "Digest" not in path.name)
    log.write_bytes(log.read_bytes() + b"\0")
    assert assess(*LOGS, "--bundle", "sealed", "--output", "json=told.json") == Exit.FINDINGS
    assert outcomes(assessed / "told.json")["evidence.digest-chain-valid"] == "fail"
    evidence = assessed / "sealed" / "data" / "period" / "evidence.json"
    text = evidence.read_text(encoding="utf-8")
    assert '"invalid": 1' in text
    evidence.write_text(text.replace('"invalid": 1', '"invalid": 0'), encoding="utf-8")
    reseal(assessed / "sealed", "data/period/evidence.json")
    capsys.readouterr()
    assert run(["verify", "sealed"]) == Exit.FINDINGS
    assert "data/period/evidence.json is not what this evidence" in capsys.readouterr().out


def test_what_was_not_given_is_unknown(assessed: Path) -> None:
    assert assess("--rule", "evidence", "--output", "json=told.json") == Exit.INCOMPLETE
    assert set(outcomes(assessed / "told.json").values()) == {"unknown"}


@pytest.mark.parametrize(
    ("more", "period", "bundles", "sentence"),
    [
        ((), "2026-03-01", "evidence", "this is not a period"),
        ((), "2026-03-02..2026-03-01", "evidence", "before it begins"),
        ((), "2026-03-02..2026-03-02", "evidence", "is empty: it ends when it begins, at 2026-03-02T00:00:00Z"),
        ((), "0001-01-01..2026-03-02", "evidence", "this is before 1970"),
        ((), "2026-03-01..2999-01-01", "evidence", "has not ended"),
        ((), PERIOD, "nowhere", "There is no folder nowhere"),
        ((), PERIOD, "trail-logs", "holds no bundle of a scan"),
        (("--logs", "s3://bucket", "--public-keys", "trail-keys.json"), PERIOD, "evidence", "and a bucket is named"),
        (("--profile", "audit"), PERIOD, "evidence", "nothing is read from AWS"),
        (("--logs", "elsewhere"), PERIOD, "evidence", "There is no elsewhere"),
        (("--logs", "trail-logs", "--listing", "own-1.0.yaml"), PERIOD, "evidence", "is not a listing"),
        (("--public-keys", "trail-keys.json"), PERIOD, "evidence", "without --logs"),
        (("--approved-starts", "own-1.0.yaml"), PERIOD, "evidence", "is not a file of approved starts"),
    ],
)
def test_bad_input_is_one_sentence(
    assessed: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], period: str, bundles: str, sentence: str
) -> None:
    assert assessed.is_dir()
    assert assess(*more, "--rule", "evidence", period=period, bundles=bundles) == Exit.ERROR
    assert sentence in capsys.readouterr().err


def test_a_period_of_a_bucket_is_copied_with_every_signature(ground: Any, tmp_path: Path) -> None:
    period = Period(ground.start, ground.start + timedelta(hours=20), ground.start + timedelta(days=9))
    store = ground.store_type(ground.day)
    signatures = copy_period(store, [ground.place], period, tmp_path)
    assert {each.key for each in signatures} == set(ground.digests())
    written = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*.json.gz")}
    assert written == {key: stored.data for key, stored in ground.day.items()}
    store.refused = {ground.logs()[0]}
    with pytest.raises(SourceError):
        copy_period(store, [ground.place], period, tmp_path / "again")


def chained(snapshot: Path, *taken: str) -> None:
    """Bundles of the facts as if they were collected at other times, each of which names the one before it."""
    rules = select((), ("trail.log-file-validation",), (), ())
    run_json = snapshot / "run.json"
    previous = ""
    shutil.rmtree("evidence/may")
    for number, moment in enumerate(taken):
        told = json.loads(run_json.read_text(encoding="utf-8"))
        run_json.write_text(json.dumps({**told, "started": moment}), encoding="utf-8")
        previous = seal_scan(scan_snapshot(snapshot, rules), Path(f"evidence/{number}"), Marks(previous))


def test_the_configuration_is_judged_again_at_each_bundle(assessed: Path, snapshot: Path) -> None:
    chained(snapshot, "2026-03-01T07:00:00Z", "2026-03-02T07:00:00Z")
    own = FRAMEWORK[: FRAMEWORK.index("    log_rules")]
    (assessed / "own-1.0.yaml").write_text(own, encoding="utf-8")
    wanted = ("--framework", "own-1.0.yaml", "--rule", "evidence.config-held", "-o", "json=told.json")
    assert assess(*wanted, "--bundle", "b", period="2026-03-01..2026-03-02") == Exit.FINDINGS
    told_json = json.loads((assessed / "told.json").read_text(encoding="utf-8"))
    assert [each["over"] for each in told_json["controls"]] == [{"configuration": "fail", "period": "fail"}]
    (finding,) = (each for each in told_json["findings"] if each["rule"] == "evidence.config-held")
    told = "failed at 2026-03-01T07:00:00Z (nobody looked before that; it failed at 2026-03-02T07:00:00Z, too)"
    assert (finding["outcome"], told in finding["reason"]) == ("fail", True)
    evidence = json.loads((assessed / "b" / "data" / "period" / "evidence.json").read_text(encoding="utf-8"))
    assert [each["rules"] for each in evidence["bundles"]["snapshots"]] == [["trail.log-file-validation"]] * 2
    assert run(["verify", "b"]) == Exit.CLEAN


def test_an_account_that_only_an_earlier_bundle_of_the_period_shows_is_not_dropped(
    assessed: Path, snapshot: Path
) -> None:
    run_json = snapshot / "run.json"
    alone = run_json.read_text(encoding="utf-8")
    both = json.loads(alone)
    both["scope"]["accounts"]["444455556666"] = both["scope"]["accounts"]["111122223333"]
    rules, previous = select((), ("trail.log-file-validation",), (), ()), ""
    shutil.rmtree("evidence/may")
    for moment, told in (("2026-02-01", both), ("2026-03-01", both), ("2026-03-02", json.loads(alone))):
        run_json.write_text(json.dumps({**told, "started": f"{moment}T07:00:00Z"}), encoding="utf-8")
        previous = seal_scan(scan_snapshot(snapshot, rules), Path("evidence", moment), Marks(previous))
    wanted = ("--rule", "evidence.config-held", "--rule", "evidence.alarm-tested", "-o", "json=told.json")
    assess(*wanted, "--bundle", "sealed", period="2026-03-01..2026-03-02")
    told_json = json.loads((assessed / "told.json").read_text(encoding="utf-8"))
    found = {each["resource"]: each["outcome"] for each in told_json["findings"] if each["rule"].endswith("-held")}
    assert found["444455556666"] == "unknown"
    assert run(["verify", "sealed"]) == Exit.CLEAN
    assess(*wanted, period="2026-03-02..2026-03-03")
    told_json = json.loads((assessed / "told.json").read_text(encoding="utf-8"))
    assert "444455556666" in {each["resource"] for each in told_json["findings"]}  # the last bundle before shows it


def test_a_listing_tells_storage_classes_and_restored_copies(assessed: Path) -> None:
    key = (
        "AWSLogs/111122223333/CloudTrail/us-east-1/2026/02/28/111122223333_CloudTrail_us-east-1_20260228T{}Z_x.json.gz"
    )
    contents = [
        {"Key": key.format("0100"), "StorageClass": "STANDARD"},
        {"Key": key.format("0200"), "StorageClass": "GLACIER"},
        {
            "Key": key.format("0300"),
            "StorageClass": "GLACIER",
            "RestoreStatus": {"IsRestoreInProgress": False, "RestoreExpiryDate": "2026-04-01T00:00:00Z"},
        },
        {
            "Key": key.format("0400"),
            "StorageClass": "DEEP_ARCHIVE",
            "RestoreStatus": {"IsRestoreInProgress": False, "RestoreExpiryDate": "2026-01-01T00:00:00Z"},
        },
        {"Key": key.format("0500").replace("CloudTrail", "CloudTrail-Digest"), "StorageClass": "GLACIER"},
    ]
    listing = assessed / "listing.json"
    listing.write_text(json.dumps({"Contents": contents, "NextToken": None}), encoding="utf-8")
    code = assess(*LOGS[:4], "--listing", "listing.json", "--rule", "evidence", "--bundle", "b", "-o", "json=told.json")
    assert code == Exit.FINDINGS
    told = json.loads((assessed / "b" / "data" / "period" / "evidence.json").read_text(encoding="utf-8"))
    (day,) = told["listing"]["days"]
    assert (day["day"], day["classes"], day["restored"]) == (
        "2026-02-28",
        {"DEEP_ARCHIVE": 1, "GLACIER": 1, "STANDARD": 1},
        1,
    )
    assert outcomes(assessed / "told.json")["evidence.hot-availability"] == "fail"
    assert run(["verify", "b"]) == Exit.CLEAN


def link(log: Path) -> None:
    moved = log.rename(Path("moved.json.gz").absolute())
    log.symlink_to(moved)


def folder_elsewhere(_log: Path) -> None:
    Path("more").mkdir()
    Path("trail-logs/more").symlink_to(Path("more").absolute())


def second_name(log: Path) -> None:
    log.with_name("second.json.gz").hardlink_to(log)


def pipe(log: Path) -> None:
    os.mkfifo(log.with_name("pipe.json.gz"))


def archive(log: Path) -> None:
    with zipfile.ZipFile(log.with_name("more"), "w") as packed:
        packed.write(log, "a.json.gz")


def place_of_another(log: Path) -> None:
    Path("trail-logs/before").mkdir()
    shutil.copy(log, "trail-logs/before")


def nothing(_log: Path) -> None:
    shutil.rmtree("trail-logs/AWSLogs")


def a_file(_log: Path) -> None:
    shutil.rmtree("trail-logs")
    Path("trail-logs").write_text("{}", encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (link, "is a link or a device"),
        (folder_elsewhere, "is a link or a device"),
        (pipe, "is a link or a device"),
        (second_name, "are one file under two names"),
        (archive, "is a zip file"),
        (place_of_another, "trail-logs holds a folder before, as copies"),
        (nothing, "The folder trail-logs holds no file. Copy the bucket as it is"),
        (a_file, "trail-logs is not a folder"),
    ],
)
def test_what_is_no_copy_of_a_bucket_is_refused_before_anything_is_judged(
    assessed: Path, capsys: pytest.CaptureFixture[str], change: Callable[[Path], None], sentence: str
) -> None:
    change(min(path for path in (assessed / "trail-logs").rglob("*.json.gz") if "Digest" not in path.name))
    assert assess(*LOGS, "--bundle", "sealed") == Exit.ERROR
    assert sentence in capsys.readouterr().err
    assert not (assessed / "sealed").exists()


KEY = (
    '"AWSLogs/111122223333/CloudTrail/us-east-1/2026/02/28/111122223333_CloudTrail_us-east-1_20260228T0100Z_x.json.gz"'
)
START = '"account": "111122223333", "trail": "main"'


@pytest.mark.parametrize(
    ("option", "content", "sentence"),
    [
        ("--listing", '{"Contents": 5}', "is not a listing: Expected `array | null`, got `int`"),
        ("--listing", '{"Contents": [{"Key": 5}]}', "is not a listing: Expected `str`, got `int`"),
        ("--listing", '{"Contents": [{}]}', "is not a listing: Object missing required field `Key`"),
        ("--listing", f'{{"Contents": [{{"Key": {KEY}, "RestoreStatus": 7}}]}}', "is not a listing: Expected `object"),
        ("--listing", '{"keys": []}', "is not a listing: it has no Contents"),
        ("--approved-starts", f'[{{{START}, "at": "2026-03-01T09:00:00", "by": "x"}}]', "is not a file of approved"),
        ("--approved-starts", f'[{{{START}, "at": "2026-03-01T09:00:00Z", "by": ""}}]', "is not a file of approved"),
        ("--approved-starts", f'[{{{START}, "at": "2026-03-01T09:00:00Z"}}]', "is not a file of approved starts"),
        (
            "--approved-starts",
            f'[{{{START}, "at": "2026-03-01T09:00:00Z", "by": "x", "reason": ""}}]',
            "Object contains unknown field `reason`",
        ),
    ],
)
def test_files_of_another_shape_are_one_sentence(
    assessed: Path, capsys: pytest.CaptureFixture[str], option: str, content: str, sentence: str
) -> None:
    (assessed / "odd.json").write_text(content, encoding="utf-8")
    assert assess("--rule", "evidence.hot-availability", *LOGS[:4], option, "odd.json") == Exit.ERROR
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("more", ['"NextToken": "x"', '"IsTruncated": true', '"NextContinuationToken": "x"'])
def test_a_listing_that_was_cut_off_is_never_whole(assessed: Path, more: str) -> None:
    (assessed / "cut.json").write_text(f'{{"Contents": [{{"Key": {KEY}}}], {more}}}', encoding="utf-8")
    assess("--rule", "evidence.hot-availability", "--listing", "cut.json", "-o", "json=told.json")
    told = json.loads((assessed / "told.json").read_text(encoding="utf-8"))
    assert told["gaps"][0]["reason"] == "the listing was cut off: it says that more objects follow"


@pytest.mark.parametrize("damage", ["cut", "lacking", "untagged"])
def test_a_damaged_bundle_beside_a_whole_one_is_not_passed_over(
    assessed: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    june = assessed / "evidence" / "june"
    shutil.copytree(assessed / "evidence" / "may", june)
    if damage == "cut":
        packed = Path(shutil.make_archive(str(june), "zip", june))
        shutil.rmtree(june)
        packed.write_bytes(packed.read_bytes()[:-200])
    else:
        (june / ("data/run.json" if damage == "lacking" else "bagit.txt")).unlink()
    assert assess() == Exit.ERROR
    assert "june" in (told := capsys.readouterr().err)
    assert "is broken" in told


def test_what_is_no_bundle_is_passed_over(assessed: Path) -> None:
    (assessed / "evidence" / "notes").mkdir()
    shutil.make_archive(str(assessed / "evidence" / "more"), "zip", assessed / "evidence" / "notes")
    assert assess("--rule", "evidence.config-held") == Exit.INCOMPLETE


def test_a_broken_bundle_and_one_of_another_account_are_refused(
    assessed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree("evidence/may", "evidence/june")
    Path("evidence/june/data/run.json").write_bytes(b"{}")
    assert assess() == Exit.ERROR
    assert "june is broken" in capsys.readouterr().err
    shutil.rmtree("evidence/june")
    other = assessed / "other"
    shutil.copytree("snapshot", other)
    for path in (other / "run.json", other / "calls.jsonl"):
        path.write_text(path.read_text(encoding="utf-8").replace("111122223333", "444455556666"), encoding="utf-8")
    (other / "raw" / "111122223333").rename(other / "raw" / "444455556666")
    seal_scan(scan_snapshot(other, select((), ("trail.log-file-validation",), (), ())), Path("evidence/other"))
    assert assess() == Exit.ERROR
    assert "is of account" in capsys.readouterr().err


def test_the_command_of_the_page_has_these_options(capsys: pytest.CaptureFixture[str]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    (command,) = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    _, *arguments = shlex.split(command.replace("\\\n", ""))
    assert run([*arguments, "--help"]) == Exit.CLEAN
    told = capsys.readouterr().out
    for option in re.findall(r"^\| `(--[a-z-]+)", text, re.MULTILINE):
        assert option in told
