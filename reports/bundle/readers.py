"""Reads the files of an evidence bundle, a folder or a zip archive, in place: nothing is ever unpacked to disk."""

import os
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, assert_never

from reports.bundle.bag import DECLARATION_FILE, name_problem
from reports.characters import visible
from scanner.errors import SnapshotError
from scanner.files.zip_guard import MOST_OF_TEXT, Danger, danger, overlapping

_CHUNK = 1 << 20
_MOST_DEEP = 64


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong with one file of a bundle.

    ``kind``: ``changed``, ``missing``, ``added``, ``renamed`` (the bytes are there under another name), ``unsafe`` (a
    name, link or archive that must not be unpacked), ``malformed`` (a fixed file is not what it must be) or
    ``unreadable``. ``file`` is its name in the bundle ("" for the bundle as a whole).
    """

    file: str
    kind: str
    message: str

    def __str__(self) -> str:
        return f"{visible(self.file)}: {self.message}" if self.file else self.message


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an archive may unpack to: entries, bytes of one file, bytes of all, unpacked bytes per packed byte."""

    entries: int = 1_000_000
    file_bytes: int = 4 << 30
    total_bytes: int = 64 << 30
    ratio: int = MOST_OF_TEXT


class BagReader(ABC):
    """The files of a bundle. ``problems`` holds what was wrong with the folder or archive itself."""

    problems: tuple[Problem, ...]
    names: tuple[str, ...]

    @abstractmethod
    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a file in ``names``, piece by piece. Raises SnapshotError when they cannot be read."""

    def read(self, name: str) -> bytes:
        """All bytes of a file in ``names``. Raises SnapshotError when there is no such file or it is unreadable."""
        return b"".join(self.chunks(name))

    @abstractmethod
    def close(self) -> None:
        """Give back what is open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_bag(path: Path, limits: Limits = Limits()) -> BagReader:
    """The reader for a bundle folder or zip archive; use it in a ``with`` block.

    A file that is not a zip archive, or a cut-off one, gives a reader with that problem and no files. Raises
    SnapshotError when ``path`` does not exist or cannot be opened.
    """
    if not path.exists():
        raise SnapshotError(f"There is no bundle at {path}.", "Name a bundle folder or its .zip archive.")
    return FolderReader(path) if path.is_dir() else ZipReader(path, limits)


