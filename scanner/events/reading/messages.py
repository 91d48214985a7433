"""The log messages in a file, as a metric filter would be given them: what `pattern test` tests.

A file of lines holds one message per line. One JSON document is one message, unless it is one of those in which AWS
hands over several: the elements of an array, the records of a CloudTrail log file, and the answers of LookupEvents,
FilterLogEvents and GetLogEvents, and the payload of a CloudWatch Logs subscription. Each message keeps its spelling.
What is not text is refused.

Where none of these messages is a CloudTrail record and ``scanner.events.reading.records`` finds some in the same bytes,
in whatever wrapper, they are the messages. Only an EventBridge event stays one: a log group holds it as it is.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from scanner.errors import SourceError
from scanner.events.reading.records import Split, split
from scanner.events.reading.shapes.envelopes import first_is_record
from scanner.events.reading.shapes.foreign import foreign_content
from scanner.events.reading.shapes.no_records import TELLTALE, promises_records
from scanner.events.reading.sources.limits import DEFAULT_LIMITS
from scanner.events.reading.text.broken_json import elements, members, skip_blank
from scanner.events.reading.text.gzip_pieces import GZIP, unpack
from scanner.events.reading.text.json_faults import fault, in_utf8

_RECORDS = "Records"
_CARRIERS: Final[Mapping[str, str]] = {
    "Events": "CloudTrailEvent",  # LookupEvents
    "events": "message",  # FilterLogEvents, GetLogEvents
    "logEvents": "message",  # a CloudWatch Logs subscription
}
"""Member that lists events -> the member of each that holds its message, as text."""

_PAYLOAD = "awslogs"
_ROWS = frozenset({"lake-csv", "lake-rows", "insights-rows"})
_LOOKS = re.compile(rb"""eventVersion["'\\]{1,8}\s*:|\A\s*H4sI""")
"""What records hold in whatever spelling, tables and reprs included; and how packed data begins in base64."""
_NAME = b"eventName"
_BEGINNINGS = frozenset({b"{", b"["})
_OBJECT, _ARRAY = ord("{"), ord("[")


@dataclass(frozen=True, slots=True)
class Messages:
    """The messages of a file; ``note`` is what to know about the number that match ("" for nothing)."""

    texts: list[str]
    note: str = ""


def messages_of(data: bytes, name: str, *, as_json: bool = True) -> Messages:
    """The messages in the bytes of a file; ``as_json`` says that fields of JSON will be asked for.

    Raises SourceError for one that is damaged, is not text, or seems to hold records that cannot be read.
    """
    text = _text(data, name)
    found = split(data, name)
    start = skip_blank(text, 0)
    wrong = fault(text) if text[start : start + 1] in _BEGINNINGS else "it is text"
    if wrong and _begins_broken(text, start) and not found.account().complete:
        raise SourceError(f"{name} cannot be tested: it begins as JSON and is broken ({wrong}).", "Give a whole file.")
    texts = _lines(text) if wrong else list(_document(text, start, name))
    if not found.count:
        if as_json and _promises(text, found, name):
            _refuse_losses(found, name)
        why = found.account().why if as_json else ""
        return Messages(texts, f"{name}: no CloudTrail record is found in it ({why}); tested unchanged." if why else "")
    plain = sum(map(_is_record, texts))
    whole = _all_in(texts, text) if not wrong else not any(map(_broken_record, texts))
    if whole and plain == found.count:
        why = found.account().why if as_json else ""
        return Messages(texts, f"{name}: not all of it is records ({why}); tested unchanged." if why else "")
    inside = f"{found.count - plain} CloudTrail record{'' if found.count - plain == 1 else 's'}"
    if whole and all(map(_is_event, texts)):
        return Messages(texts, f"{name}: {inside} in EventBridge events, which were tested unchanged ($.detail…).")
    if whole and plain:
        return Messages(texts, f"{name}: {inside} inside other messages, which were tested unchanged.")
    _refuse_losses(found, name)
    taken = [bytes(record).decode("utf-8", "replace") for record in found.records]
    return Messages(taken, f"{name}: tested the records in it, found as: {found.envelope}.")


def _begins_broken(text: bytes, start: int) -> bool:
    """Whether text begins as JSON that does not end on its line, and holds what looks like records."""
    first = text[start:].partition(b"\n")[0]
    return first[:1] in _BEGINNINGS and TELLTALE.search(text) is not None and bool(fault(first))


def _lines(text: bytes) -> list[str]:
    # Not ``splitlines``: a message may hold other characters that some take for the end of a line.
    content = text.decode("utf-8")
    return [line.removesuffix("\r") for line in content.removesuffix("\n").split("\n") if content]


def _promises(text: bytes, found: Split, name: str) -> bool:
    """Whether there should be records in a file in which none is found."""
    named = promises_records(name, empty=not text.strip())
    return bool(named) or not _ROWS.isdisjoint(found.envelope.split("/")) or _LOOKS.search(text) is not None


def _refuse_losses(found: Split, name: str) -> None:
    account = found.account()
    if not account.complete:
        lost = len(account.losses()) > 1 or account.malformed_count + account.unread_count > 1
        more = " (and more)" if lost else ""
        raise SourceError(
            f"{name} cannot be tested: {account.why}{more}.",
            "Give the records themselves, or one message with --message.",
        )


def _all_in(texts: list[str], document: bytes) -> bool:
    """Whether all that looks like records in a document is in its messages."""
    return document.count(_NAME) <= sum(text.encode().count(_NAME) for text in texts)


def _broken_record(text: str) -> bool:
    """Whether a line holds what looks like records, and is not one JSON value."""
    content = text.encode()
    return TELLTALE.search(content) is not None and bool(fault(content))


def _is_record(text: str) -> bool:
    return text.lstrip()[:1] == "{" and first_is_record(msgspec.Raw(text.encode()))


def _is_event(text: str) -> bool:
    content = text.encode()
    if content.lstrip()[:1] != b"{":
        return False
    return {"detail", "detail-type"} <= {
        member for member, at, end in members(content, content.index(b"{"), len(content))
    }


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
        yield from messages_of(payload, name).texts
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
