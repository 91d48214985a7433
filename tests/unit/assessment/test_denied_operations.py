"""Denying any call of any operation never yields a pass that was not one before."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from scanner.assessment.evaluate import evaluate
from scanner.aws.operations import OPERATIONS
from scanner.checks.route import Proofs
from scanner.content.rules import load_rules
from scanner.model import GapKind, Outcome, RouteCheck, Rule
from scanner.snapshot.answers import CallError, Snapshot
from tests.asked import Kept, rules_that_asked, told_otherwise

DENIED = CallError(GapKind.DENIED, "AccessDeniedException", "no")
ROUTE = "route.cloudtrail-config-changes"
UNHEARD = frozenset({"ec2.DescribeRegions", "sts.GetCallerIdentity"})
"""What the scope of a collection rests on, and no verdict."""


def test_denying_any_call_of_any_operation(every_rule: tuple[Rule, ...], gather: Callable[..., Snapshot]) -> None:
    rules = [rule for rule in load_rules() if rule.id == ROUTE or not isinstance(rule.check, RouteCheck)]
    rules += [rule for rule in every_rule if isinstance(rule.check, RouteCheck)]
    whole, proofs = Kept(gather(*every_rule, *load_rules(), regions=("us-east-1",))), Proofs()
    asking = rules_that_asked(rules, whole, proofs)

    def passes(snapshot: Snapshot, concerned: Any) -> set[tuple[str, str, str]]:
        found = evaluate(concerned, snapshot, proofs=proofs)
        return {(each.rule, each.region, each.resource) for each in found if each.outcome is Outcome.PASS}

    before = passes(whole, rules)
    assert len(before) > 10
    for call in whole.calls:
        refused = replace(call, file="", sha256="", bytes=0, error=DENIED)
        gained = passes(told_otherwise(whole, call.key, refused), asking[call.key]) - before
        assert not gained, f"denying {call.key} made {gained} pass"
    assert {call.operation for call in whole.calls} | UNHEARD == set(OPERATIONS)
