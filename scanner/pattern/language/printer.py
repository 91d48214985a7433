"""Canonical text of a filter pattern, which parses back to the equal tree."""

from scanner.pattern.language.nodes import (
    And,
    Atom,
    Compare,
    EveryPattern,
    Expr,
    Field,
    FieldAll,
    FieldCondition,
    FieldExpr,
    IsBool,
    IsNull,
    JsonPattern,
    Number,
    Or,
    Pattern,
    Regex,
    RegexPattern,
    Selector,
    SpacePattern,
    Step,
    TermsPattern,
    Value,
)
from scanner.pattern.language.parsing.cursor import BARE_VALUE
from scanner.pattern.language.parsing.parser import MAXIMUM_LENGTH
from scanner.pattern.language.parsing.space_pattern import ELLIPSIS
from scanner.pattern.language.parsing.term_pattern import is_bare_term
from scanner.pattern.language.values.numbers import is_number_spelling


def print_pattern(pattern: Pattern) -> str:
    """The canonical text of ``pattern``.

    Texts are quoted, tokens are separated by one blank, and parentheses are written where ``&&`` and ``||`` meet. Only
    when that would be longer than the 1024 characters a pattern may have, what can be spared of them is left out.
    """
    text = _Printer(compact=False).pattern(pattern)
    return text if len(text) <= MAXIMUM_LENGTH else _Printer(compact=True).pattern(pattern)


def print_expression(expr: Expr) -> str:
    """The canonical text of a JSON expression or one of its conditions, without the braces."""
    return _Printer(compact=False).expression(expr)


def print_selector(selector: Selector) -> str:
    """``$.a.b[0]``, with ``.['…']`` for names that need it and ``[*]`` for the wildcard."""
    return _Printer(compact=False).selector(selector)


def quoted(text: str) -> str:
    r"""``text`` in double quotes; a backslash is doubled only where it would otherwise be read as an escape."""
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    parts: list[str] = []
    for place, character in enumerate(text):
        following = text[place + 1 : place + 2]
        escape = character == '"' or (character == "\\" and following in {"", "\\", '"'})
        parts.append(f"\\{character}" if escape else character)
    return f'"{"".join(parts)}"'


class _Printer:
    """The text of every node, spaced out or as short as it can be."""

    def __init__(self, *, compact: bool) -> None:
        self.compact = compact
        self.blank = "" if compact else " "

    def pattern(self, pattern: Pattern) -> str:
        if isinstance(pattern, EveryPattern):
            return ""
        if isinstance(pattern, RegexPattern):
            return f"%{pattern.source}%"
        if isinstance(pattern, TermsPattern):
            return self.terms(pattern)
        if isinstance(pattern, JsonPattern):
            return f"{{{self.blank}{self.expression(pattern.expr)}{self.blank}}}"
        return self.space(pattern)

    def expression(self, expr: Expr) -> str:
        if isinstance(expr, And):
            parts = [self.operand(part, Or) for part in expr.parts]
            return f"{self.blank}&&{self.blank}".join(parts)
        if isinstance(expr, Or):
            parts = [self.operand(part, Or if self.compact else And) for part in expr.parts]
            return f"{self.blank}||{self.blank}".join(parts)
        return self.atom(expr)

    def operand(self, expr: Expr, in_parentheses: type[And] | type[Or]) -> str:
        text = self.expression(expr)
        return f"({text})" if isinstance(expr, in_parentheses) else text

    def atom(self, atom: Atom) -> str:
        selector = self.selector(atom.selector)
        if isinstance(atom, Compare):
            return f"{selector}{self.blank}{atom.op}{self.blank}{self.value(atom.value)}"
        if isinstance(atom, IsNull):
            return f"{selector} IS NULL"
        if isinstance(atom, IsBool):
            return f"{selector} IS {'TRUE' if atom.value else 'FALSE'}"
        return f"{selector} NOT EXISTS"

    def selector(self, selector: Selector) -> str:
        return "$" + "".join(self.step(step, first=place == 0) for place, step in enumerate(selector.steps))

    def step(self, step: Step, *, first: bool) -> str:
        if isinstance(step, int):
            return f"[{step}]"
        if not isinstance(step, str):
            return ".*" if first or self.compact else "[*]"
        plain = step.isascii() and step.replace("_", "a").replace("-", "a").isalnum()
        return f".{step}" if plain else f".['{step}']"

    def value(self, value: Value) -> str:
        if isinstance(value, Number):
            return value.text
        if isinstance(value, Regex):
            return f"%{value.source}%"
        bare = BARE_VALUE.fullmatch(value.text) and not is_number_spelling(value.text) and value.text.lower() != "null"
        return value.text if self.compact and bare else quoted(value.text)

    def terms(self, pattern: TermsPattern) -> str:
        items = [self.term(term) for term in pattern.required]
        text = " ".join(items)
        for sign, terms in (("-", pattern.excluded), ("?", pattern.optional)):
            for term in terms:
                text += f"{self.blank if text else ''}{sign}{self.term(term)}"
        return text

    def term(self, term: str) -> str:
        return term if is_bare_term(term) else quoted(term)

    def space(self, pattern: SpacePattern) -> str:
        fields = [self.field(field) for field in pattern.fields]
        if pattern.ellipsis is not None:
            fields.insert(pattern.ellipsis, ELLIPSIS)
        return f"[{f',{self.blank}'.join(fields)}]"

    def field(self, field: Field) -> str:
        return field.name if field.condition is None else self.condition(field.name, field.condition)

    def condition(self, name: str, condition: FieldExpr) -> str:
        if isinstance(condition, FieldCondition):
            return f"{name}{self.blank}{condition.op}{self.blank}{self.value(condition.value)}"
        operator = "&&" if isinstance(condition, FieldAll) else "||"
        return f"{self.blank}{operator}{self.blank}".join(self.condition(name, part) for part in condition.parts)
