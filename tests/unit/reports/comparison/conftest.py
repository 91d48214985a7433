"""A comparison in which everything differs that can."""

from dataclasses import replace

import pytest

from reports.comparison.comparing import Comparison, compare
from reports.comparison.sides import Side
from scanner.model import Assessment, Outcome
from scanner.model.run import Collected

PASS, FAIL, UNKNOWN, ABSENT = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE


@pytest.fixture
def changed(assessment: Assessment) -> Comparison:
    """The sample assessment, and the same with everything changed that can change."""
    settings = tuple(replace(item, value=1) for item in assessment.run.settings)
    run = replace(assessment.run, settings=settings, frameworks=(), collected=Collected("2020-01-01T00:00:00Z"))
    controls = tuple(replace(item, outcome=Outcome.UNKNOWN, rules=()) for item in assessment.controls)
    turned = {PASS: FAIL, FAIL: PASS, ABSENT: UNKNOWN, UNKNOWN: PASS}
    findings = tuple(replace(item, outcome=turned[item.outcome]) for item in assessment.findings[1:])
    new = replace(assessment, run=run, controls=controls, findings=findings)
    digests = {rule.id: "a" * 64 for rule in assessment.rules}
    return compare(Side(assessment, digests), Side(new, dict.fromkeys(digests, "b" * 64)))
