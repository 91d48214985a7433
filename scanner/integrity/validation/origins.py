"""Where a chain that begins in the middle comes from: another bucket, when that of its trail was changed.

The first digest file after the change names the one before it in the bucket before, ``previousDigestS3Bucket``
(CloudTrail user guide, "CloudTrail digest file structure"), and states its hash and signature.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scanner.integrity.judging.links import Gap, Link, Proof
from scanner.integrity.judging.results import ChainReport
from scanner.integrity.names import Place, digest_name
from scanner.integrity.stores.store import Store

MOST = 8
"""Through how many buckets a chain is followed."""

Elsewhere = Callable[[Link], "Store | str"]
"""Opens the bucket that the first digest of a chain names as that of the one before; else says what to do."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The place of the digest before the first one of a chain, which lies in another bucket, and that first one."""

    place: Place
    first: Link


def origin_of(gap: Gap, bucket: str) -> Origin | None:
    """Where a chain comes from that has a gap at the beginning of the period; None where it is not another bucket.

    What names another account, Region or trail is not the same chain.
    """
    first = gap.after
    if not gap.head or first is None or first.previous is None or first.previous.bucket == bucket:
        return None
    named = digest_name(first.previous.key)
    same = named is not None and (named.chain, named.place.account, named.place.region) == (
        gap.chain,
        gap.place.account,
        gap.place.region,
    )
    return Origin(named.place, first) if named is not None and same else None


def is_proved(first: Link) -> bool:
    """Whether what a digest names may be asked for: AWS signed it, so that nobody else chose the bucket."""
    return first.proof is Proof.VALID


def together(reports: Sequence[ChainReport]) -> list[ChainReport]:
    """Chains with what was found of each in several buckets put together; the newest digest stays what it was."""
    found: dict[tuple[Place, object], ChainReport] = {}
    for each in reports:
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
