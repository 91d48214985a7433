"""The newest log file of each account that trails record, as the owner of the bucket is told by the names of objects.

The owner of a log bucket asks for the first files that were delivered within a day, account by account, in the home
Region of the trail; only where there are none, in other Regions, for digest files, which come every hour although
nothing happened, and for the days of this month and the last on which there were any. No object is read. Sources:
CloudTrail User Guide, "Finding your CloudTrail log files" and "CloudTrail digest file structure"; Amazon S3 API
reference, ``ListObjects`` (keys come in the order of their characters, from ``Marker`` on) and ``ListObjectsV2``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from scanner.arns import global_region
from scanner.audit_path.members import text_member
from scanner.audit_path.places import TRAIL_LISTING
from scanner.audit_path.stores import VisibleTrail, mappings, visible_trails
from scanner.facts.facts import member
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import CallKey, Gap, GapKind
from scanner.resources.storage.lifecycle import log_keys
from scanner.resources.storage.listing import BUCKET_LISTING, listed_buckets
from scanner.resources.trails.organizations import DESCRIBE_ORGANIZATION, own_organization
from scanner.snapshot.answers import Answer, Snapshot
from scanner.times import delivery_time, parse_iso, parse_time, rfc3339

_FOLDERS, _KEYS = "s3.ListObjectsV2", "s3.ListObjects"
_DAY = timedelta(days=1)
_GLOBAL_EVENTS = "us-east-1"
"""Where calls of global services are recorded; other partitions have a global Region of their own."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a trail delivers, as the owner of its bucket sees it: ``base`` is what comes before the accounts."""

    trail: VisibleTrail
    bucket: str
    region: str
    base: str

    @property
    def account(self) -> str:
        """The only account that the trail records; "" for one of an organization."""
        return "" if self.trail.data.get("IsOrganizationTrail") is True else self.trail.account

    def files(self, account: str, region: str, kind: str = "CloudTrail") -> str:
        """What the keys of an account's files in a Region begin with."""
        return f"{self.base}{account}/{kind}/{region}/"


@dataclass(frozen=True, slots=True)
class _Ask:
    """A listing of keys: what is asked, beside the bucket."""

    operation: str
    prefix: str
    besides: Mapping[str, Any]

    def arguments(self, place: _Place) -> dict[str, Any]:
        return {"Bucket": place.bucket, "Prefix": self.prefix, **self.besides}


def _places(snapshot: Snapshot, account: str) -> Iterator[_Place]:
    """The places of the trails that an account sees and whose buckets it owns."""
    buckets = listed_buckets(snapshot, account).regions
    for trail in visible_trails(snapshot, account).trails:
        bucket = trail.text("S3BucketName")
        if bucket not in buckets:
            continue
        organization = ""
        if trail.data.get("IsOrganizationTrail") is True:
            found = member(own_organization(snapshot, account), "Organization") or {}
            if not found:
                continue
            organization = f"{found['Id']}/"
        for keys in log_keys([trail]):
            yield _Place(trail, bucket, buckets[bucket] or trail.region, f"{keys.base}{organization}")


def _since(snapshot: Snapshot, account: str) -> datetime:
    """A day before the account was collected, to the full minute after it, as the names of files tell it.

    The same snapshot always asks for the same files, and none of them is older than a day.
    """
    since = snapshot.time_of(account).astimezone(UTC) - _DAY
    begun = since.replace(second=0, microsecond=0)
    return begun if begun == since else begun + timedelta(minutes=1)


def _newest(snapshot: Snapshot, owner: str, place: _Place, account: str, region: str) -> _Ask:
    since = _since(snapshot, owner)
    prefix = place.files(account, region)
    name = f"{account}_CloudTrail_{region}_{since:%Y%m%dT%H%MZ}"
    return _Ask(_KEYS, prefix, {"Marker": f"{prefix}{since:%Y/%m/%d}/{name}", "MaxKeys": 10})


