"""The expression language of resource rules: JMESPath with parameters, typed functions and unknown facts.

An expression is checked whole before anything is judged: syntax, function names, number of arguments, parameters,
length and depth. ``docs/expressions.md`` describes the language. Syntax and meaning of JMESPath itself follow
https://jmespath.org/specification.html.
"""

import json
import re
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any

from jmespath import exceptions, parser, visitor

from scanner.errors import TrailwitnessError, UsageError
from scanner.expressions.functions import BOOLEAN_FUNCTIONS, RuleFunctions
from scanner.model import JsonValue

MAX_LENGTH = 4000
"""Longest expression, in characters."""

MAX_DEPTH = 60
"""Deepest syntax tree: nested parts, and operators joined in one chain."""

WHOLE_ROW = "*"
"""What ``fields`` says when an expression may touch every field of the row."""

_QUOTED_OR_PARAMETER = re.compile(
    r"""'(?:\\.|[^'\\])*'?|"(?:\\.|[^"\\])*"?|`(?:\\.|[^`\\])*`?|\$([A-Za-z_][A-Za-z0-9_]*)""", re.DOTALL
)
_EVALUATION_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TrailwitnessError,
    TypeError,
    ValueError,
)
"""What a function may raise over data of an odd shape."""

_Node = Mapping[str, Any]

_SAME_VALUE = frozenset(
    {
        "comparator",
        "and_expression",
        "or_expression",
        "not_expression",
        "function_expression",
        "multi_select_list",
        "multi_select_dict",
        "key_val_pair",
    }
)
"""Nodes whose children all see the value the node itself sees."""

_THEN_RESULT = frozenset(
    {
        "subexpression",
        "index_expression",
        "pipe",
        "projection",
        "value_projection",
        "filter_projection",
        "flatten",
    }
)
"""Nodes whose first child sees that value and whose other children see results of the first."""

_STEPS = _THEN_RESULT - {"pipe"}

_NO_FIELD = frozenset({"literal", "expref", "index", "slice"})


class Unknown(Enum):
    """The type of ``UNKNOWN``."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN
"""The value of an expression whose missing facts could still change it."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression; ``fields`` are the top-level row fields it names (``*``: possibly every field)."""

    text: str
    fields: frozenset[str]
    _tree: _Node = field(repr=False, compare=False)

    def evaluate(self, data: Mapping[str, JsonValue], now: datetime) -> JsonValue:
        """The value of the expression over one row, at the time ``now``.

        Raises ``UsageError`` when a function meets a value of the wrong type: such an expression has no value.
        """
        return self._value(self._tree, data, now)

    def decide(self, data: Mapping[str, JsonValue], now: datetime, missing: Collection[str]) -> JsonValue | Unknown:
        """The value as far as it is proven when the fields ``missing`` could not be collected.

        Follows Kleene's three-valued logic over ``&&``, ``||`` and ``!``: what holds (or fails) whatever the
        missing facts are is said; everything else that names one of them is ``UNKNOWN``. A value that is not
        ``UNKNOWN`` is ``True`` exactly when the complete row would give ``True``; a false value may be another of
        JMESPath's false values than the complete row would give.
        """
        return self._decide(self._tree, data, now, frozenset(missing))

    def _decide(
        self, node: _Node, data: Mapping[str, JsonValue], now: datetime, missing: frozenset[str]
    ) -> JsonValue | Unknown:
        touched = _root_fields(node)
        if not missing or not (touched & missing or WHOLE_ROW in touched):
            return self._value(node, data, now)
        if node["type"] == "not_expression":
            value = self._decide(node["children"][0], data, now, missing)
            return UNKNOWN if value is UNKNOWN else _is_false(value)
        if node["type"] not in {"and_expression", "or_expression"}:
            return UNKNOWN
        stops_on_true = node["type"] == "or_expression"
        left = self._decide(node["children"][0], data, now, missing)
        if left is not UNKNOWN and _is_false(left) is not stops_on_true:
            return left
        try:
            right = self._decide(node["children"][1], data, now, missing)
        except UsageError:
            if left is not UNKNOWN:
                raise
            return UNKNOWN  # the left side may keep this one from ever being looked at
        return right if left is not UNKNOWN else self._after_unknown(node, right)

    @staticmethod
    def _after_unknown(node: _Node, right: JsonValue | Unknown) -> JsonValue | Unknown:
        """The value of ``&&`` or ``||`` when the left side is not known."""
        if right is UNKNOWN:
            return UNKNOWN
        stops_on_true = node["type"] == "or_expression"
        if stops_on_true:
            # ``A || true`` is exactly true only when an A that stops first cannot be some other true value.
            return True if right is True and _gives_boolean(node["children"][0]) else UNKNOWN
        return right if _is_false(right) else UNKNOWN

    def _value(self, node: _Node, data: Mapping[str, JsonValue], now: datetime) -> JsonValue:
        options = visitor.Options(custom_functions=RuleFunctions(now))
        interpreter: Any = visitor.TreeInterpreter(options)
        try:
            value: JsonValue = interpreter.visit(node, dict(data))
        except _EVALUATION_ERRORS as error:
            message = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise UsageError(f"Expression {_quoted(self.text)} has no value here: {message.rstrip('.')}.") from error
        return value


