"""The search for an event that a required condition matches and no deployed filter does.

Filters have no negation, so each is a monotone Boolean formula over its conditions: making more conditions true can
only make it true. Two things follow. A required pattern is an "or" of conjunctions (its disjuncts), each searched
alone. And of all truth vectors a field can have, only the smallest that keep the disjunct true need to be tried.

The search is depth first over the fields that leave a choice and gives up a branch as soon as some deployed filter
matches. It counts its steps and stops at ``MAXIMUM_STEPS`` with "unknown"; the same when the values of a field could
not be enumerated to the end.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple, Protocol

from scanner.pattern.coverage.search.components import Budget, Component, components
from scanner.pattern.coverage.search.vectors import UNWITNESSED, Condition, Option, condition_of
from scanner.pattern.language.nodes import And, Atom, Expr, Or, Step
from scanner.pattern.language.values.globs import Reading

MAXIMUM_STEPS = 20_000
"""Choices tried for one disjunct."""

MAXIMUM_WORK = 5_000_000
"""Comparisons made for all disjuncts of one decision together."""

MAXIMUM_DISJUNCTS = 512
"""Conjunctions a required pattern may be taken apart into; beyond, "covered" cannot be proven."""


class Formula(NamedTuple):
    """A condition tree over bits: all (``every``) or any of the bits of ``mask`` and of ``parts``."""

    every: bool
    mask: int
    parts: tuple["Formula", ...]


def holds(formula: Formula, true: int) -> bool:
    """Whether ``formula`` is true when exactly the conditions of ``true`` are."""
    if formula.every:
        return formula.mask & ~true == 0 and all(holds(part, true) for part in formula.parts)
    return formula.mask & true != 0 or any(holds(part, true) for part in formula.parts)


def atoms_of(expr: Expr) -> Iterator[Atom]:
    """The conditions of an expression in order of appearance."""
    if isinstance(expr, And | Or):
        for part in expr.parts:
            yield from atoms_of(part)
    else:
        yield expr


class TooManyDisjunctsError(Exception):
    """A required pattern has more than ``MAXIMUM_DISJUNCTS`` disjuncts."""


def disjuncts(formula: Formula) -> list[int]:
    """The conjunctions ``formula`` is an "or" of, smallest first bits first, none a part of another.

    Raises TooManyDisjunctsError.
    """
    return _least(_disjuncts(formula))


def _least(masks: Iterable[int]) -> list[int]:
    """The masks without those that ask for all that another asks for, smallest first bits first."""
    unique = sorted(set(masks), key=_bits)
    if len({mask.bit_count() for mask in unique}) == 1:
        return unique
    return [mask for mask in unique if not _asks_for_more_than_one_of(unique, mask)]


def _asks_for_more_than_one_of(masks: Sequence[int], mask: int) -> bool:
    """Whether one of ``masks`` asks for less than ``mask``, and nothing else."""
    return any(other != mask and other & ~mask == 0 for other in masks)


def _disjuncts(formula: Formula) -> list[int]:
    if not formula.every:
        found = [1 << place for place in _bits(formula.mask)]
        for part in formula.parts:
            found.extend(_disjuncts(part))
    else:
        found = [formula.mask]
        for part in dict.fromkeys(formula.parts):
            others = _disjuncts(part)
            if len(found) * len(others) > MAXIMUM_DISJUNCTS:
                found = _least(found)
            if len(found) * len(others) > MAXIMUM_DISJUNCTS:
                raise TooManyDisjunctsError
            found = list({one | other for one in found for other in others})
    if len(found) > MAXIMUM_DISJUNCTS:
        raise TooManyDisjunctsError
    return found


def _bits(mask: int) -> tuple[int, ...]:
    """The places of the bits of ``mask``, lowest first."""
    places = []
    while mask:
        bit = mask & -mask
        places.append(bit.bit_length() - 1)
        mask ^= bit
    return tuple(places)


class Status(Enum):
    """What a search came to."""

    FOUND = "found"
    NONE = "none"
    UNKNOWN = "unknown"


Chosen = tuple[tuple[Component, Option], ...]
"""The option taken for every component."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The end of a search; ``chosen`` describes the event found, ``reason`` why nothing is known."""

    status: Status
    chosen: Chosen = ()
    reason: str = ""


NONE = SearchResult(Status.NONE)


class Choices(Protocol):
    """Which values fields may take. Some fields, the hubs, decide what others may hold and are chosen first."""

    def hubs(self, present: Sequence[Component]) -> list[Component]:
        """The hubs among the components, in the order in which they are chosen."""

    def key(self, component: Component, context: Mapping[tuple[str, ...], Any]) -> Hashable:
        """Equal keys mean equal options; ``context`` holds the values of the hubs chosen so far."""

    def options(self, component: Component, key: Hashable) -> Sequence[Option]:
        """The options of a component, the pleasantest first."""

    def able(self, component: Component, wanted: int, key: Hashable) -> Sequence[Option]:
        """Those of them that make all of ``wanted`` true."""


