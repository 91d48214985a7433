"""What is not tampering: several trails in a bucket, stops that records explain, edges of the period, denied reads."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from scanner.demo.digest_chain import StoredObject
from scanner.integrity.judging.results import Report
from scanner.integrity.problems import Kind, Weight
from scanner.integrity.validation.discovery import Chosen
from scanner.runs.integrity.capturing import _newest

HOUR = timedelta(hours=1)


def call(event: str, trail: str = "audit", **more: Any) -> Callable[[datetime], list[dict[str, Any]]]:
    """The records of log files with one call on a trail."""

    def records(when: datetime) -> list[dict[str, Any]]:
        return [
            {
                "eventTime": f"{when:%Y-%m-%dT%H:%M:%SZ}",
                "eventSource": "cloudtrail.amazonaws.com",
                "eventName": event,
                "eventID": f"id-of-{event}",
                "awsRegion": "us-east-1",
                "recipientAccountId": "111122223333",
                "userIdentity": {"arn": "arn:aws:iam::111122223333:user/eve"},
                "requestParameters": {"name": f"arn:aws:cloudtrail:us-east-1:111122223333:trail/{trail}"},
                **more,
            }
        ]

    return records


def stopped(ground: Any, ended: str, begun: str, **more: Any) -> dict[str, StoredObject]:
    """Ten hours, three hours without, and a chain that begins anew; the calls are in the hours beside the gap."""
    trail = ground.trail()
    objects = dict(trail.hours(ground.start, 9, 1))
    trail.records = call(ended, **more)
    objects.update(trail.hour(ground.start + 9 * HOUR, ground.start + 10 * HOUR, 1))
    trail.previous, trail.records = None, call(begun, **more)
    objects.update(trail.hour(ground.start + 13 * HOUR, ground.start + 14 * HOUR, 1))
    trail.records = None
    objects.update(trail.hours(ground.start + 14 * HOUR, 10, 1))
    return objects


@pytest.mark.parametrize("ended", ["StopLogging", "DeleteTrail"])
def test_a_stop_is_matched_with_its_records(ground: Any, ended: str) -> None:
    report: Report = ground.validate(stopped(ground, ended, "StartLogging"))
    (problem,) = report.problems
    assert (problem.kind, problem.weight, problem.digests) == (Kind.STOPPED, Weight.INVALID, 3)
    assert f"logging was off: {ended} of audit at 2026-03-01T09:42:28Z by arn:aws:iam" in problem.why
    assert "then StartLogging of audit at 2026-03-01T13:42:28Z" in problem.why
    assert f"event id-of-{ended}" in problem.why
    assert [each.event for each in report.changes] == [ended, "StartLogging"]


def test_an_update_turns_validation_off_and_not_logging(ground: Any) -> None:
    report: Report = ground.validate(stopped(ground, "UpdateTrail", "UpdateTrail"))
    (problem,) = report.problems
    assert (problem.kind, problem.digests) == (Kind.MISSING, 3)
    assert "anew after it: UpdateTrail of audit at 2026-03-01T13:42:28Z" in problem.why
    assert "; UpdateTrail of audit at 2026-03-01T09:42:28Z by arn:aws:iam" in problem.why
    assert problem.why.endswith("may have turned log file validation off")
    # Where nothing follows, the trail may deliver to another bucket.
    objects = stopped(ground, "UpdateTrail", "UpdateTrail")
    for key in ground.digests(objects)[10:]:
        del objects[key]
    told = [each.why for each in ground.validate(objects).problems if each.kind is Kind.MISSING]
    assert "validate the bucket that the trail delivers to now" in told[0]


@pytest.mark.parametrize("more", [{"recipientAccountId": "999988887777"}, {"awsRegion": "eu-west-1"}])
def test_a_call_on_a_trail_of_this_name_elsewhere_explains_nothing(ground: Any, more: dict[str, str]) -> None:
    """Trails of accounts that share a bucket often share a name."""
    trail = ground.trail(account="999988887777") if "recipientAccountId" in more else ground.trail(region="eu-west-1")
    trail.records = call("StopLogging", **more)
    trail.home = trail.region
    objects = dict(trail.hours(ground.start + 9 * HOUR, 1, 1))
    objects.update(stopped(ground, "DescribeTrails", "DescribeTrails"))
    found = [each for each in ground.validate(objects).problems if each.place == ground.place]
    assert [each.kind for each in found] == [Kind.MISSING]


def test_an_organization_trail_is_stopped_in_the_management_account(ground: Any) -> None:
    member = stopped_organization(ground, "444455556666", "DescribeTrails")
    found = ground.validate({**member, **stopped_organization(ground, "111122223333", "StopLogging")}).problems
    assert [each.kind for each in found] == [Kind.STOPPED, Kind.STOPPED]


def stopped_organization(ground: Any, account: str, ended: str) -> dict[str, StoredObject]:
    """A member, or the management account, of an organization whose trail was stopped for three hours."""
    trail = ground.trail(account=account, root="AWSLogs/o-abcdefghij/")
    objects = dict(trail.hours(ground.start, 9, 0))
    trail.records = call(ended, recipientAccountId=account)
    objects.update(trail.hour(ground.start + 9 * HOUR, ground.start + 10 * HOUR, 1))
    trail.previous = None
    objects.update(trail.hours(ground.start + 13 * HOUR, 11, 0))
    return objects


@pytest.mark.parametrize("more", [{"errorCode": "AccessDenied"}, {"eventSource": "other.amazonaws.com"}])
def test_a_call_that_changed_nothing_explains_nothing(ground: Any, more: dict[str, str]) -> None:
    report: Report = ground.validate(stopped(ground, "StopLogging", "StartLogging", **more))
    (problem,) = report.problems
    assert problem.kind is Kind.MISSING
    assert "no record of StopLogging, DeleteTrail or UpdateTrail says why" in problem.why


def test_a_call_on_another_trail_explains_nothing(ground: Any) -> None:
    records = call("StopLogging", "other")
    objects = stopped(ground, "StopLogging", "StartLogging")
    assert records(ground.start)[0]["requestParameters"]["name"].endswith("trail/other")
    report: Report = ground.validate({**objects}, period=ground.period())
    assert report.problems[0].kind is Kind.STOPPED
    trail = ground.trail(name="second")
    objects = dict(trail.hours(ground.start, 9, 1))
    trail.records = call("StopLogging")
    objects.update(trail.hour(ground.start + 9 * HOUR, ground.start + 10 * HOUR, 1))
    trail.previous = None
    objects.update(trail.hours(ground.start + 13 * HOUR, 11, 1))
    assert ground.validate(objects).problems[0].kind is Kind.MISSING


def test_records_of_a_home_region_that_is_not_looked_at(ground: Any) -> None:
    trail = ground.trail(region="eu-west-1")
    objects = dict(trail.hours(ground.start, 10, 1))
    trail.previous = None
    objects.update(trail.hours(ground.start + 13 * HOUR, 11, 1))
    (problem,) = ground.validate(objects).problems
    assert "no records of the trail's home Region us-east-1 were looked at" in problem.why


def test_a_stop_within_the_hour(ground: Any) -> None:
    """No whole hour is missing; the time without logging is named all the same."""
    trail = ground.trail()
    objects = dict(trail.hours(ground.start, 10, 1))
    objects.update(trail.hour(ground.start + 10 * HOUR, ground.start + 10.5 * HOUR, 1))
    trail.previous = None
    objects.update(trail.hour(ground.start + 10.5 * HOUR, ground.start + 11 * HOUR, 1))
    objects.update(trail.hours(ground.start + 11 * HOUR, 13, 1))
    (problem,) = ground.validate(objects).problems
    assert (problem.kind, problem.weight, problem.digests) == (Kind.RESTARTED, Weight.INVALID, 0)
    assert "no digest file covers 2026-03-01T10:47:28Z to 2026-03-01T10:47:28Z" in problem.why


def test_a_chain_that_begins_in_the_period_is_not_a_pass(ground: Any) -> None:
    """Deleting all that was before a restart leaves just this."""
    report: Report = ground.validate(ground.day, period=ground.period(since=ground.start - 5 * HOUR))
    (problem,) = report.problems
    assert (report.missing, report.chains[0].missing) == (0, 0)
    assert (problem.kind, problem.weight) == (Kind.BEGINS, Weight.UNKNOWN)
    assert "the chain begins at 2026-03-01T00:17:28Z, within the period" in problem.why


def test_part_of_a_chain(ground: Any) -> None:
    since, until = ground.start + 3.5 * HOUR, ground.start + 7.2 * HOUR
    report: Report = ground.validate(ground.day, period=ground.period(since=since, until=until))
    assert not report.problems
    # The digest that covers the end ends after it.
    assert report.digests(backfill=False).valid == 5
    assert report.chains[0].start == ground.start + 3 * HOUR


def test_the_newest_hour_is_awaited(ground: Any) -> None:
    """Nobody awaits a digest of the last two hours, nor calls log files of them unnamed; an hour later both are."""
    objects = dict(ground.day)
    for key in ground.digests()[-1:]:
        del objects[key]
    end = ground.start + 24 * HOUR
    report: Report = ground.validate(objects, period=ground.period(now=end))
    assert not report.problems
    assert (report.count("waiting"), report.logs().valid) == (2, 46)
    late: Report = ground.validate(objects, period=ground.period(now=end + 3 * HOUR))
    assert [each.kind for each in late.problems] == [Kind.MISSING]
    assert (late.count("waiting"), late.count("unproven")) == (0, 2)


def test_trails_that_share_a_folder(ground: Any) -> None:
    other = ground.trail(name="data_events", home="eu-west-1")
    objects = {**ground.day, **dict(other.hours(ground.start - timedelta(minutes=9), 25, 1))}
    report: Report = ground.validate(objects)
    assert not report.problems
    assert [(each.chain.trail, each.chain.home, each.logs.valid) for each in report.chains] == [
        ("audit", "us-east-1", 48),
        ("data_events", "eu-west-1", 25),
    ]
    deleted = next(key for key in sorted(objects) if "data_events" in key and "T12" in key)
    del objects[deleted]
    (missing, unnamed) = ground.validate(objects).problems
    assert {missing.kind, unnamed.kind} == {Kind.MISSING, Kind.LOG_UNNAMED}
    # Of one trail alone the digests of the other only name what is its own.
    one: Report = ground.validate(objects, chosen=Chosen(trail="audit"))
    assert [each.kind for each in one.problems] == [Kind.LOG_UNNAMED]
    assert [each.chain.trail for each in one.chains] == ["audit"]


def test_digests_of_a_trail_that_is_not_asked_for_name_nothing_unproved(ground: Any) -> None:
    """A forged digest of a trail that nobody asked for would make an injected log file look named."""
    forged = ground.trail(name="forged")
    forged.key = type(ground.key)(ground.key.private)
    made = dict(forged.hours(ground.start, 24, 1))
    worthless = {
        key: StoredObject(each.data, {**each.metadata, "signature": "00"}) if "Digest" in key else each
        for key, each in made.items()
    }
    report: Report = ground.validate({**ground.day, **worthless}, chosen=Chosen(trail="audit"))
    assert {each.kind for each in report.problems} == {Kind.LOG_UNNAMED, Kind.UNPROVEN}
    assert sum(each.kind is Kind.LOG_UNNAMED for each in report.problems) == 24


def test_a_trail_that_is_nowhere(ground: Any) -> None:
    (problem,) = ground.validate(ground.day, chosen=Chosen(trail="nobody")).problems
    assert problem.kind is Kind.NO_DIGESTS
    assert "of the trail nobody" in problem.why


def test_backfill_digests_are_a_chain_of_their_own(ground: Any) -> None:
    trail = ground.trail()
    generated = "2026-03-20T10:00:00.123Z"
    backfilled = {}
    for number in (3, 9):
        start = ground.start + number * HOUR
        at = start + timedelta(minutes=50)
        key, stored, entry = trail.log_file(at, 7)
        backfilled[key] = stored
        backfilled.update([trail.digest(start, start + HOUR, [entry], generated)])
    report: Report = ground.validate({**ground.day, **backfilled})
    assert not report.problems
    assert (report.digests(backfill=True).valid, report.logs().valid) == (2, 50)
    first = min(key for key in backfilled if "_backfill" in key)
    without = {key: each for key, each in {**ground.day, **backfilled}.items() if key != first}
    unnamed, missing = sorted(ground.validate(without).problems, key=lambda each: each.kind, reverse=True)
    assert (unnamed.kind, missing.kind, missing.digests) == (Kind.LOG_UNNAMED, Kind.MISSING, 1)
    assert "a backfill digest file of the time before 2026-03-01T09:17:28Z is not there" in missing.why
    assert f"s3://trail-logs/{first} is named by the next digest file and not found" in missing.why
    # One that ended before the period is not looked for.
    later = ground.period(since=ground.start + 5 * HOUR)
    assert not ground.validate(without, period=later).problems


def test_what_is_captured_of_backfill_digests(ground: Any) -> None:
    """The newest of each chain, however old its hour: no other one proves it."""
    trail = ground.trail()
    backfill = dict(trail.digest(ground.start + at * HOUR, ground.start + (at + 1) * HOUR, [], "x") for at in (3, 9))
    now = ground.start + timedelta(days=40)
    store = ground.store_type({**ground.day, **backfill})
    period = ground.period(since=now - timedelta(days=400), until=now, now=now)
    assert [name.key for name in _newest(store, ground.place, period)] == [max(backfill)]
    near = ground.period(since=now - timedelta(days=400), until=ground.start + 10 * HOUR, now=ground.start + 10 * HOUR)
    assert len(_newest(store, ground.place, near)) == 10 + 2


@pytest.mark.parametrize("generated", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "soon"])
def test_a_backfill_digest_whose_metadata_tells_no_time_that_can_be(ground: Any, generated: str) -> None:
    trail = ground.trail()
    key, stored, entry = trail.log_file(ground.start + timedelta(minutes=50), 7)
    made = trail.digest(ground.start, ground.start + HOUR, [entry], generated)
    assert not ground.validate(
        {**ground.day, **dict([(key, stored), made])}, keys=KeysOfTheTime(ground.keys())
    ).problems


@dataclass
class KeysOfTheTime:
    """Keys that are listed around a moment, as those of CloudTrail are."""

    keys: Any

    def find(self, region: str, fingerprint: str, moment: datetime) -> Any:
        assert moment - HOUR < moment + 2 * HOUR
        return self.keys.find(region, fingerprint, moment)


def test_digests_without_metadata_are_proved_by_those_after_them(ground: Any) -> None:
    """A copy of a bucket has no metadata: all digests but the newest are proved by what the next one states."""
    store = ground.store_type(ground.day, metadata=False)
    report: Report = ground.validate(store)
    (problem,) = report.problems
    assert (problem.kind, problem.weight) == (Kind.UNPROVEN, Weight.UNKNOWN)
    assert problem.subject.endswith(ground.digests()[-1])
    assert "trailwitness integrity capture" in problem.why
    tally = report.digests(backfill=False)
    assert (tally.valid, tally.unknown, tally.invalid) == (23, 1, 0)
    assert (report.logs().valid, report.logs().unknown) == (46, 2)


def test_an_altered_digest_without_metadata(ground: Any) -> None:
    objects = dict(ground.day)
    key = ground.digests()[9]
    content = gzip.decompress(objects[key].data).replace(b'"logFiles": [{', b'"logFiles":  [{')
    objects[key] = StoredObject(gzip.compress(content))
    found = ground.validate(ground.store_type(objects, metadata=False)).problems
    assert {(each.kind, each.subject.endswith(key)) for each in found if each.weight is Weight.INVALID} == {
        (Kind.SIGNATURE, True)
    }


@pytest.mark.parametrize("number", [9, 22])
@pytest.mark.parametrize("member", ["previousDigestSignature", "previousDigestHashValue", "previousDigestS3Object"])
def test_an_altered_digest_without_metadata_accuses_no_other(ground: Any, number: int, member: str) -> None:
    """Whatever it says of the one before it, at the end of a day too; that one is at worst proved by none."""
    objects = dict(ground.day)
    key = ground.digests()[number]
    document = json.loads(gzip.decompress(objects[key].data))
    document[member] = document[member].replace("a", "b").replace("0", "1")
    objects[key] = StoredObject(gzip.compress(json.dumps(document).encode()), objects[key].metadata)
    store = ground.store_type(objects, metadata=False)
    found = ground.validate(store, period=ground.period(until=ground.start + 23 * HOUR)).problems
    assert {each.subject for each in found if each.weight is Weight.INVALID} == {f"s3://trail-logs/{key}"}


@pytest.mark.parametrize("number", [5, 20])
def test_a_denied_object_is_unknown(ground: Any, number: int) -> None:
    key = (ground.digests() if number > 10 else ground.logs())[number]
    report: Report = ground.validate(ground.store_type(ground.day, refused=frozenset({key})))
    assert not report.invalid
    (problem, *others) = [each for each in report.problems if key in each.subject]
    assert not others
    assert (problem.kind, problem.weight) == (Kind.UNREAD, Weight.UNKNOWN)
    assert "cannot be read: AccessDenied." in problem.why


def test_a_bucket_that_only_an_unproved_digest_names_is_not_asked(ground: Any) -> None:
    trail = ground.trail()
    key, _, entry = trail.log_file(ground.start + timedelta(minutes=30), 0)
    objects = dict([trail.digest(ground.start, ground.start + HOUR, [{**entry, "s3Bucket": "another"}])])
    period = ground.period(until=ground.start + HOUR)
    asked = ground.store_type(objects, metadata=False)
    found = ground.validate(asked, period=period).problems
    assert {(each.weight, each.subject == f"s3://another/{key}") for each in found} == {
        (Weight.UNKNOWN, True),
        (Weight.UNKNOWN, False),
    }
    assert "so that this bucket was not asked" in " ".join(each.why for each in found)
    assert key not in asked.read_keys


def test_a_denied_listing_is_unknown(ground: Any) -> None:
    refused = frozenset({ground.place.digests(ground.start.date())})
    report: Report = ground.validate(ground.store_type(ground.day, refused=refused))
    assert report.unknown
    assert "2026-03-01: s3://trail-logs/AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/01/ cannot be" in (
        report.problems[0].why
    )


def test_denied_keys_are_unknown(ground: Any) -> None:
    report: Report = ground.validate(ground.day, keys=ground.keys(refused="ListPublicKeys was denied"))
    assert (report.invalid, report.unknown) == (False, True)
    tally = report.digests(backfill=False)
    assert (tally.valid, tally.unknown) == (0, 24)
    assert (report.logs().valid, report.logs().unknown) == (0, 48)


def test_a_redelivery_is_told_from_a_break(ground: Any) -> None:
    objects = dict(ground.day)
    del objects[ground.digests()[9]]
    said = "CloudTrail says that it cannot deliver them now (AccessDenied), and tries again for 30 days"
    (problem,) = ground.validate(objects, trouble=lambda _gap: said).problems
    assert (problem.kind, problem.weight) == (Kind.REDELIVERY, Weight.UNKNOWN)
    assert said in problem.why


def test_digests_that_came_out_of_order_are_whole(ground: Any) -> None:
    """The order in which objects were written says nothing: their links do."""
    assert not ground.validate(dict(sorted(ground.day.items(), reverse=True))).problems


def test_a_digest_of_two_gigabytes_is_not_unpacked(ground: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from scanner.integrity.validation import day

    monkeypatch.setattr(day, "DIGEST_LIMIT", 1 << 20)
    objects = dict(ground.day)
    key = ground.digests()[9]
    objects[key] = StoredObject(gzip.compress(bytes(2 << 20)), objects[key].metadata)
    report: Report = ground.validate(objects)
    assert not report.invalid
    assert [(each.kind, each.weight) for each in report.problems] == [(Kind.FORMAT, Weight.UNKNOWN)]
    assert "longer than the 1048576 bytes that are looked at" in report.problems[0].why


def test_a_chain_that_goes_on_in_another_bucket(ground: Any) -> None:
    trail = ground.trail()
    trail.bucket = "old-bucket"
    dict(trail.hours(ground.start, 10, 1))
    before = trail.previous
    trail.bucket = "trail-logs"
    trail.previous = before
    objects = dict(trail.hours(ground.start + 10 * HOUR, 1, 1))
    first = next(key for key in objects if "Digest" in key)
    content = gzip.decompress(objects[first].data)
    # The digest names its predecessor in the bucket before; its signature covers what it says.
    import json

    document = json.loads(content)
    document["previousDigestS3Bucket"] = "old-bucket"
    data = json.dumps(document).encode()
    import hashlib

    text = (
        f"{document['digestEndTime']}\ntrail-logs/{first}\n{hashlib.sha256(data).hexdigest()}\n"
        f"{document['previousDigestSignature']}"
    )
    objects[first] = StoredObject(gzip.compress(data), {"signature": ground.key.signature(text)})
    period = ground.period(until=ground.start + 11 * HOUR)
    (problem,) = ground.validate(objects, period=period).problems
    assert (problem.kind, problem.weight) == (Kind.NOT_FOUND, Weight.UNKNOWN)
    assert "the chain goes on in another bucket, with s3://old-bucket/" in problem.why


def test_more_problems_than_are_listed_are_counted(ground: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from scanner.integrity.validation import whole

    monkeypatch.setattr(whole, "MOST_PROBLEMS", 3)
    objects = {key: each for key, each in ground.day.items() if "Digest" in key}
    report: Report = ground.validate(objects)
    assert len(report.problems) == 3
    ((kind, weight, count),) = [(each.kind, each.weight, each.count) for each in report.beyond]
    assert (kind, weight, count) == ("log-not-found", Weight.INVALID, 45)
    assert report.invalid


def test_the_last_digest_of_a_period_is_proved_by_the_one_after_it(ground: Any) -> None:
    """A period that ends within a copy, whose digests have no signatures of their own."""
    period = ground.period(until=ground.start + 5 * HOUR)
    report: Report = ground.validate(ground.store_type(ground.day, metadata=False), period=period)
    assert not report.problems
    assert report.digests(backfill=False).valid == 5
    # One that was altered is found all the same.
    objects = dict(ground.day)
    key = ground.digests()[4]
    content = gzip.decompress(objects[key].data).replace(b'"logFiles": [{', b'"logFiles":  [{')
    objects[key] = StoredObject(gzip.compress(content))
    found = ground.validate(ground.store_type(objects, metadata=False), period=period)
    assert [each.kind for each in found.problems if each.weight is Weight.INVALID] == [Kind.SIGNATURE]


def test_a_period_too_short_for_a_digest_is_not_a_pass(ground: Any) -> None:
    end = ground.start + 24 * HOUR
    period = ground.period(since=end + timedelta(minutes=5), until=end + HOUR, now=end + HOUR)
    (problem,) = ground.validate(ground.day, period=period).problems
    assert (problem.kind, problem.weight) == (Kind.NO_DIGESTS, Weight.UNKNOWN)
    assert "Validate a longer period, or wait" in problem.why


def test_a_call_explains_no_gap_in_a_chain_that_goes_on(ground: Any) -> None:
    """Whoever deletes a digest file cannot excuse it with a stop: the one after it names what is gone."""
    trail = ground.trail()
    trail.records = call("StopLogging")
    objects = dict(trail.hours(ground.start, 24, 1))
    del objects[ground.digests(objects)[9]]
    (problem,) = ground.validate(objects).problems
    assert problem.kind is Kind.MISSING
    assert "is named by the next digest file and not found" in problem.why
