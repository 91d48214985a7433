"""What validation asks of the place where digest files and log files lie."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as it is stored, with the metadata that CloudTrail gives a digest file ("" where there is none).

    ``signature`` is in hex, ``generated`` says when a backfill digest was made.
    """

    data: bytes
    signature: str = ""
    algorithm: str = ""
    generated: str = ""


class Store(Protocol):
    """A bucket, or a copy of one. Every method raises SourceError for what cannot be had. Safe for several threads."""

    @property
    def label(self) -> str:
        """How the store is named by whoever asks."""

    @property
    def bucket(self) -> str:
        """The name of the bucket."""

    @property
    def signed(self) -> bool:
        """Whether its digest files have the metadata that CloudTrail gave them."""

    @property
    def workers(self) -> int:
        """How many objects are worth reading at once; 1 for a disk."""

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that begin with a prefix, ascending."""

    def folders(self, prefix: str) -> list[str]:
        """The prefixes right below a prefix, each with a ``/`` at its end, ascending."""

    def below(self, prefix: str) -> tuple[list[str], list[str]]:
        """The keys, and the prefixes, right below a prefix that ends with a ``/``."""

    def read(self, bucket: str, key: str, limit: int) -> Stored | None:
        """An object, at most ``limit + 1`` of its bytes; None when there is no such object."""
