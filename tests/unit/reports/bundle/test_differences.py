import json
from dataclasses import replace
from typing import Any

import pytest

from reports.bundle.differences import diff_documents
from reports.document.writing import document_bytes
from scanner.model import Assessment, Outcome


@pytest.fixture(scope="module")
def data(assessment: Assessment) -> bytes:
    return document_bytes(assessment)


def test_equal_documents_have_no_difference(data: bytes) -> None:
    assert diff_documents(data, bytes(data)) == []


def test_a_swapped_outcome_is_named(assessment: Assessment, data: bytes) -> None:
    better = replace(assessment.findings[0], outcome=Outcome.PASS)
    changed = document_bytes(replace(assessment, findings=(better, *assessment.findings[1:])))
    (difference,) = diff_documents(changed, data)
    assert difference == (
        "Finding route.cloudtrail-changes on arn:aws:cloudtrail:us-east-1:111122223333:trail/main in "
        '111122223333/us-east-1: outcome is "pass" in the bundle, "fail" judged again.'
    )


def test_missing_and_added_findings_are_named(assessment: Assessment, data: bytes) -> None:
    fewer = document_bytes(replace(assessment, findings=assessment.findings[1:]))
    assert "missing from the bundle" in diff_documents(fewer, data)[0]
    assert "judging again does not give it" in diff_documents(data, fewer)[0]


def test_order_counts(assessment: Assessment, data: bytes) -> None:
    turned = document_bytes(replace(assessment, findings=assessment.findings[::-1]))
    assert diff_documents(turned, data) == ["Finding entries are in another order."]


def test_findings_of_one_name_are_told_apart(assessment: Assessment, data: bytes) -> None:
    doubled = document_bytes(replace(assessment, findings=(*assessment.findings, assessment.findings[0])))
    (difference,) = diff_documents(data, doubled)
    assert "(2): judging again gives it" in difference


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("controls", 0, "outcome"), "pass", "Control hipaa-security-rule 164.312(b): outcome is"),
        (("gaps", 0, "kind"), "error", "Gap sns.ListSubscriptionsByTopic"),
        (("rules", 0, "digest"), "0" * 64, "Rule bucket.versioning: digest is"),
        (("evidence", 0, "sha256"), "0" * 64, "Evidence EV-0001: sha256 is"),
        (("summary", "gaps"), 0, "In summary, gaps is 0 in the bundle, 5 judged again."),
        (("summary", "calls"), True, "In summary, calls is true in the bundle, 7 judged again."),
        (("run", "operator"), "x", 'In run, operator is "x" in the bundle, absent judged again.'),
        (("extra",), 1, "In the document, extra is 1"),
        (
            ("run", "caller", "arn"),
            "x",
            (
                'In run, caller.arn is "x" in the bundle, '
                '"arn:aws:sts::111122223333:assumed-role/Auditor/quarterly" judged again.'
            ),
        ),
        (("findings", 0, "details", "lost"), [], "details is {"),
    ],
)
def test_other_parts_are_compared(path: tuple[str | int, ...], value: Any, words: str, data: bytes) -> None:
    changed = json.loads(data)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    differences = diff_documents(json.dumps(changed).encode(), data)
    assert len(differences) == 1
    assert words in differences[0]


def test_the_same_values_in_other_bytes_are_a_difference(data: bytes) -> None:
    (difference,) = diff_documents(json.dumps(json.loads(data)).encode(), data)
    assert "different bytes" in difference


def test_a_document_that_is_none_is_a_difference(data: bytes) -> None:
    (difference,) = diff_documents(b"<html>", data)
    assert difference.startswith("The assessment of the bundle cannot be read")


def test_names_cannot_drive_a_terminal(data: bytes) -> None:
    changed = json.loads(data)
    changed["findings"][0]["resource"] = "\x1b[2J"
    assert not any("\x1b" in difference for difference in diff_documents(json.dumps(changed).encode(), data))


def test_log_sources_are_compared_one_by_one(data: bytes) -> None:
    """A run reads thousands of them: one that differs must not be shown among all the others."""
    lines = [{"evidence": f"EV-{number:04}", "source": f"{number}.json", "records": 1} for number in range(1, 1000)]
    before, after = json.loads(data), json.loads(data)
    before["run"]["sources"] = lines
    after["run"]["sources"] = [*lines[:-1], {**lines[-1], "records": 2}]
    found = diff_documents(json.dumps(before).encode(), json.dumps(after).encode())
    assert found == ["Log source EV-0999 999.json: records is 1 in the bundle, 2 judged again."]
    before["run"]["sources"] = 7
    assert "missing from the bundle" in diff_documents(json.dumps(before).encode(), json.dumps(after).encode())[0]
    after["run"]["sources"] = []
    (difference,) = diff_documents(json.dumps(before).encode(), json.dumps(after).encode())
    assert difference == "In run, sources is 7 in the bundle, [] judged again."
