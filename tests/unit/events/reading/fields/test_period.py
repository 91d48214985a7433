"""Which records lie in a window of time, and that those outside are accounted for."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from scanner.events.reading.fields.period import ALWAYS, Period, period_of
from scanner.events.reading.records import split

TIMES = ["2026-11-20T06:59:59Z", "2026-11-20T07:00:00Z", "2026-11-20T08:30:00.5Z", "2026-11-20T09:00:00Z", "noon", None]


def log_file(times: list[Any]) -> bytes:
    records = [
        {"eventVersion": "1.11", "eventSource": "iam.amazonaws.com", "eventID": str(at), "eventTime": time}
        for at, time in enumerate(times)
    ]
    return json.dumps({"Records": records}).encode()


def kept(period: Period, times: list[Any]) -> list[Any]:
    source = split(log_file(times), "a.json").within(period)
    for number, record in enumerate(source.records):
        assert json.loads(bytes(record))["eventID"] == str(source.position(number))
    return [json.loads(bytes(record))["eventTime"] for record in source.records]


SEVEN, NINE = datetime(2026, 11, 20, 7, tzinfo=UTC), datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, TIMES),
        (SEVEN, None, TIMES[1:]),
        (None, NINE, TIMES),
        (SEVEN, NINE, TIMES[1:]),
        (SEVEN, SEVEN, [TIMES[1], "noon", None]),
        (NINE + timedelta(seconds=1), None, ["noon", None]),
        (datetime(2026, 11, 20, 8, tzinfo=timezone(timedelta(hours=1))), SEVEN, [TIMES[1], "noon", None]),
    ],
)
def test_both_ends_count_and_what_has_no_time_stays(
    since: datetime | None, until: datetime | None, expected: list[Any]
) -> None:
    assert kept(period_of(since, until), TIMES) == expected


def test_records_left_out_become_a_note() -> None:
    source = split(log_file(TIMES), "a.json")
    assert source.within(period_of(SEVEN, NINE)).account().notes == ("1 record outside the time asked for",)
    assert source.within(ALWAYS) is source
    assert source.within(period_of(datetime(2020, 1, 1, tzinfo=UTC), None)) is source


@pytest.mark.parametrize("time", ["1e999", "123456789012345678901234567890", "[]", "true"])
def test_a_time_of_another_type_stays(time: str) -> None:
    record = f'{{"eventVersion":"1.11","eventSource":"iam.amazonaws.com","eventTime":{time}}}'
    source = split(f'{{"Records":[{record}]}}'.encode(), "a.json")
    assert len(source.within(period_of(NINE, None)).records) == 1
