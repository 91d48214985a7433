"""Formulas as the ``detection`` of a Sigma rule: named selections, and the condition that joins them.

Source: the Sigma specification, version 2: "Detection" and "Appendix: Value Modifiers". A selection is a map of which
all items hold, or a list of maps of which one does; several values of an item are alternatives.
"""

from collections.abc import Iterable, Mapping, Sequence

from scanner.model import JsonValue
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
)
from scanner.sigma.outcome import Unsayable
from scanner.sigma.records.spellings import boolean_word, spellings

_ORDERS: Mapping[str, str] = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}

Items = dict[str, list[JsonValue]]
"""Field with modifiers -> the values of which one must hold."""


def detection_of(formula: Formula) -> dict[str, JsonValue]:
    """The selections that a formula is made of, by name, and the ``condition`` that joins them."""
    writer = _Writer()
    condition = writer.condition(formula, name="selection")
    return {**writer.selections, "condition": condition}


class _Writer:
    """The selections named so far."""

    def __init__(self) -> None:
        self.selections: dict[str, JsonValue] = {}
        self._counts: dict[str, int] = {}

    def condition(self, formula: Formula, *, name: str, inner: bool = False) -> str:
        """What a condition says of ``formula``, in parentheses where it is ``inner`` and needs them."""
        ways = _ways(formula)
        if ways:
            return self._named(name, ways)
        match formula:
            case Not(part=part):
                return f"not {self.condition(part, name='filter', inner=True)}"
            case All(parts=parts):
                joined = " and ".join(self._conjunction(parts, name))
            case Some(parts=parts):
                joined = " or ".join(self._disjunction(parts, name))
            case Leaf():
                raise AssertionError("a single test is always a selection")
        return f"({joined})" if inner else joined

    def _conjunction(self, parts: Sequence[Formula], name: str) -> Iterable[str]:
        """One selection of all items that a map holds, further ones for a second item of one key, and the rest."""
        maps: list[Items] = []
        rest: list[Formula] = []
        for part in parts:
            item = _item(part)
            if item is None:
                rest.append(part)
                continue
            place = next((each for each in maps if not each.keys() & item.keys()), None)
            if place is None:
                maps.append(item)
            else:
                place.update(item)
        yield from [self._named(name, (each,)) for each in maps]
        for part in rest:
            yield self.condition(part, name=name, inner=True)

    def _disjunction(self, parts: Sequence[Formula], name: str) -> Iterable[str]:
        """One selection, a list of maps, of all alternatives that are maps, and the rest."""
        maps = [part for part in parts if _map(part) is not None]
        if maps:
            yield self._named(name, _ways(Some(tuple(maps))) or ())
        for part in parts:
            if _map(part) is None:
                yield self.condition(part, name=name, inner=True)

    def _named(self, name: str, ways: Sequence[Items]) -> str:
        self._counts[name] = number = self._counts.get(name, 0) + 1
        chosen = name if number == 1 else f"{name}_{number}"
        written = list(map(_written, ways))
        self.selections[chosen] = written[0] if len(written) == 1 else written
        return chosen


def _written(items: Items) -> JsonValue:
    return {key: values[0] if len(values) == 1 else values for key, values in items.items()}


def _ways(formula: Formula) -> tuple[Items, ...]:
    """The maps of which one holds when ``formula`` does; empty where maps cannot say it."""
    if isinstance(formula, Some) and _item(formula) is None:
        found = [_map(part) for part in _gathered(formula.parts)]
        return () if None in found else tuple(items for items in found if items is not None)
    items = _map(formula)
    return () if items is None else (items,)


def _gathered(parts: Sequence[Formula]) -> list[Formula]:
    """Alternatives, those that are values of one item together."""
    by_key: dict[str, list[Formula]] = {}
    for number, part in enumerate(parts):
        item = _item(part)
        joins = item is not None and not isinstance(part, Not)
        by_key.setdefault(next(iter(item)) if item and joins else f" {number}", []).append(part)
    return [found[0] if len(found) == 1 else Some(tuple(found)) for found in by_key.values()]


def _map(formula: Formula) -> Items | None:
    """The map that says ``formula``; None where none does."""
    if not isinstance(formula, All):
        return _item(formula)
    found: Items = {}
    for part in formula.parts:
        item = _item(part)
        if item is None or item.keys() & found.keys():
            return None
        found.update(item)
    return found


def _item(formula: Formula) -> Items | None:
    """The one item of a map that says ``formula``; None where none does."""
    match formula:
        case Leaf():
            return _tested(formula)
        case Not(part=Leaf(field=field, test=MissingTest())):
            return {f"{field}|exists": [True]}
        case Some(parts=parts):
            found: Items = {}
            for part in parts:
                if not isinstance(part, Leaf) or isinstance(part.test, MissingTest):
                    return None
                for key, values in _tested(part).items():
                    found.setdefault(key, []).extend(values)
            return found if len(found) == 1 else None
        case _:
            return None


def _tested(leaf: Leaf) -> Items:
    match leaf.test:
        case TextTest() as test:
            return _text(leaf.field, test)
        case RegexTest(sources=sources):
            return {f"{leaf.field}|re": list(sources)}
        case NumberTest(text=text):
            return {leaf.field: [_number(text)]}
        case OrderTest(operator=operator, text=text):
            return {f"{leaf.field}|{_ORDERS[operator]}": [_number(text)]}
        case NullTest():
            return {leaf.field: [None]}
        case MissingTest():
            return {f"{leaf.field}|exists": [False]}


def _text(field: str, test: TextTest) -> Items:
    """A text; ``cased`` is left out where AWS writes the value in one way only, since any spelling then means it."""
    if not test.cased and boolean_word(test) is not None:
        return {field: [boolean_word(test)]}
    any_case = spellings(field, TextTest(test.pieces))
    return {field if any_case == (test.pieces,) else f"{field}|cased": [_escaped(test.pieces)]}


def _escaped(pieces: Pieces) -> str:
    r"""A text as Sigma writes it: wildcards as they are, and a literal ``?`` or backslash escaped."""
    return "".join(
        piece.value if isinstance(piece, Wild) else piece.replace("\\", "\\\\").replace("?", "\\?") for piece in pieces
    )


def _number(text: str) -> float:
    number = int(text) if text.removeprefix("-").isdecimal() else float(text)
    if repr(number) != text:
        raise Unsayable(f"it compares with the number {text}, which other tools would spell as {number!r}")
    return number
