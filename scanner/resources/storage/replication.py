"""Whether the log files of a bucket are replicated to another Region or account.

Sources: Amazon S3 User Guide, "Replicating objects within and across Regions", "Setting up permissions for live
replication" and "Replicating encrypted objects"; Amazon S3 API reference, ``ReplicationRule``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.arns import parse_arn
from scanner.audit_path.eventbridge.roles import roles_named
from scanner.audit_path.members import list_member, text_member
from scanner.audit_path.places import BUCKET_ENCRYPTION, BUCKETS, HEAD_BUCKET
from scanner.audit_path.stores import VisibleTrail
from scanner.facts.facts import Facts, undecided
from scanner.facts.rows import Field
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import GapKind, JsonValue, Outcome, Source
from scanner.policies.callers import Caller, identity_say, resource_say
from scanner.policies.statements import PolicyDocumentError
from scanner.resources.roles.role_use import Assumer, Missing, RoleUse, service_role_use
from scanner.resources.roles.roles import Role, role_of
from scanner.resources.storage.lifecycle import LogKeys
from scanner.resources.storage.listing import BUCKET_LISTING, ListedBuckets, listed_buckets
from scanner.snapshot.answers import Answer, Snapshot

_REPLICATION = "s3.GetBucketReplication"
_CONFIGURATION = "ReplicationConfiguration"
_HEAD = HEAD_BUCKET.operation
_RETRIEVE, _REPLICATE = "s3:GetReplicationConfiguration", "s3:ReplicateObject"
_READ, _READ_ALL = "s3:GetObjectVersionForReplication", "s3:GetObjectVersion"
"""To read what it replicates S3 needs the first; the second gives more, and does as well."""

_DECRYPT, _ENCRYPT = "kms:Decrypt", "kms:Encrypt"
"""To read what a KMS key encrypts S3 needs the first on that key, to write replicas the second on the replicas' key."""

_VIA, _CONTEXT = "kms:ViaService", "kms:EncryptionContext:aws:s3:arn"

REPLICATION = Use(_REPLICATION, per=BUCKETS)

REPLICATION_FIELDS = ("Replicated", "ReplicaFacts")
"""The fields that ``take_replication`` puts in."""


def _configurations(look: Look) -> Iterator[tuple[str, Any]]:
    for thing in look.each(BUCKETS):
        answer = look.snapshot.ask(look.account, thing.region, _REPLICATION, {"Bucket": thing.facts["bucket"]})
        yield thing.region, answer.first.get(_CONFIGURATION)


def _roles(look: Look) -> Iterator[str]:
    for _, configuration in _configurations(look):
        yield text_member(configuration, "Role")


def _replicas(look: Look) -> Iterator[Thing]:
    for region, configuration in _configurations(look):
        for rule in list_member(configuration, "Rules"):
            if name := _destination(rule):
                yield Thing(region, {"bucket": name})


def _destination(rule: Any) -> str:
    """The name of the bucket that a rule replicates to; "" when it names none."""
    told = rule.get("Destination") if isinstance(rule, Mapping) else None
    arn = parse_arn(text_member(told, "Bucket"))
    return arn.resource if arn is not None else ""


_NAMED_BY = (*BUCKETS.named_by, REPLICATION)
_ROLES = roles_named("replication", _roles, _NAMED_BY)
_REPLICAS = Things("replica", _replicas, _NAMED_BY)

