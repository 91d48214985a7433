"""``delivery-gaps``: whether digest files cover every hour of a period.

CloudTrail delivers a digest file for each hour, with or without log files (user guide, "CloudTrail digest file
structure"). A chain may begin within the period where the trail was created then, or where a start is approved.
"""

from collections.abc import Iterator

from scanner.period.evidence import Fault, PeriodEvidence
from scanner.period.measured import Measure, Measured, Parameters
from scanner.period.measures.chains import (
    ChainFaults,
    broken_hours,
    chain_faults,
    hours_of,
    looked_at,
    missing_digests,
    unseen,
)
from scanner.period.spans import hours, merged, told

_LISTED = 20


def _take(evidence: PeriodEvidence, _parameters: Parameters) -> Iterator[Measured]:
    for of in chain_faults(evidence):
        broken = broken_hours(evidence, of)
        if any(each.backfill for each in of.chains) or not (of.chains or broken or of.expected):
            continue
        missed = unseen(evidence, of)
        spans = merged(hours_of(evidence, fault) for fault in broken)
        yield Measured(
            label=of.label,
            account=of.account,
            region=of.region,
            resource=of.trail or of.account,
            facts={
                "gaps": len(spans),
                "gap_hours": hours(spans),
                "missing": missing_digests(broken),
                "starts": list(map(_is_restart, broken)).count(True),
                "when": list(map(told, spans[:_LISTED])),
            },
            looked_at=looked_at(of),
            not_looked_at=missed,
            covered=not missed,
            sources=("integrity", *(("records",) if of.trail and _begins(of) else ())),
        )


def _begins(of: ChainFaults) -> bool:
    return any(fault.kind in {"chain-begins", "chain-restarted"} for fault in of.faults)


def _is_restart(fault: Fault) -> bool:
    return fault.kind == "chain-restarted"


MEASURE = Measure(
    name="delivery-gaps",
    title="Hours of the period that no digest file covers, for each trail in each account and Region.",
    facts={
        "gaps": "how many stretches of time no digest file covers",
        "gap_hours": "how many hours they are together",
        "missing": "how many digest files are missing, by time",
        "starts": "how often the chain begins anew where nobody approved a start",
        "when": "the first of these stretches, as texts",
    },
    take=_take,
    rests_on=("integrity", "records", "starts"),
)
