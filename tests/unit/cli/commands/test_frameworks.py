"""`frameworks compare` and `frameworks coverage`."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.content.frameworks import load_frameworks
from scanner.content.rules import load_rules
from scanner.model import Control, Coverage, Framework, Given, RuleId
from scanner.runs.assessments.versions import asked_by, compare_versions

Output = pytest.CaptureFixture[str]

OLD = """\
id: own-1.0
title: Our own
version: "1.0"
source: https://example.com/own
notes: What an auditor must know.
controls:
  - {id: "3.1", title: Root, coverage: full, notes: Person., rules: [{rule: route.root-usage, with: {max_period: 60}}]}
  - {id: "3.2", title: Validation, coverage: full, notes: A person., rules: [trail.log-file-validation]}
  - {id: "3.3", title: Gone, coverage: manual, notes: A person., rules: []}
  - {id: "3.4", title: Same, coverage: full, notes: A person., rules: [trail.kms-encrypted]}
"""
NEW = """\
id: own-2.0
title: Our own
version: "2.0"
source: https://example.com/own
notes: What an auditor must know.
controls:
  - {id: "4.1", title: Root, coverage: full, notes: A person., rules: [route.root-usage, trail.log-file-validation]}
  - {id: "4.2", title: Files are validated, coverage: partial, notes: A person., rules: [trail.log-file-validation]}
  - {id: "3.3", title: New, coverage: full, notes: A person., rules: [trail.multi-region-logging]}
  - {id: "3.4", title: Same, coverage: full, notes: A person., rules: [trail.kms-encrypted]}
  - {id: "4.9", title: Another, coverage: manual, notes: A person., rules: []}
