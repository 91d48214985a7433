"""Each thing that can be done to a chain is found and named; what ``aws cloudtrail validate-logs`` passes over too."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scanner.demo.digest_chain import StoredObject, new_key
from scanner.integrity.judging.results import Report
from scanner.integrity.problems import Kind, Weight

Objects = dict[str, StoredObject]
Change = Callable[[Any, Objects], str]
"""Tampers with the objects of a day and says what must be named: an object, or a time."""


def with_data(stored: StoredObject, data: bytes) -> StoredObject:
    return replace(stored, data=data)


def log_altered(ground: Any, objects: Objects) -> str:
    key: str = ground.logs()[5]
    content = gzip.decompress(objects[key].data).replace(b"DescribeTrails", b"DescribeSnails")
    objects[key] = with_data(objects[key], gzip.compress(content))
    return key


def log_deleted(ground: Any, objects: Objects) -> str:
    key: str = ground.logs()[5]
    del objects[key]
    return key


def log_not_gzip(ground: Any, objects: Objects) -> str:
    key: str = ground.logs()[5]
    objects[key] = with_data(objects[key], b"plain")
    return key


def log_second_member(ground: Any, objects: Objects) -> str:
    key: str = ground.logs()[5]
    objects[key] = with_data(objects[key], objects[key].data + gzip.compress(b'{"Records":[]}'))
    return key


def log_bytes_after(ground: Any, objects: Objects) -> str:
    key: str = ground.logs()[5]
    objects[key] = with_data(objects[key], objects[key].data + b"\0")
    return key


def log_cut_in_trailer(ground: Any, objects: Objects) -> str:
    key: str = ground.logs()[5]
    objects[key] = with_data(objects[key], objects[key].data[:-4])
    return key


def log_injected(ground: Any, objects: Objects) -> str:
    key, stored, _ = ground.trail(name="other").log_file(ground.start + timedelta(hours=7, minutes=11), 9)
    objects[key] = stored
    return str(key)


def log_injected_without_a_time(ground: Any, objects: Objects) -> str:
    key = f"{ground.logs()[5].rpartition('/')[0]}/notes.json.gz"
    objects[key] = StoredObject(b"x")
    return key


def log_injected_with_a_time_outside_of_the_period(ground: Any, objects: Objects) -> str:
    """Whoever reads a day by its folder reads it as of that day."""
    key, stored, _ = ground.trail(name="other").log_file(ground.start + timedelta(hours=7, minutes=11), 9)
    renamed = str(key).replace("20260301T", "20250101T")
    objects[renamed] = stored
    return renamed


def log_injected_of_the_first_year(ground: Any, objects: Objects) -> str:
    key: str = ground.logs()[5].replace("20260301T", "00010101T")
    objects[key] = objects[ground.logs()[5]]
    return key


def log_injected_of_the_last_year(ground: Any, objects: Objects) -> str:
    key: str = ground.logs()[5].replace("20260301T0257Z", "99991231T2359Z")
    objects[key] = objects[ground.logs()[5]]
    assert "99991231" in key
    return key


def log_in_a_folder_without_zeros(ground: Any, objects: Objects) -> str:
    """A crawler, and whoever lists the Region, reads it as well."""
    key: str = ground.logs()[5].replace("/2026/03/01/", "/2026/3/1/")
    objects[key] = objects[ground.logs()[5]]
    return key.partition("/2026/")[0] + "/2026/3/"


def log_beside_the_years(ground: Any, objects: Objects) -> str:
    key: str = ground.logs()[5].replace("/2026/03/01/", "/")
    objects[key] = objects[ground.logs()[5]]
    return key


def log_beside_the_regions(ground: Any, objects: Objects) -> str:
    """Whoever reads the account's log files reads it as well."""
    key: str = ground.logs()[5].replace("/us-east-1/2026/", "/us-east-1x/2026/")
    objects[key] = objects[ground.logs()[5]]
    return key.partition("/2026/")[0] + "/"


def digest_altered(ground: Any, objects: Objects) -> str:
    return digest_altered_at(ground, objects, 9)


def digest_altered_at(ground: Any, objects: Objects, number: int) -> str:
    key: str = ground.digests()[number]
    content = gzip.decompress(objects[key].data).replace(b'"logFiles": [{', b'"logFiles":  [{')
    objects[key] = with_data(objects[key], gzip.compress(content))
    return key


