"""Beginnings for authors: each passes its own cases and lint as it is written, and nothing is written over."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from scanner.authoring.beginnings import OTHER_SCHEMAS, RULE_KINDS, SCHEMAS
from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.documents import read_document
from scanner.schemas import schema_text

SCHEMA_FOLDER = Path(__file__).parents[4] / "scanner" / "schemas"


@pytest.mark.parametrize("kind", RULE_KINDS)
def test_a_new_rule_passes_lint_and_its_cases(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "rules"
    assert run(["rules", "new", kind, "my-area.my-rule", "--rules", str(folder)]) == Exit.CLEAN
    assert "trailwitness rules test --rules" in capsys.readouterr().err
    assert sorted(path.name for path in folder.rglob("*.yaml")) == ["my-rule.test.yaml", "my-rule.yaml"]
    assert run(["rules", "lint", "--rules", str(folder)]) == Exit.CLEAN
    # A beginning is held to what is asked of every rule: its cases notice each change of it.
    assert run(["rules", "test", "--mutants", "--rules", str(folder)]) == Exit.CLEAN
    assert " cases, 0 failed\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Trail.X", "must be area.name in small letters"),
        ("trail", "must be area.name in small letters"),
        ("../up.x", "must be area.name in small letters"),
        ("trail.kms-encrypted", "Trailwitness ships a rule trail.kms-encrypted"),
    ],
)
def test_ids_that_are_refused(name: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "new", "resource", name, "--rules", str(tmp_path)]) == Exit.ERROR
    assert words in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_rule_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = tmp_path / "my" / "rule.test.yaml"
    cases.parent.mkdir()
    cases.write_text("mine", encoding="utf-8")
    assert run(["rules", "new", "route", "my.rule", "--rules", str(tmp_path)]) == Exit.ERROR
    assert "rule.test.yaml exists" in capsys.readouterr().err
    assert [path.name for path in cases.parent.iterdir()] == ["rule.test.yaml"]


def test_a_folder_to_begin_with(
    snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mine"
    assert run(["init", str(folder)]) == Exit.CLEAN
    rules, framework = str(folder / "rules"), str(folder / "frameworks" / "own-1.0.yaml")
    capsys.readouterr()
    assert run(["rules", "lint", "--rules", rules]) == Exit.CLEAN
    assert run(["rules", "test", "--rules", rules]) == Exit.CLEAN
    assert "28 cases, 0 failed" in capsys.readouterr().err
    assert run(["frameworks", "show", framework, "--rules", rules]) == Exit.CLEAN
    scan = ["scan", "--snapshot", str(snapshot), "--rules", rules, "--framework", framework, "-q"]
    assert run(scan) == Exit.FINDINGS
    (folder / ".git").mkdir()  # the search for the configuration ends at the root of the repository
    monkeypatch.chdir(folder / "rules")
    report = tmp_path / "a.json"
    assert run(["scan", "--snapshot", str(snapshot), "-q", "-o", f"json={report}"]) == Exit.FINDINGS
    assert json.loads(report.read_text(encoding="utf-8"))["run"]["frameworks"][0]["id"] == "own-1.0"
    settings = json.loads((folder / ".vscode/settings.json").read_text(encoding="utf-8"))
    assert all((folder / name).is_file() for name in settings["yaml.schemas"])
    assert settings["yaml.schemas"]["./schemas/config.schema.json"] == [".trailwitness.yaml"]
    configuration = read_document(folder / ".trailwitness.yaml").value
    schema = json.loads((folder / "schemas/config.schema.json").read_text(encoding="utf-8"))
    assert list(Draft202012Validator(schema).iter_errors(configuration)) == []


def test_init_keeps_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / ".vscode" / "settings.json"
    settings.parent.mkdir()
    settings.write_text("{}", encoding="utf-8")
    assert run(["init", str(tmp_path)]) == Exit.CLEAN
    assert f"kept {settings}, which is there" in capsys.readouterr().err
    assert settings.read_text(encoding="utf-8") == "{}"
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert run(["init", str(tmp_path)]) == Exit.CLEAN
    assert "wrote" not in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_every_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    names = (*SCHEMAS, *OTHER_SCHEMAS)
    assert set(names) == {path.name.removesuffix(".schema.json") for path in SCHEMA_FOLDER.glob("*.json")}
    for name in names:
        assert run(["rules", "schema", name]) == Exit.CLEAN
        printed = capsys.readouterr().out
        assert json.loads(printed) == json.loads(schema_text(name))
        Draft202012Validator.check_schema(json.loads(printed))


def test_a_schema_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "schema", "rulez"]) == Exit.ERROR
    assert "There is no schema 'rulez'" in capsys.readouterr().err
