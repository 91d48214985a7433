"""Sources that are fetched over a network: several at once, in their order, and never many of them."""

import threading

import pytest

from scanner.errors import SourceError
from scanner.files.log_source import BrokenSource, HeldSource, LogSource
from scanner.log_sources.ahead import Fetched, read_ahead


class Waiting(Fetched):
    """A source that is fetched only when it may be."""

    def __init__(self, number: int, gate: threading.Barrier | None = None) -> None:
        self.name = str(number)
        self.read_times = 0
        self._gate = gate

    def read(self) -> bytes:
        self.read_times += 1
        if self._gate:
            self._gate.wait(timeout=20)
        return self.name.encode()


def test_sources_are_read_at_once_and_given_in_order() -> None:
    gate = threading.Barrier(4)
    found = read_ahead([Waiting(number, gate) for number in reversed(range(8))], 4)
    assert [source.name for source in found] == list("01234567")
    assert [source.read().decode() for source in found] == list("01234567")


def test_only_some_sources_are_held() -> None:
    sources = [Waiting(number) for number in range(100, 200)]
    found = read_ahead(sources, 2)
    assert found[0].read() == b"100"
    assert sum(source.read_times for source in sources) <= 4
    assert found[1].read() == b"101"
    assert sum(source.read_times for source in sources) <= 5


def test_an_unreadable_source_does_not_stop_the_others() -> None:
    found = read_ahead([Waiting(3), BrokenSource("2", "It is gone."), HeldSource("1", b"held"), Waiting(4)], 2)
    assert [source.name for source in found] == ["1", "2", "3", "4"]
    with pytest.raises(SourceError, match=r"^It is gone\.$"):
        found[1].read()
    assert [found[at].read() for at in (0, 2, 3)] == [b"held", b"3", b"4"]


def test_what_is_at_hand_is_not_fetched() -> None:
    sources: list[LogSource] = [HeldSource("a", b"1"), BrokenSource("b", "It is gone.")]
    assert read_ahead(sources) == sources
