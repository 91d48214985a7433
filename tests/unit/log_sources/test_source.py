"""Sources of log records: the window, reading ahead in order, following several streams, and the table of operations."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import botocore.session
import pytest

from scanner.aws.log_operations import LOG_CALLS, LOG_OPERATIONS, log_policy
from scanner.aws.operations import OPERATIONS
from scanner.aws.session import ALLOWED_OPERATIONS
from scanner.collect.iam_policy import iam_policy
from scanner.errors import SourceError
from scanner.files.log_source import BrokenSource, HeldSource, LogSource
from scanner.log_sources.source import LATE, Window, merged, prefetch
from scanner.model import Rule

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Waiting:
    """A source that is read only when it may be."""

    def __init__(self, number: int, gate: threading.Barrier | None = None) -> None:
        self.name = str(number)
        self._gate = gate

    def read(self) -> bytes:
        if self._gate:
            self._gate.wait(timeout=20)
        return self.name.encode()


def test_sources_are_read_at_once_and_given_in_order() -> None:
    gate = threading.Barrier(4)
    sources: list[LogSource] = [Waiting(number, gate) for number in range(8)]
    assert [(source.name, data) for source, data in prefetch(sources, 4)] == [(str(n), b"%d" % n) for n in range(8)]


def test_only_some_sources_are_held() -> None:
    asked: list[int] = []

    def sources() -> Iterator[LogSource]:
        for number in range(100):
            asked.append(number)
            yield Waiting(number)

    reading = prefetch(sources(), 2)
    next(reading)
    assert len(asked) == 4
    next(reading)
    assert len(asked) == 5


def test_an_unreadable_source_does_not_stop_the_others() -> None:
    found = list(prefetch([HeldSource("a", b"1"), BrokenSource("b", "It is gone."), HeldSource("c", b"3")], 2))
    assert [source.name for source, _ in found] == ["a", "b", "c"]
    assert isinstance(found[1][1], SourceError)
    assert str(found[1][1]) == "It is gone."
    assert [found[0][1], found[2][1]] == [b"1", b"3"]


def test_streams_are_followed_at_once() -> None:
    gate = threading.Barrier(3)

    def stream(number: int) -> Iterator[LogSource]:
        gate.wait(timeout=20)
        for place in range(30):
            yield HeldSource(f"{number}/{place:02}", b"")

    names = [source.name for source in merged([stream(number) for number in range(3)], 3)]
    assert sorted(names) == [f"{number}/{place:02}" for number in range(3) for place in range(30)]
    assert [name for name in names if name.startswith("1/")] == [f"1/{place:02}" for place in range(30)]


def test_more_streams_than_workers() -> None:
    streams: list[list[LogSource]] = [[HeldSource(f"{number}", b"")] for number in range(9)]
    assert len(list(merged(streams, 2))) == 9
    assert list(merged([], 2)) == []


def test_an_error_of_a_stream_is_raised() -> None:
    def stream() -> Iterator[LogSource]:
        yield HeldSource("a", b"")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(merged([stream()], 1))


def test_a_reader_that_stops_stops_the_streams() -> None:
    before = threading.active_count()

    def stream() -> Iterator[LogSource]:
        while True:
            yield HeldSource("a", b"")

    reading = merged([stream(), stream()], 2)
    next(reading)
    reading.close()  # type: ignore[attr-defined]  # a generator
    assert threading.active_count() == before


def test_a_window_by_delivery() -> None:
    window = Window(NOON, NOON + HOUR)
    assert not window.delivered(NOON - timedelta(minutes=1))
    assert window.delivered(NOON)
    assert window.delivered(NOON + HOUR + LATE)
    assert not window.delivered(NOON + HOUR + LATE + timedelta(minutes=1))
    assert Window(NOON + timedelta(seconds=59)).delivered(NOON)  # file names have minutes
    assert Window().delivered(NOON)
    assert Window(until=NOON).delivered(NOON - 900 * LATE)


def test_the_days_of_a_window() -> None:
    now = NOON + timedelta(days=30)
    assert Window(NOON, NOON + HOUR).days(now) == (date(2026, 11, 20), date(2026, 11, 21))
    assert Window(NOON, NOON + HOUR).days(NOON + HOUR) == (date(2026, 11, 20),)
    assert Window(NOON).days(NOON + LATE) == (date(2026, 11, 20), date(2026, 11, 21))
    assert Window(until=NOON).days(now) == ()
    east = datetime.fromisoformat("2026-11-21T01:00:00+09:00")
    assert Window(east, east).days(NOON + timedelta(hours=6)) == (date(2026, 11, 20),)


def test_reading_logs_does_not_widen_a_scan(every_rule: tuple[Rule, ...]) -> None:
    listed = set(iam_policy(every_rule)["Statement"][0]["Action"])
    assert not listed & {"s3:GetObject", "cloudtrail:LookupEvents", "logs:FilterLogEvents", "kms:Decrypt"}
    assert not ALLOWED_OPERATIONS & (set(LOG_OPERATIONS) - set(OPERATIONS))


def test_the_policies_of_log_sources() -> None:
    def actions(*kinds: str) -> list[str]:
        listed: list[str] = log_policy(kinds)["Statement"][0]["Action"]
        return listed

    assert actions("s3") == ["kms:Decrypt", "s3:GetObject", "s3:ListBucket"]
    assert actions("event-history") == ["cloudtrail:LookupEvents", "ec2:DescribeRegions"]
    assert actions("log-group") == ["logs:FilterLogEvents"]
    assert actions(*LOG_CALLS) == sorted({*actions("s3"), *actions("event-history"), *actions("log-group")})
    assert {name for names in LOG_CALLS.values() for name in names} == set(LOG_OPERATIONS)


@pytest.mark.parametrize("name", LOG_OPERATIONS)
def test_every_operation_exists_and_reads(name: str) -> None:
    operation = LOG_OPERATIONS[name]
    assert operation.name == name
    assert operation.api.startswith(("Get", "List", "Head", "Describe", "Lookup", "Filter"))
    model = botocore.session.Session().get_service_model(operation.service).operation_model(operation.api)
    assert model.input_shape is not None
    assert model.output_shape is not None
    assert set(operation.arguments) <= set(model.input_shape.members)
    assert {*operation.members, *operation.lists} <= set(model.output_shape.members)
