"""A sound CloudTrail log file, ``{"Records": […]}``, read at the speed of a JSON decoder.

Each way of reading one gives nothing for a file that deserves a closer look, whatever the reason: it is then taken
apart carefully and accounted for item by item.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, Final

import msgspec

from scanner.events.reading.fields.record_fields import EVENT_NAME, EVENT_SOURCE
from scanner.events.reading.fields.views import MISFITS, Head
from scanner.events.reading.shapes.envelopes import ONCE, first_is_record, is_among_records, repeated
from scanner.events.reading.text.broken_json import elements
from scanner.events.reading.text.json_faults import require_utf8

_BEGINNING = re.compile(rb'[ \t\r\n]*\{[ \t\r\n]*"Records"[ \t\r\n]*:[ \t\r\n]*(?=\[)')
_ENDING = re.compile(rb"\][ \t\r\n]*\}[ \t\r\n]*\Z")
_LONGEST_ENDING = 64
_NOTIFICATIONS = "aws:"
_BETWEEN = b'},{"eventVersion":'
_CLOSE = ord("]")

LONGEST = 1 << 20
"""How many bytes without the beginning of another record are held before the file is looked at in another way."""


class _LogFile(msgspec.Struct, gc=False):
    Records: list[msgspec.Raw]


class _Named(msgspec.Struct, gc=False, rename={"name": "eventName"}):
    name: str


class _NamedFile(msgspec.Struct, gc=False):
    Records: list[_Named]


_NAMED_FILE = msgspec.json.Decoder(_NamedFile)
_LOG_FILE = msgspec.json.Decoder(_LogFile)
_RECORDS = msgspec.json.Decoder(list[msgspec.Raw])
_FRAME = len(b'{"Records":[]}')
_SECOND_LIST = len(b',"Records":[]')
_A_RECORD = 60
_WORDS = (b"eventVersion", b"eventName")
_OBJECTS = {ord("{")}
_FIRST_BYTE = itemgetter(0)


class HeadReader:
    """Decodes only the heads of the records of a file, a stretch of the file at a time.

    What is decoded of one stretch stays in the processor's cache until it is judged.
    """

    def __init__(self, head: Head) -> None:
        """``head`` holds eventName and eventSource, and refuses records that must be opened first."""
        self._decode: Final = head.decode_all
        self._names: Final[Callable[[Any], tuple[Any, Any]]] = head.find_all((EVENT_NAME, EVENT_SOURCE))

    def heads(self, pieces: Iterable[bytes], *, vouched: bool) -> Iterator[list[Any]]:
        """The heads of all records of a file that holds nothing but a list of them, in one list or several.

        ``vouched`` says that a checksum proves the file to be as it was written, so that no piece of it is missing:
        counting names to see that costs a fifth of the time. Raises one of MISFITS for a file that deserves a closer
        look. Where the list is cut does not matter: when every stretch is a sound list and none is empty, so is the
        whole, and its records are theirs.
        """
        held = bytearray()
        first = True
        for piece in pieces:
            if held:
                end = held.rfind(_BETWEEN)
                if end >= 0:
                    held[end + 1] = _CLOSE  # in place of the comma
                    yield self._decoded(memoryview(held)[: end + 2], held, first=first, vouched=vouched)
                    held = bytearray(b"[") + memoryview(held)[end + 2 :]
                    first = False
                elif len(held) > LONGEST:
                    raise msgspec.ValidationError("no record begins as CloudTrail's do")
                held += piece
            else:
                beginning = _BEGINNING.match(piece)
                if beginning is None:
                    raise msgspec.ValidationError("the file does not begin as a log file does")
                held += memoryview(piece)[beginning.end() :]
        ending = _ENDING.search(held, max(0, len(held) - _LONGEST_ENDING))
        if ending is None:
            raise msgspec.ValidationError("the file does not end as a log file does")
        yield self._decoded(memoryview(held)[: ending.start() + 1], held, first=first, vouched=vouched)

    def _decoded(self, listed: memoryview, text: bytearray, *, first: bool, vouched: bool) -> list[Any]:
        heads = self._decode(listed)
        # The decoder does not look into strings it passes over.
        require_utf8(text)
        if not vouched and any(text.count(word, 0, len(listed)) > len(heads) for word in ONCE):
            raise msgspec.ValidationError("a record may hold a member twice")
        if first:
            self._require_plain(heads)
        return heads

    def _require_plain(self, heads: Sequence[Any]) -> None:
        """ValidationError unless there are records, and the first looks like CloudTrail's."""
        name, source = self._names(heads[0]) if heads else (None, None)
        if not isinstance(name, str) or not isinstance(source, str) or source.startswith(_NOTIFICATIONS):
            raise msgspec.ValidationError("the first element is not a plain record")


def records_of(text: bytes) -> list[msgspec.Raw]:
    """The records of a file whose heads :class:`HeadReader` can read, as views into it; else one of MISFITS."""
    beginning = _BEGINNING.match(text)
    ending = _ENDING.search(text, max(0, len(text) - _LONGEST_ENDING))
    if beginning is None or ending is None:
        raise msgspec.ValidationError("the file does not begin or end as a log file does")
    start, end = beginning.end(), ending.start() + 1
    try:
        return _RECORDS.decode(memoryview(text)[start:end])
    except RecursionError:  # how deep a decoder goes depends on who calls it
        found = elements(text, start + 1, end, lambda _: "")
        return [msgspec.Raw(text[each.start : each.end]) for each in found if each.start < each.end]


def split_log_file(text: bytes, *, vouched: bool = False) -> list[msgspec.Raw] | None:
    """The records of a sound file as views into it; ``vouched`` as in :class:`HeadReader`."""
    try:
        records = _LOG_FILE.decode(text).Records
        require_utf8(text)
    except MISFITS:
        return None
    views: Iterable[memoryview] = map(memoryview, records)
    if not records or set(map(_FIRST_BYTE, views)) != _OBJECTS:
        return None
    if not first_is_record(records[0]) or b'"eventData"' in text or not _all_named(text, records):
        return None
    if not vouched and any(text.count(word) > len(records) for word in ONCE) and any(map(repeated, records)):
        return None
    # Of two lists of the same name the decoder keeps the last: a file must not hide records in the first.
    spare = len(text) - _FRAME - sum(map(len, records)) - (len(records) - 1)
    if spare >= _SECOND_LIST and (text.count(b'"Records"') > 1 or b"\\u00" in text):
        return None
    # Nor in a member beside the list.
    return None if spare >= _A_RECORD and _words_beside(text, records) else records


def _words_beside(text: bytes, records: Iterable[msgspec.Raw]) -> bool:
    """Whether words that every record holds also appear outside of the records."""
    return any(text.count(word) > _count_in(records, word) for word in _WORDS)


def _count_in(records: Iterable[msgspec.Raw], word: bytes) -> int:
    return sum(bytes(record).count(word) for record in records)


def _all_named(text: bytes, records: Iterable[msgspec.Raw]) -> bool:
    """Whether all are records; nearly always it is enough that they have a name."""
    try:
        _NAMED_FILE.decode(text)
    except MISFITS:
        return all(map(is_among_records, records))
    return True
