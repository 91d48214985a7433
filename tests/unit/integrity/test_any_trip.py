"""Laws over trails that go from bucket to bucket.

One that nobody touched is sound, and whatever is done, what a bundle keeps gives the counts of the report again.
"""

import gzip
import json
import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.demo.digest_chain import StoredObject
from scanner.integrity.judging.links import Link
from scanner.integrity.judging.results import Report
from scanner.integrity.problems import Kind, Weight
from scanner.runs.integrity import KEYS, PROOFS, REPORT
from scanner.runs.integrity.document import document
from scanner.runs.integrity.proofs import KeptProofs
from scanner.runs.integrity.proving import prove_again
from tests.unit.integrity.conftest import BUCKET, Ground
from tests.unit.integrity.test_coming_back import HOUR, OTHER, ROOT, THIRD, Trip

TRIPS = 25


def trip_of(ground: Ground, chance: random.Random, *, backfill: bool) -> Trip:
    """Some stages in one bucket each, the last in the one that is validated, and a period that ends with them."""
    stages: list[tuple[str, str, int]] = []
    for _ in range(chance.randrange(4)):
        others = {BUCKET, OTHER, THIRD} - {stage[0] for stage in stages[-1:]}
        stages.append((chance.choice(sorted(others)), ROOT, chance.randrange(1, 4)))
    if not stages or stages[-1][0] != BUCKET:
        stages.append((BUCKET, ROOT, chance.randrange(1, 4)))
    trip = Trip(ground, *stages, backfill=backfill)
    hours = sum(stage[2] for stage in stages)
    begins = chance.randrange(hours * 3600 - 1800)
    trip.period = ground.period(since=ground.start + HOUR * begins / 3600, until=ground.start + hours * HOUR)
    return trip


def touch(trip: Trip, chance: random.Random) -> str:
    """Do one thing to one object; its URL."""
    bucket = chance.choice(sorted(trip.buckets))
    objects = trip.buckets[bucket]
    key = chance.choice(sorted(objects))
    stored = objects.pop(key)
    match chance.randrange(4):
        case 0:
            objects[key] = replace(stored, data=gzip.compress(gzip.decompress(stored.data) + b" "))
        case 1:
            objects[key] = stored
            objects[key.replace("28Z", "29Z").replace("57Z_", "57Z_f").replace("47Z_", "47Z_f")] = StoredObject(b"x")
        case 2:
            objects[key] = StoredObject(stored.data)
    return f"s3://{bucket}/{key}"


def told(trip: Trip, *, metadata: bool) -> tuple[Report, list[str]]:
    """The report, and what does not follow from what a bundle would keep."""
    proofs = KeptProofs()

    def keep(links: Iterable[Link], beyond: bool) -> None:
        proofs.keep(links, beyond)

    report = trip.validate(metadata=metadata, kept=keep)
    files = {REPORT: json.dumps(document(report)).encode(), PROOFS: proofs.content(), KEYS: keys_of(trip)}
    return report, list(prove_again(files).differences)


def keys_of(trip: Trip) -> bytes:
    return trip.ground.write_keys(Path("keys.json")).read_bytes()


@pytest.mark.parametrize("metadata", [True, False])
def test_what_nobody_touched_is_sound(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, metadata: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    chance = random.Random(11)  # noqa: S311 - which trips are tried, not a secret
    for _ in range(TRIPS):
        report, differences = told(trip_of(ground, chance, backfill=False), metadata=metadata)
        assert [each for each in report.problems if metadata or each.kind is not Kind.UNPROVEN] == []
        assert (len(report.problems), differences) == (0 if metadata else 1, [])


@pytest.mark.parametrize("metadata", [True, False])
def test_whatever_is_done_the_bundle_gives_the_report_again(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, metadata: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    chance = random.Random(12)  # noqa: S311 - which trips are tried, not a secret
    found = 0
    for number in range(2 * TRIPS):
        trip = trip_of(ground, chance, backfill=number % 2 == 1)
        url = touch(trip, chance)
        report, differences = told(trip, metadata=metadata)
        assert differences == [], url
        found += any(each.weight is Weight.INVALID for each in report.problems)
    assert found >= TRIPS / 2
