"""The answer of a decision about coverage."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Any

from scanner.pattern.cloudtrail.recorded import Fact
from scanner.pattern.coverage.losses import Loss


class CoverageVerdict(StrEnum):
    """Whether the deployed filters cover the required pattern: proven, refuted by an event, or neither."""

    COVERED = "covered"
    NOT_COVERED = "not_covered"
    UNDETERMINED = "undetermined"


Confirm = Callable[[Mapping[str, Any]], bool]
"""Whether an event that was found really is one that the required pattern matches and no deployed one does."""


@dataclass(frozen=True, slots=True)
class CoverageProof:
    """The answer of :func:`covers`.

    ``witness`` is an event that the required pattern matches and no deployed one does, checked by matching it; only
    with "not_covered". ``missed`` labels the parts of the required pattern that are not covered: the event name where
    a part names one, else its text. ``assumption`` says in words what the realistic verdict relies on where the logical
    one differs, "" otherwise; ``assumptions`` holds the same one by one, each with the page of AWS that states it.
    ``losses`` says of each missed label, when asked to explain, whether all its events are lost or which field values
    decide, for each service where those do not fare alike. ``reason`` says why nothing could be proven, or how the
    verdict came about.
    """

    verdict: CoverageVerdict
    witness: dict[str, Any] | None = None
    missed: tuple[str, ...] = ()
    assumptions: tuple[Fact, ...] = ()
    reason: str = ""
    losses: tuple[Loss, ...] = ()

    def lost_words(self) -> tuple[str, ...]:
        """What is missed, part by part: the event name alone where all its events are lost, else with what decides."""
        if not self.losses:
            return self.missed
        told: dict[str, list[str]] = {}
        for each in self.losses:
            told.setdefault(each.label, []).append(each.text())
        return tuple(chain.from_iterable(told.get(label, [Loss(label).text()]) for label in self.missed))

    @property
    def assumption(self) -> str:
        """The assumptions as sentences joined by semicolons; "" when the verdict holds for all JSON objects."""
        return "; ".join(fact.words for fact in self.assumptions)
