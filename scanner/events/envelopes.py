"""What CloudTrail records come wrapped in, recognised by content: from an EventBridge event to a row of Lake.

A value is opened until a record appears; what holds none is counted as passed over, what should be one and cannot be
read as malformed. Members are told apart by their names, exactly as AWS writes them (CloudTrail user guide, "Log file
examples" and "Record contents"; CloudWatch Logs API, FilterLogEvents; EventBridge user guide, "Events delivered via
CloudTrail").
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from scanner.events.archive import GZIP, unpack
from scanner.events.json_text import fault, mend
from scanner.events.limits import Limits
from scanner.events.scanning import elements as elements_of
from scanner.events.scanning import members as members_of

Value = bytes | msgspec.Raw
Members = Mapping[str, msgspec.Raw]

RECORD_MEMBERS: Final = frozenset(
    {
        "awsRegion", "eventCategory", "eventID", "eventName", "eventSource", "eventTime", "eventType", "eventVersion",
        "recipientAccountId", "requestParameters", "userIdentity",
    }
)  # fmt: skip
"""Members of CloudTrail records of every kind, Insights, network activity and aggregated events included."""

LISTS: Final[Mapping[str, str]] = {
    "Records": "records",  # a log file
    "Events": "lookup-events",  # LookupEvents
    "events": "log-events",  # FilterLogEvents, GetLogEvents
    "logEvents": "subscription",  # a CloudWatch Logs subscription
    "QueryResultRows": "lake-rows",  # GetQueryResults of CloudTrail Lake
    "results": "insights-rows",  # GetQueryResults of CloudWatch Logs Insights
}
"""Member that lists records or what holds them -> the envelope's name."""

CARRIERS: Final[Mapping[str, str]] = {
    "cloudtrailevent": "lookup-events",
    "message": "log-events",
    "@message": "insights-rows",
    "eventdata": "lake-rows",
    "eventjson": "lake-rows",
    "body": "message",
    "event": "embedded",
    "record": "embedded",
}
"""Member, in lower case, that holds one record as an object or as JSON text -> the envelope's name."""

_AUDIT = "ActivityAuditLog"
_NOT_CLOUDTRAIL = "no CloudTrail record"
_BASE64_GZIP = b"H4sI"
_ENOUGH = 3
_NESTED = (b"{", b"[")
_PAIRS = (frozenset({"eventName", "eventSource"}), frozenset({"eventVersion", "eventCategory"}))

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)

_Broken: Final = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


