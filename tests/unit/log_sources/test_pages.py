"""Event history and log groups, page by page over answers that botocore's own models accept, without ever sleeping."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.stub import Stubber
from urllib3 import HTTPResponse

from scanner.errors import SourceError, UsageError
from scanner.events.reading.records import split
from scanner.files.log_source import BrokenSource, HeldSource, LogSource
from scanner.log_sources.kinds.event_history import HISTORY_PER_SECOND, history_sources
from scanner.log_sources.kinds.log_group import LOG_GROUP_PER_SECOND, log_group_sources
from scanner.log_sources.kinds.trail_insights import trail_insights
from scanner.log_sources.pages import Pace
from scanner.log_sources.window import Window

ACCOUNT = "111122223333"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


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


class Session:
    """Stands where the AWS session does; every client is stubbed, so that requests and answers are checked."""

    partition = "aws"
    global_region = "us-east-1"

    def __init__(self) -> None:
        self.clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str) -> Any:
        return self.clients[service, region]

    def plain(self, service: str, region: str) -> Any:
        make: Any = boto3.client
        made = make(service, region_name=region, aws_access_key_id="x", aws_secret_access_key="x")
        self.clients[service, region] = made
        return made

    def stub(self, service: str, region: str) -> Stubber:
        stubber = Stubber(self.plain(service, region))
        stubber.activate()
        return stubber


@pytest.fixture
def session(plain_environment: Any) -> Any:
    assert plain_environment
    return Session()


def page(number: int, following: str | None = None, member: str = "Events") -> dict[str, Any]:
    record = {
        "eventVersion": "1.11",
        "eventName": f"N{number}",
        "eventSource": "s.amazonaws.com",
        "eventID": str(number),
    }
    if member == "Events":
        item: dict[str, Any] = {
            "EventId": str(number),
            "EventName": record["eventName"],
            "EventTime": NOW,
            "Resources": [{"ResourceName": "r"}],
            "CloudTrailEvent": json.dumps(record),
        }
        mark = "NextToken"
    else:
        item = {"logStreamName": "l", "timestamp": 1, "message": json.dumps(record), "ingestionTime": 2, "eventId": "3"}
        mark = "nextToken"
    return {member: [item], **({mark: following} if following else {})}


def names(sources: list[LogSource]) -> list[str]:
    found = [split(source.read(), source.name) for source in sources]
    assert all(done.account().complete for done in found)
    return [json.loads(bytes(record))["eventName"] for done in found for record in done.records]


def quiet(_name: str, _why: str) -> None:
    """Tell nobody."""


def history(
    session: Any, *, regions: tuple[str, ...] = ("us-east-1",), window: Window | None = None
) -> list[LogSource]:
    clock = Clock()
    pace = Pace(2, clock, clock.sleep)
    return list(history_sources(session, ACCOUNT, regions, window or Window(), quiet, now=NOW, pace=pace))


def test_every_page_is_a_source(session: Any) -> None:
    window = Window(NOW - DAY, NOW)
    asked = {"MaxResults": 50, "StartTime": NOW - DAY, "EndTime": NOW}
    with session.stub("cloudtrail", "us-east-1") as stub:
        stub.add_response("lookup_events", page(1, "t1"), asked)
        stub.add_response("lookup_events", page(2, "t2"), {**asked, "NextToken": "t1"})
        stub.add_response("lookup_events", page(3), {**asked, "NextToken": "t2"})
        sources = history(session, window=window)
        stub.assert_no_pending_responses()
    first = f"event-history://{ACCOUNT}/us-east-1/000000"
    assert [source.name for source in sources] == [first, f"{first[:-1]}1", f"{first[:-1]}2"]
    assert names(sources) == ["N1", "N2", "N3"]
    assert split(sources[0].read(), "").envelope == "lookup-events"
    assert isinstance(sources[0], HeldSource)


def test_the_same_answers_give_the_same_bytes(session: Any) -> None:
    pages = []
    for _ in range(2):
        with session.stub("cloudtrail", "us-east-1") as stub:
            stub.add_response("lookup_events", page(1))
            pages.append([source.read() for source in history(session)])
    assert pages[0] == pages[1]


def test_regions_are_followed_at_once_and_each_once(session: Any) -> None:
    for number, region in enumerate(("eu-west-1", "us-east-1")):
        session.stub("cloudtrail", region).add_response("lookup_events", page(number))
    sources = history(session, regions=("us-east-1", "eu-west-1", "us-east-1"))
    assert sorted(names(sources)) == ["N0", "N1"]
    assert sorted(source.name.split("/")[3] for source in sources) == ["eu-west-1", "us-east-1"]


def test_an_empty_history_is_one_source(session: Any) -> None:
    with session.stub("cloudtrail", "us-east-1") as stub:
        stub.add_response("lookup_events", {"Events": []})
        (source,) = history(session)
    assert split(source.read(), "").account().complete
    with session.stub("cloudtrail", "us-east-1") as stub:
        stub.add_response("lookup_events", {"Events": [], "NextToken": "t"})
        stub.add_response("lookup_events", page(1))
        assert names(history(session)) == ["N1"]


def test_a_refusal_keeps_the_pages_before_it(session: Any) -> None:
    with session.stub("cloudtrail", "us-east-1") as stub:
        stub.add_response("lookup_events", page(1, "t1"))
        stub.add_client_error("lookup_events", "AccessDeniedException", "no")
        first, broken = history(session)
    assert names([first]) == ["N1"]
    with pytest.raises(SourceError, match=r"Page 1 of event-history://.*AccessDeniedException, no\.$"):
        broken.read()


def test_a_mark_that_comes_again_ends_the_pages(session: Any) -> None:
    with session.stub("cloudtrail", "us-east-1") as stub:
        stub.add_response("lookup_events", page(1, "t"))
        stub.add_response("lookup_events", page(2, "t"))
        *pages, broken = history(session)
    assert names(pages) == ["N1", "N2"]
    with pytest.raises(SourceError, match="the same one is named again"):
        broken.read()


def test_what_event_history_cannot_hold_is_said(session: Any) -> None:
    told: list[str] = []
    with session.stub("cloudtrail", "us-east-1") as stub:
        stub.add_response("lookup_events", page(1), {"MaxResults": 50, "StartTime": NOW - 90 * DAY})
        before, found = history_sources(
            session, ACCOUNT, ["us-east-1"], Window(NOW - 91 * DAY), lambda _, why: told.append(why), now=NOW
        )
    assert told == ["event history holds management events only, no data events"]
    assert names([found]) == ["N1"]
    with pytest.raises(SourceError, match="goes back 90 days, to 2026-08-22; the window begins on 2026-08-21"):
        before.read()


def group(session: Any, name: str, window: Window | None = None) -> list[LogSource]:
    clock = Clock()
    pace = Pace(5, clock, clock.sleep)
    return list(log_group_sources(session, ACCOUNT, "eu-west-1", name, window or Window(), pace=pace))


def test_a_log_group(session: Any) -> None:
    start, end = int((NOW - DAY).timestamp() * 1000), int((NOW + DAY).timestamp() * 1000)
    asked = {"logGroupName": "audit/trail", "startTime": start, "endTime": end}
    with session.stub("logs", "eu-west-1") as stub:
        stub.add_response("filter_log_events", page(1, "t", "events"), asked)
        stub.add_response("filter_log_events", {"events": [], "nextToken": "u"}, {**asked, "nextToken": "t"})
        stub.add_response("filter_log_events", page(2, None, "events"), {**asked, "nextToken": "u"})
        sources = group(session, "audit/trail", Window(NOW - DAY, NOW))
    first = f"log-group://{ACCOUNT}/eu-west-1/audit/trail/000000"
    assert [source.name for source in sources] == [first, f"{first[:-1]}2"]
    assert names(sources) == ["N1", "N2"]
    assert split(sources[0].read(), "").envelope == "log-events"


def test_a_log_group_by_its_arn(session: Any) -> None:
    arn = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:audit/trail"
    with session.stub("logs", "eu-west-1") as stub:
        stub.add_response("filter_log_events", page(1, None, "events"), {"logGroupIdentifier": arn})
        (source,) = group(session, f"{arn}:*")
    assert source.name == f"log-group://{ACCOUNT}/eu-west-1/audit/trail/000000"


def test_a_log_group_that_is_not_there(session: Any) -> None:
    with session.stub("logs", "eu-west-1") as stub:
        stub.add_client_error("filter_log_events", "ResourceNotFoundException")
        (broken,) = group(session, "x")
    with pytest.raises(SourceError, match=r"Page 0 of .*/x and all after it are missing: ResourceNotFoundException\."):
        broken.read()


def test_the_pace() -> None:
    clock = Clock()
    pace = Pace(2, clock, clock.sleep)
    key, other = (ACCOUNT, "us-east-1"), (ACCOUNT, "eu-west-1")
    pace.wait(key)
    assert clock.slept == []
    pace.wait(other)
    assert clock.slept == []
    pace.wait(key)
    pace.wait(key)
    assert clock.slept == [0.5, 0.5]
    clock.now += 10
    pace.wait(key)
    assert clock.slept == [0.5, 0.5]


def test_the_pace_holds_for_many_threads() -> None:
    turns: list[float] = []
    lock = threading.Lock()

    def sleep(seconds: float) -> None:
        with lock:
            turns.append(seconds)

    pace = Pace(HISTORY_PER_SECOND, lambda: 5.0, sleep)
    threads = [threading.Thread(target=pace.wait, args=((ACCOUNT, "x"),)) for _ in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(turns) == [number / 2 for number in range(1, 9)]


@pytest.mark.parametrize(
    ("operation", "per_second"), [("history", HISTORY_PER_SECOND), ("group", LOG_GROUP_PER_SECOND)]
)
def test_calls_are_made_at_the_documented_pace(operation: str, per_second: int, session: Any) -> None:
    made: list[float] = []
    clock = Clock()
    member, mark = ("Events", "NextToken") if operation == "history" else ("events", "nextToken")

    def answer(request: Any, **_facts: Any) -> AWSResponse:
        made.append(clock.now)
        following = {mark: str(len(made))} if len(made) < 20 else {}
        text = json.dumps({member: [{}], **following}).encode()
        return AWSResponse(request.url, 200, HTTPHeaders(), HTTPResponse(BytesIO(text), preload_content=False))

    for service in ("cloudtrail", "logs"):
        client = session.plain(service, "eu-west-1")
        client.meta.events.register_last("before-send", answer)
    pace = Pace(per_second, clock, clock.sleep)
    sources: Iterator[LogSource]
    if operation == "history":
        sources = history_sources(session, ACCOUNT, ["eu-west-1"], Window(), quiet, now=NOW, pace=pace)
    else:
        sources = log_group_sources(session, ACCOUNT, "eu-west-1", "x", Window(), pace=pace)
    assert len(list(sources)) == 20
    assert made == pytest.approx([100 + number / per_second for number in range(20)])


class Answering:
    """A session whose event history gives one page of events of each category, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def client(self, _service: str, _region: str) -> Any:
        return self

    @property
    def meta(self) -> Any:
        return self

    @property
    def events(self) -> Any:
        return self

    def register(self, *_: object, **__: object) -> None:
        """Nobody waits for an attempt of a call."""

    def unregister(self, *_: object, **__: object) -> None:
        """Nobody did."""

    def lookup_events(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return page(2 if asked.get("EventCategory") == "insight" else 1)


class OfTrails(Answering):
    """Answers what is asked of the Insights events of a trail: none where the trail is not known."""

    def list_insights_data(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return page(len(self.asked))


def test_insights_events_of_trails_are_read_in_each_region() -> None:
    session: Any = OfTrails()
    clock = Clock()
    trail = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/data"
    window = Window(since=NOW - timedelta(days=100))
    regions = ["us-east-1", "eu-west-1"]
    pace = Pace(2, clock, clock.sleep)
    before, *sources = trail_insights(session, ACCOUNT, regions, [trail], window, now=NOW, pace=pace)
    assert isinstance(before, BrokenSource)
    assert sorted(names(sources)) == ["N1", "N2"]
    named = [source.name.rsplit("/", 1)[0] for source in sources]
    assert sorted(named) == [f"trail-insights://{ACCOUNT}/{region}/data" for region in sorted(regions)]
    assert {each["StartTime"] for each in session.asked} == {NOW - timedelta(days=90)}
    assert {(each["InsightSource"], each["DataType"]) for each in session.asked} == {(trail, "InsightsEvents")}


def test_what_is_not_a_trail_has_no_insights_events() -> None:
    session: Any = Answering()
    with pytest.raises(UsageError, match="not the ARN of a trail"):
        list(trail_insights(session, ACCOUNT, ["us-east-1"], ["main"], Window(), now=NOW))


@pytest.mark.parametrize("insights", [False, True])
def test_insights_events_of_event_history_are_read_where_they_are_wanted(insights: bool) -> None:
    session: Any = Answering()
    clock = Clock()
    pace = Pace(2, clock, clock.sleep)
    sources = list(
        history_sources(session, ACCOUNT, ["us-east-1"], Window(), quiet, now=NOW, pace=pace, insights=insights)
    )
    assert sorted(names(sources)) == (["N1", "N2"] if insights else ["N1"])
    assert {each.get("EventCategory") for each in session.asked} == ({None, "insight"} if insights else {None})
    assert len({source.name for source in sources}) == len(sources)
