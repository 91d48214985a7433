"""Denying any call in any of three accounts never yields a pass that was not one before."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.assessment.evaluate import evaluate
from scanner.checks.route import Proofs
from scanner.demo.organization import ACROSS, FORWARDED
from scanner.model import Finding, GapKind, Outcome, RouteCheck, Rule
from scanner.runs.selection import select
from scanner.snapshot.answers import Call, CallError, Snapshot
from scanner.snapshot.folder import read_snapshot
from tests.asked import Kept, rules_that_asked, told_otherwise

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("endpoint")]

DENIED = CallError(GapKind.DENIED, "AccessDeniedException", "no")
ROUTES = {ACROSS, FORWARDED}
"""The routes that cross accounts, one of them broken in two; ``test_denied`` goes through the others."""


@pytest.fixture(scope="module")
def rules() -> tuple[Rule, ...]:
    chosen = select((), (), (), ()).rules
    return tuple(rule for rule in chosen if rule.id in ROUTES or not isinstance(rule.check, RouteCheck))


def denied(whole: Snapshot) -> Iterator[tuple[Call, Snapshot]]:
    """Each call, and the snapshot in which it was denied."""
    for call in whole.calls:
        yield call, told_otherwise(whole, call.key, replace(call, file="", sha256="", bytes=0, error=DENIED))


def passes(findings: Iterator[Finding]) -> set[tuple[str, str, str, str]]:
    return {(each.rule, each.account, each.region, each.resource) for each in findings if each.outcome is Outcome.PASS}


def test_denying_any_call_in_any_account(organization_folder: Path, rules: tuple[Rule, ...]) -> None:
    whole, proofs = Kept(read_snapshot(organization_folder)), Proofs()
    asking = rules_that_asked(rules, whole, proofs)
    before = passes(evaluate(rules, whole, proofs=proofs))
    lost = set()
    for call, crippled in denied(whole):
        concerned = asking[call.key]
        after = passes(evaluate(concerned, crippled, proofs=proofs))
        gained = after - before
        assert not gained, f"denying {call.key} made {gained} pass"
        names = {rule.id for rule in concerned}
        lost |= {one for one in before if one[0] in names and one not in after}
    assert len(whole.accounts) == 3
    assert lost == before, f"nothing that was denied mattered to {before - lost}"
