"""The evidence of a period, read from bundles, a copy of the bucket, captured keys and a listing."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from scanner.arns import parse_arn
from scanner.audit_path.stores import LIST_TRAILS
from scanner.content.stated.statements import read_statements
from scanner.errors import SourceError, UsageError
from scanner.events.counting.results import LogResult
from scanner.integrity.judging.results import Report
from scanner.integrity.names import DIGESTS, digest_name, log_name
from scanner.integrity.problems import Weight
from scanner.integrity.reading.gzip_member import unpack
from scanner.integrity.reading.log_content import trail_changes
from scanner.integrity.stores.captured import read_captured
from scanner.period.evidence import (
    ApprovedStart,
    Bundles,
    Counts,
    DigestChain,
    Fault,
    Integrity,
    Lack,
    Listing,
    LogDay,
    PeriodEvidence,
    Records,
    SnapshotSeen,
    TrailChange,
    TrailSeen,
)
from scanner.period.spans import is_explained
from scanner.resources import RESOURCES
from scanner.runs.integrity.validating import AskedValidation, validate
from scanner.runs.periods.configurations import Configurations
from scanner.runs.periods.copies import COPY, log_paths
from scanner.runs.periods.inputs import HeldBundle, Inputs
from scanner.times import parse_day, parse_time, rfc3339
from scanner.wording import several

if TYPE_CHECKING:
    from scanner.files.log_source import LogSource
    from scanner.integrity.judging.stretches import Tally

KEYS, LISTING, STARTS = "period/public-keys.json", "period/listing.json", "period/starts.json"
STATEMENTS = "period/statements.yaml"
"""Where what was gathered lies in a bundle, below ``data/``."""

_LOG_LIMIT = 1024 * 1024 * 1024


class _Restored(msgspec.Struct, gc=False, rename={"expiry": "RestoreExpiryDate"}):
    expiry: str | None = None


class _Object(
    msgspec.Struct, gc=False, rename={"key": "Key", "storage_class": "StorageClass", "restore": "RestoreStatus"}
):
    key: str
    storage_class: str = "STANDARD"
    restore: _Restored | None = None


class _Written(
    msgspec.Struct,
    rename={
        "objects": "Contents",
        "charged": "RequestCharged",
        "prefix": "Prefix",
        "further": "NextToken",
        "page": "NextContinuationToken",
        "truncated": "IsTruncated",
    },
):
    """What ``aws s3api list-objects-v2`` prints; of a bucket without objects it prints no ``Contents``."""

    objects: list[_Object] | msgspec.UnsetType | None = msgspec.UNSET
    charged: Any = msgspec.UNSET
    prefix: Any = msgspec.UNSET
    further: Any = None
    page: Any = None
    truncated: Any = None

    @property
    def is_one(self) -> bool:
        """Whether it has a member by which a listing is known."""
        return any(each is not msgspec.UNSET for each in (self.objects, self.charged, self.prefix))

    @property
    def is_cut(self) -> bool:
        """Whether it says that more objects follow."""
        return bool(self.further or self.page or self.truncated)


class _Start(msgspec.Struct, forbid_unknown_fields=True):
    """An approved start, as people write it."""

    account: str
    trail: str
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    by: Annotated[str, msgspec.Meta(min_length=1)]
    why: str = ""


@dataclass(frozen=True, slots=True)
class ReadLogs:
    """What judging the log records gave, and the sources that they were read from."""

    result: LogResult
    sources: "Sequence[LogSource]"


def gathered(inputs: Inputs, logs: ReadLogs | None, configurations: Configurations) -> PeriodEvidence:
    """All that can be known of a period from its inputs: a pure function of the files."""
    seen = (_seen(held, configurations) for held in inputs.bundles)
    lacks = tuple(_unlisted(inputs.bundles))
    bundles = Bundles(source="the kept bundles", snapshots=tuple(seen), lacks=lacks)
    as_of = _as_of(inputs)
    evidence = PeriodEvidence(
        since=inputs.since,
        until=inputs.until,
        as_of=as_of,
        accounts=tuple(sorted(_accounts(inputs))),
        bundles=bundles,
        integrity=_integrity(inputs, as_of),
        listing=_listing(inputs, as_of),
        starts=_starts(inputs),
    )
    if inputs.statements is not None:
        evidence = replace(evidence, responses=read_statements(inputs.statements, STATEMENTS).responses)
    return evidence if logs is None else replace(evidence, records=_records(evidence, logs))


def _accounts(inputs: Inputs) -> set[str]:
    """The accounts that a bundle of the period shows, or the last before it, and those of the newest."""
    taken = [(held.snapshot.collected_at, held) for held in inputs.bundles]
    before = [held for at, held in taken if at <= inputs.since][-1:]
    within = [held for at, held in taken if inputs.since < at < inputs.until]
    found: set[str] = set()
    for held in (*before, *within, inputs.newest):
        found.update(held.snapshot.accounts)
    return found


def _as_of(inputs: Inputs) -> datetime:
    """When the logs were as they are looked at: when their keys were captured, else when the newest facts were."""
    collected = inputs.newest.snapshot.collected_at
    return read_captured(inputs.keys).captured if inputs.keys is not None else collected


def _seen(held: HeldBundle, configurations: Configurations) -> SnapshotSeen:
    snapshot = held.snapshot
    trails: dict[tuple[str, str, str], TrailSeen] = {}
    for account in snapshot.accounts:
        for row in RESOURCES["cloudtrail.trail"].view(snapshot, account).rows:
            trail = _trail(row.data, {name: gap.reason for name, gap in row.gaps.items()}, account)
            key = (trail.account, trail.region, trail.name)
            if key not in trails or trails[key].logging is None:
                trails[key] = trail
    ordered = tuple(trails[key] for key in sorted(trails))
    taken = snapshot.collected_at
    scopes = snapshot.run["scope"]["accounts"]
    return SnapshotSeen(
        name=held.name,
        identity=held.identity,
        taken=taken,
        previous=held.previous,
        accounts=tuple(sorted(snapshot.accounts)),
        trails=ordered,
        rules=configurations.rules,
        verdicts=configurations.verdicts(held),
        regions={account: tuple(scopes[account]["regions"]) for account in sorted(snapshot.accounts)},
    )


def _unlisted(bundles: Sequence[HeldBundle]) -> Iterator[Lack]:
    """The accounts and Regions whose trails no bundle lists, though one looked there."""
    listed: set[tuple[str, str]] = set()
    refused: dict[tuple[str, str], Lack] = {}
    for held in bundles:
        scopes = held.snapshot.run["scope"]["accounts"]
        for account in held.snapshot.accounts:
            gaps = RESOURCES["cloudtrail.trail"].view(held.snapshot, account).gaps
            reasons = {gap.region: gap.reason.rstrip(".") for gap in gaps if gap.operation == LIST_TRAILS}
            for region in scopes[account]["regions"]:
                if region in reasons:
                    why = f"bundle {held.name} does not tell which trails there are in {account}/{region}: "
                    refused[account, region] = Lack(f"{why}{reasons[region]}", account, region)
                else:
                    listed.add((account, region))
    yield from (lack for place, lack in sorted(refused.items()) if place not in listed)


def _trail(data: Mapping[str, object], gaps: Mapping[str, str], account: str) -> TrailSeen:
    arn = parse_arn(str(data.get("TrailARN", "")))
    told = data.get("Status")
    status = told if isinstance(told, Mapping) else {}
    logging = status.get("IsLogging")
    group = parse_arn(str(data.get("CloudWatchLogsLogGroupArn") or ""))
    return TrailSeen(
        account=arn.account if arn else account,
        region=str(data.get("HomeRegion", "")),
        name=str(data.get("Name", "")),
        arn=str(data.get("TrailARN", "")),
        bucket=str(data.get("S3BucketName", "")),
        logging=logging if isinstance(logging, bool) else None,
        started=parse_time(status.get("StartLoggingTime")),
        stopped=parse_time(status.get("StopLoggingTime")),
        multi_region=data.get("IsMultiRegionTrail") is True,
        organization=data.get("IsOrganizationTrail") is True,
        log_group=group.resource.removeprefix("log-group:").removesuffix(":*") if group else "",
        unknown=gaps.get("Status", ""),
    )


def _integrity(inputs: Inputs, as_of: datetime) -> Integrity:
    if inputs.logs is None:
        return Integrity(absent="no logs were given (--logs)")
    if inputs.keys is None:
        return Integrity(absent="no public keys were given to prove the digest files with (--public-keys)")
    if not any(path.name == DIGESTS for path in inputs.logs.rglob(DIGESTS)):
        return Integrity(absent="the logs hold no digest files: log file validation is off, or they were not copied")
    more = tuple(map(str, inputs.before))
    since, until = rfc3339(inputs.since), rfc3339(inputs.until)
    asked = AskedValidation(str(inputs.logs), since, until, public_keys=inputs.keys, more=more)
    try:
        report = validate(asked, max(as_of, inputs.until), lambda _done: None).report
    except SourceError as error:
        return Integrity(absent=f"the digest files could not be validated: {error.message.rstrip('.')}")
    return _of_report(report)


def _of_report(report: Report) -> Integrity:
    """A report of a validation as a part of the evidence."""
    chains = [
        DigestChain(
            account=each.place.account,
            region=each.place.region,
            trail=each.chain.trail,
            home=each.chain.home,
            since=each.start,
            until=each.end,
            digests=_counts(each.digests),
            logs=_counts(each.logs),
            missing=each.missing,
            backfill=each.chain.backfill,
        )
        for each in report.chains
    ]
    more = [
        Lack(f"{several(each.count, 'more problem')} of the kind {each.kind} are counted and not listed")
        for each in report.beyond
    ]
    return Integrity(
        source=COPY,
        lacks=tuple(more),
        since=report.period.since,
        until=min(report.period.until, report.period.now),
        chains=tuple(chains),
        faults=tuple(_faults(report)),
    )


def _counts(tally: "Tally") -> Counts:
    return Counts(tally.valid, tally.invalid, tally.unknown, tally.unproven)


def _faults(report: Report) -> Iterator[Fault]:
    for each in report.problems:
        yield Fault(
            kind=str(each.kind),
            proven=each.weight is Weight.INVALID,
            account=each.place.account,
            region=each.place.region,
            why=each.why,
            trail=each.chain.trail if each.chain else "",
            subject=each.subject,
            since=each.start,
            until=each.end,
            digests=each.digests,
            backfill=bool(each.chain and each.chain.backfill),
        )


def _records(evidence: PeriodEvidence, logs: ReadLogs) -> Records:
    """What the log files tell of trails. Only a valid digest chain vouches that they are all there."""
    changes = tuple(sorted(set(_changes(logs.sources)), key=lambda each: (each.at, each.event_id)))
    told = Records(
        source=COPY,
        since=evidence.since,
        until=evidence.until,
        records=logs.result.records,
        accounts=tuple(sorted(logs.result.accounts)),
        changes=changes,
    )
    with_changes = replace(evidence, records=told)
    return replace(told, lacks=(*_unread(logs.result), *_unproven(with_changes)))


def _changes(sources: "Sequence[LogSource]") -> Iterator[TrailChange]:
    for source in sources:
        name = log_name(source.name)
        if name is None or digest_name(source.name) is not None:
            continue
        try:
            content = unpack(source.read(), _LOG_LIMIT).content
        except SourceError:
            continue  # it is among what could not be read
        for each in trail_changes(content, name.account):
            yield TrailChange(each.event, each.trail, each.account, each.at, each.event_id, each.by, name.region)


def _unread(result: LogResult) -> Iterator[Lack]:
    for source in result.incomplete:
        name = log_name(source.source)
        why = f"{source.source} could not be read whole ({source.why})"
        yield Lack(why, name.account if name else "", name.region if name else "")


def _unproven(evidence: PeriodEvidence) -> Iterator[Lack]:
    """Where no digest chain vouches that the log files are those that were delivered, and all of them."""
    part = evidence.integrity
    if part.absent:
        yield Lack(f"nothing vouches that the log files are all there: {part.absent}")
        return
    for fault in part.faults:
        if not is_explained(evidence, fault):
            why = f"the log files are not vouched for whole: {fault.why}"
            yield Lack(why, fault.account, fault.region, fault.since, fault.until)
    covered = {(chain.account, chain.region) for chain in part.chains}
    for snapshot in evidence.bundles.snapshots:
        for trail in snapshot.trails:
            if (trail.account, trail.region) not in covered:
                yield Lack(
                    f"the logs hold no digest chain of {trail.account} in {trail.region}", trail.account, trail.region
                )


def _listing(inputs: Inputs, as_of: datetime) -> Listing:
    if inputs.listing is not None:
        return _listed(inputs.listing, as_of)
    if inputs.logs is None:
        return Listing(absent="no listing was given (--listing), and no logs (--logs)")
    days: dict[tuple[str, str, str], Counter[str]] = {}
    for root, path in log_paths(inputs):
        _count(days, path.relative_to(root).as_posix(), "", days_of=root.name)
    return Listing(source=COPY, taken=as_of, classed=False, days=_days(days, {}))


def _read_listing(path: Path) -> _Written:
    """Raises OSError, and DecodeError for another document."""
    written = msgspec.json.decode(path.read_bytes(), type=_Written)
    if not written.is_one:
        raise msgspec.DecodeError("it has no Contents")
    return written


def _listed(path: Path, as_of: datetime) -> Listing:
    """What ``aws s3api list-objects-v2 --optional-object-attributes RestoreStatus`` printed."""
    try:
        written = _read_listing(path)
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(
            f"{path} is not a listing: {error}.",
            "Write one with `aws s3api list-objects-v2 --bucket BUCKET --prefix AWSLogs/ "
            "--optional-object-attributes RestoreStatus > listing.json`.",
        ) from error
    days: dict[tuple[str, str, str], Counter[str]] = {}
    restored: Counter[tuple[str, str, str]] = Counter()
    for item in written.objects if isinstance(written.objects, list) else ():
        expiry = parse_time(item.restore.expiry) if item.restore is not None else None
        back = expiry is not None and expiry > as_of
        place = _count(days, item.key, "" if back else item.storage_class)
        if place is not None and back:
            restored[place] += 1
    lacks = (Lack("the listing was cut off: it says that more objects follow"),) if written.is_cut else ()
    return Listing(source=LISTING, lacks=lacks, taken=as_of, classed=True, days=_days(days, restored))


def _count(
    days: dict[tuple[str, str, str], Counter[str]], key: str, kind: str, days_of: str = ""
) -> tuple[str, str, str] | None:
    """Count a log file of the day it was delivered; None for what is not one."""
    name = log_name(key if "AWSLogs/" in key or not days_of else f"AWSLogs/{key}")
    if name is None or name.delivered is None or "/CloudTrail/" not in f"/{key}":
        return None
    place = (name.account, name.region, name.delivered.date().isoformat())
    days.setdefault(place, Counter())[kind] += 1
    return place


def _days(
    days: Mapping[tuple[str, str, str], Counter[str]], restored: Mapping[tuple[str, str, str], int]
) -> tuple[LogDay, ...]:
    found = []
    for (account, region, day), classes in sorted(days.items()):
        back = restored.get((account, region, day), 0)
        kinds = {name or "UNKNOWN": count for name, count in sorted(classes.items()) if name or not back}
        found.append(LogDay(account, region, _day(day), kinds, back))
    return tuple(found)


def _day(text: str) -> date:
    day = parse_day(text)
    if day is None:
        raise ValueError(f"{text} is not a day")
    return day


def _starts(inputs: Inputs) -> tuple[ApprovedStart, ...]:
    if inputs.starts is None:
        return ()
    try:
        read = msgspec.json.decode(inputs.starts.read_bytes(), type=list[_Start])
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(
            f"{inputs.starts} is not a file of approved starts: {error}.",
            'Write [{"account": "111122223333", "trail": "main", "at": "2026-03-01T09:00:00Z", "by": "who"}].',
        ) from error
    return tuple(ApprovedStart(each.account, each.trail, each.at, each.by, each.why) for each in read)
