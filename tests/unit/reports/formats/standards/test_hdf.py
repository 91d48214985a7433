import io
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from reports.formats.standards import hdf
from scanner.model import Assessment, InForce, Outcome, Severity

TEXT, TEXTS = {"type": "string"}, {"type": "array", "items": {"type": "object"}}
RESULT = {
    "type": "object",
    "required": ["status", "code_desc", "start_time"],
    "properties": {
        "status": {"enum": ["passed", "failed", "skipped", "error"]},
        "code_desc": {"type": "string", "minLength": 1},
        "start_time": {"type": "string", "pattern": "Z$"},
    },
}
CONTROL = {
    "type": "object",
    "required": ["id", "impact", "refs", "tags", "source_location", "results"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "impact": {"type": "number", "minimum": 0, "maximum": 1},
        "refs": TEXTS,
        "results": {"type": "array", "minItems": 1, "items": RESULT},
    },
}
PROFILE = {
    "type": "object",
    "required": ["name", "sha256", "supports", "attributes", "groups", "controls"],
    "properties": {
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "controls": {"type": "array", "items": CONTROL},
    },
}
SHAPE = {
    "type": "object",
    "required": ["platform", "profiles", "statistics", "version"],
    "properties": {"version": TEXT, "profiles": {"type": "array", "items": PROFILE}},
}
"""What readers of HDF need of it."""

Control = dict[str, Any]


def document(assessment: Assessment) -> dict[str, Any]:
    out = io.BytesIO()
    hdf.write(assessment, out)
    read: dict[str, Any] = json.loads(out.getvalue())
    return read


def controls(assessment: Assessment) -> list[Control]:
    return [control for profile in document(assessment)["profiles"] for control in profile["controls"]]


def shown(control: Control) -> str:
    """How Heimdall shows a control (``compute_status`` of inspecjs)."""
    statuses = [result["status"] for result in control["results"]]
    if "error" in statuses:
        return "Profile Error"
    if control.get("waiver_data", {}).get("skipped_due_to_waiver") or control["impact"] == 0:
        return "Not Applicable"
    if "failed" in statuses:
        return "Failed"
    return "Passed" if "passed" in statuses else "Not Reviewed"


@pytest.mark.parametrize("which", ["assessment", "stated", "records"])
def test_the_document_has_the_shape_that_readers_need(which: str, request: pytest.FixtureRequest) -> None:
    jsonschema.validate(document(request.getfixturevalue(which)), SHAPE)


def test_heimdall_shows_each_control_as_it_is(stated: Assessment) -> None:
    assert {control["id"]: shown(control) for control in controls(stated)} == {
        "route.cloudtrail-changes in 111122223333": "Not Applicable",  # waived
        "route.console-sign-in-without-mfa in 111122223333": "Profile Error",
        "trail.log-file-validation in 111122223333": "Passed",
        "bucket.versioning in 111122223333": "Passed",
        "trail.log-file-validation in 444455556666": "Failed",
        "route.organizations-changes in 444455556666": "Not Applicable",
        "bucket.versioning in 444455556666": "Profile Error",
        "hipaa-security-rule 164.308(a)(6)(ii)": "Not Reviewed",
        "pci-dss-4.0.1 12.10.1": "Not Reviewed",
        "trailwitness.could-not-look sns.ListSubscriptionsByTopic in 111122223333/us-east-1"
        " (denied AuthorizationError)": "Profile Error",
        "trailwitness.could-not-look cloudwatch.DescribeAlarms in 111122223333/eu-west-1"
        " (throttled Throttling)": "Profile Error",
        "trailwitness.could-not-look cloudwatch.DescribeAlarms in 111122223333/eu-west-2"
        " (throttled Throttling)": "Profile Error",
    }


def test_no_two_controls_share_an_id_for_heimdall_shows_one_of_them(stated: Assessment) -> None:
    ids = Counter(control["id"] for control in controls(stated))
    assert max(ids.values()) == 1


def test_every_finding_is_a_result_of_its_status(stated: Assessment) -> None:
    wanted = {
        Outcome.PASS: "passed",
        Outcome.FAIL: "failed",
        Outcome.UNKNOWN: "error",
        Outcome.NOT_APPLICABLE: "skipped",
    }
    named = [control for control in controls(stated) if " in " in control["id"]]
    judged = [control for control in named if not control["id"].startswith("trailwitness.")]
    statuses = Counter(result["status"] for control in judged for result in control["results"])
    assert statuses == Counter(wanted[finding.outcome] for finding in stated.findings)


@pytest.mark.parametrize(("outcome", "status"), [(Outcome.FAIL, "Failed"), (Outcome.UNKNOWN, "Profile Error")])
def test_what_no_waiver_covers_keeps_the_control_from_being_waived(
    outcome: Outcome, status: str, stated: Assessment
) -> None:
    (waived,) = [finding for finding in stated.findings if finding.waiver]
    bare = replace(waived, waiver="", resource="another", outcome=outcome)
    (control,) = [
        control
        for control in controls(replace(stated, findings=(*stated.findings, bare)))
        if control["id"] == "route.cloudtrail-changes in 111122223333"
    ]
    assert control["waiver_data"]["skipped_due_to_waiver"] is False
    assert shown(control) == status


def test_a_failure_of_the_least_severity_has_impact(assessment: Assessment) -> None:
    slight = tuple(replace(finding, severity=Severity.INFO) for finding in assessment.findings)
    failed = [control for control in controls(replace(assessment, findings=slight)) if shown(control) == "Failed"]
    assert len(failed) == sum(finding.outcome is Outcome.FAIL for finding in slight)


def test_an_attestation_is_told_while_it_counts(stated: Assessment) -> None:
    (attested,) = [control for control in controls(stated) if "attestation_data" in control]
    assert attested["attestation_data"] == {
        "control_id": "hipaa-security-rule 164.308(a)(6)(ii)",
        "explanation": "The on-call log of the quarter was reviewed.",
        "frequency": "92d",
        "status": "passed",
        "updated": "2026-11-02T00:00:00Z",
        "updated_by": "R. Roe, SOC lead",
    }
    (use,) = stated.exceptions.attestations
    used = replace(stated.exceptions, attestations=(replace(use, in_force=InForce.EXPIRED),))
    overdue = controls(replace(stated, exceptions=used))
    assert not [control for control in overdue if "attestation_data" in control]
    assert any("Overdue" in result.get("skip_message", "") for control in overdue for result in control["results"])


def test_findings_of_accounts_in_any_order_are_together(assessment: Assessment) -> None:
    mixed = replace(assessment, findings=tuple(assessment.findings[index] for index in (3, 0, 6, 1, 5, 2, 4)))
    names = [profile["name"] for profile in document(mixed)["profiles"]]
    accounts = ["trailwitness-111122223333", "trailwitness-444455556666"]
    assert names == [*accounts, "trailwitness-manual-controls", "trailwitness-could-not-look"]


def test_hostile_texts_are_visible(
    stated: Assessment, hostile: Callable[[Assessment, str], Assessment], hostile_text: str
) -> None:
    written = document(hostile(stated, hostile_text))
    jsonschema.validate(written, SHAPE)
    assert not any(hidden in json.dumps(written, ensure_ascii=False) for hidden in "\x1b\x00\u202e\ud800\u2028")
