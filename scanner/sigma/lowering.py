"""Formulas without negation as expressions of filter patterns.

What a test means, for the value or values a field names:

- A text is compared with texts, with numbers by their text, and with booleans as ``true`` and ``false``.
- Members of ``requestParameters``, ``responseElements`` and their like may be lists: a list of texts and numbers passes a test
  when one of them does.
- Null, objects and missing fields pass no test but those for null and for absence.

A leaf is *relaxed* when its text is compared as spelled although AWS may write it in another letter case; the caller
decides which, and says so to the reader.
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
from scanner.pattern.regex_search import searcher
from scanner.sigma.fields import Reading, reading
from scanner.sigma.formula import (
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
from scanner.sigma.outcome import Unsayable
from scanner.sigma.regexes import text_source
from scanner.sigma.spellings import boolean_word, matches, spellings

_ANYTHING = Text("*")
_WORDS = ((True, "true"), (False, "false"))


def lowered(formula: Formula, relaxed: frozenset[Leaf] = frozenset()) -> Expr:
    """``formula`` as an expression; raises Unsayable naming the field at fault."""
    if isinstance(formula, Leaf):
        return _leaves(formula.field, (formula,), relaxed)
    if isinstance(formula, Not):
        raise Unsayable("a negation stands where a filter pattern cannot express it")
    if isinstance(formula, Some):
        return any_of(_distinct(_some(formula.parts, relaxed)))
    return all_of(_distinct([lowered(part, relaxed) for part in formula.parts]))


def is_relaxable(leaf: Leaf) -> bool:
    """Whether the leaf needs a regular expression although a text compared as spelled would nearly do."""
    test = leaf.test
    if not isinstance(test, TextTest) or _needs_regex(test.pieces):
        return False
    options = spellings(leaf.field, test)
    return options is None or any(_has_middle_wildcard(option) for option in options)


def _some(parts: Sequence[Formula], relaxed: frozenset[Leaf]) -> list[Expr]:
    """Alternatives, those over one field together: two regular expressions are all that a pattern may hold."""
    by_field: dict[str, list[Leaf]] = {}
    for part in parts:
        if isinstance(part, Leaf):
            by_field.setdefault(part.field, []).append(part)
    found = [_leaves(name, leaves, relaxed) for name, leaves in by_field.items()]
    return [*found, *(lowered(part, relaxed) for part in parts if not isinstance(part, Leaf))]


def _distinct(parts: Iterable[Expr]) -> list[Expr]:
    return list(dict.fromkeys(parts))


def _leaves(name: str, leaves: Sequence[Leaf], relaxed: frozenset[Leaf]) -> Expr:
    """That one of some tests of one field holds."""
    try:
        found = reading(name)
        wanted = _Wanted()
        parts: list[Expr] = []
        for leaf in leaves:
            if isinstance(leaf.test, TextTest):
                _add_text(wanted, leaf.field, leaf.test, as_spelled=leaf in relaxed)
            elif isinstance(leaf.test, RegexTest):
                wanted.sources += leaf.test.sources
                search = searcher("|".join(leaf.test.sources))
                wanted.booleans |= {value for value, word in _WORDS if search(word)}
            else:
                parts.append(_other(found, leaf.test))
        return any_of(_distinct([*_values(found, wanted), *parts]))
    except Unsayable as error:
        error.field = error.field or name
        raise


@dataclass(slots=True)
class _Wanted:
    """What the value may be: texts with ``*``, expressions found in it, booleans.

    ``listed`` are the texts that may also stand in a list; ``as_spelled`` says that one of them was relaxed.
    """

    texts: list[Pieces] = field(default_factory=list)
    listed: list[Pieces] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    booleans: set[bool] = field(default_factory=set)
    as_spelled: bool = False


def _add_text(wanted: _Wanted, name: str, test: TextTest, *, as_spelled: bool) -> None:
    options = spellings(name, test)
    wanted.booleans |= {value for value, word in _WORDS if matches(test.pieces, word, cased=test.cased)}
    wanted.as_spelled |= as_spelled
    if options is None and not as_spelled:
        wanted.sources.append(text_source(test.pieces, cased=False))
        return
    for option in options or (test.pieces,):
        if _needs_regex(option) or (_has_middle_wildcard(option) and not as_spelled):
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
            parts.append(_in_list(selector, [Compare(_each(selector), "=", value) for value in _list_values(wanted)]))
    return parts


def _list_values(wanted: _Wanted) -> list[Value]:
    """The same texts for the elements of a list, in as few conditions as can be: each takes a wildcard selector."""
    texts: list[Value] = [_text(pieces) for pieces in wanted.listed]
    if not wanted.sources and (len(texts) == 1 or wanted.as_spelled):
        return texts
    if wanted.as_spelled:
        return [*texts, _regex(wanted.sources)]
    return [_regex([*(text_source(pieces, cased=True) for pieces in wanted.listed), *wanted.sources])]


def _in_list(selector: Selector, tests: Sequence[Expr]) -> Expr:
    """Tests of elements, for lists only: what has a first element that is a text or a number is no object."""
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
    """A wildcard for one character and a literal ``*`` cannot be said by a text."""
    return any(piece is Wild.ONE or (isinstance(piece, str) and "*" in piece) for piece in pieces)


def _has_middle_wildcard(pieces: Pieces) -> bool:
    """CloudWatch Logs may read a ``*`` between other characters as itself; an expression is read in one way."""
    return Wild.MANY in pieces[1:-1]
