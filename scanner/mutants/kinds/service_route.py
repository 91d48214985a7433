"""Changes of ``check: service-route``."""

import json
from collections.abc import Iterator
from dataclasses import replace

from scanner.model import JsonValue, ServiceRouteCheck
from scanner.model.json_values import as_object
from scanner.mutants.mutant import Mutant

_SHIFTED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


def mutants(check: ServiceRouteCheck) -> Iterator[Mutant]:
    """The events: each member of their pattern dropped, each value of a list, each bound shifted by one step."""
    for what, changed in _changes(json.loads(check.events), ""):
        if as_object(changed):
            yield Mutant(f"events: {what}", replace(check, events=json.dumps(changed)))


def _changes(value: JsonValue, path: str) -> Iterator[tuple[str, JsonValue]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            place = f"{path}.{name}" if path else name
            yield f"without {place}", {key: other for key, other in value.items() if key != name}
            for what, changed in _changes(inner, place):
                yield what, {**value, name: changed}
    elif isinstance(value, list):
        yield from _list_changes(value, path)


def _list_changes(value: list[JsonValue], path: str) -> Iterator[tuple[str, JsonValue]]:
    for number, inner in enumerate(value):
        if isinstance(inner, str) and inner in _SHIFTED:
            yield f"{_SHIFTED[inner]} in {path}", [*value[:number], _SHIFTED[inner], *value[number + 1 :]]
            continue
        if len(value) > 1 and not path.endswith(".numeric"):
            yield f"without {json.dumps(inner)} in {path}", [*value[:number], *value[number + 1 :]]
        for what, changed in _changes(inner, path):
            yield what, [*value[:number], changed, *value[number + 1 :]]
