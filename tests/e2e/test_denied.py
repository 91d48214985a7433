"""Denying any single API call never yields a pass that was not one before, and never exit code 0."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.assessment.configuration import assess
from scanner.assessment.evaluate import evaluate
from scanner.checks.route import Proofs
from scanner.cli import run
from scanner.cli.terminal.verdict import verdict
from scanner.collect import CollectOptions, collect
from scanner.collect.completeness import unneeded_calls, unrecorded_calls
from scanner.demo.account import REGIONS
from scanner.demo.clients import HOME
from scanner.model import CallKey, Finding, GapKind, Gate, Outcome, Rule, Severity
from scanner.runs.collecting import plan_for
from scanner.runs.selection import select
from scanner.snapshot.answers import Call, CallError, Reply, Snapshot
from scanner.snapshot.folder import SnapshotWriter, read_snapshot
from scanner.snapshot.partly import UnknownPlace, pointer_problem
from tests.asked import Kept, rules_that_asked, told_otherwise

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("endpoint")]

PROOFS = Proofs()

Pass = tuple[str, str, str, str]

FOR_NOTHING = {
    "config.DescribeDeliveryChannelStatus",
    "lambda.GetPolicy",
    "organizations.ListDelegatedAdministrators",
    "sts.GetCallerIdentity",
}
"""Calls on which no verdict may rest: whose account it is, and what does not matter in a Region without a delivery
channel, of a function that does not exist, or beside an analyzer of the account itself."""


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
        collect(options, plan_for(rules), target, lambda _phase, _done, _total: None)
    return target


@pytest.fixture(scope="module")
def whole(folder: Path) -> Snapshot:
    return Kept(read_snapshot(folder))


@pytest.fixture(scope="module")
def asking(whole: Snapshot, rules: tuple[Rule, ...]) -> Mapping[CallKey, tuple[Rule, ...]]:
    """The rules whose verdicts can depend on a call."""
    return rules_that_asked(rules, whole, PROOFS)


def refuse(whole: Snapshot, call: Call) -> Snapshot:
    """The same snapshot with one call denied."""
    error = CallError(GapKind.DENIED, "AccessDeniedException", "no")
    return told_otherwise(whole, call.key, replace(call, file="", sha256="", bytes=0, error=error))


def said(findings: Sequence[Finding], outcome: Outcome) -> set[Pass]:
    return {
        (finding.rule, finding.account, finding.region, finding.resource)
        for finding in findings
        if finding.outcome is outcome
    }


def passes(findings: Sequence[Finding]) -> set[Pass]:
    return said(findings, Outcome.PASS)


def spread(whole: Snapshot) -> list[Call]:
    """Every call of the Region where the demo lies, and of the others, which are alike, one of each operation."""
    elsewhere = {call.operation: call for call in whole.calls if call.region != HOME}
    return [call for call in whole.calls if call.region == HOME or elsewhere[call.operation] is call]


def test_denying_any_call(whole: Snapshot, rules: tuple[Rule, ...], asking: Mapping[CallKey, tuple[Rule, ...]]) -> None:
    before = tuple(evaluate(rules, whole, proofs=PROOFS))
    good = passes(before)
    failing = {item.rule for item in before if item.outcome is not Outcome.PASS}
    sound = tuple(rule for rule in rules if rule.id not in failing)
    sound_ids = {rule.id for rule in sound}
    assert len(whole.calls) > 40
    assert len(sound) > 10
    assert {call.operation for call, concerned in asking.items() if not concerned} <= FOR_NOTHING
    for call in spread(whole):
        crippled = refuse(whole, call)
        findings = tuple(evaluate(asking[call.key], crippled, proofs=PROOFS))
        gained = passes(findings) - good
        assert not gained, f"denying {call.key} made {gained} pass"
        again = {rule.id for rule in asking[call.key]}
        same = tuple(item for item in before if item.rule not in again)
        kept = tuple(item for item in (*same, *findings) if item.rule in sound_ids)
        assessment = assess(crippled, sound, (), kept)
        assert verdict(assessment, Gate(Severity.LOW)) in {1, 3}, f"denying {call.key} goes unnoticed"


def test_a_call_that_was_never_made_is_never_a_pass(
    whole: Snapshot, rules: tuple[Rule, ...], asking: Mapping[CallKey, tuple[Rule, ...]]
) -> None:
    good = passes(tuple(evaluate(rules, whole, proofs=PROOFS)))
    one_each = {call.operation: call for call in whole.calls}
    for call in one_each.values():
        without = told_otherwise(whole, call.key, None)
        gained = passes(tuple(evaluate(asking[call.key], without, proofs=PROOFS))) - good
        assert not gained, f"leaving {call.key} out made {gained} pass"


PLANNED = {
    "cloudwatch.DescribeAlarms": "/pages/0/MetricAlarms/0/AlarmActions",
    "sns.GetTopicAttributes": "/pages/0/Attributes/KmsMasterKeyId",
}
"""What a plan most often cannot tell of an account: names of what is not made yet."""


@pytest.mark.parametrize("operation", PLANNED)
def test_what_a_plan_cannot_tell_of_the_demo(folder: Path, rules: tuple[Rule, ...], operation: str) -> None:
    whole = read_snapshot(folder)
    (account,) = whole.accounts
    place = UnknownPlace(PLANNED[operation], "a plan")
    marked = next(
        call
        for call in whole.made(account, operation)
        if call.file and not pointer_problem(place.pointer, whole.answer(call.key).pages)
    )
    calls = tuple(replace(call, unknown=(place,)) if call is marked else call for call in whole.calls)
    told = Snapshot(whole.run, calls, lambda file: (folder / file).read_bytes())
    asked = tuple(rule for rule in rules if rule.id.startswith(("alarm.", "sns.", "route.cloudtrail")))
    before, after = tuple(evaluate(asked, whole)), tuple(evaluate(asked, told))
    assert passes(after) < passes(before), "nothing that rested on the place is unknown now"
    assert not said(after, Outcome.FAIL) - said(before, Outcome.FAIL)


def without_call(folder: Path, target: Path, key: CallKey | None) -> None:
    """A copy of a snapshot from which one call and its answer were taken out."""
    whole = read_snapshot(folder)
    with SnapshotWriter(target) as writer:
        for call in whole.calls:
            if call.key != key:
                answer = whole.answer(call.key)
                writer.record(
                    call.key,
                    Reply(
                        date=call.date,
                        request_ids=call.request_ids,
                        pages=answer.pages,
                        items=call.items,
                        error=call.error,
                    ),
                    call.started,
                )
        writer.finish(dict(whole.run))


def test_every_call_of_a_collection_must_be_recorded(whole: Snapshot, rules: tuple[Rule, ...]) -> None:
    uses = plan_for(rules).uses
    assert unrecorded_calls(whole, uses) == ()
    assert unneeded_calls(whole, uses) == ()
    leaves = 0
    for call in whole.calls:
        without = told_otherwise(whole, call.key, None)
        missing = unrecorded_calls(without, uses)
        assert call.key in missing, f"{call.key} can be left out"
        leaves += missing == (call.key,)
    assert leaves > len(whole.calls) / 2


def test_a_bundle_without_a_refused_call_does_not_verify(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a forger seals who takes a gap out of the evidence and judges the rest again."""
    rule = ["--rule", "sns.encrypted"]
    call = read_snapshot(folder).made(next(iter(read_snapshot(folder).accounts)), "sns.GetTopicAttributes")[0]
    run(["scan", "--snapshot", str(folder), *rule, "-q", "--bundle", str(tmp_path / "whole")])
    assert run(["verify", str(tmp_path / "whole")]) == 0
    without_call(folder, tmp_path / "forged", call.key)
    run(["scan", "--snapshot", str(tmp_path / "forged"), *rule, "-q", "--bundle", str(tmp_path / "bag")])
    capsys.readouterr()
    assert run(["verify", str(tmp_path / "bag")]) == 1
    told = capsys.readouterr().out
    assert f"the call {call.key} is not recorded, although this collection had to make it" in told
    assert ": verified:" not in told


def test_a_bundle_of_another_collection_says_so(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = read_snapshot(folder)
    rule = ["--rule", "sns.encrypted"]
    for change, note in (
        ({"rules": ["trail.kms-encrypted"]}, "note: the evidence was not collected for these rules"),
        ({"tool": {"name": "trailwitness", "version": "0.0.9"}}, "note: collected by Trailwitness 0.0.9"),
    ):
        target = tmp_path / f"snapshot-{len(note)}"
        without_call(folder, target, None)
        (target / "run.json").write_text(json.dumps({**whole.run, **change}), encoding="utf-8")
        run(["scan", "--snapshot", str(target), *rule, "-q", "--bundle", str(tmp_path / f"bag-{len(note)}")])
        capsys.readouterr()
        assert run(["verify", str(tmp_path / f"bag-{len(note)}")]) == 0
        assert note in capsys.readouterr().out
