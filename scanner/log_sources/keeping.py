"""Sources whose bytes are kept as they are read, so that what is kept as evidence is what was judged.

A file may change after it was judged, an object be replaced, a pipe be empty: nothing is read a second time.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scanner.files.limits import SOURCE_LIMIT
from scanner.files.log_source import LogSource

_CHUNK = 1 << 20
_BINARY = getattr(os, "O_BINARY", 0)  # Windows alone has it


class KeepingError(Exception):
    """What was read could not be kept. It is not a SourceError, which would make the source look unreadable."""


@dataclass(frozen=True, slots=True)
class KeptSource:
    """A source that leaves what it gives in the file ``path``, readable by its owner alone."""

    source: LogSource
    path: Path

    @property
    def name(self) -> str:
        """The name of the source."""
        return self.source.name

    def read(self) -> bytes:
        """The bytes of the source. Raises as it does, and KeepingError when they cannot be kept."""
        data = self.source.read()
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY
            with os.fdopen(os.open(self.path, flags, 0o600), "wb") as file:
                file.write(data)
        except OSError as error:
            raise KeepingError(f"{self.name} was read and cannot be kept: {error.strerror or error}.") from error
        return data

    def is_longer(self) -> bool:
        """Whether the source went on after what is read of one."""
        try:
            return self.path.stat().st_size > SOURCE_LIMIT
        except OSError:
            return False

    def hand_over(self) -> Iterator[bytes]:
        """The kept bytes that were judged, piece by piece; at their end the file is removed, for space."""
        left = SOURCE_LIMIT
        with self.path.open("rb") as file:
            while left and (piece := file.read(min(_CHUNK, left))):
                left -= len(piece)
                yield piece
        self.path.unlink()
