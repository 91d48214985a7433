"""`trailwitness verify`: bundles sealed anew after a change, and what a reader must be told of a bundle that holds."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit

RULE = "trail.cloudwatch-delivery-fresh"
Reseal = Callable[[Path, str, str], None]


@pytest.fixture
def bundle(snapshot: Path, tmp_path: Path) -> Path:
    target = tmp_path / "bag"
    arguments = ["--rule", "trail.log-file-validation", "--rule", RULE, "--framework", "cis-aws-5.0.0"]
    run(["scan", "--snapshot", str(snapshot), *arguments, "--bundle", str(target), "--quiet"])
    return target


@pytest.mark.parametrize(
    "parameters",
    [
        "[]",
        "null",
        "7",
        "{",
        "{}x",
        '{"x": 1}',
        f'{{"{RULE}": null}}',
        f'{{"{RULE}": {{"max_age_hours": "a"}}}}',
        "[" * 9999,
    ],
)
def test_parameters_that_cannot_be_are_tampering(
    parameters: str, bundle: Path, reseal: Reseal, capsys: pytest.CaptureFixture[str]
) -> None:
    reseal(bundle, "data/parameters.json", parameters)
    capsys.readouterr()
    assert run(["verify", str(bundle)]) == Exit.FINDINGS
    shown = capsys.readouterr()
    assert "data/parameters.json:1:" in shown.out
    assert f"{bundle}: NOT VERIFIED" in shown.out
    assert "trailwitness-" not in shown.out  # the private folder it was laid out in
    assert shown.err == ""


def test_a_missing_parameters_file(bundle: Path, reseal: Reseal, capsys: pytest.CaptureFixture[str]) -> None:
    (bundle / "data/parameters.json").unlink()
    reseal(bundle, "data/README.txt", (bundle / "data/README.txt").read_text(encoding="utf-8"))
    assert run(["verify", str(bundle)]) == Exit.FINDINGS
    assert "there is no such file" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("data/assessment.json", None, "data/assessment.json is missing"),
        ("data/junit.xml", None, "data/junit.xml is missing"),
        ("data/approval.txt", "all is well", "data/approval.txt was added"),
    ],
)
def test_a_file_taken_out_or_put_in_before_sealing_anew(
    name: str, content: str | None, words: str, bundle: Path, reseal: Reseal, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is None:
        (bundle / name).unlink()
    else:
        (bundle / name).write_text(content, encoding="utf-8")
    reseal(bundle, "data/README.txt", (bundle / "data/README.txt").read_text(encoding="utf-8"))
    capsys.readouterr()
    assert run(["verify", str(bundle)]) == Exit.FINDINGS
    told = [line for line in capsys.readouterr().out.splitlines() if "note:" not in line]
    assert len(told) == 2, told  # the manifests follow from it and are not told of
    assert words in told[0]


def test_the_name_of_a_bundle_cannot_drive_a_terminal(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "received"
    folder.mkdir()
    bundle.rename(folder / "bag\x1b[2J\u202e")
    capsys.readouterr()
    assert run(["verify", str(folder)]) == Exit.CLEAN
    shown = capsys.readouterr()
    assert r"bag\u001b[2J\u202e: verified" in shown.out
    assert not set("\x1b\u202e") & set(shown.out + shown.err)


def test_a_sound_bundle_needs_no_note(snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "bag"
    run(["scan", "--snapshot", str(snapshot), "--rule", "trail.log-file-validation", "-q", "--bundle", str(target)])
    capsys.readouterr()
    assert run(["verify", str(target)]) == Exit.CLEAN
    shown = capsys.readouterr()
    assert ": verified:" in shown.out
    assert "note:" not in shown.out + shown.err


def test_a_run_that_its_own_calls_disprove(snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Judged and sealed by the program itself, after the time of collection was moved."""
    told = json.loads((snapshot / "run.json").read_text(encoding="utf-8"))
    (snapshot / "run.json").write_text(json.dumps(told | {"started": "2026-11-20T11:00:00Z"}), encoding="utf-8")
    target = tmp_path / "bag"
    run(["scan", "--snapshot", str(snapshot), "--rule", "trail.log-file-validation", "-q", "--bundle", str(target)])
    capsys.readouterr()
    assert run(["verify", str(target)]) == Exit.FINDINGS
    assert "the collection began at 2026-11-20T11:00:00Z; its first call was made at" in capsys.readouterr().out


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.update(rules=[]),
        lambda told: told["scope"]["accounts"]["111122223333"].update(regions=["eu-west-1"]),
    ],
    ids=["no rule", "another Region"],
)
def test_calls_that_nothing_in_the_run_asks_for_are_named(
    change: Callable[[Any], None], snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Taken out of run.json before judging and sealing: the rules or the Region that the calls were made for."""
    told = json.loads((snapshot / "run.json").read_text(encoding="utf-8"))
    change(told)
    (snapshot / "run.json").write_text(json.dumps(told), encoding="utf-8")
    target = tmp_path / "bag"
    run(["scan", "--snapshot", str(snapshot), "--rule", "trail.log-file-validation", "-q", "--bundle", str(target)])
    capsys.readouterr()
    run(["verify", str(target)])
    note = "(1 recorded call, the first 111122223333/us-east-1/cloudtrail.DescribeTrails"
    assert note in capsys.readouterr().out


def test_rules_that_the_evidence_was_not_collected_for_are_named(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(["verify", str(bundle)]) == Exit.CLEAN
    told = capsys.readouterr().out
    note = next(line for line in told.splitlines() if "the evidence was not collected for these rules" in line)
    assert f" {RULE}" in note
    assert "trail.log-file-validation" not in note


def test_other_rules_frameworks_and_parameters_are_named(
    bundle: Path, snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bundle can be whole and its verdicts follow, from content that is weaker than what is shipped."""
    rules = tmp_path / "own"
    shown = (bundle / "data/rules/trail/log-file-validation.yaml").read_text(encoding="utf-8")
    (rules / "trail").mkdir(parents=True)
    weaker = shown.replace("expect: LogFileValidationEnabled", "expect: Name != `null`")
    (rules / "trail" / "log-file-validation.yaml").write_text(weaker, encoding="utf-8")
    named = ["--rule", RULE, "--rule", "trail.log-file-validation"]
    arguments = ["--rules", str(rules), *named, "--parameter", f"{RULE}.max_age_hours=2"]
    run(["scan", "--snapshot", str(snapshot), *arguments, "--bundle", str(tmp_path / "weak"), "--quiet"])
    capsys.readouterr()
    assert run(["verify", str(tmp_path / "weak")]) == Exit.CLEAN
    told = capsys.readouterr().out
    assert "not the ones this version ships: trail.log-file-validation\n" in told
    assert f"other than the defaults: {RULE}.max_age_hours=2\n" in told


def test_a_framework_that_asks_for_less_is_named(
    bundle: Path, reseal: Reseal, capsys: pytest.CaptureFixture[str]
) -> None:
    path = bundle / "data/frameworks/cis-aws-5.0.0.yaml"
    reseal(bundle, "data/frameworks/cis-aws-5.0.0.yaml", path.read_text(encoding="utf-8") + "# shorter\n")
    capsys.readouterr()
    run(["verify", str(bundle)])
    assert "frameworks that are not the ones this version ships: cis-aws-5.0.0\n" in capsys.readouterr().out


def test_another_version_is_named(bundle: Path, reseal: Reseal, capsys: pytest.CaptureFixture[str]) -> None:
    path = bundle / "data/assessment.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["run"]["tool"]["version"] = "0.0.9"
    reseal(bundle, "data/assessment.json", json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    capsys.readouterr()
    assert run(["verify", str(bundle)]) == Exit.FINDINGS
    assert "note: sealed by Trailwitness 0.0.9" in capsys.readouterr().out
