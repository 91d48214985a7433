"""What is shown and counted of records that match: when, who, where, and the fields that thresholds count by."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from scanner.events.hits import Hit
from scanner.events.matching.judging.plans import Records
from scanner.events.reading.fields.actors import ACTOR_FIELDS, actor_of
from scanner.events.reading.fields.insights import insight_api
from scanner.events.reading.fields.replaced import ADDENDUM, update_of
from scanner.events.reading.fields.views import MISFITS, Head, Record, parse_record, view_of
from scanner.pattern.language.nodes import Steps
from scanner.pattern.matching.values import MISSING, find_in_json

_SHOWN: tuple[Steps, ...] = (
    ("eventTime",),
    ("eventID",),
    ("eventName",),
    ("eventSource",),
    ("awsRegion",),
    ("recipientAccountId",),
    ("sourceIPAddress",),
    ("errorCode",),
    *ACTOR_FIELDS,
)
_ADDENDUM = f'"{ADDENDUM}"'.encode()

Place = tuple[str, int, str]
"""Source, position in it, account."""


class Detail(NamedTuple):
    """A record that matched, and what else can be asked of it."""

    hit: Hit
    acting_account: str
    find: Mapping[Steps, Callable[[Any], Any]]
    root: Any

    def value(self, steps: Steps) -> Any:
        """The value of a field, or MISSING."""
        return self.find[steps](self.root)


def wanted_details(counted: Iterable[Steps]) -> tuple[Steps, ...]:
    """The fields that are read of matching records: those shown, and those ``counted`` by."""
    return tuple(dict.fromkeys((*_SHOWN, *sorted(counted))))


class Details:
    """Reads of a matching record what is shown and counted, from its head if that holds it."""

    def __init__(self, wanted: Sequence[Steps], head: Head) -> None:
        self._view: Final = view_of(_leaves(wanted))
        self._by_view: Final = {steps: self._view.find(steps) for steps in wanted}
        self._by_key: Final = {steps: find_in_json(steps) for steps in wanted}
        held = all(steps in head.fields and not _leads_on(steps, head.fields) for steps in wanted)
        self._by_head: Final = {steps: head.find(steps) for steps in wanted} if held else None
        self._fetch: Final[Callable[[Any], tuple[Any, ...]]] = head.find_all(_SHOWN) if held else lambda _: ()

    def read(self, head: Any, records: Records, at: int, place: Place) -> Detail:
        """What is known of a record by its head, if there is one and it holds everything; else by the record itself."""
        if head is None or self._by_head is None:
            return _named(self._of_record(records[at], place), records, at)
        try:
            found = self._fetch(head)
        except AttributeError:
            found = tuple([self._by_head[steps](head) for steps in _SHOWN])
        return _named(_detail(found, self._by_head, head, place), records, at)

    def _of_record(self, record: Record, place: Place) -> Detail:
        found = self._read(record, place)
        update = update_of(parse_record(record) or {}) if _ADDENDUM in bytes(record) else ""
        return found._replace(hit=found.hit._replace(update=update)) if update else found

    def _read(self, record: Record, place: Place) -> Detail:
        try:
            root, find = self._view.decode(record), self._by_view
        except MISFITS:
            root, find = parse_record(record) or {}, self._by_key
        return _detail(tuple([find[steps](root) for steps in _SHOWN]), find, root, place)


def _named(detail: Detail, records: Records, at: int) -> Detail:
    """The same, with what an Insights event is about: its API is not where the event of a record is."""
    if detail.hit.name:
        return detail
    told = insight_api(parse_record(records[at]) or {})
    if told is None:
        return detail
    name, service, error = told
    said = f"Insights event on {name}{f' failing with {error}' if error else ''}"
    return detail._replace(hit=detail.hit._replace(name=said, service=service))


def _detail(found: tuple[Any, ...], find: Mapping[Steps, Callable[[Any], Any]], root: Any, place: Place) -> Detail:
    texts = [value if value.__class__ is str else "" for value in found]
    time, event_id, name, service, region, _, address, error, *acting = texts
    source, position, account = place
    hit = Hit(time, event_id, name, service, region, account, actor_of(*acting), address, error, source, position)
    return Detail(hit, acting[-1], find, root)


def _leads_on(steps: Steps, fields: Iterable[Steps]) -> bool:
    """Whether another field lies below this one, which then is not decoded as a whole."""
    return any(other[: len(steps)] == steps and other != steps for other in fields)


def _leaves(wanted: Iterable[Steps]) -> set[Steps]:
    """The paths as a view needs them: where one leads through another, the outer one is wanted as a whole."""
    several = set(wanted)
    return {(*steps, 0) if _leads_on(steps, several) else steps for steps in several}


def text_of(value: Any) -> str:
    """A value of a record as a text to count by, the same for equal values; "" when it is absent."""
    if isinstance(value, str):
        return _quoted(value)
    if value is MISSING:
        return ""
    try:
        return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    except RecursionError:
        return _deep_text(value)


@lru_cache(maxsize=4096)
def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _deep_text(value: Any) -> str:
    """What ``json.dumps`` would write of a value that lies too deep for it."""
    written: list[str] = []
    waiting: list[Any] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, _Written):
            written.append(item)
        elif isinstance(item, dict):
            inner = [
                part for key in sorted(item) for part in (_Written(f"{_quoted(key)}: "), item[key], _Written(", "))
            ][:-1]
            waiting += [_Written("}"), *reversed(inner), _Written("{")]
        elif isinstance(item, list):
            inner = [part for each in item for part in (each, _Written(", "))][:-1]
            waiting += [_Written("]"), *reversed(inner), _Written("[")]
        else:
            written.append(json.dumps(item, ensure_ascii=False, default=str))
    return "".join(written)


class _Written(str):
    """Text that is already as it is written."""

    __slots__ = ()
