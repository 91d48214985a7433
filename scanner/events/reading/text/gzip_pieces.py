"""Gzip, as log files are stored: unpacked once, within bounds, and with every oddity said.

A CloudTrail log file is one gzip member. Files of several members are read whole, as ``zcat``, Athena and Python's
own ``gzip`` read them, and the number is noted: a digest only vouches for a file of one member. Whatever follows the
last member, a cut end or a wrong checksum is reported; what could be unpacked before it is kept.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from isal import igzip_lib

GZIP = b"\x1f\x8b"
"""How gzip data begins (RFC 1952, 2.3.1)."""

_MAX_RATIO = 1032
"""No deflate stream grows by more than this (RFC 1951: 258 bytes for two bits)."""

_IsalError: type[Exception] = igzip_lib.IsalError  # type: ignore[assignment]  # its stub says "an exception"

_PIECE = 64 * 1024
PIECE = 384 * 1024
"""How much content is unpacked at a time where it need not be held as a whole."""

_SALVAGE_PIECE = 256
_TRAILER = 8
_LAYERS = 2


@dataclass(frozen=True, slots=True)
class Unpacked:
    """Content after unpacking. ``cut``: why its end is missing; ``trailing``: what follows it that is not gzip."""

    content: bytes
    cut: str = ""
    trailing: str = ""
    notes: tuple[str, ...] = ()


class Pieces:
    """The content of plain data, or of gzip data, a piece at a time: each is used while the processor has it at hand.

    ``packed`` says whether it is gzip, whose checksum is tested. After the last piece ``sound`` says whether the data
    was whole and nothing else followed it, and ``notes`` what is odd.
    """

    def __init__(self, data: bytes, limit: int) -> None:
        self._data = data
        self._limit = limit
        self.packed = data.startswith(GZIP)
        self.sound = False
        self.notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[bytes]:
        """Pieces of up to ``PIECE`` bytes; it ends early where the data is damaged or longer than the limit."""
        if not self.packed:
            self.sound = len(self._data) <= self._limit
            for start in range(0, len(self._data) if self.sound else 0, PIECE):
                yield self._data[start : start + PIECE]
            return
        room = self._limit
        members = 0
        rest = self._data
        while rest.startswith(GZIP):
            decompressor = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
            feed = rest
            while not decompressor.eof:
                try:
                    piece = decompressor.decompress(feed, PIECE)
                except _IsalError:
                    return
                room -= len(piece)
                if room < 0 or (not piece and not decompressor.eof):
                    return
                feed = b""
                yield piece
            members += 1
            rest = decompressor.unused_data
        self.notes = _noted(members)
        self.sound = not rest.rstrip(b"\0")


def unpack(data: bytes, limit: int) -> Unpacked:
    """The content of gzip data, recognized by its first bytes, up to ``limit`` bytes; other data as it is.

    Gzip inside gzip (a file compressed twice on its way) is unpacked too, once more and no further.
    """
    unpacked = Unpacked(data)
    for layer in range(_LAYERS):
        if not unpacked.content.startswith(GZIP):
            break
        inner = _gunzip(unpacked.content, limit)
        notes = (*unpacked.notes, *(("the file is compressed twice",) if layer else ()), *inner.notes)
        unpacked = Unpacked(inner.content, unpacked.cut or inner.cut, unpacked.trailing or inner.trailing, notes)
    if len(unpacked.content) > limit:
        cut = f"the content is longer than the {limit} bytes that are looked at; the rest was not read"
        return Unpacked(unpacked.content[:limit], cut, unpacked.trailing, unpacked.notes)
    return unpacked


def _gunzip(data: bytes, limit: int) -> Unpacked:
    parts: list[bytes] = []
    room = limit
    members = 0
    rest = data
    while rest.startswith(GZIP):
        decompressor = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        try:
            pieces = list(_inflate(decompressor, rest, room))
        except _IsalError as error:
            parts.append(_salvage(rest, room))
            return Unpacked(_joined(parts), f"the gzip data is damaged ({_words(error)})", "", _noted(members))
        parts.extend(pieces)
        room -= sum(map(len, pieces))
        if room < 0:
            cut = f"it unpacks to more than the {limit} bytes that are looked at; the rest was not read"
            return Unpacked(_joined(parts, limit), cut, "", _noted(members))
        if not decompressor.eof:
            return Unpacked(_joined(parts), "the gzip data ends early", "", _noted(members))
        members += 1
        rest = decompressor.unused_data
    # Zeros fill up blocks of tapes and some file systems; gzip itself ignores them.
    stray = len(rest.rstrip(b"\0"))
    trailing = f"{len(rest)} bytes after the gzip data are not gzip data" if stray else ""
    return Unpacked(_joined(parts), "", trailing, _noted(members))


def _inflate(decompressor: igzip_lib.IgzipDecompressor, data: bytes, room: int) -> Iterator[bytes]:
    """The content of one member in pieces, one byte more than there is room for at most."""
    # The last four bytes say how much the (last) member unpacks to: asking for that much at once spares the growing of
    # a buffer, which costs as much as the unpacking. One byte more makes the decompressor notice its end.
    size = int.from_bytes(data[-4:], "little") + 1
    wanted = max(_PIECE, min(size, len(data) * _MAX_RATIO))
    feed = data
    while room >= 0 and not decompressor.eof:
        piece = decompressor.decompress(feed, min(wanted, room + 1))
        feed = b""
        room -= len(piece)
        yield piece
        if decompressor.needs_input:
            return


def _salvage(data: bytes, room: int) -> bytes:
    """What a damaged gzip member gives before the damage; its checksum, in the last bytes, is fed separately."""
    decompressor = zlib.decompressobj(16 + zlib.MAX_WBITS)
    parts: list[bytes] = []
    end = max(0, len(data) - _TRAILER)
    edges = [*range(0, end, _SALVAGE_PIECE), end]
    try:
        for start, stop in pairwise(edges):
            piece = decompressor.decompress(data[start:stop], room + 1)
            parts.append(piece[:room])
            room -= len(parts[-1])
            if room <= 0 or decompressor.eof:
                break
    except zlib.error:
        pass  # the damage itself
    return b"".join(parts)


def _joined(parts: list[bytes], limit: int | None = None) -> bytes:
    whole = parts[0] if len(parts) == 1 else b"".join(parts)
    parts.clear()  # of a bomb, one copy is enough
    return whole if limit is None else whole[:limit]


def _words(error: Exception) -> str:
    return str(error).split(" ", 2)[-1].lower()


def _noted(members: int) -> tuple[str, ...]:
    return (f"the file holds {members} gzip members; CloudTrail writes one",) if members > 1 else ()
