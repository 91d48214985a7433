"""A trail whose bucket was changed: its chain is followed into the bucket before, and nothing is believed unproved."""

import json
from collections.abc import Mapping
from dataclasses import replace
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
from scanner.integrity.stores.store import Store
from scanner.runs.scanning import scan_snapshot, seal_scan
from scanner.runs.selection import select
from tests.unit.integrity.conftest import BUCKET, Ground, HeldStore

HOUR = timedelta(hours=1)
PERIOD = ("--since", "2026-03-01T00:17:28Z", "--until", "2026-03-01T12:17:28Z")
OLD, OLDEST = "old-logs", "oldest-logs"
Objects = dict[str, StoredObject]


class Moved:
    """A day of a trail: some hours to each bucket in turn, the newest the one that is validated."""

    def __init__(self, ground: Ground, **hours: int) -> None:
        self.ground = ground
        self.buckets: dict[str, Objects] = {}
        trail = DemoTrail("", ground.key)
        start = ground.start
        for name, count in hours.items():
            trail.bucket = name
            self.buckets[name] = dict(trail.hours(start, count, 1))
            start += count * HOUR
        self.period = ground.period(until=start)
        self.asked: list[str] = []

    def digests(self, bucket: str) -> list[str]:
        return sorted(key for key in self.buckets[bucket] if "Digest" in key)

    def elsewhere(self, first: Link) -> Store | str:
        assert first.previous is not None
        self.asked.append(first.previous.bucket)
        objects = self.buckets.get(first.previous.bucket)
        return "ask whoever has it" if objects is None else self.store(first.previous.bucket)

    def store(self, bucket: str, **options: Any) -> HeldStore:
        return HeldStore(self.buckets[bucket], label=f"s3://{bucket}", bucket=bucket, **options)

    def validate(self, **options: Any) -> Report:
        return self.ground.validate(self.store(BUCKET), period=self.period, elsewhere=self.elsewhere, **options)


@pytest.fixture
def moved(ground: Ground) -> Moved:
    return Moved(ground, **{OLDEST: 3, OLD: 4, BUCKET: 5})


def test_a_chain_is_followed_through_every_bucket_it_comes_from(moved: Moved) -> None:
    report = moved.validate()
    assert [*map(str, report.problems)] == []
    assert (report.digests(backfill=False).valid, report.logs().valid, report.missing) == (12, 12, 0)
    (chain,) = report.chains
    assert (chain.start, chain.end, chain.missing) == (moved.period.since, moved.period.until, 0)
    assert chain.newest == moved.digests(BUCKET)[-1]
    assert moved.asked == [OLD, OLDEST]
    assert report.source == f"s3://{BUCKET}, before that s3://{OLD}, before that s3://{OLDEST}"


def test_what_was_done_in_the_bucket_before_is_found(moved: Moved) -> None:
    log = next(key for key in moved.buckets[OLD] if "Digest" not in key)
    del moved.buckets[OLD][log]
    (problem,) = moved.validate().problems
    assert (problem.kind, problem.subject) == (Kind.LOG_NOT_FOUND, f"s3://{OLD}/{log}")


def test_the_newest_digests_of_the_bucket_before_deleted(moved: Moved) -> None:
    for key in moved.digests(OLD)[-2:]:
        del moved.buckets[OLD][key]
    report = moved.validate()
    assert report.invalid
    (problem,) = [each for each in report.problems if each.kind is Kind.MISSING]
    assert (problem.digests, report.missing, report.chains[0].missing) == (2, 2, 2)
    assert problem.start == moved.period.since + 5 * HOUR


def test_everything_in_the_bucket_before_deleted(moved: Moved) -> None:
    moved.buckets[OLD].clear()
    report = moved.validate()
    (problem,) = report.problems
    assert (problem.kind, problem.weight, problem.digests) == (Kind.NO_DIGESTS, Weight.INVALID, 7)


def test_the_last_digest_of_the_bucket_before_made_again(moved: Moved) -> None:
    """Signed soundly by the same key: only what the first digest of the new bucket states tells."""
    last = moved.digests(OLD)[-1]
    forged = DemoTrail(OLD, moved.ground.key)
    start = moved.period.since + 6 * HOUR
    made = dict(forged.hour(start, start + HOUR, 0))
    assert last in made
    moved.buckets[OLD][last] = made[last]
    kinds = {(each.kind, each.weight) for each in moved.validate().problems}
    assert (Kind.HASH_OF_PREVIOUS, Weight.INVALID) in kinds


def test_a_bucket_that_is_refused_is_never_valid(moved: Moved) -> None:
    day = f"AWSLogs/111122223333/CloudTrail-Digest/us-east-1/{moved.period.since:%Y/%m/%d}/"
    refused = moved.store(OLD, refused=frozenset({day}))
    report = moved.ground.validate(moved.store(BUCKET), period=moved.period, elsewhere=lambda _first: refused)
    assert (report.invalid, report.unknown) == (False, True)
    assert "AccessDenied" in " ".join(map(str, report.problems))


@pytest.mark.parametrize("listened", [True, False])
def test_a_bucket_that_cannot_be_opened_is_named_with_what_to_do(moved: Moved, listened: bool) -> None:
    del moved.buckets[OLD]
    report = moved.validate() if listened else moved.ground.validate(moved.store(BUCKET), period=moved.period)
    (problem,) = report.problems
    assert (problem.kind, problem.weight) == (Kind.NOT_FOUND, Weight.UNKNOWN)
    hint = "ask whoever has it" if listened else "validate that too"
    assert f"the chain goes on in another bucket, with s3://{OLD}/" in problem.why
    assert problem.why.endswith(hint)


