"""The conditions of a ``filter`` command. Source: CloudWatch Logs User Guide, "filter"."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from scanner.errors import PatternError
from scanner.pattern.insights.conditions import (
    UNTOLD,
    Condition,
    both,
    compares,
    either,
    is_found,
    is_like,
    is_present,
    is_text,
    whichever,
)
from scanner.pattern.insights.tokens import Command, Kind, Token

_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_SWAPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_MOST_DEPTH = 60


def condition(words: Command, query: str, made: Collection[str]) -> Condition:
    """What a ``filter`` command asks of records. ``made`` are names that commands before it gave to something else.

    Raises PatternError where parentheses or operators do not fit together.
    """
    reading = _Reading(words, query, frozenset(made))
    found = reading.alternatives(0)
    if reading.at < len(words):
        raise reading.refused("something that follows a whole condition")
    return found


@dataclass(slots=True)
class _Reading:
    words: Command
    query: str
    made: frozenset[str]
    at: int = field(default=0)

    def refused(self, what: str) -> PatternError:
        """The error that something at the present place cannot be read."""
        end = len(self.query)
        span = self.words[self.at].span if self.at < len(self.words) else (end, end)
        return PatternError(f"The filter cannot be read: {what}.", self.query, span, "Check and, or, not and ( ).")

    @property
    def next(self) -> Token | None:
        return self.words[self.at] if self.at < len(self.words) else None

    def alternatives(self, depth: int) -> Condition:
        """Operands with ``and`` and ``or`` between them.

        AWS does not say which of the two binds closer, so both readings must agree where they are mixed.
        """
        if depth > _MOST_DEPTH:
            raise self.refused(f"parentheses deeper than {_MOST_DEPTH}")
        operands, operators = [self._operand(depth)], list[str]()
        while (word := self.next) is not None and word.says("and", "or"):
            self.at += 1
            operators.append(word.text.lower())
            operands.append(self._operand(depth))
        if len(set(operators)) < 2:
            return (both if "and" in operators else either)(operands)
        return whichever(_and_first(operands, operators), _from_the_left(operands, operators))

    def _operand(self, depth: int) -> Condition:
        word = self.next
        if word is None:
            raise self.refused("a condition is missing at its end")
        if word.says("not"):
            self.at += 1
            if depth > _MOST_DEPTH:
                raise self.refused(f"more than {_MOST_DEPTH} times not")
            return self._operand(depth + 1).negated
        if word.is_sign("(") and self._is_group():
            self.at += 1
            found = self.alternatives(depth + 1)
            self.at += 1
            return found
        return self._atom()

    def _is_group(self) -> bool:
        """Whether the parenthesis here holds conditions, and not only the beginning of one."""
        depth = 0
        for number in range(self.at, len(self.words)):
            depth += self.words[number].is_sign("(") - self.words[number].is_sign(")")
            if depth == 0:
                after = self.words[number + 1] if number + 1 < len(self.words) else None
                return after is None or after.says("and", "or") or after.is_sign(")")
        raise self.refused("a parenthesis is never closed")

    def _atom(self) -> Condition:
        start, depth = self.at, 0
        while (word := self.next) is not None:
            if depth == 0 and (word.says("and", "or") or word.is_sign(")")):
                break
            depth += word.is_sign("(", "[") - word.is_sign(")", "]")
            self.at += 1
        words = self.words[start : self.at]
        if not words or depth:
            raise self.refused("a condition is missing" if not words else "a parenthesis is never closed")
        return self._meaning(words)

    def _meaning(self, words: Sequence[Token]) -> Condition:
        """What one condition says; nothing is known of one that computes something."""
        match [_shape(word) for word in words]:
            case ["name", "(", "name", ")"] if words[0].says("ispresent"):
                return UNTOLD if words[2].text in self.made else is_present(words[2].text)
            case ["number" | "text", "=" | "!=" | "<" | "<=" | ">" | ">=" as sign, "name"]:
                return self._compared(words[2], _SWAPPED.get(sign, sign), [words[0]])
            case ["name", "=" | "!=" | "<" | "<=" | ">" | ">=" as sign, "number" | "text"]:
                return self._compared(words[0], sign, [words[2]])
            case ["name", "like" | "=~", "text" | "regular expression"]:
                return self._compared(words[0], "like", [words[2]])
            case ["name", "not", "like", "text" | "regular expression"]:
                return self._compared(words[0], "like", [words[3]]).negated
            case ["name", "in", "[", *_, "]"]:
                return self._listed(words[0], words[3:-1])
            case ["name", "not", "in", "[", *_, "]"]:
                return self._listed(words[0], words[4:-1]).negated
            case _:
                return UNTOLD

    def _listed(self, name: Token, words: Sequence[Token]) -> Condition:
        values = list(words[::2])
        if not values or any(not word.is_sign(",") for word in words[1::2]) or len(words) % 2 == 0:
            return UNTOLD
        return self._compared(name, "=", values)

    def _compared(self, name: Token, operator: str, values: Sequence[Token]) -> Condition:
        if name.text in self.made:
            return UNTOLD
        return either([_one(name.text, operator, value) for value in values])


def _one(name: str, operator: str, value: Token) -> Condition:
    match value.kind, operator:
        case Kind.REGEX, "like":
            return is_found(name, value.text)
        case Kind.TEXT, "like":
            return is_like(name, value.text)
        case Kind.TEXT, "=":
            return is_text(name, value.text)
        case Kind.TEXT, "!=":
            return is_text(name, value.text).negated
        case Kind.NUMBER, sign if sign in _COMPARISONS:
            return compares(name, sign, value.text)
        case _:
            return UNTOLD


def _shape(word: Token) -> str:
    if word.says("like", "not", "in"):
        return word.text.lower()
    return word.text if word.kind is Kind.SIGN else str(word.kind)


def _and_first(operands: Sequence[Condition], operators: Sequence[str]) -> Condition:
    return either([both(each) for each in _runs(operands, operators)])


def _runs(operands: Sequence[Condition], operators: Sequence[str]) -> Iterator[list[Condition]]:
    run = [operands[0]]
    for operator, operand in zip(operators, operands[1:], strict=True):
        if operator == "or":
            yield run
            run = []
        run.append(operand)
    yield run


def _from_the_left(operands: Sequence[Condition], operators: Sequence[str]) -> Condition:
    found = operands[0]
    for operator, operand in zip(operators, operands[1:], strict=True):
        found = (both if operator == "and" else either)([found, operand])
    return found
