"""A filter pattern as a Sigma rule for CloudTrail.

Source: the Sigma specification, version 2: "Detection" and "Appendix: Value Modifiers". Sigma ignores the case of
letters unless ``cased`` is given, and a negation also holds where the field is missing; both are written out here.
"""

import json
import re
from collections.abc import Sequence
from itertools import chain
from typing import Any, assert_never

from scanner.pattern.cloudtrail.record_fields import Field
from scanner.pattern.convert.conditions import (
    Condition,
    Missing,
    NumberIs,
    Source,
    TextIs,
    WordIs,
    assumed_kinds,
    dotted,
    exact_number,
)

_NAME = re.compile(r"(?=.*[^0-9])[A-Za-z0-9_@-]+")
_NUMBERS = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}


def sigma_rule(source: Source) -> tuple[str, tuple[str, ...]]:
    """The rule's YAML and what it takes for granted. Raises PatternError where Sigma cannot say the same."""
    alternatives = source.alternatives()
    if () in alternatives:
        raise source.refusal("every record", "a detection has at least one condition", "Name the events.")
    lines = ["title: Converted filter pattern", "logsource:", "  product: aws", "  service: cloudtrail", "detection:"]
    ways: list[str] = []
    for number, conditions in enumerate(alternatives, 1):
        asked = [each for each in conditions if not _negated(each)]
        asked += [each for each in conditions if _negated(each)]
        ways.append(_way(source, lines, number, asked))
    joined = " or ".join(ways)
    lines.append(f"  condition: {joined}")
    notes = dict.fromkeys(assumed_kinds(chain(*alternatives)))
    return "\n".join(lines), ("the title is made up, and an id and a level are still to be given", *notes)


def _negated(condition: Condition) -> bool:
    return isinstance(condition, TextIs) and condition.negated


def _way(source: Source, lines: list[str], number: int, conditions: Sequence[Condition]) -> str:
    """Write the selections of one alternative; what the condition says of them."""
    selections: list[dict[str, str]] = [{}]
    names: list[str] = []
    for place, condition in enumerate(conditions, 1):
        key, value = _item(source, condition)
        if _negated(condition):
            _select(selections, f"{dotted(condition.field)}|exists", value=True)
            names.append(f"not filter_{number}_{place}")
            lines += [f"  filter_{number}_{place}:", _line(key, value)]
        else:
            _select(selections, key, value)
    chosen = [f"selection_{number}", *(f"selection_{number}_{also}" for also in range(2, len(selections) + 1))]
    for name, selection in zip(chosen, selections, strict=True):
        lines += [f"  {name}:", *selection.values()]
    together = " and ".join([*chosen, *names])
    return f"({together})" if len(chosen) + len(names) > 1 else together


def _select(selections: list[dict[str, str]], key: str, value: Any) -> None:
    """Ask one thing more in the first selection that does not ask another of the same key: a map has each key once."""
    line = _line(key, value)
    for selection in selections:
        if selection.setdefault(key, line) == line:
            return
    selections.append({key: line})


def _line(key: str, value: Any) -> str:
    return f"    {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"


def _item(source: Source, condition: Condition) -> tuple[str, Any]:
    name = _name(source, condition.field)
    match condition:
        case TextIs():
            return f"{name}{_modifier(condition)}|cased", _escaped(condition.text)
        case Missing():
            return f"{name}|exists", False
        case NumberIs(operator="="):
            return name, exact_number(source, condition)
        case NumberIs(operator="!="):
            raise source.refusal(
                f"a number that {name} is not", "it cannot exclude null and objects at the same time", "Name the texts."
            )
        case NumberIs(operator=operator):
            return f"{name}|{_NUMBERS[operator]}", exact_number(source, condition)
        case WordIs(word=None):
            raise source.refusal(
                f"that {name} is null", "its null also means that the field is missing", "Leave the condition out."
            )
        case WordIs(word=word):
            return name, word
        case _:
            assert_never(condition)


def _name(source: Source, field: Field) -> str:
    if not all(map(_NAME.fullmatch, field)):
        why = "the name has other characters than letters, digits, _, - and @, or only digits"
        raise source.refusal(f"a condition on {dotted(field)}", why, "Leave the condition out.")
    return dotted(field)


def _modifier(condition: TextIs) -> str:
    if condition.whole:
        return ""
    if condition.open_start and condition.open_end:
        return "|contains"
    return "|endswith" if condition.open_start else "|startswith"


def _escaped(text: str) -> str:
    r"""A text in which Sigma reads no wildcard: ``?`` and backslashes that would escape something are escaped."""
    return text.replace("\\", "\\\\").replace("?", "\\?")
