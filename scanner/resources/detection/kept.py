"""How long what a service writes is kept, by the settings of the log group or of the bucket that it writes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanner.audit_path.stores import mappings
from scanner.facts.facts import checked
from scanner.facts.owners import ask_owner
from scanner.model import Gap
from scanner.resources.storage.lifecycle import lifecycle_facts
from scanner.snapshot.answers import Answer, Snapshot

LIFECYCLE, VERSIONING = "s3.GetBucketLifecycleConfiguration", "s3.GetBucketVersioning"
GROUPS = "logs.DescribeLogGroups"


@dataclass(frozen=True, slots=True)
class Kept:
    """Days for which it is kept (None: no end is set), 0 where the place does not exist, and the answers that tell."""

    days: int | None
    answers: tuple[Answer, ...]

    @property
    def gap(self) -> Gap | None:
        """Why it is not known; None where it is."""
        return next((answer.gap for answer in self.answers if answer.gap is not None), None)


@dataclass(frozen=True, slots=True)
class Under:
    """Objects whose keys begin with one of some prefixes."""

    prefixes: tuple[str, ...]

    def may_start_with(self, prefix: str) -> bool:
        """Whether some of them may have this prefix."""
        return any(each.startswith(prefix) or prefix.startswith(each) for each in self.prefixes)


def kept_in_group(snapshot: Snapshot, account: str, owner: str, region: str, name: str) -> Kept:
    """How long a log group keeps events; its owner's own answer counts first."""
    asked = ask_owner(snapshot, account, owner, region, GROUPS, logGroupNamePrefix=name)
    listed = asked if asked.absent else checked(asked, "logGroups", list)
    found = [item for _, item in mappings(listed, "logGroups") if item.get("logGroupName") == name]
    return Kept(_retention(found[0]) if found else 0, (listed,))


def _retention(group: Mapping[str, Any]) -> int | None:
    days = group.get("retentionInDays")
    return days if isinstance(days, int) else None


def kept_in_bucket(snapshot: Snapshot, account: str, region: str, bucket: str, keys: Under) -> Kept:
    """How long a bucket keeps objects with these keys, by its lifecycle rules; Object Lock is not looked at."""
    asked = {"Bucket": bucket}
    answer, versioning = (snapshot.ask(account, region, each, asked) for each in (LIFECYCLE, VERSIONING))
    if versioning.absent:
        return Kept(0, (versioning,))
    if answer.absent:
        return Kept(None, (answer, versioning))
    listed = checked(answer, "Rules", list)
    rules = [item for _, item in mappings(listed, "Rules")]
    facts = lifecycle_facts(rules, versioning.first.get("Status"), (keys,))
    if facts["DaysToExpiry"] is None:
        return Kept(None, (listed,))
    return Kept(facts["DaysToLoss"], (listed, versioning))
