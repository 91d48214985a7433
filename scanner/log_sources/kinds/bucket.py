"""Log files in S3, found by the layout CloudTrail writes: account, Region and day, never by one endless listing.

``[prefix/]AWSLogs/[o-id/]<account>/CloudTrail[-Kind]/<Region>/YYYY/MM/DD/<file>`` (CloudTrail user guide, "CloudTrail
log file name format"). Days are those of delivery. Each day is listed whole: file names are random within a minute and
files come late, so a listing that goes on after the last key seen loses files.
"""

import re
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from scanner.aws.asking import CALL_FAILURES
from scanner.aws.failures import words_of
from scanner.aws.session import AwsSession
from scanner.aws.stored.objects import read_object
from scanner.errors import SourceError, UsageError
from scanner.files.limits import SOURCE_LIMIT
from scanner.files.log_source import BrokenSource, LogSource
from scanner.log_sources.ahead import Fetched
from scanner.log_sources.kind import Reader, Say, Wanted
from scanner.log_sources.window import Window
from scanner.times import delivery_time

KINDS = frozenset({"CloudTrail", "CloudTrail-Insight", "CloudTrail-NetworkActivity", "CloudTrail-Aggregated"})
"""Folders of an account that hold log files."""

MAX_PAGES = 10_000
"""Where one listing is given up: an endpoint that never ends is not believed."""

_DIGESTS = "CloudTrail-Digest"
_ROOT = "AWSLogs"
_SEARCHED = 3

_URL = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?", re.DOTALL)
_PLACEHOLDERS = frozenset({"...", "…"})
_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")
_ACCOUNT = re.compile(r"\d{12}")
_OTHERS = {
    _DIGESTS: "digest files",
    "Config": "not CloudTrail logs",
    "vpcflowlogs": "VPC flow logs, not CloudTrail logs",
    "elasticloadbalancing": "access logs of load balancers, not CloudTrail logs",
    "WAFLogs": "logs of AWS WAF, not CloudTrail logs",
    "vpcdnsquerylogs": "query logs of Route 53 Resolver, not CloudTrail logs",
    "GuardDuty": "findings of GuardDuty, not CloudTrail logs",
}
"""Folders of an account that are known to hold no log files -> what they hold. Any other folder is read."""

_PLACED = re.compile(r"(?:\A|/)AWSLogs/(?:o-[a-z0-9]{10,32}/)?(\d{12})/[^/]+/([a-z]{2}(?:-[a-z]+)+-\d)/")
_NAMED = re.compile(r"(?:\A|/)(\d{12})_CloudTrail[A-Za-z-]*_([a-z]{2}(?:-[a-z]+)+-\d)_[^/]*\Z")
"""Where a key says of which account and Region a log file is: in its folders, or in its name."""


@dataclass(frozen=True, slots=True)
class BucketScope:
    """Which part of a bucket is wanted; nothing named means all accounts, all Regions, all kinds of log files."""

    accounts: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    kinds: frozenset[str] = KINDS
    window: Window = field(default_factory=Window)


@dataclass(frozen=True, slots=True)
class ObjectSource(Fetched):
    """One object of a bucket."""

    name: str
    session: AwsSession = field(repr=False)
    region: str
    bucket: str
    key: str
    limit: int

    def read(self) -> bytes:
        """Its bytes, at most ``limit + 1``."""
        return read_object(self.session, self.region, self.bucket, self.key, self.limit).content


def bucket_and_prefix(url: str) -> tuple[str, str]:
    """The bucket and the prefix of keys ("" for all) that a URL names. Raises UsageError for a malformed URL."""
    found = _URL.fullmatch(url)
    if found is None:
        raise UsageError(f"{url!r} is not the URL of a bucket.", "It looks like s3://bucket/prefix.")
    bucket, prefix = found.group(1), found.group(2) or ""
    if prefix.rstrip("/").rpartition("/")[2] in _PLACEHOLDERS:
        raise UsageError(
            f"{url!r} ends in a placeholder, which is not part of any key.",
            (
                f"Write the prefix itself, such as s3://{bucket}/AWSLogs/111122223333, "
                f"or s3://{bucket} for the whole bucket."
            ),
        )
    return bucket, prefix


