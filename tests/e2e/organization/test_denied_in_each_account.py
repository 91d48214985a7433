"""Denying any call in any of three accounts never yields a pass that was not one before."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.assessment.evaluate import evaluate
from scanner.checks.needs import uses_for
from scanner.checks.route import Proofs
from scanner.demo.organization import ACROSS, FORWARDED
from scanner.model import Finding, GapKind, Outcome, RouteCheck, Rule
from scanner.runs.selection import select
from scanner.snapshot.answers import Call, CallError, Snapshot
from scanner.snapshot.folder import read_snapshot

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("endpoint")]

DENIED = CallError(GapKind.DENIED, "AccessDeniedException", "no")
ROUTES = {ACROSS, FORWARDED}
"""The routes that cross accounts, one of them broken in two; ``test_denied`` goes through the others."""


@pytest.fixture(scope="module")
def rules() -> tuple[Rule, ...]:
    chosen = select((), (), (), ()).rules
    return tuple(rule for rule in chosen if rule.id in ROUTES or not isinstance(rule.check, RouteCheck))


def by_operation(rules: tuple[Rule, ...]) -> dict[str, list[Rule]]:
    """The rules whose facts rest on an operation: no call of it matters to others."""
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        for operation in {use.operation for use in uses_for((rule,))}:
            found.setdefault(operation, []).append(rule)
    return found


def denied(whole: Snapshot, folder: Path) -> Iterator[tuple[Call, Snapshot]]:
    """Each call, and the snapshot in which it was denied."""
    for call in whole.calls:
        refused = replace(call, file="", sha256="", bytes=0, error=DENIED)
        calls = tuple(refused if each is call else each for each in whole.calls)
        yield call, Snapshot(whole.run, calls, lambda file: (folder / file).read_bytes())


def passes(findings: Iterator[Finding]) -> set[tuple[str, str, str, str]]:
    return {(each.rule, each.account, each.region, each.resource) for each in findings if each.outcome is Outcome.PASS}


def test_denying_any_call_in_any_account(organization_folder: Path, rules: tuple[Rule, ...]) -> None:
    whole, proofs, asking = read_snapshot(organization_folder), Proofs(), by_operation(rules)
    before = passes(evaluate(rules, whole, proofs=proofs))
    lost = set()
    for call, crippled in denied(whole, organization_folder):
        concerned = asking.get(call.operation, [])
        after = passes(evaluate(concerned, crippled, proofs=proofs))
        gained = after - before
        assert not gained, f"denying {call.key} made {gained} pass"
        names = {rule.id for rule in concerned}
        lost |= {one for one in before if one[0] in names and one not in after}
    assert len(whole.accounts) == 3
    assert lost == before, f"nothing that was denied mattered to {before - lost}"
