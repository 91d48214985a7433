"""What names a moment, and that a missing zone is UTC wherever the machine is."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.times import delivery_time, from_milliseconds, parse_iso, parse_time, parse_zoned, read_time, rfc3339

SEVEN = datetime(2026, 5, 1, 7, tzinfo=UTC)
ZONES = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone)


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(os.environ, "TZ", "America/Los_Angeles")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "zoned"),
    [
        ("2026-05-01T07:00:00Z", True),
        ("2026-05-01t07:00:00z", True),
        ("2026-05-01 09:00:00.000+02:00", True),
        ("2026-05-01T07:00:00", False),
        ("2026-05-01 07:00:00.000", False),
    ],
)
def test_a_moment(text: str, zoned: bool) -> None:
    assert parse_time(text) == read_time(text) == parse_iso(text) == SEVEN
    assert parse_zoned(text) == (SEVEN if zoned else None)
    assert str(read_time(text).tzinfo) == "UTC"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "2026-05-01",
        "20260501T070000Z",
        "2026-W18-5T07:00Z",
        "2026-02-31T07:00:00Z",
        None,
        1_777_618_800,
        True,
    ],
)
def test_what_is_not_a_moment(value: object) -> None:
    assert parse_time(value) is None
    assert parse_zoned(value) is None
    with pytest.raises(ValueError, match="is not a time in RFC 3339"):
        read_time(value)


def test_the_first_and_the_last_day_keep_their_zone() -> None:
    for text in ("0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"):
        assert rfc3339(read_time(text)) == text
        assert parse_zoned(text) is None


def test_people_and_files_write_times_in_other_ways() -> None:
    assert parse_iso("20260501T0700Z") == parse_iso("2026-05-01T07") == SEVEN
    assert parse_iso("2026-05-01") == SEVEN - timedelta(hours=7)
    assert parse_iso("tomorrow") is None
    name = "AWSLogs/111122223333/CloudTrail/eu-west-1/111122223333_CloudTrail_eu-west-1_20260501T0700Z_abcdEFGH12345678"
    assert delivery_time(f"s3://bucket/{name}.json.gz") == SEVEN
    assert delivery_time(f"{name}.json/x") is None
    assert delivery_time(name.replace("0501", "0231") + ".json") is None


def test_milliseconds() -> None:
    assert from_milliseconds(1_777_618_800_000) == SEVEN
    with pytest.raises(OverflowError):
        from_milliseconds(1e18)


@given(st.datetimes(timezones=ZONES).filter(lambda moment: 2 < moment.year < 9998))
def test_what_is_written_is_read_again(moment: datetime) -> None:
    assert parse_time(rfc3339(moment)) == parse_zoned(rfc3339(moment)) == moment
