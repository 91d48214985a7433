"""``retention-present``: whether the log files of the last so many days really lie in the store.

A Region without activity may lack a log file on a day, and lose nothing: a digest chain that covers the day vouches for
that. A day on which no Region of an account has a log file, and for which no chain vouches, counts as missing.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from scanner.model import JsonValue
from scanner.period.evidence import DigestChain, PeriodEvidence
from scanner.period.measured import Measure, Measured, Parameters
from scanner.period.spans import concerning, days

_LISTED = 20
_DAY = timedelta(days=1)


def _take(evidence: PeriodEvidence, parameters: Parameters) -> Iterator[Measured]:
    part = evidence.listing
    for account in sorted({*evidence.accounts, *(each.account for each in part.days)}):
        if part.absent:
            continue
        yield _measured(evidence, account, int(str(parameters["min_days"])))


def _measured(evidence: PeriodEvidence, account: str, min_days: int) -> Measured:
    part = evidence.listing
    taken = part.taken or evidence.as_of
    present = sorted({each.day for each in part.days if each.account == account and each.objects})
    wanted, begun = _from(evidence, account, taken.date() - timedelta(days=min_days))
    window = list(days(wanted, taken.date() - 2 * _DAY))
    lost = [day for day in window if day not in set(present) and not _vouched(evidence, account, "", day)]
    # On the day on which a trail began, its first log file may come after midnight.
    lost = [day for day in lost if not (begun and day == wanted)]
    proven = lost if begun else _proven(evidence, account, lost, present)
    lacking = list(concerning(part, account, "", *_moments(wanted, taken.date())))
    lacking += _quiet(evidence, account, window)
    facts: dict[str, JsonValue] = {
        "oldest": present[0].isoformat() if present else None,
        "days_kept": (taken.date() - present[0]).days if present else 0,
        "required_from": wanted.isoformat(),
    }
    gaps: dict[str, str] = {}
    why = "; ".join(lacking) if part.lacks else ""
    if not part.classed:
        why = "; ".join(filter(None, (why, "a copy of the store was looked at, and the store may hold more")))
    if why and lost:
        gaps |= {"missing_days": why, "when": why}
    elif lost and not proven:
        unclear = "whether a trail delivered before the oldest log file is not told by any status or record"
        gaps |= {"missing_days": unclear, "when": unclear}
    else:
        facts |= _missing(proven)
    return Measured(
        label=f"Account {account}",
        account=account,
        region="",
        resource=account,
        facts=facts,
        gaps=gaps,
        looked_at=(f"{len(present):,} days with log files, of {len(window):,} that are required",),
        not_looked_at=tuple(lacking),
        covered=not lacking,
        sources=("listing", "integrity"),
    )


def _missing(lost: list[date]) -> dict[str, JsonValue]:
    return {"missing_days": len(lost), "when": [day.isoformat() for day in lost[:_LISTED]]}


def _from(evidence: PeriodEvidence, account: str, required: date) -> tuple[date, bool]:
    """The day from which log files must be there, and whether that is when the first trail of the account began."""
    created = [each.at for each in evidence.records.changes if (each.event, each.account) == ("CreateTrail", account)]
    created += [start.at for start in evidence.starts if start.account == account]
    first = min(created, default=None)
    if first is None or first.date() <= required or _logged_before(evidence, account, first.date()):
        return required, False
    return first.date(), True


def _logged_since(evidence: PeriodEvidence, account: str) -> datetime | None:
    """Since when at the latest some trail of an account is known to have logged; None where nothing tells."""
    known = [chain.since for chain in evidence.integrity.chains if chain.account == account]
    for snapshot in evidence.bundles.snapshots:
        logging = (trail for trail in snapshot.trails if trail.account == account and trail.logging)
        known += [min(filter(None, (trail.started, snapshot.taken))) for trail in logging]
    return min(known, default=None)


def _logged_before(evidence: PeriodEvidence, account: str, day: date) -> bool:
    """Whether a trail is known to have logged in an account before a day."""
    known = _logged_since(evidence, account)
    return known is not None and known < datetime.combine(day, datetime.min.time(), UTC)


def _proven(evidence: PeriodEvidence, account: str, lost: list[date], present: list[date]) -> list[date]:
    """The days that are a loss: after the first on which there are log files, or a trail is known to have logged.

    What came before that day may have been before any trail; and on the day itself nothing may have been delivered.
    """
    known = _logged_since(evidence, account)
    first = min(filter(None, (present[0] if present else None, known.date() if known else None)), default=None)
    return [day for day in lost if first is not None and day > first]


def _vouched(evidence: PeriodEvidence, account: str, region: str, day: date) -> bool:
    """Whether a validated chain covers a day: then what was delivered that day is known, were it nothing."""
    since, until = _moments(day, day + _DAY)
    if evidence.integrity.absent or evidence.integrity.lacks:
        return False
    chains = [each for each in evidence.integrity.chains if _is_of(each, account, region)]
    return any(chain.since <= since and chain.until >= until and _is_whole(evidence, chain, day) for chain in chains)


def _is_of(chain: DigestChain, account: str, region: str) -> bool:
    return chain.account == account and region in {"", chain.region} and not chain.backfill


def _is_whole(evidence: PeriodEvidence, chain: DigestChain, day: date) -> bool:
    """Whether no fault of a chain touches a day, and no log file that it names is missing or unproven."""
    since, until = _moments(day, day + _DAY)
    for fault in evidence.integrity.faults:
        if (fault.account, fault.region) != (chain.account, chain.region) or fault.kind == "chain-begins":
            continue
        if (fault.since is None or fault.since < until) and (fault.until is None or fault.until > since):
            return False
    return True


def _quiet(evidence: PeriodEvidence, account: str, window: list[date]) -> Iterator[str]:
    """Regions that lack days on which others have log files, and for which no digest chain vouches, as clauses."""
    listed = [each for each in evidence.listing.days if each.account == account and each.objects]
    together = {each.day for each in listed}
    for region in sorted({each.region for each in listed}):
        present = {each.day for each in listed if each.region == region}
        first = min(present)
        silent = [day for day in window if day > first and day not in present]
        open_days = [day for day in silent if not _vouched(evidence, account, region, day)]
        elsewhere = [day for day in open_days if day in together]
        if elsewhere:
            yield (
                f"{region} has no log file on {len(elsewhere)} days, the first {elsewhere[0].isoformat()}, and no "
                "digest chain tells that nothing was delivered"
            )


def _moments(first: date, last: date) -> tuple[datetime, datetime]:
    return datetime.combine(first, datetime.min.time(), UTC), datetime.combine(last, datetime.min.time(), UTC)


MEASURE = Measure(
    name="retention-present",
    title="The days of which log files lie in the store, back to a number of days or to the first trail.",
    facts={
        "missing_days": "how many of the days that are required have no log file",
        "when": "the first of these days",
        "oldest": "the day of the oldest log file; null where there is none",
        "days_kept": "how many days ago that was",
        "required_from": "the day from which log files must be there",
    },
    take=_take,
    rests_on=("listing", "integrity", "records", "bundles", "starts"),
    parameters={"min_days": "integer"},
)
