"""From what is asked for to a report: the store is opened, its places are found, and every day is validated."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.aws.options import SESSION_NAME, Account, CollectOptions
from scanner.errors import SourceError, UsageError
from scanner.files.folders import require_folder
from scanner.integrity.judging.results import Period, Report
from scanner.integrity.names import MINUTE, Place
from scanner.integrity.proof.keys import KeyRing
from scanner.integrity.stores.captured import Captured, CapturedKeys, read_captured
from scanner.integrity.stores.folder import FolderStore, open_folder
from scanner.integrity.stores.store import Store
from scanner.integrity.validation.day import Scope
from scanner.integrity.validation.discovery import Chosen, places_of
from scanner.integrity.validation.journal import Header, open_journal
from scanner.integrity.validation.whole import Told, Validation
from scanner.runs.integrity.origins import Buckets, Folders
from scanner.runs.integrity.proofs import KeptProofs
from scanner.runs.over_logs.opening import moment
from scanner.times import rfc3339
from scanner.wording import listed

if TYPE_CHECKING:
    from scanner.aws.session import AwsSession
    from scanner.integrity.judging.gaps import Trouble
    from scanner.integrity.stores.bucket import BucketStore, ListedKeys

S3 = "s3://"


@dataclass(frozen=True, slots=True)
class AskedValidation:
    """What is to be validated, as it was asked for: times are texts, ``public_keys`` and ``state`` files.

    ``proofs`` says that the digests are kept as well, with what proves them. ``more`` are folders with copies of the
    buckets that chains come from, where ``source`` is a folder.
    """

    source: str
    since: str | None = None
    until: str | None = None
    accounts: tuple[str, ...] = ()
    trail: str = ""
    public_keys: Path | None = None
    state: Path | None = None
    account: Account = field(default_factory=Account)
    proofs: bool = False
    more: tuple[str, ...] = ()

    @property
    def online(self) -> bool:
        """Whether it is a bucket."""
        return self.source.lower().startswith(S3)

    @property
    def chosen(self) -> Chosen:
        """What of the store is validated."""
        return Chosen(self.accounts, self.account.regions, self.trail)

    def choosing(self) -> Iterator[tuple[str, str]]:
        """The options that choose what of the source is validated, each with one value."""
        yield from (("--account", account) for account in self.accounts)
        yield from (("--region", region) for region in self.account.regions)
        if self.trail:
            yield "--trail", self.trail

    def texts(self) -> dict[str, str]:
        """The options that say what is validated, as they were given."""
        given = {
            "--since": self.since or "",
            "--until": self.until or "",
            "--account": ",".join(sorted(self.accounts)),
            "--region": ",".join(sorted(self.account.regions)),
            "--trail": self.trail,
            "--bundle": "given" if self.proofs else "",
            "further folders": ", ".join(self.more),
        }
        return {name: text for name, text in given.items() if text}


@dataclass(frozen=True, slots=True)
class Validated:
    """A report with what it rests on: the public keys that were used, as a file of captured keys, and the digests.

    ``proofs`` are those as ``scanner.runs.integrity.proofs`` writes them, b"" where they were not kept. ``chosen`` are
    the options that chose what was validated.
    """

    report: Report
    keys: Captured
    proofs: bytes = b""
    chosen: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Opened:
    """A store and its keys. ``now`` is when the store was as it is."""

    store: Store
    prefix: str
    captured: Captured | None
    session: "AwsSession | None" = None


def validate(asked: AskedValidation, now: datetime, told: Told) -> Validated:
    """Validate what is asked for.

    Raises UsageError for a period, source, state file or file of keys that cannot be used and where there is nothing to
    validate, CollectError when AWS cannot be reached, SourceError when the source cannot be listed.
    """
    _check(asked)
    kept = KeptProofs() if asked.proofs else None
    opened = _opened(asked)
    origins = Folders(opened.store, asked.more) if not asked.online else Buckets(opened.store)
    period = period_of(asked, opened.captured if not asked.online else None, now)
    places = _places(asked, opened)
    _check_keys(opened, places)
    journal = open_journal(
        asked.state, Header(opened.store.label, _identity(asked), period.since, period.until, period.now)
    )
    try:
        period = Period(journal.header.since, journal.header.until, journal.header.now)
        keys, trouble = _keys(opened, period)
        validation = Validation(
            opened.store.label,
            opened.store,
            keys,
            period,
            asked.chosen,
            places,
            journal,
            trouble,
            told,
            partial(_in_another_process, asked, opened.captured, period) if asked.online else None,
            min(os.cpu_count() or 1, opened.store.workers),
            kept.keep if kept is not None else None,
            origins.opened,
        )
        report = validation.report()
        origins.check()
    finally:
        journal.close()
    proofs = kept.content() if kept is not None else b""
    return Validated(report, _used(opened, keys, report), proofs, tuple(asked.choosing()))


def _identity(asked: AskedValidation) -> dict[str, str]:
    """What a state file is of: the options, and of files and folders which they are, whatever they are named by."""
    told = asked.texts()
    if asked.state is None:
        return told
    if not asked.online:
        first, *more = (str(Path(each).resolve()) for each in (asked.source, *asked.more))
        told |= {"the folder": first, "further folders": ", ".join(more)}
    if asked.public_keys is not None:
        told["public keys of the SHA-256"] = sha256(asked.public_keys.read_bytes()).hexdigest()
    return told


def bucket_store(account: Account, source: str) -> "BucketStore":
    """The bucket that a URL names, behind a session that may validate and no more."""
    from scanner.aws.session import open_session
    from scanner.aws.stored.proof_operations import PROOF_OPERATIONS
    from scanner.aws.stored.quick_objects import QuickObjects
    from scanner.integrity.stores.bucket import BucketStore
    from scanner.log_sources.kinds.bucket import bucket_and_prefix

    bucket, prefix = bucket_and_prefix(f"{S3}{source[len(S3) :]}")
    options = CollectOptions(
        profile=account.profile,
        role_arn=account.role_arn,
        external_id=account.external_id,
        regions=account.regions,
        session_name=account.session_name or SESSION_NAME,
        workers=account.workers,
    )
    session = open_session(options, PROOF_OPERATIONS)
    return BucketStore(session, QuickObjects(session), bucket, prefix, account.workers)


def _in_another_process(asked: AskedValidation, captured: Captured | None, period: Period, sharing: int) -> Scope:
    """What a process looks at that shares the days: the same store and keys, opened there, its part of the reads."""
    from scanner.integrity.stores.bucket import ListedKeys

    store = bucket_store(asked.account, asked.source)
    keys = CapturedKeys(captured) if captured else ListedKeys(store.session, period)
    pool = ThreadPoolExecutor(max(1, store.workers // sharing), thread_name_prefix="read")
    return Scope(store, keys, period, asked.trail, pool, asked.proofs)


def _opened(asked: AskedValidation) -> _Opened:
    captured = read_captured(asked.public_keys) if asked.public_keys else None
    if asked.online:
        store = bucket_store(asked.account, asked.source)
        return _Opened(store, store.prefix, captured, store.session)
    require_folder(Path(asked.source), "Name a copy of the bucket, or s3://bucket/prefix.")
    if captured is None:
        raise UsageError(
            f"{asked.source} is a folder, and no public keys are named to prove its digest files with.",
            "Capture them while online with `trailwitness integrity capture s3://bucket -o FILE`, and name the file "
            "with --public-keys.",
        )
    folder: FolderStore = open_folder(Path(asked.source), captured)
    return _Opened(folder, folder.base, captured)


def period_of(asked: AskedValidation, captured: Captured | None, now: datetime) -> Period:
    """The period that is meant. The end of a copy is that of the captured keys, unless another is named."""
    since = moment(asked.since, "--since", now)
    until = moment(asked.until, "--until", now, end=True)
    if since is None:
        raise UsageError("The period has no beginning.", "Give --since, such as 2026-11-01 or 30d.")
    if since >= now:
        raise UsageError(
            f"The period begins in the future, at {rfc3339(since)}.",
            "Name one that has begun with --since and --until.",
        )
    if until is None and captured is not None:
        now = min(captured.captured, now)
        if since >= now:
            raise UsageError(
                f"The period begins at {rfc3339(since)}, and the public keys were captured at {rfc3339(now)}.",
                "Capture them and copy the bucket again, or name an earlier --since.",
            )
    until = min(until or now, now)
    if since > until:
        ends = rfc3339(until.replace(microsecond=0))
        raise UsageError(f"The period ends ({ends}) before it begins ({rfc3339(since)}).", "Swap --since and --until.")
    # The end of a day is its last microsecond; digest files and log files tell seconds at most.
    since, until = since.replace(microsecond=0), min(_whole_second(until), now)
    if until - since < MINUTE:
        raise UsageError(
            f"The period, {rfc3339(since)} to {rfc3339(until)}, is shorter than a minute.",
            "Name an earlier --since or a later --until: a digest file covers an hour.",
        )
    return Period(since, until, now)


def _whole_second(moment: datetime) -> datetime:
    """A time, or the whole second after it."""
    return moment if not moment.microsecond else moment.replace(microsecond=0) + timedelta(seconds=1)


def _places(asked: AskedValidation, opened: _Opened) -> list[Place]:
    """What is validated. Raises UsageError when there is nothing of CloudTrail's."""
    places = places_of(opened.store, opened.prefix, asked.chosen)
    if not places:
        regions = asked.account.regions
        wanted = [*map("--account {}".format, asked.accounts), *map("--region {}".format, regions)]
        chosen = f" that {listed(wanted, 'and')} {'chooses' if len(wanted) == 1 else 'choose'}" if wanted else ""
        raise UsageError(
            f"There are no digest files below {opened.store.label}{chosen}, nor log files.",
            "Name the bucket, or the prefix above AWSLogs. Where everything may be deleted, name --account and "
            "--region: each hour that must be there is then looked for.",
        )
    return places


