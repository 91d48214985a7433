"""What decides whether an event is lost: its part of the required pattern alone, or certain field values as well.

A filter often matches most events of a name and leaves out a sliver: those of one role, those from another service.
Then it is not the name that is lost. Starting from the event found, each field that the filters look at is set free
again, as long as no event comes in that some filter matches; what cannot be set free decides. Last it is asked whether
events are lost elsewhere as well.
"""

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, NamedTuple

from scanner.pattern.coverage.search.components import Component
from scanner.pattern.coverage.search.counterexample import (
    Choices,
    Chosen,
    Problem,
    Status,
    TooManyDisjunctsError,
    disjuncts,
    search,
)
from scanner.pattern.coverage.search.vectors import UNWITNESSED, Option
from scanner.pattern.language.nodes import Atom, Compare, Number, Regex, Text, Value
from scanner.pattern.language.printer import print_selector
from scanner.pattern.matching.values import MISSING


class Deciding(NamedTuple):
    """A field that decides, ``userIdentity.type``, and what it holds where events are lost, ``is "AssumedRole"``."""

    field: str
    words: str


class Loss(NamedTuple):
    """A part of the required pattern of which events are lost.

    ``label`` is its event name, or its text. With ``whole`` no event of it is matched by any filter. Otherwise
    ``where`` holds the fields that decide, all of which must be so; it is empty when that was not found out. ``only``
    says that no other events of the part are lost. ``source`` is the service, ``guardduty.amazonaws.com``, where the
    pattern asks for events of that name of several and they do not fare alike.
    """

    label: str
    whole: bool = False
    where: tuple[Deciding, ...] = ()
    only: bool = False
    source: str = ""

    def text(self) -> str:
        """``DeleteTrail``, or that with ``at least in part``, ``only where …`` or ``for example where …`` behind it."""
        called = f"{self.label} of {self.source}" if self.source else self.label
        if self.whole:
            return called
        if not self.where:
            return f"{called} at least in part"
        many = len(self.where) > 1
        told = []
        for field, words in self.where:
            told.append(f"({field} {words})" if many and " or " in words else f"{field} {words}")
        return f"{called} {'only' if self.only else 'for example'} where {' and '.join(told)}"


class Part(NamedTuple):
    """What was found out about a part of the required pattern: its label, the service it names, what of it is lost.

    ``loss`` is None where nothing of it is known to be lost, and with ``decided`` nothing is.
    """

    label: str
    source: str = ""
    loss: Loss | None = None
    decided: bool = True


def losses_of(parts: Sequence[Part]) -> tuple[Loss, ...]:
    """What is lost of a pattern: one loss for each event name, or one for each service that calls of that name are of.

    A name stands for the calls of all services of the pattern only where all of them are lost whole.
    """
    labelled: dict[str, list[Part]] = {}
    for part in parts:
        labelled.setdefault(part.label, []).append(part)
    return tuple(chain.from_iterable(map(_losses_of_label, labelled.values())))


def _losses_of_label(parts: Sequence[Part]) -> Iterator[Loss]:
    if all(part.loss is not None and part.loss.whole for part in parts):
        yield Loss(parts[0].label, whole=True)
        return
    of_services: dict[str, list[Part]] = {}
    for part in parts:
        of_services.setdefault(part.source, []).append(part)
    for source, own in of_services.items():
        lost = [part.loss for part in own if part.loss is not None]
        if lost:
            yield _joined(lost, own)._replace(source=source if len(of_services) > 1 else "")


def _joined(lost: Sequence[Loss], parts: Sequence[Part]) -> Loss:
    """What ``lost`` says of all of ``parts``, which have one label, together."""
    first = lost[0]
    alike = all(each == first for each in lost)
    if alike and first.whole:
        return first if len(lost) == len(parts) else Loss(first.label)
    decided = all(part.decided for part in parts)
    told = next((each for each in lost if each.where), Loss(first.label))
    return told._replace(only=told.only and alike and decided)


