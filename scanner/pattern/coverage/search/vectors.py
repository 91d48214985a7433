"""The truth vectors of one selector: which of its conditions some JSON value makes true together.

All conditions that required and deployed filters put on the same field are looked at as one group. A JSON value makes
each of them true or false; the set of true ones, as an integer with one bit a condition, is the value's truth vector.
There are finitely many vectors although there are infinitely many values, and each is found here with a value that
shows it:

* missing, null, true, false, object and array are tried directly;
* strings: every literal of the group, and for all other strings the product automaton of its wildcards and regular
  expressions (``scanner.pattern.coverage.search.automata``);
* numbers: they differ from strings only under numeric conditions, whose break points cut them into points and
  intervals; every point is tried as integer and as double, since their texts differ (``1`` and ``1.0``).

A vector that may exist but for which no value was found is kept without a value: it can keep "covered" from being
said, never cause "not covered".
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from scanner.pattern.coverage.search.automata import Automaton, TooLargeError, classes, glob_automaton, regex_automaton
from scanner.pattern.language.nodes import Atom, Compare, IsBool, IsNull, Number, Regex, Text
from scanner.pattern.language.values.globs import Reading, glob_pieces
from scanner.pattern.language.values.numbers import finite_value, is_number, number_text, spelled_value
from scanner.pattern.matching.comparisons import BY_VALUE, text_comparison
from scanner.pattern.matching.values import MISSING

MAXIMUM_DIGITS = 4000
"""Integers with more digits are not written out."""


class Unwitnessed(Enum):
    """The value of a vector that may exist, but for which no JSON value is at hand."""

    UNWITNESSED = "no value known"


UNWITNESSED = Unwitnessed.UNWITNESSED


class ValueKind(Enum):
    """What a condition other than a comparison asks of a value."""

    NULL = "null, or an array that begins with null"
    ONLY_NULL = "null"
    TRUE = "true"
    FALSE = "false"
    MISSING = "missing"
    PRESENT = "present"


@dataclass(frozen=True, slots=True)
class Comparison:
    """``op value`` on the value of a field."""

    op: str
    value: Text | Number | Regex


Condition = Comparison | ValueKind


class Option(NamedTuple):
    """A truth vector and a value that shows it (``MISSING`` for none, ``UNWITNESSED`` when unknown)."""

    vector: int
    value: Any


def condition_of(atom: Atom) -> Condition:
    """What ``atom`` asks of the value its selector points at."""
    if isinstance(atom, Compare):
        return Comparison(atom.op, atom.value)
    if isinstance(atom, IsBool):
        return ValueKind.TRUE if atom.value else ValueKind.FALSE
    return ValueKind.NULL if isinstance(atom, IsNull) else ValueKind.MISSING


class _Numeric(NamedTuple):
    """A comparison with a number: its bit, its operator and the number's value (None: the spelling has none)."""

    bit: int
    op: str
    wanted: Decimal | None


