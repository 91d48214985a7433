"""The files of a snapshot, in a folder or inside a zip file that may be hostile; nothing is ever unpacked to disk.

A path may come from a stranger: links, absolute names, ``..``, duplicate names and zip bombs are refused with one
sentence each.
"""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Protocol, assert_never

from scanner.errors import SnapshotError
from scanner.files.zip_guard import Danger, danger, overlapping

MAX_FILE = 512 * 1024 * 1024
"""The largest single file that is read, in bytes: far above any AWS answer."""

PIECE = 1024 * 1024
"""How much of a file is read at once, in bytes."""

MAX_TOTAL = 16 * 1024 * 1024 * 1024
"""The largest zip file, unpacked, in bytes."""


class Files(Protocol):
    """Read-only access to the files below one root, by relative names with ``/``."""

    label: str

    def size(self, name: str) -> int:
        """Its size in bytes. SnapshotError when there is no such regular file."""

    def read(self, name: str) -> bytes:
        """Its content. SnapshotError when it cannot be read or is larger than ``MAX_FILE``."""

    def pieces(self, name: str) -> Iterator[bytes]:
        """The same in pieces, of which one is at hand at a time where it lies in a folder."""


def open_files(path: Path, marker: str) -> Files:
    """The files of a folder or ``.zip`` file, rooted where the file ``marker`` is.

    The root is the folder itself or its ``data/`` (an evidence bundle); inside a zip file also one folder further
    down. SnapshotError when nothing of the kind is there.
    """
    try:
        if path.is_dir():
            return _open_folder(path, marker)
        if path.is_file():
            return _open_zip(path, marker)
    except OSError as error:
        raise SnapshotError(f"{path} cannot be read: {error.strerror or error}.") from error
    raise SnapshotError(f"There is no snapshot at {path}.", "Check the path, or write one with `trailwitness collect`.")


class FolderFiles:
    """Files below a folder; symbolic links below it are refused."""

    def __init__(self, root: Path) -> None:
        self.label = str(root)
        self._root = root

    def size(self, name: str) -> int:
        """Its size in bytes."""
        return self._regular(name)[1]

    def read(self, name: str) -> bytes:
        """Its content."""
        path, size = self._regular(name)
        _check_size(self.label, name, size)
        try:
            return path.read_bytes()
        except OSError as error:
            raise SnapshotError(f"{name} of {self.label} cannot be read: {error.strerror}.") from error

    def pieces(self, name: str) -> Iterator[bytes]:
        """Its content, piece by piece."""
        path, size = self._regular(name)
        _check_size(self.label, name, size)
        try:
            with path.open("rb") as stream:
                while piece := stream.read(PIECE):
                    yield piece
        except OSError as error:
            raise SnapshotError(f"{name} of {self.label} cannot be read: {error.strerror}.") from error

    def _regular(self, name: str) -> tuple[Path, int]:
        path = self._root
        try:
            for part in PurePosixPath(name).parts:
                path = path / part
                facts = path.lstat()
                if stat.S_ISLNK(facts.st_mode):
                    raise SnapshotError(
                        f"{name} of {self.label} is reached over a symbolic link, which a snapshot never holds.",
                        "Collect again, or copy the snapshot with its files.",
                    )
        except FileNotFoundError as error:
            raise _missing(self.label, name) from error
        except OSError as error:
            raise SnapshotError(f"{name} of {self.label} cannot be read: {error.strerror}.") from error
        if not stat.S_ISREG(facts.st_mode):
            raise SnapshotError(f"{name} of {self.label} is not a regular file.")
        return path, facts.st_size


