"""The frozen syntax tree of the filter-pattern language, shared by parser, matcher and coverage.

The meaning of each node is stated in ``docs/filter-patterns.md``; printing a tree gives canonical text that
parses back to the same tree.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum


class Wildcard(Enum):
    """The wildcard step of a selector: ``.*`` and ``[*]`` mean the same."""

    ANY = "*"


ANY = Wildcard.ANY

Step = str | int | Wildcard
Steps = tuple[Step, ...]
"""A key, an array index, or the wildcard."""

Span = tuple[int, int]
"""Half-open range of characters in the pattern text."""


@dataclass(frozen=True, slots=True)
class Selector:
    """``$.a.b[0]``, ``$.['a.b']``, ``$.a[*].b``: at least one step, at most one wildcard."""

    steps: tuple[Step, ...]
    span: Span = field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted or bare string value; ``*`` in it is a wildcard."""

    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """A bare value in number spelling; on strings it is compared by spelling, on numbers by value."""

    text: str


@dataclass(frozen=True, slots=True)
class Regex:
    """``%source%``: searched in strings and in the canonical text of numbers."""

    source: str


Value = Text | Number | Regex


@dataclass(frozen=True, slots=True)
class Compare:
    """``selector op value`` with op ``= != < <= > >=`` (the last four with a Number only)."""

    selector: Selector
    op: str
    value: Value
    span: Span = field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class IsNull:
    """``selector IS NULL``."""

    selector: Selector
    span: Span = field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class IsBool:
    """``selector IS TRUE`` or ``IS FALSE``."""

    selector: Selector
    value: bool
    span: Span = field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class NotExists:
    """``selector NOT EXISTS``."""

    selector: Selector
    span: Span = field(default=(0, 0), compare=False)


Atom = Compare | IsNull | IsBool | NotExists


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; no part is itself an And."""

    parts: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some part holds; no part is itself an Or."""

    parts: tuple["Expr", ...]


Expr = Atom | And | Or


def all_of(parts: Iterable[Expr]) -> Expr:
    """``parts`` joined by ``&&``, nested ones taken apart; a single part is itself."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(parts: Iterable[Expr]) -> Expr:
    """``parts`` joined by ``||``, nested ones taken apart; a single part is itself."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


@dataclass(frozen=True, slots=True)
class JsonPattern:
    """``{ … }``: a monotone Boolean function of atoms over one JSON object."""

    expr: Expr
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class TermsPattern:
    """Unstructured terms: substrings required, excluded, and optional (any of; only if nothing else is given)."""

    required: tuple[str, ...]
    excluded: tuple[str, ...]
    optional: tuple[str, ...]
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class FieldCondition:
    """``name op value`` inside a space-delimited field."""

    op: str
    value: Value


@dataclass(frozen=True, slots=True)
class FieldAll:
    """Conditions of one field joined by ``&&``."""

    parts: tuple["FieldExpr", ...]


@dataclass(frozen=True, slots=True)
class FieldAny:
    """Conditions of one field joined by ``||``."""

    parts: tuple["FieldExpr", ...]


FieldExpr = FieldCondition | FieldAll | FieldAny


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a space-delimited pattern; ``name`` may be empty; ``condition`` None matches any text."""

    name: str
    condition: FieldExpr | None


@dataclass(frozen=True, slots=True)
class SpacePattern:
    """``[f1, …, fn]``; ``ellipsis`` is the position of ``...`` among ``fields`` or None."""

    fields: tuple[Field, ...]
    ellipsis: int | None
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class RegexPattern:
    """``%source%`` alone: searched in the whole message."""

    source: str
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class EveryPattern:
    """The empty pattern: matches every message."""

    text: str = field(default="", compare=False)


Pattern = JsonPattern | TermsPattern | SpacePattern | RegexPattern | EveryPattern
