"""What in the list of a zip file's members says that they must not be unpacked; nothing is unpacked to find out.

Every reader of zip files asks here, and words its own refusal. Sources: PKWARE, APPNOTE.TXT 4.4.4 (general purpose bit
flag) and 4.4.15 (external file attributes); RFC 1951, whose deflate packs at most 1,032 to one.
"""

import stat
from collections.abc import Iterable
from enum import Enum
from zipfile import ZipInfo

MOST_OF_TEXT = 500
"""How much larger than its packed form a member may be that is read whole; JSON text stays well below."""

MOST_OF_DEFLATE = 1100
"""The same for a member that is read up to a limit: no packing reaches it, so that the list of members is wrong."""

_ENCRYPTED = 0x1
_HARMLESS = 1 << 20  # below a mebibyte no ratio can hurt


class Danger(Enum):
    """Why a member must not be unpacked."""

    LINK = "link"
    SPECIAL = "special"
    ENCRYPTED = "encrypted"
    BOMB = "bomb"


def danger(member: ZipInfo, ratio: int = MOST_OF_TEXT) -> Danger | None:
    """Why a member must not be unpacked, by its entry in the list; ``ratio`` is how much larger it may become."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return Danger.LINK
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return Danger.SPECIAL
    if member.flag_bits & _ENCRYPTED:
        return Danger.ENCRYPTED
    packed = max(1, member.compress_size)
    return Danger.BOMB if member.file_size > _HARMLESS and member.file_size > ratio * packed else None


def overlapping(members: Iterable[ZipInfo]) -> ZipInfo | None:
    """A member that shares its packed bytes with one before it: so a small file unpacks to many large ones."""
    end = 0
    for member in sorted(members, key=lambda member: member.header_offset):
        if member.header_offset < end:
            return member
        end = member.header_offset + member.compress_size
    return None
