"""One day of one place: its digests read and proved, the log files they name compared, and what no digest names."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from itertools import islice
from typing import TypeVar

from scanner.errors import SourceError
from scanner.integrity.judging.links import HOUR, JITTER, Link, Proof, names, proved
from scanner.integrity.judging.results import ChainStretch, DayResult, Period
from scanner.integrity.judging.stretches import Chaining, Tally
from scanner.integrity.names import MINUTE, DigestName, Place, digest_name, is_of, log_name, url_of
from scanner.integrity.problems import About, Kind, Problem, Weight, of_digest, of_log, unseen_digest, unseen_log
from scanner.integrity.proof.keys import KeyRing
from scanner.integrity.reading.digest import ALGORITHM, Digest, Entry, parse_digest
from scanner.integrity.reading.gzip_member import Fault, Member, unpack
from scanner.integrity.reading.log_content import TrailChange, contradictions, trail_changes
from scanner.integrity.stores.store import Store, Stored
from scanner.times import parse_time

DIGEST_LIMIT = 64 * 1024 * 1024
"""The longest digest file, stored and unpacked, in bytes: a hundred thousand log files an hour fit in it."""

LOG_LIMIT = 256 * 1024 * 1024
"""The longest log file, stored and unpacked, in bytes: CloudTrail writes 50 MB at most (user guide)."""

_TRIED = 4
"""How many objects are tried for the digest after another one."""

_BACKFILLED = timedelta(days=3650)
"""How long after its hour a backfill digest may say it was generated: metadata is written by anybody who copies."""

_LONG = "it is longer than the {} bytes that are looked at"

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a validation looks at, and with what. ``pool`` reads objects; None reads them one after another.

    ``keep`` says that somebody keeps the digests.
    """

    store: Store
    keys: KeyRing
    period: Period
    trail: str = ""
    pool: ThreadPoolExecutor | None = None
    keep: bool = False


@dataclass(frozen=True, slots=True)
class _Read:
    """A digest file: its link, the log files it names, and what is wrong with it."""

    link: Link
    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()
    refused: bool = False


@dataclass(frozen=True, slots=True)
class _Compared:
    """A log file beside what its digest states."""

    problems: tuple[Problem, ...] = ()
    changes: tuple[TrailChange, ...] = ()
    unknown: bool = False


def validate_day(place: Place, day: date, scope: Scope) -> DayResult:
    """The digests of a place that end on a day, the log files they name, and those delivered then."""
    try:
        digests, strays = _digests(place, day, scope)
        listed = _logs(place, day, scope)
    except SourceError as error:
        problem = Problem(Kind.UNREAD, Weight.UNKNOWN, About.PLACE, place, f"{day:%Y-%m-%d}: {error}")
        return DayResult(place, day, problems=(problem,), complete=False)
    read = _proved_by_later(list(_spread(scope.pool, lambda name: _read(name, scope), digests)), scope)
    return _Day(scope, place, day, strays).result(read, listed)


def next_digest(last: Link, scope: Scope) -> Link | None:
    """The digest after one, wherever it lies beyond the period; None when it is not there or cannot be had."""
    after: list[DigestName] = []
    for day in (last.end.date(), last.end.date() + timedelta(days=1)):
        try:
            names = map(digest_name, scope.store.keys(last.place.digests(day)))
            after += [name for name in names if name and name.chain == last.chain and name.end > last.end]
        except SourceError:
            continue
    # An object that was put between two digests is not one of the chain.
    for name in sorted(after, key=lambda name: name.end)[:_TRIED]:
        read = _read(name, scope)
        if read.refused or read.link.trusted:
            return None if read.refused else read.link
    return None


def last_before(store: Store, place: Place, period: Period) -> list[DigestName]:
    """The hourly digests that end right before a period, so that their chains go on in it; none where listing fails."""
    since = period.since
    found: list[DigestName] = []
    for day in sorted({(since - HOUR - JITTER).date(), since.date()}):
        try:
            names = [name for name in map(digest_name, store.keys(place.digests(day))) if name is not None]
        except SourceError:
            continue
        found += [name for name in names if not name.chain.backfill and since - HOUR - JITTER < name.end <= since]
    return found


