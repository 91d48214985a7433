"""Coverage across both languages: filter patterns and event patterns of EventBridge in one question.

An event pattern joins the proof as the filter pattern that implies it, and what is required as one that it implies, so
a proof holds for the event pattern too. An event counts as missed only when the event patterns themselves say so.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from scanner.eventbridge.nodes import EventPattern
from scanner.pattern.cloudtrail.event_bus import NOTHING, bounds, matches_record, surely_matched
from scanner.pattern.coverage.cover import covers as covers_filters
from scanner.pattern.coverage.verdict import CoverageProof, CoverageVerdict
from scanner.pattern.language.nodes import JsonPattern, Pattern


def covers(
    required: Pattern | EventPattern,
    deployed: Sequence[Pattern | EventPattern],
    *,
    realistic: bool = False,
    explain: bool = False,
) -> CoverageProof:
    """Whether every event that ``required`` matches is matched by at least one of ``deployed``, in either language.

    As for filter patterns alone (``scanner.pattern.coverage.cover``). Where an event pattern takes part, an event is a
    record that CloudTrail delivers, and what EventBridge makes of it is matched; so the verdict is always realistic.
    """
    rules = [pattern for pattern in deployed if isinstance(pattern, EventPattern)]
    if not isinstance(required, EventPattern) and not rules:
        return covers_filters(required, _filters(deployed), realistic=realistic, explain=explain)
    if required in deployed:
        return CoverageProof(CoverageVerdict.COVERED)
    wanted = JsonPattern(bounds(required).at_most) if isinstance(required, EventPattern) else required
    heard = [surely_matched(rule) for rule in rules]
    together = [*_filters(deployed), *(pattern for pattern in heard if pattern.expr != NOTHING)]
    confirm = partial(_missed, required, rules)
    return covers_filters(wanted, together, realistic=True, explain=explain, confirm=confirm)


def _filters(deployed: Sequence[Pattern | EventPattern]) -> list[Pattern]:
    return [pattern for pattern in deployed if not isinstance(pattern, EventPattern)]


def _missed(required: Pattern | EventPattern, rules: Sequence[EventPattern], record: Mapping[str, Any]) -> bool:
    """Whether EventBridge itself would say that a record is required, where that is for it to say, and not heard."""
    if isinstance(required, EventPattern) and not matches_record(required, record):
        return False
    return not any(matches_record(rule, record) for rule in rules)
