"""Fields that can be chosen independently of each other, and the values each of them may take.

Most filters look at plain fields: any value of ``$.eventName`` goes with any value of ``$.userIdentity.type``. Where
selectors touch each other (``$.a`` and ``$.a.b``, ``$.a[0]``, ``$.a[*].b``) the values under the common field are
enumerated together, as a tree: a node is missing, a scalar (all below it missing), an object (any combination of its
members) or an array (the first members present, the others missing).

A wildcard condition asks about the set of all children of its node. It is followed through every child as a hidden
condition, and decided at the node: ``!=`` and NOT EXISTS hold when no child has the hidden condition, the others when
some child has it. Children without a name of their own are added as far as they change the outcome.

Work is bounded by ``MAXIMUM_STEPS``; beyond it a component is marked incomplete and "covered" cannot be proven by it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import count, islice
from typing import Any

from scanner.pattern.coverage.search.vectors import UNWITNESSED, Comparison, Condition, Group, Option, ValueKind
from scanner.pattern.language.nodes import Step, Wildcard
from scanner.pattern.language.values.globs import Reading
from scanner.pattern.matching.values import MISSING

MAXIMUM_STEPS = 20_000
"""Combinations tried in one component."""

MAXIMUM_STEPS_TOGETHER = 40_000
"""The same for all components of one decision, over both readings of ``*`` and every filter that joins."""

MAXIMUM_DEPTH = 50
"""Selectors that touch others are followed over this many steps."""

LONGEST_ARRAY = 1000
"""Arrays in an event shown are not longer than this."""

Conditions = Iterable[tuple[int, tuple[Step, ...], Condition]]
"""Each condition's bit, the steps of its selector, and what it asks."""


class Budget:
    """Combinations that the components of one decision may still try together."""

    def __init__(self, left: int = MAXIMUM_STEPS_TOGETHER) -> None:
        self.left = left


class Component:
    """One field, or a field with everything below it, whose values are chosen together."""

    def __init__(self, path: tuple[str, ...], root: "_Node", reading: Reading, budget: Budget) -> None:
        self.path = path
        self.group = Group(root.conditions, reading) if root.is_leaf else None
        self.mask = root.mask
        self._root = root
        self._reading = reading
        self._budget = budget

    @cached_property
    def _found(self) -> tuple[tuple[Option, ...], bool]:
        if self.group is not None:
            options = self.group.options
            return options, self.group.complete
        if self._root.depth > MAXIMUM_DEPTH:
            return (), False
        tree = _Enumeration(self._reading, self.mask, self._budget)
        found: dict[int, Option] = {}
        for option in tree.options(self._root, is_event=not self.path):
            vector = option.vector & self.mask
            if vector not in found or found[vector].value is UNWITNESSED:
                found[vector] = Option(vector, option.value)
        return tuple(found.values()), tree.complete

    @property
    def options(self) -> tuple[Option, ...]:
        """Every truth vector of the component's conditions with a value for the place ``path``."""
        return self._found[0]

    @property
    def complete(self) -> bool:
        """False when further vectors may exist."""
        return self._found[1]


def unseen(path: tuple[str, ...]) -> Component:
    """A field that no condition looks at: any of its values has the same, empty vector."""
    return Component(path, _Node(), "wildcard", Budget())


class _Node:
    """A place in an event: its own conditions, its members, and the wildcard conditions over its children."""

    def __init__(self) -> None:
        self.conditions: list[tuple[int, Condition]] = []
        self.keys: dict[str, _Node] = {}
        self.indexes: dict[int, _Node] = {}
        self.wild: list[tuple[int, tuple[Step, ...], Condition]] = []
        self.mask = 0  # the bits of all conditions at and below the node
        self.depth = 0  # the longest path below it

    @property
    def is_leaf(self) -> bool:
        return not (self.keys or self.indexes or self.wild)

    def add(self, bit: int, steps: Sequence[Step], condition: Condition) -> None:
        """Put a condition at the place that ``steps`` lead to."""
        node = self
        for place, step in enumerate(steps):
            node.mask |= bit
            node.depth = max(node.depth, len(steps) - place)
            if isinstance(step, Wildcard):
                node.wild.append((bit, tuple(steps[place + 1 :]), condition))
                return
            node = (
                node.keys.setdefault(step, _Node()) if isinstance(step, str) else node.indexes.setdefault(step, _Node())
            )
        node.mask |= bit
        node.conditions.append((bit, condition))


