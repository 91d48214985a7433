"""`trailwitness rules import-sigma`: what it prints, what it writes, and its exit codes."""

from pathlib import Path

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.content.rules import load_rules
from scanner.sigma import load_sigma

RULES = Path(__file__).parent / "rules"
REFUSED = """title: Same Name
logsource: {product: aws, service: cloudtrail}
detection:
    s: {userIdentity.arn|fieldref: requestParameters.userName}
    condition: s
"""


def test_rules_are_listed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "out"
    assert run(["rules", "import-sigma", str(RULES), "--output", str(target)]) == Exit.CLEAN
    captured = capsys.readouterr()
    assert "event.sigma-root-user-activity-" in captured.out
    assert "23 of 23 Sigma rules for CloudTrail became" in captured.err
    assert load_rules((target,), with_shipped=False) == load_sigma(RULES).rules


def test_without_output_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["rules", "import-sigma", str(RULES)]) == Exit.CLEAN
    assert list(tmp_path.iterdir()) == []


def test_writing_twice_is_the_same_and_other_content_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "import-sigma", str(RULES), "-o", str(tmp_path)]) == Exit.CLEAN
    assert run(["rules", "import-sigma", str(RULES), "-o", str(tmp_path)]) == Exit.CLEAN
    changed = sorted(tmp_path.rglob("*.yaml"))[3]
    changed.write_text("mine", encoding="utf-8")
    assert run(["rules", "import-sigma", str(RULES), "-o", str(tmp_path)]) == Exit.ERROR
    assert "exists and differs" in capsys.readouterr().err
    assert changed.read_text(encoding="utf-8") == "mine"


def test_a_rule_left_out_is_named_and_shows_in_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yml").write_text(REFUSED, encoding="utf-8")
    (tmp_path / "b.yml").write_text((RULES / "root_activity.yml").read_text(encoding="utf-8"), encoding="utf-8")
    assert run(["rules", "import-sigma", str(tmp_path)]) == Exit.INCOMPLETE
    out = capsys.readouterr().out
    assert f"left out: {tmp_path}/a.yml:4:9: Same Name: it compares 'userIdentity.arn' with another field" in out
    assert "event.sigma-root-user-activity-" in out


def test_nothing_imported_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(REFUSED, encoding="utf-8")
    assert run(["rules", "import-sigma", str(tmp_path)]) == Exit.ERROR
    assert run(["rules", "import-sigma", str(tmp_path / "nothing")]) == Exit.ERROR
