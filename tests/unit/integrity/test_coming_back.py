"""A trail that came back to a bucket, or that went to another prefix: what it delivered in between is looked at too."""

import gzip
import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.demo.digest_chain import DemoTrail, StoredObject
from scanner.integrity.judging.links import Link
from scanner.integrity.judging.results import Report
from scanner.integrity.problems import Kind, Weight
from scanner.integrity.stores.store import Store, Stored
from scanner.integrity.validation.journal import Header, open_journal
from tests.unit.integrity.conftest import BUCKET, Ground, HeldStore

HOUR = timedelta(hours=1)
OTHER, THIRD = "other-logs", "third-logs"
BACKFILLED = "2026-03-20T10:00:00.123Z"
PERIOD = ("--since", "2026-03-01T00:17:28Z", "--until", "2026-03-01T12:17:28Z")
Objects = dict[str, StoredObject]


@dataclass
class WideStore(HeldStore):
    """A bucket of several that whoever looks may read; it is listed alone."""

    buckets: dict[str, Objects] = field(default_factory=dict)

    def read(self, bucket: str, key: str, limit: int) -> Stored | None:
        held = HeldStore(self.buckets.get(bucket, {}), bucket=bucket, metadata=self.metadata)
        return super().read(bucket, key, limit) or held.read(bucket, key, limit)


class Trip:
    """Hours of a trail, ``(bucket, root, hours)`` one after another, and what lies in each bucket afterwards."""

    def __init__(self, ground: Ground, *stages: tuple[str, str, int], backfill: bool = False) -> None:
        self.ground = ground
        self.buckets: dict[str, Objects] = {bucket: {} for bucket, _, _ in stages}
        trail, beside = DemoTrail("", ground.key), DemoTrail("", ground.key)
        start = ground.start
        for bucket, root, count in stages:
            for each in (trail, beside):
                each.bucket, each.root = bucket, root
            self.buckets[bucket].update(trail.hours(start, count, 1))
            if backfill:
                key, stored, entry = beside.log_file(start + 0.7 * HOUR, 7)
                self.buckets[bucket][key] = stored
                self.buckets[bucket].update([beside.digest(start, start + HOUR, [entry], BACKFILLED)])
            start += count * HOUR
        self.period = ground.period(until=start)
        self.asked: list[str] = []
        self.read: list[str] = []

    def named(self, bucket: str, *words: str) -> list[str]:
        """The keys of a bucket that hold all of some words, in the order of time."""
        keys = list(self.buckets[bucket])
        for word in words:
            keys = [key for key in keys if word in key]
        return sorted(keys, key=lambda key: key.partition("/2026/")[2])

    def store(self, bucket: str, **options: Any) -> HeldStore:
        store = WideStore(self.buckets[bucket], label=f"s3://{bucket}", bucket=bucket, **options)
        store.read_keys, store.buckets = self.read, self.buckets
        return store

    def validate(self, *, metadata: bool = True, stop_after: int = 10**9, **options: Any) -> Report:
        def elsewhere(first: Link) -> Store | str:
            assert first.previous is not None
            self.asked.append(first.previous.bucket)
            return self.store(first.previous.bucket, metadata=metadata, stop_after=stop_after)

        store = self.store(BUCKET, metadata=metadata, stop_after=stop_after)
        return self.ground.validate(store, period=self.period, elsewhere=elsewhere, **options)


ROOT = "AWSLogs/"


@pytest.fixture
def back(ground: Ground) -> Trip:
    return Trip(ground, (BUCKET, ROOT, 3), (OTHER, ROOT, 4), (BUCKET, ROOT, 5))


def test_a_chain_that_left_and_came_back_is_followed(back: Trip) -> None:
    report = back.validate()
    assert [*map(str, report.problems)] == []
    assert (report.digests(backfill=False).valid, report.logs().valid, report.missing) == (12, 12, 0)
    (chain,) = report.chains
    assert (chain.start, chain.end) == (back.period.since, back.period.until)
    assert (chain.newest, back.asked) == (back.named(BUCKET, "Digest")[-1], [OTHER])
    assert report.source == f"s3://{BUCKET}, before that s3://{OTHER}"