_CALLS = (REPLICATION, HEAD_BUCKET, BUCKET_LISTING, BUCKET_ENCRYPTION, Use(_HEAD, per=_REPLICAS), *_ROLES)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Whether a rule replicates log files elsewhere, why not, and what that rests on."""

    outcome: Outcome
    reason: str
    answers: tuple[Answer, ...] = ()
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class _Encryption:
    """How log files are encrypted: whether by KMS keys, and by which, as ARNs.

    ``hidden`` is the answer that would tell, where that could not be had. An AWS managed key is not among the keys:
    whoever may read an object with it may decrypt it. ``per_bucket`` says that a key encrypts for the bucket (a Bucket
    Key) and not for each object; None where that is not known.
    """

    by_key: bool
    keys: tuple[str, ...] = ()
    hidden: Answer | None = None
    per_bucket: bool | None = None


@dataclass(frozen=True, slots=True)
class _Bucket:
    """A log bucket as far as its replication rests on it."""

    snapshot: Snapshot
    account: str
    region: str
    name: str
    head: Answer
    encryption: _Encryption
    listed: ListedBuckets
    prefixes: tuple[str, ...]
    role: str
    policy: JsonValue
    hidden: bool
    """Whether the bucket's policy could not be had."""

    @property
    def arn(self) -> str:
        """The ARN of the bucket."""
        return f"arn:{self.snapshot.partition}:s3:::{self.name}"


def take_replication(
    facts: Facts,
    snapshot: Snapshot,
    account: str,
    name: str,
    trails: Sequence[VisibleTrail],
    keys: Sequence[LogKeys],
    head: Answer,
) -> None:
    """Put in whether every log file is replicated to another Region or account by some enabled rule."""
    region = trails[0].region
    answer = snapshot.ask(account, region, _REPLICATION, {"Bucket": name})
    configuration = answer.first.get(_CONFIGURATION)
    rules = [rule for rule in list_member(configuration, "Rules") if isinstance(rule, Mapping)]
    encryption = _encryption_of(snapshot, account, region, name, trails)
    listed = listed_buckets(snapshot, account)
    prefixes = tuple(dict.fromkeys(place.prefix for place in keys))
    role = text_member(configuration, "Role")
    policy = facts.data.get("Policy")
    hidden = "Policy" in facts.gaps
    bucket = _Bucket(snapshot, account, region, name, head, encryption, listed, prefixes, role, policy, hidden)
    judged = [(rule, _judged(bucket, rule)) for rule in rules]
    outcome, deciding = _together(judged, keys)
    reasons = [f"rule {_called(rule, number)} {verdict.reason}" for number, (rule, verdict) in enumerate(judged, 1)]
    facts.take("ReplicaFacts", reasons, answer)
    answers = tuple(each for verdict in deciding for each in verdict.answers)
    if outcome is Outcome.UNKNOWN and not any(each.gap for each in (answer, *answers)):
        answer = undecided(
            answer, f"Whether bucket {name} is replicated is not known: {deciding[0].reason}", GapKind.ERROR
        )
    facts.take("Replicated", outcome is Outcome.PASS, answer, *answers)
    if "Replicated" in facts.cites:
        used = [source for verdict in deciding for source in verdict.sources]
        facts.cites["Replicated"] = tuple(dict.fromkeys((*facts.cites["Replicated"], *used)))


def _called(rule: Mapping[str, Any], number: int) -> str:
    return str(rule.get("ID") or f"number {number}")


def _encryption_of(
    snapshot: Snapshot, account: str, region: str, name: str, trails: Sequence[VisibleTrail]
) -> _Encryption:
    """By the keys of the trails, and by the default of the bucket where a trail names none."""
    told = snapshot.ask(account, region, BUCKET_ENCRYPTION.operation, {"Bucket": name})
    named = {trail.text("KmsKeyId") for trail in trails}
    keys = named - {""}
    if told.gap is not None:
        return _Encryption(bool(keys), tuple(sorted(keys)), told if "" in named else None)
    by_key, per_bucket = bool(keys), False
    for rule in list_member(told.first.get("ServerSideEncryptionConfiguration"), "Rules"):
        default = rule.get("ApplyServerSideEncryptionByDefault") if isinstance(rule, Mapping) else None
        if not text_member(default, "SSEAlgorithm").startswith("aws:kms"):
            continue
        per_bucket = rule.get("BucketKeyEnabled") is True
        if "" in named:
            by_key = True
            keys |= {text_member(default, "KMSMasterKeyID")} - {""}
    return _Encryption(by_key, tuple(sorted(keys)), per_bucket=per_bucket)


