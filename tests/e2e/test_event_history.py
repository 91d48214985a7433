"""CloudTrail's event history over real HTTP: every page once, at the allowed pace; no verdict from half of them."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import botocore.endpoint
import pytest
from botocore.config import Config
from botocore.retries.standard import ExponentialBackoff

from scanner.aws.log_operations import LOG_OPERATIONS
from scanner.aws.options import CollectOptions
from scanner.aws.session import open_session
from scanner.errors import SourceError
from scanner.events.reading.records import split
from scanner.files.log_source import LogSource
from scanner.log_sources.kinds.event_history import HISTORY_PER_SECOND, history_sources
from scanner.log_sources.pages import Pace
from scanner.log_sources.window import Window

pytestmark = pytest.mark.slow

Trailwitness = Callable[..., subprocess.CompletedProcess[bytes]]

ATTEMPTS = 6
HOME, AWAY = "us-east-1", "eu-west-1"
UNTIL = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
SINCE = UNTIL - timedelta(days=2)


def record(number: int, name: str = "DescribeTrails", region: str = HOME) -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/anna", "accountId": "111122223333"},
        "eventTime": f"{SINCE + timedelta(minutes=number):%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": "203.0.113.10",
        "requestParameters": {"name": "main"},
        "responseElements": None,
        "eventID": f"00000000-0000-4000-8000-{number:012d}",
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333",
    }


@pytest.fixture
def page(event_history: ModuleType) -> Callable[..., list[Any]]:
    """A page of events that stand for these records."""
    return lambda *records: [event_history.event(each, int(SINCE.timestamp())) for each in records]


def arguments(*more: str) -> tuple[str, ...]:
    window = ("--since", f"{SINCE:%Y-%m-%dT%H:%M:%SZ}", "--until", f"{UNTIL:%Y-%m-%dT%H:%M:%SZ}")
    return ("logs", "--event-history", *window, "--rule", "event.logging-stopped", "-q", "-o", "json=a.json", *more)


def test_every_page_is_judged_once(
    event_history: ModuleType, page: Callable[..., list[Any]], trailwitness: Trailwitness, tmp_path: Path
) -> None:
    home = [page(record(1), record(2)), page(record(2), record(3)), page(), page(record(4, "StopLogging"))]
    away = [page(record(5, region=AWAY)), page(record(6, region=AWAY))]
    refusals = {(HOME, 1): ["ThrottlingException"], (AWAY, 1): ["ThrottlingException"]}
    history = event_history.History({HOME: home, AWAY: away}, refusals)
    with event_history.serve(history) as endpoint:
        done = trailwitness(*arguments("--region", HOME, "--region", AWAY), AWS_ENDPOINT_URL=endpoint)
    assert done.returncode == 1, done.stderr
    assessment = json.loads((tmp_path / "a.json").read_bytes())
    counted = assessment["run"]["accounting"]
    assert (counted["records"], counted["duplicates"], counted["events"], counted["matched"]) == (7, 1, 6, 1)
    assert assessment["gaps"] == []
    (finding,) = assessment["findings"]
    (hit,) = finding["details"]["hits"]
    assert (hit["event_name"], hit["source"]) == ("StopLogging", f"event-history://111122223333/{HOME}/000003")
    for region, pages in ((HOME, [0, 1, 1, 2, 3]), (AWAY, [0, 1, 1])):
        asked = [each.asked for each in history.requests if each.region == region]
        tokens = [f"page-{number}" for number in pages]
        assert [each.get("NextToken", "page-0") for each in asked] == tokens
        for each in asked:
            assert (each["StartTime"], each["EndTime"]) == (SINCE.timestamp(), UNTIL.timestamp())
            assert each["MaxResults"] == 50
        # How long a request is on its way varies; with several requests that matters little.
        gaps = history.gaps(region)
        assert sum(gaps) > len(gaps) / HISTORY_PER_SECOND - 0.2, gaps


def test_pages_that_are_refused_are_never_a_pass(
    event_history: ModuleType, page: Callable[..., list[Any]], trailwitness: Trailwitness, tmp_path: Path
) -> None:
    pages: dict[str, list[Any]] = {HOME: [], AWAY: []}
    for number in range(4):
        pages[HOME].append(page(record(number, region=HOME)))
        pages[AWAY].append(page(record(10 + number, region=AWAY)))
    refused = {(HOME, 2): "AccessDeniedException", (AWAY, 2): "ExpiredTokenException"}
    history = event_history.History(pages, forever=refused)
    with event_history.serve(history) as endpoint:
        done = trailwitness(*arguments(), AWS_ENDPOINT_URL=endpoint)
    assert done.returncode == 3, done.stderr
    assert b"Traceback" not in done.stderr
    assessment = json.loads((tmp_path / "a.json").read_bytes())
    counted = assessment["run"]["accounting"]
    assert (counted["records"], counted["events"], counted["cut"]) == (4, 4, 2)
    assert [finding["outcome"] for finding in assessment["findings"]] == ["unknown"]
    told = {gap["arguments"]["source"]: gap["reason"] for gap in assessment["gaps"]}
    assert sorted(told) == [f"event-history://111122223333/{region}/000002" for region in (AWAY, HOME)]
    for (region, number), code in refused.items():
        reason = told[f"event-history://111122223333/{region}/{number:06}"]
        assert f"Page {number} of event-history://111122223333/{region} and all after it are missing: {code}" in reason
        assert [each.refused for each in history.requests if each.region == region] == ["", "", code]


class Clock:
    """Time that only passes by sleeping."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds


