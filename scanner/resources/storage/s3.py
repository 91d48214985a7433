"""S3: the buckets that trails deliver their log files to."""

from collections.abc import Mapping, Sequence
from typing import Any

from scanner.arns import global_region, parse_arn
from scanner.audit_path.keys import BUCKET_KEYS
from scanner.audit_path.places import (
    ACCOUNT,
    BUCKET_ENCRYPTION,
    BUCKET_OWNERSHIPS,
    BUCKETS,
    HEAD_BUCKET,
    LOG_GROUP_LISTING,
    TRAIL_LISTING,
    TRAIL_STATUS,
)
from scanner.audit_path.stores import (
    VisibleTrail,
    VisibleTrails,
    mappings,
    visible_trails,
)
from scanner.facts.facts import Facts, checked, lacking, member, undecided
from scanner.facts.owners import ask_about_key
from scanner.facts.rows import Existence, Field, Held, ResourceType, Row, View, view_of
from scanner.facts.uses import Use
from scanner.model import Gap, RuleId, Source
from scanner.policies.statements import policy_object
from scanner.resources.storage.access_logs import ACCESS_LOGS, take_access_logs
from scanner.resources.storage.apart import APART, APART_FIELDS, take_apart
from scanner.resources.storage.lifecycle import LogKeys, lifecycle_facts, log_keys
from scanner.resources.storage.locks import (
    COPIES,
    COPY_FIELDS,
    OBJECT_LOCK,
    VERSIONING,
    object_lock,
    protection,
    take_copies,
    versioning,
)
from scanner.resources.storage.log_copies import take_log_groups
from scanner.resources.storage.readers import EXTERNAL_ACCESS, take_acl_readers, take_external_access
from scanner.resources.storage.replication import REPLICAS, REPLICATION_FIELDS, take_replication
from scanner.resources.storage.requests import REQUEST_FIELDS, take_requests
from scanner.resources.trails.cloudtrail import EVENT_SELECTORS
from scanner.resources.trails.coverage import recorded_objects
from scanner.resources.trails.organizations import DESCRIBE_ORGANIZATION, OWN_ORGANIZATION, take_organization
from scanner.snapshot.answers import Answer, Snapshot

_FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")

_STRANGERS = frozenset({"global/AllUsers", "global/AuthenticatedUsers"})
"""The predefined groups that hold strangers (Amazon S3 User Guide, "Access control list (ACL) overview")."""

_LOG_DELIVERY = "s3/LogDelivery"
_WRITING = frozenset({"WRITE", "WRITE_ACP", "FULL_CONTROL"})

_MISSING = frozenset({"NoSuchBucket", "404"})
"""Error codes that say the bucket itself does not exist."""

_OBJECTS: Mapping[str, tuple[str, str]] = {
    "PolicyStatus": ("s3.GetBucketPolicyStatus", "PolicyStatus"),
    "Logging": ("s3.GetBucketLogging", "LoggingEnabled"),
    "OwnershipControls": ("s3.GetBucketOwnershipControls", "OwnershipControls"),
    "PublicAccessBlock": ("s3.GetPublicAccessBlock", "PublicAccessBlockConfiguration"),
}
"""Fields that are one object of one answer: the operation and the member."""

_ALWAYS: Mapping[str, tuple[str, type]] = {
    "s3.GetBucketPolicy": ("Policy", str),
    "s3.GetBucketPolicyStatus": ("PolicyStatus", Mapping),
    "s3.GetBucketAcl": ("Grants", list),
    "s3.GetBucketLifecycleConfiguration": ("Rules", list),
}
"""Members without which an answer says nothing, and must not read as "there is none"."""

_ASKED = (
    "s3.HeadBucket",
    "s3.GetBucketPolicy",
    "s3.GetBucketPolicyStatus",
    "s3.GetPublicAccessBlock",
    "s3.GetBucketAcl",
    "s3.GetBucketVersioning",
    "s3.GetObjectLockConfiguration",
    "s3.GetBucketLifecycleConfiguration",
    "s3.GetBucketLogging",
    "s3.GetBucketEncryption",
    "s3.GetBucketOwnershipControls",
)


_OF_TRAILS = frozenset(
    {"TrailAccounts", "LogPrefixes", "LogObjects", "Lifecycle", "LogGroups", "LogCopies", "LogCopyFacts", *COPY_FIELDS}
)
"""Fields that follow from which trails deliver to the bucket."""

