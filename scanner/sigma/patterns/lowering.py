"""Formulas without negation as expressions of filter patterns.

What a test means, for the value or values a field names:

- A text is compared with texts, with numbers by their text, and with booleans as ``true`` and ``false``.
- Members of ``requestParameters``, ``responseElements`` and their like may be lists: a list of texts and numbers passes
  a test when one of them does.
- Null, objects and missing fields pass no test but those for null and for absence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from scanner.pattern import (
    ANY,
    Compare,
    Expr,
    IsBool,
    IsNull,
    NotExists,
    Number,
    Regex,
    Selector,
    Text,
    Value,
    all_of,
    any_of,
)
from scanner.pattern.matching.regex_search import searcher
from scanner.sigma.conditions.formula import (
    Formula,
    Leaf,
    MissingTest,
    Not,
    NullTest,
    NumberTest,
    OrderTest,
    Pieces,
    RegexTest,
    Some,
    TextTest,
    Wild,
)
from scanner.sigma.conditions.regexes import text_source
from scanner.sigma.outcome import Unsayable
from scanner.sigma.records.fields import Reading, reading
from scanner.sigma.records.spellings import boolean_word, matches, spellings

_ANYTHING = Text("*")
_WORDS = ((True, "true"), (False, "false"))


def lowered(formula: Formula) -> Expr:
    """``formula`` as an expression; raises Unsayable naming the field at fault."""
    if isinstance(formula, Leaf):
        return _leaves(formula.field, (formula,))
    if isinstance(formula, Not):
        raise Unsayable("a negation is in a place where a filter pattern cannot express it")
    if isinstance(formula, Some):
        return any_of(_distinct(_some(formula.parts)))
    return all_of(_distinct([lowered(part) for part in formula.parts]))


def _some(parts: Sequence[Formula]) -> list[Expr]:
    """Alternatives, those over one field together, so that one regular expression serves them all."""
    by_field: dict[str, list[Leaf]] = {}
    for part in parts:
        if isinstance(part, Leaf):
            by_field.setdefault(part.field, []).append(part)
    found = [_leaves(name, leaves) for name, leaves in by_field.items()]
    return [*found, *(lowered(part) for part in parts if not isinstance(part, Leaf))]


def _distinct(parts: Iterable[Expr]) -> list[Expr]:
    return list(dict.fromkeys(parts))


def _leaves(name: str, leaves: Sequence[Leaf]) -> Expr:
    """That one of some tests of one field holds."""
    try:
        found = reading(name, objects=all(isinstance(leaf.test, NullTest | MissingTest) for leaf in leaves))
        wanted = _Wanted()
        parts: list[Expr] = []
        for leaf in leaves:
            if isinstance(leaf.test, TextTest):
                _add_text(wanted, leaf.field, leaf.test)
            elif isinstance(leaf.test, RegexTest):
                wanted.sources.extend(leaf.test.sources)
                search = searcher("|".join(leaf.test.sources))
                wanted.booleans.update(value for value, word in _WORDS if search(word))
            else:
                parts.append(_other(found, leaf.test))
        return any_of(_distinct([*_values(found, wanted), *parts]))
    except Unsayable as error:
        error.field = error.field or name
        raise


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the value may be: texts with ``*``, expressions found in it, booleans.

    ``listed`` are the texts that may also be in a list.
    """

    texts: list[Pieces] = field(default_factory=list)
    listed: list[Pieces] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    booleans: set[bool] = field(default_factory=set)


def _add_text(wanted: _Wanted, name: str, test: TextTest) -> None:
    options = spellings(name, test)
    wanted.booleans.update(value for value, word in _WORDS if matches(test.pieces, word, cased=test.cased))
    if options is None:
        wanted.sources.append(text_source(test.pieces, cased=False))
        return
    for option in options:
        if _needs_regex(option):
            wanted.sources.append(text_source(option, cased=True))
        else:
            wanted.texts.append(option)
            if boolean_word(test) is None:
                wanted.listed.append(option)


def _values(found: Reading, wanted: _Wanted) -> list[Expr]:
    parts: list[Expr] = []
    for selector in found.selectors:
        parts += [Compare(selector, "=", _text(pieces)) for pieces in wanted.texts]
        if wanted.sources:
            parts.append(Compare(selector, "=", _regex(wanted.sources)))
        if not found.text_only:
            parts += [IsBool(selector, value) for value in sorted(wanted.booleans, reverse=True)]
        if found.may_be_list and (wanted.listed or wanted.sources):
            values: list[Value] = [_text(pieces) for pieces in wanted.listed]
            if wanted.sources:
                values.append(_regex(wanted.sources))
            parts.append(_in_list(selector, [Compare(_each(selector), "=", value) for value in values]))
    return parts


def _in_list(selector: Selector, tests: Sequence[Expr]) -> Expr:
    """Tests of elements, for lists only: what has a first element that is a text or a number is not an object."""
    return all_of([any_of(tests), Compare(Selector((*selector.steps, 0)), "=", _ANYTHING)])


def _other(found: Reading, test: NumberTest | OrderTest | NullTest | MissingTest) -> Expr:
    if isinstance(test, MissingTest):
        return all_of([NotExists(selector) for selector in found.selectors])
    if isinstance(test, NullTest):
        if len(found.selectors) > 1 or ANY in found.selectors[0].steps:
            raise Unsayable("null is asked for in a list, which may hold several values")
        return any_of([NotExists(found.selectors[0]), IsNull(found.selectors[0])])
    operator = "=" if isinstance(test, NumberTest) else test.operator
    number = Number(test.text)
    parts: list[Expr] = []
    for selector in found.selectors:
        parts.append(Compare(selector, operator, number))
        if found.may_be_list:
            parts.append(_in_list(selector, [Compare(_each(selector), operator, number)]))
    return any_of(parts)


def _each(selector: Selector) -> Selector:
    return Selector((*selector.steps, ANY))


def _text(pieces: Pieces) -> Text:
    return Text("".join(piece if isinstance(piece, str) else "*" for piece in pieces))


def _regex(sources: Sequence[str]) -> Regex:
    return Regex("|".join(dict.fromkeys(sources)))


def _needs_regex(pieces: Pieces) -> bool:
    """Whether a text with ``*`` would say something else.

    It has no wildcard for one character and no literal ``*``, and how a ``*`` between other characters is
    read is not settled.
    """
    literal = any(piece is Wild.ONE or (isinstance(piece, str) and "*" in piece) for piece in pieces)
    return literal or Wild.MANY in pieces[1:-1]