class Group:
    """The conditions on one field; ``conditions`` pairs each with the bit it has in the vectors."""

    def __init__(self, conditions: Iterable[tuple[int, Condition]], reading: Reading) -> None:
        self.reading = reading
        self.conditions = tuple(conditions)
        self.mask = 0
        self.complete = True
        """False when some vectors of strings may not have been found."""
        self._kinds: dict[ValueKind, int] = {}
        self._equal: dict[str, int] = {}  # text -> bits of "= text"
        self._unequal: dict[str, int] = {}  # text -> bits of "!= text"
        self._spelled_equal: dict[str, int] = {}  # the same of numbers, which a string equals by spelling
        self._spelled_unequal: dict[str, int] = {}
        self._numeric: list[_Numeric] = []
        self._searches: dict[Text | Regex, tuple[int, int]] = {}  # wildcards and regexes -> bits of "=", of "!="
        for bit, condition in self.conditions:
            self.mask |= bit
            if isinstance(condition, ValueKind):
                self._kinds[condition] = self._kinds.get(condition, 0) | bit
            else:
                self._add(bit, condition.op, condition.value)
        self._tests = [(text_comparison(value, reading), *bits) for value, bits in self._searches.items()]
        self._any_unequal = _union(self._unequal.values())
        self._any_spelled_unequal = _union(self._spelled_unequal.values())

    def _add(self, bit: int, op: str, value: Text | Number | Regex) -> None:
        """File one comparison under what decides it."""
        if isinstance(value, Number):
            self._numeric.append(_Numeric(bit, op, spelled_value(value.text)))
            if op in {"=", "!="}:
                table = self._spelled_equal if op == "=" else self._spelled_unequal
                table[value.text] = table.get(value.text, 0) | bit
        elif isinstance(value, Text) and len(pieces := glob_pieces(value.text, self.reading)) == 1:
            table = self._equal if op == "=" else self._unequal
            table[pieces[0]] = table.get(pieces[0], 0) | bit
        else:
            equal, unequal = self._searches.get(value, (0, 0))
            self._searches[value] = (equal | bit, unequal) if op == "=" else (equal, unequal | bit)

    def evaluate(self, value: Any) -> int:
        """The vector of one JSON value or of ``MISSING``."""
        if isinstance(value, str):
            spelled = self._any_spelled_unequal & ~self._spelled_unequal.get(value, 0)
            return self._text(value) | spelled | self._spelled_equal.get(value, 0) | self._kind(ValueKind.PRESENT)
        if is_number(value):
            size = finite_value(value)
            numeric = 0 if size is None else self._size(size)
            return self._text(number_text(value)) | numeric | self._kind(ValueKind.PRESENT)
        if value is MISSING:
            return self._kind(ValueKind.MISSING)
        present = self._kind(ValueKind.PRESENT)
        if value is None:
            return present | self._kind(ValueKind.NULL) | self._kind(ValueKind.ONLY_NULL)
        if isinstance(value, bool):
            return present | self._kind(ValueKind.TRUE if value else ValueKind.FALSE)
        return present | (self._kind(ValueKind.NULL) if isinstance(value, list) and value[:1] == [None] else 0)

    def _kind(self, kind: ValueKind) -> int:
        return self._kinds.get(kind, 0)

    def _text(self, text: str) -> int:
        """The bits that a text decides, be it a string or the text of a number."""
        vector = self._equal.get(text, 0) | (self._any_unequal & ~self._unequal.get(text, 0))
        for test, equal, unequal in self._tests:
            vector |= equal if test(text) else unequal
        return vector

    def _size(self, size: int | Decimal) -> int:
        """The bits of the numeric comparisons that hold for a number."""
        return _union(bit for bit, op, wanted in self._numeric if wanted is not None and BY_VALUE[op](size, wanted))

    @cached_property
    def constants(self) -> tuple[Option, ...]:
        """Missing, null, true, false and containers, each with its vector."""
        values: tuple[Any, ...] = (MISSING, None, True, False, {}, [], [None])
        return tuple(Option(self.evaluate(value), value) for value in values)

    @cached_property
    def literals(self) -> tuple[Option, ...]:
        """The empty string and every string a condition names."""
        tables = (self._equal, self._unequal, self._spelled_equal, self._spelled_unequal)
        texts = dict.fromkeys(("", *(text for table in tables for text in table)))
        return tuple(Option(self.evaluate(text), text) for text in texts)

    @cached_property
    def other_strings(self) -> tuple[Option, ...]:
        """A string for each vector that strings other than the literals reach."""
        words = self._words([text for _, text in self.literals])
        return tuple(Option(self.evaluate(word), word) for word in words)

    def shaped(self, shape: str) -> list[Option]:
        """A string for each vector that strings in which the regular expression ``shape`` is found reach.

        Where they cannot be told from the others by counting, all strings are taken: more, never fewer.
        """
        bit = 1 << self.mask.bit_length()
        group = Group((*self.conditions, (bit, Comparison("=", Regex(shape)))), self.reading)
        strings = (*group.literals, *group.other_strings)
        if not group.complete:
            return [*self.literals[1:], *self.other_strings]
        return [Option(option.vector ^ bit, option.value) for option in strings if option.vector & bit]

    def _words(self, literals: Iterable[str]) -> Iterable[str]:
        """A string for each combination of wildcards and regexes that strings other than ``literals`` reach."""
        if not self._searches:
            return [_fresh(literals)]
        words, complete = _words_apart(tuple(self._searches), self.reading, frozenset(literals))
        self.complete = self.complete and complete
        return words

    @cached_property
    def numbers(self) -> tuple[Option, ...]:
        """Numbers for the vectors that only numbers have: nothing unless there are numeric comparisons.

        Without them a number satisfies what the string of its text satisfies.
        """
        if not self._numeric:
            return ()
        sizes = {numeric.wanted for numeric in self._numeric if numeric.wanted is not None}
        sizes.update(size for size in map(spelled_value, (*self._equal, *self._unequal)) if size is not None)
        points = sorted(sizes)
        options: list[Option] = []
        for point in points:
            options.extend(Option(self.evaluate(value), value) for value in _spellings(point))
            if point.adjusted() >= MAXIMUM_DIGITS:
                options.extend(self._unseen(self._size(point)))
        for low, high in pairwise((None, *points, None)):
            tried = [value for value in _between(low, high) if _inside(low, value, high)]
            options.extend(Option(self.evaluate(value), value) for value in tried)
            if (tried and self._searches) or not (tried or _is_empty(low, high)):
                options.extend(self._unseen(self._size_between(low, high)))
        present = self._kind(ValueKind.PRESENT)
        options.extend(Option(present | self._text(text), UNWITNESSED) for text in ("Infinity", "-Infinity"))
        return tuple(options)

    def _size_between(self, low: Decimal | None, high: Decimal | None) -> int:
        """The bits of the numeric comparisons that hold strictly between two neighbouring break points."""
        return _union(
            bit
            for bit, op, wanted in self._numeric
            if wanted is not None
            and (
                op == "!="
                or (op in {"<", "<="} and high is not None and wanted >= high)
                or (op in {">", ">="} and low is not None and wanted <= low)
            )
        )

    def _unseen(self, sizes: int) -> list[Option]:
        """Vectors of numbers of a known size whose texts are not known: any text but the literals may be theirs."""
        searched = _union(bits for pair in self._searches.values() for bits in pair)
        texts = {option.vector & searched for option in (*self.literals, *self.other_strings)}
        rest = sizes | self._any_unequal | self._kind(ValueKind.PRESENT)
        return [Option(rest | text, UNWITNESSED) for text in sorted(texts)]

    @cached_property
    def values(self) -> tuple[Option, ...]:
        """All candidates, the pleasantest first; vectors occur more than once. "Missing" is the first."""
        strings = (*self.literals[1:], *self.other_strings, self.literals[0])
        return (*self.constants[:1], *strings, *self.numbers, *self.constants[1:])

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """Every vector once, with its pleasantest value; those without a value only where none was found."""
        found: dict[int, Option] = {}
        for option in self.values:
            if option.vector not in found or found[option.vector].value is UNWITNESSED:
                found[option.vector] = option
        return tuple(found.values())