def digest_emptied(ground: Any, objects: Objects) -> str:
    key: str = ground.digests()[9]
    document = {**json.loads(gzip.decompress(objects[key].data)), "logFiles": []}
    objects[key] = with_data(objects[key], gzip.compress(json.dumps(document).encode()))
    return key


def digest_not_json(ground: Any, objects: Objects) -> str:
    key: str = ground.digests()[9]
    objects[key] = with_data(objects[key], gzip.compress(b"[]"))
    return key


def digest_second_member(ground: Any, objects: Objects) -> str:
    key: str = ground.digests()[9]
    objects[key] = with_data(objects[key], objects[key].data + gzip.compress(b"{}"))
    return key


def digest_moved(ground: Any, objects: Objects) -> str:
    first, second = ground.digests()[9:11]
    objects[second] = objects[first]
    return str(second)


def digest_stray(ground: Any, objects: Objects) -> str:
    key: str = ground.digests()[9].replace(".json.gz", "-copy.json.gz")
    objects[key] = objects[ground.digests()[9]]
    return key


def digest_in_the_folder_of_another_day(ground: Any, objects: Objects) -> str:
    key: str = ground.digests()[9].replace("20260301T", "20260101T")
    objects[key] = objects[ground.digests()[9]]
    return key


def digest_deleted(ground: Any, objects: Objects) -> str:
    key: str = ground.digests()[9]
    del objects[key]
    return key


def two_digests_deleted(ground: Any, objects: Objects) -> str:
    for key in ground.digests()[9:11]:
        del objects[key]
    return "2 digest files missing, those that end 2026-03-01T10:17:28Z, 2026-03-01T11:17:28Z"


def newest_digests_deleted(ground: Any, objects: Objects) -> str:
    for key in ground.digests()[-4:]:
        del objects[key]
    return "no digest file covers 2026-03-01T20:17:28Z to 2026-03-02T00:17:28Z: 4 digest files missing"


def oldest_digests_deleted(ground: Any, objects: Objects) -> str:
    for key in ground.digests()[:4]:
        del objects[key]
    return "no digest file covers 2026-03-01T00:17:28Z to 2026-03-01T04:17:28Z: 4 digest files missing"


def all_digests_deleted(ground: Any, objects: Objects) -> str:
    for key in ground.digests():
        del objects[key]
    return (
        "no digest file covers 2026-03-01T00:17:28Z to 2026-03-02T00:17:28Z: 24 digest files missing, and nothing "
        "vouches for the 48 log files of that time"
    )


def signed_by_another_key(ground: Any, objects: Objects) -> str:
    other = replace_key(ground, objects, 9)
    return f"public key not found in region us-east-1 for fingerprint {other}"


def replace_key(ground: Any, objects: Objects, number: int) -> str:
    """The last digest made again with a key that is not CloudTrail's; its fingerprint."""
    trail = ground.trail()
    trail.key = new_key(1024)
    *_, before, last = ground.digests()
    document = json.loads(gzip.decompress(objects[last].data))
    trail.previous = (before, document["previousDigestHashValue"], document["previousDigestSignature"])
    end = ground.start + timedelta(hours=ground.hours)
    made, stored = trail.digest(end - timedelta(hours=1), end, document["logFiles"])
    assert (made, number) == (last, 9)
    objects[made] = stored
    return str(trail.key.fingerprint)


def newest_written_again(ground: Any, objects: Objects) -> str:
    """With other content and without the signature that CloudTrail gives; the one before has its own."""
    key = digest_altered_at(ground, objects, -1)
    objects[key] = replace(objects[key], metadata={})
    return key


def signature_replaced(ground: Any, objects: Objects) -> str:
    first, key = ground.digests()[8:10]
    objects[key] = replace(objects[key], metadata=objects[first].metadata)
    return str(key)


def previous_hash_differs(ground: Any, objects: Objects) -> str:
    """Signed soundly: only a comparison of both digests shows it."""
    return made_again(ground, objects, previous_hash="0" * 64)


def previous_signature_differs(ground: Any, objects: Objects) -> str:
    return made_again(ground, objects, previous_signature="ab" * 256)


