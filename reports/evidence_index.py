"""The index of an evidence bundle: what each evidence number is, where its answer lies, and who rests on it."""

import json
from collections.abc import Mapping

from reports.bag import PAYLOAD
from reports.document import json_bytes
from reports.findings import control_names, lookup, plain
from reports.findings_csv import csv_bytes
from scanner.model import Assessment, Evidence, JsonValue

SCHEMA = "trailwitness/evidence-index/v1"

TYPE = "configuration data"
"""AWS Audit Manager's word for the answer of a read call, which auditors know."""

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


def index_json(assessment: Assessment) -> bytes:
    """``index.json``: the entries under ``evidence``, by number."""
    return json_bytes({"schema": SCHEMA, "evidence": _entries(assessment)})


def index_csv(assessment: Assessment) -> bytes:
    """``index.csv``: the same entries; lists are joined by ``; `` and arguments are JSON."""
    return csv_bytes(HEADER, [[_cell(entry[name]) for name in HEADER] for entry in _entries(assessment)])


def _entries(assessment: Assessment) -> list[dict[str, JsonValue]]:
    found = lookup(assessment)
    rules: dict[str, set[str]] = {}
    for finding in assessment.findings:
        for number in finding.evidence:
            rules.setdefault(number, set()).add(finding.rule)
    entries = []
    for item in assessment.evidence:
        cited = sorted(rules.get(item.id, ()))
        controls = dict.fromkeys(name for rule in cited for name in control_names(rule, found))
        entries.append(_entry(item, cited, list(controls)))
    return entries


def _entry(item: Evidence, rules: list[str], controls: list[str]) -> dict[str, JsonValue]:
    return {
        "id": item.id,
        "file": f"{PAYLOAD}{item.file}" if item.file else "",
        "sha256": item.sha256,
        "bytes": item.bytes,
        "type": TYPE,
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
        return json.dumps(value, sort_keys=True, ensure_ascii=False, default=plain)
    if isinstance(value, list | tuple):
        return "; ".join(value)
    return str(value)
