"""When trails were without logging, as their statuses in the bundles and the log records of a period tell it.

Log records tell when StopLogging, StartLogging, CreateTrail and DeleteTrail were called; GetTrailStatus tells the
latest start and stop (``StartLoggingTime`` and ``StopLoggingTime``, CloudTrail API reference). A status seen after the
period whose latest stop lies before it proves by itself that the trail logged throughout.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from scanner.period.evidence import PeriodEvidence, SnapshotSeen, TrailChange, TrailSeen
from scanner.period.spans import Span, begun, concerning, short_of
from scanner.times import rfc3339

OFF = frozenset({"StopLogging", "DeleteTrail"})
ON = frozenset({"StartLogging"})

Key = tuple[str, str, str]
"""The account, the home Region ("" where records alone tell of the trail) and the name of a trail."""


@dataclass(frozen=True, slots=True)
class TrailHistory:
    """A trail with its statuses in the bundles and the calls that changed it, each by time."""

    account: str
    region: str
    name: str
    seen: tuple[tuple[SnapshotSeen, TrailSeen], ...]
    changes: tuple[TrailChange, ...]

    @property
    def arn(self) -> str:
        """Its ARN; "" where no snapshot shows one."""
        return next((seen.arn for _, seen in self.seen if seen.arn), "")


def first_start(seen: TrailSeen) -> datetime | None:
    """When a trail logged for the first time: its latest start, where it was never stopped; None where that differs."""
    return seen.started if seen.stopped is None else None


def began_later(seen: TrailSeen, evidence: PeriodEvidence) -> bool:
    """Whether a status tells that a trail logged for the first time after the period."""
    start = first_start(seen)
    return start is not None and start >= evidence.until


def trails(evidence: PeriodEvidence) -> Iterator[TrailHistory]:
    """Every trail of the period that the bundles or the records tell of, in order; none that began after it."""
    seen: dict[Key, list[tuple[SnapshotSeen, TrailSeen]]] = {}
    for snapshot in sorted(evidence.bundles.snapshots, key=lambda each: each.taken):
        for trail in snapshot.trails:
            seen.setdefault((trail.account, trail.region, trail.name), []).append((snapshot, trail))
    changes: dict[tuple[str, str], list[TrailChange]] = {}
    for change in sorted(evidence.records.changes, key=lambda each: (each.at, each.event_id)):
        changes.setdefault((change.account, change.trail), []).append(change)
    shown_by = {(account, name) for account, _, name in seen}
    keys = set(seen) | {(account, "", name) for account, name in changes.keys() - shown_by}
    for account, region, name in sorted(keys):
        shown = tuple(seen.get((account, region, name), ()))
        calls = tuple(changes.get((account, name), ()))
        if not shown or calls or not all(began_later(status, evidence) for _, status in shown):
            yield TrailHistory(account, region, name, shown, calls)


def unlisted(evidence: PeriodEvidence, account: str) -> tuple[str, ...]:
    """Why there may be trails of an account that no bundle shows, as clauses; nothing where all are listed."""
    return tuple(lack.why for lack in evidence.bundles.lacks if lack.account in {"", account})


def spans_off(trail: TrailHistory, evidence: PeriodEvidence) -> Iterator[Span]:
    """The times that are proven to be without logging; some may lie outside the period."""
    for number, change in enumerate(trail.changes):
        if change.event in OFF:
            after = (each.at for each in trail.changes[number + 1 :] if each.event in ON)
            yield change.at, min(after, default=_next_start(trail, change.at, evidence.until))
    for snapshot, seen in trail.seen:
        if seen.logging is False:
            # A trail that was never started has no time of a stop: it is off at least while it is looked at.
            start = seen.stopped if seen.stopped is not None else snapshot.taken
            yield start, _next_start(trail, max(start, snapshot.taken), evidence.until)
        elif seen.stopped is not None and seen.started is not None and seen.stopped < seen.started:
            yield seen.stopped, seen.started


def _next_start(trail: TrailHistory, moment: datetime, until: datetime) -> datetime:
    """When logging began next after a moment, as far as it is told; else the end of the period."""
    starts = [each.at for each in trail.changes if each.event in ON and each.at >= moment]
    starts += [seen.started for _, seen in trail.seen if seen.started is not None and seen.started >= moment]
    starts += [snapshot.taken for snapshot, seen in trail.seen if seen.logging and snapshot.taken >= moment]
    return min(starts, default=until)


def _is_proven_by_status(trail: TrailHistory, evidence: PeriodEvidence) -> bool:
    """Whether a status that was seen after the period shows that the trail has logged since before it began."""
    for snapshot, seen in trail.seen:
        after = snapshot.taken >= evidence.until and seen.logging is True
        on_before = seen.started is not None and seen.started <= evidence.since
        if after and on_before and (seen.stopped is None or seen.stopped < evidence.since):
            return True
    return False


def unseen_of(trail: TrailHistory, evidence: PeriodEvidence) -> tuple[str, ...]:
    """What keeps the records from telling the state of a trail over the whole period, as clauses."""
    if _is_proven_by_status(trail, evidence):
        return ()
    part = evidence.records
    found = list(concerning(part, trail.account, trail.region, evidence.since, evidence.until))
    found += short_of(evidence, part.since, part.until, "log records")
    if not part.absent and trail.account not in part.accounts:
        found.append(f"no record of account {trail.account} was read")
    found += [seen.unknown for _, seen in trail.seen if seen.logging is None and seen.unknown]
    found += _unexplained_starts(trail, evidence)
    first = next((each for each in trail.changes if evidence.since <= each.at and each.event != "UpdateTrail"), None)
    if first is None and not any(seen.logging for _, seen in trail.seen):
        found.append("no snapshot shows whether it is logging, and no record of the period tells of a change")
    if first is not None and first.event == "StartLogging":
        found.append(f"whether it was off before StartLogging at {rfc3339(first.at)} is not told")
    return tuple(dict.fromkeys(found))


def _unexplained_starts(trail: TrailHistory, evidence: PeriodEvidence) -> Iterator[str]:
    """First starts within the period of which neither the creation of the trail nor an approval tells, as clauses."""
    starts = {start for _, seen in trail.seen if (start := first_start(seen)) is not None}
    for start in sorted(starts):
        within = evidence.since < start < evidence.until
        if within and not begun(evidence, trail.account, trail.name, start):
            yield f"it was first started at {rfc3339(start)}, and what logged before that is not told"
