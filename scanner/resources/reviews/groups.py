"""The log groups whose events are to be reviewed, and who names them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from scanner.audit_path.places import TRAIL_STATUS
from scanner.audit_path.stores import (
    AuditLogGroup,
    audit_log_groups,
    event_log_groups,
    log_group_arn,
    visible_trails,
)
from scanner.model import CallKey, Gap, GapKind
from scanner.resources.trails.worlds import regions_left_out
from scanner.snapshot.answers import Answer, Snapshot


@dataclass(frozen=True, slots=True)
class AuditGroups:
    """The audit log groups by ARN; ``gaps`` say where some may be missing."""

    groups: tuple[AuditLogGroup, ...]
    gaps: tuple[Gap, ...]

    def own(self, account: str) -> tuple[AuditLogGroup, ...]:
        """Those of one account."""
        return tuple(group for group in self.groups if group.account == account and group.region)


def audit_groups(snapshot: Snapshot, account: str) -> AuditGroups:
    """The log groups that CloudTrail's events reach, over visible trails or without one."""
    visible, without = visible_trails(snapshot, account), event_log_groups(snapshot, account)
    groups = {group.arn: group for group in audit_log_groups(visible)}
    for group in without.groups:
        groups[group.arn] = replace(groups.get(group.arn, group), listed=group.listed)
    return AuditGroups(tuple(groups[arn] for arn in sorted(groups)), (*visible.gaps, *without.gaps))


def filled(snapshot: Snapshot, account: str, group: AuditLogGroup) -> tuple[bool, Sequence[Answer]]:
    """Whether events still come in, for certain where a trail says that it is logging; and what that rests on."""
    if group.listed is not None:
        return True, ()
    statuses = [
        snapshot.ask(account, trail.region, TRAIL_STATUS.operation, {"Name": trail.arn}) for trail in group.trails
    ]
    logging = [status for status in statuses if status.first.get("IsLogging") is True]
    return (True, logging[:1]) if logging else (False, statuses)


def names_group(identifiers: Iterable[object], group: AuditLogGroup) -> bool:
    """Whether one of the identifiers is the name of a log group of the same account and Region, or its ARN."""
    texts = {text for text in identifiers if isinstance(text, str)}
    return group.name in texts or group.arn in {log_group_arn(text) for text in texts}


def named_groups(identifiers: Iterable[object], groups: Iterable[AuditLogGroup]) -> Iterator[str]:
    """The names of those groups that the identifiers name."""
    listed = list(identifiers)
    for group in groups:
        if names_group(listed, group):
            yield group.name


def left_out(snapshot: Snapshot, account: str, operation: str) -> Gap | None:
    """Why an operation was not asked in some enabled Regions of the account; None where none was left out."""
    _, reason = regions_left_out(snapshot, account, snapshot.regions(account))
    return Gap(key=CallKey(account, "", operation), kind=GapKind.OUT_OF_SCOPE, reason=reason) if reason else None
