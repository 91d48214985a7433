"""What records a rule speaks of: one expression that must hold, and one that must not."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from scanner.events.matching.conditions.rule_fields import atoms, conjuncts, paths, settle
from scanner.pattern.language.nodes import And, Atom, Expr, Steps
from scanner.pattern.matching.match import Test, expression_test
from scanner.pattern.matching.values import Finder


@dataclass(frozen=True, slots=True)
class Condition:
    """What records a rule speaks of: those that match ``events`` and not ``excluded``."""

    events: Expr
    excluded: Expr | None

    def settle(self, steps: Steps, value: Any) -> "Condition | bool":
        """What is left where the field holds ``value``; True when all such records match, False when none does."""
        events = settle(self.events, steps, value)
        excluded = settle(self.excluded, steps, value) if self.excluded is not None else False
        if events is False or excluded is True:
            return False
        rest = None if isinstance(excluded, bool) else excluded
        if isinstance(events, bool):
            return True if rest is None else Condition(And(()), rest)
        return Condition(events, rest)

    def atoms(self) -> list[Atom]:
        """Every single condition in it."""
        found = list(atoms(self.events))
        if self.excluded is not None:
            found += atoms(self.excluded)
        return found

    def paths(self) -> frozenset[Steps]:
        """Every field it looks at."""
        return frozenset([atom.selector.steps for atom in self.atoms()])

    def split(self, fields: Collection[Steps]) -> "tuple[Condition | None, Condition | None]":
        """The part that ``fields`` decide, and the rest; None where there is none. Both together are the condition."""
        near = tuple(part for part in conjuncts(self.events) if paths(part).issubset(fields))
        far = tuple(part for part in conjuncts(self.events) if not paths(part).issubset(fields))
        excluded_near = self.excluded if self.excluded is not None and paths(self.excluded).issubset(fields) else None
        excluded_far = self.excluded if excluded_near is None else None
        return (
            Condition(And(near), excluded_near) if near or excluded_near is not None else None,
            Condition(And(far), excluded_far) if far or excluded_far is not None else None,
        )

    def test(self, finder: Finder) -> Test:
        """The whole condition over records of one shape."""
        parts = conjuncts(self.events)
        events = expression_test(parts[0] if len(parts) == 1 else self.events, finder)
        if self.excluded is None:
            return events
        excluded = expression_test(self.excluded, finder)
        return lambda root: events(root) and not excluded(root)