class _Day:
    """What comes of the digests of a day once they are read."""

    def __init__(self, scope: Scope, place: Place, day: date, strays: Sequence[Problem]) -> None:
        self._scope = scope
        self._place = place
        self._day = day
        self._problems = list(strays)
        self._changes: list[TrailChange] = []
        self._complete = True
        self._links: list[Link] = []

    def result(self, read: Sequence[_Read], listed: Sequence[str]) -> DayResult:
        stretches = []
        named: set[tuple[str, str]] = set()
        compared = self._all_compared(read)
        for chain in sorted({each.link.chain for each in read}):
            mine = _set_aside([each for each in read if each.link.chain == chain])
            chaining = Chaining(self._scope.keys, (each.link.key for each in mine))
            for each in mine:
                self._complete = self._complete and not each.refused
                link = self._with_logs(each, list(islice(compared, len(self._to_compare(each)))), chaining)
                chaining.add(link)
                self._links += [link] if self._scope.keep else []
                chaining.problems += each.problems
                named.update((entry.bucket, entry.key) for entry in each.entries if link.proof is not Proof.INVALID)
            stretch = chaining.stretch()
            stretches += [ChainStretch(chain, stretch)] if stretch else []
        # An object here of the same key as one of another bucket is not the one that is named.
        bucket = self._scope.store.bucket
        inside = {key for of, key in named if of == bucket}
        here = set(listed)
        return DayResult(
            self._place,
            self._day,
            tuple(stretches),
            tuple(sorted(here - inside)),
            tuple(sorted(inside - here)),
            tuple(self._problems),
            tuple(self._changes),
            len(here),
            self._complete,
            tuple(self._links),
            tuple(sorted(each for each in named if each[0] != bucket)),
        )

    def _to_compare(self, read: _Read) -> Sequence[Entry]:
        """The log files of a digest that are compared: of a trail that is asked for, named by what may be valid."""
        reported = self._scope.trail in {"", read.link.chain.trail}
        return read.entries if reported and read.link.proof is not Proof.INVALID else ()

    def _all_compared(self, read: Sequence[_Read]) -> Iterator[_Compared]:
        """What comes of the log files of all digests, in their order: read together, so that none waits for another."""
        pairs = ((entry, each.link) for each in read for entry in self._to_compare(each))
        return _spread(self._scope.pool, lambda pair: _compared(*pair, self._scope), pairs)

    def _with_logs(self, read: _Read, compared: Sequence[_Compared], chaining: Chaining) -> Link:
        """The link with how many of its log files are as it states; the others are counted and told."""
        matching = invalid = unknown = 0
        for found in compared:
            chaining.problems += found.problems
            self._changes += found.changes
            if found.unknown:
                unknown += 1
                self._complete = False
            elif found.problems:
                invalid += 1
            else:
                matching += 1
        chaining.logs_found(Tally(invalid=invalid, unknown=unknown))
        return replace(read.link, matching=matching)


def _proved_by_later(read: Sequence[_Read], scope: Scope) -> list[_Read]:
    """Digests without signatures of their own, each proved by the one after it, from the last one back.

    So what one says of the one before it counts only once it is proved itself: an altered one accuses no other.
    """
    found: list[_Read] = []
    after: Link | None = None
    for each in reversed(read):
        link = each.link
        if link.proof is Proof.PENDING and (after is None or after.chain != link.chain):
            after = next_digest(link, scope)
        found.append(_proved_by(each, after, scope))
        after = found[-1].link if found[-1].link.trusted else after
    return found[::-1]


def _proved_by(read: _Read, after: Link | None, scope: Scope) -> _Read:
    """A digest with what the one after it proves, if that names it and may be believed."""
    link = read.link
    if link.proof is not Proof.PENDING or after is None or after.previous is None:
        return read
    if not (after.trusted and names(after, link)):
        return read
    link, problems = proved(link, after.previous.signature, scope.keys)
    return replace(read, link=link, problems=(*read.problems, *problems), refused=link.proof is Proof.UNKNOWN)