class Anything:
    """Every JSON object is an event."""

    def hubs(self, present: Sequence[Component]) -> list[Component]:  # noqa: ARG002 - see Choices
        """No field depends on another."""
        return []

    def key(self, component: Component, context: Mapping[tuple[str, ...], Any]) -> Hashable:  # noqa: ARG002 - see Choices
        """All options, always."""
        return None

    def options(self, component: Component, key: Hashable) -> Sequence[Option]:  # noqa: ARG002 - see Choices
        """All options of the component."""
        return component.options

    def able(self, component: Component, wanted: int, key: Hashable) -> Sequence[Option]:
        """Those of them that make all of ``wanted`` true."""
        return able(self.options(component, key), wanted)


def able(options: Sequence[Option], wanted: int) -> list[Option]:
    """The options that make all of ``wanted`` true."""
    return [option for option in options if option.vector & wanted == wanted]


class _Numbering:
    """One bit for each different condition of all the patterns."""

    def __init__(self) -> None:
        self.bits: dict[tuple[tuple[Step, ...], Condition], int] = {}
        self.atoms: list[Atom] = []

    def formula(self, expr: Expr) -> Formula:
        """``expr`` over bits."""
        if not isinstance(expr, And | Or):
            return Formula(True, self.bit(expr), ())
        mask, parts = 0, []
        for part in expr.parts:
            if isinstance(part, And | Or):
                parts.append(self.formula(part))
            else:
                mask |= self.bit(part)
        return Formula(isinstance(expr, And), mask, tuple(parts))

    def bit(self, atom: Atom) -> int:
        key = (atom.selector.steps, condition_of(atom))
        bit = self.bits.get(key)
        if bit is None:
            bit = self.bits[key] = 1 << len(self.atoms)
            self.atoms.append(atom)
        return bit


