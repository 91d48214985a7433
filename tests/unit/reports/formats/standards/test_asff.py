import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from botocore.model import Shape
from botocore.validate import ParamValidator

from reports.formats.standards import asff
from scanner.model import Assessment, ControlResult, Coverage, Outcome

LIMITS = {"Title": 256, "Description": 1024, "Id": 512, "GeneratorId": 512}


@pytest.fixture(scope="session")
def shape() -> Shape:
    """The input of BatchImportFindings, as botocore knows it."""
    operation = botocore.session.get_session().get_service_model("securityhub").operation_model("BatchImportFindings")
    assert operation.input_shape is not None
    return operation.input_shape


def requests(assessment: Assessment) -> dict[str, dict[str, Any]]:
    return {name: json.loads(content) for name, content in asff.write_parts(assessment)}


def findings(assessment: Assessment) -> list[dict[str, Any]]:
    return [finding for request in requests(assessment).values() for finding in request["Findings"]]


@pytest.mark.parametrize("which", ["assessment", "stated", "records"])
def test_botocore_takes_every_request(which: str, request: pytest.FixtureRequest, shape: Shape) -> None:
    for parameters in requests(request.getfixturevalue(which)).values():
        assert ParamValidator().validate(parameters, shape).generate_report() == ""


def test_each_outcome_has_its_status_and_only_a_pass_is_one(stated: Assessment) -> None:
    wanted = {"pass": "PASSED", "fail": "FAILED", "unknown": "NOT_AVAILABLE", "not_applicable": "NOT_AVAILABLE"}
    judged = [finding for finding in findings(stated) if "ProductFields" in finding]
    assert len(judged) == len(stated.findings)
    for finding in judged:
        outcome = finding["ProductFields"]["trailwitness/Outcome"]
        assert finding["Compliance"]["Status"] == wanted[outcome]
        reasons = finding["Compliance"].get("StatusReasons", [])
        assert bool(reasons) or outcome in {"pass", "fail"}


def test_the_severity_is_told_where_an_import_may_change_it(assessment: Assessment) -> None:
    for finding in findings(assessment):
        told = finding["FindingProviderFields"]
        assert told == {"Severity": finding["Severity"], "Types": finding["Types"]}


def test_an_unknown_says_why(assessment: Assessment) -> None:
    codes = [
        reason["ReasonCode"]
        for finding in findings(assessment)
        if finding.get("ProductFields", {}).get("trailwitness/Outcome") == "unknown"
        for reason in finding["Compliance"]["StatusReasons"]
    ]
    assert sorted(codes) == ["DENIED", "UNKNOWN"]


def test_a_waived_failure_is_suppressed_under_an_id_of_its_own(assessment: Assessment, stated: Assessment) -> None:
    (waived,) = [finding for finding in findings(stated) if finding["Workflow"]["Status"] == "SUPPRESSED"]
    assert waived["Compliance"]["Status"] == "FAILED"
    assert waived["Severity"]["Label"] == "CRITICAL"
    assert "2026-12-31" in waived["Note"]["Text"]
    # An import does not change the workflow of what is known already: an expired waiver would hide for ever.
    assert waived["Id"] not in {finding["Id"] for finding in findings(assessment)}


def test_ids_are_those_of_the_rule_and_the_resource(assessment: Assessment) -> None:
    later = replace(assessment, run=replace(assessment.run, collected=replace(assessment.run.collected, finished="")))
    turned = tuple(replace(finding, outcome=Outcome.PASS, reason="") for finding in assessment.findings)
    ids = [finding["Id"] for finding in findings(assessment)]
    assert len(set(ids)) == len(ids)
    assert [finding["Id"] for finding in findings(replace(later, findings=turned))] == ids


def test_a_manual_control_is_a_warning_for_the_account_that_collected(stated: Assessment) -> None:
    manual = [finding for finding in findings(stated) if finding["Compliance"]["Status"] == "WARNING"]
    assert [finding["AwsAccountId"] for finding in manual] == ["111122223333"] * 2
    said = [finding["Compliance"]["StatusReasons"][0]["Description"] for finding in manual]
    assert said[0].startswith("Attested")
    assert said[1].startswith("Not reviewed")


def test_a_request_is_of_one_account_and_region_and_no_longer_than_the_api_takes(assessment: Assessment) -> None:
    first = assessment.findings[0]
    many = tuple(
        replace(first, resource=f"trail-{number}", region=region)
        for number in range(101)
        for region in ("eu-west-1", "us-east-1")
    )
    written = requests(replace(assessment, findings=many, controls=(), gaps=()))
    assert {name: len(request["Findings"]) for name, request in written.items()} == {
        "111122223333.eu-west-1.0001.json": 100,
        "111122223333.us-east-1.0001.json": 100,
        "111122223333.eu-west-1.0002.json": 1,
        "111122223333.us-east-1.0002.json": 1,
    }
    for name, request in written.items():
        account, region, _, _ = name.split(".")
        for finding in request["Findings"]:
            assert finding["ProductArn"] == f"arn:aws:securityhub:{region}:{account}:product/{account}/default"
            assert (finding["AwsAccountId"], finding["Resources"][0]["Region"]) == (account, region)


def test_requirements_are_no_more_than_the_api_takes(assessment: Assessment) -> None:
    rule = assessment.findings[0].rule
    many = tuple(
        ControlResult("own", f"C.{number}", "", Coverage.FULL, Outcome.FAIL, "", (rule,)) for number in range(40)
    )
    written = findings(replace(assessment, controls=many))
    assert max(len(finding["Compliance"].get("RelatedRequirements", ())) for finding in written) == 32


def test_hostile_and_long_texts_are_visible_and_within_the_limits(
    stated: Assessment, hostile: Callable[[Assessment, str], Assessment], hostile_text: str, shape: Shape
) -> None:
    for text in (hostile_text * 50, " \n\t", ""):
        for name, request in requests(hostile(stated, text)).items():
            assert "/" not in name
            assert ParamValidator().validate(request, shape).generate_report() == ""
            for finding in request["Findings"]:
                told = json.dumps(finding, ensure_ascii=False)
                assert not any(hidden in told for hidden in "\x1b\x00\u202e\ud800\u2028")
                assert all(finding[field].strip() and len(finding[field]) <= most for field, most in LIMITS.items())


def test_a_stream_holds_the_requests_one_after_another(assessment: Assessment) -> None:
    out = io.BytesIO()
    asff.write(assessment, out)
    assert out.getvalue() == b"".join(content for _, content in asff.write_parts(assessment))


def test_what_could_not_be_looked_at_is_imported_where_it_was_not(assessment: Assessment) -> None:
    written = requests(replace(assessment, findings=(), controls=()))
    assert {name: len(request["Findings"]) for name, request in written.items()} == {
        "111122223333.eu-west-1.0001.json": 1,
        "111122223333.eu-west-2.0001.json": 1,
        "111122223333.us-east-1.0001.json": 1,
    }
    (finding,) = written["111122223333.us-east-1.0001.json"]["Findings"]
    assert finding["Compliance"]["Status"] == "NOT_AVAILABLE"
    (reason,) = finding["Compliance"]["StatusReasons"]
    assert reason["ReasonCode"] == "DENIED"
    assert "This is not a pass." in reason["Description"]
    assert finding["Severity"]["Label"] == "MEDIUM"
    assert "sns.ListSubscriptionsByTopic" in finding["Title"]
