"""A snapshot that marks places as not known: judged, reported, sealed and judged again; refused where a mark is bad."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.cases import load_cases
from scanner.cases.run import case_snapshot
from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.content.rules import load_rules
from scanner.snapshot.answers import Reply
from scanner.snapshot.folder import SnapshotWriter
from scanner.snapshot.partly import UnknownPlace

ROOT = Path(__file__).parents[4]
RULE = "route.cloudtrail-config-changes"
ACTIONS = "/pages/0/MetricAlarms/0/AlarmActions"


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """A sound account of which it is not known what its alarm does."""
    (rule,) = (rule for rule in load_rules() if rule.id == RULE)
    recorded = case_snapshot(load_cases(rule, ROOT / "rules", proven=True)[0])
    with SnapshotWriter(tmp_path / "snapshot") as writer:
        for call in recorded.calls:
            of_alarms = call.operation == "cloudwatch.DescribeAlarms"
            unknown = (UnknownPlace(ACTIONS, "known only after the plan is applied"),) if of_alarms else ()
            pages = recorded.answer(call.key).pages
            writer.record(call.key, Reply(pages=pages, error=call.error, unknown=unknown), call.started)
        writer.finish(dict(recorded.run))
    return tmp_path / "snapshot"


def scan(snapshot: Path, *options: str) -> int:
    return run(["scan", "--snapshot", str(snapshot), "--rule", RULE, "-q", *options])


def test_what_rests_on_it_is_unknown_with_the_reason(snapshot: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    assert (
        scan(snapshot, "--output", f"json={report}", "--output", f"text={tmp_path / 'report.txt'}") == Exit.INCOMPLETE
    )
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    (finding,) = found["findings"]
    assert finding["outcome"] == "unknown"
    assert "what alarm audited-alarm does in ALARM is not known" in finding["reason"]
    assert "known only after the plan is applied" in finding["reason"]
    (gap,) = found["gaps"]
    assert (gap["kind"], gap["operation"], gap["pointer"]) == ("not-known", "cloudwatch.DescribeAlarms", ACTIONS)
    (number,) = (item["id"] for item in found["evidence"] if item["operation"] == gap["operation"])
    assert f"{number}#{ACTIONS}" in finding["pointers"]
    text = " ".join((tmp_path / "report.txt").read_text(encoding="utf-8").split())
    assert "Could not look (1 gap)" in text
    assert "a part of them is not known: cloudwatch.DescribeAlarms" in text


def test_a_bundle_keeps_it_and_is_judged_again(
    snapshot: Path, tmp_path: Path, reseal: Callable[[Path, str, str | bytes], None], capsys: pytest.CaptureFixture[str]
) -> None:
    bag = tmp_path / "bag"
    assert scan(snapshot, "--bundle", str(bag)) == Exit.INCOMPLETE
    lines = (bag / "data" / "calls.jsonl").read_text(encoding="utf-8")
    assert ACTIONS in lines
    assert run(["verify", str(bag)]) == Exit.CLEAN
    told = (json.loads(line) for line in lines.splitlines())
    forged = "".join(f"{json.dumps({**call, 'unknown': []})}\n" for call in told)
    capsys.readouterr()
    reseal(bag, "data/calls.jsonl", forged)
    assert run(["verify", str(bag)]) == Exit.FINDINGS
    assert "outcome" in capsys.readouterr().out


def test_a_pointer_that_leads_nowhere_is_refused(snapshot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = snapshot / "calls.jsonl"
    text = path.read_text(encoding="utf-8").replace(ACTIONS, "/pages/0/MetricAlarms/4/AlarmActions")
    path.write_text(text, encoding="utf-8")
    assert scan(snapshot) == Exit.ERROR
    told = " ".join(capsys.readouterr().err.split())
    assert (
        "its pointer '/pages/0/MetricAlarms/4/AlarmActions' leads nowhere: '4' is not an index of a list of 1." in told
    )
