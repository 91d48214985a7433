"""Changes of the parameters of a rule, whatever is checked: each of them ignored, each with another default."""

import json
from collections.abc import Iterator
from dataclasses import replace

from scanner.model import JsonValue, Parameter, RouteCheck, Rule
from scanner.mutants.kinds.bounds import nearby
from scanner.mutants.kinds.route import decides_in_cases
from scanner.mutants.mutant import Mutant


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Each parameter ignored, and each default another one."""
    for parameter in rule.parameters:
        yield Mutant(f"parameters: {parameter.name} ignored", rule.check, ignored=parameter.name)
        for what, default in _other_defaults(rule, parameter):
            changed = replace(parameter, default=default)
            yield Mutant(f"parameters: {parameter.name} {what} by default", rule.check, default=changed)


def _other_defaults(rule: Rule, parameter: Parameter) -> Iterator[tuple[str, JsonValue]]:
    """A truth turned round, a number one less and one more where it may be, a list without each of its members."""
    default = parameter.default
    if isinstance(default, bool):
        yield f"is {json.dumps(not default)}", not default
    elif isinstance(default, int):
        yield from ((f"is {number}", number) for number in nearby(default) if _within_bounds(parameter, number))
    elif isinstance(default, list):
        for number, member in enumerate(default):
            if _matters(rule, parameter, member):
                yield f"has no {json.dumps(member)}", [*default[:number], *default[number + 1 :]]


def _within_bounds(parameter: Parameter, number: int) -> bool:
    lowest = number if parameter.minimum is None else parameter.minimum
    highest = number if parameter.maximum is None else parameter.maximum
    return lowest <= number <= highest


def _matters(rule: Rule, parameter: Parameter, member: JsonValue) -> bool:
    """Whether a case can tell that a member of a list is there."""
    return not isinstance(rule.check, RouteCheck) or parameter.name != "accept" or decides_in_cases(member)
