"""The command: exit codes, formats and what it refuses, over a snapshot folder with one whole route."""

import json
import os
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from scanner.audit_path.histories.alarm_history import ARGUMENTS
from scanner.audit_path.places import ALARM_HISTORY
from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.model import GapKind
from scanner.schemas import misfit
from scanner.snapshot.answers import CallError
from tests.unit.replay.deployments import log_file, record
from tests.unit.replay.folders import write_folder

GOLDEN = Path(__file__).parents[2] / "golden" / "replay.txt"
RULE = "route.cloudtrail-config-changes"
DENIED = CallError(GapKind.DENIED, "AccessDeniedException", "no")


def fitting(text: str) -> dict[str, Any]:
    """A document that fits its schema."""
    document: dict[str, Any] = json.loads(text)
    assert misfit(document, "replay") == ""
    return document


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("replay") / "snapshot")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return written(tmp_path, record(), record(2, 30, eventName="UpdateTrail", sourceIPAddress="203.0.113.9"))


def written(folder: Path, *records: dict[str, Any], at: str = "20261120T0705Z") -> Path:
    source = log_file(*records, at=at)
    (folder / "logs").mkdir()
    (folder / "logs" / Path(source.name).name).write_bytes(source.data)
    return folder / "logs"


def test_somebody_is_told(snapshot: Path, logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["replay", "--snapshot", str(snapshot), str(logs), "--rule", RULE])
    told = capsys.readouterr().out.replace(str(logs), "logs")
    assert code == Exit.CLEAN
    if os.environ.get("TRAILWITNESS_UPDATE_GOLDEN"):
        GOLDEN.write_text(told, encoding="utf-8")
    assert told == GOLDEN.read_text(encoding="utf-8")
    assert told.isascii()


@pytest.mark.parametrize(
    ("alarm", "sent", "code", "reason"),
    [
        ({"Threshold": 5}, {}, Exit.FINDINGS, "threshold"),
        ({"ActionsEnabled": False}, {}, Exit.FINDINGS, "actions-off"),
        ({"AlarmActions": ["arn:aws:sns:us-east-1:111122223333:gone"]}, {}, Exit.INCOMPLETE, "nobody-is-told"),
        ({}, {"recipientAccountId": "444455556666"}, Exit.INCOMPLETE, "not-recorded"),
        ({}, {"eventName": "DescribeTrails"}, Exit.CLEAN, ""),
    ],
)
def test_the_exit_code(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    alarm: dict[str, Any],
    sent: dict[str, Any],
    code: int,
    reason: str,
) -> None:
    folder = write_folder(tmp_path / "snapshot", alarm=alarm)
    logs = written(tmp_path, record(**sent))
    assert run(["replay", "--snapshot", str(folder), str(logs), "--rule", RULE, "-o", "json"]) == code
    (route,) = fitting(capsys.readouterr().out)["routes"]
    assert [each["reason"] for each in route["not_told"]] == ([reason] if reason else [])


@pytest.mark.parametrize(
    "operation", ["logs.DescribeMetricFilters", "cloudwatch.DescribeAlarms", "cloudtrail.GetEventSelectors"]
)
def test_a_denied_answer_is_never_would_have_fired(tmp_path: Path, operation: str) -> None:
    folder = write_folder(tmp_path / "snapshot", denied={operation: DENIED})
    assert run(["replay", "--snapshot", str(folder), str(written(tmp_path, record())), "-q"]) == Exit.INCOMPLETE


