"""How the buckets that keep reports keep them, as the newest bundle shows it."""

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.audit_path.places import OF_EVIDENCE_BUCKETS, evidence_buckets
from scanner.facts.facts import checked
from scanner.period.evidence import Stores, StoreSeen
from scanner.resources.storage.lifecycle import lifecycle_facts
from scanner.resources.storage.locks import object_lock, versioning
from scanner.runs.periods.inputs import HeldBundle
from scanner.snapshot.answers import Answer, Snapshot

_MEMBERS: Mapping[str, tuple[str, type]] = {
    "s3.GetObjectLockConfiguration": ("ObjectLockConfiguration", dict),
    "s3.GetBucketLifecycleConfiguration": ("Rules", list),
}


class _Every:
    """Whatever lies in the bucket."""

    def may_start_with(self, prefix: str) -> bool:
        """Whether some of it may have this prefix: any may."""
        del prefix
        return True


def stores_of(newest: HeldBundle) -> Stores:
    """The buckets that were named when the newest bundle was collected."""
    found = stores_in(newest.snapshot)
    if not found:
        return Stores(absent="no bucket that keeps reports was named (scan --evidence-bucket NAME)")
    return Stores(source="the kept bundles", stores=found)


def stores_in(snapshot: Snapshot) -> tuple[StoreSeen, ...]:
    """Every bucket that was named when a snapshot was collected, as it shows it."""
    return tuple(_seen(snapshot, name) for name in sorted(evidence_buckets(snapshot)))


def _seen(snapshot: Snapshot, name: str) -> StoreSeen:
    """The bucket as the account shows it that knows most of it: others are refused where it is not theirs."""
    found = [_asked(snapshot, account, name) for account in sorted(snapshot.accounts)]
    return next((each for each in found if not each.unknown), found[0])


def _asked(snapshot: Snapshot, account: str, name: str) -> StoreSeen:
    versions, lock, lifecycle = _answers(snapshot, account, name)
    gap = next((answer.gap for answer in (versions, lock, lifecycle) if answer.gap is not None), None)
    if gap is not None:
        return StoreSeen(account, name, unknown=gap.reason)
    told = versioning(versions)
    if told is None:
        return StoreSeen(account, name, exists=False)
    locked = object_lock(lock) or {}
    enabled = locked.get("ObjectLockEnabled") == "Enabled" and isinstance(locked.get("RetentionDays"), int)
    rules: list[Any] = [] if lifecycle.absent else lifecycle.first.get("Rules") or []
    facts = lifecycle_facts(rules, str(told["Status"] or ""), (_Every(),))
    return StoreSeen(
        account,
        name,
        locked_days=locked["RetentionDays"] if enabled else None,
        mode=str(locked.get("Mode") or "") if enabled else "",
        mfa_delete=told["Status"] == "Enabled" and told["MFADelete"] == "Enabled",
        days_to_loss=facts["DaysToLoss"],
        loss_rule=str(facts["LossRule"] or ""),
    )


def _answers(snapshot: Snapshot, account: str, name: str) -> Iterator[Answer]:
    from scanner.arns import global_region

    region = global_region(snapshot.partition)
    for use in OF_EVIDENCE_BUCKETS:
        answer = snapshot.ask(account, region, use.operation, {"Bucket": name})
        wanted = _MEMBERS.get(use.operation)
        yield checked(answer, *wanted) if wanted is not None and not answer.absent else answer
