"""A rule that a framework gives parameters, from the scan to every report, the bundle and its proof."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from reports.bundle.readers import open_bag
from reports.comparison.comparing import compare
from reports.comparison.sides import Side
from reports.document.writing import document
from reports.formats import FORMATS
from scanner.assessment.exceptions import failure_of
from scanner.content.frameworks import load_frameworks
from scanner.content.rules import load_rules
from scanner.content.stated.waivers import read_waivers
from scanner.errors import ContentError
from scanner.model.json_values import as_object
from scanner.runs.configuration import read_selection
from scanner.runs.explaining import Explainer
from scanner.runs.over_logs.reproduction import Originals
from scanner.runs.scanning import Scan, scan_snapshot, seal_scan
from scanner.runs.selection import select
from scanner.runs.verifying import verify_bundle
from scanner.schemas import misfit

PLAIN = "route.root-usage"
SOON = f"{PLAIN}[max_period=300]"

FRAMEWORK = """\
id: own-1.0
title: Our own
version: "1.0"
source: https://example.com/own
notes: What an auditor must know.
controls:
  - id: "1.1"
    title: Use of the root user is noticed soon
    coverage: partial
    notes: The route is judged; a person looks at the rest.
    rules: [{rule: route.root-usage, with: {max_period: 300}}]
  - id: "1.2"
    title: Use of the root user is noticed
    coverage: partial
    notes: The route is judged; a person looks at the rest.
    rules: [route.root-usage]
