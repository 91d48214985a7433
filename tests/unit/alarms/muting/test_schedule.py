"""Schedules of mute rules: what AWS's examples mean, what is not understood, and how much of a week they fill."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.alarms.muting.schedule import ScheduleError, Window, joined, most_in_a_week, read_schedule

FIRST = datetime.fromisoformat("2026-11-20T07:00")  # a Friday
HOUR = timedelta(hours=1)


def opened(expression: str, duration: str = "PT1H", days: int = 30) -> list[str]:
    windows = read_schedule(expression, duration, "").windows(FIRST, FIRST + timedelta(days=days))
    return [f"{each.start:%m-%dT%H:%M}/{each.end:%m-%dT%H:%M}" for each in windows]


@pytest.mark.parametrize(
    ("expression", "duration", "windows"),
    [
        ("cron(0 2 * * SUN)", "PT4H", ["11-22T02:00/11-22T06:00", "11-29T02:00/11-29T06:00"]),
        ("cron(0 1 1 * *)", "PT6H", ["12-01T01:00/12-01T07:00"]),
        ("cron(0 18 * * FRI)", "P2DT12H", ["11-20T18:00/11-23T06:00", "11-27T18:00/11-30T06:00"]),
        ("cron(0 23 30 11 *)", "PT2H", ["11-30T23:00/12-01T01:00"]),
        ("cron(0,30 12 22 * *)", "PT30M", ["11-22T12:00/11-22T13:00"]),
        ("cron(15 6-7 20 NOV *)", "PT1H", ["11-20T06:15/11-20T08:15"]),
        ("at(2026-11-23T00:00)", "P7D", ["11-23T00:00/11-30T00:00"]),
        ("at(2026-11-20T06:59)", "PT1M", []),
        ("at(2026-11-20T06:59)", "PT2M", ["11-20T06:59/11-20T07:01"]),
        ("cron(0 0 * * *)", "P15D", ["11-05T00:00/12-16T00:00"]),
    ],
)
def test_windows(expression: str, duration: str, windows: list[str]) -> None:
    assert opened(expression, duration, days=11) == windows


@pytest.mark.parametrize(
    ("expression", "days"),
    [
        ("cron(0 0 * * 0)", ["11-22", "11-29"]),
        ("cron(0 0 * * 7)", ["11-22", "11-29"]),
        ("cron(0 0 * * FRI-SUN)", ["11-21", "11-22", "11-27", "11-28", "11-29"]),
        ("cron(0 0 * * sat-7)", ["11-21", "11-22", "11-28", "11-29"]),
        ("cron(0 0 * * MON,WED)", ["11-23", "11-25", "11-30"]),
        ("cron(0 0 25 * SUN)", ["11-22", "11-25", "11-29"]),  # standard cron: either is enough
        ("cron(0 0 25 DEC *)", []),
        ("cron(0 0 1-3 12 *)", ["12-01"]),
    ],
)
def test_days_of_a_cron_expression(expression: str, days: list[str]) -> None:
    assert [text.partition("T")[0] for text in opened(expression, days=11)] == days


@pytest.mark.parametrize(
    ("expression", "duration", "words"),
    [
        ("rate(1 hour)", "PT1H", "neither cron"),
        ("cron(0 2 * * ? *)", "PT1H", "6 fields"),
        ("cron(0 2 ? * SUN)", "PT1H", "for the day of the month"),
        ("cron(*/5 2 * * *)", "PT1H", "for the minute"),
        ("cron(60 2 * * *)", "PT1H", "for the minute"),
        ("cron(0 24 * * *)", "PT1H", "for the hour"),
        ("cron(0 2 0 * *)", "PT1H", "for the day of the month"),
        ("cron(0 2 * 13 *)", "PT1H", "for the month"),
        ("cron(0 2 * * 8)", "PT1H", "for the day of the week"),
        ("cron(0 2 * * FRI-MON)", "PT1H", "for the day of the week"),
        ("cron(0 5-2 * * *)", "PT1H", "for the hour"),
        ("cron(0 2 * JANUARY *)", "PT1H", "for the month"),
        ("cron()", "PT1H", "0 fields"),
        ("at(2026-13-01T00:00)", "PT1H", "names no time"),
        ("at(9999-12-31T00:00)", "P15D", "no calendar"),
        ("at(tomorrow)", "PT1H", "neither cron"),
        ("", "PT1H", "neither cron"),
        ("cron(0 2 * * *)", "PT0H", "duration PT0H"),
        ("cron(0 2 * * *)", "4h", "duration 4h"),
        ("cron(0 2 * * *)", "P", "duration P"),
        ("cron(0 2 * * *)", "P1Y", "duration P1Y"),
        ("cron(0 2 * * *)", "P99999999999D", "duration"),
        ("cron(0 2 * * *)", "P367D", "duration"),
    ],
)
def test_what_is_not_understood(expression: str, duration: str, words: str) -> None:
    with pytest.raises(ScheduleError, match=words):
        read_schedule(expression, duration, "UTC")


def test_a_schedule_says_itself_as_aws_writes_it() -> None:
    assert read_schedule("cron(0 2 * * *)", "PT4H", "").text == "cron(0 2 * * *) for PT4H, UTC"
    assert read_schedule("cron(0 2 * * *)", "P1W", "Asia/Tokyo").text == "cron(0 2 * * *) for P1W, Asia/Tokyo"
    assert read_schedule("cron(0 2 * * *)", "P1W", "Asia/Tokyo").duration == timedelta(days=7)


def test_many_short_windows_of_a_day_are_taken_together() -> None:
    every_other_minute = ",".join(str(minute) for minute in range(0, 60, 2))
    schedule = read_schedule(f"cron({every_other_minute} * * * *)", "PT1M", "")
    windows = schedule.windows(FIRST, FIRST + timedelta(days=366))
    assert len(windows) <= 368
    assert most_in_a_week(windows) == 84 * HOUR
    hourly = read_schedule("cron(0 * * * *)", "PT1M", "").windows(FIRST, FIRST + timedelta(days=7))
    assert (len(hourly), most_in_a_week(hourly)) == (168, 168 * HOUR / 60)


def window(start: float, end: float) -> Window:
    return Window(FIRST + start * HOUR, FIRST + end * HOUR)


@pytest.mark.parametrize(
    ("windows", "hours"),
    [
        ([], 0),
        ([(0, 4)], 4),
        ([(0, 4), (24, 28)], 8),
        ([(0, 4), (168, 172)], 4),
        ([(0, 4), (166, 172)], 6),  # seven days that end with the second window hold none of the first
        ([(0, 6), (166, 168), (170, 171)], 8),
        ([(0, 300)], 168),
        ([(0, 100), (150, 300)], 150),
    ],
)
def test_the_most_in_a_week(windows: list[tuple[float, float]], hours: float) -> None:
    assert most_in_a_week([window(*each) for each in windows]) == hours * HOUR


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 200)), max_size=6))
def test_no_seven_days_hold_more_than_the_most(drawn: list[tuple[int, int]]) -> None:
    windows = joined(window(start, start + length) for start, length in drawn)
    muted = [_is_open(windows, FIRST + hour * HOUR) for hour in range(-168, 900)]
    counts = [sum(muted[first : first + 168]) for first in range(len(muted) - 168)]
    assert most_in_a_week(windows) == max(counts) * HOUR


def _is_open(windows: list[Window], moment: datetime) -> bool:
    return any(each.start <= moment < each.end for each in windows)
