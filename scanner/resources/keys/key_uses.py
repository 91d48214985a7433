"""What is encrypted with which KMS key: trails, their log groups and buckets, audit topics, event data stores."""

from dataclasses import dataclass
from typing import Any

from scanner.arns import parse_arn
from scanner.audit_path.keys import AWS_ALIAS, EVENT_DATA_STORE, STORE_LISTING, STORES_PAGE
from scanner.audit_path.places import HEAD_BUCKET, LOG_GROUP_LISTING
from scanner.audit_path.stores import (
    audit_log_groups,
    enabled_regions,
    event_log_groups,
    foreign_group,
    mappings,
    told_by_owner,
    visible_trails,
)
from scanner.facts.facts import checked
from scanner.facts.rows import Row
from scanner.model import Gap, GapKind, Source
from scanner.resources.monitoring.sns import audit_topic_view
from scanner.resources.storage.s3 import log_bucket_view
from scanner.snapshot.answers import Snapshot
from scanner.snapshot.partly import NotKnownError


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key as one of its users names it: by id, ARN, alias or alias ARN.

    ``region`` is where the key is, as far as the name or else its user tells; ``user`` is the user's ARN, with
    ``kind`` and ``name`` for sentences. ``owner`` is the account of the user, "" where it is not known.
    """

    key: str
    region: str
    user: str
    kind: str
    name: str
    owner: str
    sources: tuple[Source, ...]

    @property
    def words(self) -> str:
        """The user as a sentence calls it: ``trail main``."""
        return f"{self.kind} {self.name}"


def key_uses(snapshot: Snapshot, account: str) -> tuple[list[KeyUse], list[Gap]]:
    """Every use of a KMS key of the audit trail, and the gaps behind which others may be.

    Aliases of AWS managed keys are left out: nobody can disable, share or rotate these. Source: CloudTrail API
    reference, ``Trail`` and ``GetEventDataStore``; CloudWatch Logs API reference, ``LogGroup``; Amazon S3 API
    reference, ``ServerSideEncryptionByDefault``; Amazon SNS API reference, ``GetTopicAttributes``.
    """
    gaps: list[Gap] = []
    uses = [
        *_of_trails(snapshot, account, gaps),
        *_of_log_groups(snapshot, account, gaps),
        *_of_buckets(snapshot, account, gaps),
        *_of_topics(snapshot, account, gaps),
        *_of_event_data_stores(snapshot, account, gaps),
    ]
    return uses, gaps


def _use(key: object, otherwise: str, user: str, name: tuple[str, str], owner: str, *sources: Source) -> list[KeyUse]:
    if not isinstance(key, str) or not key:
        return []
    arn = parse_arn(key)
    if (arn.resource if arn else key).startswith(AWS_ALIAS):
        return []
    return [KeyUse(key, (arn.region if arn else "") or otherwise, user, *name, owner, sources)]


def _of_trails(snapshot: Snapshot, account: str, gaps: list[Gap]) -> list[KeyUse]:
    visible = visible_trails(snapshot, account)
    gaps += visible.gaps
    found: list[KeyUse] = []
    for trail in visible.trails:
        named = ("trail", trail.text("Name") or trail.arn.rpartition("/")[2])
        try:
            found += _use(trail.data.get("KmsKeyId"), trail.region, trail.arn, named, trail.account, trail.source)
        except NotKnownError as error:
            gaps.append(error.gap)
    return found


def _of_log_groups(snapshot: Snapshot, account: str, gaps: list[Gap]) -> list[KeyUse]:
    found: list[KeyUse] = []
    for group in audit_log_groups(visible_trails(snapshot, account)):
        arguments = {"logGroupNamePrefix": group.name}
        if group.account != account:
            if not told_by_owner(snapshot, account, group):
                gaps.append(foreign_group(snapshot, account, group, LOG_GROUP_LISTING.operation, arguments))
            continue
        answer = snapshot.ask(account, group.region, LOG_GROUP_LISTING.operation, arguments)
        if answer.gap is not None:
            gaps.append(answer.gap)
        for pointer, item in mappings(answer, "logGroups"):
            if item.get("logGroupName") == group.name:
                source = Source(answer.key, pointer)
                named = ("log group", group.name)
                found += _use(item.get("kmsKeyId"), group.region, group.arn, named, account, source)
    return found + _of_event_log_groups(snapshot, account, gaps)


def _of_event_log_groups(snapshot: Snapshot, account: str, gaps: list[Gap]) -> list[KeyUse]:
    """Keys of the log groups that CloudTrail events enter without a trail."""
    listed = event_log_groups(snapshot, account)
    gaps += listed.gaps
    found: list[KeyUse] = []
    for group in listed.groups:
        sources = (group.listed,) if group.listed else ()
        found += _use(group.key, group.region, group.arn, ("log group", group.name), account, *sources)
    return found


def _of_buckets(snapshot: Snapshot, account: str, gaps: list[Gap]) -> list[KeyUse]:
    """Default keys of log buckets. Whose bucket it is decides whose key an id or alias means."""
    view = log_bucket_view(snapshot, account)
    gaps += view.gaps
    found: list[KeyUse] = []
    for row in view.rows:
        if "Encryption" in row.gaps and _is_held(snapshot, account, row):
            continue
        encryption = _known(row, "Encryption", gaps) or {}
        if not str(encryption.get("SSEAlgorithm")).startswith("aws:kms"):
            continue
        owner = row.data.get("OwnerAccount")
        named = ("bucket", str(row.data["Name"]))
        sources = (*row.sources, *row.cites.get("Encryption", ()))
        region = _bucket_region(snapshot, account, row)
        key = encryption.get("KMSMasterKeyID")
        found += _use(key, region or row.region, row.id, named, owner if isinstance(owner, str) else "", *sources)
    return found


def _is_held(snapshot: Snapshot, account: str, row: Row) -> bool:
    """Whether a bucket is another account's that was looked at and sees a trail of it: its key is judged there."""
    owner = row.data.get("OwnerAccount")
    if not isinstance(owner, str) or owner == account or owner not in snapshot.accounts:
        return False
    trails = visible_trails(snapshot, owner).trails
    return any(trail.text("S3BucketName") == row.data["Name"] for trail in trails)


