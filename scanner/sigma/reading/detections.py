"""The detections and the condition of a Sigma rule, as pySigma parses them, turned into a formula.

pySigma is asked for what it knows best: modifiers, wildcards, escapes and the grammar of conditions. It is given plain
data that the strict YAML reader has passed, of bounded size, and nothing of a rule's other keys.
"""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from scanner.errors import UsageError
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
    Test,
    TextTest,
    Wild,
)
from scanner.sigma.conditions.regexes import network_sources, regex_sources
from scanner.sigma.outcome import Unsayable
from scanner.wording import shown

if TYPE_CHECKING:
    from sigma.types import SigmaCIDRExpression, SigmaRegularExpression, SigmaString

_LACKING = (
    (re.compile(r"(?<!\\)(?:\\\\)*\(\?<?[=!]"), "looks around"),
    (re.compile(r"(?<!\\)(?:\\\\)*(?:\\[1-9]|\(\?P=)"), "refers back to a group"),
    (re.compile(r"(?<!\\)(?:\\\\)*\(\?>"), "never gives back what it took"),
)
"""Parts of regular expressions that filter patterns lack, and what they do."""

_LONGEST_CONDITION = 2000
_DEEPEST_CONDITION = 20
_MOST_VALUES = 2000
_WORD = re.compile(r"[A-Za-z0-9_*-]+")
_ORDERS = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}


def require_pysigma() -> None:
    """Raises UsageError when pySigma is not installed."""
    try:
        import sigma.rule
    except ImportError as error:
        raise UsageError(
            "Sigma rules are read with pySigma.",
            (
                "Install it: pip install '.[sigma]' in a checkout, "
                "or, where an index of your own has it, pip install 'trailwitness[sigma]'."
            ),
        ) from error
    del sigma


def detection_formula(detection: Mapping[str, Any]) -> Formula:
    """What the ``detection`` part of a rule asks of a record; raises Unsayable."""
    require_pysigma()
    from sigma.exceptions import SigmaError
    from sigma.rule import SigmaDetections

    _check_shape(detection)
    try:
        detections = SigmaDetections.from_dict(dict(detection))
        parsed = [condition.parsed for condition in detections.parsed_condition]
    except SigmaError as error:
        raise Unsayable(f"pySigma does not accept it: {' '.join(str(error).split())}") from error
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise Unsayable("pySigma cannot read its detection; the structure is not that of a Sigma rule") from error
    return _joined(Some, [_formula(tree) for tree in parsed])


def _check_shape(detection: Mapping[str, Any]) -> None:
    """Refuse what pySigma would read in a way the author did not mean, or could be kept busy with."""
    if "timeframe" in detection:
        raise Unsayable("timeframe belongs to the old way of counting; write a correlation rule of type event_count")
    conditions = detection.get("condition")
    found = conditions if isinstance(conditions, list) else [conditions]
    if not found:
        raise Unsayable("its condition is missing or is not text")
    for condition in found:
        if not isinstance(condition, str):
            raise Unsayable("its condition is missing or is not text")
        _check_condition(condition)
    count = 0
    for name, definition in detection.items():
        if name != "condition":
            count += sum(1 for _ in _values(name, definition))
    if count > _MOST_VALUES:
        raise Unsayable(f"it compares with more than {_MOST_VALUES} values")


def _check_condition(condition: str) -> None:
    if "|" in condition:
        raise Unsayable(
            "its condition counts with |, which Sigma has replaced; write a correlation rule of type event_count"
        )
    if len(condition) > _LONGEST_CONDITION:
        raise Unsayable(f"its condition is longer than {_LONGEST_CONDITION} characters")
    depth = deepest = 0
    for character in condition:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    if deepest > _DEEPEST_CONDITION or condition.count("not ") > _LONGEST_CONDITION // 10:
        raise Unsayable("its condition is nested too deeply")
    for word in _WORD.findall(condition):
        if word.count("*") > 2 or "**" in word:
            raise Unsayable(f"{shown(word)} has too many wildcards")


def _values(name: str, definition: Any) -> Iterator[object]:
    """The values of one named detection; raises Unsayable for shapes without a clear meaning."""
    if not isinstance(definition, Mapping | list):
        yield definition
        return
    if not definition:
        raise Unsayable(f"the detection {shown(name)} is empty")
    if isinstance(definition, Mapping):
        for key, value in definition.items():
            yield from _compared_with(name, key, value)
        return
    for item in definition:
        if isinstance(item, list):
            raise Unsayable(f"the detection {shown(name)} holds a list inside a list")
        yield from _values(name, item)


def _compared_with(name: str, key: str, value: Any) -> Iterator[object]:
    """The values that one key of a detection is compared with."""
    if value == [] or isinstance(value, Mapping):
        raise Unsayable(f"{shown(key)} in {shown(name)} is compared with no value")
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, list | Mapping):
            raise Unsayable(f"{shown(key)} in {shown(name)} is compared with a list or a mapping")
        if isinstance(item, str) and "re" in key.split("|")[1:]:
            _check_regex(item)
        yield item


