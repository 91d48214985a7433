"""Log records on this machine: files, folders, globs, zip files and standard input.

Nothing is unpacked to disk. A file of JSON lines that is larger than what is read of one source is read in slices, each
a source of its own, cut at line ends.
"""

import glob
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, assert_never

from scanner.errors import SourceError, UsageError
from scanner.files.limits import SOURCE_LIMIT
from scanner.files.log_source import BrokenSource, HeldSource, LogSource
from scanner.files.zip_guard import MOST_OF_DEFLATE, Danger, danger
from scanner.log_sources.kind import Reader, Say, Wanted

STDIN = "-"
"""The path that means standard input."""

_MEBIBYTE = 1024 * 1024
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file, or the bytes from ``start`` to ``stop`` of one (``None``: to its end)."""

    name: str
    path: Path
    limit: int
    start: int = 0
    stop: int | None = None

    def read(self) -> bytes:
        """Its bytes, at most ``limit + 1``."""
        wanted = self.limit + 1 if self.stop is None else min(self.stop - self.start, self.limit + 1)
        try:
            with self.path.open("rb", buffering=0) as stream:
                left = os.fstat(stream.fileno()).st_size - self.start
                if self.start:
                    stream.seek(self.start)
                # A buffer as large as the limit would cost more than reading a small file into it; one byte more than
                # it should hold tells whether it ends there.
                data = stream.read(min(wanted, max(left, 0) + 1))
                return data if len(data) == min(left, wanted) else _rest(stream, data, wanted)
        except OSError as error:
            raise SourceError(f"{self.name} cannot be read: {error.strerror or error}.") from error


@dataclass(frozen=True, slots=True)
class ZipSource:
    """A member of a zip file."""

    name: str
    path: Path
    member: int
    limit: int

    def read(self) -> bytes:
        """Its bytes, unpacked from the zip file, at most ``limit + 1``."""
        try:
            archive = _opened(self.path)
            with archive.open(archive.infolist()[self.member]) as stream:
                return stream.read(self.limit + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, LookupError) as error:
            raise SourceError(f"{self.name} cannot be unpacked: {error}.") from error


def local_sources(
    paths: Sequence[str], say: Say, limit: int = SOURCE_LIMIT, stdin: BinaryIO | None = None
) -> Iterator[LogSource]:
    """The sources that paths, folders, globs and ``-`` (``stdin``) name, each file once, in a fixed order.

    A source is named by its path relative to the folder that was given, or by its file name; with several paths, by the
    path as given and what is below it. ``say`` is called for each link that is skipped. Raises UsageError for a path
    that is not there.
    """
    given = list(dict.fromkeys(paths))
    roots = [(text, _found(text)) for text in given]
    seen: set[tuple[int, int]] = set()
    for text, found in roots:
        if text == STDIN:
            yield _standard_input(stdin, limit)
        for path in found:
            alone = len(roots) == 1 and len(found) == 1
            yield from _below(path, "" if alone else path.as_posix(), say, limit, seen)


def _rest(stream: BinaryIO, data: bytes, wanted: int) -> bytes:
    """What was read of a file, and the rest: pipes give it in pieces, and a file may grow."""
    parts = [data]
    size = len(data)
    while parts[-1] and size < wanted:
        parts.append(stream.read(min(wanted - size, _MEBIBYTE)))
        size += len(parts[-1])
    return b"".join(parts)


def _found(text: str) -> list[Path]:
    path = Path(text)
    if text == STDIN:
        return []
    if path.exists():
        return [path]
    if glob.has_magic(text):
        matched = sorted(glob.glob(text, recursive=True, include_hidden=True))  # noqa: PTH207 - Path.glob takes no absolute one
        if matched:
            return [Path(match) for match in matched]
        raise UsageError(f"Nothing matches {text!r}.", "Check the pattern; ** matches any folders.")
    raise UsageError(f"There is no file or folder {text!r}.", "Check the path.")


def _standard_input(stdin: BinaryIO | None, limit: int) -> LogSource:
    if stdin is None:
        raise UsageError("Standard input cannot be read here.", "Give a file.")
    data = stdin.read(limit + 1)
    if data.startswith(_ZIP):
        return BrokenSource("stdin", "A zip file cannot be read from standard input; give it as a file.")
    return HeldSource("stdin", data)


def _below(root: Path, label: str, say: Say, limit: int, seen: set[tuple[int, int]]) -> Iterator[LogSource]:
    if root.is_dir():
        yield from _in_folder(root, label, say, limit, seen)
    elif root.is_fifo():
        yield FileSource(label or _printable(root.name), root, limit)
    else:
        yield from _file(root, label or _printable(root.name), limit, seen)


def _in_folder(root: Path, label: str, say: Say, limit: int, seen: set[tuple[int, int]]) -> Iterator[LogSource]:
    empty = True
    waiting = [root]  # not one call inside another: folders may lie deeper than calls do
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError as error:
            empty, name = False, _named(here, root, label)
            yield BrokenSource(name, f"The folder {name} cannot be listed: {error.strerror}.")
            continue
        folders = [here / entry.name for entry in entries if _is_folder(entry) and not entry.is_symlink()]
        for entry in entries:
            path = here / entry.name
            name = _named(path, root, label)
            if not _is_folder(entry):
                yield from _file(path, name, limit, seen)
            elif entry.is_symlink():
                yield from _link(path, name, root, say)
        empty = empty and len(folders) == len(entries)
        waiting += reversed(folders)
    if empty:
        name = _named(root, root, label)
        yield BrokenSource(name, f"The folder {name} holds no file; name one that does, or leave it out.")


def _link(path: Path, name: str, root: Path, say: Say) -> Iterator[LogSource]:
    """A link to a folder, which is not followed: what it leads to is read anyway, or accounted for."""
    if path.resolve().is_relative_to(root.resolve()):
        say(name, "a link to a folder, which is not followed")
    else:
        yield BrokenSource(
            name, f"{name} is a link to a folder elsewhere, which is not followed; name that folder, too."
        )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder or a link to one; what cannot be told is treated as a file, and named with the reason."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _named(path: Path, root: Path, label: str) -> str:
    if path == root:
        return _printable(label or root.name or str(root))
    below = path.relative_to(root).as_posix()
    return _printable(f"{label}/{below}" if label else below)


def _printable(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _file(path: Path, name: str, limit: int, seen: set[tuple[int, int]]) -> Iterator[LogSource]:
    try:
        facts = path.stat()
        if (facts.st_dev, facts.st_ino) in seen:
            return
        seen.add((facts.st_dev, facts.st_ino))
        if not stat.S_ISREG(facts.st_mode):
            yield BrokenSource(
                name, f"{name} is not a regular file, and nothing is read from such in a folder; name it itself."
            )
            return
        with path.open("rb") as stream:
            head = stream.read(len(_ZIP))
            edges = _line_edges(stream, facts.st_size, limit) if facts.st_size > limit else []
    except OSError as error:
        yield BrokenSource(name, f"{name} cannot be read: {error.strerror or error}.")
        return
    if head == _ZIP:
        yield from _zipped(path, name, limit)
    elif len(edges) > 1:
        for start, stop in zip(edges, [*edges[1:], None], strict=True):
            yield FileSource(f"{name}#{start}", path, limit, start, stop)
    else:
        yield FileSource(name, path, limit)


def _line_edges(stream: BinaryIO, size: int, limit: int) -> list[int]:
    """Where the slices of a large file of JSON lines begin; none for any other file."""
    stream.seek(0)
    head = stream.read(min(limit, _MEBIBYTE))
    first, newline, following = head.partition(b"\n")
    if not (newline and first.rstrip().endswith(b"}") and first.lstrip().startswith(b"{")):
        return []
    if following and not following.lstrip().startswith(b"{"):
        return []
    step = max(1, limit // 4)
    edges = [0]
    while edges[-1] + step < size:
        stream.seek(edges[-1] + step)
        rest = stream.readline(limit - step)
        if not rest.endswith(b"\n"):
            break
        if stream.tell() >= size:
            break
        edges.append(stream.tell())
    return edges


def _zipped(path: Path, name: str, limit: int) -> Iterator[LogSource]:
    try:
        listed = _opened(path).infolist()
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError) as error:
        yield BrokenSource(name, f"{name} is a zip file that cannot be read: {error}.")
        return
    for number, member in enumerate(listed):
        if member.is_dir() and not member.file_size:
            continue
        label = f"{name}!{_printable(member.filename)}"
        words = _refused(member)
        yield BrokenSource(label, f"{label} {words}.") if words else ZipSource(label, path, number, limit)


def _refused(member: zipfile.ZipInfo) -> str:
    """Why a member is not read, "" when it is."""
    match danger(member, MOST_OF_DEFLATE):
        case Danger.LINK | Danger.SPECIAL:
            return "is a link or a device"
        case Danger.ENCRYPTED:
            return "is encrypted"
        case Danger.BOMB:
            return "unpacks to far more than it holds; do not trust this file"
        case None:
            return ""
        case other:
            assert_never(other)


def _opened(path: Path) -> zipfile.ZipFile:
    facts = path.stat()
    return _opened_as(path, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=4)
def _opened_as(path: Path, _changed: int, _size: int) -> zipfile.ZipFile:
    # Kept open for its next member, as long as it is not replaced; every process that reads has its own.
    return zipfile.ZipFile(path)


def _sources(paths: Sequence[str], wanted: Wanted) -> Iterator[LogSource]:
    return local_sources(paths, wanted.say, stdin=wanted.stdin)


def _places(path: str) -> list[Path]:
    """What a path or a glob names; a path that is not there names itself."""
    if path == STDIN:
        return []
    matched = [] if Path(path).exists() else glob.glob(path, recursive=True, include_hidden=True)  # noqa: PTH207 - see above
    return [Path(match) for match in matched] or [Path(path)]


def _passing(path: str) -> bool:
    """Whether it comes in through a pipe."""
    return path == STDIN or Path(path).is_fifo()


FILES = Reader(_sources, _places, _passing)
