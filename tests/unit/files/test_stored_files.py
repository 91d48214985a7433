"""A zip file from a stranger: read when it is one snapshot, refused with a sentence when it is anything else."""

import stat
import zipfile
from pathlib import Path

import pytest

from scanner.errors import SnapshotError
from scanner.files import stored_files as archive
from scanner.files.stored_files import open_files


def zipped(path: Path, *members: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(zipfile.ZipInfo(name), content)
    return path


@pytest.mark.parametrize("root", ["", "snapshot/", "data/", "bundle/data/"])
def test_a_snapshot_or_bundle_is_found(tmp_path: Path, root: str) -> None:
    path = zipped(tmp_path / "a.zip", (f"{root}run.json", b"{}"), (f"{root}raw/x.json", b"abc"), ("README", b"r"))
    files = open_files(path, "run.json")
    assert files.read("run.json") == b"{}"
    assert files.size("raw/x.json") == 3
    assert files.read("raw/x.json") == b"abc"
    with pytest.raises(SnapshotError, match="missing"):
        files.read("README" if root else "absent")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("/run.json", "leave"),
        ("../run.json", "leave"),
        ("a/../../run.json", "leave"),
        ("..\\run.json", "leave"),
        ("C:run.json", "leave"),
        ("raw/a:b", "leave"),
    ],
)
def test_members_that_would_escape_are_refused(tmp_path: Path, name: str, words: str) -> None:
    path = zipped(tmp_path / "a.zip", ("run.json", b"{}"), (name, b"x"))
    with pytest.raises(SnapshotError, match=words):
        open_files(path, "run.json")


def test_a_link_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("run.json", "{}")
        link = zipfile.ZipInfo("raw/passwd.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
    with pytest.raises(SnapshotError, match="link"):
        open_files(path, "run.json")


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("run.json", b"{}"))
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(content))
    with pytest.raises(SnapshotError, match="encrypted"):
        open_files(path, "run.json")


def test_a_name_that_comes_twice_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        path = zipped(tmp_path / "a.zip", ("run.json", b"{}"), ("run.json", b"[]"))
    with pytest.raises(SnapshotError, match="twice"):
        open_files(path, "run.json")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("run.json", "{}")
        file.writestr("raw/x.json", b"\0" * (64 * 1024 * 1024))
    with pytest.raises(SnapshotError, match="far more"):
        open_files(path, "run.json")


def test_a_member_beyond_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILE", 10)
    files = open_files(zipped(tmp_path / "a.zip", ("run.json", b"x" * 11)), "run.json")
    with pytest.raises(SnapshotError, match="11 bytes"):
        files.read("run.json")


def test_damaged_content_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("run.json", b"the same bytes again and again " * 9))
    content = bytearray(path.read_bytes())
    content[len("run.json") + 35] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(SnapshotError, match="cannot be unpacked"):
        open_files(path, "run.json").read("run.json")


@pytest.mark.parametrize("content", [b"", b"not a zip file", b"PK\x05\x06" + b"\0" * 17])
def test_what_is_no_zip_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(SnapshotError, match="neither a folder nor a zip"):
        open_files(path, "run.json")


def test_a_truncated_zip_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("run.json", b"{}"))
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(SnapshotError, match="neither a folder nor a zip"):
        open_files(path, "run.json")


def test_a_zip_of_nothing_or_of_two_snapshots_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match=r"holds no run\.json"):
        open_files(zipped(tmp_path / "a.zip", ("deep/er/run.json", b"{}")), "run.json")
    with pytest.raises(SnapshotError, match="more than one"):
        open_files(zipped(tmp_path / "b.zip", ("a/run.json", b"{}"), ("b/run.json", b"{}")), "run.json")


def test_a_folder_without_a_run_and_no_folder_at_all(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match=r"holds no run\.json"):
        open_files(tmp_path, "run.json")
    with pytest.raises(SnapshotError, match="There is no snapshot"):
        open_files(tmp_path / "absent", "run.json")


def test_links_inside_a_folder_are_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.json").write_text("secret", encoding="utf-8")
    folder = tmp_path / "snapshot"
    folder.mkdir()
    (folder / "run.json").write_text("{}", encoding="utf-8")
    (folder / "raw").symlink_to(outside)
    (folder / "y.json").symlink_to(outside / "x.json")
    files = open_files(folder, "run.json")
    for name in ("raw/x.json", "y.json"):
        with pytest.raises(SnapshotError, match="symbolic link"):
            files.read(name)
    with pytest.raises(SnapshotError, match="missing"):
        files.size("z.json")
    (folder / "sub").mkdir()
    with pytest.raises(SnapshotError, match="not a regular file"):
        files.read("sub")


def test_a_bundle_whose_data_is_a_link_is_refused(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (real / "run.json").write_text("{}", encoding="utf-8")
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "data").symlink_to(real)
    with pytest.raises(SnapshotError, match="symbolic link"):
        open_files(bundle, "run.json")


def test_a_folder_file_beyond_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run.json").write_bytes(b"x" * 11)
    monkeypatch.setattr(archive, "MAX_FILE", 10)
    with pytest.raises(SnapshotError, match="11 bytes"):
        open_files(tmp_path, "run.json").read("run.json")


def test_members_that_overlap_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("run.json", b"{}"), ("raw/x.json", b"[1, 2]"))
    data = bytearray(path.read_bytes())
    listing = data.rindex(b"PK\x01\x02")
    data[listing + 42 : listing + 46] = (0).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(SnapshotError, match="overlaps another one"):
        open_files(path, "run.json")
