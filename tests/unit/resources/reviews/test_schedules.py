"""How far apart the runs of a schedule are at most."""

import pytest

from scanner.resources.reviews.schedules import longest_gap_hours


@pytest.mark.parametrize(
    ("expression", "hours"),
    [
        ("cron(0 6 * * ? *)", 24),
        ("cron(0 6 ? * * *)", 24),
        ("cron(8 * * * ? *)", 1),
        ("cron(0/5 * * * ? *)", 5 / 60),
        ("cron(*/7 * * * ? *)", 7 / 60),
        ("cron(0 8-18/2 * * ? *)", 14),
        ("cron(0 0,12 * * ? *)", 12),
        ("cron(30 1,3 ? * MON-FRI *)", 70),
        ("cron(0 6 ? * 2-6 *)", 72),
        ("cron(0 6 ? * SUN,MON,TUE,WED,THU,FRI,SAT *)", 24),
        ("cron(0 6 1 * ? *)", 31 * 24),
        ("cron(0 6 1-31 * ? *)", 24),
        ("cron(0 6 * JAN-NOV ? *)", 32 * 24),
        ("0 6 * * *", 24),
        ("0 6 * * 1-5", 72),
        ("0 6 * * 0-6", 24),
        ("0 6 * * 7", 168),
        ("0 6 1 * 1", 168),
        ("rate(1 day)", 24),
        ("rate(12 hours)", 12),
        (" CRON(0 6 * * ? *) ", 24),
    ],
)
def test_the_longest_time_between_runs(expression: str, hours: float) -> None:
    assert longest_gap_hours(expression) == pytest.approx(hours)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "cron()",
        "cron(0 6 L * ? *)",
        "cron(0 6 15W * ? *)",
        "cron(0 6 ? * 6L *)",
        "cron(0 6 ? * MON#2 *)",
        "cron(0 6 * * ? 2026)",
        "cron(0 6 1 * MON *)",
        "cron(0 6 30 FEB ? *)",
        "cron(0 24 * * ? *)",
        "cron(60 6 * * ? *)",
        "cron(0 6 ? * 0 *)",
        "cron(0 9-8 * * ? *)",
        "cron(0/0 6 * * ? *)",
        "cron(0 6 * * ?)extra",
        "cron(-1 6 * * ? *)",
        "at(2026-11-20T06:00:00)",
        "daily",
        "0 6 * * * * *",
    ],
)
def test_what_is_not_understood_has_none(expression: str) -> None:
    assert longest_gap_hours(expression) is None
