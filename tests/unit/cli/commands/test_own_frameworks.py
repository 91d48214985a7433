"""A framework of one's own: judged, reported, sealed, verified, and refused with a place when it is wrong."""

import json
from pathlib import Path

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit

TEXT = """\
id: own-1.0
title: Our own
version: "1.0"
source: https://example.com/own
notes: What an auditor must know.
controls:
  - id: "1.1"
    title: Logs are whole
    coverage: partial
    notes: Validation is judged; reviews are not.
    rules: [trail.log-file-validation]
"""


def write(folder: Path, text: str = TEXT, name: str = "own-1.0.yaml") -> str:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", ["own-1.0.yaml", "own-1.0.yml"])
def test_it_is_judged_reported_sealed_and_verified(
    name: str, snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, bundle = tmp_path / "a.json", tmp_path / "bag"
    own = write(tmp_path, name=name)
    outputs = ["-o", f"json={report}", "--bundle", str(bundle), "-q"]
    assert run(["scan", "--snapshot", str(snapshot), "--framework", own, *outputs]) == Exit.FINDINGS
    data = json.loads(report.read_text(encoding="utf-8"))
    assert data["run"]["rules"] == ["trail.log-file-validation"]
    assert [(item["framework"], item["id"], item["outcome"]) for item in data["controls"]] == [
        ("own-1.0", "1.1", "fail")
    ]
    assert (bundle / "data/frameworks/own-1.0.yaml").read_text(encoding="utf-8") == TEXT
    assert run(["verify", str(bundle)]) == Exit.CLEAN
    assert "reported by frameworks that are not the ones this version ships: own-1.0" in capsys.readouterr().out


def test_a_shipped_framework_is_replaced(snapshot: Path, tmp_path: Path) -> None:
    own = write(tmp_path, TEXT.replace("own-1.0", "cis-aws-5.0.0"), "cis-aws-5.0.0.yaml")
    report = tmp_path / "a.json"
    asked = ["--framework", own, "--framework", "cis-aws-5.0.0"]
    assert run(["scan", "--snapshot", str(snapshot), *asked, "-o", f"json={report}", "-q"]) == Exit.FINDINGS
    data = json.loads(report.read_text(encoding="utf-8"))
    assert [item["id"] for item in data["controls"]] == ["1.1"]


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        (TEXT.replace("trail.log-file-v", "trail.log-fil-v"), "own-1.0.yaml", "own-1.0.yaml:11:13: there is no rule"),
        (
            TEXT.replace("coverage: partial", "coverage: half"),
            "own-1.0.yaml",
            "own-1.0.yaml:9:15: controls[0].coverage",
        ),
        (
            TEXT.replace("trail.log-file-validation", "event.root-activity"),
            "own-1.0.yaml",
            "own-1.0.yaml:11:13: the rule event.root-activity is judged over log records; name it under log_rules",
        ),
        (
            f"{TEXT}    log_rules: [trail.log-file-validation]\n",
            "own-1.0.yaml",
            "own-1.0.yaml:12:17: the rule trail.log-file-validation is judged over the configuration of an account",
        ),
        (
            TEXT.replace("controls:", "from: rules\ncontrols:")
            .replace("    coverage: partial\n", "    relation: equal\n")
            .replace("rules: [trail.log-file-validation]", "answered_by: [event.root-activity]"),
            "own-1.0.yaml",
            "event.root-activity is judged over log records; name one that a scan judges",
        ),
        (TEXT, "other.yaml", "other.yaml:1:5: the id is 'own-1.0', the file is called other.yaml"),
    ],
)
def test_mistakes_have_a_place(
    text: str, name: str, words: str, snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = write(tmp_path, text, name)
    for command in (["scan", "--snapshot", str(snapshot), "--framework", own], ["frameworks", "show", own]):
        assert run(command) == Exit.ERROR
        assert words in capsys.readouterr().err


def test_a_rule_of_ones_own_is_told_to_lack_its_folder(
    snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wherever a rule may be named that is not ours, as all of these take the folder."""
    hint = "For rules of your own, name their folder with --rules."
    scan = ["scan", "--snapshot", str(snapshot)]
    own = write(tmp_path, TEXT.replace("trail.log-file-validation", "my.rule"))
    waivers = tmp_path / "waivers.yaml"
    waivers.write_text(
        "waivers: [{id: w, kind: risk-accepted, rule: my.rule, scope: {resources: ['*']}, justification: none, "
        "approver: Ann, from: 2026-01-01, until: 2026-02-01}]\n"
    )
    for command in (
        [*scan, "--framework", own],
        ["frameworks", "show", own],
        [*scan, "--rule", "my.rule"],
        [*scan, "--parameter", "my.rule.hours=1"],
        [*scan, "--waivers", str(waivers)],
    ):
        assert run(command) == Exit.ERROR
        assert hint in capsys.readouterr().err, command


def test_two_files_of_one_framework(snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [write(tmp_path), write(tmp_path / "b")]
    options = [part for file in files for part in ("--framework", file)]
    assert run(["scan", "--snapshot", str(snapshot), *options]) == Exit.ERROR
    assert "are of one framework, own-1.0" in capsys.readouterr().err


def test_a_file_that_is_not_there(snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scan", "--snapshot", str(snapshot), "--framework", str(tmp_path / "no.yaml")]) == Exit.ERROR
    assert "no.yaml:1:1: there is no such file" in capsys.readouterr().err


def test_it_is_shown_and_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = write(tmp_path)
    assert run(["frameworks", "show", own]) == Exit.CLEAN
    assert "1.1  Logs are whole  [partial]" in capsys.readouterr().out
    assert run(["explain", "--framework", own, "own-1.0/1.1"]) == Exit.CLEAN
    assert "Logs are whole" in capsys.readouterr().out


CROSSWALK = """\
id: other-1.0
title: The other's
version: "1.0"
source: https://example.com/other
from: own-1.0
notes: Derived from ours.
controls:
  - id: "7"
    title: Records are whole
    answered_by: ["1.1"]
    relation: subset
    notes: Nothing differs.
"""


def test_a_crosswalk_answers_another_framework(
    snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, bundle = tmp_path / "a.json", tmp_path / "bag"
    asked = ["--framework", write(tmp_path), "--framework", write(tmp_path, CROSSWALK, "other-1.0.yaml")]
    outputs = ["-o", f"json={report}", "--bundle", str(bundle), "-q"]
    assert run(["scan", "--snapshot", str(snapshot), *asked, *outputs]) == Exit.FINDINGS
    data = json.loads(report.read_text(encoding="utf-8"))
    assert data["run"]["rules"] == ["trail.log-file-validation"]
    controls = [(item["framework"], item["id"], item["coverage"], item["outcome"]) for item in data["controls"]]
    assert sorted(controls) == [("other-1.0", "7", "partial", "fail"), ("own-1.0", "1.1", "partial", "fail")]
    sealed = (bundle / "data/frameworks/other-1.0.yaml").read_text(encoding="utf-8")
    assert sealed.startswith("# Derived from the crosswalk other-1.0.yaml, SHA-256 ")
    assert run(["verify", str(bundle)]) == Exit.CLEAN
    assert "not the ones this version ships: other-1.0, own-1.0" in capsys.readouterr().out


def test_a_shipped_crosswalk_is_verified_as_shipped(
    snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = str(tmp_path / "bag")
    asked = ["--framework", "pci-dss-3.2.1", "--bundle", bundle]
    assert run(["scan", "--snapshot", str(snapshot), *asked, "-q"]) == Exit.FINDINGS
    assert run(["verify", bundle]) == Exit.CLEAN
    assert "not the ones this version ships" not in capsys.readouterr().out


@pytest.mark.parametrize("text", [TEXT, CROSSWALK.replace("own-1.0", "soc2-tsc-2017").replace('"1.1"', "CC6.1")])
def test_what_a_shipped_crosswalk_is_from_is_replaced(
    text: str, snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = text.replace("own-1.0", "pci-dss-4.0.1").replace("other-1.0", "pci-dss-4.0.1")
    own = write(tmp_path, text, "pci-dss-4.0.1.yaml")
    assert run(["explain", "--framework", own, "cis-aws-5.0.0/3.2"]) == Exit.CLEAN
    asked = ["--framework", own, "--framework", "pci-dss-3.2.1"]
    assert run(["scan", "--snapshot", str(snapshot), *asked]) == Exit.ERROR
    said = capsys.readouterr().err
    assert said.startswith("Error: pci-dss-3.2.1 is answered by controls of pci-dss-4.0.1, and ")
    assert "which takes its place, does not answer it." in said


def test_a_crosswalk_is_from_a_framework_beside_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path)
    path = write(tmp_path, CROSSWALK.replace("own-1.0", "own-1.1"), "other-1.0.yaml")
    assert run(["frameworks", "show", path]) == Exit.ERROR
    said = capsys.readouterr().err
    assert "there is no framework 'own-1.1'. Did you mean 'own-1.0'? Known: " in said
    assert "pci-dss-3.2.1" not in said  # a crosswalk itself


def test_a_crosswalk_from_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, CROSSWALK.replace("own-1.0", "own-9.0"), "other-1.0.yaml")
    assert run(["frameworks", "show", path]) == Exit.ERROR
    assert "other-1.0.yaml:5:7: there is no framework 'own-9.0'." in capsys.readouterr().err
