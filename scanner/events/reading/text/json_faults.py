"""Whether text is JSON that every later step can read, and the one repair that is made before asking."""

import json
import re

import msgspec

from scanner.events.reading.text.broken_json import MAX_DEPTH, TOO_DEEP

_ANY = msgspec.json.Decoder(msgspec.Raw)

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)
_REPLACEMENT = rb"\ufffd"
_WORD = b'"event'
_MARK = b"\xef\xbb\xbf"

_STRING = rb'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"'
_SCALAR = rb"(?:" + _STRING + rb"|-?(?:0|[1-9]\d*+)(?:\.\d++)?(?:[eE][+-]?\d++)?|true|false|null)"
_S = rb"[ \t\r\n]*+"
_NAME = _STRING + _S + rb":" + _S
_INSIDE = {
    ord("["): _SCALAR + _S,
    ord("{"): _NAME + _SCALAR + _S,
}
_BEFORE = {ord("["): rb"", ord("{"): rb"(?:" + _NAME + rb")"}
# An array or object up to the next bracket: plain items, and the name of an object or array that follows.
_STRETCH = {
    bracket: re.compile(
        _S + rb"(?P<items>(?:" + item + rb"," + _S + rb")*+)"
        rb"(?:(?P<last>" + item + rb")?(?P<close>[\]}])|" + _BEFORE[bracket] + rb"(?P<open>[\[{]))"
    )
    for bracket, item in _INSIDE.items()
}
_AFTER = re.compile(_S + rb"(?:(?P<comma>,)|(?P<close>[\]}]))")
_BLANK = re.compile(_S)
_CLOSING = {ord("["): ord("]"), ord("{"): ord("}")}
_PLACE = re.compile(r" \(byte (\d+)\)$")


def fault(text: bytes) -> str:
    """Why text is not one JSON value in UTF-8, "" when it is (RFC 8259: no NaN, no lone control characters)."""
    try:
        require_utf8(text)
        _ANY.decode(text)
    except UnicodeDecodeError as error:
        return f"it is not UTF-8, from its byte {error.start} on"
    except RecursionError:  # how deep a decoder goes depends on who calls it, and what is sound must not
        return deep_fault(text)
    except msgspec.DecodeError as error:
        return f"it is not JSON: {_words(error)}"
    return ""


def deep_fault(text: bytes) -> str:
    """``fault`` for text of any depth, down to ``MAX_DEPTH``: no object or array is gone into by a call."""
    at = _after_blank(text, 0)
    if text[at : at + 1] not in {b"[", b"{"}:
        return f"it is not JSON, at its byte {at}"
    wrong, end = _followed(text, at)
    if wrong:
        return wrong
    if _after_blank(text, end) < len(text):
        return f"it is not JSON: there is more, from its byte {end} on"
    return "it is not JSON: half a surrogate pair" if mend(text)[1] else ""


def _followed(text: bytes, start: int) -> tuple[str, int]:
    """Why the object or array at ``start`` is broken ("" when it is not), and how far it was followed."""
    inside = bytearray((text[start],))
    at, may_close = start + 1, True
    while inside:
        found = _STRETCH[inside[-1]].match(text, at)
        if found is None:
            return f"it is not JSON, from its byte {at} on", at
        at = found.end()
        if found["open"]:
            inside += found["open"]
            if len(inside) > MAX_DEPTH:
                return TOO_DEEP, at
            may_close = True
            continue
        if not (found["last"] or (may_close and not found["items"])):
            return f"it is not JSON: trailing comma, before its byte {at}", at
        wrong, at = _closed(text, at, found["close"], inside)
        if wrong:
            return wrong, at
        may_close = False
    return "", at


def _closed(text: bytes, at: int, bracket: bytes, inside: bytearray) -> tuple[str, int]:
    """Close ``bracket``, which ends before ``at``, and those right after it, up to the next comma: as ``_followed``."""
    closing: bytes | None = bracket
    while closing:
        if closing[0] != _CLOSING[inside.pop()]:
            return f"it is not JSON: another bracket was open, at its byte {at - 1}", at
        if not inside:
            return "", at
        following = _AFTER.match(text, at)
        if following is None:
            return f"it is not JSON, from its byte {at} on", at
        closing, at = following["close"], following.end()
    return "", at


def _after_blank(text: bytes, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def require_utf8(text: bytes | bytearray) -> None:
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