def compile_expression(text: str, parameters: Mapping[str, JsonValue]) -> Expression:
    """Check an expression and put its parameters in.

    ``$name`` outside quotes is the parameter's value as a JSON literal. Raises ``UsageError`` with the position of the
    mistake: not JMESPath, an unknown function or parameter, a wrong number of arguments, too long or too deep.
    """
    parsed = _parsed(text)
    for name, start, _ in _parameter_uses(text):
        if name not in parameters:
            known = ", ".join(f"${other}" for other in sorted(parameters)) or "none"
            raise UsageError(
                f"Expression {_quoted(text)} names the parameter ${name} at character {start + 1}, "
                "which the rule lacks.",
                f"Its parameters: {known}.",
            )
    values = {_stand_in(text, name): json.loads(json.dumps(parameters[name])) for name in parsed.parameters}
    return Expression(text, parsed.fields, _bound(parsed.tree, values) if values else parsed.tree)


def fields(text: str) -> frozenset[str]:
    """The top-level row fields an expression names, whatever its parameters; ``*`` stands for every field.

    Deliberately wide: a field counts even where a filter or a false operand would never reach it. Raises
    ``UsageError`` like ``compile_expression``.
    """
    return _parsed(text).fields


def parameters_of(text: str) -> frozenset[str]:
    """The names of the parameters an expression uses."""
    return frozenset(name for name, _, _ in _parameter_uses(text))


@dataclass(frozen=True, slots=True)
class _Parsed:
    """What an expression is whatever the values of its parameters: a literal in the tree is in the place of each."""

    tree: _Node
    fields: frozenset[str]
    parameters: frozenset[str]


@lru_cache(maxsize=2048)
def _parsed(text: str) -> _Parsed:
    # A rule is read, and then judged in every account: its expressions are parsed the first time only.
    tree = _parse(text)
    return _Parsed(tree, _root_fields(tree), parameters_of(text))


def _stand_in(text: str, name: str) -> str:
    """The literal in the place of a parameter: longer than any that the text can spell out itself."""
    return "$" * (len(text) + 1) + name


def _bound(node: _Node, values: Mapping[str, JsonValue]) -> _Node:
    """The tree with the values of the parameters in their places."""
    if node["type"] == "literal":
        value = node["value"]
        return {**node, "value": values[value]} if isinstance(value, str) and value in values else node
    children = [_bound(child, values) if isinstance(child, Mapping) else child for child in node["children"]]
    return {**node, "children": children}


def _quoted(text: str) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= 200 else f"{text[:200]}…")


def _parameter_uses(text: str) -> list[tuple[str, int, int]]:
    """Each ``$name`` outside quotes and literals, with its range of characters."""
    return [(found[1], *found.span()) for found in _QUOTED_OR_PARAMETER.finditer(text) if found[1]]


def _substitute(text: str) -> tuple[str, list[int]]:
    """The JMESPath text, and for each of its characters the position in ``text`` it came from."""
    pieces: list[str] = []
    origins: list[int] = []
    done = 0
    for name, start, end in _parameter_uses(text):
        literal = f"`{json.dumps(_stand_in(text, name))}`"
        pieces += [text[done:start], literal]
        origins += [*range(done, start), *([start] * len(literal))]
        done = end
    pieces.append(text[done:])
    origins += range(done, len(text) + 1)
    return "".join(pieces), origins


