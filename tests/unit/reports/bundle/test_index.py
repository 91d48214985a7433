import csv
import io
import json
from dataclasses import replace

from reports.bundle.index import index_csv, index_json
from scanner.model import Assessment


def test_every_call_has_its_entry(assessment: Assessment) -> None:
    entries = json.loads(index_json(assessment))["evidence"]
    numbers = [item.id for item in assessment.evidence]
    assert [entry["id"] for entry in entries] == numbers
    assert entries[0] == {
        "id": "EV-0001",
        "file": "data/raw/111122223333/us-east-1/cloudtrail.DescribeTrails.json",
        "sha256": assessment.evidence[0].sha256,
        "bytes": assessment.evidence[0].bytes,
        "type": "configuration data",
        "rules": ["route.cloudtrail-changes", "trail.log-file-validation"],
        "controls": ["hipaa-security-rule 164.312(b)", "pci-dss-4.0.1 10.2.1.6"],
        "account": "111122223333",
        "region": "us-east-1",
        "call": "cloudtrail.DescribeTrails",
        "arguments": {"includeShadowTrails": True},
        "collected_at": "2026-11-20T07:00:01Z",
        "request_ids": ["5d2b7c1e-0000-4000-8000-000000000001"],
        "error": "",
    }


def test_a_refused_call_has_no_file(assessment: Assessment) -> None:
    entry = json.loads(index_json(assessment))["evidence"][5]
    assert (entry["file"], entry["sha256"], entry["error"]) == ("", "", "AuthorizationError")


def test_csv_says_the_same_as_json(assessment: Assessment) -> None:
    rows = list(csv.DictReader(io.StringIO(index_csv(assessment).decode(), newline="")))
    entries = json.loads(index_json(assessment))["evidence"]
    digests = [entry["sha256"] for entry in entries]
    assert [row["sha256"] for row in rows] == digests
    assert rows[0]["rules"] == "route.cloudtrail-changes; trail.log-file-validation"
    assert json.loads(rows[0]["arguments"]) == {"includeShadowTrails": True}


def test_csv_runs_no_formula(assessment: Assessment) -> None:
    first = assessment.evidence[0]
    hostile = replace(first, key=replace(first.key, region="=1+1"), request_ids=("@x",))
    text = index_csv(replace(assessment, evidence=(hostile,))).decode()
    assert ",'=1+1," in text
    assert ",'@x," in text
