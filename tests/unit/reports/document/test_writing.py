import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import scanner
from reports.document.reading import read_document
from reports.document.schema import SCHEMA
from reports.document.writing import document, document_bytes
from reports.formats import FORMATS
from reports.wording import lookup
from scanner.errors import SnapshotError
from scanner.model import Assessment, CallKey, Finding, Outcome, Source
from scanner.model.json_values import as_objects

SCHEMA_FILE = Path(scanner.__file__).parent / "schemas" / "assessment.schema.json"


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads(SCHEMA_FILE.read_bytes())


def test_schema_is_valid_and_the_document_follows_it(schema: Any, assessment: Assessment) -> None:
    Draft202012Validator.check_schema(schema)
    errors = list(Draft202012Validator(schema).iter_errors(json.loads(document_bytes(assessment))))
    assert errors == []


def test_every_member_is_described(schema: Any) -> None:
    missing = [path for path, node in _properties(schema, "") if "description" not in _resolved(node, schema)]
    assert missing == []


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        (("schema",), "trailwitness/assessment/v2"),
        (("extra",), 1),
        (("findings", 0, "outcome"), "compliant"),
        (("findings", 0, "outcome"), "manual"),
        (("findings", 0, "severity"), "grave"),
        (("findings", 0, "account"), "1111"),
        (("findings", 0, "unknown_member"), ""),
        (("findings", 0, "pointers", 0), "trailList/0"),
        (("findings", 0, "links", 0, "verdict"), "ok"),
        (("findings", 0, "witness"), "StopLogging"),
        (("controls", 0, "coverage"), "complete"),
        (("gaps", 0, "kind"), "absent"),
        (("rules", 0, "digest"), "abc"),
        (("rules", 0, "check", "kind"), "alarm"),
        (("evidence", 0, "id"), "1"),
        (("evidence", 0, "started"), "2026-11-20 07:00"),
        (("summary", "findings", "pass"), -1),
    ],
)
def test_schema_refuses(pointer: tuple[str | int, ...], value: Any, schema: Any, assessment: Assessment) -> None:
    made = json.loads(document_bytes(assessment))
    place = made
    for step in pointer[:-1]:
        place = place[step]
    place[pointer[-1]] = value
    assert not Draft202012Validator(schema).is_valid(made)


def test_form_is_sorted_indented_and_ends_with_a_line_break(assessment: Assessment) -> None:
    data = document_bytes(assessment)
    again = json.dumps(json.loads(data), sort_keys=True, indent=2, ensure_ascii=False) + "\n"
    assert data == again.encode()


def test_pointers_name_evidence_and_place(assessment: Assessment) -> None:
    (finding, *_) = as_objects(document(assessment)["findings"])
    assert finding["pointers"] == ["EV-0001#/pages/0/trailList/0", "EV-0004#/pages/0/metricFilters/0"]


def test_a_source_without_a_recorded_call_has_no_pointer(assessment: Assessment) -> None:
    sources = (Source(CallKey("999999999999", "us-east-1", "kms.DescribeKey"), ""), *assessment.findings[0].sources)
    made = document(_with(assessment, replace(assessment.findings[0], sources=sources)))
    assert as_objects(made["findings"])[0]["pointers"] == [
        "EV-0001#/pages/0/trailList/0",
        "EV-0004#/pages/0/metricFilters/0",
    ]


def test_calls_are_known_by_the_snapshot_s_own_key(assessment: Assessment) -> None:
    keys = [CallKey(item.account, item.region, item.operation, item.arguments) for item in assessment.evidence]
    assert list(lookup(assessment).evidence) == keys


def test_counts_reconcile(assessment: Assessment) -> None:
    made: Any = document(assessment)
    outcomes = [finding["outcome"] for finding in made["findings"]]
    assert made["summary"]["findings"] == {name: outcomes.count(name) for name in made["summary"]["findings"]}
    assert made["summary"]["calls"] == len(made["evidence"])


def test_lone_surrogates_do_not_stop_it(assessment: Assessment) -> None:
    finding = replace(assessment.findings[0], resource="bucket-\udc80", witness={"\ud800": ["\udfff"]})
    made = json.loads(document_bytes(_with(assessment, finding)))
    assert made["findings"][0]["resource"] == "bucket-\udc80"
    assert made["findings"][0]["witness"] == {"\ud800": ["\udfff"], "synthetic": True}


def test_a_number_without_json_form_is_refused(assessment: Assessment) -> None:
    finding = replace(assessment.findings[0], witness={"share": float("nan")})
    with pytest.raises(ValueError, match="not JSON compliant"):
        document_bytes(_with(assessment, finding))


def test_writer_and_reader_agree(assessment: Assessment) -> None:
    out = io.BytesIO()
    FORMATS["json"].write(assessment, out)
    read = read_document(out.getvalue())
    assert read["schema"] == SCHEMA
    outcomes = [finding.outcome for finding in assessment.findings]
    assert [finding["outcome"] for finding in as_objects(read["findings"])] == outcomes


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not readable JSON"),
        (b"{", "not readable JSON"),
        (b"\xff", "not readable JSON"),
        (b'\xef\xbb\xbf{"schema": 1}', "not readable JSON"),
        (b"[" * 100_000, "not readable JSON"),
        (b'{"schema": "a", "schema": "b"}', "'schema' appears twice"),
        (b"[]", "but None"),
        (b'{"schema": "trailwitness/assessment/v9"}', "but 'trailwitness/assessment/v9'"),
        (b'{"schema": "trailwitness/assessment/v1"}', "no 'run' of type dict"),
        (
            json.dumps(
                {
                    "schema": SCHEMA,
                    "run": {},
                    "summary": {},
                    **{part: [1] for part in ("findings", "controls", "gaps", "rules", "evidence")},
                }
            ).encode(),
            "An entry of 'findings'",
        ),
    ],
)
def test_reader_refuses(data: bytes, message: str) -> None:
    with pytest.raises(SnapshotError, match=message):
        read_document(data)


def _with(assessment: Assessment, finding: Finding) -> Assessment:
    assert finding.outcome is Outcome.FAIL
    return replace(assessment, findings=(finding, *assessment.findings[1:]))


def _properties(node: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(node, dict):
        for name, value in node.get("properties", {}).items():
            yield f"{path}/{name}", value
        for name, value in node.items():
            yield from _properties(value, f"{path}/{name}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _properties(value, f"{path}/{number}")


def _resolved(node: Mapping[str, Any], schema: Any) -> Mapping[str, Any]:
    reference = node.get("$ref")
    if reference is None or "description" in node:
        return node
    found = schema["$defs"][reference.removeprefix("#/$defs/")]
    assert isinstance(found, dict)
    return found
