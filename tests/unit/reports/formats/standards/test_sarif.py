import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from reports.formats.standards import sarif
from scanner.errors import UsageError
from scanner.model import (
    Accounting,
    Assessment,
    CallKey,
    ControlResult,
    Coverage,
    Gap,
    GapKind,
    LogRun,
    Outcome,
    Severity,
)

MESSAGE = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
URI = {"type": "string", "pattern": r"^[A-Za-z0-9%/:@._~-]+$"}
RESULT = {
    "type": "object",
    "required": ["ruleId", "kind", "level", "message", "partialFingerprints"],
    "properties": {
        "kind": {"enum": ["pass", "open", "notApplicable", "review", "fail"]},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "message": MESSAGE,
        "locations": {"type": "array", "minItems": 1, "maxItems": 1000},
    },
    "if": {"properties": {"kind": {"not": {"const": "fail"}}}},
    "then": {"properties": {"level": {"const": "none"}}},
}
RULE = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "fullDescription": {"properties": {"text": {"maxLength": 1024}}},
        "properties": {
            "properties": {
                "tags": {"type": "array", "maxItems": 20, "uniqueItems": True},
                "security-severity": {"type": "string", "pattern": r"^[0-9]\.[0-9]$"},
            }
        },
    },
}
RUN = {
    "type": "object",
    "required": ["tool", "results"],
    "properties": {
        "tool": {"properties": {"driver": {"properties": {"rules": {"type": "array", "items": RULE}}}}},
        "results": {"type": "array", "items": RESULT, "maxItems": 25_000},
        "artifacts": {"type": "array", "items": {"properties": {"location": {"properties": {"uri": URI}}}}},
    },
}
SHAPE = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {"version": {"const": "2.1.0"}, "runs": {"type": "array", "minItems": 1, "items": RUN}},
}
"""What the standard and GitHub ask of what is written here."""


def document(assessment: Assessment) -> dict[str, Any]:
    out = io.BytesIO()
    sarif.write(assessment, out)
    read: dict[str, Any] = json.loads(out.getvalue())
    jsonschema.validate(read, SHAPE)
    return read


def only_run(assessment: Assessment) -> dict[str, Any]:
    (run,) = document(assessment)["runs"]
    assert isinstance(run, dict)
    return run


@pytest.fixture
def every_outcome(stated: Assessment, records: Assessment) -> Assessment:
    """The findings and statements of the sample as if they were about log records."""
    return replace(stated, run=records.run)


def test_a_scan_has_no_sarif(assessment: Assessment) -> None:
    out = io.BytesIO()
    with pytest.raises(UsageError, match="an account has none"):
        sarif.write(assessment, out)
    assert out.getvalue() == b""


def test_records_are_located_in_their_sources(records: Assessment) -> None:
    found, unseen = only_run(records)["results"]
    places = [
        (each["physicalLocation"]["artifactLocation"]["uri"], each["logicalLocations"][0]["name"])
        for each in found["locations"]
    ]
    assert places == [
        ("logs/a%20b.json.gz", "record 0"),
        ("logs/a%20b.json.gz", "record 1"),
        ("s3://trail/AWSLogs/x.json.gz", "record 2"),
    ]
    assert (found["kind"], found["level"]) == ("fail", "error")
    assert (unseen["kind"], unseen["level"]) == ("open", "none")
    assert "locations" not in unseen


def test_each_outcome_has_its_kind_and_only_a_pass_is_one(every_outcome: Assessment) -> None:
    wanted = {"pass": "pass", "fail": "fail", "unknown": "open", "not_applicable": "notApplicable"}
    results = only_run(every_outcome)["results"]
    judged = [result for result in results if "properties" in result]
    for result in judged:
        assert result["kind"] == wanted[result["properties"]["outcome"]]
    assert [result["kind"] for result in results if result not in judged] == ["review", "review"]


def test_a_waived_failure_is_suppressed_and_a_known_one_is_not(every_outcome: Assessment) -> None:
    results = only_run(every_outcome)["results"]
    (waived,) = [result for result in results if "suppressions" in result]
    (suppression,) = waived["suppressions"]
    assert waived["kind"] == "fail"
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert "2026-12-31" in suppression["justification"]
    known = [result for result in results if result.get("properties", {}).get("inBaseline")]
    assert len(known) == 1


def test_rules_are_found_by_their_index(every_outcome: Assessment) -> None:
    run = only_run(every_outcome)
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    severities = {rule["id"]: rule.get("properties", {}).get("security-severity") for rule in rules}
    assert severities["route.cloudtrail-changes"] == "9.5"


def test_tags_are_no_more_than_github_takes(records: Assessment) -> None:
    rule = records.findings[0].rule
    controls = tuple(
        ControlResult("own", f"C.{number}", "", Coverage.FULL, Outcome.FAIL, "", (rule,)) for number in range(40)
    )
    first = only_run(replace(records, controls=controls))["tool"]["driver"]["rules"][0]
    assert len(first["properties"]["tags"]) == 20
    assert len(first["properties"]["controls"]) == 40


def test_more_results_than_a_run_takes_are_further_runs(records: Assessment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_RESULTS", 3)
    many = tuple(replace(records.findings[0], resource=str(number)) for number in range(7))
    runs = document(replace(records, findings=many))["runs"]
    assert [len(run["results"]) for run in runs] == [3, 3, 1]
    assert len({run["automationDetails"]["id"] for run in runs}) == 3


def test_what_was_not_read_is_a_notification(records: Assessment) -> None:
    gap = Gap(key=CallKey.of_source("logs/c.json"), kind=GapKind.DENIED, reason="[x](y) cannot be read")
    assert isinstance(records.run, LogRun)
    run = replace(records.run, accounting=Accounting(incomplete=1))
    (invocation,) = only_run(replace(records, gaps=(gap,), run=run))["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"] == "logs/c.json: \\[x\\](y) cannot be read"


def test_a_failure_of_the_least_severity_is_a_note(records: Assessment) -> None:
    slight = tuple(replace(finding, severity=Severity.INFO) for finding in records.findings)
    assert [result["level"] for result in only_run(replace(records, findings=slight))["results"]] == ["note", "none"]


def test_hostile_texts_are_visible_and_make_no_links(
    records: Assessment, hostile: Callable[[Assessment, str], Assessment], hostile_text: str
) -> None:
    written = document(hostile(records, hostile_text))
    told = json.dumps(written, ensure_ascii=False)
    assert not any(hidden in told for hidden in "\x1b\x00\u202e\ud800\u2028")
    texts = [result["message"]["text"] for run in written["runs"] for result in run["results"]]
    assert all("\\[x\\](javascript" in text for text in texts)
