"""Which field of a record decides that a pattern does not match it."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanner.eventbridge.matching import matches_event
from scanner.eventbridge.nodes import EventPattern, Fields
from scanner.pattern import And, Compare, Expr, JsonPattern, Or, Pattern, Text, print_expression, print_selector
from scanner.pattern.language.nodes import ANY, Atom
from scanner.pattern.matching.match import expression_test
from scanner.pattern.matching.values import MISSING, find_in_json

_LONGEST = 120


@dataclass(frozen=True, slots=True, order=True)
class Miss:
    """How far a pattern is from matching: how many conditions fail, fewer of which hold (negative), and a clause."""

    failing: float
    holding: int
    why: str


def miss(pattern: Pattern | None, record: Mapping[str, Any]) -> Miss:
    """Why a filter pattern does not match a record."""
    if not isinstance(pattern, JsonPattern):
        return Miss(math.inf, 0, "its pattern does not match the text of the record")
    failing, holding = _failing(pattern.expr, record)
    return Miss(len(failing), -holding, "; ".join(dict.fromkeys(_told(part, record) for part in failing[:2])))


def _failing(expr: Expr, record: Mapping[str, Any]) -> tuple[list[Expr], int]:
    """The parts that would have to hold and do not, as few as possible, and how many conditions hold beside them."""
    if isinstance(expr, And):
        failing: list[Expr] = []
        holding = 0
        for part in expr.parts:
            more, held = _failing(part, record)
            failing += more
            holding += held
        return failing, holding
    if isinstance(expr, Or):
        tried = [_failing(part, record) for part in expr.parts]
        least, held = min(tried, key=lambda each: (len(each[0]), -each[1]))
        if not least:
            return [], 1
        # Where one condition would do in several ways, all of them say what is asked for.
        return ([expr], 0) if len(least) == 1 and not held else (least, held)
    return ([], 1) if expression_test(expr)(dict(record)) else ([expr], 0)


def _told(expr: Expr, record: Mapping[str, Any]) -> str:
    fields = dict.fromkeys(_atoms(expr))
    values = [f"{print_selector(atom.selector)} {_value(atom, record)}" for atom in fields]
    asked = print_expression(expr)
    shown = asked if len(asked) <= _LONGEST else f"{asked[:_LONGEST]}…"
    return f"{' and '.join(dict.fromkeys(values))}, and it asks for {shown}"


def _atoms(expr: Expr) -> list[Atom]:
    if isinstance(expr, And | Or):
        return [atom for part in expr.parts for atom in _atoms(part)]
    return [expr]


def _value(atom: Atom, record: Mapping[str, Any]) -> str:
    steps = atom.selector.steps
    return "does not fit" if ANY in steps else f"is {shown(find_in_json(steps)(dict(record)))}"


def compared_with(pattern: Pattern | None) -> frozenset[str]:
    """The texts that a filter pattern compares fields with: those of two patterns on the same events meet."""
    atoms = _atoms(pattern.expr) if isinstance(pattern, JsonPattern) else []
    values = (atom.value for atom in atoms if isinstance(atom, Compare))
    return frozenset(value.text for value in values if isinstance(value, Text))


def shown(value: Any) -> str:
    """A value of a record for a sentence."""
    if value is MISSING:
        return "missing"
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = str(value).lower() if isinstance(value, bool) or value is None else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def event_miss(pattern: EventPattern, event: Mapping[str, Any]) -> Miss:
    """Why an event pattern does not match an event."""
    tried = [_failing_fields(fields, event) for fields in pattern.alternatives]
    failing, holding = min(tried, key=lambda each: (len(each[0]), -each[1]), default=([], 0))
    told = [f"{path} is {_at(path, event)}, and it asks for {_asked(pattern, path)}" for path in failing[:2]]
    return Miss(len(failing), -holding, "; ".join(told))


def _asked(pattern: EventPattern, path: str) -> str:
    """What an event pattern asks of a field, as it is written there; "something else" where a $or says so."""
    asked: Any = json.loads(pattern.text)
    for step in path.split("."):
        asked = asked.get(step) if isinstance(asked, dict) else None
    if not isinstance(asked, list):
        return "something else"
    written = json.dumps(asked, ensure_ascii=False)
    return written if len(written) <= _LONGEST else f"{written[:_LONGEST]}…"


def _failing_fields(fields: Fields, event: Mapping[str, Any]) -> tuple[list[str], int]:
    failing = [path for path, tests in fields.items() if not matches_event(EventPattern("", ({path: tests},)), event)]
    return failing, len(fields) - len(failing)


def _at(path: str, event: Mapping[str, Any]) -> str:
    return shown(find_in_json(tuple(path.split(".")))(dict(event)))
