"""``--json`` and ``--quiet`` of the commands that list, check and verify: shapes that programs rely on."""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.cli.terminal.printing import tell_wrapped
from scanner.cli.terminal.tables import tell_table

Output = pytest.CaptureFixture[str]
ROOT = Path(__file__).parents[4]
RULE = ["--rule", "trail.log-file-validation"]


def told(capsys: Output, *arguments: str, expect: Exit = Exit.CLEAN) -> dict[str, Any]:
    capsys.readouterr()
    assert run(list(arguments)) == expect
    out = capsys.readouterr().out
    assert out.isascii()
    document = json.loads(out)
    assert isinstance(document, dict)
    return document


def members(command: str) -> set[str]:
    """The members that the documentation names for a command."""
    page = (ROOT / "docs/json.md").read_text(encoding="utf-8")
    (line,) = re.findall(rf"^\| `{command}` .*$", page, re.MULTILINE)
    return set(re.findall(r"`([a-z_]+)`", line.split("|")[3]))


def test_rules_are_listed(capsys: Output) -> None:
    document = told(capsys, "rules", "list", "--json", "--rule", "alarm")
    assert document["schema"] == "trailwitness/rules/v1"
    first = document["rules"][0]
    assert first == {
        "id": "alarm.actions-enabled",
        "title": "Audit alarms have actions enabled",
        "severity": "high",
        "kind": "resource",
        "judged_over": "facts",
        "pack": "core",
    }
    assert {*document, *first} - {"schema"} <= members("rules list")


def test_frameworks_are_listed_and_shown(capsys: Output) -> None:
    document = told(capsys, "frameworks", "list", "--json")
    assert document["schema"] == "trailwitness/frameworks/v1"
    listed = {each["id"]: each for each in document["frameworks"]}
    shown = told(capsys, "frameworks", "show", "cis-aws-5.0.0", "--json")
    assert shown["schema"] == "trailwitness/framework/v1"
    assert (
        listed["cis-aws-5.0.0"]["controls"]
        == len(shown["controls"])
        == sum(listed["cis-aws-5.0.0"]["coverage"].values())
    )
    (control,) = (each for each in shown["controls"] if each["id"] == "4.5")
    assert (control["coverage"], control["rules"]) == ("full", ["route.cloudtrail-config-changes"])
    assert {*document, *listed["cis-aws-5.0.0"]} - {"schema"} <= members("frameworks list")
    assert {*shown, *control} - {"schema"} <= members("frameworks show")


def test_mistakes_have_their_place(tmp_path: Path, capsys: Output) -> None:
    (tmp_path / "trail").mkdir()
    (tmp_path / "trail" / "broken.yaml").write_text("id: trail.broken\ntitle: x\nnope: 1\n", encoding="utf-8")
    document = told(capsys, "rules", "lint", "--rules", str(tmp_path), "--json", expect=Exit.FINDINGS)
    assert document["schema"] == "trailwitness/problems/v1"
    assert all(each["file"].endswith("broken.yaml") and each["message"] for each in document["problems"])
    assert any(isinstance(each["line"], int) and isinstance(each["column"], int) for each in document["problems"])
    assert {*document, *document["problems"][0]} - {"schema"} <= members("rules lint")


@pytest.fixture
def bag(snapshot: Path, tmp_path: Path) -> Path:
    target = tmp_path / "bag"
    run(["scan", "--snapshot", str(snapshot), *RULE, "-q", "--bundle", str(target)])
    return target


def test_a_verification_says_all_that_it_found(bag: Path, capsys: Output) -> None:
    document = told(capsys, "verify", str(bag), "--json")
    assert (document["schema"], document["outcome"]) == ("trailwitness/verification/v1", "verified")
    (found,) = document["bundles"]
    assert found["bundle"] == str(bag)
    assert re.fullmatch("[0-9a-f]{64}", found["identity"])
    assert (found["outcome"], found["problems"], found["differences"]) == ("verified", [], [])
    page = (ROOT / "docs/json.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in page for name in found)
    (bag / "data" / "findings.csv").write_bytes(b"forged")
    document = told(capsys, "verify", str(bag), "--json", expect=Exit.FINDINGS)
    assert document["outcome"] == "not verified"
    assert any("findings.csv" in problem for problem in document["bundles"][0]["problems"])
    assert document["bundles"][0]["identity"] == ""


def test_a_chain_is_in_the_document(bag: Path, capsys: Output) -> None:
    document = told(capsys, "verify", str(bag), "--chain", "--json")
    assert document["chain"]["outcome"] == "verified"
    assert document["chain"]["lines"][-1].startswith("chain: whole: 1 bundle ")


def test_quiet_verification_is_one_line_whatever_it_found(bag: Path, tmp_path: Path, capsys: Output) -> None:
    def line(*given: Path, expect: Exit) -> str:
        capsys.readouterr()
        assert run(["verify", "-q", *map(str, given)]) == expect
        shown = capsys.readouterr()
        assert (shown.out.count("\n"), shown.err) == (1, "")
        return shown.out

    assert "verified: " in line(bag, expect=Exit.CLEAN)
    assert "; identity " in line(bag, expect=Exit.CLEAN)
    other = tmp_path / "other"
    shutil.copytree(bag, other)
    (other / "data" / "findings.csv").write_bytes(b"forged")
    assert "NOT VERIFIED: " in line(other, expect=Exit.FINDINGS)
    both = line(bag, other, expect=Exit.FINDINGS)
    assert both == f"2 bundles: 1 verified, 1 not verified (the first that is not verified: {other})\n"


def test_quiet_collecting_is_one_line(tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    class Nothing:
        calls = ()
        accounts = ("111122223333",)
        passed_over = {"444455556666": "the account is suspended"}  # noqa: RUF012  a stand-in of one test

        def left_out(self, _: str) -> str:
            return "the role could not be assumed"

    monkeypatch.setattr("scanner.cli.commands.collect.collect_snapshot", lambda *_, **__: Nothing())
    assert run(["collect", "-o", str(tmp_path / "s"), "-q"]) == Exit.INCOMPLETE
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert "0 calls, 0 of them refused; 1 account could not be looked at" in shown.err


def test_a_table_fits_a_terminal_and_is_one_line_each_in_a_pipe(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [("some.rule", "high", "a title of many words that go on and on [red] :smile:\x1b[31m")]
    tell_table(("rule", "severity", "title"), rows)
    assert (
        capsys.readouterr().out == "some.rule high a title of many words that go on and on [red] :smile:\\u001b[31m\n"
    )
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    tell_table(("rule", "severity", "title"), rows)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["rule", "severity", "title"]
    assert len(lines) > 2
    assert max(map(len, lines)) <= 40


def test_a_sentence_is_broken_at_spaces_on_a_terminal_only(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    sentence = f"bag: identity {'a' * 64} (SHA-256 of tagmanifest-sha256.txt)"
    tell_wrapped(sentence)
    assert capsys.readouterr().out == f"{sentence}\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    tell_wrapped(sentence)
    lines = capsys.readouterr().out.splitlines()
    assert "a" * 64 in lines[0]
    assert " ".join(line.strip() for line in lines) == sentence
    assert max(map(len, lines)) <= 80
