"""CloudTrail's own counts beside those of the records: told, or said not to be known, and never taken for the same."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

import scanner.aws.session
import scanner.log_sources.account
from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.events.insights.value import Api, Episode
from scanner.model import Caller
from scanner.runs.over_logs.metric_data import MOST, Count, counted
from scanner.schemas import misfit
from tests.unit.events.insights.traffic import ACCOUNT, Traffic, shuffled_into

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CALLER = Caller("111122223333", "arn", "id")
API = Api("111122223333", "us-east-1", "iam.amazonaws.com", "CreateUser", "Management")
EPISODE = Episode(API, "2026-11-20T07:00:00Z", "2026-11-20T07:05:00Z", 0.0, 2.2, 10080, 5, (), "one", computed=True)


class Session:
    """A session that answers ``ListInsightsMetricData`` with one thing, and remembers what it was asked."""

    def __init__(self, *pages: Any) -> None:
        self.pages = list(pages)
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    def client(self, _service: str, region: str) -> Any:
        self._region = region
        return self

    def list_insights_metric_data(self, **arguments: Any) -> Any:
        self.asked.append((self._region, arguments))
        page = self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]
        if isinstance(page, Exception):
            raise page
        return page


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "ListInsightsMetricData")


def test_both_numbers_are_told() -> None:
    session: Any = Session({"Values": [4.0, 5.0], "NextToken": "more"}, {"Values": [3.0]})
    found = counted(session, CALLER, [EPISODE], NOW)
    assert found.episodes == {"one": Count(11, 12)}
    assert found.complete
    assert list(found.notes()) == [
        "in 1 episode CloudTrail counted more calls than these records hold: records are missing"
    ]
    start = datetime(2026, 11, 20, 7, tzinfo=UTC)
    wanted = {
        "EventSource": "iam.amazonaws.com",
        "EventName": "CreateUser",
        "InsightType": "ApiCallRateInsight",
        "StartTime": start,
        "EndTime": start + timedelta(minutes=5),
        "Period": 60,
        "DataType": "NonZeroData",
    }
    assert session.asked == [("us-east-1", wanted), ("us-east-1", {**wanted, "NextToken": "more"})]


def test_an_error_rate_is_asked_by_its_error_code() -> None:
    session: Any = Session({"Values": [11.0]})
    api = replace(API, error="AccessDenied")
    found = counted(session, CALLER, [replace(EPISODE, api=api)], NOW)
    ((_, asked),) = session.asked
    assert (asked["InsightType"], asked["ErrorCode"]) == ("ApiErrorRateInsight", "AccessDenied")
    assert not list(found.notes())


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (refused("AccessDeniedException"), "not answered: AccessDeniedException: no"),
        (refused("UnsupportedOperationException"), "not answered: UnsupportedOperationException"),
        ({"Values": []}, "Insights may not have been on"),
        ({}, "Insights may not have been on"),
        ({"Values": ["many"]}, "Insights may not have been on"),
    ],
)
def test_what_is_not_told_is_not_agreement(page: Any, why: str) -> None:
    session: Any = Session(page)
    found = counted(session, CALLER, [EPISODE], NOW)
    assert found.episodes["one"].calls is None
    assert why in found.episodes["one"].why
    assert not found.complete
    assert list(found.notes()) == ["CloudTrail's own count is not known for 1 episode"]


@pytest.mark.parametrize(
    ("episode", "why"),
    [
        (replace(EPISODE, api=replace(API, category="Data")), "only of a trail that is named"),
        (replace(EPISODE, api=replace(API, account="444455556666")), "of account 111122223333"),
        (replace(EPISODE, api=replace(API, region="")), "no Region"),
        (replace(EPISODE, start="2026-11-05T11:59:00Z"), "15 days"),
        (replace(EPISODE, start=""), "15 days"),
    ],
)
def test_what_cannot_be_asked_is_not_asked(episode: Episode, why: str) -> None:
    session: Any = Session({"Values": [11.0]})
    found = counted(session, CALLER, [episode], NOW)
    assert why in found.episodes["one"].why
    assert not session.asked


def test_no_more_is_asked_than_is_said() -> None:
    session: Any = Session({"Values": [11.0]})
    every = [replace(EPISODE, shared_id=str(number)) for number in range(MOST + 1)]
    found = counted(session, CALLER, every, NOW)
    assert len(session.asked) == MOST
    assert "at most" in found.episodes[str(MOST)].why


def test_the_command_tells_both_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    traffic = Traffic()
    traffic.heard(9)
    traffic.burst(8 * 1440, 20, "iam:CreateUser", length=4)
    (content,) = shuffled_into(traffic.records, 1, seed=1)
    (tmp_path / "a.json").write_bytes(content)
    session = Session({"Values": [20.0]})
    monkeypatch.setattr(scanner.aws.session, "open_session", lambda *_: session)
    monkeypatch.setattr(scanner.log_sources.account, "caller_of", lambda _: Caller(ACCOUNT, "arn", "id"))
    monkeypatch.setattr("scanner.runs.over_logs.metric_data.REACH", timedelta(days=36500))
    arguments = ["insights", str(tmp_path), "--metric-data", "--profile", "audit"]
    assert run(arguments) == Exit.CLEAN
    assert "CloudTrail itself counted 20 calls; these records hold 20" in capsys.readouterr().out
    assert run([*arguments, "--json"]) == Exit.CLEAN
    told = json.loads(capsys.readouterr().out)
    assert misfit(told, "insights") == ""
    (episode,) = told["computed"]
    assert episode["metric_data"] == {"calls": 20, "records": 20, "why_not": None}
    session.pages = [refused("AccessDeniedException")]
    assert run(arguments) == Exit.INCOMPLETE
    text = capsys.readouterr().out
    assert "own count is not known: cloudtrail.ListInsightsMetricData was not answered: AccessDeniedException" in text
    assert run(["insights", str(tmp_path), "--profile", "audit"]) == Exit.ERROR
