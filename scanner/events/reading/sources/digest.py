"""The SHA-256 of a source, made beside everything else that is done with it."""

import hashlib
from threading import Thread
from typing import Final

BESIDE = 1 << 17
"""From how many bytes on it is worth a thread; Python lets go of its lock while it hashes that much."""


class Digest:
    """The SHA-256 of some bytes."""

    def __init__(self, data: bytes) -> None:
        self._hash: Final = hashlib.sha256()
        self._thread: Final = Thread(target=self._hash.update, args=(data,)) if len(data) >= BESIDE else None
        if self._thread is None:
            self._hash.update(data)
        else:
            self._thread.start()

    def text(self) -> str:
        """In lower case hexadecimal."""
        if self._thread is not None:
            self._thread.join()
        return self._hash.hexdigest()
