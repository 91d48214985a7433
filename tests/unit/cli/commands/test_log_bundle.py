"""`trailwitness logs --bundle` and `verify` on what it wrote: what is inside, noticed, and never said."""

import functools
import gzip
import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bagit
import pytest

import scanner.content.rules
from reports.bundle.readers import open_bag
from reports.formats import FORMATS
from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.log_sources import keeping as log_keeping
from scanner.log_sources.kinds.files import FileSource
from scanner.runs.over_logs import reproduction

RULE = ("--rule", "event.logging-stopped")
Reseal = Callable[[Path, str, str | bytes], None]
Output = pytest.CaptureFixture[str]


@pytest.fixture(scope="module", autouse=True)
def shipped_once() -> Iterator[None]:
    """The shipped rules are read once, not twice a command."""
    load = scanner.content.rules.load_rules
    shipped = functools.cache(load)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            scanner.content.rules,
            "load_rules",
            lambda folders=None, **how: load(folders, **how) if folders else shipped(),
        )
        yield


def record(number: int, name: str = "DescribeTrails", account: str = "111122223333") -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{account}:user/anna", "accountId": account},
        "eventTime": f"2026-11-20T07:{number % 60:02d}:00Z",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "requestParameters": {"name": "main"},
        "eventID": f"00000000-0000-4000-8000-{number:012d}",
        "recipientAccountId": account,
        "eventCategory": "Management",
    }


def packed(*records: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps({"Records": list(records)}).encode(), mtime=0)