def _set_aside(read: Sequence[_Read]) -> list[_Read]:
    """The digests of a chain, what was put between two of them told apart: nothing is said of its neighbours."""
    found: list[_Read] = []
    before: Link | None = None
    for number, each in enumerate(read):
        after = next((other.link for other in read[number + 1 :] if other.link.trusted), None)
        put = each.link.proof is Proof.INVALID and not each.link.trusted
        if put and before is not None and after is not None and names(after, before):
            found.append(replace(each, link=replace(each.link, aside=True)))
        else:
            before = each.link
            found.append(each)
    return found


def _digests(place: Place, day: date, scope: Scope) -> tuple[list[DigestName], list[Problem]]:
    """The digests of a day that belong to the period, by their end, and what else lies among them."""
    period = scope.period
    found, strays = [], []
    for key in scope.store.keys(place.digests(day)):
        name = digest_name(key)
        if name is None or name.place != place or name.end.date() != day:
            if not key.endswith("/"):
                why = "it is not named as a digest file of its folder is"
                strays.append(of_digest(Kind.STRAY, place, None, url_of(scope.store.bucket, key), why))
        elif period.since < name.end < period.until + HOUR:
            found.append(name)
    return sorted(found, key=lambda name: (name.chain, name.end)), strays


def _logs(place: Place, day: date, scope: Scope) -> list[str]:
    """The log files of a day that were delivered in the period, and those whose names are of another day."""
    period = scope.period
    found = []
    for key in scope.store.keys(place.logs(day)):
        name = log_name(key)
        delivered = name.delivered if name else None
        inside = delivered is None or (period.since <= delivered and delivered + MINUTE <= period.until)
        inside = inside or not is_of(day, delivered)
        if inside and not key.endswith("/"):
            found.append(key)
    return found


def _read(name: DigestName, scope: Scope) -> _Read:
    """A digest file from the store, proved as far as its own signature is at hand."""
    bucket = scope.store.bucket
    url = url_of(bucket, name.key)
    try:
        stored = scope.store.read(bucket, name.key, DIGEST_LIMIT)
    except SourceError as error:
        return _unread(name, bucket, unseen_digest(Kind.UNREAD, name.place, name.chain, url, str(error)), refused=True)
    if stored is None:
        return _unread(name, bucket, of_digest(Kind.NOT_FOUND, name.place, name.chain, url, "not found"))
    member = unpack(stored.data, DIGEST_LIMIT)
    if len(stored.data) > DIGEST_LIMIT or member.fault is Fault.LONG:
        why = _LONG.format(DIGEST_LIMIT)
        return _unread(name, bucket, unseen_digest(Kind.FORMAT, name.place, name.chain, url, why))
    digest = None if member.fault is Fault.FORMAT else parse_digest(member.content)
    fault = _fault(name, bucket, digest, member.fault)
    if fault is not None or digest is None:
        kind, why = fault or (Kind.FORMAT, Fault.FORMAT.value)
        return _unread(name, bucket, of_digest(kind, name.place, name.chain, url, why))
    return _proved(name, bucket, digest, member.content, stored, scope)


def _fault(name: DigestName, bucket: str, digest: Digest | None, packed: Fault) -> tuple[Kind, str] | None:
    """Why a digest file is not the one that belongs at its place."""
    if digest is None:
        return Kind.FORMAT, Fault.FORMAT.value
    if (digest.bucket, digest.key) != (bucket, name.key):
        return Kind.MOVED, "has been moved from its original location"
    if packed is not Fault.NONE:
        return Kind.FORMAT, packed.value
    if digest.account != name.place.account or abs(digest.end - name.end) >= MINUTE:
        return Kind.FORMAT, "its content is of another account or time than its name"
    if digest.algorithm != ALGORITHM:
        return Kind.FORMAT, f"its signature algorithm is not {ALGORITHM}"
    return None


