"""Filter patterns as formulas over Sigma fields: the way back of ``scanner.sigma.patterns.lowering``.

A formula says the same as the pattern it is made of for every record whose fields hold the kinds of values that AWS
documents for them: a field that is compared with texts holds texts or numbers, one that is asked for true or false
holds a boolean or that word.
"""

import re
from collections.abc import Iterable, Sequence

from scanner.pattern import ANY, And, Compare, Expr, IsBool, IsNull, NotExists, Number, Or, Selector, Text
from scanner.pattern.language.printer import print_expression, print_selector
from scanner.sigma.conditions.formula import (
    All,
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
    leaves,
)
from scanner.sigma.outcome import Unsayable
from scanner.sigma.records.fields import Reading, reading

NEVER = Some(())
"""The formula that no record satisfies."""

ALWAYS = All(())
"""The formula that every record satisfies."""

_ANYTHING = TextTest((Wild.MANY,), cased=True)


def raised(expr: Expr) -> Formula:
    """``expr`` as a formula. Raises Unsayable for what Sigma has no words for."""
    match expr:
        case And(parts=parts):
            return _conjunction(parts)
        case Or(parts=parts):
            return _disjunction(parts)
        case IsNull(selector=selector):
            return _null(_plain(selector, expr))
        case NotExists(selector=selector):
            return Leaf(_plain(selector, expr), MissingTest())
        case IsBool(selector=selector, value=value):
            return Leaf(field_of(selector), _word(value=value))
        case Compare():
            return _comparison(expr)


def all_of(parts: Iterable[Formula]) -> Formula:
    """All of ``parts`` hold; what must not hold is said together."""
    flat: dict[Formula, None] = {}
    unwanted: list[Formula] = []
    for part in parts:
        for inner in part.parts if isinstance(part, All) else (part,):
            if isinstance(inner, Not):
                unwanted.append(inner.part)
            else:
                flat[inner] = None
    if NEVER in flat:
        return NEVER
    excluded = some_of(unwanted)
    wanted = [*flat, *([] if excluded == NEVER else [Not(excluded)])]
    return wanted[0] if len(wanted) == 1 else All(tuple(wanted))


def some_of(parts: Iterable[Formula]) -> Formula:
    """At least one of ``parts`` holds."""
    flat: dict[Formula, None] = {}
    for part in parts:
        flat.update(dict.fromkeys(part.parts if isinstance(part, Some) else (part,)))
    found = list(flat)
    return found[0] if len(found) == 1 else Some(tuple(found))


def field_of(selector: Selector, *, objects: bool = False) -> str:
    """The Sigma field that names what a selector names. Raises Unsayable for places in lists and unknown fields."""
    steps = [step for step in selector.steps if step is not ANY]
    if not all(isinstance(step, str) for step in steps):
        raise Unsayable(f"{print_selector(selector)} is a place in a list, and a Sigma field cannot name places")
    if any("." in str(step) for step in steps):
        raise Unsayable(f"{print_selector(selector)} has a name with a dot in it, which Sigma would divide")
    name = ".".join(map(str, steps))
    found = reading(name, objects=objects)
    if selector not in found.selectors and not _is_element(selector, found):
        raise Unsayable(f"{print_selector(selector)} asks for elements of what no service model of AWS has as a list")
    return name


def widened(formula: Formula) -> str:
    """A field of which Sigma also asks elements of lists, in a formula that was made of plain fields; "" without one.

    Where such a formula must not hold, Sigma could leave out a record that the pattern would not.
    """
    if isinstance(formula, Leaf):
        if isinstance(formula.test, NullTest | MissingTest):
            return ""
        found = reading(formula.field)
        return formula.field if found.may_be_list or len(found.selectors) > 1 else ""
    parts = (formula.part,) if isinstance(formula, Not) else formula.parts
    return next(filter(None, map(widened, parts)), "")


def _is_element(selector: Selector, found: Reading) -> bool:
    return found.may_be_list and selector.steps[-1] is ANY and selector.steps[:-1] == found.selectors[0].steps


def _plain(selector: Selector, expr: Expr) -> str:
    """The field of a selector without elements of lists: of a list, Sigma asks whether some element holds."""
    name = field_of(selector, objects=True)
    if ANY in selector.steps or len(reading(name, objects=True).selectors) > 1:
        raise Unsayable(f"{print_expression(expr)} is not the same in Sigma where the field is inside a list")
    return name


