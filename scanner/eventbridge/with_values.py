"""Parameters in an event pattern: a text ``$name`` takes the place of a value, and a rule's parameter fills it in."""

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.model import JsonValue


def with_values(document: Any, values: Mapping[str, JsonValue]) -> Any:
    """The document with every ``$name`` of which a value is known replaced by it."""
    match document:
        case str() if document.startswith("$") and document[1:] in values:
            return values[document[1:]]
        case list():
            return [with_values(item, values) for item in document]
        case dict():
            return {name: with_values(item, values) for name, item in document.items()}
        case _:
            return document


def without_parameters(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without the fields of which a parameter decides: every event that it can match, this one can."""
    left: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, Mapping):
            inner = without_parameters(value)
            left |= {name: inner} if inner else {}
        elif not list(names_in(value)):
            left[name] = value
    return left


def names_in(document: Any) -> Iterator[str]:
    """The names of the parameters in a document."""
    match document:
        case str() if document.startswith("$") and document != "$or":
            yield document[1:]
        case list():
            for item in document:
                yield from names_in(item)
        case dict():
            for item in document.values():
                yield from names_in(item)
        case _:
            pass