@dataclass(slots=True)
class Problem:
    """A required pattern and deployed ones over one numbering of their conditions.

    ``atoms`` holds the conditions by bit, those of the required pattern first, in order of appearance.
    """

    required: Formula
    deployed: tuple[Formula, ...]
    atoms: tuple[Atom, ...]
    components: tuple[Component, ...]
    work: int = 0
    _smallest: dict[Hashable, list[Option]] = field(default_factory=dict)
    _reach: dict[tuple[int, int], int] = field(default_factory=dict)

    def reach(self, component: Component, need: int) -> int:
        """The conditions that values of a component which make ``need`` true can make true."""
        wanted = need & component.mask
        found = self._reach.get((component.mask, wanted))
        if found is None:
            found = 0 if component.complete else component.mask
            for option in component.options:
                if option.vector & wanted == wanted:
                    found |= option.vector
            self._reach[component.mask, wanted] = found
        return found

    def smallest(self, component: Component, need: int, relevant: int, choices: Choices, key: Hashable) -> list[Option]:
        """The options that make ``need`` true, without those that make more of ``relevant`` true than another."""
        wanted, seen = need & component.mask, relevant & component.mask
        remember = (component.mask, wanted, seen, key)
        found = self._smallest.get(remember)
        if found is None:
            able = choices.able(component, wanted, key)
            found = self._smallest[remember] = _smallest(able, seen)
            self.work += len(able) * (1 + len(found) // 2)
        return found


def problem(required: Expr, deployed: Sequence[Expr], reading: Reading, budget: Budget | None = None) -> Problem:
    """The patterns over one numbering, their fields grouped into components, whose work ``budget`` bounds."""
    numbering = _Numbering()
    wanted = numbering.formula(required)
    others = tuple(numbering.formula(expr) for expr in deployed)
    conditions = ((bit, steps, condition) for (steps, condition), bit in numbering.bits.items())
    return Problem(wanted, others, tuple(numbering.atoms), tuple(components(conditions, reading, budget)))


def _smallest(options: Sequence[Option], relevant: int) -> list[Option]:
    """Options none of which has all the relevant bits of another and more; witnessed ones win over others."""
    ordered = sorted(options, key=lambda option: ((option.vector & relevant).bit_count(), option.value is UNWITNESSED))
    kept: list[Option] = []
    shown: list[int] = []
    for option in ordered:
        vector = option.vector & relevant
        if any(other & ~vector == 0 for other in shown):
            continue
        kept.append(option)
        if option.value is not UNWITNESSED:
            shown.append(vector)
    return kept


def search(given: Problem, need: int, choices: Choices) -> SearchResult:
    """An event that makes the conditions of ``need`` true and no deployed formula."""
    if any(holds(formula, need) for formula in given.deployed):
        return NONE
    if given.work > MAXIMUM_WORK:
        return SearchResult(
            Status.UNKNOWN, reason="the pattern as a whole allows too many combinations to try them all"
        )
    possible = need
    for component in given.components:
        given.work += len(component.options)
        possible |= given.reach(component, need)
    live = [formula for formula in given.deployed if holds(formula, possible)]
    outcome = _Search(given, need, choices, live).run()
    if outcome.status is Status.NONE and not all(component.complete for component in given.components):
        return SearchResult(
            Status.UNKNOWN,
            reason="its wildcards, regular expressions or nested fields allow too many combinations to try them all",
        )
    return outcome


class _Search:
    """One disjunct against the deployed formulas that can still become true."""

    def __init__(self, given: Problem, need: int, choices: Choices, live: Sequence[Formula]) -> None:
        self.given = given
        self.need = need
        self.choices = choices
        self.live = live
        self.relevant = _mask(live)
        self.steps = 0
        self.unknown = ""

    def run(self) -> SearchResult:
        hubs = self.choices.hubs(self.given.components)
        rest = [component for component in self.given.components if component not in hubs]
        for chosen, true, context in self.assignments(hubs, {}, ()):
            outcome = self.complete(chosen, true, context, rest)
            if outcome is not None:
                return outcome
            if self.steps > MAXIMUM_STEPS:
                break
        return SearchResult(Status.UNKNOWN, reason=self.unknown) if self.unknown else NONE

    def step(self) -> bool:
        """Count one choice; False when there have been too many."""
        self.steps += 1
        self.given.work += 20 + len(self.live)
        if self.steps > MAXIMUM_STEPS:
            self.unknown = f"more than {MAXIMUM_STEPS} combinations of field values would have to be tried"
        return self.steps <= MAXIMUM_STEPS

    def covered(self, true: int) -> bool:
        return any(holds(formula, true) for formula in self.live)

    def assignments(
        self, hubs: Sequence[Component], context: Mapping[tuple[str, ...], Any], chosen: Chosen, true: int = 0
    ) -> Iterator[tuple[Chosen, int, Mapping[tuple[str, ...], Any]]]:
        """Every choice for the hubs that no deployed filter matches yet."""
        if not hubs:
            yield chosen, true, context
            return
        hub = hubs[0]
        for option in self.choices.able(hub, self.need & hub.mask, self.choices.key(hub, context)):
            after = true | option.vector
            if not self.covered(after) and self.step():
                below = {**context, hub.path: option.value}
                yield from self.assignments(hubs[1:], below, (*chosen, (hub, option)), after)

    def complete(
        self, chosen: Chosen, true: int, context: Mapping[tuple[str, ...], Any], rest: Sequence[Component]
    ) -> SearchResult | None:
        """Choose the components other than hubs; None when that cannot be done."""
        picks = list(chosen)
        open_: list[tuple[Component, list[Option]]] = []
        for component in rest:
            key = self.choices.key(component, context)
            options = self.given.smallest(component, self.need, self.relevant, self.choices, key)
            if not options:
                return None
            if len(options) == 1:
                picks.append((component, options[0]))
                true |= options[0].vector
            else:
                open_.append((component, options))
        open_.sort(key=lambda pair: len(pair[1]))
        return self.descend(open_, picks, true)

    def descend(
        self, open_: Sequence[tuple[Component, list[Option]]], picks: list[tuple[Component, Option]], true: int
    ) -> SearchResult | None:
        """Depth first over the components that leave a choice, with a list instead of recursion."""
        if self.covered(true):
            return None
        if not open_:
            return self.found(tuple(picks))
        components = [component for component, _ in open_]
        for taken in self.combinations([options for _, options in open_], true):
            outcome = self.found((*picks, *zip(components, taken, strict=True)))
            if outcome is not None:
                return outcome
        return None

    def combinations(self, open_: Sequence[Sequence[Option]], true: int) -> Iterator[list[Option]]:
        """One option of each of ``open_``, where no deployed filter matches; ends early when there are too many."""
        trail: list[tuple[Iterator[Option], int]] = [(iter(open_[0]), true)]
        taken: list[Option] = []
        while trail:
            options, before = trail[-1]
            del taken[len(trail) - 1 :]
            option = next(options, None)
            if option is None:
                trail.pop()
                continue
            if not self.step():
                return
            after = before | option.vector
            if self.covered(after):
                continue
            taken.append(option)
            if len(trail) == len(open_):
                yield taken
            else:
                trail.append((iter(open_[len(trail)]), after))

    def found(self, chosen: Chosen) -> SearchResult | None:
        """The outcome, unless a value is missing that would show it."""
        if any(option.value is UNWITNESSED for _, option in chosen):
            self.unknown = "a number may exist that satisfies its conditions, but none was found"
            return None
        return SearchResult(Status.FOUND, chosen)


def _mask(formulas: Sequence[Formula]) -> int:
    """All bits that occur in ``formulas``."""
    mask = 0
    for formula in formulas:
        mask |= formula.mask | _mask(formula.parts)
    return mask