def _together(
    judged: Sequence[tuple[Mapping[str, Any], _Verdict]], keys: Sequence[LogKeys]
) -> tuple[Outcome, list[_Verdict]]:
    """Whether each place under which trails write is replicated by a rule, and the verdicts that decide it."""
    worst, deciding = Outcome.PASS, [verdict for _, verdict in judged if verdict.outcome is Outcome.PASS]
    for place in keys:
        found = [verdict for rule, verdict in judged if _covers(rule, place)]
        outcomes = {verdict.outcome for verdict in found}
        if Outcome.PASS in outcomes:
            continue
        if Outcome.UNKNOWN not in outcomes:
            return Outcome.FAIL, found
        worst, deciding = Outcome.UNKNOWN, [each for each in found if each.outcome is Outcome.UNKNOWN]
    return worst, deciding


def _covers(rule: Mapping[str, Any], place: LogKeys) -> bool:
    """Whether a rule is about every file under a trail's prefix: log files carry no tags."""
    chosen = rule.get("Filter")
    if not isinstance(chosen, Mapping):
        return place.prefix.startswith(text_member(rule, "Prefix"))
    joined = chosen.get("And")
    conditions = joined if isinstance(joined, Mapping) else chosen
    tagged = conditions.get("Tag") or conditions.get("Tags")
    return not tagged and place.prefix.startswith(text_member(conditions, "Prefix"))


def _judged(bucket: _Bucket, rule: Mapping[str, Any]) -> _Verdict:
    if rule.get("Status") != "Enabled":
        return _Verdict(Outcome.FAIL, "is not enabled")
    place = _elsewhere(bucket, _destination(rule))
    for verdict in (_encryption(bucket, rule), place):
        if verdict.outcome is not Outcome.PASS:
            return verdict
    use = _role(bucket, rule)
    if use.outcome is not Outcome.PASS:
        return use
    return _Verdict(Outcome.PASS, place.reason, (*place.answers, *use.answers), use.sources)


def _encryption(bucket: _Bucket, rule: Mapping[str, Any]) -> _Verdict:
    """S3 replicates what is encrypted by a KMS key only where the rule says so."""
    told, hidden = bucket.encryption, bucket.encryption.hidden
    if not told.by_key and hidden is None:
        return _Verdict(Outcome.PASS, "")
    if _selects_encrypted(rule):
        reason = "replicates with a role of which is not known whether S3 can decrypt log files with it"
        return _Verdict(Outcome.UNKNOWN, reason, (hidden,)) if hidden else _Verdict(Outcome.PASS, "")
    reason = "does not replicate objects that are encrypted with a KMS key, as log files are"
    if not told.by_key and hidden is not None:
        return _Verdict(Outcome.UNKNOWN, f"{reason} or may be", (hidden,))
    return _Verdict(Outcome.FAIL, reason)


def _selects_encrypted(rule: Mapping[str, Any]) -> bool:
    chosen = rule.get("SourceSelectionCriteria")
    objects = chosen.get("SseKmsEncryptedObjects") if isinstance(chosen, Mapping) else None
    return text_member(objects, "Status") == "Enabled"


def _is_own(bucket: _Bucket, name: str) -> bool:
    asked = {"Bucket": name, "ExpectedBucketOwner": bucket.account}
    return name in bucket.listed.regions or bool(bucket.snapshot.ask(bucket.account, bucket.region, _HEAD, asked).pages)


