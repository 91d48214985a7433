"""What is told of generated traffic: planted bursts are, rhythm, steady errors and single calls are not."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from scanner.events.insights.computing import computed, records_of, too_short
from scanner.events.insights.delivered import insight_event, joined
from scanner.events.insights.detection import Sensitivity
from scanner.events.insights.series import Series, shard_of
from scanner.events.insights.value import Episode
from scanner.events.reading.fields.period import ALWAYS
from scanner.files.log_source import HeldSource
from tests.unit.events.insights.traffic import ACCOUNT, REGION, Traffic, log_file, shuffled_into

DAY = 1440


def series_of(*files: bytes) -> Series:
    series = Series()
    for number, content in enumerate(files):
        series.add(shard_of(ALWAYS, HeldSource(f"{number}.json", content)))
    return series


def episodes(traffic: Traffic, asked: Sensitivity | None = None) -> Sequence[Episode]:
    return tuple(computed(series_of(log_file(traffic.records)), asked or Sensitivity()))


def told(traffic: Traffic) -> list[tuple[str, str, bool]]:
    return [(each.api.name, each.api.error, each.fell) for each in episodes(traffic)]


@pytest.fixture
def quiet() -> Traffic:
    """Nine days in which nothing unusual happens."""
    traffic = Traffic()
    traffic.heard(9)
    traffic.poisson(9, 20, "ec2:AuthorizeSecurityGroupIngress")
    traffic.poisson(9, 600, "s3:PutObjectTagging")
    return traffic


def test_ordinary_traffic_is_silent(quiet: Traffic) -> None:
    assert told(quiet) == []


def test_a_burst_of_writes_is_told_with_who_made_it(quiet: Traffic) -> None:
    quiet.burst(8 * DAY + 100, 30, "iam:CreateAccessKey", length=5)
    (episode,) = episodes(quiet)
    assert (episode.api.account, episode.api.region) == (ACCOUNT, REGION)
    assert (episode.api.source, episode.api.name, episode.api.kind) == (
        "iam.amazonaws.com",
        "CreateAccessKey",
        "ApiCallRateInsight",
    )
    assert (episode.start, episode.end) == ("2026-09-15T01:40:00Z", "2026-09-15T01:45:00Z")
    assert (episode.insight_minutes, episode.insight_average) == (5, 6.0)
    assert (episode.baseline_minutes, episode.baseline_average) == (7 * DAY, 0.0)
    assert not episode.fell
    assert episode.probability is not None
    assert episode.probability < 1e-20
    who, agent, error = episode.attributions
    assert [(share.value.rpartition("/")[2], share.average) for share in who.insight] == [("deploy", 6.0)]
    assert [share.value for share in agent.insight] == ["terraform"]
    assert [share.value for share in error.insight] == ["null"]
    assert (who.baseline, agent.baseline, error.baseline) == ((), (), ())


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        (lambda t: t.burst(8 * DAY, 1, "iam:AttachUserPolicy"), []),
        (lambda t: t.burst(8 * DAY, 2, "iam:AttachUserPolicy"), [("AttachUserPolicy", "", False)]),
        (lambda t: t.burst(8 * DAY, 40, "iam:ListUsers", read=True), []),
        (lambda t: t.burst(8 * DAY, 40, "iam:ListUsers", read=True, error="AccessDenied"), ["ListUsers AccessDenied"]),
        (lambda t: t.burst(6 * DAY, 40, "iam:AttachUserPolicy"), []),
        (lambda t: t.burst(8 * DAY, 40, "s3:GetObject", read=True, eventCategory="Data"), ["GetObject"]),
        (lambda t: t.burst(8 * DAY, 400, "s3:PutObjectTagging", length=20), ["PutObjectTagging"]),
        (lambda t: t.burst(8 * DAY, 40, "iam:AttachUserPolicy", eventCategory="NetworkActivity"), []),
        (lambda t: t.burst(8 * DAY, 40, "iam:AttachUserPolicy", eventTime="yesterday"), []),
    ],
    ids=["one call", "two in a minute", "reads", "errors", "no baseline yet", "data", "busy API", "apart", "no time"],
)
def test_what_is_unusual(quiet: Traffic, plant: Callable[[Traffic], None], expected: list[Any]) -> None:
    plant(quiet)
    names = [f"{each.api.name} {each.api.error}".strip() for each in episodes(quiet)]
    assert names == [each if isinstance(each, str) else each[0] for each in expected]


def test_a_job_of_every_day_and_one_of_every_week_are_silent() -> None:
    traffic = Traffic()
    traffic.heard(30)
    for day in range(30):
        traffic.burst(day * DAY + 120 + day % 7, 50, "backup:StartBackupJob", length=3)
        if day % 7 == 0:
            traffic.burst(day * DAY + 300 + day % 5, 60, "ssm:SendCommand", length=4)
    assert told(traffic) == []
    traffic.burst(20 * DAY + 700, 900, "ssm:SendCommand", length=4)
    assert told(traffic) == [("SendCommand", "", False)]


def test_more_than_the_job_of_every_week_is_told() -> None:
    traffic = Traffic()
    traffic.heard(30)
    for week in range(4):
        traffic.burst(week * 7 * DAY + 300, 40 if week < 3 else 400, "ssm:SendCommand", length=4)
    (episode,) = episodes(traffic)
    assert episode.start == "2026-09-28T05:00:00Z"


def test_a_steady_stream_of_errors_is_silent_and_more_of_it_is_told() -> None:
    traffic = Traffic()
    traffic.heard(10)
    traffic.poisson(10, 720, "s3:PutObject", error="AccessDenied")
    assert told(traffic) == []
    traffic.burst(9 * DAY, 300, "s3:PutObject", length=10, error="AccessDenied")
    assert ("PutObject", "AccessDenied", False) in told(traffic)


def test_working_hours_and_weekends_are_silent() -> None:
    traffic = Traffic()
    traffic.heard(28)
    for day in range(28):
        if day % 7 < 5:
            traffic.poisson(8 / 24, 900, "ecs:UpdateService", start=day * DAY + 540)
    assert told(traffic) == []


def test_a_fall_to_nothing_is_told_where_other_calls_go_on(quiet: Traffic) -> None:
    cut = [
        record
        for record in quiet.records
        if record["eventName"] != "PutObjectTagging" or not "2026-09-15T06" <= record["eventTime"] < "2026-09-15T09"
    ]
    traffic = Traffic(records=cut)
    (episode,) = episodes(traffic)
    assert episode.fell
    assert episode.api.name == "PutObjectTagging"
    assert (episode.start, episode.end) == ("2026-09-15T06:00:00Z", "2026-09-15T09:00:00Z")
    assert (episode.insight_average, episode.probability is not None) == (0.0, True)


def test_hours_without_any_record_are_missing_logs_and_no_fall(quiet: Traffic) -> None:
    kept = [record for record in quiet.records if not "2026-09-15T06" <= record["eventTime"] < "2026-09-15T09"]
    assert told(Traffic(records=kept)) == []


def test_a_day_without_any_record_leaves_nothing_usual(quiet: Traffic) -> None:
    quiet.burst(8 * DAY + 100, 30, "iam:CreateAccessKey", length=5)
    kept = [record for record in quiet.records if not record["eventTime"].startswith("2026-09-12")]
    assert told(Traffic(records=kept)) == []
    (gap,) = too_short(series_of(log_file(kept)), Sensitivity())
    assert (gap.hours, gap.missing_days, gap.compared) == (9 * 24, 1, False)
    (none,) = too_short(series_of(log_file(kept[: len(kept) // 2])), Sensitivity())
    assert not none.compared


def test_a_record_of_another_millennium_takes_no_time_to_pass_over(quiet: Traffic) -> None:
    quiet.burst(8 * DAY + 100, 30, "iam:CreateAccessKey", length=5)
    before = told(quiet)
    for number, time in enumerate(("9999-12-31T23:59:59Z", "5000-01-01T00:00:00Z")):
        quiet.call(number, "iam:CreateAccessKey", eventTime=time)
    assert told(quiet) == before


def test_a_new_habit_ends_after_a_day() -> None:
    traffic = Traffic()
    traffic.heard(12)
    traffic.poisson(3, 480, "ecs:UpdateService", start=8 * DAY)
    first = episodes(traffic)[0]
    assert first.insight_minutes <= DAY
    assert sum(each.insight_minutes for each in episodes(traffic)) < 2 * DAY


def test_too_short_a_reach_is_named(quiet: Traffic) -> None:
    short = Traffic()
    short.heard(6)
    short.burst(5 * DAY, 50, "iam:CreateUser")
    (reach,) = too_short(series_of(log_file(short.records)), Sensitivity())
    assert (reach.account, reach.region, reach.hours, reach.missing_days) == (ACCOUNT, REGION, 6 * 24, 0)
    assert episodes(short) == ()
    (found,) = episodes(short, Sensitivity(baseline=4 * DAY))
    assert (found.baseline_minutes, found.api.name) == (5 * DAY, "CreateUser")
    assert list(too_short(series_of(log_file(quiet.records)), Sensitivity())) == []


def test_delivered_twice_in_any_order_and_any_files_the_episodes_are_the_same(quiet: Traffic) -> None:
    quiet.burst(8 * DAY + 100, 30, "iam:CreateAccessKey", length=5, error="AccessDenied")
    whole = tuple(computed(series_of(log_file(quiet.records)), Sensitivity()))
    assert len(whole) == 2
    for files in (2, 7):
        parts = list(shuffled_into(quiet.records, files, seed=files))
        series = series_of(*parts, parts[0])
        assert tuple(computed(series, Sensitivity())) == whole
        assert series.repeats > 0


def test_callers_beyond_the_bound_still_count(quiet: Traffic, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet.burst(8 * DAY + 100, 30, "iam:CreateAccessKey", length=5)
    monkeypatch.setattr("scanner.events.insights.series.MAX_CELLS", 10)
    series = series_of(log_file(quiet.records))
    assert series.callers_dropped
    (episode,) = computed(series, Sensitivity())
    assert episode.insight_average == 6.0
    assert [attribution.insight for attribution in episode.attributions] == [(), (), ()]


def test_what_is_computed_reads_as_what_aws_delivers(quiet: Traffic) -> None:
    quiet.burst(8 * DAY + 100, 30, "iam:CreateAccessKey", length=5, error="AccessDenied")
    found = episodes(quiet)
    records = [record for episode in found for record in records_of(episode, "1.2.3")]
    assert {record["computedBy"] for record in records} == {"trailwitness/1.2.3"}
    events = [insight_event(record) for record in records]
    assert [event.state for event in events if event] == ["Start", "End"] * 2
    again = joined(event for event in reversed(events) if event)
    assert len(again) == 2
    for episode, read in zip(found, again, strict=True):
        assert (read.api, read.start, read.end) == (episode.api, episode.start, episode.end)
        assert (read.insight_average, read.baseline_minutes, read.insight_minutes) == (6.0, 7 * DAY, 5)
        assert (read.attributions, read.computed) == (episode.attributions, True)


def test_generated_traffic_with_planted_bursts() -> None:
    """Precision and recall over ten weeks of busy, bursty traffic; docs/performance.md tells the figures."""
    traffic = Traffic(seed=7)
    traffic.heard(35)
    for number in range(12):
        traffic.poisson(35, 3 * 2 ** (number % 6), f"ec2:Ordinary{number}")
    for day in range(35):
        traffic.burst(day * DAY + 60, 25, "glue:StartJobRun", length=2)
    planted = {}
    for number in range(12):
        minute = 9 * DAY + number * 2 * DAY + number * 37
        traffic.burst(minute, 40, f"ec2:Ordinary{number}", length=4)
        planted[f"Ordinary{number}"] = minute
    found = [each for each in episodes(traffic) if not each.fell]
    assert {each.api.name for each in found} == set(planted)
    assert len(found) == len(planted)
