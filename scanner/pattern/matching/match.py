"""Whether a log message matches a filter pattern, exactly as CloudWatch Logs decides it.

A pattern is turned into nested functions once and kept while it is in use. The rules are stated in
``docs/filter-patterns.md``; they follow AWS's documentation and, where it is silent or wrong, results of
TestMetricFilter.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from scanner.pattern.language.nodes import (
    ANY,
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
    Pattern,
    RegexPattern,
    Selector,
    SpacePattern,
    TermsPattern,
    Text,
    Value,
)
from scanner.pattern.language.values.globs import Reading
from scanner.pattern.language.values.numbers import finite_value, is_number, number_text, spelled_value
from scanner.pattern.matching.comparisons import BY_VALUE, text_comparison
from scanner.pattern.matching.json_reader import read_object
from scanner.pattern.matching.regex_search import searcher
from scanner.pattern.matching.space_match import space_test
from scanner.pattern.matching.values import MISSING, Finder, find_in_json

Test = Callable[[Any], bool]


class _Same:
    """A key that finds a pattern by identity: comparing whole trees would cost more than matching."""

    __slots__ = ("pattern",)

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern

    def __hash__(self) -> int:
        return id(self.pattern)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.pattern is self.pattern


def matches(pattern: Pattern, message: str, *, midglob: Reading = "wildcard") -> bool:
    """Whether ``message``, the raw text of a log event, matches ``pattern``. Never raises.

    ``midglob`` says how a ``*`` between other characters of a JSON or space-delimited value is read; which reading is
    the service's own is not known.
    """
    return matcher(pattern, midglob=midglob)(message)


def matches_value(pattern: JsonPattern, value: dict[str, Any], *, midglob: Reading = "wildcard") -> bool:
    """Whether a parsed JSON object matches ``pattern``.

    Integers must be int and all other numbers float, as ``json.loads`` and ``read_object`` make them: ``1`` and ``1.0``
    are different texts.
    """
    return _value_test(_Same(pattern), midglob)(value)


def matcher(pattern: Pattern, *, midglob: Reading = "wildcard") -> Callable[[str], bool]:
    """``matches`` for one pattern, to be called on many messages."""
    return _message_test(_Same(pattern), midglob)


def expression_test(expr: Expr, finder: Finder | None = None, *, midglob: Reading = "wildcard") -> Test:
    """The test of an expression over events of any shape; ``finder`` knows the shape (default: parsed JSON)."""
    return _expression(expr, midglob, finder or find_in_json)


@lru_cache(maxsize=2048)
def _value_test(key: _Same, midglob: Reading) -> Test:
    pattern = key.pattern
    return _expression(pattern.expr, midglob, find_in_json) if isinstance(pattern, JsonPattern) else lambda _: False


@lru_cache(maxsize=2048)
def _message_test(key: _Same, midglob: Reading) -> Callable[[str], bool]:
    pattern = key.pattern
    if isinstance(pattern, JsonPattern):
        return _json_test(_value_test(key, midglob))
    if isinstance(pattern, TermsPattern):
        return _terms_test(pattern)
    if isinstance(pattern, SpacePattern):
        return space_test(pattern, midglob)
    if isinstance(pattern, RegexPattern):
        return searcher(pattern.source)
    return lambda _: True


def _json_test(holds: Test) -> Callable[[str], bool]:
    """Only a message that is one JSON object, and nothing besides, can match."""

    def test(message: str) -> bool:
        value = read_object(message)
        return value is not None and holds(value)

    return test


def _terms_test(pattern: TermsPattern) -> Callable[[str], bool]:
    """All required substrings and no excluded one; the optional ones count only when there is nothing else."""
    required, excluded, optional = pattern.required, pattern.excluded, pattern.optional
    if not required and not excluded:
        return lambda message: any(term in message for term in optional)

    def test(message: str) -> bool:
        for term in excluded:
            if term in message:
                return False
        return all(term in message for term in required)

    return test


def _expression(expr: Expr, midglob: Reading, finder: Finder) -> Test:
    """The test of an expression against an event."""
    if isinstance(expr, And):
        return _all([_expression(part, midglob, finder) for part in expr.parts])
    if isinstance(expr, Or):
        words, rest = _plain_equalities(expr.parts)
        tests = [_one_of(finder(selector.steps), texts) for selector, texts in words.items()]
        return _any([*tests, *(_expression(part, midglob, finder) for part in rest)])
    return _atom(expr, midglob, finder)


def _all(tests: list[Test]) -> Test:
    """Whether all tests hold; a plain loop, because this runs for every event."""

    def holds(root: Any) -> bool:
        for test in tests:  # noqa: SIM110 - all() over a generator takes twice the time
            if not test(root):
                return False
        return True

    return holds


def _any(tests: list[Test]) -> Test:
    """Whether some test holds."""

    def holds(root: Any) -> bool:
        for test in tests:  # noqa: SIM110 - any() over a generator takes twice the time
            if test(root):
                return True
        return False

    return tests[0] if len(tests) == 1 else holds


def _plain_equalities(parts: tuple[Expr, ...]) -> tuple[dict[Selector, set[str]], list[Expr]]:
    """The ``$.field = text`` parts of an alternative, by field, and the rest: real patterns list many names."""
    words: dict[Selector, set[str]] = {}
    rest: list[Expr] = []
    for part in parts:
        if (
            isinstance(part, Compare)
            and part.op == "="
            and isinstance(part.value, Text)
            and "*" not in part.value.text
            and ANY not in part.selector.steps
        ):
            words.setdefault(part.selector, set()).add(part.value.text)
        else:
            rest.append(part)
    return words, rest


def _one_of(find: Callable[[Any], Any], texts: set[str]) -> Test:
    """Whether the field holds one of ``texts``, as a string or as the text of a number."""
    wanted = frozenset(texts)
    return lambda root: _text_of(find(root)) in wanted


def _atom(atom: Atom, midglob: Reading, finder: Finder) -> Test:
    """The test of one condition."""
    steps = atom.selector.steps
    if ANY in steps:
        at = steps.index(ANY)
        return _wildcard_atom(atom, finder(steps[:at]), find_in_json(steps[at + 1 :]), midglob)
    find = finder(steps)
    if isinstance(atom, NotExists):
        return lambda root: find(root) is MISSING
    if isinstance(atom, IsNull):
        return lambda root: _is_null(find(root))
    if isinstance(atom, IsBool):
        wanted = atom.value
        return lambda root: find(root) is wanted
    if not isinstance(atom.value, Number):
        return _text_atom(find, text_comparison(atom.value, midglob), wanted=atom.op == "=")
    holds = _comparison(atom.op, atom.value, midglob)
    return lambda root: holds(find(root))


def _text_atom(find: Callable[[Any], Any], equals: Callable[[str], bool], *, wanted: bool) -> Test:
    """Whether the field holds a string or number, and its text is equal or not, as ``wanted``."""

    def equal(root: Any) -> bool:
        found = find(root)
        if isinstance(found, str):
            return equals(found)
        return is_number(found) and equals(number_text(found))

    def unequal(root: Any) -> bool:
        found = find(root)
        if isinstance(found, str):
            return not equals(found)
        return is_number(found) and not equals(number_text(found))

    return equal if wanted else unequal


def _is_null(value: object) -> bool:
    """``IS NULL`` without wildcard: null, or an array that begins with null."""
    return value is None or (isinstance(value, list) and bool(value) and value[0] is None)


def _wildcard_atom(atom: Atom, parent: Callable[[Any], Any], child: Callable[[Any], Any], midglob: Reading) -> Test:
    """The test of a condition with ``[*]`` or ``.*``, which ranges over array elements or object values.

    ``!=`` asks for the parent to exist and no child to be equal; every other condition but NOT EXISTS asks for some
    child.
    """

    def values(root: Any) -> Iterable[Any]:
        found = parent(root)
        under: Iterable[Any] = ()
        if isinstance(found, dict):
            under = found.values()
        elif isinstance(found, list):
            under = found
        return (value for value in map(child, under) if value is not MISSING)

    if isinstance(atom, NotExists):
        return lambda root: not any(True for _ in values(root))
    if isinstance(atom, IsNull):
        return lambda root: any(value is None for value in values(root))
    if isinstance(atom, IsBool):
        wanted = atom.value
        return lambda root: any(value is wanted for value in values(root))
    if atom.op == "!=":
        equal = _comparison("=", atom.value, midglob)
        return lambda root: parent(root) is not MISSING and not any(map(equal, values(root)))
    holds = _comparison(atom.op, atom.value, midglob)
    return lambda root: any(map(holds, values(root)))


def _text_of(value: object) -> str | None:
    """The text of a string or number; None for everything else, which no comparison holds for."""
    if isinstance(value, str):
        return value
    return number_text(value) if is_number(value) else None


def _comparison(operator: str, value: Value, midglob: Reading) -> Test:
    """The test of a value against ``operator value``; false for whatever is neither a string nor a number."""
    if isinstance(value, Number):
        return _number_comparison(operator, value.text)
    equals = text_comparison(value, midglob)
    wanted = operator == "="

    def holds(found: object) -> bool:
        text = _text_of(found)
        return text is not None and equals(text) is wanted

    return holds


def _number_comparison(operator: str, spelling: str) -> Test:
    """Numbers by value, strings by spelling and for ``=`` and ``!=`` only."""
    wanted = spelled_value(spelling)
    by_value = BY_VALUE[operator]
    by_spelling = operator in {"=", "!="}
    equal = operator == "="

    def holds(found: object) -> bool:
        if isinstance(found, str):
            return by_spelling and (found == spelling) is equal
        if not is_number(found) or wanted is None:
            return False
        size = finite_value(found)
        return size is not None and by_value(size, wanted)

    return holds