"""


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    paths = [tmp_path / "own-1.0.yaml", tmp_path / "own-2.0.yaml"]
    for path, text in zip(paths, (OLD, NEW), strict=True):
        path.write_text(text, encoding="utf-8")
    return list(map(str, paths))


def test_what_changes(files: list[str], capsys: Output) -> None:
    assert run(["frameworks", "compare", *files]) == Exit.CLEAN
    assert capsys.readouterr().out.splitlines() == [
        "own-1.0 -> own-2.0: 1 control alike",
        "+ 4.9  Another  [manual]",
        "~ 3.1 -> 4.1  Root  [full]",
        "    - route.root-usage[max_period=60]",
        "    + route.root-usage",
        "    + trail.log-file-validation",
        "~ 3.2 -> 4.2  Files are validated  [full -> partial]",
        "~ 3.3  New  [manual -> full]",
        "    + trail.multi-region-logging",
    ]


def test_which_controls_come_out_differently(files: list[str], snapshot: Path, capsys: Output) -> None:
    assert run(["frameworks", "compare", *files, "--snapshot", str(snapshot), "--json"]) == Exit.CLEAN
    told = json.loads(capsys.readouterr().out)
    assert (told["old"], told["new"], told["added"], told["alike"]) == ("own-1.0", "own-2.0", ["4.9"], 1)
    assert [pair["new"] for pair in told["changed"]] == ["4.1", "4.2", "3.3"]
    (only,) = (each for each in told["outcomes"] if each["old"][0] == "3.3")
    assert only["old"] == ["3.3", "manual"]
    assert {finding["rule"] for finding in only["findings"]} == {"trail.multi-region-logging"}
    assert run(["frameworks", "compare", files[0], files[0], "--snapshot", str(snapshot)]) == Exit.CLEAN
    assert capsys.readouterr().out.endswith("Every control that both have comes out the same.\n")
    assert told["alone"] == [{"framework": "own-2.0", "control": "4.9", "outcome": "manual"}]


def control(number: str, title: str, *rules: str, given: tuple[Given, ...] = ()) -> Control:
    return Control("own", number, title, Coverage.FULL, "", tuple(map(RuleId, rules)), given=given)


def framework(*controls: Control) -> Framework:
    return Framework("own", "", "", "", controls, "", "")


def test_what_is_taken_for_the_same_control() -> None:
    old = framework(control("1", "One", "a.one"), control("2", "Two", "a.two"), control("3", "Three", "a.one"))
    new = framework(control("1", "Uno", "a.three"), control("9", "Two", "a.one"), control("3", "Tres", "a.four"))
    pairs = [(pair.old.id, pair.new.id) for pair in compare_versions(old, new).pairs]
    assert pairs == [("1", "1"), ("2", "9"), ("3", "3")]


def test_a_crosswalk_says_which_controls_are_the_same() -> None:
    """The numbers of PCI DSS mean something else in each version."""
    old, new = load_frameworks(("pci-dss-3.2.1", "pci-dss-4.0.1"), {rule.id for rule in load_rules()})
    forth, back = compare_versions(old, new), compare_versions(new, old)
    pairs = {pair.old.id: pair.new.id for pair in forth.pairs}
    assert pairs == {pair.new.id: pair.old.id for pair in back.pairs}
    assert {number: pairs.get(number) for number in ("10.2", "10.3", "10.3.3", "10.4.2", "10.7", "12.10.1")} == {
        "10.2": "10.2.1",
        "10.3": "10.2.2",
        "10.3.3": None,
        "10.4.2": "10.6.3",
        "10.7": "10.5.1",
        "12.10.1": "12.10.1",
    }


def test_a_number_counts_where_numbers_may_mean_the_same() -> None:
    ours = framework(control("1", "One", "a.one"), control("2", "Two", "a.two"), control("3", "Three", "a.three"))
    ours = replace(ours, title="Ours")
    for numbers, expected in ((("1", "8", "9"), []), (("1", "2", "9"), [("1", "1"), ("2", "2")])):
        named = zip(numbers, ("Uno", "Dos", "Nueve"), strict=True)
        theirs = framework(*(control(number, title, f"b.{title}") for number, title in named))
        found = compare_versions(ours, replace(theirs, title="Theirs")).pairs
        assert [(pair.old.id, pair.new.id) for pair in found] == expected


def test_frameworks_without_a_control_in_common(tmp_path: Path, snapshot: Path, capsys: Output) -> None:
    paths = [tmp_path / f"{name}-1.yaml" for name in ("ours", "theirs")]
    for path, rules in zip(paths, ("trail.kms-encrypted", "trail.log-file-validation"), strict=True):
        head = f"id: {path.stem}\ntitle: {path.stem}\nversion: '1'\nsource: https://example.com\nnotes: N\ncontrols:\n"
        rest = f"title: {path.stem}, coverage: full, notes: N, rules: [{rules}]"
        path.write_text(f"{head}  - {{id: {path.stem}, {rest}}}\n")
    assert run(["frameworks", "compare", *map(str, paths), "--snapshot", str(snapshot)]) == Exit.CLEAN
    assert "\n\nThey have no control in common.\n\nControls that one" in capsys.readouterr().out


def test_rules_are_told_with_what_they_are_given() -> None:
    given = (Given(RuleId("a.one"), (("size", 5),)),)
    assert asked_by(control("1", "One", "a.one", "a.two", given=given)) == ("a.one[size=5]", "a.two")


def test_coverage_is_counted_from_the_files(capsys: Output) -> None:
    assert run(["frameworks", "coverage", "--output", "json"]) == Exit.CLEAN
    rows = {row["framework"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    for each in load_frameworks(None, {rule.id for rule in load_rules()}):
        row = rows.pop(each.id)
        assert row["controls"] == len(each.controls) == sum(row[coverage] for coverage in Coverage)
        assert row["manual"] == len([item for item in each.controls if item.coverage is Coverage.MANUAL])
    assert not rows


def test_no_cell_of_coverage_is_a_formula(files: list[str], capsys: Output) -> None:
    path = Path(files[1])
    path.write_text(path.read_text().replace("title: Root", "title: '=cmd()'"))
    assert run(["frameworks", "coverage", files[1], "--output", "csv"]) == Exit.CLEAN
    _, first, *_ = csv.reader(capsys.readouterr().out.splitlines())
    assert first == ["own-2.0", "4.1", "full", "2", "'=cmd()"]


def test_the_controls_of_one_framework(files: list[str], capsys: Output) -> None:
    assert run(["frameworks", "coverage", files[1], "--output", "csv"]) == Exit.CLEAN
    head, first, *_ = csv.reader(capsys.readouterr().out.splitlines())
    assert head == ["framework", "control", "coverage", "rules", "title"]
    assert first == ["own-2.0", "4.1", "full", "2", "Root"]
    assert run(["frameworks", "coverage", files[1], "--output", "svg"]) == Exit.CLEAN
    drawn = capsys.readouterr().out
    assert drawn.startswith("<?xml")
    assert "<title>4.2: in part. Files are validated</title>" in drawn
    assert run(["frameworks", "coverage"]) == Exit.CLEAN
    assert capsys.readouterr().out.startswith("framework ")


def test_two_of_one_name_cannot_be_told_apart(files: list[str], snapshot: Path, capsys: Output) -> None:
    other = Path(files[0]).parent / "other" / "own-1.0.yaml"
    other.parent.mkdir()
    other.write_text(Path(files[0]).read_text().replace("version: ", "version: 1"), encoding="utf-8")
    assert run(["frameworks", "compare", files[0], str(other)]) == Exit.CLEAN
    assert run(["frameworks", "compare", files[0], str(other), "--snapshot", str(snapshot)]) == Exit.ERROR
    assert "Both are called own-1.0, so what comes out of one" in capsys.readouterr().err
