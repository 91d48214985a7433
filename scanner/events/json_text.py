"""Whether text is JSON that every later step can read, and the one repair that is made before asking."""

import json
import re

import msgspec

_ANY = msgspec.json.Decoder(msgspec.Raw)

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)
_REPLACEMENT = rb"\ufffd"
_WORD = b'"event'
_MARK = b"\xef\xbb\xbf"
_PLACE = re.compile(r" \(byte (\d+)\)$")


def fault(text: bytes) -> str:
    """Why text is no single JSON value in UTF-8, "" when it is one (RFC 8259: no NaN, no lone control characters)."""
    try:
        require_utf8(text)
        _ANY.decode(text)
    except UnicodeDecodeError as error:
        return f"it is not UTF-8, from its byte {error.start} on"
    except RecursionError:
        return "its objects and arrays lie too deep inside each other"
    except msgspec.DecodeError as error:
        return f"it is no JSON: {_words(error)}"
    return ""


def require_utf8(text: bytes) -> None:
    """UnicodeDecodeError when text is not UTF-8, which decoders do not check in the strings they pass over."""
    if not text.isascii():
        text.decode("utf-8")


def mend(text: bytes) -> tuple[bytes, int]:
    r"""The text with every escaped half of a surrogate pair written as ``\ufffd``, and how many there were.

    CloudTrail cuts long values, sometimes in the middle of such a pair. The grammar of JSON allows the half, parsers do
    not; the repair keeps every position.
    """
    if b"\\ud" not in text and b"\\uD" not in text:
        return text, 0
    mended = 0

    def repair(found: re.Match[bytes]) -> bytes:
        nonlocal mended
        if found.group(1) is None:
            return found.group()
        mended += 1
        return _REPLACEMENT

    repaired = _ESCAPE.sub(repair, text)
    return repaired, mended


def in_utf8(text: bytes) -> tuple[bytes, str, str]:
    """The text in UTF-8 without a byte order mark; a note when it was anything else, and why its end is missing."""
    encoding = json.detect_encoding(text)
    # A damaged first byte may look like UTF-16; in that encoding there are no such words.
    if encoding == "utf-8" or (_WORD in text and not text.startswith(_MARK)):
        return text, "", ""
    if encoding == "utf-8-sig":
        return text[3:], "the text begins with a byte order mark", ""
    note = f"the text is {encoding.upper().removesuffix('-LE').removesuffix('-BE')}, which CloudTrail does not write"
    try:
        return text.decode(encoding).encode("utf-8", "replace"), note, ""
    except UnicodeDecodeError as error:
        kept = text[: error.start].decode(encoding, "replace").encode("utf-8", "replace")
        return kept, note, f"the text is not {encoding.upper()} from byte {error.start} on"


def _words(error: msgspec.DecodeError) -> str:
    return _PLACE.sub(r", at its byte \g<1>", str(error)).removeprefix("JSON is malformed: ")