def _union(vectors: Iterable[int]) -> int:
    """The bits of all ``vectors``."""
    union = 0
    for vector in vectors:
        union |= vector
    return union


def _fresh(literals: Iterable[str]) -> str:
    """A short string that is none of ``literals``."""
    taken = frozenset(literals)
    word = "other"
    while word in taken:
        word += "s"
    return word


@lru_cache(maxsize=256)  # filters are compared many times, and the same of their fields each time
def _words_apart(
    searches: tuple[Text | Regex, ...], reading: Reading, literals: frozenset[str]
) -> tuple[tuple[str, ...], bool]:
    """A string for each combination of ``searches`` that strings beside ``literals`` reach; False: maybe not all."""
    automata: list[Automaton] = []
    tests = []
    for value in searches:
        try:
            automata.append(_automaton(value, reading))
            tests.append(text_comparison(value, reading))
        except TooLargeError:
            continue
    found = classes(automata, literals)
    agreed = all(
        test(word) == bool(key >> at & 1) for key, word in found.words.items() for at, test in enumerate(tests)
    )
    complete = found.complete and agreed and len(automata) == len(searches)
    return tuple(found.words[key] for key in sorted(found.words)), complete


def _automaton(value: Text | Regex, reading: Reading) -> Automaton:
    if isinstance(value, Regex):
        return regex_automaton(value.source)
    return glob_automaton(glob_pieces(value.text, reading))


def _spellings(point: Decimal) -> list[int | float]:
    """The numbers an event may hold that equal ``point``: an integer, a double, both or none."""
    found: list[int | float] = []
    if point.adjusted() < MAXIMUM_DIGITS and point == point.to_integral_value():
        found.append(int(point))
    double = float(point)
    if math.isfinite(double) and finite_value(double) == point:
        found.append(double)
        if not double:
            found.append(-0.0)
    return found


def _between(low: Decimal | None, high: Decimal | None) -> list[int | float]:
    """Numbers that probably lie between two neighbouring break points (None: no bound)."""
    if low is None and high is None:
        return [1]
    near = [bound for bound in (low, high) if bound is not None and bound.adjusted() < MAXIMUM_DIGITS]
    tried: list[int | float] = [0]
    for bound in near:
        whole = int(bound)
        tried.extend((whole, whole + 1, whole - 1, 2 * whole, float(bound)))
        tried.extend(math.nextafter(float(bound), direction) for direction in (math.inf, -math.inf))
    if len(near) == 2:
        tried.append(float(near[0]) / 2 + float(near[1]) / 2)
    return [value for value in tried if isinstance(value, int) or math.isfinite(value)]


def _is_empty(low: Decimal | None, high: Decimal | None) -> bool:
    """Whether no number lies between two bounds, given that none of ``_between`` does.

    Those hold the integers next to each bound and the doubles next to the double nearest to it; were there any number
    in between, one of them would be. That is known only where the bounds have a nearest double.
    """
    return low is not None and high is not None and math.isfinite(float(low)) and math.isfinite(float(high))


def _inside(low: Decimal | None, value: float, high: Decimal | None) -> bool:
    size = finite_value(value)
    return size is not None and (low is None or low < size) and (high is None or size < high)
