"""Which calls to AWS the facts rest on that judging needs, by kind of check."""

from collections.abc import Iterable
from typing import assert_never

from scanner.checks.route.needs import ROUTE_USES
from scanner.errors import ContentError
from scanner.facts.uses import Use, with_what_names_them
from scanner.model import LogEventsCheck, ResourceCheck, RouteCheck, Rule
from scanner.resources import RESOURCES


def uses_for(rules: Iterable[Rule]) -> frozenset[Use]:
    """Everything that judging the rules asks of AWS, with what names the things that is asked about.

    Raises ContentError when a rule judges a resource type that does not exist.
    """
    found: set[Use] = set()
    for rule in rules:
        found |= _needed(rule)
    return with_what_names_them(found)


def _needed(rule: Rule) -> frozenset[Use]:
    match rule.check:
        case ResourceCheck(resource=resource, fields=fields):
            if resource not in RESOURCES:
                raise ContentError(
                    [f"{rule.path}: no API calls are known for the resource type {resource!r} of rule {rule.id}."],
                    f"The resource types are {', '.join(sorted(RESOURCES))}.",
                )
            return RESOURCES[resource].uses(fields)
        case RouteCheck():
            return ROUTE_USES
        case LogEventsCheck():
            return frozenset()
        case _:
            assert_never(rule.check)
