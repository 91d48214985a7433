"""The file of statements about a period: read and proved whole before anything is judged by it (docs/assess.md)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from scanner.documents import Document, Pointer, read_document
from scanner.errors import ContentError
from scanner.model import JsonValue
from scanner.model.json_values import as_object, as_objects, as_text
from scanner.period.evidence import Response, Responses, ReviewRun
from scanner.schemas import require
from scanner.times import parse_day, parse_zoned

SCHEMA = "period-statements"

KINDS: Mapping[str, str] = {"tests": "test", "responses": "alarm", "outages": "outage"}
"""The lists of the file, each with the kind of response that its entries are."""

TOGETHER = timedelta(days=1)
"""How long alarms may go on that one response answers: nobody handles a month of them at once."""

REVIEWS = "reviews"

_TIMES = ("at", "from", "until", "handled")
_NO_TIME = "must be a time with its zone, such as 2026-03-31T09:00:00Z"


@dataclass(frozen=True, slots=True)
class Statements:
    """What people recorded of a period; ``reviews`` of the logs are None where the file says nothing of them."""

    responses: Responses
    reviews: tuple[ReviewRun, ...] | None


def read_statements(path: Path, source: str) -> Statements:
    """What people recorded of a period; ``source`` names the file in findings.

    Raises ContentError with every mistake as ``file:line:column: sentence``.
    """
    document = read_document(path)
    require(document, SCHEMA)
    problems = tuple(_mistakes(document))
    if problems:
        raise ContentError(problems)
    stated = as_object(document.value)
    kinds = tuple(kind for name, kind in KINDS.items() if name in stated)
    found = [_response(kind, raw) for kind, _, raw in _entries(stated)]
    ordered = tuple(sorted(found, key=lambda each: (each.at, each.id)))
    reviews = as_objects(stated[REVIEWS]) if REVIEWS in stated else None
    return Statements(
        Responses(source=source, kinds=kinds, responses=ordered),
        tuple(map(_review, reviews)) if reviews is not None else None,
    )


def _entries(stated: Mapping[str, JsonValue]) -> Iterator[tuple[str, Pointer, Mapping[str, JsonValue]]]:
    for name, kind in KINDS.items():
        for index, raw in enumerate(as_objects(stated.get(name, []))):
            yield kind, (name, index), raw


def _mistakes(document: Document) -> Iterator[str]:
    lines: dict[tuple[str, str], int] = {}
    for kind, place, raw in _entries(as_object(document.value)):
        key = kind, as_text(raw["id"])
        if key in lines:
            yield document.problem((*place, "id"), f"{key[1]} is here a second time; first in line {lines[key]}")
        lines.setdefault(key, document.mark((*place, "id")).line)
        yield from _times(document, place, raw)
    for index, raw in enumerate(as_objects(as_object(document.value).get(REVIEWS, []))):
        if parse_day(as_text(raw["day"])) is None:
            yield document.problem(
                (REVIEWS, index, "day"), f"day: there is no day {as_text(raw['day'])}; write one such as 2026-03-31"
            )


def _times(document: Document, place: Pointer, raw: Mapping[str, JsonValue]) -> Iterator[str]:
    times = {name: parse_zoned(as_text(raw[name])) for name in _TIMES if name in raw}
    for name, moment in times.items():
        if moment is None:
            yield document.problem((*place, name), f"{name}: {_NO_TIME}")
    begin, end, handled = times.get("from") or times.get("at"), times.get("until"), times.get("handled")
    if begin is None:
        return
    if end is not None and end < begin:
        yield document.problem((*place, "until"), f"until ({as_text(raw['until'])}) is before the beginning")
    if end is not None and "at" in raw and end - begin > TOGETHER:
        sentence = "until is more than a day after at; write a response for each day"
        yield document.problem((*place, "until"), sentence)
    if handled is not None and handled < begin:
        yield document.problem((*place, "handled"), f"handled is before the alarm went off (at: {as_text(raw['at'])})")


def _response(kind: str, raw: Mapping[str, JsonValue]) -> Response:
    texts = {name: as_text(value).strip() for name, value in raw.items()}
    return Response(
        id=texts["id"],
        kind=kind,
        subject=texts.get("route") or texts.get("alarm") or texts["of"],
        at=_moment(texts.get("at") or texts["from"]),
        account=texts["account"],
        region=texts.get("region", ""),
        handler=texts["by"],
        handled=_moment(texts["handled"]) if "handled" in texts else None,
        until=_moment(texts["until"]) if "until" in texts else None,
        outcome=texts.get("outcome", ""),
        cause=texts.get("cause", ""),
        remediation=texts.get("remediation", ""),
        risk=texts.get("risk", ""),
    )


def _review(raw: Mapping[str, JsonValue]) -> ReviewRun:
    day = _moment(f"{as_text(raw['day'])}T00:00:00Z")
    what, by = as_text(raw["what"]).strip(), as_text(raw["by"]).strip()
    return ReviewRun(as_text(raw.get("account", "")), day, "stated", what, signed_by=by)


def _moment(text: str) -> datetime:
    """A time that was proved to be one."""
    moment = parse_zoned(text)
    if moment is None:
        raise ValueError(f"{text} is not a time with its zone")
    return moment
