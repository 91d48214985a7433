"""Files that lie on a disk and can be read by the process that wrote them alone.

Each is encrypted with AES-256-GCM (NIST SP 800-38D) under a key that is drawn when the cover is made and never leaves
memory, so that what is left of them after the process, or in a backup meanwhile, tells nobody anything.
"""

import hashlib
import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scanner.files.stored_files import Files

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY, _NONCE, _TAG = 32, 12, 16
"""Bytes of the key, of the number that is used once for each file, and of the tag that proves a file."""


@dataclass(frozen=True, slots=True)
class Cover:
    """A key that lives as long as this object does, and what is done with it. Workers of the process are handed it."""

    _key: bytes = field(default_factory=lambda: os.urandom(_KEY), repr=False)

    @property
    def _cipher(self) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._key)

    def covered(self, content: bytes) -> bytes:
        """The content as it may lie on a disk."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, content, None)

    def uncovered(self, stored: bytes) -> bytes:
        """The content of what ``covered`` gave. Raises InvalidTag when it was changed."""
        return self._cipher.decrypt(stored[:_NONCE], stored[_NONCE:], None)

    def name(self, name: str) -> str:
        """A name that says nothing of ``name``, the same each time."""
        return hmac.new(self._key, name.encode(), hashlib.sha256).hexdigest()


class CoveredFiles:
    """Files that were written under a cover, by the names that they have to whoever holds it."""

    def __init__(self, files: Files, cover: Cover) -> None:
        self.label = files.label
        self._files = files
        self._cover = cover

    def size(self, name: str) -> int:
        """Its size in bytes."""
        return self._files.size(self._cover.name(name)) - _NONCE - _TAG

    def read(self, name: str) -> bytes:
        """Its content."""
        return self._cover.uncovered(self._files.read(self._cover.name(name)))

    def pieces(self, name: str) -> Iterator[bytes]:
        """Its content, as one piece: only the whole can be proved."""
        yield self.read(name)
