"""Coverage of events that are not CloudTrail records, such as findings of GuardDuty: event patterns on both sides.

The fields that patterns ask about are taken one combination of values after another. Where the values of a field are
known, or the tests on it tell no other values apart, every combination is tried, and that is a proof. "not_covered" is
said of an event that was put together and matched only.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, pairwise, product
from typing import Any

from scanner.eventbridge.matching import matches_event, passes
from scanner.eventbridge.nodes import (
    Absent,
    AnythingBut,
    EventPattern,
    Fields,
    NumberRange,
    Path,
    Prefix,
    Present,
    Same,
    SameNumber,
    SameText,
    Suffix,
    Test,
    Wildcard,
)
from scanner.pattern.coverage.verdict import CoverageProof, CoverageVerdict

Scalar = str | float | bool | None

_MOST = 20_000
"""Combinations that are tried at most."""

_TEXT = "made-up"
_UNLIKE: Sequence["Scalar | Missing"] = (_TEXT, 0.5, True)


class Missing:
    """In place of a value: the field is not there."""


MISSING = Missing()

Value = Scalar | Missing
_Event = Mapping[Path, Value]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is known of every event of a kind.

    ``known`` holds every value that a field can have. ``present`` are fields that always hold some text, ``open`` those
    of which it is not documented what they hold: what depends on one of these is neither covered nor lost. ``arrays``
    are the paths at which an array of one object lies.
    """

    known: Mapping[Path, tuple[Scalar, ...]] = field(default_factory=dict)
    present: frozenset[Path] = frozenset()
    open: frozenset[Path] = frozenset()
    arrays: frozenset[Path] = frozenset()

    def event(self, values: _Event) -> dict[str, Any]:
        """An event with these values, as EventBridge sends it."""
        event: dict[str, Any] = {}
        for path, value in sorted(values.items()):
            if not isinstance(value, Missing):
                self._put(event, path, value)
        return event

    def _put(self, event: dict[str, Any], path: Path, value: Scalar) -> None:
        here, so_far = event, ""
        *above, last = path.split(".")
        for name in above:
            so_far = f"{so_far}.{name}" if so_far else name
            inside: dict[str, Any] = {}
            found = here.setdefault(name, [inside] if so_far in self.arrays else inside)
            here = found[0] if isinstance(found, list) else found
            if not isinstance(here, dict):
                return
        here.setdefault(last, value)


def covers_events(required: EventPattern, deployed: Sequence[EventPattern], envelope: Envelope) -> CoverageProof:
    """Whether every event of this kind that ``required`` matches is matched by one of ``deployed``.

    The union of the deployed patterns counts. The witness is an event that was put together.
    """
    rules = list(chain.from_iterable(pattern.alternatives for pattern in deployed))
    proofs = [_Alternative(wanted, rules, envelope).proof(required, deployed) for wanted in required.alternatives]
    for verdict in (CoverageVerdict.NOT_COVERED, CoverageVerdict.UNDETERMINED):
        for found in proofs:
            if found.verdict is verdict:
                return found
    return CoverageProof(CoverageVerdict.COVERED)


def may_match(required: EventPattern, rule: EventPattern, envelope: Envelope) -> bool:
    """Whether an event of this kind that is required may match a rule; it is ruled out only where that is proved."""
    wanted = [_Alternative(fields, rule.alternatives, envelope) for fields in required.alternatives]
    return any(alternative.rules for alternative in wanted)


@dataclass(frozen=True, slots=True)
class _Choice:
    """Values of a field, one for each way in which tests can answer; ``every`` says that there is no further way.

    ``there`` is false of a field that is asked whether it is there, or what it holds, which is not known.
    """

    values: tuple[Value, ...]
    every: bool
    there: bool = True