@dataclass(frozen=True, slots=True)
class _Restricted:
    """Choices of which some fields are held to one truth vector, or kept off it."""

    choices: Choices
    held: Mapping[Component, int]
    off: tuple[Component, int] | None = None

    def hubs(self, present: Sequence[Component]) -> list[Component]:
        return self.choices.hubs(present)

    def key(self, component: Component, context: Mapping[tuple[str, ...], Any]) -> Hashable:
        off = self.off[1] if self.off is not None and self.off[0] is component else None
        return (self.choices.key(component, context), self.held.get(component), off)

    def options(self, component: Component, key: Hashable) -> Sequence[Option]:
        return self.able(component, 0, key)

    def may_give(self, wanted: int) -> bool:
        """Whether what the fields are held to makes true what is wanted of them."""
        return not any(wanted & component.mask & ~vector for component, vector in self.held.items())

    def able(self, component: Component, wanted: int, key: Hashable) -> Sequence[Option]:
        inner, held, off = key if isinstance(key, tuple) else (key, None, None)
        return [
            option
            for option in self.choices.able(component, wanted, inner)
            if (held is None or option.vector == held) and option.vector != off
        ]


def loss(given: Problem, need: int, choices: Choices, chosen: Chosen, label: str) -> Loss:
    """What decides the loss of the event of ``chosen``, which ``need`` asks for and no deployed formula matches."""
    try:
        matching = _ways_to_match(given, need)
    except TooManyDisjunctsError:
        return Loss(label)
    free = replace(given, deployed=())
    held = {component: option.vector for component, option in chosen if _bears_on(component, need, matching)}
    if not _nothing_matches(free, need, matching, _Restricted(choices, held)):
        return Loss(label)
    if _nothing_matches(free, need, matching, choices):
        return Loss(label, whole=True)
    deciding = dict(held)
    for component in held:
        fewer = {other: vector for other, vector in deciding.items() if other is not component}
        if _nothing_matches(free, need, matching, _Restricted(choices, fewer)):
            deciding = fewer
    only = all(
        search(given, need, _Restricted(choices, {}, (component, vector))).status is Status.NONE
        for component, vector in deciding.items()
    )
    return Loss(label, where=_where(given, need, choices, chosen, deciding), only=only)


def is_lost_whole(given: Problem, need: int, choices: Choices) -> bool:
    """Whether certainly no event that ``need`` asks for is matched by a deployed formula."""
    try:
        matching = _ways_to_match(given, need)
    except TooManyDisjunctsError:
        return False
    return _nothing_matches(replace(given, deployed=()), need, matching, choices)


def _ways_to_match(given: Problem, need: int) -> list[int]:
    """The conjunctions of the deployed formulas that an event which ``need`` asks for may satisfy."""
    every = chain.from_iterable(map(disjuncts, given.deployed))
    return [mask for mask in every if _possible(given, need | mask)]


def _possible(given: Problem, need: int) -> bool:
    """Whether each field by itself can have a value that ``need`` asks for."""
    for component in given.components:
        wanted = need & component.mask
        if wanted and component.complete and not any(option.vector & wanted == wanted for option in component.options):
            return False
    return True


def _bears_on(component: Component, need: int, matching: Sequence[int]) -> bool:
    """Whether a filter looks at a field in some way that ``need`` does not settle."""
    return any(component.mask & mask & ~need for mask in matching)


def _nothing_matches(free: Problem, need: int, matching: Sequence[int], choices: Choices) -> bool:
    """Whether certainly no event under ``choices`` that ``need`` asks for is matched in a way of ``matching``."""
    left = [need | mask for mask in matching]
    if isinstance(choices, _Restricted) and all(component.complete for component in free.components):
        # Most of it fails at a field that is held to something else: that takes no search.
        left = [wanted for wanted in left if choices.may_give(wanted)]
    return all(search(free, wanted, choices).status is Status.NONE for wanted in left)


