"""A whole validation: places found, days kept in a state file, runs that were killed, and a bounded memory."""

import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanner.demo.digest_chain import StoredObject
from scanner.errors import UsageError
from scanner.integrity.names import Place
from scanner.integrity.validation.discovery import Chosen, places_of
from scanner.integrity.validation.journal import Header, open_journal

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def organization(signing: Any) -> Mapping[str, StoredObject]:
    """Two accounts in two Regions below an organization's root, for two days; one digest and one log file are gone."""
    from scanner.demo.digest_chain import DemoTrail

    objects: dict[str, StoredObject] = {}
    start = datetime(2026, 3, 1, 0, 17, 28, tzinfo=UTC)
    for account in ("111122223333", "444455556666"):
        for region in ("eu-west-1", "us-east-1"):
            trail = DemoTrail("trail-logs", signing, account, region, root="main/AWSLogs/o-abcdefghij/")
            objects.update(trail.hours(start, 48, 1))
    digests = sorted(key for key in objects if "Digest" in key)
    logs = sorted(objects.keys() - set(digests))
    for key in (digests[60], logs[9]):
        del objects[key]
    return objects


def test_places_are_found_by_the_layout(ground: Any, organization: Mapping[str, StoredObject]) -> None:
    store = ground.store_type({**organization, **ground.day})
    root = "main/AWSLogs/o-abcdefghij/"
    everything = places_of(store, "", Chosen())
    assert everything == sorted(
        [
            Place("AWSLogs/", "111122223333", "us-east-1"),
            Place(root, "111122223333", "eu-west-1"),
            Place(root, "111122223333", "us-east-1"),
            Place(root, "444455556666", "eu-west-1"),
            Place(root, "444455556666", "us-east-1"),
        ]
    )
    assert places_of(store, "main", Chosen()) == everything[1:]
    assert places_of(store, root, Chosen()) == everything[1:]
    assert places_of(store, "main/AWSLogs", Chosen()) == everything[1:]
    assert places_of(store, f"{root}444455556666/", Chosen()) == everything[3:]
    assert places_of(store, f"{root}444455556666/CloudTrail/us-east-1/2026/", Chosen()) == everything[4:]
    assert places_of(store, "main", Chosen(("444455556666",), ("us-east-1",))) == everything[4:]
    assert places_of(store, "nowhere", Chosen()) == []


def test_a_named_place_is_looked_at_though_nothing_is_there(ground: Any) -> None:
    chosen = Chosen(("999988887777",), ("us-east-1",))
    assert places_of(ground.store_type(ground.day), "", chosen) == [Place("AWSLogs/", "999988887777", "us-east-1")]


def test_every_account_and_region_in_one_run(ground: Any, organization: Mapping[str, StoredObject]) -> None:
    period = ground.period(until=ground.start + 48 * HOUR)
    report = ground.validate(organization, period=period)
    assert len(report.chains) == 4
    assert [str(each.kind) for each in report.problems] == ["log-not-found", "digests-missing"]
    assert sum(each.logs.valid for each in report.chains) == 4 * 48 - 2
    threaded = ground.validate(ground.store_type(organization, workers=4), period=period)
    assert threaded == report


V1 = (
    b'{"source":"s3://trail-logs","asked":{},"since":"2026-03-01T00:00:00Z","until":"2026-03-02T00:00:00Z",'
    b'"now":"2026-03-02T00:00:00Z","schema":"trailwitness/integrity-state/v1"}\n'
)


def header(ground: Any, source: str = "s3://trail-logs", **asked: str) -> Header:
    period = ground.period(until=ground.start + 48 * HOUR)
    return Header(source, asked, period.since, period.until, period.now)


@pytest.mark.parametrize("workers", [1, 4])
def test_a_killed_run_goes_on_and_doubles_nothing(
    ground: Any, organization: Mapping[str, StoredObject], tmp_path: Path, workers: int
) -> None:
    """Whenever a run is killed, the next one gives the same report, and reads no day twice that was kept."""
    period = ground.period(until=ground.start + 48 * HOUR)
    whole = ground.validate(organization, period=period)
    state = tmp_path / "state"
    # Seeded, so that every process tries the same.
    chance = random.Random(workers)  # noqa: S311 - when a run is killed, not a secret
    for number in range(4):
        state.unlink(missing_ok=True)
        store = ground.store_type(organization, workers=workers, stop_after=chance.randrange(1, 380))
        journal = open_journal(state, header(ground))
        with suppress(KeyboardInterrupt):
            ground.validate(store, period=period, journal=journal)
        journal.close()
        if number % 2:  # the kill came while a line was written
            state.write_bytes(state.read_bytes() + b'{"place":{"root":"ma')
        again = ground.store_type(organization, workers=workers)
        journal = open_journal(state, header(ground))
        kept = set(journal.done)
        assert ground.validate(again, period=period, journal=journal) == whole
        journal.close()
        assert not {key for key in again.read_keys for _, place, day in kept if key.startswith(place.digests(day))}
    finished = ground.store_type(organization)
    journal = open_journal(state, header(ground))
    assert ground.validate(finished, period=period, journal=journal) == whole
    assert finished.read_keys == []
    journal.close()


