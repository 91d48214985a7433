"""Identities, plain JSON data, and the grades by which everything is judged."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NewType

RuleId = NewType("RuleId", str)
"""``area.name``, for example ``trail.log-file-validation``.

A rule that a framework gives parameters of its own is judged apart and called ``area.name[parameter=value]``.
"""

EvidenceId = NewType("EvidenceId", str)
"""``EV-0001``: the number of one recorded call, stable inside one snapshot."""

JsonValue = Mapping[str, "JsonValue"] | Sequence["JsonValue"] | str | int | float | bool | None
"""Plain JSON data. Objects and lists are seen through their read-only protocols: no value of the model is changed."""


def plain_id(rule: str) -> RuleId:
    """The id under which a rule is written, whatever parameters a framework gives it."""
    return RuleId(rule.partition("[")[0])


class Outcome(StrEnum):
    """The verdict of a rule on one resource. ``MANUAL`` is given to controls only."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    MANUAL = "manual"


WORST_FIRST = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS, Outcome.NOT_APPLICABLE)
"""The verdicts of rules, the worst first."""


def worst_outcome(outcomes: Iterable[Outcome]) -> Outcome | None:
    """The worst of some verdicts: fail, unknown, pass, not applicable, in this order; None when there is none."""
    found = set(outcomes)
    return next((outcome for outcome in WORST_FIRST if outcome in found), None)


class Severity(StrEnum):
    """How much a failure matters, least first."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for ``info`` to 4 for ``critical``."""
        return list(Severity).index(self)


class Coverage(StrEnum):
    """How far the rules of a control decide it; the rest needs a person."""

    FULL = "full"
    PARTIAL = "partial"
    SUPPORTING = "supporting"
    MANUAL = "manual"