def test_a_chain_that_came_back_twice_and_through_a_third_bucket(ground: Ground) -> None:
    stages = [BUCKET, OTHER, BUCKET, THIRD, OTHER, BUCKET]
    trip = Trip(ground, *((bucket, ROOT, 2) for bucket in stages))
    report = trip.validate()
    assert [*map(str, report.problems)] == []
    assert (report.digests(backfill=False).valid, report.logs().valid) == (12, 12)
    assert trip.asked == [OTHER, OTHER, THIRD]


def test_each_digest_is_proved_by_the_next_wherever_that_lies(back: Trip) -> None:
    """Without metadata, as in copies: only the newest is unproved, for want of its own signature."""
    report = back.validate(metadata=False)
    (problem,) = report.problems
    assert (problem.kind, problem.subject) == (Kind.UNPROVEN, f"s3://{BUCKET}/{back.named(BUCKET, 'Digest')[-1]}")
    assert report.digests(backfill=False).valid == 11


def altered(stored: StoredObject) -> StoredObject:
    content = gzip.decompress(stored.data).replace(b'"logFiles": [{', b'"logFiles":  [{')
    return StoredObject(gzip.compress(content), stored.metadata)


@pytest.mark.parametrize("metadata", [True, False])
@pytest.mark.parametrize("number", [2, 3])
def test_the_digests_on_both_sides_of_the_way_back_altered(back: Trip, metadata: bool, number: int) -> None:
    bucket = BUCKET if number == 2 else OTHER
    key = back.named(bucket, "Digest")[2 if number == 2 else 3]
    back.buckets[bucket][key] = altered(back.buckets[bucket][key])
    wrong = [each for each in back.validate(metadata=metadata).problems if each.weight is Weight.INVALID]
    assert (Kind.SIGNATURE, f"s3://{bucket}/{key}") in {(each.kind, each.subject) for each in wrong}


@pytest.mark.parametrize(("taken", "missing"), [(slice(0, 2), 2), (slice(1, 2), 1), (slice(2, 4), 2), (slice(0, 4), 4)])
def test_digests_deleted_over_there(back: Trip, taken: slice, missing: int) -> None:
    for key in back.named(OTHER, "Digest")[taken]:
        del back.buckets[OTHER][key]
    report = back.validate()
    assert report.invalid
    assert (report.missing, sum(each.digests for each in report.problems)) == (missing, missing)


def test_a_log_file_put_here_while_the_chain_was_elsewhere(back: Trip) -> None:
    key, stored, _ = DemoTrail(BUCKET, back.ground.key, name="x").log_file(back.period.since + 5 * HOUR, 9)
    back.buckets[BUCKET][key] = stored
    (problem,) = back.validate().problems
    assert (problem.kind, problem.subject) == (Kind.LOG_UNNAMED, f"s3://{BUCKET}/{key}")


def test_a_log_file_put_into_a_new_bucket_before_the_chain_came(ground: Ground) -> None:
    trip = Trip(ground, (OTHER, ROOT, 4), (BUCKET, ROOT, 4))
    key, stored, _ = DemoTrail(BUCKET, ground.key, name="x").log_file(ground.start + 2 * HOUR, 9)
    trip.buckets[BUCKET][key] = stored
    (problem,) = trip.validate().problems
    assert (problem.kind, problem.subject) == (Kind.LOG_UNNAMED, f"s3://{BUCKET}/{key}")


def test_a_log_file_here_that_a_digest_over_there_names(back: Trip) -> None:
    """Delivered here right before the change, and named by the first digest after it."""
    trail = DemoTrail(BUCKET, back.ground.key)
    at = back.period.since + 3 * HOUR
    key, stored, entry = trail.log_file(at + timedelta(minutes=10), 5)
    back.buckets[BUCKET][key] = stored
    (problem,) = back.validate().problems
    assert problem.kind is Kind.LOG_UNNAMED
    *_, last = back.named(OTHER, "Digest")
    document = json.loads(gzip.decompress(back.buckets[OTHER][last].data))
    trail.bucket = trail.previous_bucket = OTHER
    members = ("previousDigestS3Object", "previousDigestHashValue", "previousDigestSignature")
    before, hashed, signed = (document[name] for name in members)
    trail.previous = (before, hashed, signed)
    end = at + 4 * HOUR
    made, again = trail.digest(end - HOUR, end, [*document["logFiles"], entry])
    assert made == last
    back.buckets[OTHER][made] = again
    kinds = {each.kind for each in back.validate().problems}
    assert kinds == {Kind.HASH_OF_PREVIOUS}  # made again here, which the digest after it tells


