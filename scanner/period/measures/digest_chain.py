"""``digest-chain``: whether the digest files of a period and the log files that they name are what CloudTrail wrote.

CloudTrail user guide, "Validating CloudTrail log file integrity". The signatures, hashes and links were checked by the
validation; here its report is counted, chain by chain.
"""

from collections.abc import Iterator

from scanner.period.evidence import Fault, PeriodEvidence
from scanner.period.measured import Measure, Measured, Parameters
from scanner.period.measures.chains import HOURS, ChainFaults, chain_faults, looked_at, missing_digests, unseen


def _take(evidence: PeriodEvidence, _parameters: Parameters) -> Iterator[Measured]:
    for of in chain_faults(evidence):
        missed = unseen(evidence, of)
        contradictions = _contradictions(of)
        yield Measured(
            label=of.label,
            account=of.account,
            region=of.region,
            resource=of.trail or of.account,
            facts={
                "digests_valid": _digests_valid(of),
                "logs_valid": _logs_valid(of),
                "invalid": _invalid(of, len(contradictions)),
                "missing": missing_digests(of.proven),
                "breaks": len(of.proven) - len(contradictions),
                "first": _first(of),
            },
            looked_at=looked_at(of),
            not_looked_at=missed,
            covered=not missed,
            sources=("integrity",),
        )


def _contradictions(of: ChainFaults) -> list[Fault]:
    return [fault for fault in of.proven if fault.kind not in HOURS]


def _digests_valid(of: ChainFaults) -> int:
    return sum(each.digests.valid for each in of.chains)


def _logs_valid(of: ChainFaults) -> int:
    return sum(each.logs.valid for each in of.chains)


def _invalid(of: ChainFaults, contradictions: int) -> int:
    """How many things contradict themselves: as many as are told one by one, or more where these are only counted."""
    counted = sum(each.digests.invalid + each.logs.invalid for each in of.chains)
    return max(counted, contradictions)


def _first(of: ChainFaults) -> str | None:
    if not of.proven:
        return None
    fault = of.proven[0]
    return f"{fault.subject}: {fault.why}" if fault.subject else fault.why


MEASURE = Measure(
    name="digest-chain",
    title="The digest chain of each trail in each account and Region: signatures, links, and the log files it names.",
    facts={
        "digests_valid": "how many digest files are valid",
        "logs_valid": "how many log files that they name are there and have the recorded hash",
        "invalid": "how many digest files, log files and records contradict what was signed",
        "missing": "how many digest files are missing, by time",
        "breaks": "how many times the chain is broken or ends",
        "first": "what is wrong first, as a clause; null where nothing is",
    },
    take=_take,
    rests_on=("integrity",),
)
