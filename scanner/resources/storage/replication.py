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
from scanner.resources.roles.role_use import Assumer, Missing, service_role_use
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
class _Bucket:
    """A log bucket as far as its replication rests on it."""

    snapshot: Snapshot
    account: str
    region: str
    name: str
    head: Answer
    encrypted: Answer | bool
    """Whether log files are encrypted by a KMS key; the answer that would tell, where that could not be had."""
    listed: ListedBuckets
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
    encrypted = _encrypted(snapshot, account, region, name, trails)
    listed = listed_buckets(snapshot, account)
    role = text_member(configuration, "Role")
    policy = facts.data.get("Policy")
    hidden = "Policy" in facts.gaps
    bucket = _Bucket(snapshot, account, region, name, head, encrypted, listed, role, policy, hidden)
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


def _encrypted(
    snapshot: Snapshot, account: str, region: str, name: str, trails: Sequence[VisibleTrail]
) -> Answer | bool:
    if any(trail.text("KmsKeyId") for trail in trails):
        return True
    told = snapshot.ask(account, region, BUCKET_ENCRYPTION.operation, {"Bucket": name})
    if told.gap is not None:
        return told
    for rule in list_member(told.first.get("ServerSideEncryptionConfiguration"), "Rules"):
        default = rule.get("ApplyServerSideEncryptionByDefault") if isinstance(rule, Mapping) else None
        if text_member(default, "SSEAlgorithm").startswith("aws:kms"):
            return True
    return False


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
    for verdict in (_encryption(bucket, rule), _elsewhere(bucket, _destination(rule))):
        if verdict.outcome is not Outcome.PASS:
            return verdict
    place = _elsewhere(bucket, _destination(rule))
    use = _role(bucket, _destination(rule))
    if use.outcome is not Outcome.PASS:
        return use
    return _Verdict(Outcome.PASS, place.reason, (*place.answers, *use.answers), use.sources)


def _encryption(bucket: _Bucket, rule: Mapping[str, Any]) -> _Verdict:
    """S3 replicates what is encrypted by a KMS key only where the rule says so."""
    chosen = rule.get("SourceSelectionCriteria")
    objects = chosen.get("SseKmsEncryptedObjects") if isinstance(chosen, Mapping) else None
    if text_member(objects, "Status") == "Enabled" or bucket.encrypted is False:
        return _Verdict(Outcome.PASS, "")
    reason = "does not replicate objects that are encrypted with a KMS key, as log files are"
    if isinstance(bucket.encrypted, Answer):
        return _Verdict(Outcome.UNKNOWN, f"{reason} or may be", (bucket.encrypted,))
    return _Verdict(Outcome.FAIL, reason)


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
        return _Verdict(Outcome.PASS, reason, (listed.answer,))
    there = text_member(asked.first, "BucketRegion") or listed.regions.get(name, "")
    here = text_member(bucket.head.first, "BucketRegion")
    if not there or not here:
        reason = f"replicates to the bucket {name}, and in which Regions the two are is not told"
        return _Verdict(Outcome.UNKNOWN, reason, (bucket.head,) if bucket.head.gap else ())
    if there == here:
        return _Verdict(Outcome.FAIL, f"replicates to the bucket {name} of the same account and Region", (asked,))
    return _Verdict(Outcome.PASS, f"replicates to the bucket {name} in {there}", (bucket.head, asked))


def _role(bucket: _Bucket, destination: str) -> _Verdict:
    """Whether S3 can read log files and write replicas with the role of the configuration."""
    replica = f"arn:{bucket.snapshot.partition}:s3:::{destination}/*"
    steps = [
        _step(bucket, (_RETRIEVE,), bucket.arn),
        _step(bucket, (_READ, _READ_ALL), f"{bucket.arn}/*"),
        _step(bucket, (_REPLICATE,), replica, foreign=not _is_own(bucket, destination)),
    ]
    for outcome in (Outcome.FAIL, Outcome.UNKNOWN):
        for step in steps:
            if step.outcome is outcome:
                return step
    return steps[0]


def _step(bucket: _Bucket, actions: tuple[str, ...], resource: str, *, foreign: bool = False) -> _Verdict:
    """Whether the role may do one of the actions, of which any one is enough.

    Within an account the policy of a bucket may give what that of the role does not; to another account it takes both.
    """
    role = role_of(bucket.snapshot, bucket.account, bucket.role)
    # Whether S3 tells for which bucket it assumes the role is not documented.
    by = Assumer("s3.amazonaws.com", "S3", (bucket.arn,), naming=False)
    uses = [service_role_use(role, bucket.role, action, resource, by, {}) for action in actions]
    ranked = sorted(uses, key=lambda use: (Outcome.PASS, Outcome.UNKNOWN, Outcome.FAIL).index(use.verdict))
    best = ranked[0]
    if best.verdict is Outcome.PASS:
        return _Verdict(Outcome.PASS, "", sources=best.sources)
    lacks = best.lack is not None and best.lack.what is Missing.PERMISSION
    if best.verdict is Outcome.FAIL and lacks and not foreign and _may_be_given(bucket, role, actions, resource):
        reason = f"may not work: {best.reason}, unless the policy of the bucket does"
        return _Verdict(Outcome.UNKNOWN, reason, sources=best.sources)
    if best.verdict is Outcome.FAIL:
        return _Verdict(Outcome.FAIL, f"replicates with a role that S3 cannot use: {best.reason}", sources=best.sources)
    return _Verdict(Outcome.UNKNOWN, f"may not work: {best.reason}", sources=best.sources)


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