def _further(snapshot: Snapshot, owner: str, place: _Place, account: str) -> Iterator[_Ask]:
    """What is asked for where the home Region has no log file of the last day."""
    since, home = _since(snapshot, owner), place.trail.region
    if place.trail.data.get("IsMultiRegionTrail") is True:
        world = _GLOBAL_EVENTS if snapshot.partition == "aws" else global_region(snapshot.partition)
        for region in dict.fromkeys((world, *snapshot.regions(owner))):
            if region != home:
                yield _newest(snapshot, owner, place, account, region)
    if place.trail.data.get("LogFileValidationEnabled") is True:
        prefix = place.files(account, home, "CloudTrail-Digest")
        yield _Ask(_KEYS, prefix, {"Marker": f"{prefix}{since:%Y/%m/%d}/", "MaxKeys": 1000})
    for month in dict.fromkeys(f"{day:%Y/%m}" for day in (since, since.replace(day=1) - _DAY)):
        yield _Ask(_FOLDERS, f"{place.files(account, home)}{month}/", {"Delimiter": "/"})


def _accounts(snapshot: Snapshot, owner: str, place: _Place) -> tuple[list[str], Answer | None]:
    """The accounts that have files in the place, and what lists them where that is asked."""
    if place.account:
        return [place.account], None
    listed = snapshot.ask(owner, place.region, _FOLDERS, _folders(place).arguments(place))
    folders = [text_member(item, "Prefix").removeprefix(place.base) for _, item in mappings(listed, "CommonPrefixes")]
    return [folder.rstrip("/") for folder in folders if folder.rstrip("/").isdigit()], listed


def _folders(place: _Place) -> _Ask:
    return _Ask(_FOLDERS, place.base, {"Delimiter": "/"})


def _of_organizations(look: Look) -> Iterator[tuple[_Place, _Ask]]:
    for place in _places(look.snapshot, look.account):
        if not place.account:
            yield place, _folders(place)


def _of_accounts(look: Look) -> Iterator[tuple[_Place, _Ask]]:
    for place in _places(look.snapshot, look.account):
        for account in _accounts(look.snapshot, look.account, place)[0]:
            yield place, _newest(look.snapshot, look.account, place, account, place.trail.region)


def _where_none(look: Look) -> Iterator[tuple[_Place, _Ask]]:
    for place in _places(look.snapshot, look.account):
        for account in _accounts(look.snapshot, look.account, place)[0]:
            ask = _newest(look.snapshot, look.account, place, account, place.trail.region)
            told = look.snapshot.ask(look.account, place.region, ask.operation, ask.arguments(place))
            if told.gap is None and _delivered(told) is None:
                for each in _further(look.snapshot, look.account, place, account):
                    yield place, each


def _delivered(answer: Answer) -> datetime | None:
    """When the newest of the files was delivered that an answer lists, or the day of the newest; None without any."""
    found = [_time(item) for _, item in mappings(answer, "Contents")]
    found += [_day(text_member(item, "Prefix")) for _, item in mappings(answer, "CommonPrefixes")]
    return max((each for each in found if each is not None), default=None)


def _time(item: Mapping[str, Any]) -> datetime | None:
    """When a file was delivered: a log file by the time in its name, but not after S3 got it; a digest file by S3."""
    key, stored = text_member(item, "Key"), parse_time(item.get("LastModified"))
    named = stored if "/CloudTrail-Digest/" in key else delivery_time(key)
    return named if named is None or stored is None else min(named, stored)


def _day(folder: str) -> datetime | None:
    return parse_iso("-".join(folder.rstrip("/").split("/")[-3:]))


def _use(
    name: str, operation: str, found: Callable[[Look], Iterator[tuple[_Place, _Ask]]], named_by: tuple[Use, ...]
) -> Use:
    def things(look: Look) -> Iterator[Thing]:
        for place, ask in found(look):
            if ask.operation == operation:
                yield Thing(place.region, {"bucket": place.bucket, "prefix": ask.prefix}, besides=ask.besides)

    return Use(operation, per=Things(name, things, named_by))


