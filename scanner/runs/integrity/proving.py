"""Proves the digests of a bundle again: every signature with the public keys inside, and every link of the chains."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from scanner.errors import SnapshotError, UsageError
from scanner.integrity.judging.links import Link, Proof, proved
from scanner.integrity.judging.stretches import Chaining, Tally
from scanner.integrity.names import ChainName, Place, digest_name
from scanner.integrity.stores.captured import CapturedKeys, captured_in
from scanner.runs.integrity import AGAIN, KEYS, NOT_INSIDE, PROOFS, REPORT
from scanner.runs.integrity.proofs import read_proofs
from scanner.runs.over_logs.reproduction import Recomputed
from scanner.wording import several

_UNKEPT = "the bundle holds no digests: another version of trailwitness sealed it, before they were kept"

Named = tuple[Place, ChainName]


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

    def tallies(self) -> Mapping[Named, Tally]:
        found: dict[Named, Tally] = {}
        for (named, _), chaining in self.chains.items():
            stretch = chaining.closed()
            if stretch is not None:
                found[named] = found.get(named, Tally()).plus(stretch.digests)
        return found


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
    except (SnapshotError, UsageError) as error:
        return Recomputed([f"the digest files cannot be proved again: {error}"])
    found = proving.tallies()
    differences = list(_differences(stated, found))
    valid = sum(found[named].valid for named in stated if named in found)
    note = f"{several(valid, 'digest file')} proved again with the public keys inside"
    return Recomputed(differences, notes=[note], not_done=NOT_INSIDE, hint=AGAIN)


def _again(link: Link, keys: CapturedKeys) -> Link:
    """A digest with what its signature proves now. One whose content told nothing stays what it was."""
    if not link.end_text:
        return link
    fresh = replace(link, proof=Proof.PENDING, trusted=True)
    return proved(fresh, link.signature, keys)[0] if link.signature else fresh


def _differences(stated: Mapping[Named, Tally], found: Mapping[Named, Tally]) -> Iterator[str]:
    for named, tally in stated.items():
        again = found.get(named, Tally())
        if again != tally:
            place, chain = named
            yield (
                f"{place.account} {place.region} {chain.trail}: {tally.valid} valid, {tally.invalid} invalid and "
                f"{tally.unknown} unknown digest files are reported, and {again.valid}, {again.invalid} and "
                f"{again.unknown} follow from the keys and signatures"
            )


def _stated(report: bytes) -> Mapping[Named, Tally]:
    """The digests of each chain as the report counts them. Raises SnapshotError when it cannot be read."""
    try:
        chains: list[dict[str, Any]] = msgspec.json.decode(report)["chains"]
        return {_named(chain): _tally(chain["digest_files"]) for chain in chains}
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise SnapshotError(f"{REPORT} is not a report of trailwitness integrity.") from error


def _named(chain: Mapping[str, Any]) -> Named:
    place = Place(chain["root"], chain["account"], chain["region"])
    return place, ChainName(chain["trail"], chain["home_region"], chain["backfill"])


def _tally(told: Mapping[str, Any]) -> Tally:
    return Tally(told["valid"], told["invalid"], told["unknown"], told["of_invalid_digest_files"])
