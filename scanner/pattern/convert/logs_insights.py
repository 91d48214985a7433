"""A filter pattern as a query of CloudWatch Logs Insights.

Source: CloudWatch Logs User Guide, "CloudWatch Logs Insights language query syntax", "filter" and "Supported logs and
discovered fields": fields of JSON are discovered, an absent one is not present, and a text is compared exactly. The
elements of a list are discovered by their numbers, and names of JSON that begin with ``@`` by other names.
"""

import re
from collections.abc import Iterable
from itertools import chain
from typing import assert_never

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
    double,
)

MOST_CHARACTERS = 10_000
"""Length of a query at most (CloudWatch Logs API reference, ``StartQuery``)."""

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNKNOWN_NAME = re.compile(r"[0-9]+|@.*|.*[`\x00-\x1f].*|", re.DOTALL)
_ESCAPED = re.compile(r"([!-/:-@\[-`{-~])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_LARGEST = 2**53
_KEYWORDS = frozenset({"and", "or", "not", "like", "in", "as", "by", "asc", "desc", "regex", "true", "false", "null"})

NOTE = "each field named here is among those that Logs Insights discovers in an event: the first 1,000"


def logs_insights(source: Source) -> tuple[str, tuple[str, ...]]:
    """The query and what it takes for granted. Raises PatternError where Logs Insights cannot say the same."""
    alternatives = source.alternatives()
    head = "fields @timestamp, eventName, eventSource, userIdentity.arn, sourceIPAddress, errorCode"
    lines = [head, "| sort @timestamp desc"]
    if () not in alternatives:
        parts = list(dict.fromkeys(_all(source, conditions) for conditions in alternatives))
        lines.insert(1, f"| filter {parts[0] if len(parts) == 1 else ' or '.join(f'({part})' for part in parts)}")
    query = "\n".join(lines)
    source.refuse_longer_than(MOST_CHARACTERS, query)
    return query, (NOTE, *dict.fromkeys(assumed_kinds(chain(*alternatives))))


def _all(source: Source, conditions: Iterable[Condition]) -> str:
    return " and ".join(_written(source, condition) for condition in conditions)


def _written(source: Source, condition: Condition) -> str:
    name = _name(source, condition.field)
    match condition:
        case Missing():
            return f"not ispresent({name})"
        case NumberIs():
            return _number(source, name, condition)
        case WordIs(field=field):
            why = "the fields it discovers hold texts and numbers"
            raise source.refusal(f"that {dotted(field)} is true, false or null", why, "Leave the condition out.")
        case TextIs(text="", whole=False):
            return _any_text(source, name, condition)
        case TextIs(negated=True):
            return f"ispresent({name}) and {_text(source, name, condition)}"
        case TextIs():
            return _text(source, name, condition)
        case _:
            assert_never(condition)


def _any_text(source: Source, name: str, condition: TextIs) -> str:
    if condition.negated:
        why = "every text is like *"
        raise source.refusal(f"a condition on {dotted(condition.field)} that no text meets", why, "Leave it out.")
    return f"ispresent({name})"


def _number(source: Source, name: str, condition: NumberIs) -> str:
    number = double(source, condition)
    if abs(number) > _LARGEST:
        why = "it is not documented how many digits of a number are compared"
        raise source.refusal(f"{name} {condition.operator} {condition.number}", why, "Compare a smaller number.")
    compared = f"{name} {condition.operator} {condition.number.removeprefix('+')}"
    return f"ispresent({name}) and {compared}" if condition.operator == "!=" else compared


def _text(source: Source, name: str, condition: TextIs) -> str:
    if _CONTROL.search(condition.text):
        why = "the text has a line break or another control character"
        raise source.refusal(f"this condition on {dotted(condition.field)}", why, "Compare a part of the text.")
    if condition.whole:
        quoted = condition.text.replace("\\", "\\\\").replace('"', '\\"')
        return f'{name} {"!=" if condition.negated else "="} "{quoted}"'
    start = "" if condition.open_start else "^"
    end = "" if condition.open_end else "$"
    expression = _ESCAPED.sub(r"\\\1", condition.text)
    return f"{name} {'not like' if condition.negated else 'like'} /{start}{expression}{end}/"


def _name(source: Source, field: Field) -> str:
    """A field's name, in backticks where it has other characters than letters, digits and underscores."""
    if any(map(_UNKNOWN_NAME.fullmatch, field)):
        why = "Logs Insights has another name for it, or none"
        raise source.refusal(f"a condition on {dotted(field)}", why, "Leave the condition out.")
    keyword = len(field) == 1 and field[0].lower() in _KEYWORDS
    plain = all(map(_PLAIN_NAME.fullmatch, field)) and not keyword
    return dotted(field) if plain else f"`{dotted(field)}`"
