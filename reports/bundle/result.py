"""The result of an assessment in one word, as an in-toto test result has it."""

from enum import StrEnum

from scanner.model import Assessment, Outcome


class Result(StrEnum):
    """What came out as a whole, in the words of in-toto's test-result predicate (v0.1).

    ``FAILED``: something fails that no waiver in force covers, or a waiver no longer counts. ``WARNED``: nothing of
    that, but something is unknown, could not be looked at or is waived, or nothing was judged. ``PASSED``: everything
    in scope was looked at and holds. Source: in-toto attestation, spec/predicates/test-result.md.
    """

    PASSED = "PASSED"
    WARNED = "WARNED"
    FAILED = "FAILED"


def result_of(assessment: Assessment) -> Result:
    """The result of an assessment. A severity plays no part in it, nor does a baseline: known failures are failures."""
    outcomes = {finding.outcome for finding in assessment.findings if not finding.waiver}
    if Outcome.FAIL in outcomes or assessment.exceptions.faults:
        return Result.FAILED
    # A Region that is not enabled is out of scope, and its gap names no operation.
    gaps = any(gap.operation for gap in assessment.gaps)
    waived = any(finding.waiver for finding in assessment.findings)
    if gaps or waived or Outcome.UNKNOWN in outcomes or Outcome.PASS not in outcomes:
        return Result.WARNED
    return Result.PASSED