def bucket_sources(
    session: AwsSession,
    url: str,
    scope: BucketScope,
    say: Say,
    *,
    now: datetime,
    workers: int = 16,
    limit: int = SOURCE_LIMIT,
) -> Iterator[LogSource]:
    """The log files below ``s3://bucket/prefix`` (or the one object of that name), in the order of their keys.

    With a window that has a beginning, every account and Region is listed day by day, ``workers`` listings at once. A
    prefix that cannot be listed becomes a source that cannot be read. ``say`` is called for each folder that is skipped
    (digest files, logs of other services) and for deliveries that come too late to be looked at. Raises UsageError for
    a malformed URL, when there is nothing below it, and when it names an account or Region that is not asked for.
    """
    bucket, prefix = bucket_and_prefix(url)
    _require_asked(url, prefix, scope)
    unlooked = scope.window.unlooked(now)
    if unlooked:
        say(url, unlooked)
    walk = _Walk(session, bucket, scope, say, now, limit)
    try:
        key = prefix and not prefix.endswith("/") and walk.is_object(prefix)
        prefix = f"{prefix}/" if prefix and not prefix.endswith("/") else prefix
        if not key and walk.is_empty(prefix):
            raise UsageError(
                f"There is nothing at {url}.", "Check the bucket's name and the prefix; * is not a wildcard."
            )
    except SourceError as error:
        yield BrokenSource(url, str(error))
        return
    yield from walk.all_of([walk.one(key)] if key else walk.below(prefix), workers)


_OTHER_ACCOUNT, _OTHER_REGION = "left out by --account", "left out by --region"

Job = Callable[[], list[LogSource]]


