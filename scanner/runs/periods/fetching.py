"""The logs of a period copied from their bucket, with the public keys and the signatures that prove them offline.

What is judged afterwards is the copy: the verdicts are those that whoever has the bundle computes again. A file that
cannot be read stops the copy, because it would look as if it were not there.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.aws.options import Account
from scanner.errors import SourceError, UsageError
from scanner.integrity.judging.results import Period
from scanner.integrity.names import Place, digest_name
from scanner.integrity.stores.captured import SCHEMA, Captured, CapturedSignature, captured_bytes
from scanner.integrity.stores.store import Store
from scanner.integrity.validation.discovery import Chosen, places_of
from scanner.runs.integrity.validating import bucket_store
from scanner.runs.watching import Watch, unwatched

if TYPE_CHECKING:
    from scanner.integrity.stores.bucket import BucketStore

_LIMIT = 1024 * 1024 * 1024
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A copy of the logs, and the file of the keys that prove it."""

    logs: Path
    keys: Path


def fetch(url: str, period: Period, account: Account, target: Path, watch: Watch = unwatched) -> Fetched:
    """Copy the log files and digest files of a period from ``s3://bucket/prefix`` into the folder ``target``.

    Raises UsageError where there are no digest files, CollectError when AWS cannot be reached, and SourceError for what
    cannot be listed or read.
    """
    from scanner.integrity.stores.bucket import ListedKeys

    store, places = _places(url, account)
    keys = ListedKeys(store.session, period)
    for region in sorted({place.region for place in places}):
        if why := keys.list_for(region):
            raise SourceError(f"{why[:1].upper()}{why[1:]}.")
    signatures = copy_period(store, places, period, target / "copy", watch)
    captured = Captured(
        SCHEMA, store.label, store.bucket, period.now, tuple(keys.asked), tuple(keys.keys), tuple(signatures)
    )
    path = target / "public-keys.json"
    path.write_bytes(captured_bytes(captured))
    return Fetched(target / "copy", path)


def fetch_before(url: str, period: Period, account: Account, target: Path, watch: Watch = unwatched) -> None:
    """Copy those of a bucket that a trail delivered to before into the folder ``target``.

    Its digest files are proved by those that follow them. Raises what :func:`fetch` raises.
    """
    store, places = _places(url, account)
    target.mkdir(parents=True)
    copy_period(store, places, period, target, watch)


def _places(url: str, account: Account) -> "tuple[BucketStore, list[Place]]":
    store = bucket_store(account, url)
    places = places_of(store, store.prefix, Chosen(regions=account.regions))
    if not places:
        raise UsageError(
            f"There are no digest files below {store.label}.", "Name the bucket, or the prefix above AWSLogs."
        )
    return store, places


def copy_period(
    store: Store, places: list[Place], period: Period, target: Path, watch: Watch = unwatched
) -> list[CapturedSignature]:
    """Copy what was delivered from a day before to a day after a period, and give the signatures of its digest files.

    Raises SourceError for what cannot be listed or read.
    """
    wanted = [key for place in places for key in _keys(store, place, period)]
    found: list[CapturedSignature] = []
    with watch() as progress, ThreadPoolExecutor(store.workers, thread_name_prefix="read") as pool:
        for number, each in enumerate(pool.map(partial(_copy, store, target), wanted), start=1):
            progress("log files", number, len(wanted))
            found += [each] if each is not None else []
    return found


def _keys(store: Store, place: Place, period: Period) -> Iterator[str]:
    day = period.since.date() - _DAY
    last = min(period.until + _DAY, period.now).date()
    while day <= last:
        yield from store.keys(place.digests(day))
        yield from store.keys(place.logs(day))
        day += _DAY


def _copy(store: Store, target: Path, key: str) -> CapturedSignature | None:
    """Copy one object; the signature of a digest file."""
    if not {"", ".", ".."}.isdisjoint(key.split("/")):
        raise SourceError(f"s3://{store.bucket}/{key} cannot be the name of a file.")
    stored = store.read(store.bucket, key, _LIMIT)
    if stored is None:
        return None  # it was deleted while it was listed, and is not there for the validation either
    path = target / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(stored.data)
    if digest_name(key) is None or not stored.signature:
        return None
    return CapturedSignature(key, stored.signature, stored.algorithm, stored.generated)