class ZipFiles:
    """Members of a zip file below one of its folders."""

    def __init__(self, label: str, archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> None:
        self.label = label
        self._archive = archive
        self._members = members

    def size(self, name: str) -> int:
        """Its unpacked size in bytes, as the zip file states it."""
        return self._member(name).file_size

    def read(self, name: str) -> bytes:
        """Its unpacked content; its stated size and checksum are enforced."""
        member = self._member(name)
        _check_size(self.label, name, member.file_size)
        try:
            with self._archive.open(member) as stream:
                content = stream.read(member.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
            raise SnapshotError(f"{name} of {self.label} cannot be unpacked: {error}.") from error
        if len(content) != member.file_size:
            raise SnapshotError(f"{name} of {self.label} is not as long as the zip file says.")
        return content

    def pieces(self, name: str) -> Iterator[bytes]:
        """Its unpacked content, as one piece: only the whole shows whether it is what the zip file states."""
        yield self.read(name)

    def _member(self, name: str) -> zipfile.ZipInfo:
        member = self._members.get(name)
        if member is None:
            raise _missing(self.label, name)
        return member


def _open_folder(path: Path, marker: str) -> FolderFiles:
    for root in (path, path / "data"):
        if (root / marker).is_file():
            if root != path and root.is_symlink():
                raise SnapshotError(f"{root} is a symbolic link, which a bundle never holds.", "Use an untouched copy.")
            return FolderFiles(root)
    raise SnapshotError(
        f"{path} holds no {marker}, so it is neither a snapshot nor an evidence bundle.",
        "Give the folder that `trailwitness collect` or `scan --bundle` wrote.",
    )


def _open_zip(path: Path, marker: str) -> ZipFiles:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError) as error:
        raise SnapshotError(
            f"{path} is neither a folder nor a zip file that can be read: {error}.",
            "Give a snapshot folder, an evidence bundle, or a zip file of one.",
        ) from error
    try:
        members = _members(path, archive)
        root = _root(path, members, marker)
    except SnapshotError:
        archive.close()
        raise
    inside = {name.removeprefix(root): member for name, member in members.items() if name.startswith(root)}
    return ZipFiles(str(path), archive, inside)


def _members(path: Path, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    listed = archive.infolist()
    doubled = overlapping(listed)
    if doubled is not None:
        raise _distrusted(f"{path} holds the member {doubled.filename!r}, which overlaps another one.")
    members: dict[str, zipfile.ZipInfo] = {}
    total = 0
    for member in listed:
        name = member.filename
        total += member.file_size
        words = _refused(member, total)
        if words:
            raise _distrusted(f"{path} {words.format(name=repr(name))}.")
        if member.is_dir():
            continue
        if name in members:
            raise _distrusted(f"{path} holds the member {name!r} twice.")
        members[name] = member
    return members


def _escapes(member: zipfile.ZipInfo) -> bool:
    # orig_filename is the name before zipfile cuts it at a NUL and swaps separators.
    name = member.orig_filename
    return name.startswith("/") or "\\" in name or ":" in name or "\0" in name or ".." in name.split("/")


def _refused(member: zipfile.ZipInfo, total: int) -> str:
    """Why a member is refused, as words about the file with a place for its name; "" when it is not."""
    if _escapes(member):
        return "holds the member {name}, which would leave the snapshot's folder"
    match danger(member):
        case Danger.LINK | Danger.SPECIAL:
            return "holds the member {name}, which is a link or a device"
        case Danger.ENCRYPTED:
            return "holds the member {name}, which is encrypted"
        case Danger.BOMB:
            return _TOO_MUCH
        case None:
            return _TOO_MUCH if total > MAX_TOTAL else ""
        case other:
            assert_never(other)


_TOO_MUCH = "unpacks to far more than it holds ({name})"


def _distrusted(message: str) -> SnapshotError:
    return SnapshotError(message, "Do not trust this file.")


def _root(path: Path, members: dict[str, zipfile.ZipInfo], marker: str) -> str:
    folders = [name.rpartition("/")[0] for name in members if name.rpartition("/")[2] == marker]
    roots = [folder for folder in folders if "/" not in folder or folder.partition("/")[2] == "data"]
    if not roots:
        raise SnapshotError(
            f"{path} holds no {marker}, so it is neither a snapshot nor an evidence bundle.",
            "Give a zip file of one snapshot folder or evidence bundle.",
        )
    if len(roots) > 1:
        raise SnapshotError(f"{path} holds more than one {marker}.", "Give a zip file of one snapshot.")
    return f"{roots[0]}/" if roots[0] else ""


def _check_size(label: str, name: str, size: int) -> None:
    if size > MAX_FILE:
        raise SnapshotError(f"{name} of {label} is {size} bytes long; no recorded answer is longer than {MAX_FILE}.")


def _missing(label: str, name: str) -> SnapshotError:
    return SnapshotError(
        f"{name} of {label} is missing although the snapshot's own list names it.",
        "The snapshot is incomplete or was changed: collect again or get an untouched copy.",
    )