def _conjunction(parts: Sequence[Expr]) -> Formula:
    if _contradict(parts):
        return NEVER
    return all_of(map(raised, parts))


def _contradict(parts: Sequence[Expr]) -> bool:
    """Whether parts say that a field is both null and not there: a comparison with an empty list."""
    null = {part.selector for part in parts if isinstance(part, IsNull)}
    return any(isinstance(part, NotExists) and part.selector in null for part in parts)


def _disjunction(parts: Sequence[Expr]) -> Formula:
    found = some_of(map(raised, parts))
    return some_of(_empty_or_not(_empty(found.parts))) if isinstance(found, Some) else found


def _empty(parts: Sequence[Formula]) -> list[Formula]:
    """Alternatives in which "missing" and "null" of one field are Sigma's null, which means either."""
    missing = {part.field for part in parts if isinstance(part, Leaf) and isinstance(part.test, MissingTest)}
    both = {name for name in missing if _null(name) in parts}
    said = set(map(_null, both))
    kept = (part for part in parts if part not in said)
    return [
        Leaf(part.field, NullTest()) if isinstance(part, Leaf) and _is_missing(part) and part.field in both else part
        for part in kept
    ]


def _empty_or_not(parts: Sequence[Formula]) -> list[Formula]:
    """Alternatives in which "null" and "differs" of one field are one negation, which a missing field satisfies."""
    empty = {part.field for part in parts if isinstance(part, Leaf) and isinstance(part.test, NullTest)}
    negated = {name: part for part in parts if (name := _differs(part)) in empty}
    found: list[Formula] = []
    for part in parts:
        if isinstance(part, All) and _differs(part) in negated:
            found.append(part.parts[1])
        elif not (isinstance(part, Leaf) and part.field in negated and isinstance(part.test, NullTest)):
            found.append(part)
    return found


def _null(name: str) -> Formula:
    return all_of([Leaf(name, NullTest()), Not(Leaf(name, MissingTest()))])


def _is_missing(leaf: Leaf) -> bool:
    return isinstance(leaf.test, MissingTest)


def _differs(part: Formula) -> str:
    """The field of which a formula says that it holds something and not this; "" for any other formula."""
    match part:
        case All(parts=(Leaf(field=name, test=test), Not(part=unwanted))) if test == _ANYTHING:
            return name if {leaf.field for leaf in leaves(unwanted)} == {name} else ""
        case _:
            return ""


def _unwanted(formula: Formula) -> Formula:
    name = widened(formula)
    if name:
        raise Unsayable(f"it excludes records by {name}, and where that is a list, Sigma would exclude more of them")
    return formula


def negation(formula: Formula) -> Formula:
    """That ``formula`` does not hold. Raises Unsayable where Sigma would exclude more than the pattern does."""
    checked = _unwanted(formula)
    return checked.part if isinstance(checked, Not) else Not(checked)


def _comparison(atom: Compare) -> Formula:
    if atom.op != "!=":
        return raised_equal(field_of(atom.selector), atom)
    name = _plain(atom.selector, atom)
    return all_of([Leaf(name, _ANYTHING), Not(_unwanted(raised_equal(name, atom)))])


def raised_equal(name: str, atom: Compare) -> Leaf:
    """That a field is what a comparison names, or in that order with it."""
    match atom.value:
        case Number(text=text) if atom.op in {"=", "!="}:
            return Leaf(name, NumberTest(text))
        case Number(text=text):
            return Leaf(name, OrderTest(atom.op, text))
        case Text(text=text):
            return Leaf(name, _text(text))
        case regex:
            return Leaf(name, RegexTest((regex.source,)))


def _text(text: str) -> TextTest:
    word = text if text in {"true", "false"} else ""
    return TextTest((word,)) if word else TextTest(_pieces(text), cased=True)


def _word(*, value: bool) -> TextTest:
    return TextTest(("true" if value else "false",))


def _pieces(text: str) -> Pieces:
    pieces: list[str | Wild] = []
    for part in re.sub(r"\*+", "*", text).split("*"):
        pieces += [part, Wild.MANY] if part else [Wild.MANY]
    return tuple(pieces[:-1])
