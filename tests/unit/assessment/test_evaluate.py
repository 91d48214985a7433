"""A place that is not known never ends an assessment: whatever a judge did not expect is unknown."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from scanner.assessment.evaluate import evaluate
from scanner.checks import CHECKS
from scanner.content.rules import load_rules
from scanner.model import CallKey, Finding, Outcome, ResourceCheck
from scanner.snapshot.answers import SCHEMA, Snapshot
from scanner.snapshot.partly import NotKnownError, UnknownPlace

ACCOUNT = "111122223333"
KEY = CallKey(ACCOUNT, "us-east-1", "cloudtrail.DescribeTrails")


def test_a_place_nobody_expected_to_be_unknown_makes_the_rule_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    gap = UnknownPlace("/pages/0/trailList/0/Name", "a plan").gap(KEY)

    def judge(*_: object) -> Iterator[Finding]:
        raise NotKnownError(gap)
        yield

    kind = replace(CHECKS[ResourceCheck], judge_of=lambda _snapshot, _beside, _proofs: judge)
    monkeypatch.setitem(CHECKS, ResourceCheck, kind)
    scope = {"accounts": {ACCOUNT: {"regions": ["us-east-1"]}}}
    run = {"schema": SCHEMA, "started": "2026-11-20T07:00:00Z", "scope": scope}
    (rule,) = (rule for rule in load_rules() if rule.id == "trail.kms-encrypted")
    (finding,) = evaluate([rule], Snapshot(run, (), lambda _: b""))
    assert (finding.outcome, finding.resource, finding.sources) == (Outcome.UNKNOWN, ACCOUNT, (gap.source,))
    assert finding.reason == f"Account {ACCOUNT} could not be judged: {gap.reason}."