_OF_ASKER = frozenset({"Owned", "AccountPublicAccessBlock", *REQUEST_FIELDS, *APART_FIELDS})
"""Fields that are about the account whose row it is: the requests are those for its own log files."""


def log_bucket_view(snapshot: Snapshot, account: str) -> View:
    """One row for each bucket that a visible trail delivers to, whoever owns it.

    A bucket of another account usually refuses to be looked at: what it refuses are gaps. Source: Amazon S3 API
    reference, the ``GetBucket…`` operations.
    """
    visible = visible_trails(snapshot, account)
    gaps = list(visible.gaps)
    buckets: dict[str, list[VisibleTrail]] = {}
    for trail in visible.trails:
        if name := trail.text("S3BucketName"):
            buckets.setdefault(name, []).append(trail)
        else:
            gaps.append(lacking(trail.source, "S3BucketName"))
    rows = [_row(snapshot, account, name, trails, visible.trails) for name, trails in buckets.items()]
    return view_of(rows, gaps)


def _row(
    snapshot: Snapshot, account: str, name: str, trails: Sequence[VisibleTrail], every: Sequence[VisibleTrail]
) -> Row:
    region = trails[0].region
    arn = f"arn:{snapshot.partition}:s3:::{name}"
    keys = log_keys(trails)
    facts = Facts({"Name": name, "Arn": arn, **_places(arn, trails, keys)})
    answers = {operation: _ask(snapshot, account, region, operation, name) for operation in _ASKED}
    for operation, (part, kind) in _ALWAYS.items():
        answers[operation] = checked(answers[operation], part, kind)
    for field, (operation, part) in _OBJECTS.items():
        facts.take(field, member(answers[operation], part), answers[operation], pointer=f"/pages/0/{part}")
    _existence(facts, snapshot, account, name, answers)
    _policy_and_acl(facts, answers)
    _versions(facts, answers)
    _encryption(facts, answers["s3.GetBucketEncryption"], snapshot, account, region, answers["s3.HeadBucket"])
    _lifecycle(facts, answers, keys)
    settings = snapshot.ask(
        account, global_region(snapshot.partition), "s3control.GetPublicAccessBlock", {"AccountId": account}
    )
    _public_access_block(facts, answers["s3.GetPublicAccessBlock"], settings, answers["s3.HeadBucket"])
    _ownership(facts, answers["s3.GetBucketOwnershipControls"])
    take_organization(facts, snapshot, account)
    owner, confirmed = _owner(snapshot, account, name, answers["s3.HeadBucket"])
    facts.attempt(REQUEST_FIELDS, lambda: take_requests(facts, snapshot, account, arn, trails, owner, confirmed))
    facts.attempt(COPY_FIELDS, lambda: take_copies(facts, snapshot, account, name, trails, every))
    take_apart(facts, snapshot, account, name, answers["s3.HeadBucket"])
    take_external_access(facts, snapshot, account, name, answers["s3.HeadBucket"])
    take_access_logs(facts, snapshot, account, region, answers["s3.HeadBucket"])
    copied = (name, trails, keys, answers["s3.HeadBucket"])
    facts.attempt(REPLICATION_FIELDS, lambda: take_replication(facts, snapshot, account, *copied))
    take_log_groups(facts, snapshot, account, VisibleTrails(tuple(trails), ()))
    _object_events(facts, snapshot, account, name, answers["s3.HeadBucket"])
    return facts.row("s3.log_bucket", account, region, arn, tuple(trail.source for trail in trails))


def _places(arn: str, trails: Sequence[VisibleTrail], keys: Sequence[LogKeys]) -> dict[str, Any]:
    """Which trails deliver to the bucket, and under which keys."""
    prefixes = sorted({place.prefix for place in keys})
    objects = sorted(f"{arn}/{prefix}*" for prefix in prefixes)
    accounts = sorted({trail.account for trail in trails})
    found = {"TrailAccounts": accounts, "LogPrefixes": prefixes, "LogObjects": objects}
    return {"Trails": [trail.arn for trail in trails], **found}


def _ask(snapshot: Snapshot, account: str, region: str, operation: str, bucket: str) -> Answer:
    arguments = {"Bucket": bucket}
    if operation == "s3.HeadBucket":
        arguments["ExpectedBucketOwner"] = account
    return snapshot.ask(account, region, operation, arguments)


