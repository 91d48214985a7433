"""Events of other systems, on premises or in other clouds, as CloudTrail Lake takes them in: ``ActivityAuditLog``.

The source states an event in ``eventData``. Its fields are put where those of AWS's own records lie, so that one rule
judges both, and ``eventData`` stays as an object for rules about such events alone. What CloudTrail states (the id, the
Region, the account, the category) counts, whatever the event says of itself.

Sources: CloudTrail user guide, "CloudTrail Lake integrations event schema", and "Supported SQL schemas for event data
stores" (columns and members in lower case); CloudTrail Data API reference, ``PutAuditEvents``.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from scanner.events.reading.shapes.harvest import Harvest
from scanner.events.reading.shapes.members import Members, Value, members_in, text_in
from scanner.events.reading.text.json_faults import fault

DATA: Final = "eventData"
CATEGORY: Final = "ActivityAuditLog"

_STATED = (
    "eventVersion", "eventCategory", "eventType", "eventID", "awsRegion", "recipientAccountId", "addendum", "metadata",
)  # fmt: skip
"""What CloudTrail adds to an event, apart from its time."""

_OBJECTS = frozenset({"addendum", "metadata"})

_OF_SOURCE = (
    "version", "userIdentity", "userAgent", "eventSource", "eventName", "eventTime", "UID", "requestParameters",
    "responseElements", "errorCode", "errorMessage", "sourceIPAddress", "recipientAccountId", "additionalEventData",
)  # fmt: skip
"""What the source states of an event, in ``eventData``."""

_OUTER: Mapping[str, str] = {name.lower(): name for name in (*_STATED, "eventTime", DATA)}
_INNER: Mapping[str, str] = {name.lower(): name for name in _OF_SOURCE}
_IDENTITY: Mapping[str, str] = {name.lower(): name for name in ("type", "principalId", "details")}
_NULL = b"null"


def is_audit(found: Members) -> bool:
    """Whether an object is an event of another system as CloudTrail Lake keeps it, or as a query leaves it over.

    One that states its event without ``eventData`` is a record as it stands, as in the cases of rules.
    """
    return text_in(found.get("eventCategory")) == CATEGORY and (DATA in found or "eventName" not in found)


def spelled(found: Members) -> Members:
    """The members of a row of Lake, whose names have lost their capitals, as CloudTrail spells them."""
    return _spelled(found, _OUTER)


def lifted(found: Members) -> bytes:
    """An event with the fields of its ``eventData`` beside it. Raises ``BROKEN_VALUE`` when that is not an object."""
    if DATA not in found:
        raise msgspec.ValidationError(f"its {DATA}, which holds what happened, is missing; select that column too")
    return _joined(found, _inside(found[DATA]))


def sent(found: Members) -> bytes | None:
    """An event as it is sent to CloudTrail, ``{"eventData": text, "id": …}``; None for anything else.

    ``UID`` and ``version``, which every such event has, tell it from a record of AWS inside a member of this name.
    """
    data = found.get(DATA) or found.get(DATA.lower())
    text = text_in(data) or bytes(data or b"")
    content = text.encode("utf-8", "replace") if isinstance(text, str) else text
    if not content.lstrip().startswith(b"{") or fault(content):
        return None
    inner = _spelled(members_in(content), _INNER)
    return _joined({"eventCategory": _raw(CATEGORY)}, inner) if _states_an_event(inner) else None


def take_row(names: Sequence[str], cells: Sequence[str], harvest: Harvest) -> bool:
    """Take an event out of a row of query results with one column for each of its fields; False when it is none.

    The column ``eventData`` must be JSON. So must ``addendum`` and ``metadata``, or they are not selected.
    """
    columns = {_OUTER.get(name.strip().lower(), ""): cell.strip() for name, cell in zip(names, cells, strict=True)}
    data, category = columns.get(DATA, "").encode("utf-8", "replace"), columns.get("eventCategory", "")
    if not data.startswith(b"{") or fault(data) or category not in {"", CATEGORY}:
        return False
    inner = _spelled(members_in(data), _INNER)
    if not (category or _states_an_event(inner)):
        return False
    outer = {"eventCategory": _raw(CATEGORY)}
    for name in _STATED:
        cell = columns.get(name, "")
        if cell and name in _OBJECTS:
            content = cell.encode("utf-8", "replace")
            if not content.startswith(b"{") or fault(content):
                harvest.spoil(
                    f"the column {name} is not JSON; select json_format(CAST({name} AS JSON)), or leave it out"
                )
                return True
            outer[name] = msgspec.Raw(content)
        elif cell:
            outer[name] = _raw(cell)
    harvest.take(_joined(outer, inner))
    return True


def _inside(data: Value) -> Members:
    """The members of ``eventData``, which is an object or the text of one."""
    text = text_in(data if isinstance(data, msgspec.Raw) else msgspec.Raw(data))
    return _spelled(members_in(text.encode("utf-8", "replace") if text else data), _INNER)


def _joined(outer: Members, inner: Members) -> bytes:
    lifted_up = {name: value for name, value in inner.items() if bytes(value) != _NULL}
    stated = {name: value for name, value in outer.items() if name != DATA and not _left_to_source(name, value)}
    return msgspec.json.encode({**outer, **lifted_up, **stated, DATA: inner})


def _left_to_source(name: str, value: Value) -> bool:
    """Whether the source's word counts for a member: CloudTrail states none, or it is the time of the event."""
    return name not in _STATED or bytes(value) == _NULL


def _states_an_event(inner: Members) -> bool:
    return {"UID", "version", "eventName"} <= inner.keys() and "eventVersion" not in inner


def _spelled(found: Members, names: Mapping[str, str]) -> Members:
    """Members under the names that are known for them; one that is there under that name too stays as it is."""
    made: dict[str, msgspec.Raw] = {}
    for name, value in found.items():
        known = names.get(name.lower(), name)
        own = known if known not in found else name
        made[own] = _identity(value) if own == "userIdentity" and names is _INNER else value
    return made


def _identity(value: msgspec.Raw) -> msgspec.Raw:
    if not bytes(value).lstrip().startswith(b"{"):
        return value
    return msgspec.Raw(msgspec.json.encode(_spelled(members_in(value), _IDENTITY)))


def _raw(text: str) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(text))
