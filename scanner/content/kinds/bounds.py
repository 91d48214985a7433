"""Bounds of checks: a number, or a parameter as ``$name``."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scanner.content.draft import Draft
from scanner.model import JsonValue
from scanner.wording import did_you_mean, shown


def named_in(bounds: Iterable[JsonValue]) -> frozenset[str]:
    """The parameters that bounds name."""
    return frozenset(bound[1:] for bound in bounds if isinstance(bound, str) and bound.startswith("$"))


def bound_mistakes(draft: Draft, bounds: Mapping[str, Any], key: str) -> Iterator[str]:
    """Bounds under ``key`` that name no integer parameter, or one that may be 0."""
    integers = {parameter.name: parameter for parameter in draft.parameters or () if parameter.type == "integer"}
    for name, bound in bounds.items():
        for parameter in named_in((bound,)):
            if parameter not in integers:
                sentence = f"names no integer parameter: {shown(bound)}.{did_you_mean(parameter, integers)}"
                yield draft.mistake((key, name), f"{key}.{name} {sentence}")
            elif (integers[parameter].minimum or 0) < 1:
                sentence = f"{key}.{name}: the parameter {parameter} needs a minimum of 1 or more"
                yield draft.mistake((key, name), sentence)
