"""Filter patterns that are judged here and never deployed: without CloudWatch's limits, and with parameters as values.

The language and its meaning are those of a metric filter. Three things differ: the numbers that CloudWatch Logs sets
for a filter (1,024 characters, three wildcards, two regular expressions) do not count; in place of a value a rule may
name one of its parameters, ``$.awsRegion = $approved_regions``, or list quoted texts, ``$.eventName = ["A", "B"]``; and
a line that begins with ``#`` is a comment.
"""

import re
from collections.abc import Mapping

from scanner.errors import PatternError
from scanner.model import JsonValue
from scanner.model.json_values import as_texts
from scanner.pattern.language.nodes import (
    And,
    Atom,
    Compare,
    Expr,
    IsNull,
    JsonPattern,
    NotExists,
    Number,
    Or,
    Span,
    Text,
    all_of,
    any_of,
)
from scanner.pattern.language.parsing.cursor import Cursor
from scanner.pattern.language.parsing.json_pattern import parse_json

MAXIMUM_LENGTH = 20_000
"""Characters of such a pattern; a bound on the work, not a limit of AWS."""

_EVERYTHING = "\0"
"""Stands for everything while a pattern is read; no rule file can hold it."""

# Quoted texts, regular expressions and fields come first, so that a $ in them is not a parameter and a # not a comment.
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"|%[^%]*%|\$(?=[.\[])|(?P<parameter>\$(?P<name>[a-z][a-z0-9_]*)(?![A-Za-z0-9_.\[]))'
    r"|(?P<comment>^[ \t]*#[^\n]*)"
    r'|(?<==)\s*(?P<list>\[\s*(?:"[^"\\]*"\s*,\s*)*"[^"\\]*"\s*,?\s*\])',
    re.DOTALL | re.MULTILINE,
)
_LISTED = re.compile(r'"([^"\\]*)"')


def parse_events(text: str, parameters: Mapping[str, JsonValue]) -> JsonPattern:
    """The tree of a JSON pattern whose values may be parameters of its rule.

    ``= $name`` holds for any text of a list and for none when the list is empty; ``!= $name`` holds when the field is
    a scalar that equals none of them. A list written out, ``["A", "B"]``, means the same as a parameter that holds it.
    Texts are values like quoted ones: a ``*`` in them is a wildcard. Numbers are compared as numbers. Raises
    PatternError, with the place in ``text``, for anything else than such a pattern, for a name that ``parameters`` does
    not hold and for a value that cannot be compared.
    """
    if len(text) > MAXIMUM_LENGTH:
        message = f"The pattern has {len(text)} characters; the most is {MAXIMUM_LENGTH}."
        raise PatternError(message, text, (MAXIMUM_LENGTH, len(text)), "Write two rules.")
    plain = _without_comments(text)
    values = _values(plain, parameters)
    cursor = Cursor(_blanked(plain, values), limited=False)
    cursor.skip_blanks()
    if cursor.peek() != "{":
        at = (cursor.at, cursor.at + 1)
        raise PatternError("Events are matched by a JSON pattern.", text, at, "Write it in { }: { $.eventName = … }.")
    try:
        pattern = parse_json(cursor)
    except PatternError as error:
        raise PatternError(error.message, text, error.span, error.hint) from error
    ends = {end: value for (_, end), value in values.items()}
    return JsonPattern(_filled(pattern.expr, ends), text)


def parameter_names(text: str) -> frozenset[str]:
    """The parameters that a pattern names."""
    return frozenset(found["name"] for found in _TOKEN.finditer(_without_comments(text)) if found["parameter"])


def parse_required(text: str, parameters: Mapping[str, JsonValue]) -> JsonPattern:
    """The tree of a route's events: like ``parse_events``, but a list that names everything asks nothing.

    A comparison with a parameter that is an empty list, or one that holds ``*``, is left out: whatever the field holds,
    the event is asked for.
    """
    every = {name: [_EVERYTHING] for name, value in parameters.items() if value in ([], ()) or value == ["*"]}
    pattern = parse_events(text, {**parameters, **every})
    asked = _asked(pattern.expr)
    if asked is None:
        at = (0, len(text))
        raise PatternError("The pattern asks for nothing.", text, at, "Name the events beside the parameters.")
    return JsonPattern(asked, text)


def _asked(expr: Expr) -> Expr | None:
    """The expression without comparisons with everything; None where nothing is left to ask."""
    if isinstance(expr, Compare) and expr.value == Text(_EVERYTHING):
        return None
    if not isinstance(expr, And | Or):
        return expr
    parts = [_asked(part) for part in expr.parts]
    kept = [part for part in parts if part is not None]
    if isinstance(expr, And):
        return all_of(kept) if kept else None
    return any_of(kept) if len(kept) == len(parts) else None


def _without_comments(text: str) -> str:
    """``text`` with blanks in the place of every comment, so that places stay what they are."""
    return _TOKEN.sub(lambda found: " " * len(found[0]) if found["comment"] else found[0], text)


def _values(text: str, parameters: Mapping[str, JsonValue]) -> dict[Span, JsonValue]:
    """Where the pattern names a parameter or lists texts, and the value that is meant."""
    values: dict[Span, JsonValue] = {}
    for found in _TOKEN.finditer(text):
        if found["list"]:
            values[found.span("list")] = _LISTED.findall(found["list"])
        elif found["parameter"]:
            values[found.span()] = _value(text, found.span(), found["name"], parameters)
    return values


def _value(text: str, span: Span, name: str, parameters: Mapping[str, JsonValue]) -> JsonValue:
    """The value of a parameter, which must be one that fields are compared with."""
    if name not in parameters:
        raise PatternError(f"There is no parameter {name}.", text, span, "Declare it under `parameters`.")
    value = parameters[name]
    if isinstance(value, bool) or not isinstance(value, int | str | list | tuple):
        hint = "A boolean field is compared with IS TRUE and IS FALSE."
        raise PatternError(f"The parameter {name} is not text, a number or a list.", text, span, hint)
    return value


def _blanked(text: str, values: Mapping[Span, JsonValue]) -> str:
    """``text`` with one plain value of equal length in the place of every parameter and list."""
    parts: list[str] = []
    at = 0
    for (start, end), value in values.items():
        parts += [text[at:start], ("1" if isinstance(value, int) else "x") * (end - start)]
        at = end
    return "".join((*parts, text[at:]))


def _filled(expr: Expr, ends: Mapping[int, JsonValue]) -> Expr:
    if isinstance(expr, And):
        return all_of(_filled(part, ends) for part in expr.parts)
    if isinstance(expr, Or):
        return any_of(_filled(part, ends) for part in expr.parts)
    if isinstance(expr, Compare) and expr.span[1] in ends:
        return _compared(expr, ends[expr.span[1]])
    return expr


def _compared(atom: Compare, value: JsonValue) -> Expr:
    """The comparison with the parameter's value in its place."""
    if isinstance(value, int):
        return Compare(atom.selector, atom.op, Number(str(value)), atom.span)
    texts = (value,) if isinstance(value, str) else as_texts(value)
    atoms: list[Atom] = [Compare(atom.selector, atom.op, Text(text), atom.span) for text in texts]
    if atom.op == "!=":
        return all_of(atoms) if atoms else Compare(atom.selector, "=", Text("*"), atom.span)
    return any_of(atoms) if atoms else _never(atom)


def _never(atom: Compare) -> Expr:
    """What no record can be: the field is null and is absent."""
    return And((IsNull(atom.selector, atom.span), NotExists(atom.selector, atom.span)))