class FolderReader(BagReader):
    """A bundle as a folder. Symbolic links and special files are problems, and are not followed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        problems: list[Problem] = []
        self._known = frozenset(self._walk(root, "", problems))
        self.names: tuple[str, ...] = tuple(sorted(self._known))
        self.problems: tuple[Problem, ...] = tuple(problems)

    def chunks(self, name: str) -> Iterator[bytes]:
        """See ``BagReader``."""
        if name not in self._known:
            raise SnapshotError(f"The bundle {self._root} has no file {visible(name)}.")
        try:
            with (self._root / name).open("rb") as file:
                while data := file.read(_CHUNK):
                    yield data
        except OSError as error:
            raise SnapshotError(f"{visible(name)} in {self._root} cannot be read: {error.strerror}.") from error

    def close(self) -> None:
        """Do nothing: no file stays open between calls."""

    def _walk(self, folder: Path, prefix: str, problems: list[Problem]) -> Iterator[str]:
        waiting = [(folder, prefix)]
        while waiting:
            here, prefix = waiting.pop()
            try:
                entries = sorted(os.scandir(here), key=lambda entry: entry.name)
            except OSError as error:
                problems.append(Problem(prefix.rstrip("/"), "unreadable", f"cannot be listed: {error.strerror}"))
                continue
            yield from self._files(entries, prefix, problems, waiting)

    def _files(
        self, entries: Iterable[os.DirEntry[str]], prefix: str, problems: list[Problem], waiting: list[tuple[Path, str]]
    ) -> Iterator[str]:
        """The files of one folder; its folders are added to those waiting, unless they lie too deep."""
        for entry in entries:
            name = f"{prefix}{entry.name}"
            if entry.is_symlink():
                problems.append(Problem(name, "unsafe", "is a symbolic link; a bundle holds the files themselves"))
            elif entry.is_dir(follow_symlinks=False):
                if name.count("/") < _MOST_DEEP:
                    waiting.append((Path(entry.path), f"{name}/"))
                else:
                    problems.append(Problem(name, "unsafe", f"is a folder more than {_MOST_DEEP} folders deep"))
            elif entry.is_file(follow_symlinks=False):
                yield name
            else:
                problems.append(Problem(name, "unsafe", "is neither a file nor a folder"))


class ZipReader(BagReader):
    """A bundle as a zip archive, at its root or in one folder (RFC 8493, 4.2). Suspicious entries are problems.

    ``top`` is that folder with its slash, "" at the root.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._archive: zipfile.ZipFile | None = None
        self._infos: dict[str, zipfile.ZipInfo] = {}
        self.problems: tuple[Problem, ...] = ()
        self.names: tuple[str, ...] = ()
        self.top = ""
        try:
            self._archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, RuntimeError, UnicodeDecodeError) as error:
            self.problems = (
                Problem("", "unreadable", f"The file is not a zip archive, or it is cut off or damaged: {error}."),
            )
            return
        except OSError as error:
            raise SnapshotError(f"{path} cannot be opened: {error.strerror}.") from error
        self._list(self._archive.infolist(), limits)

    def chunks(self, name: str) -> Iterator[bytes]:
        """See ``BagReader``."""
        if self._archive is None or name not in self._infos:
            raise SnapshotError(f"The bundle {self._path} has no file {visible(name)}.")
        try:
            with self._archive.open(self._infos[name]) as file:
                while data := file.read(_CHUNK):
                    yield data
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
            raise SnapshotError(f"{visible(name)} in {self._path} cannot be unpacked: {error}.") from error

    def close(self) -> None:
        """Close the archive."""
        if self._archive is not None:
            self._archive.close()

    def _list(self, infos: list[zipfile.ZipInfo], limits: Limits) -> None:
        problems = _archive_problems(infos, limits)
        if problems:
            self.problems = tuple(problems)
            return
        names = [info.orig_filename for info in infos]
        top = self.top = _top_folder(names)
        for info in infos:
            name = info.orig_filename.removeprefix(top)
            problem = _entry_problem(info, top, limits)
            if problem:
                problems.append(Problem(name, "unsafe", problem))
            elif name in self._infos:
                problems.append(Problem(name, "unsafe", "is in the archive twice"))
            elif not name.endswith("/") and name:
                self._infos[name] = info
        self.problems = tuple(problems)
        self.names = tuple(sorted(self._infos))


def _archive_problems(infos: list[zipfile.ZipInfo], limits: Limits) -> list[Problem]:
    """What forbids reading the archive at all: too much of it, or entries that share their bytes."""
    total = sum(info.file_size for info in infos)
    if len(infos) > limits.entries:
        return [Problem("", "unsafe", f"The archive has {len(infos)} entries, more than {limits.entries}.")]
    if total > limits.total_bytes:
        return [Problem("", "unsafe", f"The archive unpacks to {total} bytes, more than {limits.total_bytes}.")]
    doubled = overlapping(infos)
    return (
        [] if doubled is None else [Problem(doubled.orig_filename, "unsafe", "overlaps another entry of the archive")]
    )


def _entry_problem(info: zipfile.ZipInfo, top: str, limits: Limits) -> str:
    name = info.orig_filename
    reason = name_problem(name.removesuffix("/"))
    if reason:
        return f"the name {reason}"
    if not name.startswith(top):
        return f"is outside the bundle's folder {visible(top)}"
    if name.endswith("/") and info.file_size:
        return "is a folder with content of its own"
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return "is packed neither stored nor deflated"
    if info.file_size > limits.file_bytes:
        return f"unpacks to {info.file_size} bytes, more than {limits.file_bytes}"
    return _danger_problem(info, limits)


def _danger_problem(info: zipfile.ZipInfo, limits: Limits) -> str:
    match danger(info, limits.ratio):
        case Danger.LINK:
            return "is a symbolic link; a bundle holds the files themselves"
        case Danger.SPECIAL:
            return "is neither a file nor a folder"
        case Danger.ENCRYPTED:
            return "is encrypted"
        case Danger.BOMB:
            return f"unpacks to more than {limits.ratio} times its packed size"
        case None:
            return ""
        case other:
            assert_never(other)


def _top_folder(names: list[str]) -> str:
    """The folder that holds bagit.txt, with its slash; "" when the bag lies at the archive's root."""
    tops = sorted(name.removesuffix(DECLARATION_FILE) for name in names if name.endswith(f"/{DECLARATION_FILE}"))
    tops = [top for top in tops if top.count("/") == 1]
    return tops[0] if tops and DECLARATION_FILE not in names else ""
