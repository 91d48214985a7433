"""Conditions as they are written: chains of operands joined by ``&&`` and ``||``, with their places in the text.

JMESPath and filter patterns share these operators, their precedence and their brackets; they differ in how texts are
quoted. A change of the text, instead of a tree, leaves parameters and everything else as the author wrote it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

_PIECE = r"&&|\|\||\[\?|[()\[\]{}|,]|<=|>=|==|!=|[<>=!&]|[^\s&|\[\](){},<>=!'\"`%]+|\S"


class Language(Enum):
    """Which texts are quoted in a language, as a regular expression."""

    EXPRESSION = r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`(?:\\.|[^`\\])*`"
    PATTERN = r"\"(?:\\.|[^\"\\])*\"|%(?:\\.|[^%\\])*%|#[^\n]*"


_TOKENS = {language: re.compile(f"(?:{language.value})|{_PIECE}", re.DOTALL) for language in Language}
_CLOSING = {"(": ")", "[": "]", "[?": "]", "{": "}"}
_OPENING = frozenset(_CLOSING)
_JOINS = ("||", "&&")
_COMPARING = frozenset({"<", "<=", ">", ">=", "==", "!=", "="})
_NAME = re.compile(r"[A-Za-z0-9_\"]$")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text and where it begins and ends."""

    text: str
    start: int
    end: int


@dataclass(slots=True)
class Group:
    """What lies between a pair of brackets, or the whole text.

    ``opening`` is the bracket ("" for the whole text), ``before`` and ``after`` the tokens around it. ``parts`` are the
    tokens inside, a group in the place of each pair of brackets.
    """

    opening: str
    start: int
    end: int = 0
    before: str = ""
    after: str = ""
    parts: list["Token | Group"] = field(default_factory=list)

    @property
    def is_call(self) -> bool:
        """Whether these are the arguments of a function."""
        return self.opening == "(" and bool(_NAME.search(self.before)) and self.before not in _JOINS

    @property
    def decides(self) -> bool:
        """Whether what is inside is a condition, and not a value that something else is made of."""
        if self.opening == "[?" or not self.opening:
            return True
        if self.opening == "{":
            return not (self.before or self.after)  # a whole pattern, not the members of an object
        compared = self.before in _COMPARING or self.after in _COMPARING or self.after[:1] in (".", "[")
        return self.opening == "(" and not self.is_call and not compared


@dataclass(frozen=True, slots=True)
class Operand:
    """One operand of a chain: its place, and whether no chain of its own lies in it."""

    start: int
    end: int
    is_leaf: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands joined by one operator; one operand alone is a chain as well."""

    operator: str
    operands: tuple[Operand, ...]


def tokens_of(text: str, language: Language) -> list[Token]:
    """The tokens of a text without comments; a quoted text is one."""
    found = _TOKENS[language].finditer(text)
    return [Token(each[0], each.start(), each.end()) for each in found if each[0][0] != "#"]


def groups_of(text: str, language: Language) -> list[Group]:
    """The whole text and every pair of brackets in it, in the order of their beginnings.

    Raises ValueError for brackets without a partner.
    """
    tokens = tokens_of(text, language)
    whole = Group("", 0, len(text))
    groups, around = [whole], [whole]
    for number, token in enumerate(tokens):
        inner = around[-1]
        if token.text in _OPENING:
            before = tokens[number - 1].text if number and not _apart(tokens[number - 1], token) else ""
            group = Group(token.text, token.end, before=before)
            inner.parts.append(group)
            groups.append(group)
            around.append(group)
        elif inner.opening and token.text == _CLOSING[inner.opening]:
            inner.end = token.start
            inner.after = tokens[number + 1].text if number + 1 < len(tokens) else ""
            around.pop()
        else:
            inner.parts.append(token)
    if len(around) > 1:
        raise ValueError(f"a {around[-1].opening} has no partner")
    return groups


def _apart(first: Token, second: Token) -> bool:
    """Whether a name before a bracket is not the name of a function, because there is a gap."""
    return first.end < second.start and first.text not in _COMPARING


def chains_of(text: str, language: Language) -> Iterator[Chain]:
    """The chains of the conditions of a text; an operand may hold further ones, which follow."""
    for group in groups_of(text, language):
        if group.decides:
            for parts in _split(group.parts, (",", "|")):
                yield from _joined(parts)


def lists_of(text: str, language: Language) -> Iterator[tuple[Operand, ...]]:
    """The members of each list in brackets, in the order of their beginnings."""
    for group in groups_of(text, language):
        if group.opening == "[":
            yield tuple(map(_operand, _split(group.parts, (",",))))


def _joined(parts: list[Token | Group]) -> Iterator[Chain]:
    """The chain of ``||`` and those of ``&&`` in its operands."""
    either = _split(parts, ("||",))
    if len(either) > 1:
        yield Chain("||", tuple(map(_operand, either)))
    for operand in either:
        both = _split(operand, ("&&",))
        if len(both) > 1 or len(either) == 1:
            yield Chain("&&", tuple(map(_operand, both)))


def _split(parts: list[Token | Group], separators: tuple[str, ...]) -> list[list[Token | Group]]:
    """The parts between separators; empty ones are left out."""
    pieces: list[list[Token | Group]] = [[]]
    for part in parts:
        if isinstance(part, Token) and part.text in separators:
            pieces.append([])
        else:
            pieces[-1].append(part)
    return [piece for piece in pieces if piece]


def _operand(parts: list[Token | Group]) -> Operand:
    first, last = parts[0], parts[-1]
    start = first.start if isinstance(first, Token) else first.start - len(first.opening)
    end = last.end if isinstance(last, Token) else last.end + 1
    joined = any(isinstance(part, Token) and part.text in _JOINS for part in parts)
    within = [part for part in parts if not (isinstance(part, Token) and part.text == "!")]
    wrapped = len(within) == 1 and isinstance(within[0], Group) and within[0].opening in ("(", "{")
    return Operand(start, end, is_leaf=not joined and not wrapped)
