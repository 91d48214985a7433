"""Where a chain was before: another bucket, or another prefix, when that of its trail was changed.

The first digest file after the change names the one before it in the bucket before, ``previousDigestS3Bucket``
(CloudTrail user guide, "CloudTrail digest file structure"), and states its hash and signature. A trail may come back to
a bucket: then the chain has a gap here, and its digests of that time are over there.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from scanner.integrity.judging.links import JITTER, Gap, Link, Origin, Proof
from scanner.integrity.judging.places import PlaceJudging
from scanner.integrity.judging.results import ChainReport
from scanner.integrity.names import ChainName, Place, digest_name
from scanner.integrity.stores.store import Store

MOST = 8
"""Through how many buckets a chain is followed."""

NOT_LOOKED_AT = "validate that too"
"""What to do where a chain is not followed."""

COME_BACK = "validate that prefix by itself"
"""What to do where a chain came back to a prefix of the bucket that is validated."""

Elsewhere = Callable[[Link], "Store | str"]
"""Opens the bucket that the first digest of a chain names as that of the one before; else says what to do."""


@dataclass(frozen=True, slots=True)
class Way:
    """A chain's time in another bucket: from ``since`` to the first digest here, which ``gap`` ends with.

    ``beside`` is the gap of the backfill chain, where that leads to the same place.
    """

    origin: Origin
    gap: Gap
    first: Link
    beside: tuple[Gap, ...] = ()

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """All gaps that the way closes."""
        return (self.gap, *self.beside)

    @property
    def led_to(self) -> tuple[Link, ...]:
        """The first digests here, by which the last ones over there are proved."""
        return tuple(gap.after for gap in self.gaps if gap.after is not None)


def ways_of(gaps: Sequence[Gap]) -> tuple[list[Way], list[Gap]]:
    """The ways that gaps of a place lead, in the order of time, and the gaps of backfill chains beside none of them.

    Backfill digests are not hourly: how long their chain was elsewhere, only the hourly chain beside it tells.
    """
    ways: list[Way] = []
    left = [gap for gap in gaps if gap.chain.backfill]
    for gap in sorted((each for each in gaps if not each.chain.backfill), key=lambda each: each.start):
        if gap.origin is None or gap.after is None:
            continue
        beside = [each for each in left if _is_beside(each, gap)]
        left = [each for each in left if each not in beside]
        ways.append(Way(gap.origin, gap, gap.after, tuple(beside)))
    return ways, left


def _is_beside(backfill: Gap, hourly: Gap) -> bool:
    """Whether the gap of a backfill chain is of the time for which the hourly chain was at the same place."""
    of_one = replace(backfill.chain, backfill=False) == hourly.chain and backfill.origin == hourly.origin
    before = _named_end(backfill)
    return of_one and before is not None and hourly.start < before <= hourly.end + JITTER


def _named_end(gap: Gap) -> datetime | None:
    """The end of the digest that the one after a gap names."""
    previous = gap.after.previous if gap.after is not None else None
    named = digest_name(previous.key) if previous is not None else None
    return named.end if named is not None else None


def join_prefixes(places: Sequence[PlaceJudging], bucket: str) -> list[Link]:
    """Join the chains of one account and Region that went from one prefix of a bucket to another, once.

    Both prefixes are validated in full; what is left is that the chain goes on where it ends in the one, and goes back
    beyond where it begins in the other. A chain that came back to a prefix is not joined: its gaps say where it was.
    Gives the digests that prove the last one of a prefix.
    """
    by_place = {each.place: each for each in places}
    proving: list[Link] = []
    for later in places:
        for gap in later.came():
            origin = gap.origin
            earlier = by_place.get(origin.place) if origin is not None and origin.bucket == bucket else None
            if earlier is None or gap.after is None:
                continue
            chaining = earlier.chaining(gap.chain)
            last = chaining.last if chaining is not None else None
            if last is None:
                continue
            if gap.head and last.end <= gap.end + JITTER:
                earlier.led_to(gap.after)
                later.followed(gap, None)
                proving.append(gap.after)
            else:
                later.not_followed(gap, COME_BACK)
    return proving


def is_proved(first: Link) -> bool:
    """Whether what a digest names may be asked for: AWS signed it, so that nobody else chose the bucket."""
    return first.proof is Proof.VALID


def together(reports: Iterable[ChainReport]) -> list[ChainReport]:
    """Chains with what was found of each in several buckets put together; the newest digest stays what it was."""
    found: dict[tuple[Place, ChainName], ChainReport] = {}
    for each in sorted(reports, key=lambda report: report.end, reverse=True):
        named = (each.place, each.chain)
        known = found.get(named)
        found[named] = each if known is None else _both(known, each)
    return list(found.values())


def _both(later: ChainReport, earlier: ChainReport) -> ChainReport:
    return replace(
        later,
        digests=later.digests.plus(earlier.digests),
        logs=later.logs.plus(earlier.logs),
        missing=later.missing + earlier.missing,
        start=min(later.start, earlier.start),
    )