def _where(
    given: Problem, need: int, choices: Choices, chosen: Chosen, deciding: Collection[Component]
) -> tuple[Deciding, ...]:
    """The fields that decide, in the order of ``chosen``, with what they hold."""
    context = {component.path: option.value for component, option in chosen if component.group is not None}
    where = []
    for component, option in chosen:
        if component in deciding:
            others = {path: value for path, value in context.items() if path != component.path}
            options = choices.options(component, choices.key(component, others))
            if options is component.options and component.group is not None:
                options = component.group.values  # all of them, not one for each vector
            same = [other.value for other in options if other.vector == option.vector]
            conditions = _conditions(component, option, given, need)
            where.append(_deciding(component, option, (option.value, *same), conditions))
    return tuple(where)


Conditions = Sequence[tuple[Atom, bool]]
"""Conditions on a field, and whether they hold."""


def _conditions(component: Component, option: Option, given: Problem, need: int) -> Conditions:
    """The conditions of the deployed filters on a field, and of the required pattern only where there are no others."""
    own = [
        (place, atom, bool(option.vector >> place & 1))
        for place, atom in enumerate(given.atoms)
        if component.mask >> place & 1
    ]
    rest = [(atom, holds) for place, atom, holds in own if not need >> place & 1]
    return rest or [(atom, holds) for _, atom, holds in own]


def _deciding(component: Component, option: Option, same: Sequence[Any], own: Conditions) -> Deciding:
    """The field of a component and what decides about it; ``same`` are values that the filters tell from none of it."""
    if component.group is None:
        fields = dict.fromkeys(print_selector(atom.selector).removeprefix("$.") for atom, _ in own)
        return Deciding(" with ".join(fields), "is as in the example")
    literals = {
        atom.value.text for atom, _ in own if isinstance(atom, Compare) and isinstance(atom.value, Text | Number)
    }
    words = dict.fromkeys(_words(value, literals, own) for value in same if value is not UNWITNESSED)
    left = _KINDS - words.keys()
    if len(left) == 1 and words.keys() <= _KINDS | {"is empty"} and "is present" in words:
        # Everything but one kind of thing.
        words = {_BUT[next(iter(left))]: None}
    elif words.keys() >= _NO_TEXT:
        texts = [each for each in words if each not in _NO_TEXT]
        words = dict.fromkeys([*texts, "is not a text"])
    if "is present" in words:
        words.pop("is empty", None)
    told = " or ".join(words)
    free = isinstance(option.value, str) and option.value not in literals
    return Deciding(".".join(component.path), f'{told} ("{option.value}" in the example)' if free else told)


_NO_TEXT = frozenset({"is null", "is true", "is false", "is an object", "is a list"})
_KINDS = _NO_TEXT | {"is absent", "is present"}
_BUT = {"is absent": "is present", **{each: f"is not{each[2:]}" for each in _NO_TEXT}}
"""Every kind of thing that a field may hold where texts are not told apart, and what the others are called together."""


def _words(value: Any, literals: Collection[str], own: Conditions) -> str:
    """What a field with ``value`` holds, in the terms of the conditions on it."""
    kinds: tuple[tuple[bool, str], ...] = (
        (value is MISSING, "is absent"),
        (value is None, "is null"),
        (value is True, "is true"),
        (value is False, "is false"),
        (isinstance(value, dict), "is an object"),
        (isinstance(value, list), "is a list"),
        (value == "", "is empty"),
    )
    for holds, words in kinds:
        if holds:
            return words
    if value in literals:
        return f'is "{value}"'
    compared = [_relation(atom.op, atom.value, holds=holds) for atom, holds in own if isinstance(atom, Compare)]
    return " and ".join(dict.fromkeys(compared)) or "is present"


def _relation(operator: str, wanted: Value, *, holds: bool) -> str:
    """How a text or number relates to a value it is compared with."""
    if operator not in {"=", "!="}:
        return f"is {'' if holds else 'not '}{operator} {wanted.text}" if isinstance(wanted, Number) else "is present"
    equal = holds is (operator == "=")
    if isinstance(wanted, Regex):
        return f"{'matches' if equal else 'does not match'} %{wanted.source}%"
    if isinstance(wanted, Text) and "*" in wanted.text:
        return f'{"matches" if equal else "does not match"} "{wanted.text}"'
    return f'is {"" if equal else "not "}"{wanted.text}"'
