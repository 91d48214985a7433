import hashlib
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import bagit
import pytest

from reports.bundle import seal as bundling
from reports.bundle.bag import info_values
from reports.bundle.check import bag_identity, check_bag
from reports.bundle.content import Content, KnownFile
from reports.bundle.readers import Limits, open_bag
from reports.bundle.seal import bundle_files, bundle_name, standard_reports, write_folder, write_zip
from reports.formats import FORMATS
from scanner.errors import SnapshotError, UsageError
from scanner.model import AccountScope, Assessment, Collected, LogRun, ScanRun

ROOT = Path(__file__).parents[4]
NAME = "evidence-2-accounts-20261120T070000Z"


def test_layout(files: dict[str, Content]) -> None:
    reports = {f"data/{each.sealed_as}" for each in FORMATS.values() if each.sealed_as}
    assert {"data/assessment.json", "data/junit.xml", "data/summary.txt", "data/findings.csv"} <= reports
    assert {name for name in files if not name.startswith(("data/raw/", "data/rules/"))} == {
        *reports,
        "bagit.txt",
        "bag-info.txt",
        "manifest-sha256.txt",
        "tagmanifest-sha256.txt",
        "data/README.txt",
        "data/index.csv",
        "data/index.json",
        "data/run.json",
        "data/calls.jsonl",
        "data/parameters.json",
        "data/frameworks/pci-dss-4.0.1.yaml",
        "data/schemas/rule.schema.json",
    }


def test_readme_names_every_fixed_file_and_no_praise(files: dict[str, Content]) -> None:
    readme = _text(files, "data/README.txt")
    for name in files:
        if not name.startswith(("data/raw/", "data/rules/", "data/frameworks/", "data/schemas/", "data/README")):
            assert name in readme
    assert "complian" not in readme.lower()
    assert "sha256sum -c manifest-sha256.txt" in readme
    assert max(map(len, readme.splitlines())) <= 120


def test_bag_info_states_the_facts(files: dict[str, Content]) -> None:
    info = _text(files, "bag-info.txt").encode()
    payload = [_text(files, name).encode() for name in files if name.startswith("data/")]
    assert info_values(info, "Payload-Oxum") == [f"{sum(map(len, payload))}.{len(payload)}"]
    assert info_values(info, "Bagging-Date") == ["2026-11-20"]
    assert info_values(info, "Account-Ids") == ["111122223333 444455556666"]
    assert info_values(info, "Findings") == ["pass 2, fail 2, unknown 2, not_applicable 1"]
    assert info_values(info, "Bag-Software-Agent") == ["trailwitness 0.1.0"]


def test_identifier_follows_the_payload(assessment: Assessment, sample: ModuleType, files: dict[str, Content]) -> None:
    other = _bundle(replace(assessment, run=replace(assessment.run, settings=())), sample)
    identifiers = [info_values(_text(made, "bag-info.txt").encode(), "External-Identifier") for made in (files, other)]
    assert identifiers[0] != identifiers[1]
    assert identifiers[0][0].startswith("urn:uuid:")


def test_common_tools_accept_the_folder(bag: Path) -> None:
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        done = subprocess.run(
            ["sha256sum", "--strict", "-c", manifest], cwd=bag, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert all(line.endswith(": OK") for line in done.stdout.splitlines())


def test_an_independent_library_accepts_the_folder(bag: Path) -> None:
    assert bagit.Bag(str(bag)).validate()


def test_our_own_check_accepts_folder_and_archives(bag: Path, files: dict[str, Content], tmp_path: Path) -> None:
    write_zip(files, tmp_path / "deflated.zip", NAME)
    write_zip(files, tmp_path / "stored.zip", NAME, compress=False)
    identities = set()
    for path in (bag, tmp_path / "deflated.zip", tmp_path / "stored.zip"):
        with open_bag(path) as reader:
            assert check_bag(reader) == []
            assert reader.read("data/run.json") == _text(files, "data/run.json").encode()
            identities.add(bag_identity(reader))
    assert identities == {hashlib.sha256(_text(files, "tagmanifest-sha256.txt").encode()).hexdigest()}


def test_a_bundle_packed_again_by_a_common_tool_is_accepted(bag: Path, tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "again"), "zip", bag.parent, bag.name)
    with open_bag(Path(archive)) as reader:
        assert check_bag(reader) == []


def test_equal_input_gives_equal_bytes(assessment: Assessment, sample: ModuleType, tmp_path: Path) -> None:
    for number in (1, 2):
        write_zip(_bundle(assessment, sample), tmp_path / f"{number}.zip", NAME)
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


