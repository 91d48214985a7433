"""The window of time: which deliveries may hold its records, and on which days they lie."""

from datetime import UTC, date, datetime, timedelta

from scanner.log_sources.window import LATE, Window

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


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
