"""How many notifications of a topic were delivered, failed or were filtered out, in the days before the collection."""

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.arns import Arn
from scanner.audit_path.stores import mappings
from scanner.audit_path.topics import COUNTED, METRIC_DATA, metric_arguments, window
from scanner.facts.facts import Facts, checked, undecided
from scanner.facts.owners import how_looked_at
from scanner.model import GapKind
from scanner.snapshot.answers import Answer, Snapshot
from scanner.times import rfc3339

_FIELDS: Mapping[str, str] = {"delivered": "Delivered", "failed": "Failed", "filtered": "FilteredOut"}
_REASONS: Mapping[str, str] = {
    "invalid_attributes": "for attributes that are invalid",
    "no_attributes": "for having no attributes",
    "body": "by their body",
    "invalid_body": "for a body that is no JSON object",
}
"""Why filter policies rejected messages, by the id of the query."""


def take_deliveries(facts: Facts, snapshot: Snapshot, account: str, topic: Arn) -> None:
    """Put in the fields about deliveries of a topic."""
    owner = topic.account or account
    now = snapshot.time_of(owner if owner in snapshot.accounts else account)
    answer = snapshot.ask(owner, topic.region, METRIC_DATA, metric_arguments(topic.resource, now))
    if owner != account and answer.gap is not None and answer.gap.kind is GapKind.NOT_COLLECTED:
        reason = f"The metrics of topic {topic.resource} belong to account {owner}, {how_looked_at(snapshot, owner)}"
        answer = undecided(answer, reason)
    answer = checked(answer, "MetricDataResults", list)
    counts: dict[str, int] = dict.fromkeys(COUNTED, 0)
    if answer.gap is None:
        counts, fault = _counted(answer)
        answer = undecided(answer, fault, GapKind.ERROR) if fault else answer
    for query, name in _FIELDS.items():
        facts.take(name, counts[query], answer)
    reasons = [f"{counts[query]} {why}" for query, why in _REASONS.items() if counts[query]]
    facts.take("FilteredReasons", reasons, answer)
    facts.data["CountedUntil"] = rfc3339(window(now)[1])


def _counted(answer: Answer) -> tuple[dict[str, int], str]:
    """The sums by query, and why they are not known ("" where they are)."""
    sums: dict[str, float] = {}
    status: dict[str, str] = {}
    for query, values, said in _results(answer):
        sums[query] = sums.get(query, 0) + sum(values)
        status[query] = said
    if all(status.get(query) == "Complete" for query in COUNTED):
        return {query: round(sums[query]) for query in COUNTED}, ""
    unknown = next(query for query in COUNTED if status.get(query) != "Complete")
    told = f"{answer.operation} in {answer.account}/{answer.region} did not answer whole about {COUNTED[unknown]}"
    return dict.fromkeys(COUNTED, 0), f"{told}: {status.get(unknown, 'nothing')}"


def _results(answer: Answer) -> Iterator[tuple[str, list[Any], str]]:
    """The results in order; those of one query may be on several pages, of which the last tells the status."""
    for _, result in mappings(answer, "MetricDataResults"):
        values = result.get("Values")
        yield str(result.get("Id")), values if isinstance(values, list) else [], str(result.get("StatusCode"))
