import csv
import io
from dataclasses import replace

import pytest

from reports.csv_rows import csv_bytes, safe_cell
from reports.finding_rows import HEADER
from reports.formats import FORMATS
from scanner.model import Assessment, RouteDetails

TRIGGERS = "=+-@\t\r\n\0＝＋－＠"


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_no_cell_begins_a_formula(trigger: str) -> None:
    assert safe_cell(f"{trigger}HYPERLINK()").startswith("'")


@pytest.mark.parametrize("before", [" ", "\u00a0", "\u3000 ", " \n"])
def test_white_space_hides_no_formula(before: str) -> None:
    assert safe_cell(f"{before}=HYPERLINK()").startswith("'")


@pytest.mark.parametrize("separator", [";", "; ", "\t", "\r\n", ";;"])
@pytest.mark.parametrize("trigger", "=+-@＝＋－＠")
def test_no_separator_of_another_country_begins_a_formula(separator: str, trigger: str) -> None:
    cell = safe_cell(f"plain{separator}{trigger}HYPERLINK()")
    assert cell == f"plain{separator}'{trigger}HYPERLINK()"


@pytest.mark.parametrize("text", ["plain", "a=b", "arn:aws:s3:::b", "'quoted", "", "111122223333"])
def test_other_cells_stay(text: str) -> None:
    assert safe_cell(text) == text


def test_form_is_rfc_4180() -> None:
    data = csv_bytes(("a", "b"), [('say "x", y', "two\r\nlines"), ("\x00", "é\udc80")])
    assert data == b'a,b\r\n"say ""x"", y","two\r\nlines"\r\n\'\\u0000,\xc3\xa9\\udc80\r\n'


def test_one_row_per_finding(assessment: Assessment) -> None:
    out = io.BytesIO()
    FORMATS["csv"].write(assessment, out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue().decode(), newline="")))
    outcomes = [finding.outcome for finding in assessment.findings]
    assert [row["outcome"] for row in rows] == outcomes
    assert tuple(rows[0]) == HEADER
    assert rows[0] == {
        "rule": "route.cloudtrail-changes",
        "title": "Changes to CloudTrail reach a person",
        "outcome": "fail",
        "severity": "critical",
        "account": "111122223333",
        "region": "us-east-1",
        "resource": "arn:aws:cloudtrail:us-east-1:111122223333:trail/main",
        "reason": assessment.findings[0].reason,
        "broken_links": "filter fail (CloudTrailChanges): the pattern matches CreateTrail only; subscription unknown "
        "(arn:aws:sns:us-east-1:111122223333:security-alerts): its subscriptions could not be listed",
        "lost_events": "DeleteTrail; StartLogging; StopLogging; UpdateTrail",
        "hit_count": "",
        "hits": "",
        "controls": "hipaa-security-rule 164.312(b); pci-dss-4.0.1 10.2.1.6",
        "evidence": "EV-0001; EV-0004",
        "pointers": "EV-0001#/pages/0/trailList/0; EV-0004#/pages/0/metricFilters/0",
        "cause": "",
        "remediation": "Make metric filter CloudTrailChanges of log group audit match every event of the rule.",
        "waiver": "",
        "known": "",
    }
    assert {row["remediation"] == "" for row in rows if row["outcome"] != "fail"} == {True}


def test_waivers_and_the_baseline_are_columns(assessment: Assessment) -> None:
    first, *_ = assessment.findings
    out = io.BytesIO()
    made = replace(assessment, findings=(replace(first, waiver="W-1"), replace(first, known=True)))
    FORMATS["csv"].write(made, out)
    rows = csv.DictReader(io.StringIO(out.getvalue().decode(), newline=""))
    assert [(row["waiver"], row["known"]) for row in rows] == [("W-1", ""), ("", "yes")]


def test_data_cannot_become_a_formula(assessment: Assessment) -> None:
    hostile = '=HYPERLINK("http://evil.test","x")'
    finding = replace(
        assessment.findings[0],
        resource=hostile,
        reason=f"\t{hostile}",
        title=hostile,
        details=RouteDetails(lost=(hostile,)),
    )
    out = io.BytesIO()
    FORMATS["csv"].write(replace(assessment, findings=(finding,)), out)
    cells = [cell for row in csv.reader(io.StringIO(out.getvalue().decode(), newline="")) for cell in row]
    assert not [cell for cell in cells if cell.lstrip().startswith(tuple(TRIGGERS))]
    assert f"'{hostile}" in cells
