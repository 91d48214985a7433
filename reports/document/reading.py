"""The assessment that a document was written from, so that everything else made from it can be made again.

Rules are not taken from the document: it holds their digests, and whoever reads it has their files.
"""

import json
from collections.abc import Iterable, Mapping
from functools import partial

from reports.document.details import read_details
from reports.document.exceptions import read_exceptions
from reports.document.runs import read_run, read_summary
from reports.document.schema import SCHEMA
from reports.wording import SYNTHETIC
from scanner.errors import SnapshotError
from scanner.model import (
    Assessment,
    CallKey,
    Cause,
    ControlResult,
    Coverage,
    Evidence,
    EvidenceId,
    Finding,
    Gap,
    GapKind,
    InForce,
    JsonValue,
    Link,
    Outcome,
    Over,
    Rule,
    RuleId,
    Severity,
    Source,
)
from scanner.model.json_values import as_flag, as_number, as_object, as_objects, as_text, as_texts

Entry = Mapping[str, JsonValue]

_PARTS: Mapping[str, type] = {
    "run": dict,
    "summary": dict,
    "findings": list,
    "controls": list,
    "gaps": list,
    "rules": list,
    "evidence": list,
}


def read_document(data: bytes) -> dict[str, JsonValue]:
    """Read an assessment document written by ``write``.

    Raises SnapshotError when ``data`` is not JSON, repeats a key, is of another version, or lacks a part; the
    full shape is the schema's business.
    """
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise SnapshotError(f"This assessment document is not readable JSON: {error}.", _HINT) from error
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        named = value.get("schema") if isinstance(value, dict) else None
        raise SnapshotError(f"This is not an assessment document of version {SCHEMA!r} but {named!r}.", _HINT)
    for part, kind in _PARTS.items():
        if not isinstance(value.get(part), kind):
            raise SnapshotError(f"This assessment document has no {part!r} of type {kind.__name__}.", _HINT)
    for part in ("findings", "controls", "gaps", "rules", "evidence"):
        if not all(isinstance(item, dict) for item in value[part]):
            raise SnapshotError(f"An entry of {part!r} in this assessment document is not an object.", _HINT)
    return value


def read_assessment(data: bytes, rules: Iterable[Rule]) -> Assessment:
    """The assessment of a document that was judged by ``rules``.

    Written again it gives the same bytes, unless somebody changed the document. A finding's sources are those that have
    evidence numbers: calls that were never made are lost. Raises SnapshotError when the document is not of the shape
    that ``reports.document.writing`` gives it.
    """
    document = read_document(data)
    try:
        evidence = tuple(map(_evidence, as_objects(document["evidence"])))
        finding = partial(_finding, keys={str(item.id): item.key for item in evidence})
        return Assessment(
            run=read_run(as_object(document["run"])),
            rules=tuple(sorted(rules, key=lambda rule: rule.id)),
            findings=tuple(map(finding, as_objects(document["findings"]))),
            controls=tuple(map(_control, as_objects(document["controls"]))),
            gaps=tuple(map(_gap, as_objects(document["gaps"]))),
            evidence=evidence,
            summary=read_summary(as_object(document["summary"])),
            exceptions=read_exceptions(as_object(document.get("exceptions", {}))),
        )
    except (LookupError, TypeError, ValueError) as error:
        raise SnapshotError(
            "The assessment document is not of the shape that Trailwitness writes.", "Use an unchanged copy."
        ) from error


_HINT = "Use the assessment.json of a bundle, or what `--output json` wrote, unchanged."


def _unique(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"the key {repeated[0]!r} appears twice in one object")
    return result


def _finding(entry: Entry, keys: Mapping[str, CallKey]) -> Finding:
    witness = entry["witness"]
    return Finding(
        rule=RuleId(as_text(entry["rule"])),
        outcome=Outcome(as_text(entry["outcome"])),
        severity=Severity(as_text(entry["severity"])),
        account=as_text(entry["account"]),
        region=as_text(entry["region"]),
        resource=as_text(entry["resource"]),
        reason=as_text(entry["reason"]),
        title=as_text(entry["title"]),
        links=tuple(map(_link, as_objects(entry["links"]))),
        witness=None if witness is None else _without_mark(as_object(witness)),
        details=read_details(as_object(entry["details"])),
        sources=tuple(_source(pointer, keys) for pointer in as_texts(entry["pointers"])),
        evidence=_ids(entry["evidence"]),
        cause=_cause(as_object(entry["cause"])) if "cause" in entry else None,
        waiver=as_text(entry.get("waiver", "")),
        known=as_flag(entry.get("known", False)),
    )


def _cause(entry: Entry) -> Cause:
    return Cause(as_text(entry["what"]), as_text(entry["account"]), as_text(entry["resource"]))


def _link(entry: Entry) -> Link:
    return Link(
        name=as_text(entry["link"]),
        verdict=Outcome(as_text(entry["verdict"])),
        reason=as_text(entry["reason"]),
        candidate=as_text(entry["candidate"]),
    )


def _without_mark(witness: Entry) -> dict[str, JsonValue]:
    return {name: value for name, value in witness.items() if name != SYNTHETIC}


def _source(pointer: str, keys: Mapping[str, CallKey]) -> Source:
    number, _, path = pointer.partition("#")
    return Source(keys[number], path)


def _ids(numbers: JsonValue) -> tuple[EvidenceId, ...]:
    return tuple(EvidenceId(number) for number in as_texts(numbers))


_OVER: Mapping[str, Over] = {"configuration": Over.FACTS, "records": Over.RECORDS, "period": Over.PERIOD}


def _over(members: Entry) -> dict[Over, Outcome]:
    return {_OVER[name]: Outcome(as_text(said)) for name, said in members.items()}


def _control(entry: Entry) -> ControlResult:
    return ControlResult(
        framework=as_text(entry["framework"]),
        id=as_text(entry["id"]),
        title=as_text(entry["title"]),
        coverage=Coverage(as_text(entry["coverage"])),
        outcome=Outcome(as_text(entry["outcome"])),
        notes=as_text(entry["notes"]),
        rules=tuple(RuleId(rule) for rule in as_texts(entry["rules"])),
        waived=as_flag(entry.get("waived", False)),
        attested=InForce(as_text(entry["attested"])) if "attested" in entry else None,
        over=_over(as_object(entry.get("over", {}))),
    )


def _gap(entry: Entry) -> Gap:
    return Gap(
        key=_key(entry),
        kind=GapKind(as_text(entry["kind"])),
        code=as_text(entry["code"]),
        reason=as_text(entry["reason"]),
        pointer=as_text(entry.get("pointer", "")),
    )


def _key(entry: Entry) -> CallKey:
    return CallKey(
        account=as_text(entry["account"]),
        region=as_text(entry["region"]),
        operation=as_text(entry["operation"]),
        arguments=as_object(entry["arguments"]),
    )


def _evidence(entry: Entry) -> Evidence:
    return Evidence(
        id=EvidenceId(as_text(entry["id"])),
        key=_key(entry),
        file=as_text(entry["file"]),
        sha256=as_text(entry["sha256"]),
        bytes=as_number(entry["bytes"]),
        started=as_text(entry["started"]),
        request_ids=as_texts(entry["request_ids"]),
        error=as_text(entry["error"]),
    )
