"""Stretches of time in a period: what was looked at of a part, and moments that explain a beginning."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from scanner.period.evidence import Fault, Lack, Part, PeriodEvidence
from scanner.times import rfc3339

NEAR = timedelta(hours=1, minutes=15)
"""How far from the beginning of a chain the call is recorded that explains it, as the validation takes it."""

DELIVERY = timedelta(hours=2)
"""How long after a moment the digest file that covers it is awaited."""

Span = tuple[datetime, datetime]


def concerning(part: Part, account: str, region: str, since: datetime, until: datetime) -> Iterator[str]:
    """What a part lacks of an account and Region ("" for any) in a time, each as a clause; why, where it is absent."""
    if part.absent:
        yield part.absent
        return
    for lack in part.lacks:
        if _is_about(lack, account, region) and _overlaps(lack.since, lack.until, since, until):
            yield lack.why


def _is_about(lack: Lack, account: str, region: str) -> bool:
    return lack.account in {"", account} and (not region or lack.region in {"", region})


def _overlaps(start: datetime | None, end: datetime | None, since: datetime, until: datetime) -> bool:
    return (start is None or start < until) and (end is None or end > since)


def short_of(evidence: PeriodEvidence, since: datetime | None, until: datetime | None, what: str) -> Iterator[str]:
    """In what a time that was looked at falls short of the period, as clauses."""
    if since is not None and since > evidence.since:
        yield f"{what} were looked at from {rfc3339(since)} on only"
    if until is not None and until < evidence.until:
        yield f"{what} were looked at up to {rfc3339(until)} only"


def not_due(evidence: PeriodEvidence) -> str:
    """That the last digest files of the period had not come when it was looked at; "" where they had to be there."""
    if evidence.until + DELIVERY <= evidence.as_of:
        return ""
    return f"digest files of the end of the period may come until two hours after {rfc3339(evidence.until)}"


def begun(evidence: PeriodEvidence, account: str, trail: str, at: datetime) -> str:
    """What explains that logging of a trail began at a moment: its creation, or an approval; "" where nothing does."""
    for change in evidence.records.changes:
        same = change.event == "CreateTrail" and (change.account, change.trail) == (account, trail)
        if same and abs(change.at - at) <= NEAR:
            return f"CreateTrail at {rfc3339(change.at)}"
    for start in evidence.starts:
        if (start.account, start.trail) == (account, trail) and abs(start.at - at) <= NEAR:
            return f"a start that {start.by or 'somebody'} approved"
    return ""


def is_explained(evidence: PeriodEvidence, fault: Fault) -> bool:
    """Whether a chain that begins is that of a trail which began then."""
    moment = fault.until
    return (
        fault.kind == "chain-begins"
        and moment is not None
        and bool(begun(evidence, fault.account, fault.trail, moment))
    )


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time as spans that do not overlap, in order."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def uncovered(spans: Iterable[Span], within: Span) -> list[Span]:
    """The parts of a time that no span covers, in order."""
    found: list[Span] = []
    begin, end = within
    for start, stop in merged(spans):
        if start > begin:
            found.append((begin, min(start, end)))
        begin = max(begin, stop)
        if begin >= end:
            return found
    return [*found, (begin, end)]


def clipped(span: Span, evidence: PeriodEvidence) -> Span:
    """The part of a span that lies in the period; its end is not after its beginning where none does."""
    return max(span[0], evidence.since), min(span[1], evidence.until)


def days(first: date, last: date) -> Iterator[date]:
    """The days from one to another, both included."""
    while first <= last:
        yield first
        first += timedelta(days=1)


def told(span: Span) -> str:
    """A span in a sentence."""
    return f"{rfc3339(span[0])} to {rfc3339(span[1])}"


def hours(spans: Iterable[Span]) -> float:
    """How many hours spans are together, to a hundredth and never rounded down to none."""
    seconds = sum((end - start).total_seconds() for start, end in spans)
    told = max(round(seconds / 3600, 2), 0.01) if seconds else 0
    return int(told) if told == int(told) else told