def _existence(facts: Facts, snapshot: Snapshot, account: str, name: str, answers: Mapping[str, Answer]) -> None:
    """Whether the bucket exists, as any answer about it tells; whose it is, as HeadBucket tells.

    HeadBucket names the expected owner: it succeeds only for a bucket of the account, and refuses any other. Every
    account of the snapshot asks for itself, and for the accounts that were named as possible owners.
    """
    head = answers["s3.HeadBucket"]
    facts.take("Owned", not head.absent, head)
    owner, confirmed = _owner(snapshot, account, name, head)
    told = [answer for answer in (*answers.values(), *([confirmed] if confirmed else [])) if answer.gap is None]
    missing = [answer for answer in told if answer.code in _MISSING]
    facts.take("Exists", not missing if told else None, *(missing or told or [head])[:1])
    facts.take("OwnerAccount", owner, confirmed or head)


def _owner(snapshot: Snapshot, account: str, name: str, head: Answer) -> tuple[str | None, Answer | None]:
    """The account that S3 confirmed as owner, with the answer: this one, else another that was asked about."""
    if head.pages:
        return account, head
    for key in snapshot.answered("s3.HeadBucket"):
        if key.arguments.get("Bucket") == name:
            owner = key.arguments.get("ExpectedBucketOwner")
            return (str(owner), snapshot.answer(key)) if owner else (None, None)
    return None, None


def _policy_and_acl(facts: Facts, answers: Mapping[str, Answer]) -> None:
    policy, acl = answers["s3.GetBucketPolicy"], answers["s3.GetBucketAcl"]
    facts.take("Policy", policy_object(policy.first.get("Policy")), policy, pointer="/pages/0/Policy")
    grants = [item for _, item in mappings(acl, "Grants")]
    facts.take("Acl", {"Owner": acl.first.get("Owner"), "Grants": grants}, acl, pointer="/pages/0/Grants")
    public = []
    for grant in grants:
        grantee = grant.get("Grantee")
        group = _group(grantee.get("URI")) if isinstance(grantee, Mapping) else ""
        if group in _STRANGERS:
            public.append({"Group": group.removeprefix("global/"), "Permission": grant.get("Permission")})
    facts.take("PublicGrants", public, acl, pointer="/pages/0/Grants")
    _foreign_grants(facts, acl, grants)
    take_acl_readers(facts, acl)


def _group(uri: Any) -> str:
    """The name of a predefined group in its URI, of which the host is another one in other partitions."""
    return str(uri).partition("/groups/")[2]


def _ownership(facts: Facts, answer: Answer) -> None:
    listed = (member(answer, "OwnershipControls") or {}).get("Rules")
    rules = [rule for rule in listed if isinstance(rule, Mapping)] if isinstance(listed, list) else []
    value = rules[0].get("ObjectOwnership") if rules else None
    facts.take("ObjectOwnership", value, answer, pointer="/pages/0/OwnershipControls")


def _foreign_grants(facts: Facts, acl: Answer, grants: Sequence[Mapping[str, Any]]) -> None:
    """ACL grants by which others than the owner may write; S3's log delivery group may add access logs."""
    known = checked(acl, "Owner", Mapping)
    owner = (known.first.get("Owner") or {}).get("ID")
    foreign = []
    for grant in grants:
        grantee, permission = grant.get("Grantee"), grant.get("Permission")
        named = grantee if isinstance(grantee, Mapping) else {}
        who = named.get("ID") or named.get("URI") or named.get("EmailAddress")
        group = _group(named.get("URI"))
        log_delivery = group == _LOG_DELIVERY and permission == "WRITE"
        if permission in _WRITING and not log_delivery and (owner is None or who != owner):
            foreign.append({"Grantee": who, "Public": group in _STRANGERS, "Permission": permission})
    facts.take("ForeignWriteGrants", foreign, known, pointer="/pages/0/Grants")


def _versions(facts: Facts, answers: Mapping[str, Answer]) -> None:
    answer, lock = answers["s3.GetBucketVersioning"], answers["s3.GetObjectLockConfiguration"]
    facts.take("Versioning", versioning(answer), answer, pointer="/pages/0")
    facts.take("ObjectLock", object_lock(lock), lock, pointer="/pages/0/ObjectLockConfiguration")
    facts.take("Protection", protection(object_lock(lock), versioning(answer)), lock, answer)


