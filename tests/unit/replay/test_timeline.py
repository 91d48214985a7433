"""States over time: windows that slide, alarms over days, and the same answer as an evaluation every minute."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.alarms.composite_rule import State
from scanner.replay.evaluation.missing_data import Treatment, Wanted, next_state
from scanner.replay.evaluation.samples import Samples
from scanner.replay.evaluation.timeline import DAY, Evaluated, Timeline, timeline


def run(
    published: Mapping[int, float],
    *,
    period: int = 5,
    periods: int = 1,
    needed: int | None = None,
    treatment: Treatment = Treatment.NOT_BREACHING,
    threshold: float = 1,
    statistic: str = "Sum",
    below: bool = False,
    looked: int | None = None,
    aligned: bool = False,
) -> Timeline:
    samples = Samples({minute: ((value, 1),) for minute, value in published.items()})
    evaluated = Evaluated(
        Wanted(periods, needed or periods, treatment),
        period,
        lambda first, end: samples.point(statistic, first, end),
        (lambda value: value < threshold) if below else (lambda value: value >= threshold),
        aligned,
    )
    return timeline(evaluated, samples.minutes, 0, looked)


def told(line: Timeline) -> list[tuple[int, State]]:
    return [(change.minute, change.after) for change in line.changes]


def test_one_event_in_five_minutes() -> None:
    line = run({10: 1})
    # The datapoint is looked at until it leaves the range of three: missing data does not end the alarm before.
    assert told(line) == [(11, "ALARM"), (26, "OK")]
    assert line.changes[0].causes == ((6, 11),)
    assert line.changes[0].caused_by(10)
    assert not line.changes[0].caused_by(11)


def test_windows_of_the_clock_over_more_than_a_day_are_evaluated_hourly_as_others_are() -> None:
    days = run({10: 1.0}, period=DAY, periods=2, needed=1, aligned=True)
    assert told(days)[0] == (DAY + 3, "ALARM")
    minutes = run({10: 1.0}, periods=300, needed=1, aligned=True)
    assert told(minutes)[0] == (63, "ALARM")
    assert minutes.look(60).values[-10] == 1.0
    assert list(minutes.ends_over(10)) == [60]


def test_of_windows_of_the_clock_the_exact_range_is_tried_too() -> None:
    assert run({}, periods=3, aligned=True).evaluated.ranges() == (3, 4, 5, 6, 12)
    assert run({}, periods=3).evaluated.ranges() == (4, 5, 6, 12)


def test_a_wider_range_lets_it_linger() -> None:
    assert told(run({10: 1}, looked=1)) == [(11, "ALARM"), (16, "OK")]
    assert told(run({10: 1}, looked=6)) == [(11, "ALARM"), (41, "OK")]


def test_a_burst_across_two_periods_of_the_clock() -> None:
    # Minutes 1-5, then 2-6: three failures within five minutes are enough wherever the clock stands.
    burst = {4: 2.0, 6: 1.0}
    assert told(run(burst, threshold=3))[0] == (7, "ALARM")
    assert told(run(burst, threshold=3, aligned=True)) == []


def test_windows_of_the_clock_are_evaluated_when_they_end() -> None:
    assert told(run({6: 3}, threshold=3, aligned=True)) == [(10, "ALARM"), (25, "OK")]


@pytest.mark.parametrize(("failures", "rings"), [(2, False), (3, True), (4, True)])
def test_three_console_failures_in_five_minutes(failures: int, rings: bool) -> None:
    line = run({10 + number: 1 for number in range(failures)}, threshold=3)
    assert bool(line.entered()) is rings


def test_four_of_five_minutes() -> None:
    line = run({1: 1, 2: 1, 4: 1, 5: 1}, period=1, periods=5, needed=4)
    assert told(line)[0] == (6, "ALARM")
    assert told(run({1: 1, 2: 1, 5: 1}, period=1, periods=5, needed=4)) == []


def test_an_alarm_over_more_than_a_day_is_evaluated_hourly() -> None:
    # A job fails at 10:02, which an hour later is an ALARM; the good runs after it are seen at 12:00.
    line = run(
        {602: 0, 670: 1, 671: 1},
        period=2 * DAY,
        statistic="Average",
        threshold=0.5,
        below=True,
        treatment=Treatment.MISSING,
    )
    assert told(line)[:2] == [(11 * 60 + 3, "ALARM"), (12 * 60 + 3, "OK")]


def test_an_alarm_over_exactly_a_day_is_not() -> None:
    assert told(run({602: 1}, period=DAY))[0] == (603, "ALARM")


def test_data_that_comes_late_can_hide_what_already_rang() -> None:
    # The average over what has arrived is over the threshold; with the samples that follow it no longer is.
    line = run({10: 0.00675, 11: 0.00421, 12: 0.0045, 13: 0.0041}, statistic="Average", threshold=0.005, looked=1)
    assert told(line)[:2] == [(11, "ALARM"), (14, "OK")]


def test_missing_data_that_breaches_is_an_alarm_from_the_beginning() -> None:
    line = run({}, treatment=Treatment.BREACHING)
    assert (line.first, told(line)) == ("ALARM", [])
    assert line.since(100) is None


def test_an_ignored_gap_keeps_the_alarm() -> None:
    line = run({10: 1}, treatment=Treatment.IGNORE)
    assert told(line) == [(11, "ALARM")]
    assert (line.state_at(10), line.state_at(11), line.since(9999)) == ("INSUFFICIENT_DATA", "ALARM", 11)


def every_minute(line: Timeline, until: int) -> list[tuple[int, State]]:
    """The states as an evaluation in every minute finds them."""
    state, found = line.first, []
    for end in range(line.begin, until):
        after = next_state(line.breaches(line.look(end)), line.evaluated.wanted, state)
        if after != state:
            found.append((end, after))
        state = after
    return found


@settings(max_examples=120, deadline=None)
@given(
    st.dictionaries(st.integers(0, 60), st.sampled_from([0.0, 1.0, 2.5]), max_size=25),
    st.integers(1, 6),
    st.integers(1, 4),
    st.integers(1, 4),
    st.sampled_from(list(Treatment)),
    st.sampled_from(["Sum", "Average", "Maximum", "SampleCount"]),
    st.integers(1, 7),
)
def test_the_same_as_looking_every_minute(
    published: dict[int, float],
    period: int,
    periods: int,
    needed: int,
    treatment: Treatment,
    statistic: str,
    looked: int,
) -> None:
    needed = min(needed, periods)
    line = run(
        published,
        period=period,
        periods=periods,
        needed=needed,
        treatment=treatment,
        statistic=statistic,
        looked=looked,
    )
    assert told(line) == every_minute(line, 160)
    for change in line.entered():
        assert treatment is Treatment.BREACHING or change.causes


def test_sums_are_exact_and_fractions_are_added_as_such() -> None:
    whole = Samples({1: ((1.0, 3),), 2: ((2.0, 1),)})
    assert (whole.point("Sum", 0, 3), whole.point("Sum", 2, 3), whole.point("Sum", 3, 9)) == (5.0, 2.0, None)
    assert (whole.count(0, 2), whole.point("SampleCount", 0, 9), whole.point("Average", 0, 9)) == (3, 4.0, 1.25)
    assert Samples({1: ((0.1, 3),)}).point("Sum", 0, 3) == pytest.approx(0.3)


def test_what_a_filter_with_a_default_value_publishes() -> None:
    # Two records in the first minute, none that match in the second: 2, then 0.
    samples = Samples({1: ((1.0, 2),), 2: ((0.0, 1),)})
    assert [samples.point("Sum", minute, minute + 1) for minute in (1, 2, 3)] == [2.0, 0.0, None]
