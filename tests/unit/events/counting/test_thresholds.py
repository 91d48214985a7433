import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.events.counting.thresholds import Windows
from scanner.events.hits import Burst, Hit, Limit, Occurrence
from scanner.events.reading.fields.times import microseconds

SECOND = 1_000_000


def hit(event_id: str = "", time: str = "", source: str = "s", position: int = 0) -> Hit:
    return Hit(time, event_id, "ConsoleLogin", "", "", "111122223333", "", "", "", source, position)


def occurrence(second: float, event_id: str, value: str = "") -> Occurrence:
    return Occurrence(int(second * SECOND), event_id, value, hit(event_id))


def windows(limit: Limit, *seconds: float, group: tuple[str, ...] = ("by",)) -> Windows:
    made = Windows(limit)
    for number, second in enumerate(seconds):
        made.add(group, occurrence(second, f"e{number}"))
    return made


def bursts(made: Windows) -> list[list[float]]:
    return [seconds_of(burst) for burst in made.bursts()]


def seconds_of(burst: Burst) -> list[float]:
    return [item.time / SECOND for item in burst.occurrences]


def test_the_window_slides_and_both_ends_count() -> None:
    limit = Limit(count=3, within=10)
    assert bursts(windows(limit, 0, 5, 10)) == [[0, 5, 10]]
    assert bursts(windows(limit, 0, 5, 10.000001)) == []
    assert bursts(windows(limit, 0, 8, 16, 17, 18)) == [[8, 16, 17, 18]]


def test_late_and_out_of_order() -> None:
    assert bursts(windows(Limit(3, 10), 100, 5, 104, 2, 0, 102)) == [[0, 2, 5]]


def test_a_record_counts_once() -> None:
    made = Windows(Limit(3, 10))
    for _ in range(5):
        made.add(("by",), occurrence(1, "same"))
    made.add(("by",), occurrence(2, "other"))
    assert bursts(made) == []
    made.add(("by",), occurrence(3, "third"))
    assert bursts(made) == [[1, 2, 3]]


def test_groups_count_apart() -> None:
    made = Windows(Limit(2, 10))
    made.add(("by", '"a"'), occurrence(1, "1"))
    made.add(("by", '"b"'), occurrence(2, "2"))
    assert made.bursts() == ()
    made.add(("by", '"b"'), occurrence(3, "3"))
    (burst,) = made.bursts()
    assert burst.group == ("by", '"b"')


def test_different_values() -> None:
    made = Windows(Limit(count=3, within=10, distinct=2))
    for second, value in ((0, "a"), (1, "a"), (2, "a"), (3, ""), (20, "a"), (21, "b"), (22, "a")):
        made.add(("by",), occurrence(second, f"e{second}", value))
    assert bursts(made) == [[20, 21, 22]]


def test_limits_of_memory() -> None:
    made = Windows(Limit(2, 1), max_groups=10, max_occurrences=100)
    for number in range(50):
        made.add(("by", f"{number:02}"), occurrence(number, f"e{number}"))
    assert made.bursts() == ()
    assert made.over
    assert len(list(made.kept())) == 10
    made = Windows(Limit(2, 1), max_occurrences=100)
    for number in range(1000):
        made.add(("by",), occurrence(number * 5, f"e{number}"))
    assert made.bursts() == ()
    assert made.over
    assert sum(len(kept) for _, kept in made.kept()) <= 100


def test_a_noisy_group_stays_small() -> None:
    made = Windows(Limit(5, 60))
    for number in range(20_000):
        made.add(("by",), occurrence(number / 100, f"e{number}"))
    assert sum(len(kept) for _, kept in made.kept()) < 7000
    assert len(bursts(made)[0]) == 6001
    assert not made.over


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:10Z", 10.0),
        ("1970-01-01T00:00:10.5Z", 10.5),
        ("1970-01-01 00:00:10.123456789", 10.123456),
        ("1970-01-01T01:00:10+01:00", 10.0),
        ("yesterday", None),
        ("", None),
        ("0001-01-01T00:00:00+23:00", -62135679600.0),
    ],
)
def test_times(text: str, seconds: float | None) -> None:
    found = microseconds(text)
    assert found == (None if seconds is None else round(seconds * SECOND))


def plain(seconds: list[int], limit: Limit) -> bool:
    """Whether some window holds enough, decided the slow way."""
    return any(within(start, seconds, limit) >= limit.count for start in seconds)


def within(start: int, seconds: list[int], limit: Limit) -> int:
    return sum(start <= second <= start + limit.within for second in seconds)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.integers(0, 60), max_size=30),
    st.integers(1, 5),
    st.integers(1, 20),
    st.integers(1, 4),
    st.randoms(use_true_random=False),
)
def test_any_division_gives_the_same(
    seconds: list[int], count: int, within: int, parts: int, generator: random.Random
) -> None:
    limit = Limit(count, within)
    events = [occurrence(second, f"e{number}") for number, second in enumerate(seconds)]
    whole = Windows(limit)
    for event in events:
        whole.add(("by",), event)
    doubled = events + generator.sample(events, len(events) // 2)
    generator.shuffle(doubled)
    shards = [Windows(limit) for _ in range(parts)]
    for event in doubled:
        generator.choice(shards).add(("by",), event)
    for shard in generator.sample(shards, len(shards) // 2):
        shard.settle()
    merged = shards[0]
    for shard in shards[1:]:
        merged.merge(shard)
    assert merged.bursts() == whole.bursts()
    assert bool(whole.bursts()) == plain(seconds, limit)
    for burst in whole.bursts():
        times = [item.time for item in burst.occurrences]
        assert times == sorted(times)
        assert times[-1] - times[0] <= within * SECOND
        assert all(first <= second for first, second in pairwise(times))
