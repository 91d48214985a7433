"""Conditions that no field looked up can rule out, judged for many records at once.

For a run of records, each field's values are gathered in a column. What no value of the columns can make true, such as
``$.eventTime NOT EXISTS`` where every record has one, is not asked of any record; the alternatives of a condition are
looked at one by one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from scanner.events.matching.conditions.condition import Condition
from scanner.events.matching.judging.columns import Columns, Fetches
from scanner.events.matching.judging.plans import Hits
from scanner.events.reading.fields.views import Head
from scanner.pattern.language.nodes import Expr, Or
from scanner.pattern.matching.match import Test


@dataclass(frozen=True, slots=True)
class _Alternative:
    """One way for a condition to be true."""

    number: int
    expr: Expr
    holds: Test


class Loose:
    """Conditions over fields of the head."""

    def __init__(self, conditions: Iterable[tuple[int, Condition]], head: Head) -> None:
        self._fetches: Final = Fetches(head)
        self._alternatives: Final[list[_Alternative]] = []
        for number, condition in conditions:
            parts = condition.events.parts if isinstance(condition.events, Or) else (condition.events,)
            for part in parts:
                holds = Condition(part, condition.excluded).test(head.find)
                self._alternatives.append(_Alternative(number, part, holds))

    def judge(self, heads: Sequence[Any], hits: Hits) -> None:
        """Add the hits among records with these heads."""
        columns = Columns(heads, self._fetches)
        found: set[tuple[int, int]] = set()
        for alternative in self._alternatives:
            if columns.can_hold(alternative.expr):
                holds, number = alternative.holds, alternative.number
                found.update([(at, number) for at, head in enumerate(heads) if holds(head)])
        hits.extend(found)
