"""The assessment that a document was written from, so that everything else made from it can be made again.

Rules are not taken from the document: it holds their digests, and whoever reads it has their files.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reports.document.schema import SCHEMA
from reports.wording import SYNTHETIC
from scanner.errors import SnapshotError
from scanner.model import (
    Assessment,
    CallKey,
    ControlResult,
    Coverage,
    Evidence,
    EvidenceId,
    Finding,
    Gap,
    GapKind,
    JsonValue,
    Link,
    Outcome,
    Rule,
    RuleId,
    Severity,
    Source,
)

Entry = Mapping[str, Any]

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
    """The assessment of a document over log records that was judged by ``rules``.

    Written again it gives the same bytes, unless somebody changed the document. A finding's sources are those that have
    evidence numbers: of an assessment over an account, calls that were never made are lost. Raises SnapshotError when the
    document is not of the shape that ``reports.document`` writes.
    """
    document = read_document(data)
    try:
        evidence = tuple(_evidence(entry) for entry in document["evidence"])
        keys = {str(item.id): item.key for item in evidence}
        return Assessment(
            run=document["run"],
            rules=tuple(sorted(rules, key=lambda rule: rule.id)),
            findings=tuple(_finding(entry, keys) for entry in document["findings"]),
            controls=tuple(_control(entry) for entry in document["controls"]),
            gaps=tuple(_gap(entry) for entry in document["gaps"]),
            evidence=evidence,
            summary=document["summary"],
        )
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise SnapshotError(
            "The assessment document is not of the shape that Trailwitness writes.", "Use an unchanged copy."
        ) from error


_HINT = "Use the assessment.json of a bundle, or what `--output json` wrote, unchanged."


def _unique(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"the key {repeated[0]!r} stands twice in one object")
    return result


def _finding(entry: Entry, keys: Mapping[str, CallKey]) -> Finding:
    witness = entry["witness"]
    return Finding(
        rule=RuleId(entry["rule"]),
        outcome=Outcome(entry["outcome"]),
        severity=Severity(entry["severity"]),
        account=entry["account"],
        region=entry["region"],
        resource=entry["resource"],
        reason=entry["reason"],
        title=entry["title"],
        links=tuple(
            Link(link["link"], Outcome(link["verdict"]), link["reason"], link["candidate"]) for link in entry["links"]
        ),
        witness=None if witness is None else {name: value for name, value in witness.items() if name != SYNTHETIC},
        details=entry["details"],
        sources=tuple(_source(pointer, keys) for pointer in entry["pointers"]),
        evidence=_ids(entry["evidence"]),
    )


def _source(pointer: str, keys: Mapping[str, CallKey]) -> Source:
    number, _, path = pointer.partition("#")
    return Source(keys[number], path)


def _ids(numbers: Sequence[str]) -> tuple[EvidenceId, ...]:
    return tuple(EvidenceId(number) for number in numbers)


def _control(entry: Entry) -> ControlResult:
    return ControlResult(
        framework=entry["framework"],
        id=entry["id"],
        title=entry["title"],
        coverage=Coverage(entry["coverage"]),
        outcome=Outcome(entry["outcome"]),
        notes=entry["notes"],
        rules=tuple(RuleId(rule) for rule in entry["rules"]),
    )


def _gap(entry: Entry) -> Gap:
    return Gap(
        key=_key(entry),
        kind=GapKind(entry["kind"]),
        code=entry["code"],
        reason=entry["reason"],
        pointer=entry.get("pointer", ""),
    )


def _key(entry: Entry) -> CallKey:
    return CallKey(entry["account"], entry["region"], entry["operation"], entry["arguments"])


def _evidence(entry: Entry) -> Evidence:
    return Evidence(
        id=EvidenceId(entry["id"]),
        key=_key(entry),
        file=entry["file"],
        sha256=entry["sha256"],
        bytes=entry["bytes"],
        started=entry["started"],
        request_ids=tuple(entry["request_ids"]),
        error=entry["error"],
    )