def _lifecycle(facts: Facts, answers: Mapping[str, Answer], keys: Sequence[LogKeys]) -> None:
    """Lifecycle rules as far as they concern log files; what expiry means depends on versioning."""
    lifecycle, versioning = answers["s3.GetBucketLifecycleConfiguration"], answers["s3.GetBucketVersioning"]
    rules = [item for _, item in mappings(lifecycle, "Rules")]
    value = None if lifecycle.absent else lifecycle_facts(rules, versioning.first.get("Status"), keys)
    if value is None or value["DaysToExpiry"] is None:
        facts.take("Lifecycle", value, lifecycle, pointer="/pages/0/Rules")
    else:
        facts.take("Lifecycle", value, lifecycle, versioning, pointer="/pages/0/Rules")


def _encryption(facts: Facts, answer: Answer, snapshot: Snapshot, account: str, region: str, head: Answer) -> None:
    """Default encryption of new objects, and the KMS key it names."""
    configuration = member(answer, "ServerSideEncryptionConfiguration")
    listed = configuration.get("Rules") if configuration else None
    defaults = [
        rule["ApplyServerSideEncryptionByDefault"]
        for rule in (listed if isinstance(listed, list) else [])
        if isinstance(rule, Mapping) and isinstance(rule.get("ApplyServerSideEncryptionByDefault"), Mapping)
    ]
    default = defaults[0] if defaults else {}
    key = default.get("KMSMasterKeyID") or None
    place = "/pages/0/ServerSideEncryptionConfiguration"
    value = {"SSEAlgorithm": default.get("SSEAlgorithm"), "KMSMasterKeyID": key} if defaults else None
    facts.take("Encryption", value, answer, pointer=place)
    if answer.gap is not None or not isinstance(key, str):
        facts.take("EncryptionKey", None, answer, pointer=place)
        return
    described = _described(snapshot, account, key, region, head)
    facts.take("EncryptionKey", member(described, "KeyMetadata"), described, pointer="/pages/0/KeyMetadata")


def _described(snapshot: Snapshot, account: str, key: str, region: str, head: Answer) -> Answer:
    """What KMS says of the key that a bucket names. An id or alias means one of the bucket's own account and Region."""
    arn = parse_arn(key)
    if arn is not None:
        return ask_about_key(snapshot, account, arn.region or region, "kms.DescribeKey", key)
    told = head.first.get("BucketRegion")
    answer = snapshot.ask(account, told if isinstance(told, str) else region, "kms.DescribeKey", {"KeyId": key})
    if isinstance(told, str):
        return answer
    unsaid = head.gap.reason if head.gap else f"S3 did not name its Region to account {account}"
    reason = f"KMS key {key} is one of the bucket's own account and Region, which are not known: {unsaid}"
    return undecided(answer, reason)


def _public_access_block(facts: Facts, bucket: Answer, settings: Answer, head: Answer) -> None:
    """The settings in force: S3 applies the stricter of the bucket's own and its owner account's.

    The scanned account's settings only count for a bucket it owns. Source: Amazon S3 User Guide, "Blocking public
    access to your Amazon S3 storage".
    """
    part = "PublicAccessBlockConfiguration"
    facts.take("AccountPublicAccessBlock", member(settings, part), settings, pointer=f"/pages/0/{part}")
    own, wide = _flags(bucket), _flags(settings)
    name = "EffectivePublicAccessBlock"
    if bucket.gap is None and (all(own.values()) or (settings.gap is None and not _lent(own, wide))):
        # The account adds nothing, so it does not matter whose the bucket is.
        facts.take(name, own, bucket, pointer=f"/pages/0/{part}")
    elif settings.gap is None and head.gap is None and all(wide.values()):
        facts.take(name, wide if not head.absent else own, settings, head, pointer=f"/pages/0/{part}")
    else:
        both = {flag: own[flag] or (wide[flag] and not head.absent) for flag in _FLAGS}
        facts.take(name, both, bucket, settings, head, pointer=f"/pages/0/{part}")


def _flags(answer: Answer) -> dict[str, bool]:
    configuration = member(answer, "PublicAccessBlockConfiguration") or {}
    return {flag: configuration.get(flag) is True for flag in _FLAGS}


def _lent(own: Mapping[str, bool], wide: Mapping[str, bool]) -> list[str]:
    """The settings that the account has and the bucket itself has not."""
    return [flag for flag in _FLAGS if wide[flag] and not own[flag]]


