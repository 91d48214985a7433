"""`trailwitness rules` over the user's own folders."""

import json
import re
from pathlib import Path

import pytest

from scanner.cli import run
from scanner.cli.commands.rules import LOG_SOURCES
from scanner.cli.exit_codes import Exit
from scanner.content.shipped import shipped

ID = "trail.log-file-validation"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder that overrides one shipped rule."""
    folder = tmp_path / "own"
    (folder / "trail").mkdir(parents=True)
    text = (shipped("rules") / "trail" / "log-file-validation.yaml").read_text(encoding="utf-8")
    lines = ["title: Ours" if line.startswith("title:") else line for line in text.splitlines()]
    (folder / "trail" / "log-file-validation.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_all_includes_the_rules_of_a_folder(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "list", "--all", "--rules", str(own)]) == Exit.CLEAN
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith(f"{ID} ")]
    assert len(lines) == 1
    assert lines[0].endswith(" Ours")


def test_all_and_a_selection_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "list", "--all", "--rule", "trail"]) == Exit.ERROR
    assert "--all" in capsys.readouterr().err


def test_show_shows_one_rule(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "show", ID, "--rules", str(own)]) == Exit.CLEAN
    assert "\nOurs\n" in capsys.readouterr().out
    assert run(["rules", "show", "trail"]) == Exit.ERROR
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "rules: trail." in shown.err


def test_lint_names_file_line_and_column(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "lint", "--rules", str(own)]) == Exit.FINDINGS
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all(re.match(rf"{own}/trail/log-file-validation(\.test)?\.yaml:[0-9]+:[0-9]+: ", line) for line in lines)


@pytest.mark.parametrize("group", ["rules", "pattern", "frameworks"])
def test_summaries_are_whole_on_a_narrow_terminal(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([group, "--help"]) == Exit.CLEAN
    assert "...\n" not in capsys.readouterr().out.replace("[ARGS]...\n", "")


def test_the_demo_follows_no_link(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / ".trailwitness-demo").write_text("x", encoding="utf-8")
    (tmp_path / "link").symlink_to("real")
    assert run(["demo", "--output", str(tmp_path / "link")]) == Exit.ERROR
    assert "is a link" in capsys.readouterr().err


def test_lint_tells_the_mistakes_of_rules_and_of_cases_at_once(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (own / "trail" / "log-file-validation.yaml").read_text(encoding="utf-8")
    (own / "trail" / "broken.yaml").write_text(text.replace("severity: ", "severity: x"), encoding="utf-8")
    (own / "trail" / "log-file-validation.test.yaml").write_text(
        f"rule: {ID}\nbase: shipped/_sound-account.calls.yaml\ncases:\n"
        "  - {name: one, expect: passs}\n  - {name: two, expect: pass, parameters: {nope: 1}}\n",
        encoding="utf-8",
    )
    assert run(["rules", "lint", "--rules", str(own)]) == Exit.FINDINGS
    told = capsys.readouterr().out
    assert f"{own}/trail/broken.yaml:4:11: severity must be one of" in told
    assert f"{own}/trail/log-file-validation.test.yaml:4:" in told
    assert f"{own}/trail/log-file-validation.test.yaml:5:" in told
    assert "has no parameter 'nope'" in told


def test_a_base_that_is_not_there_names_the_shipped_ones(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (own / "trail" / "log-file-validation.test.yaml").write_text(
        f"rule: {ID}\nbase: ../base.calls.yaml\ncases:\n  - {{name: one, expect: pass}}\n", encoding="utf-8"
    )
    run(["rules", "lint", "--rules", str(own)])
    told = capsys.readouterr().out
    assert "there is no file '../base.calls.yaml' of calls." in told
    folder = Path(__file__).parents[4] / "rules"
    shared = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("_*.calls.yaml"))
    assert "route/_sound-route.calls.yaml" in shared
    assert f"trailwitness: {', '.join(f'shipped/{name}' for name in shared)}." in told.lower()


def statements(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, list[str]]:
    """The actions of the printed policy by the Sid of their statement."""
    assert run(["rules", "policy", *options]) == Exit.CLEAN
    policy = json.loads(capsys.readouterr().out)
    assert {statement["Effect"] for statement in policy["Statement"]} == {"Allow"}
    return {statement["Sid"]: statement["Action"] for statement in policy["Statement"]}


def test_the_policy_of_logs_alone_and_beside_that_of_a_scan(capsys: pytest.CaptureFixture[str]) -> None:
    alone = statements(capsys, "--logs", "s3")
    assert alone == {"TrailwitnessReadsLogs": ["kms:Decrypt", "s3:GetObject", "s3:ListBucket"]}
    scan = statements(capsys, "--rule", "trail")
    both = statements(capsys, "--rule", "trail", "--rule", "event", "--logs", "s3", "--logs", "event-history")
    assert both["TrailwitnessReads"] == scan["TrailwitnessReads"]
    assert {"cloudtrail:LookupEvents", "s3:GetObject"} <= set(both["TrailwitnessReadsLogs"])
    assert statements(capsys, "--rule", "event.root-activity", "--logs", "log-group") == {
        "TrailwitnessReadsLogs": ["logs:FilterLogEvents"]
    }


def test_the_policy_of_validating_log_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "policy", "--integrity"]) == Exit.CLEAN
    (alone,) = json.loads(capsys.readouterr().out)["Statement"]
    assert alone["Sid"] == "TrailwitnessValidatesLogs"
    assert "cloudtrail:ListPublicKeys" in alone["Action"]
    assert run(["rules", "policy", "--integrity", "--logs", "s3"]) == Exit.CLEAN
    assert len(json.loads(capsys.readouterr().out)["Statement"]) == 2


def test_the_policy_of_log_rules_takes_their_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "policy", "--rule", "event.root-activity"]) == Exit.ERROR
    assert "--logs s3" in capsys.readouterr().err
    assert run(["rules", "policy", "--logs", "files"]) == Exit.ERROR


def test_the_policy_of_what_a_period_is_judged_by(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "policy", "--rule", "evidence.alarm-tested"]) == Exit.ERROR
    told = capsys.readouterr().err
    assert "judged over a period" in told
    assert "--with alarm-history" in told
    found = statements(capsys, "--rule", "evidence.alarm-tested", "--with", "alarm-history")
    needed = {"cloudwatch:DescribeAlarmHistory", "cloudwatch:GetMetricData", "logs:DescribeMetricFilters"}
    assert needed <= set(found["TrailwitnessReads"])
    assert "s3:GetObject" not in found["TrailwitnessReads"]
    both = statements(capsys, "--logs", "s3", "--with", "alarm-history")
    assert needed <= {action for actions in both.values() for action in actions}


def test_every_kind_of_source_has_its_policy() -> None:
    assert LOG_SOURCES == ("event-history", "log-group", "s3", "trail-insights")


def test_a_wrong_id_is_told_beside_other_mistakes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "trail" / "two.yaml"
    path.parent.mkdir()
    path.write_text("id: trail.tow\ntitle: [x]\n", encoding="utf-8")
    assert run(["rules", "lint", "--rules", str(tmp_path)]) == Exit.FINDINGS
    shown = capsys.readouterr().out
    assert f"{path}:1:5: trail.tow belongs into trail/tow.yaml" in shown
    assert f"{path}:2:8: title must be text on one line" in shown