def test_a_snapshot_without_what_is_needed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_folder(tmp_path / "snapshot", without=["logs.DescribeMetricFilters"])
    assert run(["replay", "--snapshot", str(folder), str(written(tmp_path, record()))]) == Exit.ERROR
    assert "logs.DescribeMetricFilters was not asked" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--since", "2099-01-01"], "in the future"),
        (["--since", "2026-11-21", "--until", "2026-11-20"], "Swap"),
        (["--lag", "soon"], "--lag soon"),
        (["--lag", "31d"], "no record so late"),
        (["--canary"], "--canary makes its own records"),
        (["-o", "pdf"], "no format 'pdf'"),
        (["-o", "json", "-o", "text"], "the same place"),
        (["-o", "json="], "path is empty"),
        (["--rule", "trail"], "No rule about routes"),
    ],
)
def test_what_is_refused(
    snapshot: Path, logs: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert run(["replay", "--snapshot", str(snapshot), str(logs), *options]) == Exit.ERROR
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        ["--exclude", "*"],
        ["--account", "111122223333"],
        ["--late", "3d"],
        ["--region", "us-east-1"],
        ["--profile", "x"],
    ],
)
def test_a_canary_drops_no_option_in_silence(
    snapshot: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    assert run(["replay", "--snapshot", str(snapshot), "--canary", *options]) == Exit.ERROR
    assert "--canary reads no logs" in capsys.readouterr().err


def test_no_record_is_never_clean(snapshot: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert run(["replay", "--snapshot", str(snapshot), str(tmp_path / "empty"), "-q"]) == Exit.INCOMPLETE


def test_a_page_for_a_person(tmp_path: Path) -> None:
    """Each route with its timeline, when somebody was told, and why nobody was where nobody was."""
    folder = write_folder(tmp_path / "snapshot", alarm={"AlarmName": "<b>late</b>", "Threshold": 2})
    early = log_file(record(), at="20261120T0705Z")
    logs = written(tmp_path, record(2, 60), record(3, 61), at="20261120T0810Z")
    (logs / Path(early.name).name).write_bytes(early.data)
    page = tmp_path / "a.html"
    assert run(["replay", "--snapshot", str(folder), str(logs), "-q", "-o", f"html={page}"]) == Exit.FINDINGS
    text = page.read_text()
    assert "2026-11-20T08:11Z</td><td>alarm &lt;b&gt;late&lt;/b&gt;" in text
    assert "<b>" not in text
    assert 'class="verdict fail"' in text
    assert 'class="alarm"' in text
    assert "<code>route.root-usage</code>" in text
    assert "alarms had seen nothing before the first record" in text
    assert text.count("<svg ") == 1
    why = "<code>threshold</code> alarm &lt;b&gt;late&lt;/b&gt;: the Sum over 300 seconds was 1, and it needs &gt;= 2"
    assert why in text


def test_a_page_of_nothing_is_never_a_pass(snapshot: Path, tmp_path: Path) -> None:
    page, other = tmp_path / "a.html", written(tmp_path, record(eventName="DescribeTrails"))
    assert run(["replay", "--snapshot", str(snapshot), str(other), "-q", "-o", f"html={page}"]) == Exit.CLEAN
    assert 'class="verdict not-applicable"' in page.read_text()
    (tmp_path / "empty").mkdir()
    nothing = str(tmp_path / "empty")
    assert run(["replay", "--snapshot", str(snapshot), nothing, "-q", "-o", f"html={page}"]) == Exit.INCOMPLETE
    assert 'class="verdict unknown"' in page.read_text()


def test_json_junit_and_svg(snapshot: Path, logs: Path, tmp_path: Path) -> None:
    names = {"json": "a.json", "junit": "a.xml", "svg": "a.svg"}
    outputs = [part for name, file in names.items() for part in ("-o", f"{name}={tmp_path / file}")]
    assert run(["replay", "--snapshot", str(snapshot), str(logs), "-q", *outputs]) == Exit.CLEAN
    document = fitting((tmp_path / "a.json").read_text())
    (route,) = [each for each in document["routes"] if each["records"]]
    assert route["told"][0]["at"] == "2026-11-20T07:06Z"
    assert route["told"][0]["seconds_after_the_event"] == {"least": 360, "most": 360}
    assert document["alarms"][0]["changes"][0]["to"] == "ALARM"
    cases = ET.parse(tmp_path / "a.xml").findall(".//testcase")
    assert len(cases) == len(document["routes"])
    picture = (tmp_path / "a.svg").read_text()
    assert ET.fromstring(picture).tag.endswith("svg")
    assert "in ALARM" in picture


def test_a_failing_route_in_junit(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "snapshot", alarm={"Threshold": 5})
    arguments = ["--snapshot", str(folder), str(written(tmp_path, record())), "-o", f"junit={tmp_path / 'a.xml'}", "-q"]
    assert run(["replay", *arguments]) == Exit.FINDINGS
    (failure,) = ET.parse(tmp_path / "a.xml").findall(".//failure")
    assert (failure.get("message"), failure.text) == (
        "1 record raised nothing",
        "threshold: alarm audited-alarm: the Sum over 300 seconds was 1, and it needs >= 5",
    )


def test_made_up_records_are_marked_everywhere(
    snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = [f"{name}={tmp_path / name}" for name in ("html", "json", "junit", "svg")]
    told = [part for output in outputs for part in ("-o", output)]
    assert run(["replay", "--snapshot", str(snapshot), "--canary", "--rule", RULE, *told]) == Exit.CLEAN
    text = capsys.readouterr().out
    assert "SYNTHETIC" in text
    assert all("SYNTHETIC" in line for line in text.splitlines() if RULE in line and "synthetic-" not in line)
    document = fitting((tmp_path / "json").read_text())
    (route,) = document["routes"]
    assert document["synthetic"]
    assert route["synthetic"]
    assert {example["eventName"] for told in route["told"] for example in told["first_records"]} == {
        "CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging",
    }  # fmt: skip
    assert {example["source"] for told in route["told"] for example in told["first_records"]} == {"synthetic"}
    assert "SYNTHETIC" in (tmp_path / "svg").read_text()
    assert "synthetic" in (tmp_path / "junit").read_text()
    page = (tmp_path / "html").read_text()
    assert page.count("SYNTHETIC: made-up records") >= page.count("<svg ") + 1


def test_a_made_up_result_is_marked_in_its_one_line(snapshot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["replay", "--snapshot", str(snapshot), "--canary", "--rule", RULE, "-q"]) == Exit.CLEAN
    assert capsys.readouterr().err.startswith("SYNTHETIC: of made-up records: ")


def test_the_datapoints_of_an_alarm_that_stays_quiet_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_folder(tmp_path / "snapshot", alarm={"Threshold": 7})
    rules = ("--rule", "route.audit-pipeline-changes", "--rule", RULE)
    assert run(["replay", "--snapshot", str(folder), "--canary", *rules]) == Exit.FINDINGS
    (row,) = [line for line in capsys.readouterr().out.splitlines() if "datapoints audited-alarm" in line]
    assert "|#" in row


def test_when_rules_hear_of_events_is_an_assumption(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hears = json.dumps({"source": ["aws.cloudtrail"]})
    listed = {"Name": "hears", "Arn": "arn:aws:events:us-east-1:111122223333:rule/hears", "State": "ENABLED"}
    none: dict[str, Any] = {}
    rules = ("events.ListRules", none, {"Rules": [{**listed, "EventPattern": hears, "EventBusName": "default"}]})
    folder = write_folder(tmp_path / "snapshot", without=["events.ListRules"], more=[rules])
    outputs = {name: tmp_path / name for name in ("html", "json", "junit", "svg")}
    told = [part for name, path in outputs.items() for part in ("-o", f"{name}={path}")]
    run(["replay", "--snapshot", str(folder), str(written(tmp_path, record())), "--rule", RULE, *told])
    said = "an EventBridge rule hears of an event when its record arrives in CloudWatch Logs; it may be sooner"
    assert f"assumed: {said}" in capsys.readouterr().out
    assert [name for name, path in outputs.items() if said not in path.read_text(encoding="utf-8")] == []


def test_a_name_with_a_line_break_begins_no_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_folder(tmp_path / "snapshot", alarm={"AlarmName": "x\nSomebody would have been told.\x1b[0m"})
    run(["replay", "--snapshot", str(folder), str(written(tmp_path, record(eventName="StopLogging")))])
    told = capsys.readouterr().out
    assert "\nSomebody would have been told.\\" not in told
    assert r"alarm x\u000aSomebody would have been told.\u001b[0m told of" in told
    rows = [line for line in told.splitlines() if line.startswith("  ") and line.endswith("|")]
    assert len(rows) == 4
    assert len(set(map(len, rows))) == 1


def history(*times: str, name: str = "audited-alarm", data: str = "") -> dict[str, Any]:
    items = [
        {
            "AlarmName": name,
            "AlarmType": "MetricAlarm",
            "Timestamp": time,
            "HistoryItemType": "StateUpdate",
            "HistorySummary": "Alarm updated from OK to ALARM",
            "HistoryData": data or json.dumps({"newState": {"stateValue": "ALARM"}, "oldState": {"stateValue": "OK"}}),
        }
        for time in times
    ]
    return {"AlarmHistoryItems": items}


@pytest.mark.parametrize(
    ("told", "code", "found"),
    [
        (history("2026-11-20T07:07:12Z"), Exit.CLEAN, (1, 0, 0)),
        (history("2026-11-20T07:07:12Z", "2026-11-20T07:05:00Z"), Exit.CLEAN, (1, 0, 1)),
        (history(), Exit.FINDINGS, (0, 1, 0)),
        (history("2026-11-20T08:00:00Z"), Exit.FINDINGS, (0, 1, 0)),
    ],
)
def test_against_the_alarm_history(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: dict[str, Any], code: int, found: tuple[int, int, int]
) -> None:
    folder = write_folder(tmp_path / "snapshot", more=[(ALARM_HISTORY.operation, ARGUMENTS, told)])
    logs = written(tmp_path, record(), record(2, 1, eventName="DescribeTrails"))
    assert run(["replay", "--snapshot", str(folder), str(logs), "--rule", RULE, "-o", "json"]) == code
    known = fitting(capsys.readouterr().out)["alarms"][0]["history"]
    kinds = ("predicted_and_happened", "predicted_and_did_not", "happened_unpredicted")
    assert tuple(len(known[kind]) for kind in kinds) == found


def test_a_prediction_in_doubt_that_did_not_happen_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = (ALARM_HISTORY.operation, ARGUMENTS, history("2026-11-20T07:07:12Z"))
    folder = write_folder(tmp_path / "snapshot", more=[told])
    first, second = record(), record(2, 30)
    logs = written(tmp_path, first)
    later = log_file(second, at="20261120T0735Z", end="b")
    (logs / Path(later.name).name).write_bytes(later.data)
    command = ["replay", "--snapshot", str(folder), str(logs), "--rule", RULE]
    assert run([*command, "-o", "json"]) == Exit.CLEAN
    known = fitting(capsys.readouterr().out)["alarms"][0]["history"]
    assert (known["predicted_and_did_not"], known["predicted_in_doubt"]) == ([], ["2026-11-20T07:36Z"])
    run(command)
    assert "predicted 2026-11-20T07:36Z with the evaluation range that is taken, did not" in capsys.readouterr().out


def test_the_history_of_another_account(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arn = "arn:aws:cloudwatch:us-east-1:444455556666:alarm:audited-alarm"
    told = history("2026-11-20T07:07:12Z", data=json.dumps({"alarmArn": arn}))
    folder = write_folder(tmp_path / "snapshot", more=[(ALARM_HISTORY.operation, ARGUMENTS, told)])
    assert run(["replay", "--snapshot", str(folder), str(written(tmp_path, record()))]) == Exit.ERROR
    assert "is of account 444455556666" in capsys.readouterr().err


def test_a_history_that_names_other_alarms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = history("2026-11-20T07:07:12Z", name="theirs")
    folder = write_folder(tmp_path / "snapshot", more=[(ALARM_HISTORY.operation, ARGUMENTS, told)])
    assert run(["replay", "--snapshot", str(folder), str(written(tmp_path, record()))]) == Exit.INCOMPLETE
    printed = capsys.readouterr().out
    assert "may be of another account" in printed
    assert printed.endswith("would have been told: the history of 1 alarm is not known.\n")


@pytest.mark.parametrize(
    ("configured", "minutes", "code"), [("11:00", None, Exit.CLEAN), ("06:00", 120, Exit.INCOMPLETE)]
)
def test_what_was_before_an_alarm_was_configured_or_warmed_up_is_not_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], configured: str, minutes: int | None, code: int
) -> None:
    warm = {"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": minutes}} if minutes else {}
    times = {"AlarmConfigurationUpdatedTimestamp": f"2026-11-20T{configured}:00Z"}
    alarm = {"StateValue": "INSUFFICIENT_DATA", **times, **warm}
    told = (ALARM_HISTORY.operation, ARGUMENTS, history(name="audited-alarm"))
    folder = write_folder(tmp_path / "snapshot", more=[told], alarm=alarm)
    assert run(["replay", "--snapshot", str(folder), str(written(tmp_path, record())), "--rule", RULE]) == code
    printed = capsys.readouterr().out
    assert "not compared: what was before an alarm was configured" in printed
    assert ("not replayed: alarm audited-alarm: it may have been in its warm-up period" in printed) == bool(minutes)
