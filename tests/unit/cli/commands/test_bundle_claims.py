"""Every claim that the README inside a bundle makes about the bundle, over a whole account."""

import csv
import hashlib
import io
import json
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from scanner.cases import load_cases
from scanner.cases.run import case_snapshot
from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.content.rules import load_rules
from scanner.model import CallKey, RuleId
from scanner.snapshot.answers import Reply
from scanner.snapshot.folder import SnapshotWriter

ROOT = Path(__file__).parents[4]
SET = "route.cloudtrail-config-changes.max_delivery_age_hours=48"


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of an account whose metric filter loses an event, and of which little else was collected."""
    folder = tmp_path_factory.mktemp("claims")
    (rule,) = (rule for rule in load_rules() if rule.id == "route.cloudtrail-config-changes")
    case = next(case for case in load_cases(rule, ROOT / "rules", proven=True) if case.expect.lost)
    snapshot = case_snapshot(case)
    with SnapshotWriter(folder / "snapshot") as writer:
        for call in snapshot.calls:
            answer = snapshot.ask(call.account, call.region, call.operation, call.arguments)
            place = (call.account, call.region, call.operation)
            if call.error is None:
                writer.record(
                    CallKey(*place, call.arguments), Reply(pages=answer.pages, items=call.items), call.started
                )
        writer.finish(dict(snapshot.run))
    arguments = ["--framework", "cis-aws-5.0.0", "--parameter", SET, "-q", "--bundle", str(folder / "bag")]
    assert run(["scan", "--snapshot", str(folder / "snapshot"), *arguments]) == Exit.FINDINGS
    return folder / "bag"


@pytest.fixture(scope="module")
def assessment(bag: Path) -> dict[str, Any]:
    found: dict[str, Any] = document(bag, "assessment.json")
    return found


def document(bag: Path, name: str) -> Any:
    return json.loads((bag / "data" / name).read_text(encoding="utf-8"))


def rows(bag: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((bag / "data" / name).read_text(encoding="utf-8"))))


def test_common_tools_find_it_unchanged(bag: Path) -> None:
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        done = subprocess.run(["sha256sum", "-c", manifest], cwd=bag, capture_output=True, text=True, check=True)
        assert all(line.endswith(": OK") for line in done.stdout.splitlines())


def test_the_two_numbers_are_equal(bag: Path) -> None:
    files = [path for path in (bag / "data").rglob("*") if path.is_file()]
    assert len(files) == len((bag / "manifest-sha256.txt").read_text(encoding="utf-8").splitlines())


def test_the_identity_covers_every_byte(bag: Path) -> None:
    """The tag manifest covers the manifest, which covers the payload."""
    tags = (bag / "tagmanifest-sha256.txt").read_text(encoding="utf-8")
    for name in ("bagit.txt", "bag-info.txt", "manifest-sha256.txt"):
        assert f"{hashlib.sha256((bag / name).read_bytes()).hexdigest()}  {name}\n" in tags
    listed = (bag / "manifest-sha256.txt").read_text(encoding="utf-8")
    for path in (bag / "data").rglob("*"):
        if path.is_file():
            assert f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(bag).as_posix()}\n" in listed


def test_every_file_is_explained_and_every_file_explained_is_there(bag: Path) -> None:
    readme = (bag / "data/README.txt").read_text(encoding="utf-8")
    section = readme[readme.index("2. WHAT EACH FILE IS") : readme.index("3. HOW TO FOLLOW")]
    explained = {line.split()[0] for line in section.splitlines() if line.startswith("    ") and line[4] != " "}
    for name in explained:
        assert (bag / name).exists(), name
    folders = {name for name in explained if name.endswith("/")}
    for path in bag.rglob("*"):
        name = path.relative_to(bag).as_posix()
        inside = any(name.startswith(folder) for folder in folders)
        assert path.is_dir() or inside or name in explained or name == "data/README.txt", name


def test_the_index_lists_every_call_and_what_rests_on_it(bag: Path, assessment: dict[str, Any]) -> None:
    listed = rows(bag, "index.csv")
    calls = [json.loads(line) for line in (bag / "data/calls.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(listed) == len(calls) == len(assessment["evidence"])
    assert document(bag, "index.json")["evidence"][0]["id"] == listed[0]["id"] == "EV-0001"
    cited: dict[str, set[str]] = {}
    for finding in assessment["findings"]:
        for number in finding["evidence"]:
            cited.setdefault(number, set()).add(finding["rule"])
    controls = _controls(assessment)
    for row in listed:
        rules = [name for name in row["rules"].split("; ") if name]
        assert set(rules) == cited.get(row["id"], set())
        expected = {control for rule in rules for control in controls.get(rule, ())}
        assert {name for name in row["controls"].split("; ") if name} == expected
        if row["file"]:
            assert hashlib.sha256((bag / row["file"]).read_bytes()).hexdigest() == row["sha256"]


def _controls(assessment: Mapping[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for control in assessment["controls"]:
        for rule in control["rules"]:
            found.setdefault(rule, []).append(f"{control['framework']} {control['id']}")
    return found


def test_all_reports_repeat_the_assessment(bag: Path, assessment: dict[str, Any]) -> None:
    findings = assessment["findings"]
    told = [(row["rule"], row["outcome"], row["resource"], row["reason"]) for row in rows(bag, "findings.csv")]
    assert told == [(item["rule"], item["outcome"], item["resource"], item["reason"]) for item in findings]
    suites = ET.fromstring((bag / "data/junit.xml").read_bytes())
    assert len(list(suites.iter("testcase"))) == len(findings)
    assert len(list(suites.iter("failure"))) == sum(item["outcome"] == "fail" for item in findings)
    summary = " ".join((bag / "data/summary.txt").read_text(encoding="utf-8").split())
    for item in findings:
        assert item["rule"] in summary
        assert " ".join(item["reason"].split()) in summary


def test_the_run_says_who_when_and_where(bag: Path, assessment: dict[str, Any]) -> None:
    told = document(bag, "run.json")
    assert told["caller"]["arn"] == assessment["run"]["caller"]["arn"]
    assert told["started"] == assessment["run"]["collected"]["started"]
    assert told["scope"] == assessment["run"]["scope"]
    assert set(told) >= {"tool", "dependencies"}


def test_every_call_has_its_line(bag: Path) -> None:
    for line in (bag / "data/calls.jsonl").read_text(encoding="utf-8").splitlines():
        call = json.loads(line)
        assert {"arguments", "started", "date", "request_ids", "pages", "items", "sha256", "error"} <= set(call)
        if call["file"]:
            assert call["file"].startswith(f"raw/{call['account']}/{call['region']}/{call['operation']}")


def test_rules_and_frameworks_are_those_that_were_used(bag: Path, assessment: dict[str, Any]) -> None:
    for rule in assessment["rules"]:
        inside = (bag / "data/rules" / rule["path"]).read_bytes()
        assert inside == (ROOT / "rules" / rule["path"]).read_bytes()
        assert hashlib.sha256(inside).hexdigest() == rule["digest"]
    for framework in assessment["run"]["frameworks"]:
        name = f"{framework['id']}.yaml"
        assert (bag / "data/frameworks" / name).read_bytes() == (ROOT / "frameworks" / name).read_bytes()


def test_the_schemas_are_those_of_the_files(bag: Path) -> None:
    shapes = bag / "data/schemas"

    def check(schema: str, value: object) -> None:
        Draft202012Validator(json.loads((shapes / schema).read_text(encoding="utf-8"))).validate(value)

    check("assessment.schema.json", document(bag, "assessment.json"))
    for path in (bag / "data/rules").rglob("*.yaml"):
        check("rule.schema.json", yaml.safe_load(path.read_text(encoding="utf-8")))
    for path in (bag / "data/frameworks").glob("*.yaml"):
        check("framework.schema.json", yaml.safe_load(path.read_text(encoding="utf-8")))


def test_every_parameter_in_force_is_stated_with_its_origin(bag: Path, assessment: dict[str, Any]) -> None:
    stated = document(bag, "parameters.json")
    assert stated == assessment["run"]["parameters"]
    rules = {rule.id: rule for rule in load_rules()}
    for name in assessment["run"]["rules"]:
        rule, _, given = name.partition("[")
        assert set(stated.get(name, {})) == {item.name for item in rules[RuleId(rule)].parameters}
        for parameter in rules[RuleId(rule)].parameters:
            if f"{name}.{parameter.name}" == SET.partition("=")[0]:
                assert stated[name][parameter.name] == {"value": 48, "origin": "flag"}
            elif f"{parameter.name}=" in given:
                assert stated[name][parameter.name]["origin"] == "framework"
            else:
                assert stated[name][parameter.name] == {"value": parameter.default, "origin": "default"}


def test_pointers_lead_to_the_facts(bag: Path, assessment: dict[str, Any]) -> None:
    files = {row["id"]: row["file"] for row in rows(bag, "index.csv")}
    followed = 0
    for finding in assessment["findings"]:
        for pointer in finding["pointers"]:
            number, _, path = pointer.partition("#")
            if files[number]:
                value: Any = json.loads((bag / files[number]).read_text(encoding="utf-8"))
                for step in path.split("/")[1:]:
                    value = value[int(step)] if isinstance(value, list) else value[step]
                followed += 1
    assert followed > 50


def test_an_unknown_says_what_is_missing_and_is_never_a_pass(assessment: dict[str, Any]) -> None:
    unknown = [item for item in assessment["findings"] if item["outcome"] == "unknown"]
    assert unknown
    assert all(item["reason"] for item in unknown)
    undecided = {item["rule"] for item in unknown}
    resting = [control for control in assessment["controls"] if undecided & set(control["rules"])]
    assert resting
    assert all(control["outcome"] in {"unknown", "fail"} for control in resting)


def test_every_gap_is_of_a_kind_that_is_explained(bag: Path, assessment: dict[str, Any]) -> None:
    """Refused, failed or not made, malformed, or about a Region that was left out; bag-info.txt counts them all."""
    kinds = {"denied", "throttled", "endpoint", "not-collected", "out-of-scope", "invalid", "error", "region-off"}
    assert {gap["kind"] for gap in assessment["gaps"]} <= kinds
    assert all((gap["kind"] == "region-off") is not bool(gap["operation"]) for gap in assessment["gaps"])
    assert f"\nGaps: {len(assessment['gaps'])}\n" in (bag / "bag-info.txt").read_text(encoding="utf-8")


def test_what_is_lost_is_asked_for_and_carried_by_no_working_route(assessment: dict[str, Any]) -> None:
    name = SET.rpartition(".")[0]
    (text,) = (rule.text for rule in load_rules() if rule.id == name)
    (route,) = (item for item in assessment["findings"] if item["rule"] == name)
    lost = route["details"]["lost"]
    assert lost
    assert all(event in text for event in lost)
    assert "fail" in {link["verdict"] for link in route["links"]}


def test_nothing_outside_the_scope_was_looked_at(bag: Path) -> None:
    accounts = document(bag, "run.json")["scope"]["accounts"]
    for line in (bag / "data/calls.jsonl").read_text(encoding="utf-8").splitlines():
        call = json.loads(line)
        assert call["region"] in accounts[call["account"]]["regions"]


def test_a_witness_is_marked_wherever_it_is_told(bag: Path, assessment: dict[str, Any]) -> None:
    lost = [item["witness"] for item in assessment["findings"] if item["witness"]]
    assert lost
    assert all(witness["synthetic"] is True for witness in lost)
    for name in ("junit.xml", "summary.txt"):
        text = (bag / "data" / name).read_text(encoding="utf-8")
        assert text.count("made-up example") == len(lost)
    readme = (bag / "data/README.txt").read_text(encoding="utf-8")
    for word in ("lost", "witness", "nearest", "route", "gap", "assumption"):
        assert f"\n    {word} " in readme
    assert "It is made up" in readme


def test_no_list_is_cut(bag: Path) -> None:
    for path in (bag / "data").rglob("*"):
        if path.suffix in {".txt", ".csv", ".xml"} or path.name == "assessment.json":
            assert " more" not in path.read_text(encoding="utf-8").replace("one more", ""), path