def made_again(ground: Any, objects: Objects, previous_hash: str = "", previous_signature: str = "") -> str:
    """The last digest with other words about the one before it; that one is to be named."""
    *_, before, last = ground.digests()
    document = json.loads(gzip.decompress(objects[last].data))
    trail = ground.trail()
    trail.previous = (
        before,
        previous_hash or document["previousDigestHashValue"],
        previous_signature or document["previousDigestSignature"],
    )
    end = ground.start + timedelta(hours=ground.hours)
    made, stored = trail.digest(end - timedelta(hours=1), end, document["logFiles"])
    assert made == last
    objects[made] = stored
    return str(before)


def chain_forked(ground: Any, objects: Objects) -> str:
    """The last digest names the one before the one before it, which is there."""
    *_, other, _before, last = ground.digests()
    document = json.loads(gzip.decompress(objects[last].data))
    trail = ground.trail()
    trail.previous = (other, document["previousDigestHashValue"], document["previousDigestSignature"])
    end = ground.start + timedelta(hours=ground.hours)
    made, stored = trail.digest(end - timedelta(hours=1), end, document["logFiles"])
    objects[made] = stored
    return str(made)


def logging_was_off(ground: Any, objects: Objects) -> str:
    """Two chains with three hours between them, as after StopLogging and StartLogging."""
    for key in [*ground.digests()[10:13], *ground.logs()[20:26]]:
        del objects[key]
    trail = ground.trail()
    for key in [*ground.digests()[13:], *ground.logs()[26:]]:
        del objects[key]
    objects.update(trail.hours(ground.start + timedelta(hours=13), 11, 2))
    return "no digest file covers 2026-03-01T10:17:28Z to 2026-03-01T13:17:28Z: 3 digest files missing"


def record(ground: Any, objects: Objects, **fields: str) -> str:
    """A last hour whose log file has a record that is not of its place, signed soundly."""
    *_, before, last = ground.digests()
    document = json.loads(gzip.decompress(objects[last].data))
    for entry in document["logFiles"]:
        del objects[entry["s3Object"]]
    trail = ground.trail()
    trail.records = lambda when: [{**trail._read(when), **fields}]
    trail.previous = (before, document["previousDigestHashValue"], document["previousDigestSignature"])
    end = ground.start + timedelta(hours=ground.hours)
    made = dict(trail.hour(end - timedelta(hours=1), end, 1))
    objects.update(made)
    return next(str(key) for key in made if "Digest" not in key)


def record_of_another_account(ground: Any, objects: Objects) -> str:
    return record(ground, objects, recipientAccountId="444455556666")


def record_of_another_region(ground: Any, objects: Objects) -> str:
    return record(ground, objects, awsRegion="eu-central-1")


def record_of_the_future(ground: Any, objects: Objects) -> str:
    return record(ground, objects, eventTime="2026-03-04T00:00:00Z")