def _object_events(facts: Facts, snapshot: Snapshot, account: str, name: str, head: Answer) -> None:
    """Whether a logging trail records who reads and who writes the bucket's objects, in the bucket's own Region.

    Only trails that record the owner's account see what everybody does to the objects; a trail of another account
    sees its own callers at most. Organization trails show among the trails of every member. Source: Amazon S3 User
    Guide, "Amazon S3 CloudTrail events" (cross-account scenarios).
    """
    owner, confirmed = _owner(snapshot, account, name, head)
    if owner not in snapshot.accounts or confirmed is None:
        for field in ("ReadsRecorded", "WritesRecorded"):
            # Without a bucket nothing is recorded; whose trails would record it is open when HeadBucket is refused.
            facts.take(field, not head.absent, head)
        return
    region = confirmed.first.get("BucketRegion")
    events = recorded_objects(snapshot, owner).of(name, region if isinstance(region, str) else "")
    for field, side in (("ReadsRecorded", "read"), ("WritesRecorded", "write")):
        value, sources = events[side]
        if isinstance(value, Gap):
            facts.gaps[field] = value
        else:
            facts.data[field] = value
            facts.cites[field] = (*sources, Source(confirmed.key, "/pages/0"))


_OWNER = (HEAD_BUCKET, Use("s3.HeadBucket", per=BUCKET_OWNERSHIPS))
_ACL = Use("s3.GetBucketAcl", per=BUCKETS)
_BUCKET_BLOCK = Use("s3.GetPublicAccessBlock", per=BUCKETS)
_ACCOUNT_BLOCK = Use("s3control.GetPublicAccessBlock", per=ACCOUNT)
_OWNERSHIP = Use("s3.GetBucketOwnershipControls", per=BUCKETS)

