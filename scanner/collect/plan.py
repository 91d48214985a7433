"""From rules to the calls they need, in the order in which their answers name each other. Pure."""

from collections.abc import Iterable, Sequence

from scanner.collect.table import (
    OPERATIONS,
    ORGANIZATION_SCOPE,
    RESOURCE_CALLS,
    ROUTE_FIELDS,
    SESSION,
    Operation,
)
from scanner.errors import ContentError
from scanner.model import Check, ResourceCheck, Rule


def operations_for(rules: Iterable[Rule]) -> tuple[Operation, ...]:
    """Every operation that judging the rules needs, the two of every collection included, by name.

    ContentError when a rule judges a resource type that the collector table does not know.
    """
    names = set(SESSION)
    for rule in rules:
        names |= _needed(rule)
    return tuple(OPERATIONS[name] for name in sorted(_closed(names)))


def stages(operations: Sequence[Operation]) -> tuple[tuple[Operation, ...], ...]:
    """The operations after the session's own, in stages: each stage only reads answers of the ones before."""
    waiting = [operation for operation in operations if operation.name not in SESSION]
    made: set[str] = set(SESSION)
    ordered: list[tuple[Operation, ...]] = []
    while waiting:
        ready = tuple(operation for operation in waiting if made.issuperset(operation.needs))
        if not ready:
            raise AssertionError(f"the table's calls wait for each other: {[item.name for item in waiting]}")
        ordered.append(ready)
        made.update(operation.name for operation in ready)
        waiting = [operation for operation in waiting if operation.name not in made]
    return tuple(ordered)


def _needed(rule: Rule) -> set[str]:
    names: set[str] = set()
    for resource, fields in _resources(rule.check).items():
        if resource not in RESOURCE_CALLS:
            raise ContentError(
                [f"{rule.path}: no API calls are known for the resource type {resource!r} of rule {rule.id}."],
                f"The resource types are {', '.join(sorted(RESOURCE_CALLS))}.",
            )
        names |= RESOURCE_CALLS[resource].operations(fields)
    return names


def _resources(check: Check) -> dict[str, frozenset[str]]:
    if isinstance(check, ResourceCheck):
        return {check.resource: check.fields}
    resources = dict(ROUTE_FIELDS)
    if check.scope == ORGANIZATION_SCOPE:
        resources["organizations.organization"] = frozenset()
    return resources


def _closed(names: set[str]) -> set[str]:
    closed = set(names)
    pending = list(names)
    while pending:
        for needed in OPERATIONS[pending.pop()].needs:
            if needed not in closed:
                closed.add(needed)
                pending.append(needed)
    return closed
