"""What a gap in a chain means: digests that are missing, logging that was off, or a chain that only begins.

A gap is matched with the calls that end and begin logging, as the log files themselves record them. A record explains a
gap and closes none: no digest vouches for that time.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from scanner.integrity.judging.links import HOUR, Gap, hours_between
from scanner.integrity.names import ChainName, Place
from scanner.integrity.problems import About, Kind, Problem, Weight
from scanner.integrity.reading.log_content import TrailChange
from scanner.times import rfc3339
from scanner.wording import several

_NEAR = timedelta(hours=1, minutes=15)
"""How far from an edge of a gap the call is recorded that explains it: the last digest may cover the hour of the call
to its end."""

RETRIES = timedelta(days=30)
"""How long CloudTrail tries to deliver to a bucket that refuses it (user guide, "Troubleshooting delivery")."""

_ENDS = frozenset({"StopLogging", "DeleteTrail"})
_CHANGES = frozenset({"UpdateTrail"})
_BEGINS = frozenset({"StartLogging", "CreateTrail", "UpdateTrail"})
_LISTED = 24

Trouble = Callable[[Gap], str]
"""What AWS says of the delivery of a trail's digests now, as the rest of a sentence; "" where it says nothing."""


def explained(gap: Gap, changes: Sequence[TrailChange], bucket: str, *, seen_home: bool, trouble: Trouble) -> Problem:
    """The problem that a gap is, with what is known of its cause."""
    if gap.head and gap.anew:
        return _problem(gap, Kind.BEGINS, Weight.UNKNOWN, _beginning(gap, changes))
    other = not gap.named.startswith(f"s3://{bucket}/")
    if gap.named and (other or gap.hint):
        hint = gap.hint or "validate that too"
        where = "in another bucket" if other else "below another prefix of the bucket"
        why = f"the chain goes on {where}, with {gap.named}: {hint}"
        return _problem(gap, Kind.NOT_FOUND, Weight.UNKNOWN, f"{_covered(gap)}; {why}")
    told = f"{_covered(gap)}{_hours(gap)}"
    stopped, started = _near(gap.start, _ENDS, gap, changes), _near(gap.end, _BEGINS, gap, changes)
    ends = gap.anew or gap.tail
    if ends and stopped is not None:
        told += f"; logging was off: {_call(stopped)}"
        if started is not None and started != stopped:
            told += f", then {_call(started)}"
        return _problem(gap, Kind.STOPPED, Weight.INVALID, told)
    said = trouble(gap) if gap.digests else ""
    if said:
        return _problem(gap, Kind.REDELIVERY, Weight.UNKNOWN, f"{told}; {said}")
    changed = _near(gap.start, _CHANGES, gap, changes) if ends else None
    if gap.anew:
        told += "; the chain begins anew after it"
        told += f": {_call(started)}" if started is not None else ""
        told += _why_anew(gap, changed, seen_home=seen_home)
        return _problem(gap, Kind.MISSING if gap.digests else Kind.RESTARTED, Weight.INVALID, told)
    if changed is not None:
        told += (
            f"; {_call(changed)} may have turned log file validation off, or changed the bucket: where it did, "
            "validate the bucket that the trail delivers to now"
        )
    told += f"; {gap.named} is named by the next digest file and not found" if gap.named else ""
    return _problem(gap, Kind.MISSING, Weight.INVALID, told)


def _why_anew(gap: Gap, changed: TrailChange | None, *, seen_home: bool) -> str:
    """What is known of why a chain begins anew, where no record says that logging was off."""
    if changed is not None:
        return f"; {_call(changed)} may have turned log file validation off"
    if not seen_home:
        return f", and no records of the trail's home Region {gap.chain.home} were looked at"
    return ", and no record of StopLogging, DeleteTrail or UpdateTrail says why"


def none_of(place: Place, chain: ChainName, start: datetime, end: datetime, why: str) -> Problem:
    """That one of the chains of a place, which must be there, has no digest at all in the period."""
    digests = hours_between(start, end)
    told = (
        f"no digest file of the trail {chain.trail} covers {rfc3339(start)} to {rfc3339(end)}: "
        f"{several(digests, 'digest file')} missing, and {why}"
    )
    return Problem(Kind.NO_DIGESTS, Weight.INVALID, About.PLACE, place, told, "", chain, start, end, digests)


