"""The records in the bytes of one log file, object or answer, whatever shape they come in, and what became of the rest.

A CloudTrail log file, ``{"Records": […]}``, is split by one pass of a JSON decoder that only finds where records begin
and end. Everything else, and every log file in which something is wrong, takes the careful way: recognised by its
content, opened down to the records, and accounted for item by item.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import msgspec

from scanner.events.reading.fields.period import Period
from scanner.events.reading.log_file import split_log_file
from scanner.events.reading.shapes.envelopes import RECORD_MEMBERS, open_cells, open_text, open_value
from scanner.events.reading.shapes.foreign import foreign_content, unrecognised
from scanner.events.reading.shapes.harvest import SURROGATES, Harvest
from scanner.events.reading.shapes.no_records import TELLTALE, known_text, promises_records, test_of_bucket
from scanner.events.reading.shapes.wrappers import LISTS
from scanner.events.reading.sources.accounting import SourceAccount
from scanner.events.reading.sources.digest import Digest
from scanner.events.reading.sources.limits import DEFAULT_LIMITS, Limits
from scanner.events.reading.text.broken_json import (
    BROKEN,
    MAX_EFFORT,
    elements,
    members,
    next_record,
    skip_blank,
    value_end,
)
from scanner.events.reading.text.gzip_pieces import GZIP, unpack
from scanner.events.reading.text.json_faults import fault, in_utf8, mend, require_utf8
from scanner.events.reading.text.lake_csv import Table, rows, table_of

RECORDS = "records"
"""The envelope of a CloudTrail log file."""


@dataclass(slots=True)
class Split:
    """The records of one source, in order, and everything :class:`SourceAccount` says of it.

    ``count`` is how many there are; ``positions`` are their places among all items of the source (0 for the first),
    ``None`` when they are simply 0, 1, 2, …. ``all_records`` gives the records themselves.
    """

    source: str
    envelope: str
    count: int
    positions: Sequence[int] | None
    malformed: tuple[tuple[int, str], ...]
    malformed_count: int
    unread: tuple[tuple[int, str], ...]
    unread_count: int
    skipped: str
    cut: str
    notes: tuple[str, ...]
    bytes: int
    sha256: str
    all_records: Callable[[], list[msgspec.Raw]]

    @property
    def records(self) -> list[msgspec.Raw]:
        """The records, JSON objects of any kind CloudTrail writes, as bytes or views into the content."""
        found = self.all_records()
        self.all_records = lambda: found
        return found

    def position(self, number: int) -> int:
        """The place in the source of the record with this number in ``records``."""
        return number if self.positions is None else self.positions[number]

    def within(self, period: Period) -> "Split":
        """The source without the records that lie outside; how many those were becomes a note."""
        if period.everything:
            return self
        kept = period.kept(self.records)
        return self if len(kept) == self.count else self.only(kept)

    def only(self, numbers: Sequence[int]) -> "Split":
        """The source with the records of these numbers, the others lying outside the time asked for."""
        every, left = self.all_records, self.count - len(numbers)
        note = f"{left} record{'' if left == 1 else 's'} outside the time asked for"

        def some() -> list[msgspec.Raw]:
            records = every()
            return [records[number] for number in numbers]

        positions = [self.position(number) for number in numbers]
        notes = (*self.notes, note)
        return replace(self, count=len(numbers), positions=positions, notes=notes, all_records=some)

    def account(self, duplicates: int = 0, matched: int = 0) -> SourceAccount:
        """The line that stands for the source in an assessment."""
        return SourceAccount(
            source=self.source,
            envelope=self.envelope,
            records=self.count,
            duplicates=duplicates,
            matched=matched,
            malformed=self.malformed,
            skipped=self.skipped,
            bytes=self.bytes,
            sha256=self.sha256,
            malformed_count=self.malformed_count,
            unread=self.unread,
            unread_count=self.unread_count,
            cut=self.cut,
            notes=self.notes,
        )


_LINES = msgspec.json.Decoder(msgspec.Raw)

_ARRAY_KIND = "array"
_LINES_KIND = "lines"
_RECORDS_ONLY = (RECORDS, _ARRAY_KIND)
"""Envelopes in which, beside records, there is nothing else: another thing there is a broken record."""

_JSON_START = re.compile(rb'\{\s*["}]|\[\s*[\[\]{"]|"(?:\{|H4sI)')
_BASE64_GZIP = b"H4sI"
_EXPORTED = re.compile(rb"\d{4}-\d\d-\d\dT[\d:.]+Z[ \t]+(?=\{)")
_COLUMNS = frozenset(name.lower() for name in RECORD_MEMBERS)
_NO_LOG = "it does not begin as any known log does, but seems to hold records"


def split(data: bytes, name: str, limits: Limits = DEFAULT_LIMITS, digest: Digest | None = None) -> Split:
    """Split the bytes of one source, as stored, into records. Never raises for what the bytes hold.

    ``data`` may be gzip, recognised by its first bytes. More than ``limits.stored`` bytes mean that the source goes on.
    ``digest`` is that of the bytes which are read, when it is being made already.
    """
    stored = data if len(data) <= limits.stored else data[: limits.stored]
    digest = digest or Digest(stored)
    unpacked = unpack(stored, limits.content)
    content, cut = unpacked.content, unpacked.cut
    if stored is not data:
        cut = f"the source is longer than the {limits.stored} bytes that are read of one"
    if not (cut or unpacked.trailing):
        records = split_log_file(content, vouched=content is not stored)
        if records is not None:
            return sound_log_file(name, stored, digest, unpacked.notes, len(records), lambda: records)
    harvest = Harvest(limits)
    if cut:
        harvest.end_early(cut)
    if test_of_bucket(name, content):
        harvest.skip("test of AWS whether it may write to the bucket")
    else:
        # What is said of the content must not blame the name for gzip that was there and has been unpacked.
        _harvest(content, name if content is stored else re.sub(r"(?i)\.gz\Z", "", name), harvest)
    if harvest.further:
        harvest.miss(harvest.further)
    if unpacked.trailing:
        harvest.spoil(unpacked.trailing)
    if harvest.skips and not harvest.records:
        promise = promises_records(name, empty=not content.strip())
        if promise:
            harvest.miss_skipped(promise)
    if RECORDS not in harvest.kinds and _gave_nothing(harvest) and promises_records(name, empty=False):
        harvest.miss("its name is that of a CloudTrail log file, but it is none")
    return _harvested(name, stored, digest, unpacked.notes, harvest)


def sound_log_file(
    name: str,
    stored: bytes,
    digest: Digest,
    notes: tuple[str, ...],
    count: int,
    records: Callable[[], list[msgspec.Raw]],
) -> Split:
    """A log file of ``count`` sound records and nothing else, as it is ``stored``."""
    return Split(name, RECORDS, count, None, (), 0, (), 0, "", "", notes, len(stored), digest.text(), records)


def _harvested(name: str, stored: bytes, digest: Digest, notes: tuple[str, ...], harvest: Harvest) -> Split:
    if harvest.records and not harvest.kinds.keys().isdisjoint(_RECORDS_ONLY):
        harvest.spoil_unread()
    alone = "record" if harvest.records else ""
    return Split(
        source=name,
        envelope="/".join(harvest.kinds) or alone,
        count=len(harvest.records),
        positions=harvest.positions,
        malformed=tuple(harvest.malformed),
        malformed_count=harvest.malformed_count,
        unread=tuple(harvest.unread),
        unread_count=harvest.unread_count,
        skipped=_skipped(harvest),
        cut=harvest.cut,
        notes=(*notes, *harvest.notes, *_passed_over(harvest)),
        bytes=len(stored),
        sha256=digest.text(),
        all_records=lambda: harvest.records,
    )


def _harvest(content: bytes, name: str, harvest: Harvest) -> None:
    foreign = foreign_content(content)
    if foreign:
        harvest.miss(foreign)
        return
    text, note, cut = in_utf8(content)
    text, mended = mend(text)
    if mended:
        harvest.notes[SURROGATES] = None
    earlier = harvest.cut
    _open(text, content, name, harvest)
    found = bool(harvest.records or harvest.malformed_count)
    if note and found:
        harvest.notes[note] = None
    if cut and (found or not harvest.unread_count):  # else the reason why it was not read says more
        harvest.cut = earlier or cut  # which is why whatever was open never ends


def _open(text: bytes, content: bytes, name: str, harvest: Harvest) -> None:
    start = skip_blank(text, 0)
    sound = split_log_file(text)
    if sound is not None:
        harvest.kinds[RECORDS] = None
        for record in sound:
            harvest.take(record)
    elif content.startswith(GZIP):
        harvest.spoil("the data is gzip, over and over")
    elif start == len(text):
        harvest.skip("empty")
    elif _JSON_START.match(text, start):
        _json(text, start, harvest)
    elif (table := table_of(text, _COLUMNS)) is not None:
        harvest.kinds["lake-csv"] = None
        _csv(text, table, harvest)
    else:
        _lines(text, content, name, harvest)


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
    """One value that ends; when it is not JSON, what its lists hold is saved. Gives the bytes looked at in vain."""
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
    if TELLTALE.search(rest):
        _remains(rest, "after the list there is more that looks like records", harvest)
    elif following < stop:
        harvest.spoil(f"what follows the list is not JSON (byte {following} of the content)")
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
    elif TELLTALE.search(body):
        _remains(body, _NO_LOG, harvest)
    elif body.startswith(b"{") or body == b"[":
        harvest.spoil("the JSON value never ends")
    elif body.strip(b"]},") or _gave_nothing(harvest):  # brackets may close what was read, if anything was
        harvest.miss("the line is not JSON")


def _remains(text: bytes, why: str, harvest: Harvest) -> None:
    """Text out of place that holds what looks like records, as in a log file whose beginning is damaged."""
    harvest.spoil(why)
    first = next_record(text, 0, len(text))
    if first != BROKEN:
        harvest.kinds.setdefault(RECORDS)
        _salvage_list(text, first, len(text), harvest)


def _lines(text: bytes, content: bytes, name: str, harvest: Harvest) -> None:
    """Text that does not begin as JSON: log lines, or no log at all."""
    start = skip_blank(text, 0)
    known = known_text(text)
    if text.startswith(_BASE64_GZIP, start) or _EXPORTED.match(text, start):
        _sequence(text, start, harvest)
    elif TELLTALE.search(text):
        _remains(text, _NO_LOG, harvest)
    elif known:
        harvest.skip(known)
    else:
        harvest.miss(unrecognised(content, name))


def _csv(text: bytes, table: Table, harvest: Harvest) -> None:
    for start, cells in rows(text, table.first_row, table.separator):
        if cells is None:
            harvest.spoil(f"the CSV row has a broken quote (byte {start})")
        else:
            open_cells(cells, harvest)


def _gave_nothing(harvest: Harvest) -> bool:
    """Whether there was nothing at all: no record, nothing lost and nothing known."""
    return not (harvest.records or harvest.malformed_count or harvest.unread_count or harvest.cut or harvest.skips)


def _skipped(harvest: Harvest) -> str:
    if harvest.records or harvest.malformed_count or harvest.unread_count or harvest.cut:
        return ""
    return ", ".join(harvest.skips)


def _passed_over(harvest: Harvest) -> tuple[str, ...]:
    beside = harvest.records or harvest.unread_count or harvest.malformed_count
    return tuple(f"{count} x {why}" for why, count in harvest.skips.items() if count > 1 or beside)