def _elsewhere(bucket: _Bucket, name: str) -> _Verdict:
    """Whether a rule's destination is there, and in another Region or account."""
    snapshot, account, listed = bucket.snapshot, bucket.account, bucket.listed
    asked = snapshot.ask(account, bucket.region, _HEAD, {"Bucket": name, "ExpectedBucketOwner": account})
    if asked.absent:
        return _Verdict(Outcome.FAIL, f"replicates to the bucket {name}, which does not exist", (asked,))
    if not asked.pages and name not in listed.regions:
        reason = f"replicates to the bucket {name} of another account"
        if listed.answer.gap is not None:
            return _Verdict(Outcome.UNKNOWN, f"{reason}, or of this one", (listed.answer,))
        if asked.gap is not None and asked.gap.kind is not GapKind.DENIED:
            return _Verdict(Outcome.UNKNOWN, f"{reason}, if that is there", (asked,))
        return _Verdict(Outcome.PASS, reason, (listed.answer,))
    there = text_member(asked.first, "BucketRegion") or listed.regions.get(name, "")
    here = text_member(bucket.head.first, "BucketRegion")
    if not there or not here:
        reason = f"replicates to the bucket {name}, and in which Regions the two are is not told"
        return _Verdict(Outcome.UNKNOWN, reason, (bucket.head,) if bucket.head.gap else ())
    if there == here:
        return _Verdict(Outcome.FAIL, f"replicates to the bucket {name} of the same account and Region", (asked,))
    return _Verdict(Outcome.PASS, f"replicates to the bucket {name} in {there}", (bucket.head, asked))


def _role(bucket: _Bucket, rule: Mapping[str, Any]) -> _Verdict:
    """Whether S3 can read log files and write replicas with the role of the configuration."""
    destination = _destination(rule)
    replica = f"arn:{bucket.snapshot.partition}:s3:::{destination}/*"
    steps = [
        _step(bucket, (_RETRIEVE,), bucket.arn),
        _step(bucket, (_READ, _READ_ALL), f"{bucket.arn}/*"),
        _step(bucket, (_REPLICATE,), replica, foreign=not _is_own(bucket, destination)),
    ]
    if bucket.encryption.by_key:
        steps += [_key_step(bucket, _DECRYPT, key, bucket.name) for key in bucket.encryption.keys]
        steps.append(_replica_key_step(bucket, rule))
    for outcome in (Outcome.FAIL, Outcome.UNKNOWN):
        for step in steps:
            if step.outcome is outcome:
                return step
    return steps[0]


def _replica_key_step(bucket: _Bucket, rule: Mapping[str, Any]) -> _Verdict:
    """Whether the role may encrypt replicas with the key that the rule names, in the Region of the other bucket."""
    told = rule.get("Destination")
    chosen = told.get("EncryptionConfiguration") if isinstance(told, Mapping) else None
    key, name = text_member(chosen, "ReplicaKmsKeyID"), _destination(rule)
    if not key:
        return _Verdict(Outcome.UNKNOWN, "may not work: it names no KMS key for replicas, which S3 asks for")
    arn = parse_arn(key)
    there = bucket.listed.regions.get(name, "")
    if arn is not None and there and arn.region != there:
        reason = (
            f"names the KMS key {key} for replicas in the bucket {name}, which is in {there}, where that key is not"
        )
        return _Verdict(Outcome.FAIL, reason, (bucket.listed.answer,))
    return _key_step(bucket, _ENCRYPT, key, name)


def _key_step(bucket: _Bucket, action: str, key: str, used_for: str) -> _Verdict:
    """Whether the policies of the role let it use a KMS key for objects of a bucket.

    What policies say of an alias does not concern its key, which is not known. The policy of the key is not looked at:
    in the role's account that may give what the role's policies do not, and to another account it takes both.
    """
    arn = parse_arn(key)
    if arn is None or not arn.resource.startswith("key/"):
        region = arn.region if arn is not None else text_member(bucket.head.first, "BucketRegion") or bucket.region
        owner = arn.account if arn is not None else bucket.account
        key = f"arn:{bucket.snapshot.partition}:kms:{region}:{owner}:key/*"
        arn = parse_arn(key)
    foreign = arn is not None and arn.account != bucket.account
    keys: dict[str, str | None] = {}
    if bucket.snapshot.partition != "aws-cn" and arn is not None:
        keys[_VIA] = f"s3.{arn.region}.amazonaws.com"
    uses = [_use(bucket, action, key, {**keys, _CONTEXT: each}) for each in _contexts(bucket, used_for)]
    if all(use.verdict is Outcome.PASS for use in uses):
        return _Verdict(Outcome.PASS, "", sources=uses[0].sources)
    loose = _use(bucket, action, key, {})
    lacks = loose.lack is not None and loose.lack.what is Missing.PERMISSION
    if loose.verdict is Outcome.FAIL and lacks and not foreign and not _denied(bucket, action, key):
        reason = f"may not work: {loose.reason}, unless the policy of the key does"
        return _Verdict(Outcome.UNKNOWN, reason, sources=loose.sources)
    return _told_of(loose)


