"""The bucket into which a log bucket's server access logs go: who can open it to the public, how long it keeps them.

S3 delivers access logs to a bucket of the same account and Region. Source: Amazon S3 User Guide, "Logging requests with
server access logging".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scanner.arns import global_region
from scanner.audit_path.members import text_member
from scanner.audit_path.places import ACCOUNT, BUCKETS, HEAD_BUCKET
from scanner.audit_path.stores import mappings
from scanner.facts.facts import Facts, checked, member
from scanner.facts.rows import Field
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.resources.storage.lifecycle import lifecycle_facts
from scanner.resources.storage.locks import object_lock
from scanner.snapshot.answers import Answer, Snapshot

_LOGGING = "s3.GetBucketLogging"
_BLOCK, _LIFECYCLE = "s3.GetPublicAccessBlock", "s3.GetBucketLifecycleConfiguration"
_VERSIONING, _LOCK = "s3.GetBucketVersioning", "s3.GetObjectLockConfiguration"
_ACCOUNT_BLOCK = "s3control.GetPublicAccessBlock"
_PART = "PublicAccessBlockConfiguration"
_FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")

ACCESS_LOGGING = Use(_LOGGING, per=BUCKETS)


def _targets(look: Look) -> Iterator[Thing]:
    for thing in look.each(BUCKETS):
        answer = look.snapshot.ask(look.account, thing.region, _LOGGING, {"Bucket": thing.facts["bucket"]})
        if name := text_member(answer.first.get("LoggingEnabled"), "TargetBucket"):
            yield Thing(thing.region, {"bucket": name})


ACCESS_LOG_BUCKETS = Things("access-log-bucket", _targets, (*BUCKETS.named_by, ACCESS_LOGGING))
"""Each bucket that takes the server access logs of a log bucket."""


@dataclass(frozen=True, slots=True)
class _Under:
    """Access logs: all keys that begin with a prefix."""

    prefix: str

    def may_start_with(self, prefix: str) -> bool:
        """Whether some access log may have a key with this prefix."""
        return self.prefix.startswith(prefix) or prefix.startswith(self.prefix)


def take_access_logs(facts: Facts, snapshot: Snapshot, account: str, region: str, head: Answer) -> None:
    """Put in the fields about the bucket of the access logs; they are null where access is not logged."""
    names = ("AccessLogsExist", "AccessLogsUnblocked", "AccessLogsLifecycle", "AccessLogsLock")
    if "Logging" in facts.gaps:
        facts.gaps.update(dict.fromkeys(names, facts.gaps["Logging"]))
        return
    logging = facts.data.get("Logging") or {}
    target = text_member(logging, "TargetBucket")
    if not target:
        facts.data.update(dict.fromkeys(names))
        return

    def ask(operation: str) -> Answer:
        return snapshot.ask(account, region, operation, {"Bucket": target})

    lifecycle, versioning, lock = checked(ask(_LIFECYCLE), "Rules", list), ask(_VERSIONING), ask(_LOCK)
    facts.take("AccessLogsExist", not versioning.absent, versioning)
    _unblocked(facts, snapshot, account, ask(_BLOCK), head)
    rules = [item for _, item in mappings(lifecycle, "Rules")]
    keys = (_Under(text_member(logging, "TargetPrefix")),)
    found = None if lifecycle.absent else lifecycle_facts(rules, versioning.first.get("Status"), keys)
    rests = (lifecycle,) if found is None or found["DaysToExpiry"] is None else (lifecycle, versioning)
    facts.take("AccessLogsLifecycle", found, *rests, pointer="/pages/0/Rules")
    facts.take("AccessLogsLock", object_lock(lock), lock, pointer="/pages/0/ObjectLockConfiguration")


def _unblocked(facts: Facts, snapshot: Snapshot, account: str, own: Answer, head: Answer) -> None:
    """The public access settings that neither the bucket nor its account has; the log bucket tells whose they are."""
    region = global_region(snapshot.partition)
    wide = snapshot.ask(account, region, _ACCOUNT_BLOCK, {"AccountId": account})
    lacking = [flag for flag in _FLAGS if (member(own, _PART) or {}).get(flag) is not True]
    if own.gap is None and not lacking:
        facts.take("AccessLogsUnblocked", [], own, pointer=f"/pages/0/{_PART}")
        return
    shared = member(wide, _PART) or {}
    left = [flag for flag in lacking if not (head.pages and shared.get(flag) is True)]
    facts.take("AccessLogsUnblocked", left, own, wide, head)


ACCESS_LOGS: Mapping[str, Field] = {
    "AccessLogsExist": Field(
        "Whether the bucket for its server access logs exists; null without access logging.",
        calls=(ACCESS_LOGGING, Use(_VERSIONING, per=ACCESS_LOG_BUCKETS)),
    ),
    "AccessLogsUnblocked": Field(
        "Which of the four public access settings are not in force for that bucket; null without access logging.",
        calls=(ACCESS_LOGGING, HEAD_BUCKET, Use(_BLOCK, per=ACCESS_LOG_BUCKETS), Use(_ACCOUNT_BLOCK, per=ACCOUNT)),
    ),
    "AccessLogsLifecycle": Field(
        "Lifecycle of that bucket as it concerns the access logs, with the members of Lifecycle; null without one.",
        calls=(ACCESS_LOGGING, Use(_LIFECYCLE, per=ACCESS_LOG_BUCKETS), Use(_VERSIONING, per=ACCESS_LOG_BUCKETS)),
    ),
    "AccessLogsLock": Field(
        "Object Lock of that bucket, with the members of ObjectLock; null without one.",
        calls=(ACCESS_LOGGING, Use(_LOCK, per=ACCESS_LOG_BUCKETS)),
    ),
}
"""Fields of ``s3.log_bucket``."""
