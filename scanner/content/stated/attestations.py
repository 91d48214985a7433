"""The file of attestations: read and proved whole before a control is shown as attested (docs/waivers.md)."""

import hashlib
from calendar import monthrange
from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

from scanner.documents import Document, Pointer, read_document
from scanner.errors import ContentError
from scanner.model import AttachedFile, Control, ControlAttestation, Coverage, Framework, JsonValue
from scanner.model.json_values import as_object, as_objects, as_text
from scanner.schemas import require
from scanner.times import parse_day
from scanner.wording import did_you_mean

SCHEMA = "attestations"

_MONTHS: Mapping[str, int] = {"monthly": 1, "quarterly": 3, "half-yearly": 6, "yearly": 12}
_DAYS: Mapping[str, int] = {"daily": 1, "weekly": 7}


def read_attestations(
    path: Path, frameworks: Collection[Framework], *, files: bool = True
) -> tuple[tuple[ControlAttestation, ...], str]:
    """The attestations of a file, and its text.

    Those of frameworks that are not among ``frameworks`` are read and not held against any. With ``files``, an attached
    file that lies beside this one must have the digest stated. Raises ContentError with every mistake as
    ``file:line:column: sentence``.
    """
    document = read_document(path)
    require(document, SCHEMA)
    problems = tuple(_mistakes(document, {item.id: item for item in frameworks}, path.parent if files else None))
    if problems:
        raise ContentError(problems)
    raw = as_objects(as_object(document.value)["attestations"])
    return tuple(map(_attestation, raw)), document.text


def _mistakes(document: Document, frameworks: Mapping[str, Framework], beside: Path | None) -> Iterator[str]:
    lines: dict[tuple[str, str], int] = {}
    for index, raw in enumerate(as_objects(as_object(document.value)["attestations"])):
        place: Pointer = ("attestations", index)
        key = as_text(raw["framework"]), as_text(raw["control"])
        if key in lines:
            told = f"{key[0]} {key[1]} is attested a second time; first in line {lines[key]}. Keep the newest alone"
            yield document.problem((*place, "control"), told)
        lines.setdefault(key, document.mark((*place, "control")).line)
        if parse_day(as_text(raw["date"])) is None:
            yield document.problem((*place, "date"), "date: there is no such day")
        if key[0] in frameworks:
            yield from _control(document, (*place, "control"), frameworks[key[0]], key[1])
        if beside is not None:
            yield from _files(document, place, raw, beside)


def _control(document: Document, place: Pointer, framework: Framework, wanted: str) -> Iterator[str]:
    controls: dict[str, Control] = {control.id: control for control in framework.controls}
    if wanted not in controls:
        hint = did_you_mean(wanted, controls)
        yield document.problem(place, f"{framework.id} has no control {wanted}.{hint}")
    elif controls[wanted].coverage is Coverage.FULL:
        told = f"rules decide {framework.id} {wanted} in full: an attestation would count for nothing"
        yield document.problem(place, told)


def _files(document: Document, place: Pointer, raw: Mapping[str, JsonValue], beside: Path) -> Iterator[str]:
    for index, stated in enumerate(as_objects(raw.get("files", ()))):
        name = as_text(stated["name"]).strip()
        try:
            found = hashlib.sha256((beside / name).read_bytes()).hexdigest() if _is_plain(name) else ""
        except OSError:
            continue  # it is kept elsewhere
        if found and found != stated["sha256"]:
            sentence = f"the SHA-256 of {name} beside this file is {found}, not the one stated"
            yield document.problem((*place, "files", index, "sha256"), sentence)


def _is_plain(name: str) -> bool:
    return "/" not in name and "\\" not in name and name not in {".", ".."}


def _attestation(raw: Mapping[str, JsonValue]) -> ControlAttestation:
    made = parse_day(as_text(raw["date"])) or date.min  # proved to be a day
    files = as_objects(raw.get("files", ()))
    return ControlAttestation(
        framework=as_text(raw["framework"]),
        control=as_text(raw["control"]),
        person=as_text(raw["person"]).strip(),
        role=as_text(raw["role"]).strip(),
        statement=as_text(raw["statement"]).strip(),
        made=made,
        next_due=next_due(made, as_text(raw["cadence"])),
        files=tuple(AttachedFile(as_text(file["name"]).strip(), as_text(file["sha256"])) for file in files),
    )


def next_due(made: date, cadence: str) -> date:
    """The last day on which an attestation counts: one period later, or the last day of a month too short for it."""
    if cadence in _DAYS:
        return made + timedelta(days=_DAYS[cadence])
    months = made.year * 12 + made.month - 1 + _MONTHS[cadence]
    year, month = divmod(months, 12)
    return date(year, month + 1, min(made.day, monthrange(year, month + 1)[1]))
