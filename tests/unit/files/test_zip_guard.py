"""The one guard of zip files, on the list of members alone."""

import stat
import zipfile

import pytest

from scanner.files.zip_guard import MOST_OF_DEFLATE, MOST_OF_TEXT, Danger, danger, overlapping

MEBIBYTE = 1 << 20


def member(size: int = 10, packed: int = 10, *, kind: int = 0, flags: int = 0, offset: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("a")
    info.file_size, info.compress_size, info.header_offset = size, packed, offset
    info.external_attr, info.flag_bits = kind << 16, flags
    return info


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        (member(), None),
        (member(kind=stat.S_IFREG | 0o644), None),
        (member(kind=stat.S_IFDIR | 0o755), None),
        (member(kind=stat.S_IFLNK | 0o777), Danger.LINK),
        (member(kind=stat.S_IFIFO | 0o644), Danger.SPECIAL),
        (member(flags=0x1), Danger.ENCRYPTED),
        (member(flags=0x800), None),
        (member(MEBIBYTE, 1), None),
        (member(MEBIBYTE + 1, 1), Danger.BOMB),
        (member(MEBIBYTE + 1, 0), Danger.BOMB),
        (member(MOST_OF_TEXT * 8000, 8000), None),
        (member(MOST_OF_TEXT * 8000 + 1, 8000), Danger.BOMB),
    ],
)
def test_what_must_not_be_unpacked(listed: zipfile.ZipInfo, found: Danger | None) -> None:
    assert danger(listed) is found


def test_more_is_allowed_where_reading_has_a_limit() -> None:
    assert danger(member(1032 * 8000, 8000), MOST_OF_DEFLATE) is None
    assert danger(member(1101 * 8000, 8000), MOST_OF_DEFLATE) is Danger.BOMB


def test_members_that_share_their_bytes() -> None:
    first, second, third = member(packed=10), member(offset=40), member(offset=45)
    assert overlapping([second, first]) is None
    assert overlapping([third, second, first]) is third
    assert overlapping([]) is None