class _Walk:
    """The way down one bucket: gives jobs, each a listing that gives sources."""

    def __init__(
        self, session: AwsSession, bucket: str, scope: BucketScope, say: Say, now: datetime, limit: int
    ) -> None:
        self._session = session
        self._bucket = bucket
        self._scope = scope
        self._say = say
        self._now = now
        self._limit = limit

    def is_object(self, key: str) -> str:
        """The key itself, if an object with exactly this key exists; else ""."""
        keys, _ = self._list(key, delimiter="/", pages=1)
        return key if key in keys else ""

    def is_empty(self, prefix: str) -> bool:
        """Whether nothing at all lies below a prefix."""
        keys, prefixes = self._list(prefix, delimiter="/", pages=1)
        return not (keys or prefixes)

    def one(self, key: str) -> Job:
        """The one object of a key."""
        return lambda: self._chosen([key])

    def all_of(self, jobs: Iterable[Job], workers: int) -> Iterator[LogSource]:
        """What the jobs list, in their order, several under way at once."""
        waiting: deque[Future[list[LogSource]]] = deque()
        with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="list") as pool:
            try:
                for job in jobs:
                    waiting.append(pool.submit(job))
                    if len(waiting) >= 2 * workers:
                        yield from waiting.popleft().result()
                while waiting:
                    yield from waiting.popleft().result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def below(self, prefix: str) -> Iterator[Job]:
        """The listings for a prefix, wherever in the layout it is."""
        parts = prefix.rstrip("/").split("/") if prefix else []
        if _ROOT in parts:
            at = len(parts) - 1 - parts[::-1].index(_ROOT)
            yield from self._layout(prefix, parts[at + 1 :])
        else:
            yield from self._search(prefix, _SEARCHED)

    def _search(self, prefix: str, levels: int) -> Iterator[Job]:
        """Look for ``AWSLogs`` a few levels down; objects beside it are taken as they are."""
        if levels == 0:
            yield self._flat(prefix)
            return
        prefixes = yield from self._children(prefix)
        for child in prefixes:
            yield from self.below(child) if _last(child) == _ROOT else self._search(child, levels - 1)

    def _layout(self, prefix: str, rest: Sequence[str]) -> Iterator[Job]:
        """``rest``: the parts of the prefix after ``AWSLogs``."""
        if rest and _ORGANIZATION.fullmatch(rest[0]):
            rest = rest[1:]
        elif not rest:
            yield from self._accounts(prefix, organizations=True)
            return
        if not rest:
            yield from self._accounts(prefix, organizations=False)
        elif len(rest) == 1:
            yield from self._kinds(prefix)
        elif len(rest) == 2:
            yield from self._regions(prefix)
        elif len(rest) == 3:
            yield from self._days(prefix)
        else:
            yield self._flat(prefix)

    def _accounts(self, prefix: str, *, organizations: bool) -> Iterator[Job]:
        prefixes = yield from self._children(prefix)
        for child in prefixes:
            name = _last(child)
            if organizations and _ORGANIZATION.fullmatch(name):
                yield from self._accounts(child, organizations=False)
            elif not _ACCOUNT.fullmatch(name) and self._scope.accounts:
                self._say(self._url(child), "not the folder of an account")
            elif not _ACCOUNT.fullmatch(name):
                yield self._flat(child)
            elif not self._scope.accounts or name in self._scope.accounts:
                yield from self._kinds(child)
            else:
                self._say(self._url(child), _OTHER_ACCOUNT)

    def _kinds(self, prefix: str) -> Iterator[Job]:
        prefixes = yield from self._children(prefix)
        for child in prefixes:
            name = _last(child)
            if name in self._scope.kinds:
                yield from self._regions(child)
            elif name in _OTHERS:
                self._say(self._url(child), _OTHERS[name])
            elif name not in KINDS:
                yield self._flat(child)

    def _regions(self, prefix: str) -> Iterator[Job]:
        prefixes = yield from self._children(prefix)
        for child in prefixes:
            if not self._scope.regions or _last(child) in self._scope.regions:
                yield from self._days(child)
            else:
                self._say(self._url(child), _OTHER_REGION)

    def _days(self, prefix: str) -> Iterator[Job]:
        days = self._scope.window.days(self._now)
        if not days:
            yield self._flat(prefix)
        for day in days:
            for folder in _folders_of(day):
                yield self._flat(f"{prefix}{folder}/")

    def _children(self, prefix: str) -> Generator[Job, None, list[str]]:
        """The prefixes right below a prefix; jobs for the objects beside them, or for what cannot be listed."""
        try:
            keys, prefixes = self._list(prefix, delimiter="/")
        except SourceError as error:
            broken: LogSource = BrokenSource(self._url(prefix), str(error))
            yield lambda: [broken]
            return []
        if keys:
            yield lambda: self._wanted(keys)
        return prefixes

    def _flat(self, prefix: str) -> Job:
        def job() -> list[LogSource]:
            try:
                keys, _ = self._list(prefix)
            except SourceError as error:
                return [BrokenSource(self._url(prefix), str(error))]
            return self._wanted(keys)

        return job

    def _wanted(self, keys: Sequence[str]) -> list[LogSource]:
        wanted = [key for key in keys if not key.endswith("/") and self._in_window(key)]
        return self._chosen(wanted)

    def _chosen(self, keys: Sequence[str]) -> list[LogSource]:
        """The objects of the accounts and Regions that are asked for."""
        if not (self._scope.accounts or self._scope.regions):
            return [self._object(key) for key in keys]
        found: list[LogSource] = []
        left_out: dict[tuple[str, str], None] = {}
        for key in keys:
            source = self._in_scope(key)
            if isinstance(source, str):
                placed = _PLACED.search(key)
                left_out[key[: placed.end(2) + 1 if placed else key.rfind("/") + 1], source] = None
            else:
                found.append(source)
        for folder, why in left_out:
            self._say(self._url(folder), why)
        return found

    def _in_scope(self, key: str) -> LogSource | str:
        """The object of a key whose account and Region are asked for, or which option leaves it out.

        One that does not say of which account and Region it is cannot be chosen.
        """
        placed = _PLACED.search(key) or _NAMED.search(key)
        if placed is None:
            url = self._url(key)
            asked = " and ".join(
                option
                for option, names in (("--account", self._scope.accounts), ("--region", self._scope.regions))
                if names
            )
            return BrokenSource(
                url,
                f"{url} was not read: neither its folder nor its name says of which account and Region it is, "
                f"and {asked} {'choose' if ' and ' in asked else 'chooses'} by them.",
            )
        account, region = placed.groups()
        if self._scope.accounts and account not in self._scope.accounts:
            return _OTHER_ACCOUNT
        return _OTHER_REGION if self._scope.regions and region not in self._scope.regions else self._object(key)

    def _in_window(self, key: str) -> bool:
        moment = delivery_time(key)
        return moment is None or self._scope.window.delivered(moment)

    def _object(self, key: str) -> LogSource:
        return ObjectSource(self._url(key), self._session, self._session.global_region, self._bucket, key, self._limit)

    def _url(self, key: str) -> str:
        return f"s3://{self._bucket}/{key}"

    def _list(self, prefix: str, delimiter: str = "", pages: int | None = None) -> tuple[list[str], list[str]]:
        keys: list[str] = []
        prefixes: list[str] = []
        arguments: dict[str, Any] = {"Bucket": self._bucket, "Prefix": prefix}
        if delimiter:
            arguments["Delimiter"] = delimiter
        try:
            client = self._session.client("s3", self._session.global_region)
            for _ in range(pages or MAX_PAGES):
                answer = client.list_objects_v2(**arguments)
                keys.extend(listed["Key"] for listed in answer.get("Contents", ()))
                prefixes.extend(listed["Prefix"] for listed in answer.get("CommonPrefixes", ()))
                if not answer.get("IsTruncated"):
                    return keys, prefixes
                arguments["ContinuationToken"] = answer["NextContinuationToken"]
        except CALL_FAILURES as error:
            raise SourceError(f"{self._url(prefix)} cannot be listed: {words_of(error)}.") from error
        if pages is None:
            raise SourceError(f"{self._url(prefix)} cannot be listed: it has more than {MAX_PAGES} pages.")
        return keys, prefixes


