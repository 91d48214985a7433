"""Whether the deployed filters together match every event that a required pattern matches.

The answer is a proof or an event. "covered" is said only when no JSON object exists (or, realistically, none that
CloudTrail delivers) that the required pattern matches and no deployed one does; "not_covered" only with such an event
at hand that was checked by matching it; everything else is "undetermined" with the reason.

How: the required pattern is taken apart into its disjuncts. For each, the truth vectors of all fields are enumerated
(``vectors``, ``components``) and searched for a combination that makes the disjunct true and every deployed pattern
false (``search``). Where a ``*`` stands in the middle of a value, whose meaning AWS leaves open, both readings are
decided, and the answer holds only if they agree.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from scanner.pattern.assumptions import Assumptions
from scanner.pattern.domain import NAME, Domain
from scanner.pattern.api_names import RETIRED
from scanner.pattern.globs import Reading, has_middle_wildcard
from scanner.pattern.match import matches, matches_value
from scanner.pattern.nodes import And, Atom, Compare, EveryPattern, Expr, JsonPattern, Or, Pattern, Text
from scanner.pattern.printer import print_expression
from scanner.pattern.search import (
    Anything,
    Chosen,
    Choices,
    Outcome,
    Problem,
    Status,
    TooManyDisjunctsError,
    disjuncts,
    holds,
    problem,
    search,
)
from scanner.pattern.text_cover import certain_texts, example, implies, matches_every_message, proves
from scanner.pattern.witness import likelier, realistic as make_realistic, small_event, whole_event

Verdict = Literal["covered", "not_covered", "undetermined"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The answer of :func:`covers`.

    ``witness`` is an event that the required pattern matches and no deployed one does, checked by matching it; only
    with "not_covered". ``missed`` labels the parts of the required pattern that are not covered: the event name where
    a part names one, else its text. ``assumption`` says in words what the realistic verdict relies on where the logical
    one differs, "" otherwise. ``reason`` says why nothing could be proven, or how the verdict came about.
    """

    verdict: Verdict
    witness: dict[str, Any] | None = None
    missed: tuple[str, ...] = ()
    assumption: str = ""
    reason: str = ""
