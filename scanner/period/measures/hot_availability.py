"""``hot-availability``: whether the latest log files can be read at once.

Storage classes: S3 user guide, "Understanding and managing Amazon S3 storage classes"; a restored copy of an archived
object is told by ``RestoreStatus`` of ListObjectsV2. Which tier an object of INTELLIGENT_TIERING is in, a listing does
not tell.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from scanner.model import JsonValue
from scanner.period.evidence import PeriodEvidence
from scanner.period.measured import Measure, Measured, Parameters
from scanner.period.spans import concerning

_TIERED = "INTELLIGENT_TIERING"


def _take(evidence: PeriodEvidence, parameters: Parameters) -> Iterator[Measured]:
    part = evidence.listing
    if part.absent:
        return
    for account in sorted({*evidence.accounts, *(each.account for each in part.days)}):
        yield _measured(evidence, account, parameters)


def _measured(evidence: PeriodEvidence, account: str, parameters: Parameters) -> Measured:
    part = evidence.listing
    taken = part.taken or evidence.as_of
    hot_days = int(str(parameters["hot_days"]))
    immediate = frozenset(map(str, _texts(parameters["immediate_classes"])))
    first = taken - timedelta(days=hot_days)
    recent = [each for each in part.days if each.account == account and each.day >= first.date() and each.objects]
    classes: Counter[str] = Counter()
    for each in recent:
        classes.update(each.classes)
    restored = sum(each.restored for each in recent)
    cold = {name: count for name, count in sorted(classes.items()) if name not in immediate | {_TIERED}}
    lacking = list(concerning(part, account, "", datetime.combine(first.date(), datetime.min.time(), UTC), taken))
    if not recent:
        lacking.append(f"there is no log file of the last {hot_days} days")
    if _TIERED not in immediate and classes[_TIERED]:
        lacking.append(f"{classes[_TIERED]:,} log files are in {_TIERED}, and which tier they are in is not listed")
    facts: dict[str, JsonValue] = {}
    gaps = _gaps(evidence, account, cold)
    if not gaps:
        facts = {
            "cold": sum(cold.values()),
            "classes": [f"{count:,} in {name}" for name, count in cold.items()],
            "hot": classes.total() - sum(cold.values()) - (0 if _TIERED in immediate else classes[_TIERED]) + restored,
        }
    return Measured(
        label=f"Account {account}",
        account=account,
        region="",
        resource=account,
        facts=facts,
        gaps=gaps,
        looked_at=(f"{classes.total() + restored:,} log files of the last {hot_days} days",),
        not_looked_at=tuple(lacking),
        covered=not lacking,
        sources=("listing",),
    )


def _gaps(evidence: PeriodEvidence, account: str, cold: dict[str, int]) -> dict[str, str]:
    """Why it is not known whether log files can be read at once, by fact; nothing where it is."""
    why = "" if evidence.listing.classed else "the listing does not tell storage classes"
    group = _log_group(evidence, account) if cold else ""
    if group:
        why = f"log files lie in an archive, and whether log group {group} holds the same days was not looked at"
    return dict.fromkeys(("cold", "classes", "hot"), why) if why else {}


def _log_group(evidence: PeriodEvidence, account: str) -> str:
    """A log group that the newest snapshot shows a trail of the account to send its events to as well."""
    newest = max(evidence.bundles.snapshots, key=lambda each: each.taken, default=None)
    trails = newest.trails if newest else ()
    return next((each.log_group for each in trails if each.account == account and each.log_group), "")


def _texts(value: JsonValue) -> list[JsonValue]:
    return list(value) if isinstance(value, list | tuple) else []


MEASURE = Measure(
    name="hot-availability",
    title="The storage classes of the latest log files of each account.",
    facts={
        "cold": "how many of them lie in an archive and have no restored copy",
        "classes": "how many lie in which archive, as texts",
        "hot": "how many can be read at once",
    },
    take=_take,
    rests_on=("listing", "bundles"),
    parameters={"hot_days": "integer", "immediate_classes": "strings"},
)
