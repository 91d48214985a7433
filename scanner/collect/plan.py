"""In which order calls are made: those whose answers name the things that others are made for come first. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from scanner.facts.uses import Use
from scanner.model import RuleId


@dataclass(frozen=True, slots=True)
class Plan:
    """What a collection is for: the rules, and the uses that judging them rests on, with what names their things."""

    rules: tuple[RuleId, ...]
    uses: frozenset[Use]


def stages(uses: Collection[Use]) -> tuple[tuple[Use, ...], ...]:
    """The uses in stages, by name: each stage only reads answers of the ones before."""
    waiting = sorted(uses, key=lambda use: use.name)
    made: set[Use] = set()
    ordered: list[tuple[Use, ...]] = []
    while waiting:
        ready = tuple(use for use in waiting if made.issuperset(use.per.named_by))
        if not ready:
            raise AssertionError(f"the calls wait for each other: {[use.name for use in waiting]}")
        ordered.append(ready)
        made.update(ready)
        waiting = [use for use in waiting if use not in made]
    return tuple(ordered)
