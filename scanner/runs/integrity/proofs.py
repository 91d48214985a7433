"""The digests of a validation, kept so that they can be proved again without the bucket: a line of JSON for each.

A line has what the signature of a digest is over and what the digest states of the one before it (CloudTrail user
guide, "Custom implementations of CloudTrail log file integrity validation"), and how many of the log files that it
names had the hash it states.
"""

import gzip
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from scanner.errors import SnapshotError
from scanner.integrity.judging.links import Link

_LARGEST_LINE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class KeptLink:
    """A digest; one that lies ``beyond`` the period only proves the last one of it."""

    link: Link
    beyond: bool = False


_DECODER = msgspec.json.Decoder(KeptLink)


class KeptProofs:
    """Takes digests as they are read; equal digests give equal bytes."""

    def __init__(self) -> None:
        self._held = io.BytesIO()
        self._packed = gzip.GzipFile(fileobj=self._held, mode="wb", filename="", mtime=0)

    def keep(self, links: Iterable[Link], beyond: bool) -> None:
        """Write digests down."""
        for link in links:
            self._packed.write(msgspec.json.encode(KeptLink(link, beyond)) + b"\n")

    def content(self) -> bytes:
        """The file; nothing can be added any more."""
        self._packed.close()
        return self._held.getvalue()


def read_proofs(content: bytes) -> Iterator[KeptLink]:
    """The digests of such a file. Raises SnapshotError for what is not one."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as lines:
            while line := lines.readline(_LARGEST_LINE):
                yield _DECODER.decode(line)
    except (OSError, EOFError, msgspec.DecodeError) as error:
        raise SnapshotError(f"The digests in the bundle cannot be read: {error}.") from error
