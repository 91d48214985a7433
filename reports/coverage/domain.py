"""The controls of a framework in groups of their own numbering, each with how far rules decide it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from scanner.model import Coverage

WORDS: Mapping[Coverage, str] = {
    Coverage.FULL: "in full",
    Coverage.PARTIAL: "in part",
    Coverage.SUPPORTING: "in support of a person",
    Coverage.MANUAL: "not at all",
}
"""How far rules decide a control, in words that follow "rules decide it"."""

_FAMILY = re.compile(r"([A-Za-z]+)-[0-9]+")
_OTHERS = "all"


@dataclass(frozen=True, slots=True)
class Square:
    """One control of a domain."""

    control: str
    coverage: Coverage
    title: str


@dataclass(frozen=True, slots=True)
class Group:
    """Controls whose numbers begin alike, in the order of the framework."""

    name: str
    squares: tuple[Square, ...]


@dataclass(frozen=True, slots=True)
class Domain:
    """All controls of a framework."""

    title: str
    groups: tuple[Group, ...]

    @property
    def counts(self) -> Mapping[Coverage, int]:
        """How many controls rules decide how far."""
        return Counter(square.coverage for group in self.groups for square in group.squares)


def domain_of(title: str, squares: Iterable[Square]) -> Domain:
    """The domain of these controls; groups are in the order of their first controls."""
    groups: dict[str, list[Square]] = {}
    for square in squares:
        groups.setdefault(group_of(square.control), []).append(square)
    return Domain(title, tuple(Group(name, tuple(found)) for name, found in groups.items()))


def group_of(control: str) -> str:
    """What a control's number begins with: ``10.2`` of 10.2.1.1, ``AU`` of AU-6(1), ``164.312`` of 164.312(a)(1)."""
    number, bracket, _ = control.partition("(")
    if family := _FAMILY.fullmatch(number):
        return family[1]
    parts = number.split(".")
    if len(parts) == 1:
        return _OTHERS
    return number if bracket else ".".join(parts[: 2 if len(parts) > 2 else 1])


def told(domain: Domain) -> str:
    """The picture in a sentence for the whole and one for each group."""
    return " ".join(_told(domain))


def _told(domain: Domain) -> Iterator[str]:
    yield f"Rules decide {_counted(domain.counts)}."
    for group in domain.groups:
        yield f"{group.name}: {_counted(Counter(square.coverage for square in group.squares))}."


def _counted(counts: Mapping[Coverage, int]) -> str:
    return ", ".join(f"{counts[coverage]} {word}" for coverage, word in WORDS.items() if counts[coverage])
