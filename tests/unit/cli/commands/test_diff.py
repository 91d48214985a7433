"""`trailwitness diff`: what it reads, what it refuses, and what a gate is told."""

import json
from pathlib import Path

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.schemas import misfit

RULE = "trail.log-file-validation"


@pytest.fixture
def bundle(snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    target = tmp_path / "bag.zip"
    run(["scan", "--snapshot", str(snapshot), "--rule", RULE, "--bundle", str(target), "-q"])
    capsys.readouterr()
    return target


def turned(path: Path, **changes: str) -> Path:
    """The assessment of a report with members of its findings changed."""
    data = json.loads(path.read_text(encoding="utf-8"))
    for finding in data["findings"]:
        finding.update(changes)
    changed = path.with_name(f"{len(list(path.parent.iterdir()))}.json")
    changed.write_text(json.dumps(data), encoding="utf-8")
    return changed


@pytest.fixture
def report(snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    target = tmp_path / "a.json"
    run(["scan", "--snapshot", str(snapshot), "--rule", RULE, "-o", f"json={target}", "-q"])
    capsys.readouterr()
    return target


def test_a_bundle_and_a_report_of_the_same_evidence(
    bundle: Path, report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["diff", str(bundle), str(report)]) == Exit.CLEAN
    shown = capsys.readouterr()
    assert "1  are the same" in shown.out
    assert run(["diff", str(report.parent / "a.json"), str(bundle)]) == Exit.CLEAN
    assert "Exit code 0: no new failure at or above --fail-on low." in shown.err


@pytest.mark.parametrize(
    ("was", "now", "options", "code"),
    [
        ("pass", "fail", [], Exit.FINDINGS),
        ("pass", "fail", ["--fail-on", "critical"], Exit.CLEAN),
        ("fail", "pass", [], Exit.CLEAN),
        ("fail", "unknown", [], Exit.INCOMPLETE),
        ("fail", "unknown", ["--allow-incomplete"], Exit.CLEAN),
    ],
)
def test_exit_codes(was: str, now: str, options: list[str], code: Exit, report: Path) -> None:
    old, new = turned(report, outcome=was), turned(report, outcome=now)
    assert run(["diff", str(old), str(new), *options]) == code


def test_json_on_standard_output(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", str(report), str(turned(report, outcome="pass")), "-o", "json"]) == Exit.CLEAN
    data = json.loads(capsys.readouterr().out)
    assert misfit(data, "diff") == ""
    assert [item["change"] for item in data["findings"]] == ["fixed"]


def _damage(report: Path, part: str) -> Path:
    data = json.loads(report.read_text(encoding="utf-8"))
    if part == "accounts":
        data["run"]["scope"]["accounts"] = {"999988887777": {"regions": [], "skipped": {}}}
    elif part == "records":
        counts = [
            "sources",
            "records",
            "duplicates",
            "events",
            "matched",
            "malformed",
            "unread",
            "incomplete",
            "skipped",
            "cut",
        ]
        sums = {**dict.fromkeys(counts, 0), "duplicates_exact": True, "passed_over": [], "records_by_account": {}}
        data["run"] |= {"kind": "log-records", "sources": [], "accounting": sums}
        data["run"]["scope"] = {"accounts": {}, "sources": [], "since": "", "until": "", "excluded": []}
    else:
        data["rules"] = [{}]
    path = report.with_name("damaged.json")
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("accounts", "they have no account in common"),
        ("records", "they cannot be compared"),
        ("rules", "are not of the shape that Trailwitness writes"),
    ],
)
def test_what_cannot_be_compared(part: str, words: str, report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", str(report), str(_damage(report, part))]) == Exit.ERROR
    shown = capsys.readouterr()
    assert words in shown.err
    assert shown.out == ""


def test_a_page_to_a_file_and_json_beside_it(report: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, document = tmp_path / "diff.html", tmp_path / "diff.json"
    newer = turned(report, outcome="pass")
    code = run(["diff", str(report), str(newer), "-o", f"html={page}", "-o", f"json={document}"])
    assert code == Exit.CLEAN
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"wrote {page}" in shown.err
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert misfit(json.loads(document.read_text(encoding="utf-8")), "diff") == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-o", "htm"], "there is no format 'htm'. Did you mean 'html'?"),
        (["-o", "html="], "the path is empty"),
        (["-o", "html", "-o", "text"], "Two reports would go to standard output."),
        (["-o", "html=x.html", "-o", "json=x.html"], "Two reports would be written to the same file."),
        (["-o", "html=nowhere/x.html"], "cannot be written"),
    ],
)
def test_outputs_that_are_wrong(
    options: list[str], words: str, report: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(report.parent)
    assert run(["diff", str(report), str(report), *options]) == Exit.ERROR
    assert words in capsys.readouterr().err
    assert not (report.parent / "x.html").exists()
