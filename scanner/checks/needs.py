"""Which calls to AWS the facts rest on that judging needs."""

from collections.abc import Iterable

from scanner.checks import CHECKS
from scanner.facts.uses import Use, with_what_names_them
from scanner.model import Check, Over, Rule


def uses_for(rules: Iterable[Rule]) -> frozenset[Use]:
    """Everything that judging the rules asks of AWS, with what names the things that is asked about.

    Raises ContentError when a rule judges a resource type that does not exist.
    """
    by_kind: dict[type[Check], list[Rule]] = {}
    for rule in rules:
        if rule.check.over is Over.FACTS:
            by_kind.setdefault(type(rule.check), []).append(rule)
    found: set[Use] = set()
    for kind, those in by_kind.items():
        found |= CHECKS[kind].uses(those)
    return with_what_names_them(found)