class _Alternative:
    """One alternative of what is required, against all alternatives of what is deployed."""

    def __init__(self, wanted: Fields, rules: Sequence[Fields], envelope: Envelope) -> None:
        self._envelope = envelope
        paths = sorted({*wanted, *envelope.known, *chain.from_iterable(rules)})
        self._choices = {path: _choice(path, wanted.get(path), rules, envelope) for path in paths}
        self.rules = [rule for rule in rules if self._possible(rule)]
        asked = set(chain.from_iterable(self.rules))
        self._decisive = [path for path in paths if path in asked and len(self._choices[path].values) > 1]

    def _possible(self, rule: Fields) -> bool:
        """Whether the alternative can match at all, as far as the values of its fields are known."""
        return all(self._can_hold(path, tests) for path, tests in rule.items())

    def _can_hold(self, path: Path, tests: Sequence[Test]) -> bool:
        choice = self._choices[path]
        return not choice.every or any(_holds(tests, value) for value in choice.values)

    def proof(self, required: EventPattern, deployed: Sequence[EventPattern]) -> CoverageProof:
        """Whether each event of the alternative is matched."""
        first = {path: choice.values[0] for path, choice in self._choices.items()}
        known = [path for path in self._decisive if self._choices[path].every]
        sure = [rule for rule in self.rules if self._is_decided(rule)]
        left = [values for values in self._combinations(first, known) if not _any_matches(sure, values)]
        if self._too_many(known):
            return CoverageProof(CoverageVerdict.UNDETERMINED, reason="too many values would have to be tried")
        if not left:
            return CoverageProof(CoverageVerdict.COVERED)
        free = [path for path in self._decisive if not self._choices[path].every]
        unsure = [path for path in self._decisive if not self._choices[path].there]
        lost: list[_Event] = []
        for values in left:
            for tried in self._combinations(values, free):
                # What depends on whether a field is there is not known to be lost.
                if all(self._is_lost(each, required, deployed) for each in self._combinations(tried, unsure)):
                    lost.append(tried)
                    break
        if lost:
            told = [path for path in known if path not in unsure]
            words = tuple(_words(lost, told or free))
            return CoverageProof(CoverageVerdict.NOT_COVERED, self._envelope.event(lost[0]), words)
        reason = f"whether the rules hear of all of them depends on {', '.join([*free, *unsure]) or 'their fields'}"
        return CoverageProof(CoverageVerdict.UNDETERMINED, reason=reason)

    def _is_decided(self, rule: Fields) -> bool:
        """Whether every way in which the alternative's fields can answer is among the choices."""
        return all(self._choices[path].every for path in rule)

    def _too_many(self, paths: Iterable[Path]) -> bool:
        return math.prod(len(self._choices[path].values) for path in paths) > _MOST

    def _combinations(self, start: _Event, paths: Sequence[Path]) -> Iterator[_Event]:
        """The values with every combination of what these fields can hold, as many as are tried."""
        chosen = product(*(self._choices[path].values for path in paths))
        for values in islice(chosen, _MOST):
            yield {**start, **dict(zip(paths, values, strict=True))}

    def _is_lost(self, values: _Event, required: EventPattern, deployed: Sequence[EventPattern]) -> bool:
        event = self._envelope.event(values)
        return matches_event(required, event) and not any(matches_event(pattern, event) for pattern in deployed)


def _choice(path: Path, wanted: Sequence[Test] | None, rules: Sequence[Fields], envelope: Envelope) -> _Choice:
    """The values that a field can hold in an event that is wanted, as far as the tests of rules tell them apart."""
    asked = [test for rule in rules for test in rule.get(path, ())]
    if path in envelope.known:
        return _Choice(tuple(value for value in envelope.known[path] if _holds(wanted, value)), every=True)
    if wanted is None:
        existence = all(isinstance(test, Present | Absent) for test in asked)
        texts: tuple[Value, ...] = (_TEXT, *(each for each in _literals(asked) if isinstance(each, str)))
        typed = _typed(asked)
        if path in envelope.open:
            return _Choice((*texts, *typed, MISSING), every=True, there=False)
        if path in envelope.present:
            return _Choice(texts, every=existence)
        if existence:
            return _Choice((_TEXT, MISSING), every=True, there=False)
        # What is asked for numbers or for true and false alone holds such a thing.
        told = tuple(value for value in typed if value is not None)
        return _Choice(told if told and len(texts) == 1 else texts, every=False)
    if all(isinstance(test, Same | SameNumber) for test in wanted):
        return _Choice(tuple(_literals(wanted)), every=True)
    numeric = all(isinstance(test, NumberRange | SameNumber) for test in wanted)
    values = [value for value in _numbers([*wanted, *asked]) if _holds(wanted, value)]
    if numeric and values:
        return _Choice(tuple(values), every=all(_is_numeric(test) for test in asked))
    others = [value for value in (*_UNLIKE, *_literals([*wanted, *asked])) if _holds(wanted, value)]
    return _Choice(tuple(dict.fromkeys(others)) or (MISSING,), every=False)