def _check_regex(source: str) -> None:
    """Refuse in plain words what the engine behind pySigma would write to standard error about."""
    lacking = next((words for part, words in _LACKING if part.search(source)), "")
    if lacking:
        raise Unsayable(f"the regular expression {shown(source)} {lacking}, which filter patterns cannot")
    try:
        re.compile(source)
    except (re.error, RecursionError, OverflowError) as error:
        raise Unsayable(f"the regular expression {shown(source)} is not one: {error}") from error


def _joined(kind: type[All] | type[Some], parts: list[Formula]) -> Formula:
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


def _formula(tree: object) -> Formula:
    """One node of pySigma's condition tree."""
    from sigma.conditions import (
        ConditionAND,
        ConditionFieldEqualsValueExpression,
        ConditionItem,
        ConditionNOT,
        ConditionOR,
        ConditionValueExpression,
    )

    if isinstance(tree, ConditionFieldEqualsValueExpression):
        return _leaf(tree.field, tree.value)
    if isinstance(tree, ConditionValueExpression):
        raise Unsayable("it searches the whole record for keywords; a filter pattern compares fields, or terms alone")
    if isinstance(tree, ConditionItem):
        parts = [_formula(part) for part in tree.args]
        if isinstance(tree, ConditionNOT) and len(parts) == 1:
            return Not(parts[0])
        if isinstance(tree, ConditionAND) and parts:
            return _joined(All, parts)
        if isinstance(tree, ConditionOR) and parts:
            return _joined(Some, parts)
    raise Unsayable("its condition holds something that is not a condition")


def _leaf(field: str, value: object) -> Formula:
    """One comparison of a field."""
    from sigma.types import SigmaExists, SigmaExpansion, SigmaFieldReference

    if isinstance(value, SigmaExpansion):
        return _joined(Some, [_leaf(field, item) for item in value.values])
    if isinstance(value, SigmaExists):
        missing = Leaf(field, MissingTest())
        return Not(missing) if value.exists else missing
    if isinstance(value, SigmaFieldReference):
        raise Unsayable(f"it compares {shown(field)} with another field, which a filter pattern cannot", field)
    return Leaf(field, _test(field, value))


def _test(field: str, value: object) -> Test:
    """What is asked of the value of a field."""
    from sigma.types import (
        SigmaBool,
        SigmaCasedString,
        SigmaCIDRExpression,
        SigmaCompareExpression,
        SigmaNull,
        SigmaNumber,
        SigmaRegularExpression,
        SigmaString,
        SigmaTimestampPart,
    )

    if isinstance(value, SigmaString):
        return TextTest(_pieces(field, value), cased=isinstance(value, SigmaCasedString))
    if isinstance(value, SigmaRegularExpression):
        return _regex(field, value)
    if isinstance(value, SigmaBool):
        return TextTest(("true" if value.boolean else "false",))
    if isinstance(value, SigmaNull):
        return NullTest()
    if isinstance(value, SigmaCIDRExpression):
        return _network(field, value)
    if isinstance(value, SigmaCompareExpression) and value.op.name in _ORDERS:
        return OrderTest(_ORDERS[value.op.name], _number(value.number.number))
    if isinstance(value, SigmaNumber) and not isinstance(value, SigmaTimestampPart):
        return NumberTest(_number(value.number))
    raise Unsayable(f"it compares {shown(field)} in a way that filter patterns lack", field)


def _network(field: str, value: "SigmaCIDRExpression") -> RegexTest:
    if value.network.version != 4:
        raise Unsayable("it names an IPv6 network; addresses of one are written in too many ways for a pattern", field)
    return RegexTest(network_sources(value.network))


def _number(number: float) -> str:
    return repr(number)


def _pieces(field: str, text: "SigmaString") -> Pieces:
    """The parts of a Sigma text, neighbouring literals joined and repeated wildcards merged."""
    from sigma.types import SpecialChars

    found: list[str | Wild] = []
    for part in text.s:
        if isinstance(part, str):
            if found and isinstance(found[-1], str):
                found[-1] += part
            elif part:
                found.append(part)
        elif part is SpecialChars.WILDCARD_MULTI:
            if not found or found[-1] is not Wild.MANY:
                found.append(Wild.MANY)
        elif part is SpecialChars.WILDCARD_SINGLE:
            found.append(Wild.ONE)
        else:
            raise Unsayable(f"{shown(field)} is compared with a placeholder that only a pipeline could fill in", field)
    return tuple(found)


def _regex(field: str, value: "SigmaRegularExpression") -> RegexTest:
    from sigma.types import SigmaRegularExpressionFlag as Flag

    if value.regexp.contains_placeholder():
        raise Unsayable(f"{shown(field)} is compared with a placeholder that only a pipeline could fill in", field)
    return RegexTest(
        regex_sources(
            str(value.regexp),
            folded=Flag.IGNORECASE in value.flags,
            dotall=Flag.DOTALL in value.flags,
            multiline=Flag.MULTILINE in value.flags,
        )
    )
