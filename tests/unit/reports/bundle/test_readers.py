import stat
import zipfile
from pathlib import Path

import pytest

from reports.bundle.check import check_bag
from reports.bundle.content import Content
from reports.bundle.readers import Limits, Problem, open_bag
from reports.bundle.seal import write_zip
from scanner.errors import SnapshotError

TOP = "evidence"


@pytest.fixture
def archive(files: dict[str, Content], tmp_path: Path) -> Path:
    path = tmp_path / "bundle.zip"
    write_zip(files, path, TOP)
    return path


def test_nothing_at_the_path(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="There is no bundle"):
        open_bag(tmp_path / "absent")


@pytest.mark.parametrize("keep", [0, 1, 100, 4000, -1, -30])
def test_a_cut_off_archive_is_refused(keep: int, archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:keep])
    problems = _check(archive)
    assert [problem.kind for problem in problems] == ["unreadable"]
    assert "not a zip archive, or it is cut off" in problems[0].message


def test_damaged_bytes_are_a_problem_of_their_file(archive: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        info = opened.getinfo(f"{TOP}/data/assessment.json")
    data = bytearray(archive.read_bytes())
    place = info.header_offset + 30 + len(info.filename) + info.compress_size // 2
    data[place] ^= 0xFF
    archive.write_bytes(data)
    (problem,) = _check(archive)
    assert (problem.file, problem.kind) == ("data/assessment.json", "unreadable")


def test_an_archive_without_a_top_folder_is_accepted(files: dict[str, Content], tmp_path: Path) -> None:
    path = tmp_path / "flat.zip"
    with zipfile.ZipFile(path, "w") as opened:
        for name, data in files.items():
            assert isinstance(data, bytes)
            opened.writestr(name, data)
    assert _check(path) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (f"{TOP}/../../etc/cron.d/x", "the name leads out of the bundle"),
        ("/etc/passwd", "the name is an absolute path"),
        ("C:/x", "the name begins with a drive letter"),
        (f"{TOP}/data\\x", "the name has a character of"),
        ("elsewhere/x", "is outside the bundle's folder evidence/"),
        (f"{TOP}/data/x\u202e", "the name has control or invisible characters"),
    ],
)
def test_unsafe_names(name: str, words: str, archive: Path) -> None:
    _append(archive, zipfile.ZipInfo(name), b"x")
    assert any(problem.kind == "unsafe" and words in problem.message for problem in _check(archive))


def test_a_name_hidden_behind_a_zero_byte(archive: Path) -> None:
    _append(archive, zipfile.ZipInfo(f"{TOP}/data/READMEx.txtXhidden"), b"x")
    data = archive.read_bytes().replace(b"READMEx.txtXhidden", b"READMEx.txt\0hidden")
    archive.write_bytes(data)
    assert any("control or invisible" in problem.message for problem in _check(archive))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_that_stands_twice(archive: Path) -> None:
    _append(archive, zipfile.ZipInfo(f"{TOP}/data/assessment.json"), b"{}")
    told = [problem for problem in _check(archive) if problem.message == "is in the archive twice"]
    assert [problem.file for problem in told] == ["data/assessment.json"]


@pytest.mark.parametrize(
    ("kind", "words"), [(stat.S_IFLNK, "is a symbolic link"), (stat.S_IFIFO, "neither a file nor a folder")]
)
def test_links_and_special_files(kind: int, words: str, archive: Path) -> None:
    info = zipfile.ZipInfo(f"{TOP}/data/link")
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    _append(archive, info, b"/etc/passwd")
    assert any(problem.file == "data/link" and words in problem.message for problem in _check(archive))


def test_a_folder_with_content(archive: Path) -> None:
    _append(archive, zipfile.ZipInfo(f"{TOP}/data/hidden/"), b"content")
    assert Problem("data/hidden/", "unsafe", "is a folder with content of its own") in _check(archive)


def test_an_unusual_packing_is_refused(archive: Path) -> None:
    info = zipfile.ZipInfo(f"{TOP}/data/packed")
    info.compress_type = zipfile.ZIP_BZIP2
    _append(archive, info, b"x")
    assert Problem("data/packed", "unsafe", "is packed neither stored nor deflated") in _check(archive)


def test_an_encrypted_entry_is_refused(archive: Path) -> None:
    _append(archive, zipfile.ZipInfo(f"{TOP}/data/zsecret"), b"x")
    data = bytearray(archive.read_bytes())
    central = data.rindex(f"{TOP}/data/zsecret".encode()) - 46
    data[central + 8] |= 1
    archive.write_bytes(data)
    assert Problem("data/zsecret", "unsafe", "is encrypted") in _check(archive)


def test_a_bomb_is_not_unpacked(archive: Path) -> None:
    info = zipfile.ZipInfo(f"{TOP}/data/zeros")
    info.compress_type = zipfile.ZIP_DEFLATED
    _append(archive, info, bytes(8 << 20))
    assert Problem("data/zeros", "unsafe", "unpacks to more than 500 times its packed size") in _check(archive)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(entries=3), "The archive has "),
        (Limits(total_bytes=1000), "The archive unpacks to "),
        (Limits(file_bytes=1000), "more than 1000"),
    ],
)
def test_limits(limits: Limits, words: str, archive: Path) -> None:
    with open_bag(archive, limits) as reader:
        assert any(problem.kind == "unsafe" and words in problem.message for problem in check_bag(reader))


def test_overlapping_entries_are_refused(archive: Path) -> None:
    data = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as opened:
        second = opened.infolist()[1]
    central = data.index(b"PK\x01\x02" + data[data.index(b"PK\x01\x02") + 4 :][:42])
    following = data.index(b"PK\x01\x02", central + 4)
    assert int.from_bytes(data[following + 42 : following + 46], "little") == second.header_offset
    data[following + 42 : following + 46] = (0).to_bytes(4, "little")
    archive.write_bytes(data)
    (problem,) = _check(archive)
    assert problem.message == "overlaps another entry of the archive"


def test_readers_know_only_their_files(archive: Path, bag: Path) -> None:
    for path in (archive, bag):
        with open_bag(path) as reader:
            assert "data/run.json" in reader.names
            for name in ("data/absent.json", "../bundle.zip", "/etc/passwd"):
                with pytest.raises(SnapshotError, match="has no file"):
                    reader.read(name)


def test_nothing_is_unpacked(archive: Path, tmp_path: Path) -> None:
    assert _check(archive) == []
    assert list(tmp_path.iterdir()) == [archive]


def test_tampering_inside_an_archive_is_noticed(bag: Path, tmp_path: Path) -> None:
    (bag / "data/findings.csv").write_text("rule\n")
    path = tmp_path / "tampered.zip"
    with zipfile.ZipFile(path, "w") as opened:
        for file in sorted(bag.rglob("*")):
            opened.write(file, f"{TOP}/{file.relative_to(bag).as_posix()}")
    assert {problem.file for problem in _check(path)} == {"data/findings.csv", "bag-info.txt"}


def _check(path: Path) -> list[Problem]:
    with open_bag(path) as reader:
        return check_bag(reader)


def _append(archive: Path, info: zipfile.ZipInfo, data: bytes) -> None:
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr(info, data)


def test_folders_nested_too_deeply_are_named(tmp_path: Path) -> None:
    (tmp_path / "bagit.txt").write_text("BagIt-Version: 1.0\n", encoding="utf-8")
    tmp_path.joinpath(*["d"] * 400).mkdir(parents=True)
    with open_bag(tmp_path) as reader:
        (problem,) = reader.problems
    assert (problem.kind, problem.message) == ("unsafe", "is a folder more than 64 folders deep")