def _typed(asked: Sequence[Test]) -> tuple[Value, ...]:
    """The values other than texts that tests of a field tell apart: true and false, null and numbers."""
    literals = list(_literals(asked))
    truths: tuple[Value, ...] = (True, False) if any(isinstance(each, bool) for each in literals) else ()
    nulls: tuple[Value, ...] = (None,) if None in literals else ()
    return (*truths, *nulls, *_numbers(asked))


def _holds(tests: Sequence[Test] | None, value: Value) -> bool:
    """Whether a value, or its absence, passes one of the tests; without any it does."""
    if tests is None:
        return True
    if isinstance(value, Missing):
        return Absent() in tests
    return any(passes(test, value) for test in tests)


def _matches(rule: Fields, values: _Event) -> bool:
    return all(_holds(tests, values[path]) for path, tests in rule.items())


def _any_matches(rules: Iterable[Fields], values: _Event) -> bool:
    return any(_matches(rule, values) for rule in rules)


def _is_numeric(test: Test) -> bool:
    """Whether all numbers between two bounds that are next to each other pass a test, or none."""
    if isinstance(test, AnythingBut):
        return all(map(_is_numeric, test.excluded))
    return isinstance(test, NumberRange | SameNumber | Present | Absent)


def _literals(tests: Iterable[Test]) -> Iterator[Scalar]:
    """The values that tests name."""
    for test in tests:
        match test:
            case Same(value=value):
                yield value
            case SameNumber(value=number) if isinstance(number, float):
                yield number
            case AnythingBut(excluded=excluded):
                yield from _literals(excluded)
            case SameText(text=text) | Prefix(text=text) | Suffix(text=text):
                yield text
            case Wildcard(pieces=pieces):
                yield _TEXT.join(pieces)
            case _:
                pass


def _numbers(tests: Iterable[Test]) -> list[float]:
    """Every bound that tests name, one number between each two of them, and one beyond either end."""
    bounds = sorted(set(_bounds(tests)))
    if not bounds:
        return []
    between = [(one + other) / 2 for one, other in pairwise(bounds)]
    return sorted({*bounds, *between, bounds[0] - 1, bounds[-1] + 1})


def _bounds(tests: Iterable[Test]) -> Iterator[float]:
    for test in tests:
        match test:
            case NumberRange(low=low, high=high):
                yield from (bound for bound in (low, high) if math.isfinite(bound))
            case SameNumber(value=number) if isinstance(number, float):
                yield number
            case AnythingBut(excluded=excluded):
                yield from _bounds(excluded)
            case _:
                pass


def _words(lost: Sequence[_Event], paths: Sequence[Path]) -> Iterator[str]:
    """What is lost, by the fields that decide: their values, and of numbers the first and the last.

    A text that is made up stands for all those that nothing names.
    """
    for path in paths:
        values = list(dict.fromkeys(values[path] for values in lost))
        numbers = [value for value in values if isinstance(value, float) and not isinstance(value, bool)]
        texts = [str(value) for value in values if isinstance(value, str)]
        if numbers and len(numbers) == len(values):
            low, high = min(numbers), max(numbers)
            yield f"{path} {low:g}" if low == high else f"{path} {low:g} to {high:g}"
        elif texts and len(texts) == len(values):
            named = [text for text in texts if _TEXT not in text]
            others = [f"other values of {path}"] if len(named) < len(texts) else []
            yield " and ".join([*([f"{path} {', '.join(named)}"] if named else []), *others])
