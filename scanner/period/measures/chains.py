"""The digest chains of the evidence, each with the faults that are its own, and with what keeps it from being whole."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanner.period.evidence import DigestChain, Fault, PeriodEvidence
from scanner.period.spans import Span, begun, clipped, concerning, is_explained, not_due, short_of
from scanner.period.trails import began_later

HOURS = frozenset({"digests-missing", "logging-stopped", "chain-restarted", "no-digests"})
"""The kinds of faults that are about time without digest files, and not about a file."""

_LOGS = "a snapshot shows that the trail logs here"
_MAY_LOG = "a snapshot shows the trail and not whether it logs here"


@dataclass(frozen=True, slots=True)
class ChainFaults:
    """One chain with its faults. Without ``trail`` they are of an account and Region as a whole.

    ``expected`` says why there must be a chain here, by what a snapshot shows; "" where none must be.
    """

    account: str
    region: str
    trail: str
    chains: tuple[DigestChain, ...]
    faults: tuple[Fault, ...]
    expected: str = ""

    @property
    def label(self) -> str:
        """The chain in a sentence."""
        where = f"account {self.account}, {self.region}"
        if not self.trail:
            return f"Log files of {where}"
        kind = "Backfill digest chain" if any(each.backfill for each in self.chains) else "Digest chain"
        return f"{kind} of trail {self.trail} ({where})"

    @property
    def proven(self) -> tuple[Fault, ...]:
        """What is proven to be wrong."""
        return tuple(fault for fault in self.faults if fault.proven)


def chain_faults(evidence: PeriodEvidence) -> Iterator[ChainFaults]:
    """Every chain that was found, and every account and Region with faults of no chain, in order."""
    part = evidence.integrity
    keys = {(each.account, each.region, each.trail, each.backfill) for each in part.chains}
    keys |= {(each.account, each.region, each.trail, each.backfill and bool(each.trail)) for each in part.faults}
    expected = {} if part.absent else dict(_expected(evidence))
    keys |= {(*key, False) for key in expected}
    for account, region, trail, backfill in sorted(keys):
        chains = [each for each in part.chains if _key(each) == (account, region, trail, backfill)]
        faults = [each for each in part.faults if _fault_key(each) == (account, region, trail, backfill)]
        must = expected.get((account, region, trail), "") if not backfill else ""
        yield ChainFaults(account, region, trail, tuple(chains), tuple(faults), must)


def _expected(evidence: PeriodEvidence) -> Iterator[tuple[tuple[str, str, str], str]]:
    """Where the snapshots show trails that log, or may: each such account and Region must have a chain of the trail.

    Where nothing tells which trails there are, some chain must show that one logs there.
    """
    held = {(each.account, each.region) for each in evidence.integrity.chains}
    for lack in evidence.bundles.lacks:
        if (lack.account, lack.region) not in held:
            yield (lack.account, lack.region, ""), lack.why
    shown = [(snapshot, trail) for snapshot in evidence.bundles.snapshots for trail in snapshot.trails]
    # What is known comes last, and takes the place of what is not.
    for snapshot, trail in sorted(shown, key=lambda each: each[1].logging is True):
        if trail.logging is False or began_later(trail, evidence):
            continue
        why = _LOGS if trail.logging else _MAY_LOG
        accounts = snapshot.accounts if trail.organization else (trail.account,)
        for account in accounts:
            regions = snapshot.regions.get(account, ()) if trail.multi_region else (trail.region,)
            yield from (((account, region, trail.name), why) for region in regions)


def _key(chain: DigestChain) -> tuple[str, str, str, bool]:
    return chain.account, chain.region, chain.trail, chain.backfill


def _fault_key(fault: Fault) -> tuple[str, str, str, bool]:
    return fault.account, fault.region, fault.trail, fault.backfill and bool(fault.trail)


def unseen(evidence: PeriodEvidence, of: ChainFaults) -> tuple[str, ...]:
    """What of a chain could not be looked at over the period, as clauses; nothing where all of it was."""
    part = evidence.integrity
    told = list(concerning(part, of.account, of.region, evidence.since, evidence.until))
    told += short_of(evidence, part.since, part.until, "digest files")
    told += [not_due(evidence)]
    if of.expected and not of.chains:
        told.append(f"{of.expected}, and the logs hold no digest file of {'it' if of.trail else 'this Region'}")
    told += [each.why for each in of.faults if not each.proven and not is_explained(evidence, each)]
    return tuple(dict.fromkeys(filter(None, told)))


def broken_hours(evidence: PeriodEvidence, of: ChainFaults) -> list[Fault]:
    """The faults that are time without digest files, or a start that nobody approved."""
    return [fault for fault in of.proven if fault.kind in HOURS and not _is_approved(evidence, fault)]


def _is_approved(evidence: PeriodEvidence, fault: Fault) -> bool:
    """Whether a chain that begins anew without a missing digest does so where a start is approved."""
    anew = fault.kind == "chain-restarted" and not fault.digests
    return anew and fault.until is not None and bool(begun(evidence, fault.account, fault.trail, fault.until))


def hours_of(evidence: PeriodEvidence, fault: Fault) -> Span:
    """The part of the period that a fault is about."""
    start, end = fault.since or evidence.since, fault.until or evidence.until
    return clipped((start, end), evidence)


def missing_digests(faults: Iterable[Fault]) -> int:
    """How many digest files faults say are missing, by time."""
    return sum(fault.digests for fault in faults)


def looked_at(of: ChainFaults) -> tuple[str, ...]:
    """What of a chain was looked at."""
    digests = sum(_total(each) for each in of.chains)
    logs = sum(each.logs.valid + each.logs.invalid + each.logs.unknown + each.logs.unproven for each in of.chains)
    return (f"{digests:,} digest files", f"{logs:,} log files that they name")


def _total(chain: DigestChain) -> int:
    return chain.digests.valid + chain.digests.invalid + chain.digests.unknown + chain.digests.unproven