def test_buckets_that_name_each_other_end(moved: Moved, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.integrity.validation.whole.MOST", 1)
    (problem,) = moved.validate().problems
    assert (problem.kind, problem.weight) == (Kind.NOT_FOUND, Weight.UNKNOWN)
    assert "followed through 1 at most" in problem.why
    assert moved.asked == [OLD]


def copies(moved: Moved, folder: Path) -> Mapping[str, str]:
    found = {}
    for bucket, objects in moved.buckets.items():
        for key, stored in objects.items():
            path = folder / bucket / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(stored.data)
        found[bucket] = str(folder / bucket)
    ground = replace(moved.ground, day=moved.buckets[BUCKET], hours=12)
    ground.write_keys(folder / "keys.json")
    return found


def test_copies_of_each_bucket_are_proved_together_and_sealed(
    moved: Moved, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = copies(moved, tmp_path)
    wanted = ("--public-keys", str(tmp_path / "keys.json"), *PERIOD)
    assert run(["integrity", folders[BUCKET], *wanted]) == Exit.INCOMPLETE
    told = capsys.readouterr().out
    assert f"in another bucket, with s3://{OLD}/" in told
    assert "copy it as well, and name it too: `trailwitness integrity FOLDER BEFORE`" in told
    bundle = ("--bundle", str(tmp_path / "sealed"))
    assert run(["integrity", folders[BUCKET], folders[OLD], folders[OLDEST], *wanted, *bundle]) == Exit.CLEAN
    assert "12/12 digest files valid" in capsys.readouterr().out
    assert run(["verify", str(tmp_path / "sealed")]) == Exit.INCOMPLETE
    assert "12 digest files proved again" in capsys.readouterr().out


def test_a_period_is_assessed_from_the_copies_of_each_bucket(
    moved: Moved, snapshot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = copies(moved, tmp_path)
    (tmp_path / "evidence").mkdir()
    seal_scan(
        scan_snapshot(snapshot, select((), ("trail.log-file-validation",), (), ())), tmp_path / "evidence" / "one"
    )
    monkeypatch.chdir(tmp_path)
    rules = ("--rule", "evidence.digest-chain-valid", "--rule", "event.logging-stopped")
    period = ("--bundles", "evidence", "--period", "2026-03-01T00:17:28Z..2026-03-01T11:17:28Z")
    logs = (*rules, *period, "--logs", folders[BUCKET], "--public-keys", "keys.json")
    before = ("--logs-before", folders[OLD], "--logs-before", folders[OLDEST])
    run(["assess", *logs, "-o", "json=alone.json"])
    run(["assess", *logs, *before, "-o", "json=all.json", "--bundle", "sealed"])
    alone, everything = (audit_of(tmp_path / name) for name in ("alone.json", "all.json"))
    assert alone["outcome"] == "unknown"
    assert f"in another bucket, with s3://{OLD}/" in alone["reason"]
    assert everything["outcome"] == "pass"
    assert "11 digest files" in everything["reason"]
    files = {each["file"] for each in json.loads((tmp_path / "all.json").read_bytes())["evidence"]}
    assert any(each.startswith("period/before/0002/AWSLogs/") for each in files)
    assert all((tmp_path / "sealed/data" / each).is_file() for each in files)
    assert run(["verify", "sealed"]) == Exit.CLEAN
    for options, words in (
        (("--logs-before", "s3://old-logs"), "one is a bucket, the other is not"),
        (("--logs-before", "nowhere"), "There is no nowhere"),
    ):
        capsys.readouterr()
        assert run(["assess", *logs, *options]) == Exit.ERROR
        assert words in capsys.readouterr().err


def audit_of(path: Path) -> Mapping[str, Any]:
    """What is found of the chain of the trail."""
    findings = json.loads(path.read_bytes())["findings"]
    (found,) = [each for each in findings if each["resource"] == "audit"]
    return dict(found)


@pytest.mark.parametrize(
    ("first", "more", "words"),
    [
        (BUCKET, (BUCKET,), "is a second copy of the bucket trail-logs"),
        (BUCKET, (OLD, OLD), "is a second copy of the bucket old-logs"),
        (BUCKET, (OLDEST,), "comes from the bucket oldest-logs in the period, so that nothing of"),
        ("s3://trail-logs", (OLD,), "chains are followed from bucket to bucket by themselves"),
        (BUCKET, ("empty",), "holds neither digest files nor log files"),
    ],
)
def test_folders_that_cannot_be_named(
    moved: Moved, tmp_path: Path, capsys: pytest.CaptureFixture[str], first: str, more: tuple[str, ...], words: str
) -> None:
    folders = {**copies(moved, tmp_path), "s3://trail-logs": "s3://trail-logs", "empty": str(tmp_path / "empty")}
    (tmp_path / "empty").mkdir()
    wanted = ("--public-keys", str(tmp_path / "keys.json"), *PERIOD)
    assert run(["integrity", folders[first], *(folders[each] for each in more), *wanted]) == Exit.ERROR
    assert words in capsys.readouterr().err
