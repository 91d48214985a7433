"""``logging-gaps``: how long each trail did not log in a period."""

from collections.abc import Iterable, Iterator

from scanner.period.evidence import PeriodEvidence, TrailChange
from scanner.period.measured import Measure, Measured, Parameters
from scanner.period.spans import clipped, hours, merged, told
from scanner.period.trails import OFF, ON, TrailHistory, spans_off, trails, unlisted, unseen_of
from scanner.times import rfc3339

_LISTED = 20


def _within(changes: Iterable[TrailChange], evidence: PeriodEvidence) -> list[TrailChange]:
    return [each for each in changes if evidence.since <= each.at < evidence.until]


def _stops(calls: Iterable[TrailChange]) -> int:
    return sum(each.event in OFF for each in calls)


def _take(evidence: PeriodEvidence, _parameters: Parameters) -> Iterator[Measured]:
    for trail in trails(evidence):
        off = merged(clipped(span, evidence) for span in spans_off(trail, evidence))
        missed = unseen_of(trail, evidence)
        calls = _within(trail.changes, evidence)
        yield Measured(
            label=f"Trail {trail.name} of account {trail.account}" + (f" ({trail.region})" if trail.region else ""),
            account=trail.account,
            region=trail.region,
            resource=trail.arn or trail.name,
            facts={
                "off_hours": hours(off),
                "stops": _stops(calls),
                "when": list(map(told, off[:_LISTED])),
                "who": _who(calls),
            },
            looked_at=_looked_at(trail, evidence),
            not_looked_at=missed,
            covered=not missed,
            sources=("records", "bundles"),
        )
    for account in evidence.accounts:
        unknown = unlisted(evidence, account)
        if unknown:
            yield _unlisted(account, unknown)


def _unlisted(account: str, why: tuple[str, ...]) -> Measured:
    """The trails of an account of which nothing is told."""
    return Measured(
        label=f"Trails of account {account} that no bundle lists",
        account=account,
        region="",
        resource=account,
        facts={"off_hours": 0, "stops": 0, "when": [], "who": []},
        not_looked_at=why,
        covered=False,
        sources=("bundles",),
    )


def _looked_at(trail: TrailHistory, evidence: PeriodEvidence) -> tuple[str, ...]:
    told_by = [f"{len(trail.seen):,} statuses of the trail"] if len(trail.seen) != 1 else ["1 status of the trail"]
    return (*told_by, f"{evidence.records.records:,} log records")


def _who(calls: list[TrailChange]) -> list[str]:
    return [
        f"{each.event} by {each.by or 'somebody'} at {rfc3339(each.at)}" for each in calls if each.event in OFF | ON
    ][:_LISTED]


MEASURE = Measure(
    name="logging-gaps",
    title="How long each trail was stopped or deleted in the period.",
    facts={
        "off_hours": "how many hours of the period the trail did not log, as far as it is proven",
        "stops": "how many times logging was stopped or the trail deleted in the period",
        "when": "the first of these times, as texts",
        "who": "who stopped and started logging, and when",
    },
    take=_take,
    rests_on=("records", "bundles"),
)
