"""Proves the digests of a bundle again: every signature with the public keys inside, and every link of the chains."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec

from scanner.errors import SnapshotError, UsageError
from scanner.integrity.judging.links import Link, Proof, proved
from scanner.integrity.judging.places import edges, is_missing
from scanner.integrity.judging.results import Period
from scanner.integrity.judging.stretches import Chaining, Stretch, Tally
from scanner.integrity.names import ChainName, Place, digest_name
from scanner.integrity.stores.captured import CapturedKeys, captured_in
from scanner.runs.integrity import AGAIN, KEYS, NOT_INSIDE, PROOFS, REPORT
from scanner.runs.integrity.proofs import read_proofs
from scanner.runs.over_logs.reproduction import Recomputed
from scanner.wording import several

_UNKEPT = "the bundle holds no digests: another version of trailwitness sealed it, before they were kept"

Named = tuple[Place, ChainName]


@dataclass(frozen=True, slots=True)
class _Counted:
    """The digests of a chain, and how many are missing by time (None: not computed again)."""

    digests: Tally
    missing: int | None


@dataclass(frozen=True, slots=True)
class _Stated:
    """What the report says."""

    verdict: str
    trail: str
    period: Period
    chains: Mapping[Named, _Counted]


@dataclass(slots=True)
class _Proving:
    """Digests put one after another, chain by chain in each bucket: those of the bucket before come afterwards."""

    keys: CapturedKeys
    chains: dict[tuple[Named, str], Chaining] = field(default_factory=dict)

    def take(self, link: Link, *, beyond: bool) -> None:
        place, bucket = _where_it_proves(link) if beyond else (link.place, link.bucket)
        chaining = self.chains.setdefault(((place, link.chain), bucket), Chaining(self.keys))
        again = _again(link, self.keys)
        if beyond:
            chaining.prove_by(again)
        else:
            chaining.add(again)

    def found(self, period: Period) -> Mapping[Named, _Counted]:
        """What follows of each chain; how many digests are missing of one that is in one place of one bucket only."""
        found: dict[Named, _Counted] = {}
        alone = Counter((place.account, place.region, chain) for (place, chain), _ in self.chains)
        for ((place, chain), _), chaining in self.chains.items():
            stretch = chaining.closed()
            if stretch is not None:
                known = found.get((place, chain), _Counted(Tally(), None)).digests
                one = alone[place.account, place.region, chain] == 1 and not chain.backfill
                found[place, chain] = _Counted(known.plus(stretch.digests), _missing(stretch, period) if one else None)
        return found


def _missing(stretch: Stretch, period: Period) -> int:
    gaps = (*stretch.gaps, *edges(stretch.first, stretch.last, period, period.demanded))
    return sum(gap.digests for gap in gaps if is_missing(gap))


def _where_it_proves(link: Link) -> tuple[Place, str]:
    """The place and the bucket of the digest before one that lies beyond the period, or in another bucket."""
    before = digest_name(link.previous.key) if link.previous is not None else None
    if link.previous is None or before is None:
        return link.place, link.bucket
    return before.place, link.previous.bucket


def prove_again(files: Mapping[str, bytes]) -> Recomputed:
    """What comes of proving the digests again; log files are not inside, so that no verdict on them is.

    ``files`` are those of the bundle, by their names.
    """
    if PROOFS not in files:
        return Recomputed([], notes=[_UNKEPT], not_done=NOT_INSIDE, hint=AGAIN)
    try:
        proving = _Proving(CapturedKeys(captured_in(files.get(KEYS, b""), KEYS)))
        for kept in read_proofs(files[PROOFS]):
            proving.take(kept.link, beyond=kept.beyond)
        stated = _stated(files.get(REPORT, b""))
        found = proving.found(stated.period)
    except (SnapshotError, UsageError) as error:
        return Recomputed([f"the digest files cannot be proved again: {error}"])
    except OverflowError:
        return Recomputed(["the digest files cannot be proved again: a time in the bundle cannot be"])
    differences = list(_differences(stated, found)) or list(_unlike_its_counts(stated))
    valid = sum(found[named].digests.valid for named in stated.chains if named in found)
    note = f"{several(valid, 'digest file')} proved again with the public keys inside"
    return Recomputed(differences, notes=[note], not_done=NOT_INSIDE, hint=AGAIN)


def _again(link: Link, keys: CapturedKeys) -> Link:
    """A digest with what its signature proves now.

    One whose content told nothing stays what it was, and so does one that was found wrong and has no signature.
    """
    if not link.end_text or (link.proof is Proof.INVALID and not link.signature):
        return link
    fresh = replace(link, proof=Proof.PENDING, trusted=True)
    return proved(fresh, link.signature, keys)[0] if link.signature else fresh


def _differences(stated: _Stated, found: Mapping[Named, _Counted]) -> Iterator[str]:
    for place, chain in found.keys() - stated.chains.keys():
        if stated.trail in {"", chain.trail}:
            yield f"{_name(place, chain)}: its digest files are in the bundle, and the report says nothing of them"
    for (place, chain), told in stated.chains.items():
        counted = found.get((place, chain), _Counted(Tally(), None))
        again, tally = counted.digests, told.digests
        name = _name(place, chain)
        if again != tally:
            yield (
                f"{name}: {tally.valid} valid, {tally.invalid} invalid and {tally.unknown} unknown digest files are "
                f"reported, and {again.valid}, {again.invalid} and {again.unknown} follow from the keys and signatures"
            )
        elif counted.missing is not None and counted.missing != told.missing:
            missing = several(told.missing or 0, "missing digest file")
            yield f"{name}: {missing} reported, and {counted.missing} by the times of those that are there"


def _name(place: Place, chain: ChainName) -> str:
    kind = " (backfill)" if chain.backfill else ""
    return f"{place.account} {place.region} {chain.trail}{kind}"


def _unlike_its_counts(stated: _Stated) -> Iterator[str]:
    wrong = [each for each in stated.chains.values() if each.digests.total != each.digests.valid or each.missing]
    if stated.verdict == "valid" and (wrong or not stated.chains):
        yield "the verdict is valid, and not all digest files are there and valid"


def _stated(report: bytes) -> _Stated:
    """The digests of each chain as the report counts them. Raises SnapshotError when it cannot be read."""
    try:
        told: dict[str, Any] = msgspec.json.decode(report)
        since, until, now = (msgspec.convert(told["period"][name], datetime) for name in ("since", "until", "as_of"))
        chains = {_named(chain): _counted(chain) for chain in told["chains"]}
        return _Stated(told["verdict"], told["trail"] or "", Period(since, until, now), chains)
    except (msgspec.DecodeError, msgspec.ValidationError, KeyError, TypeError, AttributeError) as error:
        raise SnapshotError(f"{REPORT} is not a report of trailwitness integrity.") from error


def _counted(chain: Mapping[str, Any]) -> _Counted:
    return _Counted(_tally(chain["digest_files"]), chain["digest_files_missing"])


def _named(chain: Mapping[str, Any]) -> Named:
    place = Place(chain["root"], chain["account"], chain["region"])
    return place, ChainName(chain["trail"], chain["home_region"], chain["backfill"])


def _tally(told: Mapping[str, Any]) -> Tally:
    return Tally(told["valid"], told["invalid"], told["unknown"], told["of_invalid_digest_files"])