def _bucket_region(snapshot: Snapshot, account: str, row: Row) -> str:
    """The bucket's own Region, as far as HeadBucket tells it; an id or alias means a key of that Region."""
    arguments = {"Bucket": row.data["Name"], "ExpectedBucketOwner": account}
    told = snapshot.ask(account, row.region, HEAD_BUCKET.operation, arguments).first.get("BucketRegion")
    return told if isinstance(told, str) else ""


def _of_topics(snapshot: Snapshot, account: str, gaps: list[Gap]) -> list[KeyUse]:
    view = audit_topic_view(snapshot, account)
    gaps += view.gaps
    found: list[KeyUse] = []
    for row in view.rows:
        key = _known(row, "KmsMasterKeyId", gaps)
        arn = parse_arn(row.id)
        named = ("topic", arn.resource if arn else row.id)
        sources = (*row.sources, *row.cites.get("KmsMasterKeyId", ()))
        found += _use(key, row.region, row.id, named, arn.account if arn else "", *sources)
    return found


def _of_event_data_stores(snapshot: Snapshot, account: str, gaps: list[Gap]) -> list[KeyUse]:
    found: list[KeyUse] = []
    for region in enabled_regions(snapshot, account):
        listed = checked(snapshot.ask(account, region, STORE_LISTING.operation, STORES_PAGE), "EventDataStores", list)
        if listed.gap is not None:
            gaps.append(listed.gap)
        elif listed.first.get("NextToken"):
            reason = (
                f"{STORE_LISTING.operation} in {account}/{region} listed more event data stores than fit in one answer"
            )
            gaps.append(Gap(key=listed.key, kind=GapKind.NOT_COLLECTED, reason=reason))
        for pointer, item in mappings(listed, "EventDataStores"):
            name = item.get("EventDataStoreArn")
            if isinstance(name, str):
                found += _of_store(snapshot, account, region, name, Source(listed.key, pointer), gaps)
    return found


def _of_store(
    snapshot: Snapshot, account: str, region: str, name: str, source: Source, gaps: list[Gap]
) -> list[KeyUse]:
    """The key of an event data store; without one CloudTrail encrypts it with a key of its own."""
    answer = snapshot.ask(account, region, EVENT_DATA_STORE.operation, {"EventDataStore": name})
    if answer.gap is not None:
        gaps.append(answer.gap)
        return []
    arn, called = parse_arn(name), answer.first.get("Name")
    named = ("event data store", called if isinstance(called, str) and called else name)
    owner = arn.account if arn else account
    return _use(
        answer.first.get("KmsKeyId"), region, name, named, owner, source, Source(answer.key, "/pages/0/KmsKeyId")
    )


def _known(row: Row, name: str, gaps: list[Gap]) -> Any:
    """A field of a row; where it could not be collected, a key may be behind it."""
    if name in row.gaps:
        gaps.append(row.gaps[name])
    return row.data.get(name)
