"""`trailwitness insights`: what it prints, writes and exits with; what it writes is judged like AWS's own."""

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import run
from scanner.schemas import misfit
from tests.unit.events.insights.test_delivered import of_trail
from tests.unit.events.insights.traffic import ACCOUNT, Traffic, log_file, shuffled_into

DAY = 1440


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Log files of nine days with one burst of errors, and an Insights event of AWS."""
    folder = tmp_path_factory.mktemp("unusual") / "logs"
    folder.mkdir()
    traffic = Traffic()
    traffic.heard(9)
    traffic.burst(8 * DAY, 20, "iam:CreateUser", length=4, error="AccessDenied\x1b[31m")
    for number, content in enumerate(shuffled_into(traffic.records, 3, seed=1)):
        (folder / f"{number}.json").write_bytes(content)
    (folder / "insight.json").write_bytes(log_file([of_trail("Start", 0)]))
    return folder


def test_json_text_and_records(logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = tmp_path / "insights.json"
    assert run(["insights", str(logs), "--json", "--records", str(written)]) == 0
    out, err = capsys.readouterr()
    told: dict[str, Any] = json.loads(out)
    assert misfit(told, "insights") == ""
    assert err == f"wrote {written}\n"
    assert told["schema"] == "trailwitness/insights/v1"
    assert (told["records"], told["sources"], told["repeats"]) == (9 * 48 + 20 + 1, 4, 0)
    assert (told["probability"], told["floor"], told["baseline_days"]) == (1e-8, 2, 7)
    assert [each["event_name"] for each in told["delivered"]] == ["CompleteLifecycleAction"]
    rate, errors = told["computed"]
    assert (rate["type"], errors["type"]) == ("ApiCallRateInsight", "ApiErrorRateInsight")
    assert (rate["account"], rate["start"], rate["insight_average"]) == (ACCOUNT, "2026-09-15T00:00:00Z", 5.0)
    assert rate["attributions"][2]["insight"] == [{"value": "AccessDenied\x1b[31m", "average": 5.0}]
    assert run(["insights", str(logs)]) == 0
    text = capsys.readouterr().out
    assert "delivered by CloudTrail Insights (1)" in text
    assert "computed from these records, no finding of AWS (2)" in text
    assert "call rate of iam.amazonaws.com CreateUser rose: 5 calls per minute, usually 0" in text
    assert "2026-11-20T07:00:00Z to end not recorded" in text
    assert "\x1b" not in text
    for rule, code in (("event.insight-call-rate", 1), ("event.insight-error-rate", 1)):
        assert run(["logs", str(written), "--rule", rule, "-v"]) == code
    said = " ".join(capsys.readouterr().out.split())
    assert "for example Insights event on CreateUser at 2026-09-15T00:00:00Z (insights.json, record 0)" in said
    assert "Insights event on CreateUser failing with AccessDenied\\u001b[31m of iam.amazonaws.com in" in said
    assert "computedBy" in written.read_text(encoding="utf-8")


def test_processes_change_nothing(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["insights", str(logs), "--json"])
    alone = capsys.readouterr().out
    run(["insights", str(logs), "--json", "--workers", "2"])
    assert capsys.readouterr().out == alone


def test_a_reach_that_is_too_short_is_a_note(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["insights", str(logs), "--since", "2026-09-14"]) == 3
    out = capsys.readouterr().out
    assert "computed from these records, no finding of AWS (0)" in out
    assert f"nothing is known of what is usual in {ACCOUNT} eu-west-1 (48 h)" in out
    assert run(["insights", str(logs), "--since", "2026-09-14", "--baseline-days", "0.5"]) == 0
    assert "computed from these records, no finding of AWS (2)" in capsys.readouterr().out


def test_a_day_that_is_missing_in_every_baseline_leaves_nothing_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    traffic = Traffic()
    traffic.heard(10)
    traffic.burst(9 * DAY + 600, 50, "iam:CreateUser")
    kept = [record for record in traffic.records if not record["eventTime"].startswith("2026-09-14")]
    (tmp_path / "a.json").write_bytes(log_file(kept))
    assert run(["insights", str(tmp_path / "a.json")]) == 3
    told = f"note: nothing was compared in {ACCOUNT} eu-west-1 (1 day): days without any record lie in every baseline"
    assert told in capsys.readouterr().out


def test_calls_without_a_time_are_counted_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    traffic = Traffic()
    traffic.heard(9)
    traffic.burst(8 * DAY, 20, "iam:", eventSource=None, awsRegion=None)
    traffic.call(8 * DAY, "iam:CreateUser", eventTime="soon")
    (tmp_path / "a.json").write_bytes(log_file(traffic.records))
    assert run(["insights", str(tmp_path / "a.json"), "--baseline-days", "0.05"]) == 3
    assert "note: 1 record left out: eventTime is not a time" in capsys.readouterr().out


def test_what_cannot_be_read_is_incomplete(logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.json.gz"
    broken.write_bytes(b"\x1f\x8b\x08\x00cut")
    assert run(["insights", str(logs), str(broken)]) == 3
    assert f"not read whole: {broken}: " in capsys.readouterr().err
    empty = tmp_path / "empty.json"
    empty.write_bytes(log_file([]))
    assert run(["insights", str(empty)]) == 3
    assert capsys.readouterr().err == "No record was read. Name log files of the time that is asked for.\n"


def test_records_that_cannot_be_written_are_said(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["insights", str(logs), "--records", str(tmp_path / "none" / "x.json")]) == 2
    assert "none" in capsys.readouterr().err


def test_insights_events_that_are_not_understood_and_names_with_line_breaks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    details = {"state": "Start", "insightType": "ApiCallRateInsight", "eventName": "X\nfound (9)", "eventSource": "a"}
    common = {"eventCategory": "Insight", "eventVersion": "1.07", "awsRegion": "r", "recipientAccountId": ACCOUNT}
    events = [
        {**common, "eventTime": "2026-09-15T00:00:00Z", "eventID": "1", "insightDetails": details},
        {**common, "eventTime": "2026-09-15T00:00:00Z", "eventID": "2", "insightDetails": {"state": "Start"}},
    ]
    logs = tmp_path / "odd.json"
    logs.write_text(json.dumps({"Records": events}), encoding="utf-8")
    assert run(["insights", str(logs)]) == 3
    told = capsys.readouterr().out
    assert "call rate of a X\\u000afound (9) is unusual: the event does not tell how many calls there were\n" in told
    assert "note: 1 Insights event not understood" in told
    assert "note: none of these records is a call, so nothing was compared" in told
    assert run(["profile", str(logs)]) == 0
    told = capsys.readouterr().out
    assert "1  a Insights event on X\\u000afound (9)\n" in told
    assert "1  (Insights events)" in told


@pytest.mark.parametrize("option", ["--baseline-days", "--probability"])
def test_what_is_not_a_number_is_refused(logs: Path, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["insights", str(logs), option, "nan"]) == 2
    assert "'nan' is not a number" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["insights"], ["profile"], ["logs", "--rule", "event"]])
def test_a_time_that_has_not_come_is_refused(
    logs: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert run([*command, str(logs), "--since", "2099-01-01"]) == 2
    out, err = capsys.readouterr()
    assert (out, "--since 2099-01-01T00:00Z is in the future: there is no record of it yet." in err) == ("", True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["insights", "day/a.json", "--records", "day/a.json"],
        ["insights", "day", "--records", "day/more.json"],
        ["insights", "day/*.json", "--records", "day/a.json"],
        ["logs", "day", "--rule", "event.logging-stopped", "-o", "json=day/a.json"],
        ["replay", "--snapshot", "snapshot", "day", "-o", "json=day/a.json"],
        ["replay", "--snapshot", "snapshot", "day", "-o", "json=snapshot/run.json"],
    ],
)
def test_nothing_is_written_over_what_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder, name in (("day", "a.json"), ("snapshot", "run.json")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text("{}", encoding="utf-8")
    assert run(arguments) == 2
    assert f"{arguments[-1]} would be written into the evidence at " in capsys.readouterr().err
    assert {path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.json")} == {"{}"}
