"""The values that were chosen so far, by the rule that chose them, and what replaces them."""

from collections.abc import Iterable

from scanner.redaction.choosing import Choice, Chosen
from scanner.redaction.replacing import Replacement


class Values:
    """Takes chosen values, each once."""

    def __init__(self, choices: Iterable[Choice]) -> None:
        self._by_rule: dict[str, set[str]] = {choice.name: set() for choice in choices}
        self._parts: dict[str, Chosen] = {}

    def add(self, found: Iterable[Chosen]) -> None:
        """Take the values that were chosen in one answer or record."""
        for item in found:
            self._by_rule[item.rule].add(item.value)
            known = self._parts.get(item.value)
            if known is None or (known.part and not item.part):
                self._parts[item.value] = item  # whoever replaces the whole replaces its part

    @property
    def counts(self) -> dict[str, int]:
        """How many different values each rule chose."""
        return {rule: len(found) for rule, found in sorted(self._by_rule.items())}

    def replacement(self, key: bytes) -> Replacement:
        """What replaces them all."""
        return Replacement({value: item.pseudonym(key) for value, item in self._parts.items()})
