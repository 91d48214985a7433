"""The records in the bytes of one log file, object or answer, whatever shape they come in, and what became of the rest.

A CloudTrail log file, ``{"Records": […]}``, is split by one pass of a JSON decoder that only finds where records begin
and end. Everything else, and every log file in which something is wrong, takes the careful way: recognised by its
content, opened down to the records, and accounted for item by item.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter

import msgspec

from scanner.events.accounting import SourceAccount
from scanner.events.archive import GZIP, unpack
from scanner.events.envelopes import (
    LISTS,
    RECORD_MEMBERS,
    SURROGATES,
    Harvest,
    first_is_record,
    open_cells,
    open_text,
    open_value,
)
from scanner.events.json_text import fault, in_utf8, mend, require_utf8
from scanner.events.lake_csv import looks_like_csv, rows
from scanner.events.limits import DEFAULT_LIMITS, Limits
from scanner.events.scanning import BROKEN, MAX_EFFORT, elements, members, next_record, skip_blank, value_end

RECORDS = "records"
"""The envelope of a CloudTrail log file."""


@dataclass(frozen=True, slots=True)
class Split:
    """The records of one source, in order, and everything :class:`SourceAccount` says of it.

    ``records`` are JSON objects of any kind CloudTrail writes, as bytes; a record may be a view into the content, which
    lives as long as it does. ``positions`` are their places among all items of the source (0 for the first), ``None``
    when they are simply 0, 1, 2, ….
    """

    source: str
    envelope: str
    records: list[msgspec.Raw]
    positions: Sequence[int] | None
    malformed: tuple[tuple[int, str], ...]
    malformed_count: int
    skipped: str
    cut: str
    notes: tuple[str, ...]
    bytes: int
    sha256: str

    def position(self, number: int) -> int:
        """The place in the source of the record with this number in ``records``."""
        return number if self.positions is None else self.positions[number]

    def account(self, duplicates: int = 0, matched: int = 0) -> SourceAccount:
        """The line that stands for the source in an assessment."""
        return SourceAccount(
            source=self.source,
            envelope=self.envelope,
            records=len(self.records),
            duplicates=duplicates,
            matched=matched,
            malformed=self.malformed,
            skipped=self.skipped,
            bytes=self.bytes,
            sha256=self.sha256,
            malformed_count=self.malformed_count,
            cut=self.cut,
            notes=self.notes,
        )


class _LogFile(msgspec.Struct, gc=False):
    Records: list[msgspec.Raw]


_LOG_FILE = msgspec.json.Decoder(_LogFile)
_LINES = msgspec.json.Decoder(msgspec.Raw)

_ARRAY_KIND = "array"
_LINES_KIND = "lines"
_RECORDS_ONLY = (RECORDS, _ARRAY_KIND)
"""Envelopes in which, beside records, there is nothing else: another thing there is a broken record."""

_FRAME = len(b'{"Records":[]}')
_SECOND_LIST = len(b',"Records":[]')
_OBJECTS = {ord("{")}
_FIRST_BYTE = itemgetter(0)

_JSON_START = re.compile(rb'\{\s*["}]|\[\s*[\[\]{"]|"(?:\{|H4sI)')
_BASE64_GZIP = b"H4sI"
_EXPORTED = re.compile(rb"\d{4}-\d\d-\d\dT[\d:.]+Z[ \t]+(?=\{)")
_COLUMNS = frozenset(name.lower() for name in RECORD_MEMBERS)
_TELLTALE = re.compile(rb'"eventVersion\\*"\s*:')
_NO_LOG = "it does not begin as any known log does, but seems to hold records"
_FOREIGN = (
    (b"PK\x03\x04", "a zip file; give it as a file of its own"),
    (b"PAR1", "Parquet, as Security Lake writes it, is not read"),
    (b"\x28\xb5\x2f\xfd", "zstd data is not read; unpack it first"),
    (b"BZh", "bzip2 data is not read; unpack it first"),
    (b"\xfd7zXZ\x00", "xz data is not read; unpack it first"),
)
"""First bytes of formats that may hold records and are not read -> why."""


def split(data: bytes, name: str, limits: Limits = DEFAULT_LIMITS) -> Split:
    """Split the bytes of one source, as stored, into records. Never raises for what the bytes hold.

    ``data`` may be gzip, recognised by its first bytes. More than ``limits.stored`` bytes mean that the source goes on.
    """
    stored = data if len(data) <= limits.stored else data[: limits.stored]
    unpacked = unpack(stored, limits.content)
    cut = unpacked.cut
    if len(data) > limits.stored:
        cut = f"the source is longer than the {limits.stored} bytes that are read of one"
    harvest = Harvest(limits)
    if cut:
        harvest.end_early(cut)
    fast = _split_log_file(unpacked.content)
    if fast is None:
        _harvest(unpacked.content, harvest)
    if unpacked.trailing:
        harvest.spoil(unpacked.trailing)
    return _split(name, stored, fast, harvest, unpacked.notes)


def _split(name: str, stored: bytes, fast: list[msgspec.Raw] | None, harvest: Harvest, notes: tuple[str, ...]) -> Split:
    plain = fast is not None
    if harvest.records and not harvest.kinds.keys().isdisjoint(_RECORDS_ONLY):
        harvest.spoil_others()
    alone = "record" if harvest.records else ""
    return Split(
        source=name,
        envelope=RECORDS if plain else "/".join(harvest.kinds) or alone,
        records=harvest.records if fast is None else fast,
        positions=None if plain else harvest.positions,
        malformed=tuple(harvest.malformed),
        malformed_count=harvest.malformed_count,
        skipped="" if plain else _skipped(harvest),
        cut=harvest.cut,
        notes=(*notes, *harvest.notes, *_passed_over(harvest)),
        bytes=len(stored),
        sha256=hashlib.sha256(stored).hexdigest(),
    )


def _split_log_file(text: bytes) -> list[msgspec.Raw] | None:
    """The records of a sound CloudTrail log file, or ``None`` for anything that deserves a closer look."""
    try:
        records = _LOG_FILE.decode(text).Records
        # The decoder does not look into strings, so their encoding is checked here for all of them at once.
        require_utf8(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
    views: Iterable[memoryview] = map(memoryview, records)
    if not records or set(map(_FIRST_BYTE, views)) != _OBJECTS:
        return None
    if not first_is_record(records[0]):
        return None
    # Of two lists of the same name the decoder keeps the last: a file must not hide records in the first.
    spare = len(text) - _FRAME - sum(map(len, records)) - (len(records) - 1)
    if spare >= _SECOND_LIST and (text.count(b'"Records"') > 1 or b"\\u00" in text):
        return None
    return records


def _harvest(content: bytes, harvest: Harvest) -> None:
    text, note, cut = in_utf8(content)
    text, mended = mend(text)
    if note:
        harvest.notes[note] = None
    if mended:
        harvest.notes[SURROGATES] = None
    if cut:
        harvest.end_early(cut)
    start = skip_blank(text, 0)
    foreign = next((why for magic, why in _FOREIGN if content.startswith(magic)), "")
    sound = _split_log_file(text) if note or mended else None
    if sound is not None:
        harvest.kinds[RECORDS] = None
        for record in sound:
            harvest.take(record)
    elif content.startswith(GZIP):
        harvest.spoil("the data is gzip, over and over")
    elif foreign:
        harvest.spoil(foreign)
    elif start == len(text):
        harvest.skip("empty")
    elif _JSON_START.match(text, start):
        _json(text, start, harvest)
    elif looks_like_csv(text, _COLUMNS):
        harvest.kinds["lake-csv"] = None
        _csv(text, harvest)
    else:
        _lines(text, harvest)


def _json(text: bytes, start: int, harvest: Harvest) -> None:
    if not fault(text):
        if text[start] == ord("["):
            harvest.kinds[_ARRAY_KIND] = None
        open_value(text[start:], harvest)
    elif not _json_lines(text, harvest):
        whole = value_end(text, start, len(text))
        if whole != BROKEN and skip_blank(text, whole) == len(text):
            _value(text, start, whole, harvest)
        else:
            _sequence(text, start, harvest)


def _json_lines(text: bytes, harvest: Harvest) -> bool:
    """Take JSON lines when every line is sound; the decoder is ten times as fast as looking line by line."""
    try:
        require_utf8(text)
        lines = _LINES.decode_lines(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return False
    harvest.kinds[_LINES_KIND] = None
    for line in lines:
        open_value(line, harvest)
    return True


def _value(text: bytes, start: int, end: int, harvest: Harvest) -> int:
    """One value that ends; when it is no JSON, what its lists hold is saved. Gives the bytes looked at in vain."""
    wrong = fault(text[start:end])
    if not wrong:
        open_value(text[start:end], harvest)
        return 0
    before = (harvest.malformed_count, harvest.cut)
    if not _salvage(text, start, end, harvest):
        harvest.spoil(wrong)
    elif before == (harvest.malformed_count, harvest.cut):
        harvest.spoil(f"the envelope of the records is broken: {wrong}")
    return end - start


def _sequence(text: bytes, start: int, harvest: Harvest) -> None:
    """Values one after another, on lines of their own or not; after a broken one the next line is tried."""
    position = start
    effort = MAX_EFFORT * (len(text) - start)
    across_lines = True
    while effort >= 0:
        position = skip_blank(text, position)
        if position >= len(text):
            return
        newline = text.find(b"\n", position)
        line_end = len(text) if newline < 0 else newline
        if not _JSON_START.match(text, position):
            _line(text[position:line_end], harvest)
            position = line_end
            continue
        stop = len(text) if across_lines else line_end
        end = value_end(text, position, stop)
        if end != BROKEN:
            harvest.kinds.setdefault(_LINES_KIND)
            effort -= _value(text, position, end, harvest)
        else:
            effort -= stop - position
            # One value that never ends is the last one, unless the next line begins another.
            if _JSON_START.match(text, skip_blank(text, line_end)):
                across_lines, stop = False, line_end
            end = _saved(text, position, stop, harvest) or line_end
        position = end
    harvest.end_early("too much of the text is broken; the rest was not read")


def _saved(text: bytes, start: int, stop: int, harvest: Harvest) -> int:
    """Save the lists of a value that never ends; 0 when it has none and is malformed itself."""
    end = _salvage(text, start, stop, harvest)
    if not end:
        harvest.spoil("the JSON value never ends")
    return end


def _salvage(text: bytes, start: int, stop: int, harvest: Harvest) -> int:
    """Take every sound element out of the lists of a broken value: (position after it), 0 when it has no list."""
    if text[start] == ord("["):
        harvest.kinds.setdefault(_ARRAY_KIND)
        return _salvage_list(text, start + 1, stop, harvest)
    after = position = 0
    for name, at, end in members(text, start, stop):
        if at == end:
            return end + 1 if after else 0
        position = end
        if name in LISTS and text[at] == ord("["):
            harvest.kinds.setdefault(LISTS[name])
            after = position = _salvage_list(text, at + 1, stop, harvest)
        if position != end:
            break
    return _closed(text, position, stop, harvest) if after else 0


def _closed(text: bytes, position: int, stop: int, harvest: Harvest) -> int:
    """The end of an object whose list has been read up to ``position``, and the account of what stands in between."""
    following = skip_blank(text, position)
    if text[following : following + 1] == b"}" and following < stop:
        return following + 1
    rest = text[position - 1 : stop]
    if _TELLTALE.search(rest):
        _remains(rest, "after the list there is more that looks like records", harvest)
    elif following < stop:
        harvest.spoil(f"what follows the list is no JSON (byte {following} of the content)")
    else:
        harvest.end_early("the JSON value never ends")
    return stop


def _salvage_list(text: bytes, start: int, stop: int, harvest: Harvest) -> int:
    end = 0
    for element in elements(text, start, stop, fault):
        if element.start == element.end:
            end = element.end + 1
        elif element.fault:
            harvest.spoil(f"{element.fault} (byte {element.start} of the content)")
        else:
            open_value(text[element.start : element.end], harvest)
    if not end:
        harvest.end_early("the list of records ends early; the whole records before that were read")
        return stop
    return end


def _line(line: bytes, harvest: Harvest) -> None:
    """A line that does not begin as JSON: an exported log line, a packed payload, or the remains of something."""
    exported = _EXPORTED.match(line)
    body = line[exported.end() :].rstrip() if exported else line.strip()
    if exported or body.startswith(_BASE64_GZIP):
        harvest.kinds["log-events" if exported else "subscription"] = None
        open_text(body.decode("utf-8", "replace"), harvest, 0)
    elif _TELLTALE.search(body):
        _remains(body, _NO_LOG, harvest)
    elif body.startswith(b"{") or body == b"[":
        harvest.spoil("the JSON value never ends")
    elif body.strip(b"]},"):
        harvest.pass_over("the line is no JSON")


def _remains(text: bytes, why: str, harvest: Harvest) -> None:
    """Text out of place that holds what looks like records, as in a log file whose beginning is damaged."""
    harvest.spoil(why)
    first = next_record(text, 0, len(text))
    if first != BROKEN:
        harvest.kinds.setdefault(RECORDS)
        _salvage_list(text, first, len(text), harvest)


def _lines(text: bytes, harvest: Harvest) -> None:
    """Text that does not begin as JSON: log lines, or no log at all."""
    start = skip_blank(text, 0)
    if text.startswith(_BASE64_GZIP, start) or _EXPORTED.match(text, start):
        _sequence(text, start, harvest)
    elif _TELLTALE.search(text):
        _remains(text, _NO_LOG, harvest)
    else:
        harvest.skip("neither JSON nor query results as CSV")


def _csv(text: bytes, harvest: Harvest) -> None:
    header = True
    for start, cells in rows(text, 0):
        if cells is None:
            harvest.spoil(f"the CSV row has a broken quote (byte {start})")
        elif not header:
            open_cells(cells, harvest)
        header = False


def _skipped(harvest: Harvest) -> str:
    if harvest.records or harvest.malformed_count or harvest.cut:
        return ""
    if harvest.skips:
        return ", ".join(harvest.skips)
    return harvest.other[0][1] if harvest.other else ""


def _passed_over(harvest: Harvest) -> tuple[str, ...]:
    said = [f"{count} x {why}" for why, count in harvest.skips.items() if count > 1 or harvest.records]
    if harvest.other_count and harvest.records:
        position, why = harvest.other[0]
        said.append(f"{harvest.other_count} items are no CloudTrail records (the first is item {position}: {why})")
    return tuple(said)
