"""Denying any call of any operation never yields a pass that was not one before."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from scanner.assessment.evaluate import evaluate
from scanner.aws.operations import OPERATIONS
from scanner.checks.needs import uses_for
from scanner.checks.route import Proofs
from scanner.content.rules import load_rules
from scanner.model import GapKind, Outcome, RouteCheck, Rule
from scanner.snapshot.answers import CallError, Snapshot

DENIED = CallError(GapKind.DENIED, "AccessDeniedException", "no")
ROUTE = "route.cloudtrail-config-changes"
UNHEARD = frozenset({"ec2.DescribeRegions", "sts.GetCallerIdentity"})
"""What the scope of a collection rests on, and no verdict."""


def operations(rule: Rule) -> set[str]:
    """The operations that the facts of a rule rest on."""
    return {use.operation for use in uses_for((rule,))}


def test_denying_any_call_of_any_operation(every_rule: tuple[Rule, ...], gather: Callable[..., Snapshot]) -> None:
    rules = [rule for rule in load_rules() if rule.id == ROUTE or not isinstance(rule.check, RouteCheck)]
    rules += [rule for rule in every_rule if isinstance(rule.check, RouteCheck)]
    asking = {rule.id: operations(rule) for rule in rules}
    whole, proofs = gather(*every_rule, *load_rules(), regions=("us-east-1",)), Proofs()

    def passes(snapshot: Snapshot, concerned: Any) -> set[tuple[str, str, str]]:
        found = evaluate(concerned, snapshot, proofs=proofs)
        return {(each.rule, each.region, each.resource) for each in found if each.outcome is Outcome.PASS}

    before = passes(whole, rules)
    assert len(before) > 10
    for call in whole.calls:
        refused = replace(call, file="", sha256="", bytes=0, error=DENIED)
        calls = tuple(refused if each is call else each for each in whole.calls)
        concerned = [rule for rule in rules if call.operation in asking[rule.id]]
        gained = passes(Snapshot(whole.run, calls, whole._read), concerned) - before
        assert not gained, f"denying {call.key} made {gained} pass"
    assert {call.operation for call in whole.calls} | UNHEARD == set(OPERATIONS)
