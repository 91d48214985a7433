"""The records in the bytes of one log file, object or answer, whatever shape they come in, and what became of the rest.

A CloudTrail log file, ``{"Records": […]}``, is split by one pass of a JSON decoder that only finds where records begin
and end. Everything else, and every log file in which something is wrong, takes the careful way: recognized by its
content, opened down to the records, and accounted for item by item.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import msgspec

from scanner.events.reading.fields.period import Period
from scanner.events.reading.log_file import split_log_file
from scanner.events.reading.salvage import (
    ARRAY,
    BASE64_GZIP,
    EXPORTED,
    JSON_START,
    NO_LOG,
    open_json,
    open_sequence,
    save_remains,
)
from scanner.events.reading.shapes.envelopes import RECORD_MEMBERS, open_cells
from scanner.events.reading.shapes.foreign import crumbled, foreign_content, unrecognized
from scanner.events.reading.shapes.harvest import SURROGATES, Harvest
from scanner.events.reading.shapes.no_records import TELLTALE, known_text, promises_records, test_of_bucket
from scanner.events.reading.shapes.wrappers import RECORDS
from scanner.events.reading.sources.accounting import SourceAccount
from scanner.events.reading.sources.digest import Digest
from scanner.events.reading.sources.limits import DEFAULT_LIMITS, Limits
from scanner.events.reading.text.broken_json import (
    skip_blank,
)
from scanner.events.reading.text.gzip_pieces import GZIP, Unpacked, unpack
from scanner.events.reading.text.json_faults import in_utf8, mend
from scanner.events.reading.text.lake_csv import Table, rows, table_of


@dataclass(frozen=True, slots=True)
class Split:
    """The records of one source, in order, and everything :class:`SourceAccount` says of it.

    ``count`` is how many there are; ``positions`` are their places among all items of the source (0 for the first),
    ``None`` when they are simply 0, 1, 2, …. ``all_records`` gives the records themselves, the same each time.
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
        return self.all_records()

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

        @cache
        def some() -> list[msgspec.Raw]:
            records = every()
            return [records[number] for number in numbers]

        positions = [self.position(number) for number in numbers]
        notes = (*self.notes, note)
        return replace(self, count=len(numbers), positions=positions, notes=notes, all_records=some)

    def account(self, duplicates: int = 0, matched: int = 0) -> SourceAccount:
        """The line for the source in an assessment."""
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


_RECORDS_ONLY = (RECORDS, ARRAY)
"""Envelopes in which, beside records, there is nothing else: another thing there is a broken record."""

_COLUMNS = frozenset(name.lower() for name in RECORD_MEMBERS)


def split(data: bytes, name: str, limits: Limits = DEFAULT_LIMITS, digest: Digest | None = None) -> Split:
    """Split the bytes of one source, as stored, into records. Never raises for what the bytes hold.

    ``data`` may be gzip, recognized by its first bytes. More than ``limits.stored`` bytes mean that the source goes on.
    ``digest`` is that of the bytes which are read, when it is being made already.
    """
    stored = data if len(data) <= limits.stored else data[: limits.stored]
    digest = digest or Digest(stored)
    unpacked = unpack(stored, limits.content)
    longer = "" if stored is data else f"the source is longer than the {limits.stored} bytes that are read of one"
    packed = unpacked.content is not stored
    if not (longer or unpacked.cut or unpacked.trailing or crumbled(unpacked.content, limits.large)):
        records = split_log_file(unpacked.content, vouched=packed)
        if records is not None:
            return sound_log_file(name, stored, digest, unpacked.notes, len(records), lambda: records)
    harvest = Harvest(limits)
    harvest.end_early(longer or unpacked.cut)
    # What is said of the content must not blame the name for gzip that was there and has been unpacked.
    _look_closely(unpacked, name, re.sub(r"(?i)\.gz\Z", "", name) if packed else name, harvest)
    return _harvested(name, stored, digest, unpacked.notes, harvest)


def _look_closely(unpacked: Unpacked, name: str, inner_name: str, harvest: Harvest) -> None:
    """Take all that can be had out of content that is not a sound log file; ``inner_name`` is that of the content."""
    content = unpacked.content
    if test_of_bucket(name, content):
        harvest.skip("test of AWS whether it may write to the bucket")
    else:
        _harvest(content, inner_name, harvest)
    if harvest.further:
        harvest.miss(harvest.further)
    if unpacked.trailing:
        harvest.spoil(unpacked.trailing)
    _hold_to_name(name, content, harvest)


def _hold_to_name(name: str, content: bytes, harvest: Harvest) -> None:
    """Where a name promises records, a source that gave none was not read."""
    # What ends early before its first byte is not empty; that it ends early is said already.
    if harvest.skips and not harvest.records and (content.strip() or not harvest.cut):
        promise = promises_records(name, empty=not content.strip())
        if promise:
            harvest.miss_skipped(promise)
    if RECORDS not in harvest.kinds and harvest.barren and promises_records(name, empty=False):
        harvest.miss("its name is that of a CloudTrail log file, but it is not one")


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
    foreign = foreign_content(content) or (crumbled(content, harvest.limits.large) if content.strip() else "")
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
    elif JSON_START.match(text, start):
        open_json(text, start, harvest)
    elif (table := table_of(text, _COLUMNS)) is not None:
        harvest.kinds["lake-csv"] = None
        _csv(text, table, harvest)
    else:
        _lines(text, content, name, harvest)


def _lines(text: bytes, content: bytes, name: str, harvest: Harvest) -> None:
    """Text that does not begin as JSON: log lines, or no log at all."""
    start = skip_blank(text, 0)
    known = known_text(text)
    if text.startswith(BASE64_GZIP, start) or EXPORTED.match(text, start):
        open_sequence(text, start, harvest)
    elif TELLTALE.search(text):
        save_remains(text, NO_LOG, harvest)
    elif known:
        harvest.skip(known)
    else:
        harvest.miss(unrecognized(content, name))


def _csv(text: bytes, table: Table, harvest: Harvest) -> None:
    for start, cells in rows(text, table.first_row, table.separator):
        if cells is None:
            harvest.spoil(f"the CSV row has a broken quote (byte {start})")
        else:
            open_cells(cells, harvest, names=table.names)


def _skipped(harvest: Harvest) -> str:
    if harvest.records or harvest.malformed_count or harvest.unread_count or harvest.cut:
        return ""
    return ", ".join(harvest.skips)


def _passed_over(harvest: Harvest) -> tuple[str, ...]:
    beside = harvest.records or harvest.unread_count or harvest.malformed_count
    return tuple(f"{count} x {why}" for why, count in harvest.skips.items() if count > 1 or beside)
