"""The calls of a use: one for each thing that it is made for, as far as recorded answers name these. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanner.aws.operations import OPERATIONS
from scanner.facts.uses import Look, Thing, Use
from scanner.model import CallKey


@dataclass(frozen=True, slots=True)
class Target:
    """One call to make: a Region and the boto3 keyword arguments."""

    region: str
    arguments: Mapping[str, Any]


def targets(use: Use, look: Look) -> tuple[Target, ...]:
    """Every call of a use that the answers recorded so far ask for, each once, in a fixed order."""
    declared = OPERATIONS[use.operation].arguments
    found: dict[CallKey, Target] = {}
    for thing in look.each(use.per):
        target = Target(thing.region, {**_filled(declared, thing, look.account), **thing.besides})
        found.setdefault(CallKey(look.account, target.region, use.operation, target.arguments), target)
    return tuple(found[key] for key in sorted(found))


def _filled(declared: Mapping[str, Any], thing: Thing, account: str) -> dict[str, Any]:
    """The declared arguments with the facts of the thing, or the account, in place of ``$name`` and ``$name?``."""
    facts = {**thing.facts, "account": account}
    filled: dict[str, Any] = {}
    for name, value in declared.items():
        asked = value[1:] if isinstance(value, str) and value.startswith("$") else ""
        if not asked:
            filled[name] = value
        elif not asked.endswith("?") or asked[:-1] in facts:
            filled[name] = facts[asked.removesuffix("?")]
    return filled
