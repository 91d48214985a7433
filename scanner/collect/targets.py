"""The calls of a use: one for each thing that it is made for, as far as recorded answers name these. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanner.aws.operations import OPERATIONS
from scanner.facts.uses import Thing, Use
from scanner.model import CallKey
from scanner.snapshot.answers import Snapshot


@dataclass(frozen=True, slots=True)
class Target:
    """One call to make: a Region and the boto3 keyword arguments."""

    region: str
    arguments: Mapping[str, Any]


def targets(use: Use, snapshot: Snapshot, account: str) -> tuple[Target, ...]:
    """Every call of a use that the answers recorded so far ask for, each once, in a fixed order."""
    declared = OPERATIONS[use.operation].arguments
    found: dict[CallKey, Target] = {}
    for thing in use.per.found(snapshot, account):
        target = Target(thing.region, {**_filled(declared, thing, account), **thing.besides})
        found.setdefault(CallKey(account, target.region, use.operation, target.arguments), target)
    return tuple(found[key] for key in sorted(found))


def _filled(declared: Mapping[str, Any], thing: Thing, account: str) -> dict[str, Any]:
    """The declared arguments with the facts of the thing, or the account, in place of ``$name``."""
    facts = {**thing.facts, "account": account}
    filled = dict(declared)
    for name, value in declared.items():
        if isinstance(value, str) and value.startswith("$"):
            filled[name] = facts[value[1:]]
    return filled
