"""The last look before sealing: what goes into a bundle must hold no credential."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.bundle.content import Content


def swept(files: "Mapping[str, Content]") -> "dict[str, Content]":
    """The files of a bundle, each of which raises UsageError when it is first read and holds a credential."""
    from reports.bundle.content import KnownFile

    found: dict[str, Content] = {}
    for name, content in files.items():
        if isinstance(content, KnownFile):
            found[name] = replace(content, pieces=partial(_lines_swept, name, content.pieces))
        else:
            found[name] = _Swept(name, content).read
    return found


def sweep(files: Iterable[tuple[str, bytes]]) -> None:
    """UsageError for the first file that holds a credential, naming where and never the credential."""
    from scanner.redaction.secrets import credential_in, refuse_credentials

    for name, content in files:
        refuse_credentials(name, credential_in(content))


class _Swept:
    """A file that is read more than once, and looked at once."""

    def __init__(self, name: str, content: bytes | Callable[[], bytes]) -> None:
        self._name = name
        self._content = content
        self._looked_at = False

    def read(self) -> bytes:
        """Its bytes. Raises UsageError."""
        content = self._content if isinstance(self._content, bytes) else self._content()
        if not self._looked_at:
            sweep([(self._name, content)])
            self._looked_at = True
        return content


def _lines_swept(name: str, pieces: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
    """The pieces of a file of lines, looked at by whole lines, for a piece may end within a credential."""
    left = b""
    for piece in pieces():
        lines, line_end, rest = (left + piece).rpartition(b"\n")
        sweep([(name, lines + line_end)])
        left = rest
        yield piece
    sweep([(name, left)])
