"""The KMS keys that encrypt the audit path, and the event data stores, as things that calls are made for.

A key is asked for in the Region of its ARN, else in that of what names it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.arns import parse_arn
from scanner.audit_path.members import list_member, text_member
from scanner.audit_path.places import (
    BUCKET_ENCRYPTION,
    BUCKETS,
    EVENT_LOG_GROUP_LISTING,
    HEAD_BUCKET,
    LOG_GROUP_LISTING,
    REGIONS,
    TRAIL_LISTING,
    named_key,
    own_log_groups,
)
from scanner.audit_path.stores import event_log_groups, visible_trails
from scanner.audit_path.topics import ABOUT_TOPICS, TOPICS
from scanner.facts.uses import Look, Thing, Things, Use

STORES_PAGE: Mapping[str, Any] = {"MaxResults": 1000}
"""How event data stores are listed: with one call, as there is room for more than an account may have per Region."""

AWS_ALIAS = "alias/aws/"
"""How the aliases of AWS managed keys begin; nobody else can make such a one (KMS API reference, ``CreateAlias``)."""


def _trail_keys(look: Look) -> Iterator[Thing]:
    for trail in visible_trails(look.snapshot, look.account).trails:
        yield from named_key(trail.told("KmsKeyId"), trail.region)


TRAIL_KEYS = Things("trail-key", _trail_keys, (TRAIL_LISTING,))
"""Each KMS key of a trail."""


def _log_group_keys(look: Look) -> Iterator[Thing]:
    for group in own_log_groups(look.snapshot, look.account):
        arguments = {"logGroupNamePrefix": group.name}
        answer = look.snapshot.ask(look.account, group.region, LOG_GROUP_LISTING.operation, arguments)
        for _, listed in answer.items("logGroups"):
            if text_member(listed, "logGroupName") == group.name:
                yield from named_key(text_member(listed, "kmsKeyId"), group.region)
    for group in event_log_groups(look.snapshot, look.account).groups:
        yield from named_key(group.key, group.region)


LOG_GROUP_KEYS = Things("log-group-key", _log_group_keys, (TRAIL_LISTING, LOG_GROUP_LISTING, EVENT_LOG_GROUP_LISTING))
"""Each KMS key of a log group that CloudTrail's events reach, by a trail or without one."""


def _bucket_keys(look: Look) -> Iterator[Thing]:
    # An id or alias means a key of the bucket's own Region, once HeadBucket has told it.
    for thing in look.each(BUCKETS):
        bucket = thing.facts["bucket"]
        owned = {"Bucket": bucket, "ExpectedBucketOwner": look.account}
        head = look.snapshot.ask(look.account, thing.region, HEAD_BUCKET.operation, owned)
        region = text_member(head.first, "BucketRegion") or thing.region
        answer = look.snapshot.ask(look.account, thing.region, BUCKET_ENCRYPTION.operation, {"Bucket": bucket})
        for rule in list_member(answer.first.get("ServerSideEncryptionConfiguration"), "Rules"):
            default = rule.get("ApplyServerSideEncryptionByDefault") if isinstance(rule, Mapping) else None
            yield from named_key(text_member(default, "KMSMasterKeyID"), region)


BUCKET_KEYS = Things("bucket-key", _bucket_keys, (TRAIL_LISTING, HEAD_BUCKET, BUCKET_ENCRYPTION))
"""Each KMS key of the default encryption of a log bucket."""

STORE_LISTING = Use("cloudtrail.ListEventDataStores", per=REGIONS)


def _event_data_stores(look: Look) -> Iterator[Thing]:
    for region in look.snapshot.regions(look.account):
        answer = look.snapshot.ask(look.account, region, STORE_LISTING.operation, STORES_PAGE)
        for _, listed in answer.items("EventDataStores"):
            if store := text_member(listed, "EventDataStoreArn"):
                yield Thing(region, {"store": store})


EVENT_DATA_STORES = Things("event-data-store", _event_data_stores, (STORE_LISTING,))
"""Each event data store of CloudTrail Lake."""

EVENT_DATA_STORE = Use("cloudtrail.GetEventDataStore", per=EVENT_DATA_STORES)


def _event_data_store_keys(look: Look) -> Iterator[Thing]:
    for thing in look.each(EVENT_DATA_STORES):
        asked = {"EventDataStore": thing.facts["store"]}
        answer = look.snapshot.ask(look.account, thing.region, EVENT_DATA_STORE.operation, asked)
        yield from named_key(text_member(answer.first, "KmsKeyId"), thing.region)


STORE_KEYS = Things("event-data-store-key", _event_data_store_keys, (STORE_LISTING, EVENT_DATA_STORE))
"""Each KMS key of an event data store."""


def _keys(look: Look) -> Iterator[Thing]:
    named: list[Thing] = []
    for things in (STORE_KEYS, TRAIL_KEYS, LOG_GROUP_KEYS, BUCKET_KEYS, ABOUT_TOPICS.keys):
        named += (*look.each(things), *look.elsewhere(things))
    for thing in named:
        if not _resource_name(thing.facts["key"]).startswith(AWS_ALIAS):
            yield thing


def _resource_name(key: str) -> str:
    """A key's name without the rest of its ARN: ``key/<id>`` or ``alias/<name>``."""
    arn = parse_arn(key)
    return arn.resource if arn else key


KEYS = Things(
    "key",
    _keys,
    (
        *TOPICS.named_by,
        ABOUT_TOPICS.attributes,
        LOG_GROUP_LISTING,
        EVENT_LOG_GROUP_LISTING,
        HEAD_BUCKET,
        BUCKET_ENCRYPTION,
        STORE_LISTING,
        EVENT_DATA_STORE,
    ),
)
"""Each KMS key of a trail, a log group, a log bucket, a topic or an event data store, as these name it.

Aliases of AWS managed keys are left out: nobody can disable, share or rotate these.
"""

KEY = Use("kms.DescribeKey", per=KEYS)


def _key_arns(look: Look) -> Iterator[Thing]:
    # What is named by an alias is asked by its ARN, which DescribeKey tells; nothing is asked about a key of AWS.
    for thing in look.each(KEYS):
        name = thing.facts["key"]
        metadata = look.snapshot.ask(look.account, thing.region, KEY.operation, {"KeyId": name}).first.get(
            "KeyMetadata"
        )
        arn = text_member(metadata, "Arn") or ("" if _resource_name(name).startswith("alias/") else name)
        if arn and text_member(metadata, "KeyManager") != "AWS":
            yield Thing(thing.region, {"key": arn})


KEY_ARNS = Things("key-arn", _key_arns, (*KEYS.named_by, KEY))
"""Those of the keys that are not AWS's own, by the ARN that KMS gives."""
