"""In which order calls are made: those whose answers name the things that others are made for come first. Pure."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from scanner.facts.uses import Use
from scanner.model import RuleId


@dataclass(frozen=True)
class Plan:
    """What a collection is for: the rules, and what tells the uses that judging them rests on.

    ``find_uses`` is asked once, after the account has named itself: it imports every view, and the first call need not
    wait for that. It gives the uses with what names their things. ``declared`` are the routes that the user declares,
    by id, each with what it leads through.
    """

    rules: tuple[RuleId, ...]
    find_uses: Callable[[], frozenset[Use]]
    declared: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def uses(self) -> frozenset[Use]:
        """The uses. Raises what ``find_uses`` raises."""
        return self.find_uses()


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
