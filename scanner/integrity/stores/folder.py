"""A copy of a bucket in a folder. Which keys its files had follows from the digest files themselves, which state it."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scanner.errors import SourceError, UsageError
from scanner.files.folders import require_folder
from scanner.integrity.names import DIGESTS, LOGS
from scanner.integrity.reading.digest import Digest, parse_digest
from scanner.integrity.reading.gzip_member import unpack
from scanner.integrity.stores.captured import Captured, CapturedSignature, signatures_by_key
from scanner.integrity.stores.store import Stored

_SAMPLED = 40
_SAMPLE_LIMIT = 16 * 1024 * 1024
_ROOT = "AWSLogs"


@dataclass(frozen=True, slots=True)
class FolderStore:
    """A folder whose files have the keys ``base`` + their path in it; signatures are those that were captured."""

    root: Path
    bucket: str
    base: str
    signatures: dict[str, CapturedSignature] = field(default_factory=dict, repr=False)
    workers: int = 1
    signed: bool = False

    @property
    def label(self) -> str:
        """The folder."""
        return str(self.root)

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys of the files below a folder."""
        if not prefix.startswith(self.base):
            return iter(())
        path = self.root / prefix.removeprefix(self.base)
        return iter(sorted(f"{prefix}{name}" for name in _files(path, "")))

    def folders(self, prefix: str) -> list[str]:
        """The folders right below a prefix."""
        if not prefix.startswith(self.base):
            rest = self.base.removeprefix(prefix)
            return [f"{prefix}{rest.partition('/')[0]}/"] if self.base.startswith(prefix) else []
        path = self.root / prefix.removeprefix(self.base)
        try:
            with os.scandir(path) as entries:
                names = [entry.name for entry in entries if entry.is_dir()]
                return sorted(f"{prefix}{_utf8(name)}/" for name in names)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise SourceError(f"{path} cannot be listed: {error.strerror}.") from error

    def below(self, prefix: str) -> tuple[list[str], list[str]]:
        """The files and the folders right below a prefix."""
        folders = self.folders(prefix)
        if not prefix.startswith(self.base):
            return [], folders
        path = self.root / prefix.removeprefix(self.base)
        try:
            with os.scandir(path) as entries:
                names = [entry.name for entry in entries if not entry.is_dir()]
                files = sorted(f"{prefix}{_utf8(name)}" for name in names)
        except (FileNotFoundError, NotADirectoryError):
            return [], []
        except OSError as error:
            raise SourceError(f"{path} cannot be listed: {error.strerror}.") from error
        return files, folders

    def read(self, bucket: str, key: str, limit: int) -> Stored | None:
        """A file; None when there is none of this key. Links are not followed."""
        if bucket != self.bucket or not key.startswith(self.base):
            raise SourceError(f"s3://{bucket}/{key} is not of what this folder is a copy of.")
        inside = key.removeprefix(self.base)
        if not {"", ".", ".."}.isdisjoint(inside.split("/")):
            raise SourceError(f"{key} cannot be the name of a file below {self.root}.")
        path = self.root / inside
        try:
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror}.") from error
        try:
            with os.fdopen(handle, "rb") as stream:
                data = stream.read(limit + 1)
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror}.") from error
        signed = self.signatures.get(key)
        return Stored(data, signed.signature, signed.algorithm, signed.generated) if signed else Stored(data)


def open_folder(root: Path, captured: Captured | None) -> FolderStore:
    """The copy in a folder, wherever in the bucket's layout it begins.

    Raises UsageError when it is not a folder, holds neither digest files nor log files, or when its digest files
    are of another bucket than the captured keys.
    """
    require_folder(root, "Name a copy of the bucket, or s3://bucket/prefix.")
    bases: Counter[str] = Counter()
    buckets: Counter[str] = Counter()
    for inside, digest in _sample(root):
        buckets[digest.bucket] += 1
        if digest.key.endswith(inside):
            bases[digest.key.removesuffix(inside)] += 1
    bucket = buckets.most_common(1)[0][0] if buckets else ""
    if captured is not None and bucket and captured.bucket != bucket:
        raise UsageError(
            f"The digest files in {root} are of the bucket {bucket}, and the captured keys are of {captured.bucket}.",
            "Name the file that was captured from this bucket.",
        )
    bucket = bucket or (captured.bucket if captured else "")
    base = bases.most_common(1)[0][0] if bases else _base_by_layout(root)
    return FolderStore(root, bucket, base, signatures_by_key(captured))


def _sample(root: Path) -> Iterator[tuple[str, Digest]]:
    """Some digest files below a folder with their paths in it."""
    found = 0
    for folder, inner, files in os.walk(root):
        inner[:] = sorted(name for name in inner if name != LOGS)
        if DIGESTS not in Path(folder).relative_to(root.parent).parts:
            continue
        for name in sorted(files):
            path = Path(folder, name)
            digest = _digest(path)
            found += 1
            if digest is not None:
                yield path.relative_to(root).as_posix(), digest
            if found >= _SAMPLED:
                return


def _digest(path: Path) -> Digest | None:
    try:
        with path.open("rb") as stream:
            data = stream.read(_SAMPLE_LIMIT)
    except OSError:
        return None
    return parse_digest(unpack(data, _SAMPLE_LIMIT).content)


def _base_by_layout(root: Path) -> str:
    """What the keys begin with where no digest file says it: what of the folder's own path is of the layout."""
    for folder, inner, _ in os.walk(root):
        parts = Path(folder).relative_to(root).parts
        if _ROOT in {*parts, *inner}:
            return ""
        inner[:] = sorted(inner) if len(parts) < 3 else []
    parts = root.resolve().parts
    if _ROOT in parts:
        at = len(parts) - 1 - parts[::-1].index(_ROOT)
        return "/".join(parts[at:]) + "/"
    raise UsageError(
        f"{root} holds neither digest files nor log files of CloudTrail in the layout that it writes.",
        "Copy AWSLogs with its folders, for example with `aws s3 sync s3://bucket/AWSLogs AWSLogs`.",
    )


def _files(path: Path, inside: str) -> Iterator[str]:
    """The files below a folder by their paths in it; links are among them, and reading one is refused."""
    try:
        with os.scandir(path) as entries:
            found = list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise SourceError(f"{path} cannot be listed: {error.strerror}.") from error
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path), f"{inside}{_utf8(entry.name)}/")
        else:
            yield f"{inside}{_utf8(entry.name)}"


def _utf8(name: str) -> str:
    """The name of a file as text; keys of a bucket are UTF-8, and what of a name is not is told byte by byte."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