def test_a_bucket_in_between_that_is_not_opened_is_named(back: Trip) -> None:
    report = back.ground.validate(back.store(BUCKET), period=back.period, elsewhere=lambda _first: "ask for it")
    (problem,) = report.problems
    assert (problem.kind, problem.weight) == (Kind.NOT_FOUND, Weight.UNKNOWN)
    assert "no digest file covers 2026-03-01T03:17:28Z to 2026-03-01T07:17:28Z; the chain goes on in" in problem.why
    assert problem.why.endswith("ask for it")
    assert report.digests(backfill=False).valid == 8


@pytest.mark.parametrize("metadata", [True, False])
def test_an_object_put_after_the_last_digest_over_there(ground: Ground, metadata: bool) -> None:
    trip = Trip(ground, (OTHER, ROOT, 4), (BUCKET, ROOT, 4), backfill=True)
    put = set()
    for end in ("28Z.json", "28Z_backfill.json"):
        key = trip.named(OTHER, "Digest", end)[-1]
        put.add(key.replace("28Z", "29Z"))
        trip.buckets[OTHER][key.replace("28Z", "29Z")] = trip.buckets[OTHER][key]
    wrong = [each for each in trip.validate(metadata=metadata).problems if each.kind is not Kind.UNPROVEN]
    assert [each.kind for each in wrong] == [Kind.MOVED, Kind.MOVED]
    assert {each.subject.removeprefix(f"s3://{OTHER}/") for each in wrong} == put


def test_backfill_digests_go_along(ground: Ground) -> None:
    trip = Trip(ground, (OTHER, ROOT, 4), (BUCKET, ROOT, 4), backfill=True)
    report = trip.validate()
    assert [*map(str, report.problems)] == []
    assert (report.digests(backfill=True).valid, report.logs().valid) == (2, 10)
    (gone,) = trip.named(OTHER, "_backfill")
    del trip.buckets[OTHER][gone]
    found = {each.kind: each for each in trip.validate().problems}
    assert set(found) == {Kind.MISSING, Kind.LOG_UNNAMED}
    assert found[Kind.MISSING].subject == f"s3://{OTHER}/{gone}"
    for key in trip.named(OTHER, "Digest"):
        del trip.buckets[OTHER][key]
    assert {each.kind for each in trip.validate().problems} == {Kind.NO_DIGESTS, Kind.MISSING}


def test_a_backfill_chain_whose_hourly_one_leads_nowhere(ground: Ground) -> None:
    trip = Trip(ground, (OTHER, ROOT, 4), (BUCKET, ROOT, 4), backfill=True)
    trip.period = ground.period(since=ground.start + 4 * HOUR, until=ground.start + 8 * HOUR)
    assert [*map(str, trip.validate().problems)] == []
    trip.period = ground.period(since=ground.start + 0.5 * HOUR, until=ground.start + 8 * HOUR)
    first = trip.named(BUCKET, "Digest")[0]
    del trip.buckets[BUCKET][first]
    told = {(each.kind, each.weight): each.why for each in trip.validate().problems}
    assert told[Kind.NOT_FOUND, Weight.UNKNOWN].endswith("validate that too")
    assert (Kind.MISSING, Weight.INVALID) in told


