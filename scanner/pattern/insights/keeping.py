"""Whether queries of Logs Insights keep the events that must be reviewed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from scanner.errors import PatternError
from scanner.pattern.cloudtrail.event_bus import EVERYTHING, NOTHING
from scanner.pattern.coverage.cover import covers, matches_nothing
from scanner.pattern.coverage.search.counterexample import atoms_of
from scanner.pattern.coverage.verdict import CoverageProof, CoverageVerdict
from scanner.pattern.insights.query import Query, read_query
from scanner.pattern.language.nodes import JsonPattern, Pattern, Selector
from scanner.pattern.language.printer import print_expression

QUERY_LANGUAGE = "CWLI"
"""The query language that is read here; the others are OpenSearch PPL and SQL."""

MOST_ROWS = 10_000
"""Rows in an answer at most, also where a query has no ``limit`` (CloudWatch Logs API reference, ``StartQuery``)."""


@dataclass(frozen=True, slots=True)
class NotRead:
    """A query of which nothing is known, and why, as a clause."""

    reason: str


def understood(text: str, language: str = QUERY_LANGUAGE) -> Query | NotRead:
    """A query as far as it is understood."""
    if language != QUERY_LANGUAGE:
        return NotRead(f"it is written in {language}, which is not read here")
    try:
        return read_query(text)
    except PatternError as error:
        return NotRead(f"its text cannot be read: {error.message.rstrip('.')}")


NO_EVENT = "no event"
_LONGEST_PATTERN = 200


def kept_events(query: Query | NotRead) -> str:
    """Which events a query keeps, as the object of a sentence; ``NO_EVENT`` for one that cannot keep any."""
    if isinstance(query, NotRead):
        return f"events of which it cannot be told ({query.reason})"
    surely, at_most = query.kept.surely, query.kept.at_most
    if at_most == NOTHING or matches_nothing(JsonPattern(at_most)):
        return NO_EVENT
    if query.open_points or surely != at_most:
        return f"events of which it cannot be told exactly ({_reason([query])})"
    if at_most == EVERYTHING:
        return "every event"
    text = f"{{ {print_expression(at_most)} }}"
    return f"the events of {text}" if len(text) <= _LONGEST_PATTERN else "the events that its filter names"


def keeps(required: Pattern, queries: Sequence[Query | NotRead]) -> CoverageProof:
    """Whether every CloudTrail record that ``required`` matches is kept by at least one of the queries.

    "covered" is proven for the answers of the queries as long as they have no more than ``MOST_ROWS`` rows; with
    "not_covered" comes a record that no query keeps. Everything else is "undetermined", with the reason.
    """
    read = [query for query in queries if isinstance(query, Query)]
    surely = [JsonPattern(query.kept.surely) for query in read if query.kept.surely != NOTHING]
    proof = covers(required, surely, realistic=True)
    if proof.verdict is CoverageVerdict.COVERED or not queries:
        return proof
    if len(read) == len(queries):
        at_most = [JsonPattern(query.kept.at_most) for query in read]
        refuted = covers(required, at_most, realistic=True, confirm=partial(_is_plain, at_most))
        if refuted.verdict is CoverageVerdict.NOT_COVERED:
            return refuted
    return CoverageProof(CoverageVerdict.UNDETERMINED, missed=proof.missed, reason=_reason(queries))


def _is_plain(conditions: Sequence[JsonPattern], record: Mapping[str, Any]) -> bool:
    """Whether the fields that conditions name hold one value each: what is made of others the bounds do not tell."""
    selectors = {atom.selector for pattern in conditions for atom in atoms_of(pattern.expr)}
    return all(_leads_to_a_leaf(record, selector) for selector in selectors)


def _leads_to_a_leaf(record: Any, selector: Selector) -> bool:
    found = record
    for step in selector.steps:
        if isinstance(found, list):
            return False
        found = found.get(step) if isinstance(found, Mapping) else None
    return not isinstance(found, list | Mapping)


def _reason(queries: Sequence[Query | NotRead]) -> str:
    reasons: list[str] = []
    for query in queries:
        reasons += [query.reason] if isinstance(query, NotRead) else query.open_points
    return "; ".join(dict.fromkeys(reasons)) or "not every condition of its filters can be told exactly"
