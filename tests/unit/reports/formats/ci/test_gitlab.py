import io
import json
import re
from dataclasses import replace
from typing import Any

from reports.formats.ci import gitlab
from reports.formats.ci.gating import EVERYTHING
from scanner.model import Assessment, Gate, Outcome, Severity


def _written(assessment: Assessment, gate: Gate = EVERYTHING, incomplete: str = "") -> list[dict[str, Any]]:
    out = io.BytesIO()
    gitlab.write(assessment, out, gate, incomplete)
    issues: list[dict[str, Any]] = json.loads(out.getvalue())
    return issues


def test_failures_and_unknown_verdicts_are_issues_of_the_shape_that_gitlab_reads(assessment: Assessment) -> None:
    issues = _written(assessment)
    assert len(issues) == 4
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert re.fullmatch("[0-9a-f]{64}", issue["fingerprint"])
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
    assert issues[0] == {
        "check_name": "route.cloudtrail-changes",
        "description": f"{assessment.findings[0].reason} (trail main in 111122223333/us-east-1)",
        "fingerprint": issues[0]["fingerprint"],
        "severity": "blocker",
        "location": {"path": "rules/route/cloudtrail-changes.yaml", "lines": {"begin": 1}},
    }
    assert issues[1]["description"].startswith("Could not be judged: Whether anybody is told is not known")


def test_a_fingerprint_depends_on_what_was_judged_and_not_on_words(assessment: Assessment) -> None:
    first = assessment.findings[0]
    (known,) = _written(replace(assessment, findings=(first,)))
    told = replace(first, reason="other", title="other", severity=Severity.LOW, evidence=())
    (again,) = _written(replace(assessment, findings=(told,), rules=()))
    assert known["fingerprint"] == again["fingerprint"]
    changed = [replace(first, **{name: "x"}) for name in ("rule", "account", "region", "resource")]  # type: ignore[arg-type]  # names of texts
    digests = {issue["fingerprint"] for issue in _written(replace(assessment, findings=(*changed, first, first)))}
    assert len(digests) == 6


def test_what_the_gate_passes_over_is_info_and_says_why(assessment: Assessment) -> None:
    first = replace(assessment.findings[0], waiver="W-1")
    made = replace(assessment, findings=(first, *assessment.findings[1:]))
    waived, *others = _written(made, Gate(Severity.CRITICAL, allow_incomplete=True))
    assert {issue["severity"] for issue in (waived, *others)} == {"info"}
    assert waived["description"].startswith("Passed over, because waiver W-1 covers it: Four of five")


def test_an_incomplete_run_is_an_issue(assessment: Assessment) -> None:
    passed = tuple(finding for finding in assessment.findings if finding.outcome is Outcome.PASS)
    (issue,) = _written(replace(assessment, findings=passed), incomplete="Exit code 3: why.")
    assert (issue["check_name"], issue["severity"]) == ("trailwitness.incomplete", "blocker")


def test_nothing_is_an_empty_list(assessment: Assessment) -> None:
    assert _written(replace(assessment, findings=())) == []


def test_hidden_characters_are_visible_and_no_surrogate_is_alone(assessment: Assessment) -> None:
    hostile = "a\x00\ud800\u202e\n" * 200
    seen = replace(assessment.findings[0], rule=hostile, resource=hostile, reason=hostile)  # type: ignore[arg-type]  # a hostile id
    (issue,) = _written(replace(assessment, findings=(seen,)))
    assert json.dumps(issue, ensure_ascii=False).isprintable()
    assert len(issue["description"]) <= gitlab.DESCRIPTION_LIMIT
