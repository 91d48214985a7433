"""``store-retained``: how long the buckets that keep reports and records of reviews keep them from being destroyed.

Sources: Amazon S3 User Guide, "Locking objects with Object Lock", "Configuring MFA delete" and "Expiring objects".
"""

from collections.abc import Iterator

from scanner.model import JsonValue
from scanner.period.evidence import PeriodEvidence, StoreSeen
from scanner.period.measured import Measure, Measured, Parameters

_FACTS = {
    "exists": "whether the bucket is there",
    "locked_days": "for how many days its Object Lock holds new objects by default; null without such a retention",
    "mode": "the mode of that retention; null without one",
    "mfa_delete": "whether versions can only be deleted with MFA, with versioning on",
    "days_to_loss": "after how many days, at the least, lifecycle rules destroy an object; null when they never do",
    "loss_rule": "the lifecycle rule that does; null without one",
}


def _take(evidence: PeriodEvidence, _parameters: Parameters) -> Iterator[Measured]:
    for store in evidence.stores.stores:
        yield _measured(store)


def _measured(store: StoreSeen) -> Measured:
    facts: dict[str, JsonValue] = {
        "exists": store.exists,
        "locked_days": store.locked_days,
        "mode": store.mode or None,
        "mfa_delete": store.mfa_delete,
        "days_to_loss": store.days_to_loss,
        "loss_rule": store.loss_rule or None,
    }
    return Measured(
        label=f"Bucket {store.name}",
        account=store.account,
        region="",
        resource=store.name,
        facts={} if store.unknown else facts,
        gaps=dict.fromkeys(_FACTS, store.unknown) if store.unknown else {},
        looked_at=("its Object Lock, versioning and lifecycle rules, by the newest bundle",),
        not_looked_at=(store.unknown,) if store.unknown else (),
        covered=not store.unknown,
        sources=("stores",),
    )


MEASURE = Measure(
    name="store-retained",
    title="How the buckets that keep reports and records of reviews keep them from being destroyed.",
    facts=_FACTS,
    take=_take,
    rests_on=("stores",),
)