def _last(prefix: str) -> str:
    return prefix.rstrip("/").rpartition("/")[2]


def _folders_of(day: date) -> list[str]:
    """The folders of a day, as CloudTrail names it and without zeros, as copies of logs have it."""
    months, numbers = (dict.fromkeys((f"{number:02d}", str(number))) for number in (day.month, day.day))
    return [f"{day.year}/{month}/{number}" for month in months for number in numbers]


def _require_asked(url: str, prefix: str, scope: BucketScope) -> None:
    """UsageError when an address lies in the folder of an account or Region that is not asked for."""
    parts = prefix.split("/")
    if _ROOT not in parts:
        return
    rest = parts[len(parts) - parts[::-1].index(_ROOT) :]
    if rest and _ORGANIZATION.fullmatch(rest[0]):
        rest = rest[1:]
    named = dict(enumerate(rest))
    for option, place, asked in (("--account", 0, scope.accounts), ("--region", 2, scope.regions)):
        name = named.get(place, "")
        if name and asked and name not in asked:
            raise UsageError(
                f"{url} lies in the folder {name}, and {option} asks for {', '.join(sorted(asked))}.", "Drop one."
            )


def _sources(urls: Sequence[str], wanted: Wanted) -> Iterator[LogSource]:
    for url in urls:
        bucket_and_prefix(url)
    session = wanted.aws.session
    scope = BucketScope(wanted.accounts, frozenset(wanted.aws.asked_regions), window=wanted.window)
    for url in urls:
        yield from bucket_sources(session, url, scope, wanted.say, now=wanted.now)


BUCKET = Reader(_sources)
