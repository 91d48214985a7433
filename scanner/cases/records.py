"""Records of a case for a log-event rule: made from shared base records, changed as the case says, and numbered.

A shared file, ``<name>.records.yaml``, holds whole CloudTrail records by name. An entry of a case's ``records`` names
one (``from``) or holds its own (``record``), sets and removes members by JSON Pointer, and may make several records at
regular intervals (``times``, ``every``). Every record gets an eventID and a time of its own unless the case sets them:
two records with one eventID are one event delivered twice.
"""

import copy
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scanner.cases.bases import base_file
from scanner.cases.pointers import NoPlaceError, put, remove, split
from scanner.documents import Document, read_document
from scanner.model import JsonValue
from scanner.model.json_values import as_object
from scanner.schemas import require
from scanner.times import parse_zoned, rfc3339
from scanner.wording import did_you_mean, shown

RECORDS = ".records.yaml"
STARTED = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
"""The eventTime of the first record of a case; the next ones follow a second apart."""

Record = Mapping[str, JsonValue]
Bases = Mapping[str, Record]


def read_bases(document: Document, path: Path, folder: Path, *, proven: bool = False) -> Bases:
    """The named records of the file that ``base`` names; none without one.

    Raises ContentError for a base that is not there, or that is wrong.
    """
    target = base_file(document, path, folder, RECORDS)
    if target is None:
        return {}
    base = read_document(target[0], merge=True, proven=proven)
    require(base, "case", "records_file")
    records = as_object(as_object(base.value)["records"])
    return {name: as_object(record) for name, record in records.items()}


def case_records(
    document: Document, pointer: tuple[str | int, ...], bases: Bases, problems: list[str]
) -> tuple[Record, ...]:
    """The records of the case at ``pointer``, as they are written; what cannot be made is added to ``problems``."""
    raw: Any = document.value
    for step in pointer:
        raw = raw[step]
    records: list[Record] = []
    at = STARTED
    for index, entry in enumerate(raw["records"]):
        made = _made(document, (*pointer, "records", index), entry, bases, problems)
        if made is None:
            continue
        own_time, own_id = _sets(entry, "eventTime"), _sets(entry, "eventID")
        for turn in range(entry.get("times", 1)):
            # Records share nothing: what a rule makes of one must not show in the next.
            record = copy.deepcopy(made)
            if not own_time:
                record["eventTime"] = at.strftime("%Y-%m-%dT%H:%M:%SZ")
            elif turn:
                record["eventTime"] = _later(made.get("eventTime"), turn * entry.get("every", 1))
            if not own_id:
                record["eventID"] = f"00000000-0000-4000-8000-{len(records) + 1:012d}"
            # Time goes on for records with a time of their own as well, so that a case may set one and leave the rest.
            at += timedelta(seconds=entry.get("every", 1))
            records.append(record)
    return tuple(records)


def _made(
    document: Document,
    pointer: tuple[str | int, ...],
    entry: Mapping[str, Any],
    bases: Bases,
    problems: list[str],
) -> dict[str, Any] | None:
    """One entry's record after its changes."""
    if "from" in entry and entry["from"] not in bases:
        hint = did_you_mean(entry["from"], bases)
        problems.append(document.problem((*pointer, "from"), f"there is no record {shown(entry['from'])}.{hint}"))
        return None
    record: Any = dict(bases[entry["from"]] if "from" in entry else entry["record"])
    for place, value in entry.get("set", {}).items():
        try:
            record = put(record, split(place), value)
        except NoPlaceError as error:
            mark = document.key_mark((*pointer, "set"), place)
            problems.append(document.problem_at(mark, f"in this record: {error}"))
    for number, place in enumerate(entry.get("unset", ())):
        try:
            record = remove(record, split(place))
        except NoPlaceError as error:
            problems.append(document.problem((*pointer, "unset", number), f"in this record: {error}"))
    return dict(record)


def _sets(entry: Mapping[str, Any], member: str) -> bool:
    """Whether the entry itself says what ``member`` is, or takes it away."""
    place = f"/{member}"
    return place in entry.get("set", {}) or place in entry.get("unset", ()) or member in entry.get("record", {})


def _later(text: JsonValue, seconds: int) -> JsonValue:
    """A time so many seconds later; what is not such a time stays as it is."""
    if not isinstance(text, str):
        return text
    moment = parse_zoned(text)
    return text if moment is None else rfc3339(moment + timedelta(seconds=seconds))
