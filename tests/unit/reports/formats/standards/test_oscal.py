import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from reports.formats.standards.oscal import components, results
from reports.formats.standards.oscal.datatypes import markup, token
from scanner.model import Assessment, Outcome

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")
TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*\Z")
STRING = re.compile(r"\S(.*\S)?\Z")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z\Z")

SHAPES = {
    "uuid": UUID,
    "observation-uuid": UUID,
    "risk-uuid": UUID,
    "subject-uuid": UUID,
    "actor-uuid": UUID,
    "component-uuid": UUID,
    "control-id": TOKEN,
    "target-id": TOKEN,
    "value": STRING,
    "collected": MOMENT,
    "deadline": MOMENT,
    "start": MOMENT,
    "end": MOMENT,
    "last-modified": MOMENT,
}
"""What the datatypes of OSCAL ask of the members of that name."""

KINDS = ["assessment", "stated", "records", "hostile_one"]
EVERY_KIND = pytest.mark.parametrize("which", KINDS)


@pytest.fixture(scope="session")
def hostile_one(stated: Assessment, hostile: Callable[[Assessment, str], Assessment], hostile_text: str) -> Assessment:
    return hostile(stated, hostile_text)


def results_of(assessment: Assessment) -> dict[str, Any]:
    out = io.BytesIO()
    results.write(assessment, out)
    read: dict[str, Any] = json.loads(out.getvalue())["assessment-results"]
    return read


def definition_of(assessment: Assessment) -> dict[str, Any]:
    out = io.BytesIO()
    components.write(assessment, out)
    read: dict[str, Any] = json.loads(out.getvalue())["component-definition"]
    return read


def members(value: Any) -> Iterator[tuple[str, Any]]:
    """Every member of every object inside, by its name."""
    if isinstance(value, dict):
        yield from value.items()
        for each in value.values():
            yield from members(each)
    elif isinstance(value, list):
        for each in value:
            yield from members(each)


def prop(entry: dict[str, Any], name: str) -> str | None:
    return next((each["value"] for each in entry.get("props", ()) if each["name"] == name), None)


@EVERY_KIND
@pytest.mark.parametrize("made", [results_of, definition_of])
def test_members_have_the_shapes_that_oscal_asks_for(
    which: str, made: Callable[[Assessment], dict[str, Any]], request: pytest.FixtureRequest
) -> None:
    for name, value in members(made(request.getfixturevalue(which))):
        assert value not in ([], {}, ""), name
        assert name not in SHAPES or SHAPES[name].match(value), (name, value)


@EVERY_KIND
def test_what_is_referred_to_is_there_once(which: str, request: pytest.FixtureRequest) -> None:
    document = results_of(request.getfixturevalue(which))
    defined = [value for name, value in members(document) if name == "uuid"]
    assert len(defined) == len(set(defined))
    referring = ("observation-uuid", "risk-uuid", "subject-uuid", "actor-uuid", "component-uuid")
    named = {value for name, value in members(document) if name in referring}
    named |= {value[1:] for name, value in members(document) if name == "href" and value.startswith("#")}
    assert named <= set(defined)
    objectives = document.get("local-definitions", {}).get("objectives-and-methods", ())
    known = {part["id"] for each in objectives for part in each["parts"]}
    assert {value for name, value in members(document) if name == "target-id"} <= known


def test_each_outcome_of_a_control_has_its_state_and_only_a_pass_is_satisfied(assessment: Assessment) -> None:
    (result,) = results_of(assessment)["results"]
    wanted = {
        "pass": ("satisfied", "pass"),
        "fail": ("not-satisfied", "fail"),
        "unknown": ("not-satisfied", "other"),
        "not_applicable": ("not-satisfied", "other"),
    }
    outcomes = Counter(prop(finding, "outcome") for finding in result["findings"])
    judged = [control for control in assessment.controls if control.outcome is not Outcome.MANUAL]
    assert outcomes == Counter(str(control.outcome) for control in judged)
    for finding in result["findings"]:
        outcome, target = prop(finding, "outcome"), finding["target"]
        assert outcome is not None
        assert (target["status"]["state"], target["status"]["reason"]) == wanted[outcome]
        assert ("implementation-status" in target) == (outcome == "not_applicable")
        if prop(finding, "coverage") != "full":
            assert "The rules are not all of the control." in finding["description"]


