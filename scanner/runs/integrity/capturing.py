"""What proves a copy of a bucket offline, taken while online: public keys by Region, and the newest signatures."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scanner.errors import SourceError, UsageError
from scanner.integrity.judging.results import Period
from scanner.integrity.names import ChainName, DigestName, Place, digest_name
from scanner.integrity.stores.captured import SCHEMA, Captured, CapturedSignature
from scanner.integrity.validation.day import DIGEST_LIMIT
from scanner.integrity.validation.discovery import Chosen, places_of
from scanner.runs.integrity.validating import AskedValidation, bucket_store, period_of
from scanner.runs.watching import Watch, unwatched

if TYPE_CHECKING:
    from scanner.integrity.stores.bucket import BucketStore
    from scanner.integrity.stores.store import Store

NEWEST = timedelta(days=2)
"""How far back signatures are kept: a copy that is made soon after ends with one of these digests.

Of backfill digests, which may be of any hour, the newest is kept too.
"""


@dataclass(frozen=True, slots=True)
class Capturing:
    """What was captured, and sentences about what could not be."""

    captured: Captured
    missed: tuple[str, ...]


def capture(asked: AskedValidation, now: datetime, watch: Watch = unwatched) -> Capturing:
    """Capture from a bucket the public keys for a period, and the signatures of its newest digest files.

    Raises UsageError where there are no digest files, CollectError when AWS cannot be reached, SourceError when the
    bucket cannot be listed.
    """
    from scanner.integrity.stores.bucket import ListedKeys

    if not asked.online:
        raise UsageError(
            f"{asked.source} is not the URL of a bucket.", "Keys are captured online: name s3://bucket/prefix."
        )
    period = period_of(asked, None, now)
    store = bucket_store(asked.account, asked.source)
    places = places_of(store, store.prefix, Chosen(asked.accounts, asked.account.regions))
    keys = ListedKeys(store.session, period)
    missed = []
    for region in sorted({place.region for place in places}):
        missed += [why] if (why := keys.list_for(region)) else []
    signatures, unread = _signatures(store, places, period, watch)
    if not signatures and not (missed or unread):
        raise UsageError(
            f"There are no digest files of the last two days below {store.label}.",
            "Check the prefix and --until: capture while the trail delivers.",
        )
    captured = Captured(
        SCHEMA, store.label, store.bucket, period.until, tuple(keys.asked), tuple(keys.keys), tuple(signatures)
    )
    return Capturing(captured, (*missed, *unread))


def _signatures(
    store: "BucketStore", places: list[Place], period: Period, watch: Watch
) -> tuple[list[CapturedSignature], list[str]]:
    """The signatures of the newest digests of every chain, and what could not be read."""
    names: list[DigestName] = []
    missed: list[str] = []
    for place in places:
        try:
            names += _newest(store, place, period)
        except SourceError as error:
            missed.append(str(error))

    def read(name: DigestName) -> CapturedSignature | str:
        try:
            stored = store.read(store.bucket, name.key, DIGEST_LIMIT)
        except SourceError as error:
            return str(error)
        if stored is None or not stored.signature:
            return f"s3://{store.bucket}/{name.key} has no signature in its metadata."
        return CapturedSignature(name.key, stored.signature, stored.algorithm, stored.generated)

    found: list[CapturedSignature] = []
    with watch() as progress, ThreadPoolExecutor(store.workers, thread_name_prefix="read") as pool:
        for number, each in enumerate(pool.map(read, names), start=1):
            progress("signatures", number, len(names))
            if isinstance(each, str):
                missed.append(each)
            else:
                found.append(each)
    return found, missed


def _newest(store: "Store", place: Place, period: Period) -> list[DigestName]:
    since = period.until - NEWEST
    found = []
    for number in range(NEWEST.days + 1):
        day = (since + timedelta(days=number)).date()
        for key in store.keys(place.digests(day)):
            name = digest_name(key)
            if name is not None and since < name.end <= period.now:
                found.append(name)
    return [*found, *_last_backfills(store, place, period, {name.key for name in found})]


def _end(name: DigestName) -> datetime:
    return name.end


def _last_backfills(store: "Store", place: Place, period: Period, known: set[str]) -> list[DigestName]:
    """The newest backfill digest of each chain, which no other one proves: it may be of any hour."""
    last: dict[ChainName, DigestName] = {}
    for year in range(period.since.year, period.now.year + 1):
        names = filter(None, map(digest_name, store.keys(place.digests_of(year))))
        last |= {name.chain: name for name in sorted(names, key=_end) if name.chain.backfill and name.end <= period.now}
    return [name for name in last.values() if name.key not in known]