@pytest.mark.parametrize("metadata", [True, False])
def test_another_prefix_of_the_bucket(ground: Ground, metadata: bool) -> None:
    trip = Trip(ground, (BUCKET, "z/AWSLogs/", 5), (BUCKET, "a b/AWSLogs/", 7))
    report = trip.validate(metadata=metadata)
    assert not [each for each in report.problems if each.kind is not Kind.UNPROVEN or metadata]
    assert (report.logs().valid, report.missing) == (12 if metadata else 11, 0)
    # After the change the first prefix is no place for a log file.
    key, stored, _ = DemoTrail(BUCKET, ground.key, root="z/AWSLogs/").log_file(ground.start + 8 * HOUR, 9)
    trip.buckets[BUCKET][key] = stored
    assert [each.kind for each in trip.validate().problems] == [Kind.LOG_UNNAMED]
    del trip.buckets[BUCKET][key]
    last = trip.named(BUCKET, "z/", "Digest")[-1]
    del trip.buckets[BUCKET][last]
    (problem,) = trip.validate().problems
    assert (problem.kind, problem.digests) == (Kind.MISSING, 1)
    for key in trip.named(BUCKET, "z/"):
        del trip.buckets[BUCKET][key]
    (problem,) = trip.validate().problems
    assert (problem.kind, problem.weight, problem.digests) == (Kind.NO_DIGESTS, Weight.INVALID, 5)


def test_a_prefix_that_the_chain_came_back_to_is_not_a_pass(ground: Ground) -> None:
    trip = Trip(ground, (BUCKET, ROOT, 4), (BUCKET, "b/AWSLogs/", 4), (BUCKET, ROOT, 4))
    report = trip.validate()
    assert report.unknown
    assert "the chain goes on below another prefix of the bucket" in " ".join(each.why for each in report.problems)


def test_a_run_that_was_stopped_goes_on_over_there_too(back: Trip, tmp_path: Path) -> None:
    whole = back.validate()
    period = back.period
    header = Header(f"s3://{BUCKET}", {}, period.since, period.until, period.now)
    back.read.clear()
    journal = open_journal(tmp_path / "state", header)
    assert back.validate(journal=journal) == whole
    journal.close()
    assert len(back.read) == 24
    back.read.clear()
    journal = open_journal(tmp_path / "state", header)
    assert back.validate(journal=journal) == whole
    journal.close()
    assert back.read == []
    # One that was killed over there has what it saw here.
    (tmp_path / "state").unlink()
    journal = open_journal(tmp_path / "state", header)
    with pytest.raises(KeyboardInterrupt):
        back.validate(journal=journal, stop_after=20)
    journal.close()
    back.read.clear()
    journal = open_journal(tmp_path / "state", header)
    assert back.validate(journal=journal) == whole
    journal.close()
    assert len(back.read) == 8


def test_a_copy_that_begins_below_the_prefix_before(
    ground: Ground, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trip = Trip(ground, (BUCKET, "z/AWSLogs/", 4), (BUCKET, ROOT, 8))
    for key, stored in trip.buckets[BUCKET].items():
        path = tmp_path / BUCKET / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stored.data)
    newest = {key: stored for key, stored in trip.buckets[BUCKET].items() if not key.startswith("z/")}
    Ground(ground.key, newest, hours=12).write_keys(tmp_path / "keys.json")
    wanted = ("--public-keys", str(tmp_path / "keys.json"), *PERIOD)
    assert run(["integrity", str(tmp_path / BUCKET / "AWSLogs"), *wanted]) == Exit.INCOMPLETE
    told = capsys.readouterr().out
    assert f"below another prefix of the bucket, with s3://{BUCKET}/z/AWSLogs/" in told
    assert "name a copy of the whole bucket" in told
    assert run(["integrity", str(tmp_path / BUCKET), *wanted]) == Exit.CLEAN


def test_copies_of_both_buckets_are_proved_and_sealed(
    back: Trip, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for bucket, objects in back.buckets.items():
        for key, stored in objects.items():
            path = tmp_path / bucket / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(stored.data)
    Ground(back.ground.key, back.buckets[BUCKET], hours=12).write_keys(tmp_path / "keys.json")
    folders = [str(tmp_path / BUCKET), str(tmp_path / OTHER)]
    wanted = ("--public-keys", str(tmp_path / "keys.json"), *PERIOD)
    assert run(["integrity", *folders, *wanted, "--bundle", str(tmp_path / "sealed")]) == Exit.CLEAN
    assert "12/12 digest files valid" in capsys.readouterr().out
    assert "integrity COPY COPY-OF-EACH-BUCKET-BEFORE --public" in (tmp_path / "sealed/data/README.txt").read_text()
    assert run(["verify", str(tmp_path / "sealed")]) == Exit.INCOMPLETE
    assert "12 digest files proved again" in capsys.readouterr().out
