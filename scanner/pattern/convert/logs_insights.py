"""A filter pattern as a query of CloudWatch Logs Insights.

Source: CloudWatch Logs User Guide, "CloudWatch Logs Insights language query syntax", "filter" and "Supported logs and
discovered fields": fields of JSON are discovered, an absent one is not present, and a text is compared exactly.
"""

import re
from collections.abc import Iterable
from typing import assert_never

from scanner.pattern.convert.conditions import Condition, Field, Missing, NumberIs, Source, TextIs, WordIs, dotted

_PLAIN_NAME = re.compile(r"[A-Za-z_@][A-Za-z0-9_@]*")
_ESCAPED = re.compile(r"([^A-Za-z0-9 ])")

NOTE = "each field named here is among those that Logs Insights discovers in an event: the first 1,000"


def logs_insights(source: Source) -> tuple[str, tuple[str, ...]]:
    """The query and what it takes for granted. Raises PatternError where Logs Insights cannot say the same."""
    alternatives = source.alternatives()
    head = "fields @timestamp, eventName, eventSource, userIdentity.arn, sourceIPAddress, errorCode"
    lines = [head, "| sort @timestamp desc"]
    if () not in alternatives:
        parts = list(dict.fromkeys(_all(source, conditions) for conditions in alternatives))
        lines.insert(1, f"| filter {parts[0] if len(parts) == 1 else ' or '.join(f'({part})' for part in parts)}")
    return "\n".join(lines), (NOTE,)


def _all(source: Source, conditions: Iterable[Condition]) -> str:
    return " and ".join(_written(source, condition) for condition in conditions)


def _written(source: Source, condition: Condition) -> str:
    name = _name(condition.field)
    match condition:
        case Missing():
            return f"not ispresent({name})"
        case NumberIs(operator=operator, number=number):
            return f"{name} {operator} {number}"
        case WordIs(field=field):
            why = "the fields it discovers hold texts and numbers"
            raise source.refusal(f"that {dotted(field)} is true, false or null", why, "Leave the condition out.")
        case TextIs(negated=True):
            return f"ispresent({name}) and {_text(name, condition)}"
        case TextIs():
            return _text(name, condition)
        case _:
            assert_never(condition)


def _text(name: str, condition: TextIs) -> str:
    if condition.whole:
        quoted = condition.text.replace("\\", "\\\\").replace('"', '\\"')
        return f'{name} {"!=" if condition.negated else "="} "{quoted}"'
    start = "" if condition.open_start else "^"
    end = "" if condition.open_end else "$"
    expression = _ESCAPED.sub(r"\\\1", condition.text)
    return f"{name} {'not like' if condition.negated else 'like'} /{start}{expression}{end}/"


def _name(field: Field) -> str:
    """A field's name, in backticks where it has other characters than letters, digits and underscores."""
    return dotted(field) if all(map(_PLAIN_NAME.fullmatch, field)) else f"`{dotted(field)}`"
