"""The one gzip member that CloudTrail stores, unpacked within a bound, with everything said that is odd.

A digest vouches for the content of one member. Other readers (``zcat``, Athena, Python's ``gzip``) also read members
that follow it, and none of them needs the trailer to give records: so whatever follows, and a trailer that is cut off,
is a finding here, while ``aws cloudtrail validate-logs`` looks at neither in a digest file.
"""

from dataclasses import dataclass
from enum import Enum

from isal import igzip_lib

_IsalError: type[Exception] = igzip_lib.IsalError  # type: ignore[assignment]  # its stub says "an exception"

_PIECE = 256 * 1024
_MAX_RATIO = 1032
"""No deflate stream grows by more than this (RFC 1951: 258 bytes for two bits)."""


class Fault(Enum):
    """Why stored bytes are not one whole gzip member and nothing else."""

    NONE = ""
    FORMAT = "invalid format"
    CUT = "the compressed stream ends early; its end or its trailer is cut off"
    TRAILING = "unexpected data after end of compressed stream"
    LONG = "longer than is looked at"


@dataclass(frozen=True, slots=True)
class Member:
    """What one gzip member unpacks to, whole unless ``fault`` says otherwise."""

    content: bytes
    fault: Fault = Fault.NONE


def unpack(data: bytes, limit: int) -> Member:
    """The content of stored bytes that should be one gzip member of at most ``limit`` bytes of content."""
    decompressor = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    size = int.from_bytes(data[-4:], "little") + 1
    wanted = max(_PIECE, min(size, len(data) * _MAX_RATIO, limit))
    parts: list[bytes] = []
    room = limit
    feed = data
    try:
        while not decompressor.eof and room >= 0:
            piece = decompressor.decompress(feed, min(wanted, room + 1))
            feed = b""
            room -= len(piece)
            parts.append(piece)
            if decompressor.needs_input:
                break
    except _IsalError:
        return Member(b"", Fault.FORMAT)
    if room < 0:
        return Member(b"", Fault.LONG)
    content = parts[0] if len(parts) == 1 else b"".join(parts)
    if not decompressor.eof:
        return Member(content, Fault.CUT if content else Fault.FORMAT)
    return Member(content, Fault.TRAILING if decompressor.unused_data else Fault.NONE)