def components(conditions: Conditions, reading: Reading, budget: Budget | None = None) -> list[Component]:
    """The independent components of ``conditions``; every bit belongs to exactly one of them."""
    budget = budget or Budget()
    root = _Node()
    for bit, steps, condition in conditions:
        root.add(bit, steps, condition)
    found: list[Component] = []
    waiting: list[tuple[tuple[str, ...], _Node]] = [((), root)]
    while waiting:
        path, node = waiting.pop()
        if node.conditions or node.indexes or node.wild:
            found.append(Component(path, node, reading, budget))
        else:
            waiting.extend(((*path, key), child) for key, child in reversed(node.keys.items()))
    return found


@dataclass(frozen=True, slots=True)
class _Wild:
    """A wildcard condition: its bit, the hidden bit its children carry, and how the children decide it."""

    bit: int
    hidden: int
    asks_for_none: bool
    asks_for_parent: bool

    def decide(self, children: int, *, exists: bool) -> int:
        """The bit, when the union of the children's vectors makes the condition true."""
        holds = not children & self.hidden if self.asks_for_none else bool(children & self.hidden)
        return self.bit if holds and (exists or not self.asks_for_parent) else 0


def _hidden(condition: Condition) -> Condition:
    """What a wildcard condition asks of a single child, or the opposite of it."""
    if condition is ValueKind.MISSING:
        return ValueKind.PRESENT
    if condition is ValueKind.NULL:
        return ValueKind.ONLY_NULL
    if isinstance(condition, Comparison) and condition.op == "!=":
        return Comparison("=", condition.value)
    return condition


Members = tuple[tuple[str | int, Any], ...]
"""Names or indexes and values of the children chosen so far."""


class _Enumeration:
    """All truth vectors of a tree of conditions, bottom-up; hidden bits lie above the bits of ``mask``."""

    def __init__(self, reading: Reading, mask: int, budget: Budget) -> None:
        self.reading = reading
        self.budget = budget
        self.complete = True
        self.next_bit = 1 << mask.bit_length()
        self.steps = 0

    def new_bit(self) -> int:
        self.next_bit <<= 1
        return self.next_bit >> 1

    def out_of_steps(self) -> bool:
        """Count one combination; True when there have been too many: then every loop ends with what it has."""
        self.steps += 1
        self.budget.left -= 1
        self.complete = self.complete and not self.is_exhausted
        return self.is_exhausted

    @property
    def is_exhausted(self) -> bool:
        return self.steps > MAXIMUM_STEPS or self.budget.left < 0

    def options(self, node: _Node, *, is_event: bool = False) -> list[Option]:
        """Each vector of the conditions at and below ``node``, once for "missing" and once with a value.

        The whole event (``is_event``) is always an object.
        """
        first_null = self.watch_first(node)
        wilds, anonymous = self.follow_wildcards(node)
        group = Group(node.conditions, self.reading)
        found = _Found(wilds)
        keys = {key: self.options(child) for key, child in node.keys.items()}
        indexes = {index: self.options(node.indexes[index]) for index in sorted(node.indexes)}
        absent = _absent(keys.values()) | _absent(indexes.values())
        for option in () if is_event else group.values:
            if node.is_leaf or not isinstance(option.value, dict | list):
                found.add(option.vector, absent, option.value)
        self.complete = self.complete and group.complete
        others = self.options(anonymous) if wilds else []
        if not node.is_leaf:
            self.objects(found, group, keys, _absent(indexes.values()), others)
        if not node.is_leaf and not is_event:
            self.arrays(found, group, indexes, _absent(keys.values()), others, first_null)
        return list(found.options.values())

    def objects(
        self, found: "_Found", group: Group, keys: Mapping[str, list[Option]], absent: int, others: list[Option]
    ) -> None:
        """The vectors of objects: any combination of members, and members of other names for the wildcards."""
        own = group.evaluate({})
        free = (name for name in map("other{}".format, count()) if name not in keys)
        names = list(islice(free, len(others)))
        unions = [(union, tuple(zip(names, extra, strict=False))) for union, extra in self.unions(others, 0, None)]
        named = self.combine({absent: ()}, keys)
        for union, extra in unions:
            for vector, members in named:
                found.keep(own, vector | union, partial(_object, members, extra))
                if self.out_of_steps():
                    return

    def arrays(
        self,
        found: "_Found",
        group: Group,
        indexes: Mapping[int, list[Option]],
        absent: int,
        others: list[Option],
        first_null: int,
    ) -> None:
        """The vectors of arrays: the first few of the indexed elements are there, the others are not."""
        null_first, other_first = group.evaluate([None]), group.evaluate([])
        present: dict[int, list[Option]] = {}
        for cut in (None, *indexes):
            if cut is not None:
                present[cut] = [option for option in indexes[cut] if option.value is not MISSING]
            beyond = [index for index in indexes if index not in present]
            start = absent | _absent(indexes[index] for index in beyond)
            needed = 0 if cut is None else cut + 1 - len(present)
            unions = self.unions(others, needed, beyond[0] - len(present) if beyond else None)
            placed = self.combine({start: ()}, present)
            for union, extra in unions:
                for vector, members in placed:
                    own = null_first if vector & first_null else other_first
                    found.keep(own, vector | union, partial(_array, members, extra))
                    if self.out_of_steps():
                        return

    def combine(self, start: dict[int, Members], children: Mapping[Any, list[Option]]) -> list[tuple[int, Members]]:
        """Every union of one option a child, with the members that show it."""
        chosen = start
        for name, options in children.items():
            after: dict[int, Members] = {}
            for vector, members in chosen.items():
                for option in options:
                    union = vector | option.vector
                    if union not in after or UNWITNESSED in (value for _, value in after[union]):
                        after[union] = members if option.value is MISSING else (*members, (name, option.value))
                    if self.out_of_steps():
                        break
                if self.is_exhausted:
                    break
            chosen = after
        return list(chosen.items())

    def unions(self, others: list[Option], needed: int, room: int | None) -> list[tuple[int, tuple[Any, ...]]]:
        """What ``needed`` up to ``room`` (None: any number of) unnamed children can add, with their values."""
        if not others:
            return [(0, ({},) * min(needed, LONGEST_ARRAY + 1))]
        children = [option for option in others if option.value is not MISSING]
        best: dict[int, tuple[Any, ...]] = {child.vector: (child.value,) for child in children} if needed else {0: ()}
        layer = dict(best)
        while layer:
            after: dict[int, tuple[Any, ...]] = {}
            for vector, values in layer.items():
                for child in children:
                    union = vector | child.vector
                    if self.out_of_steps():
                        break
                    if union not in best and (room is None or len(values) < room):
                        best[union] = after[union] = (*values, child.value)
                if self.is_exhausted:
                    break
            layer = after
        padding = min(needed, LONGEST_ARRAY + 1)
        return [(union, (*values, *values[:1] * (padding - len(values)))) for union, values in best.items()]

    def follow_wildcards(self, node: _Node) -> tuple[list[_Wild], _Node]:
        """Give every child of ``node`` the hidden conditions; the node of a child without a name is returned."""
        anonymous = _Node()
        wilds = []
        for bit, steps, condition in node.wild:
            hidden = self.new_bit()
            unequal = isinstance(condition, Comparison) and condition.op == "!="
            wilds.append(_Wild(bit, hidden, unequal or condition is ValueKind.MISSING, unequal))
            for child in (*node.keys.values(), *node.indexes.values(), anonymous):
                child.add(hidden, steps, _hidden(condition))
        return wilds, anonymous

    def watch_first(self, node: _Node) -> int:
        """The hidden bit of "the first element is null", when an array's own IS NULL depends on it."""
        if node.is_leaf or not any(condition is ValueKind.NULL for _, condition in node.conditions):
            return 0
        bit = self.new_bit()
        node.indexes.setdefault(0, _Node()).add(bit, (), ValueKind.ONLY_NULL)
        return bit


