"""What the files of a bundle hold: bytes, bytes read when they are needed, or a file known by its digest alone."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file that is sealed by what is known of it and never held whole: ``pieces`` is called once, to write it.

    An archive stores it as it is, unless ``compress`` says that it is text which packs well.
    """

    sha256: str
    size: int
    pieces: Callable[[], Iterator[bytes]]
    compress: bool = False


Content = bytes | Callable[[], bytes] | KnownFile
"""A file's bytes, or a function that reads them: it is called once to seal the bundle and once to write it."""

_PIECE = 1024 * 1024


def put_aside(path: Path, pieces: Iterable[bytes]) -> KnownFile:
    """A file of a bundle that is too long to be held, written to ``path`` until the bundle is. Raises OSError."""
    with path.open("xb") as stream:
        stream.writelines(pieces)
    return on_disk(path)


def on_disk(path: Path) -> KnownFile:
    """A file of a bundle that lies on the disk until it is sealed. Raises OSError."""
    return known_file(partial(_pieces, path), compress=True)


def known_file(pieces: Callable[[], Iterator[bytes]], *, compress: bool = False) -> KnownFile:
    """What is known of a file by reading it once; ``pieces`` is called again to write it."""
    digest, size = hashlib.sha256(), 0
    for piece in pieces():
        digest.update(piece)
        size += len(piece)
    return KnownFile(digest.hexdigest(), size, pieces, compress)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece
