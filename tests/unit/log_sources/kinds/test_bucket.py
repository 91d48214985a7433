"""Log files in S3 by CloudTrail's layout: which prefixes are listed, what is read, and what is said of the rest."""

import io
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError, ResponseStreamingError

import scanner.log_sources.kinds.bucket
from scanner.errors import SourceError, UsageError
from scanner.files.limits import SOURCE_LIMIT
from scanner.files.log_source import HeldSource, LogSource
from scanner.log_sources.ahead import read_ahead
from scanner.log_sources.kinds.bucket import BucketScope, bucket_sources
from scanner.log_sources.window import Window

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
A, B = "111122223333", "444455556666"


def key(
    account: str, region: str, moment: str, *, kind: str = "CloudTrail", head: str = "AWSLogs/", tail: str = "x"
) -> str:
    day = f"{moment[:4]}/{moment[4:6]}/{moment[6:8]}"
    return f"{head}{account}/{kind}/{region}/{day}/{account}_{kind}_{region}_{moment}Z_{tail}.json.gz"


class Bucket:
    """A bucket in memory behind the two calls that are made; keeps what was asked."""

    global_region = "us-east-1"

    def __init__(self, *keys: str) -> None:
        self.objects = {name: name.encode() for name in keys}
        self.listed: list[str] = []
        self.page = 3
        self.denied: set[str] = set()
        self.bodies: dict[str, Callable[[], Any]] = {}
        self.hold: threading.Barrier | None = None

    def client(self, service: str, region: str) -> "Bucket":
        assert (service, region) == ("s3", "us-east-1")
        return self

    def list_objects_v2(self, **asked: str) -> dict[str, Any]:
        assert asked["Bucket"] == "logs-bucket"
        prefix, delimiter = asked["Prefix"], asked.get("Delimiter", "")
        start = int(asked.get("ContinuationToken", "0"))
        if not start:
            self.listed.append(prefix)
        if prefix in self.denied:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no."}}, "ListObjectsV2")
        found: dict[str, str] = {}
        for name in sorted(self.objects):
            if name.startswith(prefix):
                below, slash, _ = name.removeprefix(prefix).partition(delimiter) if delimiter else (name, "", "")
                found[prefix + below + slash if slash else name] = "CommonPrefixes" if slash else "Contents"
        rows = list(found.items())[start : start + self.page]
        answer: dict[str, Any] = {"Contents": [], "CommonPrefixes": []}
        for name, where in rows:
            answer[where].append({"Key" if where == "Contents" else "Prefix": name})
        if start + self.page < len(found):
            answer |= {"IsTruncated": True, "NextContinuationToken": str(start + self.page)}
        return answer

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - names of boto3
        assert Bucket == "logs-bucket"
        if self.hold:
            self.hold.wait(timeout=20)
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": self.bodies.get(Key, lambda: io.BytesIO(self.objects[Key]))()}


class Told:
    """What was passed over."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def __call__(self, name: str, why: str) -> None:
        self.said.append((name, why))


@pytest.fixture
def say() -> Told:
    return Told()


def sources(
    bucket: Bucket, prefix: str, say: Told, scope: BucketScope | None = None, limit: int = SOURCE_LIMIT
) -> list[LogSource]:
    found = bucket_sources(
        bucket,  # type: ignore[arg-type]  # takes the place of the session
        f"s3://logs-bucket/{prefix}",
        scope or BucketScope(),
        say,
        now=NOW,
        workers=3,
        limit=limit,
    )
    return list(found)


def keys(found: list[LogSource]) -> list[str]:
    return [source.name.removeprefix("s3://logs-bucket/") for source in found]


DAYS = [key(A, "us-east-1", f"202611{day:02}T0{hour}00") for day in range(1, 21) for hour in range(5)]
EVERYTHING = sorted(
    [
        *DAYS,
        key(A, "eu-west-1", "20261118T2355"),
        key(A, "eu-west-1", "20261119T0005"),
        key(B, "eu-west-1", "20261118T1200"),
        key(B, "eu-west-1", "20261118T1200", kind="CloudTrail-Insight"),
        key(B, "eu-west-1", "20261118T1200", kind="CloudTrail-NetworkActivity"),
        key(B, "eu-west-1", "20261118T1200", kind="CloudTrail-Aggregated"),
    ]
)
BESIDE = [key(B, "eu-west-1", "20261118T120000", kind="CloudTrail-Digest"), f"AWSLogs/{B}/Config/eu-west-1/x.json.gz"]


def test_everything_below_a_bucket(say: Told) -> None:
    other = f"AWSLogs/{B}/SomethingNew/x"
    bucket = Bucket(*EVERYTHING, *BESIDE, other, "AWSLogs/other/x", "AWSLogs/")
    found = sources(bucket, "", say)
    assert keys(found) == [*EVERYTHING, other, "AWSLogs/other/x"]
    assert found[0].read() == EVERYTHING[0].encode()
    assert sorted(say.said) == [
        (f"s3://logs-bucket/AWSLogs/{B}/CloudTrail-Digest/", "digest files"),
        (f"s3://logs-bucket/AWSLogs/{B}/Config/", "not CloudTrail logs"),
    ]
    assert len(sources(bucket, "", say, BucketScope(accounts=frozenset({A, B})))) == len(EVERYTHING) + 1
    assert say.said[-1] == ("s3://logs-bucket/AWSLogs/other/", "not the folder of an account")


@pytest.mark.parametrize(
    ("prefix", "count"),
    [
        ("AWSLogs", len(EVERYTHING)),
        ("AWSLogs/", len(EVERYTHING)),
        (f"AWSLogs/{A}", len(DAYS) + 2),
        (f"AWSLogs/{A}/CloudTrail/", len(DAYS) + 2),
        (f"AWSLogs/{B}/CloudTrail-Insight", 1),
        (f"AWSLogs/{A}/CloudTrail/eu-west-1", 2),
        (f"AWSLogs/{A}/CloudTrail/us-east-1/2026/11", len(DAYS)),
        (f"AWSLogs/{A}/CloudTrail/us-east-1/2026/11/05/", 5),
        (DAYS[0], 1),
    ],
)
def test_a_prefix_may_stand_anywhere_in_the_layout(prefix: str, count: int, say: Told) -> None:
    assert len(sources(Bucket(*EVERYTHING, *BESIDE), prefix, say)) == count


def test_a_window_lists_days_and_nothing_else(say: Told) -> None:
    bucket = Bucket(*EVERYTHING)
    window = Window(datetime(2026, 11, 18, 23, 30, tzinfo=UTC), datetime(2026, 11, 18, 23, 59, tzinfo=UTC))
    found = sources(bucket, "AWSLogs/", say, BucketScope(accounts=frozenset({A}), window=window))
    assert keys(found) == sorted(
        [
            key(A, "eu-west-1", "20261118T2355"),
            key(A, "eu-west-1", "20261119T0005"),
            *(name for name in DAYS if "20261119T" in name),
        ]
    )
    days = [prefix for prefix in bucket.listed if "/2026/" in prefix]
    assert days == [
        f"AWSLogs/{A}/CloudTrail/{region}/2026/11/{day}/" for region in ("eu-west-1", "us-east-1") for day in (18, 19)
    ]
    assert all(prefix in days or not prefix.endswith("-1/") for prefix in bucket.listed)
    assert not any(B in prefix for prefix in bucket.listed)
    sources(bucket, f"AWSLogs/{A}/CloudTrail/eu-west-1", say, BucketScope(window=window))
    assert bucket.listed[-2:] == days[:2]


def test_late_files_and_files_before_the_window(say: Told) -> None:
    window = Window(datetime(2026, 11, 5, 2, 0, 30, tzinfo=UTC), datetime(2026, 11, 5, 2, 30, tzinfo=UTC))
    found = keys(sources(Bucket(*DAYS), "", say, BucketScope(window=window)))
    assert [name[-16:-11] for name in found] == ["T0200", "T0300", "T0400", "T0000", "T0100", "T0200"]
    found = keys(
        sources(Bucket(*DAYS), "", say, BucketScope(window=Window(until=datetime(2026, 11, 1, 1, tzinfo=UTC))))
    )
    assert len(found) == 7
    ends_now = BucketScope(window=Window(datetime(2026, 11, 20, 3, tzinfo=UTC)))
    assert len(sources(Bucket(*DAYS), "", say, ends_now)) == 2


def test_accounts_regions_and_kinds(say: Told) -> None:
    bucket = Bucket(*EVERYTHING)
    assert len(sources(bucket, "", say, BucketScope(regions=frozenset({"eu-west-1"})))) == 6
    assert len(sources(bucket, "", say, BucketScope(kinds=frozenset({"CloudTrail"})))) == len(EVERYTHING) - 3
    assert any(name.endswith("/us-east-1/") and why == "left out by --region" for name, why in say.said)
    say.said.clear()
    assert len(sources(bucket, "", say, BucketScope(accounts=frozenset({B}), regions=frozenset({"x"})))) == 0
    assert {why for _, why in say.said} >= {"left out by --account", "left out by --region"}


def test_accounts_and_regions_apply_off_the_layout_or_are_refused(say: Told) -> None:
    named = [
        key(account, region, "20261118T1200", head="copies/")
        for account in (A, B)
        for region in ("eu-west-1", "us-east-1")
    ]
    flat = [f"flat/{name.rpartition('/')[2]}" for name in named]
    bucket = Bucket(*named, *flat, "flat/export.json")
    found = sources(bucket, "flat/", say, BucketScope(accounts=frozenset({A})))
    assert keys(found) == [*flat[:2], "flat/export.json"]
    with pytest.raises(SourceError, match="neither its folder nor its name says of which account and Region"):
        found[-1].read()
    assert keys(sources(bucket, "copies/", say, BucketScope(regions=frozenset({"eu-west-1"})))) == [named[0], named[2]]
    assert keys(sources(bucket, flat[0], say, BucketScope(accounts=frozenset({B})))) == []
    assert sorted({(name.removeprefix("s3://logs-bucket/"), why) for name, why in say.said}) == [
        (f"copies/{A}/CloudTrail/us-east-1/2026/11/18/", "left out by --region"),
        (f"copies/{B}/CloudTrail/us-east-1/2026/11/18/", "left out by --region"),
        ("flat/", "left out by --account"),
    ]
    layout = Bucket(*EVERYTHING)
    deep = f"AWSLogs/{A}/CloudTrail/us-east-1/2026/11/"
    assert len(sources(layout, deep, say, BucketScope(accounts=frozenset({A})))) == len(DAYS)
    for scope in (BucketScope(accounts=frozenset({B})), BucketScope(regions=frozenset({"eu-west-1"}))):
        with pytest.raises(UsageError, match="lies in the folder"):
            sources(layout, deep, say, scope)


@pytest.mark.parametrize("day", ["2026/5/1", "2026/05/1", "2026/5/01", "2026/05/01"])
def test_folders_of_days_without_zeros_are_found(day: str, say: Told) -> None:
    names = [f"AWSLogs/{A}/CloudTrail/us-east-1/{folder}/x.json" for folder in (day, "2026/5/10", "2026/11/1")]
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    assert (
        keys(sources(Bucket(*names), "", say, BucketScope(window=Window(moment, moment.replace(hour=23))))) == names[:1]
    )


def test_late_deliveries_are_found_or_named(say: Told) -> None:
    end = datetime(2026, 11, 2, 1, tzinfo=UTC)
    late = key(A, "us-east-1", "20261117T0000")
    bucket = Bucket(*DAYS[:10], late)
    window = Window(datetime(2026, 11, 1, tzinfo=UTC), end)
    assert late not in keys(sources(bucket, "", say, BucketScope(window=window)))
    ((name, why),) = say.said
    assert name == "s3://logs-bucket/"
    assert "what was delivered after 2026-11-03T01:00:00Z is not looked at" in why
    wider = Window(window.since, end, late=timedelta(days=30))
    assert late in keys(sources(bucket, "", say, BucketScope(window=wider)))
    assert len(say.said) == 1


@pytest.mark.parametrize("head", ["AWSLogs/o-abcdefghij/", "trails/main/AWSLogs/o-abcdefghij/", "a/b/AWSLogs/"])
def test_an_organization_and_a_prefix_before_the_layout(head: str, say: Told) -> None:
    names = sorted(key(account, "eu-west-1", "20261118T1200", head=head) for account in (A, B))
    window = BucketScope(window=Window(datetime(2026, 11, 18, tzinfo=UTC)))
    for prefix in ("", head, head + A):
        bucket = Bucket(*names)
        expected = names[:1] if prefix.endswith(A) else names
        assert keys(sources(bucket, prefix, say, window)) == expected
        assert f"{head}{A}/CloudTrail/eu-west-1/2026/11/18/" in bucket.listed
    assert say.said == []


def test_files_outside_the_layout_are_read_too(say: Told) -> None:
    names = [
        "export/a.json",
        "export/deep/er/and/deeper/b.json",
        "z.json",
        "AWSLogs/loose.json",
        f"AWSLogs/{A}/CloudTrail/c",
    ]
    assert sorted(keys(sources(Bucket(*names, *DAYS[:2]), "", say))) == sorted([*names, *DAYS[:2]])
    window = BucketScope(window=Window(NOW))
    assert sorted(keys(sources(Bucket(*names), "", say, window))) == sorted(names)
    assert keys(sources(Bucket("a/b_20269999T9999Z_x.json"), "", say, window)) == ["a/b_20269999T9999Z_x.json"]


def test_there_is_nothing(say: Told) -> None:
    with pytest.raises(UsageError, match="There is nothing at s3://logs-bucket/AWSLog"):
        sources(Bucket(*DAYS), "AWSLog", say)
    assert sources(Bucket(*DAYS), "", say, BucketScope(accounts=frozenset({B}))) == []
    bucket: Any = Bucket()
    for url in ("s3://", "s3:/x", "https://x", "s3://UPPER/x"):
        with pytest.raises(UsageError, match="is not the URL of a bucket"):
            list(bucket_sources(bucket, url, BucketScope(), say, now=NOW))


@pytest.mark.parametrize(
    "denied", ["AWSLogs/", f"AWSLogs/{A}/", f"AWSLogs/{A}/CloudTrail/", f"AWSLogs/{A}/CloudTrail/eu-west-1/2026/11/18/"]
)
def test_what_cannot_be_listed_is_a_source_that_cannot_be_read(denied: str, say: Told) -> None:
    bucket = Bucket(*EVERYTHING)
    bucket.denied.add(denied)
    window = BucketScope(window=Window(datetime(2026, 11, 18, tzinfo=UTC)))
    found = sources(bucket, "AWSLogs/", say, window)
    (broken,) = [source for source in found if source.name == f"s3://logs-bucket/{denied}"]
    with pytest.raises(SourceError, match=f"{denied} cannot be listed: AccessDenied, no"):
        broken.read()
    assert any(B in source.name for source in found) is (denied != "AWSLogs/")


def test_a_bucket_that_cannot_be_listed(say: Told) -> None:
    bucket = Bucket(*DAYS)
    bucket.denied.add("")
    (broken,) = sources(bucket, "", say)
    with pytest.raises(SourceError, match="cannot be listed: AccessDenied"):
        broken.read()


def test_a_listing_without_an_end(say: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner.log_sources.kinds.bucket, "MAX_PAGES", 4)
    found = sources(Bucket(*DAYS), f"AWSLogs/{A}/CloudTrail/us-east-1/", say)
    with pytest.raises(SourceError, match="more than 4 pages"):
        found[0].read()


def test_objects_that_cannot_be_read(say: Told) -> None:
    bucket = Bucket(*DAYS[:2])
    gone, there = sources(bucket, "", say)
    del bucket.objects[DAYS[0]]
    with pytest.raises(SourceError, match=r"_x\.json\.gz cannot be read: NoSuchKey\."):
        gone.read()
    assert there.read() == DAYS[1].encode()


class Failing(io.BytesIO):
    """A body whose reading breaks off."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def read(self, _size: int | None = -1) -> bytes:
        raise self._error


@pytest.mark.parametrize(
    "error", [ReadTimeoutError(endpoint_url="x"), ResponseStreamingError(error="broken")], ids=["timeout", "broken"]
)
def test_reading_that_breaks_off_is_tried_again(error: Exception, say: Told) -> None:
    bucket = Bucket(DAYS[0])
    tries: list[int] = []

    def body() -> io.BytesIO:
        tries.append(1)
        return Failing(error) if len(tries) < 3 else io.BytesIO(b"good")

    bucket.bodies[DAYS[0]] = body
    (source,) = sources(bucket, "", say)
    assert source.read() == b"good"
    bucket.bodies[DAYS[0]] = lambda: Failing(error)
    with pytest.raises(SourceError, match="cannot be read"):
        source.read()


def test_no_more_than_one_byte_over_the_limit_is_read(say: Told) -> None:
    (source,) = sources(Bucket(DAYS[0]), "", say, limit=5)
    assert source.read() == DAYS[0].encode()[:6]


def test_objects_are_read_at_once(say: Told) -> None:
    bucket = Bucket(*DAYS[:8])
    found = read_ahead(sources(bucket, "", say), 4)
    bucket.hold = threading.Barrier(4)
    assert [source.read().decode() for source in found] == list(DAYS[:8])


def test_objects_are_fetched_ahead_of_their_reader(say: Told) -> None:
    bucket = Bucket(*DAYS[:20])
    local = HeldSource("a", b"local")
    found = read_ahead([*reversed(sources(bucket, "", say)), local], 4)
    assert [source.name.removeprefix("s3://logs-bucket/") for source in found] == ["a", *DAYS[:20]]
    bucket.hold = threading.Barrier(4)  # nobody gets an object unless four ask at once
    assert [source.read().decode() for source in found] == ["local", *DAYS[:20]]
    bucket.hold = None
    assert found[5].read() == DAYS[4].encode()
    assert found[1].read() == DAYS[0].encode()


def test_few_objects_are_fetched_ahead(say: Told) -> None:
    bucket = Bucket(*DAYS)
    fetched: list[str] = []

    def body() -> io.BytesIO:
        fetched.append("x")
        return io.BytesIO(b"x")

    bucket.bodies = dict.fromkeys(DAYS, body)
    found = read_ahead(sources(bucket, "", say), 2)
    assert found[0].read() == b"x"
    assert len(fetched) <= 4
    assert found[50].read() == b"x"
    assert len(fetched) <= 8
    gone = read_ahead(sources(Bucket(DAYS[0]), "", say), 2)
    assert gone[0].read() == DAYS[0].encode()


def test_an_object_that_cannot_be_fetched_ahead(say: Told) -> None:
    bucket = Bucket(*DAYS[:3])
    found = read_ahead(sources(bucket, "", say), 2)
    del bucket.objects[DAYS[1]]
    assert found[0].read() == DAYS[0].encode()
    with pytest.raises(SourceError, match="NoSuchKey"):
        found[1].read()
    assert found[2].read() == DAYS[2].encode()
