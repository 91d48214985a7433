"""Metric-math expressions of alarms, evaluated for one point in time.

Only what a single point decides is evaluated: numbers, operators, ``IF``, ``FILL`` with a number, array functions and
the element-wise functions. Everything that needs a history, a model or a query (``RATE``, ``ANOMALY_DETECTION_BAND``,
``SEARCH``, ``SELECT`` …) raises ``UndecidableMathError``: the caller says "not known", never "fires". Source:
CloudWatch User Guide, "Metric math syntax and functions".
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Point = float | None
"""One datapoint, or None when the series has none at that time."""

_TOKEN = re.compile(
    r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z_][A-Za-z0-9_]*)|(&&|\|\||==|!=|<=|>=|[-+*/^()<>,\[\]]))"
)

_SPELLED = {"AND": "&&", "OR": "||"}
_LEVELS = (("||",), ("&&",), ("==", "!=", "<", "<=", ">", ">="), ("+", "-"), ("*", "/"))
_DEEPEST = 40
_LONGEST = 200
"""Bounds on nesting and length in words, far above what an alarm of at most ten metrics needs."""


class UndecidableMathError(ValueError):
    """One point in time does not decide this expression; the message says which part."""


@dataclass(frozen=True, slots=True)
class _Number:
    value: float


@dataclass(frozen=True, slots=True)
class _Name:
    name: str


@dataclass(frozen=True, slots=True)
class _Array:
    items: tuple["_Node", ...]


@dataclass(frozen=True, slots=True)
class _Call:
    name: str
    arguments: tuple["_Node", ...]


@dataclass(frozen=True, slots=True)
class _Operation:
    op: str
    parts: tuple["_Node", ...]


_Node = _Number | _Name | _Array | _Call | _Operation


_FILL = re.compile(r"\bFILL\s*\(", re.IGNORECASE)


def fills(expression: str) -> bool:
    """Whether an expression gives values to datapoints that are missing."""
    return _FILL.search(expression) is not None


def evaluate_math(expression: str, series: Mapping[str, Callable[[], Point]], metrics: Sequence[str]) -> Point:
    """The expression's datapoint.

    ``series`` gives the datapoint of each Id (metrics and other expressions); ``metrics`` are the Ids that
    ``METRICS()`` stands for. ``UndecidableMathError`` when the expression is not understood, or when its value
    depends on how CloudWatch combines a missing datapoint with a present one.
    """
    return _Evaluation(series, tuple(metrics)).point(_Parser(expression).whole())


class _Parser:
    """Recursive descent over the operators, loosest first."""

    def __init__(self, text: str) -> None:
        self._words: list[str] = []
        self._next = 0
        self._depth = 0
        position = 0
        text = text.strip()
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None:
                raise UndecidableMathError(f"the math expression {text!r} is not one that can be evaluated here")
            word = found.group().strip()
            self._words.append(_SPELLED.get(word.upper(), word))
            position = found.end()
        if len(self._words) > _LONGEST:
            raise UndecidableMathError("the math expression is too long to be evaluated here")

    def whole(self) -> _Node:
        node = self._level(0)
        if self._next < len(self._words):
            raise UndecidableMathError(f"the math expression has an unexpected {self._peek()!r}")
        return node

    def _peek(self) -> str:
        return self._words[self._next] if self._next < len(self._words) else ""

    def _take(self, expected: str = "") -> str:
        word = self._peek()
        if not word or (expected and word != expected):
            raise UndecidableMathError(
                f"the math expression has {word or 'its end'!r} where {expected or 'a value'!r} belongs"
            )
        self._next += 1
        return word

    def _level(self, level: int) -> _Node:
        if level == len(_LEVELS):
            return self._unary()
        node = self._level(level + 1)
        while self._peek() in _LEVELS[level]:
            node = _Operation(self._take(), (node, self._level(level + 1)))
        return node

    def _unary(self) -> _Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UndecidableMathError("the math expression is nested too deeply")
        node = self._signed()
        self._depth -= 1
        return node

    def _signed(self) -> _Node:
        if self._peek() == "-":
            self._take()
            return _Operation("negative", (self._unary(),))
        base = self._value(self._take())
        if self._peek() == "^":
            self._take()
            return _Operation("^", (base, self._unary()))
        return base

    def _value(self, word: str) -> _Node:
        if word == "(":
            node = self._level(0)
            self._take(")")
            return node
        if word == "[":
            return _Array(self._items("]"))
        if word[0].isdigit() or word[0] == ".":
            return _Number(float(word))
        if not (word[0].isalpha() or word[0] == "_"):
            raise UndecidableMathError(f"the math expression has {word!r} where a value belongs")
        if self._peek() == "(":
            self._take()
            return _Call(word.upper(), self._items(")"))
        return _Name(word)

    def _items(self, closing: str) -> tuple[_Node, ...]:
        items: list[_Node] = []
        if self._peek() != closing:
            items.append(self._level(0))
            while self._peek() == ",":
                self._take()
                items.append(self._level(0))
        self._take(closing)
        return tuple(items)


class _Evaluation:
    """One evaluation over the datapoints of one scenario."""

    def __init__(self, series: Mapping[str, Callable[[], Point]], metrics: tuple[str, ...]) -> None:
        self._series = series
        self._metrics = metrics

    def point(self, node: _Node) -> Point:
        if isinstance(node, _Number):
            return node.value
        if isinstance(node, _Name):
            if node.name not in self._series:
                raise UndecidableMathError(f"the math expression names {node.name}, which the alarm does not define")
            return self._series[node.name]()
        if isinstance(node, _Operation):
            # A number has a value at every point in time: only series can lack a datapoint.
            points = [self.point(part) for part in node.parts]
            series = [point for point, part in zip(points, node.parts, strict=True) if not _is_constant(part)]
            if series and all(point is None for point in series):
                return None
            if None in points:
                raise UndecidableMathError(f"{node.op} combines a present and a missing datapoint; use FILL")
            return _finite(node.op, lambda: _OPERATIONS[node.op](*points))
        if isinstance(node, _Call):
            return self._call(node)
        raise UndecidableMathError("the math expression gives several series where one belongs")

    def _call(self, call: _Call) -> Point:
        match call.name, call.arguments:
            case "IF", (condition, then, *otherwise) if len(otherwise) <= 1:
                return self._if(condition, then, *otherwise)
            case "FILL", (series, filler):
                return self._fill(series, filler)
            case name, (argument,) if name in _ARRAY_FUNCTIONS:
                return self._over_members(name, argument)
            case name, (argument,) if name in _ELEMENT_FUNCTIONS:
                value = self.point(argument)
                return None if value is None else _finite(name, lambda: _ELEMENT_FUNCTIONS[name](value))
            case name, _:
                raise UndecidableMathError(f"the math function {name} is not decided by one point in time")

    def _if(self, condition: _Node, then: _Node, otherwise: _Node | None = None) -> Point:
        decided = self.point(condition)
        if decided is None:
            raise UndecidableMathError("IF has a condition without a datapoint")
        if decided:
            return self.point(then)
        return self.point(otherwise) if otherwise is not None else None

    def _fill(self, series: _Node, filler: _Node) -> Point:
        value = self.point(series)
        if value is not None:
            return value
        if isinstance(filler, _Name) and filler.name.upper() in {"REPEAT", "LINEAR"}:
            raise UndecidableMathError(f"FILL with {filler.name.upper()} depends on earlier datapoints")
        return self.point(filler)

    def _over_members(self, name: str, argument: _Node) -> Point:
        members = self._members(argument)
        present = [member for member in members if member is not None]
        if not present:
            return None
        if len(present) < len(members):
            raise UndecidableMathError(f"{name} combines present and missing datapoints; use FILL")
        return _ARRAY_FUNCTIONS[name](present)

    def _members(self, node: _Node) -> list[Point]:
        if isinstance(node, _Array):
            return [self.point(item) for item in node.items]
        if isinstance(node, _Call) and node.name == "METRICS" and not node.arguments:
            return [self._series[name]() for name in self._metrics]
        if isinstance(node, _Call) and node.name == "FILL" and len(node.arguments) == 2:
            filler = self.point(node.arguments[1]) if isinstance(node.arguments[1], _Number) else None
            if filler is not None:
                return [filler if member is None else member for member in self._members(node.arguments[0])]
        raise UndecidableMathError(
            "a function over the whole history of one series is not decided by one point in time"
        )


def _is_constant(node: _Node) -> bool:
    if isinstance(node, _Operation):
        return all(_is_constant(part) for part in node.parts)
    return isinstance(node, _Number)


def _finite(name: str, compute: Callable[[], float]) -> float:
    try:
        value = compute()
    except (ArithmeticError, ValueError) as error:
        raise UndecidableMathError(f"{name} has no value here") from error
    if isinstance(value, complex) or not math.isfinite(value):
        raise UndecidableMathError(f"{name} has no finite value here")
    return float(value)


_OPERATIONS: Mapping[str, Callable[..., float]] = {
    "negative": lambda value: -value,
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "^": lambda left, right: left**right,
    "==": lambda left, right: float(left == right),
    "!=": lambda left, right: float(left != right),
    "<": lambda left, right: float(left < right),
    "<=": lambda left, right: float(left <= right),
    ">": lambda left, right: float(left > right),
    ">=": lambda left, right: float(left >= right),
    "&&": lambda left, right: float(bool(left) and bool(right)),
    "||": lambda left, right: float(bool(left) or bool(right)),
}

_ARRAY_FUNCTIONS: Mapping[str, Callable[[list[float]], float]] = {
    "SUM": math.fsum,
    "AVG": lambda values: math.fsum(values) / len(values),
    "MIN": min,
    "MAX": max,
}

_ELEMENT_FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
    "LOG": math.log,
    "LOG10": math.log10,
}
