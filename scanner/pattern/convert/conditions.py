"""The conditions of a filter pattern as other languages can say them: one field, and what its text is or is not.

Whatever has no exact counterpart is refused here or by the language that lacks it, with the place in the pattern.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from math import isfinite
from typing import assert_never

from scanner.errors import PatternError
from scanner.pattern.cloudtrail.record_fields import ARRAYS, OBJECTS, TEXTS, TRUE_OR_FALSE, Field
from scanner.pattern.language.nodes import (
    And,
    Atom,
    Compare,
    Expr,
    IsBool,
    IsNull,
    JsonPattern,
    NotExists,
    Number,
    Or,
    Regex,
    Selector,
    Text,
)
from scanner.pattern.language.printer import print_expression, print_selector
from scanner.pattern.language.values.globs import has_middle_wildcard

MOST_ALTERNATIVES = 1000
"""Combinations of conditions at most; further ones no query could hold."""


@dataclass(frozen=True, slots=True)
class TextIs:
    """The field holds ``text``, or begins (``open_end``) or ends (``open_start``) so, or holds it anywhere (both).

    ``negated``: the field holds a text that is another. Neither holds where the field is missing or null.
    """

    field: Field
    text: str
    open_start: bool = False
    open_end: bool = False
    negated: bool = False

    @property
    def whole(self) -> bool:
        """Whether the whole text is given."""
        return not self.open_start and not self.open_end

    def fits(self, text: str) -> bool:
        """Whether a text is, begins, ends or holds what is asked for, whether or not that is negated."""
        if self.open_start and self.open_end:
            return self.text in text
        if self.open_start:
            return text.endswith(self.text)
        return text.startswith(self.text) if self.open_end else text == self.text


@dataclass(frozen=True, slots=True)
class NumberIs:
    """The field holds a number of which ``operator`` (``=``, ``!=``, ``<`` …) and ``number`` are true."""

    field: Field
    operator: str
    number: str


@dataclass(frozen=True, slots=True)
class WordIs:
    """The field holds true, false or null."""

    field: Field
    word: bool | None


@dataclass(frozen=True, slots=True)
class Missing:
    """The field is not there."""

    field: Field


Condition = TextIs | NumberIs | WordIs | Missing
"""What is asked of one field."""


class Source:
    """The pattern that is converted, to point at what cannot be said; ``language`` is the one converted to."""

    def __init__(self, pattern: JsonPattern, language: str) -> None:
        self.pattern = pattern
        self._language = language

    def refusal(self, what: str, why: str, hint: str, span: tuple[int, int] = (0, 0)) -> PatternError:
        """The error that a part of the pattern cannot be said."""
        text = self.pattern.text
        place = span if span != (0, 0) else (0, len(text))
        return PatternError(f"{self._language} cannot say {what}: {why}.", text, place, hint)

    def refuse_longer_than(self, most: int, text: str) -> None:
        """Raise PatternError when what was written is longer than the other language takes."""
        if len(text) > most:
            why = f"it comes to {len(text):,} characters there, of which {most:,} are taken at most"
            raise self.refusal("the whole pattern", why, "Split it into several patterns.")

    def condition(self, atom: Atom) -> Condition:
        """A condition of the pattern. Raises PatternError for one that is about more than one plain field."""
        field = self._field(atom.selector, print_expression(atom))
        match atom:
            case NotExists():
                return self._missing(field, atom)
            case IsNull():
                return WordIs(field, None)
            case IsBool(value=word):
                return WordIs(field, word)
            case Compare():
                return self._comparison(field, atom)
            case _:
                assert_never(atom)

    def _missing(self, field: Field, atom: NotExists) -> Missing:
        if field in OBJECTS | ARRAYS:
            why = f"it looks for values, and {dotted(field)} holds an object or a list"
            hint = f"Name what is inside {dotted(field)}."
            raise self.refusal(f"that {dotted(field)} is missing", why, hint, atom.selector.span)
        return Missing(field)

    def _comparison(self, field: Field, atom: Compare) -> Condition:
        match atom.value:
            case Number(text=number) if field in TEXTS and atom.op in {"=", "!="}:
                return TextIs(field, number, negated=atom.op == "!=")
            case Number(text=number):
                return NumberIs(field, atom.op, number)
            case Text(text=text):
                return self._text(field, atom.op, text, atom)
            case Regex():
                why = "regular expressions are not the same in the two languages"
                hint = "Write the texts that it stands for one by one."
                raise self.refusal(print_expression(atom), why, hint, atom.span)
            case _:
                assert_never(atom.value)

    def _text(self, field: Field, operator: str, text: str, atom: Compare) -> TextIs:
        if has_middle_wildcard(text):
            why = "AWS does not say whether a * between other characters is a wildcard"
            raise self.refusal(print_expression(atom), why, "Use a * at the beginning or the end only.", atom.span)
        if field in TRUE_OR_FALSE:
            why = f"{dotted(field)} holds true or false, and no text"
            raise self.refusal(print_expression(atom), why, "Write IS TRUE or IS FALSE.", atom.span)
        start, end = text.startswith("*"), text.endswith("*")
        return TextIs(field, text.strip("*"), start, end or (start and not text.strip("*")), operator == "!=")

    def _field(self, selector: Selector, condition: str) -> Field:
        if not all(isinstance(step, str) for step in selector.steps):
            why = f"{print_selector(selector)} chooses elements of an array"
            raise self.refusal(condition, why, "Name a field that is not inside an array.", selector.span)
        field = tuple(map(str, selector.steps))
        dots = [name for name in field if "." in name]
        if dots:
            why = f'the name "{dots[0]}" cannot be told from names inside one another'
            raise self.refusal(condition, why, "Leave the condition out.", selector.span)
        if field[:1] in ARRAYS and len(field) > 1:
            why = f"{field[0]} holds a list in every record, and the pattern does not look into it"
            raise self.refusal(condition, why, "Leave the condition out.", selector.span)
        return field

    def alternatives(self) -> list[tuple[Condition, ...]]:
        """The pattern as alternatives that each consist of conditions which all hold."""
        found = self._alternatives(self.pattern.expr)
        return [tuple(map(self.condition, dict.fromkeys(each))) for each in found]

    def _alternatives(self, expr: Expr) -> list[tuple[Atom, ...]]:
        match expr:
            case And(parts=parts):
                return self._product([self._alternatives(part) for part in parts])
            case Or(parts=parts):
                return [each for part in parts for each in self._alternatives(part)]
            case _:
                return [(expr,)]

    def _product(self, parts: Sequence[list[tuple[Atom, ...]]]) -> list[tuple[Atom, ...]]:
        found: list[tuple[Atom, ...]] = [()]
        for part in parts:
            if len(found) * len(part) > MOST_ALTERNATIVES:
                what, why = "the whole pattern", f"its conditions make more than {MOST_ALTERNATIVES} combinations"
                raise self.refusal(what, why, "Split it into several patterns.")
            found = [(*before, *after) for before, after in product(found, part)]
        return found


def dotted(field: Field) -> str:
    """A field as one name with dots."""
    return ".".join(field)


def exact_number(source: Source, condition: NumberIs) -> float:
    """The number of a condition to be written in another language; a whole one keeps all its digits.

    Raises PatternError for any other that no double holds exactly.
    """
    if condition.number.lstrip("+-").isdigit():
        return int(condition.number)
    return double(source, condition)


def double(source: Source, condition: NumberIs) -> float:
    """The number of a condition as a double. Raises PatternError for one that no double holds exactly."""
    number = float(condition.number)
    if not isfinite(number) or Decimal(repr(number)) != Decimal(condition.number):
        why = "the number has more digits than a double holds"
        raise source.refusal(f"{dotted(condition.field)} {condition.operator} {condition.number}", why, "Round it.")
    return number


def assumed_kinds(conditions: Iterable[Condition]) -> Iterator[str]:
    """What conditions take for granted of the kinds of values, as clauses: of fields whose kind is not documented."""
    for condition in conditions:
        name = dotted(condition.field)
        match condition:
            case TextIs(field=field) if field not in TEXTS:
                yield f"{name} holds a text in every record that has it"
            case NumberIs(field=field) if field not in TEXTS:
                yield f"{name} holds a number in every record that has it"
            case Missing(field=field) if field not in TEXTS:
                yield f"{name} holds neither an object nor a list in any record"
            case _:
                pass


def may_be_another_kind(condition: TextIs) -> bool:
    """Whether a text that is asked for is also how a number, true, false or null is spelled."""
    spelled_as_number = not condition.text.strip("-+.0123456789eE")
    return spelled_as_number or any(condition.fits(word) for word in ("true", "false", "null"))


def listed(names: Iterable[str]) -> str:
    """Names as part of a sentence."""
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last
