"""The file of waivers: read and proved whole before anything is judged by it (docs/waivers.md)."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from pathlib import Path

from scanner.documents import Document, Pointer, read_document
from scanner.errors import ContentError
from scanner.model import WORKSHEET, JsonValue, RuleId, Waiver, WaiverKind, WaiverScope, plain_id
from scanner.model.json_values import as_object, as_objects, as_text, as_texts
from scanner.schemas import require
from scanner.times import parse_day
from scanner.wording import NO_RULE, about_own_rules, did_you_mean

SCHEMA = "waivers"


def read_waivers(path: Path, rules: Collection[str] | None = None) -> tuple[tuple[Waiver, ...], str]:
    """The waivers of a file, and its text. ``rules`` are the ids of every rule that there is (None: not known here).

    Raises ContentError with every mistake as ``file:line:column: sentence``.
    """
    document = read_document(path)
    require(document, SCHEMA)
    problems = tuple(_mistakes(document, rules))
    if problems:
        raise ContentError(problems, about_own_rules(problems))
    raw = as_objects(as_object(document.value)["waivers"])
    return tuple(map(_waiver, raw)), document.text


def _mistakes(document: Document, rules: Collection[str] | None) -> Iterator[str]:
    lines: dict[str, int] = {}
    for index, raw in enumerate(as_objects(as_object(document.value)["waivers"])):
        place: Pointer = ("waivers", index)
        name = as_text(raw["id"])
        if name in lines:
            yield document.problem(
                (*place, "id"), f"the waiver {name} is here a second time; first in line {lines[name]}"
            )
        lines.setdefault(name, document.mark((*place, "id")).line)
        rule = as_text(raw["rule"])
        if rules is not None and plain_id(rule) not in rules:
            yield document.problem((*place, "rule"), f"{NO_RULE} {rule}.{did_you_mean(rule, rules)}")
        yield from _days(document, place, raw)
        yield from _worksheet(document, place, raw)


def _days(document: Document, place: Pointer, raw: Mapping[str, JsonValue]) -> Iterator[str]:
    days = {name: parse_day(as_text(raw[name])) for name in ("from", "until")}
    for name, day in days.items():
        if day is None:
            yield document.problem((*place, name), f"{name}: there is no such day")
    first, last = days["from"], days["until"]
    if first is not None and last is not None and last < first:
        yield document.problem((*place, "until"), "until is before from, so the waiver would never count")


def _worksheet(document: Document, place: Pointer, raw: Mapping[str, JsonValue]) -> Iterator[str]:
    compensating = raw["kind"] == WaiverKind.COMPENSATING_CONTROL
    if compensating and "worksheet" not in raw:
        keys = ", ".join(WORKSHEET)
        yield document.problem(place, f"a compensating control lacks its worksheet (PCI DSS 4.0.1, appendix C): {keys}")
    if not compensating and "worksheet" in raw:
        yield document.problem((*place, "worksheet"), "a worksheet belongs to kind: compensating-control only")


def _waiver(raw: Mapping[str, JsonValue]) -> Waiver:
    scope = as_object(raw["scope"])
    worksheet = as_object(raw.get("worksheet", {}))
    return Waiver(
        id=as_text(raw["id"]),
        rule=RuleId(as_text(raw["rule"])),
        scope=WaiverScope(
            accounts=as_texts(scope.get("accounts", ["*"])),
            regions=as_texts(scope.get("regions", ["*"])),
            resources=as_texts(scope.get("resources", ["*"])),
        ),
        kind=WaiverKind(as_text(raw["kind"])),
        justification=as_text(raw["justification"]).strip(),
        approver=as_text(raw["approver"]).strip(),
        ticket=as_text(raw.get("ticket", "")).strip(),
        since=_day(raw["from"]),
        until=_day(raw["until"]),
        worksheet=tuple((key, as_text(worksheet[key]).strip()) for key in WORKSHEET if key in worksheet),
    )


def _day(value: JsonValue) -> date:
    """A day that was proved to be one."""
    return parse_day(as_text(value)) or date.min