class Harvest:
    """Gathers what one source holds, in order: records, and the account of everything else."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.records: list[msgspec.Raw] = []
        self.positions: list[int] = []
        self.malformed: list[tuple[int, str]] = []
        self.malformed_count = 0
        self.other: list[tuple[int, str]] = []
        self.other_count = 0
        self.skips: dict[str, int] = {}
        self.notes: dict[str, None] = {}
        self.kinds: dict[str, None] = {}
        self.cut = ""
        self._items = 0

    def take(self, record: Value) -> None:
        """A record."""
        self.records.append(record if isinstance(record, msgspec.Raw) else msgspec.Raw(record))
        self.positions.append(self._next())

    def spoil(self, why: str) -> None:
        """Something that should be a record and cannot be read."""
        position = self._next()
        self.malformed_count += 1
        if len(self.malformed) < self.limits.named:
            self.malformed.append((position, why))

    def pass_over(self, why: str) -> None:
        """Something that is no CloudTrail record."""
        position = self._next()
        self.other_count += 1
        if len(self.other) < self.limits.named:
            self.other.append((position, why))

    def spoil_others(self) -> None:
        """What is no CloudTrail record was one after all, or should have been."""
        self.malformed = sorted([*self.malformed, *self.other])[: self.limits.named]
        self.malformed_count += self.other_count
        self.other, self.other_count = [], 0

    def skip(self, why: str) -> None:
        """A whole document that is knowingly no log."""
        self.skips[why] = self.skips.get(why, 0) + 1

    def end_early(self, why: str) -> None:
        """The end of the source is missing; the first reason is kept."""
        self.cut = self.cut or why

    def _next(self) -> int:
        self._items += 1
        return self._items - 1


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
    except _Broken as error:
        harvest.spoil(f"it cannot be read: {error}")


def open_text(text: str, harvest: Harvest, depth: int) -> None:
    """Take every record out of text inside JSON: JSON once more, or a packed subscription payload."""
    content = text.strip().encode("utf-8", "replace")
    if content.startswith(_BASE64_GZIP):
        _open_packed(content, harvest, depth)
    elif content[:1] in {b"{", b"["}:
        content, mended = mend(content)
        wrong = fault(content)
        if mended:
            harvest.notes[SURROGATES] = None
        if wrong:
            harvest.spoil(wrong)
        else:
            open_value(content, harvest, depth)
    else:
        harvest.pass_over("the message is no JSON")


SURROGATES: Final = "halves of surrogate pairs, which no text can hold, are read as U+FFFD"
"""The note on a source with such escapes."""


def is_record(members: Members) -> bool:
    """Whether an object is a CloudTrail record, of any kind and version, and not another AWS event notification."""
    found = RECORD_MEMBERS & members.keys()
    if len(found) < _ENOUGH and not any(pair <= found for pair in _PAIRS):
        return False
    # S3, DynamoDB and others notify with "eventSource": "aws:s3"; CloudTrail names a host.
    source = members.get("eventSource")
    return source is None or not bytes(source).startswith(b'"aws:')


def first_is_record(record: msgspec.Raw) -> bool:
    """Whether a value is a plain record that needs no opening."""
    try:
        found = _OBJECT.decode(record)
    except _Broken:
        return False
    return is_record(found) and not _is_audit(found)


def _open_object(value: Value, harvest: Harvest, depth: int) -> None:
    found = members_in(value)
    if is_record(found):
        harvest.take(_lifted(found) if _is_audit(found) else value)
        return
    skip = next((why for names, why in _KNOWN if names <= found.keys()), "")
    if skip or _string(found.get("messageType")) == "CONTROL_MESSAGE":
        harvest.skip(skip or "control message of CloudWatch Logs")
        return
    if "detail" in found and "detail-type" in found:
        harvest.kinds["eventbridge"] = None
        open_value(found["detail"], harvest, depth + 1)
    elif not _open_members(value, found, harvest, depth):
        harvest.pass_over(_NOT_CLOUDTRAIL)


def _open_members(value: Value, found: Members, harvest: Harvest, depth: int) -> bool:
    opened = False
    for name in [name for name in LISTS if name in found]:
        for listed in _all_of(name, value, found):
            if bytes(memoryview(listed)[:1]) == b"[":
                harvest.kinds[LISTS[name]] = None
                _open_array(listed, harvest, depth + 1)
                opened = True
            elif name == "Records":
                harvest.spoil("Records is no list")
                opened = True
    if opened:
        return True
    if "awslogs" in found:  # what CloudWatch Logs invokes a Lambda function with
        packed = _string(members_in(found["awslogs"]).get("data"))
        open_text(packed, harvest, depth + 1)
        return True
    for name, member in found.items():
        kind = CARRIERS.get(name.lower())
        if kind and bytes(memoryview(member)[:1]) in {b"{", b'"'}:
            harvest.kinds[kind] = None
            open_value(member, harvest, depth + 1)
            return True
    return False


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
    """A row of query results: a list of ``{column: text}`` (Lake) or of ``{"field", "value"}`` (Logs Insights)."""
    cells: list[str] = []
    for cell in items_in(value):
        column = members_in(cell) if bytes(memoryview(cell)[:1]) == b"{" else {}
        one = len(column) == 1 and bytes(memoryview(next(iter(column.values())))[:1]) not in _NESTED
        if not one and not {"field", "value"} <= column.keys():
            open_value(value, harvest, depth + 1)
            return
        cells.extend(map(_string, column.values()))
    open_cells(cells, harvest, depth)


def open_cells(cells: Iterable[str], harvest: Harvest, depth: int = 0) -> None:
    """The record in the cells of one row; a row that only holds parts of a record is malformed."""
    for cell in cells:
        content = cell.strip().encode("utf-8", "replace")
        if content.startswith(b"{") and not fault(content):
            found = members_in(content)
            if is_record(found) or any(name.lower() in CARRIERS for name in found):
                open_value(content, harvest, depth + 1)
                return
    harvest.spoil("the row holds no whole record as JSON; query the column that does (eventJson or eventData)")


def _open_string(value: Value, harvest: Harvest, depth: int) -> None:
    open_text(_TEXT.decode(value), harvest, depth + 1)


def _open_packed(content: bytes, harvest: Harvest, depth: int) -> None:
    try:
        packed = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        harvest.spoil("the base64 text of the payload is broken")
        return
    unpacked = unpack(packed, harvest.limits.content)
    problem = unpacked.cut or unpacked.trailing
    if problem or unpacked.content.startswith(GZIP):
        harvest.spoil(problem or "the payload is packed too often")
        return
    text, mended = mend(unpacked.content)
    if mended:
        harvest.notes[SURROGATES] = None
    wrong = fault(text)
    if wrong:
        harvest.spoil(wrong)
    else:
        open_value(text, harvest, depth + 1)


def members_in(value: Value) -> Members:
    """The members of an object; one that lies too deep for the decoder is followed without it."""
    try:
        return _OBJECT.decode(value)
    except RecursionError:
        text = bytes(value)
        found = members_of(text, 0, len(text))
        return {name: msgspec.Raw(text[start:end]) for name, start, end in found if start < end}


def items_in(value: Value) -> Iterable[msgspec.Raw]:
    """The elements of an array, like the members of an object."""
    try:
        return _ARRAY.decode(value)
    except RecursionError:
        text = bytes(value)
        found = elements_of(text, 1, len(text), lambda _: "")
        return [msgspec.Raw(text[each.start : each.end]) for each in found if each.start < each.end]


def _is_audit(found: Members) -> bool:
    return "eventData" in found and _string(found.get("eventCategory")) == _AUDIT


def _lifted(found: Members) -> bytes:
    """An event of CloudTrail Lake's PutAuditEvents with the fields of ``eventData`` where rules look for them.

    The inner event says who did what; the outer one keeps its id, Region and account (user guide, "CloudTrail Lake
    integrations event schema").
    """
    data = found["eventData"]
    text = _TEXT.decode(data).encode("utf-8", "replace") if bytes(memoryview(data)[:1]) == b'"' else data
    inner = {name: value for name, value in members_in(text).items() if bytes(value) != b"null"}
    outer = {name: value for name, value in found.items() if name != "eventData"}
    return msgspec.json.encode({**outer, **inner})


def _string(value: msgspec.Raw | None) -> str:
    try:
        return "" if value is None else _TEXT.decode(value)
    except _Broken:
        return ""


_OPENERS: Final[Mapping[bytes, Callable[[Value, Harvest, int], None]]] = {
    b"{": _open_object,
    b"[": _open_array,
    b'"': _open_string,
}

_KNOWN: Final[tuple[tuple[frozenset[str], str], ...]] = (
    (frozenset({"digestS3Object", "logFiles"}), "digest file"),
    (frozenset({"hashSignature", "files"}), "signature of query results"),
)
"""Members of documents that stand beside logs and are no logs -> what they are."""
