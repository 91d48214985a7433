"""Log-events rules made ready to judge: patterns parsed, parameters filled in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from scanner.errors import PatternError, UsageError
from scanner.events.hits import Limit
from scanner.events.matching.conditions.condition import Condition
from scanner.events.matching.conditions.documents import DocumentTest, document_test, steps_of
from scanner.model import JsonValue, LogEventsCheck, Rule, RuleId
from scanner.model.json_values import as_number
from scanner.pattern.language.nodes import Steps
from scanner.pattern.language.parsing.with_parameters import parse_events

Parameters = Mapping[RuleId, Mapping[str, JsonValue]]
"""Parameter values by rule; what is missing keeps the rule's default."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One rule as it is judged: its patterns with parameters filled in, its limit, and the fields it counts by.

    ``seen`` is what must have occurred for the absence of hits to mean something. ``documents`` are further records
    that count, each with the test of its document. ``also`` are the categories that are judged besides management
    and data events.
    """

    rule: RuleId
    condition: Condition
    seen: Condition | None
    limit: Limit | None
    by: tuple[Steps, ...]
    or_by: tuple[Steps, ...]
    distinct: Steps
    documents: tuple[tuple[Condition, DocumentTest], ...] = ()
    also: frozenset[str] = frozenset()


def judged_rules(rules: Iterable[Rule], parameters: Parameters | None = None) -> tuple[Judged, ...]:
    """Log-events rules made ready. Raises UsageError for a rule of another kind or with a wrong pattern."""
    given = parameters or {}
    return tuple(_judged(rule, given.get(rule.id, {})) for rule in rules)


def _judged(rule: Rule, overrides: Mapping[str, JsonValue]) -> Judged:
    check = rule.check
    if not isinstance(check, LogEventsCheck):
        raise UsageError(f"Rule {rule.id} is not a log-events rule.")
    values = {parameter.name: parameter.default for parameter in rule.parameters} | dict(overrides)
    try:
        excluded = parse_events(check.excluded, values).expr if check.excluded else None
        condition = Condition(parse_events(check.events, values).expr, excluded)
        seen = Condition(parse_events(check.seen, values).expr, None) if check.seen is not None else None
        documents = tuple(
            (Condition(parse_events(each.events, values).expr, excluded), document_test(each, values))
            for each in check.documents
        )
    except PatternError as error:
        raise UsageError(f"In rule {rule.id}: {error}") from error
    judged = Judged(rule.id, condition, seen, None, (), (), (), documents, frozenset(check.also))
    threshold = check.threshold
    if threshold is None:
        return judged
    distinct = _number(threshold.distinct_count, values) if threshold.distinct else 0
    return replace(
        judged,
        limit=Limit(_number(threshold.count, values), _number(threshold.within, values), distinct),
        by=tuple(map(steps_of, threshold.by)),
        or_by=tuple(map(steps_of, threshold.or_by)),
        distinct=steps_of(threshold.distinct) if threshold.distinct else (),
    )


def _number(bound: int | str, values: Mapping[str, JsonValue]) -> int:
    return as_number(values[bound[1:]]) if isinstance(bound, str) else bound
