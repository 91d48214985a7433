"""Formats that may hold records and are not read, by their first bytes, their pieces or what a source is called."""

import re
from typing import Final

from scanner.events.reading.shapes.no_records import LOG_FILE_NAME

_UNPACK = "it is not read; unpack it first"

_MAGIC: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"PK\x03\x04", "a zip file inside another file; give it as a file of its own"),
    (0, b"PK\x05\x06", "a zip file that holds nothing"),
    (0, b"PK\x07\x08", "a zip file in several parts; join them first"),
    (0, b"PAR1", "Parquet, as Security Lake writes it, is not read"),
    (0, b"PARE", "encrypted Parquet is not read"),
    (0, b"Obj\x01", "Avro is not read"),
    (0, b"ORC", "ORC is not read"),
    (0, b"\x28\xb5\x2f\xfd", "zstd data is not read; unpack it first"),
    (0, b"BZh", "bzip2 data is not read; unpack it first"),
    (0, b"\xfd7zXZ\x00", "xz data is not read; unpack it first"),
    (0, b"7z\xbc\xaf\x27\x1c", f"a 7z archive: {_UNPACK}"),
    (0, b"Rar!\x1a\x07", f"a rar archive: {_UNPACK}"),
    (0, b"\x04\x22\x4d\x18", "lz4 data is not read; unpack it first"),
    (0, b"\x02\x21\x4c\x18", "lz4 data is not read; unpack it first"),
    (0, b"\xff\x06\x00\x00sNaPpY", "snappy data is not read; unpack it first"),
    (0, b"\x82SNAPPY\x00", "snappy data is not read; unpack it first"),
    (0, b"\x1f\x9d", "data of compress (.Z) is not read; unpack it first"),
    (0, b"\x1f\xa0", "data of compress (.Z) is not read; unpack it first"),
    (0, b"LZIP", "lzip data is not read; unpack it first"),
    (0, b"\x89LZO", "lzop data is not read; unpack it first"),
    (0, b"]\x00\x00", "lzma data is not read; unpack it first"),
    (0, b"x\x01", "zlib data is not read; unpack it first"),
    (0, b"x\x5e", "zlib data is not read; unpack it first"),
    (0, b"x\x9c", "zlib data is not read; unpack it first"),
    (0, b"x\xda", "zlib data is not read; unpack it first"),
    (257, b"ustar", f"a tar archive: {_UNPACK}"),
    (0, b"070701", f"a cpio archive: {_UNPACK}"),
    (0, b"!<arch>\n", f"an ar archive: {_UNPACK}"),
    (0, b"MSCF", f"a cabinet archive: {_UNPACK}"),
    (0, b"-----BEGIN PGP", "it is encrypted or signed with PGP; decrypt it first"),
    (0, b"age-encryption.org/", "it is encrypted with age; decrypt it first"),
    (0, b"Salted__", "it is encrypted with OpenSSL; decrypt it first"),
    (0, b"SQLite format 3\0", "an SQLite database is not read"),
    (0, b"%PDF-", "a PDF document is not read"),
    (0, b"version https://git-lfs.github.com/spec/", "it is a pointer of Git LFS; the file itself was never fetched"),
    (0, b"/annex/objects/", "it is a pointer of git-annex; the file itself was never fetched"),
)
"""Place and bytes of a format's mark -> why it is not read."""

_ENDINGS: Final[tuple[tuple[str, str], ...]] = (
    (r"gpg|pgp|asc", "its name says that it is encrypted with PGP; decrypt it first"),
    (r"age|enc|aes", "its name says that it is encrypted; decrypt it first"),
    (r"tar|tgz|tar\.gz", f"its name says that it is a tar archive: {_UNPACK}"),
    (r"zip|7z|rar", "its name says that it is an archive, and its content cannot be read"),
    (r"gz", "its name says that it is gzip data, and its content is not"),
    (r"zst|bz2|xz|lz4|lzma|sz|snappy|zz|zlib|z|br|lzo|deflate", "its name says that it is compressed; unpack it first"),
    (
        r"parquet|avro|orc|arrow|feather|xlsx|xls|sqlite|db",
        "its name says that it is a table or database, which is not read",
    ),
)
"""Endings of names -> why such a source is not read."""

_BY_NAME: Final = tuple((re.compile(rf"\.(?:{endings})\Z", re.IGNORECASE), why) for endings, why in _ENDINGS)

_LEAST_BYTES = 16
_ENDS_OF_VALUES = (b",", b"\n", b"}")
_HEAD = 4096
_BINARY = "it is neither text nor any format that is known"


def foreign_content(content: bytes) -> str:
    """The format that content begins as, and what to do about it; "" when it is none of those known."""
    return next((why for at, mark, why in _MAGIC if content.startswith(mark, at)), "")


def crumbled(content: bytes, large: int) -> str:
    """Why content of more than ``large`` bytes is not split, since its values are too small; "" for any other content.

    A decoder makes an object of each value, which takes many times the memory of the bytes: a file of empty objects, a
    few hundred kilobytes of gzip, would take the machine with it. Members of records are far longer.
    """
    if len(content) <= large:
        return ""
    values = max(map(content.count, _ENDS_OF_VALUES))
    if values <= len(content) // _LEAST_BYTES:
        return ""
    return f"its {len(content)} bytes are divided into {values} values or lines, which are too small to hold records"


def unrecognized(content: bytes, name: str) -> str:
    """Why content is not read that is neither JSON nor anything else that is known, as exactly as can be said."""
    what = _what(content)
    if LOG_FILE_NAME.search(name):
        return f"its name is that of a CloudTrail log file, but {what}"
    return next((why for ending, why in _BY_NAME if ending.search(name)), what)


def _what(content: bytes) -> str:
    if not content.strip(b"\0"):
        return "it holds nothing but zero bytes"
    head = content[:_HEAD]
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        cut_off = error.end >= len(head) and len(head) < len(content)
        if not cut_off:
            return _BINARY
    return _BINARY if b"\0" in head else "it is text, and neither JSON nor a table (CSV) of whole records"
