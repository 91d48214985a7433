import csv
import importlib.util
import io
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest

import reports.formats.xlsx.book
from reports.finding_rows import HEADER
from reports.formats import FORMATS
from reports.formats.xlsx.book import CUT, MOST_CHARACTERS, cell_text
from scanner.cli.options.outputs import parse_outputs
from scanner.errors import UsageError
from scanner.model import (
    Assessment,
    Collected,
    ExceptionsUsed,
    Finding,
    InForce,
    Outcome,
    Over,
    RuleId,
    Severity,
    Summary,
    Waiver,
    WaiverKind,
    WaiverScope,
    WaiverUse,
)

SHEETS = ["Summary", "Findings", "Controls", "Population", "Evidence", "Gaps", "Waivers"]
HOSTILE = '=HYPERLINK("http://evil.test","x")\x00\x1b[0m\ud800\ufffe_x0041_\r\n\u202e'


def _bytes(assessment: Assessment) -> bytes:
    out = io.BytesIO()
    FORMATS["xlsx"].write(assessment, out)
    return out.getvalue()


def _book(assessment: Assessment) -> Any:
    return openpyxl.load_workbook(io.BytesIO(_bytes(assessment)))


def _rows(sheet: Any) -> list[dict[str, Any]]:
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def _column(rows: list[dict[str, Any]], name: str) -> list[Any]:
    return [row[name] for row in rows]


def test_every_sheet_can_be_sorted_and_keeps_its_header_in_sight(assessment: Assessment) -> None:
    book = _book(assessment)
    assert book.sheetnames == SHEETS
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions.replace("A1:A1", "A1") or sheet.max_row == 1
        for cell in sheet[1]:
            assert sheet.column_dimensions[cell.column_letter].width >= 10
            assert cell.font.bold


def test_findings_are_those_of_the_csv(assessment: Assessment) -> None:
    out = io.BytesIO()
    FORMATS["csv"].write(assessment, out)
    wanted = list(csv.DictReader(io.StringIO(out.getvalue().decode(), newline="")))
    rows = _rows(_book(assessment)["Findings"])
    assert tuple(rows[0]) == HEADER
    for row, told in zip(rows, wanted, strict=True):
        assert {name: value or "" for name, value in row.items()} == told


def test_the_population_reconciles_with_the_findings(assessment: Assessment) -> None:
    first = replace(assessment.findings[0], waiver="W-1", known=True)
    rows = _rows(_book(replace(assessment, findings=(first, *assessment.findings[1:])))["Population"])
    assert _column(rows, "rule") == [rule.id for rule in assessment.rules]
    failed = [item.rule for item in assessment.findings if item.outcome is Outcome.FAIL]
    for row in rows:
        assert row["resources"] == row["pass"] + row["fail"] + row["unknown"]
        assert row["fail"] == failed.count(row["rule"])
    changes = next(row for row in rows if row["rule"] == first.rule)
    assert (changes["waived"], changes["known"], changes["accounts"]) == (1, 1, 1)


def test_controls_evidence_gaps_and_waivers_are_sheets(assessment: Assessment) -> None:
    day = date(2026, 10, 1)
    waiver = Waiver("W-1", RuleId("a.b"), WaiverScope(), WaiverKind.RISK_ACCEPTED, "why", "who", "T-1", day, day)
    book = _book(replace(assessment, exceptions=ExceptionsUsed((WaiverUse(waiver, InForce.EXPIRED, 0),))))
    controls = _rows(book["Controls"])
    assert _column(controls, "control") == [control.id for control in assessment.controls]
    assert controls[0]["rules"] == "route.cloudtrail-changes; trail.log-file-validation"
    evidence = _rows(book["Evidence"])
    assert _column(evidence, "number") == [item.id for item in assessment.evidence]
    assert evidence[0]["sha256"] == assessment.evidence[0].sha256
    assert _column(_rows(book["Gaps"]), "reason") == [gap.reason for gap in assessment.gaps]
    (told,) = _rows(book["Waivers"])
    assert (told["waiver"], told["state"], told["approver"], told["until"]) == ("W-1", "expired", "who", "2026-10-01")
    assert told["fault"] == "waiver W-1 expired on 2026-10-01"
    summary = {row["Item"]: row["Value"] for row in _rows(book["Summary"])}
    assert summary["Findings: fail"] == 2
    assert summary["Controls of pci-dss-4.0.1: pass"] == 1


def test_no_cell_is_a_formula_and_hidden_characters_are_visible(assessment: Assessment) -> None:
    seen = Finding(RuleId(HOSTILE), Outcome.FAIL, Severity.HIGH, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    gaps = tuple(replace(gap, reason=HOSTILE, code=HOSTILE) for gap in assessment.gaps)
    controls = tuple(replace(control, title=HOSTILE, notes=HOSTILE) for control in assessment.controls)
    book = _book(
        replace(
            assessment,
            findings=(seen,),
            gaps=gaps,
            controls=controls,
            summary=Summary(controls={HOSTILE: {}}),
            run=replace(assessment.run, collected=Collected(HOSTILE)),
        )
    )
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert not [cell for cell in cells if cell.hyperlink]
    reason = book["Findings"]["H2"]
    shown = '=HYPERLINK("http://evil.test","x")\\u0000\\u001b[0m\\ud800\\ufffe_x005F_x0041_\\u000d\n\\u202e'
    assert reason.value == shown  # Excel reads _x005F_ as an underscore; openpyxl leaves it
    assert reason.quotePrefix


def test_a_text_is_cut_where_excel_would_refuse_it() -> None:
    fits, wide = "x" * MOST_CHARACTERS, "\U0001f600" * (MOST_CHARACTERS // 2)
    assert cell_text(fits) == fits
    assert cell_text(wide) == wide
    for text in (f"{fits}x", f"{wide}\U0001f600"):
        cut = cell_text(text)
        assert cut.endswith(CUT)
        assert MOST_CHARACTERS - 2 < len(cut.encode("utf-16-le")) // 2 <= MOST_CHARACTERS


def test_rows_that_do_not_fit_are_counted(assessment: Assessment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports.formats.xlsx.book, "MOST_ROWS", 5)
    book = _book(assessment)
    findings = book["Findings"]
    assert findings.max_row == 5
    assert findings["A5"].value == "4 more rows do not fit into a sheet; the JSON report holds them"
    whole = _rows(book["Population"])  # counts what the sheet of findings leaves out
    assert sum(row["pass"] for row in whole if isinstance(row["pass"], int)) >= 1


@pytest.mark.parametrize(("started", "created"), [("2026-11-20T07:00:00Z", 2026), ("", 1980), ("\x1b", 1980)])
def test_the_date_is_that_of_the_run(started: str, created: int, assessment: Assessment) -> None:
    made = replace(assessment, run=replace(assessment.run, collected=Collected(started)))
    when: datetime = _book(made).properties.created
    assert when.year == created
    assert _bytes(made) == _bytes(made)


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, assessment: Assessment) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "xlsxwriter" else real(name))
    with pytest.raises(UsageError, match="needs XlsxWriter, which is not installed") as error:
        parse_outputs(["xlsx=report.xlsx"], Over.FACTS)
    assert "pip install XlsxWriter" in str(error.value.__dict__) + str(error.value)
    with pytest.raises(UsageError):
        _bytes(assessment)
    assert "xlsx" in FORMATS


def test_a_terminal_is_spared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    with pytest.raises(UsageError, match="A terminal cannot show the format xlsx"):
        parse_outputs(["xlsx"], Over.FACTS)