class _Found:
    """The vectors of one node found so far; "missing" is kept apart, because it cannot be in an array."""

    def __init__(self, wilds: Sequence[_Wild]) -> None:
        self.wilds = wilds
        self.seen: set[tuple[int, int]] = set()
        self.options: dict[tuple[int, bool], Option] = {}

    def keep(self, own: int, below: int, make: Callable[[], Any]) -> None:
        """Add the vector of a value that is made only when it is new."""
        if (own, below) not in self.seen:
            value = make()
            if value is not UNWITNESSED:
                self.seen.add((own, below))
            self.add(own, below, value)

    def add(self, own: int, below: int, value: Any) -> None:
        """Add the vector of a value, given the bits of its own conditions and those of its children."""
        vector = own | below
        for wild in self.wilds:
            vector |= wild.decide(below, exists=value is not MISSING)
        key = (vector, value is MISSING)
        if key not in self.options or self.options[key].value is UNWITNESSED:
            self.options[key] = Option(vector, value)


def _absent(children: Iterable[list[Option]]) -> int:
    """The bits that hold when all these children are missing."""
    vector = 0
    for options in children:
        vector |= next(option.vector for option in options if option.value is MISSING)
    return vector


def _object(members: Members, others: Members) -> Any:
    values = dict((*members, *others))
    return UNWITNESSED if UNWITNESSED in values.values() else values


def _array(members: Members, others: tuple[Any, ...]) -> Any:
    """The array with the indexed members in their places and the others in the gaps, then at the end."""
    if UNWITNESSED in (value for _, value in members) or UNWITNESSED in others or len(others) > LONGEST_ARRAY:
        return UNWITNESSED
    placed = dict(members)
    rest = list(others)
    array: list[Any] = []
    while rest or len(array) in placed:
        array.append(placed[len(array)] if len(array) in placed else rest.pop(0))
    return array
