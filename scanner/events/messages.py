"""The log messages in a file, as a metric filter would be given them: what `pattern test` tests.

A file of lines holds one message a line. One JSON document is one message, unless it is one of those in which AWS hands over
several: the elements of an array, the records of a CloudTrail log file, and the answers of LookupEvents, FilterLogEvents
and GetLogEvents, and the payload of a CloudWatch Logs subscription. Each message keeps its spelling. What is no text is refused.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Final

from scanner.errors import SourceError
from scanner.events.archive import GZIP, unpack
from scanner.events.foreign import foreign_content
from scanner.events.json_text import fault, in_utf8
from scanner.events.limits import DEFAULT_LIMITS
from scanner.events.no_records import TELLTALE
from scanner.events.scanning import elements, members, skip_blank

_RECORDS = "Records"
_CARRIERS: Final[Mapping[str, str]] = {
    "Events": "CloudTrailEvent",  # LookupEvents
    "events": "message",  # FilterLogEvents, GetLogEvents
    "logEvents": "message",  # a CloudWatch Logs subscription
}
"""Member that lists events -> the member of each that holds its message, as text."""

_PAYLOAD = "awslogs"
_OBJECT, _ARRAY = ord("{"), ord("[")


def messages_of(data: bytes, name: str) -> Iterator[str]:
    """The messages in the bytes of a file. SourceError for one that is damaged, or is not text."""
    text = _text(data, name)
    start = skip_blank(text, 0)
    if text[start : start + 1] in {b"{", b"["}:
        wrong = fault(text)
        if not wrong:
            yield from _document(text, start, name)
            return
        if TELLTALE.search(text) and fault(text[start:].partition(b"\n")[0]):
            raise SourceError(
                f"{name} cannot be tested: it begins as JSON and is broken ({wrong}).", "Give a whole file."
            )
    # Not ``splitlines``: a message may hold other characters that some take for the end of a line.
    content = text.decode("utf-8")
    yield from (line.removesuffix("\r") for line in content.removesuffix("\n").split("\n") if content)


def _text(data: bytes, name: str) -> bytes:
    unpacked = unpack(data, DEFAULT_LIMITS.content)
    problem = unpacked.cut or unpacked.trailing
    if problem:
        raise SourceError(f"{name} cannot be tested: {problem}.", "Give a whole file.")
    content = unpacked.content
    foreign = "the data is gzip, over and over" if content.startswith(GZIP) else foreign_content(content)
    if foreign:
        raise SourceError(f"{name} cannot be tested: {foreign}.", "Give text, JSON, or gzip data of either.")
    text, _, cut = in_utf8(content)
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        cut = cut or f"it is not text in UTF-8 from byte {error.start} on"
    if cut or b"\0" in text:
        why = cut or "it holds zero bytes, as no text does"
        raise SourceError(f"{name} cannot be tested: {why}.", "Give text, JSON, or gzip data of either.")
    return text


def _document(text: bytes, start: int, name: str) -> Iterator[str]:
    if text[start] == _ARRAY:
        listed = _listed(text, start)
        yield from _carried(listed, "CloudTrailEvent") or map(_spelled, listed)
        return
    found = {member: (at, end) for member, at, end in members(text, start, len(text)) if at < end}
    if _RECORDS in found and text[found[_RECORDS][0]] == _ARRAY:
        yield from map(_spelled, _listed(text, found[_RECORDS][0]))
        return
    for member, carrier in _CARRIERS.items():
        if member in found and text[found[member][0]] == _ARRAY:
            listed = _listed(text, found[member][0])
            carried = _carried(listed, carrier)
            if carried is not None:
                yield from carried
                return
    payload = _payload(text, found, name)
    if payload is not None:
        yield from messages_of(payload, name)
    else:
        yield text.decode("utf-8").strip()


def _listed(text: bytes, start: int) -> list[bytes]:
    """The elements of an array as they are spelled."""
    found = elements(text, start + 1, len(text), lambda _: "")
    return [text[each.start : each.end] for each in found if each.start < each.end]


def _carried(listed: list[bytes], carrier: str) -> list[str] | None:
    """The texts that every one of some objects holds in a member; None when one of them does not."""
    carried: list[str] = []
    for each in listed:
        found = (each[at:end] for member, at, end in members(each, 0, len(each)) if member == carrier and at < end)
        held = next(found, b"") if each[0] == _OBJECT else b""
        if not held.startswith(b'"'):
            return None
        carried.append(_spelled(held))
    return carried


def _spelled(value: bytes) -> str:
    """An element as it is spelled, a text as it reads."""
    return str(json.loads(value)) if value.startswith(b'"') else value.decode("utf-8")


def _payload(text: bytes, found: Mapping[str, tuple[int, int]], name: str) -> bytes | None:
    """What a subscription invokes a function with: gzip data in base64."""
    if found.keys() != {_PAYLOAD}:
        return None
    start, end = found[_PAYLOAD]
    inner = (
        {member: text[at:to] for member, at, to in members(text, start, end) if at < to}
        if text[start] == _OBJECT
        else {}
    )
    if inner.keys() != {"data"} or not inner["data"].startswith(b'"'):
        return None
    try:
        return base64.b64decode(_spelled(inner["data"]), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SourceError(f"{name} cannot be tested: the base64 text of the payload is broken.", "") from error