def filled(folder: Path) -> Path:
    folder.mkdir()
    (folder / "loud.json.gz").write_bytes(packed(record(1), record(2, "StopLogging")))
    (folder / "quiet.json.gz").write_bytes(packed(record(2, "StopLogging"), record(3)))
    return folder


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return filled(tmp_path / "logs")


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder ``logs``, a bundle of it as ``bag``, one without the logs as ``thin``, and ``bag.zip``."""
    place = tmp_path_factory.mktemp("sealed")
    source = str(filled(place / "logs"))
    for name, options in (("bag", ()), ("thin", ("--without-logs",)), ("bag.zip", ())):
        assert run(["logs", source, *RULE, "-q", "--bundle", str(place / name), *options]) == Exit.FINDINGS
    return place


@pytest.fixture
def bag(sealed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sealed / "bag", tmp_path / "bag"))


@pytest.fixture
def thin(sealed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sealed / "thin", tmp_path / "thin"))


def document(bag: Path, name: str) -> Any:
    return json.loads((bag / "data" / name).read_bytes())


def verified(capsys: Output, *arguments: str | Path) -> tuple[int, str]:
    capsys.readouterr()
    code = run(["verify", *map(str, arguments)])
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    return code, shown.out


def test_what_is_inside(sealed: Path) -> None:
    bag = sealed / "bag"
    names = {path.relative_to(bag).as_posix() for path in bag.rglob("*") if path.is_file()}
    reports = {f"data/{each.sealed_as}" for each in FORMATS.values() if each.sealed_as}
    assert {"data/assessment.json", "data/junit.xml", "data/summary.txt", "data/findings.csv"} <= reports
    assert {name for name in names if not name.startswith(("data/schemas/", "data/frameworks/"))} == {
        *reports,
        "bagit.txt",
        "bag-info.txt",
        "manifest-sha256.txt",
        "tagmanifest-sha256.txt",
        "data/README.txt",
        "data/index.csv",
        "data/index.json",
        "data/logs.json",
        "data/logs/EV-0001.json.gz",
        "data/logs/EV-0002.json.gz",
        "data/parameters.json",
        "data/rules/event/logging-stopped.yaml",
        "data/run.json",
    }
    first = document(bag, "logs.json")["sources"][0]
    stored = (sealed / "logs/loud.json.gz").read_bytes()
    assert (bag / "data" / first["file"]).read_bytes() == stored
    assert first["sha256"] == hashlib.sha256(stored).hexdigest()
    assert (first["source"], first["evidence"], first["bytes"]) == ("loud.json.gz", "EV-0001", len(stored))
    entry = document(bag, "index.json")["evidence"][0]
    assert (entry["file"], entry["type"]) == ("data/logs/EV-0001.json.gz", "user activity")
    assert entry["arguments"] == {"source": "loud.json.gz"}
    assert entry["rules"] == ["event.logging-stopped"]
    assert "log records and assessment" in (bag / "bag-info.txt").read_text(encoding="utf-8")
    readme = (bag / "data/README.txt").read_text(encoding="utf-8")
    for name in names:
        part = name if name.count("/") < 2 else f"{name.rsplit('/', 1)[0].split('/event')[0]}/"
        assert part == "data/README.txt" or part in readme
    assert bagit.Bag(str(bag)).validate()


def test_pointers_lead_to_the_records_that_are_cited(sealed: Path) -> None:
    """As section 3 of its README says: the number in the index, the file there, the member and the entry."""
    (finding,) = document(sealed / "bag", "assessment.json")["findings"]
    files = {entry["id"]: entry["file"] for entry in document(sealed / "bag", "index.json")["evidence"]}
    assert finding["pointers"]
    for pointer in finding["pointers"]:
        number, _, path = pointer.partition("#/")
        value: Any = json.loads(gzip.decompress((sealed / "bag" / files[number]).read_bytes()))
        for step in path.split("/"):
            value = value[int(step)] if isinstance(value, list) else value[step]
        assert value["eventName"] == "StopLogging"


def test_the_sums_reconcile_and_each_log_has_its_line(sealed: Path) -> None:
    for bag in (sealed / "bag", sealed / "thin"):
        told = document(bag, "assessment.json")["run"]
        accounting = told["accounting"]
        assert accounting["records"] == accounting["events"] + accounting["duplicates"] == 4
        listed = document(bag, "logs.json")["sources"]
        names = [line["source"] for line in told["sources"]]
        assert names == [log["source"] for log in listed]
        assert document(bag, "parameters.json") == told["parameters"]
        assert set(told["parameters"]) == {"event.logging-stopped"}
        run_file = document(bag, "run.json")
        assert {"asked", "started", "finished", "since", "until", "caller"} <= set(run_file)


def test_a_bundle_without_logs_says_so_and_holds_their_digests(sealed: Path) -> None:
    thin = sealed / "thin"
    assert not (thin / "data/logs").exists()
    assert "THE LOG FILES THEMSELVES ARE NOT INSIDE" in (thin / "data/README.txt").read_text(encoding="utf-8")
    for entry in document(thin, "index.json")["evidence"]:
        stored = (sealed / "logs" / entry["arguments"]["source"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(stored).hexdigest()


def test_the_reports_inside_are_those_of_the_run(logs: Path, tmp_path: Path) -> None:
    target, bag = tmp_path / "a.json", tmp_path / "bag"
    run(["logs", str(logs), *RULE, "-q", "--bundle", str(bag), "-o", f"json={target}"])
    assert (bag / "data/assessment.json").read_bytes() == target.read_bytes()


def test_equal_input_gives_equal_bytes(
    logs: Path, sealed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.collect.recording.utc_now", lambda: datetime(2026, 11, 21, 9, tzinfo=UTC))
    (tmp_path / "again").mkdir()
    for source, target in ((logs, tmp_path / "a.zip"), (sealed / "logs", tmp_path / "again" / "b.zip")):
        monkeypatch.chdir(source.parent)
        run(["logs", "logs", *RULE, "-q", "--bundle", str(target)])
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "again" / "b.zip").read_bytes()


def test_folder_and_archive_are_judged_again(sealed: Path, capsys: Output) -> None:
    code, told = verified(capsys, sealed / "bag", sealed / "bag.zip")
    assert code == Exit.CLEAN, told
    assert told.count("verified: ") == 2
    assert "note:" not in told
    with zipfile.ZipFile(sealed / "bag.zip") as archive:
        kinds = {info.compress_type for info in archive.infolist() if "/data/logs/" in info.filename}
    assert kinds == {zipfile.ZIP_STORED}


def test_hostile_names(tmp_path: Path, capsys: Output) -> None:
    """A source may be called anything: in the bag it goes by its number, and nothing it is called is obeyed."""
    folder = tmp_path / "logs"
    folder.mkdir()
    number = 0
    forged = "x\nbag: verified: 38 files unchanged.json"
    for name in ("a.json", "A.json", forged, "y" * 240 + ".json", "CON.JSON", "e\u0301.json", "caf\udce9", " .gz"):
        number += 1
        (folder / name).write_text(json.dumps({"Records": [record(number)]}), encoding="utf-8")
    with zipfile.ZipFile(folder / "z.zip", "w") as archive:
        archive.writestr("../../escape.json", json.dumps({"Records": [record(40)]}))
        archive.writestr("/abs/\x1b[31mred", packed(record(41)))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("../../escape.json", json.dumps({"Records": [record(42)]}))
    bag = tmp_path / "bag"
    assert run(["logs", str(folder), *RULE, "-q", "--bundle", str(bag)]) == Exit.CLEAN
    logs = document(bag, "logs.json")["sources"]
    assert len({log["file"] for log in logs}) == len(logs) == number + 3
    lines = document(bag, "assessment.json")["run"]["sources"]
    numbers = [line["evidence"] for line in lines]
    assert numbers == [log["evidence"] for log in logs]
    names = {path.name for path in (bag / "data/logs").iterdir()}
    assert names == {Path(log["file"]).name for log in logs}
    assert all(name.isascii() and len(name) < 30 and name.startswith("EV-") for name in names)
    assert {log["source"] for log in logs} > {"a.json", "A.json", forged, "z.zip!../../escape.json"}
    assert bagit.Bag(str(bag)).validate()
    code, told = verified(capsys, bag)
    assert code == Exit.CLEAN, told
    changed = next(log["file"] for log in logs if log["source"] == forged)
    (bag / "data" / changed).write_bytes(b"{}")
    code, told = verified(capsys, bag)
    assert code == Exit.FINDINGS
    assert "\nbag: verified" not in told
    assert not list(tmp_path.glob("escape*"))


def test_several_roots_a_window_and_own_content(logs: Path, tmp_path: Path, capsys: Output) -> None:
    """Everything a verdict rests on is inside: the window, parameters, frameworks, rules of a folder."""
    rules = tmp_path / "rules"
    rules.mkdir()
    shipped = next(rule for rule in scanner.content.rules.load_rules() if rule.id == "event.root-activity").text
    (rules / "any-name.yaml").write_text(shipped.replace("id: event.root-activity", "id: mine.root"), encoding="utf-8")
    (tmp_path / "more.jsonl").write_text(json.dumps(record(30, "StopLogging")), encoding="utf-8")
    arguments = [
        *("--rules", str(rules), "--framework", "pci-dss-4.0.1", "--framework", "cis-aws-5.0.0"),
        *("--since", "2026-11-20T07:02:00Z", "--until", "2026-11-20"),
        *("--parameter", f"event.logging-stopped.approved_events={record(2)['eventID']}"),
    ]
    bag = tmp_path / "bag"
    run(["logs", str(logs), str(tmp_path / "more.jsonl"), *arguments, "-q", "--bundle", str(bag)])
    found = document(bag, "assessment.json")
    assert found["run"]["accounting"]["records"] == 4
    assert [item["id"] for item in found["run"]["frameworks"]] == ["cis-aws-5.0.0", "pci-dss-4.0.1"]
    code, told = verified(capsys, bag)
    assert code == Exit.CLEAN, told
    assert "that are not the ones this version ships: mine.root" in told
    assert "event.logging-stopped.approved_events" in told


def test_what_could_not_be_read_is_evidence_too(logs: Path, tmp_path: Path, capsys: Output) -> None:
    (logs / "cut.json.gz").write_bytes(packed(record(5), record(6))[:-9])
    (logs / "note.txt").write_text("no log", encoding="utf-8")
    (logs / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
    bag = tmp_path / "bag"
    run(["logs", str(logs), *RULE, "-q", "--bundle", str(bag)])
    listed = {log["source"]: log for log in document(bag, "logs.json")["sources"]}
    assert listed["broken.zip"]["file"] == listed["broken.zip"]["sha256"] == ""
    assert "cannot be read" in listed["broken.zip"]["unreadable"]
    assert listed["cut.json.gz"]["file"]
    code, told = verified(capsys, bag)
    assert code == Exit.CLEAN, told
    assert "note: 1 log is missing from the evidence, because it could not be read at the time; the first: " in told
    assert "broken.zip" in told


def _edit_log(bag: Path) -> None:
    (bag / "data/logs/EV-0001.json.gz").write_bytes(packed(record(1)))


def _delete_log(bag: Path) -> None:
    (bag / "data/logs/EV-0001.json.gz").unlink()


def _add_log(bag: Path) -> None:
    (bag / "data/logs/EV-0003.json.gz").write_bytes(packed(record(9)))


def _edit_rule(bag: Path) -> None:
    path = bag / "data/rules/event/logging-stopped.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("StopLogging", "StartLogging"), encoding="utf-8")


def _edit_assessment(bag: Path) -> None:
    path = bag / "data/assessment.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"fail"', '"pass"'), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_edit_log, "is not the log that was judged, loud.json.gz"),
        (_delete_log, "is missing: the log that was judged as loud.json.gz"),
        (_add_log, "data/logs/EV-0003.json.gz: was added"),
        (_edit_rule, "data/rules/event/logging-stopped.yaml: has changed"),
        (_edit_assessment, "data/assessment.json: has changed"),
    ],
)
def test_a_careless_change_is_named(change: Callable[[Path], None], words: str, bag: Path, capsys: Output) -> None:
    change(bag)
    code, told = verified(capsys, bag)
    assert code == Exit.FINDINGS
    assert words in told
    assert "NOT VERIFIED" in told


def _logs_json(bag: Path, **members: Any) -> str:
    found = document(bag, "logs.json")
    found["sources"][0] |= members
    return json.dumps(found, indent=2, sort_keys=True) + "\n"


def _turned(bag: Path) -> tuple[str, str]:
    found = document(bag, "logs.json")
    return "data/logs.json", json.dumps({**found, "sources": found["sources"][::-1]})


def _changed(name: str, old: str, new: str) -> Callable[[Path], tuple[str, str]]:
    def change(bag: Path) -> tuple[str, str]:
        text = (bag / name).read_text(encoding="utf-8")
        assert old in text
        return name, text.replace(old, new)

    return change


FORGERIES: dict[str, tuple[Callable[[Path], tuple[str, str]], str]] = {
    "a verdict": (_changed("data/assessment.json", '"outcome": "fail"', '"outcome": "pass"'), "outcome is"),
    "a count": (_changed("data/assessment.json", '"hit_count": 1', '"hit_count": 0'), "details is"),
    "the accounting": (_changed("data/assessment.json", '"duplicates": 1', '"duplicates": 0'), "duplicates"),
    "a rule": (_changed("data/rules/event/logging-stopped.yaml", "StopLogging", "StartLogging"), "Rule event.logging"),
    "the window": (_changed("data/run.json", '"until": ""', '"until": "2026-11-20T07:01:30Z"'), "In run, "),
    "a time that is none": (_changed("data/run.json", '"until": ""', '"until": "soon"'), "no time in 'soon'"),
    "a time without a zone": (_changed("data/run.json", '"until": ""', '"until": "2026-11-20"'), "without a zone"),
    "the asker": (_changed("data/run.json", '"partition": "aws"', '"partition": "aws-cn"'), "partition"),
    "a report": (_changed("data/summary.txt", "fail", "FAIL"), "data/summary.txt is not what"),
    "the name of a log": (lambda bag: ("data/logs.json", _logs_json(bag, source="other.json.gz")), "other.json.gz"),
    "an unread log": (lambda bag: ("data/logs.json", _logs_json(bag, sha256="", file="", unreadable="x")), "EV-0001"),
    "a longer log": (lambda bag: ("data/logs.json", _logs_json(bag, longer=True)), "EV-0001"),
    "a log elsewhere": (lambda bag: ("data/logs.json", _logs_json(bag, file="../../x")), "data/../../x"),
    "a size": (lambda bag: ("data/logs.json", _logs_json(bag, bytes=10**30)), "data/logs.json"),
    "the order": (_turned, "does not list the logs by name"),
    "no list": (lambda _bag: ("data/logs.json", '{"schema": "trailwitness/logs/v1", "sources": [7]}'), "logs.json"),
    "no JSON": (lambda _bag: ("data/logs.json", "[" * 99_999), "logs.json"),
    "another version": (_changed("data/run.json", "log-run/v1", "log-run/v2"), "not a document of version"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_bundle_sealed_anew_does_not_follow(forgery: str, bag: Path, reseal: Reseal, capsys: Output) -> None:
    change, words = FORGERIES[forgery]
    reseal(bag, *change(bag))
    code, told = verified(capsys, bag)
    assert code == Exit.FINDINGS, told
    assert words in told
    assert ": verified" not in told
    assert len(told) < 10_000


def test_a_log_and_its_digests_sealed_anew(bag: Path, reseal: Reseal, capsys: Output) -> None:
    harmless = packed(record(1), record(2))
    digest = hashlib.sha256(harmless).hexdigest()
    (bag / "data/logs.json").write_text(_logs_json(bag, sha256=digest, bytes=len(harmless)), encoding="utf-8")
    reseal(bag, "data/logs/EV-0001.json.gz", harmless)
    code, told = verified(capsys, bag)
    assert code == Exit.FINDINGS
    assert "Finding event.logging-stopped" in told
    assert "Log source EV-0001 loud.json.gz: sha256 is" in told


def test_without_the_logs_nothing_is_called_verified(thin: Path, capsys: Output) -> None:
    assert not (thin / "data/logs").exists()
    assert "NOT INSIDE" in (thin / "data/README.txt").read_text(encoding="utf-8")
    code, told = verified(capsys, thin)
    assert code == Exit.INCOMPLETE
    assert "NO VERDICT WAS RE-COMPUTED: 2 logs are not in this bundle" in told
    assert "verified" not in told.lower()


def test_the_originals_are_found_by_their_digest(thin: Path, sealed: Path, tmp_path: Path, capsys: Output) -> None:
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for number, path in enumerate(sorted((sealed / "logs").iterdir())):
        shutil.copy(path, moved / f"copy-{number}")
    (moved / "stranger.json").write_text("{}", encoding="utf-8")
    code, told = verified(capsys, thin, "--logs", moved)
    assert code == Exit.CLEAN, told
    assert "2 were found by their SHA-256 among those given, and 1 others were given" in told
    assert "every verdict re-computed" in told


def test_an_original_that_is_missing_or_changed_is_named(thin: Path, logs: Path, capsys: Output) -> None:
    (logs / "loud.json.gz").write_bytes(packed(record(1)))
    code, told = verified(capsys, thin, "--logs", logs)
    assert code == Exit.FINDINGS
    assert "EV-0001 loud.json.gz: no log given with --logs has its SHA-256" in told
    assert "quiet.json.gz" not in told


def test_an_original_that_changes_meanwhile(
    thin: Path, logs: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    read = FileSource.read

    def once(source: FileSource) -> bytes:
        data = read(source)
        source.path.write_bytes(packed(record(50)))
        return data

    monkeypatch.setattr(FileSource, "read", once)
    code, told = verified(capsys, thin, "--logs", logs)
    assert code == Exit.FINDINGS
    assert "EV-0001 loud.json.gz: it changed while it was judged again" in told


def test_a_forged_bundle_without_logs(thin: Path, sealed: Path, reseal: Reseal, capsys: Output) -> None:
    reseal(thin, *_changed("data/assessment.json", '"outcome": "fail"', '"outcome": "pass"')(thin))
    code, told = verified(capsys, thin, "--logs", sealed / "logs")
    assert code == Exit.FINDINGS
    assert "outcome is" in told
    reseal(thin, "data/logs.json", _logs_json(thin, sha256="0" * 64))
    code, told = verified(capsys, thin)
    assert code == Exit.FINDINGS
    assert "does not list the logs that data/assessment.json says were judged" in told


THIN_FORGERIES: Mapping[str, tuple[str, str, str]] = {
    "the verdict": ('"outcome": "fail"', '"outcome": "pass"', "event.logging-stopped passes, although it counts"),
    "the hits": ('"hit_count": 1', '"hit_count": 0', "event.logging-stopped fails, although it counts 0 hits"),
    "the severity": ('"severity": "critical"', '"severity": "low"', "does not have the title and severity of the rule"),
    "the sums": ('"records": 4', '"records": 5', "are not those of"),
    "the shape": ('"findings": [', '"findingz": [', "cannot be re-computed"),
    "a kind": ('"hit_count": 1', '"hit_count": []', "is not an assessment document"),
    "what was not read": ('"unread_count": 0', '"unread_count": 1', "which was not read whole"),
    "a reason": ("found, for example", "not found, for example", "is not what this evidence"),
}


@pytest.mark.parametrize("forgery", THIN_FORGERIES)
def test_a_bundle_without_logs_must_agree_with_itself(forgery: str, thin: Path, reseal: Reseal, capsys: Output) -> None:
    old, new, words = THIN_FORGERIES[forgery]
    reseal(thin, *_changed("data/assessment.json", old, new)(thin))
    code, told = verified(capsys, thin)
    assert code == Exit.FINDINGS, told
    assert words in told


def test_what_cannot_be_re_computed_is_said(thin: Path, capsys: Output) -> None:
    code, told = verified(capsys, thin)
    assert code == Exit.INCOMPLETE
    assert "whoever sealed it could have written any of its 1 verdicts that agrees with the rest" in told
    assert "verified" not in told


def test_several_bundles_answer_with_the_worst(bag: Path, thin: Path, sealed: Path, capsys: Output) -> None:
    assert verified(capsys, thin, sealed / "bag")[0] == Exit.INCOMPLETE
    code, told = verified(capsys, sealed / "bag", "--logs", sealed / "logs")
    assert code == Exit.CLEAN
    assert "those given with --logs were not looked at" in told
    _edit_log(bag)
    assert verified(capsys, thin, bag)[0] == Exit.FINDINGS


def test_a_source_that_changes_while_it_is_judged(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    """What is sealed is what was judged, whatever becomes of the source."""
    read = FileSource.read
    before = {path.name: path.read_bytes() for path in logs.iterdir()}

    def once(source: FileSource) -> bytes:
        data = read(source)
        source.path.write_bytes(packed(record(50)))
        return data

    monkeypatch.setattr(FileSource, "read", once)
    bag = tmp_path / "bag"
    assert run(["logs", str(logs), *RULE, "-q", "--bundle", str(bag)]) == Exit.FINDINGS
    for log in document(bag, "logs.json")["sources"]:
        assert (bag / "data" / log["file"]).read_bytes() == before[log["source"]]
        assert (logs / log["source"]).read_bytes() != before[log["source"]]
    assert verified(capsys, bag)[0] == Exit.CLEAN


@pytest.mark.parametrize("name", ["bag", "bag.zip"])
def test_a_copy_that_changes_before_it_is_sealed(
    name: str, logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Output
) -> None:
    is_longer = log_keeping.KeptSource.is_longer

    def spoil(kept: log_keeping.KeptSource) -> bool:
        kept.path.write_bytes(packed(record(50)))
        return is_longer(kept)

    monkeypatch.setattr(log_keeping.KeptSource, "is_longer", spoil)
    assert run(["logs", str(logs), *RULE, "-q", "--bundle", str(tmp_path / name)]) == Exit.ERROR
    assert "data/logs/EV-0001.json.gz changed while the bundle was written" in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == [logs]


def test_a_copy_that_cannot_be_kept_is_no_unreadable_source(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Output
) -> None:
    write = os.open

    def full(path: Any, flags: int, *arguments: Any, **named: Any) -> int:
        if flags & os.O_CREAT and ".bag." in str(path):
            raise OSError(28, "No space left on device")
        return write(path, flags, *arguments, **named)

    monkeypatch.setattr(os, "open", full)
    assert run(["logs", str(logs), *RULE, "-q", "--bundle", str(tmp_path / "bag")]) == Exit.ERROR
    assert "loud.json.gz was read and cannot be kept: No space left on device" in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == [logs]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["logs", "--without-logs"], "--without-logs leaves the logs out of a bundle"),
        (["-", "--bundle", "bag", "--without-logs"], "could not be read a second time"),
        (["--event-history", "--bundle", "bag", "--without-logs"], "could not be read a second time"),
        (["logs", "--bundle", "logs/bag"], "would be written into logs"),
        (["logs", "--bundle", "logs"], "exists already"),
        (["logs", "--bundle", "absent/bag"], "does not exist"),
        (["logs", "--bundle", "bag", "-o", "json=bag/a.json"], "does not exist"),
    ],
)
def test_refused_before_anything_is_read(
    arguments: list[str], words: str, logs: Path, monkeypatch: pytest.MonkeyPatch, capfd: Output
) -> None:
    monkeypatch.chdir(logs.parent)
    assert run(["logs", *arguments]) == Exit.ERROR
    assert words in capfd.readouterr().err
    assert list(logs.parent.iterdir()) == [logs]


@pytest.mark.parametrize(
    ("source", "words"), [("s3://audit-logs/", "on this machine"), ("absent", "no file or folder")]
)
def test_originals_that_cannot_be_are_a_usage_error(source: str, words: str, thin: Path, capfd: Output) -> None:
    assert run(["verify", str(thin), "--logs", source]) == Exit.ERROR
    assert words in capfd.readouterr().err


def test_a_log_bundle_is_no_snapshot(bag: Path, capfd: Output) -> None:
    assert run(["scan", "--snapshot", str(bag), "--rule", "trail.log-file-validation"]) == Exit.ERROR
    told = capfd.readouterr().err
    assert "trailwitness/log-run/v1" in told
    assert "it holds log records and no snapshot" in told


def test_a_log_inside_is_read_to_the_limit_and_no_further(bag: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that was cut at the limit is cut again, and a forged one does not fill the memory."""
    monkeypatch.setattr(reproduction, "SOURCE_LIMIT", 20)
    with open_bag(bag) as reader:
        whole = reader.read("data/logs/EV-0001.json.gz")
        assert len(whole) > 21
        assert reproduction._Inside("x", reader, "data/logs/EV-0001.json.gz", False).read() == whole[:21]
        (bag / "data/logs/EV-0001.json.gz").write_bytes(whole[:20])
        assert reproduction._Inside("x", reader, "data/logs/EV-0001.json.gz", True).read() == whole[:20] + b"\n"
        assert reproduction._Inside("x", reader, "data/logs/EV-0001.json.gz", False).read() == whole[:20]