LOG_BUCKET = ResourceType(
    name="s3.log_bucket",
    title="Bucket that a trail delivers to",
    view=log_bucket_view,
    calls=(TRAIL_LISTING,),
    fields={
        "Name": Field("Name of the bucket."),
        "Arn": Field("ARN of the bucket."),
        "Trails": Field("ARNs of the trails that deliver to the bucket."),
        "TrailAccounts": Field("Accounts that own those trails."),
        "LogPrefixes": Field("Key prefixes under which the trails write."),
        "LogObjects": Field("The same as object ARNs with a wildcard."),
        "Exists": Field("Whether the bucket exists.", calls=_OWNER),
        "Owned": Field(
            "Whether the scanned account owns the bucket; not known when HeadBucket is refused.", calls=(HEAD_BUCKET,)
        ),
        "OwnerAccount": Field(
            "Account that S3 confirms as owner: a scanned one or one named by --bucket-owner; null when the "
            "bucket does not exist, not known when none is confirmed.",
            calls=_OWNER,
        ),
        "Policy": Field(
            "Bucket policy as an object; null without one.", calls=(Use("s3.GetBucketPolicy", per=BUCKETS),)
        ),
        "PolicyStatus": Field(
            "S3's own judgement {IsPublic}; null without a policy.",
            calls=(Use("s3.GetBucketPolicyStatus", per=BUCKETS),),
        ),
        "PublicAccessBlock": Field(
            "The bucket's own four public access settings; null without any.", calls=(_BUCKET_BLOCK,)
        ),
        "AccountPublicAccessBlock": Field(
            "The scanned account's four public access settings; null without any.", calls=(_ACCOUNT_BLOCK,)
        ),
        "EffectivePublicAccessBlock": Field(
            "The four public access settings in force for the bucket, each true or false.",
            calls=(_BUCKET_BLOCK, _ACCOUNT_BLOCK, HEAD_BUCKET),
        ),
        "Acl": Field("Access control list {Owner, Grants}.", calls=(_ACL,)),
        "PublicGrants": Field(
            "ACL grants to AllUsers or AuthenticatedUsers as {Group, Permission}; [] without any.", calls=(_ACL,)
        ),
        "ForeignWriteGrants": Field(
            "ACL grants of WRITE, WRITE_ACP or FULL_CONTROL to others than the owner as {Grantee, Public, "
            "Permission}; [] without any.",
            calls=(_ACL,),
        ),
        "Versioning": Field(
            "Versioning {Status, MFADelete}; Status is null when it was never enabled.", calls=(VERSIONING,)
        ),
        "ObjectLock": Field(
            "Object Lock {ObjectLockEnabled, Mode, RetentionDays}; null without, Mode and RetentionDays null "
            "without a default retention.",
            calls=(OBJECT_LOCK,),
        ),
        "Protection": Field("Object Lock, versioning and MFA Delete in words.", calls=(OBJECT_LOCK, VERSIONING)),
        "Lifecycle": Field(
            "Lifecycle {Rules, DaysToLoss, LossRule, DaysToExpiry, Transitions, Actions} as it concerns the trails' "
            "files; null without a configuration.",
            calls=(Use("s3.GetBucketLifecycleConfiguration", per=BUCKETS), VERSIONING),
        ),
        "LogGroups": Field(
            "For each trail the log group that holds the same events: {TrailARN, Exists, retentionInDays}.",
            calls=(LOG_GROUP_LISTING,),
        ),
        "LogCopies": Field(
            "The same with whether the trail fills it: {TrailARN, Name, Exists, retentionInDays, Created, "
            "MadeBeforeLogging, Logging, Started, Stopped, DeliveryError, LatestDelivery}.",
            calls=(LOG_GROUP_LISTING, TRAIL_STATUS),
        ),
        "LogCopyFacts": Field(
            "The log groups and their deliveries as a list of sentences.", calls=(LOG_GROUP_LISTING, TRAIL_STATUS)
        ),
        "ReadsRecorded": Field(
            "Whether a logging trail of the owner's account records every read of its objects as data events.",
            calls=(TRAIL_STATUS, EVENT_SELECTORS, *_OWNER),
        ),
        "WritesRecorded": Field(
            "Whether a logging trail of the owner's account records every write of its objects as data events.",
            calls=(TRAIL_STATUS, EVENT_SELECTORS, *_OWNER),
        ),
        "Logging": Field(
            "Server access logging {TargetBucket, TargetPrefix}; null when off.",
            calls=(Use("s3.GetBucketLogging", per=BUCKETS),),
        ),
        "Encryption": Field(
            "Default encryption {SSEAlgorithm, KMSMasterKeyID}; null without.", calls=(BUCKET_ENCRYPTION,)
        ),
        "EncryptionKey": Field(
            "KeyMetadata of the KMS key that it names, as kms.DescribeKey gives it; null without one.",
            calls=(BUCKET_ENCRYPTION, HEAD_BUCKET, Use("kms.DescribeKey", per=BUCKET_KEYS)),
        ),
        "Copies": Field(
            "For each trail of the bucket {TrailARN, Others}: the other buckets to which another trail delivers all "
            "that it records, as {Bucket, Trail, ObjectLock, Versioning}.",
            calls=COPIES,
        ),
        "CopyFacts": Field("The same as sentences; [] without any.", calls=COPIES),
        "CopiesComplete": Field(
            "True; not known while a trail or bucket that could not be read may hold a further copy.", calls=COPIES
        ),
        "AclChecks": Field(
            "How CloudTrail asks for the bucket's ACL, for each trail {Source, Resource, Keys}.",
            calls=(DESCRIBE_ORGANIZATION, *_OWNER),
        ),
        "Deliveries": Field(
            "How CloudTrail writes, as {Source, Resource, Keys} with made-up names of files in the right places.",
            calls=(DESCRIBE_ORGANIZATION, *_OWNER),
        ),
        "Writes": Field(
            "The same requests as far as the names are known, and all that the trails may write here, with wildcards "
            "for what is not known of the names: Regions out of scope, other accounts of an organization, its id where "
            "that could not be read.",
            calls=(DESCRIBE_ORGANIZATION, *_OWNER),
        ),
        "Organizations": OWN_ORGANIZATION,
        **APART,
        **EXTERNAL_ACCESS,
        **ACCESS_LOGS,
        **REPLICAS,
        "OwnershipControls": Field(
            "Ownership controls {Rules: [{ObjectOwnership}]}; null without.", calls=(_OWNERSHIP,)
        ),
        "ObjectOwnership": Field(
            "ObjectOwnership of these: BucketOwnerEnforced, BucketOwnerPreferred or ObjectWriter; null without.",
            calls=(_OWNERSHIP,),
        ),
    },
    existence=Existence("Exists", RuleId("trail.destination-bucket-owned")),
    own_names={"BUCKET": "Name", "TRAIL": "Trails", "ANALYZER": "Analyzers", "FINDING": "ExternalAccess"},
    held=Held(users="Trails", of_users=_OF_TRAILS, of_asker=_OF_ASKER),
)