CASES: dict[Change, tuple[Kind, str]] = {
    log_altered: (Kind.LOG_HASH, "hash value doesn't match"),
    log_deleted: (Kind.LOG_NOT_FOUND, "not found"),
    log_not_gzip: (Kind.LOG_FORMAT, "invalid format"),
    log_second_member: (Kind.LOG_TRAILING, "unexpected data after end of compressed stream"),
    log_bytes_after: (Kind.LOG_TRAILING, "unexpected data after end of compressed stream"),
    log_cut_in_trailer: (Kind.LOG_CUT, "cut off"),
    log_injected: (Kind.LOG_UNNAMED, "no valid digest file names it"),
    log_injected_without_a_time: (Kind.LOG_UNNAMED, "no valid digest file names it"),
    log_injected_with_a_time_outside_of_the_period: (Kind.LOG_UNNAMED, "no valid digest file names it"),
    log_injected_of_the_first_year: (Kind.LOG_UNNAMED, "no valid digest file names it"),
    log_injected_of_the_last_year: (Kind.LOG_UNNAMED, "no valid digest file names it"),
    log_in_a_folder_without_zeros: (Kind.STRAY, "where CloudTrail delivers no log files"),
    log_beside_the_years: (Kind.STRAY, "where CloudTrail delivers no log files"),
    log_beside_the_regions: (Kind.STRAY, "where CloudTrail delivers no log files"),
    digest_altered: (Kind.SIGNATURE, "signature verification failed"),
    digest_emptied: (Kind.SIGNATURE, "signature verification failed"),
    digest_not_json: (Kind.FORMAT, "invalid format"),
    digest_second_member: (Kind.FORMAT, "unexpected data after end of compressed stream"),
    digest_moved: (Kind.MOVED, "has been moved from its original location"),
    digest_stray: (Kind.STRAY, "not named as a digest file"),
    digest_in_the_folder_of_another_day: (Kind.STRAY, "not named as a digest file of its folder"),
    digest_deleted: (Kind.MISSING, "not found"),
    two_digests_deleted: (Kind.MISSING, "named by the next digest file and not found"),
    newest_digests_deleted: (Kind.MISSING, ""),
    oldest_digests_deleted: (Kind.MISSING, "named by the next digest file and not found"),
    all_digests_deleted: (Kind.NO_DIGESTS, ""),
    signed_by_another_key: (Kind.KEY_ABSENT, "public key not found"),
    newest_written_again: (Kind.SIGNATURE, "it has no signature in its metadata"),
    signature_replaced: (Kind.SIGNATURE, "signature verification failed"),
    previous_hash_differs: (Kind.HASH_OF_PREVIOUS, "hash value is not the one"),
    previous_signature_differs: (Kind.SIGNATURE_OF_PREVIOUS, "signature is not the one"),
    chain_forked: (Kind.LINK, "as the digest file before it"),
    logging_was_off: (Kind.MISSING, "the chain begins anew after it"),
    record_of_another_account: (Kind.RECORD, "1 record is of account 444455556666"),
    record_of_another_region: (Kind.RECORD, "1 record is of Region eu-central-1"),
    record_of_the_future: (Kind.RECORD, "after the file was delivered"),
}


@pytest.mark.parametrize("change", CASES, ids=lambda change: change.__name__)
def test_what_was_done_is_named(ground: Any, change: Change) -> None:
    objects = dict(ground.day)
    named = change(ground, objects)
    kind, words = CASES[change]
    report: Report = ground.validate(objects)
    assert report.invalid
    found = [each for each in report.problems if each.kind is kind]
    told = [f"{each.subject} {each.why}" for each in found]
    assert any(named in text and words in text for text in told), [*map(str, report.problems)]
    assert all(each.weight is Weight.INVALID for each in found)
    # One thing was changed: what else is found follows from it.
    assert len(report.problems) <= 2, [*map(str, report.problems)]


def test_a_whole_chain_is_clean(ground: Any) -> None:
    report: Report = ground.validate(ground.day)
    assert not report.problems
    assert (report.invalid, report.unknown, report.missing) == (False, False, 0)
    assert (report.digests(backfill=False).valid, report.logs().valid) == (24, 48)
    assert report.digests(backfill=True).total == 0
    assert [report.count(name) for name in ("objects", "unnamed", "waiting", "unproven")] == [48, 0, 0, 0]


@pytest.mark.parametrize(("change", "missing"), [(two_digests_deleted, 2), (newest_digests_deleted, 4)])
def test_each_hour_without_a_digest_counts(ground: Any, change: Change, missing: int) -> None:
    objects = dict(ground.day)
    change(ground, objects)
    report: Report = ground.validate(objects)
    assert report.missing == missing
    assert report.chains[0].missing == missing
    # Nothing vouches for what was delivered in these hours: it is not valid, and counted.
    assert report.logs().valid == 48 - 2 * missing
    assert report.count("unproven") == 2 * missing


def test_everything_of_a_named_place_deleted(ground: Any) -> None:
    """A bucket in which nothing is left: what must be there is missing, hour by hour."""
    from scanner.integrity.validation.discovery import Chosen

    other = ground.trail(region="eu-west-1")
    left = dict(other.hours(ground.start, 24, 0))
    chosen = Chosen(("111122223333",), ("us-east-1", "eu-west-1"))
    report: Report = ground.validate(left, chosen=chosen)
    (problem,) = report.problems
    assert (problem.kind, problem.place.region, problem.weight) == (Kind.NO_DIGESTS, "us-east-1", Weight.INVALID)
    assert (problem.digests, report.missing) == (24, 24)