def _check_keys(opened: _Opened, places: list[Place]) -> None:
    """Refuse captured keys of none of the Regions. Raises UsageError."""
    held = CapturedKeys(opened.captured).regions if opened.captured is not None else frozenset()
    regions = {place.region for place in places}
    if opened.captured is not None and not regions & held:
        raise UsageError(
            f"The captured public keys are of {listed(sorted(held), 'and') or 'no Region'}, and the digest "
            f"files of {listed(sorted(regions), 'and')}: each Region signs with keys of its own.",
            "Name the file that was captured from this bucket.",
        )


def _keys(opened: _Opened, period: Period) -> "tuple[KeyRing, Trouble]":
    """Where the public keys come from, and who is asked about gaps."""
    if opened.captured is not None and opened.session is None:
        return CapturedKeys(opened.captured), _nobody
    from scanner.integrity.stores.bucket import DeliveryTrouble, ListedKeys

    session = opened.session
    if session is None:
        raise SourceError("There is nobody to ask for public keys.")
    trouble = DeliveryTrouble(session, period.now)
    return (CapturedKeys(opened.captured) if opened.captured else ListedKeys(session, period)), trouble


def _nobody(_gap: object) -> str:
    """Offline nobody can be asked about a gap."""
    return ""


def _used(opened: _Opened, keys: "KeyRing | ListedKeys", report: Report) -> Captured:
    """The public keys that digests were proved with, and the signatures of the newest of them."""
    if opened.captured is not None:
        return opened.captured
    from scanner.integrity.reading.digest import ALGORITHM
    from scanner.integrity.stores.bucket import ListedKeys
    from scanner.integrity.stores.captured import SCHEMA, CapturedSignature

    if not isinstance(keys, ListedKeys):
        raise SourceError("There is nobody to ask for public keys.")
    for region in sorted({each.place.region for each in report.chains}):
        keys.list_for(region)  # other processes may have proved by keys that this one did not need
    newest = tuple(
        CapturedSignature(each.newest, each.signature, ALGORITHM) for each in report.chains if each.signature
    )
    held = (tuple(keys.asked), tuple(keys.keys), newest)
    return Captured(SCHEMA, opened.store.label, opened.store.bucket, report.period.now, *held)


def _check(asked: AskedValidation) -> None:
    """Refuse what cannot be, and options that do not go together. Raises UsageError."""
    if not asked.source.strip():
        raise UsageError("The source is empty and names nothing.", "Name s3://bucket/prefix, or a copy of it.")
    if asked.online and asked.more:
        raise UsageError(
            f"{asked.more[0]} is named beside a bucket, and chains are followed from bucket to bucket by themselves.",
            "Name the bucket alone: the one that the trail delivers to now.",
        )
    if "/" in asked.trail or ":" in asked.trail:
        raise UsageError(f"--trail {asked.trail} is not the name of a trail.", "Write its name, not its ARN.")
    for account in asked.accounts:
        if not (len(account) == 12 and account.isdecimal() and account.isascii()):
            raise UsageError(f"--account {account} is not the id of an account.", "Write its twelve digits.")
    reached = asked.account
    if not asked.online and (reached.profile or reached.role_arn or reached.external_id):
        raise UsageError("AWS options are given, but nothing is read from AWS.", "Drop them.")
    if reached.external_id and not reached.role_arn:
        raise UsageError("--external-id is given without --role-arn.", "Name the role to assume.")
