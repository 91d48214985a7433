"""The index of an evidence bundle: what each evidence number is, where its answer lies, and who rests on it."""

import json
from collections.abc import Iterable, Iterator, Mapping

from reports.bundle.bag import PAYLOAD
from reports.characters import escape_json
from reports.csv_rows import csv_pieces
from reports.plain_json import indented, json_bytes, plain
from reports.wording import control_names, lookup
from scanner.model import READ, Assessment, Evidence, EvidenceId, Finding, JsonValue, RuleId

SCHEMA = "trailwitness/evidence-index/v1"

CONFIGURATION, ACTIVITY = "configuration data", "user activity"
"""AWS Audit Manager's words for the answer of a read call and for log records, which auditors know."""

Places = Mapping[EvidenceId, str]
"""The file below ``data/`` that holds a piece of evidence, by its number; none for what is not in the bundle."""

COLUMNS: Mapping[str, str] = {
    "id": "evidence number, as reports cite it",
    "file": "the file in the bundle that holds the answer or the log; empty when the bundle holds none",
    "sha256": "SHA-256 of that answer or log as stored; empty when there is none",
    "bytes": "its size",
    "type": "`configuration data` for an answer, `user activity` for log records (the words of AWS Audit Manager)",
    "rules": "rules with a finding that rests on it",
    "controls": "controls that these rules are mapped to",
    "account": "the account that was asked; empty for a log source",
    "region": "the Region that was asked; empty where there is none",
    "call": "the AWS operation, such as `cloudtrail.DescribeTrails`; `read` for a log source",
    "arguments": "arguments of the call, as JSON in the CSV file",
    "collected_at": "when the call was made (UTC), by the clock of the machine that collected",
    "request_ids": "AWS request ids, one per page; CloudTrail records the call under them",
    "error": "AWS error code when the call gave no answer, or why a log was not read to its end; else empty",
}
"""The columns of ``index.csv``, which are the members of an entry in ``index.json``, each with what it holds."""


def index_json(assessment: Assessment, places: Places | None = None) -> bytes:
    """``index.json`` as ``index_json_pieces`` gives it."""
    return b"".join(index_json_pieces(assessment, places))


def index_csv(assessment: Assessment, places: Places | None = None) -> bytes:
    """``index.csv`` as ``index_csv_pieces`` gives it."""
    return b"".join(index_csv_pieces(assessment, places))


def index_json_pieces(assessment: Assessment, places: Places | None = None) -> Iterator[bytes]:
    """``index.json`` in pieces: the entries under ``evidence``, by number.

    ``places`` say where the evidence lies; without them it is where the assessment names it.
    """
    before = b'{\n  "evidence": [\n'
    for entry in _entries(assessment, places):
        yield before + b"    " + indented(entry, 2)
        before = b",\n"
    end = b'{\n  "evidence": []' if before.startswith(b"{") else b"\n  ]"
    yield end + b',\n  "schema": ' + json_bytes(SCHEMA)[:-1] + b"\n}\n"


def index_csv_pieces(assessment: Assessment, places: Places | None = None) -> Iterator[bytes]:
    """``index.csv`` in pieces: the same entries; lists are joined by ``; `` and arguments are JSON."""
    return csv_pieces(tuple(COLUMNS), (_row(entry) for entry in _entries(assessment, places)))


def _row(entry: Mapping[str, JsonValue]) -> list[str]:
    return [_cell(entry[name]) for name in COLUMNS]


def _entries(assessment: Assessment, places: Places | None) -> Iterator[dict[str, JsonValue]]:
    found = lookup(assessment)
    bits = {rule.id: 1 << number for number, rule in enumerate(assessment.rules)}
    citing = _citing(assessment.findings, bits)
    named: dict[int, tuple[list[str], list[str]]] = {0: ([], [])}
    for item in assessment.evidence:
        rules = citing.get(int(item.id.removeprefix("EV-")), 0)
        if rules not in named:
            cited: list[str] = sorted(rule for rule, bit in bits.items() if rules & bit)
            controls = dict.fromkeys(name for rule in cited for name in control_names(rule, found))
            named[rules] = (cited, list(controls))
        kind = ACTIVITY if item.operation == READ else CONFIGURATION
        yield _entry(item, kind, item.file if places is None else places.get(item.id, ""), *named[rules])


def _citing(findings: Iterable[Finding], bits: dict[RuleId, int]) -> dict[int, int]:
    """Which rules rest on a piece of evidence, as one bit each, by its number: there may be hundreds of thousands."""
    citing: dict[int, int] = {}
    for finding in findings:
        bit = bits.setdefault(finding.rule, 1 << len(bits))
        for evidence in finding.evidence:
            number = int(evidence.removeprefix("EV-"))
            citing[number] = citing.get(number, 0) | bit
    return citing


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