def test_an_object_with_the_key_of_a_log_file_of_another_bucket(ground: Any) -> None:
    """The digest vouches for the file in the bucket that it names, and for nothing of this one."""
    trail = ground.trail()
    objects = dict(trail.hours(ground.start, 23, 1))
    at = ground.start + timedelta(hours=23)
    key, _stored, entry = trail.log_file(at + timedelta(minutes=30), 0)
    objects.update([trail.digest(at, at + timedelta(hours=1), [{**entry, "s3Bucket": "another"}])])
    objects[key] = StoredObject(gzip.compress(b'{"Records": []}'))
    (unnamed, elsewhere) = ground.validate(objects).problems
    assert {(unnamed.kind, unnamed.subject), (elsewhere.kind, elsewhere.subject)} == {
        (Kind.LOG_UNNAMED, f"s3://trail-logs/{key}"),
        (Kind.LOG_NOT_FOUND, f"s3://another/{key}"),
    }


@pytest.mark.parametrize("number", [9, 22])
@pytest.mark.parametrize("metadata", [True, False])
def test_an_object_put_between_two_digests_says_nothing_of_them(ground: Any, metadata: bool, number: int) -> None:
    """Not at the end of a day either."""
    objects = dict(ground.day)
    key = ground.digests()[number]
    put = key.replace("1728Z", "1729Z")
    objects[put] = objects[key]
    report: Report = ground.validate(ground.store_type(objects, metadata=metadata))
    wrong = [(each.kind, each.subject) for each in report.problems if each.weight is Weight.INVALID]
    assert wrong == [(Kind.MOVED, f"s3://trail-logs/{put}")]
    tally = report.digests(backfill=False)
    assert (tally.invalid, tally.valid, report.missing) == (1, 24 if metadata else 23, 0)


@pytest.mark.parametrize("left", ["before", "backfill"])
def test_all_that_one_of_two_trails_delivered_deleted(ground: Any, left: str) -> None:
    """The other one is whole; what is left of the first says that it went on."""
    trail = ground.trail(name="second")
    if left == "before":
        objects = dict(trail.hours(ground.start - timedelta(hours=2), 2, 1))
    else:
        key, stored, entry = trail.log_file(ground.start + timedelta(minutes=30), 0)
        made = trail.digest(ground.start, ground.start + timedelta(hours=1), [entry], "2026-03-02T00:00:00.000Z")
        objects = dict([(key, stored), made])
    (problem,) = ground.validate({**ground.day, **objects}).problems
    assert (problem.kind, problem.weight, problem.digests) == (Kind.NO_DIGESTS, Weight.INVALID, 24)
    assert problem.why.startswith("no digest file of the trail second covers")
    assert (problem.chain.trail, problem.chain.backfill) == ("second", False)


@pytest.mark.parametrize(
    ("accounts", "regions", "told"),
    [
        (("111122223333", "999988887777"), (), "account 999988887777 has neither digest files nor log files here"),
        ((), ("us-east-1", "eu-west-1"), "Region eu-west-1 has neither digest files nor log files here"),
    ],
)
def test_what_is_named_and_nowhere_is_not_a_pass(
    ground: Any, accounts: tuple[str, ...], regions: tuple[str, ...], told: str
) -> None:
    from scanner.integrity.validation.discovery import Chosen

    (problem,) = ground.validate(ground.day, chosen=Chosen(accounts, regions)).problems
    assert (problem.kind, problem.weight) == (Kind.NO_DIGESTS, Weight.UNKNOWN)
    assert told in problem.why


def test_a_period_that_was_emptied_while_the_chain_was_alive(ground: Any) -> None:
    later = ground.start + timedelta(hours=24)
    report: Report = ground.validate(ground.day, period=ground.period(since=later, until=later + timedelta(hours=24)))
    (problem,) = report.problems
    assert (problem.kind, problem.weight, problem.digests) == (Kind.NO_DIGESTS, Weight.INVALID, 24)


def test_a_chain_that_ended_long_before_is_unknown(ground: Any) -> None:
    """Deleted from that day on, or a trail that is no longer there: nobody can tell, so it is never valid."""
    since = datetime(2026, 3, 20, tzinfo=UTC)
    report: Report = ground.validate(ground.day, period=ground.period(since=since, until=since + timedelta(hours=5)))
    (problem,) = report.problems
    assert (problem.kind, problem.weight, problem.digests) == (Kind.NO_DIGESTS, Weight.UNKNOWN, 0)
    assert "no trail delivered here, or everything was deleted" in problem.why
