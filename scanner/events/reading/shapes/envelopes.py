"""What CloudTrail records come wrapped in, recognized by content: from an EventBridge event to a row of Lake.

A value is opened until a record appears; what holds none was not read, unless it is known to hold none, and what should
be one and cannot be read is malformed. Members are told apart by their names, exactly as AWS writes them (CloudTrail
user guide, "Log file examples" and "Record contents"; CloudWatch Logs API, FilterLogEvents; EventBridge user guide,
"Events delivered via CloudTrail").
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from scanner.events.reading.shapes.audit_events import DATA, is_audit, lifted, sent, spelled, take_row
from scanner.events.reading.shapes.foreign import crumbled
from scanner.events.reading.shapes.harvest import SURROGATES, Harvest
from scanner.events.reading.shapes.members import BROKEN_VALUE, Members, Value, items_in, members_in, text_in
from scanner.events.reading.shapes.no_records import TELLTALE, known_document, known_text, other_event, seems_record
from scanner.events.reading.shapes.wrappers import ATHENA_CELL, ATHENA_ROWS, CARRIERS, LISTS, RECORDS
from scanner.events.reading.text.broken_json import BROKEN, skip_blank, value_end
from scanner.events.reading.text.broken_json import members as members_of
from scanner.events.reading.text.gzip_pieces import GZIP, unpack
from scanner.events.reading.text.json_faults import fault, mend

RECORD_MEMBERS: Final = frozenset(
    {
        "awsRegion", "eventCategory", "eventID", "eventName", "eventSource", "eventTime", "eventType", "eventVersion",
        "recipientAccountId", "requestParameters", "userIdentity",
    }
)  # fmt: skip
"""Members of CloudTrail records of every kind, Insights, network activity and aggregated events included."""

ONCE: Final = (b'"eventName"', b'"userIdentity"')
"""Names that nearly every record holds once, and two that ran together twice."""

_NOT_CLOUDTRAIL = "it is neither a CloudTrail record nor a known wrapper of one"
_BASE64_GZIP = b"H4sI"
_ENOUGH = 3
_TWICE = 2
_NEXT_PAGE = ("NextToken", "nextToken")
_PAGED = frozenset({"Events", "events", "QueryResultRows", "ResultSet"})
_LONG_NUMBER = 19
_NESTED = (b"{", b"[")
_PACKED = re.compile(rb'"((?:H4sI|eyJ|W3si)[A-Za-z0-9+/]{16,}={0,2})\\*"')
_DOTS, _ELLIPSIS = b"...", "…".encode()
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_BASE64_BEGINS = (b"e", b"W", b"H")
_COLUMN_NAME = re.compile(r"[A-Za-z_@$][\w@.$ -]{0,254}")
_LOG_FILE_KINDS = frozenset({RECORDS, "lines"})
_TRUTHS = frozenset({"readOnly", "managementEvent"})
_TRUTH_AS_TEXT = frozenset({b'"true"', b'"false"'})
_OBJECT_AS_TEXT = frozenset({b'"{', b'"['})
_OBJECTS = frozenset(
    {
        "additionalEventData",
        "requestParameters",
        "responseElements",
        "serviceEventDetails",
        "tlsDetails",
        "userIdentity",
    }
)
_PAIRS = (frozenset({"eventName", "eventSource"}), frozenset({"eventVersion", "eventCategory"}))

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)


def open_value(value: Value, harvest: Harvest, depth: int = 0) -> None:
    """Take every record out of one JSON value, which must be valid; nothing is raised."""
    if depth > harvest.limits.nesting:
        harvest.spoil("envelopes lie too deep inside each other")
        return
    opener = _OPENERS.get(bytes(memoryview(value)[:1]))
    if opener is None:
        harvest.spoil("a record is an object, and this is a number, a truth value or null")
        return
    try:
        opener(value, harvest, depth)
    except BROKEN_VALUE as error:
        harvest.spoil(f"it cannot be read: {error}")


def open_text(text: str, harvest: Harvest, depth: int) -> None:
    """Take every record out of text inside JSON: JSON once more, values one after another, or base64 of either."""
    content = text.strip().encode("utf-8", "replace")
    if content[:1] in _NESTED:
        _open_json(content, harvest, depth)
        return
    packed = _from_base64(content)
    known = known_text(content)
    if packed is not None:
        _open_packed(packed, harvest, depth)
    elif content.startswith(_BASE64_GZIP):
        harvest.spoil("the base64 text of the payload is broken")
    elif known:
        harvest.skip(known)
    else:
        harvest.miss("the message is not JSON")


def _open_json(content: bytes, harvest: Harvest, depth: int) -> None:
    """JSON text, or several values one after another, as Firehose joins them."""
    content, mended = mend(content)
    if mended:
        harvest.notes[SURROGATES] = None
    wrong = fault(content)
    position = end = 0
    while wrong and position < len(content):
        end = value_end(content, position, len(content))
        if end == BROKEN or end == len(content) == end - position or fault(content[position:end]):
            harvest.spoil(wrong)
            return
        open_value(content[position:end], harvest, depth)
        position = skip_blank(content, end)
    if not wrong:
        open_value(content, harvest, depth)


def _from_base64(content: bytes) -> bytes | None:
    """What base64 text holds when it is an object, an array or gzip data; None when it is not such text."""
    if not (content[:1] in _BASE64_BEGINS and _BASE64.fullmatch(content)):
        return None
    try:
        packed = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return None
    return packed if packed.lstrip()[:1] in _NESTED or packed.startswith(GZIP) else None


def is_record(members: Members) -> bool:
    """Whether an object is a CloudTrail record, of any kind and version, and not another AWS event notification."""
    found = RECORD_MEMBERS & members.keys()
    if len(found) < _ENOUGH and not any(pair <= found for pair in _PAIRS):
        return False
    # S3, DynamoDB and others notify with "eventSource": "aws:s3"; CloudTrail names a host.
    source = members.get("eventSource")
    return source is None or not bytes(source).startswith(b'"aws:')


def is_named(members: Members) -> bool:
    """Whether an object among the records of a log file is one of them: it has a name, and is not a notification."""
    name, source = members.get("eventName"), members.get("eventSource")
    return name is not None and bytes(name)[:1] == b'"' and (source is None or not bytes(source).startswith(b'"aws:'))


def changed_on_the_way(members: Members) -> str:
    """Why an object that looks like a record is not exactly what CloudTrail wrote; "" when it may be.

    Tables and log shippers flatten objects and turn them, and truth values, into text: rules would then find nothing.
    """
    flat = next((name for name in members if name.partition(".")[0] in _OBJECTS and "." in name), "")
    if flat:
        return f"the record was changed on its way: its objects are flattened ({flat})"
    for name, member in members.items():
        if name in _OBJECTS and bytes(memoryview(member)[:2]) in _OBJECT_AS_TEXT:
            return f"the record was changed on its way: its {name} is text, not an object"
        if name in _TRUTHS and bytes(member) in _TRUTH_AS_TEXT:
            return f"the record was changed on its way: its {name} is text, not true or false"
    return ""


def _wraps(value: Value, found: Members) -> bool:
    """Whether what has names of a record is a line about one, which lies inside as a whole: only that has a version."""
    return "eventVersion" not in found and not is_audit(found) and TELLTALE.search(bytes(value)) is not None


def repeated(value: Value) -> str:
    """The member of a record that it holds twice; "" when there is none.

    Where a piece of a file is lost, two records may become one, of which a decoder keeps the later half.
    """
    text = bytes(value)
    if all(text.count(word) < _TWICE for word in ONCE):
        return ""
    names = [name for name, start, end in members_of(text, 0, len(text)) if start < end]
    return next((name for name in names if names.count(name) > 1), "")


def first_is_record(record: msgspec.Raw) -> bool:
    """Whether a value is a plain record that needs no opening."""
    try:
        found = _OBJECT.decode(record)
    except BROKEN_VALUE:
        return False
    return is_record(found) and not is_audit(found)


def is_among_records(record: msgspec.Raw) -> bool:
    """Whether a value among the records of a log file is one of them."""
    try:
        found = _OBJECT.decode(record)
    except BROKEN_VALUE:
        return False
    return is_record(found) or is_named(found)


def _open_object(value: Value, harvest: Harvest, depth: int) -> None:
    found = members_in(value)
    if not _open_event_of_lake(found, harvest):
        _open_members(value, found, harvest, depth)


def _open_members(value: Value, found: Members, harvest: Harvest, depth: int) -> None:
    changed = ""
    as_delivered = RECORDS in harvest.kinds and harvest.kinds.keys() <= _LOG_FILE_KINDS
    if (is_record(found) and not _wraps(value, found)) or (as_delivered and is_named(found)):
        # A log file of CloudTrail's own form is judged as it is, whichever way it is read.
        twice = repeated(value)
        if twice:
            harvest.spoil(f"the record holds {twice} twice; two records may have run together")
            return
        changed = "" if as_delivered else changed_on_the_way(found)
        if not changed:
            harvest.take(lifted(found) if is_audit(found) else value)
            return
    known = _known(value, found)
    if known:
        harvest.skip(known)
        return
    if "detail" in found and "detail-type" in found:
        harvest.kinds["eventbridge"] = None
        open_value(found["detail"], harvest, depth + 1)
        opened = {"detail"}
    elif "awslogs" in found:  # what CloudWatch Logs invokes a Lambda function with
        open_text(text_in(members_in(found["awslogs"]).get("data")), harvest, depth + 1)
        opened = {"awslogs"}
    else:
        opened = _open_lists(value, found, harvest, depth) or _open_carriers(value, found, harvest, depth, changed)
    if opened:
        _look_beside(found, opened, harvest)
        _look_further(found, opened, harvest)


def _open_event_of_lake(found: Members, harvest: Harvest) -> bool:
    """Take an event of another system in the two forms that are not records: a row of Lake, and what is sent to it."""
    if DATA not in found and DATA.lower() not in found:
        return False
    row = spelled(found)
    if is_audit(row) and not (is_audit(found) and DATA in found):
        harvest.kinds["lake-rows"] = None
        harvest.take(lifted(row))
        return True
    event = None if is_record(found) else sent(found)
    if event is not None:
        harvest.kinds["audit-events"] = None
        harvest.take(event)
    return event is not None


def _known(value: Value, found: Members) -> str:
    """What a document is that holds no records; "" when it is not known to hold none."""
    text = bytes(value)
    if text_in(found.get("messageType")) == "CONTROL_MESSAGE" and not seems_record(text):
        return "control message of CloudWatch Logs"
    kind = text_in(found.get("detail-type"))
    event = other_event(kind, text_in(found.get("source")), text) if kind else ""
    return event or known_document(found, text)


def _open_lists(value: Value, found: Members, harvest: Harvest, depth: int) -> set[str]:
    """Open the members that list records or what holds them; the names of those that were opened."""
    opened: set[str] = set()
    for name in [name for name in (*LISTS, ATHENA_ROWS) if name in found]:
        for listed in _all_of(name, value, found):
            if bytes(memoryview(listed)[:1]) == b"[":
                opened.add(name)
                if name == ATHENA_ROWS:
                    _open_athena(listed, harvest, depth + 1)
                    continue
                harvest.kinds[LISTS[name]] = None
                _open_array(listed, harvest, depth + 1)
            elif name == "Records":
                harvest.spoil("Records is not a list")
                opened.add(name)
    return opened


def _open_carriers(value: Value, found: Members, harvest: Harvest, depth: int, changed: str) -> set[str]:
    """Open the members that may hold records, all of them; the names of those in which there were some.

    What else such a wrapper tells of an event (host, tags, the line as text) is not an item of its own. Where none of
    the members holds a record, the whole is one item that was not read.
    """
    opened: set[str] = set()
    reasons: list[tuple[bool, str]] = [(True, changed)] if changed else []
    for name in [name for name in found if name.lower() in CARRIERS]:
        for member in _all_of(name, value, found):
            if bytes(memoryview(member)[:1]) not in _OPENERS:
                continue
            mark = harvest.mark()
            harvest.kinds[CARRIERS[name.lower()]] = None
            open_value(member, harvest, depth + 1)
            if harvest.gave(mark):
                opened.add(name)
            else:
                why, malformed = harvest.undo(mark)
                reasons.append((malformed, why or _NOT_CLOUDTRAIL))
    if opened:
        return opened
    malformed, why = next((each for each in reasons if each[0]), reasons[0] if reasons else (False, _NOT_CLOUDTRAIL))
    if malformed:
        harvest.spoil(why)
    else:
        harvest.miss(why)
    return opened


def _look_further(found: Members, opened: set[str], harvest: Harvest) -> None:
    """Say that an answer which lists records is not all there is, where it says so itself.

    The last page of a source decides. Sources: the ``NextToken`` of the CloudTrail, Athena and CloudWatch Logs API
    references (the tokens of GetLogEvents have other names and are always there); Elasticsearch, "Search API",
    ``hits.total``: ten hits are given unless more are asked for.
    """
    if not _PAGED.isdisjoint(opened):
        token = next((name for name in _NEXT_PAGE if text_in(found.get(name))), "")
        harvest.further = (
            f"a further page, which its {token} names, is missing: give all pages in one source" if token else ""
        )
    if "hits" in opened and "total" in found:
        total, given = _number(found["total"]), sum(1 for _ in items_in(found["hits"]))
        if total > given:
            harvest.miss(f"of {total} documents that the search found, {given} are given: ask for all")


def _number(value: Value) -> int:
    """A number of documents, as ``10`` or as ``{"value": 10, …}``; 0 when it is neither."""
    text = bytes(value)
    if text[:1] == b"{":
        text = bytes(members_in(value).get("value", b""))
    return int(text) if text.isdigit() and len(text) < _LONG_NUMBER else 0


def _look_beside(found: Members, opened: set[str], harvest: Harvest) -> None:
    """Account for what looks like records in members of a wrapper that were not opened."""
    for name, member in found.items():
        if name not in opened and bytes(memoryview(member)[:1]) in _OPENERS:
            text = bytes(member)
            if _hides_record(text) and not any(_begins(bytes(found[other]), text) for other in opened):
                harvest.miss(f"its member {name!r} holds what looks like records, and is not opened")


def _begins(whole: bytes, text: bytes) -> bool:
    """Whether a text is one that was read, or its beginning, as a shortened message beside the whole one is."""
    start = text[:-1].removesuffix(_DOTS).removesuffix(_ELLIPSIS)
    return text.startswith(b'"') and whole.startswith(start)


def _hides_record(text: bytes) -> bool:
    """Whether JSON holds what looks like a record, or packed data that may hold one, at whatever depth."""
    if seems_record(text):
        return True
    packed = (found[1] for found in _PACKED.finditer(text))
    return any(each.startswith(_BASE64_GZIP) or _hides_record(_from_base64(each) or b"") for each in packed)


def _all_of(name: str, value: Value, found: Members) -> Iterable[Value]:
    """The value of a member, and those of its repetitions, which a parser would drop."""
    text = bytes(value)
    if text.count(f'"{name}"'.encode()) == 1 and b"\\u00" not in text:
        return (found[name],)
    return [text[start:end] for member, start, end in members_of(text, 0, len(text)) if member == name]


def _open_array(value: Value, harvest: Harvest, depth: int) -> None:
    for item in items_in(value):
        if bytes(memoryview(item)[:1]) == b"[":
            _open_row(item, harvest, depth + 1)
        else:
            open_value(item, harvest, depth + 1)


def _open_row(value: Value, harvest: Harvest, depth: int) -> None:
    """A row of query results; a cell is a text, ``{column: text}`` (Lake) or ``{"field", "value"}`` (Insights)."""
    cells: list[str] = []
    names: list[str] = []
    for cell in items_in(value):
        first = bytes(memoryview(cell)[:1])
        column = members_in(cell) if first == b"{" else {}
        one = len(column) == 1 and bytes(memoryview(next(iter(column.values())))[:1]) not in _NESTED
        if first in _NESTED and not one and not {"field", "value"} <= column.keys():
            open_value(value, harvest, depth + 1)
            return
        cells.extend(map(text_in, column.values() if column else (cell,)))
        names.extend(column if one else ("", text_in(column.get("field"))) if column else ("",))
    open_cells(cells, harvest, depth, names)


def _open_athena(value: Value, harvest: Harvest, depth: int) -> None:
    """The rows of an answer of Athena, of which the first one holds the names of the columns."""
    names: Sequence[str] = ()
    for number, row in enumerate(items_in(value)):
        cells = _athena_cells(row)
        if cells is None:
            open_value(row, harvest, depth)
        elif number or not (cells and all(map(_COLUMN_NAME.fullmatch, cells))):
            open_cells(cells, harvest, depth, names)
        else:
            names = cells


def _athena_cells(row: Value) -> list[str] | None:
    """The texts in a row of Athena, ``{"Data": [{"VarCharValue": text}]}``; None when it is anything else."""
    found = members_in(row) if bytes(memoryview(row)[:1]) == b"{" else {}
    data = found.get("Data", msgspec.Raw(b"null"))
    if found.keys() != {"Data"} or bytes(memoryview(data)[:1]) != b"[":
        return None
    listed = [members_in(cell) if bytes(memoryview(cell)[:1]) == b"{" else None for cell in items_in(data)]
    if any(cell is None or not cell.keys() <= {ATHENA_CELL} for cell in listed):
        return None
    return [text_in(cell.get(ATHENA_CELL)) for cell in listed if cell is not None]


def open_cells(cells: Sequence[str], harvest: Harvest, depth: int = 0, names: Sequence[str] = ()) -> None:
    """The records in the cells of one row; a row that only holds parts of a record is malformed.

    ``names`` are those of the columns, where they are known.
    """
    if len(names) == len(cells) and take_row(names, cells, harvest):
        return
    opened = False
    others: list[bytes] = []
    for cell in cells:
        content = cell.strip().encode("utf-8", "replace")
        if content.startswith(b"{") and not fault(content):
            found = members_in(content)
            if is_record(found) or any(name.lower() in CARRIERS or name in LISTS for name in found):
                open_value(content, harvest, depth + 1)
                opened = True
                continue
        others.append(content)
    if opened:
        for _ in filter(_hides_record, others):
            harvest.miss("another cell of the row holds what looks like records, and is not opened")
    else:
        harvest.spoil("the row holds no whole record as JSON; query the column that does (eventJson or eventData)")


def _open_string(value: Value, harvest: Harvest, depth: int) -> None:
    open_text(_TEXT.decode(value), harvest, depth + 1)


def _open_packed(packed: bytes, harvest: Harvest, depth: int) -> None:
    """What base64 text holds: JSON, or gzip data of it."""
    unpacked = unpack(packed, harvest.limits.content)
    problem = unpacked.cut or unpacked.trailing or crumbled(unpacked.content, harvest.limits.large)
    if problem or unpacked.content.startswith(GZIP):
        harvest.spoil(problem or "the payload is packed too often")
    else:
        _open_json(unpacked.content.strip(), harvest, depth + 1)


_OPENERS: Final[Mapping[bytes, Callable[[Value, Harvest, int], None]]] = {
    b"{": _open_object,
    b"[": _open_array,
    b'"': _open_string,
}
