"""The index of an evidence bundle: what each evidence number is, where its answer lies, and who rests on it."""

import json
from collections.abc import Mapping

from reports.bundle.bag import PAYLOAD
from reports.characters import escape_json
from reports.csv_rows import csv_bytes
from reports.plain_json import json_bytes, plain
from reports.wording import control_names, lookup
from scanner.model import Assessment, Evidence, EvidenceId, JsonValue, Over

SCHEMA = "trailwitness/evidence-index/v1"

TYPES: Mapping[Over, str] = {Over.FACTS: "configuration data", Over.RECORDS: "user activity"}
"""AWS Audit Manager's words for the answer of a read call and for log records, which auditors know."""

Places = Mapping[EvidenceId, str]
"""The file below ``data/`` that holds a piece of evidence, by its number; none for what is not in the bundle."""

HEADER = (
    "id",
    "file",
    "sha256",
    "bytes",
    "type",
    "rules",
    "controls",
    "account",
    "region",
    "call",
    "arguments",
    "collected_at",
    "request_ids",
    "error",
)


def answer_places(assessment: Assessment) -> Places:
    """The places of recorded answers: the files that the assessment names."""
    return {item.id: item.file for item in assessment.evidence if item.file}


def index_json(assessment: Assessment, places: Places | None = None) -> bytes:
    """``index.json``: the entries under ``evidence``, by number; ``places`` as ``answer_places`` unless given."""
    return json_bytes({"schema": SCHEMA, "evidence": _entries(assessment, places)})


def index_csv(assessment: Assessment, places: Places | None = None) -> bytes:
    """``index.csv``: the same entries; lists are joined by ``; `` and arguments are JSON."""
    return csv_bytes(HEADER, [_row(entry) for entry in _entries(assessment, places)])


def _row(entry: Mapping[str, JsonValue]) -> list[str]:
    return [_cell(entry[name]) for name in HEADER]


def _entries(assessment: Assessment, places: Places | None) -> list[dict[str, JsonValue]]:
    if places is None:
        places = answer_places(assessment)
    found = lookup(assessment)
    kind = TYPES[assessment.run.over]
    rules: dict[str, set[str]] = {}
    for finding in assessment.findings:
        for number in finding.evidence:
            rules.setdefault(number, set()).add(finding.rule)
    entries = []
    for item in assessment.evidence:
        cited = sorted(rules.get(item.id, ()))
        controls = dict.fromkeys(name for rule in cited for name in control_names(rule, found))
        entries.append(_entry(item, kind, places.get(item.id, ""), cited, list(controls)))
    return entries


def _entry(item: Evidence, kind: str, file: str, rules: list[str], controls: list[str]) -> dict[str, JsonValue]:
    return {
        "id": item.id,
        "file": f"{PAYLOAD}{file}" if file else "",
        "sha256": item.sha256,
        "bytes": item.bytes,
        "type": kind,
        "rules": rules,
        "controls": controls,
        "account": item.account,
        "region": item.region,
        "call": item.operation,
        "arguments": item.arguments,
        "collected_at": item.started,
        "request_ids": item.request_ids,
        "error": item.error,
    }


def _cell(value: JsonValue) -> str:
    if isinstance(value, Mapping):
        return escape_json(json.dumps(value, sort_keys=True, ensure_ascii=False, default=plain))
    if isinstance(value, list | tuple):
        return "; ".join(value)
    return str(value)