@contextmanager
def sources_of(
    event_history: ModuleType, history: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[LogSource]]:
    """The sources that a real client gets from the stand-in, while both live by ``clock``."""
    history.clock = clock
    monkeypatch.setattr(botocore.endpoint, "time", clock)
    # The least that botocore waits by itself before it asks again: a random part of a second.
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda _self, _context: 0.01)
    with event_history.serve(history) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        session = open_session(CollectOptions(), LOG_OPERATIONS)
        # Without the adaptive mode's own clock, which cannot be set.
        session._config = Config(retries={"mode": "standard", "total_max_attempts": ATTEMPTS})
        pace = Pace(HISTORY_PER_SECOND, clock, clock.sleep)
        window = Window(SINCE, UNTIL)
        yield list(
            history_sources(session, "111122223333", [HOME], window, lambda _name, _why: None, now=UNTIL, pace=pace)
        )


@pytest.fixture(autouse=True)
def plain_environment(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)


def names(sources: list[LogSource]) -> list[str]:
    found = [split(source.read(), source.name) for source in sources]
    return [json.loads(bytes(each))["eventName"] for done in found for each in done.records]


def test_attempts_keep_the_pace_too(
    event_history: ModuleType, page: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = {(HOME, 0): ["ThrottlingException"], (HOME, 3): ["ThrottlingException"] * 3}
    pages = [page(record(number, f"N{number}")) for number in range(6)]
    history = event_history.History({HOME: pages}, refusals)
    clock = Clock()
    with sources_of(event_history, history, clock, monkeypatch) as sources:
        assert names(sources) == [f"N{number}" for number in range(6)]
    gaps = history.gaps(HOME)
    assert len(gaps) == 5 + 4
    assert gaps == pytest.approx([1 / HISTORY_PER_SECOND] * len(gaps))
    assert sorted(clock.slept) == [*([0.01] * 4), *([0.49] * 4), *([0.5] * 5)]


def test_what_is_throttled_to_the_end_is_missing(
    event_history: ModuleType, page: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    forever = {(HOME, 1): "ThrottlingException"}
    history = event_history.History({HOME: [page(record(1, "N1")), page(record(2))]}, forever=forever)
    with sources_of(event_history, history, Clock(), monkeypatch) as (first, broken):
        assert names([first]) == ["N1"]
        with pytest.raises(SourceError, match=r"Page 1 of .* are missing: ThrottlingException, Rate exceeded\.$"):
            broken.read()
    assert [each.refused for each in history.requests] == ["", *["ThrottlingException"] * ATTEMPTS]
    assert min(history.gaps(HOME)) >= 1 / HISTORY_PER_SECOND - 1e-9