def _parse(text: str) -> _Node:
    if not text.strip():
        raise UsageError("The expression is empty.", 'Write a JMESPath expression such as "LogFileValidationEnabled".')
    if len(text) > MAX_LENGTH:
        raise UsageError(f"The expression is {len(text)} characters long; {MAX_LENGTH} are allowed.")
    source, origins = _substitute(text)
    try:
        with warnings.catch_warnings():
            # `foo` for a string is an old spelling that hides mistakes such as `True`.
            warnings.simplefilter("error", PendingDeprecationWarning)
            tree: _Node = parser.Parser().parse(source).parsed
    except PendingDeprecationWarning as error:
        raise UsageError(
            f"Expression {_quoted(text)} holds a `literal` that is not JSON.", "Write strings as 'text' or `\"text\"`."
        ) from error
    except exceptions.ParseError as error:
        position = origins[min(error.lex_position, len(origins) - 1)]
        raise UsageError(
            f"Expression {_quoted(text)} is not JMESPath at character {position + 1}: {_parse_message(error)}."
        ) from error
    except (exceptions.JMESPathError, RecursionError) as error:
        what = "is nested too deeply" if isinstance(error, RecursionError) else f"is not JMESPath: {error}"
        raise UsageError(f"Expression {_quoted(text)} {what}.") from error
    _check_tree(text, tree)
    return tree


def _parse_message(error: exceptions.ParseError) -> str:
    if isinstance(error, exceptions.IncompleteExpressionError):
        return "it ends too early"
    if isinstance(error, exceptions.LexerError):
        return error.message[:1].lower() + error.message[1:].strip()
    return f'"{error.token_value}" is not expected here'


def _check_tree(text: str, tree: _Node) -> None:
    """Refuse trees that are too deep, and calls that could never be evaluated."""
    pending: list[tuple[_Node, int]] = [(tree, 1)]
    while pending:
        node, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise UsageError(f"Expression {_quoted(text)} is nested too deeply; {MAX_DEPTH} levels are allowed.")
        if node["type"] == "function_expression":
            _check_call(text, node)
        if node["type"] in _STEPS and node["children"][0]["type"] == "not_expression":
            # JMESPath binds ! tighter than the dot: !A.b asks for the member b of a boolean, which is always null.
            raise UsageError(
                f"Expression {_quoted(text)} takes a member of a negation, which is never there.",
                "Write !(A.b) instead of !A.b.",
            )
        pending += [(child, depth + 1) for child in node["children"] if isinstance(child, Mapping)]


def _check_call(text: str, node: _Node) -> None:
    name, given = node["value"], len(node["children"])
    known: Mapping[str, Mapping[str, Any]] = RuleFunctions.FUNCTION_TABLE
    if name not in known:
        raise UsageError(
            f"Expression {_quoted(text)} calls {name}(), which does not exist.",
            f"Functions: {', '.join(sorted(known))}.",
        )
    signature = known[name]["signature"]
    variadic = bool(signature) and bool(signature[-1].get("variadic"))
    if given < len(signature) or (given > len(signature) and not variadic):
        least = "at least " if variadic else ""
        raise UsageError(
            f"Expression {_quoted(text)} calls {name}() with {given} arguments; it takes {least}{len(signature)}."
        )


def _root_fields(node: _Node) -> frozenset[str]:
    """The fields of the value the node sees that it may read."""
    kind = node["type"]
    if kind == "field":
        return frozenset({node["value"]})
    if kind in _NO_FIELD:
        return frozenset()
    if kind in _THEN_RESULT:
        return _root_fields(node["children"][0])
    if kind in _SAME_VALUE:
        return frozenset().union(*(_root_fields(child) for child in node["children"]))
    return frozenset({WHOLE_ROW})


def _is_false(value: JsonValue) -> bool:
    """JMESPath's false values; the number 0 is not among them."""
    return value is None or value is False or value in ("", [], {})


def _gives_boolean(node: _Node) -> bool:
    """Whether a node can only give true or a false value."""
    kind = node["type"]
    if kind in {"comparator", "not_expression"}:
        return True
    if kind in {"and_expression", "or_expression"}:
        return all(_gives_boolean(child) for child in node["children"])
    return kind == "function_expression" and node["value"] in BOOLEAN_FUNCTIONS
