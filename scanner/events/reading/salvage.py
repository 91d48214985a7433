"""Records saved out of JSON that may be broken: values one after another, and the lists of values that never end."""

import re

import msgspec

from scanner.events.reading.shapes.envelopes import open_text, open_value
from scanner.events.reading.shapes.harvest import Harvest
from scanner.events.reading.shapes.no_records import TELLTALE
from scanner.events.reading.shapes.wrappers import LISTS, RECORDS
from scanner.events.reading.text.broken_json import (
    BROKEN,
    MAX_EFFORT,
    elements,
    members,
    next_record,
    skip_blank,
    value_end,
)
from scanner.events.reading.text.json_faults import fault, require_utf8

ARRAY = "array"
"""The envelope of records in a plain list."""

JSON_START = re.compile(rb'\{\s*["}]|\[\s*[\[\]{"]|"(?:\{|H4sI)')
"""How JSON begins that may hold records."""

BASE64_GZIP = b"H4sI"
"""How gzip data in base64 begins."""

EXPORTED = re.compile(rb"\d{4}-\d\d-\d\dT[\d:.]+Z[ \t]+(?=\{)")
"""How a line begins that CloudWatch Logs has exported: the time of the log event, and the record."""

NO_LOG = "it does not begin as any known log does, but seems to hold records"
"""Why text out of place is malformed."""

_LINES = msgspec.json.Decoder(msgspec.Raw)
_LINES_KIND = "lines"
_STRETCH = 16 * 1024 * 1024
_LONGEST_STRETCH = 2 * _STRETCH


def open_json(text: bytes, start: int, harvest: Harvest) -> None:
    """Take the records out of text that begins as JSON at ``start``: one value, several, or what is left of them."""
    if not fault(text):
        if text[start] == ord("["):
            harvest.kinds[ARRAY] = None
        open_value(text[start:], harvest)
    elif not _json_lines(text, harvest):
        whole = value_end(text, start, len(text))
        if whole != BROKEN and skip_blank(text, whole) == len(text):
            _value(text, start, whole, harvest)
        else:
            open_sequence(text, start, harvest)


def _json_lines(text: bytes, harvest: Harvest) -> bool:
    """Take JSON lines when every line is sound; the decoder is ten times as fast as looking line by line.

    It takes values on one line as well, and makes an object of each, so that it is given a stretch of lines at a time.
    """
    stretches = _stretches(text)
    if not stretches:
        return False
    try:
        require_utf8(text)
        for stretch in stretches:
            lines = _LINES.decode_lines(text[stretch])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return False
    harvest.kinds[_LINES_KIND] = None
    for stretch in stretches:
        for line in lines if len(stretches) == 1 else _LINES.decode_lines(text[stretch]):
            open_value(line, harvest)
    return True


def _stretches(text: bytes) -> list[slice]:
    """Whole lines of about ``_STRETCH`` bytes, one stretch after another; empty where a line is far longer."""
    found: list[slice] = []
    start = 0
    while start < len(text):
        newline = text.find(b"\n", start + _STRETCH)
        end = len(text) if newline < 0 else newline + 1
        if end - start > _LONGEST_STRETCH:
            return []
        found.append(slice(start, end))
        start = end
    return found


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


def open_sequence(text: bytes, start: int, harvest: Harvest) -> None:
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
        if not JSON_START.match(text, position):
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
            if JSON_START.match(text, skip_blank(text, line_end)):
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
        harvest.kinds.setdefault(ARRAY)
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
    """The end of an object whose list has been read up to ``position``, and the account of what lies in between."""
    following = skip_blank(text, position)
    if text[following : following + 1] == b"}" and following < stop:
        return following + 1
    rest = text[position - 1 : stop]
    if TELLTALE.search(rest):
        save_remains(rest, "after the list there is more that looks like records", harvest)
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
    exported = EXPORTED.match(line)
    body = line[exported.end() :].rstrip() if exported else line.strip()
    if exported or body.startswith(BASE64_GZIP):
        harvest.kinds["log-events" if exported else "subscription"] = None
        open_text(body.decode("utf-8", "replace"), harvest, 0)
    elif TELLTALE.search(body):
        save_remains(body, NO_LOG, harvest)
    elif body.startswith(b"{") or body == b"[":
        harvest.spoil("the JSON value never ends")
    elif body.strip(b"]},") or harvest.barren:  # brackets may close what was read, if anything was
        harvest.miss("the line is not JSON")


def save_remains(text: bytes, why: str, harvest: Harvest) -> None:
    """Text out of place that holds what looks like records, as in a log file whose beginning is damaged."""
    harvest.spoil(why)
    first = next_record(text, 0, len(text))
    if first != BROKEN:
        harvest.kinds.setdefault(RECORDS)
        _salvage_list(text, first, len(text), harvest)
