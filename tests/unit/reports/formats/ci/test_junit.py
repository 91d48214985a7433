import io
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date

import junitparser.xunit2
import pytest

import reports.formats.ci.junit
from reports.formats import FORMATS
from reports.formats.ci import junit
from reports.formats.ci.junit import MESSAGE_LIMIT, junit_bytes
from reports.formats.ci.names import NAME_LIMIT, case_name, resource_words
from reports.wording import NO_REASON
from scanner.errors import TrailwitnessError
from scanner.model import (
    Assessment,
    Collected,
    EvidenceId,
    ExceptionsUsed,
    Finding,
    Gate,
    InForce,
    Outcome,
    Severity,
    Waiver,
    WaiverKind,
    WaiverScope,
    WaiverUse,
)

# What both the Jenkins xUnit and the Surefire 3.0 schema allow, of what we could write.
ROOT_ATTRIBUTES = {"name", "tests", "failures", "errors", "time"}
SUITE_ATTRIBUTES = {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"}
CASE_ATTRIBUTES = {"name", "classname", "time"}
MARK_ATTRIBUTES = {
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message"},
    "system-out": set[str](),
}


@pytest.mark.parametrize("incomplete", ["", "Exit code 3: nothing was judged\x1b."])
def test_structure_is_what_both_schemas_allow(incomplete: str, assessment: Assessment) -> None:
    decided = tuple(
        finding for finding in assessment.findings if finding.outcome is not Outcome.UNKNOWN or not incomplete
    )
    root = ET.fromstring(junit_bytes(replace(assessment, findings=decided), incomplete=incomplete))
    assert int(root.get("errors", "0")) == (1 if incomplete else 2)
    assert (root.tag, set(root.attrib)) == ("testsuites", ROOT_ATTRIBUTES)
    for suite in root:
        assert (suite.tag, set(suite.attrib)) == ("testsuite", SUITE_ATTRIBUTES)
        assert [child.tag for child in suite] == ["properties"] + ["testcase"] * (len(suite) - 1)
        for case in suite.iter("testcase"):
            assert set(case.attrib) == CASE_ATTRIBUTES
            (mark,) = case
            assert (mark.tag, set(mark.attrib)) in MARK_ATTRIBUTES.items()
        assert all(set(item.attrib) == {"name", "value"} for item in suite.iter("property"))
    assert all(re.fullmatch(r"[0-9]+\.[0-9]{3}", element.get("time", "0.000")) for element in root.iter())


def test_one_case_per_finding_in_suites_by_place(assessment: Assessment) -> None:
    root = _parsed(assessment)
    assert [suite.get("name") for suite in root] == [
        "111122223333/us-east-1",
        "444455556666",
        "444455556666/us-east-1",
    ]
    assert {name: root.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "7",
        "failures": "2",
        "errors": "2",
    }
    assert [suite.get("skipped") for suite in root] == ["0", "0", "1"]


def test_an_independent_reader_counts_the_same(assessment: Assessment) -> None:
    read = junitparser.xunit2.JUnitXml.fromstring(junit_bytes(assessment))
    outcomes = [type(case.result[0]).__name__ if case.result else "Passed" for suite in read for case in suite]
    assert sorted(outcomes) == ["Error", "Error", "Failure", "Failure", "Passed", "Passed", "Skipped"]
    assert (read.tests, read.failures, read.errors) == (7, 2, 2)


def test_names_are_the_rule_the_resource_in_short_and_its_place(assessment: Assessment) -> None:
    cases = {case.get("name"): case.get("classname") for case in _parsed(assessment).iter("testcase")}
    trail = "trail.log-file-validation: trail main in 111122223333/us-east-1"
    assert cases[trail] == "rules.trail.log-file-validation"
    bucket = "bucket.versioning: audit-logs-111122223333 in 111122223333/us-east-1"
    assert cases[bucket] == "rules.bucket.versioning"


@pytest.mark.parametrize(
    ("resource", "region", "words"),
    [
        ("arn:aws:kms:us-east-1:111122223333:key/abc", "us-east-1", "key abc"),
        ("arn:aws:kms:eu-west-1:999999999999:key/abc", "us-east-1", "key abc of 999999999999/eu-west-1"),
        ("arn:aws:s3:::logs", "us-east-1", "bucket logs"),
        ("111122223333", "", "account 111122223333"),
    ],
)
def test_an_arn_of_another_place_names_it(resource: str, region: str, words: str, assessment: Assessment) -> None:
    seen = replace(assessment.findings[0], resource=resource, region=region, account="111122223333")
    assert resource_words(seen) == words


def test_names_do_not_depend_on_titles_and_are_short(assessment: Assessment) -> None:
    long = replace(assessment.findings[0], resource=f"arn:aws:sns:us-east-1:111122223333:{'t' * 250}")
    other = replace(long, resource=f"{long.resource}u")
    assert case_name(long) == case_name(replace(long, title="Another", reason="other", outcome=Outcome.PASS))
    assert case_name(long) != case_name(other)
    for seen in (long, other, replace(long, account="x" * 300)):
        assert len(case_name(seen)) <= NAME_LIMIT
    assert "arn:" not in case_name(long)


def test_one_resource_seen_from_two_places_keeps_two_names(assessment: Assessment) -> None:
    seen = assessment.findings[0]
    findings = (seen, replace(seen, account="444455556666"), replace(seen, region="eu-west-1"), seen)
    keys = [(case.get("classname"), case.get("name")) for case in _parsed(_of(assessment, *findings)).iter("testcase")]
    assert len(set(keys)) == 4
    assert sum(str(name).endswith(" (2)") for _, name in keys) == 1


def test_a_finding_about_a_whole_account_names_no_region(assessment: Assessment) -> None:
    case = _parsed(assessment).find("testsuite[@name='444455556666']/testcase")
    assert case is not None
    assert case.get("name") == "bucket.versioning: account 444455556666"
    assert case[0].get("type") == "unknown"
    assert "Account and Region: 444455556666\n" in (case[0].text or "")


def test_a_failure_tells_all_in_its_text(assessment: Assessment) -> None:
    failure = _parsed(assessment).find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.get("type") == "critical"
    text = failure.text or ""
    assert text.startswith(str(failure.get("message")))
    for part in (
        "Rule: route.cloudtrail-changes (critical)",
        "Account and Region: 111122223333/us-east-1",
        "→ filter ✗ broken →",
        "  filter fail (CloudTrailChanges): the pattern matches CreateTrail only",
        "Lost events: DeleteTrail, StartLogging, StopLogging, UpdateTrail",
        'Witness (made-up example): {"eventName":"StopLogging"',
        "Evidence: EV-0001#/pages/0/trailList/0, EV-0004#/pages/0/metricFilters/0\n",
        "Controls: hipaa-security-rule 164.312(b); pci-dss-4.0.1 10.2.1.6",
        "What to do: Widen the filter pattern so that it matches every event named above,\nthen test it",
    ):
        assert part in text


def test_an_unknown_finding_is_an_error_of_its_gap_s_kind(assessment: Assessment) -> None:
    error = _parsed(assessment).find("testsuite/testcase/error")
    assert error is not None
    assert error.get("type") == "denied"
    assert "Could not look (denied): sns.ListSubscriptionsByTopic was denied" in (error.text or "")
    assert "What to do" not in (error.text or "")


@pytest.mark.parametrize("reason", ["", "  ", "\n\n"])
@pytest.mark.parametrize(("number", "tag"), [(0, "failure"), (1, "error"), (5, "skipped")])
def test_a_finding_without_a_reason_is_not_dropped(reason: str, number: int, tag: str, assessment: Assessment) -> None:
    root = _parsed(_of(assessment, replace(assessment.findings[number], reason=reason)))
    mark = root.find(f"testsuite/testcase/{tag}")
    assert mark is not None
    assert mark.get("message") == NO_REASON
    assert (mark.text or "").startswith(NO_REASON)


def test_a_manual_finding_is_skipped(assessment: Assessment) -> None:
    root = _parsed(_of(assessment, replace(assessment.findings[2], outcome=Outcome.MANUAL)))
    assert root.find("testsuite/testcase/skipped") is not None


def test_messages_are_one_short_line_and_texts_are_whole(assessment: Assessment) -> None:
    reason = "first " + "x" * 300 + "\nsecond"
    failure = _parsed(_of(assessment, replace(assessment.findings[0], reason=reason))).find(
        "testsuite/testcase/failure"
    )
    assert failure is not None
    assert len(str(failure.get("message"))) == MESSAGE_LIMIT
    assert (failure.text or "").startswith(reason)


def test_characters_xml_cannot_hold_stay_visible(assessment: Assessment) -> None:
    hostile = "a\x00b\x1b[31m\r\ud800\ufffe]]>&<\"'\u202e"
    finding = replace(assessment.findings[0], reason=hostile, resource=hostile, title=hostile)
    case = _parsed(_of(assessment, finding)).find("testsuite/testcase")
    assert case is not None
    shown = "a\\u0000b\\u001b[31m\\u000d\\ud800\\ufffe]]>&<\"'\\u202e"
    assert shown in str(case.get("name"))
    assert f"Resource: {shown}\n" in (case[0].text or "")


def test_declaration_and_encoding(assessment: Assessment) -> None:
    out = io.StringIO()
    FORMATS["junit"].write(assessment, out)
    assert out.getvalue().encode() == junit_bytes(assessment)
    assert junit_bytes(assessment).startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ')


def test_a_document_that_lost_a_failure_is_not_handed_out(
    assessment: Assessment, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What junit-xml does to a failure without text.
    monkeypatch.setattr(reports.formats.ci.junit, "first_line", lambda *_: "")
    monkeypatch.setattr(reports.formats.ci.junit, "_text", lambda *_: "")
    with pytest.raises(TrailwitnessError, match="the assessment holds"):
        junit_bytes(assessment)


def _parsed(assessment: Assessment) -> ET.Element:
    return ET.fromstring(junit_bytes(assessment))


def _of(assessment: Assessment, *findings: Finding) -> Assessment:
    return replace(assessment, findings=findings)


def test_suites_are_written_one_at_a_time_and_in_order(assessment: Assessment) -> None:
    written: list[bytes] = []

    class Pieces(io.BytesIO):
        def write(self, data: bytes) -> int:  # type: ignore[override]  # it is given bytes and nothing else
            written.append(data)
            return len(data)

    junit.write(assessment, Pieces())
    assert b"".join(written) == junit_bytes(assessment)
    assert max(data.count(b"<testsuite ") for data in written) == 1
    turned = ET.fromstring(junit_bytes(replace(assessment, findings=tuple(reversed(assessment.findings)))))
    wanted = [suite.get("name") for suite in ET.fromstring(junit_bytes(assessment))]
    assert [suite.get("name") for suite in turned] == wanted


def test_times_are_those_of_the_recorded_calls_and_add_up(assessment: Assessment) -> None:
    root = _parsed(assessment)
    assert root.get("time") == "131.000"
    suite = root[0]
    assert (suite.get("timestamp"), suite.get("time")) == ("2026-11-20T07:00:01Z", "5.000")
    assert [case.get("time") for case in suite.iter("testcase")] == ["1.250"] * 4
    whole, one = root[1], root[2]
    assert whole.get("timestamp") == one.get("timestamp") == "2026-11-20T07:00:07Z"


def test_places_of_log_records_share_the_time_of_the_run(assessment: Assessment) -> None:
    root = _parsed(replace(assessment, evidence=()))
    times = [float(suite.get("time", "")) for suite in root]
    assert times == [74.857, 18.714, 37.428]
    assert {suite.get("timestamp") for suite in root} == {"2026-11-20T07:00:00Z"}
    cases = [float(case.get("time", "")) for case in root[0].iter("testcase")]
    assert sum(cases) == pytest.approx(times[0])


@pytest.mark.parametrize("started", ["", "soon", "\x1b", "2026-02-31T00:00:00Z"])
def test_a_run_without_times_has_none(started: str, assessment: Assessment) -> None:
    made = replace(assessment, evidence=(), run=replace(assessment.run, collected=Collected(started)))
    for element in _parsed(made).iter():
        assert element.get("timestamp") is None
        assert element.get("time", "0.000") == "0.000"


def test_a_waiver_that_no_longer_counts_is_a_failure_of_its_own(assessment: Assessment) -> None:
    day = date(2026, 10, 1)
    waiver = Waiver(
        "W-1", assessment.findings[0].rule, WaiverScope(), WaiverKind.RISK_ACCEPTED, "x", "y", "z", day, day
    )
    passed = tuple(finding for finding in assessment.findings if finding.outcome is Outcome.PASS)
    used = ExceptionsUsed(waivers=(WaiverUse(waiver, InForce.EXPIRED, 0), WaiverUse(waiver, InForce.YES, 1)))
    root = _parsed(replace(assessment, findings=passed, exceptions=used))
    assert (root.get("failures"), root.get("errors")) == ("1", "0")
    (failure,) = root.iter("failure")
    assert failure.attrib == {"message": "waiver W-1 expired on 2026-10-01", "type": "waiver"}
    assert (failure.text or "") == "waiver W-1 expired on 2026-10-01. Renew or remove it."
    (suite,) = (suite for suite in root if suite.get("name") == "run")
    assert [case.get("name") for case in suite.iter("testcase")] == ["Waivers count: waiver W-1 expired on 2026-10-01"]


def test_evidence_is_a_count_when_it_is_much(assessment: Assessment) -> None:
    numbers = tuple(EvidenceId(f"EV-{number:04}") for number in range(1, 42))
    seen = replace(assessment.findings[0], sources=(), evidence=numbers)
    failure = _parsed(_of(assessment, seen)).find("testsuite/testcase/failure")
    assert failure is not None
    told = "\nEvidence: 41 items, the first EV-0001, EV-0002, EV-0003; the JSON and CSV reports name them all\n"
    assert told in (failure.text or "")


def test_the_text_ends_with_the_file_and_line_of_the_rule(assessment: Assessment) -> None:
    rules = tuple(replace(rule, text=f"# yaml\n{rule.text}") for rule in assessment.rules)
    for case in _parsed(replace(assessment, rules=rules)).iter("testcase"):
        (mark,) = case
        name = str(case.get("classname")).removeprefix("rules.")
        assert (mark.text or "").endswith(f"\nRule file: rules/{name.replace('.', '/')}.yaml:2")


def test_each_suite_says_what_the_gate_and_the_run_were(assessment: Assessment) -> None:
    for suite in ET.fromstring(junit_bytes(assessment, Gate(Severity.HIGH))):
        pairs = {item.get("name"): item.get("value") for item in suite.iter("property")}
        assert pairs["gate.fail-on"] == "high"
        assert pairs["frameworks"] == "hipaa-security-rule, pci-dss-4.0.1"
        assert pairs["rules"] == "5"
        assert pairs["caller"] == "arn:aws:sts::111122223333:assumed-role/Auditor/quarterly"
