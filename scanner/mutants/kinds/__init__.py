"""The changes of a rule; one module per kind of check, and one for parameters."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scanner.model import Check, LogEventsCheck, PeriodCheck, ResourceCheck, RouteCheck, Rule, ServiceRouteCheck
from scanner.mutants.kinds import log_events, parameters, period, resource, route, service_route
from scanner.mutants.mutant import Mutant, named_apart

MUTANTS: Mapping[type[Check], Callable[[Any], Iterator[Mutant]]] = {
    ResourceCheck: resource.mutants,
    RouteCheck: route.mutants,
    ServiceRouteCheck: service_route.mutants,
    LogEventsCheck: log_events.mutants,
    PeriodCheck: period.mutants,
}


def mutants_of(rule: Rule) -> Iterator[Mutant]:
    """Every change of a rule, each with a name of its own; at last those of its parameters."""
    yield from named_apart(_mutants(rule))


def _mutants(rule: Rule) -> Iterator[Mutant]:
    named = {parameter.name for parameter in rule.parameters}
    for mutant in MUTANTS[type(rule.check)](rule.check):
        # A parameter takes the place of the key of its name, so that only ignoring it changes anything.
        if mutant.key not in named:
            yield mutant
    yield from parameters.mutants(rule)
