"""What is written of an assessment is read back: written again, it gives the same bytes."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import scanner
from reports.document.details import details_members, read_details
from reports.document.reading import read_assessment
from reports.document.writing import document_bytes
from scanner.errors import SnapshotError
from scanner.model import (
    UNREAD,
    UNSEEN,
    Accounting,
    AccountScope,
    Assessment,
    Collected,
    Details,
    EvidenceId,
    Fix,
    HitDetails,
    LogRun,
    MatchedRecord,
    NoHitDetails,
    Origin,
    RecordBurst,
    ResourceDetails,
    RouteDetails,
    RuleId,
    ScanRun,
    Setting,
    SourceLine,
    Tool,
)

SCHEMA: Any = json.loads((Path(scanner.__file__).parent / "schemas" / "assessment.schema.json").read_bytes())
HIT = MatchedRecord("id", "2026-11-20T07:00:00Z", "StopLogging", "cloudtrail", "r", "who", "ip", "", "a.json", 3)
BURST = RecordBurst(('"ip"',), 5, "2026-11-20T07:00:00Z", "2026-11-20T07:05:00Z", ("id",))
EVERY_KIND: list[tuple[Details | None, set[str]]] = [
    (None, set()),
    (RouteDetails(nearest="f0"), {"first_broken", "lost", "nearest", "assumption", "warnings"}),
    (
        RouteDetails(
            "alarm", ("A", "B"), "f0", "it is so", ("w",), ("other",), ("kind",), Fix("Do.", ("aws x",), "alarm")
        ),
        {"first_broken", "lost", "nearest", "assumption", "warnings", "other_ways", "not_looked_at", "fix"},
    ),
    (ResourceDetails(Fix("Do it.")), {"fix"}),
    (HitDetails(2, 3, exact=False, hits=(HIT,)), {"hit_count", "matching_records", "count_is_exact", "hits"}),
    (
        HitDetails(5, 5, exact=True, hits=(HIT,), burst_count=1, bursts=(BURST,)),
        {"hit_count", "matching_records", "count_is_exact", "hits", "burst_count", "bursts"},
    ),
    (NoHitDetails(None, (UNREAD,)), {"unknown_because"}),
    (NoHitDetails(0, (UNSEEN,)), {"unknown_because", "hit_count", "records_judged"}),
    (NoHitDetails(7), {"hit_count", "records_judged", "matching_records"}),
]


@pytest.mark.parametrize(("details", "members"), EVERY_KIND)
def test_details_are_read_back(details: Details | None, members: set[str]) -> None:
    written = json.loads(json.dumps(details_members(details)))
    assert set(written) == members
    assert read_details(written) == details


@pytest.mark.parametrize(("details", "members"), EVERY_KIND)
def test_details_follow_the_schema(details: Details | None, members: set[str], assessment: Assessment) -> None:
    assert members == set(details_members(details))
    made = replace(assessment, findings=(replace(assessment.findings[0], details=details),))
    assert list(Draft202012Validator(SCHEMA).iter_errors(json.loads(document_bytes(made)))) == []


def over_records(assessment: Assessment) -> Assessment:
    line = SourceLine(
        EvidenceId("EV-0001"), "a.json", "records", 3, 1, 1, ((0, "why"),), 1, (), 0, "", "", ("n",), 9, ""
    )
    run = LogRun(
        tool=Tool("trailwitness", "1"),
        collected=Collected("2026-11-20T07:00:00Z", "2026-11-20T07:02:00Z"),
        partition="aws",
        accounts=("111122223333",),
        asked=("logs",),
        until="2026-11-20T00:00:00Z",
        excluded=("*.md",),
        rules=(RuleId("event.one"),),
        settings=(Setting(RuleId("event.one"), "names", ["a"], Origin.FLAG),),
        sources=(line,),
        accounting=Accounting(sources=1, records=3, passed_over=(("b", "why"),), records_by_account={"": 3}),
    )
    return replace(assessment, run=run, summary=replace(assessment.summary, records=3))


def test_when_an_account_joined_is_read_back(assessment: Assessment) -> None:
    assert isinstance(assessment.run, ScanRun)
    accounts = {**assessment.run.accounts, "444455556666": AccountScope(("us-east-1",), joined="2026-11-01T07:00:00Z")}
    made = replace(assessment, run=replace(assessment.run, accounts=accounts))
    assert read_assessment(document_bytes(made), made.rules).run == made.run


@pytest.mark.parametrize("kind", ["a scan", "log records"])
def test_an_assessment_is_read_back(kind: str, assessment: Assessment) -> None:
    made = assessment if kind == "a scan" else over_records(assessment)
    data = document_bytes(made)
    read = read_assessment(data, made.rules)
    assert (read.run, read.summary) == (made.run, made.summary)
    assert document_bytes(read) == data
    assert list(Draft202012Validator(SCHEMA).iter_errors(json.loads(data))) == []


@pytest.mark.parametrize(
    "change",
    [
        {"run": {"kind": "odd"}},
        {"run": {}},
        {"summary": {}},
        {"findings": [{}]},
        {"gaps": [{"kind": "denied"}]},
        {"evidence": [{"id": 1}]},
    ],
)
def test_another_shape_is_refused(change: dict[str, Any], assessment: Assessment) -> None:
    changed = {**json.loads(document_bytes(assessment)), **change}
    with pytest.raises(SnapshotError, match="not of the shape"):
        read_assessment(json.dumps(changed).encode(), assessment.rules)


def test_a_fix_names_the_link_of_a_route_alone() -> None:
    assert details_members(ResourceDetails(Fix("Do it."))) == {"fix": {"text": "Do it.", "commands": ()}}
    route = details_members(RouteDetails("alarm", fix=Fix("Do it.", ("aws x",), "alarm")))
    assert route["fix"] == {"link": "alarm", "text": "Do it.", "commands": ("aws x",)}