def test_every_finding_is_an_observation_with_its_evidence(assessment: Assessment) -> None:
    (result,) = results_of(assessment)["results"]
    judged = [each for each in result["observations"] if prop(each, "Rule_Id")]
    outcomes = [prop(each, "outcome") for each in judged]
    assert outcomes == [str(finding.outcome) for finding in assessment.findings]
    assert {name for each in judged for name in each["methods"]} == {"TEST"}
    for finding, observation in zip(assessment.findings, judged, strict=True):
        assert len(observation.get("relevant-evidence", ())) == len(finding.evidence)
    hashes = [value for name, value in members(results_of(assessment)["back-matter"]) if name == "hashes"]
    assert len(hashes) == sum(bool(item.file) for item in assessment.evidence)


def test_a_waiver_is_an_approved_deviation_with_its_end_and_the_finding_stays(stated: Assessment) -> None:
    (result,) = results_of(stated)["results"]
    (risk,) = result["risks"]
    assert (risk["status"], risk["deadline"]) == ("deviation-approved", "2026-12-31T23:59:59Z")
    assert prop(risk, "approver") == "J. Doe, CISO"
    concerned = [finding for finding in result["findings"] if "related-risks" in finding]
    assert concerned
    assert {finding["target"]["status"]["state"] for finding in concerned} == {"not-satisfied"}


def test_a_manual_control_has_an_observation_and_no_finding(stated: Assessment) -> None:
    (result,) = results_of(stated)["results"]
    manual = [each for each in result["observations"] if prop(each, "outcome") == "manual"]
    assert [each["methods"] for each in manual] == [["INTERVIEW", "EXAMINE"], ["UNKNOWN"]]
    assert not [finding for finding in result["findings"] if prop(finding, "outcome") == "manual"]
    (attestation,) = result["attestations"]
    (part,) = attestation["parts"]
    assert part["prose"].startswith("Attested: R. Roe (SOC lead) stated on 2026-11-02")


def test_a_document_is_another_one_when_other_statements_count(assessment: Assessment, stated: Assessment) -> None:
    assert results_of(assessment)["uuid"] == results_of(assessment)["uuid"] != results_of(stated)["uuid"]


def test_log_records_are_examined(records: Assessment) -> None:
    (result,) = results_of(records)["results"]
    assert {method for each in result["observations"] for method in each["methods"]} == {"EXAMINE"}
    (selection,) = result["reviewed-controls"]["control-selections"]
    assert selection["description"].startswith("No framework was chosen")


def test_trestle_joins_rules_to_controls(assessment: Assessment) -> None:
    service, validation = definition_of(assessment)["components"]
    for rule in assessment.rules:
        (group,) = {each["remarks"] for each in validation["props"] if each["value"] == rule.id}
        names = [each["name"] for each in validation["props"] if each["remarks"] == group]
        assert names == ["Rule_Id", "Rule_Description", "Check_Id", "Check_Description"]
    supported = {
        (requirement["control-id"], each["value"])
        for implementation in service["control-implementations"]
        for requirement in implementation["implemented-requirements"]
        for each in requirement["props"]
        if each["name"] == "Rule_Id"
    }
    wanted = {(token(f"{each.framework}_{each.id}"), rule) for each in assessment.controls for rule in each.rules}
    assert supported == wanted


def test_tokens_keep_what_tells_controls_apart() -> None:
    assert token("hipaa_164.312(a)(2)(iv)") == "hipaa_164.312.a.2.iv"
    assert token("10.2.1") == "_10.2.1"
    assert token("1 a") != token("1_a") != token("1/a")
    assert token("") == "_"


def test_markup_is_read_as_it_is() -> None:
    assert markup("<b>[x](y) {{ insert: param, z }} `c` *d* \\") == (
        "\\<b\\>\\[x\\](y) \\{{ insert: param, z }} \\`c\\` \\*d\\* \\\\"
    )
    assert markup("a\x1b\nb") == "a\\\\u001b\nb"
