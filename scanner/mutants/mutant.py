"""A rule with one change, and the change of one text of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from scanner.model import Check, Parameter, Rule


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a text: ``what`` says it in words that stay the same, ``text`` is the text after it."""

    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Patterns:
    """The pattern before and after a change: texts of filter patterns, which may name parameters."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of a rule.

    ``what`` names it for people, and is its name among the changes of its rule. ``check`` is what is judged instead;
    with ``ignored`` the rule is judged as it is, and what a case gives this parameter is not used. ``default`` is a
    parameter with another default, which only cases that do not give it can notice. ``patterns`` are the pattern before
    and after where the change is one of a filter pattern; ``key`` is the key of the rule file that is changed where a
    parameter of that name would take its place.
    """

    what: str
    check: Check
    ignored: str = ""
    default: Parameter | None = None
    patterns: Patterns | None = None
    key: str = ""

    def of(self, rule: Rule) -> Rule:
        """The rule with the change."""
        other = {self.default.name: self.default} if self.default else {}
        parameters = tuple(other.get(parameter.name, parameter) for parameter in rule.parameters)
        return replace(rule, check=self.check, parameters=parameters)


def named_apart(mutants: Iterator[Mutant]) -> Iterator[Mutant]:
    """The mutants, each with a name of its own: of several with one name, the later ones are numbered."""
    counted: dict[str, int] = {}
    for mutant in mutants:
        counted[mutant.what] = counted.get(mutant.what, 0) + 1
        number = counted[mutant.what]
        name = mutant.what if number == 1 else f"{mutant.what} (number {number})"
        yield replace(mutant, what=name)
