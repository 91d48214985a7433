"""Several streams of sources, followed at once."""

import threading
from collections.abc import Iterator

import pytest

from scanner.files.log_source import HeldSource, LogSource
from scanner.log_sources.streams import merged


def test_streams_are_followed_at_once() -> None:
    gate = threading.Barrier(3)

    def stream(number: int) -> Iterator[LogSource]:
        gate.wait(timeout=20)
        for place in range(30):
            yield HeldSource(f"{number}/{place:02}", b"")

    names = [source.name for source in merged(list(map(stream, range(3))), 3)]
    assert sorted(names) == [f"{number}/{place:02}" for number in range(3) for place in range(30)]
    of_one = [name for name in names if name.startswith("1/")]
    assert of_one == sorted(of_one)


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