def _contexts(bucket: _Bucket, name: str) -> list[str]:
    """What S3 says that it uses a key for: an object, or the bucket where that has a Bucket Key."""
    arn = f"arn:{bucket.snapshot.partition}:s3:::{name}"
    objects = [f"{arn}/{prefix}" for prefix in bucket.prefixes]
    if name != bucket.name or bucket.encryption.per_bucket is None:
        return [arn, *objects]
    return [arn] if bucket.encryption.per_bucket else objects


def _use(bucket: _Bucket, action: str, resource: str, keys: Mapping[str, str | None]) -> RoleUse:
    """Whether S3 may do something with the role of the configuration."""
    role = role_of(bucket.snapshot, bucket.account, bucket.role)
    # Whether S3 tells for which bucket it assumes the role is not documented.
    by = Assumer("s3.amazonaws.com", "S3", (bucket.arn,), naming=False)
    return service_role_use(role, bucket.role, action, resource, by, keys)


def _denied(bucket: _Bucket, action: str, resource: str) -> bool:
    role = role_of(bucket.snapshot, bucket.account, bucket.role)
    return role is None or identity_say(role.policies, action, resource, Caller(role.arn, {})).deny is True


def _told_of(use: RoleUse) -> _Verdict:
    """What a use of the role means for the rule."""
    if use.verdict is Outcome.PASS:
        return _Verdict(Outcome.PASS, "", sources=use.sources)
    if use.verdict is Outcome.FAIL:
        return _Verdict(Outcome.FAIL, f"replicates with a role that S3 cannot use: {use.reason}", sources=use.sources)
    return _Verdict(Outcome.UNKNOWN, f"may not work: {use.reason}", sources=use.sources)


def _step(bucket: _Bucket, actions: tuple[str, ...], resource: str, *, foreign: bool = False) -> _Verdict:
    """Whether the role may do one of the actions, of which any one is enough.

    Within an account the policy of a bucket may give what that of the role does not; to another account it takes both.
    """
    uses = [_use(bucket, action, resource, {}) for action in actions]
    best = min(uses, key=lambda use: (Outcome.PASS, Outcome.UNKNOWN, Outcome.FAIL).index(use.verdict))
    lacks = best.lack is not None and best.lack.what is Missing.PERMISSION
    role = role_of(bucket.snapshot, bucket.account, bucket.role)
    if best.verdict is Outcome.FAIL and lacks and not foreign and _may_be_given(bucket, role, actions, resource):
        reason = f"may not work: {best.reason}, unless the policy of the bucket does"
        return _Verdict(Outcome.UNKNOWN, reason, sources=best.sources)
    return _told_of(best)


def _may_be_given(bucket: _Bucket, role: Role | None, actions: tuple[str, ...], resource: str) -> bool:
    """Whether the policy of a bucket of the account may give a role what its own policies do not, and do not deny."""
    if role is None or all(identity_say(role.policies, each, resource, Caller(role.arn, {})).deny for each in actions):
        return False
    if not resource.startswith(bucket.arn) or bucket.policy is None:
        return not resource.startswith(bucket.arn) or bucket.hidden
    try:
        says = [resource_say(bucket.policy, each, resource, Caller(role.arn, {})) for each in actions]
    except PolicyDocumentError:
        return True
    return any(say.allow is not False for say in says)


REPLICAS: Mapping[str, Field] = {
    "Replicated": Field(
        "Whether enabled replication rules replicate every log file to buckets of another Region or account, with a "
        "role that S3 can use.",
        calls=_CALLS,
    ),
    "ReplicaFacts": Field("What each replication rule does, as a list of sentences; [] without any.", calls=_CALLS),
}
"""Fields of ``s3.log_bucket``."""
