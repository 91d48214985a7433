"""``--declared-routes``: what it asks for, and when it is refused."""

import json
from pathlib import Path

import pytest

import trailwitness
from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.errors import UsageError
from scanner.model import ScanRun

ROUTES = """\
declared_routes:
  - id: siem
    watched_by: the SIEM team
    events: all
    through: {bucket_notification: {bucket: audit, destination: 'arn:aws:sqs:us-east-1:111122223333:files'}}
    attestation: {owner: {team: Security}, proof: {ticket: SEC-12}, reviewed: 2026-05-04, expires: 2027-05-04}
"""


@pytest.fixture
def routes(tmp_path: Path) -> str:
    path = tmp_path / "routes.yaml"
    path.write_text(ROUTES, encoding="utf-8")
    return str(path)


def test_the_policy_names_what_declared_routes_need(routes: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "policy", "--rule", "route.root-usage", "--declared-routes", routes]) == Exit.CLEAN
    (statement,) = json.loads(capsys.readouterr().out)["Statement"]
    assert {"s3:GetBucketNotification", "sqs:GetQueueAttributes"} <= set(statement["Action"])


def test_a_file_that_no_rule_would_judge_is_refused(
    routes: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--rule", "trail.log-file-validation", "--declared-routes", routes, "-o", str(tmp_path / "s")]
    assert run(["collect", *arguments]) == Exit.ERROR
    assert "no rule about routes is selected" in capsys.readouterr().err
    assert not (tmp_path / "s").exists()


def test_a_wrong_file_is_told_with_its_place(routes: str, snapshot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path(routes).write_text(ROUTES.replace("watched_by", "seen_by"), encoding="utf-8")
    assert run(["scan", "--snapshot", str(snapshot), "--declared-routes", routes]) == Exit.ERROR
    assert "routes.yaml:3:5: the key 'seen_by' is not known here." in capsys.readouterr().err


def test_the_api_takes_the_file(routes: str, snapshot: Path) -> None:
    judged = trailwitness.scan(snapshot, rules=["route.root-usage"], declared_routes=routes)
    run_of_scan = judged.assessment.run
    assert isinstance(run_of_scan, ScanRun)
    assert [(route.id, route.owner) for route in run_of_scan.declared] == [("siem", "Security")]
    with pytest.raises(UsageError, match="no rule about routes is selected"):
        trailwitness.scan(snapshot, rules=["trail.log-file-validation"], declared_routes=routes)
