"""Denying any single API call never yields a pass that was not one before, and never exit code 0."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.assess import assess
from scanner.cli.outputs import verdict
from scanner.cli.selection import select
from scanner.collect import CollectOptions, collect
from scanner.collect.demo_account import REGIONS
from scanner.collect.folder import read_snapshot
from scanner.evaluate import evaluate
from scanner.model import Finding, Gate, Outcome, Rule, Severity
from scanner.snapshot import Call, CallError, Snapshot

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("endpoint")]

Pass = tuple[str, str, str, str]


@pytest.fixture(scope="module")
def rules() -> tuple[Rule, ...]:
    """Every rule a plain scan judges."""
    return select((), (), (), ()).rules


@pytest.fixture(scope="module")
def folder(demo_endpoint: str, rules: tuple[Rule, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("denied") / "snapshot"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", demo_endpoint)
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        options = CollectOptions(profile=None, role_arn=None, external_id=None, regions=REGIONS)
        collect(options, rules, target, lambda _phase, _done, _total: None)
    return target


def refuse(folder: Path, key: str) -> Snapshot:
    """The same snapshot with one call denied."""
    snapshot = read_snapshot(folder)

    def cripple(call: Call) -> Call:
        if call.key != key:
            return call
        return replace(call, file="", sha256="", bytes=0, error=CallError("denied", "AccessDeniedException", "no"))

    return Snapshot(snapshot.run, tuple(map(cripple, snapshot.calls)), lambda file: (folder / file).read_bytes())


def passes(findings: Sequence[Finding]) -> set[Pass]:
    return {
        (finding.rule, finding.account, finding.region, finding.resource)
        for finding in findings
        if finding.outcome is Outcome.PASS
    }


def test_denying_any_call(folder: Path, rules: tuple[Rule, ...]) -> None:
    whole = read_snapshot(folder)
    before = tuple(evaluate(rules, whole))
    good = passes(before)
    sound = tuple(
        rule for rule in rules if all(item.outcome is Outcome.PASS for item in before if item.rule == rule.id)
    )
    assert len(whole.calls) > 40
    assert len(sound) > 10
    for call in whole.calls:
        crippled = refuse(folder, call.key)
        findings = tuple(evaluate(rules, crippled))
        gained = passes(findings) - good
        assert not gained, f"denying {call.key} made {gained} pass"
        kept = tuple(item for item in findings if item.rule in {rule.id for rule in sound})
        assessment = assess(crippled, sound, (), kept)
        assert verdict(assessment, Gate(Severity.LOW)) in {1, 3}, f"denying {call.key} goes unnoticed"


def test_a_call_that_was_never_made_is_never_a_pass(folder: Path, rules: tuple[Rule, ...]) -> None:
    whole = read_snapshot(folder)
    good = passes(tuple(evaluate(rules, whole)))
    one_each = {call.operation: call for call in whole.calls}
    for call in one_each.values():
        rest = tuple(other for other in whole.calls if other.key != call.key)
        without = Snapshot(whole.run, rest, lambda file: (folder / file).read_bytes())
        gained = passes(tuple(evaluate(rules, without))) - good
        assert not gained, f"leaving {call.key} out made {gained} pass"