def not_one(
    place: Place, start: datetime, end: datetime, digests: int, objects: int, trail: str, *, expected: bool
) -> Problem:
    """That a place has no digest at all in the period; ``expected`` says that there must have been some."""
    of_trail = f" of the trail {trail}" if trail else ""
    told = (
        f"no digest file{of_trail} covers {rfc3339(start)} to {rfc3339(end)}: {several(digests, 'digest file')} missing"
    )
    if objects:
        told += f", and nothing vouches for the {several(objects, 'log file')} of that time"
    if not expected:
        told = (
            f"no digest file{of_trail} is of {rfc3339(start)} to {rfc3339(end)}: no trail delivered here, or "
            "everything was deleted. Name the account with --account and the Region with --region where there must be "
            "some, or leave others out"
        )
    weight = Weight.INVALID if expected else Weight.UNKNOWN
    return Problem(Kind.NO_DIGESTS, weight, About.PLACE, place, told, "", None, start, end, digests if expected else 0)


def not_yet(place: Place, start: datetime, end: datetime) -> Problem:
    """That no digest of the period is awaited yet, so that nothing could be looked at."""
    told = (
        f"there is no digest file of {rfc3339(start)} to {rfc3339(end)} yet: one comes within two hours. Validate a "
        "longer period, or wait"
    )
    return Problem(Kind.NO_DIGESTS, Weight.UNKNOWN, About.PLACE, place, told, "", None, start, end)


def _problem(gap: Gap, kind: Kind, weight: Weight, why: str) -> Problem:
    missing = gap.digests if weight is Weight.INVALID else 0
    return Problem(kind, weight, About.HOURS, gap.place, why, gap.named, gap.chain, gap.start, gap.end, missing)


def _covered(gap: Gap) -> str:
    if gap.chain.backfill:
        return f"a backfill digest file of the time before {rfc3339(gap.end)} is not there"
    return f"no digest file covers {rfc3339(gap.start)} to {rfc3339(gap.end)}"


def _hours(gap: Gap) -> str:
    """How many digests are missing and, of a few, the hours they would end."""
    if not gap.digests or gap.chain.backfill:
        return ""
    told = f": {several(gap.digests, 'digest file')} missing"
    if gap.digests > _LISTED or gap.head or gap.tail or gap.digests == 1:
        return told
    ends = [min(gap.start + number * HOUR, gap.end) for number in range(1, gap.digests + 1)]
    return f"{told}, those that end {', '.join(map(rfc3339, ends))}"


def _beginning(gap: Gap, changes: Sequence[TrailChange]) -> str:
    started = _near(gap.end, _BEGINS, gap, changes)
    told = f"the chain begins at {rfc3339(gap.end)}, within the period"
    told += f" ({_call(started)})" if started is not None else ""
    return f"{told}: nothing vouches for {rfc3339(gap.start)} to then; with --since, validate from its beginning"


def _near(moment: datetime, events: frozenset[str], gap: Gap, changes: Sequence[TrailChange]) -> TrailChange | None:
    """The call nearest to an edge of a gap."""
    near = [each for each in changes if each.event in events and _is_of(each, gap) and abs(each.at - moment) <= _NEAR]
    return min(near, key=lambda each: abs(each.at - moment), default=None)


def _is_of(change: TrailChange, gap: Gap) -> bool:
    """Whether a call was on the trail of a gap.

    A name is of one account and one home Region; that of an organization's trail is of the management account.
    """
    if (change.trail, change.region or gap.chain.home) != (gap.chain.trail, gap.chain.home):
        return False
    return gap.place.organization or change.account == gap.place.account


def _call(change: TrailChange) -> str:
    by = f" by {change.by}" if change.by else ""
    return f"{change.event} of {change.trail} at {rfc3339(change.at)}{by} (event {change.event_id or 'without an id'})"