def _proved(name: DigestName, bucket: str, digest: Digest, content: bytes, stored: Stored, scope: Scope) -> _Read:
    signed = digest.end
    generated = parse_time(stored.generated) if name.chain.backfill and stored.generated else None
    if generated is not None and abs(generated - digest.end) < _BACKFILLED:
        signed = generated
    link = Link(
        name.place,
        name.chain,
        bucket,
        name.key,
        digest.start,
        digest.end,
        digest.end_text,
        sha256(content).hexdigest(),
        digest.fingerprint,
        stored.signature.lower(),
        digest.previous,
        Proof.PENDING,
        trusted=True,
        signed=signed,
    )
    if not stored.signature:
        return _Read(replace(link, rewritten=scope.store.signed), digest.entries)
    link, problems = proved(link, link.signature, scope.keys)
    return _Read(link, digest.entries, problems, refused=link.proof is Proof.UNKNOWN)


def _unread(name: DigestName, bucket: str, problem: Problem, *, refused: bool = False) -> _Read:
    """A digest file whose content tells nothing: it is taken as that of the hour before its end."""
    proof = Proof.INVALID if problem.weight is Weight.INVALID else Proof.UNKNOWN
    start = name.end - HOUR
    link = Link(
        name.place, name.chain, bucket, name.key, start, name.end, "", "", "", "", None, proof,
        trusted=False, signed=name.end,
    )  # fmt: skip
    return _Read(link, (), (problem,), refused)


def _compared(entry: Entry, link: Link, scope: Scope) -> _Compared:
    """A log file from the store beside its entry in a digest."""
    place, chain, url = link.place, link.chain, url_of(entry.bucket, entry.key)

    def wrong(kind: Kind, *whys: str) -> _Compared:
        return _Compared(tuple(of_log(kind, place, chain, url, why) for why in whys))

    def unseen(why: str) -> _Compared:
        return _Compared((unseen_log(Kind.UNREAD, place, chain, url, why),), unknown=True)

    name = log_name(entry.key)
    if name is None or (name.account, name.region) != (place.account, place.region):
        return wrong(Kind.LOG_FOREIGN, f"it is not a log file of account {place.account} in {place.region}")
    try:
        stored = _stored(entry, link, scope)
    except SourceError as error:
        return unseen(str(error))
    if stored is None:
        return wrong(Kind.LOG_NOT_FOUND, "not found")
    member = unpack(stored.data, LOG_LIMIT)
    if len(stored.data) > LOG_LIMIT or member.fault is Fault.LONG:
        return unseen(_LONG.format(LOG_LIMIT))
    fault = _log_fault(member, entry)
    if fault is not None:
        return wrong(*fault)
    told = contradictions(member.content, name, entry)
    changes = trail_changes(member.content, place.account)
    return replace(wrong(Kind.RECORD, *told), changes=changes)


def _stored(entry: Entry, link: Link, scope: Scope) -> Stored | None:
    """A log file; another bucket is asked for it only where AWS signed that it is there. Raises SourceError."""
    if entry.bucket != link.bucket and link.proof is not Proof.VALID:
        raise SourceError("the digest file that names it there is not proved, so that this bucket was not asked.")
    return scope.store.read(entry.bucket, entry.key, LOG_LIMIT)


def _log_fault(member: Member, entry: Entry) -> tuple[Kind, str] | None:
    """Why a log file is not what its digest states."""
    if member.fault is not Fault.NONE:
        return _FAULTS[member.fault], member.fault.value
    if sha256(member.content).hexdigest() != entry.sha256:
        return Kind.LOG_HASH, "hash value doesn't match"
    return None


_FAULTS = {Fault.FORMAT: Kind.LOG_FORMAT, Fault.CUT: Kind.LOG_CUT, Fault.TRAILING: Kind.LOG_TRAILING}


def _spread(pool: ThreadPoolExecutor | None, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """What ``work`` gives for each item, in their order, with a bounded number under way."""
    if pool is None:
        yield from map(work, items)
        return
    most = 4 * pool._max_workers  # noqa: SLF001 - the pool is ours, and has no other name for it
    waiting: deque[Future[R]] = deque()
    for item in items:
        waiting.append(pool.submit(work, item))
        if len(waiting) >= most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