"""


@pytest.fixture
def scan(snapshot: Path, tmp_path: Path) -> Scan:
    path = tmp_path / "own-1.0.yaml"
    path.write_text(FRAMEWORK, encoding="utf-8")
    return scan_snapshot(snapshot, select((str(path),), (), (), ()))


def test_each_set_of_parameters_has_its_finding_and_its_control(scan: Scan) -> None:
    assert [finding.rule for finding in scan.assessment.findings] == [PLAIN, SOON]
    assert [control.rules for control in scan.assessment.controls] == [(SOON,), (PLAIN,)]
    outcomes = [finding.outcome for finding in reversed(scan.assessment.findings)]
    assert [control.outcome for control in scan.assessment.controls] == outcomes
    assert len(set(map(failure_of, scan.assessment.findings))) == 2
    written = json.loads(json.dumps(document(scan.assessment)))
    assert not misfit(written, "assessment")
    settings = as_object(as_object(as_object(written["run"])["parameters"])[SOON])
    assert settings["max_period"] == {"value": 300, "origin": "framework"}


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"xlsx", "sarif"}))
def test_every_format_tells_them_apart(scan: Scan, name: str) -> None:
    stream = io.BytesIO()
    FORMATS[name].write(scan.assessment, stream)
    told = (
        stream.getvalue().decode().replace("&#91;", "[").replace("\\[", "[").replace("\\_", "_").replace("&#x3D;", "=")
    )
    assert SOON in told, name


def test_a_bundle_holds_the_rule_once_and_is_judged_the_same_again(scan: Scan, tmp_path: Path) -> None:
    seal_scan(scan, tmp_path / "bundle")
    payload = tmp_path / "bundle" / "data"
    assert [path.name for path in (payload / "rules" / "route").iterdir()] == ["root-usage.yaml"]
    again = read_selection(payload)
    assert [rule.id for rule in again.rules] == [PLAIN, SOON]
    assert again.settings == scan.selection.settings
    assert again.frameworks[0].controls == scan.selection.frameworks[0].controls
    with open_bag(tmp_path / "bundle") as bag:
        assert json.loads(bag.read("data/assessment.json"))["findings"][1]["rule"] == SOON
    verified = verify_bundle(tmp_path / "bundle", Originals(()))
    assert (verified.problems, verified.differences, verified.not_done) == ((), (), "")
    file = payload / "parameters.json"
    stated = json.loads(file.read_text())
    stated[SOON]["max_period"]["value"] = 86400
    file.write_text(json.dumps(stated))
    with pytest.raises(ContentError, match=r"max_period is not what its frameworks give"):
        read_selection(payload)
    del stated[SOON]
    stated[PLAIN]["max_period"]["origin"] = "framework"
    file.write_text(json.dumps(stated))
    with pytest.raises(ContentError, match=r"must state a value and its origin \(default, file, flag\)"):
        read_selection(payload)


def test_what_was_found_says_with_which_parameters(scan: Scan) -> None:
    rules = [rule for rule in scan.selection.rules if rule.id == PLAIN]
    explanation = Explainer(rules, (), scan.assessment).explain(PLAIN)
    (found,) = (section for section in explanation.sections if section.heading == "What was found here")
    first, second = found.items
    assert first.startswith("fail, 111122223333: ")
    assert second.startswith(f"{SOON}: fail, 111122223333: ")


def test_a_control_is_explained_by_what_it_asks_for(scan: Scan, tmp_path: Path) -> None:
    rules = [rule for rule in load_rules() if rule.id == PLAIN]
    frameworks = load_frameworks(("own-1.0",), {PLAIN}, files=[tmp_path / "own-1.0.yaml"])
    for found in (scan.assessment, replace(scan.assessment, controls=())):
        explainer = Explainer(rules, frameworks, found)
        for control, name, start in (("1.1", SOON, f"{SOON}: fail, "), ("1.2", PLAIN, "fail, ")):
            sections = {each.heading: each for each in explainer.explain(control).sections}
            assert sections["Rules"].items == (f"{name}: {rules[0].title}",)
            (only,) = sections["What was found here"].items
            assert only.startswith(start)
    (asking, other) = Explainer(rules, frameworks).explain(PLAIN).sections[2].items
    assert asking.endswith("Coverage: partial, with max_period = 300")
    assert other.endswith("Coverage: partial")
    step = Explainer(rules, frameworks).explain("own-1.0/1.1").sections[-1]
    assert step.lines[0] == "Judge the account: `trailwitness scan --framework own-1.0.yaml --output json=report.json`."


def test_a_rule_that_a_control_gives_nothing_is_named_by_itself() -> None:
    rules = load_rules()
    frameworks = load_frameworks(("nist-800-53-r5",), {rule.id for rule in rules})
    scan, period = Explainer(rules, frameworks).explain("SI-12").sections[-1].lines[:2]
    assert "scan --rule bucket.lifecycle-min-retention --rule loggroup.retention-min --output" in scan
    assert period.endswith("--framework nist-800-53-r5`.")


def test_a_control_is_explained_by_the_events_of_its_version() -> None:
    rules = load_rules()
    frameworks = load_frameworks(("cis-aws-1.4.0", "cis-aws-5.0.0"), {rule.id for rule in rules})
    old, new = (
        "".join(Explainer(rules, frameworks).explain(each).sections[-1].items)
        for each in ("cis-aws-1.4.0/4.10", "cis-aws-5.0.0/4.10")
    )
    assert "AuthorizeSecurityGroupIngress" in old
    assert "ModifySecurityGroupRules" not in old
    assert "ModifySecurityGroupRules" in new


def test_a_comparison_tells_them_apart(scan: Scan, snapshot: Path) -> None:
    alone = scan_snapshot(snapshot, select((), (PLAIN,), (), ()))
    old, new = Side(alone.assessment, {}), Side(scan.assessment, {})
    pairs = [(pair.before, pair.after) for pair in compare(old, new).pairs]
    assert [after.rule for before, after in pairs if before is None and after is not None] == [SOON]
    assert not [before for before, after in pairs if before is not None and after is None]


def test_a_waiver_names_the_one_that_it_is_for(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text(
        f"""\
waivers:
  - id: W-1
    rule: {SOON}
    scope: {{accounts: ["*"]}}
    kind: risk-accepted
    justification: The pager answers within the hour, and the owner has accepted that.
    approver: A. Person
    from: "2026-01-01"
    until: "2026-12-31"
""",
        encoding="utf-8",
    )
    (waiver,), _ = read_waivers(path, {PLAIN})
    assert waiver.rule == SOON