@pytest.mark.parametrize("seed", ["1", "2"])
def test_bytes_do_not_depend_on_the_environment(seed: str, files: dict[str, Content]) -> None:
    """A fresh interpreter with another hash seed, time zone and locale seals the same bundle."""
    script = (
        "import sys; sys.path[:0] = ['tests/golden', '.']\n"
        "import hashlib, sample_assessment as s\n"
        "from reports.bundle.seal import bundle_files, standard_reports\n"
        "a = s.assessment()\n"
        "f = bundle_files(a, s.snapshot_files(), s.content_files(), standard_reports(a))\n"
        "print(hashlib.sha256(f['tagmanifest-sha256.txt']).hexdigest())\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Kolkata", "LC_ALL": "C", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == hashlib.sha256(_text(files, "tagmanifest-sha256.txt").encode()).hexdigest()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_only_the_owner_may_read(bag: Path, files: dict[str, Content], tmp_path: Path) -> None:
    write_zip(files, tmp_path / "bundle.zip", NAME)
    for path in (bag, tmp_path / "bundle.zip", *bag.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_archive_entries_are_alike_on_every_machine(files: dict[str, Content], tmp_path: Path) -> None:
    write_zip(files, tmp_path / "bundle.zip", NAME)
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        infos = archive.infolist()
    names = sorted(f"{NAME}/{name}" for name in files)
    assert [info.filename for info in infos] == names
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {info.create_system for info in infos} == {3}
    assert {info.external_attr >> 16 for info in infos} == {0o100644}
    assert {info.compress_type for info in infos} == {zipfile.ZIP_DEFLATED}


def _folder(files: dict[str, Content], target: Path) -> None:
    write_folder(files, target)


def _zip(files: dict[str, Content], target: Path) -> None:
    write_zip(files, target, NAME)


Writer = Callable[[dict[str, Content], Path], None]
both = pytest.mark.parametrize("write", [_folder, _zip])


@both
def test_nothing_is_overwritten(write: Writer, files: dict[str, Content], tmp_path: Path) -> None:
    target = tmp_path / "bundle"
    target.write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        write(files, target)
    assert target.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [target]


@both
def test_a_dangling_link_is_not_followed(write: Writer, files: dict[str, Content], tmp_path: Path) -> None:
    (tmp_path / "bundle").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="exists already"):
        write(files, tmp_path / "bundle")


@both
def test_the_folder_above_must_exist(write: Writer, files: dict[str, Content], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no folder"):
        write(files, tmp_path / "absent" / "bundle")


@both
def test_a_failure_leaves_nothing_behind(write: Writer, files: dict[str, Content], tmp_path: Path) -> None:
    def fails() -> bytes:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write({**files, "data/run.json": fails}, tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []


@both
def test_a_file_that_changes_meanwhile_is_noticed(
    write: Writer, assessment: Assessment, sample: ModuleType, tmp_path: Path
) -> None:
    answers = iter([b"{}\n", b'{"changed": true}\n'])
    snapshot: dict[str, Content] = {**sample.snapshot_files(), "notes.json": lambda: next(answers)}
    made = bundle_files(assessment, snapshot, sample.content_files(), standard_reports(assessment))
    with pytest.raises(SnapshotError, match=r"data/notes\.json changed while"):
        write(made, tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []


def _large(data: bytes, *given: bytes) -> KnownFile:
    """A file known by the digest of ``data`` that gives these pieces."""

    def pieces() -> Iterator[bytes]:
        yield from given

    return KnownFile(hashlib.sha256(data).hexdigest(), len(data), pieces)


@both
@pytest.mark.parametrize("data", [b"", b"x" * 100_000])
def test_a_large_file_is_written_piece_by_piece(
    write: Writer, data: bytes, assessment: Assessment, sample: ModuleType, tmp_path: Path
) -> None:
    made = _with(assessment, sample, _large(data, data[:7], data[7:]))
    write(made, tmp_path / "bundle")
    with open_bag(tmp_path / "bundle") as reader:
        assert check_bag(reader) == []
        assert reader.read("data/logs/x.json") == data


@both
@pytest.mark.parametrize("given", [(b"12", b"4"), (b"12",), (b"12", b"3", b"4"), ()])
def test_a_large_file_that_is_not_what_was_judged(
    write: Writer, given: tuple[bytes, ...], assessment: Assessment, sample: ModuleType, tmp_path: Path
) -> None:
    with pytest.raises(SnapshotError, match=r"data/logs/x\.json changed while"):
        write(_with(assessment, sample, _large(b"123", *given)), tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []


def test_large_files_are_stored_lest_the_archive_be_taken_for_a_bomb(
    assessment: Assessment, sample: ModuleType, tmp_path: Path
) -> None:
    zeros = bytes(2 << 20)
    write_zip(_with(assessment, sample, _large(zeros, zeros)), tmp_path / "bundle", NAME)
    with open_bag(tmp_path / "bundle") as reader:
        assert check_bag(reader) == []


@pytest.mark.parametrize("limits", [Limits(total_bytes=1 << 30), Limits(entries=20)])
def test_an_archive_that_could_not_be_verified_is_not_written(
    limits: Limits, files: dict[str, Content], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundling, "Limits", lambda: limits)
    with pytest.raises(UsageError, match="too large for a zip archive"):
        write_zip(files, tmp_path / "bundle.zip", NAME)
    assert list(tmp_path.iterdir()) == []


def test_readme_of_a_bundle_over_log_records(assessment: Assessment, sample: ModuleType) -> None:
    over_logs = replace(assessment, run=LogRun(collected=assessment.run.collected))
    places = {item.id: item.file for item in assessment.evidence if item.file}
    for held, whole in ((places, True), (dict(list(places.items())[1:]), False)):
        made = bundle_files(over_logs, sample.snapshot_files(), {}, standard_reports(over_logs), places=held)
        readme = _text(made, "data/README.txt")
        assert ("NOT INSIDE" in readme) is not whole
        assert ("data/logs/ " in readme) is whole
        assert "complian" not in readme.lower()
        assert max(map(len, readme.splitlines())) <= 120
        assert "calls.jsonl" not in readme


@pytest.mark.parametrize("folder", ["../x", "a/b", "", "C:"])
def test_archive_folder_is_one_good_name(folder: str, files: dict[str, Content], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="The name"):
        write_zip(files, tmp_path / "bundle.zip", folder)


@pytest.mark.parametrize("name", ["../escape", "rules/con.yaml", "rules/e\u0301.yaml", "a\\b", "/abs"])
def test_names_that_cannot_stand_in_a_bundle(name: str, assessment: Assessment, sample: ModuleType) -> None:
    with pytest.raises(UsageError, match=r"The file name data/"):
        _bundle(assessment, sample, extra={name: b""})


def test_names_that_differ_in_case_alone(assessment: Assessment, sample: ModuleType) -> None:
    with pytest.raises(UsageError, match="differ in case alone"):
        _bundle(assessment, sample, extra={"RULES/x.yaml": b""})


def test_two_files_of_one_name(assessment: Assessment, sample: ModuleType) -> None:
    with pytest.raises(UsageError, match=r"would be named README\.txt"):
        _bundle(assessment, sample, extra={"README.txt": b""})


@pytest.mark.parametrize("change", ["removed", "edited"])
def test_cited_answers_must_be_there_unchanged(change: str, assessment: Assessment, sample: ModuleType) -> None:
    snapshot = sample.snapshot_files()
    cited = assessment.evidence[0].file
    if change == "removed":
        del snapshot[cited]
    else:
        snapshot[cited] += b" "
    with pytest.raises(SnapshotError, match="as EV-0001 cites it"):
        bundle_files(assessment, snapshot, {}, standard_reports(assessment))


@pytest.mark.parametrize("reports", [{}, {"assessment.json": b"{}\n"}])
def test_the_assessment_must_be_its_own(reports: dict[str, bytes], assessment: Assessment, sample: ModuleType) -> None:
    with pytest.raises(UsageError, match=r"must hold assessment\.json"):
        bundle_files(assessment, sample.snapshot_files(), {}, reports)


def test_name_of_a_bundle(assessment: Assessment) -> None:
    assert bundle_name(assessment) == NAME
    one = replace(
        assessment, run=ScanRun(collected=assessment.run.collected, accounts={"111122223333": AccountScope()})
    )
    assert bundle_name(one) == "evidence-111122223333-20261120T070000Z"
    odd = replace(one, run=replace(one.run, collected=Collected("../2026")))
    assert bundle_name(odd) == "evidence-111122223333-___2026"


def _bundle(assessment: Assessment, sample: ModuleType, extra: dict[str, bytes] | None = None) -> dict[str, Content]:
    return bundle_files(
        assessment,
        sample.snapshot_files(),
        {**sample.content_files(), **(extra or {})},
        standard_reports(assessment),
    )


def _with(assessment: Assessment, sample: ModuleType, large: KnownFile) -> dict[str, Content]:
    return bundle_files(
        assessment,
        {**sample.snapshot_files(), "logs/x.json": large},
        sample.content_files(),
        standard_reports(assessment),
    )


def _text(files: dict[str, Content], name: str) -> str:
    data = files[name]
    assert isinstance(data, bytes)
    return data.decode()