_NAMED_BY = (TRAIL_LISTING, BUCKET_LISTING, DESCRIBE_ORGANIZATION)
_FOLDERS_OF_ACCOUNTS = _use("organization-log-folder", _FOLDERS, _of_organizations, _NAMED_BY)
_FILES = _use("account-log-files", _KEYS, _of_accounts, (*_NAMED_BY, _FOLDERS_OF_ACCOUNTS))
_TOLD_BY = (*_NAMED_BY, _FOLDERS_OF_ACCOUNTS, _FILES)

RECENT_FILE_CALLS = (
    *_TOLD_BY,
    _use("log-files-elsewhere", _KEYS, _where_none, _TOLD_BY),
    _use("log-file-days", _FOLDERS, _where_none, _TOLD_BY),
)


@dataclass(frozen=True, slots=True)
class Recent:
    """When the newest log file that was found was delivered, at least; None where there was none.

    ``gap`` says why there may be a newer one.
    """

    latest: datetime | None
    answers: tuple[Answer, ...]
    gap: Gap | None


class RecentFiles:
    """The newest log files as the owners of log buckets were told; what each of them sees is read once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        looked_at = [each for each in snapshot.accounts if snapshot.regions(each)]
        self._owned = {each: listed_buckets(snapshot, each).regions for each in looked_at}
        self._places = {each: tuple(_places(snapshot, each)) for each in looked_at}

    def of(self, account: str, trails: Iterable[VisibleTrail], now: datetime) -> Recent:
        """The newest log file that one of the trails delivered for an account until ``now``."""
        answers: list[Answer] = []
        gaps: list[Gap] = []
        for trail in trails:
            owner = next((each for each, owned in self._owned.items() if trail.text("S3BucketName") in owned), "")
            places = [each for each in self._places.get(owner, ()) if each.trail.arn == trail.arn]
            if not places:
                gaps.append(self._unseen(account, trail, owner))
            if places and self._snapshot.time_of(owner) < now:
                gaps.append(self._earlier(account, trail, owner))
            for place in places:
                answers += self._asked(owner, place, account)
        gaps += [answer.gap for answer in answers if answer.gap is not None]
        times = [_delivered(answer) for answer in answers if answer.gap is None]
        latest = max((time for time in times if time is not None), default=None)
        return Recent(latest, tuple(answers), next(iter(gaps), None))

    def _asked(self, owner: str, place: _Place, account: str) -> Iterator[Answer]:
        """What the owner of the bucket was told of an account's files in a place."""
        listed_accounts, listed = _accounts(self._snapshot, owner, place)
        if listed is not None:
            yield listed
            if account not in listed_accounts:
                return
        ask = _newest(self._snapshot, owner, place, account, place.trail.region)
        newest = self._ask(owner, place, ask)
        yield newest
        if newest.gap is None and _delivered(newest) is None:
            for each in _further(self._snapshot, owner, place, account):
                yield self._ask(owner, place, each)

    def _ask(self, owner: str, place: _Place, ask: _Ask) -> Answer:
        return self._snapshot.ask(owner, place.region, ask.operation, ask.arguments(place))

    def _earlier(self, account: str, trail: VisibleTrail, owner: str) -> Gap:
        bucket, looked = trail.text("S3BucketName"), rfc3339(self._snapshot.time_of(owner))
        reason = (
            f"log files of account {account} were looked for in bucket {bucket} at {looked}, and it is not known what "
            f"was delivered after that: collect account {owner} again"
        )
        return Gap(key=CallKey(owner, trail.region, _KEYS, {}), kind=GapKind.NOT_COLLECTED, reason=reason)

    def _unseen(self, account: str, trail: VisibleTrail, owner: str) -> Gap:
        bucket = trail.text("S3BucketName")
        why = (
            f"account {owner}, which owns it, does not see the trail, or not its organization"
            if owner
            else "no account that was scanned owns it: scan the account that does"
        )
        reason = f"whether log files of account {account} arrive in bucket {bucket} of {trail.arn} is not known: {why}"
        return Gap(key=CallKey(account, trail.region, _KEYS, {}), kind=GapKind.NOT_COLLECTED, reason=reason)