@pytest.mark.parametrize("kind", ["logs", "digests"])
def test_a_day_of_which_something_was_refused_is_looked_at_again(ground: Any, tmp_path: Path, kind: str) -> None:
    period = ground.period()
    refused = frozenset({getattr(ground, kind)()[0]})
    journal = open_journal(tmp_path / "state", header(ground))
    report = ground.validate(ground.store_type(ground.day, refused=refused), period=period, journal=journal)
    assert report.unknown
    assert {day for *_, day in journal.done} == {date(2026, 3, 2)}
    journal.close()
    journal = open_journal(tmp_path / "state", header(ground))
    assert not ground.validate(ground.day, period=period, journal=journal).problems
    journal.close()


def test_the_period_of_a_state_file_goes_on(ground: Any, tmp_path: Path) -> None:
    """Seven days ago means another time when a run is started again."""
    first = header(ground, since="7d")
    open_journal(tmp_path / "state", first).close()
    found = open_journal(tmp_path / "state", Header(first.source, first.asked, first.now, first.now, first.now))
    assert found.header == first
    found.close()


@pytest.mark.parametrize(
    ("content", "asked", "words"),
    [
        (None, {"source": "s3://another"}, "is of s3://another, and s3://trail-logs is to be validated"),
        (None, {"trail": "other"}, "is of a validation with trail other, and now it is not given"),
        (b"hello\n", {}, "is not a state file of trailwitness integrity"),
        (b'{"schema":"x"}\n', {}, "is not a state file of trailwitness integrity"),
        (V1.replace(b"/v1", b"/v2").replace(b'00Z","now', b'00","now'), {}, "or it was changed"),
        (V1, {}, "was written by another version of trailwitness"),
    ],
)
def test_a_state_file_of_something_else_is_refused(
    ground: Any, tmp_path: Path, content: bytes | None, asked: dict[str, str], words: str
) -> None:
    state = tmp_path / "state"
    if content is None:
        open_journal(state, header(ground, **asked)).close()
    else:
        state.write_bytes(content)
    before = state.read_bytes()
    with pytest.raises(UsageError, match=words):
        open_journal(state, header(ground))
    assert state.read_bytes() == before


def test_a_line_that_was_changed_is_not_believed(ground: Any, tmp_path: Path) -> None:
    state = tmp_path / "state"
    open_journal(state, header(ground)).close()
    state.write_bytes(state.read_bytes() + b'{"place":1}\n' + b"{}\n")
    with pytest.raises(UsageError, match="or it was changed"):
        open_journal(state, header(ground))


@pytest.mark.parametrize("member", ["since", "until", "now"])
def test_a_period_that_cannot_be_is_not_gone_on_with(ground: Any, tmp_path: Path, member: str) -> None:
    state = tmp_path / "state"
    late: dict[str, Any] = {member: datetime(9999, 12, 31, 23, 59, tzinfo=UTC)}
    open_journal(state, replace(header(ground), **late)).close()
    with pytest.raises(UsageError, match="or it was changed"):
        open_journal(state, header(ground))


def test_a_state_file_that_cannot_be_written(ground: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be used"):
        open_journal(tmp_path / "none" / "state", header(ground))


def test_how_far_it_is_told(ground: Any, organization: Mapping[str, StoredObject]) -> None:
    told: list[Any] = []
    ground.validate(organization, period=ground.period(until=ground.start + 48 * HOUR), told=told.append)
    assert [each.days for each in told] == list(range(1, 13))
    assert {each.of_days for each in told} == {12}
    # A digest that is gone is not among them, a log file that is gone neither.
    assert (told[-1].digests, told[-1].logs) == (4 * 48 - 1, 4 * 48 - 1)
