"""What the files of a bundle hold: bytes, bytes read when they are needed, or a file known by its digest alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file that is sealed by what is known of it and never held whole: ``pieces`` is called once, to write it."""

    sha256: str
    size: int
    pieces: Callable[[], Iterator[bytes]]


Content = bytes | Callable[[], bytes] | KnownFile
"""A file's bytes, or a function that reads them: it is called once to seal the bundle and once to write it."""
