"""``config-held``: whether the audit configuration was as it must be at every collection of a period.

The facts in each bundle of the chain are judged again by the rules and parameters of this run, so that one yardstick
holds for the whole period, whatever version sealed a bundle. Collections are samples: what was changed and changed back
between two of them is not seen, and how far apart they may be is a parameter. The time before the first and after the
last of them is not covered.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from scanner.model import JsonValue
from scanner.period.evidence import PeriodEvidence, SnapshotSeen, Verdict
from scanner.period.measured import Measure, Measured, Parameters
from scanner.times import rfc3339
from scanner.wording import several

_LISTED = 20
_IN_DAYS = 72
"""Hours from which on a time is told in days."""
_FAIL, _UNKNOWN = "fail", "unknown"

Thing = tuple[str, str, str]
"""A rule with the Region and the resource that it judged."""


@dataclass(frozen=True, slots=True)
class _Look:
    """An account at one collection; ``inside`` says that it was made within the period."""

    seen: SnapshotSeen
    inside: bool
    verdicts: dict[Thing, Verdict]

    @property
    def when(self) -> str:
        """When it was collected."""
        return rfc3339(self.seen.taken)


def _take(evidence: PeriodEvidence, parameters: Parameters) -> Iterator[Measured]:
    if evidence.bundles.absent:
        return
    limit = timedelta(hours=int(str(parameters["max_interval_hours"])))
    chain = _chain(evidence)
    for account in evidence.accounts:
        looks = _looks(evidence, chain, account)
        failures = list(_failures(looks))
        missed = tuple(dict.fromkeys((*_breaks(chain), *_apart(evidence, looks, limit), *_unseen(looks, account))))
        rules = {rule for look in looks for rule in look.seen.rules}
        failed = {thing[0] for thing, _ in failures}
        told = [sentence for _, sentence in failures[:_LISTED]]
        facts: dict[str, JsonValue] = {
            "failures": len(failures),
            "rules": len(failed),
            "when": told,
            "collections": sum(look.inside for look in looks),
        }
        yield Measured(
            label=f"Account {account}",
            account=account,
            region="",
            resource=account,
            facts=facts,
            looked_at=(f"{several(len(looks), 'collection')}, {several(len(rules), 'configuration rule')} at each",),
            not_looked_at=missed,
            covered=not missed,
            sources=("bundles",),
        )


def _chain(evidence: PeriodEvidence) -> list[SnapshotSeen]:
    """The bundles that tell of the period, each once: those within it, the last one before it, the first one after."""
    known: dict[str, SnapshotSeen] = {}
    for each in sorted(evidence.bundles.snapshots, key=lambda seen: (seen.taken, seen.name)):
        known.setdefault(each.identity, each)
    ordered = list(known.values())
    before = [each for each in ordered if each.taken <= evidence.since][-1:]
    within = [each for each in ordered if evidence.since < each.taken < evidence.until]
    after = [each for each in ordered if each.taken >= evidence.until][:1]
    return [*before, *within, *after]


def _looks(evidence: PeriodEvidence, chain: Iterable[SnapshotSeen], account: str) -> list[_Look]:
    found = []
    for seen in chain:
        if account not in seen.accounts:
            continue
        inside = evidence.since <= seen.taken < evidence.until
        own = (each for each in seen.verdicts if each.account == account)
        found.append(_Look(seen, inside, {(each.rule, each.region, each.resource): each for each in own}))
    return found


def _breaks(chain: Sequence[SnapshotSeen]) -> Iterator[str]:
    """Where a bundle does not name the one before it, as clauses: one between them may have been left out."""
    for before, after in pairwise(chain):
        if after.previous != before.identity:
            names = f"names {after.previous}" if after.previous else "names none"
            yield (
                f"bundle {after.name} does not name {before.name}, the one before it ({names}), so whether a bundle "
                "between them was left out is not told"
            )


def _apart(evidence: PeriodEvidence, looks: Sequence[_Look], limit: timedelta) -> Iterator[str]:
    """The times in which nobody looked for too long, or at all, as clauses."""
    if not any(look.inside for look in looks):
        yield "no bundle was collected within the period"
    if looks and looks[0].seen.taken > evidence.since:
        yield f"nothing is known of the time before the first collection at {looks[0].when}"
    for before, after in pairwise(looks):
        if after.seen.taken - before.seen.taken > limit:
            apart = _told(after.seen.taken - before.seen.taken)
            yield f"nobody looked from {before.when} to {after.when} ({apart}; at most {_told(limit)} are allowed)"
    if looks and looks[-1].seen.taken < evidence.until:
        yield f"nothing is known of the time after the last collection at {looks[-1].when}"


def _told(time: timedelta) -> str:
    hours = time.total_seconds() / 3600
    return f"{hours / 24:.1f} days" if hours >= _IN_DAYS else f"{hours:.1f} hours"


def _unseen(looks: Sequence[_Look], account: str) -> Iterator[str]:
    """What single collections did not look at, or could not judge, as clauses."""
    regions = {region for look in looks for region in look.seen.regions.get(account, ())}
    for look in looks:
        if not look.seen.rules:
            yield f"no configuration rule was judged over bundle {look.seen.name}: select some, or a framework"
        left = sorted(regions - set(look.seen.regions.get(account, ())))
        if left:
            yield f"the collection at {look.when} did not look at {', '.join(left)}"
    for thing in sorted({thing for look in looks for thing in look.verdicts}):
        yield from _undecided(thing, looks)


def _undecided(thing: Thing, looks: Sequence[_Look]) -> Iterator[str]:
    """At how many collections a rule could not be judged, and failures at the edges of the period."""
    unknown = [look for look in looks if _outcome(look, thing) == _UNKNOWN]
    if unknown:
        verdict = unknown[0].verdicts[thing]
        times = several(len(unknown), "collection")
        yield f"{_named(thing)} could not be judged at {times}, the first at {unknown[0].when}: {_reason(verdict)}"
    for look in looks:
        if not look.inside and _outcome(look, thing) == _FAIL:
            yield f"{_named(thing)} failed at {look.when}, beside the period; how far into it is not told"


def _reason(verdict: Verdict) -> str:
    return verdict.reason.rstrip(".") or "no reason is told"


def _failures(looks: Sequence[_Look]) -> Iterator[tuple[Thing, str]]:
    """Each stretch of collections within the period at which a rule failed on a resource, told with its times."""
    for thing in sorted({thing for look in looks for thing in look.verdicts}):
        start: int | None = None
        for number, look in enumerate(looks):
            failed = look.inside and _outcome(look, thing) == _FAIL
            if failed and start is None:
                start = number
            elif not failed and start is not None:
                yield thing, _stretch(thing, looks, start, number)
                start = None
        if start is not None:
            yield thing, _stretch(thing, looks, start, len(looks))


def _stretch(thing: Thing, looks: Sequence[_Look], start: int, end: int) -> str:
    """One stretch of failures, ``looks[start:end]``, with the collections beside it."""
    first, last = looks[start], looks[end - 1]
    at = f"at {first.when}" if first is last else f"at {end - start} collections from {first.when} to {last.when}"
    before = looks[start - 1] if start else None
    after = looks[end] if end < len(looks) else None
    return f"{_named(thing)} failed {at} ({_beside(thing, before, 'before')}; {_beside(thing, after, 'after')})"


def _beside(thing: Thing, look: _Look | None, when: str) -> str:
    """What is known of a rule at the collection before or after a stretch of failures."""
    if look is None:
        return f"nobody looked {when} that"
    outcome = _outcome(look, thing)
    if outcome == _UNKNOWN:
        return f"it could not be judged at {look.when}"
    if outcome == _FAIL:
        return f"it failed at {look.when}, too"
    return f"it did not fail at {look.when} yet" if when == "before" else f"it no longer failed at {look.when}"


def _outcome(look: _Look, thing: Thing) -> str:
    verdict = look.verdicts.get(thing)
    return verdict.outcome if verdict is not None else ""


def _named(thing: Thing) -> str:
    rule, region, resource = thing
    return f"{rule} on {resource}" + (f" ({region})" if region and region not in resource else "")


MEASURE = Measure(
    name="config-held",
    title="Whether the configuration rules of the run held at every collection of a chain of bundles.",
    facts={
        "failures": "how many stretches of collections there are at which a rule failed on a resource",
        "rules": "how many rules failed at some collection",
        "when": "the first of these stretches, as texts with their times",
        "collections": "how many collections were made within the period",
    },
    take=_take,
    rests_on=("bundles",),
    parameters={"max_interval_hours": "integer"},
)
