"""From rules to the calls they need, in the order in which their answers name each other. Pure."""

from collections.abc import Iterable, Sequence
from typing import assert_never

from scanner.aws.operations import SESSION
from scanner.collect.needs import ORGANIZATION_SCOPE, RESOURCE_CALLS, ROUTE_FIELDS, ROUTE_USES, Use, use_of
from scanner.errors import ContentError
from scanner.model import Check, LogEventsCheck, ResourceCheck, RouteCheck, Rule


def uses_for(rules: Iterable[Rule]) -> tuple[Use, ...]:
    """Everything that judging the rules needs, the two calls of every collection included, by name.

    ContentError when a rule judges a resource type that the collector table does not know.
    """
    names = set(SESSION)
    for rule in rules:
        names |= _needed(rule)
    return tuple(use_of(name) for name in sorted(_closed(names)))


def stages(uses: Sequence[Use]) -> tuple[tuple[Use, ...], ...]:
    """The uses after the session's own, in stages: each stage only reads answers of the ones before."""
    waiting = [use for use in uses if use.name not in SESSION]
    made: set[str] = set(SESSION)
    ordered: list[tuple[Use, ...]] = []
    while waiting:
        ready = tuple(use for use in waiting if made.issuperset(use.needs))
        if not ready:
            raise AssertionError(f"the table's calls wait for each other: {[use.name for use in waiting]}")
        ordered.append(ready)
        made.update(use.name for use in ready)
        waiting = [use for use in waiting if use.name not in made]
    return tuple(ordered)


def _needed(rule: Rule) -> set[str]:
    names: set[str] = set(ROUTE_USES) if isinstance(rule.check, RouteCheck) else set()
    for resource, fields in _resources(rule.check).items():
        if resource not in RESOURCE_CALLS:
            raise ContentError(
                [f"{rule.path}: no API calls are known for the resource type {resource!r} of rule {rule.id}."],
                f"The resource types are {', '.join(sorted(RESOURCE_CALLS))}.",
            )
        names |= RESOURCE_CALLS[resource].uses(fields)
    return names


def _resources(check: Check) -> dict[str, frozenset[str]]:
    match check:
        case ResourceCheck():
            return {check.resource: check.fields}
        case LogEventsCheck():
            return {}
        case RouteCheck():
            organization = ("organizations.organization",) if check.scope == ORGANIZATION_SCOPE else ()
            return {**ROUTE_FIELDS, **dict.fromkeys(organization, frozenset())}
        case _:
            assert_never(check)


def _closed(names: set[str]) -> set[str]:
    closed = set(names)
    pending = list(names)
    while pending:
        for needed in use_of(pending.pop()).needs:
            if needed not in closed:
                closed.add(needed)
                pending.append(needed)
    return closed
